/* SPDX-License-Identifier: MIT */
#include "core/session/policy_updates.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define POLICY(domains)                                                                            \
	"{\"network\":{\"allowedDomains\":[" domains "],\"deniedDomains\":[]},"                    \
	"\"filesystem\":{\"denyRead\":[],\"allowWrite\":[],\"denyWrite\":[]}}"

struct seen {
	struct buf policies; /* the first allowed domain of each, "-" for none, joined by a space */
	char failure[256];
	bool before_any;
};

static void on_policy(void *owner, struct settings *settings)
{
	struct seen *seen = owner;

	buf_addf(&seen->policies, "%s%s", seen->policies.length ? " " : "",
		 settings->allowed_domains.count ? settings->allowed_domains.items[0] : "-");
	settings_free(settings);
}

static void on_failed(void *owner, const char *words, bool before_any)
{
	struct seen *seen = owner;

	snprintf(seen->failure, sizeof(seen->failure), "%s", words);
	seen->before_any = before_any;
}

static const struct policy_update_callbacks callbacks = { on_policy, on_failed };

/* Writes the parts one by one, and lets the loop read each before the next. */
static void feed(struct seen *seen, const char *const *parts)
{
	struct event_base *base = event_base_new();
	struct policy_updates *updates;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	updates = policy_updates_start(base, ends[0], &callbacks, seen);
	for (; *parts; parts++) {
		ck_assert_int_eq(write_all(ends[1], *parts, strlen(*parts)), 0);
		event_base_loop(base, EVLOOP_ONCE);
	}
	close(ends[1]);
	event_base_dispatch(base);
	policy_updates_free(updates);
	event_base_free(base);
	close(ends[0]);
}

static const struct {
	const char *parts[6];
	const char *policies;
} inputs[] = {
	{ { NULL }, "" },
	{ { POLICY("\"a.com\"") "\n" }, "a.com" },
	{ { POLICY("\"a.com\"") }, "a.com" }, /* without the last line's end */
	{ { "{\"network\":{\"allowedDomains\":[\"a.c", "om\"],\"deniedDomains\":[]},",
	    "\"filesystem\":{\"denyRead\":[],\"allowWrite\":[],\"denyWrite\":[]}}\n" },
	  "a.com" },
	{ { POLICY("\"a.com\"") "\n\n  \n" POLICY("") "\n" POLICY("\"b.com\"") "\n" }, "a.com - b.com" },
	{ { POLICY("\"a.com\"") "\r", "\n" POLICY("\"b.com\"") "\r" POLICY("\"c.com\"") }, "a.com b.com c.com" },
	{ { "{bad\n" POLICY("\"a.com\"") "\n" }, "a.com" },
	{ { POLICY("\"a.com\"") " {}\n" POLICY("\"*\"") "\n" POLICY("\"b.com\"") "\n" }, "b.com" },
};

START_TEST(lines_become_policies)
{
	struct seen seen = { .policies = BUF_EMPTY };

	feed(&seen, inputs[_i].parts);
	ck_assert_str_eq(buf_text(&seen.policies), inputs[_i].policies);
	ck_assert_str_eq(seen.failure, "");
	buf_free(&seen.policies);
}
END_TEST

/* Such a descriptor cannot be waited for. */
START_TEST(regular_file_is_read_through)
{
	struct seen seen = { .policies = BUF_EMPTY };
	struct event_base *base = event_base_new();
	struct policy_updates *updates;
	FILE *file = tmpfile();

	fputs(POLICY("\"a.com\"") "\n" POLICY("\"b.com\""), file);
	rewind(file);
	updates = policy_updates_start(base, fileno(file), &callbacks, &seen);
	ck_assert_str_eq(buf_text(&seen.policies), "a.com b.com");
	policy_updates_free(updates);
	event_base_free(base);
	fclose(file);
	buf_free(&seen.policies);
}
END_TEST

START_TEST(descriptor_that_cannot_be_read_is_told_beforehand)
{
	_cleanup_close_ int write_only = open("/dev/null", O_WRONLY | O_CLOEXEC);
	_cleanup_close_ int directory = open("/", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int good = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct err e;

	ck_assert_int_eq(policy_updates_probe(good, &e), 0);
	ck_assert_int_eq(policy_updates_probe(write_only, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "is not usable: EBADF: bad file descriptor, read."));
	ck_assert_int_eq(policy_updates_probe(directory, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "EISDIR: illegal operation on a directory, read."));
	close_fd(&good);
	ck_assert_int_eq(policy_updates_probe(987654, &e), -1);
}
END_TEST

START_TEST(failure_before_the_first_line_is_told_as_such)
{
	struct seen seen = { .policies = BUF_EMPTY };
	struct event_base *base = event_base_new();
	_cleanup_close_ int directory = open("/", O_RDONLY | O_CLOEXEC);
	struct policy_updates *updates = policy_updates_start(base, directory, &callbacks, &seen);

	ck_assert(seen.before_any);
	ck_assert_ptr_nonnull(strstr(seen.failure, "failed before delivering an update: EISDIR"));
	policy_updates_free(updates);
	event_base_free(base);
}
END_TEST

static Suite *policy_updates_suite(void)
{
	Suite *suite = suite_create("policy_updates");
	TCase *tests = tcase_create("policy_updates");

	tcase_add_loop_test(tests, lines_become_policies, 0, ARRAY_LENGTH(inputs));
	tcase_add_test(tests, regular_file_is_read_through);
	tcase_add_test(tests, descriptor_that_cannot_be_read_is_told_beforehand);
	tcase_add_test(tests, failure_before_the_first_line_is_told_as_such);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(policy_updates_suite)
