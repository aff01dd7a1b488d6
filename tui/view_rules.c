/* SPDX-License-Identifier: MIT */
/* The rules, and one of them with what it has matched. */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/prompt.h"
#include "tui/sure.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"
#include "tui/words.h"

#define FRAME_ROWS 4 /* title, column names, and two for the rule in words */
#define MATCHES_MOST 200

static const struct command nothing = { .type = COMMAND_NONE };

static int rules_page(const struct model *model)
{
	return model_layout(model).body.rows - FRAME_ROWS;
}

static void rules_settle(struct model *model)
{
	list_settle(&model->rules.list, model->rules.count, rules_page(model));
}

static void rules_move(struct model *model, long by)
{
	list_move(&model->rules.list, model->rules.count, by);
}

/* --- drawing --- */

struct rule_columns {
	int kind, pattern, pattern_cols, server, server_cols, life, hits, last;
};

static struct rule_columns columns_for(int cols)
{
	struct rule_columns c = { .kind = 3, .pattern = 11 };
	bool narrow = cols < 60;

	c.last = cols - 20;
	c.hits = c.last - 7;
	c.life = c.hits - 10;
	c.server_cols = narrow ? 0 : cols >= 110 ? 20 : 12;
	c.server = c.life - c.server_cols - 1;
	c.pattern_cols = (narrow ? cols - 1 : c.server - 1) - c.pattern;
	return c;
}

static void draw_header(struct cells *cells, int row, const struct rule_columns *c)
{
	cells_fill(cells, (struct area){ .row = row, .rows = 1, .cols = cells->cols }, ROLE_HEADER,
		   " ");
	cells_put(cells, row, 1, 1, ROLE_HEADER, "V");
	cells_put(cells, row, c->kind, 7, ROLE_HEADER, "KIND");
	cells_put(cells, row, c->pattern, c->pattern_cols, ROLE_HEADER, "PATTERN");
	if (c->server_cols == 0)
		return;
	cells_put(cells, row, c->server, c->server_cols, ROLE_HEADER, "SERVER");
	cells_put(cells, row, c->life, 9, ROLE_HEADER, "LIFE");
	cells_put_right(cells, row, c->hits, 6, ROLE_HEADER, "HITS");
	cells_put(cells, row, c->last, 19, ROLE_HEADER, "LAST USED");
}

static char *pattern_words(const struct model *model, const struct rule *rule)
{
	_cleanup_free_ char *pattern =
		access_is_file(rule->kind)
			? text_safe_path(rule->pattern, model->home, model->glyphs->ascii)
			: text_safe(rule->pattern, model->glyphs->ascii);

	return xasprintf("%s%s%s", rule->scope == SCOPE_DOMAIN ? "*." : "", pattern,
			 rule->scope == SCOPE_DIR    ? "/**"
			 : rule->scope == SCOPE_HOST ? ":*"
						     : "");
}

static char *life_words(const struct rule_row *row)
{
	if (row->origin == RULE_DISABLED)
		return xstrdup("disabled");
	if (row->origin == RULE_OF_SESSION)
		return xasprintf("session %u", row->session);
	return xstrdup("always");
}

static void last_words(struct buf *out, const struct rule_row *row)
{
	if (row->shadow != NULL)
		buf_addf(out, "shadowed by #%" PRId64, row->shadow->id);
	else if (row->rule.last_used_ms > 0)
		text_date(out, row->rule.last_used_ms);
	else
		buf_adds(out, row->origin == RULE_OF_SESSION ? "" : "never");
}

static void draw_row(struct cells *cells, const struct model *model, int at,
		     const struct rule_columns *c, const struct rule_row *row)
{
	const struct rule *rule = &row->rule;
	bool off = row->origin == RULE_DISABLED || row->shadow != NULL;
	enum role role = off ? ROLE_DIM : ROLE_TEXT;
	char letter[2] = { words_letter(rule->verdict), '\0' };
	_cleanup_free_ char *pattern = pattern_words(model, rule), *life = life_words(row);
	_cleanup_free_ char *server = text_safe(rule->server, model->glyphs->ascii);
	_cleanup_buf_ struct buf last = BUF_EMPTY, hits = BUF_EMPTY;

	cells_put(cells, at, 1, 1, off ? ROLE_DIM : words_role(rule->verdict), letter);
	cells_put(cells, at, c->kind, 7, role, access_kind_name(rule->kind));
	view_put_path(cells, model, at, c->pattern, c->pattern_cols, role, pattern);
	if (c->server_cols == 0)
		return;
	text_count(&hits, rule->hits);
	last_words(&last, row);
	view_put_cut(cells, model, at, c->server, c->server_cols, role, server);
	cells_put(cells, at, c->life, 10, role, life);
	if (row->origin != RULE_OF_SESSION)
		cells_put_right(cells, at, c->hits, 6, role, buf_text(&hits));
	cells_put(cells, at, c->last, 19, row->shadow != NULL ? ROLE_WARN : ROLE_DIM,
		  buf_text(&last));
}

static char *rule_words(const struct model *model, const struct rule *rule)
{
	_cleanup_free_ char *text = rule_text(rule);

	return text_safe(text, model->glyphs->ascii);
}

static void rules_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	const struct rule_book *list = &model->rules;
	struct area body = model_layout(model).body;
	struct area divider = { .row = body.row, .rows = 1, .cols = body.cols };
	struct rule_columns c = columns_for(cells->cols);
	const struct rule_row *selected = rule_book_selected(list);
	int height = rules_page(model);

	(void)now_ms;
	view_divider(cells, model, divider, ROLE_BORDER, "rules");
	view_position(cells, divider, list->list.top, height, list->count);
	draw_header(cells, body.row + 1, &c);
	if (list->trouble != NULL) {
		_cleanup_free_ char *why = text_safe(list->trouble, model->glyphs->ascii);

		view_put_cut(cells, model, body.row + body.rows - 1, 1, cells->cols - 2, ROLE_WARN,
			     why);
	}
	if (list->count == 0)
		cells_put(cells, body.row + 3, 2, body.cols - 4, ROLE_DIM,
			  list->known
				  ? "No rule is kept: answers given with \"always\" appear here."
				  : "Reading the rules.");
	for (int i = 0; i < height && list->list.top + (size_t)i < list->count; i++) {
		size_t index = list->list.top + (size_t)i;

		draw_row(cells, model, body.row + 2 + i, &c, &list->rows[index]);
		view_row(cells, model, body.row + 2 + i, index == list->list.selected, true);
	}
	if (selected != NULL) {
		_cleanup_free_ char *words = rule_words(model, &selected->rule);

		view_put_path(cells, model, body.row + body.rows - 2, 1, cells->cols - 2,
			      words_role(selected->rule.verdict), words);
	}
}

/* --- keys --- */

static struct command change(enum command_type type, const struct rule *rule)
{
	struct command command = { .type = type };

	rule_copy(&command.rule, rule);
	return command;
}

/* It cannot be put back, so it is asked back. */
static void end_session_rule(struct model *model, const struct rule_row *row)
{
	const struct tui_session *session = model_session(model, row->session);
	struct command command = { .type = COMMAND_RULE_REVOKE };
	_cleanup_free_ char *words = NULL;

	if (row->id == NULL || session == NULL || session->link == 0) {
		model_notice(model, model->now, ROLE_WARN,
			     xstrdup("A rule of this session ends with the session only."));
		return;
	}
	words = rule_words(model, &row->rule);
	command.link = session->link;
	command.id = xstrdup(row->id);
	sure_ask(model, xasprintf("End for session %u: %s?", row->session, words), command);
}

static struct command toggle(struct model *model, const struct rule_row *row)
{
	if (row->origin == RULE_DISABLED)
		return change(COMMAND_RULE_ADD, &row->rule);
	if (row->origin == RULE_KEPT)
		return change(COMMAND_RULE_DISABLE, &row->rule);
	end_session_rule(model, row);
	return nothing;
}

static void edit(struct model *model, const struct rule_row *row)
{
	_cleanup_free_ char *pattern = NULL;

	if (row->origin != RULE_KEPT) {
		model_notice(model, model->now, ROLE_WARN,
			     xstrdup("Only a rule that is kept can be changed."));
		return;
	}
	rule_free(&model->rules.shown);
	rule_copy(&model->rules.shown, &row->rule);
	pattern = xasprintf("%s%s", row->rule.scope == SCOPE_DOMAIN ? "*." : "", row->rule.pattern);
	prompt_open(model, PROMPT_RULE, pattern);
}

static void open_rule(struct model *model, const struct rule_row *row)
{
	struct rule_book *list = &model->rules;

	rule_free(&list->shown);
	rule_copy(&list->shown, &row->rule);
	access_rows_free(list->accesses, list->access_count);
	list->accesses = NULL;
	list->access_count = 0;
	model_push(model, VIEW_RULE);
}

static struct command undo(struct model *model)
{
	if (model->rules.change_count > 0)
		return (struct command){ .type = COMMAND_RULE_UNDO };
	model_notice(model, model->now, ROLE_WARN, xstrdup("There is nothing to undo."));
	return nothing;
}

static struct command rules_act(struct model *model, enum action action, struct instant now)
{
	const struct rule_row *row = rule_book_selected(&model->rules);

	(void)now;
	if (action == ACTION_UNDO)
		return undo(model);
	if (row == NULL)
		return nothing;
	if (action == ACTION_DISABLE)
		return toggle(model, row);
	if (action == ACTION_EDIT)
		edit(model, row);
	else if (action == ACTION_OPEN)
		open_rule(model, row);
	return nothing;
}

static void rules_click(struct model *model, int row)
{
	const struct list *list = &model->rules.list;
	long at = (long)list->top + row - model_layout(model).body.row - 2;

	if (at >= (long)list->top && (size_t)at < model->rules.count)
		model->rules.list.selected = (size_t)at;
}

const struct view_ops view_rules_ops = {
	.context = CONTEXT_RULES,
	.box = BOX_ALWAYS,
	.settle = rules_settle,
	.draw = rules_draw,
	.move = rules_move,
	.click = rules_click,
	.page = rules_page,
	.act = rules_act,
};

/* --- one rule --- */

static void add_access(struct detail_lines *lines, const struct model *model, enum access_kind kind,
		       const char *raw, enum verdict verdict, uint64_t count, int64_t time_ms)
{
	_cleanup_free_ char *object =
		access_is_file(kind) ? text_safe_path(raw, model->home, model->glyphs->ascii)
				     : text_safe(raw, model->glyphs->ascii);
	_cleanup_buf_ struct buf line = BUF_EMPTY, times = BUF_EMPTY;

	text_count(&times, count);
	buf_adds(&line, " ");
	text_date(&line, time_ms);
	buf_addf(&line, " %c %-7s %6s  %s", words_letter(verdict), access_kind_name(kind),
		 buf_text(&times), object);
	lines_add_text(lines, words_role(verdict), buf_text(&line));
}

static void add_recorded(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct rule_book *list = &model->rules;
	size_t shown = 0;

	lines_add_heading(lines, "Recorded accesses that it speaks about");
	for (size_t i = 0; i < list->access_count && shown < MATCHES_MOST; i++) {
		const struct access_row *row = &list->accesses[i];

		if (!rule_matches(&list->shown, row->kind, row->object))
			continue;
		add_access(lines, model, row->kind, row->object, row->verdict, row->count,
			   row->last_ms);
		shown++;
	}
	if (shown == 0)
		lines_add_wrapped(lines, NULL, ROLE_DIM, "None is recorded.", ROLE_DIM, cols);
	if (shown == MATCHES_MOST)
		lines_add_wrapped(lines, NULL, ROLE_DIM, "And more.", ROLE_DIM, cols);
}

static const char *rule_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct rule_book *list = &model->rules;
	const struct rule *rule = &list->shown;
	struct buf created = BUF_EMPTY, used = BUF_EMPTY;

	lines->label_cols = LABEL_COLS;
	if (rule->pattern == NULL)
		return "rule";
	lines_add_row(lines, "rule", rule_words(model, rule), words_role(rule->verdict), cols);
	lines_add_row(lines, "server", text_safe(rule->server, model->glyphs->ascii), ROLE_TEXT,
		      cols);
	if (rule->id > 0)
		lines_add_row(lines, "number", xasprintf("%" PRId64, rule->id), ROLE_TEXT, cols);
	text_date(&created, rule->created_ms);
	lines_add_row(lines, "made", buf_steal(&created), ROLE_TEXT, cols);
	if (rule->last_used_ms > 0) {
		text_date(&used, rule->last_used_ms);
		lines_add_row(lines, "last used", buf_steal(&used), ROLE_TEXT, cols);
	}
	lines_add_row(lines, "decided", xasprintf("%" PRIu64 " times", rule->hits), ROLE_TEXT,
		      cols);
	for (size_t i = 0; i < list->count; i++)
		if (list->rows[i].rule.id == rule->id && list->rows[i].shadow != NULL)
			lines_add_row(lines, "shadowed", rule_words(model, list->rows[i].shadow),
				      ROLE_WARN, cols);
	add_recorded(lines, model, cols);
	return "rule";
}

const struct view_ops view_rule_ops = { TEXT_VIEW(CONTEXT_DETAIL, rule_lines), .box = BOX_ALWAYS };
