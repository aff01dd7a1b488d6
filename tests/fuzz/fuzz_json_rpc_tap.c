/* SPDX-License-Identifier: MIT */
/*
 * A stream of messages whole and in pieces, whose lengths come from its own bytes: the same
 * messages, with texts that end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/json_rpc_tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	uint64_t hash;
	struct json_rpc_calls calls;
};

static void add(struct heard *heard, const char text[JSON_RPC_TEXT_SIZE])
{
	const char *end = memchr(text, '\0', JSON_RPC_TEXT_SIZE);

	if (!end)
		abort();
	for (; text <= end; text++)
		heard->hash = (heard->hash ^ (unsigned char)*text) * 1099511628211u;
}

static void hear(void *arg, const struct json_rpc_message *message)
{
	struct heard *heard = arg;

	add(heard, message->id);
	add(heard, message->method);
	add(heard, message->name);
	add(heard, message->cancelled);
	json_rpc_calls_asked(&heard->calls, message);
	json_rpc_calls_answered(&heard->calls, message);
	if (heard->calls.count > JSON_RPC_CALLS_MOST)
		abort();
	free(json_rpc_calls_text(&heard->calls));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard *whole = xcalloc(1, sizeof(*whole)), *pieces = xcalloc(1, sizeof(*pieces));
	struct json_rpc_tap tap;

	json_rpc_tap_init(&tap, hear, whole);
	json_rpc_tap_feed(&tap, (const char *)data, size);
	json_rpc_tap_init(&tap, hear, pieces);
	for (size_t at = 0; at < size;) {
		size_t step = data[at] % 7 + 1u;

		if (step > size - at)
			step = size - at;
		json_rpc_tap_feed(&tap, (const char *)data + at, step);
		at += step;
	}
	if (whole->hash != pieces->hash || whole->calls.count != pieces->calls.count)
		abort();
	free(whole);
	free(pieces);
	return 0;
}
