/* SPDX-License-Identifier: MIT */
#include "core/session/journal.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

/* A store in memory that can be locked. */
struct memory {
	bool locked;
	size_t events, accesses, decisions, writes;
	uint64_t last_count, access_hits;
	int status;	/* that it ended with, -1 = it did not */
};

static int memory_write(void *store, const struct store_batch *batch, struct err *e)
{
	struct memory *memory = store;

	if (memory->locked)
		return err_code(e, ERR_BUSY, "locked");
	memory->events += batch->event_count;
	memory->accesses += batch->access_count;
	memory->decisions += batch->decision_count;
	for (size_t i = 0; i < batch->access_count; i++)
		memory->access_hits += batch->accesses[i].count;
	memory->writes++;
	if (batch->end)
		memory->status = batch->end->status;
	if (batch->event_count)
		memory->last_count = batch->events[batch->event_count - 1].count;
	return 0;
}

static const struct store_ops memory_ops = { .write = memory_write };

static struct access_event refused(const char *object)
{
	return (struct access_event){ .kind = ACCESS_READ,
				      .object = (char *)object,
				      .verdict = VERDICT_DENY,
				      .why = (char *)"test",
				      .exe = (char *)"/bin/x",
				      .count = 1 };
}

struct witness_state {
	const char *request;
	size_t described;
};

static char *request_of(void *arg)
{
	const struct witness_state *state = arg;

	return xstrdup(state->request);
}

static void describe(void *arg, struct access_event *event)
{
	struct witness_state *state = arg;

	state->described++;
	event->chain = xstrdup("/bin/x\n/bin/sh");
}

START_TEST(another_request_makes_another_event)
{
	static const struct journal_witness witness = { request_of, describe };
	struct witness_state state = { .request = "tools/call a" };
	struct journal *journal = journal_new((struct store){ NULL, NULL }, "1-a", "s");
	struct access_event event = refused("/a");
	const struct access_event *kept;
	bool fresh;

	journal_set_witness(journal, &witness, &state);
	kept = journal_event(journal, &event, &fresh);
	ck_assert_str_eq(kept->request, "tools/call a");
	ck_assert_str_eq(kept->chain, "/bin/x\n/bin/sh");
	ck_assert_uint_eq(journal_event(journal, &event, &fresh)->count, 2);
	ck_assert(!fresh);
	state.request = "tools/call b";
	ck_assert_str_eq(journal_event(journal, &event, &fresh)->request, "tools/call b");
	ck_assert(fresh);
	state.request = NULL;
	ck_assert_ptr_null(journal_event(journal, &event, &fresh)->request);
	ck_assert(fresh);
	state.request = "tools/call a";
	ck_assert_uint_eq(journal_event(journal, &event, &fresh)->count, 3);
	/* Nobody is looked at again for what only counts. */
	ck_assert_uint_eq(state.described, 3);
	journal_free(journal);
}
END_TEST

START_TEST(the_same_event_again_is_counted)
{
	struct memory memory = { 0 };
	struct journal *journal = journal_new((struct store){ &memory_ops, &memory }, "1-a", "s");
	struct access_event event = refused("/a");
	bool fresh;
	char *id;

	id = xstrdup(journal_event(journal, &event, &fresh)->id);
	ck_assert(fresh);
	ck_assert_str_eq(id, "1-a.1");
	ck_assert_str_eq(journal_event(journal, &event, &fresh)->id, id);
	ck_assert(!fresh);
	event = refused("/b");
	ck_assert_str_eq(journal_event(journal, &event, &fresh)->id, "1-a.2");
	ck_assert(fresh);
	ck_assert(journal_flush(journal));
	ck_assert_uint_eq(memory.events, 2);
	/* Nothing new, nothing written. */
	ck_assert(journal_flush(journal));
	ck_assert_uint_eq(memory.writes, 1);
	free(id);
	journal_free(journal);
}
END_TEST

/* The error is what the program sees: whoever is let pass sees none. */
START_TEST(what_is_allowed_in_the_end_has_no_error)
{
	struct memory memory = { 0 };
	struct journal *journal = journal_new((struct store){ &memory_ops, &memory }, "1-a", "s");
	struct access_event event = refused("/a");
	_cleanup_free_ char *id = NULL;
	bool fresh;

	event.error = 30;
	id = xstrdup(journal_event(journal, &event, &fresh)->id);
	ck_assert_int_eq(journal_resolve(journal, id, VERDICT_DENY, "no", NULL)->error, 30);
	ck_assert_int_eq(journal_resolve(journal, id, VERDICT_ALLOW, "yes", NULL)->error, 0);
	journal_free(journal);
}
END_TEST

START_TEST(a_locked_store_delays_history_and_loses_none)
{
	struct memory memory = { .locked = true };
	struct journal *journal = journal_new((struct store){ &memory_ops, &memory }, "1-a", "s");
	struct access_event event = refused("/a");
	struct decision decision = { .event = "1-a.1", .object = "/a" };
	bool fresh;

	journal_event(journal, &event, &fresh);
	journal_access(journal, ACCESS_READ, "/a", VERDICT_DENY, NULL, 2, false, 1);
	ck_assert(!journal_flush(journal));
	journal_event(journal, &event, &fresh);
	journal_access(journal, ACCESS_READ, "/b", VERDICT_DENY, NULL, 2, false, 1);
	journal_decision(journal, &decision);
	ck_assert(!journal_flush(journal));
	memory.locked = false;
	ck_assert(journal_flush(journal));
	ck_assert_uint_eq(memory.events, 1);
	ck_assert_uint_eq(memory.last_count, 2);
	ck_assert_uint_eq(memory.accesses, 2);
	ck_assert_uint_eq(memory.access_hits, 2);
	ck_assert_uint_eq(memory.decisions, 1);
	journal_free(journal);
}
END_TEST

START_TEST(without_a_store_nothing_waits)
{
	struct journal *journal = journal_new((struct store){ NULL, NULL }, "1-a", "s");
	struct access_event event = refused("/a");
	bool fresh;

	journal_event(journal, &event, &fresh);
	ck_assert(journal_flush(journal));
	journal_free(journal);
}
END_TEST

static void count_events(void *arg, const struct access_event *event)
{
	ck_assert_ptr_nonnull(event->id);
	++*(size_t *)arg;
}

START_TEST(memory_is_bounded_and_the_newest_stay)
{
	struct memory memory = { 0 };
	struct journal *journal = journal_new((struct store){ &memory_ops, &memory }, "1-a", "s");
	size_t count = 0;
	bool fresh;

	for (int i = 0; i < 6000; i++) {
		_cleanup_free_ char *object = xasprintf("/f%d", i);
		struct access_event event = refused(object);

		journal_event(journal, &event, &fresh);
		ck_assert(fresh);
	}
	journal_recent(journal, count_events, &count);
	ck_assert_uint_eq(count, 4096);
	ck_assert_ptr_nonnull(journal_resolve(journal, "1-a.6000", VERDICT_ALLOW, "you", NULL));
	ck_assert_ptr_null(journal_resolve(journal, "1-a.1", VERDICT_ALLOW, "you", NULL));
	journal_free(journal);
}
END_TEST

/* Each is folded into one, whatever lies between: a flood must not cost the square of its size. */
START_TEST(a_flood_is_folded_and_found_by_id)
{
	struct memory memory = { 0 };
	struct journal *journal = journal_new((struct store){ &memory_ops, &memory }, "1-a", "s");
	bool fresh;

	for (int i = 0; i < 400000; i++) {
		_cleanup_free_ char *object = xasprintf("/f%d", i % 4000);
		struct access_event event = refused(object);
		const struct access_event *kept = journal_event(journal, &event, &fresh);

		ck_assert_int_eq(fresh, i < 4000);
		ck_assert_uint_eq(kept->count, (uint64_t)i / 4000 + 1);
		journal_access(journal, ACCESS_READ, object, VERDICT_DENY, NULL, 2, false, i);
	}
	ck_assert_str_eq(journal_resolve(journal, "1-a.17", VERDICT_ALLOW, "you", NULL)->object, "/f16");
	ck_assert(journal_flush(journal));
	ck_assert_uint_eq(memory.events, 4000);
	ck_assert_uint_eq(memory.accesses, 4000);
	ck_assert_uint_eq(memory.access_hits, 400000);
	ck_assert_uint_eq(journal_lost(journal), 0);
	journal_free(journal);
}
END_TEST

START_TEST(what_a_locked_store_never_gets_is_counted)
{
	struct memory memory = { .locked = true };
	struct journal *journal = journal_new((struct store){ &memory_ops, &memory }, "1-a", "s");
	struct decision decision = { .event = "1-a.1", .object = "/a" };
	bool fresh;

	for (int i = 0; i < 70000; i++) {
		_cleanup_free_ char *object = xasprintf("/f%d", i);
		struct access_event event = refused(object);

		if (i < 4096 + 5)
			journal_event(journal, &event, &fresh);
		journal_access(journal, ACCESS_READ, object, VERDICT_DENY, NULL, 2, false, i);
		if (i < 4096 + 3)
			journal_decision(journal, &decision);
	}
	ck_assert_uint_eq(journal_lost(journal), 5 + 3 + 70000 - 65536);
	memory.locked = false;
	ck_assert(journal_flush(journal));
	ck_assert_uint_eq(memory.events, 4096);
	ck_assert_uint_eq(memory.accesses, 65536);
	ck_assert_uint_eq(memory.decisions, 4096);
	ck_assert_uint_eq(journal_lost(journal), 5 + 3 + 70000 - 65536);
	/* What another one had no room for is lost as well. */
	journal_lose(journal, 100);
	ck_assert_uint_eq(journal_lost(journal), 100 + 5 + 3 + 70000 - 65536);
	journal_free(journal);
}
END_TEST

/* One call that could not be let make it, and advice that relies on it would not help. */
START_TEST(what_all_calls_would_make_is_said)
{
	struct journal *journal = journal_new((struct store){ 0 }, "1-a", "s");
	struct access_event event = refused("/new");
	bool fresh;

	event.makes = true;
	ck_assert(journal_event(journal, &event, &fresh)->makes);
	ck_assert(journal_event(journal, &event, &fresh)->makes);
	event.makes = false;
	ck_assert(!journal_event(journal, &event, &fresh)->makes);
	event.makes = true;
	ck_assert(!journal_event(journal, &event, &fresh)->makes);
	journal_free(journal);
}
END_TEST

static Suite *journal_suite(void)
{
	Suite *suite = suite_create("journal");
	TCase *tests = tcase_create("journal");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_same_event_again_is_counted);
	tcase_add_test(tests, another_request_makes_another_event);
	tcase_add_test(tests, what_is_allowed_in_the_end_has_no_error);
	tcase_add_test(tests, a_locked_store_delays_history_and_loses_none);
	tcase_add_test(tests, without_a_store_nothing_waits);
	tcase_add_test(tests, memory_is_bounded_and_the_newest_stay);
	tcase_add_test(tests, a_flood_is_folded_and_found_by_id);
	tcase_add_test(tests, what_a_locked_store_never_gets_is_counted);
	tcase_add_test(tests, what_all_calls_would_make_is_said);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(journal_suite)
