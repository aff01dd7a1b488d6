/* SPDX-License-Identifier: MIT */
#include "core/policy/jwt.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <string.h>

#include "core/base/mem.h"

/* Every token begins with the base64 form of `{"`. */
const char jwt_expression[] = "(eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+)";

/* "srt-fake": bytes that are no signature under any key. */
#define SIGNATURE "c3J0LWZha2U"

struct part {
	const char *at;
	size_t length;
};

static void wipe_buf(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->capacity);
	buf_free(b);
}

/* The values of a decoded token are secrets: cJSON would leave them in freed memory. */
static void wipe_json(cJSON *value)
{
	const cJSON *at;

	if (!value)
		return;
	cJSON_ArrayForEach(at, value)
		wipe_json((cJSON *)at);
	if (value->valuestring)
		explicit_bzero(value->valuestring, strlen(value->valuestring));
}

static void delete_json(cJSON **value)
{
	wipe_json(*value);
	cJSON_Delete(*value);
	*value = NULL;
}

#define _cleanup_secret_json_ __attribute__((cleanup(delete_json)))

static void add_base64url(struct buf *out, const char *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	int count = 0;

	for (size_t i = 0; i < length; i++) {
		bits = bits << 8 | (unsigned char)bytes[i];
		for (count += 8; count >= 6; count -= 6)
			buf_addc(out, digits[bits >> (count - 6) & 63]);
	}
	if (count)
		buf_addc(out, digits[bits << (6 - count) & 63]);
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-' || c == '+')
		return 62;
	return c == '_' || c == '/' ? 63 : -1;
}

/* Other bytes are skipped, as lenient decoders do: what one of them takes is to be masked. */
static void add_decoded(struct buf *out, const struct part *part)
{
	uint32_t bits = 0;
	int count = 0;

	for (size_t i = 0; i < part->length; i++) {
		int digit = base64_digit(part->at[i]);

		if (digit < 0)
			continue;
		bits = bits << 6 | (uint32_t)digit;
		count += 6;
		if (count >= 8) {
			count -= 8;
			buf_addc(out, (char)(bits >> count & 255));
		}
	}
}

/* A part as it is, but for what decoders skip. */
static void add_digits(struct buf *out, const struct part *part)
{
	for (size_t i = 0; i < part->length; i++)
		if (base64_digit(part->at[i]) >= 0)
			buf_addc(out, part->at[i]);
}

static cJSON *decode(const struct part *part)
{
	struct buf text = BUF_EMPTY;
	cJSON *value;

	add_decoded(&text, part);
	value = text.length ? cJSON_ParseWithLengthOpts(text.data, text.length + 1, NULL, true) : NULL;
	wipe_buf(&text);
	return value;
}

static bool split(const char *token, size_t length, struct part parts[3])
{
	const char *end = token + length, *first = memchr(token, '.', length);
	const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;

	if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
		return false;
	parts[0] = (struct part){ token, (size_t)(first - token) };
	parts[1] = (struct part){ first + 1, (size_t)(second - first - 1) };
	parts[2] = (struct part){ second + 1, (size_t)(end - second - 1) };
	return true;
}

bool jwt_is_valid(const char *token, size_t length)
{
	_cleanup_secret_json_ cJSON *header = NULL, *payload = NULL;
	struct part parts[3];

	if (!length || !split(token, length, parts))
		return false;
	header = decode(&parts[0]);
	if (!cJSON_IsObject(header) || !cJSON_GetObjectItemCaseSensitive(header, "alg"))
		return false;
	payload = decode(&parts[1]);
	return payload != NULL;
}

void jwt_add_fake(struct buf *out, const char *name)
{
	/* An algorithm that has to be verified: "none" is taken at its word by some. */
	static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	_cleanup_free_ char *payload = xasprintf("{\"sub\":\"%s\",\"exp\":9999999999}", name);

	add_base64url(out, header, sizeof(header) - 1);
	buf_addc(out, '.');
	add_base64url(out, payload, strlen(payload));
	buf_adds(out, "." SIGNATURE);
}

/* All members of that name: readers differ about which one counts. */
static bool replace_claim(cJSON *payload, const char *claim, jwt_replace replace, void *arg)
{
	const cJSON *last = NULL;
	const char *fake;
	cJSON *at;

	cJSON_ArrayForEach(at, payload)
		if (at->string && strcmp(at->string, claim) == 0 && cJSON_IsString(at))
			last = at;
	if (!last)
		return false;
	fake = replace(arg, claim, last->valuestring);
	cJSON_ArrayForEach(at, payload) {
		if (!at->string || strcmp(at->string, claim) != 0 || !cJSON_IsString(at))
			continue;
		explicit_bzero(at->valuestring, strlen(at->valuestring));
		cJSON_free(at->valuestring);
		at->valuestring = xstrdup(fake);
	}
	return true;
}

static size_t replace_claims(cJSON *payload, const struct strings *claims, jwt_replace replace,
			     void *arg)
{
	size_t count = 0;

	for (size_t i = 0; i < claims->count; i++) {
		bool twice = false;

		for (size_t j = 0; j < i; j++)
			twice |= strcmp(claims->items[i], claims->items[j]) == 0;
		if (!twice)
			count += replace_claim(payload, claims->items[i], replace, arg);
	}
	return count;
}

size_t jwt_add_masked(struct buf *out, const char *token, size_t length,
		      const struct strings *claims, jwt_replace replace, void *arg)
{
	_cleanup_secret_json_ cJSON *payload = NULL;
	struct part parts[3];
	size_t count;
	char *text;

	if (!split(token, length, parts))
		return 0;
	payload = decode(&parts[1]);
	if (!cJSON_IsObject(payload))
		return 0;
	count = replace_claims(payload, claims, replace, arg);
	if (!count)
		return 0;
	text = cJSON_PrintUnformatted(payload);
	if (!text)
		abort(); /* out of memory */
	add_digits(out, &parts[0]);
	buf_addc(out, '.');
	add_base64url(out, text, strlen(text));
	buf_adds(out, "." SIGNATURE);
	explicit_bzero(text, strlen(text));
	cJSON_free(text);
	return count;
}
