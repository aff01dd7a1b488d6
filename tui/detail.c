/* SPDX-License-Identifier: MIT */
#include "tui/detail.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/text.h"
#include "tui/views.h"
#include "tui/words.h"

static char *verdict_words(const struct access_event *event)
{
	static const char *const words[VERDICT_COUNT] = { "allowed", "denied", "asked" };
	struct buf out = BUF_EMPTY;

	buf_addf(&out, "%s", words[event->verdict]);
	if (event->count > 1)
		buf_addf(&out, ", %" PRIu64 " times", event->count);
	if (event->error != 0)
		buf_addf(&out, "; the program %s: %s",
			 event->verdict == VERDICT_ASK ? "would see" : "saw", strerror(event->error));
	return buf_steal(&out);
}

static char *exe_words(const struct model *model, const struct access_event *event)
{
	_cleanup_free_ char *exe = text_safe(event->exe, model->glyphs->ascii);

	if (event->pid <= 0)
		return steal_ptr(&exe);
	return xasprintf("%s%spid %d", exe, exe[0] ? ", " : "", (int)event->pid);
}

/* The whole object, in full and without "~": this is the place to look closely. */
static void add_access(struct detail_lines *lines, const struct model *model,
		       const struct access_event *event, int cols)
{
	bool ascii = model->glyphs->ascii;
	_cleanup_buf_ struct buf when = BUF_EMPTY;

	text_time(&when, event->time_ms, true);
	lines_add_row(lines, access_kind_name(event->kind), text_safe(event->object, ascii),
		      ROLE_TITLE, cols);
	lines_add_row(lines, "verdict", verdict_words(event), words_role(event->verdict), cols);
	lines_add_row(lines, "why", text_safe(event->why, ascii), ROLE_TEXT, cols);
	lines_add_row(lines, "drift", text_safe(event->drift, ascii), ROLE_WARN, cols);
	lines_add_row(lines, "rule", text_safe(event->rule, ascii), ROLE_TEXT, cols);
	lines_add_row(lines, "program", exe_words(model, event), ROLE_TEXT, cols);
	lines_add_row(lines, "call", text_safe(event->syscall, ascii), ROLE_TEXT, cols);
	lines_add_row(lines, "server", text_safe(event->server, ascii), ROLE_TEXT, cols);
	lines_add_row(lines, "time", buf_steal(&when), ROLE_TEXT, cols);
	lines_add_row(lines, "id", text_safe(event->id, ascii), ROLE_DIM, cols);
}

void detail_event(struct detail_lines *lines, const struct model *model,
		  const struct logged_event *logged, int cols)
{
	lines->label_cols = LABEL_COLS;
	add_access(lines, model, &logged->event, cols);
}

void detail_question(struct detail_lines *lines, const struct model *model,
		     const struct asked *asked, int cols)
{
	const struct question *question = &asked->question;
	bool ascii = model->glyphs->ascii;

	add_access(lines, model, &question->event, cols);
	lines_add_row(lines, "command", text_safe(question->command_line, ascii), ROLE_TEXT, cols);
	if (question->waiters > 1)
		lines_add_row(lines, "waiting", xasprintf("%" PRIu64 " calls", question->waiters),
			      ROLE_TEXT, cols);
	lines_add_row(lines, "state",
		      xstrdup(asked->held ? "the program waits for the answer"
					  : "refused already; an answer counts for the next try"),
		      ROLE_TEXT, cols);
	if (question->object_count > 0) {
		_cleanup_free_ char *heading = xasprintf("Asked about in it: %" PRIu64 " files%s",
							 question->objects_seen,
							 question->objects_seen > question->object_count
								 ? ", the first of them"
								 : "");

		lines_add_heading(lines, heading);
		for (size_t i = 0; i < question->object_count; i++) {
			_cleanup_free_ char *object =
				text_safe_path(question->objects[i], model->home, ascii);
			_cleanup_free_ char *line = xasprintf(" %s", object);

			lines_add_text(lines, ROLE_TEXT, line);
		}
	}
	lines_add_heading(lines, "What an answer can cover");
	for (size_t i = 0; i < question_scope_count(question); i++)
		lines_add_row(lines, scope_name(question_scope(question, i)),
			      text_safe(question_pattern(question, i), ascii), ROLE_TEXT, cols);
}

static void add_keys(struct detail_lines *lines, enum context context, int cols)
{
	const struct action_row *row;

	for (size_t i = 0; (row = action_row(i)) != NULL; i++) {
		_cleanup_buf_ struct buf keys = BUF_EMPTY;

		if ((row->contexts & (1u << context)) == 0)
			continue;
		for (size_t k = 0; k < ACTION_KEYS && row->keys[k] != 0; k++) {
			if (k > 0)
				buf_addc(&keys, ' ');
			action_key_name(&keys, row->keys[k]);
		}
		lines_add_wrapped(lines, buf_text(&keys), ROLE_KEY, row->help, ROLE_TEXT, cols);
	}
}

static void detail_help(struct detail_lines *lines, const struct model *model, int cols)
{
	static const struct {
		const char *symbol, *meaning;
		enum role role;
	} symbols[] = {
		{ "A", "allowed", ROLE_ALLOW },
		{ "D", "denied", ROLE_DENY },
		{ "?", "asked: a question waits for an answer", ROLE_ASK },
		{ "x12", "the same access, so many times", ROLE_TEXT },
		{ "!",
		  "this session cannot see or enforce everything, or something was lost: the line "
		  "below says what",
		  ROLE_WARN },
		{ "~/", "the home directory", ROLE_TEXT },
		{ "\\x1b \\u{202e}", "a byte or character that must not reach a terminal",
		  ROLE_TEXT },
	};
	static const char about[] =
		"Denied is what the kernel or a proxy refused. While a question is open the "
		"program waits; without an answer it is refused, and the answer can still be given "
		"for its "
		"next try. Closing the dashboard disturbs no session.";
	_cleanup_free_ char *heading = xasprintf("Keys: %s", context_name(model->help_for));

	lines->label_cols = cols >= 60 ? 22 : 14;
	lines_add_heading(lines, heading);
	add_keys(lines, model->help_for, cols);
	if (model->help_for != CONTEXT_QUESTION) {
		lines_add_heading(lines, "Keys: when a question is in front");
		add_keys(lines, CONTEXT_QUESTION, cols);
	}
	lines_add_heading(lines, "Signs");
	for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++)
		lines_add_wrapped(lines, symbols[i].symbol, symbols[i].role, symbols[i].meaning,
				  ROLE_TEXT, cols);
	lines_add_heading(lines, "Good to know");
	lines_add_wrapped(lines, NULL, ROLE_TEXT, about, ROLE_TEXT, cols);
}

static const char *event_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct logged_event *logged = model_selected_event(model);

	lines->label_cols = LABEL_COLS;
	if (logged != NULL)
		detail_event(lines, model, logged, cols);
	return "event";
}

static const char *question_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct asked *asked = model_box_question(model);

	lines->label_cols = LABEL_COLS;
	if (asked != NULL)
		detail_question(lines, model, asked, cols);
	else
		lines_add_row(lines, "gone", xstrdup("this question is no longer open"), ROLE_TEXT,
			      cols);
	return "question";
}

static const char *help_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	detail_help(lines, model, cols);
	return "help";
}

const struct view_ops view_event_ops = { TEXT_VIEW(CONTEXT_DETAIL, event_lines),
					 .box = BOX_ALWAYS };
const struct view_ops view_question_ops = { TEXT_VIEW(CONTEXT_DETAIL, question_lines) };
const struct view_ops view_help_ops = { TEXT_VIEW(CONTEXT_HELP, help_lines) };
