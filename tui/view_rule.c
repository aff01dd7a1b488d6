/* SPDX-License-Identifier: MIT */
/* One rule, with what it has matched. */
#include <inttypes.h>

#include "core/base/mem.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"
#include "tui/words.h"

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

	lines_add_heading(lines, list->facts.entry != NULL
					 ? "What it decided lately"
					 : "Recorded accesses that it speaks about");
	if (!list->matched_known) {
		lines_add_said(lines, ROLE_DIM, "Reading the history.", cols);
		return;
	}
	for (size_t i = 0; i < list->access_count; i++) {
		const struct access_row *row = &list->accesses[i];

		add_access(lines, model, row->kind, row->object, row->verdict, row->count,
			   row->last_ms);
	}
	if (list->access_count == 0)
		lines_add_said(lines, ROLE_DIM, "None is recorded.", cols);
	if (list->matched_more)
		lines_add_said(lines, ROLE_DIM, "And more.", cols);
}

static void add_use(struct detail_lines *lines, const struct rule *rule, int cols)
{
	struct buf used = BUF_EMPTY;

	if (rule->last_used_ms > 0) {
		text_date(&used, rule->last_used_ms);
		lines_add_row(lines, "last used", buf_steal(&used), ROLE_TEXT, cols);
	}
	/* Nobody counts for a session's own. */
	if (rule->duration == DURATION_ALWAYS || rule->hits > 0)
		lines_add_row(lines, "decided", xasprintf("%" PRIu64 " times", rule->hits),
			      ROLE_TEXT, cols);
}

/* An entry of a settings file, or a default. */
static void add_facts(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct rule_book *list = &model->rules;
	const struct rule_facts *facts = &list->facts;
	bool ascii = model->glyphs->ascii;
	bool is_default = facts->is_default;

	lines_add_row(lines, is_default ? "covers" : "entry", text_safe(facts->entry, ascii),
		      ROLE_TITLE, cols);
	lines_add_row(lines, is_default ? "default" : "file", text_safe(facts->place, ascii),
		      ROLE_TEXT, cols);
	lines_add_row(lines, "for", text_safe(facts->servers, ascii), ROLE_TEXT, cols);
	if (is_default) {
		lines_add_blank(lines);
		lines_add_said(
			lines, ROLE_DIM,
			"It holds where nothing else speaks. First come the denies of the settings "
			"file, then rules of yours, the newest first, then what the settings file "
			"allows.",
			cols);
		return;
	}
	add_use(lines, &list->shown, cols);
	add_recorded(lines, model, cols);
}

static void add_shadow(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct rule_book *list = &model->rules;

	for (size_t i = 0; i < list->count; i++) {
		const struct rule_row *row = &list->rows[i];

		if (row->origin != RULE_KEPT || row->rule.id != list->shown.id)
			continue;
		if (row->shadow != NULL)
			lines_add_row(lines, "shadowed", view_rule_words(model, row->shadow),
				      ROLE_WARN, cols);
		else if (row->settings != NULL)
			lines_add_row(lines, "overruled",
				      text_safe(row->settings->entry, model->glyphs->ascii),
				      ROLE_WARN, cols);
	}
}

static const char *rule_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct rule_book *list = &model->rules;
	const struct rule *rule = &list->shown;
	struct buf created = BUF_EMPTY;

	lines->label_cols = LABEL_COLS;
	if (rule->pattern == NULL)
		return "rule";
	if (list->facts.entry != NULL) {
		add_facts(lines, model, cols);
		return "rule";
	}
	lines_add_row(lines, "rule", view_rule_words(model, rule), words_role(rule->verdict), cols);
	lines_add_row(lines, "server", text_safe(rule->server, model->glyphs->ascii), ROLE_TEXT,
		      cols);
	if (rule->id > 0)
		lines_add_row(lines, "number", xasprintf("%" PRId64, rule->id), ROLE_TEXT, cols);
	text_date(&created, rule->created_ms);
	lines_add_row(lines, "made", buf_steal(&created), ROLE_TEXT, cols);
	add_use(lines, rule, cols);
	add_shadow(lines, model, cols);
	add_recorded(lines, model, cols);
	return "rule";
}

const struct view_ops view_rule_ops = { TEXT_VIEW(CONTEXT_DETAIL, rule_lines), .box = BOX_ALWAYS };
