/* SPDX-License-Identifier: MIT */
/*
 * A body is searched as it passes. What is held back is never more than the longest end of it
 * that a sentinel begins with, so a body without one is not delayed at all. What was put in is
 * not searched again.
 *
 * Encoded forms (compressed, base64, percent) are not looked into: a sentinel that is missed
 * only means that the origin gets the worthless text.
 */
#include "core/net/inject.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"

/* What one piece of a body may become, but for a last secret. */
#define GROWN_PIECE_MOST (32 * 1024)
#define PIECE_LEAST 64

static bool may_go(const struct secret *secret, const char *host, int port)
{
	for (size_t i = 0; i < secret->hosts.count; i++)
		if (domain_entry_matches(secret->hosts.items[i], host, port))
			return true;
	return false;
}

void injection_begin(struct injection *injection, const struct secrets *list, const char *host,
		     int port)
{
	*injection = (struct injection){ .piece_most = GROWN_PIECE_MOST };
	for (size_t i = 0; list && i < list->count; i++) {
		const struct secret *secret = &list->items[i];
		size_t growth;

		if (!may_go(secret, host, port))
			continue;
		growth = secret->real_length / secret->sentinel_length + 1;
		if (injection->piece_most > GROWN_PIECE_MOST / growth)
			injection->piece_most = GROWN_PIECE_MOST / growth;
		if (!injection->secrets)
			injection->secrets = xcalloc(list->count, sizeof(*injection->secrets));
		injection->secrets[injection->count++] = secret;
		injection->begins[(unsigned char)*secret->sentinel] = true;
		injection->changes_length |= secret->real_length != secret->sentinel_length;
	}
	if (injection->piece_most < PIECE_LEAST)
		injection->piece_most = PIECE_LEAST;
}

void injection_free(struct injection *injection)
{
	free(injection->secrets);
	buf_free(&injection->held);
	*injection = (struct injection){ .held = BUF_EMPTY };
}

/* The sentinel that begins at `at`; *partial tells whether one may, as far as the bytes go. */
static const struct secret *match(const struct injection *injection, const char *at, size_t length,
				  bool *partial)
{
	*partial = false;
	if (!injection->begins[(unsigned char)*at])
		return NULL;
	for (size_t i = 0; i < injection->count; i++) {
		const struct secret *secret = injection->secrets[i];

		if (length >= secret->sentinel_length) {
			if (memcmp(at, secret->sentinel, secret->sentinel_length) == 0)
				return secret;
		} else if (memcmp(at, secret->sentinel, length) == 0) {
			*partial = true;
		}
	}
	return NULL;
}

static bool fits_field(const struct secret *secret, size_t *length)
{
	*length = secret->real_length;
	while (*length && (secret->real[*length - 1] == '\n' || secret->real[*length - 1] == '\r'))
		--*length;
	for (size_t i = 0; i < *length; i++) {
		unsigned char c = (unsigned char)secret->real[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

void injection_add_field(const struct injection *injection, struct buf *out, const char *value,
			 size_t most)
{
	size_t rest = strlen(value), start = out->length, length;

	while (rest) {
		bool partial;
		const struct secret *secret = match(injection, value, rest, &partial);

		if (secret && fits_field(secret, &length) &&
		    out->length - start + length + rest <= most) {
			buf_add(out, secret->real, length);
			value += secret->sentinel_length;
			rest -= secret->sentinel_length;
		} else {
			buf_addc(out, *value++);
			rest--;
		}
	}
}

void injection_add_body(struct injection *injection, struct buf *out, const char *bytes,
			size_t length)
{
	struct buf *held = &injection->held;
	size_t at = 0, plain = 0;

	buf_add(held, bytes, length);
	while (at < held->length) {
		bool partial;
		const struct secret *secret =
			match(injection, held->data + at, held->length - at, &partial);

		if (partial && !secret)
			break;
		if (!secret) {
			at++;
			continue;
		}
		buf_add(out, held->data + plain, at - plain);
		buf_add(out, secret->real, secret->real_length);
		at += secret->sentinel_length;
		plain = at;
	}
	buf_add(out, held->data + plain, at - plain);
	buf_consume(held, at);
}

void injection_end_body(struct injection *injection, struct buf *out)
{
	struct buf *held = &injection->held;

	/* One that is whole was replaced at once. */
	buf_add(out, buf_text(held), held->length);
	buf_clear(held);
}
