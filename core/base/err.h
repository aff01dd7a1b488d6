/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

/*
 * One error on its way up. A fallible function takes `struct err *e` last,
 * returns 0 or -1 (or a pointer or NULL), leaves *e alone on success, and adds
 * context with err_wrap(). Only main() prints.
 */
#include <stddef.h>

enum err_code {
	ERR_GENERAL = 1,
	ERR_BUSY,	 /* try again later: a locked database */
	ERR_NOT_FOUND,	 /* the named thing does not exist */
	ERR_UNSUPPORTED, /* this machine cannot do it */
};

struct err {
	enum err_code code;
	char message[4096];
};

/* Sets *e (ERR_GENERAL). `e` may be NULL. Always returns -1. */
int err_set(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with a code. */
int err_code(struct err *e, enum err_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* As err_set with ": " and the words for errno appended. */
int err_errno(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts context in front: "<context>: <message so far>"; keeps the code. Returns -1. */
int err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
