/* SPDX-License-Identifier: MIT */
/* All that decides: rules of persons, entries of settings files, defaults. */
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
	int kind, pattern, pattern_cols, server, server_cols, origin, life, life_cols, hits, last, last_cols;
};

static struct rule_columns columns_for(int cols)
{
	struct rule_columns c = { .kind = 3, .pattern = 11 };
	bool narrow = cols < 60, wide = cols >= 110;

	c.last_cols = wide ? 19 : 14;
	c.last = cols - c.last_cols - 1;
	c.hits = c.last - 7;
	c.life_cols = wide ? 16 : 0;
	c.life = c.hits - c.life_cols;
	c.origin = c.life - 11;
	c.server_cols = narrow ? 0 : wide ? 18 : 12;
	c.server = c.origin - c.server_cols - 1;
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
	cells_put(cells, row, c->origin, 10, ROLE_HEADER, "ORIGIN");
	cells_put(cells, row, c->life, c->life_cols, ROLE_HEADER, "LIFE");
	cells_put_right(cells, row, c->hits, 6, ROLE_HEADER, "HITS");
	cells_put(cells, row, c->last, c->last_cols, ROLE_HEADER, "LAST USED");
}

static bool is_of_person(const struct rule_row *row)
{
	return row->origin != RULE_OF_SETTINGS && row->origin != RULE_DEFAULT;
}

static char *pattern_words(const struct model *model, const struct rule_row *row)
{
	const struct rule *rule = &row->rule;
	_cleanup_free_ char *pattern =
		!is_of_person(row) ? text_safe(row->settings->shown, model->glyphs->ascii)
		: access_is_file(rule->kind)
			? text_safe_path(rule->pattern, model->home, model->glyphs->ascii)
			: text_safe(rule->pattern, model->glyphs->ascii);

	if (!is_of_person(row))
		return steal_ptr(&pattern);
	return xasprintf("%s%s%s", rule->scope == SCOPE_DOMAIN ? "*." : "", pattern,
			 rule->scope == SCOPE_DIR    ? "/**"
			 : rule->scope == SCOPE_HOST ? ":*"
						     : "");
}

static char *server_words(const struct model *model, const struct rule_row *row)
{
	_cleanup_free_ char *server = is_of_person(row)
					      ? xstrdup(row->rule.server)
					      : settings_rules_servers(&model->rules.settings, row->settings);

	return text_safe(server, model->glyphs->ascii);
}

static char *origin_words(const struct rule_row *row)
{
	static const char *const words[] = { [RULE_KEPT] = "kept",
					     [RULE_DISABLED] = "disabled",
					     [RULE_OF_SETTINGS] = "settings",
					     [RULE_DEFAULT] = "default" };

	return row->origin == RULE_OF_SESSION ? xasprintf("session %u", row->session)
					      : xstrdup(words[row->origin]);
}

static char *life_words(const struct model *model, const struct rule_row *row)
{
	static const char *const words[] = { [RULE_KEPT] = "always",
					     [RULE_OF_SESSION] = "until it ends",
					     [RULE_DISABLED] = "out of force",
					     [RULE_OF_SETTINGS] = "as the file" };

	if (row->origin != RULE_DEFAULT)
		return xstrdup(words[row->origin]);
	return xasprintf("mode %s", model->rules.settings.sources[row->settings->source].mode);
}

static bool is_overruled(const struct rule_row *row)
{
	return row->shadow != NULL ||
	       (row->settings != NULL && (row->origin == RULE_KEPT || row->settings->shadowed));
}

static void last_words(struct buf *out, const struct rule_row *row, int cols)
{
	if (row->shadow != NULL)
		buf_addf(out, "shadowed by #%" PRId64, row->shadow->id);
	else if (is_overruled(row))
		buf_adds(out, cols < 19 ? "denied by file" : "a file denies it");
	else if (row->rule.last_used_ms > 0 && cols < 19)
		text_short_date(out, row->rule.last_used_ms);
	else if (row->rule.last_used_ms > 0)
		text_date(out, row->rule.last_used_ms);
	else if (row->origin != RULE_OF_SESSION && row->origin != RULE_DEFAULT)
		buf_adds(out, "never");
}

static void draw_row(struct cells *cells, const struct model *model, int at,
		     const struct rule_columns *c, const struct rule_row *row)
{
	const struct rule *rule = &row->rule;
	bool off = row->origin == RULE_DISABLED || is_overruled(row);
	bool asks = row->origin == RULE_DEFAULT && row->settings->asks;
	enum verdict verdict = asks ? VERDICT_ASK : rule->verdict;
	enum role role = off ? ROLE_DIM : ROLE_TEXT;
	char letter[2] = { words_letter(verdict), '\0' };
	_cleanup_free_ char *pattern = pattern_words(model, row), *life = life_words(model, row);
	_cleanup_free_ char *server = server_words(model, row), *origin = origin_words(row);
	_cleanup_buf_ struct buf last = BUF_EMPTY, hits = BUF_EMPTY;

	cells_put(cells, at, 1, 1, off ? ROLE_DIM : words_role(verdict), letter);
	cells_put(cells, at, c->kind, 7, role, access_kind_name(rule->kind));
	view_put_path(cells, model, at, c->pattern, c->pattern_cols, role, pattern);
	if (c->server_cols == 0)
		return;
	text_count(&hits, rule->hits);
	last_words(&last, row, c->last_cols);
	view_put_cut(cells, model, at, c->server, c->server_cols, role, server);
	cells_put(cells, at, c->origin, 10, role, origin);
	cells_put(cells, at, c->life, c->life_cols, ROLE_DIM, life);
	if (row->origin != RULE_OF_SESSION && row->origin != RULE_DEFAULT)
		cells_put_right(cells, at, c->hits, 6, role, buf_text(&hits));
	cells_put(cells, at, c->last, c->last_cols, is_overruled(row) ? ROLE_WARN : ROLE_DIM,
		  buf_text(&last));
}

char *view_rule_words(const struct model *model, const struct rule *rule)
{
	_cleanup_free_ char *text = rule_text(rule);

	return text_safe(text, model->glyphs->ascii);
}

/* The line below the list: the selected row in words. */
static char *row_words(const struct model *model, const struct rule_row *row)
{
	const struct settings_source *source;
	_cleanup_free_ char *path = NULL, *entry = NULL;

	if (is_of_person(row) && row->origin == RULE_KEPT && row->settings != NULL) {
		entry = text_safe(row->settings->entry, model->glyphs->ascii);
		return xasprintf("%s of the settings file goes before this", entry);
	}
	if (is_of_person(row))
		return view_rule_words(model, &row->rule);
	source = &model->rules.settings.sources[row->settings->source];
	if (source->path == NULL)
		return xasprintf("mode %s, where no rule and no settings file says anything", source->mode);
	path = text_safe_path(source->path, model->home, model->glyphs->ascii);
	entry = text_safe(row->settings->entry, model->glyphs->ascii);
	return xasprintf("%s, in %s", entry, path);
}

static void rules_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	const struct rule_book *list = &model->rules;
	struct area body = model_layout(model).body;
	struct area divider = { .row = body.row, .rows = 1, .cols = body.cols };
	struct rule_columns c = columns_for(cells->cols);
	const struct rule_row *selected = rule_book_selected(list);
	const char *trouble = list->trouble != NULL ? list->trouble : list->settings.trouble;
	int height = rules_page(model);

	(void)now_ms;
	view_divider(cells, model, divider, ROLE_BORDER, "rules");
	view_position(cells, divider, list->list.top, height, list->count);
	draw_header(cells, body.row + 1, &c);
	if (trouble != NULL) {
		_cleanup_free_ char *why = text_safe(trouble, model->glyphs->ascii);

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
		_cleanup_free_ char *words = row_words(model, selected);

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
	words = view_rule_words(model, &row->rule);
	command.link = session->link;
	command.id = xstrdup(row->id);
	sure_ask(model, xasprintf("End for session %u: %s?", row->session, words), command);
}

/* What nobody answered is not changed here. */
static void say_where(struct model *model, const struct rule_row *row)
{
	const struct settings_source *source = &model->rules.settings.sources[row->settings->source];
	_cleanup_free_ char *path = NULL;

	if (source->path == NULL) {
		model_notice(model, model->now, ROLE_WARN,
			     xstrdup("A default is changed by -m, or by an answer that is kept."));
		return;
	}
	path = text_safe_path(source->path, model->home, model->glyphs->ascii);
	model_notice(model, model->now, ROLE_WARN,
		     xasprintf("Change it in %s, for the next start.", path));
}

static struct command toggle(struct model *model, const struct rule_row *row)
{
	if (!is_of_person(row)) {
		say_where(model, row);
		return nothing;
	}
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

	if (!is_of_person(row)) {
		say_where(model, row);
		return;
	}
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
	rule_book_open(&model->rules, row);
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
