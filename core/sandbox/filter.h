/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_FILTER_H
#define CORE_SANDBOX_FILTER_H

/*
 * The seccomp program of a sandbox: what is refused outright and what is notified to the
 * supervisor. Built with libseccomp, exported as bytes for the shim.
 */
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* Which of the calls of path_calls are notified. */
enum watch_level {
	WATCH_NOTHING,
	WATCH_WRITES,	/* what may change something */
	WATCH_REFUSED,	/* exec too, and opens for reading where nobody else sees those that are refused */
	WATCH_EVERYDAY, /* exec, and opens for reading (but see filter_request.no_reads) too */
	WATCH_FULL,	/* and what only looks: stat, access, readlink, chdir, … */
	WATCH_COUNT
};

const char *watch_level_name(enum watch_level level);
/* Those that a person can choose: refused, everyday and full. False for anything else. */
bool watch_level_parse(const char *name, enum watch_level *level);

struct filter_request {
	enum watch_level level;
	/* Not at FULL: nothing can refuse an open that is for reading alone, so those are left alone. */
	bool no_reads;
	/*
	 * The same of opens that are for a directory alone: what is hidden in directories is seen without
	 * (mask_server.h). With it, what only looks a name up (O_PATH) is notified in any case.
	 */
	bool no_directories;
	bool notify_connections;   /* notify socket(2) and connect(2), and no TCP Fast Open */
	bool notify_unix;	   /* notify connect(2) and bind(2) */
	bool allow_unix_sockets;   /* leave AF_UNIX, AF_VSOCK and io_uring alone */
	bool allow_nested_namespaces;
};

/* Whether an open for reading alone is notified. */
bool filter_watches_reads(const struct filter_request *request);

/* Whether an open(2) or openat(2) with these flags is notified. */
bool filter_notifies_open(const struct filter_request *request, uint64_t flags);

/* 0 and *program (caller frees) of *count instructions, or -1 with *e. */
int filter_build(struct sock_filter **program, size_t *count, const struct filter_request *request,
		 struct err *e);

#endif
