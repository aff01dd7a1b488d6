/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_JSON_RPC_TAP_H
#define CORE_NET_JSON_RPC_TAP_H

/*
 * Reads along one direction of a stream of JSON-RPC 2.0 messages, one a line, as MCP has it over
 * standard input and output ("Transports", stdio). It takes what it wants to know out of each and
 * keeps nothing else: any bytes, split in any way, of any length, in constant memory. A line that is
 * not JSON, or no message, yields nothing; the next line is read afresh. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

#define JSON_RPC_TEXT_SIZE 128

struct json_rpc_message {
	/* As in the message, a string with a quote in front: "1" is not 1. "" = none, or too long. */
	char id[JSON_RPC_TEXT_SIZE];
	char method[JSON_RPC_TEXT_SIZE];    /* "" = none: a response; longer ones are cut */
	char name[JSON_RPC_TEXT_SIZE];	    /* params.name */
	char cancelled[JSON_RPC_TEXT_SIZE]; /* params.requestId, like id */
};

/* Levels of nesting in which a name may stand that matters: a batch, a message and its params. */
#define JSON_RPC_LEVELS 3

struct json_rpc_tap {
	void (*each)(void *arg, const struct json_rpc_message *message);
	void *arg;
	struct json_rpc_message message;
	unsigned depth, message_depth; /* 0 = no message is open */
	bool skipping;		       /* to the end of the line */
	bool in_string, escaped, in_scalar;
	unsigned hex_left, hex;
	char token[JSON_RPC_TEXT_SIZE];
	size_t token_length;
	bool token_cut;
	struct {
		bool is_object, expects_key;
		int key;
	} levels[JSON_RPC_LEVELS + 1]; /* by depth, from 1 */
};

/* `each` is called for every whole message, with one that is borrowed for the call. */
void json_rpc_tap_init(struct json_rpc_tap *tap,
		       void (*each)(void *arg, const struct json_rpc_message *message), void *arg);
void json_rpc_tap_feed(struct json_rpc_tap *tap, const char *bytes, size_t length);

/*
 * The requests of one side that the other has not answered yet: the newest few, by id. Zeroed is
 * empty.
 */
#define JSON_RPC_CALLS_MOST 64
struct json_rpc_calls {
	struct {
		char id[JSON_RPC_TEXT_SIZE];
		char text[2 * JSON_RPC_TEXT_SIZE];
	} items[JSON_RPC_CALLS_MOST]; /* oldest first */
	size_t count;
};
/* A message of the side that asks, and one of the side that answers. */
void json_rpc_calls_asked(struct json_rpc_calls *calls, const struct json_rpc_message *message);
void json_rpc_calls_answered(struct json_rpc_calls *calls, const struct json_rpc_message *message);
/*
 * What is being worked on: "tools/call read_file", of several the last with how many others there
 * are, "tools/list (+2)". NULL = nothing. Caller frees.
 */
char *json_rpc_calls_text(const struct json_rpc_calls *calls);

#endif
