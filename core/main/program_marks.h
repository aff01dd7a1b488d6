/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_PROGRAM_MARKS_H
#define CORE_MAIN_PROGRAM_MARKS_H

#include "core/base/buf.h"
#include "core/policy/access.h"

/*
 * By what a server's program is recognised later: for each file of it a line with time of change, size,
 * version (of a package.json, else "-") and path. Files are those that the command names (words
 * joined by spaces, NULL = unknown), and the package.json of each package that it names and that was
 * read. NULL where there is none. Caller frees.
 */
char *program_marks(const char *command, const char *cwd, const struct access_row *rows,
		    size_t count);

/* Adds a sentence for each file that is not any more what the marks say. */
void program_marks_compare(const char *marks, struct strings *changed);

#endif
