/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_EDITED_FILE_H
#define CORE_MAIN_EDITED_FILE_H

/* A text file of the person's, which is shown as it would change, and changed with a copy kept. */
#include "core/base/err.h"

/*
 * Reads what is there, never through a link and never something that blocks. *text is NULL where there is no
 * such file; caller frees. 0, or -1 with *e, also for what is no text or longer than `most` bytes.
 */
int edited_file_read(const char *path, size_t most, char **text, struct err *e);

/* The difference on standard error, escaped, under a head that says `what` the new text is. */
void edited_file_show(const char *path, const char *old, const char *new, const char *what);

/*
 * Writes the new text if the file still has the old one, which is kept beside it under its name with ".bak"
 * behind. 0, or -1 with *e; then the file is as it was.
 */
int edited_file_replace(const char *path, const char *old, const char *new, struct err *e);

#endif
