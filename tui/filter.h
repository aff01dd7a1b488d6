/* SPDX-License-Identifier: MIT */
#ifndef TUI_FILTER_H
#define TUI_FILTER_H

/*
 * What events to show, as a person types it: `net & deny & host~github`. Pure.
 *
 *	expression  and { "|" and }
 *	and         not { ["&"] not }
 *	not         "!" not | "(" expression ")" | test
 *	test        field operator value | class | text
 *	operator    "~" contains | "=" is | "!=" is not | "<" ">" "<=" ">=" for numbers
 *	field       object path host port why rule exe server call kind verdict session pid count
 *	class       read write exec connect dns bind unix | net file | allow deny ask
 *
 * Text in quotes may hold anything; text alone is looked for in object, reason, program and
 * kind. Letters are compared in any case.
 */
#include "core/base/err.h"
#include "core/policy/access.h"

#define FILTER_MOST 120 /* bytes */
#define FILTER_NODES_MOST 64
#define FILTER_DEPTH_MOST 16 /* of parentheses and "!" */

struct filter;

/* An empty text matches everything. NULL with *e, which names the column. */
struct filter *filter_parse(const char *text, struct err *e);
void filter_free(struct filter *filter);
/* NULL matches everything. `session` is the number shown on the dashboard. */
bool filter_matches(const struct filter *filter, const struct access_event *event,
		    unsigned session);

/* Which kinds and verdicts an event that matches can have: one bit each, never too few. */
void filter_bounds(const struct filter *filter, unsigned *kinds, unsigned *verdicts);
/* An empty text: it matches everything. NULL too. */
bool filter_is_empty(const struct filter *filter);

/* Whether `text` (NULL = no) contains `part`, in any case of ASCII letters; `part` in lower case.
 */
bool filter_contains(const char *text, const char *part);
/* What text alone means: see above. */
bool filter_finds(const struct access_event *event, const char *lower);

#endif
