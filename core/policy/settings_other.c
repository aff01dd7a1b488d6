/* SPDX-License-Identifier: MIT */
/* The top-level keys beside network, filesystem and credentials. */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/settings_check.h"

#define SEARCH_DEPTH_MOST 10
#define SANDBOX_USER_MOST 20
#define PORT_RANGE_WIDTH_MOST 64
#define PORT_MOST 65535

static void read_ignore_violations(struct checker *c, const cJSON *top)
{
	const cJSON *map = read_object(c, NULL, top, "ignoreViolations", OPTIONAL);
	_cleanup_free_ const cJSON **members = check_members(map);
	struct place here = { .key = "ignoreViolations" };

	for (const cJSON **patterns = members; *patterns; patterns++) {
		struct place there = { .up = &here, .key = (*patterns)->string };
		struct place item = { .up = &there };
		const cJSON *pattern;

		if (!check_is_array(c, &there, *patterns))
			continue;
		cJSON_ArrayForEach(pattern, *patterns) {
			check_string(c, &item, pattern, NULL);
			item.index++;
		}
	}
}

static void read_ripgrep(struct checker *c, const cJSON *top)
{
	static const char *const known[] = { "command", "args", "argv0", NULL };
	const cJSON *ripgrep = read_object(c, NULL, top, "ripgrep", OPTIONAL);
	struct place here = { .key = "ripgrep" };

	if (!ripgrep)
		return;
	read_string(c, &here, ripgrep, "command", REQUIRED, NULL, NULL);
	read_strings(c, &here, ripgrep, "args", OPTIONAL, NULL, NULL);
	read_string(c, &here, ripgrep, "argv0", OPTIONAL, NULL, NULL);
	check_keys(c, &here, ripgrep, known, false);
}

static void read_seccomp(struct checker *c, const cJSON *top)
{
	static const char *const known[] = { "applyPath", "argv0", NULL };
	const cJSON *seccomp = read_object(c, NULL, top, "seccomp", OPTIONAL);
	struct place here = { .key = "seccomp" };

	if (!seccomp)
		return;
	read_string(c, &here, seccomp, "applyPath", OPTIONAL, NULL, NULL);
	read_string(c, &here, seccomp, "argv0", OPTIONAL, NULL, NULL);
	check_keys(c, &here, seccomp, known, false);
}

static void read_git(struct checker *c, const cJSON *top)
{
	static const char *const known[] = { "safeDirectories", NULL };
	const cJSON *git = read_object(c, NULL, top, "git", OPTIONAL);
	struct place here = { .key = "git" };

	if (!git)
		return;
	read_strings(c, &here, git, "safeDirectories", OPTIONAL, NULL,
		     &c->settings->git_safe_directories);
	check_keys(c, &here, git, known, false);
}

static const char *user_error(const char *text)
{
	size_t length = utf16_length(text);

	if (length == 0)
		return non_empty_error(text);
	return length > SANDBOX_USER_MOST ? "Windows local user names have at most 20 characters"
					  : NULL;
}

static const char *uuid_error(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i]; i++)
		if (!text[i] ||
		    !strchr(form[i] == '-' ? "-" : "0123456789abcdefABCDEF", text[i]))
			return "Invalid uuid";
	return text[i] ? "Invalid uuid" : NULL;
}

static void read_port_range(struct checker *c, const struct place *at, const cJSON *windows)
{
	const cJSON *range = check_member(windows, "proxyPortRange");
	struct place here = { .up = at, .key = "proxyPortRange" };
	struct place first = { .up = &here, .index = 0 }, second = { .up = &here, .index = 1 };
	size_t spoiled = c->spoiled;
	double low, high;
	int count;

	if (!range || !check_is_array(c, &here, range))
		return;
	count = cJSON_GetArraySize(range);
	if (count < 2) {
		check_spoiled(c, &here, "Array must contain at least 2 element(s)");
		return;
	}
	if (count > 2)
		check_issue(c, &here, "Array must contain at most 2 element(s)");
	check_integer(c, &first, range->child, 1, INFINITY, NULL);
	check_integer(c, &second, range->child->next, -INFINITY, PORT_MOST, NULL);
	if (c->spoiled != spoiled)
		return;
	low = range->child->valuedouble;
	high = range->child->next->valuedouble;
	if (!(low <= high && high - low <= PORT_RANGE_WIDTH_MOST))
		check_issue(c, &here, "low must be \xe2\x89\xa4 high and range width \xe2\x89\xa4 %d",
			    PORT_RANGE_WIDTH_MOST);
}

/* Checked everywhere, used nowhere but on Windows. */
static void read_windows(struct checker *c, const cJSON *top)
{
	static const char *const known[] = { "backend",		 "sandboxUser",	   "sublayerGuid",
					     "wfpSublayerGuid", "proxyPortRange", "srtWin",
					     NULL };
	static const char *const known_program[] = { "path", NULL };
	static const char *const backends[] = { "mxc", "srt-win", NULL };
	const cJSON *windows = read_object(c, NULL, top, "windows", OPTIONAL), *program;
	struct place here = { .key = "windows" };
	struct place there = { .up = &here, .key = "srtWin" };

	if (!windows)
		return;
	read_choice(c, &here, windows, "backend", OPTIONAL, backends, NULL);
	read_string(c, &here, windows, "sandboxUser", OPTIONAL, user_error, NULL);
	read_string(c, &here, windows, "sublayerGuid", OPTIONAL, uuid_error, NULL);
	read_string(c, &here, windows, "wfpSublayerGuid", OPTIONAL, uuid_error, NULL);
	read_port_range(c, &here, windows);
	program = read_object(c, &here, windows, "srtWin", OPTIONAL);
	if (program) {
		read_string(c, &there, program, "path", REQUIRED, non_empty_error, NULL);
		check_keys(c, &there, program, known_program, false);
	}
	check_keys(c, &here, windows, known, false);
}

/* An empty one breaks both rules. */
static void read_program(struct checker *c, const cJSON *top, const char *key, char **out)
{
	const cJSON *value = check_member(top, key);
	struct place here = { .key = key };

	if (!value)
		return;
	if (cJSON_IsString(value) && !value->valuestring[0])
		check_issue(c, &here, "Path cannot be empty");
	read_string(c, NULL, top, key, OPTIONAL, absolute_path_error, out);
}

/* In upstream's order: that of its messages. */
static void read_fields(struct checker *c, const cJSON *top)
{
	struct settings *settings = c->settings;
	bool ignored;

	read_ignore_violations(c, top);
	read_bool(c, NULL, top, "enableWeakerNestedSandbox",
		  &settings->enable_weaker_nested_sandbox);
	read_bool(c, NULL, top, "allowNestedUserNamespaces",
		  &settings->allow_nested_user_namespaces);
	read_bool(c, NULL, top, "enableWeakerNetworkIsolation", &ignored);
	read_bool(c, NULL, top, "allowAppleEvents", &ignored);
	read_ripgrep(c, top);
	read_integer(c, NULL, top, "mandatoryDenySearchDepth", 1, SEARCH_DEPTH_MOST,
		     &settings->mandatory_deny_search_depth);
	read_bool(c, NULL, top, "allowPty", &ignored);
	read_seccomp(c, top);
	read_program(c, top, "bwrapPath", &settings->bwrap_path);
	read_program(c, top, "socatPath", NULL);
	read_program(c, top, "javaAgentJarPath", &c->settings->java_agent);
	read_windows(c, top);
	read_git(c, top);
}

void settings_read_other(struct checker *c, const cJSON *top)
{
	static const char *const known[] = {
		"network", "filesystem", "credentials", "ignoreViolations",
		"enableWeakerNestedSandbox", "allowNestedUserNamespaces",
		"enableWeakerNetworkIsolation", "allowAppleEvents", "allowPty", "ripgrep",
		"mandatoryDenySearchDepth", "seccomp", "bwrapPath", "socatPath",
		"javaAgentJarPath", "git", "windows", NULL
	};
	/* Other systems', or about programs that this one does not need. */
	static const char *const elsewhere[] = {
		"ignoreViolations", "enableWeakerNetworkIsolation", "allowAppleEvents", "allowPty",
		"ripgrep", "seccomp", "socatPath", "windows", NULL
	};

	read_fields(c, top);
	check_keys(c, NULL, top, known, false);
	for (size_t i = 0; elsewhere[i]; i++)
		note_ignored(c, NULL, top, elsewhere[i]);
}
