/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_SUPERVISOR_H
#define CORE_SESSION_SUPERVISOR_H

/*
 * One sandboxed command from start to end: the process that the person started becomes its
 * supervisor and leaves with its exit status.
 */
#include "core/base/err.h"
#include "core/policy/judge.h"
#include "core/sandbox/filter.h"
#include "core/session/drift_watch.h"
#include "core/session/run_report.h"
#include "core/session/store.h"

/* A port inside that is reached by one of the host's loopback interface. */
struct published_port {
	int host_port, port;
};

/* What learning asks about beyond what is sensitive (mode learn). */
enum learn_net { LEARN_NET_AUTO, LEARN_NET_ASK, LEARN_NET_ALLOW }; /* AUTO: ask while somebody can answer */
enum learn_writes {
	LEARN_WRITES_AUTO,    /* layer where it can be had, else ask */
	LEARN_WRITES_LAYER,   /* into a layer of this server's own */
	LEARN_WRITES_ASK,     /* as in ask mode */
	LEARN_WRITES_THROUGH, /* to the host, but for sensitive and protected places */
};

struct supervisor_options {
	const char *server;
	char *const *command;		 /* NULL-terminated words */
	enum mode mode;
	enum watch_level level;		 /* 0 = everyday */
	enum learn_net learn_net;
	enum learn_writes learn_writes;
	const struct settings *settings; /* never NULL */
	const char *settings_path;	 /* the file in force, resolved; NULL = built-in base */
	bool settings_nameless;		 /* NULL, but they were given, by a pipe */
	/* NULL-terminated words. Where the settings leave the parent proxy open, variables such as
	 * HTTP_PROXY here name one; NULL = none but the settings'. */
	char *const *proxy_environment;
	int hold_seconds;		 /* -1 = 30 s while a dashboard is attached, else not at all */
	bool awaited;			 /* -1: one that started this attaches in a moment, so at first too */
	/*
	 * As upstream's command has it: the settings file alone decides, no rule and no answer adds
	 * to it; SIGINT and SIGTERM end everything at once; and nothing is added to /dev.
	 */
	bool drop_in;
	bool full_network;		 /* programs that know of no proxy get out, too */
	const struct published_port *published;
	size_t published_count;
	const char *proxy_user;		 /* in the proxies' URLs */
	const char *tmpdir;		 /* TMPDIR inside; NULL = left as it is */
	int control_fd;			 /* policies come in here while the command runs; -1 = none */
	bool debug;			 /* tell what happens on standard error */
	bool tap;			 /* copy standard input and output, and read JSON-RPC along */
	enum run_report_format report;	 /* of the whole run, at its end */
	bool only_self_test;		 /* build the sandbox, see what is blind and run nothing */
	/* Opens the store, {NULL, NULL} = no history; the supervisor closes it. NULL = none. Called
	 * after the broker was forked: the broker shares nothing with it. */
	struct store (*open_store)(void);
	const struct drift_watch *drift; /* over that store; NULL = nothing is told of it */
};

struct supervisor_result {
	int status;	  /* the program's: 0-255, 128+n for a signal */
	int ended_by;	  /* the signal to us that ended it (drop_in), 0 = none */
	int bwrap_signal; /* bwrap itself was killed by this signal, 0 = it was not */
	char *report;	  /* what was asked for; NULL = nothing ran. The caller frees it */
	char *banner;	  /* only_self_test: what is blind, NULL = nothing; the caller frees it */
};

/* TMPDIR where a program is to have a private one: bwrap's /dev/shm is a tmpfs of the sandbox's own. */
#define SUPERVISOR_PRIVATE_TMPDIR "/dev/shm/tmp"

/*
 * Runs the command. 0 and *result, or -1 with *e where it could not be started (then nothing
 * ran), or where its control descriptor failed.
 */
int supervisor_run(const struct supervisor_options *options, struct supervisor_result *result,
		   struct err *e);

/* The bwrap command line that supervisor_run() would use, for showing and measuring. */
int supervisor_bwrap_arguments(const struct supervisor_options *options, struct strings *out,
			       struct err *e);

#endif
