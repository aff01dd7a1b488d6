/* SPDX-License-Identifier: MIT */
#include "core/policy/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/settings_check.h"
#include "core/policy/settings_json.h"
#include "core/policy/url.h"

#define SETTINGS_MOST_BYTES (4 * 1024 * 1024)
#define SEARCH_DEPTH_DEFAULT 3

struct settings *settings_new(void)
{
	struct settings *settings = xcalloc(1, sizeof(*settings));

	settings->mandatory_deny_search_depth = SEARCH_DEPTH_DEFAULT;
	return settings;
}

static void free_paths(struct settings_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i].path);
	free(paths->items);
}

static void free_credentials(struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->count; i++) {
		free(credentials->items[i].name);
		free(credentials->items[i].extract);
		strings_free(&credentials->items[i].mask_claims);
		strings_free(&credentials->items[i].inject_hosts);
	}
	free(credentials->items);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < settings->denied_reason_count; i++) {
		free(settings->denied_reasons[i].entry);
		free(settings->denied_reasons[i].reason);
	}
	free(settings->denied_reasons);
	strings_free(&settings->allowed_domains);
	strings_free(&settings->denied_domains);
	strings_free(&settings->denied_resolved_addresses);
	strings_free(&settings->allow_unix_sockets);
	strings_free(&settings->mitm_domains);
	strings_free(&settings->strip_response_headers);
	free(settings->mitm_socket_path);
	free(settings->parent_http);
	free(settings->parent_https);
	free(settings->parent_no_proxy);
	free_paths(&settings->deny_read);
	free_paths(&settings->allow_read);
	free_paths(&settings->allow_write);
	free_paths(&settings->deny_write);
	free_credentials(&settings->credential_files);
	free_credentials(&settings->credential_vars);
	free(settings->bwrap_path);
	free(settings->java_agent);
	strings_free(&settings->git_safe_directories);
	strings_free(&settings->unknown_keys);
	strings_free(&settings->ignored_fields);
	free(settings);
}

/* White space as JavaScript has it, the byte order mark included. */
static bool is_space(uint32_t code)
{
	static const uint32_t others[] = { 0x20,   0xa0,   0x1680, 0x2028, 0x2029,
					   0x202f, 0x205f, 0x3000, 0xfeff };

	if ((code >= 0x09 && code <= 0x0d) || (code >= 0x2000 && code <= 0x200a))
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (others[i] == code)
			return true;
	return false;
}

static bool is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		size_t used = utf8_decode(text + i, length - i, &code);

		if (used == 0 || !is_space(code))
			return false;
		i += used;
	}
	return true;
}

/* The schema in upstream's order: its messages come in the order of its fields. */
static void read_all(struct checker *c, const cJSON *top)
{
	if (!check_is_object(c, NULL, top))
		return;
	settings_read_network(c, top);
	settings_read_filesystem(c, top);
	settings_read_credentials(c, top);
	settings_read_other(c, top);
	if (!c->spoiled)
		settings_cross_check(c, top);
}

static int parse(struct settings *settings, const char *text, size_t length, struct err *e)
{
	struct checker c = { .settings = settings };
	struct err inner;
	cJSON *top;
	int result = 0;

	if (is_blank(text, length))
		return err_set(e, "is empty. Delete it, or put a config in it.");
	if (length > SETTINGS_MOST_BYTES)
		return err_set(e, "is not valid JSON: larger than %d bytes", SETTINGS_MOST_BYTES);
	top = settings_json_parse(text, length, &inner);
	if (!top)
		return err_set(e, "is not valid JSON: %.900s", inner.message);
	read_all(&c, top);
	if (c.issue_count)
		result = err_set(e, "does not hold a valid config \xe2\x80\x94 %s", c.issues.data);
	cJSON_Delete(top);
	buf_free(&c.issues);
	strings_free(&c.exclude_domains);
	return result;
}

int settings_parse(struct settings **out, const char *text, size_t length, struct err *e)
{
	_cleanup_settings_ struct settings *settings = settings_new();

	if (parse(settings, text, length, e) < 0)
		return -1;
	*out = steal_ptr(&settings);
	return 0;
}

/* The symbol of an error number, as upstream's platform spells it. */
static const char *errno_symbol(int number, char buffer[32])
{
	static const struct {
		int number;
		const char *symbol;
	} symbols[] = {
		{ EACCES, "EACCES" },	{ EPERM, "EPERM" },	{ EISDIR, "EISDIR" },
		{ ENOTDIR, "ENOTDIR" }, { ELOOP, "ELOOP" },	{ ENAMETOOLONG, "ENAMETOOLONG" },
		{ EIO, "EIO" },		{ EMFILE, "EMFILE" },	{ ENFILE, "ENFILE" },
		{ EFBIG, "EFBIG" },	{ ENXIO, "ENXIO" },	{ ENODEV, "ENODEV" },
		{ EINVAL, "EINVAL" },	{ ESTALE, "ESTALE" },	{ ETIMEDOUT, "ETIMEDOUT" },
		{ ENOMEM, "ENOMEM" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++)
		if (symbols[i].number == number)
			return symbols[i].symbol;
	snprintf(buffer, 32, "errno %d", number);
	return buffer;
}

#define NO_DEFAULTS                                                                                \
	"Refusing to run with the built-in defaults, which would drop this file's rules (its "     \
	"denyRead, allowRead and credential entries included)."

static int unreadable(const char *path, int number, struct err *e)
{
	char buffer[32];

	if (number == ENOENT)
		return err_code(e, ERR_NOT_FOUND,
				"%s does not exist.\nRefusing to run with the built-in defaults, "
				"which would drop the rules --settings asked for.",
				path);
	return err_set(e, "%s could not be read (%s).\n" NO_DEFAULTS, path,
		       errno_symbol(number, buffer));
}

int settings_load(struct settings **out, bool *found, const char *path, bool explicit_path,
		  struct err *e)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_free_ char *text = NULL;
	struct err inner;
	size_t length;

	*found = false;
	errno = 0;
	if (read_small_file(&text, &length, path, SETTINGS_MOST_BYTES, &inner) < 0) {
		if (errno != ENOENT || explicit_path)
			return unreadable(path, errno, e);
		*out = settings_new();
		return 0;
	}
	*found = true;
	if (settings_parse(&settings, text, length, &inner) < 0)
		return err_set(e, "%s %s\n" NO_DEFAULTS, path, inner.message);
	/* Each is valid by itself, so upstream finds this out only when it starts. */
	if (settings->has_tls_terminate && settings->mitm_socket_path)
		return err_set(e,
			       "network.tlsTerminate and network.mitmProxy are mutually exclusive");
	*out = steal_ptr(&settings);
	return 0;
}

/* Where the file names a parent proxy that cannot be used, going around it would be weaker. */
static bool is_plain_proxy(const char *text)
{
	struct proxy_url url;
	bool plain = !text || (proxy_url_parse(&url, text) && !url.https);

	if (text)
		proxy_url_free(&url);
	return plain;
}

const char *settings_next_unsupported(const struct settings *settings, size_t *from)
{
	const struct {
		bool set;
		const char *name;
	} fields[] = {
		{ settings->has_tls_terminate, "network.tlsTerminate" },
		{ !is_plain_proxy(settings->parent_http) || !is_plain_proxy(settings->parent_https),
		  "network.parentProxy with a URL other than http://" },
		{ settings->has_aws_pairs, "credentials.awsPairs" },
		{ settings->has_sigv4, "credentials.sigv4" },
	};

	while (*from < ARRAY_LENGTH(fields)) {
		size_t i = (*from)++;

		if (fields[i].set)
			return fields[i].name;
	}
	return NULL;
}

const char *settings_unsupported(const struct settings *settings)
{
	size_t from = 0;

	return settings_next_unsupported(settings, &from);
}
