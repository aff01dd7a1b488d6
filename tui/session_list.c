/* SPDX-License-Identifier: MIT */
#include "tui/session_list.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/filter.h"
#include "tui/model.h"

struct tui_session *session_list_at(const struct model *model, size_t row)
{
	if (model->session_order != SESSIONS_BY_NUMBER && row < model->session_row_count) {
		struct tui_session *session = model_session(model, model->session_rows[row]);

		if (session != NULL)
			return session;
	}
	return &model->sessions[row];
}

/* The greatest first; NULL last. */
static int compare_sessions(const void *a, const void *b, void *arg)
{
	const struct model *model = arg;
	unsigned left_number = *(const unsigned *)a, right_number = *(const unsigned *)b;
	const struct session_info *left = &model_session(model, left_number)->info;
	const struct session_info *right = &model_session(model, right_number)->info;
	uint64_t x = 0, y = 0;
	int order = 0;

	switch (model->session_order) {
	case SESSIONS_BY_NAME:
		order = strcmp(left->server != NULL ? left->server : "",
			       right->server != NULL ? right->server : "");
		break;
	case SESSIONS_BY_DENIED:
		x = left->denied;
		y = right->denied;
		break;
	case SESSIONS_BY_ASKED:
		x = left->asked;
		y = right->asked;
		break;
	default:
		x = left->bytes_in + left->bytes_out;
		y = right->bytes_in + right->bytes_out;
	}
	if (order == 0 && x != y)
		order = x > y ? -1 : 1;
	return order != 0 ? order : left_number < right_number ? -1 : left_number > right_number;
}

static void make_rows(struct model *model)
{
	size_t count = model->session_count;

	model->session_row_count = 0;
	if (model->session_order == SESSIONS_BY_NUMBER || count == 0)
		return;
	model->session_rows = xrealloc(model->session_rows, count, sizeof(*model->session_rows));
	for (size_t i = 0; i < count; i++)
		model->session_rows[i] = model->sessions[i].number;
	qsort_r(model->session_rows, count, sizeof(*model->session_rows), compare_sessions, model);
	model->session_row_count = count;
}

void session_list_settle(struct model *model, int height)
{
	struct list *list = &model->session_list;

	make_rows(model);
	for (size_t row = 0; row < model->session_count; row++)
		if (session_list_at(model, row)->number == model->session_selected)
			list->selected = row;
	list_settle(list, model->session_count, height);
	session_list_select(model, list->selected);
}

void session_list_select(struct model *model, size_t row)
{
	if (row >= model->session_count) {
		model->session_selected = 0;
		return;
	}
	model->session_list.selected = row;
	model->session_selected = session_list_at(model, row)->number;
}

void session_list_move(struct model *model, long by)
{
	list_move(&model->session_list, model->session_count, by);
	session_list_select(model, model->session_list.selected);
}

bool session_list_find(struct model *model, const char *text, bool forward, bool here)
{
	size_t count = model->session_count, row = model->session_list.selected;
	_cleanup_free_ char *lower = xstrdup(text);

	for (char *c = lower; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	for (size_t i = here ? 0 : 1; i <= count && count > 0 && lower[0] != '\0'; i++) {
		size_t at = forward ? (row + i) % count : (row + count * 2 - i) % count;
		const struct tui_session *session = session_list_at(model, at);

		if (!filter_contains(session->info.server, lower) &&
		    !filter_contains(session->info.command, lower))
			continue;
		session_list_select(model, at);
		return true;
	}
	return false;
}

