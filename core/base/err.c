/* SPDX-License-Identifier: MIT */
#include "core/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 0))) static void
set_text(struct err *e, enum err_code code, const char *format, va_list arguments)
{
	e->code = code;
	vsnprintf(e->message, sizeof(e->message), format, arguments);
}

int err_set(struct err *e, const char *format, ...)
{
	va_list arguments;

	if (!e)
		return -1;
	va_start(arguments, format);
	set_text(e, ERR_GENERAL, format, arguments);
	va_end(arguments);
	return -1;
}

int err_code(struct err *e, enum err_code code, const char *format, ...)
{
	va_list arguments;

	if (!e)
		return -1;
	va_start(arguments, format);
	set_text(e, code, format, arguments);
	va_end(arguments);
	return -1;
}

int err_errno(struct err *e, const char *format, ...)
{
	int saved = errno;
	va_list arguments;
	size_t length;

	if (!e)
		return -1;
	va_start(arguments, format);
	set_text(e, ERR_GENERAL, format, arguments);
	va_end(arguments);
	length = strlen(e->message);
	snprintf(e->message + length, sizeof(e->message) - length, ": %s", strerror(saved));
	return -1;
}

int err_wrap(struct err *e, const char *format, ...)
{
	char inner[sizeof(e->message)];
	va_list arguments;
	size_t length;

	if (!e)
		return -1;
	memcpy(inner, e->message, sizeof(inner));
	va_start(arguments, format);
	vsnprintf(e->message, sizeof(e->message), format, arguments);
	va_end(arguments);
	length = strlen(e->message);
	snprintf(e->message + length, sizeof(e->message) - length, ": %s", inner);
	return -1;
}
