/* SPDX-License-Identifier: MIT */
/*
 * The export under review: made, looked at entry by entry, adjusted, replayed, written. The
 * evidence may be large and the tree slow, so that the worker does all of it; what comes too late
 * for what is on the screen is thrown away.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/effects_parts.h"

static bool is_over(const struct effects *effects, unsigned opened)
{
	return effects->model->export.opened != opened;
}

/* --- made --- */

struct making {
	struct exports exports;
	unsigned opened;
	char *server, *path;
	struct export_made made;
	int result;
	struct err e;
};

static void run_making(void *data)
{
	struct making *making = data;

	making->result = making->exports.ops->make(making->exports.handle, making->server,
						   making->path, &making->made, &making->e);
}

static void finish_making(void *data, void *context)
{
	struct making *making = data;
	struct effects *effects = context;
	struct export_review *review = &effects->model->export;

	if (is_over(effects, making->opened))
		return;
	if (making->result == 0 && export_review_take(review, &making->made, &making->e) < 0) {
		err_wrap(&making->e, "%s", making->path);
		making->result = -1;
	}
	if (making->result < 0)
		export_review_failed(review, making->e.message);
}

static void free_making(void *data)
{
	struct making *making = data;

	export_made_free(&making->made);
	free(making->server);
	free(making->path);
	free(making);
}

static void make(struct effects *effects)
{
	struct export_review *review = &effects->model->export;
	struct making *making = xcalloc(1, sizeof(*making));
	struct err e;

	making->exports = effects->exports;
	making->opened = review->opened;
	making->server = xstrdup(review->server);
	making->path = xstrdup(review->path);
	review->wanted = false;
	if (worker_add(effects->worker,
		       &(struct job){ run_making, finish_making, free_making, making }, &e) < 0)
		export_review_failed(review, e.message);
}

/* --- what it comes to --- */

struct replaying {
	struct exports exports;
	unsigned opened;
	char *path, *before;
	struct buf text;
	struct export_figures figures;
	int result;
	struct err e;
};

static void run_replaying(void *data)
{
	struct replaying *replaying = data;

	replaying->result = replaying->exports.ops->replay(
		replaying->exports.handle, replaying->path, replaying->before,
		buf_text(&replaying->text), &replaying->figures, &replaying->e);
}

static void finish_replaying(void *data, void *context)
{
	struct replaying *replaying = data;
	struct effects *effects = context;
	struct export_review *review = &effects->model->export;

	if (is_over(effects, replaying->opened))
		return;
	review->replaying = false;
	if (replaying->result == 0) {
		export_review_take_figures(review, &replaying->figures);
		return;
	}
	free(review->replay_trouble);
	review->replay_trouble = xstrdup(replaying->e.message);
}

static void free_replaying(void *data)
{
	struct replaying *replaying = data;

	export_figures_free(&replaying->figures);
	buf_free(&replaying->text);
	free(replaying->path);
	free(replaying->before);
	free(replaying);
}

/* One at a time: of many changes in a row the last one counts. */
static void replay(struct effects *effects)
{
	struct export_review *review = &effects->model->export;
	struct replaying *replaying = xcalloc(1, sizeof(*replaying));
	struct err e = { .message = "" };

	review->replay_wanted = false;
	replaying->exports = effects->exports;
	replaying->opened = review->opened;
	replaying->path = xstrdup(review->path);
	replaying->before = xstrdup(review->before);
	if (export_review_text(review, &replaying->text, &e) < 0) {
		free_replaying(replaying);
		free(review->replay_trouble);
		review->replay_trouble = xstrdup(e.message);
		return;
	}
	review->replaying = worker_add(effects->worker,
				       &(struct job){ run_replaying, finish_replaying,
						      free_replaying, replaying },
				       &e) == 0;
}

/* --- what was recorded of one entry --- */

struct looking {
	struct exports exports;
	unsigned opened, shown;
	const char *list;
	char *entry;
	struct access_row *rows;
	size_t count;
	bool more;
	int result;
	struct err e;
};

static void run_looking(void *data)
{
	struct looking *looking = data;

	looking->result = looking->exports.ops->evidence(
		looking->exports.handle, looking->list, looking->entry, EXPORT_EVIDENCE_MOST,
		&looking->rows, &looking->count, &looking->more, &looking->e);
}

static void finish_looking(void *data, void *context)
{
	struct looking *looking = data;
	struct effects *effects = context;
	struct export_review *review = &effects->model->export;

	if (is_over(effects, looking->opened) || review->shown.opened != looking->shown)
		return;
	if (looking->result < 0) {
		free(review->shown.trouble);
		review->shown.trouble = xstrdup(looking->e.message);
	}
	export_review_take_evidence(review, looking->rows, looking->count, looking->more);
	looking->rows = NULL;
	looking->count = 0;
}

static void free_looking(void *data)
{
	struct looking *looking = data;

	access_rows_free(looking->rows, looking->count);
	free(looking->entry);
	free(looking);
}

static void look_at_entry(struct effects *effects)
{
	struct export_review *review = &effects->model->export;
	struct looking *looking = xcalloc(1, sizeof(*looking));
	struct err e;

	review->shown.wanted = false;
	looking->exports = effects->exports;
	looking->opened = review->opened;
	looking->shown = review->shown.opened;
	looking->list = export_list_name(review->shown.list);
	looking->entry = xstrdup(review->shown.text);
	if (worker_add(effects->worker,
		       &(struct job){ run_looking, finish_looking, free_looking, looking }, &e) < 0)
		export_review_take_evidence(review, NULL, 0, false);
}

void effects_look_at_export(struct effects *effects)
{
	struct export_review *review = &effects->model->export;

	if (effects->exports.ops == NULL) {
		if (review->wanted)
			export_review_failed(review, "there is no history here");
		return;
	}
	if (review->wanted)
		make(effects);
	if (review->known && review->replay_wanted && !review->replaying)
		replay(effects);
	if (review->known && review->shown.wanted)
		look_at_entry(effects);
}

/* --- wider and narrower --- */

struct adjusting {
	struct exports exports;
	unsigned opened;
	size_t index;
	bool wider;
	const char *list;
	char *entry;
	struct strings entries;
	int result;
	struct err e;
};

static void run_adjusting(void *data)
{
	struct adjusting *adjusting = data;

	adjusting->result = adjusting->exports.ops->adjust(
		adjusting->exports.handle, adjusting->list, adjusting->entry, adjusting->wider,
		&adjusting->entries, &adjusting->e);
}

static void finish_adjusting(void *data, void *context)
{
	struct adjusting *adjusting = data;
	struct effects *effects = context;
	struct export_review *review = &effects->model->export;
	_cleanup_free_ char *why = NULL;

	if (is_over(effects, adjusting->opened))
		return;
	/* Nothing could be changed meanwhile: the entry is where it was. */
	review->busy = false;
	if (adjusting->result == 0)
		why = export_review_adjust(review, adjusting->index, adjusting->wider,
					   &adjusting->entries);
	else
		why = xstrdup(adjusting->e.message);
	if (why != NULL) {
		/* It begins with "not": a sentence of its own. */
		why[0] = why[0] == 'n' ? 'N' : why[0];
		effects_say(effects, effects->now, ROLE_WARN, xasprintf("%s.", why));
	}
}

static void free_adjusting(void *data)
{
	struct adjusting *adjusting = data;

	strings_free(&adjusting->entries);
	free(adjusting->entry);
	free(adjusting);
}

void effects_adjust_export(struct effects *effects, const struct command *command,
			   struct instant now)
{
	struct export_review *review = &effects->model->export;
	struct adjusting *adjusting;
	struct err e;

	if (effects->exports.ops == NULL || command->index >= review->count)
		return;
	adjusting = xcalloc(1, sizeof(*adjusting));
	adjusting->exports = effects->exports;
	adjusting->opened = review->opened;
	adjusting->index = command->index;
	adjusting->wider = command->force;
	adjusting->list = export_list_name(review->items[command->index].list);
	adjusting->entry = xstrdup(review->items[command->index].text);
	review->busy = true;
	if (worker_add(effects->worker,
		       &(struct job){ run_adjusting, finish_adjusting, free_adjusting, adjusting },
		       &e) < 0) {
		review->busy = false;
		effects_say_error(effects, now, &e);
	}
}

/* --- written --- */

struct writing {
	struct exports exports;
	unsigned opened;
	char *server, *path, *before;
	struct buf text;
	int result;
	struct err e;
};

static void run_writing(void *data)
{
	struct writing *writing = data;

	writing->result =
		writing->exports.ops->write(writing->exports.handle, writing->path, writing->before,
					    buf_text(&writing->text), &writing->e);
}

static void finish_writing(void *data, void *context)
{
	struct writing *writing = data;
	struct effects *effects = context;
	struct export_review *review = &effects->model->export;
	bool over = is_over(effects, writing->opened);

	if (!over)
		review->busy = false;
	if (writing->result < 0) {
		effects_say_error(effects, effects->now, &writing->e);
		return;
	}
	effects_say(effects, effects->now, ROLE_TITLE,
		    writing->before != NULL ? xasprintf("Written: %s; what it was is in %s.bak.",
							writing->path, writing->path)
					    : xasprintf("Written: %s.", writing->path));
	/* What is there now is what the next look compares with. */
	if (!over)
		export_review_open(review, writing->server, writing->path);
}

static void free_writing(void *data)
{
	struct writing *writing = data;

	free(writing->server);
	free(writing->path);
	free(writing->before);
	buf_free(&writing->text);
	free(writing);
}

void effects_write_export(struct effects *effects, struct instant now)
{
	struct export_review *review = &effects->model->export;
	struct writing *writing = xcalloc(1, sizeof(*writing));
	struct err e = { .message = "One moment: something else is being done" };

	if (effects->exports.ops == NULL || review->busy ||
	    export_review_text(review, &writing->text, &e) < 0) {
		effects_say_error(effects, now, &e);
		free_writing(writing);
		return;
	}
	writing->exports = effects->exports;
	writing->opened = review->opened;
	writing->server = xstrdup(review->server);
	writing->path = xstrdup(review->path);
	writing->before = xstrdup(review->before);
	review->busy = true;
	if (worker_add(effects->worker,
		       &(struct job){ run_writing, finish_writing, free_writing, writing },
		       &e) < 0) {
		review->busy = false;
		effects_say_error(effects, now, &e);
	}
}
