/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_ATTRIBUTION_H
#define CORE_SANDBOX_ATTRIBUTION_H

/* Who did it: facts about a process, read from /proc. For showing only. */
#include <stdbool.h>
#include <sys/types.h>

/* Path of the executable, or NULL. Caller frees. */
char *process_executable(pid_t pid);
/* The command line, words joined by spaces, at most 4 KiB; NULL unknown. Caller frees. */
char *process_command_line(pid_t pid);
/*
 * The executables of a process, its parent and so on to the last below `init`, the first process
 * inside: see access_event.chain. At most 8; "?" for one that is unknown. NULL: the process is
 * gone. Caller frees.
 */
char *process_chain(pid_t pid, pid_t init);
/* The process group leader's view: thread id to process id (Tgid). */
pid_t process_of_thread(pid_t thread);
/* The file mode creation mask of a thread, or -1. */
int process_umask(pid_t thread);
enum socket_protocol { SOCKET_TCP, SOCKET_UDP };
/* The inode of the socket with this local port in the network of the process `init`; 0 unknown. */
unsigned long socket_inode_by_port(pid_t init, enum socket_protocol protocol, int port);
/* Whether no process in that sandbox holds the TCP socket with this local port any more. */
bool socket_is_closed(pid_t init, int port);

#endif
