/* SPDX-License-Identifier: MIT */
/*
 * New is what the last export would refuse, and what was never seen before it. The export is read
 * when the first event comes, so that a start does not wait for it, and again when somebody else
 * has written to the database. All of it takes a share of the time at most: a program that is
 * refused very much is told of less.
 */
#include "core/main/session_drift.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/main/exported.h"
#include "core/main/program_marks.h"
#include "core/sandbox/lookup_budget.h"
#include "learn/replay.h"

struct watch {
	struct db *db;
	struct store store;
	char *server;
	struct lookup_budget budget;
	int64_t version;	/* of the data that was read; -1 = nothing was yet */
	int64_t exported_ms;	/* 0 = never */
	struct exported exported;
	struct mount_index *index; /* NULL: there is nothing to judge by */
	char *words;
};

static void *open_watch(struct store store, const char *server)
{
	struct watch *watch;

	if (!store.ops)
		return NULL;
	watch = xcalloc(1, sizeof(*watch));
	*watch = (struct watch){ .db = store.handle,
				 .store = store,
				 .server = xstrdup(server),
				 .version = -1 };
	lookup_budget_init(&watch->budget, clock_mono_us());
	return watch;
}

static void forget_export(struct watch *watch)
{
	mount_index_free(watch->index);
	watch->index = NULL;
	exported_free(&watch->exported);
	free(watch->words);
	watch->words = NULL;
	watch->exported_ms = 0;
}

static void close_watch(void *handle)
{
	struct watch *watch = handle;

	if (!watch)
		return;
	forget_export(watch);
	free(watch->server);
	free(watch);
}

static void take_export(struct watch *watch, const struct export_row *row)
{
	_cleanup_strings_ struct strings changed = STRINGS_EMPTY;
	struct buf words = BUF_EMPTY;

	forget_export(watch);
	watch->exported_ms = row->time_ms;
	if (!row->time_ms || exported_read(&watch->exported, row, NULL) < 0)
		return;
	watch->index = mount_index_new(&watch->exported.plan);
	if (row->programs)
		program_marks_compare(row->programs, &changed);
	buf_adds(&words, "new since export");
	for (size_t i = 0; i < changed.count; i++)
		buf_addf(&words, "%s %s", i ? ";" : ":", changed.items[i]);
	watch->words = buf_steal(&words);
}

/* Where it cannot be read now, what was read before stands. */
static void look_for_export(struct watch *watch)
{
	struct export_row row = { 0 };
	int64_t version;

	if (watch->store.ops->data_version(watch->store.handle, &version, NULL) < 0 ||
	    version == watch->version)
		return;
	if (db_export_last(watch->db, watch->server, &row, NULL) < 0)
		return;
	if (watch->version < 0 || row.time_ms != watch->exported_ms)
		take_export(watch, &row);
	watch->version = version;
	export_row_free(&row);
}

static bool is_new(struct watch *watch, enum access_kind kind, const char *object)
{
	const struct access_row row = { .kind = kind, .object = (char *)object };
	struct judgement judgement;
	bool allowed, known;

	if (!watch->index ||
	    !replay_judge(&row, watch->exported.settings, watch->index, &judgement, &allowed) ||
	    allowed)
		return false;
	return db_access_known(watch->db, watch->server, kind, object, watch->exported_ms, &known,
			       NULL) == 0 && !known;
}

static char *tell(void *handle, enum access_kind kind, const char *object)
{
	struct watch *watch = handle;
	int64_t began = clock_mono_us();
	char *words = NULL;

	if (!watch || !lookup_budget_allows(&watch->budget, began, true))
		return NULL;
	look_for_export(watch);
	if (is_new(watch, kind, object))
		words = xstrdup(watch->words);
	lookup_budget_spend(&watch->budget, clock_mono_us() - began);
	return words;
}

const struct drift_watch session_drift = { open_watch, tell, close_watch };
