/* SPDX-License-Identifier: MIT */
/*
 * A request body: a byte that seeds the sizes of its pieces, and its text. Each byte from 0x80 on
 * is a sentinel or the beginning of one. However it is split, the result is that of a plain search.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/inject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const sentinels[] = { "fake_value_0123-abcdef", "fake_value_0123-abcdex-longer",
					 "fake_value_ffff", "eyJ.eyJ.x", "ffffg" };
static const char *const reals[] = { "REAL", "a real value that is longer than its sentinel", "",
				     "fake_value_ffff", "fffff" };

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void make_text(struct buf *text, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const char *sentinel = sentinels[data[i] % ARRAY_LENGTH(sentinels)];
		size_t length = strlen(sentinel);

		if (data[i] >= 0xc0)
			length = data[i] % (length + 1);
		if (data[i] < 0x80)
			buf_addc(text, (char)data[i]);
		else
			buf_add(text, sentinel, length);
	}
}

static void search(struct buf *out, const struct buf *text)
{
	for (size_t at = 0; at < text->length;) {
		size_t i = 0;

		while (i < ARRAY_LENGTH(sentinels) &&
		       (text->length - at < strlen(sentinels[i]) ||
			memcmp(text->data + at, sentinels[i], strlen(sentinels[i])) != 0))
			i++;
		if (i < ARRAY_LENGTH(sentinels)) {
			buf_adds(out, reals[i]);
			at += strlen(sentinels[i]);
		} else {
			buf_addc(out, text->data[at++]);
		}
	}
}

static void check(const struct secrets *secrets, const struct buf *text, unsigned seed)
{
	struct buf wanted = BUF_EMPTY, got = BUF_EMPTY, field = BUF_EMPTY;
	struct injection injection;

	search(&wanted, text);
	injection_begin(&injection, secrets, "a.test", 80);
	for (size_t at = 0; at < text->length;) {
		size_t step = 1 + seed % 23;

		seed = seed * 1103515245u + 12345u;
		if (step > text->length - at)
			step = text->length - at;
		injection_add_body(&injection, &got, text->data + at, step);
		at += step;
	}
	injection_end_body(&injection, &got);
	require(got.length == wanted.length &&
		memcmp(buf_text(&got), buf_text(&wanted), wanted.length) == 0);
	injection_add_field(&injection, &field, buf_text(text), 500);
	require(field.length <= 500 || field.length <= text->length);
	injection_free(&injection);
	buf_free(&wanted);
	buf_free(&got);
	buf_free(&field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret items[ARRAY_LENGTH(sentinels)];
	struct secrets secrets = { .items = items, .count = ARRAY_LENGTH(sentinels) };
	struct strings hosts = STRINGS_EMPTY;
	struct buf text = BUF_EMPTY;

	if (size < 1 || size > 4096)
		return 0;
	strings_add(&hosts, "a.test");
	for (size_t i = 0; i < ARRAY_LENGTH(sentinels); i++)
		items[i] = (struct secret){ .sentinel = (char *)sentinels[i],
					    .sentinel_length = strlen(sentinels[i]),
					    .real = (char *)reals[i],
					    .real_length = strlen(reals[i]),
					    .hosts = hosts };
	make_text(&text, data + 1, size - 1);
	check(&secrets, &text, data[0]);
	buf_free(&text);
	strings_free(&hosts);
	return 0;
}
