/* SPDX-License-Identifier: MIT */
#include "tui/questions.h"

#include <string.h>

#include "core/base/mem.h"

void questions_free(struct questions *questions)
{
	for (size_t i = 0; i < questions->count; i++)
		question_free(&questions->items[i].question);
	free(questions->items);
	memset(questions, 0, sizeof(*questions));
}

struct asked *questions_find(const struct questions *questions, const char *id)
{
	if (id == NULL)
		return NULL;
	for (size_t i = 0; i < questions->count; i++)
		if (strcmp(questions->items[i].question.event.id, id) == 0)
			return &questions->items[i];
	return NULL;
}

void questions_remove(struct questions *questions, struct asked *asked)
{
	size_t index = (size_t)(asked - questions->items);

	question_free(&asked->question);
	memmove(asked, asked + 1, (questions->count - index - 1) * sizeof(*asked));
	questions->count--;
}

static void make_room(struct questions *questions)
{
	size_t oldest = 0;

	if (questions->count < QUESTIONS_MOST)
		return;
	for (size_t i = 0; i < questions->count; i++)
		if (!questions->items[i].held) {
			oldest = i;
			break;
		}
	questions_remove(questions, &questions->items[oldest]);
}

struct asked *questions_put(struct questions *questions, unsigned session,
			    const struct question *question)
{
	struct asked *asked = questions_find(questions, question->event.id);

	if (asked != NULL) {
		question_free(&asked->question);
	} else {
		make_room(questions);
		grow_array(questions->items, questions->count, questions->capacity);
		asked = &questions->items[questions->count++];
		memset(asked, 0, sizeof(*asked));
	}
	question_copy(&asked->question, question);
	asked->session = session;
	asked->held = question->deadline_ms > 0;
	return asked;
}

void questions_drop_session(struct questions *questions, unsigned session)
{
	for (size_t i = questions->count; i-- > 0;)
		if (questions->items[i].session == session)
			questions_remove(questions, &questions->items[i]);
}

size_t questions_held(const struct questions *questions)
{
	size_t held = 0;

	for (size_t i = 0; i < questions->count; i++)
		held += questions->items[i].held && !questions->items[i].sent;
	return held;
}

size_t *questions_order(const struct questions *questions)
{
	size_t *order = xcalloc(questions->count + 1, sizeof(*order));
	size_t n = 0;

	for (size_t i = 0; i < questions->count; i++)
		if (questions->items[i].held)
			order[n++] = i;
	for (size_t i = questions->count; i-- > 0;)
		if (!questions->items[i].held)
			order[n++] = i;
	return order;
}

size_t question_scope_count(const struct question *question)
{
	return question->scope_count > 0 ? question->scope_count : 1;
}

enum scope question_scope(const struct question *question, size_t i)
{
	return i < question->scope_count ? question->scopes[i] : SCOPE_EXACT;
}

const char *question_pattern(const struct question *question, size_t i)
{
	if (i < question->scope_count && question->patterns[i] != NULL)
		return question->patterns[i];
	return question->event.object;
}

bool question_keeps(const struct question *question, enum duration duration)
{
	return duration != DURATION_ONCE ||
	       (question->deadline_ms > 0 && question->event.kind != ACCESS_EXEC);
}
