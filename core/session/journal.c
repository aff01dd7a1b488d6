/* SPDX-License-Identifier: MIT */
#include "core/session/journal.h"

#include <string.h>

#include "core/base/mem.h"

#define EVENTS_MOST 4096     /* kept in memory; older ones are in the store */
#define ACCESSES_MOST 65536  /* distinct objects that may wait */
#define DECISIONS_MOST 4096

struct entry {
	struct access_event event;
	bool unstored; /* changed since the store took it */
	bool unsent;   /* changed since the clients saw it */
};

struct stored_decision {
	struct decision decision;
	char *event, *object;
};

struct journal {
	struct store store;
	char *session, *server;
	uint64_t next_event;
	struct entry *entries; /* a ring: oldest at `first` */
	size_t count, capacity, first;
	struct access_row *waiting;
	size_t waiting_count;
	struct stored_decision *decisions;
	size_t decision_count, decision_capacity;
};

struct journal *journal_new(struct store store, const char *session, const char *server)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->store = store;
	j->session = xstrdup(session);
	j->server = xstrdup(server);
	return j;
}

static void free_decisions(struct journal *j)
{
	for (size_t i = 0; i < j->decision_count; i++) {
		free(j->decisions[i].event);
		free(j->decisions[i].object);
	}
	j->decision_count = 0;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->count; i++)
		access_event_free(&j->entries[i].event);
	free(j->entries);
	access_rows_free(j->waiting, j->waiting_count);
	free_decisions(j);
	free(j->decisions);
	free(j->session);
	free(j->server);
	free(j);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_thing(const struct access_event *a, const struct access_event *b)
{
	return a->kind == b->kind && a->verdict == b->verdict && same_text(a->object, b->object) &&
	       same_text(a->exe, b->exe) && same_text(a->why, b->why);
}

static struct entry *add_entry(struct journal *j)
{
	struct entry *entry;

	if (j->count < EVENTS_MOST) {
		grow_array(j->entries, j->count, j->capacity);
		entry = &j->entries[j->count++];
	} else {
		/* More new things than fit between two flushes: store them first. */
		if (j->entries[j->first].unstored)
			journal_flush(j);
		entry = &j->entries[j->first];
		j->first = (j->first + 1) % EVENTS_MOST;
		access_event_free(&entry->event);
	}
	memset(entry, 0, sizeof(*entry));
	return entry;
}

static struct entry *at(struct journal *j, size_t age_from_oldest)
{
	return &j->entries[(j->first + age_from_oldest) % j->count];
}

const struct access_event *journal_event(struct journal *j, const struct access_event *event, bool *fresh)
{
	struct entry *entry;

	*fresh = false;
	/* A question has an id of its own already and is never folded into an older one. */
	for (size_t i = j->count; !event->id && i-- > 0;) {
		entry = at(j, i);
		if (!same_thing(&entry->event, event))
			continue;
		entry->event.count++;
		entry->event.time_ms = event->time_ms;
		entry->event.pid = event->pid;
		entry->unstored = entry->unsent = true;
		return &entry->event;
	}
	*fresh = true;
	entry = add_entry(j);
	access_event_copy(&entry->event, event);
	if (!entry->event.id)
		entry->event.id = xasprintf("%s.%llu", j->session, (unsigned long long)++j->next_event);
	free(entry->event.session);
	free(entry->event.server);
	entry->event.session = xstrdup(j->session);
	entry->event.server = xstrdup(j->server);
	if (!entry->event.count)
		entry->event.count = 1;
	entry->unstored = true;
	return &entry->event;
}

const struct access_event *journal_resolve(struct journal *j, const char *id, enum verdict verdict,
				    const char *why, const char *rule)
{
	for (size_t i = j->count; i-- > 0;) {
		struct entry *entry = at(j, i);

		if (strcmp(entry->event.id, id) != 0)
			continue;
		entry->event.verdict = verdict;
		free(entry->event.why);
		free(entry->event.rule);
		entry->event.why = xstrdup(why);
		entry->event.rule = xstrdup(rule);
		entry->unstored = true;
		return &entry->event;
	}
	return NULL;
}

void journal_decision(struct journal *j, const struct decision *decision)
{
	struct stored_decision *kept;

	if (j->decision_count == DECISIONS_MOST)
		return;
	grow_array(j->decisions, j->decision_count, j->decision_capacity);
	kept = &j->decisions[j->decision_count++];
	kept->decision = *decision;
	kept->event = xstrdup(decision->event);
	kept->object = xstrdup(decision->object);
	kept->decision.event = kept->event;
	kept->decision.object = kept->object;
	kept->decision.session = j->session;
	kept->decision.server = j->server;
}

void journal_accesses(struct journal *j, struct access_row *rows, size_t count)
{
	if (!count) {
		free(rows);
		return;
	}
	if (!j->waiting_count) {
		access_rows_free(j->waiting, j->waiting_count);
		j->waiting = rows;
		j->waiting_count = count;
		return;
	}
	/* The store has not taken the last ones: add up, bounded. */
	if (j->waiting_count + count <= ACCESSES_MOST) {
		j->waiting = xrealloc(j->waiting, j->waiting_count + count, sizeof(*rows));
		memcpy(j->waiting + j->waiting_count, rows, count * sizeof(*rows));
		j->waiting_count += count;
		free(rows);
		return;
	}
	access_rows_free(rows, count);
}

void journal_access(struct journal *j, enum access_kind kind, const char *object,
		    enum verdict verdict, const char *exe, int error, bool created, int64_t now_ms)
{
	struct access_row *row = xcalloc(1, sizeof(*row));

	*row = (struct access_row){ .kind = kind,
				    .object = xstrdup(object),
				    .verdict = verdict,
				    .exe = xstrdup(exe),
				    .count = 1,
				    .first_ms = now_ms,
				    .last_ms = now_ms,
				    .error = error,
				    .created = created };
	journal_accesses(j, row, 1);
}

bool journal_flush(struct journal *j)
{
	struct store_batch batch = { .session = j->session, .server = j->server };
	_cleanup_free_ struct access_event *events = NULL;
	_cleanup_free_ struct decision *decisions = NULL;

	if (j->count)
		events = xmalloc(j->count * sizeof(*events));
	for (size_t i = 0; i < j->count; i++)
		if (at(j, i)->unstored)
			events[batch.event_count++] = at(j, i)->event;
	decisions = xmalloc((j->decision_count + 1) * sizeof(*decisions));
	for (size_t i = 0; i < j->decision_count; i++)
		decisions[i] = j->decisions[i].decision;
	batch.events = events;
	batch.decisions = decisions;
	batch.decision_count = j->decision_count;
	batch.accesses = j->waiting;
	batch.access_count = j->waiting_count;
	if (!batch.event_count && !batch.decision_count && !batch.access_count)
		return true;
	if (!j->store.ops || j->store.ops->write(j->store.handle, &batch, NULL) < 0)
		return !j->store.ops;
	for (size_t i = 0; i < j->count; i++)
		at(j, i)->unstored = false;
	access_rows_free(j->waiting, j->waiting_count);
	j->waiting = NULL;
	j->waiting_count = 0;
	free_decisions(j);
	return true;
}

void journal_recent(struct journal *j, void (*each)(void *arg, const struct access_event *event), void *arg)
{
	for (size_t i = 0; i < j->count; i++)
		each(arg, &at(j, i)->event);
}

void journal_changed(struct journal *j, void (*each)(void *arg, const struct access_event *event), void *arg)
{
	for (size_t i = 0; i < j->count; i++) {
		if (at(j, i)->unsent)
			each(arg, &at(j, i)->event);
		at(j, i)->unsent = false;
	}
}
