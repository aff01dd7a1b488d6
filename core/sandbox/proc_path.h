/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_PROC_PATH_H
#define CORE_SANDBOX_PROC_PATH_H

/* Which paths go through a link of a process in /proc, by their text. Pure. */
#include <stdbool.h>
#include <stddef.h>

enum proc_path {
	PROC_NOT,   /* not in /proc */
	PROC_LINK,  /* through such a link */
	PROC_OTHER, /* anything else in /proc, and the link itself */
};

struct proc_link {
	char who[32];  /* a number, or "" for the caller itself */
	char what[40]; /* "cwd", "root", "exe", "fd/7" */
	size_t used;   /* so many bytes of the path name the link; the rest starts with a slash */
};

/* `path` is absolute; `no_follow`: a link at its end is meant itself. Fills *link for PROC_LINK. */
enum proc_path proc_path_parse(const char *path, bool no_follow, struct proc_link *link);

#endif
