/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

/*
 * JSON as this program writes and reads it, one value a line.
 *
 * Names of files and hosts are bytes; JSON is Unicode. What is written is pure ASCII: a
 * character beyond it becomes \uXXXX, and a byte that is not part of well-formed UTF-8 becomes the
 * lone surrogate \udcXX (U+DC00 plus the byte), as Python's "surrogateescape" has it. Reading
 * turns both back, so that every string of bytes without NUL comes through unchanged, and no
 * terminal sees a control or formatting character.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/* Integers beyond this are not exact in every reader: written as this, refused when read. */
#define JSON_INTEGER_MOST ((INT64_C(1) << 53) - 1)

/* Appends a string with its quotes; NULL becomes null. */
void json_string(struct buf *out, const char *text);
/* The same of a text of at most `most` bytes; a longer one is cut and ends with an ellipsis. */
void json_string_clipped(struct buf *out, const char *text, size_t most);
/* Appends `"name":`, with a comma in front unless an object has just been opened. */
void json_key(struct buf *out, const char *name);
/* Members of an object. */
void json_member_string(struct buf *out, const char *name, const char *text);
void json_member_integer(struct buf *out, const char *name, int64_t value);
void json_member_unsigned(struct buf *out, const char *name, uint64_t value);
void json_member_bool(struct buf *out, const char *name, bool value);
/* RFC 3339 in UTC with milliseconds; 0 becomes null. */
void json_member_time(struct buf *out, const char *name, int64_t wall_ms);
/* An array of strings. */
void json_member_strings(struct buf *out, const char *name, const struct strings *strings);

/*
 * Reads one JSON value that fills the text, strictly: UTF-8, no NUL, no raw control characters, no
 * name twice in one object, bounded depth. Strings come out as bytes (see above). NULL with *e;
 * the caller frees it with cJSON_Delete() and bounds the length.
 */
cJSON *json_read(const char *text, size_t length, struct err *e);

static inline void json_cleanup(cJSON **value)
{
	cJSON_Delete(*value);
}
#define _cleanup_json_ __attribute__((cleanup(json_cleanup)))

/* Members of an object that was read: 0, or -1 with *e where the type is wrong. Missing and null
 * give NULL or `absent`. Strings are copies: caller frees. */
int json_get_string(const cJSON *object, const char *name, char **value, struct err *e);
int json_get_integer(const cJSON *object, const char *name, int64_t least, int64_t most,
		     int64_t absent, int64_t *value, struct err *e);
int json_get_bool(const cJSON *object, const char *name, bool *value, struct err *e);
int json_get_time(const cJSON *object, const char *name, int64_t *wall_ms, struct err *e);

#endif
