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

struct checker {
	struct settings *settings;
	struct buf issues; /* "<path>: <message>; …" */
	size_t issue_count;
	struct strings exclude_domains; /* tlsTerminate's, for the cross-check of credentials */
};

enum presence { OPTIONAL, REQUIRED };

/* Tells what is wrong with a string: a static sentence, or NULL. */
typedef const char *string_check(const char *text);

void check_issue(struct checker *c, const struct place *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True if the value is there and of the type; says what it is instead otherwise. */
bool check_is_object(struct checker *c, const struct place *at, const cJSON *value);
bool check_is_array(struct checker *c, const struct place *at, const cJSON *value);
/* The string, or NULL where it is missing, of another type or fails the check (may be NULL). */
const char *check_string(struct checker *c, const struct place *at, const cJSON *value,
			 string_check *check);
/* True if the value is an integer of this range; *out (may be NULL) gets it. */
bool check_integer(struct checker *c, const struct place *at, const cJSON *value, int least,
		   int most, int *out);

/* Keys beyond `known` (NULL-terminated): noted as unknown or, where strict, refused. */
void check_keys(struct checker *c, const struct place *at, const cJSON *object,
		const char *const *known, bool strict);

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
/* Adds those that pass to *out (may be NULL). Returns how many items the array has. */
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
const char *absolute_path_error(const char *text);
const char *url_error(const char *text); /* settings_url.c */
/* True for a pattern in a deny list that would hide nothing because it ends in a separator. */
bool ends_in_dead_separator(const char *path);

/* The parts of the schema; each reads its member of the top object. */
void settings_read_network(struct checker *c, const cJSON *top);
void settings_read_filesystem(struct checker *c, const cJSON *top);
void settings_read_credentials(struct checker *c, const cJSON *top);
void settings_read_other(struct checker *c, const cJSON *top);

#endif
