/* SPDX-License-Identifier: MIT */
/*
 * A sentinel is "fake_value_" and a random UUID, filled up to the secret's length where that is
 * longer: a message of known length keeps it then. A masked token is its own sentinel.
 *
 * With `extract` only what its first group matches is replaced. All places are found in the
 * real text before anything is replaced, so no sentinel is ever searched.
 */
#include "core/policy/mask.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/mem.h"
#include "core/policy/extract.h"
#include "core/policy/jwt.h"

#define PREFIX "fake_value_"
#define BASE_LENGTH (sizeof(PREFIX) - 1 + 36)
#define VALUES_MOST 1024 /* different ones in one text */

/* A value that was found, and what takes its place. */
struct value {
	const char *at; /* in the real text */
	size_t length;
	char *fake; /* NULL = stays as it is */
};

struct span {
	size_t start, end;
	size_t value;
};

struct masking {
	struct secrets *secrets;
	const struct credential *credential;
	const struct strings *hosts;
	bool file;
	const char *text;
	size_t length;
	struct value *values;
	size_t value_count, value_capacity;
	struct span *spans;
	size_t span_count, span_capacity;
	size_t masked;
	bool too_long; /* a secret could not be masked for its length */
	struct err *e;
};

void secrets_free(struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->count; i++) {
		struct secret *secret = &secrets->items[i];

		explicit_bzero(secret->real, secret->real_length);
		free(secret->real);
		free(secret->sentinel);
		strings_free(&secret->hosts);
	}
	free(secrets->items);
	*secrets = (struct secrets){ 0 };
}

void masked_free(struct masked *masked)
{
	buf_free(&masked->text);
	free(masked->warning);
	*masked = (struct masked)MASKED_EMPTY;
}

/* --- sentinels --- */

static void random_bytes(void *bytes, size_t length)
{
	if (getentropy(bytes, length) < 0)
		abort(); /* a sentinel that can be guessed would be worse */
}

/* At least as long as `length`; the filling has to be different, not secret. */
static char *new_sentinel(size_t length)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	unsigned char u[16];
	struct buf out = BUF_EMPTY;

	random_bytes(u, sizeof(u));
	u[6] = (unsigned char)(0x40 | (u[6] & 0x0f));
	u[8] = (unsigned char)(0x80 | (u[8] & 0x3f));
	buf_adds(&out, PREFIX);
	for (size_t i = 0; i < sizeof(u); i++)
		buf_addf(&out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u[i]);
	while (out.length < length) {
		random_bytes(u, sizeof(u));
		for (size_t i = 0; i < sizeof(u) && out.length < length; i++)
			buf_addc(&out, alphabet[u[i] % (sizeof(alphabet) - 1)]);
	}
	return buf_steal(&out);
}

/* Takes the sentinel over; returns it, borrowed. */
static const char *add_secret(const struct masking *m, char *sentinel, const char *real,
			      size_t length)
{
	struct secrets *list = m->secrets;
	struct secret *secret;

	grow_array(list->items, list->count, list->capacity);
	secret = &list->items[list->count++];
	*secret = (struct secret){ .sentinel = sentinel,
				   .sentinel_length = strlen(sentinel),
				   .real = xstrndup(real, length),
				   .real_length = length };
	strings_copy(&secret->hosts, m->hosts);
	return sentinel;
}

static const char *mask_claim(void *arg, const char *claim, const char *value)
{
	const struct masking *m = arg;

	(void)claim;
	return add_secret(m, new_sentinel(strlen(value)), value, strlen(value));
}

/* The whole value's stand-in, or NULL where it is none that is to be masked. Caller frees. */
static char *make_fake(struct masking *m, const char *real, size_t length)
{
	const struct credential *c = m->credential;
	struct buf fake = BUF_EMPTY;

	if (c->decode_jwt && !jwt_is_valid(real, length))
		return NULL;
	if (length > SECRET_MOST) {
		m->too_long = true;
		return NULL;
	}
	if (!c->decode_jwt) {
		fake.data = new_sentinel(length);
	} else if (c->mask_claims.count) {
		if (!jwt_add_masked(&fake, real, length, &c->mask_claims, mask_claim, m))
			return NULL;
	} else {
		_cleanup_free_ char *name = new_sentinel(0);

		jwt_add_fake(&fake, name);
	}
	m->masked++;
	return xstrdup(add_secret(m, fake.data, real, length));
}

/* --- places --- */

static struct value *find_value(const struct masking *m, const char *at, size_t length)
{
	for (size_t i = 0; i < m->value_count; i++)
		if (m->values[i].length == length && memcmp(m->values[i].at, at, length) == 0)
			return &m->values[i];
	return NULL;
}

static void add_span(struct masking *m, size_t start, size_t end, size_t value)
{
	grow_array(m->spans, m->span_count, m->span_capacity);
	m->spans[m->span_count++] = (struct span){ start, end, value };
}

static int take_match(struct masking *m, const char *pattern, const struct extract_match *match)
{
	struct value *value;
	const char *at;
	size_t length;

	if (match->start == SIZE_MAX)
		return err_set(m->e,
			       "extract pattern /%.300s/ matched at offset %zu but capture group 1 is "
			       "undefined",
			       pattern, match->offset);
	/* \K is not there to make one, but look-around can match behind what was replaced. */
	if (match->end < match->start ||
	    (m->span_count && match->start < m->spans[m->span_count - 1].end))
		return err_set(m->e, "extract pattern \"%.300s\" has matches that overlap", pattern);
	at = m->text + match->start;
	length = match->end - match->start;
	if (!length)
		return 0;
	value = find_value(m, at, length);
	if (!value) {
		if (m->value_count == VALUES_MOST)
			return err_set(m->e, "extract pattern \"%.300s\" matches more than %d values",
				       pattern, VALUES_MOST);
		grow_array(m->values, m->value_count, m->value_capacity);
		value = &m->values[m->value_count++];
		*value = (struct value){ at, length, make_fake(m, at, length) };
	}
	add_span(m, match->start, match->end, (size_t)(value - m->values));
	return 0;
}

static int find_matches(struct masking *m, const char *pattern)
{
	_cleanup_extract_ struct extract *extract = extract_new(pattern, m->e);
	struct extract_match match = { 0 };
	int found;

	if (!extract)
		return -1;
	while ((found = extract_find(extract, m->text, m->length, match.next, &match, m->e)) > 0)
		if (take_match(m, pattern, &match) < 0)
			return -1;
	return found < 0 ? err_wrap(m->e, "extract pattern \"%.300s\"", pattern) : 0;
}

static int compare_lengths(const void *left, const void *right)
{
	const struct value *a = *(const struct value *const *)left;
	const struct value *b = *(const struct value *const *)right;

	if (a->length != b->length)
		return a->length > b->length ? -1 : 1;
	return a < b ? -1 : 1;
}

static int compare_spans(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

/* Each further copy of a value; of two that overlap the longer one, and matches before both. */
static void find_duplicates(struct masking *m)
{
	_cleanup_free_ char *taken = xcalloc(m->length + 1, 1);
	_cleanup_free_ const struct value **order = xcalloc(m->value_count, sizeof(*order));

	for (size_t i = 0; i < m->span_count; i++)
		memset(taken + m->spans[i].start, 1, m->spans[i].end - m->spans[i].start);
	for (size_t i = 0; i < m->value_count; i++)
		order[i] = &m->values[i];
	qsort(order, m->value_count, sizeof(*order), compare_lengths);
	for (size_t i = 0; i < m->value_count; i++) {
		const struct value *value = order[i];
		const char *at = m->text, *end = m->text + m->length;

		if (!value->fake)
			continue;
		while ((at = memmem(at, (size_t)(end - at), value->at, value->length))) {
			size_t start = (size_t)(at - m->text);
			char *busy = memrchr(taken + start, 1, value->length);

			if (busy) {
				/* Nothing that begins before its end can be free. */
				at = m->text + (busy - taken) + 1;
				continue;
			}
			memset(taken + start, 1, value->length);
			add_span(m, start, start + value->length, (size_t)(value - m->values));
			at += value->length;
		}
	}
	qsort(m->spans, m->span_count, sizeof(*m->spans), compare_spans);
}

static void add_replaced(const struct masking *m, struct buf *out)
{
	size_t at = 0;

	for (size_t i = 0; i < m->span_count; i++) {
		const struct span *span = &m->spans[i];
		const struct value *value = &m->values[span->value];

		buf_add(out, m->text + at, span->start - at);
		if (value->fake)
			buf_adds(out, value->fake);
		else
			buf_add(out, value->at, value->length);
		at = span->end;
	}
	buf_add(out, m->text + at, m->length - at);
}

static void free_masking(struct masking *m)
{
	for (size_t i = 0; i < m->value_count; i++)
		free(m->values[i].fake);
	free(m->values);
	free(m->spans);
}

/* --- one credential --- */

static char *cause(const struct masking *m, const char *pattern)
{
	const struct credential *c = m->credential;
	const char *with_claims =
		c->mask_claims.count ? " with one of maskClaims as a string" : "";

	if (!c->decode_jwt)
		return xasprintf("extract pattern \"%.300s\"%s matched nothing", pattern,
				 m->file ? " that" : "");
	if (!pattern)
		return xasprintf("decode \"jwt\" but its value is no verified JWT%s", with_claims);
	return xasprintf("decode \"jwt\" with pattern \"%.300s\" that matched no verified JWT%s",
			 pattern, with_claims);
}

static void withhold(struct masked *out, const char *why)
{
	out->fate = MASK_WITHHELD;
	out->warning = xstrdup(why);
}

static int not_masked(struct masking *m, struct masked *out, const char *pattern)
{
	_cleanup_free_ char *what = cause(m, pattern);

	switch (m->credential->no_match) {
	case NO_MATCH_ERROR:
		return err_set(m->e,
			       "%s (onExtractNoMatch: \"error\"). Correct the entry, choose \"warn\" or "
			       "\"deny\", or take it out.",
			       what);
	case NO_MATCH_DENY:
		out->fate = MASK_WITHHELD;
		return 0;
	case NO_MATCH_WARN:
		out->fate = MASK_LEFT;
		out->warning =
			xasprintf("%s. The %s is left UNPROTECTED: its real content can be read inside "
				  "the sandbox. Correct the entry, choose \"deny\" or \"error\" for "
				  "onExtractNoMatch, or take it out.",
				  what, m->file ? "file" : "variable");
		return 0;
	}
	return 0;
}

static int mask_parts(struct masking *m, struct masked *out, const char *pattern)
{
	if (find_matches(m, pattern) < 0)
		return -1;
	if (m->too_long) {
		withhold(out, "a secret in it is longer than 65536 bytes; it is withheld");
		return 0;
	}
	if (!m->masked)
		return not_masked(m, out, pattern);
	if (m->credential->mask_duplicates)
		find_duplicates(m);
	add_replaced(m, &out->text);
	return 0;
}

static bool mask_whole(struct masking *m, struct masked *out)
{
	_cleanup_free_ char *fake = make_fake(m, m->text, m->length);

	if (fake)
		buf_adds(&out->text, fake);
	return fake != NULL;
}

static int mask(struct masking *m, struct masked *out)
{
	const struct credential *c = m->credential;
	const char *pattern = c->extract;

	if (m->file && c->decode_jwt && !pattern)
		pattern = jwt_expression;
	/* A variable is a token as a whole; only where it is not, its parts are looked at. */
	if (!pattern || (!m->file && c->decode_jwt)) {
		if (mask_whole(m, out))
			return 0;
		if (m->too_long) {
			withhold(out, "it is longer than 65536 bytes; it is withheld");
			return 0;
		}
		if (!pattern)
			return not_masked(m, out, NULL);
	}
	return mask_parts(m, out, pattern);
}

int mask_make(struct masked *out, struct secrets *secrets, const struct credential *credential,
	      bool file, const char *text, size_t length, const struct strings *default_hosts,
	      struct err *e)
{
	struct masking m = { .secrets = secrets,
			     .credential = credential,
			     .hosts = credential->has_inject_hosts ? &credential->inject_hosts
								   : default_hosts,
			     .file = file,
			     .text = text,
			     .length = length,
			     .e = e };
	int result;

	out->fate = MASK_MADE;
	result = mask(&m, out);
	free_masking(&m);
	if (result < 0)
		return err_wrap(e, "credentials.%s entry \"%.300s\"", file ? "files" : "envVars",
				credential->name);
	return 0;
}
