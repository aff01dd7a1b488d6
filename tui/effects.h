/* SPDX-License-Identifier: MIT */
#ifndef TUI_EFFECTS_H
#define TUI_EFFECTS_H

/* Commands carried out and wishes fulfilled: what touches sockets, processes, files, the history.
 */
#include "tui/export_ops.h"
#include "tui/history.h"
#include "tui/links.h"
#include "tui/servers.h"
#include "tui/worker.h"
#include "tui/written.h"

struct effects {
	struct model *model;
	struct links *links;
	struct servers *servers;
	struct history history;
	struct worker *worker;
	struct history background; /* like `history`, for the worker's jobs */
	struct exports exports;	   /* for those, too, */
	struct layers layers;	   /* and this */
	bool comparing, reading_settings; /* jobs that are under way */
	int64_t settings_ms; /* when settings files were read last */
	const char *state_dir;
	/* What was looked up last, and when. */
	unsigned looked_for, looked_at;
	int64_t looked_ms;
	struct instant now; /* of effects_collect() */
};

/* Everything but COMMAND_QUIT and COMMAND_REDRAW. What goes wrong becomes a notice. */
void effects_obey(struct effects *effects, const struct command *command, struct instant now);
/* Looks up what the view wants, some of it about once a second. */
void effects_look(struct effects *effects, struct instant now);
/* Takes over what the worker has done. True if there was something. */
bool effects_collect(struct effects *effects, struct instant now);
/* After SIGCHLD. */
void effects_reap(struct effects *effects, struct instant now);
/* Reads an MCP configuration file; a missing one is no trouble where nobody asked for it. */
void effects_read_servers(struct effects *effects, const char *path, bool asked);

#endif
