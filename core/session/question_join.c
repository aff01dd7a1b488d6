/* SPDX-License-Identifier: MIT */
/*
 * Many files of one directory within a second make one question about the directory. It takes the
 * place of the first of them, whose id it keeps; the calls of the others wait for it, each with
 * its own event.
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/session/question_parts.h"

#define JOIN_LEAST 8 /* so many files of a directory … */
#define JOIN_MS 1000 /* … within this time make one question */

void question_add_object(struct asked *asked, const char *object)
{
	struct question *question = &asked->question;

	for (size_t i = 0; i < question->object_count; i++)
		if (strcmp(question->objects[i], object) == 0)
			return;
	question->objects_seen++;
	if (question->object_count < QUESTION_OBJECTS_MOST)
		question->objects[question->object_count++] = xstrdup(object);
	asked->changed = true;
}

struct asked *question_joined(struct supervisor *s, enum access_kind kind, const char *object)
{
	_cleanup_free_ char *path = xstrdup(object);

	if (!s->question_count)
		return NULL;
	for (char *slash; (slash = strrchr(path, '/')) && slash != path;) {
		struct asked *asked;

		*slash = '\0';
		asked = question_find(s, kind, path);
		if (asked && asked->joined)
			return asked;
	}
	return NULL;
}

/* The calls of the one wait for the other; their events are told apart by it. */
static void move_waiters(struct asked *from, struct asked *to)
{
	for (struct waiter *w = from->waiters, *next; w; w = next) {
		next = w->next;
		if (!w->event)
			w->event = xstrdup(from->question.event.id);
		question_hold(to, w);
		free(w->event);
		free(w);
	}
	from->waiters = NULL;
}

/* Takes the place of what was asked about: the same id, another object. */
static void make_joined(struct asked *asked, const char *directory)
{
	struct question *question = &asked->question;
	_cleanup_free_ char *first = xstrdup(question->event.object);

	question_unindex(asked);
	free(question->event.object);
	question->event.object = xstrdup(directory);
	question_index(asked);
	for (size_t i = 0; i < question->scope_count; i++) {
		free(question->patterns[i]);
		question->patterns[i] = NULL;
	}
	question->scope_count = 1;
	question->scopes[0] = SCOPE_DIR;
	question->patterns[0] = xstrdup(directory);
	asked->joined = asked->is_directory = true;
	asked->by_parent = asked->may_join = false;
	asked->makes = 0;
	question->makes_directory = false;
	free(asked->place);
	asked->place = xstrdup(directory);
	question_add_object(asked, first);
	asked->told = false;
}

struct asked *question_join(struct supervisor *s, enum access_kind kind, const char *object,
			    const char *mask)
{
	_cleanup_free_ char *directory = path_parent(object);
	uint64_t hash = hash_table_hash(&s->by_directory, kind, directory);
	int64_t since = clock_mono_ms() - JOIN_MS;
	struct asked *together[JOIN_LEAST];
	size_t count = 0;

	if (strcmp(directory, "/") == 0)
		return NULL;
	/* The newest come first. */
	for (struct hash_link *link = hash_table_first(&s->by_directory, hash);
	     link && count < JOIN_LEAST - 1; link = hash_table_next(link)) {
		struct asked *asked = hash_element(link, struct asked, by_directory);

		if (asked->may_join && !asked->granting && asked->asked_ms >= since &&
		    (mask ? asked->mask && strcmp(asked->mask, mask) == 0 : !asked->mask))
			together[count++] = asked;
	}
	if (count < JOIN_LEAST - 1)
		return NULL;
	make_joined(together[count - 1], directory);
	for (size_t i = 0; i + 1 < count; i++) {
		question_add_object(together[count - 1], together[i]->question.event.object);
		move_waiters(together[i], together[count - 1]);
		question_resolve(together[i], VERDICT_ASK, NULL, "joined");
	}
	return together[count - 1];
}
