/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_DRIFT_WATCH_H
#define CORE_SESSION_DRIFT_WATCH_H

/*
 * What of a session's events is new since its server's settings were exported, as a table of
 * operations: the session knows neither the export nor how it is judged.
 */
#include "core/policy/access.h"
#include "core/session/store.h"

struct drift_watch {
	/* Does as good as nothing, since each session starts with it. Borrows the store. */
	void *(*open)(struct store store, const char *server);
	/* In words, or NULL: it is not new, or cannot be told. Bounded in time. Caller frees. */
	char *(*tell)(void *handle, enum access_kind kind, const char *object);
	void (*close)(void *handle);
};

#endif
