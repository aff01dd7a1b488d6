/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_POLICY_UPDATES_H
#define CORE_SESSION_POLICY_UPDATES_H

/*
 * `srt --control-fd`: whole settings files come in on a descriptor while the command runs, one a
 * line. What is no valid one is said on standard error and changes nothing.
 */
#include <event2/event.h>

#include "core/base/err.h"
#include "core/policy/settings.h"

struct policy_updates;

struct policy_update_callbacks {
	/* Takes the settings over. */
	void (*policy)(void *owner, struct settings *settings);
	/* Reading failed: no policy will come any more. `before_any`: not one line had come. */
	void (*failed)(void *owner, const char *words, bool before_any);
};

/* Whether the descriptor can be read at all. 0, or -1 with *e in upstream's words. */
int policy_updates_probe(int fd, struct err *e);

/* Reads from now on. The descriptor is not taken. Free it before the event base. */
struct policy_updates *policy_updates_start(struct event_base *base, int fd,
					    const struct policy_update_callbacks *callbacks,
					    void *owner);
void policy_updates_free(struct policy_updates *updates);

#endif
