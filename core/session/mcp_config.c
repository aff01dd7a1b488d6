/* SPDX-License-Identifier: MIT */
/*
 * A wrapped server has the words of srt-top at the front of its "args", and its own command behind
 * "--" there. Wrapping inserts them, unwrapping takes out the same bytes.
 */
#include "core/session/mcp_config.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/session/server_name.h"

#define SERVERS_MOST 10000

struct edit {
	struct json_span span;
	struct buf text;
};

struct edits {
	struct edit *items;
	size_t count, capacity;
};

void mcp_servers_free(struct mcp_servers *servers)
{
	for (size_t i = 0; i < servers->count; i++)
		free(servers->items[i].name);
	free(servers->items);
	*servers = (struct mcp_servers){ NULL, 0, 0 };
}

/* --- reading --- */

char *mcp_config_string(const char *text, struct json_span span)
{
	_cleanup_json_ cJSON *value = NULL;
	struct err e;

	if (json_span_is_empty(span) || text[span.from] != '"')
		return NULL;
	value = json_read(text + span.from, span.to - span.from, &e);
	return value ? xstrdup(value->valuestring) : NULL;
}

static bool is_string_at(const char *text, struct json_span span, const char *wanted)
{
	_cleanup_free_ char *value = mcp_config_string(text, span);

	return value && strcmp(value, wanted) == 0;
}

static bool is_called(const char *command, const char *name)
{
	const char *slash = strrchr(command, '/');

	return strcmp(slash ? slash + 1 : command, name) == 0;
}

/*
 * The place of the server's own words among the arguments: *own its command, *after the argument
 * behind that (empty = none). False where "--" is missing.
 */
static bool find_own_words(const char *text, struct json_span arguments, struct json_item *first,
			   struct json_item *own, struct json_item *after)
{
	struct json_item item;
	size_t at = 0, count = 0;

	while (json_text_next(text, arguments, &at, &item)) {
		if (count++ == 0) {
			*first = item;
			if (!is_string_at(text, item.value, "run") &&
			    !is_string_at(text, item.value, "learn"))
				return false;
		}
		if (!is_string_at(text, item.value, "--"))
			continue;
		if (!json_text_next(text, arguments, &at, own) || text[own->value.from] != '"')
			return false;
		if (!json_text_next(text, arguments, &at, after))
			after->value = (struct json_span){ 0, 0 };
		return true;
	}
	return false;
}

static enum mcp_server_state state_of(const char *text, const struct mcp_server *server)
{
	_cleanup_free_ char *command = mcp_config_string(text, server->command);
	struct json_item first, own, after;

	if (!command || !*command)
		return MCP_NO_COMMAND;
	if (is_called(command, "srt"))
		return MCP_OTHERWISE;
	if (!is_called(command, "srt-top"))
		return MCP_PLAIN;
	if (json_span_is_empty(server->arguments) ||
	    !find_own_words(text, server->arguments, &first, &own, &after))
		return MCP_OTHERWISE;
	return MCP_WRAPPED;
}

static size_t blanks_before(const char *text, size_t at)
{
	size_t count = 0;

	while (count < at && strchr(" \t\r\n", text[at - count - 1]) && text[at - count - 1])
		count++;
	return count;
}

static struct json_span *place_of(struct mcp_server *server, const char *key)
{
	const struct {
		const char *key;
		struct json_span *place;
	} places[] = {
		{ "command", &server->command },
		{ "args", &server->arguments },
		{ "env", &server->environment },
		{ "cwd", &server->directory },
	};

	for (size_t i = 0; key && i < ARRAY_LENGTH(places); i++)
		if (strcmp(key, places[i].key) == 0)
			return places[i].place;
	return NULL;
}

/* The values of a server that matter. Which of two of one name counts is the client's to say: refused. */
static int read_members(struct mcp_server *server, const char *text, struct json_span object, struct err *e)
{
	struct json_item item;
	size_t at = 0;

	while (json_text_next(text, object, &at, &item)) {
		_cleanup_free_ char *key = mcp_config_string(text, item.key);
		struct json_span *place = place_of(server, key);

		if (!place)
			continue;
		if (!json_span_is_empty(*place))
			return err_set(e, "%.100s: \"%s\" is there twice", server->name, key);
		*place = item.value;
		if (place == &server->command)
			server->key = item.key;
	}
	if (!json_span_is_empty(server->arguments) && text[server->arguments.from] != '[')
		return err_set(e, "%.100s: \"args\" is not a list", server->name);
	return 0;
}

static int read_servers(struct mcp_servers *servers, const char *text, struct json_span object, struct err *e)
{
	struct json_item item;
	size_t at = 0;

	if (text[object.from] != '{')
		return 0;
	while (json_text_next(text, object, &at, &item)) {
		struct mcp_server server = { .name = mcp_config_string(text, item.key) };

		if (!server.name)
			return err_set(e, "a server has a name that cannot be read");
		grow_array(servers->items, servers->count, servers->capacity);
		servers->items[servers->count++] = server;
		if (servers->count > SERVERS_MOST)
			return err_set(e, "more than %d servers", SERVERS_MOST);
		if (text[item.value.from] == '{' &&
		    read_members(&servers->items[servers->count - 1], text, item.value, e) < 0)
			return -1;
		servers->items[servers->count - 1].state =
			state_of(text, &servers->items[servers->count - 1]);
	}
	return 0;
}

/* Calls read_servers() for the member of this name in an object. */
static int read_below(struct mcp_servers *servers, const char *text, struct json_span object,
		      const char *name, struct err *e)
{
	struct json_item item;
	size_t at = 0;

	if (text[object.from] != '{')
		return 0;
	while (json_text_next(text, object, &at, &item))
		if (is_string_at(text, item.key, name) && read_servers(servers, text, item.value, e) < 0)
			return -1;
	return 0;
}

static int read_projects(struct mcp_servers *servers, const char *text, struct json_span projects,
			 struct err *e)
{
	struct json_item item;
	size_t at = 0;

	if (text[projects.from] != '{')
		return 0;
	while (json_text_next(text, projects, &at, &item))
		if (read_below(servers, text, item.value, "mcpServers", e) < 0)
			return -1;
	return 0;
}

static int read_member(struct mcp_servers *servers, const char *text, const struct json_item *item,
		       struct err *e)
{
	_cleanup_free_ char *key = mcp_config_string(text, item->key);

	if (!key)
		return 0;
	if (strcmp(key, "mcpServers") == 0 || strcmp(key, "servers") == 0 ||
	    strcmp(key, "context_servers") == 0 || strcmp(key, "mcp.servers") == 0)
		return read_servers(servers, text, item->value, e);
	if (strcmp(key, "mcp") == 0)
		return read_below(servers, text, item->value, "servers", e);
	if (strcmp(key, "projects") == 0)
		return read_projects(servers, text, item->value, e);
	return 0;
}

int mcp_config_read(struct mcp_servers *servers, const char *text, size_t length, struct err *e)
{
	struct json_span whole;
	struct json_item item;
	size_t at = 0;

	if (json_text_check(text, length, &whole, e) < 0)
		return -1;
	if (text[whole.from] != '{')
		return err_set(e, "not the configuration of an MCP client");
	while (json_text_next(text, whole, &at, &item))
		if (read_member(servers, text, &item, e) < 0)
			return -1;
	if (servers->count == 0)
		return err_set(e, "no servers in it (looked for \"mcpServers\", \"servers\" and "
				  "\"context_servers\")");
	return 0;
}

/* --- changing --- */

static struct buf *add_edit(struct edits *edits, size_t from, size_t to)
{
	grow_array(edits->items, edits->count, edits->capacity);
	edits->items[edits->count] = (struct edit){ .span = { from, to } };
	return &edits->items[edits->count++].text;
}

static int by_place(const void *a, const void *b)
{
	const struct edit *left = a, *right = b;

	return left->span.from < right->span.from ? -1 : left->span.from > right->span.from;
}

static void apply(struct buf *out, const char *text, size_t length, struct edits *edits)
{
	size_t at = 0;

	if (edits->count)
		qsort(edits->items, edits->count, sizeof(*edits->items), by_place);
	for (size_t i = 0; i < edits->count; i++) {
		struct edit *edit = &edits->items[i];

		buf_add(out, text + at, edit->span.from - at);
		buf_add(out, buf_text(&edit->text), edit->text.length);
		at = edit->span.to;
		buf_free(&edit->text);
	}
	buf_add(out, text + at, length - at);
	free(edits->items);
}

/* A comma, and what white space the list has between its items. */
static void add_separator(struct buf *out, const char *text, size_t at, size_t blanks)
{
	buf_addc(out, ',');
	if (memchr(text + at - blanks, '\n', blanks))
		buf_add(out, text + at - blanks, blanks);
	else
		buf_addc(out, ' ');
}

static void add_words(struct buf *out, const char *text, const struct mcp_server *server,
		      const struct strings *options, size_t at, size_t blanks)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;

	strings_add(&words, "run");
	strings_add(&words, "-n");
	strings_take(&words, server_name_plain(server->name));
	for (size_t i = 0; i < options->count; i++)
		strings_add(&words, options->items[i]);
	strings_add(&words, "--");
	for (size_t i = 0; i < words.count; i++) {
		json_string(out, words.items[i]);
		add_separator(out, text, at, blanks);
	}
	buf_add(out, text + server->command.from, server->command.to - server->command.from);
}

/* What stands between the command and the list that wrapping adds behind it. */
static void add_list_key(struct buf *out, const char *text, const struct mcp_server *server)
{
	add_separator(out, text, server->key.from, blanks_before(text, server->key.from));
	buf_adds(out, "\"args\": ");
}

static void wrap(struct edits *edits, const char *text, const struct mcp_server *server,
		 const char *program, const struct strings *options)
{
	struct json_item first;
	struct buf *out;
	size_t at = 0;

	json_string(add_edit(edits, server->command.from, server->command.to), program);
	if (json_span_is_empty(server->arguments)) {
		out = add_edit(edits, server->command.to, server->command.to);
		add_list_key(out, text, server);
		buf_addc(out, '[');
		add_words(out, text, server, options, 0, 0);
		buf_addc(out, ']');
	} else if (json_text_next(text, server->arguments, &at, &first)) {
		size_t blanks = blanks_before(text, first.value.from);

		out = add_edit(edits, first.value.from, first.value.from);
		add_words(out, text, server, options, first.value.from, blanks);
		add_separator(out, text, first.value.from, blanks);
	} else {
		out = add_edit(edits, server->arguments.from + 1, server->arguments.from + 1);
		add_words(out, text, server, options, 0, 0);
	}
}

/* The list was added by wrapping, and holds nothing else. */
static bool is_added_list(const char *text, const struct mcp_server *server)
{
	_cleanup_buf_ struct buf key = BUF_EMPTY;

	add_list_key(&key, text, server);
	return server->arguments.from == server->command.to + key.length &&
	       memcmp(text + server->command.to, buf_text(&key), key.length) == 0;
}

static void unwrap(struct edits *edits, const char *text, const struct mcp_server *server)
{
	struct json_item first, own, after;
	size_t end;

	if (!find_own_words(text, server->arguments, &first, &own, &after))
		return;
	buf_add(add_edit(edits, server->command.from, server->command.to), text + own.value.from,
		own.value.to - own.value.from);
	if (!json_span_is_empty(after.value)) {
		add_edit(edits, first.value.from, after.value.from);
	} else if (is_added_list(text, server)) {
		add_edit(edits, server->command.to, server->arguments.to);
	} else {
		/* A comma before the closing bracket goes too. */
		end = own.value.to;
		for (size_t i = end; i < server->arguments.to; i++)
			if (text[i] == ',')
				end = i + 1;
			else if (!strchr(" \t\r\n", text[i]))
				break;
		add_edit(edits, first.value.from, end);
	}
}

void mcp_config_wrap(struct buf *out, const char *text, size_t length, const struct mcp_servers *servers,
		     const char *program, const struct strings *options)
{
	struct edits edits = { NULL, 0, 0 };

	for (size_t i = 0; i < servers->count; i++)
		if (servers->items[i].chosen && servers->items[i].state == MCP_PLAIN)
			wrap(&edits, text, &servers->items[i], program, options);
	apply(out, text, length, &edits);
}

void mcp_config_unwrap(struct buf *out, const char *text, size_t length,
		       const struct mcp_servers *servers)
{
	struct edits edits = { NULL, 0, 0 };

	for (size_t i = 0; i < servers->count; i++)
		if (servers->items[i].chosen && servers->items[i].state == MCP_WRAPPED)
			unwrap(&edits, text, &servers->items[i]);
	apply(out, text, length, &edits);
}
