/* SPDX-License-Identifier: MIT */
#include "core/policy/url.h"

#include <string.h>
#include <strings.h>

#include "core/base/base64.h"
#include "core/base/escape.h"
#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/policy/host.h"

#define PORT_MOST 65535

/* Without C0 controls and spaces at both ends, and without tabs and line ends. Caller frees. */
static char *strip(const char *text)
{
	size_t length;
	char *copy, *to;

	while (*text && (unsigned char)*text <= 0x20)
		text++;
	length = strlen(text);
	while (length && (unsigned char)text[length - 1] <= 0x20)
		length--;
	copy = xstrndup(text, length);
	to = copy;
	for (const char *from = copy; *from; from++)
		if (!strchr("\t\n\r", *from))
			*to++ = *from;
	*to = '\0';
	return copy;
}

/* Length of a scheme, without its colon; 0 if there is none. */
static size_t scheme_length(const char *url)
{
	size_t length = 0;

	if (!((url[0] >= 'a' && url[0] <= 'z') || (url[0] >= 'A' && url[0] <= 'Z')))
		return 0;
	while ((url[length] >= '0' && url[length] <= '9') ||
	       (ascii_lower(url[length]) >= 'a' && ascii_lower(url[length]) <= 'z') ||
	       (url[length] && strchr("+-.", url[length])))
		length++;
	return url[length] == ':' ? length : 0;
}

static bool is_special(const char *url, size_t length)
{
	static const char *const schemes[] = { "http", "https", "ws", "wss", "ftp", "file" };

	for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++) {
		size_t same = 0;

		while (same < length && ascii_lower(url[same]) == schemes[i][same] &&
		       schemes[i][same])
			same++;
		if (same == length && !schemes[i][same])
			return true;
	}
	return false;
}

bool url_percent_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		int high = from[0] == '%' ? hex_digit(from[1]) : -1;
		int low = high >= 0 ? hex_digit(from[2]) : -1;

		if (low >= 0) {
			*to = (char)(high << 4 | low);
			if (*to == '\0')
				return false;
			to++;
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return true;
}

static bool is_port(const char *text)
{
	long port = 0;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		port = port * 10 + (*text - '0');
		if (port > PORT_MOST)
			return false;
	}
	return true;
}

static bool is_opaque_host(const char *host, char out[HOST_TEXT_SIZE])
{
	if (host[0] == '[')
		return host_parse(host, out);
	return !strpbrk(host, " #/:<>?@[\\]^|");
}

/* authority: changed while it is looked at. `out` gets the host of a special one. */
static bool parse_authority(char *authority, bool special, bool host_needed,
			    char out[HOST_TEXT_SIZE])
{
	char *at = strrchr(authority, '@');
	char *host = at ? at + 1 : authority;
	char *colon = strchr(host[0] == '[' ? host + strcspn(host, "]") : host, ':');

	if (colon) {
		*colon = '\0';
		if (!*host || !is_port(colon + 1))
			return false;
	}
	if (!*host)
		return !at && !host_needed;
	if (!special)
		return is_opaque_host(host, out);
	return url_percent_decode(host) && host_parse(host, out);
}

/* The URL of a file has a host at most, or the letter of a drive. */
static bool is_file_authority(char *authority, char out[HOST_TEXT_SIZE])
{
	char letter = ascii_lower(authority[0]);

	if (letter >= 'a' && letter <= 'z' && authority[1] && strchr(":|", authority[1]) &&
	    !authority[2])
		return true;
	if (authority[0] != '[' && strchr(authority, ':'))
		return false;
	return !*authority || (url_percent_decode(authority) && host_parse(authority, out));
}

bool host_of_authority(const char *text, size_t length, char out[HOST_TEXT_SIZE])
{
	_cleanup_free_ char *copy = xstrndup(text, length), *url = NULL;
	char *authority;

	out[0] = '\0';
	if (memchr(text, ':', length) && host_parse(copy, out))
		return true;
	url = xasprintf("http://%s/", copy);
	free(copy);
	copy = strip(url);
	authority = copy + strlen("http:");
	authority += strspn(authority, "/\\");
	authority[strcspn(authority, "/\\?#")] = '\0';
	return parse_authority(authority, true, true, out);
}

const char *url_error(const char *text)
{
	static const char *const invalid = "Invalid url";
	_cleanup_free_ char *url = strip(text);
	size_t scheme = scheme_length(url);
	bool special = is_special(url, scheme);
	bool file = special && scheme == 4 && ascii_lower(url[0]) == 'f';
	char *rest = url + scheme + 1;
	char out[HOST_TEXT_SIZE];

	if (!scheme)
		return invalid;
	if (special)
		rest += file ? strspn(rest, "/\\") > 1 ? 2 : 0 : strspn(rest, "/\\");
	else if (strncmp(rest, "//", 2) == 0)
		rest += 2;
	else
		return NULL;
	if (file && rest == url + scheme + 1)
		return NULL;
	rest[strcspn(rest, special ? "/\\?#" : "/?#")] = '\0';
	if (file)
		return is_file_authority(rest, out) ? NULL : invalid;
	return parse_authority(rest, special, special, out) ? NULL : invalid;
}

void proxy_url_free(struct proxy_url *url)
{
	free(url->authorization);
	*url = (struct proxy_url){ 0 };
}

/* Appends user information decoded. False where a %XX is none, or what comes out is no UTF-8. */
static bool add_decoded(struct buf *out, const char *text)
{
	for (; *text; text++) {
		int high = text[0] == '%' ? hex_digit(text[1]) : 0;
		int low = text[0] == '%' && high >= 0 ? hex_digit(text[2]) : 0;

		if (high < 0 || low < 0)
			return false;
		buf_addc(out, text[0] == '%' ? (char)(high << 4 | low) : text[0]);
		text += text[0] == '%' ? 2 : 0;
	}
	return utf8_is_valid(out->data, out->length);
}

void url_add_encoded(struct buf *out, const char *bytes, size_t length, const char *set)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c <= 0x20 || c >= 0x7f || strchr(set, c))
			buf_addf(out, "%%%02X", c);
		else
			buf_addc(out, bytes[i]);
	}
}

/* Appends user information as a URL carries it. */
static void add_user(struct buf *out, const char *text)
{
	url_add_encoded(out, text, strlen(text), "\"#<>?`{}/:;=@[\\]^|");
}

/* "Basic …" for "user", "user:password" or ":password"; NULL where all of it is empty. */
static char *basic_authorization(char *user)
{
	_cleanup_buf_ struct buf plain = BUF_EMPTY, decoded = BUF_EMPTY, out = BUF_EMPTY;
	char *colon = strchr(user, ':');
	const char *password = colon ? colon + 1 : "";

	if (colon)
		*colon = '\0';
	if (!*user && !*password)
		return NULL;
	if (add_decoded(&plain, user) && add_decoded(&decoded, password)) {
		buf_addc(&plain, ':');
		buf_add(&plain, buf_text(&decoded), decoded.length);
	} else {
		buf_clear(&plain);
		add_user(&plain, user);
		buf_addc(&plain, ':');
		add_user(&plain, password);
	}
	buf_adds(&out, "Basic ");
	base64_add(&out, plain.data, plain.length);
	return buf_steal(&out);
}

/* The authority of a valid http or https URL, changed on the way. */
static bool take_authority(struct proxy_url *url, char *authority)
{
	char *at = strrchr(authority, '@');
	char *host = at ? at + 1 : authority;
	char *colon = strchr(host[0] == '[' ? host + strcspn(host, "]") : host, ':');

	if (colon) {
		*colon++ = '\0';
		for (; *colon; colon++)
			url->port = url->port * 10 + (*colon - '0');
	}
	if (url->port == 0)
		url->port = url->https ? 443 : 80;
	if (!url_percent_decode(host) || !host_parse(host, url->host) ||
	    !*url->host)
		return false;
	if (at) {
		*at = '\0';
		url->authorization = basic_authorization(authority);
	}
	return true;
}

bool proxy_url_parse(struct proxy_url *url, const char *text)
{
	bool has_scheme = scheme_length(text) && strncmp(text + scheme_length(text), "://", 3) == 0;
	_cleanup_free_ char *whole = xasprintf("%s%s", has_scheme ? "" : "http://", text);
	_cleanup_free_ char *stripped = strip(whole);
	char *rest = stripped + scheme_length(stripped);

	*url = (struct proxy_url){ 0 };
	if (strncasecmp(stripped, "https:", 6) == 0)
		url->https = true;
	else if (strncasecmp(stripped, "http:", 5) != 0)
		return false;
	if (url_error(whole))
		return false;
	rest++;
	rest += strspn(rest, "/\\");
	rest[strcspn(rest, "/\\?#")] = '\0';
	return take_authority(url, rest);
}
