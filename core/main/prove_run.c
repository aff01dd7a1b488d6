/* SPDX-License-Identifier: MIT */
/*
 * One run of a proof: an ordinary one of this program, under the name "NAME.prove", so that it adds
 * nothing to the evidence of the server itself. What it was refused is read out of the history.
 */
#include "core/main/prove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/io.h"
#include "core/base/mem.h"

#define DENIALS_MOST 4096 /* as many different ones as a session remembers */
#define GRACE_SECONDS 5

void ending_free(struct ending *ending)
{
	strings_free(&ending->denials);
}

static pid_t start(const struct prover *prover)
{
	_cleanup_free_ char **words = NULL;
	size_t count = 0, at = 0;
	pid_t pid;

	while (prover->words[count])
		count++;
	words = xcalloc(count + 9, sizeof(*words));
	words[at++] = (char *)"srt-top";
	words[at++] = (char *)"run";
	words[at++] = (char *)"-n";
	words[at++] = prover->name;
	words[at++] = (char *)"-m";
	words[at++] = (char *)"enforce";
	words[at++] = (char *)"-s";
	words[at++] = prover->file;
	words[at++] = (char *)"--";
	words = xrealloc(words, at + count + 1, sizeof(*words));
	for (size_t i = 0; i <= count; i++)
		words[at + i] = prover->words[i];
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (null >= 0) {
			dup2(null, STDIN_FILENO);
			dup2(null, STDOUT_FILENO);
			dup2(null, STDERR_FILENO);
		}
		execv("/proc/self/exe", words);
		_exit(125);
	}
	return pid;
}

void prove_waited_signals(sigset_t *set)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
		sigaddset(set, signals[i]);
}

/* With these signals blocked. True if the child ended in time. */
static bool wait_child(struct prover *prover, pid_t pid, int seconds, int *status)
{
	int64_t end = clock_mono_ms() + (int64_t)seconds * 1000;
	sigset_t set;

	prove_waited_signals(&set);
	for (;;) {
		int64_t left = end - clock_mono_ms();
		struct timespec wait = { left / 1000, left % 1000 * 1000000 };
		int received;

		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (left <= 0)
			return false;
		received = sigtimedwait(&set, NULL, &wait);
		if (received > 0 && received != SIGCHLD && !prover->interrupted) {
			prover->interrupted = true;
			return false;
		}
	}
}

static int finish(struct prover *prover, pid_t pid)
{
	int status;

	if (wait_child(prover, pid, prover->options->timeout, &status))
		return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	kill(pid, SIGTERM);
	if (!wait_child(prover, pid, GRACE_SECONDS, &status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return -1;
}

/* What the run with this supervisor was refused, out of the history. */
static int read_denials(struct prover *prover, pid_t supervisor, struct strings *denials,
			struct err *e)
{
	_cleanup_free_ char *prefix = xasprintf("%d-", (int)supervisor);
	struct event_query query = { .denied_only = true, .limit = DENIALS_MOST };
	struct session_row *sessions;
	struct event_row *events;
	size_t count;
	int result = 0;

	if (db_sessions(prover->db, prover->name, 1, &sessions, &count, e) < 0)
		return -1;
	if (!count || strncmp(sessions[0].id, prefix, strlen(prefix)) != 0) {
		session_rows_free(sessions, count);
		return err_set(e, "the run left nothing in the history: what it was refused is not "
				  "known");
	}
	query.session = sessions[0].id;
	result = db_events(prover->db, &query, &events, &count, e);
	session_rows_free(sessions, 1);
	if (result < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *text = xasprintf(
			"%s %s", access_kind_name(events[i].event.kind), events[i].event.object);

		if (!strings_contain(denials, text))
			strings_add(denials, text);
	}
	event_rows_free(events, count);
	return 0;
}

static int write_settings(struct prover *prover, struct err *e)
{
	char *text = cJSON_PrintUnformatted(prover->settings);
	_cleanup_close_ int fd =
		open(prover->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result = 0;

	if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
		result = err_errno(e, "cannot write %s", prover->file);
	cJSON_free(text);
	return result;
}

int prove_run(struct prover *prover, struct ending *ending, struct err *e)
{
	pid_t pid;

	if (write_settings(prover, e) < 0)
		return -1;
	pid = start(prover);
	if (pid < 0)
		return err_errno(e, "cannot start a run");
	ending->status = finish(prover, pid);
	if (prover->interrupted)
		return err_set(e, "interrupted; the same command goes on from here");
	if (ending->status == 125)
		return err_set(e, "the sandbox could not be started; see srt-top run -m enforce -s "
				  "with the same settings");
	return read_denials(prover, pid, &ending->denials, e);
}

/* In words, NULL where the two are the same. Caller frees. */
static char *difference(const struct ending *whole, const struct ending *ending)
{
	for (size_t i = 0; i < ending->denials.count; i++)
		if (!strings_contain(&whole->denials, ending->denials.items[i]))
			return xasprintf("%s is refused", ending->denials.items[i]);
	if (ending->status == whole->status)
		return NULL;
	if (ending->status < 0)
		return xstrdup("it does not end in time");
	return xasprintf("it ends with status %d instead of %d", ending->status, whole->status);
}

int prove_run_part(struct prover *prover, cJSON *whole, struct proof_row *row, struct err *e)
{
	struct ending ending = { 0 };
	int result = prove_run(prover, &ending, e);

	cJSON_Delete(prover->settings);
	prover->settings = whole;
	if (result == 0) {
		_cleanup_free_ char *why = difference(&prover->whole, &ending);

		row->needed = why != NULL;
		row->why = why;
		result = db_proof_add(prover->db, prover->server, prover->subject, row, e);
	}
	ending_free(&ending);
	return result;
}
