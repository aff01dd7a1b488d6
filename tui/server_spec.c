/* SPDX-License-Identifier: MIT */
#include "tui/server_spec.h"

#include <string.h>

#include "core/base/json.h"
#include "core/base/mem.h"
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

static int read_words(struct strings *words, const cJSON *args, const char *name, struct err *e)
{
	const cJSON *item;

	if (args == NULL)
		return 0;
	if (!cJSON_IsArray(args))
		return err_set(e, "mcpServers.%.100s.args: has to be a list", name);
	cJSON_ArrayForEach(item, args) {
		if (!cJSON_IsString(item))
			return err_set(e, "mcpServers.%.100s.args: holds what is no text", name);
		strings_add(words, item->valuestring);
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

static int read_environment(struct strings *environment, const cJSON *env, const char *name,
			    struct err *e)
{
	const cJSON *item;

	if (env == NULL)
		return 0;
	if (!cJSON_IsObject(env))
		return err_set(e, "mcpServers.%.100s.env: has to be an object", name);
	cJSON_ArrayForEach(item, env) {
		if (!cJSON_IsString(item) || !is_variable(item->string))
			return err_set(e, "mcpServers.%.100s.env: holds what is no variable", name);
		strings_addf(environment, "%s=%s", item->string, item->valuestring);
	}
	return 0;
}

static int read_server(struct server_spec *spec, const cJSON *server, struct err *e)
{
	const char *name = server->string;
	_cleanup_free_ char *command = NULL;

	if (!cJSON_IsObject(server))
		return err_set(e, "mcpServers.%.100s: has to be an object", name);
	if (json_get_string(server, "command", &command, e) < 0 ||
	    json_get_string(server, "cwd", &spec->cwd, e) < 0)
		return err_wrap(e, "mcpServers.%.100s", name);
	/* One that is reached by its URL is not started. */
	if (command == NULL)
		return 0;
	if (command[0] == '\0')
		return err_set(e, "mcpServers.%.100s.command: is empty", name);
	spec->name = server_name_plain(name);
	strings_add(&spec->words, command);
	if (read_words(&spec->words, cJSON_GetObjectItemCaseSensitive(server, "args"), name, e) < 0)
		return -1;
	return read_environment(&spec->environment, cJSON_GetObjectItemCaseSensitive(server, "env"),
				name, e);
}

int server_specs_parse(struct server_specs *specs, const char *text, size_t length, struct err *e)
{
	_cleanup_json_ cJSON *file = json_read(text, length, e);
	const cJSON *servers, *server;

	if (file == NULL)
		return -1;
	servers = cJSON_GetObjectItemCaseSensitive(file, "mcpServers");
	if (!cJSON_IsObject(servers))
		return err_set(e, "there is no object \"mcpServers\" in it");
	cJSON_ArrayForEach(server, servers) {
		struct server_spec spec = { .name = NULL };

		if (read_server(&spec, server, e) < 0) {
			server_spec_free(&spec);
			server_specs_free(specs);
			return -1;
		}
		if (spec.words.count == 0 || specs->count == SERVER_SPECS_MOST) {
			server_spec_free(&spec);
			continue;
		}
		grow_array(specs->items, specs->count, specs->capacity);
		specs->items[specs->count++] = spec;
	}
	return 0;
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
