/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_STORE_H
#define CORE_SESSION_STORE_H

/*
 * What a session needs of a database, as a table of operations: core knows no SQL, and
 * tests use a store in memory. Every call returns 0, or -1 with *e; ERR_BUSY means that
 * the database is locked and the same call should be made again later. No call may block
 * for longer than a few milliseconds.
 */
#include "core/base/err.h"
#include "core/policy/access.h"
#include "core/policy/rule.h"

struct session_record {
	const char *id; /* "<pid>-<8 hex digits>" */
	const char *server;
	const char *command; /* the words, joined by a space */
	const char *cwd;
	const char *mode; /* "ask", "enforce", "learn" */
	pid_t pid;	  /* of the supervisor */
	int64_t started_ms;
};

/* An answer, by whom and how: kept for the log of decisions. */
struct decision {
	const char *event; /* id of the question */
	const char *session;
	const char *server;
	enum access_kind kind;
	const char *object;
	enum verdict verdict;
	enum scope scope;
	enum duration duration;
	const char *by; /* "person", "rule", "default", "deadline" */
	int64_t time_ms;
};

struct session_end {
	int status;
	int64_t time_ms;
};

/* One write, in one transaction; any part may be empty. Borrowed. */
struct store_batch {
	const char *session;
	const char *server;
	const struct access_event *events; /* inserted, or replaced where the id is known */
	size_t event_count;
	const struct access_row *accesses; /* added to what is there; `runs` is ignored */
	size_t access_count;
	const struct decision *decisions;
	size_t decision_count;
	const struct session_end *end; /* of the session, NULL = it goes on */
};

struct store_ops {
	int (*session_begin)(void *store, const struct session_record *session, struct err *e);
	int (*write)(void *store, const struct store_batch *batch, struct err *e);
	/* Stores the rule and sets rule->id. */
	int (*rule_add)(void *store, struct rule *rule, struct err *e);
	int (*rule_used)(void *store, int64_t rule_id, uint64_t hits, int64_t when_ms, struct err *e);
	/* Rules kept "always" for this server, newest first. Caller: rules_free(). */
	int (*rules_load)(void *store, const char *server, struct rule **rules, size_t *count,
			  struct err *e);
	/* Changes whenever another connection wrote (PRAGMA data_version). */
	int (*data_version)(void *store, int64_t *version, struct err *e);
	/* Does what writes and ends will need, so that they are quick. May be NULL. */
	void (*warm_up)(void *store);
	/* Gives memory back that is only kept for speed. May be NULL. */
	void (*shrink)(void *store);
	void (*close)(void *store);
};

/* A store, or {NULL, NULL} where there is none: history is lost then, nothing else. */
struct store {
	const struct store_ops *ops;
	void *handle;
};

#endif
