/* SPDX-License-Identifier: MIT */
/*
 * No tree is built. Brackets are counted; names are looked at in the outer levels alone, where they
 * say what the value behind them is:
 *
 *	{"id": 7, "method": "tools/call", "params": {"name": "read_file", …}}
 *
 * A batch is an array of these. Names may come in any order, and of one that comes twice the last
 * counts, as in JavaScript.
 */
#include "core/net/json_rpc_tap.h"

#include <string.h>

#include "core/base/hex.h"
#include "core/base/mem.h"

enum { KEY_OTHER, KEY_ID, KEY_METHOD, KEY_PARAMS, KEY_NAME, KEY_REQUEST };

static void begin_line(struct json_rpc_tap *tap)
{
	tap->depth = tap->message_depth = 0;
	tap->skipping = tap->in_string = tap->escaped = tap->in_scalar = false;
	tap->hex_left = 0;
}

void json_rpc_tap_init(struct json_rpc_tap *tap,
		       void (*each)(void *arg, const struct json_rpc_message *message), void *arg)
{
	memset(tap, 0, sizeof(*tap));
	tap->each = each;
	tap->arg = arg;
}

/* --- tokens --- */

static void begin_token(struct json_rpc_tap *tap)
{
	tap->token_length = 0;
	tap->token_cut = false;
}

static void add_byte(struct json_rpc_tap *tap, char byte)
{
	/* Below the levels nothing is kept. */
	if (tap->depth > JSON_RPC_LEVELS)
		return;
	if (tap->token_length + 1 < sizeof(tap->token))
		tap->token[tap->token_length++] = byte;
	else
		tap->token_cut = true;
}

/* A character beyond the first plane comes as two, which are for nobody to match: "?" each. */
static void add_character(struct json_rpc_tap *tap, unsigned code)
{
	if (code == 0 || (code >= 0xd800 && code < 0xe000)) {
		add_byte(tap, '?');
	} else if (code < 0x80) {
		add_byte(tap, (char)code);
	} else if (code < 0x800) {
		add_byte(tap, (char)(0xc0 | code >> 6));
		add_byte(tap, (char)(0x80 | (code & 0x3f)));
	} else {
		add_byte(tap, (char)(0xe0 | code >> 12));
		add_byte(tap, (char)(0x80 | (code >> 6 & 0x3f)));
		add_byte(tap, (char)(0x80 | (code & 0x3f)));
	}
}

static bool in_params(const struct json_rpc_tap *tap)
{
	return tap->message_depth && tap->depth == tap->message_depth + 1 &&
	       tap->levels[tap->message_depth].key == KEY_PARAMS;
}

static int key_of(const struct json_rpc_tap *tap)
{
	static const struct {
		const char *name;
		int key;
	} members[] = { { "id", KEY_ID }, { "method", KEY_METHOD }, { "params", KEY_PARAMS } },
	  parameters[] = { { "name", KEY_NAME }, { "requestId", KEY_REQUEST } };

	if (tap->token_cut)
		return KEY_OTHER;
	for (size_t i = 0; tap->depth == tap->message_depth && i < ARRAY_LENGTH(members); i++)
		if (strcmp(tap->token, members[i].name) == 0)
			return members[i].key;
	for (size_t i = 0; in_params(tap) && i < ARRAY_LENGTH(parameters); i++)
		if (strcmp(tap->token, parameters[i].name) == 0)
			return parameters[i].key;
	return KEY_OTHER;
}

static void keep(const struct json_rpc_tap *tap, char out[JSON_RPC_TEXT_SIZE])
{
	memcpy(out, tap->token, tap->token_length + 1);
}

/* Two that are cut could be taken for one. */
static void keep_id(const struct json_rpc_tap *tap, bool is_string, char out[JSON_RPC_TEXT_SIZE])
{
	out[0] = '\0';
	if (tap->token_cut || tap->token_length + 2 > JSON_RPC_TEXT_SIZE ||
	    (!is_string && strcmp(tap->token, "null") == 0))
		return;
	if (is_string)
		*out++ = '"';
	keep(tap, out);
}

static void take_value(struct json_rpc_tap *tap, bool is_string)
{
	struct json_rpc_message *message = &tap->message;

	if (!tap->message_depth)
		return;
	switch (tap->levels[tap->depth].key) {
	case KEY_ID:
		keep_id(tap, is_string, message->id);
		break;
	case KEY_REQUEST:
		keep_id(tap, is_string, message->cancelled);
		break;
	case KEY_METHOD:
		if (is_string)
			keep(tap, message->method);
		break;
	case KEY_NAME:
		if (is_string)
			keep(tap, message->name);
		break;
	default:
		break;
	}
}

static void end_token(struct json_rpc_tap *tap, bool is_string)
{
	tap->in_string = tap->in_scalar = false;
	if (!tap->depth || tap->depth > JSON_RPC_LEVELS)
		return;
	tap->token[tap->token_length] = '\0';
	if (!tap->levels[tap->depth].is_object)
		return;
	if (!tap->levels[tap->depth].expects_key)
		take_value(tap, is_string);
	else if (is_string)
		tap->levels[tap->depth].key = key_of(tap);
	else
		tap->skipping = true;
}

/* --- structure --- */

static void open_level(struct json_rpc_tap *tap, bool is_object)
{
	bool is_message = is_object && !tap->message_depth &&
			  (tap->depth == 0 || (tap->depth == 1 && !tap->levels[1].is_object));

	tap->depth++;
	if (tap->depth <= JSON_RPC_LEVELS) {
		tap->levels[tap->depth].is_object = is_object;
		tap->levels[tap->depth].expects_key = is_object;
		tap->levels[tap->depth].key = KEY_OTHER;
	}
	if (is_message) {
		tap->message_depth = tap->depth;
		memset(&tap->message, 0, sizeof(tap->message));
	}
}

static void close_level(struct json_rpc_tap *tap, bool is_object)
{
	if (!tap->depth ||
	    (tap->depth <= JSON_RPC_LEVELS && tap->levels[tap->depth].is_object != is_object)) {
		tap->skipping = true;
		return;
	}
	if (tap->depth == tap->message_depth) {
		tap->message_depth = 0;
		tap->each(tap->arg, &tap->message);
	}
	/* Deep enough to overflow takes more than four billion bytes on one line. */
	tap->depth--;
}

static void separate(struct json_rpc_tap *tap, bool is_comma)
{
	if (tap->depth && tap->depth <= JSON_RPC_LEVELS && tap->levels[tap->depth].is_object) {
		tap->levels[tap->depth].expects_key = is_comma;
		if (is_comma)
			tap->levels[tap->depth].key = KEY_OTHER;
	}
}

static void feed_structure(struct json_rpc_tap *tap, char c)
{
	if (tap->in_scalar && strchr(" \t\r,:{}[]\"", c))
		end_token(tap, false);
	if (tap->skipping)
		return;
	switch (c) {
	case '"':
		tap->in_string = true;
		begin_token(tap);
		break;
	case '{':
	case '[':
		open_level(tap, c == '{');
		break;
	case '}':
	case ']':
		close_level(tap, c == '}');
		break;
	case ',':
	case ':':
		separate(tap, c == ',');
		break;
	case ' ':
	case '\t':
	case '\r':
		break;
	default:
		if (!tap->in_scalar)
			begin_token(tap);
		tap->in_scalar = true;
		add_byte(tap, c);
	}
}

static void feed_escape(struct json_rpc_tap *tap, char c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = memchr(from, c, sizeof(from) - 1);

	tap->escaped = false;
	if (c == 'u') {
		tap->hex_left = 4;
		tap->hex = 0;
	} else if (at) {
		add_byte(tap, to[at - from]);
	} else {
		tap->skipping = true;
	}
}

static void feed_hex(struct json_rpc_tap *tap, char c)
{
	int digit = hex_digit(c);

	if (digit < 0) {
		tap->skipping = true;
		return;
	}
	tap->hex = tap->hex << 4 | (unsigned)digit;
	if (--tap->hex_left == 0)
		add_character(tap, tap->hex);
}

static void feed_string(struct json_rpc_tap *tap, char c)
{
	if (tap->hex_left)
		feed_hex(tap, c);
	else if (tap->escaped)
		feed_escape(tap, c);
	else if (c == '\\')
		tap->escaped = true;
	else if (c == '"')
		end_token(tap, true);
	else
		add_byte(tap, c);
}

void json_rpc_tap_feed(struct json_rpc_tap *tap, const char *bytes, size_t length)
{
	const char *end = bytes + length;

	while (bytes < end) {
		char c = *bytes;

		if (tap->skipping) {
			bytes = memchr(bytes, '\n', (size_t)(end - bytes));
			if (!bytes)
				return;
			c = '\n';
		}
		bytes++;
		/* Never within a message, nor within a string. */
		if (c == '\n')
			begin_line(tap);
		else if (tap->in_string)
			feed_string(tap, c);
		else
			feed_structure(tap, c);
	}
}

/* --- what is in flight --- */

static void remove_call(struct json_rpc_calls *calls, const char *id)
{
	for (size_t i = 0; *id && i < calls->count; i++) {
		if (strcmp(calls->items[i].id, id) != 0)
			continue;
		memmove(&calls->items[i], &calls->items[i + 1],
			(calls->count - i - 1) * sizeof(calls->items[0]));
		calls->count--;
		return;
	}
}

void json_rpc_calls_asked(struct json_rpc_calls *calls, const struct json_rpc_message *message)
{
	bool has_name = strcmp(message->method, "tools/call") == 0 ||
			strcmp(message->method, "prompts/get") == 0;

	/* Nobody is going to answer it. */
	if (strcmp(message->method, "notifications/cancelled") == 0)
		remove_call(calls, message->cancelled);
	if (!message->id[0] || !message->method[0])
		return;
	remove_call(calls, message->id);
	if (calls->count == JSON_RPC_CALLS_MOST)
		remove_call(calls, calls->items[0].id);
	memcpy(calls->items[calls->count].id, message->id, sizeof(message->id));
	stpcpy(stpcpy(stpcpy(calls->items[calls->count].text, message->method),
		      has_name && message->name[0] ? " " : ""),
	       has_name ? message->name : "");
	calls->count++;
}

void json_rpc_calls_answered(struct json_rpc_calls *calls, const struct json_rpc_message *message)
{
	/* A request of its own has a number of its own. */
	if (!message->method[0])
		remove_call(calls, message->id);
}

char *json_rpc_calls_text(const struct json_rpc_calls *calls)
{
	const char *text;

	if (!calls->count)
		return NULL;
	text = calls->items[calls->count - 1].text;
	return calls->count == 1 ? xstrdup(text) : xasprintf("%s (+%zu)", text, calls->count - 1);
}
