/* SPDX-License-Identifier: MIT */
/* What belongs to the review of an export and is text: the file, the difference, one entry, the
 * replay. */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"
#include "tui/words.h"

static const char *text_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct export_review *review = &model->export;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { .message = "" };
	char *line, *rest;

	if (export_review_text(review, &text, &e) < 0) {
		lines_add_wrapped(lines, NULL, ROLE_WARN, e.message, ROLE_WARN, cols);
		return "settings file";
	}
	for (line = strtok_r(text.data, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		_cleanup_free_ char *safe = text_safe(line, model->glyphs->ascii);

		lines_add_text(lines, ROLE_TEXT, safe);
	}
	for (size_t i = 0; i < review->notes.count; i++) {
		_cleanup_free_ char *safe = text_safe(review->notes.items[i], model->glyphs->ascii);

		if (i == 0)
			lines_add_heading(lines, "What the file cannot say");
		lines_add_wrapped(lines, NULL, ROLE_WARN, safe, ROLE_WARN, cols);
	}
	return "settings file";
}

const struct view_ops view_export_text_ops = { TEXT_VIEW(CONTEXT_DETAIL, text_lines),
					       .box = BOX_ALWAYS };

/* --- the difference --- */

static const char *diff_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct export_review *review = &model->export;
	const char *rest = review->figures.diff;

	if (review->replay_trouble != NULL) {
		_cleanup_free_ char *why = text_safe(review->replay_trouble, model->glyphs->ascii);

		lines_add_said(lines, ROLE_WARN, why, cols);
		return "what would change";
	}
	if (!review->replay_known)
		lines_add_said(lines, ROLE_DIM, "Comparing.", cols);
	else if (rest == NULL)
		lines_add_said(lines, ROLE_DIM,
			       "There is no such file yet: p shows what it would be.", cols);
	else if (rest[0] == '\0')
		lines_add_said(lines, ROLE_DIM, "Nothing would change.", cols);
	lines_add_diff(lines, rest, model->glyphs->ascii);
	return "what would change";
}

const struct view_ops view_export_diff_ops = { TEXT_VIEW(CONTEXT_DETAIL, diff_lines),
					       .box = BOX_ALWAYS };

/* --- one entry --- */

static void add_recorded(struct detail_lines *lines, const struct model *model,
			 const struct access_row *row)
{
	bool is_file = access_is_file(row->kind);
	_cleanup_free_ char *object =
		is_file ? text_safe_path(row->object, model->home, model->glyphs->ascii)
			: text_safe(row->object, model->glyphs->ascii);
	_cleanup_free_ char *exe = text_safe(row->exe, model->glyphs->ascii);
	_cleanup_buf_ struct buf line = BUF_EMPTY, count = BUF_EMPTY;
	const char *name = strrchr(exe, '/');

	text_count(&count, row->count);
	buf_addc(&line, ' ');
	text_short_date(&line, row->last_ms);
	buf_addf(&line, " %c %-7s %6s  %s", words_letter(row->verdict), access_kind_name(row->kind),
		 buf_text(&count), object);
	if (exe[0] != '\0')
		buf_addf(&line, "  by %s", name != NULL ? name + 1 : exe);
	lines_add_text(lines, words_role(row->verdict), buf_text(&line));
}

static const char *entry_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	static const char *const changes[] = { [EXPORT_SAME] = "it is in the file, and needed",
					       [EXPORT_ADD] = "it would be added",
					       [EXPORT_REMOVE] = "it is in the file alone" };
	const struct export_review *review = &model->export;
	bool ascii = model->glyphs->ascii;

	lines->label_cols = LABEL_COLS;
	if (review->shown.text == NULL)
		return "entry";
	lines_add_row(lines, "entry", text_safe(review->shown.text, ascii), ROLE_TITLE, cols);
	lines_add_row(lines, "list", xstrdup(export_list_name(review->shown.list)), ROLE_TEXT,
		      cols);
	lines_add_row(lines, "state", xstrdup(changes[review->shown.change]), ROLE_TEXT, cols);
	lines_add_row(lines, "why", text_safe(review->shown.why, ascii), ROLE_TEXT, cols);
	lines_add_heading(lines, "Recorded accesses that it is about");
	if (!review->shown.known)
		lines_add_said(lines, ROLE_DIM, "Reading the history.", cols);
	for (size_t i = 0; i < review->shown.count; i++)
		add_recorded(lines, model, &review->shown.rows[i]);
	if (review->shown.trouble != NULL) {
		_cleanup_free_ char *why = text_safe(review->shown.trouble, ascii);

		lines_add_said(lines, ROLE_WARN, why, cols);
	} else if (review->shown.known && review->shown.count == 0) {
		lines_add_said(lines, ROLE_DIM, "None is recorded.", cols);
	}
	if (review->shown.more)
		lines_add_said(lines, ROLE_DIM, "And more.", cols);
	return "entry";
}

const struct view_ops view_export_entry_ops = { TEXT_VIEW(CONTEXT_DETAIL, entry_lines),
						.box = BOX_ALWAYS };

/* --- the replay --- */

static void add_difference(struct detail_lines *lines, const struct model *model,
			   const struct export_difference *difference)
{
	_cleanup_free_ char *object =
		access_is_file(difference->kind)
			? text_safe_path(difference->object, model->home, model->glyphs->ascii)
			: text_safe(difference->object, model->glyphs->ascii);
	_cleanup_free_ char *why = text_safe(difference->why, model->glyphs->ascii);
	_cleanup_free_ char *line = xasprintf(" %-7s %s%s%s", access_kind_name(difference->kind),
					      object, why[0] != '\0' ? "  " : "", why);

	lines_add_text(lines, difference->refused ? ROLE_DENY : ROLE_ALLOW, line);
}

static void add_differences(struct detail_lines *lines, const struct model *model, bool refused,
			    int cols)
{
	const struct export_figures *figures = &model->export.figures;
	uint64_t count = refused ? figures->refused : figures->allowed, listed = 0;
	_cleanup_free_ char *heading =
		xasprintf("Newly %s: %" PRIu64, refused ? "refused" : "allowed", count);

	lines_add_heading(lines, heading);
	for (size_t i = 0; i < figures->count; i++) {
		if (figures->items[i].refused != refused)
			continue;
		add_difference(lines, model, &figures->items[i]);
		listed++;
	}
	if (count == 0)
		lines_add_said(lines, ROLE_DIM, "None.", cols);
	else if (listed < count)
		lines_add_said(lines, ROLE_DIM, "And more.", cols);
}

static const char *replay_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct export_review *review = &model->export;
	_cleanup_free_ char *sum = NULL;

	if (review->replay_trouble != NULL) {
		_cleanup_free_ char *why = text_safe(review->replay_trouble, model->glyphs->ascii);

		lines_add_said(lines, ROLE_WARN, why, cols);
		return "replay";
	}
	if (!review->replay_known) {
		lines_add_said(lines, ROLE_DIM, "Judging what was recorded.", cols);
		return "replay";
	}
	sum = xasprintf(
		"What was recorded, judged under the file as it would be, by the code that judges "
		"when it runs: %" PRIu64 " accesses as they were judged before.",
		review->figures.same);
	lines_add_said(lines, ROLE_TEXT, sum, cols);
	add_differences(lines, model, true, cols);
	add_differences(lines, model, false, cols);
	return "replay";
}

const struct view_ops view_export_replay_ops = { TEXT_VIEW(CONTEXT_DETAIL, replay_lines),
						 .box = BOX_ALWAYS };
