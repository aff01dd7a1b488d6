/* SPDX-License-Identifier: MIT */
#include "core/session/wire.h"

#include <limits.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/session/wire_objects.h"

static const char *const type_names[WIRE_TYPE_COUNT] = {
	[WIRE_ATTACH] = "attach",	  [WIRE_PENDING] = "pending",
	[WIRE_ANSWER] = "answer",	  [WIRE_HOLD] = "hold",
	[WIRE_HELLO] = "hello",
	[WIRE_RULES] = "rules",		  [WIRE_REVOKE] = "revoke",
	[WIRE_RULE_LIST] = "rule_list",
	[WIRE_SESSION] = "session",	  [WIRE_EVENT] = "event",
	[WIRE_QUESTION] = "question",	  [WIRE_RESOLVED] = "resolved",
	[WIRE_QUESTIONS] = "questions",	  [WIRE_ANSWERED] = "answered",
	[WIRE_LOST] = "lost",		  [WIRE_ERROR] = "error",
	[WIRE_PUBLISH] = "publish",	  [WIRE_PUBLISHED] = "published",
};

/* What closes a line of a list: `],"more":false}` and its newline, with room to spare. */
#define LIST_END_MOST 32
#define TEXT_MOST 4096

void session_info_free(struct session_info *info)
{
	free(info->id);
	free(info->server);
	free(info->command);
	free(info->cwd);
	free(info->mode);
	free(info->settings);
	free(info->level);
	free(info->reads);
	free(info->state);
	free(info->banner);
	memset(info, 0, sizeof(*info));
}

void session_info_copy(struct session_info *to, const struct session_info *from)
{
	*to = *from;
	to->id = xstrdup(from->id);
	to->server = xstrdup(from->server);
	to->command = xstrdup(from->command);
	to->cwd = xstrdup(from->cwd);
	to->mode = xstrdup(from->mode);
	to->settings = xstrdup(from->settings);
	to->level = xstrdup(from->level);
	to->reads = xstrdup(from->reads);
	to->state = xstrdup(from->state);
	to->banner = xstrdup(from->banner);
}

void question_free(struct question *question)
{
	access_event_free(&question->event);
	for (size_t i = 0; i < SCOPE_COUNT; i++)
		free(question->patterns[i]);
	for (size_t i = 0; i < question->object_count; i++)
		free(question->objects[i]);
	free(question->command_line);
	memset(question, 0, sizeof(*question));
}

void question_copy(struct question *to, const struct question *from)
{
	*to = *from;
	access_event_copy(&to->event, &from->event);
	for (size_t i = 0; i < SCOPE_COUNT; i++)
		to->patterns[i] = xstrdup(from->patterns[i]);
	for (size_t i = 0; i < from->object_count; i++)
		to->objects[i] = xstrdup(from->objects[i]);
	to->command_line = xstrdup(from->command_line);
}

void wire_message_free(struct wire_message *message)
{
	session_info_free(&message->session);
	access_event_free(&message->event);
	question_free(&message->question);
	for (size_t i = 0; i < message->question_count; i++)
		question_free(&message->questions[i]);
	free(message->questions);
	for (size_t i = 0; i < message->rule_count; i++) {
		free(message->rules[i].id);
		rule_free(&message->rules[i].rule);
	}
	free(message->rules);
	free(message->id);
	free(message->by);
	free(message->text);
	memset(message, 0, sizeof(*message));
}

static void open_message(struct buf *out, enum wire_type type)
{
	buf_addc(out, '{');
	json_member_string(out, "type", type_names[type]);
}

static void add_text(struct buf *out, const char *name, const char *text)
{
	json_key(out, name);
	json_string_clipped(out, text, TEXT_MOST);
}

static size_t list_count(const struct wire_message *message)
{
	return message->type == WIRE_QUESTIONS ? message->question_count : message->rule_count;
}

static void write_item(struct buf *out, const struct wire_message *message, size_t i)
{
	if (message->type == WIRE_QUESTIONS)
		wire_write_question(out, &message->questions[i]);
	else
		wire_write_rule(out, &message->rules[i]);
}

static void write_list(struct buf *out, const struct wire_message *message)
{
	_cleanup_buf_ struct buf one = BUF_EMPTY;
	size_t i = 0;

	do {
		size_t start = out->length, first = i;

		open_message(out, message->type);
		json_key(out, message->type == WIRE_QUESTIONS ? "questions" : "rules");
		buf_addc(out, '[');
		for (; i < list_count(message); i++) {
			buf_clear(&one);
			write_item(&one, message, i);
			if (out->length - start + one.length > WIRE_LINE_MOST - LIST_END_MOST) {
				/* One that never fits would stop the rest for ever. */
				if (i == first)
					i++;
				break;
			}
			if (i > first)
				buf_addc(out, ',');
			buf_add(out, buf_text(&one), one.length);
		}
		buf_addc(out, ']');
		json_member_bool(out, "more", i < list_count(message) || message->more);
		buf_adds(out, "}\n");
	} while (i < list_count(message));
}

static void write_abilities(struct buf *out, const struct wire_message *message)
{
	const struct {
		bool can;
		const char *name;
	} abilities[] = { { message->can_hold, "hold" },
			  { message->can_rules, "rules" },
			  { message->can_publish, "publish" } };
	bool first = true;

	json_key(out, "can");
	buf_addc(out, '[');
	for (size_t i = 0; i < ARRAY_LENGTH(abilities); i++) {
		if (!abilities[i].can)
			continue;
		if (!first)
			buf_addc(out, ',');
		json_string(out, abilities[i].name);
		first = false;
	}
	buf_addc(out, ']');
}

static void write_members(struct buf *out, const struct wire_message *message)
{
	switch (message->type) {
	case WIRE_ATTACH:
		json_member_integer(out, "v", message->version);
		json_member_string(out, "role", message->dashboard ? "dashboard" : "script");
		break;
	case WIRE_ANSWER:
		json_member_string(out, "id", message->id);
		json_member_string(out, "verdict", verdict_name(message->verdict));
		json_member_string(out, "scope", scope_name(message->scope));
		json_member_string(out, "for", duration_name(message->duration));
		break;
	case WIRE_HELLO:
		json_member_integer(out, "v", message->version);
		write_abilities(out, message);
		json_key(out, "session");
		wire_write_session(out, &message->session);
		break;
	case WIRE_HOLD:
	case WIRE_REVOKE:
		json_member_string(out, "id", message->id);
		break;
	case WIRE_SESSION:
		json_key(out, "session");
		wire_write_session(out, &message->session);
		break;
	case WIRE_EVENT:
		json_key(out, "event");
		wire_write_event(out, &message->event);
		break;
	case WIRE_QUESTION:
		json_key(out, "question");
		wire_write_question(out, &message->question);
		break;
	case WIRE_RESOLVED:
		json_member_string(out, "id", message->id);
		json_member_string(out, "verdict", verdict_name(message->verdict));
		add_text(out, "by", message->by);
		break;
	case WIRE_ANSWERED:
		json_member_string(out, "id", message->id);
		json_member_bool(out, "ok", message->ok);
		add_text(out, message->ok ? "rule" : "error", message->text);
		break;
	case WIRE_PUBLISH:
	case WIRE_PUBLISHED:
		if (message->type == WIRE_PUBLISHED)
			json_member_bool(out, "ok", message->ok);
		json_member_integer(out, "host_port", message->host_port);
		json_member_integer(out, "port", message->port);
		if (message->type == WIRE_PUBLISHED && !message->ok)
			add_text(out, "error", message->text);
		break;
	case WIRE_LOST:
		json_member_unsigned(out, "count", message->count);
		break;
	case WIRE_ERROR:
		add_text(out, "message", message->text);
		break;
	default:
		break;
	}
}

void wire_write(struct buf *out, const struct wire_message *message)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	if (message->type == WIRE_QUESTIONS || message->type == WIRE_RULE_LIST) {
		write_list(out, message);
		return;
	}
	open_message(&line, message->type);
	write_members(&line, message);
	buf_addc(&line, '}');
	if (line.length > WIRE_LINE_MOST) {
		const struct wire_message lost = { .type = WIRE_LOST, .count = 1 };

		buf_clear(&line);
		open_message(&line, lost.type);
		write_members(&line, &lost);
		buf_addc(&line, '}');
	}
	buf_add(out, line.data, line.length);
	buf_addc(out, '\n');
}

static int read_version(struct wire_message *message, const cJSON *object, struct err *e)
{
	int64_t version;

	if (json_get_integer(object, "v", 1, INT_MAX, 0, &version, e) < 0)
		return -1;
	if (version == 0)
		return err_set(e, "a greeting without \"v\"");
	message->version = (int)version;
	return 0;
}

static int read_attach(struct wire_message *message, const cJSON *object, struct err *e)
{
	_cleanup_free_ char *role = NULL;

	if (read_version(message, object, e) < 0)
		return -1;
	if (message->version != WIRE_VERSION)
		return 0;
	if (json_get_string(object, "role", &role, e) < 0)
		return -1;
	if (!role || (strcmp(role, "dashboard") != 0 && strcmp(role, "script") != 0))
		return err_set(e, "\"role\" is neither \"dashboard\" nor \"script\"");
	message->dashboard = strcmp(role, "dashboard") == 0;
	return 0;
}

/* What a session understands beyond the first version; names that are not known are for others. */
static int read_abilities(struct wire_message *message, const cJSON *object, struct err *e)
{
	const cJSON *can = cJSON_GetObjectItemCaseSensitive(object, "can");
	const cJSON *item;

	if (can && !cJSON_IsArray(can))
		return err_set(e, "\"can\" is not an array");
	cJSON_ArrayForEach(item, can) {
		if (!cJSON_IsString(item))
			continue;
		message->can_hold |= strcmp(item->valuestring, "hold") == 0;
		message->can_rules |= strcmp(item->valuestring, "rules") == 0;
		message->can_publish |= strcmp(item->valuestring, "publish") == 0;
	}
	return 0;
}

static int read_hello(struct wire_message *message, const cJSON *object, struct err *e)
{
	if (read_version(message, object, e) < 0)
		return -1;
	if (message->version != WIRE_VERSION)
		return 0;
	if (read_abilities(message, object, e) < 0)
		return -1;
	return wire_read_session(&message->session,
				 cJSON_GetObjectItemCaseSensitive(object, "session"), e);
}

static int read_id(struct wire_message *message, const cJSON *object, struct err *e)
{
	if (json_get_string(object, "id", &message->id, e) < 0)
		return -1;
	return message->id ? 0 : err_set(e, "a message without \"id\"");
}

static int read_verdict(struct wire_message *message, const cJSON *object, struct err *e)
{
	_cleanup_free_ char *verdict = NULL;

	if (json_get_string(object, "verdict", &verdict, e) < 0)
		return -1;
	if (!verdict || !verdict_parse(verdict, &message->verdict))
		return err_set(e, "\"verdict\" is not one that is known");
	return 0;
}

static int read_answer(struct wire_message *message, const cJSON *object, struct err *e)
{
	_cleanup_free_ char *scope = NULL;
	_cleanup_free_ char *duration = NULL;

	if (read_id(message, object, e) < 0 || read_verdict(message, object, e) < 0 ||
	    json_get_string(object, "scope", &scope, e) < 0 ||
	    json_get_string(object, "for", &duration, e) < 0)
		return -1;
	/* Nothing is answered with a question. */
	if (message->verdict == VERDICT_ASK)
		return err_set(e, "\"verdict\" is neither \"allow\" nor \"deny\"");
	if (!scope || !scope_parse(scope, &message->scope))
		return err_set(e, "\"scope\" is not one that is known");
	if (!duration || !duration_parse(duration, &message->duration))
		return err_set(e, "\"for\" is not one that is known");
	return 0;
}

static int read_questions(struct wire_message *message, const cJSON *object, struct err *e)
{
	const cJSON *questions = cJSON_GetObjectItemCaseSensitive(object, "questions");
	const cJSON *item;
	size_t capacity = 0;

	if (!cJSON_IsArray(questions))
		return err_set(e, "a reply without \"questions\"");
	cJSON_ArrayForEach(item, questions) {
		struct question *question;

		grow_array(message->questions, message->question_count, capacity);
		question = &message->questions[message->question_count++];
		memset(question, 0, sizeof(*question));
		if (wire_read_question(question, item, e) < 0)
			return -1;
	}
	return json_get_bool(object, "more", &message->more, e);
}

static int read_rules(struct wire_message *message, const cJSON *object, struct err *e)
{
	const cJSON *rules = cJSON_GetObjectItemCaseSensitive(object, "rules");
	const cJSON *item;
	size_t capacity = 0;

	if (!cJSON_IsArray(rules))
		return err_set(e, "a reply without \"rules\"");
	cJSON_ArrayForEach(item, rules) {
		struct session_rule *rule;

		grow_array(message->rules, message->rule_count, capacity);
		rule = &message->rules[message->rule_count++];
		memset(rule, 0, sizeof(*rule));
		if (wire_read_rule(rule, item, e) < 0)
			return -1;
	}
	return json_get_bool(object, "more", &message->more, e);
}

static int read_resolved(struct wire_message *message, const cJSON *object, struct err *e)
{
	if (read_id(message, object, e) < 0 || read_verdict(message, object, e) < 0)
		return -1;
	return json_get_string(object, "by", &message->by, e);
}

static int read_answered(struct wire_message *message, const cJSON *object, struct err *e)
{
	if (read_id(message, object, e) < 0 ||
	    json_get_bool(object, "ok", &message->ok, e) < 0)
		return -1;
	return json_get_string(object, message->ok ? "rule" : "error", &message->text, e);
}

static int read_lost(struct wire_message *message, const cJSON *object, struct err *e)
{
	int64_t count;

	if (json_get_integer(object, "count", 0, JSON_INTEGER_MOST, 0, &count, e) < 0)
		return -1;
	message->count = (uint64_t)count;
	return 0;
}

static int read_port(const cJSON *object, const char *name, int *port, struct err *e)
{
	int64_t number;

	if (json_get_integer(object, name, 1, 65535, 0, &number, e) < 0)
		return -1;
	if (!number)
		return err_set(e, "a message without \"%s\"", name);
	*port = (int)number;
	return 0;
}

static int read_publish(struct wire_message *message, const cJSON *object, struct err *e)
{
	if (read_port(object, "host_port", &message->host_port, e) < 0 ||
	    read_port(object, "port", &message->port, e) < 0)
		return -1;
	if (message->type == WIRE_PUBLISH)
		return 0;
	if (json_get_bool(object, "ok", &message->ok, e) < 0)
		return -1;
	return message->ok ? 0 : json_get_string(object, "error", &message->text, e);
}

static int read_type(enum wire_type *type, const cJSON *object, struct err *e)
{
	_cleanup_free_ char *name = NULL;

	if (!cJSON_IsObject(object))
		return err_set(e, "a message is not an object");
	if (json_get_string(object, "type", &name, e) < 0)
		return -1;
	if (!name)
		return err_set(e, "a message without \"type\"");
	for (int i = 0; i < WIRE_TYPE_COUNT; i++)
		if (strcmp(type_names[i], name) == 0) {
			*type = (enum wire_type)i;
			return 0;
		}
	return err_code(e, ERR_UNSUPPORTED, "a message of a type that is not known");
}

static int read_message(struct wire_message *message, const cJSON *object, struct err *e)
{
	if (read_type(&message->type, object, e) < 0)
		return -1;
	switch (message->type) {
	case WIRE_ATTACH:
		return read_attach(message, object, e);
	case WIRE_ANSWER:
		return read_answer(message, object, e);
	case WIRE_HOLD:
	case WIRE_REVOKE:
		return read_id(message, object, e);
	case WIRE_RULE_LIST:
		return read_rules(message, object, e);
	case WIRE_HELLO:
		return read_hello(message, object, e);
	case WIRE_SESSION:
		return wire_read_session(&message->session,
					 cJSON_GetObjectItemCaseSensitive(object, "session"), e);
	case WIRE_EVENT:
		return wire_read_event(&message->event,
				       cJSON_GetObjectItemCaseSensitive(object, "event"), e);
	case WIRE_QUESTION:
		return wire_read_question(&message->question,
					  cJSON_GetObjectItemCaseSensitive(object, "question"), e);
	case WIRE_RESOLVED:
		return read_resolved(message, object, e);
	case WIRE_QUESTIONS:
		return read_questions(message, object, e);
	case WIRE_ANSWERED:
		return read_answered(message, object, e);
	case WIRE_PUBLISH:
	case WIRE_PUBLISHED:
		return read_publish(message, object, e);
	case WIRE_LOST:
		return read_lost(message, object, e);
	case WIRE_ERROR:
		return json_get_string(object, "message", &message->text, e);
	default:
		return 0;
	}
}

int wire_parse(struct wire_message *message, const char *line, size_t length, struct err *e)
{
	_cleanup_json_ cJSON *object = NULL;

	memset(message, 0, sizeof(*message));
	if (length > WIRE_LINE_MOST)
		return err_set(e, "a line longer than %d bytes", WIRE_LINE_MOST);
	object = json_read(line, length, e);
	if (!object)
		return -1;
	if (read_message(message, object, e) < 0) {
		wire_message_free(message);
		return -1;
	}
	return 0;
}
