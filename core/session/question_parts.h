/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_QUESTION_PARTS_H
#define CORE_SESSION_QUESTION_PARTS_H

/* What questions.c, question_table.c and question_join.c share. Nobody else includes this. */
#include "core/session/supervisor_parts.h"

/* Into the list, as the newest, and the tables; and out of them. */
void question_link(struct asked *asked);
void question_unlink(struct asked *asked);
/* The tables alone: around a change of its object. */
void question_index(struct asked *asked);
void question_unindex(struct asked *asked);
/* They are empty by then. */
void question_tables_free(struct supervisor *s);

#endif
