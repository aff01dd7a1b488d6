/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_MCP_CONFIG_H
#define CORE_SESSION_MCP_CONFIG_H

/*
 * The configuration file of an MCP client, and its servers' commands put behind srt-top or freed of
 * it. Text in, text out: what is not changed keeps every byte. Pure.
 *
 * Servers are the members of "mcpServers" (Claude, Cursor, Windsurf and others), "servers" (VS Code's
 * mcp.json), "mcp.servers" (VS Code's settings), "context_servers" (Zed) and of each project's
 * "mcpServers" (Claude Code).
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/json_text.h"

enum mcp_server_state {
	MCP_PLAIN,	/* its command runs as it is */
	MCP_WRAPPED,	/* by srt-top, in a way that can be undone */
	MCP_OTHERWISE,	/* by srt, or by srt-top in a way that cannot be told apart */
	MCP_NO_COMMAND, /* one that is reached by its URL, say */
};

struct mcp_server {
	char *name;
	enum mcp_server_state state;
	bool chosen;		  /* the caller's: to be changed */
	struct json_span command; /* the value; empty = none */
	struct json_span arguments; /* a list where it is not empty */
	struct json_span environment, directory; /* "env", "cwd", of whatever sort */
	struct json_span key;	  /* of the command */
};

struct mcp_servers {
	struct mcp_server *items;
	size_t count, capacity;
};

void mcp_servers_free(struct mcp_servers *servers);

/* A string's value; NULL where the span is none, or not one that can be decoded. Caller frees. */
char *mcp_config_string(const char *text, struct json_span span);

/* In the order of the text. 0, or -1 with *e; with no server at all, too. */
int mcp_config_read(struct mcp_servers *servers, const char *text, size_t length, struct err *e);

/*
 * The chosen servers that are MCP_PLAIN run as `program run -n NAME OPTION... -- COMMAND ARGUMENT...`.
 * Their names are made such as `run -n` takes.
 */
void mcp_config_wrap(struct buf *out, const char *text, size_t length, const struct mcp_servers *servers,
		     const char *program, const struct strings *options);
/* The chosen servers that are MCP_WRAPPED run as they did before. */
void mcp_config_unwrap(struct buf *out, const char *text, size_t length,
		       const struct mcp_servers *servers);

#endif
