/* SPDX-License-Identifier: MIT */
#ifndef TUI_COMMAND_H
#define TUI_COMMAND_H

/* What a key asks to be done outside the model. */
#include "core/policy/rule.h"

enum command_type {
	COMMAND_NONE,
	COMMAND_QUIT,
	COMMAND_REDRAW,
	COMMAND_ANSWER,	      /* link, id, verdict, scope, duration */
	COMMAND_HOLD,	      /* link, id: somebody decides, hold it longer */
	COMMAND_STOP,	      /* link; force: at once */
	COMMAND_RESTART,      /* number: of the session */
	COMMAND_START,	      /* index: of the list of servers */
	COMMAND_START_WORDS,  /* text: a command line */
	COMMAND_SERVERS_READ, /* text: path of an MCP configuration file */
	COMMAND_RULE_ADD,     /* rule */
	COMMAND_RULE_DISABLE, /* rule */
	COMMAND_RULE_EDIT,    /* rule, text: its new object */
	COMMAND_RULE_UNDO,
	COMMAND_RULE_REVOKE, /* link, id */
	COMMAND_EXPORT_WRITE,
	COMMAND_EXPORT_ADJUST, /* index; force: wider */
	COMMAND_LAYER_KEEP, /* what is ticked */
	COMMAND_LAYER_DROP, /* everything */
	COMMAND_PUBLISH, /* link, host_port, port */
};

struct command {
	enum command_type type;
	unsigned link, number;
	size_t index;
	bool force;
	char *id, *text; /* owned */
	enum verdict verdict;
	enum scope scope;
	enum duration duration;
	struct rule rule; /* owned */
	int host_port, port;
};

void command_free(struct command *command);
#define _cleanup_command_ __attribute__((cleanup(command_free)))

#endif
