/* SPDX-License-Identifier: MIT */
/*
 * The history in pages, oldest first: the database hands out the newest rows of a range, so the
 * bounds of the pages are collected backwards first and the pages shown forwards. A row gets a
 * new sequence number whenever it changes; following shows it again only when its verdict did
 * (a question and then its answer), not for every count.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/report.h"

#define PAGE 1000
#define POLL_MS 100

/* Hashes of the (id, verdict) pairs that were shown: open addressing, 0 = free. */
struct shown {
	uint64_t *slots;
	size_t count;
	size_t capacity; /* a power of two */
};

struct events {
	struct query_options options;
	struct db *db;
	struct store store;  /* data_version() of the same database */
	int64_t version;
	int64_t last;	     /* greatest sequence number shown */
	struct shown shown;
};

static uint64_t hash(const char *id, enum verdict verdict)
{
	uint64_t value = 14695981039346656037u + (uint64_t)verdict;

	for (; *id; id++)
		value = (value ^ (unsigned char)*id) * 1099511628211u;
	return value ? value : 1;
}

static bool insert(uint64_t *slots, size_t capacity, uint64_t value)
{
	size_t i = value & (capacity - 1);

	while (slots[i]) {
		if (slots[i] == value)
			return false;
		i = (i + 1) & (capacity - 1);
	}
	slots[i] = value;
	return true;
}

/* False if it was there already. */
static bool shown_add(struct shown *shown, uint64_t value)
{
	if (shown->count * 2 >= shown->capacity) {
		size_t capacity = shown->capacity ? shown->capacity * 2 : 1024;
		uint64_t *slots = xcalloc(capacity, sizeof(*slots));

		for (size_t i = 0; i < shown->capacity; i++)
			if (shown->slots[i])
				insert(slots, capacity, shown->slots[i]);
		free(shown->slots);
		shown->slots = slots;
		shown->capacity = capacity;
	}
	if (!insert(shown->slots, shown->capacity, value))
		return false;
	shown->count++;
	return true;
}

static void show_text(const struct access_event *event)
{
	struct table row = { .columns = 1 };
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	char when[LOCAL_TIME_SIZE];

	buf_addf(&line, "%s  %-5s  %-7s  %-12s  %s", local_time(event->time_ms, when),
		 verdict_name(event->verdict), access_kind_name(event->kind),
		 event->server ? event->server : "-", event->object ? event->object : "-");
	if (event->count > 1)
		buf_addf(&line, "  (%llu times)", (unsigned long long)event->count);
	if (event->exe)
		buf_addf(&line, "  by %s", event->exe);
	if (event->pid > 0)
		buf_addf(&line, " [%d]", (int)event->pid);
	if (event->request)
		buf_addf(&line, "  during %s", event->request);
	if (event->why)
		buf_addf(&line, "  -- %s", event->why);
	if (event->drift)
		buf_addf(&line, " (%s)", event->drift);
	table_add(&row, line.data);
	table_print(&row);
}

static void show(struct events *events, const struct event_row *row)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	if (row->sequence > events->last)
		events->last = row->sequence;
	if (events->options.follow && row->event.id &&
	    !shown_add(&events->shown, hash(row->event.id, row->event.verdict)))
		return;
	if (events->options.json) {
		wire_write_event(&line, &row->event);
		print_line(&line);
	} else {
		show_text(&row->event);
	}
}

/* A page's first sequence numbers, newest page first. */
struct bounds {
	int64_t *items;
	size_t count;
	size_t capacity;
};

static struct event_query make_query(const struct events *events, int64_t after, int64_t before)
{
	return (struct event_query){ .server = events->options.name,
				     .denied_only = events->options.denied,
				     .after = after,
				     .before = before,
				     .limit = PAGE };
}

static int collect_bounds(struct events *events, int64_t after, struct bounds *bounds,
			  struct err *e)
{
	int64_t before = 0;
	size_t count;

	do {
		const struct event_query query = make_query(events, after, before);
		struct event_row *rows;

		if (db_events(events->db, &query, &rows, &count, e) < 0)
			return -1;
		if (count) {
			before = rows[0].sequence;
			grow_array(bounds->items, bounds->count, bounds->capacity);
			bounds->items[bounds->count++] = before;
		}
		event_rows_free(rows, count);
	} while (count == PAGE);
	return 0;
}

static int show_page(struct events *events, int64_t first, int64_t before, struct err *e)
{
	const struct event_query query = make_query(events, first - 1, before);
	struct event_row *rows;
	size_t count;

	if (db_events(events->db, &query, &rows, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		show(events, &rows[i]);
	event_rows_free(rows, count);
	return 0;
}

static int show_new(struct events *events, struct err *e)
{
	struct bounds bounds = { NULL, 0, 0 };
	int result = collect_bounds(events, events->last, &bounds, e);

	for (size_t i = bounds.count; i-- > 0 && result == 0 && !ferror(stdout);)
		result = show_page(events, bounds.items[i], i ? bounds.items[i - 1] : 0, e);
	free(bounds.items);
	return result;
}

/* 1 and the database is open, 0 while there is none. */
static int open_when_there(struct events *events, struct err *e)
{
	if (events->db)
		return 1;
	if (open_history(&events->db, e) < 0)
		return -1;
	if (!events->db)
		return 0;
	events->store = db_store(events->db);
	return 1;
}

static int show_when_changed(struct events *events, struct err *e)
{
	int64_t version;
	int opened = open_when_there(events, e);

	if (opened <= 0)
		return opened;
	if (events->store.ops->data_version(events->store.handle, &version, e) < 0)
		return -1;
	if (version == events->version)
		return 0;
	if (show_new(events, e) < 0)
		return -1;
	/* The version as it was before reading: what came meanwhile is read next time. */
	events->version = version;
	return 0;
}

static int follow(struct events *events, struct err *e)
{
	do {
		e->code = ERR_GENERAL;
		if (show_when_changed(events, e) < 0 && e->code != ERR_BUSY)
			return -1;
	} while (wait_while_read(POLL_MS));
	return 0;
}

static int list(struct events *events, struct err *e)
{
	int opened = open_when_there(events, e);

	if (opened < 0)
		return -1;
	if (opened)
		return show_new(events, e);
	if (!events->options.json) {
		struct err nothing;

		err_set(&nothing, "nothing is recorded yet: start something with srt-top run");
		report_warning(&nothing);
	}
	return 0;
}

int cmd_events(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct events events = { .version = -1 };
	const struct option_spec specs[] = { QUERY_OPTIONS(events.options) };
	struct err e;
	int status = report_options("events", specs, ARRAY_LENGTH(specs), argc, argv, &operands);
	int result;

	if (status >= 0)
		return status;
	if (operands.count) {
		err_set(&e, "events takes no operand");
		return report_misuse("events", &e);
	}
	if (events.options.follow)
		report_line_by_line();
	result = events.options.follow ? follow(&events, &e) : list(&events, &e);
	if (events.db)
		db_close(events.db);
	free(events.shown.slots);
	if (result < 0)
		return report_failure(&e);
	return report_end();
}
