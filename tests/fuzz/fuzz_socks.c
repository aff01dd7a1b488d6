/* SPDX-License-Identifier: MIT */
/* The three SOCKS5 messages: bounded, and the same whatever follows them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/net/socks_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* The length found is in bounds, and no shorter prefix of a whole message is one. */
#define CHECK_MESSAGE(parse, type, limit)                                                          \
	do {                                                                                       \
		type message_;                                                                     \
		int used_ = parse(&message_, bytes, size);                                         \
                                                                                                   \
		require(used_ >= SOCKS_BAD && used_ <= (int)size && used_ <= (limit));             \
		for (int i_ = 1; i_ < used_; i_++)                                                 \
			require(parse(&message_, bytes, (size_t)i_) == SOCKS_MORE);                \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct socks_request request;
	bool whole;

	if (size > 4096)
		return 0;
	CHECK_MESSAGE(socks_parse_greeting, struct socks_greeting, 257);
	CHECK_MESSAGE(socks_parse_credentials, struct socks_credentials, 513);
	whole = socks_parse_request(&request, bytes, size) > 0;
	if (whole && request.address_is_supported) {
		require(memchr(request.host, '\0', sizeof(request.host)) != NULL);
		require(request.port >= 0 && request.port <= 65535);
		CHECK_MESSAGE(socks_parse_request, struct socks_request, 262);
	}
	return 0;
}
