/* SPDX-License-Identifier: MIT */
/*
 * One credential: a byte of flags, an expression up to the first line end, and its real text.
 * Putting the secrets back gives the real text again; without duplicates and claims, a second
 * masking finds as much as the first.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/inject.h"
#include "core/policy/extract.h"
#include "core/policy/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_back(const struct masked *masked, const struct secrets *secrets, const char *text,
		       size_t length)
{
	struct buf back = BUF_EMPTY;
	struct injection injection;

	injection_begin(&injection, secrets, "a.test", 80);
	require(injection.count == secrets->count);
	injection_add_body(&injection, &back, buf_text(&masked->text), masked->text.length);
	injection_end_body(&injection, &back);
	require(back.length == length && memcmp(buf_text(&back), text, length) == 0);
	injection_free(&injection);
	buf_free(&back);
}

static void check(const struct credential *credential, bool file, const char *text, size_t length)
{
	struct masked masked = MASKED_EMPTY, again = MASKED_EMPTY;
	struct secrets secrets = { 0 }, more = { 0 };
	struct strings hosts = STRINGS_EMPTY;
	struct err e = { 0 };

	strings_add(&hosts, "a.test");
	if (mask_make(&masked, &secrets, credential, file, text, length, &hosts, &e) < 0) {
		require(e.message[0] != '\0');
	} else if (masked.fate == MASK_MADE) {
		check_back(&masked, &secrets, text, length);
		require(mask_make(&again, &more, credential, file, text, length, &hosts, &e) == 0);
		require(again.fate == MASK_MADE && more.count == secrets.count);
		require(again.text.length == masked.text.length || credential->decode_jwt);
	} else {
		require(masked.text.length == 0);
	}
	for (size_t i = 0; i < secrets.count; i++)
		require(strlen(secrets.items[i].sentinel) == secrets.items[i].sentinel_length &&
			secrets.items[i].sentinel_length >= 47);
	masked_free(&masked);
	masked_free(&again);
	secrets_free(&secrets);
	secrets_free(&more);
	strings_free(&hosts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1, *end;
	struct credential credential = { .name = (char *)"fuzz", .mode = CREDENTIAL_MASK };
	struct extract *extract = NULL;
	struct err e;

	if (size < 2 || size > 4096)
		return 0;
	end = memchr(text, '\n', size - 1);
	if (!end)
		return 0;
	credential.no_match = (enum credential_no_match)(data[0] % 3);
	credential.decode_jwt = data[0] & 8;
	credential.mask_duplicates = data[0] & 16;
	if (credential.decode_jwt && (data[0] & 32)) {
		strings_add(&credential.mask_claims, "sub");
		strings_add(&credential.mask_claims, "a");
	}
	if (end > text) {
		credential.extract = xstrndup(text, (size_t)(end - text));
		extract = extract_new(credential.extract, &e);
	}
	/* The schema has refused the others. */
	if (!credential.extract || extract)
		check(&credential, data[0] & 64, end + 1, (size_t)((const char *)data + size - end - 1));
	extract_free(extract);
	free(credential.extract);
	strings_free(&credential.mask_claims);
	return 0;
}
