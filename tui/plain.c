/* SPDX-License-Identifier: MIT */
/*
 * The same model as the screen has; after each turn of the loop it is compared with what was told
 * already, and what is new becomes a line. A question gets a number that is never used twice, so
 * that no answer can meet another question than the one that was read.
 */
#include "tui/plain.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/session/runtime_dir.h"
#include "tui/detail.h"
#include "tui/links.h"
#include "tui/plain_words.h"
#include "tui/signals.h"
#include "tui/text.h"
#include "tui/words.h"

#define INPUT_MOST 65536
#define NUMBERED_MOST 2000

struct numbered {
	unsigned number;
	char *id;
	bool held, gone;
};

struct plain {
	struct model *model;
	struct links *links;
	bool all; /* allowed accesses too */
	bool quit;
	struct buf input;
	uint64_t told_serial; /* events below it were told */
	size_t told_notices;
	unsigned told_session;
	bool *ended; /* by session number, that its end was told */
	size_t ended_capacity;
	struct numbered *questions;
	size_t question_count, question_capacity;
	unsigned last_number;
};

static struct instant now(void)
{
	return (struct instant){ .wall_ms = clock_wall_ms(), .mono_ms = clock_mono_ms() };
}

static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

/* --- what is new --- */

static void tell_sessions(struct plain *plain)
{
	const struct model *model = plain->model;

	for (size_t i = 0; i < model->session_count; i++) {
		const struct tui_session *session = &model->sessions[i];
		_cleanup_free_ char *server = text_safe(session->info.server, model->glyphs->ascii);
		_cleanup_free_ char *state = words_state(session);

		if (session->number > plain->told_session) {
			plain->told_session = session->number;
			tell("Session %u: %s, %s.", session->number, server, state);
		}
		if (session->number >= plain->ended_capacity) {
			size_t capacity = session->number * 2 + 16;

			plain->ended = xrealloc(plain->ended, capacity, sizeof(*plain->ended));
			memset(plain->ended + plain->ended_capacity, 0,
			       capacity - plain->ended_capacity);
			plain->ended_capacity = capacity;
		}
		if (session->ended && !plain->ended[session->number])
			tell("Session %u, %s, has ended: %s.", session->number, server, state);
		plain->ended[session->number] = session->ended;
	}
}

static void tell_events(struct plain *plain)
{
	const struct model *model = plain->model;
	uint64_t next = events_next(model->events);
	static const char *const verbs[] = { "Allowed", "Denied", "Asked" };

	if (plain->told_serial < events_first(model->events))
		plain->told_serial = events_first(model->events);
	for (; plain->told_serial < next; plain->told_serial++) {
		const struct logged_event *entry = events_get(model->events, plain->told_serial);
		_cleanup_free_ char *object = NULL, *process = NULL, *why = NULL, *drift = NULL;

		if (entry->event.verdict == VERDICT_ASK ||
		    (entry->event.verdict == VERDICT_ALLOW && !plain->all))
			continue;
		object = words_object(model, &entry->event);
		process = words_process(model, &entry->event);
		why = text_safe(entry->event.why, model->glyphs->ascii);
		drift = text_safe(entry->event.drift, model->glyphs->ascii);
		tell("%s in session %u: %s %s, by %s%s%s%s%s.", verbs[entry->event.verdict],
		     entry->session, access_kind_name(entry->event.kind), object, process,
		     why[0] ? ", " : "", why, drift[0] ? ", " : "", drift);
	}
}

static void tell_notices(struct plain *plain)
{
	const struct model *model = plain->model;

	if (model->log_count - plain->told_notices > LOG_MOST)
		plain->told_notices = model->log_count - LOG_MOST;
	for (; plain->told_notices < model->log_count; plain->told_notices++)
		tell("%s", model->log[plain->told_notices % LOG_MOST].text);
}

static struct numbered *number_of(struct plain *plain, const char *id)
{
	for (size_t i = 0; i < plain->question_count; i++)
		if (!plain->questions[i].gone && strcmp(plain->questions[i].id, id) == 0)
			return &plain->questions[i];
	return NULL;
}

static struct numbered *add_number(struct plain *plain, const char *id)
{
	struct numbered *numbered;

	if (plain->question_count == NUMBERED_MOST) {
		free(plain->questions[0].id);
		plain->question_count--;
		memmove(plain->questions, plain->questions + 1,
			plain->question_count * sizeof(*plain->questions));
	}
	grow_array(plain->questions, plain->question_count, plain->question_capacity);
	numbered = &plain->questions[plain->question_count++];
	*numbered = (struct numbered){ .number = ++plain->last_number, .id = xstrdup(id) };
	return numbered;
}

static void tell_question(const struct plain *plain, const struct numbered *numbered,
			  const struct asked *asked)
{
	const struct model *model = plain->model;
	_cleanup_free_ char *sentence = words_sentence(model, &asked->question);
	_cleanup_free_ char *object = words_object(model, &asked->question.event);
	int64_t left = (asked->question.deadline_ms - clock_wall_ms() + 999) / 1000;

	if (asked->held)
		tell("Question %u: %s: %s. Denied in %" PRId64 " seconds. Say: allow %u, deny %u "
		     "or explain %u.",
		     numbered->number, sentence, object, left > 0 ? left : 0, numbered->number,
		     numbered->number, numbered->number);
	else
		tell("Question %u, refused for now: %s: %s. An answer counts for the next try.",
		     numbered->number, sentence, object);
}

static void tell_questions(struct plain *plain)
{
	const struct model *model = plain->model;

	for (size_t i = 0; i < model->questions.count; i++) {
		const struct asked *asked = &model->questions.items[i];
		struct numbered *numbered = number_of(plain, asked->question.event.id);

		if (numbered == NULL)
			numbered = add_number(plain, asked->question.event.id);
		else if (numbered->held == asked->held)
			continue;
		numbered->held = asked->held;
		tell_question(plain, numbered, asked);
	}
	for (size_t i = 0; i < plain->question_count; i++) {
		struct numbered *numbered = &plain->questions[i];

		if (numbered->gone || questions_find(&model->questions, numbered->id) != NULL)
			continue;
		numbered->gone = true;
		tell("Question %u is closed.", numbered->number);
	}
}

/* --- commands --- */

static void help(void)
{
	tell("allow NUMBER [exact|file|dir|host|domain] [once|session], deny the same: answer a "
	     "question.");
	tell("allow NUMBER always sure: keep the answer as a rule.");
	tell("explain NUMBER: everything about a question, and what answers would cover.");
	tell("questions, sessions: list them. all: tell allowed accesses too, or no more. quit.");
}

static struct asked *find_asked(struct plain *plain, unsigned number)
{
	for (size_t i = 0; i < plain->question_count; i++)
		if (plain->questions[i].number == number && !plain->questions[i].gone)
			return questions_find(&plain->model->questions, plain->questions[i].id);
	return NULL;
}

static void explain(struct plain *plain, const struct asked *asked)
{
	_cleanup_lines_ struct detail_lines lines = { .label_cols = LABEL_COLS };

	detail_question(&lines, plain->model, asked, 2000);
	for (size_t i = 0; i < lines.count; i++)
		tell("%s%s%s", lines.items[i].label != NULL ? lines.items[i].label : "",
		     lines.items[i].label != NULL ? ": " : "", lines.items[i].text);
}

static void answer(struct plain *plain, struct asked *asked, const struct plain_command *command)
{
	const struct tui_session *session = model_session(plain->model, asked->session);
	enum duration duration = command->has_duration ? command->duration : DURATION_SESSION;
	size_t scope = question_scope_count(&asked->question);
	_cleanup_free_ char *rule = NULL;

	if (!command->has_scope)
		scope = 0;
	for (size_t i = 0; command->has_scope && i < question_scope_count(&asked->question); i++)
		if (question_scope(&asked->question, i) == command->scope)
			scope = i;
	if (scope == question_scope_count(&asked->question)) {
		tell("That is not offered for this question; explain says what is.");
		return;
	}
	if (!question_keeps(&asked->question, duration)) {
		tell("Once cannot be offered for it: nobody waits, or it is about running a "
		     "program.");
		return;
	}
	if (session == NULL || session->link == 0 || asked->sent)
		return;
	rule = words_rule(plain->model, &asked->question, command->verdict, scope, duration);
	tell("Sent: %s.", rule);
	asked->sent = true;
	asked->sent_verdict = command->verdict;
	links_answer(plain->links, session->link, asked->question.event.id, command->verdict,
		     question_scope(&asked->question, scope), duration);
}

static void list_sessions(const struct plain *plain)
{
	const struct model *model = plain->model;

	for (size_t i = 0; i < model->session_count; i++) {
		const struct tui_session *session = &model->sessions[i];
		_cleanup_free_ char *server = text_safe(session->info.server, model->glyphs->ascii);
		_cleanup_free_ char *state = words_state(session);

		tell("Session %u: %s, %s, %" PRIu64 " allowed, %" PRIu64 " denied, %" PRIu64
		     " asked.",
		     session->number, server, state, session->info.allowed, session->info.denied,
		     session->info.asked);
	}
	if (model->session_count == 0)
		tell("No session is running.");
}

static void list_questions(struct plain *plain)
{
	const struct model *model = plain->model;

	for (size_t i = 0; i < model->questions.count; i++) {
		const struct asked *asked = &model->questions.items[i];
		const struct numbered *numbered = number_of(plain, asked->question.event.id);

		if (numbered != NULL)
			tell_question(plain, numbered, asked);
	}
	if (model->questions.count == 0)
		tell("No question is open.");
}

static void obey(struct plain *plain, const char *line)
{
	struct plain_command command;
	struct asked *asked = NULL;
	struct err e;

	if (plain_parse(&command, line, &e) < 0) {
		_cleanup_free_ char *text = text_safe(e.message, plain->model->glyphs->ascii);

		tell("%s.", text);
		return;
	}
	if (command.number > 0) {
		asked = find_asked(plain, command.number);
		if (asked == NULL) {
			tell("There is no open question %u.", command.number);
			return;
		}
	}
	switch (command.type) {
	case PLAIN_NOTHING:
		break;
	case PLAIN_HELP:
		help();
		break;
	case PLAIN_SESSIONS:
		list_sessions(plain);
		break;
	case PLAIN_QUESTIONS:
		list_questions(plain);
		break;
	case PLAIN_EXPLAIN:
		explain(plain, asked);
		break;
	case PLAIN_ANSWER:
		answer(plain, asked, &command);
		break;
	case PLAIN_ALL:
		plain->all = !plain->all;
		tell(plain->all ? "Allowed accesses are told too." : "Refused accesses only.");
		break;
	case PLAIN_QUIT:
		plain->quit = true;
		break;
	}
}

static void read_input(struct plain *plain)
{
	char block[4096];
	ssize_t got = read(STDIN_FILENO, block, sizeof(block));
	char *end;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0 || plain->input.length > INPUT_MOST) {
		plain->quit = true;
		return;
	}
	buf_add(&plain->input, block, (size_t)got);
	while (!plain->quit && plain->input.length > 0 &&
	       (end = memchr(plain->input.data, '\n', plain->input.length)) != NULL) {
		size_t length = (size_t)(end - plain->input.data);
		_cleanup_free_ char *line = xstrndup(plain->input.data, length);

		buf_consume(&plain->input, length + 1);
		obey(plain, line);
	}
}

static int turn(struct plain *plain, int signals, struct pollfd **fds, size_t *capacity)
{
	int64_t wake = links_wakeup(plain->links), mono_ms = clock_mono_ms();
	unsigned came;
	size_t count = 2;
	int timeout = wake < 0 ? -1 : wake > mono_ms ? (int)(wake - mono_ms) : 0;

	(*fds)[0] = (struct pollfd){ .fd = signals, .events = POLLIN };
	(*fds)[1] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	count = links_poll(plain->links, fds, capacity, count);
	if (poll(*fds, count, timeout) < 0) {
		if (errno != EINTR)
			return -1;
		for (size_t i = 0; i < count; i++)
			(*fds)[i].revents = 0;
	}
	came = signals_take(signals);
	if (came & SIGNALS_LEAVE)
		plain->quit = true;
	if (came & SIGNALS_SUSPEND)
		signals_stop_self();
	if ((*fds)[1].revents != 0)
		read_input(plain);
	links_run(plain->links, plain->model, *fds, now());
	model_settle(plain->model);
	return 0;
}

static void tell_all(struct plain *plain)
{
	tell_sessions(plain);
	tell_events(plain);
	tell_questions(plain);
	tell_notices(plain);
}

int plain_run(const struct app_options *options, struct err *e)
{
	struct plain plain = { .quit = false };
	size_t capacity = 8;
	struct pollfd *fds;
	_cleanup_free_ char *home = home_dir();
	int signals, result = 0;

	signals = signals_open(e);
	if (signals < 0)
		return -1;
	fds = xcalloc(capacity, sizeof(*fds));
	plain.model = model_new(
		theme_glyphs(options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0), home);
	plain.model->preferences = *options->preferences;
	plain.links = links_new(options->runtime_dir, options->only_session);
	tell("srt-top, line by line; help lists the commands.");
	links_run(plain.links, plain.model, NULL, now());
	while (!plain.quit && !links_done(plain.links) && !ferror(stdout) && result == 0) {
		result = turn(&plain, signals, &fds, &capacity);
		if (result < 0)
			err_errno(e, "waiting for lines and sessions");
		else
			tell_all(&plain);
	}
	for (size_t i = 0; i < plain.question_count; i++)
		free(plain.questions[i].id);
	free(plain.questions);
	free(plain.ended);
	buf_free(&plain.input);
	links_free(plain.links);
	model_free(plain.model);
	free(fds);
	signals_close(signals);
	return result;
}
