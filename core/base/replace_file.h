/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_REPLACE_FILE_H
#define CORE_BASE_REPLACE_FILE_H

#include <stddef.h>

#include "core/base/err.h"

/*
 * Writes a file whole or not at all: into a temporary file beside it, then renamed over it. An
 * existing file keeps its mode; a new one gets 0666 less the umask. A symlink or anything else that
 * is not a regular file is refused, not followed. 0, or -1 with *e, which names the path.
 */
int replace_file(const char *path, const void *bytes, size_t length, struct err *e);

/*
 * The same in a directory that was opened before, for a name that others may have laid hands on
 * since: whatever is there is replaced, a symlink itself and not what it leads to, and the new file
 * has this mode. A directory is in the way.
 */
int replace_file_at(int directory, const char *name, int mode, const void *bytes, size_t length,
		    struct err *e);

#endif
