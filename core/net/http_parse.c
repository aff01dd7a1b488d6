/* SPDX-License-Identifier: MIT */
/*
 * Lines are checked byte by byte as they arrive and taken apart as soon as they end, so a
 * broken head is refused at its first broken byte. The text is kept once; CR, blanks and colons
 * that end a string in it are overwritten by NUL, which cannot occur in it otherwise.
 */
#include "core/net/http_parse.h"

#include <string.h>
#include <strings.h>

#include "core/base/mem.h"

#define METHOD_LENGTH_MOST 64
#define BLANK_LINES_MOST 2

void http_head_init(struct http_head *head, enum http_message message, size_t limit)
{
	*head = (struct http_head){ .message = message, .limit = limit };
}

void http_head_free(struct http_head *head)
{
	buf_free(&head->text);
	free(head->fields);
	*head = (struct http_head){ .message = head->message, .limit = head->limit };
}

static bool is_token_char(unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return true;
	return c && strchr("!#$%&'*+-.^_`|~", c);
}

static bool is_text_char(unsigned char c)
{
	return (c >= 0x20 && c != 0x7f) || c == '\t';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_token(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!is_token_char((unsigned char)*text))
			return false;
	return true;
}

/* "HTTP/1.0" or "HTTP/1.1". */
static bool parse_version(const char *text, int *minor)
{
	if (strncmp(text, "HTTP/1.", 7) != 0 || (text[7] != '0' && text[7] != '1'))
		return false;
	*minor = text[7] - '0';
	return true;
}

static bool parse_request_line(struct http_head *head, char *line)
{
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;

	if (!version)
		return false;
	*target++ = '\0';
	*version++ = '\0';
	if (!is_token(line) || strlen(line) > METHOD_LENGTH_MOST || !*target ||
	    strchr(target, '\t') || !parse_version(version, &head->minor) || version[8])
		return false;
	head->method = (size_t)(line - head->text.data);
	head->target = (size_t)(target - head->text.data);
	return true;
}

static bool parse_status_line(struct http_head *head, char *line)
{
	if (!parse_version(line, &head->minor) || line[8] != ' ')
		return false;
	for (int i = 9; i < 12; i++) {
		if (line[i] < '0' || line[i] > '9')
			return false;
		head->status = head->status * 10 + (line[i] - '0');
	}
	return head->status >= 100 && (!line[12] || line[12] == ' ');
}

static enum http_progress parse_field(struct http_head *head, char *line)
{
	char *colon = strchr(line, ':');
	char *value, *end;

	if (!colon)
		return HTTP_BAD;
	*colon = '\0';
	if (!is_token(line)) /* obs-fold and a blank before the colon end here too */
		return HTTP_BAD;
	for (char *c = line; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	value = colon + 1;
	end = value + strlen(value);
	while (is_blank(*value))
		value++;
	while (end > value && is_blank(end[-1]))
		end--;
	*end = '\0';

	if (head->field_count == HTTP_FIELDS_MOST)
		return HTTP_TOO_LARGE;
	grow_array(head->fields, head->field_count, head->field_capacity);
	head->fields[head->field_count++] =
		(struct http_field){ .name = (size_t)(line - head->text.data),
				     .value = (size_t)(value - head->text.data) };
	return HTTP_MORE;
}

static bool parse_content_length(const char *value, uint64_t *length)
{
	uint64_t sum = 0;

	if (!*value || strlen(value) > 18) /* 18 digits cannot overflow */
		return false;
	for (; *value; value++) {
		if (*value < '0' || *value > '9')
			return false;
		sum = sum * 10 + (uint64_t)(*value - '0');
	}
	*length = sum;
	return true;
}

/*
 * The next element of a comma-separated list: its start, with *length and *rest set, or NULL
 * at the end. Empty elements are skipped.
 */
static const char *next_option(const char *list, size_t *length, const char **rest)
{
	const char *end;

	while (is_blank(*list) || *list == ',')
		list++;
	if (!*list)
		return NULL;
	end = list + strcspn(list, ",");
	*rest = end;
	while (end > list && is_blank(end[-1]))
		end--;
	*length = (size_t)(end - list);
	return list;
}

static bool option_is(const char *option, size_t length, const char *name)
{
	return strlen(name) == length && strncasecmp(option, name, length) == 0;
}

/* What the elements of the Connection fields ask for. */
struct connection_options {
	int count;
	bool close, keep_alive, upgrade;
};

static void take_option(struct http_head *head, struct connection_options *options,
			const char *option, size_t length)
{
	options->count++;
	options->close |= option_is(option, length, "close");
	options->keep_alive |= option_is(option, length, "keep-alive");
	options->upgrade |= option_is(option, length, "upgrade");
	for (size_t i = 0; i < head->field_count; i++)
		if (option_is(option, length, http_field_name(head, i)))
			head->fields[i].is_named = true;
}

/*
 * Marks the fields that a Connection field names. Of Proxy-Connection, which is no standard's but what
 * old clients say to a proxy, only "close" counts. False for too many elements.
 */
static bool read_connection(struct http_head *head, struct connection_options *options)
{
	for (size_t i = 0; i < head->field_count; i++) {
		const char *at = http_field_value(head, i), *option;
		bool counts = strcmp(http_field_name(head, i), "connection") == 0;
		size_t length;

		if (!counts && strcmp(http_field_name(head, i), "proxy-connection") != 0)
			continue;
		while ((option = next_option(at, &length, &at))) {
			if (options->count == HTTP_CONNECTION_OPTIONS_MOST)
				return false;
			if (counts)
				take_option(head, options, option, length);
			else
				options->close |= option_is(option, length, "close");
		}
	}
	return true;
}

/* What the fields say about framing and persistence. */
static bool judge_fields(struct http_head *head)
{
	struct connection_options options = { 0 };
	bool chunked = false, websocket = false;

	for (size_t i = 0; i < head->field_count; i++) {
		const char *name = http_field_name(head, i), *value = http_field_value(head, i);

		if (strcmp(name, "content-length") == 0) {
			if (head->framing == HTTP_FRAMING_LENGTH ||
			    !parse_content_length(value, &head->content_length))
				return false;
			head->framing = HTTP_FRAMING_LENGTH;
		} else if (strcmp(name, "transfer-encoding") == 0) {
			if (chunked || strcasecmp(value, "chunked") != 0)
				return false;
			chunked = true;
		} else if (strcmp(name, "host") == 0) {
			if (head->has_host)
				return false;
			head->has_host = true;
		} else if (strcmp(name, "expect") == 0 && strcasecmp(value, "100-continue") == 0) {
			head->expect_continue = head->minor == 1;
		} else if (strcmp(name, "upgrade") == 0) {
			websocket = strcasecmp(value, "websocket") == 0;
		}
	}
	if (chunked) {
		if (head->framing == HTTP_FRAMING_LENGTH || head->minor == 0)
			return false;
		head->framing = HTTP_FRAMING_CHUNKED;
	}
	if (!read_connection(head, &options))
		return false;
	head->keep_alive = head->minor == 1 ? !options.close : options.keep_alive;
	head->wants_websocket = websocket && options.upgrade && head->minor == 1;
	return true;
}

/* A whole line, without its end, lies in text from head->line on. */
static enum http_progress take_line(struct http_head *head)
{
	char *line = head->text.data + head->line;

	if (!head->has_start_line) {
		if (!*line && head->message == HTTP_REQUEST) {
			if (++head->blank_lines > BLANK_LINES_MOST)
				return HTTP_BAD;
			buf_clear(&head->text);
			head->separators = 0;
			return HTTP_MORE;
		}
		head->has_start_line = true;
		if (head->message == HTTP_REQUEST ? parse_request_line(head, line)
						  : parse_status_line(head, line))
			return HTTP_MORE;
		return HTTP_BAD;
	}
	if (!*line)
		return judge_fields(head) ? HTTP_DONE : HTTP_BAD;
	return parse_field(head, line);
}

static bool byte_is_acceptable(const struct http_head *head, size_t at, char c)
{
	if (head->after_cr)
		return c == '\n';
	if (c == '\r')
		return true;
	if (c == '\n')
		return false;
	if (at == 0 && head->message == HTTP_REQUEST)
		return is_token_char((unsigned char)c);
	return is_text_char((unsigned char)c);
}

enum http_progress http_head_feed(struct http_head *head, const char *bytes, size_t length,
				  size_t *used)
{
	size_t taken = 0, start = 0;

	head->progress = HTTP_MORE;
	while (taken < length && head->progress == HTTP_MORE) {
		char c = bytes[taken];
		size_t at = head->text.length + (taken - start);

		if (!byte_is_acceptable(head, at, c)) {
			head->progress = HTTP_BAD;
			break;
		}
		if (at >= head->limit + head->separators) {
			head->progress = HTTP_TOO_LARGE;
			break;
		}
		taken++;
		head->after_cr = c == '\r';
		if (c != '\n')
			continue;
		buf_add(&head->text, bytes + start, taken - start);
		start = taken;
		head->separators += head->text.length - head->line > 2 ? 4 : 2;
		head->text.data[head->text.length - 2] = '\0';
		head->progress = take_line(head);
		head->line = head->text.length;
	}
	if (head->progress == HTTP_MORE)
		buf_add(&head->text, bytes + start, taken - start);
	*used = taken;
	return head->progress;
}

bool http_head_is_untouched(const struct http_head *head)
{
	return !head->has_start_line && head->text.length == 0;
}

const char *http_head_method(const struct http_head *head)
{
	return head->text.data + head->method;
}

const char *http_head_target(const struct http_head *head)
{
	return head->text.data + head->target;
}

const char *http_field_name(const struct http_head *head, size_t index)
{
	return head->text.data + head->fields[index].name;
}

const char *http_field_value(const struct http_head *head, size_t index)
{
	return head->text.data + head->fields[index].value;
}

const char *http_head_only(const struct http_head *head, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < head->field_count; i++) {
		if (strcmp(http_field_name(head, i), name) != 0)
			continue;
		if (value)
			return NULL;
		value = http_field_value(head, i);
	}
	return value;
}

bool http_field_is_forwarded(const struct http_head *head, size_t index)
{
	static const char *const own[] = {
		"connection", "keep-alive",  "proxy-authenticate", "proxy-authorization",
		"te",	      "trailer",     "proxy-connection",   "transfer-encoding",
		"upgrade",    "host",	     "content-length",
	};
	const char *name = http_field_name(head, index);

	for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
		if (strcmp(name, own[i]) == 0)
			return false;
	return !head->fields[index].is_named;
}
