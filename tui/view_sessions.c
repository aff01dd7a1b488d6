/* SPDX-License-Identifier: MIT */
/* The table of sessions, and below each its processes where the tree is shown. */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/session_columns.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/words.h"

static void put(struct cells *cells, const struct model *model, int row, struct column_place place,
		enum role role, const char *text)
{
	if (place.cols > 0)
		view_put_cut(cells, model, row, place.col, place.cols, role, text);
}

static void put_right(struct cells *cells, int row, struct column_place place, enum role role,
		      const char *text)
{
	if (place.cols > 0)
		cells_put_right(cells, row, place.col, place.cols, role, text);
}

static void put_count(struct cells *cells, int row, struct column_place place, enum role role,
		      uint64_t count)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	text_count(&text, count);
	put_right(cells, row, place, role, buf_text(&text));
}

/* Columns that the numbers of sessions take. */
int view_number_cols(const struct model *model)
{
	return model->last_number > 999	 ? 4
	       : model->last_number > 99 ? 3
	       : model->last_number > 9	 ? 2
					 : 1;
}

static void session_state(struct cells *cells, const struct model *model, int row,
			  struct column_place place, const struct tui_session *session,
			  enum role role)
{
	_cleanup_free_ char *state = words_state(session);
	_cleanup_free_ char *flagged = NULL;
	size_t held = 0;

	for (size_t i = 0; i < model->questions.count; i++) {
		const struct asked *asked = &model->questions.items[i];

		held += asked->session == session->number && asked->held && !asked->sent;
	}
	if (held > 0) {
		put(cells, model, row, place, ROLE_ASK, "ASKING");
		return;
	}
	flagged = xasprintf("%s%s", state, session_warns(session) ? " !" : "");
	if (session_warns(session))
		role = ROLE_WARN;
	else if (!session->ended)
		role = ROLE_ALLOW;
	put(cells, model, row, place, role, flagged);
}

/* So many slots of time share a column. The tallest is the busiest of this session. */
static void session_activity(struct cells *cells, const struct model *model, int row,
			     struct column_place place, const struct tui_session *session,
			     int64_t now_ms)
{
	int share = place.cols > 0 ? ACTIVITY_SLOTS / place.cols : 0;
	uint64_t most = 1;

	if (share == 0)
		return;
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < place.cols; i++) {
			uint64_t sum = 0, denied = 0;
			size_t level;

			for (int s = 0; s < share; s++) {
				size_t ago = (size_t)((place.cols - 1 - i) * share + s);

				sum += activity_at(&session->activity, now_ms, ago, false);
				denied += activity_at(&session->activity, now_ms, ago, true);
			}
			if (pass == 0) {
				most = sum > most ? sum : most;
				continue;
			}
			level = sum == 0 ? 0 : (size_t)(1 + sum * 7 / most);
			cells_put(cells, row, place.col + i, 1, denied > 0 ? ROLE_DENY : ROLE_ALLOW,
				  model->glyphs->bars[level]);
		}
}

static void session_row(struct cells *cells, const struct model *model, int row,
			const struct column_place *at, const struct tui_session *session,
			int64_t now_ms)
{
	const struct session_info *info = &session->info;
	bool ascii = model->glyphs->ascii;
	enum role role = session->ended ? ROLE_DIM : ROLE_TEXT;
	_cleanup_free_ char *server = text_safe(info->server, ascii);
	_cleanup_free_ char *command = text_safe(info->command, ascii);
	_cleanup_buf_ struct buf number = BUF_EMPTY, up = BUF_EMPTY, pid = BUF_EMPTY,
				 net = BUF_EMPTY;

	buf_addf(&number, "%u", session->number);
	text_span(&up, (session->ended ? session->ended_ms : now_ms) - info->started_ms);
	buf_addf(&pid, "%d", (int)info->pid);
	text_bytes(&net, info->bytes_in + info->bytes_out);
	put(cells, model, row, at[COLUMN_NUMBER], role, buf_text(&number));
	put(cells, model, row, at[COLUMN_SERVER], session->ended ? ROLE_DIM : ROLE_TITLE,
	    server[0] ? server : command);
	put_right(cells, row, at[COLUMN_UP], role, buf_text(&up));
	put_right(cells, row, at[COLUMN_PID], role, buf_text(&pid));
	session_activity(cells, model, row, at[COLUMN_ACTIVITY], session, now_ms);
	put_count(cells, row, at[COLUMN_ALLOW], role, info->allowed);
	put_count(cells, row, at[COLUMN_DENY],
		  info->denied > 0 && !session->ended ? ROLE_DENY : role, info->denied);
	put_count(cells, row, at[COLUMN_ASK], role, info->asked);
	put_right(cells, row, at[COLUMN_NET], role, buf_text(&net));
	session_state(cells, model, row, at[COLUMN_STATE], session, role);
	put(cells, model, row, at[COLUMN_COMMAND], ROLE_DIM, command);
}

void view_process_tree(struct buf *out, const struct model *model, const struct process_row *row)
{
	for (int depth = 1; depth < row->depth; depth++)
		buf_adds(out, row->more & 1u << depth ? model->glyphs->stem : model->glyphs->gap);
	if (row->depth > 0)
		buf_adds(out, row->more & 1u << row->depth ? model->glyphs->branch
							   : model->glyphs->last_branch);
}

char *view_process_words(const struct model *model, const struct process_row *row)
{
	const struct process *process = row->process;

	/* The first one inside is ours, run from a descriptor. */
	if (row->depth == 0 && process->command != NULL &&
	    strncmp(process->command, "/proc/self/fd/", 14) == 0)
		return xstrdup("srt-shim, the first process inside");
	return text_safe(process->command != NULL ? process->command : process->name,
			 model->glyphs->ascii);
}

static void process_line(struct cells *cells, const struct model *model, int row,
			 const struct column_place *at, const struct process_row *line)
{
	const struct process *process = line->process;
	_cleanup_free_ char *name = view_process_words(model, line);
	_cleanup_buf_ struct buf tree = BUF_EMPTY;
	int col = at[COLUMN_SERVER].cols > 0 ? at[COLUMN_SERVER].col : 2;

	view_process_tree(&tree, model, line);
	buf_addf(&tree, "%d ", (int)process->pid);
	col += cells_put(cells, row, col, cells->cols - col, ROLE_DIM, buf_text(&tree));
	view_put_cut(cells, model, row, col, cells->cols - col - 1, ROLE_TEXT, name);
}

/* The processes below a session's row, up to `most` of them. Returns how many rows they took. */
static int process_lines(struct cells *cells, const struct model *model, int row, int most,
			 const struct column_place *at, const struct tui_session *session)
{
	_cleanup_free_ struct process_row *rows = NULL;
	size_t count;
	int used = 0;

	if (!model->tree || session->ended || most <= 0)
		return 0;
	count = processes_tree(&model->processes, session->info.child, &rows);
	for (size_t i = 0; i < count && used < most; i++)
		process_line(cells, model, row + used++, at, &rows[i]);
	return used;
}

/* The column that the rows are ordered by is marked, unless it is their number. */
static bool is_ordered_by(const struct model *model, enum session_column column)
{
	static const enum session_column columns[SESSION_ORDERS] = {
		[SESSIONS_BY_NUMBER] = COLUMN_COUNT, [SESSIONS_BY_NAME] = COLUMN_SERVER,
		[SESSIONS_BY_DENIED] = COLUMN_DENY,  [SESSIONS_BY_ASKED] = COLUMN_ASK,
		[SESSIONS_BY_TRAFFIC] = COLUMN_NET,
	};

	return columns[model->session_order] == column;
}

void view_sessions(struct cells *cells, const struct model *model, struct area area, int64_t now_ms)
{
	int bottom = area.row + area.rows, row = area.row + 1;
	struct column_place at[COLUMN_COUNT];

	session_columns_place(&model->preferences.columns, area.cols, view_number_cols(model), at);
	cells_fill(cells, (struct area){ .row = area.row, .rows = 1, .cols = cells->cols },
		   ROLE_HEADER, " ");
	for (int column = 0; column < COLUMN_COUNT; column++) {
		const char *title = session_column_title((enum session_column)column);
		bool orders = is_ordered_by(model, (enum session_column)column);

		if (session_column_is_right((enum session_column)column))
			put_right(cells, area.row, at[column], orders ? ROLE_FOCUS : ROLE_HEADER,
				  title);
		else
			put(cells, model, area.row, at[column], orders ? ROLE_FOCUS : ROLE_HEADER,
			    title);
	}
	for (size_t index = model->session_list.top; index < model->session_count && row < bottom;
	     index++) {
		const struct tui_session *session = session_list_at(model, index);

		session_row(cells, model, row, at, session, now_ms);
		view_row(cells, model, row, index == model->session_list.selected,
			 model->pane == PANE_SESSIONS);
		row++;
		row += process_lines(cells, model, row, bottom - row, at, session);
	}
}
