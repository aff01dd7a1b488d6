/* SPDX-License-Identifier: MIT */
/* What is told of a session beyond its messages: processes, mounts in words, flows, columns. */
#include "tests/unit/tui/fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tui/flows.h"
#include "tui/lookup.h"

static void add(struct processes *processes, pid_t pid, pid_t parent, const char *name)
{
	_cleanup_free_ char *stat = xasprintf(
		"%d (%s) S %d 1 1 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 1 0 100 1000 300 0\n",
		(int)pid, name, (int)parent);
	struct process process;

	ck_assert(process_parse(&process, stat, 100, 4096));
	processes_add(processes, &process);
}

START_TEST(a_process_is_read_whatever_its_name)
{
	struct processes processes = { 0 };

	add(&processes, 7, 1, ") R 9 (x) (\n");
	ck_assert_int_eq(processes.items[0].pid, 7);
	ck_assert_int_eq(processes.items[0].parent, 1);
	ck_assert_int_eq(processes.items[0].state, 'S');
	ck_assert_str_eq(processes.items[0].name, ") R 9 (x) (\n");
	ck_assert_int_eq(processes.items[0].cpu_ms, 3000);
	ck_assert_uint_eq(processes.items[0].resident, 300 * 4096);
	processes_free(&processes);
}
END_TEST

static const char *const bad_stats[] = { "",	       "7",	    "7 (x",    "7 x) S 1",
					 ") 7 (x S 1", "x (y) S 1", "7 (x) S", "7 (x) S 1 2 3" };

START_TEST(what_is_no_process_is_left_out)
{
	struct process process;

	ck_assert(!process_parse(&process, bad_stats[_i], 100, 4096));
}
END_TEST

START_TEST(a_tree_lists_each_before_its_children)
{
	struct processes processes = { 0 };
	_cleanup_free_ struct process_row *rows = NULL;
	static const struct {
		pid_t pid;
		int depth;
		bool more;
	} expected[] = { { 10, 0, false },
			 { 20, 1, true },
			 { 25, 2, false },
			 { 30, 1, true },
			 { 40, 1, false } };
	size_t count;

	add(&processes, 40, 10, "d");
	add(&processes, 25, 20, "b2");
	add(&processes, 10, 3, "a");
	add(&processes, 99, 1, "elsewhere");
	add(&processes, 30, 10, "c");
	add(&processes, 20, 10, "b");
	processes_sort(&processes);
	count = processes_tree(&processes, 10, &rows);
	ck_assert_uint_eq(count, ARRAY_LENGTH(expected));
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(rows[i].process->pid, expected[i].pid);
		ck_assert_int_eq(rows[i].depth, expected[i].depth);
		ck_assert_int_eq((rows[i].more >> rows[i].depth) & 1, expected[i].more);
	}
	ck_assert_str_eq(processes_find(&processes, 30)->name, "c");
	ck_assert_ptr_null(processes_find(&processes, 31));
	processes_free(&processes);
}
END_TEST

/* Read one by one they need not be of one moment. */
START_TEST(a_tree_that_bites_its_tail_ends)
{
	struct processes processes = { 0 };
	_cleanup_free_ struct process_row *rows = NULL;

	add(&processes, 10, 20, "a");
	add(&processes, 20, 10, "b");
	processes_sort(&processes);
	ck_assert_uint_le(processes_tree(&processes, 10, &rows), 3);
	processes_free(&processes);
}
END_TEST

START_TEST(this_process_can_be_looked_up)
{
	struct processes processes = { 0 };
	struct mount_rows mounts = { 0 };
	pid_t self = getpid(), child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	lookup_processes(&processes, &self, 1);
	ck_assert_ptr_nonnull(processes_find(&processes, getpid()));
	ck_assert_int_eq(processes_find(&processes, getpid())->parent, getppid());
	ck_assert_int_eq(processes_find(&processes, child)->parent, getpid());
	ck_assert_ptr_null(processes_find(&processes, getppid()));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	lookup_processes(&processes, NULL, 0);
	ck_assert_uint_eq(processes.count, 0);
	ck_assert(lookup_mounts(&mounts, getpid()));
	ck_assert_uint_gt(mounts.count, 0);
	ck_assert(!lookup_mounts(&mounts, 0));
	processes_free(&processes);
	mount_rows_free(&mounts);
}
END_TEST

static const char mountinfo[] =
	"1 0 0:1 / / ro,nosuid shared:1 - overlay overlay rw\n"
	"2 1 0:2 / /proc rw,nosuid - proc proc rw\n"
	"3 1 0:3 /home/me/src /home/me/src rw,nosuid,relatime - ext4 /dev/sda1 rw\n"
	"4 1 0:4 / /home/me/.ssh ro - tmpfs tmpfs rw\n"
	"5 1 0:5 /null /home/me/.netrc ro - devtmpfs udev rw\n"
	"6 1 0:6 / /tmp rw - tmpfs tmpfs rw\n"
	"7 1 0:3 /home/me/a\\040b /home/me/a\\040b\\134 rw - ext4 /dev/sda1 ro\n"
	"8 1 0:7 /x /home/me/of-a-tmpfs rw - tmpfs tmpfs rw\n"
	"9 1 0:4 / /home/me/src/.git ro - tmpfs tmpfs rw\n"
	"10 9 0:3 /home/me/src/.git /home/me/src/.git rw - ext4 /dev/sda1 rw\n"
	"11 1 0:8 / /dev ro - tmpfs tmpfs rw\n"
	"12 1 0:5 /null /dev/null rw - devtmpfs udev rw\n"
	"not a line\n"
	"13 1 0:3 /x /y rw - ext4\n";

START_TEST(mounts_are_told_in_words)
{
	static const struct {
		enum mount_sense sense;
		const char *path;
	} expected[] = {
		{ MOUNT_WRITABLE, "/home/me/of-a-tmpfs" },
		{ MOUNT_WRITABLE, "/home/me/src" },
		{ MOUNT_WRITABLE, "/home/me/src/.git" }, /* over the one that hid it */
		{ MOUNT_HIDDEN, "/home/me/.netrc" },
		{ MOUNT_HIDDEN, "/home/me/.ssh" },
		{ MOUNT_PRIVATE, "/tmp" },
		{ MOUNT_READ_ONLY, "/" },
		{ MOUNT_READ_ONLY, "/home/me/a b\\" },
		{ MOUNT_KERNEL, "/dev" },
		{ MOUNT_KERNEL, "/proc" },
	};
	struct mount_rows rows = { 0 };
	size_t at = 0;

	mount_rows_read(&rows, mountinfo);
	for (size_t i = 0; i < rows.count; i++) {
		ck_assert_uint_lt(at, ARRAY_LENGTH(expected));
		ck_assert_str_eq(rows.items[i].path, expected[at].path);
		ck_assert_int_eq(rows.items[i].sense, expected[at].sense);
		at++;
	}
	ck_assert_uint_eq(at, ARRAY_LENGTH(expected));
	mount_rows_free(&rows);
}
END_TEST

static void put(struct events *events, unsigned session, const char *id, enum access_kind kind,
		const char *object, enum verdict verdict, uint64_t count, int64_t time_ms)
{
	struct access_event event = { .id = (char *)id,
				      .kind = kind,
				      .object = (char *)object,
				      .verdict = verdict,
				      .count = count,
				      .time_ms = time_ms };

	events_put(events, session, &event, NULL);
}

START_TEST(flows_add_up_what_a_session_did_on_the_network)
{
	struct events *events = events_new(10);
	_cleanup_flows_ struct flows flows = { 0 };

	put(events, 1, "1", ACCESS_CONNECT, "a:1", VERDICT_ALLOW, 3, 10);
	put(events, 1, "2", ACCESS_CONNECT, "b:1", VERDICT_DENY, 1, 30);
	put(events, 1, "3", ACCESS_CONNECT, "a:1", VERDICT_DENY, 2, 20);
	put(events, 2, "4", ACCESS_CONNECT, "a:1", VERDICT_DENY, 9, 90);
	put(events, 1, "5", ACCESS_READ, "/x", VERDICT_DENY, 9, 90);
	put(events, 1, "6", ACCESS_DNS, "a:1", VERDICT_ASK, 1, 5);
	flows_collect(&flows, events, 1, false);
	ck_assert_uint_eq(flows.count, 3);
	ck_assert_str_eq(flows.items[0].object, "b:1");
	ck_assert_str_eq(flows.items[1].object, "a:1");
	ck_assert_uint_eq(flows.items[1].allowed, 3);
	ck_assert_uint_eq(flows.items[1].denied, 2);
	ck_assert_int_eq(flows.items[1].last_ms, 20);
	ck_assert(flows.items[2].asked);
	flows_collect(&flows, events, 1, true);
	ck_assert_uint_eq(flows.count, 1);
	ck_assert_str_eq(flows.items[0].object, "/x");
	ck_assert(!flows.more);
	flows_collect(&flows, events, 7, false);
	ck_assert_uint_eq(flows.count, 0);
	events_free(events);
}
END_TEST

/* Whatever is held, a painting takes no longer; the latest are shown. */
START_TEST(flows_are_of_so_many_events_at_most)
{
	struct events *events = events_new(FLOW_EVENTS_MOST + 100);
	_cleanup_flows_ struct flows flows = { 0 };

	for (int i = 0; i < FLOW_EVENTS_MOST + 100; i++) {
		_cleanup_free_ char *id = xasprintf("%d", i), *object = xasprintf("/%d", i % 10);

		put(events, 1, id, ACCESS_READ, object, VERDICT_DENY, 1, i);
	}
	flows_collect(&flows, events, 1, true);
	ck_assert(flows.more);
	ck_assert_uint_eq(flows.count, 10);
	ck_assert_uint_eq(flows.items[0].denied, FLOW_EVENTS_MOST / 10);
	ck_assert_int_eq(flows.items[0].last_ms, FLOW_EVENTS_MOST + 99);
	events_free(events);
}
END_TEST

START_TEST(columns_never_overlap_and_the_important_ones_stay)
{
	for (int cols = 20; cols <= 300; cols++)
		for (int number = 1; number <= 4; number++) {
			struct column_place at[COLUMN_COUNT];
			int end = 0;

			session_columns_place(&session_columns_default, cols, number, at);
			ck_assert_int_gt(at[COLUMN_SERVER].cols, 0);
			ck_assert(cols < 40 || at[COLUMN_STATE].cols > 0);
			for (size_t i = 0; i < session_columns_default.count; i++) {
				struct column_place place = at[session_columns_default.items[i]];

				if (place.cols == 0)
					continue;
				ck_assert_int_gt(place.col, end);
				end = place.col + place.cols - 1;
			}
			ck_assert_int_lt(end, cols);
			ck_assert(cols < 110 || at[COLUMN_COMMAND].cols >= 16);
		}
}
END_TEST

static Suite *session_facts_suite(void)
{
	Suite *suite = suite_create("session_facts");
	TCase *tests = tcase_create("session_facts");

	tcase_add_test(tests, a_process_is_read_whatever_its_name);
	tcase_add_loop_test(tests, what_is_no_process_is_left_out, 0, (int)ARRAY_LENGTH(bad_stats));
	tcase_add_test(tests, a_tree_lists_each_before_its_children);
	tcase_add_test(tests, a_tree_that_bites_its_tail_ends);
	tcase_add_test(tests, this_process_can_be_looked_up);
	tcase_add_test(tests, mounts_are_told_in_words);
	tcase_add_test(tests, flows_add_up_what_a_session_did_on_the_network);
	tcase_add_test(tests, flows_are_of_so_many_events_at_most);
	tcase_add_test(tests, columns_never_overlap_and_the_important_ones_stay);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(session_facts_suite)
