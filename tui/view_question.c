/* SPDX-License-Identifier: MIT */
/*
 * The question in front. What decides is never cut away before what explains: object, rule
 * and buttons come first when rows are short, and an object too long for the box loses its
 * middle while "i" shows it whole.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/words.h"

#define LABEL_COLS 7
#define BOX_COLS_MOST 96

/* How many rows each part gets. */
struct rows {
	int object, files, by, why, scope, keep, makes, also, blank, buttons;
};

struct box_text {
	char *object, *files, *by, *why, *makes;
	const char *also; /* borrowed */
};

static void box_text_free(struct box_text *text)
{
	free(text->object);
	free(text->files);
	free(text->by);
	free(text->why);
	free(text->makes);
}

static int rows_for(const char *text, int cols)
{
	int rows = 0;

	do {
		text += text_line(text, cols);
		rows++;
	} while (*text != '\0');
	return rows;
}

/* Gives a part up to `want` of the rows left. */
static int grant(int *left, int want)
{
	int given = want < *left ? want : *left;

	given = given > 0 ? given : 0;
	*left -= given;
	return given;
}

static struct rows share(const struct box_text *text, int cols, int left)
{
	struct rows rows = { 0 };
	int object = rows_for(text->object, cols), makes = rows_for(text->makes, cols);

	rows.buttons = grant(&left, 1);
	rows.object = grant(&left, 1);
	rows.makes = grant(&left, 1);
	rows.scope = grant(&left, 1);
	rows.keep = grant(&left, 1);
	rows.object += grant(&left, object - 1 < 3 ? object - 1 : 3);
	rows.makes += grant(&left, makes - 1 < 3 ? makes - 1 : 3);
	rows.files = grant(&left, text->files != NULL ? 1 : 0);
	rows.by = grant(&left, 1);
	rows.why = grant(&left, text->why[0] != '\0' ? 1 : 0);
	rows.also = grant(&left, text->also[0] != '\0' ? 1 : 0);
	rows.files += grant(&left, rows.files > 0 && rows_for(text->files, cols) > 1 ? 1 : 0);
	rows.by += grant(&left, rows.by > 0 && rows_for(text->by, cols) > 1 ? 1 : 0);
	rows.why += grant(&left, rows.why > 0 && rows_for(text->why, cols) > 1 ? 1 : 0);
	rows.blank = grant(&left, 1);
	rows.object += grant(&left, object - rows.object);
	rows.makes += grant(&left, makes - rows.makes);
	return rows;
}

static int total(const struct rows *rows)
{
	return rows->object + rows->files + rows->by + rows->why + rows->scope + rows->keep + rows->makes +
	       rows->also + rows->blank + rows->buttons;
}

static char *by_words(const struct model *model, const struct question *question)
{
	const struct access_event *event = &question->event;
	_cleanup_free_ char *exe = text_safe_path(event->exe, model->home, model->glyphs->ascii);
	_cleanup_free_ char *line = text_safe(question->command_line, model->glyphs->ascii);
	struct buf out = BUF_EMPTY;

	buf_addf(&out, "%s", exe[0] ? exe : "unknown program");
	if (event->pid > 0)
		buf_addf(&out, " [%d]", (int)event->pid);
	if (line[0] != '\0')
		buf_addf(&out, "  %s", line);
	return buf_steal(&out);
}

static char *why_words(const struct model *model, const struct asked *asked)
{
	_cleanup_free_ char *why = text_safe(asked->question.event.why, model->glyphs->ascii);
	_cleanup_free_ char *drift = text_safe(asked->question.event.drift, model->glyphs->ascii);
	struct buf out = BUF_EMPTY;

	if (!asked->held)
		buf_adds(&out, "refused already: an answer counts for the next try; ");
	if (drift[0])
		buf_addf(&out, "%s; ", drift);
	buf_adds(&out, why[0] ? why : "no rule speaks about it");
	if (asked->question.waiters > 1)
		buf_addf(&out, "; %" PRIu64 " calls wait", asked->question.waiters);
	return buf_steal(&out);
}

static void frame(struct cells *cells, const struct model *model, struct area box, enum role role)
{
	const struct glyphs *g = model->glyphs;
	int bottom = box.row + box.rows - 1, right = box.col + box.cols - 1;

	cells_fill(cells, box, ROLE_TEXT, " ");
	cells_fill(cells, (struct area){ box.row, box.col, 1, box.cols }, role, g->horizontal);
	cells_fill(cells, (struct area){ bottom, box.col, 1, box.cols }, role, g->horizontal);
	cells_fill(cells, (struct area){ box.row, box.col, box.rows, 1 }, role, g->vertical);
	cells_fill(cells, (struct area){ box.row, right, box.rows, 1 }, role, g->vertical);
	cells_put(cells, box.row, box.col, 1, role, g->top_left);
	cells_put(cells, box.row, right, 1, role, g->top_right);
	cells_put(cells, bottom, box.col, 1, role, g->bottom_left);
	cells_put(cells, bottom, right, 1, role, g->bottom_right);
}

static void title(struct cells *cells, const struct model *model, struct area box,
		  const struct asked *asked)
{
	_cleanup_free_ char *sentence = words_sentence(model, &asked->question);
	_cleanup_free_ char *framed = NULL, *position = NULL;
	size_t held = questions_held(&model->questions), place = 1;
	_cleanup_buf_ struct buf cut = BUF_EMPTY;
	int room = box.cols - 6;

	for (const struct asked *other = model->questions.items; other < asked; other++)
		place += other->held && !other->sent;
	if (asked->held && held > 1) {
		position = xasprintf(" %zu of %zu ", place, held);
		cells_put_right(cells, box.row, box.col, box.cols - 2, ROLE_TITLE, position);
		room -= text_width(position) + 1;
	}
	/* The end says what is wanted: it stays. */
	text_cut_middle(&cut, sentence, room, model->glyphs->ellipsis);
	framed = xasprintf(" %s ", buf_text(&cut));
	cells_put(cells, box.row, box.col + 2, box.cols - 4, ROLE_TITLE, framed);
}

/* Text over `rows` rows; where that is not enough its middle is cut out. Returns the next row. */
static int paragraph(struct cells *cells, const struct model *model, struct area box, int row,
		     int rows, const char *label, enum role role, const char *text)
{
	int cols = box.cols - 4 - LABEL_COLS;
	_cleanup_buf_ struct buf cut = BUF_EMPTY;
	const char *rest = text;

	if (rows == 0)
		return row;
	if (rows_for(text, cols) > rows) {
		/* A wide character may leave the last column of each row empty. */
		text_cut_middle(&cut, text, rows * (cols - 1) + 1, model->glyphs->ellipsis);
		rest = buf_text(&cut);
	}
	cells_put(cells, row, box.col + 2, LABEL_COLS, ROLE_DIM, label);
	for (int i = 0; i < rows && *rest != '\0'; i++) {
		size_t length = cut.data != NULL ? text_fit(rest, cols, NULL)
						 : text_line(rest, cols);
		_cleanup_free_ char *line = xstrndup(rest, length);

		cells_put(cells, row + i, box.col + 2 + LABEL_COLS, cols, role, line);
		rest += length;
	}
	return row + rows;
}

struct choice {
	char *label; /* owned */
	const char *short_label;
	bool chosen;
};

struct choices {
	struct choice items[SCOPE_COUNT];
	size_t count;
};

/* How much is left out: nothing; long labels; the spaces as well. */
enum density { ROOMY, SHORT, DENSE };

static const char *choice_label(const struct choice *choice, enum density density)
{
	return density == ROOMY ? choice->label : choice->short_label;
}

static int choices_cols(const struct choices *choices, enum density density)
{
	int cols = 0;

	for (size_t i = 0; i < choices->count; i++)
		cols += 3 + (density < DENSE) +
			text_width(choice_label(&choices->items[i], density)) +
			(i > 0 ? (density < DENSE ? 2 : 1) : 0);
	return cols;
}

/* "(*) this  ( ) that", and frees the labels. */
static void radio(struct cells *cells, const struct model *model, struct area box, int row,
		  const char *name, struct choices *choices)
{
	int col = box.col + 2 + LABEL_COLS, limit = box.col + box.cols - 2;
	enum density density = ROOMY;

	while (density < DENSE && choices_cols(choices, density) > limit - col)
		density++;
	cells_put(cells, row, box.col + 2, LABEL_COLS, ROLE_DIM, name);
	for (size_t i = 0; i < choices->count; i++) {
		struct choice *choice = &choices->items[i];

		col += cells_put(cells, row, col, limit - col,
				 choice->chosen ? ROLE_KEY : ROLE_TEXT,
				 choice->chosen ? model->glyphs->chosen : model->glyphs->open);
		col += density < DENSE;
		col += cells_put(cells, row, col, limit - col,
				 choice->chosen ? ROLE_TITLE : ROLE_TEXT,
				 choice_label(choice, density));
		col += density < DENSE ? 2 : 1;
		free(choice->label);
	}
}

static void scopes(struct cells *cells, const struct model *model, struct area box, int row,
		   const struct question *question)
{
	struct choices choices = { .count = question_scope_count(question) };

	for (size_t i = 0; i < choices.count; i++)
		choices.items[i] = (struct choice){
			.label = words_scope(model, question, i),
			.short_label = scope_name(question_scope(question, i)),
			.chosen = i == model->box.scope,
		};
	radio(cells, model, box, row, "scope", &choices);
}

static void keeps(struct cells *cells, const struct model *model, struct area box, int row,
		  const struct question *question)
{
	struct choices choices = { .count = 0 };

	for (int i = 0; i < DURATION_COUNT; i++) {
		const char *name = duration_name((enum duration)i);

		if (question_keeps(question, (enum duration)i))
			choices.items[choices.count++] = (struct choice){
				.label = xstrdup(name),
				.short_label = name,
				.chosen = (int)model->box.keep == i,
			};
	}
	radio(cells, model, box, row, "keep", &choices);
}

/* "[d] Deny"; with the focus where Enter means it. */
static int button(struct cells *cells, int row, int col, int limit, bool focus, const char *text)
{
	if (col + text_width(text) > limit)
		return col;
	return col + cells_put(cells, row, col, limit - col, focus ? ROLE_FOCUS : ROLE_KEY, text) +
	       3;
}

static void buttons(struct cells *cells, const struct model *model, struct area box, int row,
		    const struct asked *asked, int64_t now_ms)
{
	int col = box.col + 2, limit = box.col + box.cols - 1;
	int64_t left = (asked->question.deadline_ms - now_ms + 999) / 1000;
	_cleanup_free_ char *deny = NULL;

	if (model->box.confirming) {
		bool allow = model->box.confirm == VERDICT_ALLOW;

		col += cells_put(cells, row, col, limit - col, allow ? ROLE_ALLOW : ROLE_DENY,
				 allow ? "Allow always?" : "Deny always?") +
		       2;
		col = button(cells, row, col, limit, true, "[Esc] Back");
		button(cells, row, col, limit, false, "[y] Yes");
		return;
	}
	if (asked->held && !model_deciding(model, model->now))
		deny = xasprintf("[d] Deny, default in %" PRId64 "s", left > 0 ? left : 0);
	else
		deny = xstrdup("[d] Deny");
	col = button(cells, row, col, limit, true, deny);
	col = button(cells, row, col, limit, false, "[a] Allow");
	col = button(cells, row, col, limit, false, "[A] Always");
	col = button(cells, row, col, limit, false, "[i] Info");
	button(cells, row, col, limit, false, "[Esc] Later");
	cells->cursor_row = row;
	cells->cursor_col = box.col + 2;
}

/* `is_directory`: it stands for files in it. */
static const char *object_label(enum access_kind kind, bool is_directory)
{
	switch (kind) {
	case ACCESS_CONNECT:
		return "to";
	case ACCESS_DNS:
		return "name";
	case ACCESS_BIND:
		return "at";
	case ACCESS_UNIX:
		return "socket";
	default:
		return is_directory ? "in" : "file";
	}
}

static struct box_text compose(const struct model *model, const struct asked *asked)
{
	enum verdict verdict = model->box.confirming ? model->box.confirm : VERDICT_ALLOW;
	struct box_text text = {
		.object = words_object(model, &asked->question.event),
		.files = words_objects(model, &asked->question),
		.by = by_words(model, &asked->question),
		.why = why_words(model, asked),
		.makes = words_rule(model, &asked->question, verdict, model->box.scope,
				    model->box.keep),
		.also = model->box.also != NULL ? model->box.also : "",
	};

	return text;
}

static struct area centre(struct area body, int rows, int cols)
{
	struct area box = { .rows = rows, .cols = cols };

	box.row = body.row + (body.rows - rows) / 2;
	box.col = body.col + (body.cols - cols) / 2;
	return box;
}

void view_question(struct cells *cells, const struct model *model, int64_t now_ms)
{
	struct layout layout = model_layout(model);
	const struct asked *asked = model_box_question(model);
	struct area body = layout.body, box;
	struct box_text text;
	struct rows rows;
	int cols, row;

	if (asked == NULL)
		return;
	/* Over the events, so that the sessions stay in sight, where there is room for it. */
	if (layout.events.rows >= 12 && model_view(model) == VIEW_DASH) {
		body.row = layout.divider.row + 1;
		body.rows = layout.events.rows + layout.detail.rows;
	}
	if (layout.size == LAYOUT_SINGLE)
		body.rows += layout.status.rows;
	/* A margin of a few columns would only show scraps of what is behind. */
	cols = body.cols >= BOX_COLS_MOST + 8 ? BOX_COLS_MOST : body.cols;
	text = compose(model, asked);
	rows = share(&text, cols - 4 - LABEL_COLS, body.rows - 2);
	box = centre(body, total(&rows) + 2, cols);
	frame(cells, model, box, asked->held ? ROLE_ASK : ROLE_BORDER);
	title(cells, model, box, asked);
	row = paragraph(cells, model, box, box.row + 1, rows.object,
			object_label(asked->question.event.kind, text.files != NULL), ROLE_TITLE, text.object);
	row = paragraph(cells, model, box, row, rows.files, "for", ROLE_TEXT, text.files);
	row = paragraph(cells, model, box, row, rows.by, "by", ROLE_TEXT, text.by);
	row = paragraph(cells, model, box, row, rows.why, "why", ROLE_TEXT, text.why);
	if (rows.scope > 0)
		scopes(cells, model, box, row++, &asked->question);
	if (rows.keep > 0)
		keeps(cells, model, box, row++, &asked->question);
	row = paragraph(cells, model, box, row, rows.makes, "makes",
			model->box.confirming && model->box.confirm == VERDICT_DENY ? ROLE_DENY
										    : ROLE_ALLOW,
			text.makes);
	row = paragraph(cells, model, box, row, rows.also, "also",
			strncmp(text.also, "nothing ", 8) == 0 ? ROLE_DIM : ROLE_WARN, text.also);
	buttons(cells, model, box, row + rows.blank, asked, now_ms);
	box_text_free(&text);
}
