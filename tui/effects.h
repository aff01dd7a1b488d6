/* SPDX-License-Identifier: MIT */
#ifndef TUI_EFFECTS_H
#define TUI_EFFECTS_H

/* Commands carried out and wishes fulfilled: what touches sockets, processes, files, the history.
 */
#include "tui/history.h"
#include "tui/links.h"
#include "tui/servers.h"
#include "tui/written.h"

struct effects {
	struct model *model;
	struct links *links;
	struct servers *servers;
	struct history history;
	struct layers layers;
	const char *state_dir;
	/* What was looked up last, and when. */
	unsigned looked_for, looked_at;
	int64_t looked_ms;
};

/* Everything but COMMAND_QUIT and COMMAND_REDRAW. What goes wrong becomes a notice. */
void effects_obey(struct effects *effects, const struct command *command, struct instant now);
/* Looks up what the view wants, some of it about once a second. */
void effects_look(struct effects *effects, struct instant now);
/* After SIGCHLD. */
void effects_reap(struct effects *effects, struct instant now);
/* Reads an MCP configuration file; a missing one is no trouble where nobody asked for it. */
void effects_read_servers(struct effects *effects, const char *path, bool asked);

#endif
