/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_EXPORT_FILE_H
#define CORE_MAIN_EXPORT_FILE_H

#include "core/base/buf.h"
#include "core/base/err.h"

enum export_choice {
	EXPORT_ASK, /* on a terminal; elsewhere an existing file is left alone */
	EXPORT_MERGE,
	EXPORT_REPLACE,
};

/*
 * Writes an exported text to a file. Where there is one already, the difference is shown on standard
 * error, and what to do is asked or was chosen; the old file is kept beside it under its name
 * with ".bak" behind. `cwd` is the working directory of the server (NULL unknown): a link that lies there, or
 * below a path that the text makes writable, may have been planted, and is not followed. *written
 * (may be NULL) gets the text that the file has now. 0, or -1 with *e.
 */
int export_file_write(const char *path, const char *text, enum export_choice choice,
		      const char *home, const char *cwd, char **written, struct err *e);

/*
 * The same of a text that a person has seen beside `before` (NULL = there was no such file): refused where that
 * is not what is there any more. The old file is kept beside it. 0, or -1 with *e.
 */
int export_file_replace(const char *path, const char *before, const char *text, const char *home,
			const char *cwd, struct err *e);

#endif
