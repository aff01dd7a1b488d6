/* SPDX-License-Identifier: MIT */
/*
 * What a server has written: read, compared, and kept or dropped when the person said so. A layer
 * may hold very much, so that all of it is done by the worker; what comes too late for what is on
 * the screen is thrown away.
 */
#include <stdlib.h>

#include "core/base/mem.h"
#include "tui/effects_parts.h"

/* --- reading --- */

struct reading {
	struct layers layers;
	char *server;
	unsigned opened;
	struct written_row *rows;
	size_t count;
	int result;
	struct err e;
};

static void run_reading(void *data)
{
	struct reading *reading = data;

	reading->result = reading->layers.ops->read(reading->layers.handle, reading->server,
						    &reading->rows, &reading->count, &reading->e);
}

static void finish_reading(void *data, void *context)
{
	struct reading *reading = data;
	struct effects *effects = context;
	struct written *written = &effects->model->written;

	if (reading->opened != written->opened)
		return;
	if (reading->result < 0) {
		written_failed(written, reading->e.message);
		return;
	}
	written_take(written, reading->rows, reading->count);
	reading->rows = NULL;
	reading->count = 0;
}

static void free_reading(void *data)
{
	struct reading *reading = data;

	written_rows_free(reading->rows, reading->count);
	free(reading->server);
	free(reading);
}

static void read_layer(struct effects *effects)
{
	struct written *written = &effects->model->written;
	struct reading *reading;
	struct err e = { .message = "there are no layers here" };

	written->wanted = false;
	if (effects->layers.ops == NULL) {
		written_failed(written, e.message);
		return;
	}
	reading = xcalloc(1, sizeof(*reading));
	reading->layers = effects->layers;
	reading->server = xstrdup(written->server);
	reading->opened = written->opened;
	written->work = WRITTEN_READING;
	written->looked = 0;
	if (worker_add(effects->worker,
		       &(struct job){ run_reading, finish_reading, free_reading, reading }, &e) < 0)
		written_failed(written, e.message);
}

/* --- the difference of one row --- */

struct comparing {
	struct layers layers;
	unsigned opened;
	size_t index;
	struct buf diff;
};

static void run_comparing(void *data)
{
	struct comparing *comparing = data;

	comparing->layers.ops->diff(comparing->layers.handle, comparing->index, &comparing->diff);
}

static void finish_comparing(void *data, void *context)
{
	struct comparing *comparing = data;
	struct effects *effects = context;
	struct written *written = &effects->model->written;

	effects->comparing = false;
	if (comparing->opened == written->opened)
		written_take_diff(written, comparing->index, buf_steal(&comparing->diff));
}

static void free_comparing(void *data)
{
	struct comparing *comparing = data;

	buf_free(&comparing->diff);
	free(comparing);
}

/* One at a time: rows that somebody only passes are not compared. */
static void compare(struct effects *effects)
{
	struct written *written = &effects->model->written;
	const struct written_row *row = written_selected(written);
	struct comparing *comparing;
	struct err e;

	if (row == NULL || written->diff_for == written->list.selected || effects->comparing)
		return;
	/* What was kept or dropped has no difference any more; the list is that of before. */
	if (row->fate != WRITTEN_LEFT) {
		written_take_diff(written, written->list.selected, NULL);
		return;
	}
	comparing = xcalloc(1, sizeof(*comparing));
	comparing->layers = effects->layers;
	comparing->opened = written->opened;
	comparing->index = written->list.selected;
	effects->comparing = worker_add(effects->worker,
					&(struct job){ run_comparing, finish_comparing,
						       free_comparing, comparing },
					&e) == 0;
}

void effects_look_at_layer(struct effects *effects)
{
	struct written *written = &effects->model->written;

	if (written->wanted)
		read_layer(effects);
	if (written->work == WRITTEN_READING)
		written->looked = effects->layers.ops->looked(effects->layers.handle);
	else if (written->work == WRITTEN_IDLE && written->known)
		compare(effects);
}

/* --- keeping and dropping --- */

struct applying {
	struct layers layers;
	unsigned opened;
	size_t count;
	bool keep, *chosen;
	struct written_outcome *outcomes;
	int failed;
	struct err e;
};

static void run_applying(void *data)
{
	struct applying *applying = data;

	applying->failed =
		applying->layers.ops->apply(applying->layers.handle, applying->keep,
					    applying->chosen, applying->outcomes, &applying->e);
}

static void finish_applying(void *data, void *context)
{
	struct applying *applying = data;
	struct effects *effects = context;
	struct written *written = &effects->model->written;
	size_t done = 0;

	if (applying->opened == written->opened)
		written->work = WRITTEN_IDLE;
	if (applying->failed < 0) {
		effects_say(effects, effects->now, ROLE_WARN,
			    xasprintf("Nothing was done: %s.", applying->e.message));
		return;
	}
	for (size_t i = 0; i < applying->count; i++)
		done += applying->outcomes[i].done;
	if (applying->opened == written->opened) {
		written_settle(written, applying->keep, !applying->keep, applying->outcomes);
		written->diff_for = written->count;
	}
	effects_say(effects, effects->now, applying->failed > 0 ? ROLE_WARN : ROLE_TITLE,
		    applying->failed > 0
			    ? xasprintf("%zu %s, %d not: the rows say why.", done,
					applying->keep ? "kept" : "dropped", applying->failed)
			    : xasprintf("%zu %s.", done,
					applying->keep ? "kept on the host"
						       : "dropped from the layer"));
}

static void free_applying(void *data)
{
	struct applying *applying = data;

	for (size_t i = 0; i < applying->count; i++)
		free(applying->outcomes[i].why);
	free(applying->outcomes);
	free(applying->chosen);
	free(applying);
}

void effects_apply_layer(struct effects *effects, bool keep, struct instant now)
{
	struct written *written = &effects->model->written;
	struct applying *applying;
	struct err e = { .message = "the layer is not read yet" };

	if (effects->layers.ops == NULL || !written->known || written->work != WRITTEN_IDLE) {
		effects_say_error(effects, now, &e);
		return;
	}
	applying = xcalloc(1, sizeof(*applying));
	applying->layers = effects->layers;
	applying->opened = written->opened;
	applying->count = written->count;
	applying->keep = keep;
	applying->chosen = xcalloc(written->count + 1, sizeof(*applying->chosen));
	applying->outcomes = xcalloc(written->count + 1, sizeof(*applying->outcomes));
	for (size_t i = 0; i < written->count; i++)
		applying->chosen[i] = !keep || written->items[i].ticked;
	written->work = WRITTEN_APPLYING;
	if (worker_add(effects->worker,
		       &(struct job){ run_applying, finish_applying, free_applying, applying },
		       &e) < 0) {
		written->work = WRITTEN_IDLE;
		effects_say_error(effects, now, &e);
	}
}
