/* SPDX-License-Identifier: MIT */
#include "core/session/late_store.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/unit.h"

/* The store behind it: what it was told. */
static struct {
	bool missing, locked;
	int opened, closed, begun, written, ended;
	char command[32];
} behind;

static int begin(void *store, const struct session_record *record, struct err *e)
{
	(void)store;
	if (behind.locked)
		return err_code(e, ERR_BUSY, "locked");
	behind.begun++;
	snprintf(behind.command, sizeof(behind.command), "%s", record->command);
	return 0;
}

static int write_batch(void *store, const struct store_batch *batch, struct err *e)
{
	(void)store;
	if (behind.locked)
		return err_code(e, ERR_BUSY, "locked");
	behind.written += (int)batch->event_count;
	behind.ended += batch->end != NULL;
	return 0;
}

static void close_it(void *store)
{
	(void)store;
	behind.closed++;
}

static struct store open_it(void)
{
	static const struct store_ops ops = { .session_begin = begin,
					      .write = write_batch,
					      .close = close_it };

	behind.opened++;
	return (struct store){ behind.missing ? NULL : &ops, NULL };
}

static const struct session_end end = { .status = 0, .time_ms = 2 };
static const struct access_event event = { .object = (char *)"/a" };
static const struct store_batch last = { .end = &end }, news = { .events = &event, .event_count = 1 };

static struct store begun(void)
{
	char command[] = "true";
	const struct session_record record = {
		.id = "1-a", .server = "s", .command = command, .cwd = "/", .mode = "enforce"
	};
	struct store store;

	memset(&behind, 0, sizeof(behind));
	store = late_store(open_it);
	ck_assert_int_eq(store.ops->session_begin(store.handle, &record, NULL), 0);
	memset(command, 'x', strlen(command)); /* it is the caller's */
	return store;
}

START_TEST(a_session_without_news_leaves_nothing)
{
	struct store store = begun();

	store.ops->shrink(store.handle);
	ck_assert_int_eq(store.ops->write(store.handle, &last, NULL), 0);
	store.ops->close(store.handle);
	ck_assert_int_eq(behind.opened, 0);
	ck_assert_int_eq(behind.closed, 0);
}
END_TEST

START_TEST(news_bring_the_session_with_them)
{
	struct store store = begun();

	ck_assert_int_eq(store.ops->write(store.handle, &news, NULL), 0);
	ck_assert_int_eq(behind.begun, 1);
	ck_assert_str_eq(behind.command, "true");
	ck_assert_int_eq(behind.written, 1);
	ck_assert_int_eq(store.ops->write(store.handle, &last, NULL), 0);
	ck_assert_int_eq(behind.ended, 1);
	store.ops->close(store.handle);
	ck_assert_int_eq(behind.opened, 1);
	ck_assert_int_eq(behind.begun, 1);
	ck_assert_int_eq(behind.closed, 1);
}
END_TEST

START_TEST(a_locked_one_is_told_again)
{
	struct store store = begun();
	struct err e;

	behind.locked = true;
	ck_assert_int_eq(store.ops->write(store.handle, &news, &e), -1);
	ck_assert_int_eq(e.code, ERR_BUSY);
	behind.locked = false;
	ck_assert_int_eq(store.ops->write(store.handle, &news, &e), 0);
	ck_assert_str_eq(behind.command, "true");
	ck_assert_int_eq(behind.written, 1);
	ck_assert_int_eq(behind.opened, 1);
	store.ops->close(store.handle);
}
END_TEST

START_TEST(without_a_store_all_is_lost_and_nothing_fails)
{
	struct store store = begun();
	struct rule rule = { 0 }, *rules;
	int64_t version;
	size_t count;

	behind.missing = true;
	ck_assert_int_eq(store.ops->write(store.handle, &news, NULL), 0);
	ck_assert_int_eq(store.ops->rule_add(store.handle, &rule, NULL), 0);
	ck_assert_int_eq(store.ops->rule_used(store.handle, 1, 1, 1, NULL), 0);
	ck_assert_int_eq(store.ops->rules_load(store.handle, "s", &rules, &count, NULL), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(store.ops->data_version(store.handle, &version, NULL), 0);
	ck_assert_int_eq(behind.opened, 1);
	store.ops->close(store.handle);
}
END_TEST

static Suite *late_store_suite(void)
{
	Suite *suite = suite_create("late_store");
	TCase *tests = tcase_create("late_store");

	tcase_add_test(tests, a_session_without_news_leaves_nothing);
	tcase_add_test(tests, news_bring_the_session_with_them);
	tcase_add_test(tests, a_locked_one_is_told_again);
	tcase_add_test(tests, without_a_store_all_is_lost_and_nothing_fails);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(late_store_suite)
