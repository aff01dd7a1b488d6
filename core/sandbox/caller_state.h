/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_CALLER_STATE_H
#define CORE_SANDBOX_CALLER_STATE_H

/* What the kernel says of a thread that waits in a system call: which, and whether it is to die. */
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The text of /proc/TID/syscall (proc(5)): the call's number and arguments. False where the thread is
 * in none, or runs.
 */
bool caller_state_parse(struct seccomp_data *call, const char *text);
/*
 * The call that the thread waits in. A thread that is only about to wait is waited for, a little.
 * False where it is not known: with errno EACCES or EPERM where we may not know it.
 */
bool caller_state_read(pid_t thread, struct seccomp_data *call);
/* Of the text of /proc/TID/status: a fatal signal is pending. */
bool caller_state_is_dying(const char *status);
/* The same of a thread; one that is gone is dying. */
bool caller_state_dies(pid_t thread);

#endif
