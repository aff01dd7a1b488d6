/* SPDX-License-Identifier: MIT */
/* The start of a file that a program inside made, and is about to execute. */
#include <stdlib.h>
#include <string.h>

#include "core/sandbox/interpreter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct interpreter interpreter;

	if (size > INTERPRETER_HEAD || !interpreter_parse(&interpreter, data, size))
		return 0;
	/* A name, or a place for one that fits. */
	if (interpreter.name[0] ? interpreter.size || strpbrk(interpreter.name, " \t\n")
				: interpreter.size < 2 || interpreter.size >= PATH_MAX)
		abort();
	return 0;
}
