/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_ACCESS_H
#define CORE_POLICY_ACCESS_H

/*
 * The nouns of the whole program: what was accessed, what was said about it,
 * and one event. Names are those of the command-line contract.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/buf.h"

enum access_kind {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_EXEC,
	ACCESS_CONNECT,
	ACCESS_DNS,
	ACCESS_BIND,
	ACCESS_UNIX,
	ACCESS_KIND_COUNT
};

enum verdict { VERDICT_ALLOW, VERDICT_DENY, VERDICT_ASK, VERDICT_COUNT };

/* What an answer covers. exact: this file or host:port; file: this file; dir: a directory and all
 * below it; host: a host on every port; domain: *.parent (strict subdomains). */
enum scope { SCOPE_EXACT, SCOPE_FILE, SCOPE_DIR, SCOPE_HOST, SCOPE_DOMAIN, SCOPE_COUNT };

/* How long an answer holds. */
enum duration { DURATION_ONCE, DURATION_SESSION, DURATION_ALWAYS, DURATION_COUNT };

const char *access_kind_name(enum access_kind kind);
const char *verdict_name(enum verdict verdict);
const char *scope_name(enum scope scope);
const char *duration_name(enum duration duration);
/* Each parses exactly the names above. Returns false for anything else. */
bool access_kind_parse(const char *name, enum access_kind *kind);
bool verdict_parse(const char *name, enum verdict *verdict);
bool scope_parse(const char *name, enum scope *scope);
bool duration_parse(const char *name, enum duration *duration);

/* True for the kinds whose object is an absolute path. */
bool access_is_file(enum access_kind kind);

/*
 * One thing that happened, or one question (verdict ASK). Strings are owned; NULL means
 * unknown. `object` is bytes as the kernel has them: escape before showing.
 */
/* Not "struct event": that is libevent's. */
struct access_event {
	char *id;	   /* "<session>.<n>": unique, stable while a question is answered */
	int64_t time_ms;   /* CLOCK_REALTIME */
	char *session;
	char *server;
	enum access_kind kind;
	char *object;	   /* absolute path, "host:port" (IPv6 in brackets), socket */
	enum verdict verdict;
	char *why;	   /* words: what decided */
	char *rule;	   /* text of the rule that decided, or NULL for a default */
	pid_t pid;	   /* in the host's pid namespace, 0 unknown */
	char *exe;	   /* path of the program's executable */
	char *syscall;	   /* name; NULL for events of the proxy */
	int error;	   /* errno that the program saw, 0 for none or unknown */
	/* Each of the calls would make it, and can be let do so by a rule about it alone. Not kept. */
	bool makes;
	uint64_t count;	   /* at least 1 */
	char *command_line; /* of the process, words joined by spaces */
	/* Executables from the process outward to the first that was started inside, each on a line; a
	 * newline in a name is a "?". */
	char *chain;
	char *request;	   /* what the program was asked to do meanwhile: "tools/call read_file" */
	char *drift;	   /* new since the server's settings were exported, in words; NULL = it is not */
};

void access_event_free(struct access_event *event); /* frees the strings, not the struct; zeroes it */
void access_event_copy(struct access_event *to, const struct access_event *from);

/* Accesses of one object, added up: evidence for learning. Strings are owned. */
struct access_row {
	enum access_kind kind;
	char *object;
	enum verdict verdict; /* ALLOW or DENY */
	char *exe;	      /* the first of the programs that did it */
	struct strings *programs; /* further ones, as the database knows them; NULL = none */
	uint64_t count;
	uint64_t runs;	      /* in how many sessions */
	int64_t first_ms;
	int64_t last_ms;
	int error;	      /* 0 = it succeeded at least once, else of the last failure */
	bool created;	      /* write: it did not exist before and was made (open with O_CREAT, mkdir, …) */
};

void access_row_free(struct access_row *row);
void access_rows_free(struct access_row *rows, size_t count);

#endif
