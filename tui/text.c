/* SPDX-License-Identifier: MIT */
#include "tui/text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "core/base/escape.h"
#include "core/base/mem.h"

int text_code_width(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return -1;
	if (code < 0x7f)
		return 1;
	return wcwidth((wchar_t)code);
}

char *text_safe(const char *bytes, bool ascii)
{
	_cleanup_buf_ struct buf escaped = BUF_EMPTY;
	struct buf out = BUF_EMPTY;

	if (bytes != NULL)
		escape_text(&escaped, bytes, strlen(bytes));
	buf_adds(&out, "");
	for (size_t i = 0; i < escaped.length;) {
		uint32_t code = 0;
		size_t length = utf8_decode(escaped.data + i, escaped.length - i, &code);

		if (length == 0)
			break;
		/* What this system's tables do not know could take any number of columns. */
		if (code >= 0x80 && (ascii || text_code_width(code) < 0))
			buf_addf(&out, "\\u{%" PRIx32 "}", code);
		else
			buf_add(&out, escaped.data + i, length);
		i += length;
	}
	return out.data != NULL ? buf_steal(&out) : xstrdup("");
}

char *text_safe_path(const char *bytes, const char *home, bool ascii)
{
	size_t length = home != NULL ? strlen(home) : 0;
	_cleanup_free_ char *rest = NULL;

	if (bytes == NULL || length < 2 || strncmp(bytes, home, length) != 0 ||
	    (bytes[length] != '/' && bytes[length] != '\0'))
		return text_safe(bytes, ascii);
	rest = text_safe(bytes + length, ascii);
	return xasprintf("~%s", rest);
}

int text_width(const char *text)
{
	int used;

	text_fit(text, 1 << 30, &used);
	return used;
}

void text_encode(struct buf *out, uint32_t code)
{
	if (code < 0x80) {
		buf_addc(out, (char)code);
	} else if (code < 0x800) {
		buf_addc(out, (char)(0xc0 | code >> 6));
		buf_addc(out, (char)(0x80 | (code & 0x3f)));
	} else if (code < 0x10000) {
		buf_addc(out, (char)(0xe0 | code >> 12));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (code & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | code >> 18));
		buf_addc(out, (char)(0x80 | (code >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (code & 0x3f)));
	}
}

/* One character from text: its bytes, and its columns as cells_put() counts them. */
static size_t step(const char *text, size_t left, bool has_base, int *columns)
{
	uint32_t code = 0;
	size_t length = utf8_decode(text, left, &code);

	*columns = length > 0 ? text_code_width(code) : 1;
	if (*columns < 0 || (*columns == 0 && !has_base))
		*columns = 1;
	return length > 0 ? length : 1;
}

size_t text_fit(const char *text, int columns, int *used)
{
	size_t length = strlen(text), i = 0;
	int total = 0;

	while (i < length) {
		int width;
		size_t bytes = step(text + i, length - i, total > 0, &width);

		if (total + width > columns)
			break;
		total += width;
		i += bytes;
	}
	if (used != NULL)
		*used = total;
	return i;
}

void text_cut(struct buf *out, const char *text, int columns, const char *ellipsis)
{
	size_t bytes = text_fit(text, columns, NULL);

	if (text[bytes] == '\0') {
		buf_adds(out, text);
		return;
	}
	if (columns < 1)
		return;
	buf_add(out, text, text_fit(text, columns - 1, NULL));
	buf_adds(out, ellipsis);
}

void text_cut_middle(struct buf *out, const char *text, int columns, const char *ellipsis)
{
	size_t length = strlen(text), start = length, i;
	int width = text_width(text), head, tail, seen;

	if (width <= columns || columns < 3) {
		text_cut(out, text, columns, ellipsis);
		return;
	}
	/* The name at the end tells more than the directories at the front. */
	head = (columns - 1) / 3;
	tail = columns - 1 - head;
	for (i = 0, seen = 0; i < length;) {
		int one;
		size_t bytes = step(text + i, length - i, seen > 0, &one);

		if (one > 0 && width - seen <= tail) {
			start = i;
			break;
		}
		seen += one;
		i += bytes;
	}
	buf_add(out, text, text_fit(text, head, NULL));
	buf_adds(out, ellipsis);
	buf_adds(out, text + start);
}

size_t text_line(const char *text, int columns)
{
	size_t most = text_fit(text, columns, NULL), best = 0;
	int width;

	if (text[most] == '\0')
		return most;
	if (most == 0)
		return step(text, strlen(text), false, &width);
	for (size_t i = most / 2; i < most; i++)
		if (text[i] == ' ')
			best = i + 1;
	if (text[most] == ' ')
		best = most + 1;
	if (best == 0)
		for (size_t i = most / 2; i < most; i++)
			if (text[i] == '/')
				best = i + 1;
	return best > 0 ? best : most;
}

static void scaled(struct buf *out, uint64_t value, uint64_t plain, unsigned base)
{
	static const char units[] = "KMGTPE";
	double scale = (double)value;
	int unit = -1;

	if (value < plain) {
		buf_addf(out, "%" PRIu64, value);
		return;
	}
	do {
		scale /= base;
		unit++;
	} while (scale >= 999.5 && unit < 5);
	buf_addf(out, scale < 9.95 ? "%.1f%c" : "%.0f%c", scale, units[unit]);
}

void text_count(struct buf *out, uint64_t count)
{
	scaled(out, count, 10000, 1000);
}

void text_bytes(struct buf *out, uint64_t bytes)
{
	scaled(out, bytes, 1000, 1024);
}

void text_span(struct buf *out, int64_t milliseconds)
{
	int64_t seconds = milliseconds > 0 ? milliseconds / 1000 : 0;
	int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;

	if (hours == 0)
		buf_addf(out, "%02" PRId64 ":%02" PRId64, minutes, seconds % 60);
	else if (days == 0)
		buf_addf(out, "%" PRId64 ":%02" PRId64 ":%02" PRId64, hours, minutes % 60,
			 seconds % 60);
	else
		buf_addf(out, "%" PRId64 "d%02" PRId64 "h", days, hours % 24);
}

void text_time(struct buf *out, int64_t wall_ms, bool with_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (wall_ms < 0 || localtime_r(&seconds, &tm) == NULL) {
		buf_adds(out, "--:--:--");
		return;
	}
	buf_addf(out, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (with_ms)
		buf_addf(out, ".%03d", (int)(wall_ms % 1000));
}

void text_date(struct buf *out, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (wall_ms <= 0 || localtime_r(&seconds, &tm) == NULL) {
		buf_adds(out, "-");
		return;
	}
	buf_addf(out, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	text_time(out, wall_ms, false);
}

void text_short_date(struct buf *out, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (wall_ms <= 0 || localtime_r(&seconds, &tm) == NULL)
		buf_adds(out, "-");
	else
		buf_addf(out, "%02d-%02d %02d:%02d", tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}
