/* SPDX-License-Identifier: MIT */
#include "core/net/http_target.h"

#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/policy/host.h"
#include "core/policy/url.h"

/* Beyond any host name; the policy refuses such a host as malformed, shortened or not. */
#define HOST_LENGTH_MOST 512
#define PORT_MOST 65535

void http_target_free(struct http_target *target)
{
	free(target->host);
	free(target->path);
	*target = (struct http_target){ 0 };
}

static bool parse_port(const char *text, size_t length, int *port)
{
	int sum = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		sum = sum * 10 + (text[i] - '0');
		if (sum > PORT_MOST)
			return false;
	}
	*port = sum;
	return length > 0;
}

/* "host", "host:" or "host:port"; *port is kept where none is given. */
static bool parse_host_port(struct http_target *target, const char *text, size_t length,
			    bool *has_port)
{
	const char *colon = NULL;
	size_t host_length = length;

	*has_port = false;
	if (length && text[0] == '[') {
		const char *end = memchr(text, ']', length);

		if (!end)
			return false;
		host_length = (size_t)(end + 1 - text);
		if (host_length < length) {
			if (text[host_length] != ':')
				return false;
			colon = text + host_length;
		}
	} else if ((colon = memchr(text, ':', length))) {
		host_length = (size_t)(colon - text);
	}
	if (colon && host_length + 1 < length) {
		if (!parse_port(colon + 1, length - host_length - 1, &target->port))
			return false;
		*has_port = true;
	}
	if (host_length > HOST_LENGTH_MOST)
		host_length = HOST_LENGTH_MOST;
	target->host = xstrndup(text, host_length);
	return true;
}

bool http_target_has_form(const char *text)
{
	size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (text[0] == '/' || text[0] == '*')
		return true;
	return scheme && strncmp(text + scheme, "://", 3) == 0;
}

/*
 * Decodes the host. False where a URL parser would not take it. Empty parts of a name are none of
 * its business, nor is the length.
 */
static bool decode_host(char *host)
{
	char parsed[HOST_TEXT_SIZE];

	if (!*host || !url_percent_decode(host))
		return false;
	for (const char *c = host; *c; c++)
		if ((unsigned char)*c <= 0x20 || *c == 0x7f)
			return false;
	return host_parse(host, parsed) || strlen(host) >= HOST_TEXT_SIZE || host[0] == '.' ||
	       strstr(host, "..");
}

/* How many of the `length` bytes spell a dot segment: 1 for ".", 2 for "..", 0 for neither. */
static int dot_segment(const char *segment, size_t length)
{
	int dots = 0;

	for (size_t i = 0; i < length; dots++) {
		if (segment[i] == '.')
			i++;
		else if (length - i >= 3 && strncasecmp(segment + i, "%2e", 3) == 0)
			i += 3;
		else
			return 0;
	}
	return dots <= 2 ? dots : 0;
}

static void add_path(struct buf *out, const char *path, size_t length)
{
	size_t at = 0;

	if (length && (path[0] == '/' || path[0] == '\\'))
		at++;
	for (;;) {
		size_t segment = 0;
		bool last;
		int dots;

		while (at + segment < length && path[at + segment] != '/' &&
		       path[at + segment] != '\\')
			segment++;
		last = at + segment == length;
		dots = dot_segment(path + at, segment);
		if (dots == 2)
			while (out->length && out->data[--out->length] != '/')
				;
		if (dots == 0) {
			buf_addc(out, '/');
			url_add_encoded(out, path + at, segment, "\"<>`{}");
		} else if (last) {
			buf_addc(out, '/');
		}
		if (last)
			return;
		at += segment + 1;
	}
}

bool http_target_parse_absolute(struct http_target *target, const char *text)
{
	struct buf path = BUF_EMPTY;
	const char *authority, *end, *fragment, *query;
	bool has_port;
	size_t length;

	*target = (struct http_target){ 0 };
	if (strncasecmp(text, "http://", 7) == 0) {
		authority = text + 7;
	} else if (strncasecmp(text, "https://", 8) == 0) {
		authority = text + 8;
		target->https = true;
	} else {
		return false;
	}
	length = strcspn(authority, "/\\?#");
	end = authority + length;
	for (const char *at; (at = memchr(authority, '@', length));) {
		authority = at + 1;
		length = (size_t)(end - authority);
	}
	target->port = target->https ? 443 : 80;
	if (!parse_host_port(target, authority, length, &has_port) || !decode_host(target->host)) {
		http_target_free(target);
		return false;
	}

	fragment = end + strcspn(end, "#");
	query = memchr(end, '?', (size_t)(fragment - end));
	add_path(&path, end, (size_t)((query ? query : fragment) - end));
	if (query) {
		buf_addc(&path, '?');
		url_add_encoded(&path, query + 1, (size_t)(fragment - query - 1), "\"<>'");
	}
	target->path = buf_steal(&path);
	return true;
}

bool http_target_parse_authority(struct http_target *target, const char *text)
{
	bool has_port;

	*target = (struct http_target){ 0 };
	if (!parse_host_port(target, text, strlen(text), &has_port) || !has_port ||
	    !target->port || !*target->host) {
		http_target_free(target);
		return false;
	}
	return true;
}

bool http_host_names(const char *value, const char *canonical_host, int port, int default_port)
{
	bool brackets = strchr(canonical_host, ':') != NULL;
	size_t length = strlen(canonical_host);
	int given = default_port;

	if (brackets && *value++ != '[')
		return false;
	if (strncasecmp(value, canonical_host, length) != 0)
		return false;
	value += length;
	if (brackets && *value++ != ']')
		return false;
	if (!*value)
		return port == default_port;
	if (*value++ != ':' || *value == '0')
		return false;
	return parse_port(value, strlen(value), &given) && given == port;
}
