/* SPDX-License-Identifier: MIT */
#include "core/base/escape.h"

#include <stdbool.h>
#include <string.h>

size_t utf8_decode(const char *bytes, size_t length, uint32_t *code)
{
	const unsigned char *b = (const unsigned char *)bytes;
	uint32_t value;
	size_t need;

	if (length == 0)
		return 0;
	if (b[0] < 0x80) {
		*code = b[0];
		return 1;
	}
	if (b[0] >= 0xc2 && b[0] <= 0xdf) {
		need = 2;
		value = b[0] & 0x1f;
	} else if (b[0] >= 0xe0 && b[0] <= 0xef) {
		need = 3;
		value = b[0] & 0x0f;
	} else if (b[0] >= 0xf0 && b[0] <= 0xf4) {
		need = 4;
		value = b[0] & 0x07;
	} else {
		return 0;
	}
	if (length < need)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (b[i] & 0x3f);
	}
	if ((need == 3 && value < 0x800) || (need == 4 && (value < 0x10000 || value > 0x10ffff)))
		return 0;
	if (value >= 0xd800 && value <= 0xdfff)
		return 0;
	*code = value;
	return need;
}

/* Characters that change how others are shown, or that show nothing: Unicode Cc, Cf, Zl, Zp. */
static bool is_deceptive(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },	      { 0x7f, 0x9f },	    { 0xad, 0xad },	  { 0x34f, 0x34f },
		{ 0x600, 0x605 },     { 0x61c, 0x61c },	    { 0x6dd, 0x6dd },	  { 0x70f, 0x70f },
		{ 0x890, 0x891 },     { 0x8e2, 0x8e2 },	    { 0x115f, 0x1160 },	  { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },	  { 0x2060, 0x206f },
		{ 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },	  { 0xffa0, 0xffa0 },
		{ 0xfff0, 0xfffb },   { 0xfffe, 0xffff },   { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
		{ 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};

	if ((c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef))
		return true;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

static void add_escape(struct buf *out, uint32_t c)
{
	switch (c) {
	case '\n':
		buf_adds(out, "\\n");
		break;
	case '\r':
		buf_adds(out, "\\r");
		break;
	case '\t':
		buf_adds(out, "\\t");
		break;
	default:
		if (c < 0x80)
			buf_addf(out, "\\x%02x", (unsigned)c);
		else
			buf_addf(out, "\\u{%x}", (unsigned)c);
	}
}

void escape_text(struct buf *out, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t c = 0;
		size_t used = utf8_decode(bytes + i, length - i, &c);

		if (used == 0) {
			buf_addf(out, "\\x%02x", (unsigned char)bytes[i]);
			used = 1;
		} else if (c == '\\') {
			buf_adds(out, "\\\\");
		} else if (is_deceptive(c)) {
			add_escape(out, c);
		} else {
			buf_add(out, bytes + i, used);
		}
		i += used;
	}
}

void escape_message(struct buf *out, const char *bytes, size_t length)
{
	while (length) {
		const char *backslash = memchr(bytes, '\\', length);
		size_t piece = backslash ? (size_t)(backslash - bytes) : length;

		escape_text(out, bytes, piece);
		if (backslash) {
			buf_addc(out, '\\');
			piece++;
		}
		bytes += piece;
		length -= piece;
	}
}

char *escape_string(const char *text)
{
	struct buf out = BUF_EMPTY;

	escape_text(&out, text, strlen(text));
	return buf_steal(&out);
}

bool utf8_is_valid(const char *bytes, size_t length)
{
	uint32_t code;

	for (size_t at = 0, step; at < length; at += step) {
		step = utf8_decode(bytes + at, length - at, &code);
		if (!step)
			return false;
	}
	return true;
}
