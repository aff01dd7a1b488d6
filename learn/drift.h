/* SPDX-License-Identifier: MIT */
#ifndef LEARN_DRIFT_H
#define LEARN_DRIFT_H

/* What a server has asked for since its settings were exported, and would not get by them. */
#include "learn/replay.h"

struct drift {
	struct access_row *rows; /* strings borrowed from the evidence; verdict ALLOW: as wished */
	size_t row_count;
	struct replay replay; /* refused: what is new */
};

/* `rows` as for replay_run(). New is an object of which nothing was seen up to `since_ms`. */
void drift_find(struct drift *drift, const struct access_row *rows, size_t count, int64_t since_ms,
		const struct settings *settings, const struct mount_plan *plan, size_t most);
void drift_free(struct drift *drift);

#endif
