/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_LAUNCH_H
#define CORE_SANDBOX_LAUNCH_H

/*
 * Starts bwrap with the shim as pid 1, takes the notification listener and the sockets that
 * listen inside from it, and holds the program until sandbox_go().
 *
 * bwrap is started first, and reads its mounts from a pipe (--args): loading it takes as long as it takes
 * us to plan them. Whatever becomes of us in between, nothing runs: the shim is not to be found in a
 * sandbox without mounts, and starts nothing before it was told to.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/sandbox/filter.h"

/* Where the proxies are inside. */
#define SANDBOX_HTTP_PORT 3128
#define SANDBOX_SOCKS_PORT 1080

/* What settings may weaken. */
struct launch_allowances {
	bool host_proc;		/* enableWeakerNestedSandbox: the host's /proc, bound */
	bool nested_namespaces; /* allowNestedUserNamespaces */
};

/* A text that is shown in the place of a file, read-only. */
struct launch_file {
	const char *path; /* resolved, exists */
	const char *text;
};

/* What is known at once: bwrap then starts, and reads what it is to mount when that is known, too. */
struct launch_request {
	const char *bwrap; /* absolute path */
	int shim;	   /* the shim's executable, opened for reading */
	const struct strings *environment;
	char *const *command;
	const sigset_t *signal_mask;  /* the program starts with it */
	const int *stdio;	      /* its input and output; NULL = ours */
	const struct strings *before; /* words to run bwrap by, NULL = none */
	int lifeline;		      /* bwrap and the shim's start hold it open; -1 = none */
	struct launch_allowances allow;
	bool with_file; /* a plan may have one */
	bool early;	/* see launch_plan.meanwhile */
};

struct launch_plan {
	const struct strings *mounts; /* bwrap words of the mount plan */
	struct launch_allowances allow;
	struct filter_request filter;
	const struct launch_file *file; /* shown inside, NULL = none */
	int null_fd;			/* inside, this descriptor is /dev/null; 0 = none */
	/*
	 * What the caller can do while bwrap builds the sandbox; a failure ends the launch. The
	 * sandbox's namespaces are there already where `early` said so, and `init`.
	 */
	int (*meanwhile)(void *arg, struct err *e);
	/* Behind it, before the filter is sent, which it may change; NULL = the filter is sent first. */
	int (*before_filter)(void *arg, struct filter_request *filter, struct err *e);
	void *arg;
};

struct sandbox {
	pid_t bwrap;	    /* our child; its exit status is the program's */
	int words;	    /* bwrap waits for its words here; -1 once it has them */
	int info, file;	    /* what it says of its child, and what it shows as a file; -1 */
	pid_t init;	    /* pid 1 inside, in our pid namespace */
	int shim_socket;    /* readable: SHIM_STARTED, or end of file */
	int listener;	    /* of seccomp notifications */
	int http_listener;  /* TCP, port 3128 inside; -1 once it was taken */
	int socks_listener; /* the same, port 1080 */
	int socket_diag;    /* see socket_diag.h; -1 where there is none */
	int root;	    /* O_PATH of the sandbox's root directory */
	int process;	    /* /proc of pid 1 inside: it means no other process, ever */
	unsigned long listener_flags; /* SECCOMP_FILTER_FLAG_* that the kernel took */
	bool sync_wake_up;
};

/* Finds an executable in `path`, or in the directories of the system where that is NULL, as PATH is
 * that is not set. Absolute path, or NULL. Caller frees. */
char *launch_find_program(const char *name, const char *path);
/* Opens the shim that belongs to this program. Descriptor, or -1 with *e. */
int launch_open_shim(struct err *e);

/* bwrap's own words: what is so in every sandbox, what is mounted, and both with the "--" at the end. */
void launch_options(struct strings *out, const char *bwrap, const struct launch_allowances *allow);
void launch_mounts(struct strings *out, const struct strings *mounts,
		   const struct launch_allowances *allow);
void launch_arguments(struct strings *out, const char *bwrap, const struct strings *mounts,
		      const struct launch_allowances *allow);

/* A sandbox that does not run: no process, no descriptor. */
void sandbox_init(struct sandbox *sandbox);
/*
 * Starts bwrap, then has it build the sandbox. 0, or -1 with *e; then sandbox_end(), or closing the
 * sandbox, and waiting for bwrap ends what is there: nothing has run.
 */
int sandbox_spawn(struct sandbox *sandbox, const struct launch_request *request, struct err *e);
int sandbox_build(struct sandbox *sandbox, const struct launch_plan *plan, struct err *e);
/* Lets the program start; its working directory is entered anew where mounts may cover it. */
int sandbox_go(struct sandbox *sandbox, bool covered, struct err *e);
/* Ends everything inside at once: its first process exits. bwrap's end follows, also where it has
 * built nothing yet. */
void sandbox_end(struct sandbox *sandbox);
/* Sends a signal to the program. */
void sandbox_signal(struct sandbox *sandbox, int number);
/*
 * The sandbox's namespace of this name, as in /proc/PID/ns: it lasts as long as the descriptor. -1 with *e,
 * also where pid 1 is gone.
 */
int sandbox_open_namespace(const struct sandbox *sandbox, const char *name, struct err *e);
/* Closes the descriptors; does not wait. */
void sandbox_close(struct sandbox *sandbox);

#endif
