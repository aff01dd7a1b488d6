/* SPDX-License-Identifier: MIT */
/*
 * What is not honoured yet (settings_unsupported()) is judged in full all the same: `srt-top
 * check` says what upstream would, and no part of a policy is skipped over unread. The checks that
 * join fields are in settings_cross.c.
 */
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/extract.h"
#include "core/policy/js_regex.h"
#include "core/policy/settings_check.h"

static const char *const passing_names[] = { "deny", "passthrough", NULL };

#define VARIABLE_MESSAGE                                                                           \
	"Environment variable name must start with a letter or _ and hold nothing but letters, "   \
	"digits and _"

static const char *variable_error(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	size_t first = strspn(text, letters);

	if (first == 0)
		return VARIABLE_MESSAGE;
	for (; *text; text++)
		if (!strchr(letters, *text) && (*text < '0' || *text > '9'))
			return VARIABLE_MESSAGE;
	return NULL;
}

/* A mask that would not work as its expression says must not come to light at the start. */
static void check_compiled(struct checker *c, const struct place *at, const char *text)
{
	struct err e;
	_cleanup_extract_ struct extract *extract = extract_new(text, &e);

	if (!extract)
		check_issue(c, at, "%s", e.message);
}

static void read_extract(struct checker *c, const struct place *at, const cJSON *entry, bool mask,
			 char **out)
{
	const cJSON *value = check_member(entry, "extract");
	struct place here = { .up = at, .key = "extract" };
	const char *text, *fault;
	size_t groups;

	if (!value)
		return;
	text = check_string(c, &here, value, NULL);
	if (!text)
		return;
	fault = js_regex_fault(text, &groups);
	if (fault) {
		_cleanup_free_ char *shown = check_shown(text);

		check_issue(c, &here,
			    "extract is not a valid regular expression: Invalid regular "
			    "expression: /%s/: %s",
			    shown, fault);
	} else if (groups == 0) {
		check_issue(c, &here,
			    "extract must contain at least one capturing group: what the first "
			    "one matches is masked");
	} else if (mask) {
		check_compiled(c, &here, text);
	}
	*out = xstrdup(text);
}

static void read_credential(struct checker *c, const struct place *at, const cJSON *entry,
			    bool file, struct credentials *list)
{
	static const char *const modes[] = { "deny", "mask", NULL };
	static const char *const no_match[] = { "warn", "deny", "error", NULL };
	static const char *const known_file[] = { "path", "mode", "extract", "onExtractNoMatch",
						  "decode", "maskClaims", "maskDuplicates",
						  "injectHosts", NULL };
	static const char *const known_var[] = { "name", "mode", "extract", "onExtractNoMatch",
						 "decode", "maskClaims", "injectHosts", NULL };
	static const char *const formats[] = { "jwt", NULL };
	unsigned mode = CREDENTIAL_DENY, miss = NO_MATCH_WARN;
	struct credential *out;

	grow_array(list->items, list->count, list->capacity);
	out = &list->items[list->count++];
	memset(out, 0, sizeof(*out));
	if (!check_is_object(c, at, entry))
		return;
	read_string(c, at, entry, file ? "path" : "name", REQUIRED,
		    file ? path_error : variable_error, &out->name);
	read_choice(c, at, entry, "mode", REQUIRED, modes, &mode);
	read_extract(c, at, entry, mode == CREDENTIAL_MASK, &out->extract);
	read_choice(c, at, entry, "onExtractNoMatch", OPTIONAL, no_match, &miss);
	out->decode_jwt = read_choice(c, at, entry, "decode", OPTIONAL, formats, NULL);
	out->has_mask_claims = check_member(entry, "maskClaims") != NULL;
	read_strings(c, at, entry, "maskClaims", OPTIONAL, non_empty_error, &out->mask_claims);
	if (file)
		read_bool(c, at, entry, "maskDuplicates", &out->mask_duplicates);
	out->has_inject_hosts = check_member(entry, "injectHosts") != NULL;
	read_strings(c, at, entry, "injectHosts", OPTIONAL, domain_host_pattern_error,
		     &out->inject_hosts);
	check_keys(c, at, entry, file ? known_file : known_var, false);
	out->mode = (enum credential_mode)mode;
	out->no_match = (enum credential_no_match)miss;
}

static void read_list(struct checker *c, const struct place *at, const cJSON *credentials,
		      const char *key, bool file, struct credentials *list)
{
	const cJSON *value = check_member(credentials, key), *entry;
	struct place here = { .up = at, .key = key };
	struct place there = { .up = &here };

	if (!value || !check_is_array(c, &here, value))
		return;
	cJSON_ArrayForEach(entry, value) {
		read_credential(c, &there, entry, file, list);
		there.index++;
	}
}

static void read_aws_pairs(struct checker *c, const struct place *at, const cJSON *credentials)
{
	static const char *const known[] = { "accessKeyIdVar", "secretAccessKeyVar",
					     "sessionTokenVar", NULL };
	const cJSON *pairs = check_member(credentials, "awsPairs"), *pair;
	struct place here = { .up = at, .key = "awsPairs" };
	struct place there = { .up = &here };

	if (!pairs || !check_is_array(c, &here, pairs))
		return;
	cJSON_ArrayForEach(pair, pairs) {
		if (check_is_object(c, &there, pair)) {
			read_string(c, &there, pair, known[0], REQUIRED, variable_error, NULL);
			read_string(c, &there, pair, known[1], REQUIRED, variable_error, NULL);
			read_string(c, &there, pair, known[2], OPTIONAL, variable_error, NULL);
			check_keys(c, &there, pair, known, true);
		}
		c->settings->has_aws_pairs = true;
		there.index++;
	}
}

static void read_sigv4(struct checker *c, const struct place *at, const cJSON *credentials)
{
	static const char *const known[] = { "streaming", "presigned", "sigv4a", NULL };
	const cJSON *sigv4 = read_object(c, at, credentials, "sigv4", OPTIONAL);
	struct place here = { .up = at, .key = "sigv4" };

	if (!sigv4)
		return;
	c->settings->has_sigv4 = true;
	for (size_t i = 0; known[i]; i++)
		read_choice(c, &here, sigv4, known[i], OPTIONAL, passing_names, NULL);
	check_keys(c, &here, sigv4, known, true);
}

void settings_read_credentials(struct checker *c, const cJSON *top)
{
	static const char *const known[] = { "files", "envVars", "awsPairs", "sigv4",
					     "allowPlaintextInject", NULL };
	const cJSON *credentials = read_object(c, NULL, top, "credentials", OPTIONAL);
	struct place here = { .key = "credentials" };
	struct settings *settings = c->settings;

	if (!credentials)
		return;
	read_list(c, &here, credentials, "files", true, &settings->credential_files);
	read_list(c, &here, credentials, "envVars", false, &settings->credential_vars);
	read_bool(c, &here, credentials, "allowPlaintextInject", &settings->allow_plaintext_inject);
	read_aws_pairs(c, &here, credentials);
	read_sigv4(c, &here, credentials);
	check_keys(c, &here, credentials, known, true);
}
