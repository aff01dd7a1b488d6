/* SPDX-License-Identifier: MIT */
#ifndef TUI_HISTORY_H
#define TUI_HISTORY_H

/*
 * What the dashboard needs of the database and of the learning layer, as a table of operations: the
 * dashboard knows neither. Each returns 0, or -1 with *e (ERR_BUSY: the same again a little later).
 * Where there is no history yet, lists are empty.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/policy/access.h"
#include "core/policy/rule.h"

struct history_event {
	int64_t sequence;
	unsigned session; /* its number on the dashboard, 0 = not there */
	struct access_event event;
};
/* Which events; sequence numbers grow with time. */
struct history_query {
	int64_t after, before;	 /* between these, both excluded; before 0 = no bound */
	unsigned kinds, verdicts; /* one bit each */
	size_t limit;		 /* the newest of them */
};
void history_events_free(struct history_event *events, size_t count);

struct history_ops {
	/* Rules kept for ever, newest first. Caller: rules_free(). */
	int (*rules)(void *handle, struct rule **rules, size_t *count, struct err *e);
	/* Stores it and sets its id. */
	int (*rule_add)(void *handle, struct rule *rule, struct err *e);
	int (*rule_remove)(void *handle, int64_t id, struct err *e);
	/* Out of force, or back in force; and those that are out. Caller: rules_free(). */
	int (*rule_disable)(void *handle, int64_t id, bool disabled, struct err *e);
	int (*rules_disabled)(void *handle, struct rule **rules, size_t *count, struct err *e);
	/* The same rule about another object, as `rules add` reads it. Caller: rule_free(). */
	int (*rule_about)(void *handle, struct rule *made, const struct rule *like,
			  const char *object, struct err *e);
	/* What was recorded that the rule speaks about; *more: there is more than `most`. */
	int (*matched)(void *handle, const struct rule *rule, size_t most, struct access_row **rows,
		       size_t *count, bool *more, struct err *e);
	/* What the entry of a settings file has decided lately. `server` NULL = of any. */
	int (*decided)(void *handle, const char *server, const char *entry, size_t most,
		       struct access_row **rows, size_t *count, struct err *e);
	/* What has decided lately, and how often. Caller: rule_uses_free(). */
	int (*uses)(void *handle, struct rule_use **uses, size_t *count, struct err *e);
	/* Oldest first. Caller: history_events_free(). */
	int (*events)(void *handle, const struct history_query *query,
		      struct history_event **events, size_t *count, struct err *e);
	void (*free)(void *handle);
};

struct history {
	const struct history_ops *ops; /* NULL = none */
	void *handle;
};

#endif
