/* SPDX-License-Identifier: MIT */
/*
 * A small MCP server for the demonstration and the tests: JSON-RPC 2.0 over standard input and
 * output, a message a line. Its tools do the three things that a sandbox is asked about:
 *
 *   read_notes  reads SAMPLE_NOTES (default ~/.ssh/config), or the file named by `file`
 *   save_note   appends `text` to SAMPLE_SAVE (default ~/notes/today.txt)
 *   fetch       GET of SAMPLE_URL, or of `url`, through the proxy of HTTP_PROXY
 *
 * It knows nothing of sandboxes: what it is refused it reports as the tool's error.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MOST (64 * 1024)

struct answer {
	bool refused;
	char text[ANSWER_MOST];
};

struct tool {
	const char *name, *description, *argument;
	void (*call)(struct answer *answer, const char *argument);
};

static void refuse(struct answer *answer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void refuse(struct answer *answer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(answer->text, sizeof(answer->text), format, arguments);
	va_end(arguments);
	answer->refused = true;
}

/* The argument, else the variable's value, else the default below the home directory. */
static void choose_path(char *path, size_t size, const char *argument, const char *variable,
			const char *below_home)
{
	const char *home = getenv("HOME");

	if (!argument)
		argument = getenv(variable);
	if (argument)
		snprintf(path, size, "%s", argument);
	else
		snprintf(path, size, "%s/%s", home ? home : "", below_home);
}

static void read_notes(struct answer *answer, const char *argument)
{
	char path[4096];
	size_t length;
	FILE *file;

	choose_path(path, sizeof(path), argument, "SAMPLE_NOTES", ".ssh/config");
	file = fopen(path, "re");
	if (!file) {
		refuse(answer, "cannot read %s: %s", path, strerror(errno));
		return;
	}
	length = fread(answer->text, 1, sizeof(answer->text) - 1, file);
	answer->text[length] = '\0';
	if (ferror(file))
		refuse(answer, "cannot read %s: %s", path, strerror(errno));
	fclose(file);
}

static void save_note(struct answer *answer, const char *argument)
{
	const char *text = argument ? argument : "a note";
	char path[4096];
	bool failed;
	FILE *file;

	choose_path(path, sizeof(path), NULL, "SAMPLE_SAVE", "notes/today.txt");
	file = fopen(path, "ae");
	if (!file) {
		refuse(answer, "cannot write %s: %s", path, strerror(errno));
		return;
	}
	failed = fprintf(file, "%s\n", text) < 0;
	if (fclose(file) != 0 || failed)
		refuse(answer, "cannot write %s: %s", path, strerror(errno));
	else
		snprintf(answer->text, sizeof(answer->text), "saved in %s", path);
}

static int dial(const char *host, const char *port, const char **why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *address;
	int status = getaddrinfo(host, port, &hints, &list);
	int fd = -1;

	if (status != 0) {
		*why = gai_strerror(status);
		return -1;
	}
	for (address = list; address && fd < 0; address = address->ai_next) {
		fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
			*why = strerror(errno);
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static void base64(char *out, const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i += 3) {
		unsigned int group = (unsigned int)bytes[i] << 16;

		group |= i + 1 < length ? (unsigned int)bytes[i + 1] << 8 : 0;
		group |= i + 2 < length ? bytes[i + 2] : 0;
		*out++ = digits[group >> 18];
		*out++ = digits[group >> 12 & 63];
		*out++ = i + 1 < length ? digits[group >> 6 & 63] : '=';
		*out++ = i + 2 < length ? digits[group & 63] : '=';
	}
	*out = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void percent_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '%' && hex_digit(from[1]) >= 0 && hex_digit(from[2]) >= 0) {
			*to++ = (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* Takes "http://[user[:password]@]host[:port][/path]" apart, in place. */
struct url {
	char text[1024];
	char *user, *host, *port;
	const char *path; /* without the leading slash */
};

static bool url_parse(struct url *url, const char *text)
{
	static char default_port[] = "80";
	char *start, *slash, *at, *colon;

	if (strncmp(text, "http://", 7) != 0 || strlen(text) >= sizeof(url->text))
		return false;
	strcpy(url->text, text + 7);
	start = url->text;
	slash = strchr(start, '/');
	if (slash)
		*slash = '\0';
	url->path = slash ? slash + 1 : "";
	at = strrchr(start, '@');
	url->user = at ? start : NULL;
	if (at)
		*at = '\0';
	url->host = at ? at + 1 : start;
	colon = strrchr(url->host, ':');
	if (colon)
		*colon = '\0';
	url->port = colon ? colon + 1 : default_port;
	return *url->host != '\0';
}

static void fetch(struct answer *answer, const char *argument)
{
	const char *text = argument ? argument : getenv("SAMPLE_URL");
	const char *proxy_text = getenv("HTTP_PROXY");
	char request[4096], credentials[2048] = "", encoded[2800];
	const char *why = "no address";
	struct url url, proxy;
	size_t length = 0;
	int status = 0;
	ssize_t got;
	char *body;
	int fd;

	if (!text || !url_parse(&url, text)) {
		refuse(answer, "cannot fetch: not an http URL");
		return;
	}
	if (!proxy_text || !url_parse(&proxy, proxy_text)) {
		fd = dial(url.host, url.port, &why);
		snprintf(request, sizeof(request), "GET /%s HTTP/1.1\r\nHost: %s:%s\r\n"
			 "Connection: close\r\n\r\n", url.path, url.host, url.port);
	} else {
		if (proxy.user) {
			percent_decode(proxy.user);
			base64(encoded, proxy.user);
			snprintf(credentials, sizeof(credentials),
				 "Proxy-Authorization: Basic %.1900s\r\n", encoded);
		}
		fd = dial(proxy.host, proxy.port, &why);
		snprintf(request, sizeof(request), "GET http://%.200s:%.5s/%.1000s HTTP/1.1\r\n"
			 "Host: %.200s:%.5s\r\n%sConnection: close\r\n\r\n", url.host, url.port,
			 url.path, url.host, url.port, credentials);
	}
	if (fd < 0) {
		refuse(answer, "cannot fetch %s: %s", text, why);
		return;
	}
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) {
		refuse(answer, "cannot fetch %s: %s", text, strerror(errno));
		close(fd);
		return;
	}
	while (length < sizeof(answer->text) - 1 &&
	       (got = read(fd, answer->text + length, sizeof(answer->text) - 1 - length)) > 0)
		length += (size_t)got;
	answer->text[length] = '\0';
	close(fd);
	if (sscanf(answer->text, "HTTP/1.%*d %d", &status) != 1 || status != 200) {
		refuse(answer, "cannot fetch %s: status %d", text, status);
		return;
	}
	body = strstr(answer->text, "\r\n\r\n");
	if (body)
		memmove(answer->text, body + 4, strlen(body + 4) + 1);
}

static const struct tool tools[] = {
	{ "read_notes", "Reads the notes, or another file", "file", read_notes },
	{ "save_note", "Saves a note", "text", save_note },
	{ "fetch", "Fetches a page over plain HTTP", "url", fetch },
};
#define TOOL_COUNT (sizeof(tools) / sizeof(tools[0]))

static cJSON *list_tools(void)
{
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(result, "tools");

	for (size_t i = 0; i < TOOL_COUNT; i++) {
		cJSON *tool = cJSON_CreateObject();
		cJSON *schema, *property;

		cJSON_AddStringToObject(tool, "name", tools[i].name);
		cJSON_AddStringToObject(tool, "description", tools[i].description);
		schema = cJSON_AddObjectToObject(tool, "inputSchema");
		cJSON_AddStringToObject(schema, "type", "object");
		property = cJSON_AddObjectToObject(cJSON_AddObjectToObject(schema, "properties"),
						   tools[i].argument);
		cJSON_AddStringToObject(property, "type", "string");
		cJSON_AddItemToArray(list, tool);
	}
	return result;
}

/* NULL where no tool has this name. */
static cJSON *call_tool(const cJSON *params)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "name"));
	const cJSON *arguments = cJSON_GetObjectItemCaseSensitive(params, "arguments");

	for (size_t i = 0; name && i < TOOL_COUNT; i++) {
		static struct answer answer;
		cJSON *result, *content, *part;

		if (strcmp(name, tools[i].name) != 0)
			continue;
		answer.refused = false;
		answer.text[0] = '\0';
		tools[i].call(&answer, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
					       arguments, tools[i].argument)));
		result = cJSON_CreateObject();
		content = cJSON_AddArrayToObject(result, "content");
		part = cJSON_CreateObject();
		cJSON_AddStringToObject(part, "type", "text");
		cJSON_AddStringToObject(part, "text", answer.text);
		cJSON_AddItemToArray(content, part);
		cJSON_AddBoolToObject(result, "isError", answer.refused);
		return result;
	}
	return NULL;
}

static cJSON *initialize(const cJSON *params)
{
	static const char *const known[] = { "2024-11-05", "2025-03-26", "2025-06-18" };
	const char *asked = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(params, "protocolVersion"));
	const char *version = known[2];
	cJSON *result = cJSON_CreateObject();
	cJSON *info;

	for (size_t i = 0; asked && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(asked, known[i]) == 0)
			version = known[i];
	cJSON_AddStringToObject(result, "protocolVersion", version);
	cJSON_AddObjectToObject(cJSON_AddObjectToObject(result, "capabilities"), "tools");
	info = cJSON_AddObjectToObject(result, "serverInfo");
	cJSON_AddStringToObject(info, "name", "sample-server");
	cJSON_AddStringToObject(info, "version", "1");
	return result;
}

/* Prints one reply and flushes it. `result` is taken; NULL means the error. */
static void reply(const cJSON *id, cJSON *result, int code, const char *message)
{
	cJSON *response = cJSON_CreateObject();
	char *line;

	cJSON_AddStringToObject(response, "jsonrpc", "2.0");
	cJSON_AddItemToObject(response, "id", id ? cJSON_Duplicate(id, 1) : cJSON_CreateNull());
	if (result) {
		cJSON_AddItemToObject(response, "result", result);
	} else {
		cJSON *error = cJSON_AddObjectToObject(response, "error");

		cJSON_AddNumberToObject(error, "code", code);
		cJSON_AddStringToObject(error, "message", message);
	}
	line = cJSON_PrintUnformatted(response);
	puts(line);
	fflush(stdout);
	cJSON_free(line);
	cJSON_Delete(response);
}

static void handle(const char *line)
{
	cJSON *request = cJSON_Parse(line);
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(request, "id");
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(request, "params");
	const char *method = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request,
										  "method"));
	cJSON *result = NULL;

	if (!request) {
		reply(NULL, NULL, -32700, "not JSON");
	} else if (!method) {
		reply(id, NULL, -32600, "not a request");
	} else if (!id) {
		/* A notification: nothing is answered. */
	} else if (strcmp(method, "initialize") == 0) {
		reply(id, initialize(params), 0, NULL);
	} else if (strcmp(method, "ping") == 0) {
		reply(id, cJSON_CreateObject(), 0, NULL);
	} else if (strcmp(method, "tools/list") == 0) {
		reply(id, list_tools(), 0, NULL);
	} else if (strcmp(method, "tools/call") == 0) {
		result = call_tool(params);
		reply(id, result, -32602, "there is no such tool");
	} else {
		reply(id, NULL, -32601, "there is no such method");
	}
	cJSON_Delete(request);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0)
		if (line[0] != '\n')
			handle(line);
	free(line);
	return 0;
}
