/* SPDX-License-Identifier: MIT */
#ifndef TUI_SERVER_SPEC_H
#define TUI_SERVER_SPEC_H

/* A server that can be started, from a command line or from an MCP client's configuration. Pure. */
#include "core/base/buf.h"
#include "core/base/err.h"

#define SERVER_SPECS_MOST 500
#define SERVER_FILE_MOST (1024 * 1024)

struct server_spec {
	char *name;		    /* as `srt-top run -n` takes it; NULL = it finds one */
	struct strings words;	    /* of the command, at least one */
	struct strings environment; /* "NAME=value", for inside the sandbox alone */
	char *cwd;		    /* NULL = the dashboard's */
};

struct server_specs {
	struct server_spec *items;
	size_t count, capacity;
};

void server_spec_free(struct server_spec *spec);
void server_spec_copy(struct server_spec *to, const struct server_spec *from);
void server_specs_free(struct server_specs *specs);

/*
 * Splits a line as a shell does: blanks, '…', "…" and backslashes; "~/" at the start of a word is
 * the home directory. Nothing else of a shell: what would need one ($ ` ; | & < > unquoted) is an
 * error rather than something else than was meant. 0, or -1 with *e.
 */
int server_spec_from_line(struct server_spec *spec, const char *line, const char *home,
			  struct err *e);
/* Those with a command of a file that mcp_config.h reads: of whichever client. 0, or -1 with *e. */
int server_specs_parse(struct server_specs *specs, const char *text, size_t length, struct err *e);

/*
 * The words to run inside the sandbox. A configuration may come with somebody else's project, so
 * nothing of it decides what runs outside: variables are set inside (by env(1)), and a command
 * that is wrapped by srt-top or srt already is unwrapped, for the dashboard to wrap it by its own
 * rules. 0, or -1 with *e where that cannot be told apart.
 */
int server_spec_inner(struct strings *words, const struct server_spec *spec, struct err *e);

#endif
