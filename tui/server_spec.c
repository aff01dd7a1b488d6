/* SPDX-License-Identifier: MIT */
#include "tui/server_spec.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/session/mcp_config.h"
#include "core/session/server_name.h"

void server_spec_free(struct server_spec *spec)
{
	free(spec->name);
	strings_free(&spec->words);
	strings_free(&spec->environment);
	free(spec->cwd);
	memset(spec, 0, sizeof(*spec));
}

void server_spec_copy(struct server_spec *to, const struct server_spec *from)
{
	memset(to, 0, sizeof(*to));
	to->name = xstrdup(from->name);
	to->cwd = xstrdup(from->cwd);
	strings_copy(&to->words, &from->words);
	strings_copy(&to->environment, &from->environment);
}

void server_specs_free(struct server_specs *specs)
{
	for (size_t i = 0; i < specs->count; i++)
		server_spec_free(&specs->items[i]);
	free(specs->items);
	memset(specs, 0, sizeof(*specs));
}

/* --- a line --- */

/* What stands in double quotes; returns where it ends, or NULL with *e. */
static const char *read_quoted(struct buf *word, const char *at, struct err *e)
{
	for (; *at != '"'; at++) {
		if (*at == '\0') {
			err_set(e, "a quote does not end");
			return NULL;
		}
		if (*at == '$' || *at == '`') {
			err_set(e, "no shell reads this line: %c means nothing here", *at);
			return NULL;
		}
		if (*at == '\\' && at[1] != '\0' && strchr("\"\\$`", at[1]) != NULL)
			at++;
		buf_addc(word, *at);
	}
	return at + 1;
}

static const char *read_word(struct buf *word, const char *at, struct err *e)
{
	while (*at != '\0' && *at != ' ' && *at != '\t') {
		if (*at == '\'') {
			const char *end = strchr(at + 1, '\'');

			if (end == NULL) {
				err_set(e, "a quote does not end");
				return NULL;
			}
			buf_add(word, at + 1, (size_t)(end - at - 1));
			at = end + 1;
		} else if (*at == '"') {
			at = read_quoted(word, at + 1, e);
			if (at == NULL)
				return NULL;
		} else if (*at == '\\' && at[1] != '\0') {
			buf_addc(word, at[1]);
			at += 2;
		} else if (strchr("$`;|&<>", *at) != NULL) {
			err_set(e, "no shell reads this line: %c means nothing here", *at);
			return NULL;
		} else {
			buf_addc(word, *at++);
		}
	}
	return at;
}

int server_spec_from_line(struct server_spec *spec, const char *line, const char *home,
			  struct err *e)
{
	memset(spec, 0, sizeof(*spec));
	for (;;) {
		_cleanup_buf_ struct buf word = BUF_EMPTY;

		line += strspn(line, " \t");
		if (*line == '\0')
			break;
		if (line[0] == '~' && line[1] == '/') {
			buf_adds(&word, home);
			line++;
		}
		line = read_word(&word, line, e);
		if (line == NULL) {
			server_spec_free(spec);
			return -1;
		}
		strings_add(&spec->words, buf_text(&word));
	}
	return spec->words.count > 0 ? 0 : err_set(e, "there is no command");
}

/* --- a file --- */

static bool is_null(const char *text, struct json_span span)
{
	return json_span_is_empty(span) || text[span.from] == 'n';
}

static int read_words(struct strings *words, const char *text, const struct mcp_server *server, struct err *e)
{
	struct json_item item;
	size_t at = 0;

	while (!json_span_is_empty(server->arguments) &&
	       json_text_next(text, server->arguments, &at, &item)) {
		char *word = mcp_config_string(text, item.value);

		if (word == NULL)
			return err_set(e, "%.100s: \"args\" holds what is no text", server->name);
		strings_take(words, word);
	}
	return 0;
}

static bool is_variable(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && *c != '_' &&
		    !(c > name && *c >= '0' && *c <= '9'))
			return false;
	return name[0] != '\0';
}

static int read_environment(struct strings *environment, const char *text, const struct mcp_server *server,
			    struct err *e)
{
	struct json_item item;
	size_t at = 0;

	if (is_null(text, server->environment))
		return 0;
	if (text[server->environment.from] != '{')
		return err_set(e, "%.100s: \"env\" is not an object", server->name);
	while (json_text_next(text, server->environment, &at, &item)) {
		_cleanup_free_ char *name = mcp_config_string(text, item.key);
		_cleanup_free_ char *value = mcp_config_string(text, item.value);

		if (name == NULL || value == NULL || !is_variable(name))
			return err_set(e, "%.100s: \"env\" holds what is no variable", server->name);
		strings_addf(environment, "%s=%s", name, value);
	}
	return 0;
}

static int read_server(struct server_spec *spec, const char *text, const struct mcp_server *server,
		       struct err *e)
{
	_cleanup_free_ char *command = mcp_config_string(text, server->command);

	if (command == NULL || command[0] == '\0')
		return err_set(e, "%.100s: \"command\" is no command", server->name);
	spec->name = server_name_plain(server->name);
	strings_add(&spec->words, command);
	if (!is_null(text, server->directory)) {
		spec->cwd = mcp_config_string(text, server->directory);
		if (spec->cwd == NULL)
			return err_set(e, "%.100s: \"cwd\" is no text", server->name);
	}
	if (read_words(&spec->words, text, server, e) < 0)
		return -1;
	return read_environment(&spec->environment, text, server, e);
}

static int read_all(struct server_specs *specs, const char *text, const struct mcp_servers *servers,
		    struct err *e)
{
	for (size_t i = 0; i < servers->count && specs->count < SERVER_SPECS_MOST; i++) {
		const struct mcp_server *server = &servers->items[i];
		struct server_spec spec = { .name = NULL };

		/* One that is reached by its URL, or in a way of its client's own, is not started. */
		if (is_null(text, server->command) || text[server->command.from] == '{')
			continue;
		if (read_server(&spec, text, server, e) < 0) {
			server_spec_free(&spec);
			return -1;
		}
		grow_array(specs->items, specs->count, specs->capacity);
		specs->items[specs->count++] = spec;
	}
	return 0;
}

int server_specs_parse(struct server_specs *specs, const char *text, size_t length, struct err *e)
{
	struct mcp_servers servers = { NULL, 0, 0 };
	int result = mcp_config_read(&servers, text, length, e);

	if (result == 0)
		result = read_all(specs, text, &servers, e);
	mcp_servers_free(&servers);
	if (result < 0)
		server_specs_free(specs);
	return result;
}

/* --- what runs inside --- */

static bool is_wrapper(const char *command)
{
	const char *slash = strrchr(command, '/');
	const char *base = slash != NULL ? slash + 1 : command;

	return strcmp(base, "srt") == 0 || strcmp(base, "srt-top") == 0;
}

int server_spec_inner(struct strings *words, const struct server_spec *spec, struct err *e)
{
	size_t first = 0;

	if (is_wrapper(spec->words.items[0])) {
		while (first < spec->words.count && strcmp(spec->words.items[first], "--") != 0)
			first++;
		if (++first >= spec->words.count)
			return err_set(e,
				       "it is wrapped already, and without \"--\" nobody can tell "
				       "where its own command begins");
		if (is_wrapper(spec->words.items[first]))
			return err_set(e, "it is wrapped twice");
	}
	if (spec->environment.count > 0)
		strings_add(words, "env");
	for (size_t i = 0; i < spec->environment.count; i++)
		strings_add(words, spec->environment.items[i]);
	for (size_t i = first; i < spec->words.count; i++)
		strings_add(words, spec->words.items[i]);
	return 0;
}
