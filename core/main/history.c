/* SPDX-License-Identifier: MIT */
#include "core/main/history.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/session/runtime_dir.h"
#include "db/db.h"

static struct store open_or_none(struct err *e)
{
	_cleanup_free_ char *path = database_path();
	struct db *db = db_open(path, true, e);

	return db ? db_store(db) : (struct store){ NULL, NULL };
}

struct store history_open(void)
{
	struct err e;
	struct store store = open_or_none(&e);

	if (!store.ops)
		fprintf(stderr, "srt-top: no history this time: %s\n", e.message);
	return store;
}

struct store history_open_silently(void)
{
	return open_or_none(NULL);
}
