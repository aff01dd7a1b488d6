/* SPDX-License-Identifier: MIT */
/*
 * Masked credentials are not honoured yet (settings_unsupported()), but a file that holds them is
 * judged in full: `srt-top check` says what upstream would, and no part of a policy is skipped
 * over unread. The checks that join fields wait until every field is known to be good by itself.
 */
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/settings_check.h"

static const char *const passing_names[] = { "deny", "passthrough", NULL };

/* Skips a character class whose bracket has been read; NULL if it does not end. */
static const char *skip_class(const char *at)
{
	for (; *at && *at != ']'; at++)
		if (*at == '\\' && !*++at)
			return NULL;
	return *at ? at : NULL;
}

/*
 * An expression is only counted through, not compiled: its dialect is JavaScript's. Parentheses
 * must pair and one of them must capture.
 */
static const char *extract_error(const char *text)
{
	static const char *const broken = "Invalid regular expression";
	size_t depth = 0, captures = 0;

	for (const char *at = text; *at; at++) {
		if (*at == '\\') {
			if (!*++at)
				return broken;
		} else if (*at == '[') {
			at = skip_class(at + 1);
			if (!at)
				return broken;
		} else if (*at == '(') {
			depth++;
			captures += at[1] != '?' || (at[2] == '<' && at[3] != '=' && at[3] != '!');
		} else if (*at == ')') {
			if (depth-- == 0)
				return broken;
		}
	}
	if (depth)
		return broken;
	return captures ? NULL : "The expression needs a capturing group";
}

static const char *variable_error(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	size_t first = strspn(text, letters);

	if (first == 0)
		return "Invalid";
	for (; *text; text++)
		if (!strchr(letters, *text) && (*text < '0' || *text > '9'))
			return "Invalid";
	return NULL;
}

/* decode and maskClaims, which go together. */
static void read_decoding(struct checker *c, const struct place *at, const cJSON *entry,
			  struct credential *out)
{
	const cJSON *decode = check_member(entry, "decode");
	const cJSON *claims = check_member(entry, "maskClaims");
	struct place decode_at = { .up = at, .key = "decode" };
	struct place claims_at = { .up = at, .key = "maskClaims" };
	size_t count;

	out->decode_jwt = cJSON_IsString(decode) && strcmp(decode->valuestring, "jwt") == 0;
	if (decode && !out->decode_jwt)
		check_issue(c, &decode_at, "Invalid literal value, expected \"jwt\"");
	count = read_strings(c, at, entry, "maskClaims", OPTIONAL, non_empty_error,
			     &out->mask_claims);
	if (cJSON_IsArray(claims) && count == 0)
		check_issue(c, &claims_at, "Array must contain at least 1 element(s)");
	if (claims && !decode)
		check_issue(c, &claims_at, "maskClaims requires decode");
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
	unsigned mode = CREDENTIAL_DENY, miss = NO_MATCH_WARN;
	struct credential *out;

	grow_array(list->items, list->count, list->capacity);
	out = &list->items[list->count++];
	memset(out, 0, sizeof(*out));
	if (!check_is_object(c, at, entry))
		return;
	read_string(c, at, entry, file ? "path" : "name", REQUIRED,
		    file ? non_empty_error : variable_error, &out->name);
	read_choice(c, at, entry, "mode", REQUIRED, modes, &mode);
	read_string(c, at, entry, "extract", OPTIONAL, extract_error, &out->extract);
	read_choice(c, at, entry, "onExtractNoMatch", OPTIONAL, no_match, &miss);
	read_decoding(c, at, entry, out);
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

static bool some_entry_covers(const struct strings *entries, const char *pattern)
{
	for (size_t i = 0; i < entries->count; i++)
		if (domain_entry_covers(entries->items[i], pattern))
			return true;
	return false;
}

static void check_inject_hosts(struct checker *c, const struct place *at,
			       const struct credential *credential)
{
	const struct strings *hosts = &credential->inject_hosts;
	bool mask = credential->mode == CREDENTIAL_MASK, all_excluded = hosts->count > 0;
	struct place here = { .up = at, .key = "injectHosts" };
	struct place there = { .up = &here };

	if (!credential->has_inject_hosts)
		return;
	if (mask && hosts->count == 0)
		check_issue(c, &here, "injectHosts cannot be empty for a masked credential");
	for (; there.index < hosts->count; there.index++) {
		const char *host = hosts->items[there.index];

		if (!some_entry_covers(&c->settings->allowed_domains, host))
			check_issue(c, &there, "The host is not covered by network.allowedDomains");
		if (!some_entry_covers(&c->exclude_domains, host))
			all_excluded = false;
	}
	if (mask && all_excluded)
		check_issue(c, &here,
			    "Every host is excluded by network.tlsTerminate.excludeDomains");
}

static bool check_list(struct checker *c, const struct place *at, const char *key, bool file,
		       const struct credentials *list)
{
	struct place here = { .up = at, .key = key };
	struct place there = { .up = &here };
	struct place path = { .up = &there, .key = "path" };
	bool masks = false;

	for (; there.index < list->count; there.index++) {
		const struct credential *credential = &list->items[there.index];
		bool mask = credential->mode == CREDENTIAL_MASK;
		size_t length = strlen(credential->name);

		masks |= mask;
		check_inject_hosts(c, &there, credential);
		if (file && mask && credential->name[length - 1] == '/')
			check_issue(c, &path, "The path of a masked file cannot end in /");
		if (file && !mask && !c->settings->filesystem_disabled &&
		    ends_in_dead_separator(credential->name))
			check_issue(c, &path, "A pattern that ends in a separator denies nothing: "
					      "leave out the last \"/\"");
	}
	return masks;
}

static bool is_whole_masked(const struct credentials *vars, const char *name)
{
	for (size_t i = 0; i < vars->count; i++)
		if (strcmp(vars->items[i].name, name) == 0)
			return vars->items[i].mode == CREDENTIAL_MASK && !vars->items[i].extract &&
			       !vars->items[i].decode_jwt;
	return false;
}

static void check_aws_pairs(struct checker *c, const struct place *at, const cJSON *credentials)
{
	static const char *const keys[] = { "accessKeyIdVar", "secretAccessKeyVar",
					    "sessionTokenVar" };
	_cleanup_strings_ struct strings used = STRINGS_EMPTY;
	struct place here = { .up = at, .key = "awsPairs" };
	struct place there = { .up = &here };
	const cJSON *pair;

	cJSON_ArrayForEach(pair, check_member(credentials, "awsPairs")) {
		for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
			const cJSON *name = check_member(pair, keys[i]);
			struct place variable = { .up = &there, .key = keys[i] };

			if (!name)
				continue;
			if (!is_whole_masked(&c->settings->credential_vars, name->valuestring))
				check_issue(c, &variable, "Expected the name of an environment "
							  "variable that is masked as a whole");
			if (strings_contain(&used, name->valuestring))
				check_issue(c, &variable, "The variable is used more than once");
			strings_add(&used, name->valuestring);
		}
		there.index++;
	}
}

void settings_read_credentials(struct checker *c, const cJSON *top)
{
	static const char *const known[] = { "files", "envVars", "awsPairs", "sigv4",
					     "allowPlaintextInject", NULL };
	const cJSON *credentials = read_object(c, NULL, top, "credentials", OPTIONAL);
	struct place here = { .key = "credentials" };
	struct settings *settings = c->settings;
	bool masks;

	if (!credentials)
		return;
	read_list(c, &here, credentials, "files", true, &settings->credential_files);
	read_list(c, &here, credentials, "envVars", false, &settings->credential_vars);
	read_aws_pairs(c, &here, credentials);
	read_sigv4(c, &here, credentials);
	read_bool(c, &here, credentials, "allowPlaintextInject", &settings->allow_plaintext_inject);
	check_keys(c, &here, credentials, known, true);
	if (c->issue_count)
		return;
	masks = check_list(c, &here, "files", true, &settings->credential_files);
	masks |= check_list(c, &here, "envVars", false, &settings->credential_vars);
	check_aws_pairs(c, &here, credentials);
	if (masks && !settings->has_tls_terminate && !settings->allow_plaintext_inject)
		check_issue(c, &here, "A masked credential needs network.tlsTerminate or "
				      "credentials.allowPlaintextInject");
}
