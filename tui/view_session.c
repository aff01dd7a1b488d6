/* SPDX-License-Identifier: MIT */
/* One session, on tabs: what it is, its processes, its mounts in words, whom it talked to, and
 * what it printed where it was started here. */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/flows.h"
#include "tui/ports.h"
#include "tui/session_acts.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"
#include "tui/words.h"

static const char *const tab_names[TAB_COUNT] = { "Overview", "Processes", "Mounts", "Network",
						  "Output",   "Files" };

/* A supervisor of before tells none in any case. */
static char *settings_words(const struct model *model, const struct tui_session *session)
{
	const struct session_info *info = &session->info;

	if (info->settings != NULL)
		return text_safe_path(info->settings, model->home, model->glyphs->ascii);
	return info->reads != NULL ? xstrdup("no file: the built-in base") : NULL;
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
	lines_add_row(lines, "server", text_safe(info->server, ascii), ROLE_TITLE, cols);
	lines_add_row(lines, "command", text_safe(info->command, ascii), ROLE_TEXT, cols);
	lines_add_row(lines, "directory", text_safe(info->cwd, ascii), ROLE_TEXT, cols);
	lines_add_row(lines, "state", words_state(session), ROLE_TEXT, cols);
	lines_add_row(lines, "mode", text_safe(info->mode, ascii), ROLE_TEXT, cols);
	lines_add_row(lines, "settings", settings_words(model, session), ROLE_TEXT, cols);
	lines_add_row(lines, "watched", words_level(info), ROLE_TEXT, cols);
	lines_add_row(lines, "reads", words_reads(info), ROLE_TEXT, cols);
	lines_add_row(lines, "blind", text_safe(info->banner, ascii), ROLE_WARN, cols);
	lines_add_row(lines, "supervisor", buf_steal(&pids), ROLE_TEXT, cols);
	lines_add_row(lines, "started", buf_steal(&started), ROLE_TEXT, cols);
	lines_add_row(lines, "accesses", buf_steal(&counts), ROLE_TEXT, cols);
	lines_add_row(lines, "network", buf_steal(&net), ROLE_TEXT, cols);
	lines_add_row(lines, "listens", ports_words(info), ROLE_TEXT, cols);
	lines_add_row(lines, "lost", words_loss(session), ROLE_WARN, cols);
	lines_add_row(lines, "id", text_safe(info->id, ascii), ROLE_DIM, cols);
}

static void add_processes(struct detail_lines *lines, const struct model *model,
			  const struct tui_session *session, int cols)
{
	_cleanup_free_ struct process_row *rows = NULL;
	size_t count =
		session->ended ? 0 : processes_tree(&model->processes, session->info.child, &rows);

	if (count == 0) {
		lines_add_said(lines, ROLE_DIM,
			       session->ended ? "It has ended, and all its processes with it."
					      : "Its processes cannot be seen, or it has none yet.",
			       cols);
		return;
	}
	lines_add_text(lines, ROLE_TITLE, "     PID      CPU    MEM S COMMAND");
	for (size_t i = 0; i < count; i++) {
		const struct process *process = rows[i].process;
		_cleanup_free_ char *name = view_process_words(model, &rows[i]);
		_cleanup_buf_ struct buf line = BUF_EMPTY, time = BUF_EMPTY, memory = BUF_EMPTY;

		text_span(&time, process->cpu_ms);
		text_bytes(&memory, process->resident);
		buf_addf(&line, "%8d %8s %6s %c ", (int)process->pid, buf_text(&time),
			 buf_text(&memory), process->state);
		view_process_tree(&line, model, &rows[i]);
		buf_adds(&line, name);
		lines_add_text(lines, process->state == 'Z' ? ROLE_DIM : ROLE_TEXT,
			       buf_text(&line));
	}
}

static void add_mounts(struct detail_lines *lines, const struct model *model,
		       const struct tui_session *session, int cols)
{
	enum mount_sense sense = MOUNT_SENSES;

	if (session->ended || !model->mounts_known) {
		lines_add_said(lines, ROLE_DIM,
			       session->ended ? "It has ended, and its mounts with it."
					      : "Its mounts cannot be seen.",
			       cols);
		return;
	}
	for (size_t i = 0; i < model->mounts.count; i++) {
		const struct mount_row *row = &model->mounts.items[i];
		_cleanup_free_ char *path =
			text_safe_path(row->path, model->home, model->glyphs->ascii);
		_cleanup_free_ char *line = xasprintf("  %s", path);

		if (row->sense != sense)
			lines_add_heading(lines, mount_sense_words(row->sense));
		sense = row->sense;
		lines_add_text(lines,
			       sense == MOUNT_WRITABLE ? ROLE_ALLOW
			       : sense == MOUNT_HIDDEN ? ROLE_DENY
			       : sense == MOUNT_KERNEL ? ROLE_DIM
						       : ROLE_TEXT,
			       line);
	}
}

static void add_traffic(struct detail_lines *lines, const struct tui_session *session, int cols)
{
	_cleanup_buf_ struct buf sum = BUF_EMPTY;

	buf_adds(&sum, "Through the proxies: ");
	text_bytes(&sum, session->info.bytes_in);
	buf_adds(&sum, " in, ");
	text_bytes(&sum, session->info.bytes_out);
	buf_adds(&sum, " out.");
	lines_add_said(lines, ROLE_DIM, buf_text(&sum), cols);
	lines_add_blank(lines);
}

static void add_flow(struct detail_lines *lines, const struct model *model, const struct flow *flow,
		     bool files)
{
	_cleanup_free_ char *object = files ? text_safe_path(flow->object, model->home, model->glyphs->ascii)
					    : text_safe(flow->object, model->glyphs->ascii);
	_cleanup_buf_ struct buf line = BUF_EMPTY, last = BUF_EMPTY, allowed = BUF_EMPTY, denied = BUF_EMPTY;

	text_time(&last, flow->last_ms, false);
	text_count(&allowed, flow->allowed);
	text_count(&denied, flow->denied);
	buf_addf(&line, " %s %6s %6s %-7s %s", buf_text(&last), buf_text(&allowed), buf_text(&denied),
		 access_kind_name(flow->kind), object);
	lines_add_text(lines,
		       flow->asked	    ? ROLE_ASK
		       : flow->allowed == 0 ? ROLE_DENY
					    : ROLE_TEXT,
		       buf_text(&line));
}

/* The latest first, added up by object. */
static void add_flows(struct detail_lines *lines, const struct model *model,
		      const struct tui_session *session, bool files, int cols)
{
	_cleanup_flows_ struct flows flows = { 0 };

	if (!files)
		add_traffic(lines, session, cols);
	flows_collect(&flows, model->events, session->number, files);
	if (flows.count == 0) {
		lines_add_said(lines, ROLE_DIM,
			       files ? "No file is listed here: one that may be used is not always an event."
				     : "Nothing that is listed here has used the network.",
			       cols);
		return;
	}
	lines_add_text(lines, ROLE_TITLE,
		       files ? " LAST      ALLOW   DENY KIND    FILE" : " LAST      ALLOW   DENY KIND    TO");
	for (size_t i = 0; i < flows.count; i++)
		add_flow(lines, model, &flows.items[i], files);
	if (flows.more)
		lines_add_said(lines, ROLE_DIM,
			       "Earlier ones are left out: H on the dashboard goes back to them.", cols);
}

static void add_output(struct detail_lines *lines, const struct model *model, int cols)
{
	if (!model->output_known) {
		lines_add_said(lines, ROLE_DIM,
			       "It was not started here: what it prints goes to whoever started it.",
			 cols);
		return;
	}
	if (model->output.count == 0)
		lines_add_said(lines, ROLE_DIM, "It has printed nothing.", cols);
	for (size_t i = 0; i < model->output.count; i++) {
		_cleanup_free_ char *line = text_safe(model->output.items[i], model->glyphs->ascii);

		lines_add_wrapped(lines, NULL, ROLE_TEXT, line, ROLE_TEXT, cols);
	}
}

static const char *session_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct tui_session *session = model_session(model, model->detail_session);

	lines->label_cols = model->tab == TAB_OVERVIEW ? LABEL_COLS : 0;
	if (session == NULL)
		return "session";
	switch (model->tab) {
	case TAB_PROCESSES:
		add_processes(lines, model, session, cols);
		break;
	case TAB_MOUNTS:
		add_mounts(lines, model, session, cols);
		break;
	case TAB_NETWORK:
		add_flows(lines, model, session, false, cols);
		break;
	case TAB_FILES:
		add_flows(lines, model, session, true, cols);
		break;
	case TAB_OUTPUT:
		add_output(lines, model, cols);
		break;
	default:
		detail_session(lines, model, session, cols);
	}
	return "session";
}

static void draw_tabs(struct cells *cells, const struct model *model, int row, int limit)
{
	bool narrow = cells->cols < 70;
	int col = 2;

	for (int tab = 0; tab < TAB_COUNT; tab++) {
		_cleanup_free_ char *label = narrow ? xasprintf(" %d", tab + 1)
						    : xasprintf(" %d %s", tab + 1, tab_names[tab]);

		if (col + text_width(label) + 1 > limit)
			break;
		col += cells_put(cells, row, col, limit - col,
				 tab == (int)model->tab ? ROLE_FOCUS : ROLE_DIM, label);
	}
	cells_put(cells, row, col, 1, ROLE_DIM, " ");
}

static void session_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	const struct tui_session *session = model_session(model, model->detail_session);

	text_view_draw(cells, model, now_ms);
	if (session != NULL)
		draw_tabs(cells, model, model_layout(model).body.row, cells->cols - 18);
}

/* The output follows its end, as tail -f does, until somebody scrolls up, and again from where they are back. */
static void session_settle(struct model *model)
{
	size_t end = text_view_end(model);

	if (model->tab == TAB_OUTPUT && !model->output_paused)
		model->detail_list.top = end;
	if (model->detail_list.top >= end) {
		model->detail_list.top = end;
		model->output_paused = false;
	}
}

static void session_move(struct model *model, long by)
{
	text_view_move(model, by);
	model->output_paused = model->tab == TAB_OUTPUT;
}

static const char *session_hint(const struct model *model)
{
	const struct tui_session *session = model_session(model, model->detail_session);

	if (model->tab != TAB_OUTPUT || !model->output_known)
		return NULL;
	if (session != NULL && session->ended && !model->output_paused)
		return "It has ended; these are its last lines.";
	return model->output_paused ? "Stands still while you look: G or End goes on with the newest line."
				    : "Follows the newest line; scrolling up holds it still.";
}

static struct command session_act(struct model *model, enum action action, struct instant now)
{
	struct tui_session *session = model_session(model, model->detail_session);
	enum session_tab tab = model->tab;

	(void)now;
	if (action == ACTION_STOP)
		session_stop(model, session);
	else if (action == ACTION_RESTART)
		return session_restart(model, session);
	else if (action == ACTION_EXPORT)
		session_export(model, session);
	else if (action == ACTION_LAYER)
		session_layer(model, session, NULL);
	else if (action == ACTION_PUBLISH)
		ports_publish(model, session);
	if (action >= ACTION_TAB_1 && action < ACTION_TAB_1 + TAB_COUNT)
		tab = (enum session_tab)(action - ACTION_TAB_1);
	else if (action == ACTION_TAB_NEXT)
		tab = (tab + 1) % TAB_COUNT;
	else if (action == ACTION_TAB_PREVIOUS)
		tab = (tab + TAB_COUNT - 1) % TAB_COUNT;
	if (tab != model->tab) {
		memset(&model->detail_list, 0, sizeof(model->detail_list));
		model->output_paused = false;
	}
	model->tab = tab;
	return (struct command){ .type = COMMAND_NONE };
}

const struct view_ops view_session_ops = {
	.context = CONTEXT_SESSION,
	.box = BOX_ALWAYS,
	.settle = session_settle,
	.draw = session_draw,
	.move = session_move,
	.page = text_view_page,
	.act = session_act,
	.lines = session_lines,
	.hint = session_hint,
};
