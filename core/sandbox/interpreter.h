/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_INTERPRETER_H
#define CORE_SANDBOX_INTERPRETER_H

/*
 * The program that the kernel starts for another: that of a "#!" line, or the dynamic linker of an
 * ELF file (execve(2), elf(5)). Pure.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERPRETER_HEAD 4096 /* so much of the start of a file says it, as a rule */

struct interpreter {
	char name[PATH_MAX]; /* of a script; empty: it stands in the file, */
	uint64_t offset;     /* here, */
	size_t size;	     /* so many bytes with their NUL, less than PATH_MAX */
};

/* Of the first bytes of a file. False where it has none, or the kernel would not start it. */
bool interpreter_parse(struct interpreter *interpreter, const unsigned char *head, size_t length);

#endif
