/* SPDX-License-Identifier: MIT */
#include "core/net/http_auth.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* User names come from up to 100 UTF-16 units in base64: far less. */
#define CREDENTIALS_MOST 1024

bool auth_token_matches(const char *given, size_t length, const char *token)
{
	size_t wanted = strlen(token);
	unsigned char differ = length != wanted;

	for (size_t i = 0; i < wanted; i++)
		differ |= (unsigned char)(token[i] ^ (i < length ? given[i] : 0));
	return !differ;
}

static int base64_value(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* Decodes base64, with or without padding. Returns the length, or -1 where malformed. */
static int decode_base64(const char *text, char out[CREDENTIALS_MOST])
{
	size_t length = strcspn(text, "=");
	uint32_t bits = 0;
	int count = 0, used = 0;

	if (strspn(text + length, "=") > 2 || text[length + strspn(text + length, "=")] ||
	    length % 4 == 1)
		return -1;
	for (size_t i = 0; i < length; i++) {
		int value = base64_value(text[i]);

		if (value < 0 || used == CREDENTIALS_MOST)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[used++] = (char)(bits >> count & 0xff);
		}
	}
	return used;
}

bool http_auth_basic_is_valid(const char *value, const char *token)
{
	char credentials[CREDENTIALS_MOST];
	const char *colon;
	int length;

	if (!value || strncasecmp(value, "basic ", 6) != 0)
		return false;
	value += 6;
	value += strspn(value, " \t");
	length = decode_base64(value, credentials);
	if (length <= 0)
		return false;
	colon = memchr(credentials, ':', (size_t)length);
	if (!colon || colon == credentials)
		return false;
	return auth_token_matches(colon + 1, (size_t)(credentials + length - colon - 1), token);
}
