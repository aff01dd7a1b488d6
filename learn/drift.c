/* SPDX-License-Identifier: MIT */
#include "learn/drift.h"

#include <string.h>

#include "core/base/mem.h"

static bool shows_a_wish(const struct access_row *row)
{
	return row->verdict == VERDICT_DENY || row->error == 0;
}

/* The rows about one object as one wish; false where it is none, or an old one. */
static bool make_wish(struct access_row *wish, const struct access_row *rows, size_t count,
		      int64_t since_ms)
{
	bool wished = false;

	*wish = rows[0];
	wish->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].first_ms <= since_ms)
			return false;
		wished = wished || shows_a_wish(&rows[i]);
		wish->count += rows[i].count;
		wish->runs = rows[i].runs > wish->runs ? rows[i].runs : wish->runs;
		wish->last_ms = rows[i].last_ms > wish->last_ms ? rows[i].last_ms : wish->last_ms;
	}
	wish->verdict = VERDICT_ALLOW;
	wish->error = 0;
	return wished;
}

void drift_find(struct drift *drift, const struct access_row *rows, size_t count, int64_t since_ms,
		const struct settings *settings, const struct mount_plan *plan, size_t most)
{
	size_t capacity = 0;

	for (size_t i = 0, together; i < count; i += together) {
		struct access_row wish;

		for (together = 1; i + together < count; together++)
			if (rows[i + together].kind != rows[i].kind ||
			    strcmp(rows[i + together].object, rows[i].object) != 0)
				break;
		if (!make_wish(&wish, rows + i, together, since_ms))
			continue;
		grow_array(drift->rows, drift->row_count, capacity);
		drift->rows[drift->row_count++] = wish;
	}
	replay_run(&drift->replay, drift->rows, drift->row_count, settings, plan, most);
}

void drift_free(struct drift *drift)
{
	replay_free(&drift->replay);
	free(drift->rows);
	*drift = (struct drift){ 0 };
}
