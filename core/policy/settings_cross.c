/* SPDX-License-Identifier: MIT */
/*
 * The checks that join fields of a settings file, in upstream's order. They run on values that
 * have the right type, though one may break a rule of its own: its fault has been noted then.
 */
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/settings_check.h"

/* A pattern of a deny list would hide nothing because it ends in a separator. */
static void check_separator(struct checker *c, const struct place *at, const char *path)
{
	_cleanup_free_ char *shown = NULL, *shorter = NULL, *better = NULL;
	size_t length = strlen(path);

	if (!length || path[length - 1] != '/' || (path[0] != '/' && path[0] != '~') ||
	    !strpbrk(path, "*?[]"))
		return;
	shown = check_shown(path);
	while (length && path[length - 1] == '/')
		length--;
	shorter = xstrndup(path, length);
	better = check_shown(shorter);
	check_issue(c, at,
		    "Deny glob \"%s\" ends in a separator: no path matches it. Write \"%s\" instead",
		    shown, better);
}

static void check_deny_list(struct checker *c, const char *key, const struct settings_paths *paths)
{
	struct place filesystem = { .key = "filesystem" };
	struct place list = { .up = &filesystem, .key = key };
	struct place entry = { .up = &list };

	for (; entry.index < paths->count; entry.index++)
		if (!paths->items[entry.index].literal)
			check_separator(c, &entry, paths->items[entry.index].path);
}

static bool some_entry_covers(const struct strings *entries, const char *pattern)
{
	for (size_t i = 0; i < entries->count; i++)
		if (domain_entry_covers(entries->items[i], pattern))
			return true;
	return false;
}

/* Every host that may be reached is one whose traffic is not looked into. */
static bool all_excluded(const struct checker *c)
{
	const struct strings *allowed = &c->settings->allowed_domains;

	for (size_t i = 0; i < allowed->count; i++) {
		_cleanup_free_ char *host = domain_entry_host(allowed->items[i]);

		if (!some_entry_covers(&c->exclude_domains, host))
			return false;
	}
	return allowed->count > 0;
}

static void check_inject_hosts(struct checker *c, const struct place *at,
			       const struct credential *credential, const char *fault,
			       const struct strings *entries, bool wanted)
{
	struct place here = { .up = at, .key = "injectHosts" };
	struct place there = { .up = &here };

	for (; there.index < credential->inject_hosts.count; there.index++) {
		const char *host = credential->inject_hosts.items[there.index];
		_cleanup_free_ char *shown = check_shown(host);

		if (some_entry_covers(entries, host) != wanted)
			check_issue(c, &there, "injectHosts entry \"%s\" %s", shown, fault);
	}
}

static void check_masked_hosts(struct checker *c, const struct place *at,
			       const struct credential *credential)
{
	if (credential->has_inject_hosts)
		check_inject_hosts(c, at, credential,
				   "is not reachable via network.allowedDomains: no entry there "
				   "covers it",
				   &c->settings->allowed_domains, true);
	if (credential->mode != CREDENTIAL_MASK)
		return;
	if (c->exclude_domains.count && credential->has_inject_hosts)
		check_inject_hosts(c, at, credential,
				   "is entirely covered by network.tlsTerminate.excludeDomains: the "
				   "credential would never be put in there",
				   &c->exclude_domains, false);
	else if (c->exclude_domains.count && all_excluded(c))
		check_issue(c, at,
			    "This masked credential has no injectHosts, and "
			    "network.tlsTerminate.excludeDomains covers all that "
			    "network.allowedDomains allows: it would never be put in");
	if (credential->has_inject_hosts && credential->inject_hosts.count == 0)
		check_issue(c, at,
			    "injectHosts is explicitly empty: the credential would be masked and "
			    "never put back");
}

static void check_claims(struct checker *c, const struct place *at,
			 const struct credential *credential)
{
	struct place here = { .up = at, .key = "maskClaims" };

	if (!credential->has_mask_claims)
		return;
	if (!credential->decode_jwt)
		check_issue(c, &here,
			    "maskClaims requires decode: only what is decoded has claims");
	if (credential->mask_claims.count == 0)
		check_issue(c, &here,
			    "maskClaims is explicitly empty: name claims, or leave it out to mask "
			    "the whole token");
}

static void check_path(struct checker *c, const struct place *at,
		       const struct credential *credential)
{
	struct place here = { .up = at, .key = "path" };
	size_t length = strlen(credential->name);

	if (credential->mode == CREDENTIAL_MASK && length && credential->name[length - 1] == '/') {
		_cleanup_free_ char *shown = check_shown(credential->name);

		check_issue(c, &here,
			    "Credential mode \"mask\" applies to a single file: name one, or use "
			    "mode \"deny\" for \"%s\"",
			    shown);
	}
	if (credential->mode == CREDENTIAL_DENY && !c->settings->filesystem_disabled)
		check_separator(c, &here, credential->name);
}

static bool check_list(struct checker *c, const char *key, bool files,
		       const struct credentials *list)
{
	struct place credentials = { .key = "credentials" };
	struct place here = { .up = &credentials, .key = key };
	struct place entry = { .up = &here };
	bool masks = false;

	for (; entry.index < list->count; entry.index++) {
		const struct credential *credential = &list->items[entry.index];

		masks |= credential->mode == CREDENTIAL_MASK;
		check_masked_hosts(c, &entry, credential);
		check_claims(c, &entry, credential);
		if (files)
			check_path(c, &entry, credential);
	}
	return masks;
}

static const struct credential *find_variable(const struct credentials *vars, const char *name)
{
	for (size_t i = 0; i < vars->count; i++)
		if (strcmp(vars->items[i].name, name) == 0)
			return &vars->items[i];
	return NULL;
}

static void check_aws_variable(struct checker *c, const struct place *at, const char *name,
			       struct strings *used)
{
	const struct credential *variable = find_variable(&c->settings->credential_vars, name);
	_cleanup_free_ char *shown = check_shown(name);

	if (strings_contain(used, name)) {
		check_issue(c, at, "\"%s\" appears in more than one awsPairs slot", shown);
		return;
	}
	strings_add(used, name);
	if (!variable || variable->mode != CREDENTIAL_MASK)
		check_issue(c, at,
			    "\"%s\" does not reference a credentials.envVars entry with mode "
			    "\"mask\"",
			    shown);
	else if (variable->extract || variable->decode_jwt)
		check_issue(c, at,
			    "\"%s\" uses extract/decode: a variable of an AWS pair must be masked "
			    "as a whole",
			    shown);
}

static void check_aws_pairs(struct checker *c, const cJSON *pairs)
{
	static const char *const keys[] = { "accessKeyIdVar", "secretAccessKeyVar",
					    "sessionTokenVar" };
	_cleanup_strings_ struct strings used = STRINGS_EMPTY;
	struct place credentials = { .key = "credentials" };
	struct place here = { .up = &credentials, .key = "awsPairs" };
	struct place there = { .up = &here };
	const cJSON *pair;

	cJSON_ArrayForEach(pair, pairs) {
		for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
			const cJSON *name = check_member(pair, keys[i]);
			struct place variable = { .up = &there, .key = keys[i] };

			if (name)
				check_aws_variable(c, &variable, name->valuestring, &used);
		}
		there.index++;
	}
}

void settings_cross_check(struct checker *c, const cJSON *top)
{
	const cJSON *credentials = check_member(top, "credentials");
	struct place here = { .key = "credentials" };
	struct settings *settings = c->settings;
	bool masks;

	if (!settings->filesystem_disabled) {
		check_deny_list(c, "denyRead", &settings->deny_read);
		check_deny_list(c, "denyWrite", &settings->deny_write);
	}
	masks = check_list(c, "envVars", false, &settings->credential_vars);
	masks |= check_list(c, "files", true, &settings->credential_files);
	check_aws_pairs(c, check_member(credentials, "awsPairs"));
	if (masks && !settings->has_tls_terminate && !settings->allow_plaintext_inject)
		check_issue(c, &here,
			    "Credential masking requires network.tlsTerminate or, to send "
			    "credentials in the clear, credentials.allowPlaintextInject");
}
