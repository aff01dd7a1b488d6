/* SPDX-License-Identifier: MIT */
#include "core/base/buf.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_EMPTY;
}

void buf_clear(struct buf *b)
{
	b->length = 0;
	if (b->data)
		b->data[0] = '\0';
}

static void make_room(struct buf *b, size_t extra)
{
	size_t wanted = b->length + extra + 1;

	if (wanted <= b->capacity)
		return;
	if (wanted < b->capacity * 2)
		wanted = b->capacity * 2;
	if (wanted < 64)
		wanted = 64;
	b->data = xrealloc(b->data, wanted, 1);
	b->capacity = wanted;
}

void buf_add(struct buf *b, const void *bytes, size_t length)
{
	make_room(b, length);
	if (length)
		memcpy(b->data + b->length, bytes, length);
	b->length += length;
	b->data[b->length] = '\0';
}

void buf_adds(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vaddf(struct buf *b, const char *format, va_list arguments)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		abort();
	make_room(b, (size_t)length);
	vsnprintf(b->data + b->length, (size_t)length + 1, format, arguments);
	b->length += (size_t)length;
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buf_vaddf(b, format, arguments);
	va_end(arguments);
}

void buf_consume(struct buf *b, size_t length)
{
	if (!length)
		return;
	memmove(b->data, b->data + length, b->length - length + 1);
	b->length -= length;
}

const char *buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_steal(struct buf *b)
{
	char *text = b->data ? b->data : xstrdup("");

	*b = (struct buf)BUF_EMPTY;
	return text;
}

void strings_free(struct strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i]);
	free(s->items);
	*s = (struct strings)STRINGS_EMPTY;
}

void strings_take(struct strings *s, char *text)
{
	if (s->count + 1 >= s->capacity) {
		s->capacity = s->capacity ? s->capacity * 2 : 8;
		s->items = xrealloc(s->items, s->capacity, sizeof(*s->items));
	}
	s->items[s->count++] = text;
	s->items[s->count] = NULL;
}

void strings_add(struct strings *s, const char *text)
{
	strings_take(s, xstrdup(text));
}

void strings_addf(struct strings *s, const char *format, ...)
{
	struct buf b = BUF_EMPTY;
	va_list arguments;

	va_start(arguments, format);
	buf_vaddf(&b, format, arguments);
	va_end(arguments);
	strings_take(s, buf_steal(&b));
}

bool strings_contain(const struct strings *s, const char *text)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->items[i], text) == 0)
			return true;
	return false;
}

void strings_copy(struct strings *to, const struct strings *from)
{
	for (size_t i = 0; i < from->count; i++)
		strings_add(to, from->items[i]);
}
