/* SPDX-License-Identifier: MIT */
#include "core/session/run_report.h"

#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	enum access_kind kind;
	const char *object, *why, *rule;
	struct run_report_refusal refusal;
	bool is_command;
	const char *next;
	bool makes;
} advice[] = {
	{ ACCESS_READ, "/home/a/.ssh/id", "no rule", NULL, { .exists = true }, true,
	  "srt-top rules add --name my-server allow read /home/a/.ssh/id", false },
	{ ACCESS_WRITE, "/home/a/it's", "no rule", NULL, { .exists = true }, true,
	  "srt-top rules add --name my-server allow write '/home/a/it'\"'\"'s'", false },
	{ ACCESS_WRITE, "/home/a/new", "no rule", NULL, { .exists = false }, true,
	  "srt-top rules add --name my-server allow write /home/a", false },
	{ ACCESS_WRITE, "/home/a/new", "no rule", NULL, { .exists = false }, true,
	  "srt-top rules add --name my-server allow write /home/a/new", true },
	{ ACCESS_READ, "/home/a/x\n; rm -rf ~", "no rule", NULL, { .exists = true }, false,
	  "a rule for it, made on the dashboard: its name cannot be shown here", false },
	{ ACCESS_READ, "/home/a/x", "denyRead ~/x", "denyRead ~/x", { .fixed = true }, false,
	  "the settings file says so: denyRead ~/x", false },
	{ ACCESS_CONNECT, "good.test:443", "host is not on the allow list", NULL, { false }, true,
	  "srt-top rules add --name my-server allow connect good.test:443", false },
	{ ACCESS_CONNECT, "good.test:443", "nobody answered in time", NULL, { .asked = true }, true,
	  "srt-top rules add --name my-server allow connect good.test:443", false },
	{ ACCESS_CONNECT, "bad.test:443", "host is on the deny list", "deniedDomains bad.test",
	  { false }, false, "the settings file says so: deniedDomains bad.test", false },
	{ ACCESS_CONNECT, "good.test:443", "its address is private", NULL, { false }, false,
	  "no rule opens it", false },
	{ ACCESS_UNIX, "/run/x.sock", "no rule", NULL, { false }, false,
	  "network.allowUnixSockets of the settings file, or an answer while it runs", false },
	{ ACCESS_EXEC, "mount", "closed in every sandbox", NULL, { false }, false,
	  "nothing opens it", false },
};

START_TEST(what_was_refused_comes_with_the_next_step)
{
	const struct access_event event = { .kind = advice[_i].kind,
					    .object = (char *)advice[_i].object,
					    .verdict = VERDICT_DENY,
					    .why = (char *)advice[_i].why,
					    .makes = advice[_i].makes,
					    .rule = (char *)advice[_i].rule };
	struct run_report_item item = { .event = &event };

	run_report_advise(&item, "my-server", &advice[_i].refusal);
	ck_assert_str_eq(item.next, advice[_i].next);
	ck_assert_int_eq(item.is_command, advice[_i].is_command);
	free(item.next);
}
END_TEST

static struct access_row row(enum access_kind kind, const char *object, uint64_t count)
{
	return (struct access_row){ .kind = kind,
				    .object = (char *)object,
				    .verdict = VERDICT_ALLOW,
				    .exe = (char *)"/bin/x",
				    .count = count };
}

START_TEST(accesses_add_up)
{
	struct run_report report = { .count = 0 };
	struct access_row rows[] = { row(ACCESS_WRITE, "/b", 1), row(ACCESS_READ, "/b", 2),
				     row(ACCESS_READ, "/a", 4), row(ACCESS_READ, "/b", 8) };

	rows[2].verdict = VERDICT_DENY;
	run_report_add_accesses(&report, rows, ARRAY_LENGTH(rows));
	run_report_add_accesses(&report, rows, ARRAY_LENGTH(rows));
	run_report_settle(&report);
	ck_assert_uint_eq(report.access_count, 2);
	ck_assert_str_eq(report.accesses[0].object, "/b");
	ck_assert_int_eq(report.accesses[0].kind, ACCESS_READ);
	ck_assert_uint_eq(report.accesses[0].count, 20);
	ck_assert_uint_eq(report.accesses[1].count, 2);
	run_report_free(&report);
}
END_TEST

START_TEST(few_objects_many_times_find_room)
{
	struct run_report report = { .count = 0 };
	char object[32];

	for (int i = 0; i < 10 * RUN_REPORT_ACCESSES_MOST; i++) {
		struct access_row one;

		snprintf(object, sizeof(object), "/%d", i % 100);
		one = row(ACCESS_READ, object, 1);
		run_report_add_accesses(&report, &one, 1);
	}
	run_report_settle(&report);
	ck_assert_uint_eq(report.access_count, 100);
	ck_assert_uint_eq(report.left_out, 0);
	ck_assert_uint_eq(report.accesses[0].count, RUN_REPORT_ACCESSES_MOST / 10);
	run_report_free(&report);
}
END_TEST

START_TEST(accesses_are_bounded_and_the_rest_is_counted)
{
	struct run_report report = { .count = 0 };
	char object[32];

	for (int i = 0; i < 3 * RUN_REPORT_ACCESSES_MOST; i++) {
		struct access_row one;

		snprintf(object, sizeof(object), "/%d", i);
		one = row(ACCESS_READ, object, 1);
		run_report_add_accesses(&report, &one, 1);
	}
	run_report_settle(&report);
	ck_assert_uint_eq(report.access_count, 2 * RUN_REPORT_ACCESSES_MOST);
	ck_assert_uint_eq(report.access_count + report.left_out, 3 * RUN_REPORT_ACCESSES_MOST);
	run_report_free(&report);
}
END_TEST

static void write_report(struct buf *out, enum run_report_format format)
{
	const struct access_event events[] = {
		{ .id = (char *)"1-a.1", .kind = ACCESS_READ, .object = (char *)"/home/a/\033[2J",
		  .verdict = VERDICT_DENY, .why = (char *)"\033]0;x", .exe = (char *)"/bin/cat",
		  .chain = (char *)"/bin/cat\n/bin/sh\n/bin/\033c", .request = (char *)"tools/call \033c",
		  .count = 3 },
		{ .id = (char *)"1-a.2", .kind = ACCESS_CONNECT, .object = (char *)"good.test:443",
		  .verdict = VERDICT_ALLOW, .count = 1 },
	};
	struct run_report report = { .info = { .id = (char *)"1-a",
					       .server = (char *)"my server",
					       .command = (char *)"x \033c",
					       .status = 3,
					       .allowed = 5,
					       .denied = 3,
					       .asked = 1 } };
	const struct access_row rows[] = { row(ACCESS_WRITE, "/tmp/\033c", 2), row(ACCESS_READ, "/r", 9) };

	report.items = xcalloc(2, sizeof(*report.items));
	report.count = 2;
	report.items[0] = (struct run_report_item){ .event = &events[0],
						    .asked = true,
						    .next = xstrdup("srt-top x"),
						    .is_command = true };
	report.items[1] = (struct run_report_item){ .event = &events[1] };
	run_report_add_accesses(&report, rows, ARRAY_LENGTH(rows));
	run_report_settle(&report);
	run_report_write(out, &report, format);
	run_report_free(&report);
}

START_TEST(the_text_has_all_and_nothing_for_a_terminal)
{
	static const char *const parts[] = {
		"server    my server\n",
		"status    3\n",
		"Refused: 3\n  read    /home/a/\\x1b[2J  (3 times)  [asked]\n"
		"      by /bin/cat < /bin/sh < /bin/\\x1bc\n"
		"      during tools/call \\x1bc\n",
		"      to allow it: srt-top x\n",
		"Allowed: 5\n  connect good.test:443\n",
		"  read    1 files, 9 times\n",
		"  write   1 files, 2 times\n      /tmp/\\x1bc\n",
		"  srt-top export 'my server' -o srt-settings.json\n",
	};
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	write_report(&text, RUN_REPORT_TEXT);
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		ck_assert_msg(strstr(buf_text(&text), parts[i]), "<%s> is not in <%s>", parts[i],
			      buf_text(&text));
	ck_assert_ptr_null(strchr(buf_text(&text), '\033'));
}
END_TEST

START_TEST(the_json_is_one_object)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	_cleanup_json_ cJSON *object = NULL;
	const cJSON *refused;
	struct err e;

	write_report(&text, RUN_REPORT_JSON);
	object = json_read(buf_text(&text), text.length, &e);
	ck_assert_msg(object, "%s", e.message);
	refused = cJSON_GetArrayItem(cJSON_GetObjectItem(object, "refused"), 0);
	ck_assert_str_eq(cJSON_GetObjectItem(refused, "next")->valuestring, "srt-top x");
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItem(refused, "asked")));
	ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(object, "allowed")), 1);
	ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(object, "accesses")), 2);
	ck_assert_str_eq(cJSON_GetObjectItem(object, "export")->valuestring,
			 "srt-top export 'my server' -o srt-settings.json");
}
END_TEST

static Suite *run_report_suite(void)
{
	Suite *suite = suite_create("run_report");
	TCase *tests = tcase_create("run_report");

	tcase_add_loop_test(tests, what_was_refused_comes_with_the_next_step, 0,
			    (int)ARRAY_LENGTH(advice));
	tcase_add_test(tests, accesses_add_up);
	tcase_add_test(tests, few_objects_many_times_find_room);
	tcase_add_test(tests, accesses_are_bounded_and_the_rest_is_counted);
	tcase_add_test(tests, the_text_has_all_and_nothing_for_a_terminal);
	tcase_add_test(tests, the_json_is_one_object);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(run_report_suite)
