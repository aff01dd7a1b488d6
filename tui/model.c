/* SPDX-License-Identifier: MIT */
#include "tui/model.h"

#include <string.h>

#include "core/base/mem.h"
#include "tui/sure.h"
#include "tui/text.h"
#include "tui/views.h"

struct model *model_new(const struct glyphs *glyphs, const char *home)
{
	struct model *model = xcalloc(1, sizeof(*model));

	model->glyphs = glyphs;
	model->home = xstrdup(home);
	model->rows = 24;
	model->cols = 80;
	model->events = events_new(EVENTS_MOST);
	model->pane = PANE_EVENTS;
	model->event_list.follow = true;
	model->event_list.stale = true;
	preferences_default(&model->preferences);
	model->box.keep = DURATION_SESSION;
	return model;
}

void model_free(struct model *model)
{
	if (model == NULL)
		return;
	for (size_t i = 0; i < model->session_count; i++)
		session_info_free(&model->sessions[i].info);
	free(model->sessions);
	events_free(model->events);
	questions_free(&model->questions);
	event_list_free(&model->event_list);
	for (size_t i = 0; i < LOG_MOST; i++)
		free(model->log[i].text);
	free(model->numbers);
	free(model->session_rows);
	processes_free(&model->processes);
	mount_rows_free(&model->mounts);
	strings_free(&model->output);
	sure_forget(model);
	rule_book_free(&model->rules);
	older_free(&model->older);
	export_review_free(&model->export);
	server_specs_free(&model->servers);
	free(model->servers_path);
	free(model->servers_trouble);
	free(model->home);
	filter_free(model->older.filter);
	written_free(&model->written);
	free(model->prompt.label);
	free(model->queue_id);
	free(model->box.id);
	free(model->box.also);
	free(model->arrived);
	free(model->front.id);
	free(model->notice.text);
	free(model);
}

enum view model_view(const struct model *model)
{
	return model->depth > 0 ? model->views[model->depth - 1] : VIEW_DASH;
}

void model_push(struct model *model, enum view view)
{
	if (model_view(model) == view || model->depth == VIEW_DEPTH)
		return;
	model->views[model->depth++] = view;
	memset(&model->detail_list, 0, sizeof(model->detail_list));
}

void model_pop(struct model *model)
{
	if (model->depth > 0)
		model->depth--;
	memset(&model->detail_list, 0, sizeof(model->detail_list));
}

void model_resize(struct model *model, int rows, int cols)
{
	model->rows = rows;
	model->cols = cols;
	/* What the answer keys act on may have left the screen: it has to be seen anew. */
	model->front.context = CONTEXT_COUNT;
}

struct layout model_layout(const struct model *model)
{
	return layout_make(model->rows, model->cols,
			   model->session_count + (model->tree ? model->tree_rows : 0),
			   model_banner(model) != NULL, model->pane);
}

struct tui_session *model_session(const struct model *model, unsigned number)
{
	size_t low = 0, high = model->session_count;

	/* Numbers grow, and the order of the rows is that of their numbers. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (model->sessions[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < model->session_count && model->sessions[low].number == number)
		return &model->sessions[low];
	return NULL;
}

struct tui_session *model_session_of_id(const struct model *model, const char *id)
{
	for (size_t i = 0; i < model->session_count; i++)
		if (model->sessions[i].info.id != NULL &&
		    strcmp(model->sessions[i].info.id, id) == 0)
			return &model->sessions[i];
	return NULL;
}

struct tui_session *model_selected_session(const struct model *model)
{
	if (model->session_selected != 0)
		return model_session(model, model->session_selected);
	if (model->session_list.selected >= model->session_count)
		return NULL;
	return session_list_at(model, model->session_list.selected);
}

struct logged_event *model_selected_event(const struct model *model)
{
	return events_get(model->events, model->event_list.serial);
}

bool session_warns(const struct tui_session *session)
{
	const struct session_info *info = &session->info;

	return !session->ended &&
	       (info->banner != NULL || info->unasked > 0 || info->lost > 0 || session->lost > 0);
}

const struct tui_session *model_banner(const struct model *model)
{
	const struct tui_session *selected = model_selected_session(model);

	if (selected != NULL && session_warns(selected))
		return selected;
	for (size_t i = 0; i < model->session_count; i++)
		if (session_warns(&model->sessions[i]))
			return &model->sessions[i];
	return NULL;
}

void model_notice(struct model *model, struct instant now, enum role role, char *text)
{
	struct logged_notice *logged = &model->log[model->log_count++ % LOG_MOST];

	free(logged->text);
	*logged = (struct logged_notice){ .wall_ms = now.wall_ms,
					  .role = role,
					  .text = xstrdup(text) };
	free(model->notice.text);
	model->notice.text = text;
	model->notice.role = role;
	model->notice.until_ms = now.mono_ms + NOTICE_MS;
}

struct asked *model_box_question(const struct model *model)
{
	return questions_find(&model->questions, model->box.id);
}

void model_close_box(struct model *model)
{
	free(model->box.id);
	free(model->box.also);
	memset(&model->box, 0, sizeof(model->box));
	model->box.keep = DURATION_SESSION;
}

void model_begin_box(struct model *model)
{
	const struct asked *asked = model_box_question(model);
	const struct question *question;

	if (asked == NULL)
		return;
	question = &asked->question;
	if (question_keeps(question, model->preferences.duration))
		model->box.keep = model->preferences.duration;
	for (size_t i = 0; i < question_scope_count(question); i++)
		if (question_scope(question, i) == model->preferences.scope)
			model->box.scope = i;
}

void model_choose(struct model *model, const char *id)
{
	char *copy = xstrdup(id);

	model_close_box(model);
	model->box.id = copy;
	model->box.chosen = true;
	model_begin_box(model);
}

bool model_box_visible(const struct model *model)
{
	enum box_place place = view_top(model)->box;

	if (model->box.id == NULL || model->prompt.kind != PROMPT_NONE ||
	    model->sure.question != NULL)
		return false;
	return place == BOX_ALWAYS || (place == BOX_CHOSEN && model->box.chosen);
}

enum context model_context(const struct model *model)
{
	if (model->prompt.kind != PROMPT_NONE)
		return CONTEXT_PROMPT;
	if (model->sure.question != NULL)
		return CONTEXT_SURE;
	if (model_box_visible(model))
		return model->box.confirming ? CONTEXT_CONFIRM : CONTEXT_QUESTION;
	return view_top(model)->context;
}

struct asked *model_front_question(const struct model *model)
{
	switch (model_context(model)) {
	case CONTEXT_QUESTION:
	case CONTEXT_CONFIRM:
		return model_box_question(model);
	case CONTEXT_QUEUE:
		return questions_find(&model->questions, model->queue_id);
	default:
		return NULL;
	}
}

void model_painted(struct model *model, struct instant now)
{
	const struct asked *asked = model_front_question(model);
	const char *id = asked != NULL ? asked->question.event.id : NULL;
	enum context context = model_context(model);
	bool moved = model->moved && context == CONTEXT_QUEUE;

	model->now = now;
	model->moved = false;
	if (model_layout(model).size == LAYOUT_SENTENCE)
		context = CONTEXT_COUNT;
	if (model->front.context == context && model->front.id != NULL && id != NULL &&
	    strcmp(model->front.id, id) == 0)
		return;
	free(model->front.id);
	model->front.id = xstrdup(id);
	model->front.context = context;
	/* A row that the person moved to was looked for, not sprung on them. */
	model->front.painted_ms = moved ? now.mono_ms - GUARD_MS : now.mono_ms;
}

bool model_ready(const struct model *model, struct instant now)
{
	const struct asked *asked = model_front_question(model);

	return asked != NULL && model->front.context == model_context(model) &&
	       model->front.id != NULL && strcmp(model->front.id, asked->question.event.id) == 0 &&
	       now.mono_ms - model->front.painted_ms >= GUARD_MS;
}

bool model_deciding(const struct model *model, struct instant now)
{
	return model->box.touched && now.mono_ms - model->box.touched_ms < DECIDING_MS;
}

uint64_t rate_sum(const struct rate *rate, int64_t wall_ms)
{
	int64_t second = wall_ms / 1000;
	uint64_t sum = 0;

	for (int64_t s = second - RATE_SECONDS + 1; s <= rate->second; s++)
		if (s > rate->second - RATE_SECONDS && s >= 0)
			sum += rate->counts[s % RATE_SECONDS];
	return sum;
}

void activity_add(struct activity *activity, int64_t wall_ms, uint64_t count, bool denied)
{
	int64_t slot = wall_ms / ACTIVITY_SLOT_MS;
	size_t at = (size_t)(slot % ACTIVITY_SLOTS);

	if (slot - activity->slot >= ACTIVITY_SLOTS || slot < activity->slot) {
		memset(activity, 0, sizeof(*activity));
		activity->slot = slot;
	}
	while (activity->slot < slot) {
		activity->slot++;
		activity->counts[activity->slot % ACTIVITY_SLOTS] = 0;
		activity->denied[activity->slot % ACTIVITY_SLOTS] = 0;
	}
	count = count < 1u << 30 ? count : 1u << 30;
	activity->counts[at] += (uint32_t)count;
	activity->denied[at] += denied ? (uint32_t)count : 0;
}

uint32_t activity_at(const struct activity *activity, int64_t wall_ms, size_t ago, bool denied)
{
	int64_t slot = wall_ms / ACTIVITY_SLOT_MS - (int64_t)ago;

	if (slot < 0 || slot > activity->slot || slot <= activity->slot - ACTIVITY_SLOTS)
		return 0;
	return (denied ? activity->denied : activity->counts)[slot % ACTIVITY_SLOTS];
}

bool model_tick(struct model *model, struct instant now)
{
	bool changed = false;

	model->now = now;

	if (model->notice.text != NULL && now.mono_ms >= model->notice.until_ms) {
		free(steal_ptr(&model->notice.text));
		changed = true;
	}
	return changed;
}

size_t model_process_roots(const struct model *model, pid_t *roots, size_t most)
{
	const struct tui_session *session = model_session(model, model->detail_session);
	size_t count = 0, row = model->session_list.top;

	if (model_view(model) == VIEW_SESSION) {
		if (session != NULL && !session->ended)
			roots[count++] = session->info.child;
		return count;
	}
	for (; row < model->session_count && count < most && (int)count < model->rows; row++) {
		session = session_list_at(model, row);
		if (!session->ended)
			roots[count++] = session->info.child;
	}
	return count;
}

void model_take_processes(struct model *model, struct processes *processes)
{
	processes_free(&model->processes);
	model->processes = *processes;
	memset(processes, 0, sizeof(*processes));
	model->tree_rows = 0;
	for (size_t i = 0; i < model->session_count; i++) {
		_cleanup_free_ struct process_row *rows = NULL;

		if (!model->sessions[i].ended)
			model->tree_rows += processes_tree(&model->processes,
							   model->sessions[i].info.child, &rows);
	}
}

unsigned model_wishes(const struct model *model)
{
	static const unsigned of_tabs[TAB_COUNT] = { [TAB_PROCESSES] = WISH_PROCESSES,
						     [TAB_MOUNTS] = WISH_MOUNTS,
						     [TAB_OUTPUT] = WISH_OUTPUT };

	switch (model_view(model)) {
	case VIEW_SESSION:
		/* What somebody reads must not move below their eyes. */
		if (model->tab == TAB_OUTPUT && model->output_paused)
			return 0;
		return of_tabs[model->tab];
	case VIEW_DASH:
		return model->tree ? WISH_PROCESSES : 0;
	case VIEW_RULES:
		return WISH_RULES;
	case VIEW_RULE:
		return model->rules.matched_wanted ? WISH_ACCESSES : 0;
	case VIEW_OLDER:
		return model->older.wanted ? WISH_OLDER : 0;
	case VIEW_WRITTEN:
	case VIEW_WRITTEN_DIFF:
		return WISH_WRITTEN;
	case VIEW_EXPORT:
	case VIEW_EXPORT_TEXT:
	case VIEW_EXPORT_DIFF:
	case VIEW_EXPORT_ENTRY:
	case VIEW_EXPORT_REPLAY:
		return WISH_EXPORT;
	default:
		return 0;
	}
}

/* Something on screen counts seconds. */
static bool shows_seconds(const struct model *model)
{
	if (questions_held(&model->questions) > 0)
		return true;
	for (size_t i = 0; i < model->session_count; i++)
		if (!model->sessions[i].ended)
			return true;
	return false;
}

int64_t model_wakeup(const struct model *model, struct instant now)
{
	int64_t next = -1;

	if (shows_seconds(model))
		next = now.mono_ms + 1000 - now.wall_ms % 1000;
	if (model_view(model) == VIEW_OLDER && model->older.wanted)
		return now.mono_ms;
	/* How far it is is told as it goes. */
	if (model_view(model) == VIEW_WRITTEN && model->written.work != WRITTEN_IDLE)
		next = now.mono_ms + PROGRESS_MS;
	if (model->notice.text != NULL && (next < 0 || model->notice.until_ms < next))
		next = model->notice.until_ms;
	return next;
}
