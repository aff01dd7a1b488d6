/* SPDX-License-Identifier: MIT */
#include "core/session/journal.h"

#include <string.h>

#include "core/base/hash_table.h"
#include "core/base/mem.h"

#define EVENTS_MOST 4096     /* kept in memory; older ones are in the store */
#define ACCESSES_MOST 65536  /* distinct objects that may wait */
#define DECISIONS_MOST 4096

struct entry {
	struct access_event event;
	struct hash_link same, id; /* in journal.things and journal.ids */
	bool unstored; /* changed since the store took it */
	bool unsent;   /* changed since the clients saw it */
};

/* Accesses that wait for the store. */
struct waiting_row {
	struct access_row row;
	struct hash_link object;
};

struct stored_decision {
	struct decision decision;
	char *event, *object;
};

struct journal {
	struct store store;
	const struct journal_witness *witness; /* NULL = none */
	void *witness_arg;
	char *session, *server;
	uint64_t next_event;
	struct entry **entries; /* a ring: oldest at `first` */
	size_t count, capacity, first;
	struct hash_table things, ids;
	struct waiting_row **waiting;
	size_t waiting_count, waiting_capacity;
	struct hash_table objects;
	uint64_t lost;
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

void journal_set_witness(struct journal *j, const struct journal_witness *witness, void *arg)
{
	j->witness = witness;
	j->witness_arg = arg;
}

static void free_decisions(struct journal *j)
{
	for (size_t i = 0; i < j->decision_count; i++) {
		free(j->decisions[i].event);
		free(j->decisions[i].object);
	}
	j->decision_count = 0;
}

static void free_waiting(struct journal *j)
{
	for (size_t i = 0; i < j->waiting_count; i++) {
		hash_table_remove(&j->objects, &j->waiting[i]->object);
		access_row_free(&j->waiting[i]->row);
		free(j->waiting[i]);
	}
	free(j->waiting);
	j->waiting = NULL;
	j->waiting_count = j->waiting_capacity = 0;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->count; i++) {
		access_event_free(&j->entries[i]->event);
		free(j->entries[i]);
	}
	free(j->entries);
	free_waiting(j);
	hash_table_free(&j->things);
	hash_table_free(&j->ids);
	hash_table_free(&j->objects);
	free_decisions(j);
	free(j->decisions);
	free(j->session);
	free(j->server);
	free(j);
}

uint64_t journal_lost(const struct journal *j)
{
	return j->lost;
}

void journal_lose(struct journal *j, uint64_t accesses)
{
	/* Without a store there is no history that could miss them. */
	if (j->store.ops)
		j->lost += accesses;
}

static bool same_thing(const struct access_event *a, const struct access_event *b)
{
	return a->kind == b->kind && a->verdict == b->verdict && same_text(a->object, b->object) &&
	       same_text(a->exe, b->exe) && same_text(a->why, b->why);
}

static uint64_t thing_hash(struct journal *j, const struct access_event *event)
{
	return hash_table_hash(&j->things, event->kind, event->object ? event->object : "");
}

static void forget(struct journal *j, struct entry *entry)
{
	hash_table_remove(&j->things, &entry->same);
	hash_table_remove(&j->ids, &entry->id);
	access_event_free(&entry->event);
	memset(entry, 0, sizeof(*entry));
}

static struct entry *add_entry(struct journal *j)
{
	struct entry *entry;

	if (j->count < EVENTS_MOST) {
		grow_array(j->entries, j->count, j->capacity);
		entry = j->entries[j->count++] = xcalloc(1, sizeof(*entry));
		return entry;
	}
	/* More new things than fit between two flushes: store them first. */
	if (j->entries[j->first]->unstored)
		journal_flush(j);
	entry = j->entries[j->first];
	/* Without a store there is no history that could miss it. */
	if (entry->unstored && j->store.ops)
		j->lost += entry->event.count;
	j->first = (j->first + 1) % EVENTS_MOST;
	forget(j, entry);
	return entry;
}

static struct entry *at(const struct journal *j, size_t age_from_oldest)
{
	return j->entries[(j->first + age_from_oldest) % j->count];
}

static struct entry *find_thing(struct journal *j, const struct access_event *event,
				const char *request, uint64_t hash)
{
	for (struct hash_link *link = hash_table_first(&j->things, hash); link;
	     link = hash_table_next(link)) {
		struct entry *entry = hash_element(link, struct entry, same);

		if (same_thing(&entry->event, event) && same_text(entry->event.request, request))
			return entry;
	}
	return NULL;
}

static struct entry *find_id(struct journal *j, const char *id)
{
	uint64_t hash = hash_table_hash(&j->ids, 0, id);

	for (struct hash_link *link = hash_table_first(&j->ids, hash); link;
	     link = hash_table_next(link)) {
		struct entry *entry = hash_element(link, struct entry, id);

		if (strcmp(entry->event.id, id) == 0)
			return entry;
	}
	return NULL;
}

const struct access_event *journal_event(struct journal *j, const struct access_event *event, bool *fresh)
{
	_cleanup_free_ char *request =
		j->witness && j->witness->request ? j->witness->request(j->witness_arg) : NULL;
	uint64_t hash = thing_hash(j, event);
	/* A question has an id of its own already and is never folded into an older one. */
	struct entry *entry = event->id ? NULL : find_thing(j, event, request, hash);

	*fresh = !entry;
	if (entry) {
		entry->event.count++;
		entry->event.time_ms = event->time_ms;
		entry->event.pid = event->pid;
		entry->event.makes = entry->event.makes && event->makes;
		entry->unstored = entry->unsent = true;
		return &entry->event;
	}
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
	if (!entry->event.request)
		entry->event.request = steal_ptr(&request);
	if (j->witness && j->witness->describe)
		j->witness->describe(j->witness_arg, &entry->event);
	entry->unstored = true;
	hash_table_add(&j->things, &entry->same, hash);
	hash_table_add(&j->ids, &entry->id, hash_table_hash(&j->ids, 0, entry->event.id));
	return &entry->event;
}

const struct access_event *journal_resolve(struct journal *j, const char *id, enum verdict verdict,
				    const char *why, const char *rule)
{
	struct entry *entry = find_id(j, id);

	if (!entry)
		return NULL;
	entry->event.verdict = verdict;
	/* What it would have failed with, had it been refused. */
	if (verdict == VERDICT_ALLOW)
		entry->event.error = 0;
	free(entry->event.why);
	free(entry->event.rule);
	entry->event.why = xstrdup(why);
	entry->event.rule = xstrdup(rule);
	entry->unstored = true;
	return &entry->event;
}

void journal_decision(struct journal *j, const struct decision *decision)
{
	struct stored_decision *kept;

	if (j->decision_count == DECISIONS_MOST) {
		j->lost++;
		return;
	}
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

static bool add_up(struct journal *j, const struct access_row *row, uint64_t hash)
{
	for (struct hash_link *link = hash_table_first(&j->objects, hash); link;
	     link = hash_table_next(link)) {
		struct access_row *known = &hash_element(link, struct waiting_row, object)->row;

		if (known->kind != row->kind || known->verdict != row->verdict ||
		    strcmp(known->object, row->object) != 0)
			continue;
		known->count += row->count;
		if (row->last_ms >= known->last_ms) {
			known->last_ms = row->last_ms;
			/* 0 = it succeeded at least once. */
			known->error = known->error ? row->error : 0;
		}
		if (row->first_ms < known->first_ms)
			known->first_ms = row->first_ms;
		known->created = known->created || row->created;
		return true;
	}
	return false;
}

/* Takes what the row holds. */
static void add_row(struct journal *j, struct access_row *row)
{
	struct waiting_row *added;
	uint64_t hash;

	/* Without a store nobody ever takes them. */
	if (!j->store.ops) {
		access_row_free(row);
		return;
	}
	hash = hash_table_hash(&j->objects, (uint64_t)row->kind * VERDICT_COUNT + row->verdict,
			       row->object);
	if (add_up(j, row, hash)) {
		access_row_free(row);
		return;
	}
	/* The store does not take them: bounded, and what is lost is counted. */
	if (j->waiting_count == ACCESSES_MOST) {
		j->lost += row->count;
		access_row_free(row);
		return;
	}
	added = xcalloc(1, sizeof(*added));
	added->row = *row;
	grow_array(j->waiting, j->waiting_count, j->waiting_capacity);
	j->waiting[j->waiting_count++] = added;
	hash_table_add(&j->objects, &added->object, hash);
}

void journal_accesses(struct journal *j, struct access_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_row(j, &rows[i]);
	free(rows);
}

void journal_access(struct journal *j, enum access_kind kind, const char *object,
		    enum verdict verdict, const char *exe, int error, bool created, int64_t now_ms)
{
	struct access_row row = { .kind = kind,
				  .object = xstrdup(object),
				  .verdict = verdict,
				  .exe = xstrdup(exe),
				  .count = 1,
				  .first_ms = now_ms,
				  .last_ms = now_ms,
				  .error = error,
				  .created = created };

	add_row(j, &row);
}

static bool has_news(const struct journal *j)
{
	for (size_t i = 0; i < j->count; i++)
		if (at(j, i)->unstored)
			return true;
	return j->decision_count || j->waiting_count;
}

static bool store(struct journal *j, const struct session_end *end)
{
	struct store_batch batch = { .session = j->session, .server = j->server, .end = end };
	_cleanup_free_ struct access_event *events = NULL;
	_cleanup_free_ struct decision *decisions = NULL;
	_cleanup_free_ struct access_row *rows = NULL;

	/* Most ticks bring none, and without a store nothing is ever taken. */
	if (!j->store.ops || (!has_news(j) && !end))
		return true;
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
	rows = xmalloc((j->waiting_count + 1) * sizeof(*rows));
	for (size_t i = 0; i < j->waiting_count; i++)
		rows[i] = j->waiting[i]->row; /* borrowed */
	batch.accesses = rows;
	batch.access_count = j->waiting_count;
	if (j->store.ops->write(j->store.handle, &batch, NULL) < 0)
		return false;
	for (size_t i = 0; i < j->count; i++)
		at(j, i)->unstored = false;
	free_waiting(j);
	free_decisions(j);
	return true;
}

bool journal_flush(struct journal *j)
{
	return store(j, NULL);
}

bool journal_end(struct journal *j, int status, int64_t now_ms)
{
	const struct session_end end = { .status = status, .time_ms = now_ms };

	return store(j, &end);
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
