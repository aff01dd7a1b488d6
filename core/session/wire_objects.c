/* SPDX-License-Identifier: MIT */
#include "core/session/wire_objects.h"

#include <limits.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/mem.h"

/*
 * Most bytes of each sort of text. A byte takes at most six in JSON, and the longest question (an
 * object, two patterns, exe, why, rule, command line, chain, drift, three names, a list of objects
 * that ends once it is LIST_MOST long) has to stay below WIRE_LINE_MOST.
 */
#define LISTED_MOST 1024
#define LIST_MOST (12 * 1024)
#define NAME_MOST 256
#define PATH_MOST PATH_MAX
#define TEXT_MOST 4096
#define COMMAND_LINE_MOST 2048
#define CHAIN_MOST 8
#define DRIFT_MOST 1024

#define ERRNO_MOST 4095

static void add_clipped(struct buf *out, const char *name, const char *text, size_t most)
{
	json_key(out, name);
	json_string_clipped(out, text, most);
}

/* NULL for 0 and for a number without a name. */
static const char *errno_name(int error)
{
#ifdef __GLIBC__
	return error > 0 ? strerrorname_np(error) : NULL;
#else
	(void)error;
	return NULL;
#endif
}

static int errno_number(const char *name)
{
	for (int error = 1; error <= ERRNO_MOST; error++) {
		const char *known = errno_name(error);

		if (known && strcmp(known, name) == 0)
			return error;
	}
	return 0;
}

/* An array of what stands on the lines. */
static void add_chain(struct buf *out, const char *chain)
{
	json_key(out, "chain");
	if (!chain) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '[');
	for (size_t i = 0; i < CHAIN_MOST; i++) {
		size_t length = strcspn(chain, "\n");
		_cleanup_free_ char *link = xstrndup(chain, length);

		if (i)
			buf_addc(out, ',');
		json_string_clipped(out, link, NAME_MOST);
		if (!chain[length])
			break;
		chain += length + 1;
	}
	buf_addc(out, ']');
}

static void write_event_members(struct buf *out, const struct access_event *event)
{
	json_member_integer(out, "v", WIRE_VERSION);
	add_clipped(out, "id", event->id, NAME_MOST);
	json_member_time(out, "t", event->time_ms);
	add_clipped(out, "session", event->session, NAME_MOST);
	add_clipped(out, "server", event->server, NAME_MOST);
	json_member_string(out, "kind", access_kind_name(event->kind));
	add_clipped(out, "object", event->object, PATH_MOST);
	json_member_string(out, "verdict", verdict_name(event->verdict));
	add_clipped(out, "why", event->why, TEXT_MOST);
	add_clipped(out, "rule", event->rule, TEXT_MOST);
	json_key(out, "pid");
	if (event->pid > 0)
		buf_addf(out, "%d", (int)event->pid);
	else
		buf_adds(out, "null");
	add_clipped(out, "exe", event->exe, TEXT_MOST);
	add_clipped(out, "syscall", event->syscall, NAME_MOST);
	json_member_string(out, "errno", errno_name(event->error));
	json_member_unsigned(out, "count", event->count ? event->count : 1);
	add_chain(out, event->chain);
	add_clipped(out, "request", event->request, NAME_MOST);
	add_clipped(out, "drift", event->drift, DRIFT_MOST);
}

void wire_write_event(struct buf *out, const struct access_event *event)
{
	buf_addc(out, '{');
	write_event_members(out, event);
	add_clipped(out, "command_line", event->command_line, COMMAND_LINE_MOST);
	buf_addc(out, '}');
}

static void write_objects(struct buf *out, const struct question *question)
{
	size_t start;

	json_key(out, "objects");
	buf_addc(out, '[');
	start = out->length;
	for (size_t i = 0; i < question->object_count && out->length - start < LIST_MOST; i++) {
		if (i)
			buf_addc(out, ',');
		json_string_clipped(out, question->objects[i], LISTED_MOST);
	}
	buf_addc(out, ']');
	json_member_unsigned(out, "objects_seen", question->objects_seen);
}

void wire_write_question(struct buf *out, const struct question *question)
{
	buf_addc(out, '{');
	write_event_members(out, &question->event);
	json_key(out, "scopes");
	buf_addc(out, '[');
	for (size_t i = 0; i < question->scope_count; i++) {
		if (i)
			buf_addc(out, ',');
		json_string(out, scope_name(question->scopes[i]));
	}
	buf_addc(out, ']');
	json_key(out, "patterns");
	buf_addc(out, '{');
	for (size_t i = 0; i < question->scope_count; i++)
		add_clipped(out, scope_name(question->scopes[i]), question->patterns[i], PATH_MOST);
	buf_addc(out, '}');
	json_member_time(out, "deadline", question->deadline_ms);
	json_member_unsigned(out, "waiters", question->waiters);
	if (question->makes_directory)
		json_member_bool(out, "makes_directory", true);
	add_clipped(out, "command_line", question->command_line, COMMAND_LINE_MOST);
	if (question->objects_seen)
		write_objects(out, question);
	buf_addc(out, '}');
}

static void write_ports(struct buf *out, const struct session_info *info)
{
	json_key(out, "ports");
	buf_addc(out, '[');
	for (size_t i = 0; i < info->port_count; i++) {
		const struct session_port *port = &info->ports[i];

		buf_adds(out, i ? ",{" : "{");
		json_member_integer(out, "port", port->port);
		json_key(out, "host_port");
		if (port->host_port)
			buf_addf(out, "%d", port->host_port);
		else
			buf_adds(out, "null");
		json_member_bool(out, "listens", port->listens);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

void wire_write_session(struct buf *out, const struct session_info *info)
{
	buf_addc(out, '{');
	add_clipped(out, "id", info->id, NAME_MOST);
	add_clipped(out, "server", info->server, NAME_MOST);
	add_clipped(out, "command", info->command, COMMAND_LINE_MOST);
	add_clipped(out, "cwd", info->cwd, PATH_MOST);
	add_clipped(out, "mode", info->mode, NAME_MOST);
	add_clipped(out, "settings", info->settings, PATH_MOST);
	add_clipped(out, "level", info->level, NAME_MOST);
	add_clipped(out, "reads", info->reads, NAME_MOST);
	add_clipped(out, "state", info->state, NAME_MOST);
	add_clipped(out, "banner", info->banner, TEXT_MOST);
	json_member_integer(out, "pid", info->pid);
	json_member_integer(out, "child", info->child);
	json_member_time(out, "started", info->started_ms);
	json_key(out, "status");
	if (info->status >= 0)
		buf_addf(out, "%d", info->status);
	else
		buf_adds(out, "null");
	json_member_unsigned(out, "allowed", info->allowed);
	json_member_unsigned(out, "denied", info->denied);
	json_member_unsigned(out, "asked", info->asked);
	json_member_unsigned(out, "pending", info->pending);
	json_member_unsigned(out, "bytes_in", info->bytes_in);
	json_member_unsigned(out, "bytes_out", info->bytes_out);
	json_member_unsigned(out, "unasked", info->unasked);
	json_member_unsigned(out, "lost", info->lost);
	write_ports(out, info);
	buf_addc(out, '}');
}

void wire_write_rule(struct buf *out, const struct session_rule *session)
{
	const struct rule *rule = &session->rule;
	_cleanup_free_ char *text = rule_text(rule);

	buf_addc(out, '{');
	json_member_integer(out, "v", WIRE_VERSION);
	add_clipped(out, "id", session->id, NAME_MOST);
	add_clipped(out, "server", rule->server, NAME_MOST);
	json_member_string(out, "verdict", verdict_name(rule->verdict));
	json_member_string(out, "kind", access_kind_name(rule->kind));
	json_member_string(out, "scope", scope_name(rule->scope));
	add_clipped(out, "pattern", rule->pattern, PATH_MOST);
	json_member_string(out, "for", duration_name(rule->duration));
	json_member_time(out, "created", rule->created_ms);
	json_member_time(out, "last_used", rule->last_used_ms);
	json_member_unsigned(out, "hits", rule->hits);
	add_clipped(out, "rule", text, PATH_MOST);
	buf_addc(out, '}');
}

static int read_count(const cJSON *object, const char *name, uint64_t absent, uint64_t *value,
		      struct err *e)
{
	int64_t number;

	if (json_get_integer(object, name, 0, JSON_INTEGER_MOST, (int64_t)absent, &number, e) < 0)
		return -1;
	*value = (uint64_t)number;
	return 0;
}

static int read_int(const cJSON *object, const char *name, int absent, int *value, struct err *e)
{
	int64_t number;

	if (json_get_integer(object, name, 0, INT_MAX, absent, &number, e) < 0)
		return -1;
	*value = (int)number;
	return 0;
}

static int read_kind_and_verdict(struct access_event *event, const cJSON *object, struct err *e)
{
	_cleanup_free_ char *kind = NULL;
	_cleanup_free_ char *verdict = NULL;

	if (json_get_string(object, "kind", &kind, e) < 0 ||
	    json_get_string(object, "verdict", &verdict, e) < 0)
		return -1;
	if (!kind || !access_kind_parse(kind, &event->kind))
		return err_set(e, "\"kind\" is not one that is known");
	if (!verdict || !verdict_parse(verdict, &event->verdict))
		return err_set(e, "\"verdict\" is not one that is known");
	return 0;
}

static int read_chain(char **chain, const cJSON *object, struct err *e)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, "chain");
	struct buf text = BUF_EMPTY;
	const cJSON *item;
	size_t count = 0;

	if (!array || cJSON_IsNull(array))
		return 0;
	if (!cJSON_IsArray(array))
		return err_set(e, "\"chain\" is not an array");
	cJSON_ArrayForEach(item, array) {
		if (!cJSON_IsString(item) || strchr(item->valuestring, '\n')) {
			buf_free(&text);
			return err_set(e, "\"chain\" holds what is no name of a program");
		}
		if (count == CHAIN_MOST)
			break;
		if (count++)
			buf_addc(&text, '\n');
		buf_adds(&text, item->valuestring);
	}
	*chain = count ? buf_steal(&text) : NULL;
	if (count && !*chain)
		*chain = xstrdup("");
	return 0;
}

int wire_read_event(struct access_event *event, const cJSON *object, struct err *e)
{
	_cleanup_free_ char *error_name = NULL;
	int version, pid;

	if (!cJSON_IsObject(object))
		return err_set(e, "an event is not an object");
	if (read_int(object, "v", 0, &version, e) < 0)
		return -1;
	if (version != WIRE_VERSION)
		return err_set(e, "an event of version %d, not %d", version, WIRE_VERSION);
	if (json_get_string(object, "id", &event->id, e) < 0 ||
	    json_get_time(object, "t", &event->time_ms, e) < 0 ||
	    json_get_string(object, "session", &event->session, e) < 0 ||
	    json_get_string(object, "server", &event->server, e) < 0 ||
	    read_kind_and_verdict(event, object, e) < 0 ||
	    json_get_string(object, "object", &event->object, e) < 0 ||
	    json_get_string(object, "why", &event->why, e) < 0 ||
	    json_get_string(object, "rule", &event->rule, e) < 0 ||
	    read_int(object, "pid", 0, &pid, e) < 0 ||
	    json_get_string(object, "exe", &event->exe, e) < 0 ||
	    json_get_string(object, "syscall", &event->syscall, e) < 0 ||
	    json_get_string(object, "errno", &error_name, e) < 0 ||
	    read_count(object, "count", 1, &event->count, e) < 0 ||
	    read_chain(&event->chain, object, e) < 0 ||
	    json_get_string(object, "request", &event->request, e) < 0 ||
	    json_get_string(object, "drift", &event->drift, e) < 0 ||
	    json_get_string(object, "command_line", &event->command_line, e) < 0)
		return -1;
	if (!event->id)
		return err_set(e, "an event without \"id\"");
	event->pid = pid;
	event->error = error_name ? errno_number(error_name) : 0;
	if (event->count == 0)
		event->count = 1;
	return 0;
}

static int read_scopes(struct question *question, const cJSON *object, struct err *e)
{
	const cJSON *scopes = cJSON_GetObjectItemCaseSensitive(object, "scopes");
	const cJSON *patterns = cJSON_GetObjectItemCaseSensitive(object, "patterns");
	const cJSON *item;

	if (!cJSON_IsArray(scopes))
		return err_set(e, "a question without \"scopes\"");
	if (patterns && !cJSON_IsObject(patterns))
		return err_set(e, "\"patterns\" is not an object");
	cJSON_ArrayForEach(item, scopes) {
		enum scope scope;

		if (!cJSON_IsString(item) || !scope_parse(item->valuestring, &scope))
			return err_set(e, "\"scopes\" holds one that is not known");
		for (size_t i = 0; i < question->scope_count; i++)
			if (question->scopes[i] == scope)
				return err_set(e, "\"scopes\" holds one twice");
		question->scopes[question->scope_count] = scope;
		if (json_get_string(patterns, scope_name(scope),
				    &question->patterns[question->scope_count], e) < 0)
			return -1;
		question->scope_count++;
	}
	return 0;
}

static int read_objects(struct question *question, const cJSON *object, struct err *e)
{
	const cJSON *objects = cJSON_GetObjectItemCaseSensitive(object, "objects");
	const cJSON *item;

	if (objects && !cJSON_IsArray(objects))
		return err_set(e, "\"objects\" is not an array");
	cJSON_ArrayForEach(item, objects) {
		if (!cJSON_IsString(item))
			return err_set(e, "\"objects\" holds what is no text");
		if (question->object_count == QUESTION_OBJECTS_MOST)
			break;
		question->objects[question->object_count++] = xstrdup(item->valuestring);
	}
	return read_count(object, "objects_seen", 0, &question->objects_seen, e);
}

int wire_read_question(struct question *question, const cJSON *object, struct err *e)
{
	if (wire_read_event(&question->event, object, e) < 0 ||
	    read_scopes(question, object, e) < 0 ||
	    json_get_time(object, "deadline", &question->deadline_ms, e) < 0 ||
	    read_count(object, "waiters", 0, &question->waiters, e) < 0 ||
	    read_objects(question, object, e) < 0)
		return -1;
	if (cJSON_HasObjectItem(object, "makes_directory") &&
	    json_get_bool(object, "makes_directory", &question->makes_directory, e) < 0)
		return -1;
	return json_get_string(object, "command_line", &question->command_line, e);
}

/* More than there is room for is left out. */
static int read_ports(struct session_info *info, const cJSON *object, struct err *e)
{
	const cJSON *ports = cJSON_GetObjectItemCaseSensitive(object, "ports");
	const cJSON *item;

	if (ports && !cJSON_IsArray(ports))
		return err_set(e, "\"ports\" is not an array");
	cJSON_ArrayForEach(item, ports) {
		struct session_port *port = &info->ports[info->port_count];
		int64_t inside, outside;

		if (info->port_count == SESSION_PORTS_MOST)
			break;
		if (!cJSON_IsObject(item))
			return err_set(e, "a port is not an object");
		if (json_get_integer(item, "port", 1, 65535, 0, &inside, e) < 0 ||
		    json_get_integer(item, "host_port", 1, 65535, 0, &outside, e) < 0 ||
		    json_get_bool(item, "listens", &port->listens, e) < 0)
			return -1;
		if (!inside)
			return err_set(e, "a port without \"port\"");
		port->port = (int)inside;
		port->host_port = (int)outside;
		info->port_count++;
	}
	return 0;
}

int wire_read_session(struct session_info *info, const cJSON *object, struct err *e)
{
	int pid, child;

	if (!cJSON_IsObject(object))
		return err_set(e, "a session is not an object");
	if (json_get_string(object, "id", &info->id, e) < 0 ||
	    json_get_string(object, "server", &info->server, e) < 0 ||
	    json_get_string(object, "command", &info->command, e) < 0 ||
	    json_get_string(object, "cwd", &info->cwd, e) < 0 ||
	    json_get_string(object, "mode", &info->mode, e) < 0 ||
	    json_get_string(object, "settings", &info->settings, e) < 0 ||
	    json_get_string(object, "level", &info->level, e) < 0 ||
	    json_get_string(object, "reads", &info->reads, e) < 0 ||
	    json_get_string(object, "state", &info->state, e) < 0 ||
	    json_get_string(object, "banner", &info->banner, e) < 0 ||
	    read_int(object, "pid", 0, &pid, e) < 0 ||
	    read_int(object, "child", 0, &child, e) < 0 ||
	    json_get_time(object, "started", &info->started_ms, e) < 0 ||
	    read_int(object, "status", -1, &info->status, e) < 0 ||
	    read_count(object, "allowed", 0, &info->allowed, e) < 0 ||
	    read_count(object, "denied", 0, &info->denied, e) < 0 ||
	    read_count(object, "asked", 0, &info->asked, e) < 0 ||
	    read_count(object, "pending", 0, &info->pending, e) < 0 ||
	    read_count(object, "bytes_in", 0, &info->bytes_in, e) < 0 ||
	    read_count(object, "bytes_out", 0, &info->bytes_out, e) < 0 ||
	    read_count(object, "unasked", 0, &info->unasked, e) < 0 ||
	    read_count(object, "lost", 0, &info->lost, e) < 0 || read_ports(info, object, e) < 0)
		return -1;
	if (!info->id)
		return err_set(e, "a session without \"id\"");
	info->pid = pid;
	info->child = child;
	return 0;
}

int wire_read_rule(struct session_rule *session, const cJSON *object, struct err *e)
{
	struct rule *rule = &session->rule;
	_cleanup_free_ char *verdict = NULL, *kind = NULL, *scope = NULL, *duration = NULL;

	if (!cJSON_IsObject(object))
		return err_set(e, "a rule is not an object");
	if (json_get_string(object, "id", &session->id, e) < 0 ||
	    json_get_string(object, "server", &rule->server, e) < 0 ||
	    json_get_string(object, "verdict", &verdict, e) < 0 ||
	    json_get_string(object, "kind", &kind, e) < 0 ||
	    json_get_string(object, "scope", &scope, e) < 0 ||
	    json_get_string(object, "pattern", &rule->pattern, e) < 0 ||
	    json_get_string(object, "for", &duration, e) < 0 ||
	    json_get_time(object, "created", &rule->created_ms, e) < 0 ||
	    json_get_time(object, "last_used", &rule->last_used_ms, e) < 0 ||
	    read_count(object, "hits", 0, &rule->hits, e) < 0)
		return -1;
	if (!session->id || !rule->pattern)
		return err_set(e, "a rule without \"id\" or \"pattern\"");
	if (!verdict || !verdict_parse(verdict, &rule->verdict) || !kind ||
	    !access_kind_parse(kind, &rule->kind) || !scope || !scope_parse(scope, &rule->scope) ||
	    !duration || !duration_parse(duration, &rule->duration))
		return err_set(e, "a rule of a sort that is not known");
	return 0;
}
