/* SPDX-License-Identifier: MIT */
#include "tui/detail.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/text.h"
#include "tui/views.h"
#include "tui/words.h"

#define LABEL_COLS 11

void detail_lines_free(struct detail_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->items[i].label);
		free(lines->items[i].text);
	}
	free(lines->items);
	memset(lines, 0, sizeof(*lines));
}

static void add(struct detail_lines *lines, const char *label, enum role label_role,
		const char *text, size_t length, enum role role)
{
	struct detail_line line = { .label_role = label_role,
				    .role = role,
				    .label = xstrdup(label),
				    .text = xstrndup(text, length) };

	grow_array(lines->items, lines->count, lines->capacity);
	lines->items[lines->count++] = line;
}

/* A label and its text, over as many lines as it takes. Text is safe already. */
static void add_wrapped(struct detail_lines *lines, const char *label, enum role label_role,
			const char *text, enum role role, int cols)
{
	int room = cols - lines->label_cols - 2;

	if (room < 10)
		room = 10;
	do {
		size_t length = text_line(text, room);

		add(lines, label, label_role, text, length, role);
		text += length;
		label = "";
	} while (*text != '\0');
}

static void add_row(struct detail_lines *lines, const char *label, char *owned_text, enum role role,
		    int cols)
{
	_cleanup_free_ char *text = owned_text;

	if (text != NULL && text[0] != '\0')
		add_wrapped(lines, label, ROLE_DIM, text, role, cols);
}

static void add_blank(struct detail_lines *lines)
{
	add(lines, NULL, ROLE_TEXT, "", 0, ROLE_TEXT);
}

static void add_heading(struct detail_lines *lines, const char *text)
{
	if (lines->count > 0)
		add_blank(lines);
	add(lines, NULL, ROLE_TEXT, text, strlen(text), ROLE_TITLE);
}

static char *verdict_words(const struct access_event *event)
{
	static const char *const words[VERDICT_COUNT] = { "allowed", "denied", "asked" };
	struct buf out = BUF_EMPTY;

	buf_addf(&out, "%s", words[event->verdict]);
	if (event->count > 1)
		buf_addf(&out, ", %" PRIu64 " times", event->count);
	if (event->error != 0)
		buf_addf(&out, "; the program saw: %s", strerror(event->error));
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
	add_row(lines, access_kind_name(event->kind), text_safe(event->object, ascii), ROLE_TITLE,
		cols);
	add_row(lines, "verdict", verdict_words(event), words_role(event->verdict), cols);
	add_row(lines, "why", text_safe(event->why, ascii), ROLE_TEXT, cols);
	add_row(lines, "rule", text_safe(event->rule, ascii), ROLE_TEXT, cols);
	add_row(lines, "program", exe_words(model, event), ROLE_TEXT, cols);
	add_row(lines, "call", text_safe(event->syscall, ascii), ROLE_TEXT, cols);
	add_row(lines, "server", text_safe(event->server, ascii), ROLE_TEXT, cols);
	add_row(lines, "time", buf_steal(&when), ROLE_TEXT, cols);
	add_row(lines, "id", text_safe(event->id, ascii), ROLE_DIM, cols);
}

void detail_event(struct detail_lines *lines, const struct model *model,
		  const struct logged_event *logged, int cols)
{
	lines->label_cols = LABEL_COLS;
	add_access(lines, model, &logged->event, cols);
}

static void detail_session(struct detail_lines *lines, const struct model *model,
			   const struct tui_session *session, int cols)
{
	const struct session_info *info = &session->info;
	bool ascii = model->glyphs->ascii;
	_cleanup_buf_ struct buf counts = BUF_EMPTY, net = BUF_EMPTY, started = BUF_EMPTY;
	struct buf pids = BUF_EMPTY;

	buf_addf(&counts, "%" PRIu64 " allowed, %" PRIu64 " denied, %" PRIu64 " asked",
		 info->allowed, info->denied, info->asked);
	text_bytes(&net, info->bytes_in);
	buf_adds(&net, " in, ");
	text_bytes(&net, info->bytes_out);
	buf_adds(&net, " out, through the proxies");
	text_time(&started, info->started_ms, false);
	buf_addf(&pids, "%d", (int)info->pid);
	if (info->child > 0)
		buf_addf(&pids, ", its program %d", (int)info->child);
	add_row(lines, "server", text_safe(info->server, ascii), ROLE_TITLE, cols);
	add_row(lines, "command", text_safe(info->command, ascii), ROLE_TEXT, cols);
	add_row(lines, "directory", text_safe(info->cwd, ascii), ROLE_TEXT, cols);
	add_row(lines, "state", words_state(session), ROLE_TEXT, cols);
	add_row(lines, "mode", text_safe(info->mode, ascii), ROLE_TEXT, cols);
	add_row(lines, "blind", text_safe(info->banner, ascii), ROLE_WARN, cols);
	add_row(lines, "supervisor", buf_steal(&pids), ROLE_TEXT, cols);
	add_row(lines, "started", buf_steal(&started), ROLE_TEXT, cols);
	add_row(lines, "accesses", buf_steal(&counts), ROLE_TEXT, cols);
	add_row(lines, "network", buf_steal(&net), ROLE_TEXT, cols);
	if (session->lost > 0)
		add_row(lines, "not shown",
			xasprintf("%" PRIu64 " events came too fast for this terminal",
				  session->lost),
			ROLE_WARN, cols);
	add_row(lines, "id", text_safe(info->id, ascii), ROLE_DIM, cols);
}

static void detail_question(struct detail_lines *lines, const struct model *model,
			    const struct asked *asked, int cols)
{
	const struct question *question = &asked->question;
	bool ascii = model->glyphs->ascii;

	add_access(lines, model, &question->event, cols);
	add_row(lines, "command", text_safe(question->command_line, ascii), ROLE_TEXT, cols);
	if (question->waiters > 1)
		add_row(lines, "waiting", xasprintf("%" PRIu64 " calls", question->waiters),
			ROLE_TEXT, cols);
	add_row(lines, "state",
		xstrdup(asked->held ? "the program waits for the answer"
				    : "refused already; an answer counts for the next try"),
		ROLE_TEXT, cols);
	add_heading(lines, "What an answer can cover");
	for (size_t i = 0; i < question_scope_count(question); i++)
		add_row(lines, scope_name(question_scope(question, i)),
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
		add_wrapped(lines, buf_text(&keys), ROLE_KEY, row->help, ROLE_TEXT, cols);
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
		{ "!", "this session cannot see or enforce everything: the line below says what",
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
	add_heading(lines, heading);
	add_keys(lines, model->help_for, cols);
	if (model->help_for != CONTEXT_QUESTION) {
		add_heading(lines, "Keys: when a question is in front");
		add_keys(lines, CONTEXT_QUESTION, cols);
	}
	add_heading(lines, "Signs");
	for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++)
		add_wrapped(lines, symbols[i].symbol, symbols[i].role, symbols[i].meaning,
			    ROLE_TEXT, cols);
	add_heading(lines, "Good to know");
	lines->label_cols = 0;
	add_wrapped(lines, NULL, ROLE_TEXT, about, ROLE_TEXT, cols);
	lines->label_cols = cols >= 60 ? 22 : 14;
}

static const char *event_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct logged_event *logged = model_selected_event(model);

	lines->label_cols = LABEL_COLS;
	if (logged != NULL)
		detail_event(lines, model, logged, cols);
	return "event";
}

static const char *session_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct tui_session *session = model_session(model, model->detail_session);

	lines->label_cols = LABEL_COLS;
	if (session != NULL)
		detail_session(lines, model, session, cols);
	return "session";
}

static const char *question_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct asked *asked = model_box_question(model);

	lines->label_cols = LABEL_COLS;
	if (asked != NULL)
		detail_question(lines, model, asked, cols);
	else
		add_row(lines, "gone", xstrdup("this question is no longer open"), ROLE_TEXT,
			cols);
	return "question";
}

static const char *help_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	detail_help(lines, model, cols);
	return "help";
}

#define TEXT_VIEW(where, make)                                                                     \
	.context = (where), .settle = text_view_settle, .draw = text_view_draw,                    \
	.move = text_view_move, .page = text_view_page, .lines = (make)

const struct view_ops view_event_ops = { TEXT_VIEW(CONTEXT_DETAIL, event_lines),
					 .box = BOX_ALWAYS };
const struct view_ops view_session_ops = { TEXT_VIEW(CONTEXT_DETAIL, session_lines),
					   .box = BOX_ALWAYS };
const struct view_ops view_question_ops = { TEXT_VIEW(CONTEXT_DETAIL, question_lines) };
const struct view_ops view_help_ops = { TEXT_VIEW(CONTEXT_HELP, help_lines) };
