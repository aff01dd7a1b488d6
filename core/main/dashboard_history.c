/* SPDX-License-Identifier: MIT */
#include "core/main/dashboard_history.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/main/report.h"
#include "core/main/rule_words.h"
#include "core/session/runtime_dir.h"

struct handle {
	struct db *db; /* NULL: not opened yet, or there is none */
};

/* 0 with *db NULL where there is none yet, or -1 with *e. */
static int open_it(struct handle *handle, struct db **db, struct err *e)
{
	if (handle->db == NULL && open_history(&handle->db, e) < 0)
		return -1;
	*db = handle->db;
	return 0;
}

static int rules(void *opaque, struct rule **items, size_t *count, struct err *e)
{
	struct db *db;

	*items = NULL;
	*count = 0;
	if (open_it(opaque, &db, e) < 0)
		return -1;
	return db != NULL ? db_rules(db, NULL, items, count, e) : 0;
}

static int rules_disabled(void *opaque, struct rule **items, size_t *count, struct err *e)
{
	struct db *db;

	*items = NULL;
	*count = 0;
	if (open_it(opaque, &db, e) < 0)
		return -1;
	return db != NULL ? db_rules_disabled(db, items, count, e) : 0;
}

static int rule_disable(void *opaque, int64_t id, bool disabled, struct err *e)
{
	struct db *db;

	if (open_it(opaque, &db, e) < 0)
		return -1;
	if (db == NULL)
		return err_code(e, ERR_NOT_FOUND, "there is no such rule");
	return db_rule_disable(db, id, disabled, e);
}

static int rule_add(void *opaque, struct rule *rule, struct err *e)
{
	struct handle *handle = opaque;
	struct store store;

	if (handle->db == NULL) {
		_cleanup_free_ char *path = database_path();

		handle->db = db_open(path, true, e);
		if (handle->db == NULL)
			return -1;
	}
	store = db_store(handle->db);
	return store.ops->rule_add(store.handle, rule, e);
}

static int rule_remove(void *opaque, int64_t id, struct err *e)
{
	struct db *db;

	if (open_it(opaque, &db, e) < 0)
		return -1;
	if (db == NULL)
		return err_code(e, ERR_NOT_FOUND, "there is no such rule");
	return db_rule_remove(db, id, e);
}

static int rule_about(void *opaque, struct rule *made, const struct rule *like, const char *object,
		      struct err *e)
{
	size_t length = strlen(object);
	bool directory = like->scope == SCOPE_DIR || (length > 0 && object[length - 1] == '/');
	const char *scope = NULL;

	(void)opaque;
	/* Never wider than it looks: a file stays one file unless a slash says otherwise, while a
	 * host tells by its port or its "*." what is meant. */
	if (access_is_file(like->kind))
		scope = scope_name(directory ? SCOPE_DIR : SCOPE_EXACT);
	return rule_from_words(made, like->server, verdict_name(like->verdict),
			       access_kind_name(like->kind), object, scope, e);
}

static int matched(void *opaque, const struct rule *rule, size_t most, struct access_row **rows,
		   size_t *count, bool *more, struct err *e)
{
	struct db *db;

	*rows = NULL;
	*count = 0;
	*more = false;
	if (open_it(opaque, &db, e) < 0)
		return -1;
	return db != NULL ? db_accesses_of_rule(db, rule, most, rows, count, more, e) : 0;
}

static int decided(void *opaque, const char *server, const char *entry, size_t most,
		   struct access_row **rows, size_t *count, struct err *e)
{
	struct db *db;

	*rows = NULL;
	*count = 0;
	if (open_it(opaque, &db, e) < 0)
		return -1;
	return db != NULL ? db_decided_by(db, server, entry, most, rows, count, e) : 0;
}

static int uses(void *opaque, struct rule_use **items, size_t *count, struct err *e)
{
	struct db *db;

	*items = NULL;
	*count = 0;
	if (open_it(opaque, &db, e) < 0)
		return -1;
	return db != NULL ? db_rule_uses(db, items, count, e) : 0;
}

static int events(void *opaque, const struct history_query *wanted, struct history_event **items,
		  size_t *count, struct err *e)
{
	const struct event_query query = { .after = wanted->after,
					   .before = wanted->before,
					   .kinds = wanted->kinds,
					   .verdicts = wanted->verdicts,
					   .limit = wanted->limit };
	struct event_row *rows;
	struct db *db;

	*items = NULL;
	*count = 0;
	if (open_it(opaque, &db, e) < 0)
		return -1;
	if (db == NULL)
		return 0;
	if (db_events(db, &query, &rows, count, e) < 0)
		return -1;
	*items = xcalloc(*count + 1, sizeof(**items));
	for (size_t i = 0; i < *count; i++) {
		(*items)[i].sequence = rows[i].sequence;
		(*items)[i].event = rows[i].event;
	}
	/* The strings went over. */
	free(rows);
	return 0;
}

static void free_history(void *opaque)
{
	struct handle *handle = opaque;

	if (handle->db != NULL)
		db_close(handle->db);
	free(handle);
}

struct history dashboard_history_new(void)
{
	static const struct history_ops ops = {
		.rules = rules,
		.rule_add = rule_add,
		.rule_remove = rule_remove,
		.rule_disable = rule_disable,
		.rules_disabled = rules_disabled,
		.rule_about = rule_about,
		.matched = matched,
		.decided = decided,
		.uses = uses,
		.events = events,
		.free = free_history,
	};
	struct history history = { .ops = &ops, .handle = xcalloc(1, sizeof(struct handle)) };

	return history;
}
