/* SPDX-License-Identifier: MIT */
#include "tui/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

enum field {
	FIELD_TEXT, /* a word alone */
	FIELD_OBJECT,
	FIELD_PATH,
	FIELD_HOST,
	FIELD_WHY,
	FIELD_RULE,
	FIELD_EXE,
	FIELD_SERVER,
	FIELD_CALL,
	FIELD_KIND,
	FIELD_VERDICT,
	FIELD_SESSION, /* from here on numbers */
	FIELD_PORT,
	FIELD_PID,
	FIELD_COUNT,
	FIELD_FIELDS
};

static const char *const field_names[FIELD_FIELDS] = {
	[FIELD_OBJECT] = "object",   [FIELD_PATH] = "path",	  [FIELD_HOST] = "host",
	[FIELD_WHY] = "why",	     [FIELD_RULE] = "rule",	  [FIELD_EXE] = "exe",
	[FIELD_SERVER] = "server",   [FIELD_CALL] = "call",	  [FIELD_KIND] = "kind",
	[FIELD_VERDICT] = "verdict", [FIELD_SESSION] = "session", [FIELD_PORT] = "port",
	[FIELD_PID] = "pid",	     [FIELD_COUNT] = "count",
};

enum comparison { CONTAINS, IS, IS_NOT, LESS, MORE, AT_MOST, AT_LEAST, OPERATORS };

static const struct {
	const char *text;
	enum comparison comparison;
} operators[] = { { "!=", IS_NOT }, { "<=", AT_MOST }, { ">=", AT_LEAST }, { "~", CONTAINS },
		  { "=", IS },	    { "<", LESS },     { ">", MORE } };

enum node_type { NODE_AND, NODE_OR, NODE_NOT, NODE_KINDS, NODE_VERDICTS, NODE_STRING, NODE_NUMBER };

struct node {
	enum node_type type;
	int left, right; /* AND, OR; NOT: left */
	unsigned set;	 /* KINDS, VERDICTS: one bit each */
	enum field field;
	enum comparison comparison;
	char *text; /* STRING, in lower case */
	uint64_t number;
};

struct filter {
	struct node nodes[FILTER_NODES_MOST];
	int count, root; /* root -1 = everything */
};

/* --- reading --- */

struct reader {
	struct filter *filter;
	const char *text;
	size_t at;
	int depth;
	struct err *e;
};

static int wrong(struct reader *r, const char *what)
{
	return err_set(r->e, "%s (column %zu)", what, r->at + 1);
}

static void skip_spaces(struct reader *r)
{
	while (r->text[r->at] == ' ' || r->text[r->at] == '\t')
		r->at++;
}

static int add_node(struct reader *r, const struct node *node)
{
	struct filter *filter = r->filter;

	if (filter->count == FILTER_NODES_MOST)
		return wrong(r, "too long");
	filter->nodes[filter->count] = *node;
	return filter->count++;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool ends_word(char c)
{
	return c == '\0' || strchr(" \t&|()!~=<>\"", c) != NULL;
}

/* A word, or anything in quotes, in lower case. Caller frees; NULL with *e. */
static char *read_word(struct reader *r, bool *quoted)
{
	size_t start = r->at, length = 0;
	char *word;

	*quoted = r->text[r->at] == '"';
	if (*quoted) {
		const char *end = strchr(r->text + ++start, '"');

		if (end == NULL) {
			wrong(r, "a quote that does not end");
			return NULL;
		}
		length = (size_t)(end - r->text) - start;
		r->at = start + length + 1;
	} else {
		while (!ends_word(r->text[r->at]))
			r->at++;
		length = r->at - start;
		if (length == 0) {
			wrong(r, r->text[r->at] == '\0' ? "something is missing at the end"
							: "a word is missing");
			return NULL;
		}
	}
	word = xstrndup(r->text + start, length);
	for (char *c = word; *c != '\0'; c++)
		*c = lower(*c);
	return word;
}

#define BIT(kind) (1u << ACCESS_##kind)
#define NET (BIT(CONNECT) | BIT(DNS) | BIT(BIND) | BIT(UNIX))
#define FILE_KINDS (BIT(READ) | BIT(WRITE) | BIT(EXEC))

static bool class_of(const char *word, struct node *node)
{
	enum access_kind kind;
	enum verdict verdict;

	if (access_kind_parse(word, &kind))
		*node = (struct node){ .type = NODE_KINDS, .set = 1u << kind };
	else if (strcmp(word, "net") == 0)
		*node = (struct node){ .type = NODE_KINDS, .set = NET };
	else if (strcmp(word, "file") == 0)
		*node = (struct node){ .type = NODE_KINDS, .set = FILE_KINDS };
	else if (verdict_parse(word, &verdict))
		*node = (struct node){ .type = NODE_VERDICTS, .set = 1u << verdict };
	else
		return false;
	return true;
}

static bool operator_at(struct reader *r, enum comparison *comparison)
{
	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(r->text + r->at, operators[i].text, length) == 0) {
			*comparison = operators[i].comparison;
			r->at += length;
			return true;
		}
	}
	return false;
}

static int field_of(const char *word)
{
	for (int i = 0; i < FIELD_FIELDS; i++)
		if (field_names[i] != NULL && strcmp(field_names[i], word) == 0)
			return i;
	return -1;
}

static int number_test(struct reader *r, struct node *node, const char *value)
{
	char *end;

	if (node->comparison == CONTAINS)
		return wrong(r, "a number is compared with = != < > <= or >=");
	errno = 0;
	node->type = NODE_NUMBER;
	node->number = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0)
		return wrong(r, "not a number");
	return add_node(r, node);
}

/* `kind=net`, `verdict!=allow`. */
static int class_test(struct reader *r, enum comparison comparison, enum node_type type,
		      const char *value)
{
	struct node node;
	int inner;

	if (comparison != IS && comparison != IS_NOT)
		return wrong(r, "kind and verdict are compared with = or !=");
	if (!class_of(value, &node) || node.type != type)
		return wrong(r, type == NODE_KINDS ? "not a kind of access" : "not a verdict");
	inner = add_node(r, &node);
	if (inner < 0 || comparison == IS)
		return inner;
	return add_node(r, &(struct node){ .type = NODE_NOT, .left = inner });
}

static int field_test(struct reader *r, const char *name, enum comparison comparison)
{
	struct node node = { .type = NODE_STRING, .comparison = comparison };
	int field = field_of(name), result;
	_cleanup_free_ char *value = NULL;
	bool quoted;

	if (field < 0)
		return wrong(r, "there is no such field");
	node.field = (enum field)field;
	skip_spaces(r);
	value = read_word(r, &quoted);
	if (value == NULL)
		return -1;
	if (node.field == FIELD_KIND || node.field == FIELD_VERDICT)
		return class_test(r, comparison,
				  node.field == FIELD_KIND ? NODE_KINDS : NODE_VERDICTS, value);
	if (node.field >= FIELD_SESSION)
		return number_test(r, &node, value);
	if (comparison >= LESS)
		return wrong(r, "text is compared with ~ = or !=");
	node.text = value;
	result = add_node(r, &node);
	if (result >= 0)
		value = NULL;
	return result;
}

static int read_test(struct reader *r)
{
	struct node node = { .type = NODE_STRING, .field = FIELD_TEXT };
	_cleanup_free_ char *word = NULL;
	enum comparison comparison;
	bool quoted;
	size_t behind;
	int result;

	word = read_word(r, &quoted);
	if (word == NULL)
		return -1;
	behind = r->at;
	skip_spaces(r);
	/* "a != b" is a comparison, "a !b" are two tests. */
	if (!quoted && operator_at(r, &comparison))
		return field_test(r, word, comparison);
	r->at = behind;
	if (!quoted && class_of(word, &node))
		return add_node(r, &node);
	node.text = word;
	result = add_node(r, &node);
	if (result >= 0)
		word = NULL;
	return result;
}

static int read_or(struct reader *r);

static int read_not(struct reader *r)
{
	int inner;

	skip_spaces(r);
	if (r->text[r->at] != '!' && r->text[r->at] != '(')
		return read_test(r);
	if (++r->depth > FILTER_DEPTH_MOST)
		return wrong(r, "too deep");
	if (r->text[r->at++] == '!') {
		inner = read_not(r);
		if (inner >= 0)
			inner = add_node(r, &(struct node){ .type = NODE_NOT, .left = inner });
	} else {
		inner = read_or(r);
		if (inner < 0)
			return -1;
		skip_spaces(r);
		if (r->text[r->at] != ')')
			return wrong(r, "a parenthesis that does not end");
		r->at++;
	}
	r->depth--;
	return inner;
}

static int join(struct reader *r, enum node_type type, int left, int right)
{
	if (left < 0 || right < 0)
		return -1;
	return add_node(r, &(struct node){ .type = type, .left = left, .right = right });
}

static int read_and(struct reader *r)
{
	int left = read_not(r);

	while (left >= 0) {
		char next;

		skip_spaces(r);
		next = r->text[r->at];
		if (next == '\0' || next == '|' || next == ')')
			break;
		if (next == '&')
			r->at++;
		left = join(r, NODE_AND, left, read_not(r));
	}
	return left;
}

static int read_or(struct reader *r)
{
	int left = read_and(r);

	while (left >= 0) {
		skip_spaces(r);
		if (r->text[r->at] != '|')
			break;
		r->at++;
		left = join(r, NODE_OR, left, read_and(r));
	}
	return left;
}

struct filter *filter_parse(const char *text, struct err *e)
{
	struct filter *filter = xcalloc(1, sizeof(*filter));
	struct reader r = { .filter = filter, .text = text, .e = e };

	filter->root = -1;
	skip_spaces(&r);
	if (text[r.at] == '\0')
		return filter;
	filter->root = strlen(text) <= FILTER_MOST ? read_or(&r) : wrong(&r, "too long");
	if (filter->root >= 0 && text[r.at] != '\0')
		filter->root = wrong(&r, "a parenthesis too many");
	if (filter->root >= 0)
		return filter;
	filter_free(filter);
	return NULL;
}

void filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	for (int i = 0; i < filter->count; i++)
		free(filter->nodes[i].text);
	free(filter);
}

/* --- matching --- */

/* Where `part` begins with this very byte. */
static bool contains_from(const char *text, const char *end, char first, const char *part)
{
	while (text < end && (text = memchr(text, first, (size_t)(end - text))) != NULL) {
		size_t i = 1;

		while (part[i] != '\0' && text + i < end && lower(text[i]) == part[i])
			i++;
		if (part[i] == '\0')
			return true;
		text++;
	}
	return false;
}

/* memchr() looks at many bytes at once, and most texts have no part that begins alike. */
static bool contains(const char *text, const char *end, const char *part)
{
	char first = part[0];

	if (first == '\0')
		return true;
	return contains_from(text, end, first, part) ||
	       (first >= 'a' && first <= 'z' && contains_from(text, end, (char)(first - 32), part));
}

bool filter_contains(const char *text, const char *part)
{
	return text != NULL && contains(text, text + strlen(text), part);
}

bool filter_finds(const struct access_event *event, const char *part)
{
	return filter_contains(event->object, part) || filter_contains(event->why, part) ||
	       filter_contains(event->exe, part) ||
	       filter_contains(access_kind_name(event->kind), part);
}

static bool is(const char *text, size_t length, const char *part)
{
	for (size_t i = 0; i < length; i++)
		if (part[i] == '\0' || lower(text[i]) != part[i])
			return false;
	return part[length] == '\0';
}

/* The object without the port; NULL for files. */
static const char *host_of(const struct access_event *event, size_t *length)
{
	const char *object = event->object, *colon;

	if (object == NULL || access_is_file(event->kind) || event->kind == ACCESS_UNIX)
		return NULL;
	colon = event->kind == ACCESS_DNS ? NULL : strrchr(object, ':');
	*length = colon != NULL ? (size_t)(colon - object) : strlen(object);
	return object;
}

static const char *string_of(const struct access_event *event, enum field field, size_t *length)
{
	const char *text = NULL;

	switch (field) {
	case FIELD_HOST:
		return host_of(event, length);
	case FIELD_PATH:
		text = access_is_file(event->kind) || event->kind == ACCESS_UNIX ? event->object
										 : NULL;
		break;
	case FIELD_OBJECT:
		text = event->object;
		break;
	case FIELD_WHY:
		text = event->why;
		break;
	case FIELD_RULE:
		text = event->rule;
		break;
	case FIELD_EXE:
		text = event->exe;
		break;
	case FIELD_SERVER:
		text = event->server;
		break;
	default:
		text = event->syscall;
	}
	*length = text != NULL ? strlen(text) : 0;
	return text;
}

static bool string_matches(const struct node *node, const struct access_event *event)
{
	size_t length;
	const char *text;

	if (node->field == FIELD_TEXT)
		return filter_finds(event, node->text);
	text = string_of(event, node->field, &length);
	if (text == NULL)
		return node->comparison == IS_NOT && node->field != FIELD_HOST &&
		       node->field != FIELD_PATH;
	if (node->comparison == CONTAINS)
		return contains(text, text + length, node->text);
	return is(text, length, node->text) == (node->comparison == IS);
}

static bool number_matches(const struct node *node, const struct access_event *event,
			   unsigned session)
{
	uint64_t value = 0, wanted = node->number;
	size_t length;

	if (node->field == FIELD_SESSION)
		value = session;
	else if (node->field == FIELD_PID)
		value = event->pid > 0 ? (uint64_t)event->pid : 0;
	else if (node->field == FIELD_COUNT)
		value = event->count;
	else if (host_of(event, &length) != NULL && event->object[length] == ':')
		value = strtoull(event->object + length + 1, NULL, 10);
	else
		return false;
	switch (node->comparison) {
	case IS:
		return value == wanted;
	case IS_NOT:
		return value != wanted;
	case LESS:
		return value < wanted;
	case MORE:
		return value > wanted;
	case AT_MOST:
		return value <= wanted;
	default:
		return value >= wanted;
	}
}

static bool node_matches(const struct filter *filter, int index, const struct access_event *event,
			 unsigned session)
{
	const struct node *node = &filter->nodes[index];

	switch (node->type) {
	case NODE_AND:
		return node_matches(filter, node->left, event, session) &&
		       node_matches(filter, node->right, event, session);
	case NODE_OR:
		return node_matches(filter, node->left, event, session) ||
		       node_matches(filter, node->right, event, session);
	case NODE_NOT:
		return !node_matches(filter, node->left, event, session);
	case NODE_KINDS:
		return (node->set & 1u << event->kind) != 0;
	case NODE_VERDICTS:
		return (node->set & 1u << event->verdict) != 0;
	case NODE_STRING:
		return string_matches(node, event);
	case NODE_NUMBER:
		return number_matches(node, event, session);
	}
	return false;
}

bool filter_is_empty(const struct filter *filter)
{
	return filter == NULL || filter->root < 0;
}

enum answer { NO, MAYBE, YES };

/* What can be said of an event of which only these two are known. */
static enum answer node_can_match(const struct filter *filter, int index, int kind, int verdict)
{
	const struct node *node = &filter->nodes[index];
	enum answer left, right;

	switch (node->type) {
	case NODE_AND:
	case NODE_OR:
		left = node_can_match(filter, node->left, kind, verdict);
		right = node_can_match(filter, node->right, kind, verdict);
		if (node->type == NODE_AND)
			return left < right ? left : right;
		return left > right ? left : right;
	case NODE_NOT:
		return (enum answer)(YES - node_can_match(filter, node->left, kind, verdict));
	case NODE_KINDS:
		return node->set & 1u << kind ? YES : NO;
	case NODE_VERDICTS:
		return node->set & 1u << verdict ? YES : NO;
	default:
		return MAYBE;
	}
}

void filter_bounds(const struct filter *filter, unsigned *kinds, unsigned *verdicts)
{
	*kinds = *verdicts = 0;
	for (int kind = 0; kind < ACCESS_KIND_COUNT; kind++)
		for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
			if (filter_is_empty(filter) ||
			    node_can_match(filter, filter->root, kind, verdict) != NO) {
				*kinds |= 1u << kind;
				*verdicts |= 1u << verdict;
			}
}

bool filter_matches(const struct filter *filter, const struct access_event *event, unsigned session)
{
	return filter_is_empty(filter) ||
	       node_matches(filter, filter->root, event, session);
}
