/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_OPTIONS_H
#define CORE_BASE_OPTIONS_H

/*
 * Command-line options: "--name value", "--name=value", "-n value", "-nvalue" and flags, between
 * the operands or before them; "--" ends them. Nothing is guessed from a part of a name. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct option_spec {
	char letter;	    /* 0 = none */
	const char *name;   /* without the dashes; NULL = none */
	bool *flag;	    /* set to true; NULL where a value is taken */
	const char **value; /* borrowed from argv; given twice, the last one counts */
};

/*
 * Parses argv[1..argc). Operands are copied. 0, or -1 with *e: a sentence that names what is
 * wrong.
 */
int options_parse(const struct option_spec *specs, size_t count, int argc, char *const *argv,
		  struct strings *operands, struct err *e);

#endif
