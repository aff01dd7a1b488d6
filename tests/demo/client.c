/* SPDX-License-Identifier: MIT */
/*
 * An MCP client for the demonstration and the tests. Starts a server, speaks the protocol with it
 * over its standard input and output, calls tools, and says in plain lines what came of each.
 *
 *   client [-c TOOL[=ARGUMENT]]... [-d MILLISECONDS] [-r] [-q] -- SERVER...
 *
 *   -c  calls this tool, in the order given ("=ARGUMENT": the value of its first property)
 *   -d  waits so long before each call
 *   -r  again and again, until it is ended
 *   -q  says nothing about calls that succeed
 *
 * Exit status: 0 if every call succeeded, 1 if a tool reported an error, 2 if the server did not
 * speak the protocol or could not be started.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MOST 32

struct connection {
	FILE *to, *from;
	pid_t server;
	int last_id;
};

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static int start(struct connection *connection, char **words)
{
	int input[2], output[2];

	if (pipe(input) < 0 || pipe(output) < 0)
		return -1;
	connection->server = fork();
	if (connection->server < 0)
		return -1;
	if (connection->server == 0) {
		dup2(input[0], 0);
		dup2(output[1], 1);
		for (int i = 0; i < 2; i++) {
			close(input[i]);
			close(output[i]);
		}
		execvp(words[0], words);
		fprintf(stderr, "client: %s: %s\n", words[0], strerror(errno));
		_exit(127);
	}
	close(input[0]);
	close(output[1]);
	connection->to = fdopen(input[1], "w");
	connection->from = fdopen(output[0], "r");
	return connection->to && connection->from ? 0 : -1;
}

static void send_message(struct connection *connection, int id, const char *method, cJSON *params)
{
	cJSON *message = cJSON_CreateObject();
	char *line;

	cJSON_AddStringToObject(message, "jsonrpc", "2.0");
	if (id)
		cJSON_AddNumberToObject(message, "id", id);
	cJSON_AddStringToObject(message, "method", method);
	if (params)
		cJSON_AddItemToObject(message, "params", params);
	line = cJSON_PrintUnformatted(message);
	fprintf(connection->to, "%s\n", line);
	fflush(connection->to);
	cJSON_free(line);
	cJSON_Delete(message);
}

/* Sends a request and waits for its result. NULL: an error, or no server any more. Caller frees. */
static cJSON *request(struct connection *connection, const char *method, cJSON *params)
{
	int id = ++connection->last_id;
	cJSON *result = NULL;
	char *line = NULL;
	size_t size = 0;

	send_message(connection, id, method, params);
	while (!ended && getline(&line, &size, connection->from) > 0) {
		cJSON *message = cJSON_Parse(line);
		const cJSON *answer_id = cJSON_GetObjectItemCaseSensitive(message, "id");

		if (!message) {
			fprintf(stderr, "client: the server said what is not JSON: %s", line);
			break;
		}
		if (!cJSON_IsNumber(answer_id) || answer_id->valueint != id) {
			cJSON_Delete(message);
			continue;
		}
		result = cJSON_DetachItemFromObjectCaseSensitive(message, "result");
		if (!result)
			fprintf(stderr, "client: %s: %s", method, line);
		cJSON_Delete(message);
		break;
	}
	free(line);
	return result;
}

/* The name of a tool's first property, borrowed from the list of tools. */
static const char *first_property(const cJSON *list, const char *tool)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(list, "tools")) {
		const cJSON *schema = cJSON_GetObjectItemCaseSensitive(entry, "inputSchema");
		const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
		const char *name = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(entry, "name"));

		if (name && strcmp(name, tool) == 0 && properties && properties->child)
			return properties->child->string;
	}
	return NULL;
}

/* 0: the tool succeeded, 1: it reported an error, 2: the protocol failed. */
static int call(struct connection *connection, const cJSON *list, const char *what, bool quiet)
{
	cJSON *params = cJSON_CreateObject();
	cJSON *arguments = cJSON_AddObjectToObject(params, "arguments");
	const char *value = strchr(what, '=');
	char *tool = value ? strndup(what, (size_t)(value - what)) : strdup(what);
	const char *property = first_property(list, tool);
	const cJSON *content, *text;
	cJSON *result;
	int status = 2;

	cJSON_AddStringToObject(params, "name", tool);
	if (value && property)
		cJSON_AddStringToObject(arguments, property, value + 1);
	result = request(connection, "tools/call", params);
	if (result) {
		status = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "isError"));
		content = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(result, "content"), 0);
		text = cJSON_GetObjectItemCaseSensitive(content, "text");
		if (status || !quiet) {
			const char *shown = cJSON_IsString(text) ? text->valuestring : "";

			printf("%s: %s: %.*s\n", what, status ? "error" : "ok",
			       (int)strcspn(shown, "\r\n"), shown);
		}
		cJSON_Delete(result);
	} else if (!ended) {
		printf("%s: no answer\n", what);
	}
	fflush(stdout);
	free(tool);
	return status;
}

static cJSON *begin(struct connection *connection)
{
	cJSON *params = cJSON_CreateObject();
	cJSON *result, *info;

	cJSON_AddStringToObject(params, "protocolVersion", "2025-06-18");
	cJSON_AddObjectToObject(params, "capabilities");
	info = cJSON_AddObjectToObject(params, "clientInfo");
	cJSON_AddStringToObject(info, "name", "sample-client");
	cJSON_AddStringToObject(info, "version", "1");
	result = request(connection, "initialize", params);
	if (!result)
		return NULL;
	cJSON_Delete(result);
	send_message(connection, 0, "notifications/initialized", NULL);
	return request(connection, "tools/list", NULL);
}

static void pause_for(long milliseconds)
{
	struct timespec pause = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	if (milliseconds > 0)
		nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	struct connection connection = { NULL, NULL, 0, 0 };
	const char *calls[CALLS_MOST];
	bool again = false, quiet = false;
	int call_count = 0, worst = 0, option;
	long delay = 0;
	cJSON *list;

	while ((option = getopt(argc, argv, "+c:d:rq")) != -1) {
		if (option == 'c' && call_count < CALLS_MOST)
			calls[call_count++] = optarg;
		else if (option == 'd')
			delay = strtol(optarg, NULL, 10);
		else if (option == 'r')
			again = true;
		else if (option == 'q')
			quiet = true;
		else
			return 2;
	}
	if (optind >= argc) {
		fprintf(stderr, "usage: client [-c TOOL[=ARGUMENT]]... [-d MS] [-r] [-q] -- "
			"SERVER...\n");
		return 2;
	}
	/* Without SA_RESTART, so that waiting for an answer ends too. */
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (start(&connection, argv + optind) < 0) {
		fprintf(stderr, "client: cannot start the server: %s\n", strerror(errno));
		return 2;
	}
	list = begin(&connection);
	if (!list)
		worst = 2;
	while (list && !ended && worst < 2) {
		for (int i = 0; i < call_count && !ended && worst < 2; i++) {
			int status;

			pause_for(delay);
			status = call(&connection, list, calls[i], quiet);
			worst = status > worst ? status : worst;
		}
		if (!again)
			break;
	}
	cJSON_Delete(list);
	/* End of input is how a client says goodbye. */
	fclose(connection.to);
	if (ended)
		kill(connection.server, SIGTERM);
	while (waitpid(connection.server, NULL, 0) < 0 && errno == EINTR)
		;
	fclose(connection.from);
	return worst;
}
