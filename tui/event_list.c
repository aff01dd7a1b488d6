/* SPDX-License-Identifier: MIT */
#include "tui/event_list.h"

#include <string.h>

#include "core/base/mem.h"
#include "tui/sort_keys.h"
#include "tui/views.h"

#define ORDER_MS 1000 /* an order is made anew at most so often */

void event_list_free(struct event_list *list)
{
	filter_free(list->filter);
	free(list->mistake);
	serials_free(&list->shown);
	free(list->ordered);
}

static bool shows(const struct event_list *list, const struct logged_event *entry)
{
	enum verdict verdict = entry->event.verdict;

	if (list->only && list->session != 0 && list->session != entry->session)
		return false;
	if (list->show == SHOW_REFUSED && verdict == VERDICT_ALLOW)
		return false;
	if (list->show == SHOW_ALLOWED && verdict != VERDICT_ALLOW)
		return false;
	return filter_matches(list->filter, &entry->event, entry->session);
}

void event_list_put(struct model *model, const struct logged_event *entry)
{
	struct event_list *list = &model->event_list;
	bool in;

	list->ordered_stale = true;
	if (list->stale)
		return;
	serials_drop_below(&list->shown, events_first(model->events));
	in = shows(list, entry);
	if (list->shown.count == 0 || list->shown.items[list->shown.count - 1] < entry->serial) {
		if (in)
			serials_append(&list->shown, entry->serial);
	} else {
		serials_set(&list->shown, entry->serial, in);
	}
}

static void select_all(struct model *model)
{
	struct event_list *list = &model->event_list;
	uint64_t next = events_next(model->events);

	serials_clear(&list->shown);
	for (uint64_t serial = events_first(model->events); serial < next; serial++)
		if (shows(list, events_get(model->events, serial)))
			serials_append(&list->shown, serial);
	list->stale = false;
	list->ordered_stale = true;
}

/* --- orders --- */

static struct sort_key key_of(const struct logged_event *entry, enum event_order order)
{
	const struct access_event *event = &entry->event;
	struct sort_key key = { .serial = entry->serial };

	switch (order) {
	case ORDER_COUNT:
		key.value = event->count;
		break;
	case ORDER_KIND:
		key.value = (uint64_t)event->kind * VERDICT_COUNT + event->verdict;
		break;
	default:
		key.text = event->object != NULL ? event->object : "";
	}
	return key;
}

/* Texts take the longest: the newest of them are enough to find one's way. */
static size_t ordered_from(const struct event_list *list)
{
	bool many = list->order == ORDER_OBJECT && list->shown.count > ORDER_TEXTS_MOST;

	return many ? list->shown.count - ORDER_TEXTS_MOST : 0;
}

static void make_order(struct model *model)
{
	struct event_list *list = &model->event_list;
	size_t from = ordered_from(list), count = list->shown.count - from;
	_cleanup_free_ struct sort_key *keys = xcalloc(count + 1, sizeof(*keys));

	for (size_t i = 0; i < count; i++)
		keys[i] =
			key_of(events_get(model->events, list->shown.items[from + i]), list->order);
	sort_keys(keys, count);
	list->ordered = xrealloc(list->ordered, count + 1, sizeof(*list->ordered));
	for (size_t i = 0; i < count; i++)
		list->ordered[i] = keys[i].serial;
	list->ordered_count = count;
	list->ordered_stale = false;
	list->ordered_ms = model->now.mono_ms;
}

/* Between two makings of the order, what the ring has forgotten leaves a gap. */
static bool order_is_due(const struct model *model)
{
	const struct event_list *list = &model->event_list;

	if (list->order == ORDER_TIME || !list->ordered_stale)
		return false;
	return list->ordered == NULL || model->now.mono_ms - list->ordered_ms >= ORDER_MS ||
	       events_count(model->events) < list->ordered_count;
}

size_t event_list_count(const struct model *model)
{
	const struct event_list *list = &model->event_list;

	return list->order == ORDER_TIME ? list->shown.count : list->ordered_count;
}

uint64_t event_list_serial(const struct model *model, size_t row)
{
	const struct event_list *list = &model->event_list;

	return list->order == ORDER_TIME ? list->shown.items[row] : list->ordered[row];
}

const char *event_order_name(enum event_order order)
{
	static const char *const names[ORDER_ORDERS] = { "time", "count", "kind", "object" };

	return names[order];
}

static size_t row_of(const struct model *model, uint64_t serial)
{
	const struct event_list *list = &model->event_list;

	if (list->order == ORDER_TIME)
		return serials_lower(&list->shown, serial);
	for (size_t i = 0; i < list->ordered_count; i++)
		if (list->ordered[i] == serial)
			return i;
	return list->list.selected;
}

void event_list_settle(struct model *model, int height)
{
	const struct tui_session *session = model_selected_session(model);
	unsigned wanted = session != NULL ? session->number : 0;
	struct event_list *list = &model->event_list;
	bool by_time = list->order == ORDER_TIME;
	size_t count;

	if (list->only && wanted != list->session)
		list->stale = true;
	list->session = wanted;
	if (list->stale) {
		select_all(model);
		list->ordered_ms = model->now.mono_ms - ORDER_MS;
	}
	if (order_is_due(model))
		make_order(model);
	count = event_list_count(model);
	if (list->follow && count > 0)
		list->list.selected = count - 1;
	else
		list->list.selected = row_of(model, list->serial);
	if (by_time)
		list->list.top = serials_lower(&list->shown, list->top);
	list_settle(&list->list, count, height);
	if (count == 0)
		return;
	/* The event in the detail view stays, even where the filter would hide it. */
	if (model_view(model) != VIEW_EVENT || model_selected_event(model) == NULL)
		list->serial = event_list_serial(model, list->list.selected);
	list->top = event_list_serial(model, list->list.top);
}

void event_list_pause(struct model *model)
{
	struct event_list *list = &model->event_list;

	if (!list->follow)
		return;
	list->follow = false;
	list->paused_at = events_next(model->events);
}

void event_list_follow(struct model *model, bool follow)
{
	if (follow)
		model->event_list.follow = true;
	else
		event_list_pause(model);
}

void event_list_move(struct model *model, long by)
{
	struct event_list *list = &model->event_list;
	size_t count = event_list_count(model);

	if (count == 0)
		return;
	list_move(&list->list, count, by);
	event_list_pause(model);
	if (list->list.selected < count)
		list->serial = event_list_serial(model, list->list.selected);
}

void event_list_set_filter(struct model *model, const char *text)
{
	struct event_list *list = &model->event_list;
	struct err e = { .code = ERR_GENERAL };
	struct filter *filter = filter_parse(text, &e);

	if (text != list->text) {
		strncpy(list->text, text, FILTER_MOST);
		list->text[FILTER_MOST] = '\0';
	}
	free(steal_ptr(&list->mistake));
	if (filter == NULL) {
		/* What was understood last stays in force while more is typed. */
		list->mistake = xstrdup(e.message);
		return;
	}
	filter_free(list->filter);
	list->filter = filter;
	list->stale = true;
}

void event_list_set_order(struct model *model, enum event_order order)
{
	struct event_list *list = &model->event_list;

	list->order = order;
	list->ordered_stale = true;
	list->ordered_ms = model->now.mono_ms - ORDER_MS;
	/* The greatest count is what is looked for; else the beginning is as good as any place. */
	if (order != ORDER_TIME)
		event_list_follow(model, order == ORDER_COUNT);
	else
		list->follow = true;
}

bool event_list_find(struct model *model, bool forward, bool here)
{
	struct event_list *list = &model->event_list;
	size_t count = event_list_count(model), row = list->list.selected;
	char lower[FILTER_MOST + 1];
	size_t length = strlen(list->find);

	if (count == 0 || length == 0)
		return false;
	for (size_t i = 0; i <= length; i++)
		lower[i] = list->find[i] >= 'A' && list->find[i] <= 'Z' ? (char)(list->find[i] + 32)
									: list->find[i];
	for (size_t i = here ? 0 : 1; i <= count; i++) {
		size_t at = forward ? (row + i) % count : (row + count * 2 - i) % count;
		const struct logged_event *entry =
			events_get(model->events, event_list_serial(model, at));

		if (entry == NULL || !filter_finds(&entry->event, lower))
			continue;
		event_list_pause(model);
		list->list.selected = at;
		list->serial = entry->serial;
		return true;
	}
	return false;
}
