/* SPDX-License-Identifier: MIT */
#include "core/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
	static const char message[] = "srt-top: out of memory\n";

	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	abort();
}

void *xmalloc(size_t size)
{
	void *block = malloc(size ? size : 1);

	if (!block)
		out_of_memory();
	return block;
}

void *xcalloc(size_t count, size_t size)
{
	void *block = calloc(count ? count : 1, size ? size : 1);

	if (!block)
		out_of_memory();
	return block;
}

void *xrealloc(void *old, size_t count, size_t size)
{
	size_t bytes;
	void *block;

	if (size && count > SIZE_MAX / size)
		out_of_memory();
	bytes = count * size;
	block = realloc(old, bytes > 0 ? bytes : 1);
	if (!block)
		out_of_memory();
	return block;
}

char *xstrdup(const char *text)
{
	return text ? xstrndup(text, strlen(text)) : NULL;
}

char *xstrndup(const char *text, size_t length)
{
	char *copy = xmalloc(length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *xasprintf(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		out_of_memory();
	return text;
}
