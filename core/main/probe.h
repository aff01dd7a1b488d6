/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_PROBE_H
#define CORE_MAIN_PROBE_H

/*
 * What this machine can do, each tried out in a process of its own. A probe returns 0 when it
 * works, else the errno that the kernel gave.
 */
#include <stdbool.h>

#include "core/base/buf.h"

/* A new user namespace, and a mount and a network namespace within it. */
int probe_user_namespace(void);

enum seccomp_feature {
	SECCOMP_LISTENER,      /* a filter with a notification listener */
	SECCOMP_TSYNC,	       /* the same with TSYNC and TSYNC_ESRCH */
	SECCOMP_WAIT_KILLABLE, /* the same with WAIT_KILLABLE_RECV */
	SECCOMP_SYNC_WAKE,     /* SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP on the listener */
};
int probe_seccomp(enum seccomp_feature feature);

/* open_tree(), mount_setattr() and move_mount() on a clone of the tree. */
int probe_mount_api(void);

/* A FUSE file system, mounted in a user namespace of its own. */
int probe_fuse(void);

/*
 * Runs a program with its output caught (at most 4 KiB, in *output) and no input. Its exit status, 128
 * plus the signal, or -1 where it could not be started or did not end within ten seconds.
 */
int probe_run(const char *const *words, struct buf *output);

#endif
