/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_JSON_TEXT_H
#define CORE_BASE_JSON_TEXT_H

/*
 * Where the values of a JSON text stand: for changing a few of them in a file that a person wrote,
 * and leaving every other byte as it is. Comments and a comma before a closing bracket are let pass, as
 * editors' files have them. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct json_span {
	size_t from, to; /* bytes [from, to) */
};

struct json_item {
	struct json_span key; /* with its quotes; empty in an array */
	struct json_span value;
};

/* Whether the text is one value and nothing else; its place. 0, or -1 with *e, which says in what line. */
int json_text_check(const char *text, size_t length, struct json_span *value, struct err *e);

/*
 * The next member of an object or item of an array, of a text that was checked. *at starts at 0;
 * false at the end.
 */
bool json_text_next(const char *text, struct json_span container, size_t *at, struct json_item *item);

static inline bool json_span_is_empty(struct json_span span)
{
	return span.from == span.to;
}

#endif
