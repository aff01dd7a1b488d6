/* SPDX-License-Identifier: MIT */
#include "learn/replay.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/path.h"
#include "learn/entries.h"

static const struct rule_list nobody = { NULL, 0, 0 };

/* Every sandbox has its own. */
static bool is_private(const char *path)
{
	return path_is_below(path, "/proc") || path_is_below(path, "/dev");
}

static bool lets(const struct mount *mount, enum access_kind kind)
{
	switch (mount->type) {
	case MOUNT_BIND:
		return true;
	case MOUNT_RO_BIND:
		return kind != ACCESS_WRITE;
	default:
		return false;
	}
}

static bool judge_path(const struct access_row *row, const struct mount_index *index,
		       struct judgement *judgement)
{
	const struct mount *mount = mount_index_find(index, row->object);
	struct refused_file file = { .kind = row->kind, .object = row->object };

	judgement->why[0] = judgement->rule[0] = '\0';
	if (is_private(row->object) || !mount)
		return true;
	file.entry = mount->rule;
	if (lets(mount, row->kind)) {
		if (mount->rule)
			snprintf(judgement->why, sizeof(judgement->why), "%s", mount->rule);
		return true;
	}
	file.fixed = mount->origin != ORIGIN_BASE && mount->origin != ORIGIN_SENSITIVE;
	judge_file(judgement, MODE_ENFORCE, &nobody, &file);
	return judgement->verdict == VERDICT_ALLOW;
}

/* False where the recorded text is no endpoint: nothing can be said. */
static bool judge_endpoint(const struct access_row *row, const struct settings *settings,
			   struct judgement *judgement, bool *allowed)
{
	char host[HOST_TEXT_SIZE], canonical[HOST_TEXT_SIZE];
	int port;

	if (!domain_split_endpoint(row->object, host, &port) || !host_canonical(host, canonical))
		return false;
	judge_host(judgement, MODE_ENFORCE, &nobody, settings, canonical, port);
	*allowed = judgement->verdict == VERDICT_ALLOW;
	return true;
}

static void count_change(struct replay *replay, const struct access_row *row, bool allowed,
			 const struct judgement *judgement, size_t most)
{
	bool before = row->verdict == VERDICT_ALLOW;

	if (allowed == before) {
		replay->same++;
		return;
	}
	if (allowed)
		replay->allowed++;
	else
		replay->refused++;
	if (replay->count == most)
		return;
	grow_array(replay->items, replay->count, replay->capacity);
	replay->items[replay->count++] = (struct difference){
		.change = allowed ? CHANGE_ALLOWED : CHANGE_REFUSED,
		.row = row,
		.why = xstrdup(judgement->why),
		.rule = judgement->rule[0] ? xstrdup(judgement->rule) : NULL,
	};
}

/* Of the rows about one object the one that counts: what was said last, as for an export. NULL where
 * nothing is shown by them. */
static const struct access_row *last_word(const struct access_row *rows, size_t count)
{
	const struct access_row *allowed = NULL, *denied = NULL;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].verdict == VERDICT_DENY)
			denied = &rows[i];
		else if (rows[i].error == 0)
			allowed = &rows[i];
	}
	if (allowed && denied)
		return allowed->last_ms > denied->last_ms ? allowed : denied;
	return allowed ? allowed : denied;
}

static size_t same_object(const struct access_row *rows, size_t count)
{
	size_t same = 1;

	while (same < count && rows[same].kind == rows[0].kind &&
	       strcmp(rows[same].object, rows[0].object) == 0)
		same++;
	return same;
}

bool replay_judge(const struct access_row *row, const struct settings *settings,
		  const struct mount_index *index, struct judgement *judgement, bool *allowed)
{
	if (row->kind == ACCESS_CONNECT)
		return judge_endpoint(row, settings, judgement, allowed);
	if (!access_is_file(row->kind) || !path_is_spelled_plainly(row->object))
		return false;
	*allowed = judge_path(row, index, judgement);
	return true;
}

void replay_run(struct replay *replay, const struct access_row *rows, size_t count,
		const struct settings *settings, const struct mount_plan *plan, size_t most)
{
	struct mount_index *index = mount_index_new(plan);

	for (size_t i = 0, together; i < count; i += together) {
		const struct access_row *row;
		struct judgement judgement;
		bool allowed;

		together = same_object(rows + i, count - i);
		row = last_word(rows + i, together);
		if (row && replay_judge(row, settings, index, &judgement, &allowed))
			count_change(replay, row, allowed, &judgement, most);
	}
	mount_index_free(index);
}

void replay_free(struct replay *replay)
{
	for (size_t i = 0; i < replay->count; i++) {
		free(replay->items[i].why);
		free(replay->items[i].rule);
	}
	free(replay->items);
	*replay = (struct replay){ 0 };
}
