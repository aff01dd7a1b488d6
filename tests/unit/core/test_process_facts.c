/* SPDX-License-Identifier: MIT */
#include "core/sandbox/process_facts.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/attribution.h"
#include "tests/lib/unit.h"

/* A process of ours that becomes `words` when a byte comes through *release. */
static pid_t start(int *release, const char *const words[])
{
	int pipes[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		close(pipes[1]);
		if (read(pipes[0], &byte, 1) == 1)
			execvp(words[0], (char *const *)words);
		_exit(1);
	}
	close(pipes[0]);
	*release = pipes[1];
	return pid;
}

static void wait_for_command(pid_t pid, const char *wanted)
{
	for (;;) {
		_cleanup_free_ char *line = process_command_line(pid);

		if (line && strcmp(line, wanted) == 0)
			return;
		usleep(1000);
	}
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

START_TEST(facts_are_those_of_the_process)
{
	struct process_memory *memory = process_memory_new();
	_cleanup_free_ char *exe = process_executable(getpid());
	_cleanup_free_ char *line = process_command_line(getpid());
	const struct process_facts *facts = process_facts_find(memory, getpid(), getppid(), 1, 0);

	ck_assert_ptr_nonnull(facts);
	ck_assert_int_eq(facts->pid, getpid());
	ck_assert_str_eq(facts->exe, exe);
	ck_assert_str_eq(facts->command_line, line);
	ck_assert_str_eq(facts->chain, exe);
	/* Nothing is read anew within the second. */
	ck_assert_ptr_eq(process_facts_find(memory, getpid(), getppid(), 1, 999)->exe, facts->exe);
	process_memory_free(memory);
}
END_TEST

/* By the count of programs, where the executable stays the same; and by itself. */
START_TEST(another_program_is_seen)
{
	struct process_memory *memory = process_memory_new();
	const char *const words[] = { "sleep", "1000", NULL };
	const struct process_facts *facts;
	int release;
	pid_t pid = start(&release, words);

	facts = process_facts_find(memory, pid, getpid(), 1, 0);
	ck_assert_ptr_nonnull(facts);
	ck_assert_ptr_null(strstr(facts->exe, "sleep"));
	ck_assert_int_eq(write(release, "", 1), 1);
	wait_for_command(pid, "sleep 1000");
	facts = process_facts_find(memory, pid, getpid(), 1, 1);
	ck_assert_str_eq(facts->command_line, "sleep 1000");
	end(pid);
	close(release);
	process_memory_free(memory);
}
END_TEST

START_TEST(another_count_or_second_is_read_anew)
{
	static const struct {
		uint64_t programs;
		int64_t now_ms;
		bool kept;
	} later[] = { { 1, 999, true }, { 2, 1, false }, { 1, 1000, false }, { 0, 1, false } };

	for (size_t i = 0; i < ARRAY_LENGTH(later); i++) {
		struct process_memory *memory = process_memory_new();
		pid_t child = fork();
		const struct process_facts *facts;
		_cleanup_free_ char *first = NULL;

		if (child == 0) {
			pause();
			_exit(0);
		}
		/* A chain that depends on who asks shows whether it was made anew. */
		facts = process_facts_find(memory, child, getppid(), 1, 0);
		first = xstrdup(facts->chain);
		facts = process_facts_find(memory, child, getpid(), later[i].programs,
					   later[i].now_ms);
		ck_assert_int_eq(strcmp(facts->chain, first) == 0, later[i].kept);
		end(child);
		process_memory_free(memory);
	}
}
END_TEST

START_TEST(who_has_ended_has_none)
{
	struct process_memory *memory = process_memory_new();
	const char *const words[] = { "true", NULL };
	int release;
	pid_t pid = start(&release, words);

	ck_assert_ptr_nonnull(process_facts_find(memory, pid, getpid(), 1, 0));
	end(pid);
	close(release);
	ck_assert_ptr_null(process_facts_find(memory, pid, getpid(), 1, 1));
	process_memory_free(memory);
}
END_TEST

static Suite *process_facts_suite(void)
{
	Suite *suite = suite_create("process_facts");
	TCase *tests = tcase_create("process_facts");

	tcase_add_test(tests, facts_are_those_of_the_process);
	tcase_add_test(tests, another_program_is_seen);
	tcase_add_test(tests, another_count_or_second_is_read_anew);
	tcase_add_test(tests, who_has_ended_has_none);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(process_facts_suite)
