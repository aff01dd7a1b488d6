/* SPDX-License-Identifier: MIT */
#include "core/net/proxy_internal.h"

#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"

#define PHRASE_UNITS_MOST 500

const char *answer_reason(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{ 100, "Continue" },
		{ 101, "Switching Protocols" },
		{ 102, "Processing" },
		{ 103, "Early Hints" },
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 203, "Non-Authoritative Information" },
		{ 204, "No Content" },
		{ 205, "Reset Content" },
		{ 206, "Partial Content" },
		{ 207, "Multi-Status" },
		{ 208, "Already Reported" },
		{ 226, "IM Used" },
		{ 300, "Multiple Choices" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 305, "Use Proxy" },
		{ 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 402, "Payment Required" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 407, "Proxy Authentication Required" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Payload Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 417, "Expectation Failed" },
		{ 418, "I'm a Teapot" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Entity" },
		{ 423, "Locked" },
		{ 424, "Failed Dependency" },
		{ 425, "Too Early" },
		{ 426, "Upgrade Required" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 451, "Unavailable For Legal Reasons" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
		{ 506, "Variant Also Negotiates" },
		{ 507, "Insufficient Storage" },
		{ 508, "Loop Detected" },
		{ 509, "Bandwidth Limit Exceeded" },
		{ 510, "Not Extended" },
		{ 511, "Network Authentication Required" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "unknown";
}

void answer_add(struct buf *out, int status, const char *extra, const char *body, bool keep_alive)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\n%sContent-Length: %zu\r\nConnection: %s\r\n\r\n%s", status,
		 answer_reason(status), extra, strlen(body), keep_alive ? "keep-alive" : "close",
		 body);
}

/* Controls and characters that show nothing or reorder others. */
static bool is_invisible(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },	    { 0x7f, 0x9f },	{ 0xad, 0xad },	    { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

void answer_add_phrase(struct buf *out, const char *text)
{
	size_t length = strlen(text), units = 0, begin = out->length;

	for (size_t i = 0; i < length && units < PHRASE_UNITS_MOST;) {
		uint32_t c = 0xfffd;
		size_t used = utf8_decode(text + i, length - i, &c);

		i += used ? used : 1;
		if (c == '<' || c == '>')
			continue;
		if (is_invisible(c))
			c = ' ';
		if (c == ' ' && out->length == begin)
			continue;
		buf_addc(out, c >= 0x20 && c <= 0x7e ? (char)c : '?');
		units++;
		/* Beyond the basic plane a character is two UTF-16 units. */
		if (c > 0xffff && units++ < PHRASE_UNITS_MOST)
			buf_addc(out, '?');
	}
	while (out->length > begin && out->data[out->length - 1] == ' ')
		out->data[--out->length] = '\0';
	if (out->length == begin)
		buf_adds(out, "Forbidden");
}
