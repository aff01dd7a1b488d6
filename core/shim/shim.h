/* SPDX-License-Identifier: MIT */
#ifndef CORE_SHIM_SHIM_H
#define CORE_SHIM_SHIM_H

/* The parts of the shim, which has no C library (see syscalls.h). */

/* shim.c: everything after the start of the process. */
_Noreturn void shim_run(int argc, char **argv, char **environment);

/*
 * runtime.c: a child process that calls run(arg), which does not return. It may share our memory,
 * and run beside us, until it executes. Its pid, or -errno.
 */
long process_start(void (*run)(void *arg), void *arg);

/*
 * program.c: executes a program as execvp(3) would, searching the environment's PATH.
 * Returns only on failure: the errno of the one attempt that counts.
 */
int program_execute(char **words, char **environment);

/* program.c: "srt-top: NAME: why" on standard error. */
void program_complain(const char *name, int error);

/*
 * listeners.c: listens on a TCP port of every address of the sandbox's network namespace.
 * Descriptor (CLOEXEC, non-blocking), or -errno.
 */
int listener_open(int port);
/* The same: a socket that the kernel can be asked by about the TCP sockets of that namespace. */
int socket_diag_open(void);

/*
 * self_test.c: makes the calls of enum shim_test in `wanted`, and undoes what should not have
 * succeeded. Returns those that were not refused.
 */
unsigned self_test_make_calls(unsigned wanted, const char *hidden);

#endif
