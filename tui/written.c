/* SPDX-License-Identifier: MIT */
#include "tui/written.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"

void written_rows_free(struct written_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(rows[i].path);
		free(rows[i].target);
		free(rows[i].refused);
		free(rows[i].why);
	}
	free(rows);
}

static void free_rows(struct written *written)
{
	written_rows_free(written->items, written->count);
	written->items = NULL;
	written->count = 0;
	memset(written->ticked, 0, sizeof(written->ticked));
	free(steal_ptr(&written->diff));
	written->diff_for = 0;
}

void written_free(struct written *written)
{
	free_rows(written);
	free(written->server);
	free(written->trouble);
	memset(written, 0, sizeof(*written));
}

void written_open(struct written *written, const char *server)
{
	char *copy = xstrdup(server);
	unsigned opened = written->opened;

	written_free(written);
	written->server = copy;
	written->opened = opened + 1;
	written->wanted = true;
}

void written_take(struct written *written, struct written_row *rows, size_t count)
{
	free_rows(written);
	free(steal_ptr(&written->trouble));
	written->items = rows;
	written->count = count;
	written->diff_for = count;
	written->wanted = false;
	written->work = WRITTEN_IDLE;
	written->known = true;
}

void written_failed(struct written *written, const char *why)
{
	free(written->trouble);
	written->trouble = xstrdup(why);
	written->wanted = false;
	written->work = WRITTEN_IDLE;
}

void written_take_diff(struct written *written, size_t index, char *diff)
{
	free(written->diff);
	written->diff = diff;
	written->diff_for = index;
}

static bool can_be_chosen(const struct written_row *row)
{
	return row->refused == NULL && (row->fate == WRITTEN_LEFT || row->fate == WRITTEN_FAILED);
}

static void set_tick(struct written *written, struct written_row *row, bool ticked)
{
	if (ticked == row->ticked)
		return;
	row->ticked = ticked;
	if (ticked)
		written->ticked[row->change]++;
	else
		written->ticked[row->change]--;
}

void written_tick(struct written *written, size_t index)
{
	const char *path;
	bool ticked;

	if (index >= written->count || !can_be_chosen(&written->items[index]))
		return;
	path = written->items[index].path;
	ticked = !written->items[index].ticked;
	/* What is in a directory follows it in the list. */
	for (size_t i = index; i < written->count && path_is_below(written->items[i].path, path); i++)
		set_tick(written, &written->items[i], ticked && can_be_chosen(&written->items[i]));
	/* A new directory has to be there for what is in it. */
	for (size_t i = index; ticked && i-- > 0;)
		if (written->items[i].type == LAYER_DIRECTORY &&
		    written->items[i].change == LAYER_CREATED &&
		    path_is_below(path, written->items[i].path))
			set_tick(written, &written->items[i], can_be_chosen(&written->items[i]));
}

void written_tick_all(struct written *written)
{
	bool all = true;

	for (size_t i = 0; i < written->count; i++)
		all &= written->items[i].ticked || !can_be_chosen(&written->items[i]);
	for (size_t i = 0; i < written->count; i++)
		set_tick(written, &written->items[i], !all && can_be_chosen(&written->items[i]));
}

size_t written_ticked(const struct written *written, size_t counts[3])
{
	memcpy(counts, written->ticked, sizeof(written->ticked));
	return counts[0] + counts[1] + counts[2];
}

void written_settle(struct written *written, bool keep, bool all, struct written_outcome *outcomes)
{
	for (size_t i = 0; i < written->count; i++) {
		struct written_row *row = &written->items[i];

		if (!all && !row->ticked)
			continue;
		free(row->why);
		row->why = outcomes[i].why;
		outcomes[i].why = NULL;
		row->fate = !outcomes[i].done ? WRITTEN_FAILED : keep ? WRITTEN_KEPT : WRITTEN_DROPPED;
		set_tick(written, row, false);
	}
}

const struct written_row *written_selected(const struct written *written)
{
	return written->list.selected < written->count ? &written->items[written->list.selected]
						       : NULL;
}
