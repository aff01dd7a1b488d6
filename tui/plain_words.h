/* SPDX-License-Identifier: MIT */
#ifndef TUI_PLAIN_WORDS_H
#define TUI_PLAIN_WORDS_H

/* The commands of the line mode. Pure. */
#include "core/base/err.h"
#include "core/policy/access.h"

enum plain_type {
	PLAIN_NOTHING,
	PLAIN_HELP,
	PLAIN_SESSIONS,
	PLAIN_QUESTIONS,
	PLAIN_EXPLAIN, /* number */
	PLAIN_ANSWER,  /* number, verdict, scope, duration */
	PLAIN_ALL,     /* tell allowed accesses too, or no more */
	PLAIN_QUIT,
};

struct plain_command {
	enum plain_type type;
	unsigned number; /* of the question: an answer always names it */
	enum verdict verdict;
	bool has_scope, has_duration; /* else as narrow as can be, for the session */
	enum scope scope;
	enum duration duration;
	bool sure; /* "always" was followed by "sure" */
};

/* 0, or -1 with *e: a sentence for the person. */
int plain_parse(struct plain_command *command, const char *line, struct err *e);

#endif
