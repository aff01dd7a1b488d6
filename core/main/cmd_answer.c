/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <poll.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/report.h"
#include "core/session/client.h"
#include "core/session/runtime_dir.h"

#define REPLY_MS 10000

struct answer {
	const char *id;
	enum verdict verdict;
	enum scope scope;
	bool narrowest; /* no scope was given: the first that is offered */
	enum duration duration;
};

/* The socket of the session that an id "<session>.<n>" belongs to; NULL with *e. Caller frees. */
static char *socket_of(const char *id, struct err *e)
{
	const char *dot = strrchr(id, '.');
	_cleanup_free_ char *directory = NULL;
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (!dot || dot == id || !dot[1] || strspn(dot + 1, "0123456789") != strlen(dot + 1) ||
	    strspn(id, "0123456789abcdef-") != (size_t)(dot - id)) {
		err_set(e, "\"%.200s\" is not the id of a question; srt-top pending lists them", id);
		return NULL;
	}
	directory = runtime_dir(e);
	if (!directory)
		return NULL;
	path = xasprintf("%s/%.*s.sock", directory, (int)(dot - id), id);
	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		err_code(e, ERR_NOT_FOUND,
			 "the session %.*s does not run any more; srt-top pending lists what is open",
			 (int)(dot - id), id);
		return NULL;
	}
	return steal_ptr(&path);
}

/* The question is known now: answers with the narrowest scope that it offers. */
static void answer_narrowly(struct client *client, struct answer *answer,
			    const struct wire_message *questions)
{
	for (size_t i = 0; i < questions->question_count; i++) {
		const struct question *question = &questions->questions[i];

		if (question->event.id && strcmp(question->event.id, answer->id) == 0 &&
		    question->scope_count)
			answer->scope = question->scopes[0];
	}
	answer->narrowest = false;
	/* If it is not among them, the session says so. */
	client_answer(client, answer->id, answer->verdict, answer->scope, answer->duration);
}

/* Takes messages until the reply is among them: 1 and its text, 0 not yet, -1 with *e. */
static int find_reply(struct client *client, struct answer *answer, char **rule, struct err *e)
{
	const char *id = answer->id;
	struct wire_message message;
	int result = 0;

	while (result == 0 && client_next(client, &message)) {
		if (message.type == WIRE_ERROR) {
			result = err_set(e, "%s", message.text ? message.text : "refused");
		} else if (message.type == WIRE_QUESTIONS && answer->narrowest) {
			answer_narrowly(client, answer, &message);
		} else if (message.type == WIRE_ANSWERED && message.id &&
			   strcmp(message.id, id) == 0) {
			if (!message.ok)
				result = err_set(e, "%s",
						 message.text ? message.text : "not accepted");
			else
				result = 1;
			if (message.ok)
				*rule = steal_ptr(&message.text);
		}
		wire_message_free(&message);
	}
	return result;
}

static int wait_for_reply(struct client *client, struct answer *answer, char **rule, struct err *e)
{
	int64_t deadline = clock_mono_ms() + REPLY_MS;
	int64_t left;

	while ((left = deadline - clock_mono_ms()) > 0) {
		struct pollfd poll_fd = { .fd = client_fd(client), .events = POLLIN };
		int more, found;

		if (client_wants_write(client))
			poll_fd.events |= POLLOUT;
		if (poll(&poll_fd, 1, (int)left) < 0 && errno != EINTR)
			return err_errno(e, "cannot wait for the session");
		if (client_flush(client) < 0)
			return err_set(e, "the session has just ended");
		if (!(poll_fd.revents & (POLLIN | POLLHUP | POLLERR)))
			continue;
		more = client_read(client, e);
		found = find_reply(client, answer, rule, more < 0 ? NULL : e);
		if (found)
			return found < 0 ? -1 : 0;
		if (more < 0)
			return -1;
		if (more == 0)
			return err_set(e, "the session ended without accepting the answer");
	}
	return err_set(e, "the session does not respond");
}

static int send_answer(struct answer *answer, char **rule, struct err *e)
{
	_cleanup_free_ char *path = socket_of(answer->id, e);
	struct client *client;
	int result;

	if (!path)
		return -1;
	client = client_connect(path, false, e);
	if (!client)
		return err_wrap(e, "cannot reach the session of %.200s", answer->id);
	if (answer->narrowest)
		client_ask_pending(client);
	else
		client_answer(client, answer->id, answer->verdict, answer->scope, answer->duration);
	result = wait_for_reply(client, answer, rule, e);
	client_free(client);
	return result;
}

static int parse_answer(struct answer *answer, const struct strings *words, const char *scope,
			const char *duration, struct err *e)
{
	if (words->count != 2)
		return err_set(e, "answer takes the id of a question, then allow or deny");
	answer->id = words->items[0];
	if (!verdict_parse(words->items[1], &answer->verdict) || answer->verdict == VERDICT_ASK)
		return err_set(e, "\"%.100s\" is neither allow nor deny", words->items[1]);
	answer->scope = SCOPE_EXACT;
	answer->narrowest = !scope;
	if (scope && !scope_parse(scope, &answer->scope))
		return err_set(e, "\"%.100s\" is none of exact, file, dir, host and domain", scope);
	if (!duration_parse(duration, &answer->duration))
		return err_set(e, "\"%.100s\" is none of once, session and always", duration);
	return 0;
}

int cmd_answer(int argc, char **argv)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_free_ char *rule = NULL;
	const char *scope = NULL, *duration = "session";
	const struct option_spec specs[] = {
		{ 0, "scope", NULL, &scope },
		{ 0, "for", NULL, &duration },
	};
	struct table table = { .columns = 1 };
	struct answer answer;
	struct err e;
	int status = report_options("answer", specs, ARRAY_LENGTH(specs), argc, argv, &words);

	if (status >= 0)
		return status;
	if (parse_answer(&answer, &words, scope, duration, &e) < 0)
		return report_misuse("answer", &e);
	if (send_answer(&answer, &rule, &e) < 0)
		return report_failure(&e);
	if (rule)
		table_add(&table, rule);
	else
		table_addf(&table, "%s %s", verdict_name(answer.verdict), answer.id);
	table_print(&table);
	return report_end();
}
