/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_CALLER_LINKS_H
#define CORE_SANDBOX_CALLER_LINKS_H

/*
 * Where the links of a thread in /proc lead: its working directory and its descriptors. The
 * directories themselves are kept open for the threads that called last. Such a descriptor stays
 * that thread's: when it has ended nothing is found in it any more, whoever has its number by then
 * (proc(5)). One thread's own.
 */
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define CALLER_LINKS_KEPT 16

struct caller_links {
	struct caller_link_place {
		pid_t thread; /* 0 = none */
		int itself, descriptors; /* /proc/TID and its fd, O_PATH; -1 = not opened */
	} items[CALLER_LINKS_KEPT];
};

void caller_links_init(struct caller_links *links);
void caller_links_close(struct caller_links *links);
/*
 * The path of the thread's descriptor, or with AT_FDCWD of its working directory. False where it
 * has none, or none that is a path.
 */
bool caller_links_read(struct caller_links *links, pid_t thread, int descriptor,
		       char path[PATH_MAX]);

#endif
