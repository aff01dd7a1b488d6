/* SPDX-License-Identifier: MIT */
/* What is written comes back, added up and bounded. */
#include "db/internal.h"

#include <errno.h>

#include "tests/unit/db/fixture.h"

static struct place place;
static struct db *db;
static struct store store;

static void setup(void)
{
	place_make(&place);
	db = place_open(&place);
	store = db_store(db);
}

static void teardown(void)
{
	store.ops->close(store.handle);
	place_remove(&place);
}

static void begin_session(const char *id, const char *server)
{
	struct session_record session = { .id = id,
					  .server = server,
					  .command = "node index.js",
					  .cwd = "/home/a/src",
					  .mode = "ask",
					  .pid = 100,
					  .started_ms = 500 };

	OK(store.ops->session_begin(store.handle, &session, why));
}

static void write_events(const struct access_event *events, size_t count)
{
	struct store_batch batch = a_batch();

	batch.events = events;
	batch.event_count = count;
	OK(store.ops->write(store.handle, &batch, why));
}

static void write_accesses(const char *session, const char *server, const struct access_row *rows,
			   size_t count)
{
	struct store_batch batch = { .session = session, .server = server };

	batch.accesses = rows;
	batch.access_count = count;
	OK(store.ops->write(store.handle, &batch, why));
}

START_TEST(a_session_is_kept_from_beginning_to_end)
{
	struct session_row *rows = NULL;
	size_t count = 0;
	const struct session_end end = { .status = 137, .time_ms = 900 };
	const struct store_batch last = { .session = "3-c", .server = "fs", .end = &end };
	const struct store_batch unknown = { .session = "9-z", .server = "fs", .end = &end };

	begin_session("1-a", "fs");
	begin_session("2-b", "web");
	begin_session("3-c", "fs");
	store.ops->shrink(store.handle); /* nothing that matters was in memory alone */
	begin_session("3-c", "fs"); /* the same call again after a busy answer */
	store.ops->warm_up(store.handle);
	OK(store.ops->write(store.handle, &last, why));
	OK(db_sessions(db, "fs", 10, &rows, &count, why));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(rows[0].id, "3-c");
	ck_assert_str_eq(rows[0].server, "fs");
	ck_assert_str_eq(rows[0].command, "node index.js");
	ck_assert_str_eq(rows[0].cwd, "/home/a/src");
	ck_assert_str_eq(rows[0].mode, "ask");
	ck_assert_int_eq(rows[0].started_ms, 500);
	ck_assert_int_eq(rows[0].ended_ms, 900);
	ck_assert_int_eq(rows[0].status, 137);
	ck_assert_str_eq(rows[1].id, "1-a");
	ck_assert_int_eq(rows[1].ended_ms, 0);
	ck_assert_int_eq(rows[1].status, -1);
	session_rows_free(rows, count);
	OK(db_sessions(db, NULL, 1, &rows, &count, why));
	ck_assert_uint_eq(count, 1);
	session_rows_free(rows, count);
	/* Its beginning did not get through. */
	OK(store.ops->write(store.handle, &unknown, why));
	OK(db_sessions(db, NULL, 1, &rows, &count, why));
	ck_assert_str_eq(rows[0].id, "9-z");
	ck_assert_int_eq(rows[0].ended_ms, 900);
	session_rows_free(rows, count);
}
END_TEST

START_TEST(an_event_comes_back_as_it_was)
{
	struct event_query query = { .limit = 10 };
	struct access_event event = an_event("1-a.7", "/tmp/\xff\xfe x\n", VERDICT_DENY), *got;
	struct event_row *rows;
	size_t count;

	event.why = (char *)"no rule matches";
	event.rule = (char *)"denyRead ~/.ssh";
	event.pid = 4242;
	event.exe = (char *)"/usr/bin/no\xc3\xa9";
	event.syscall = (char *)"openat";
	event.error = EROFS;
	event.count = UINT64_MAX;
	event.command_line = (char *)"node x\xff";
	event.chain = (char *)"/usr/bin/node\n/bin/sh";
	event.request = (char *)"tools/call read";
	event.drift = (char *)"new since export";
	write_events(&event, 1);
	OK(db_events(db, &query, &rows, &count, why));
	ck_assert_uint_eq(count, 1);
	got = &rows[0].event;
	ck_assert_str_eq(got->id, event.id);
	ck_assert_str_eq(got->session, event.session);
	ck_assert_str_eq(got->server, event.server);
	ck_assert_int_eq(got->kind, event.kind);
	ck_assert_str_eq(got->object, event.object);
	ck_assert_int_eq(got->verdict, event.verdict);
	ck_assert_str_eq(got->why, event.why);
	ck_assert_str_eq(got->rule, event.rule);
	ck_assert_int_eq(got->pid, event.pid);
	ck_assert_str_eq(got->exe, event.exe);
	ck_assert_str_eq(got->syscall, event.syscall);
	ck_assert_str_eq(got->command_line, event.command_line);
	ck_assert_str_eq(got->chain, event.chain);
	ck_assert_str_eq(got->request, event.request);
	ck_assert_str_eq(got->drift, event.drift);
	ck_assert_int_eq(got->error, event.error);
	ck_assert_int_eq(got->time_ms, event.time_ms);
	ck_assert_uint_ge(got->count, (uint64_t)1 << 60);
	event_rows_free(rows, count);
}
END_TEST

/* Every single byte, alone and in the middle: what is bound is what comes back. */
START_TEST(bytes_that_are_not_utf8_round_trip)
{
	struct access_row in[255];
	struct evidence_rows rows;
	char objects[255][8];
	bool seen[256] = { false };

	for (int i = 1; i < 256; i++) {
		snprintf(objects[i - 1], sizeof(objects[0]), "/a%cb", i);
		in[i - 1] = an_access(ACCESS_READ, objects[i - 1], VERDICT_ALLOW);
	}
	write_accesses("1-a", "fs", in, 255);
	write_accesses("1-a", "fs", in, 255);
	OK(db_accesses(db, "fs", NULL, &rows, why));
	ck_assert_uint_eq(rows.count, 255);
	for (size_t i = 0; i < rows.count; i++) {
		ck_assert_uint_eq(strlen(rows.items[i].object), 4);
		ck_assert_uint_eq(rows.items[i].count, 2);
		seen[(unsigned char)rows.items[i].object[2]] = true;
	}
	for (int i = 1; i < 256; i++)
		ck_assert_msg(seen[i], "byte %d is lost", i);
	evidence_rows_free(&rows);
}
END_TEST

START_TEST(text_that_looks_like_a_number_stays_text)
{
	static const char *const names[] = { "1e3", "007", "12", "NULL", "0x10" };
	struct strings servers = STRINGS_EMPTY;

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		begin_session(names[i], names[i]);
	OK(db_servers(db, &servers, why));
	ck_assert_uint_eq(servers.count, ARRAY_LENGTH(names));
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		ck_assert(strings_contain(&servers, names[i]));
	strings_free(&servers);
}
END_TEST

START_TEST(a_question_becomes_its_answer_and_followers_see_it)
{
	struct event_query query = { .limit = 10 };
	struct access_event events[2] = { an_event("s.1", "/a", VERDICT_ASK),
					  an_event("s.2", "/b", VERDICT_DENY) };
	struct event_row *rows;
	size_t count;
	int64_t last;

	write_events(events, 2);
	OK(db_events(db, &query, &rows, &count, why));
	ck_assert_uint_eq(count, 2);
	ck_assert_int_lt(rows[0].sequence, rows[1].sequence);
	last = rows[1].sequence;
	event_rows_free(rows, count);

	events[0].verdict = VERDICT_ALLOW;
	write_events(&events[0], 1);
	query.after = last;
	OK(db_events(db, &query, &rows, &count, why));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(rows[0].event.id, "s.1");
	ck_assert_int_eq(rows[0].event.verdict, VERDICT_ALLOW);
	last = rows[0].sequence;
	event_rows_free(rows, count);

	/* Also when the newest row itself is the one replaced. */
	events[0].count = 5;
	write_events(&events[0], 1);
	query.after = last;
	OK(db_events(db, &query, &rows, &count, why));
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(rows[0].event.count, 5);
	event_rows_free(rows, count);
	ck_assert_int_eq(count_rows(db, "event"), 2);
}
END_TEST

START_TEST(events_are_chosen_by_session_server_verdict_and_page)
{
	static const struct {
		struct event_query query;
		const char *ids;
	} cases[] = {
		{ { .limit = 10 }, "a b c d e" },
		{ { .limit = 2 }, "d e" },
		{ { .limit = 2, .before = 4 }, "b c" },
		{ { .limit = 10, .after = 3 }, "d e" },
		{ { .limit = 10, .server = "fs" }, "a b d" },
		{ { .limit = 10, .server = "web" }, "c e" },
		{ { .limit = 10, .server = "none" }, "" },
		{ { .limit = 10, .session = "1-a" }, "a b" },
		{ { .limit = 10, .session = "1-a", .server = "web" }, "" },
		{ { .limit = 10, .denied_only = true }, "b d" },
		{ { .limit = 10, .denied_only = true, .server = "fs" }, "b d" },
		{ { .limit = 10, .denied_only = true, .server = "web" }, "" },
		{ { .limit = 10, .denied_only = true, .session = "2-b" }, "d" },
		{ { .limit = 0 }, "" },
		{ { .limit = 10, .verdicts = 1u << VERDICT_ASK | 1u << VERDICT_DENY }, "b d e" },
		{ { .limit = 1, .verdicts = 1u << VERDICT_ALLOW }, "c" },
		{ { .limit = 10, .kinds = 1u << ACCESS_CONNECT }, "" },
		{ { .limit = 10, .kinds = ~0u, .verdicts = 1u << VERDICT_ALLOW, .before = 3 }, "a" },
	};
	struct access_event events[5] = {
		an_event("a", "/a", VERDICT_ALLOW), an_event("b", "/b", VERDICT_DENY),
		an_event("c", "/c", VERDICT_ALLOW), an_event("d", "/d", VERDICT_DENY),
		an_event("e", "/e", VERDICT_ASK),
	};
	static const char *const sessions[] = { "1-a", "1-a", "3-c", "2-b", "3-c" };
	static const char *const servers[] = { "fs", "fs", "web", "fs", "web" };
	_cleanup_buf_ struct buf ids = BUF_EMPTY;
	struct event_row *rows;
	size_t count;

	for (size_t i = 0; i < 5; i++) {
		events[i].session = (char *)sessions[i];
		events[i].server = (char *)servers[i];
	}
	write_events(events, 5);
	OK(db_events(db, &cases[_i].query, &rows, &count, why));
	for (size_t i = 0; i < count; i++)
		buf_addf(&ids, "%s%s", i ? " " : "", rows[i].event.id);
	ck_assert_str_eq(buf_text(&ids), cases[_i].ids);
	event_rows_free(rows, count);
}
END_TEST

START_TEST(a_million_opens_of_one_file_are_one_row)
{
	struct access_row row = an_access(ACCESS_READ, "/etc/hosts", VERDICT_ALLOW);
	struct evidence_rows rows;

	row.count = 500000;
	row.exe = (char *)"/bin/a";
	write_accesses("1-a", "fs", &row, 1);
	row.first_ms = 2000;
	row.last_ms = 3000;
	row.exe = NULL;
	write_accesses("1-a", "fs", &row, 1);
	row.count = 1;
	row.first_ms = 10;
	row.last_ms = 20;
	row.exe = (char *)"/bin/b";
	write_accesses("2-b", "fs", &row, 1);
	write_accesses("3-c", "web", &row, 1);
	row.verdict = VERDICT_DENY;
	write_accesses("2-b", "fs", &row, 1);
	ck_assert_int_eq(count_rows(db, "access"), 4);
	OK(db_accesses(db, "fs", NULL, &rows, why));
	ck_assert_uint_eq(rows.count, 2);
	ck_assert_int_eq(rows.items[0].verdict, VERDICT_ALLOW);
	ck_assert_uint_eq(rows.items[0].count, 1000001);
	ck_assert_uint_eq(rows.items[0].runs, 2);
	ck_assert_int_eq(rows.items[0].first_ms, 10);
	ck_assert_int_eq(rows.items[0].last_ms, 3000);
	ck_assert_int_eq(rows.items[1].verdict, VERDICT_DENY);
	ck_assert_uint_eq(rows.items[1].count, 1);
	evidence_rows_free(&rows);
	OK(db_accesses(db, "none", NULL, &rows, why));
	ck_assert_uint_eq(rows.count, 0);
	evidence_rows_free(&rows);
}
END_TEST

/* One success is enough for evidence, and what was made once was made. */
START_TEST(a_later_failure_does_not_undo_a_success)
{
	static const struct {
		int errors[3];
		int expected;
	} cases[] = {
		{ { 0, EEXIST, ENOENT }, 0 },
		{ { EACCES, 0, ENOENT }, 0 },
		{ { EACCES, ENOENT, 0 }, 0 },
		{ { EACCES, ENOENT, EROFS }, EROFS },
	};
	static const char *const sessions[] = { "1-a", "1-a", "2-b" };
	struct access_row row = an_access(ACCESS_WRITE, "/tmp/x", VERDICT_ALLOW);
	struct evidence_rows rows;

	for (int i = 0; i < 3; i++) {
		row.error = cases[_i].errors[i];
		row.created = i == 0;
		row.last_ms = 1000 + i;
		write_accesses(sessions[i], "fs", &row, 1);
	}
	OK(db_accesses(db, "fs", NULL, &rows, why));
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_int_eq(rows.items[0].error, cases[_i].expected);
	ck_assert(rows.items[0].created);
	evidence_rows_free(&rows);
}
END_TEST

START_TEST(an_object_too_long_to_be_real_is_left_out_of_evidence)
{
	_cleanup_free_ char *longest = xmalloc(DB_TEXT_MOST + 2);
	struct access_row rows[2] = { an_access(ACCESS_READ, longest, VERDICT_ALLOW),
				      an_access(ACCESS_READ, "/short", VERDICT_ALLOW) };
	struct access_event event = an_event("x.1", longest, VERDICT_ALLOW);

	memset(longest, 'a', DB_TEXT_MOST + 1);
	longest[DB_TEXT_MOST + 1] = '\0';
	write_accesses("1-a", "fs", rows, 2);
	ck_assert_int_eq(count_rows(db, "access"), 1);
	write_events(&event, 1);
	ck_assert_int_eq(count_rows(db, "event"), 1);
}
END_TEST

START_TEST(events_are_bounded_and_the_oldest_go_first)
{
	struct event_query query = { .limit = 1000 };
	struct event_row *rows;
	size_t count;
	char id[16];

	db->limits.events = 100;
	for (int i = 0; i < 350; i++) {
		struct access_event event = an_event(id, "/a", VERDICT_ALLOW);

		snprintf(id, sizeof(id), "s.%d", i);
		write_events(&event, 1);
		ck_assert_int_le(count_rows(db, "event"), 100);
	}
	OK(db_events(db, &query, &rows, &count, why));
	ck_assert_uint_eq(count, 100);
	ck_assert_str_eq(rows[0].event.id, "s.250");
	ck_assert_str_eq(rows[99].event.id, "s.349");
	event_rows_free(rows, count);

	/* A bound that became smaller is approached in steps. */
	db->limits.events = 10;
	for (int i = 0; i < 3; i++) {
		struct access_event event = an_event("s.last", "/a", VERDICT_ALLOW);

		write_events(&event, 1);
	}
	ck_assert_int_eq(count_rows(db, "event"), 10);
}
END_TEST

START_TEST(one_event_replaced_for_ever_pushes_nothing_out)
{
	struct access_event kept = an_event("s.kept", "/a", VERDICT_ALLOW);

	db->limits.events = 5;
	write_events(&kept, 1);
	for (int i = 0; i < 100; i++) {
		struct access_event event = an_event("s.hot", "/b", VERDICT_DENY);

		write_events(&event, 1);
	}
	ck_assert_int_eq(count_rows(db, "event"), 2);
}
END_TEST

START_TEST(a_noisy_server_pushes_out_only_its_own_evidence)
{
	struct access_row quiet = an_access(ACCESS_READ, "/quiet", VERDICT_ALLOW);
	struct evidence_rows rows;
	char object[32];

	db->limits.accesses = 50;
	write_accesses("1-a", "quiet", &quiet, 1);
	for (int i = 0; i < 400; i++) {
		struct access_row row = an_access(ACCESS_READ, object, VERDICT_ALLOW);

		snprintf(object, sizeof(object), "/n/%d", i);
		write_accesses(i < 200 ? "2-b" : "3-c", "noisy", &row, 1);
	}
	ck_assert_int_eq(count_rows(db, "access"), 51);
	OK(db_accesses(db, "quiet", NULL, &rows, why));
	ck_assert_uint_eq(rows.count, 1);
	evidence_rows_free(&rows);
	ck_assert_int_eq(
		count_rows(db,
			   "access WHERE session = (SELECT id FROM session WHERE name = '3-c')"),
		50);
}
END_TEST

START_TEST(every_program_that_did_it_is_known_within_bounds)
{
	struct access_row row = an_access(ACCESS_READ, "/a", VERDICT_ALLOW);
	struct evidence_rows rows;
	char exe[16];

	for (int i = 0; i < 30; i++) {
		snprintf(exe, sizeof(exe), "/bin/%02d", i / 3);
		row.exe = exe;
		write_accesses(i < 15 ? "1-a" : "2-b", "fs", &row, 1);
	}
	OK(db_accesses(db, "fs", NULL, &rows, why));
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_uint_eq(rows.runs, 2);
	ck_assert_str_eq(rows.items[0].exe, "/bin/00");
	ck_assert_ptr_nonnull(rows.items[0].programs);
	ck_assert_uint_eq(rows.items[0].programs->count, DB_PROGRAMS_MOST - 1);
	ck_assert(strings_contain(rows.items[0].programs, "/bin/01"));
	ck_assert(!strings_contain(rows.items[0].programs, "/bin/00"));
	evidence_rows_free(&rows);
	OK(db_exec(db, "DELETE FROM access", why));
	ck_assert_int_eq(count_rows(db, "access_program"), 0);
}
END_TEST

START_TEST(a_run_can_be_left_out_of_evidence)
{
	struct access_row shared = an_access(ACCESS_READ, "/a", VERDICT_ALLOW);
	struct access_row own = an_access(ACCESS_READ, "/b", VERDICT_ALLOW);
	_cleanup_strings_ struct strings without = STRINGS_EMPTY;
	struct evidence_rows rows;
	struct err e = { 0 };

	shared.exe = (char *)"/bin/one";
	write_accesses("1-a", "fs", &shared, 1);
	write_accesses("2-b", "fs", &shared, 1);
	shared.exe = (char *)"/bin/two";
	write_accesses("2-b", "fs", &shared, 1);
	write_accesses("2-b", "fs", &own, 1);
	write_accesses("3-c", "web", &own, 1);
	strings_add(&without, "2-b");
	OK(db_accesses(db, "fs", &without, &rows, why));
	ck_assert_uint_eq(rows.runs, 1);
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_uint_eq(rows.items[0].count, 1);
	ck_assert_ptr_null(rows.items[0].programs);
	evidence_rows_free(&rows);
	strings_add(&without, "3-c");
	ck_assert_int_eq(db_accesses(db, "fs", &without, &rows, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_uint_eq(rows.count, 0);
}
END_TEST

START_TEST(old_sessions_go_with_all_that_is_theirs)
{
	char id[16];

	db->limits.sessions = 10;
	for (int i = 0; i < 30; i++) {
		struct access_event event = an_event(id, "/a", VERDICT_ALLOW);
		struct access_row row = an_access(ACCESS_READ, "/a", VERDICT_ALLOW);

		snprintf(id, sizeof(id), "%d-x", i);
		begin_session(id, "fs");
		event.session = id;
		write_events(&event, 1);
		write_accesses(id, "fs", &row, 1);
	}
	ck_assert_int_eq(count_rows(db, "session"), 10);
	ck_assert_int_eq(count_rows(db, "access"), 10);
	ck_assert_int_eq(count_rows(db, "event"), 10);
}
END_TEST

START_TEST(rules_are_kept_newest_first)
{
	struct rule rules[3] = {
		{ .server = (char *)"fs",
		  .kind = ACCESS_WRITE,
		  .verdict = VERDICT_ALLOW,
		  .scope = SCOPE_DIR,
		  .pattern = (char *)"/home/a/\xff",
		  .duration = DURATION_ALWAYS,
		  .created_ms = 7 },
		{ .server = (char *)"fs",
		  .kind = ACCESS_CONNECT,
		  .verdict = VERDICT_DENY,
		  .scope = SCOPE_DOMAIN,
		  .pattern = (char *)"example.org",
		  .duration = DURATION_ALWAYS },
		{ .server = (char *)"web",
		  .kind = ACCESS_CONNECT,
		  .verdict = VERDICT_ALLOW,
		  .scope = SCOPE_HOST,
		  .pattern = (char *)"example.org",
		  .duration = DURATION_SESSION },
	};
	struct err e = { 0 };
	struct rule *got;
	size_t count;

	for (size_t i = 0; i < 3; i++) {
		OK(store.ops->rule_add(store.handle, &rules[i], why));
		ck_assert_int_gt(rules[i].id, 0);
	}
	OK(store.ops->rule_used(store.handle, rules[0].id, 3, 99, why));
	OK(store.ops->rule_used(store.handle, rules[0].id, 2, 50, why));
	OK(store.ops->rules_load(store.handle, "fs", &got, &count, why));
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(got[0].id, rules[1].id);
	ck_assert_int_eq(got[0].verdict, VERDICT_DENY);
	ck_assert_int_eq(got[0].scope, SCOPE_DOMAIN);
	ck_assert_str_eq(got[1].pattern, rules[0].pattern);
	ck_assert_str_eq(got[1].server, "fs");
	ck_assert_uint_eq(got[1].hits, 5);
	ck_assert_int_eq(got[1].last_used_ms, 99);
	ck_assert_int_eq(got[1].created_ms, 7);
	rules_free(got, count);
	OK(store.ops->rules_load(store.handle, "web", &got, &count, why));
	ck_assert_msg(count == 0, "a rule for a session was kept for always");
	rules_free(got, count);
	OK(db_rules(db, NULL, &got, &count, why));
	ck_assert_uint_eq(count, 3);
	rules_free(got, count);
	/* Out of force it is nobody's rule, and is as it was when it comes back. */
	OK(db_rule_disable(db, rules[1].id, true, why));
	OK(db_rules(db, "fs", &got, &count, why));
	ck_assert_uint_eq(count, 1);
	rules_free(got, count);
	OK(db_rules(db, NULL, &got, &count, why));
	ck_assert_uint_eq(count, 2);
	rules_free(got, count);
	OK(store.ops->rules_load(store.handle, "fs", &got, &count, why));
	ck_assert_uint_eq(count, 1);
	rules_free(got, count);
	OK(db_rules_disabled(db, &got, &count, why));
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(got[0].id, rules[1].id);
	rules_free(got, count);
	OK(db_rule_disable(db, rules[1].id, false, why));
	OK(store.ops->rules_load(store.handle, "fs", &got, &count, why));
	ck_assert_uint_eq(count, 2);
	rules_free(got, count);
	ck_assert_int_eq(db_rule_disable(db, 4711, true, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	OK(db_rule_remove(db, rules[1].id, why));
	ck_assert_int_eq(db_rule_remove(db, rules[1].id, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	OK(db_rules(db, "fs", &got, &count, why));
	ck_assert_uint_eq(count, 1);
	rules_free(got, count);
}
END_TEST

START_TEST(the_newest_word_about_the_same_thing_replaces_the_older)
{
	struct rule rule = { .server = (char *)"fs",
			     .kind = ACCESS_WRITE,
			     .verdict = VERDICT_ALLOW,
			     .scope = SCOPE_DIR,
			     .pattern = (char *)"/a",
			     .duration = DURATION_ALWAYS };
	struct rule *got;
	size_t count;
	int64_t first;

	OK(store.ops->rule_add(store.handle, &rule, why));
	first = rule.id;
	rule.verdict = VERDICT_DENY;
	OK(store.ops->rule_add(store.handle, &rule, why));
	ck_assert_int_gt(rule.id, first);
	OK(db_rules(db, "fs", &got, &count, why));
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(got[0].verdict, VERDICT_DENY);
	rules_free(got, count);
}
END_TEST

START_TEST(a_batch_is_written_whole_or_not_at_all)
{
	struct access_event events[2] = { an_event("s.1", "/a", VERDICT_ALLOW),
					  an_event(NULL, "/b", VERDICT_ALLOW) };
	struct store_batch batch = a_batch();
	struct err e = { 0 };

	batch.events = events;
	batch.event_count = 2;
	ck_assert_int_eq(store.ops->write(store.handle, &batch, &e), -1);
	ck_assert_int_eq(count_rows(db, "event"), 0);
	ck_assert_int_eq(count_rows(db, "server"), 0);
	batch.event_count = 1;
	OK(store.ops->write(store.handle, &batch, why));
	ck_assert_int_eq(count_rows(db, "event"), 1);
}
END_TEST

START_TEST(decisions_are_logged_and_bounded)
{
	struct decision decision = { .event = "s.1",
				     .session = "1-a",
				     .server = "fs",
				     .kind = ACCESS_CONNECT,
				     .object = "example.org:443",
				     .verdict = VERDICT_ALLOW,
				     .scope = SCOPE_HOST,
				     .duration = DURATION_ALWAYS,
				     .by = "person",
				     .time_ms = 77 };
	struct store_batch batch = a_batch();

	db->limits.decisions = 20;
	batch.decisions = &decision;
	batch.decision_count = 1;
	for (int i = 0; i < 60; i++)
		OK(store.ops->write(store.handle, &batch, why));
	ck_assert_int_eq(count_rows(db, "decision"), 20);
	ck_assert_int_eq(count_rows(db, "decision WHERE kind = 'connect' AND verdict = 'allow' AND "
					"scope = 'host' AND duration = 'always' AND by = 'person' "
					"AND time_ms = 77 AND event = 's.1'"),
			 20);
}
END_TEST

START_TEST(data_version_changes_when_another_connection_wrote)
{
	struct db *other = place_open(&place);
	struct store other_store = db_store(other);
	struct rule rule = { .server = (char *)"fs",
			     .kind = ACCESS_READ,
			     .verdict = VERDICT_ALLOW,
			     .scope = SCOPE_FILE,
			     .pattern = (char *)"/a",
			     .duration = DURATION_ALWAYS };
	int64_t before, own, after;

	OK(store.ops->data_version(store.handle, &before, why));
	begin_session("1-a", "fs");
	OK(store.ops->data_version(store.handle, &own, why));
	ck_assert_int_eq(before, own);
	OK(other_store.ops->rule_add(other_store.handle, &rule, why));
	OK(store.ops->data_version(store.handle, &after, why));
	ck_assert_int_ne(own, after);
	other_store.ops->close(other_store.handle);
}
END_TEST

/* A query that had to sort or scan all rows would grow slow with the history. */
START_TEST(queries_use_an_index)
{
	for (int id = EVENTS_ALL; id <= ACCESSES_IN_RANGE; id++) {
		struct err e = { 0 };
		sqlite3_stmt *statement = db_statement(db, (enum statement_id)id, &e), *plan;
		_cleanup_free_ char *sql = NULL;

		ck_assert_ptr_nonnull(statement);
		sql = xasprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(statement));
		ck_assert_int_eq(sqlite3_prepare_v2(db->handle, sql, -1, &plan, NULL), SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW) {
			const char *line = (const char *)sqlite3_column_text(plan, 3);

			ck_assert_msg(!strstr(line, "TEMP B-TREE"), "%s: %s", sql, line);
			ck_assert_msg(strncmp(line, "SCAN", 4) != 0, "%s: %s", sql, line);
			if (id > EVENTS_OF_SESSION_DENIED)
				continue;
			if (id == EVENTS_OF_SERVER && strstr(line, " e "))
				ck_assert_ptr_nonnull(strstr(line, "event_server"));
			if (id == EVENTS_OF_SESSION && strstr(line, " e "))
				ck_assert_ptr_nonnull(strstr(line, "event_session"));
		}
		sqlite3_finalize(plan);
	}
}
END_TEST

static Suite *store_suite(void)
{
	Suite *suite = suite_create("db store");
	TCase *tests = tcase_create("store");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_session_is_kept_from_beginning_to_end);
	tcase_add_test(tests, an_event_comes_back_as_it_was);
	tcase_add_test(tests, bytes_that_are_not_utf8_round_trip);
	tcase_add_test(tests, text_that_looks_like_a_number_stays_text);
	tcase_add_test(tests, a_question_becomes_its_answer_and_followers_see_it);
	tcase_add_loop_test(tests, events_are_chosen_by_session_server_verdict_and_page, 0, 18);
	tcase_add_test(tests, a_million_opens_of_one_file_are_one_row);
	tcase_add_loop_test(tests, a_later_failure_does_not_undo_a_success, 0, 4);
	tcase_add_test(tests, an_object_too_long_to_be_real_is_left_out_of_evidence);
	tcase_add_test(tests, events_are_bounded_and_the_oldest_go_first);
	tcase_add_test(tests, one_event_replaced_for_ever_pushes_nothing_out);
	tcase_add_test(tests, a_noisy_server_pushes_out_only_its_own_evidence);
	tcase_add_test(tests, every_program_that_did_it_is_known_within_bounds);
	tcase_add_test(tests, a_run_can_be_left_out_of_evidence);
	tcase_add_test(tests, old_sessions_go_with_all_that_is_theirs);
	tcase_add_test(tests, rules_are_kept_newest_first);
	tcase_add_test(tests, the_newest_word_about_the_same_thing_replaces_the_older);
	tcase_add_test(tests, a_batch_is_written_whole_or_not_at_all);
	tcase_add_test(tests, decisions_are_logged_and_bounded);
	tcase_add_test(tests, data_version_changes_when_another_connection_wrote);
	tcase_add_test(tests, queries_use_an_index);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(store_suite)
