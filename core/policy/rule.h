/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_RULE_H
#define CORE_POLICY_RULE_H

/*
 * A person's rule: made by answering a question or by `srt-top rules add`.
 * Pure: text and matching only.
 */
#include "core/base/err.h"
#include "core/policy/access.h"

struct rule {
	int64_t id;	       /* of the database, 0 = not stored, negative = of a session */
	char *server;	       /* name the rule belongs to */
	enum access_kind kind; /* READ, WRITE, EXEC or CONNECT */
	enum verdict verdict;  /* ALLOW or DENY */
	enum scope scope;
	char *pattern;	       /* EXACT/FILE: absolute path or host:port; DIR: absolute path;
				  HOST: host; DOMAIN: the parent, without "*." */
	enum duration duration;
	int64_t created_ms;
	int64_t last_used_ms;  /* 0 = never */
	uint64_t hits;
};

/* How often something has decided: the text of a rule, of an entry of a settings file ("denyRead ~/x")
 * or of a built-in place, as events name it. */
struct rule_use {
	char *server, *rule;
	uint64_t hits;
	int64_t last_ms;
};
void rule_uses_free(struct rule_use *uses, size_t count);

void rule_free(struct rule *rule);
void rule_copy(struct rule *to, const struct rule *from);
void rules_free(struct rule *rules, size_t count);

/*
 * True if the rule speaks about this access. A rule that allows writing speaks for reading
 * too; one that denies reading speaks for writing too. Hosts are canonical (host_canonical()).
 */
bool rule_matches(const struct rule *rule, enum access_kind kind, const char *object);

/* The rule in words: "allow write ~/src/app (dir), always" without the home shortening. Caller
 * frees. */
char *rule_text(const struct rule *rule);

/*
 * The scopes that fit an object, in the order offered, narrowest first. Files: exact, dir (the
 * object's directory, or the object itself where is_directory). Connections: exact
 * (host:port), host, and domain where the host's parent is not a public suffix (libpsl).
 * Returns how many were written to scopes[SCOPE_COUNT].
 */
size_t rule_scopes(enum access_kind kind, const char *object, bool is_directory,
		   enum scope scopes[SCOPE_COUNT]);

/*
 * Makes the rule that an answer stands for; 0, or -1 with *e where the scope does not fit the
 * object. The caller frees it with rule_free().
 */
int rule_make(struct rule *rule, const char *server, enum access_kind kind, const char *object,
	      bool is_directory, enum verdict verdict, enum scope scope, enum duration duration,
	      struct err *e);

#endif
