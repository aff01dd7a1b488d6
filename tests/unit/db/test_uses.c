/* SPDX-License-Identifier: MIT */
/* What a rule speaks about, and what has decided. */
#include "tests/unit/db/fixture.h"

static struct place place;
static struct db *db;
static struct store store;

static void put(const char *session, const char *server, enum access_kind kind, const char *object)
{
	struct access_row row = an_access(kind, object, VERDICT_ALLOW);
	struct store_batch batch = { .session = session, .server = server };

	batch.accesses = &row;
	batch.access_count = 1;
	OK(store.ops->write(store.handle, &batch, why));
}

static void setup(void)
{
	static const char *const files[] = { "/", "/a", "/a/b", "/a/b/c", "/a-b", "/a.d/x", "/a\xff",
					     "/a/\xff" };
	static const char *const hosts[] = { "h.org:1", "h.org:443", "x.h.org:443", "xh.org:443",
					     "h.orgs:443", "[::1]:80" };

	place_make(&place);
	db = place_open(&place);
	store = db_store(db);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		put("1-a", "fs", ACCESS_READ, files[i]);
		put("2-b", "fs", ACCESS_WRITE, files[i]);
		put("3-c", "web", ACCESS_READ, files[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(hosts); i++)
		put("1-a", "fs", ACCESS_CONNECT, hosts[i]);
	put("2-b", "fs", ACCESS_READ, "/a/b");
}

static void teardown(void)
{
	store.ops->close(store.handle);
	place_remove(&place);
}

static const struct {
	enum access_kind kind;
	enum verdict verdict;
	enum scope scope;
	const char *pattern, *found; /* objects, a blank behind each */
} cases[] = {
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_EXACT, "/a", "/a " },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_FILE, "/a/b", "/a/b " },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a", "/a /a/b /a/b/c /a/\xff " },
	/* Who may write may read, and who may not read may not write. */
	{ ACCESS_WRITE, VERDICT_ALLOW, SCOPE_EXACT, "/a/b", "/a/b /a/b " },
	{ ACCESS_READ, VERDICT_DENY, SCOPE_EXACT, "/a/b", "/a/b /a/b " },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/",
	  "/ /a /a-b /a.d/x /a/b /a/b/c /a/\xff /a\xff " },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_EXACT, "h.org:443", "h.org:443 " },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_HOST, "h.org", "h.org:1 h.org:443 " },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_HOST, "::1", "[::1]:80 " },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DOMAIN, "h.org", "x.h.org:443 " },
};

START_TEST(what_a_rule_speaks_about_is_found)
{
	const struct rule rule = { .server = (char *)"fs",
				   .kind = cases[_i].kind,
				   .verdict = cases[_i].verdict,
				   .scope = cases[_i].scope,
				   .pattern = (char *)cases[_i].pattern };
	_cleanup_buf_ struct buf found = BUF_EMPTY;
	struct access_row *rows;
	size_t count;
	bool more;

	OK(db_accesses_of_rule(db, &rule, 100, &rows, &count, &more, why));
	for (size_t i = 0; i < count; i++)
		buf_addf(&found, "%s ", rows[i].object);
	ck_assert_str_eq(buf_text(&found), cases[_i].found);
	ck_assert(!more);
	access_rows_free(rows, count);
}
END_TEST

/* As when all the evidence is read, and thrown away but for this. */
START_TEST(it_is_added_up_over_sessions_and_bounded)
{
	const struct rule rule = { .server = (char *)"fs", .kind = ACCESS_READ, .scope = SCOPE_DIR,
				   .pattern = (char *)"/a" };
	struct access_row *rows;
	size_t count;
	bool more;

	OK(db_accesses_of_rule(db, &rule, 4, &rows, &count, &more, why));
	ck_assert_uint_eq(count, 4);
	ck_assert(!more);
	ck_assert_str_eq(rows[1].object, "/a/b");
	ck_assert_uint_eq(rows[1].count, 2);
	ck_assert_uint_eq(rows[1].runs, 2);
	access_rows_free(rows, count);
	OK(db_accesses_of_rule(db, &rule, 3, &rows, &count, &more, why));
	ck_assert_uint_eq(count, 3);
	ck_assert(more);
	access_rows_free(rows, count);
}
END_TEST

static void put_event(const char *id, const char *object, const char *rule, int64_t time_ms)
{
	struct access_event event = an_event(id, object, VERDICT_DENY);
	struct store_batch batch = a_batch();

	event.rule = (char *)rule;
	event.time_ms = time_ms;
	event.count = 2;
	batch.events = &event;
	batch.event_count = 1;
	OK(store.ops->write(store.handle, &batch, why));
}

START_TEST(what_has_decided_is_counted)
{
	struct rule_use *uses;
	struct access_row *rows;
	size_t count;

	OK(db_rule_uses(db, &uses, &count, why));
	ck_assert_uint_eq(count, 0);
	free(uses);
	put_event("1", "/h/.ssh/a", "denyRead ~/.ssh", 10);
	put_event("2", "/h/.ssh/b", "denyRead ~/.ssh", 30);
	put_event("3", "/h/.ssh/a", "denyRead ~/.ssh", 20);
	put_event("4", "/x", NULL, 40);
	put_event("5", "/y", "sensitive ~/y", 5);
	OK(db_rule_uses(db, &uses, &count, why));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(uses[0].server, "fs");
	ck_assert_str_eq(uses[0].rule, "denyRead ~/.ssh");
	ck_assert_uint_eq(uses[0].hits, 6);
	ck_assert_int_eq(uses[0].last_ms, 30);
	rule_uses_free(uses, count);
	OK(db_decided_by(db, NULL, "denyRead ~/.ssh", 10, &rows, &count, why));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(rows[0].object, "/h/.ssh/b");
	ck_assert_str_eq(rows[1].object, "/h/.ssh/a");
	ck_assert_uint_eq(rows[1].count, 4);
	ck_assert_int_eq(rows[1].last_ms, 20);
	ck_assert_int_eq(rows[1].verdict, VERDICT_DENY);
	access_rows_free(rows, count);
	OK(db_decided_by(db, "web", "denyRead ~/.ssh", 10, &rows, &count, why));
	ck_assert_uint_eq(count, 0);
	free(rows);
	OK(db_decided_by(db, "fs", "denyRead ~/.ssh", 1, &rows, &count, why));
	ck_assert_uint_eq(count, 1);
	access_rows_free(rows, count);
}
END_TEST

static Suite *uses_suite(void)
{
	Suite *suite = suite_create("db uses");
	TCase *tests = tcase_create("uses");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, what_a_rule_speaks_about_is_found, 0, (int)ARRAY_LENGTH(cases));
	tcase_add_test(tests, it_is_added_up_over_sessions_and_bounded);
	tcase_add_test(tests, what_has_decided_is_counted);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(uses_suite)
