/* SPDX-License-Identifier: MIT */
#include "core/policy/settings_hints.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/glob.h"
#include "core/policy/host.h"
#include "core/policy/path.h"

/* Lists that are longer are not compared each with each. */
#define COMPARED_MOST 1000
/* No field has a longer name. */
#define NAME_MOST 40

/* Every field; `*` stands for an index. */
static const char *const fields[] = {
	"network",
	"network.allowedDomains",
	"network.deniedDomains",
	"network.deniedDomainReasons",
	"network.strictAllowlist",
	"network.deniedResolvedAddresses",
	"network.allowUnixSockets",
	"network.allowAllUnixSockets",
	"network.allowLocalBinding",
	"network.allowMachLookup",
	"network.httpProxyPort",
	"network.socksProxyPort",
	"network.mitmProxy",
	"network.mitmProxy.socketPath",
	"network.mitmProxy.domains",
	"network.allowPlaintextHeaderSet",
	"network.stripResponseHeaders",
	"network.refuseOpaqueTunnels",
	"network.requireHostMatch",
	"network.ambiguousRequestTarget",
	"network.tlsTerminate",
	"network.tlsTerminate.caCertPath",
	"network.tlsTerminate.caKeyPath",
	"network.tlsTerminate.excludeDomains",
	"network.tlsTerminate.extraCaCertPaths",
	"network.tlsTerminate.maxTunnels",
	"network.tlsTerminate.handshakeTimeoutMs",
	"network.parentProxy",
	"network.parentProxy.http",
	"network.parentProxy.https",
	"network.parentProxy.noProxy",
	"filesystem",
	"filesystem.disabled",
	"filesystem.denyRead",
	"filesystem.allowRead",
	"filesystem.allowWrite",
	"filesystem.denyWrite",
	"filesystem.allowGitConfig",
	"credentials",
	"credentials.files",
	"credentials.files.*.path",
	"credentials.files.*.mode",
	"credentials.files.*.extract",
	"credentials.files.*.onExtractNoMatch",
	"credentials.files.*.decode",
	"credentials.files.*.maskClaims",
	"credentials.files.*.maskDuplicates",
	"credentials.files.*.injectHosts",
	"credentials.envVars",
	"credentials.envVars.*.name",
	"credentials.envVars.*.mode",
	"credentials.envVars.*.extract",
	"credentials.envVars.*.onExtractNoMatch",
	"credentials.envVars.*.decode",
	"credentials.envVars.*.maskClaims",
	"credentials.envVars.*.injectHosts",
	"credentials.allowPlaintextInject",
	"credentials.awsPairs",
	"credentials.sigv4",
	"ignoreViolations",
	"enableWeakerNestedSandbox",
	"allowNestedUserNamespaces",
	"enableWeakerNetworkIsolation",
	"allowAppleEvents",
	"ripgrep",
	"ripgrep.command",
	"ripgrep.args",
	"ripgrep.argv0",
	"mandatoryDenySearchDepth",
	"allowPty",
	"seccomp",
	"seccomp.applyPath",
	"seccomp.argv0",
	"bwrapPath",
	"socatPath",
	"javaAgentJarPath",
	"windows",
	"windows.backend",
	"windows.sandboxUser",
	"windows.sublayerGuid",
	"windows.wfpSublayerGuid",
	"windows.proxyPortRange",
	"windows.srtWin",
	"windows.srtWin.path",
	"git",
	"git.safeDirectories",
};

/* Where the last component of a dotted path begins. */
static const char *last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* True if the field stands in the same object as the unknown one. */
static bool is_beside(const char *field, const char *unknown)
{
	const char *field_end = last_part(field), *unknown_end = last_part(unknown);

	while (field < field_end && unknown < unknown_end) {
		size_t length = strcspn(unknown, ".");

		if (*field == '*') {
			field++;
		} else if (strncmp(field, unknown, length) == 0 && field[length] == '.') {
			field += length;
		} else {
			return false;
		}
		unknown += length + 1;
		field++;
	}
	return field == field_end && unknown == unknown_end;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters have to be added, left out, changed or swapped with their neighbour; case does
 * not count. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NAME_MOST + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	size_t length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		last[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *oldest = before;

		now[0] = i;
		for (size_t j = 1; j <= length; j++) {
			char x = ascii_lower(a[i - 1]), y = ascii_lower(b[j - 1]);

			now[j] = least(last[j - 1] + (x != y), least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && x == ascii_lower(b[j - 2]) &&
			    y == ascii_lower(a[i - 2]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[length];
}

/* The nearest spelling in the same object, or NULL where none is near. */
static const char *nearest_beside(const char *unknown)
{
	const char *name = last_part(unknown), *found = NULL;
	size_t nearest = 1 + least(4, strlen(name) / 3);

	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
		size_t steps;

		if (!is_beside(fields[i], unknown))
			continue;
		steps = distance(name, last_part(fields[i]));
		if (steps < nearest) {
			nearest = steps;
			found = fields[i];
		}
	}
	return found;
}

/* The one field of this name, wherever it stands; NULL where there are several. */
static const char *same_elsewhere(const char *unknown)
{
	const char *name = last_part(unknown), *found = NULL;

	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
		if (distance(name, last_part(fields[i])) != 0)
			continue;
		if (found || strchr(fields[i], '*'))
			return NULL;
		found = fields[i];
	}
	return found;
}

char *settings_nearest_field(const char *unknown)
{
	const char *name = last_part(unknown), *found;

	if (strlen(name) > NAME_MOST || strlen(name) < 2)
		return NULL;
	found = nearest_beside(unknown);
	if (found)
		return xasprintf("%.*s%s", (int)(name - unknown), unknown, last_part(found));
	found = same_elsewhere(unknown);
	return found ? xstrdup(found) : NULL;
}

void settings_hint_unknown_keys(const struct settings *settings, struct strings *lines)
{
	for (size_t i = 0; i < settings->unknown_keys.count; i++) {
		const char *key = settings->unknown_keys.items[i];
		_cleanup_free_ char *field = settings_nearest_field(key);

		if (field)
			strings_addf(lines, "unknown key \"%s\" is ignored; did you mean \"%s\"?",
				     key, field);
		else
			strings_addf(lines, "unknown key \"%s\" is ignored", key);
	}
}

/* Paths. */

struct names {
	const char *home, *cwd;
	struct strings *lines;
};

/* The entry as an absolute path, without a slash and two stars at its end. Caller frees. */
static char *spelled(const struct names *names, const struct settings_path *entry)
{
	_cleanup_free_ char *path = path_absolute(entry->path, names->home, names->cwd);

	return entry->literal ? xstrdup(path) : glob_strip(path);
}

static bool is_pattern(const struct settings_path *entry, const char *path)
{
	return !entry->literal && glob_has_characters(path);
}

/* True if one of the entries is the path or lies above it; with `patterns` also where one of them is
 * a pattern, which may match there. */
static bool covers(const struct names *names, const struct settings_paths *paths, const char *path,
		   bool patterns)
{
	for (size_t i = 0; i < paths->count; i++) {
		_cleanup_free_ char *above = spelled(names, &paths->items[i]);

		if (is_pattern(&paths->items[i], above) ? patterns : path_is_below(path, above))
			return true;
	}
	return false;
}

/* A pattern whose very first component holds a wildcard. */
static void hint_rooted_entry(const struct names *names, const char *list,
			      const struct settings_path *entry)
{
	_cleanup_free_ char *path = spelled(names, entry);
	size_t first = strcspn(path + 1, "/");

	if (is_pattern(entry, path) && strcspn(path, "*?[]") <= first)
		strings_addf(names->lines,
			     "%s %s: upstream passes over a pattern that begins at the root; here "
			     "it covers what it says",
			     list, entry->path);
}

static void hint_rooted(const struct names *names, const struct settings *settings)
{
	for (size_t i = 0; i < settings->deny_read.count; i++)
		hint_rooted_entry(names, "denyRead", &settings->deny_read.items[i]);
	for (size_t i = 0; i < settings->credential_files.count; i++) {
		const struct settings_path entry = { settings->credential_files.items[i].name,
						     false };

		if (settings->credential_files.items[i].mode == CREDENTIAL_DENY)
			hint_rooted_entry(names, "credentials.files", &entry);
	}
}

static void hint_write_patterns(const struct names *names, const struct settings *settings)
{
	for (size_t i = 0; i < settings->deny_write.count; i++) {
		const struct settings_path *entry = &settings->deny_write.items[i];
		_cleanup_free_ char *path = spelled(names, entry);

		if (is_pattern(entry, path))
			strings_addf(names->lines,
				     "denyWrite %s: upstream passes over patterns of this list on "
				     "Linux; here it covers what there is when a command starts",
				     entry->path);
	}
}

/* Upstream mounts what may be read over what may be written, and so takes the writing away. */
static void hint_read_over_write(const struct names *names, const struct settings *settings)
{
	for (size_t i = 0; i < settings->allow_read.count; i++) {
		const struct settings_path *read = &settings->allow_read.items[i];
		_cleanup_free_ char *outer = spelled(names, read);

		if (is_pattern(read, outer) || !covers(names, &settings->deny_read, outer, false))
			continue;
		for (size_t j = 0; j < settings->allow_write.count; j++) {
			const struct settings_path *write = &settings->allow_write.items[j];
			_cleanup_free_ char *inner = spelled(names, write);

			if (path_is_strictly_below(inner, outer))
				strings_addf(names->lines,
					     "allowRead %s: upstream makes allowWrite %s below it "
					     "read-only",
					     read->path, write->path);
		}
	}
}

static void hint_idle_reads(const struct names *names, const struct settings *settings)
{
	const struct settings_paths *paths = &settings->allow_read;

	for (size_t i = 0; i < paths->count; i++) {
		_cleanup_free_ char *path = spelled(names, &paths->items[i]);

		if (!is_pattern(&paths->items[i], path) &&
		    !covers(names, &settings->deny_read, path, true))
			strings_addf(names->lines,
				     "allowRead %s: has no effect: nothing above it is denied",
				     paths->items[i].path);
	}
}

/* True if a write path lies at or below the path: a deny above it is one of it. */
static bool holds_write_path(const struct names *names, const struct settings *settings,
			     const char *path)
{
	for (size_t i = 0; i < settings->allow_write.count; i++) {
		_cleanup_free_ char *write = spelled(names, &settings->allow_write.items[i]);

		if (path_is_below(write, path))
			return true;
	}
	return false;
}

static void hint_idle_write_denies(const struct names *names, const struct settings *settings)
{
	for (size_t i = 0; i < settings->deny_write.count; i++) {
		const struct settings_path *entry = &settings->deny_write.items[i];
		_cleanup_free_ char *path = spelled(names, entry);

		if (is_pattern(entry, path) || covers(names, &settings->allow_write, path, false) ||
		    holds_write_path(names, settings, path))
			continue;
		strings_addf(names->lines,
			     "denyWrite %s: has no effect: nothing there may be written anyway",
			     entry->path);
	}
}

static void hint_paths(const struct names *names, const struct settings *settings)
{
	hint_rooted(names, settings);
	hint_write_patterns(names, settings);
	if (settings->allow_read.count + settings->allow_write.count + settings->deny_read.count +
		    settings->deny_write.count >
	    COMPARED_MOST)
		return;
	hint_read_over_write(names, settings);
	hint_idle_reads(names, settings);
	hint_idle_write_denies(names, settings);
}

/* Hosts. */

/* A name or address that no host is ever brought into the form of. */
static void hint_spelling(struct strings *lines, const char *list, const char *entry)
{
	_cleanup_free_ char *host = domain_entry_host(entry);
	const char *name = strncmp(host, "*.", 2) == 0 ? host + 2 : host;
	char canonical[HOST_TEXT_SIZE];
	bool known = host_canonical(name, canonical);

	if (strcmp(host, "*") == 0)
		return;
	if (!known)
		strings_addf(lines, "%s %s: never matches: no host is spelled so", list, entry);
	else if (!domain_entry_matches(host, canonical, 0) && name == host)
		strings_addf(lines, "%s %s: never matches: hosts of this name are judged as %s",
			     list, entry, canonical);
	else if (name != host && host_is_address(canonical))
		strings_addf(lines, "%s %s: never matches: a wildcard does not cover addresses",
			     list, entry);
}

static void hint_shadowed(const struct settings *settings, struct strings *lines)
{
	for (size_t i = 0; i < settings->allowed_domains.count; i++) {
		const char *allowed = settings->allowed_domains.items[i];
		_cleanup_free_ char *host = domain_entry_host(allowed);

		for (size_t j = 0; j < settings->denied_domains.count; j++) {
			const char *denied = settings->denied_domains.items[j];
			_cleanup_free_ char *whole = domain_entry_host(denied);
			bool any_port = strcmp(whole, denied) == 0;

			if (any_port && (strcmp(whole, "*") == 0 ||
					 domain_entry_covers(denied, host))) {
				strings_addf(lines,
					     "allowedDomains %s: has no effect: deniedDomains %s "
					     "covers it",
					     allowed, denied);
				break;
			}
		}
	}
}

static void hint_hosts(const struct settings *settings, struct strings *lines)
{
	for (size_t i = 0; i < settings->allowed_domains.count; i++)
		hint_spelling(lines, "allowedDomains", settings->allowed_domains.items[i]);
	for (size_t i = 0; i < settings->denied_domains.count; i++)
		hint_spelling(lines, "deniedDomains", settings->denied_domains.items[i]);
	for (size_t i = 0; i < settings->denied_reason_count; i++)
		if (!strings_contain(&settings->denied_domains, settings->denied_reasons[i].entry))
			strings_addf(lines,
				     "deniedDomainReasons %s: has no effect: deniedDomains has no "
				     "entry of just this text",
				     settings->denied_reasons[i].entry);
	if (settings->allowed_domains.count + settings->denied_domains.count <= COMPARED_MOST)
		hint_shadowed(settings, lines);
}

void settings_hint_entries(const struct settings *settings, const char *home, const char *cwd,
			   struct strings *lines)
{
	const struct names names = { .home = home, .cwd = cwd, .lines = lines };

	if (!settings->filesystem_disabled)
		hint_paths(&names, settings);
	hint_hosts(settings, lines);
}
