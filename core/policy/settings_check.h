/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_SETTINGS_CHECK_H
#define CORE_POLICY_SETTINGS_CHECK_H

/*
 * Reading typed fields out of a settings file's JSON, with upstream's words for what is wrong.
 * Private to core/policy: the parts of the schema are built from these.
 */
#include <cjson/cJSON.h>

#include "core/policy/settings.h"

/* Where a value stands: a key or, with key NULL, an index, below another place. */
struct place {
	const struct place *up; /* NULL: the top */
	const char *key;
	size_t index;
};

/*
 * Two kinds of faults, as upstream has them: a value of the wrong type spoils all that it is part
 * of, and the checks that join fields are then left out; a text or a number that breaks its rule
 * is noted and goes on to those checks.
 */
struct checker {
	struct settings *settings;
	struct buf issues; /* "<path>: <message>; …" */
	size_t issue_count;
	size_t spoiled; /* those of the first kind */
	struct strings exclude_domains; /* tlsTerminate's, for the cross-check of credentials */
};

enum presence { OPTIONAL, REQUIRED };

/* Tells what is wrong with a string: a static sentence, or NULL. */
typedef const char *string_check(const char *text);

void check_issue(struct checker *c, const struct place *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for a fault that spoils what it is part of. */
#define check_spoiled(c, ...) ((c)->spoiled++, check_issue((c), __VA_ARGS__))

/* True if the value is there and of the type; says what it is instead otherwise. */
bool check_is_object(struct checker *c, const struct place *at, const cJSON *value);
bool check_is_array(struct checker *c, const struct place *at, const cJSON *value);
/* The string, also where it fails the check (may be NULL), or NULL where it is missing or of another
 * type. */
const char *check_string(struct checker *c, const struct place *at, const cJSON *value,
			 string_check *check);
/* True if the value is an integer of this range (INFINITY: none); *out (may be NULL) gets it. */
bool check_integer(struct checker *c, const struct place *at, const cJSON *value, double least,
		   double most, int *out);

/* Keys beyond `known` (NULL-terminated): noted as unknown or, where strict, refused. */
void check_keys(struct checker *c, const struct place *at, const cJSON *object,
		const char *const *known, bool strict);

/* The members of an object in the order that JavaScript has them in: names that are indices first,
 * by number. NULL-terminated; caller frees the array. */
const cJSON **check_members(const cJSON *object);

/* The named member, or NULL. */
const cJSON *check_member(const cJSON *object, const char *key);

/* Readers of one member of an object. Where it is missing *out stays as it is. */
void read_bool(struct checker *c, const struct place *at, const cJSON *object, const char *key,
	       bool *out);
void read_integer(struct checker *c, const struct place *at, const cJSON *object, const char *key,
		  int least, int most, int *out);
/* *out (may be NULL) gets a copy. */
void read_string(struct checker *c, const struct place *at, const cJSON *object, const char *key,
		 enum presence presence, string_check *check, char **out);
/* Adds the strings to *out (may be NULL). Returns how many items the array has. */
size_t read_strings(struct checker *c, const struct place *at, const cJSON *object, const char *key,
		    enum presence presence, string_check *check, struct strings *out);
/* One of `names` (NULL-terminated); *out (may be NULL) gets its index. True if it was one of them.
 */
bool read_choice(struct checker *c, const struct place *at, const cJSON *object, const char *key,
		 enum presence presence, const char *const *names, unsigned *out);
/* The member if it is an object, else NULL. */
const cJSON *read_object(struct checker *c, const struct place *at, const cJSON *object,
			 const char *key, enum presence presence);

/* Checks for strings. */
const char *non_empty_error(const char *text);
const char *path_error(const char *text);
const char *absolute_path_error(const char *text);
/* "Ignored on Linux": notes a field that is given and that means nothing here. */
void note_ignored(struct checker *c, const struct place *at, const cJSON *object, const char *key);
/* The length of text as JavaScript counts it: in UTF-16 units. */
size_t utf16_length(const char *text);
/* Text of the file as a message may hold it: escaped, and bounded. Caller frees. */
char *check_shown(const char *text);

/* The parts of the schema; each reads its member of the top object. */
void settings_read_network(struct checker *c, const cJSON *top);
void settings_read_filesystem(struct checker *c, const cJSON *top);
void settings_read_credentials(struct checker *c, const cJSON *top);
void settings_read_other(struct checker *c, const cJSON *top);
/* The checks that join fields; to be called when nothing is spoiled. */
void settings_cross_check(struct checker *c, const cJSON *top);

#endif
