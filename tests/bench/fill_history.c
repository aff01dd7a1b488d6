/* SPDX-License-Identifier: MIT */
/* Fills the database with so many events of one server: fill_history DATABASE EVENTS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "db/internal.h"

#define BATCH 10000

static int write_batch(const struct store *store, unsigned from, struct err *e)
{
	struct access_event *events = xcalloc(BATCH, sizeof(*events));
	struct store_batch batch = {
		.session = "1-0badcafe", .server = "files", .events = events, .event_count = BATCH
	};
	int result;

	for (unsigned i = 0; i < BATCH; i++) {
		events[i] = (struct access_event){
			.id = xasprintf("1-0badcafe.%u", from + i),
			.time_ms = clock_wall_ms(),
			.session = (char *)"1-0badcafe",
			.server = (char *)"files",
			.kind = ACCESS_READ,
			.object = xasprintf("/home/me/src/file-%u", from + i),
			.verdict = i % 3 ? VERDICT_ALLOW : VERDICT_DENY,
			.why = (char *)"reads are open",
			.count = 1,
		};
	}
	result = store->ops->write(store->handle, &batch, e);
	for (unsigned i = 0; i < BATCH; i++) {
		free(events[i].id);
		free(events[i].object);
	}
	free(events);
	return result;
}

int main(int argc, char **argv)
{
	const struct session_record record = { .id = "1-0badcafe",
					       .server = "files",
					       .command = "true",
					       .cwd = "/",
					       .mode = "ask",
					       .pid = 1,
					       .started_ms = 1 };
	unsigned events = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	struct err e = { .message = "" };
	struct db *db = argc > 1 ? db_open(argv[1], true, &e) : NULL;
	struct store store;
	int result;

	if (db == NULL) {
		fprintf(stderr, "fill_history DATABASE EVENTS %s\n", e.message);
		return 2;
	}
	/* More than it keeps by itself: what is measured is how little that matters. */
	db->limits.events = events + BATCH;
	store = db_store(db);
	result = store.ops->session_begin(store.handle, &record, &e);
	for (unsigned from = 0; result == 0 && from < events; from += BATCH)
		result = write_batch(&store, from, &e);
	store.ops->close(store.handle);
	if (result < 0)
		fprintf(stderr, "%s\n", e.message);
	return result < 0;
}
