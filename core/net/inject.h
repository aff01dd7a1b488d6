/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_INJECT_H
#define CORE_NET_INJECT_H

/*
 * Puts secrets in the place of their sentinels, in a request on its way to one host. Only the
 * secrets that may go to that host take part; any other sentinel stays what it is. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "core/policy/mask.h"

struct injection {
	const struct secret **secrets; /* borrowed from the list */
	size_t count;
	bool begins[256];    /* a sentinel can begin with this byte */
	size_t piece_most;   /* bytes of a body that may be fed at once: bounds their growth */
	bool changes_length; /* some secret is not as long as its sentinel */
	struct buf held;     /* of the body: the beginning of a sentinel, so far */
};

/* Finds what may go to a host (canonical). The list is borrowed until injection_free(); NULL =
 * none. */
void injection_begin(struct injection *injection, const struct secrets *list, const char *host,
		     int port);
/* Also overwrites what is held. Harmless on one that is zeroed. */
void injection_free(struct injection *injection);

/*
 * Appends the value of a header field. Line ends behind a secret are left out (files end with
 * one); a secret that a field cannot hold stays a sentinel, and so does what would make the
 * result longer than `most`.
 */
void injection_add_field(const struct injection *injection, struct buf *out, const char *value,
			 size_t most);

/* Appends what is certain of a body after these further bytes (at most piece_most). A
 * sentinel may be split between calls. */
void injection_add_body(struct injection *injection, struct buf *out, const char *bytes,
			size_t length);
/* The body has ended: appends what was held. */
void injection_end_body(struct injection *injection, struct buf *out);

#endif
