/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

/* A growing byte string (always NUL-terminated once it holds something) and a list of strings. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL while nothing was added */
	size_t length;
	size_t capacity;
};

#define BUF_EMPTY { NULL, 0, 0 }

void buf_free(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */
void buf_add(struct buf *b, const void *bytes, size_t length);
void buf_adds(struct buf *b, const char *text);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
/* Removes `length` bytes from the front. */
void buf_consume(struct buf *b, size_t length);
/* The text, never NULL; borrowed until the next change. */
const char *buf_text(const struct buf *b);
/* Hands the text over; the buffer is empty afterwards. Caller frees. */
char *buf_steal(struct buf *b);

#define _cleanup_buf_ __attribute__((cleanup(buf_free)))

struct strings {
	char **items; /* NULL-terminated once it holds something */
	size_t count;
	size_t capacity;
};

#define STRINGS_EMPTY { NULL, 0, 0 }

void strings_free(struct strings *s);
void strings_add(struct strings *s, const char *text);	/* copies */
void strings_take(struct strings *s, char *text);	/* owns */
void strings_addf(struct strings *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool strings_contain(const struct strings *s, const char *text);
void strings_copy(struct strings *to, const struct strings *from);

#define _cleanup_strings_ __attribute__((cleanup(strings_free)))

#endif
