/* SPDX-License-Identifier: MIT */
/*
 * The URL of a proxy, a NO_PROXY list, and another proxy's answer to CONNECT, each read from the
 * whole input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/route_choice.h"
#include "core/net/tunnel_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_url(const char *text)
{
	struct proxy_url url;

	if (proxy_url_parse(&url, text)) {
		require(url.host[0] && url.port >= 1 && url.port <= 65535);
		/* It goes into a header. */
		for (const char *c = url.authorization; c && *c; c++)
			require(*c >= 0x20 && *c < 0x7f);
	}
	proxy_url_free(&url);
}

static void check_list(const char *text)
{
	struct no_proxy list;

	no_proxy_parse(&list, text);
	require(no_proxy_matches(&list, "127.0.0.1"));
	no_proxy_matches(&list, "a.test");
	no_proxy_matches(&list, "2001:db8::1");
	no_proxy_matches(&list, "192.0.2.1");
	no_proxy_free(&list);
}

/* Opened or refused at some length, it stays so whatever follows. */
static void check_answer(const char *bytes, size_t length)
{
	enum tunnel_answer whole, part;
	size_t used, used_then;

	whole = tunnel_answer_parse(bytes, length, &used);
	require(used <= length && (used > 0) == (whole == TUNNEL_OPEN));
	for (size_t i = 0; i < length; i++) {
		part = tunnel_answer_parse(bytes, i, &used_then);
		require(part == TUNNEL_MORE || (part == whole && used_then == used));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL;

	if (size > 2048)
		return 0;
	text = xmalloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	check_url(text);
	check_list(text);
	check_answer(text, size);
	return 0;
}
