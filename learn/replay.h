/* SPDX-License-Identifier: MIT */
#ifndef LEARN_REPLAY_H
#define LEARN_REPLAY_H

/*
 * What was recorded, judged again under another settings file by the code that decides at run
 * time: the mount plan for files, judge_host() for connections. No rule of a person takes part, and
 * nobody is asked.
 */
#include "core/policy/access.h"
#include "core/policy/judge.h"
#include "core/policy/settings.h"
#include "core/sandbox/mount_index.h"

enum change { CHANGE_NONE, CHANGE_REFUSED, CHANGE_ALLOWED };

struct difference {
	enum change change; /* never NONE */
	const struct access_row *row; /* borrowed: the word that stood last */
	char *why;
	char *rule; /* NULL = a default */
};

struct replay {
	uint64_t same, refused, allowed; /* objects by kind */
	struct difference *items; /* in the order of the rows; at most `most` */
	size_t count, capacity;
};

/* One access: false where a settings file says nothing about it. `index` is of the settings' plan. */
bool replay_judge(const struct access_row *row, const struct settings *settings,
		  const struct mount_index *index, struct judgement *judgement, bool *allowed);

/*
 * `rows` are sorted by kind and object, as db_accesses() gives them. Accesses that failed, and
 * kinds that a settings file says nothing about, are not counted. The plan is for `settings`.
 */
void replay_run(struct replay *replay, const struct access_row *rows, size_t count,
		const struct settings *settings, const struct mount_plan *plan, size_t most);
void replay_free(struct replay *replay);

#endif
