/* SPDX-License-Identifier: MIT */
/* Where questions are found: by object, id, pin and directory, and the list of all of them. */
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/session/question_parts.h"

struct asked *question_find(struct supervisor *s, enum access_kind kind, const char *object)
{
	uint64_t hash = hash_table_hash(&s->by_object, kind, object);

	for (struct hash_link *link = hash_table_first(&s->by_object, hash); link;
	     link = hash_table_next(link)) {
		struct asked *asked = hash_element(link, struct asked, by_object);

		if (asked->question.event.kind == kind &&
		    strcmp(asked->question.event.object, object) == 0)
			return asked;
	}
	return NULL;
}

struct asked *question_by_id(struct supervisor *s, const char *id)
{
	uint64_t hash = hash_table_hash(&s->by_id, 0, id);

	for (struct hash_link *link = hash_table_first(&s->by_id, hash); link;
	     link = hash_table_next(link)) {
		struct asked *asked = hash_element(link, struct asked, by_id);

		if (strcmp(asked->question.event.id, id) == 0)
			return asked;
	}
	return NULL;
}

/* An object's pin is even, that of its directory the next number. */
struct asked *question_by_pin(struct supervisor *s, uint32_t pin)
{
	struct hash_link *link = hash_table_first(&s->by_pin, pin / 2);

	return link ? hash_element(link, struct asked, by_pin) : NULL;
}

void question_set_pin(struct asked *asked, uint32_t pin)
{
	asked->pin = pin;
	hash_table_add(&asked->supervisor->by_pin, &asked->by_pin, pin / 2);
}

static uint64_t directory_hash(struct supervisor *s, enum access_kind kind, const char *object)
{
	_cleanup_free_ char *directory = path_parent(object);

	return hash_table_hash(&s->by_directory, kind, directory);
}

void question_index(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;
	const struct access_event *event = &asked->question.event;

	hash_table_add(&s->by_object, &asked->by_object,
		       hash_table_hash(&s->by_object, event->kind, event->object));
	hash_table_add(&s->by_id, &asked->by_id, hash_table_hash(&s->by_id, 0, event->id));
	if (access_is_file(event->kind))
		hash_table_add(&s->by_directory, &asked->by_directory,
			       directory_hash(s, event->kind, event->object));
}

void question_unindex(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;

	hash_table_remove(&s->by_object, &asked->by_object);
	hash_table_remove(&s->by_id, &asked->by_id);
	hash_table_remove(&s->by_directory, &asked->by_directory);
}

void question_link(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;

	asked->next = s->questions;
	*(asked->next ? &asked->next->previous : &s->oldest_question) = asked;
	s->questions = asked;
	question_index(asked);
	s->question_count++;
	s->changed = true;
}

void question_unlink(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;

	question_unindex(asked);
	*(asked->previous ? &asked->previous->next : &s->questions) = asked->next;
	*(asked->next ? &asked->next->previous : &s->oldest_question) = asked->previous;
	s->question_count--;
	s->changed = true;
}

void question_tables_free(struct supervisor *s)
{
	hash_table_free(&s->by_object);
	hash_table_free(&s->by_id);
	hash_table_free(&s->by_directory);
	hash_table_free(&s->by_pin);
}
