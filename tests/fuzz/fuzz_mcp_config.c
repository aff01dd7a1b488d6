/* SPDX-License-Identifier: MIT */
/* Any file: what is wrapped can be read again and unwrapped, and is then read as it was at first. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/session/mcp_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_text(struct mcp_servers *servers, const char *text, size_t length)
{
	struct err e;

	*servers = (struct mcp_servers){ NULL, 0, 0 };
	if (mcp_config_read(servers, text, length, &e) < 0) {
		mcp_servers_free(servers);
		return false;
	}
	return true;
}

static void check_same(const struct mcp_servers *one, const struct mcp_servers *other, enum mcp_server_state plain)
{
	if (one->count != other->count)
		abort();
	for (size_t i = 0; i < one->count; i++)
		if (strcmp(one->items[i].name, other->items[i].name) != 0 ||
		    other->items[i].state !=
			    (one->items[i].state == MCP_PLAIN ? plain : one->items[i].state))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	_cleanup_buf_ struct buf there = BUF_EMPTY, back = BUF_EMPTY;
	struct mcp_servers first, second, third;
	struct strings none = STRINGS_EMPTY;

	if (!read_text(&first, text, size))
		return 0;
	for (size_t i = 0; i < first.count; i++)
		first.items[i].chosen = true;
	mcp_config_wrap(&there, text, size, &first, "/bin/srt-top", &none);
	if (!read_text(&second, buf_text(&there), there.length))
		abort();
	check_same(&first, &second, MCP_WRAPPED);
	for (size_t i = 0; i < second.count; i++)
		second.items[i].chosen = first.items[i].state == MCP_PLAIN;
	mcp_config_unwrap(&back, buf_text(&there), there.length, &second);
	if (!read_text(&third, buf_text(&back), back.length))
		abort();
	check_same(&first, &third, MCP_PLAIN);
	mcp_servers_free(&first);
	mcp_servers_free(&second);
	mcp_servers_free(&third);
	return 0;
}
