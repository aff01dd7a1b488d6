/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_MEM_H
#define CORE_BASE_MEM_H

/*
 * Allocation that cannot fail (abort on exhaustion: sizes that come from
 * outside are bounded before they get here), cleanup attributes, and transfer
 * of ownership.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
/* Copies text; NULL stays NULL. Caller frees. */
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

/* Makes room for one more element in a growing array of `count` elements. */
#define grow_array(array, count, capacity)                                                         \
	do {                                                                                       \
		if ((count) == (capacity)) {                                                       \
			(capacity) = (capacity) ? (capacity) * 2 : 8;                              \
			(array) = xrealloc((array), (capacity), sizeof(*(array)));                 \
		}                                                                                  \
	} while (0)

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_ __attribute__((cleanup(cleanup_free)))
#define _cleanup_close_ __attribute__((cleanup(cleanup_close)))

/* Takes the value out of a variable that has a cleanup attribute. */
#define steal_ptr(variable)                                                                        \
	({                                                                                         \
		__typeof__(*(variable)) stolen_ = *(variable);                                     \
		*(variable) = NULL;                                                                \
		stolen_;                                                                           \
	})

static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Closes *fd if it is open and marks it closed. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Equal, or both NULL. */
static inline bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

#endif
