/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_MASK_H
#define CORE_POLICY_MASK_H

/*
 * Masked credentials: from the real text to one with sentinels in the place of secrets, and the
 * list that leads from a sentinel back to its secret. Pure, but for random numbers.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/policy/settings.h"

/* A secret that is longer is not masked but withheld: what the proxy makes of a request stays
 * bounded. */
#define SECRET_MOST (64 * 1024)

/* One secret and its stand-in. No sentinel is part of another. */
struct secret {
	char *sentinel;
	size_t sentinel_length;
	char *real; /* NUL-terminated; the only copy */
	size_t real_length;
	struct strings hosts; /* entries: where the secret may go */
};

struct secrets {
	struct secret *items;
	size_t count;
	size_t capacity;
};

/* Overwrites the secrets before their memory goes. */
void secrets_free(struct secrets *secrets);

enum mask_fate {
	MASK_MADE,     /* show `text` */
	MASK_LEFT,     /* nothing to mask, and the settings say: leave it, and warn */
	MASK_WITHHELD, /* nothing may be shown */
};

struct masked {
	enum mask_fate fate;
	struct buf text;
	char *warning; /* what is wrong with a credential that is not masked; NULL = nothing */
};

#define MASKED_EMPTY { .text = BUF_EMPTY }

/*
 * Masks one credential of mode mask whose real text is this; `file` tells files from variables.
 * Without injectHosts its secrets go where `default_hosts` (entries) lead. 0 and *out (starts
 * as MASKED_EMPTY), or -1 with *e where the settings say that nothing may run then. Secrets are
 * added in either case.
 */
int mask_make(struct masked *out, struct secrets *secrets, const struct credential *credential,
	      bool file, const char *text, size_t length, const struct strings *default_hosts,
	      struct err *e);
void masked_free(struct masked *masked);
#define _cleanup_masked_ __attribute__((cleanup(masked_free)))

#endif
