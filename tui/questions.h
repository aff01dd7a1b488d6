/* SPDX-License-Identifier: MIT */
#ifndef TUI_QUESTIONS_H
#define TUI_QUESTIONS_H

/*
 * The questions that can be answered: those that hold a program right now, and those that
 * took their default already, where an answer counts for the next try. In order of arrival.
 */
#include "core/session/wire.h"

#define QUESTIONS_MOST 1000

struct asked {
	struct question question;
	unsigned session; /* its number in the model */
	bool held;	  /* a program waits for the answer */
	bool later;	  /* the person put it off */
	bool sent;	  /* answered from here; the supervisor has not said so yet */
	enum verdict sent_verdict;
	enum scope sent_scope;
	enum duration sent_duration;
};

struct questions {
	struct asked *items;
	size_t count, capacity;
};

void questions_free(struct questions *questions);
struct asked *questions_find(const struct questions *questions, const char *id);
/* Adds it or replaces the one with its id. Beyond QUESTIONS_MOST the oldest refused one goes. */
struct asked *questions_put(struct questions *questions, unsigned session,
			    const struct question *question);
void questions_remove(struct questions *questions, struct asked *asked);
void questions_drop_session(struct questions *questions, unsigned session);
size_t questions_held(const struct questions *questions);
/*
 * Indexes in the order of the queue: held ones, longest waiting first, then refused ones, newest
 * first. Caller frees; `count` of them.
 */
size_t *questions_order(const struct questions *questions);

/* What answer number `i` of the offered scopes means; a question without any has "exact". */
size_t question_scope_count(const struct question *question);
enum scope question_scope(const struct question *question, size_t i);
const char *question_pattern(const struct question *question, size_t i);
/* "Once" needs somebody who waits, and a call that can be served without changing a mount. */
bool question_keeps(const struct question *question, enum duration duration);

#endif
