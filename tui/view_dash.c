/* SPDX-License-Identifier: MIT */
/* The dashboard: sessions above, their events below, and on a large screen the selected event. */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/words.h"

/* Where a column stands: `cols` 0 = not shown on a screen of this width. */
struct column {
	int col, cols;
};

struct event_columns {
	struct column time, session, verdict, kind, process, object, why, times;
};

static struct column place(int *col, int cols)
{
	struct column column = { .col = *col, .cols = cols };

	if (cols > 0)
		*col += cols + 1;
	return column;
}

static struct event_columns event_columns(int cols, int session)
{
	bool wide = cols >= 110, narrow = cols < 60;
	int times = 5, why = narrow ? 0 : wide ? cols / 4 : cols / 5 + 2;
	int col = 1, object;
	struct event_columns c;

	c.time = place(&col, wide ? 12 : 8);
	c.session = place(&col, session);
	c.verdict = place(&col, 1);
	c.kind = place(&col, 7);
	c.process = place(&col, wide ? 18 : 0);
	object = cols - col - (why > 0 ? why + 1 : 0) - times - 1;
	c.object = place(&col, object);
	c.why = place(&col, why);
	c.times = place(&col, times);
	return c;
}

static void put(struct cells *cells, const struct model *model, int row, struct column column,
		enum role role, const char *text)
{
	if (column.cols > 0)
		view_put_cut(cells, model, row, column.col, column.cols, role, text);
}

static void put_right(struct cells *cells, int row, struct column column, enum role role,
		      const char *text)
{
	if (column.cols > 0)
		cells_put_right(cells, row, column.col, column.cols, role, text);
}

static void header(struct cells *cells, int row)
{
	cells_fill(cells, (struct area){ .row = row, .col = 0, .rows = 1, .cols = cells->cols },
		   ROLE_HEADER, " ");
}

static void banner(struct cells *cells, const struct model *model, struct area area)
{
	const struct tui_session *session = model_banner(model);
	_cleanup_free_ char *server = NULL, *warning = NULL, *text = NULL;

	if (area.rows == 0 || session == NULL)
		return;
	server = text_safe(session->info.server, model->glyphs->ascii);
	warning = words_warning(model, session);
	text = xasprintf("! %s: %s", server, warning);
	view_put_cut(cells, model, area.row, 1, area.cols - 2, ROLE_WARN, text);
}

static void events_title(struct cells *cells, const struct model *model, struct area area)
{
	static const char *const shows[SHOW_COUNT] = { "", ", refused or asked", ", allowed" };
	const struct tui_session *session = model_selected_session(model);
	_cleanup_buf_ struct buf title = BUF_EMPTY, where = BUF_EMPTY;
	const struct event_list *list = &model->event_list;
	_cleanup_free_ char *filter = text_safe(list->text, model->glyphs->ascii);

	buf_adds(&title, "events");
	if (list->only && session != NULL)
		buf_addf(&title, " of session %u", session->number);
	buf_adds(&title, shows[list->show]);
	if (filter[0] != '\0')
		buf_addf(&title, " [%s]", filter);
	if (list->order != ORDER_TIME)
		buf_addf(&title, ", by %s", event_order_name(list->order));
	if (list->order == ORDER_OBJECT && list->shown.count > ORDER_TEXTS_MOST)
		buf_addf(&title, " (the newest %d)", ORDER_TEXTS_MOST);
	view_divider(cells, model, area, ROLE_BORDER, buf_text(&title));
	if (list->follow) {
		buf_adds(&where, " following ");
	} else {
		size_t fresh = list->shown.count - serials_lower(&list->shown, list->paused_at);

		buf_adds(&where, " PAUSED");
		if (fresh > 0)
			buf_addf(&where, ", %zu new", fresh);
		buf_addf(&where, ", %zu/%zu ", list->list.selected + (event_list_count(model) > 0),
			 event_list_count(model));
	}
	cells_put_right(cells, area.row, area.cols / 2, area.cols - area.cols / 2 - 2,
			list->follow ? ROLE_DIM : ROLE_WARN, buf_text(&where));
}

static void event_row(struct cells *cells, const struct model *model, int row,
		      const struct event_columns *c, const struct logged_event *logged)
{
	const struct access_event *event = &logged->event;
	bool ascii = model->glyphs->ascii;
	char letter[2] = { words_letter(event->verdict), '\0' };
	_cleanup_free_ char *object = words_object(model, event);
	_cleanup_free_ char *why = text_safe(event->why != NULL ? event->why : event->rule, ascii);
	_cleanup_free_ char *process = words_process(model, event);
	_cleanup_buf_ struct buf time = BUF_EMPTY, number = BUF_EMPTY, times = BUF_EMPTY;

	text_time(&time, event->time_ms, c->time.cols > 8);
	buf_addf(&number, "%u", logged->session);
	if (event->count > 1) {
		buf_adds(&times, "x");
		text_count(&times, event->count);
	}
	put(cells, model, row, c->time, ROLE_TEXT, buf_text(&time));
	put(cells, model, row, c->session, ROLE_DIM, buf_text(&number));
	put(cells, model, row, c->verdict, words_role(event->verdict), letter);
	put(cells, model, row, c->kind, ROLE_TEXT, access_kind_name(event->kind));
	put(cells, model, row, c->process, ROLE_DIM, process);
	view_put_path(cells, model, row, c->object.col, c->object.cols,
		      event->verdict == VERDICT_ALLOW ? ROLE_TEXT : words_role(event->verdict),
		      object);
	put(cells, model, row, c->why, ROLE_DIM, why);
	put_right(cells, row, c->times, ROLE_TEXT, buf_text(&times));
}

static void no_events(struct cells *cells, const struct model *model, struct area area)
{
	bool hidden = events_count(model->events) > 0;
	const char *text = hidden ? "Nothing matches what is shown: \\ v and o widen it."
				  : "Nothing yet: what the sandbox sees appears here.";

	if (area.rows > 2)
		cells_put(cells, area.row + 2, 2, area.cols - 4, ROLE_DIM, text);
}

static void events(struct cells *cells, const struct model *model, struct area area)
{
	struct event_columns c = event_columns(
		area.cols,
		model->session_count > 1 && !model->event_list.only ? view_number_cols(model) : 0);

	header(cells, area.row);
	put(cells, model, area.row, c.time, ROLE_HEADER, "TIME");
	put(cells, model, area.row, c.session, ROLE_HEADER, "S");
	put(cells, model, area.row, c.verdict, ROLE_HEADER, "V");
	put(cells, model, area.row, c.kind, ROLE_HEADER, "KIND");
	put(cells, model, area.row, c.process, ROLE_HEADER, "PROCESS");
	put(cells, model, area.row, c.object, ROLE_HEADER, "OBJECT");
	put(cells, model, area.row, c.why, ROLE_HEADER, "WHY");
	put_right(cells, area.row, c.times, ROLE_HEADER, "xN");
	if (event_list_count(model) == 0)
		no_events(cells, model, area);
	for (int i = 0; i < area.rows - 1; i++) {
		size_t index = model->event_list.list.top + (size_t)i;
		const struct logged_event *logged;

		if (index >= event_list_count(model))
			break;
		logged = events_get(model->events, event_list_serial(model, index));
		if (logged == NULL)
			continue;
		event_row(cells, model, area.row + 1 + i, &c, logged);
		view_row(cells, model, area.row + 1 + i, index == model->event_list.list.selected,
			 model->pane == PANE_EVENTS);
	}
}

static void detail(struct cells *cells, const struct model *model, struct area area)
{
	const struct logged_event *logged = model_selected_event(model);
	_cleanup_lines_ struct detail_lines lines = { 0 };

	if (area.rows == 0)
		return;
	view_divider(cells, model, area, ROLE_TEXT, "");
	view_divider(cells, model, (struct area){ .row = area.row, .rows = 1, .cols = area.cols },
		     ROLE_BORDER, "selected event");
	cells_fill(cells,
		   (struct area){ .row = area.row + 1, .rows = area.rows - 1, .cols = area.cols },
		   ROLE_TEXT, " ");
	if (logged == NULL || event_list_count(model) == 0)
		return;
	detail_event(&lines, model, logged, area.cols);
	area.row++;
	area.rows--;
	view_lines(cells, area, &lines, 0);
}

void view_dash(struct cells *cells, const struct model *model, int64_t now_ms)
{
	struct layout layout = model_layout(model);

	if (model->session_count == 0) {
		view_empty(cells, model, layout.body);
		return;
	}
	if (layout.sessions.rows > 0)
		view_sessions(cells, model, layout.sessions, now_ms);
	banner(cells, model, layout.banner);
	if (layout.events.rows > 0) {
		events_title(cells, model, layout.divider);
		events(cells, model, layout.events);
	}
	detail(cells, model, layout.detail);
}
