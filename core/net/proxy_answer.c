/* SPDX-License-Identifier: MIT */
#include "core/net/proxy_internal.h"

#include <string.h>

#include "core/base/escape.h"

#define PHRASE_UNITS_MOST 500

const char *answer_reason(int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 407:
		return "Proxy Authentication Required";
	case 408:
		return "Request Timeout";
	case 431:
		return "Request Header Fields Too Large";
	case 502:
		return "Bad Gateway";
	default:
		return "Internal Server Error";
	}
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

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
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
