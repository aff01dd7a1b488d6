/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_REPLAY_SETTINGS_H
#define CORE_MAIN_REPLAY_SETTINGS_H

#include "core/main/learned.h"
#include "learn/replay.h"

/*
 * What was recorded, judged again as `run -m enforce -s FILE` would have it. `file` (NULL = none) is where the
 * settings are, and is not writable then. At most `most` differences are listed. 0, or -1 with *e; replay_free()
 * after 0.
 */
int replay_settings(struct replay *replay, const struct learned *learned, const struct settings *settings,
		    const char *file, size_t most, struct err *e);

#endif
