/* SPDX-License-Identifier: MIT */
/*
 * JavaScript's expressions on PCRE2. Options bring most of the dialect over (references to groups
 * that took no part, empty classes, `$` at the very end only); the rest is written anew before it
 * is compiled, one item at a time. What only PCRE2 knows (verbs, recursion, atomic groups,
 * possessive quantifiers, inline options, POSIX classes, \Q, \K, \A and their kin) means
 * something else in JavaScript or nothing at all, and none of it gets through.
 *
 * Known to differ: `.` takes a whole character where JavaScript counts two halves, and what a group
 * took in one round of a loop is kept where JavaScript forgets it in the next: more is masked.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/policy/extract.h"

#include <pcre2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/policy/js_regex.h"

/* What \s and \S stand for, as the inside of a class. */
#define WHITE                                                                                      \
	"\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}"      \
	"\\x{3000}\\x{feff}"
#define NOT_WHITE                                                                                  \
	"\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-"          \
	"\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}"              \
	"\\x{ff00}-\\x{10ffff}"

#define EXPRESSION_MOST 16384
#define MATCH_LIMIT 2000000
#define DEPTH_LIMIT 20000
#define HEAP_LIMIT_KIB 32768

struct extract {
	pcre2_code *code;
	pcre2_match_context *context;
	bool repeated; /* the first group is, or is in, one that may be gone through twice */
};

struct translation {
	struct buf out;
	const char *at;
	struct strings names; /* of all groups that capture, "" where one has none */
	bool in_class;
	unsigned opened; /* groups that capture */
	long depth, holder; /* of the innermost open group that the first one is in, or was; 0: none */
	bool repeated;
	const char *error;
};

static bool is_capture(const char *parenthesis)
{
	return parenthesis[1] != '?' || (parenthesis[2] == '<' && parenthesis[3] != '=' &&
					 parenthesis[3] != '!');
}

/* A reference is one only if so many groups exist, wherever they stand. */
static void find_captures(struct translation *t)
{
	bool in_class = false;

	for (const char *at = t->at; *at; at++) {
		if (*at == '\\' && at[1]) {
			at++;
		} else if (in_class) {
			in_class = *at != ']';
		} else if (*at == '[') {
			in_class = true;
		} else if (*at == '(' && is_capture(at)) {
			if (at[1] == '?')
				strings_take(&t->names, xstrndup(at + 3, strcspn(at + 3, ">")));
			else
				strings_add(&t->names, "");
		}
	}
}

static void fail(struct translation *t, const char *error)
{
	if (!t->error)
		t->error = error;
}

static void emit_code(struct translation *t, uint32_t code)
{
	buf_addf(&t->out, "\\x{%x}", code);
}

/* A character that stands for itself. */
static void emit_literal(struct translation *t, char c)
{
	if ((unsigned char)c < 0x80 && strchr("\\^$.|?*+()[]{}-#&~", c))
		buf_addc(&t->out, '\\');
	buf_addc(&t->out, c);
}

/* Reads exactly so many hexadecimal digits. */
static bool read_hex(const char *at, int digits, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < digits; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return false;
		*code = *code * 16 + (uint32_t)digit;
	}
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void unicode_escape(struct translation *t)
{
	uint32_t code, low;

	if (!read_hex(t->at, 4, &code)) {
		emit_literal(t, 'u');
		return;
	}
	t->at += 4;
	if (code >= 0xd800 && code < 0xdc00 && t->at[0] == '\\' && t->at[1] == 'u' &&
	    read_hex(t->at + 2, 4, &low) && low >= 0xdc00 && low < 0xe000) {
		t->at += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		if (t->in_class)
			fail(t, "a surrogate pair in a class");
	} else if (code >= 0xd800 && code < 0xe000) {
		fail(t, "half of a surrogate pair");
	}
	emit_code(t, code);
}

/* A digit behind a backslash: a reference, else octal as long as it lasts, else itself. */
static void digit_escape(struct translation *t)
{
	unsigned long number = 0;
	const char *end = t->at;
	uint32_t code = 0;

	while (is_digit(*end) && number <= t->names.count)
		number = number * 10 + (unsigned long)(*end++ - '0');
	if (!t->in_class && *t->at != '0' && number <= t->names.count && !is_digit(*end)) {
		buf_addf(&t->out, "\\g{%lu}", number);
		t->at = end;
		return;
	}
	if (*t->at >= '8') {
		emit_literal(t, *t->at++);
		return;
	}
	for (int i = 0; i < 3 && *t->at >= '0' && *t->at <= '7' && code * 8 < 256; i++)
		code = code * 8 + (uint32_t)(*t->at++ - '0');
	emit_code(t, code);
}

static bool has_names(const struct translation *t)
{
	for (size_t i = 0; i < t->names.count; i++)
		if (*t->names.items[i])
			return true;
	return false;
}

/* By number: JavaScript's names are of characters that PCRE2's are not. */
static void name_reference(struct translation *t)
{
	size_t length = strcspn(t->at, ">");
	_cleanup_free_ char *name = NULL;

	if (!has_names(t)) {
		emit_literal(t, 'k');
		return;
	}
	name = xstrndup(t->at + (*t->at == '<'), length - (*t->at == '<'));
	for (size_t i = 0; *t->at == '<' && *name && i < t->names.count; i++)
		if (strcmp(t->names.items[i], name) == 0) {
			buf_addf(&t->out, "\\g{%zu}", i + 1);
			t->at += length + (t->at[length] == '>');
			return;
		}
	fail(t, "an invalid named reference");
}

static void control_escape(struct translation *t)
{
	char c = *t->at;

	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
		emit_code(t, (uint32_t)c % 32);
		t->at++;
	} else {
		buf_adds(&t->out, "\\\\c");
	}
}

/* Behind the backslash. */
static void translate_escape(struct translation *t)
{
	char c = *t->at;
	uint32_t code;

	if (!c) {
		fail(t, "a backslash at the end");
		return;
	}
	if (is_digit(c)) {
		digit_escape(t);
		return;
	}
	t->at++;
	if (c == 's' || c == 'S') {
		const char *set = c == 's' ? WHITE : NOT_WHITE;

		buf_addf(&t->out, t->in_class ? "%s" : "[%s]", set);
	} else if (strchr("dDwW", c) || (!t->in_class && strchr("bB", c))) {
		buf_addf(&t->out, "\\%c", c);
	} else if (strchr("fnrt", c)) {
		buf_addf(&t->out, "\\%c", c);
	} else if (c == 'v') {
		emit_code(t, 0x0b); /* PCRE2's is a class of its own */
	} else if (c == 'b') {
		emit_code(t, 0x08);
	} else if (c == 'x' && read_hex(t->at, 2, &code)) {
		t->at += 2;
		emit_code(t, code);
	} else if (c == 'u') {
		unicode_escape(t);
	} else if (c == 'c') {
		control_escape(t);
	} else if (c == 'k' && !t->in_class) {
		name_reference(t);
	} else {
		emit_literal(t, c); /* any other stands for itself */
	}
}

static bool is_class_escape(const char *at)
{
	return at[0] == '\\' && at[1] && strchr("dDsSwW", at[1]);
}

/* Behind the bracket. */
static void translate_class(struct translation *t)
{
	bool after_set = false;

	/* PCRE2 forgets what says how often. */
	if (*t->at == ']') {
		t->at++;
		buf_adds(&t->out, "(?:(?!))");
		return;
	}
	buf_addc(&t->out, '[');
	if (*t->at == '^')
		buf_addc(&t->out, *t->at++);
	t->in_class = true;
	while (*t->at && *t->at != ']' && !t->error) {
		bool set = is_class_escape(t->at);

		if (*t->at == '\\') {
			t->at++;
			translate_escape(t);
		} else if (*t->at == '-') {
			/* No range with a set at either end: the hyphen is one. */
			bool literal = after_set || is_class_escape(t->at + 1);

			buf_adds(&t->out, literal ? "\\-" : "-");
			t->at++;
		} else {
			emit_literal(t, *t->at++);
		}
		after_set = set;
	}
	t->in_class = false;
	if (*t->at++ != ']') {
		fail(t, "a class without its end");
		t->at--;
		return;
	}
	buf_addc(&t->out, ']');
}

/* Behind the parenthesis. */
static void translate_group(struct translation *t)
{
	static const char *const kinds[] = { "?:", "?=", "?!", "?<=", "?<!" };

	t->depth++;
	buf_addc(&t->out, '(');
	if (*t->at == '*')
		fail(t, "nothing to repeat");
	if (is_capture(t->at - 1) && ++t->opened == 1)
		t->holder = t->depth;
	if (*t->at != '?')
		return;
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (strncmp(t->at, kinds[i], strlen(kinds[i])) == 0) {
			buf_adds(&t->out, kinds[i]);
			t->at += strlen(kinds[i]);
			return;
		}
	if (t->at[1] != '<' || is_digit(t->at[2])) {
		fail(t, "an invalid group");
		return;
	}
	t->at += strcspn(t->at, ">");
	if (*t->at++ != '>') {
		fail(t, "an invalid group");
		t->at--;
	}
}

/* The length of "{2}", "{2,}" or "{2,3}"; 0 where the brace is one. */
static size_t count_length(const char *at)
{
	const char *start = at;
	size_t digits;

	if (*at++ != '{')
		return 0;
	digits = strspn(at, "0123456789");
	if (!digits)
		return 0;
	at += digits;
	if (*at == ',')
		at += 1 + strspn(at + 1, "0123456789");
	return *at == '}' ? (size_t)(at + 1 - start) : 0;
}

/* A quantifier that lets what stands before it come twice. */
static bool repeats(const char *at)
{
	const char *comma;

	if (*at == '*' || *at == '+')
		return true;
	if (!count_length(at))
		return false;
	comma = at + 1 + strspn(at + 1, "0123456789");
	return *comma != ',' ? strtoul(at + 1, NULL, 10) > 1 :
			       comma[1] == '}' || strtoul(comma + 1, NULL, 10) > 1;
}

/* Behind the parenthesis. */
static void end_group(struct translation *t)
{
	buf_addc(&t->out, ')');
	if (t->holder && t->depth == t->holder) {
		t->repeated |= repeats(t->at);
		t->holder--;
	}
	t->depth--;
}

static void translate_quantifier(struct translation *t, size_t length)
{
	buf_add(&t->out, t->at, length);
	t->at += length;
	if (*t->at == '?')
		buf_addc(&t->out, *t->at++);
	if (*t->at == '+' || *t->at == '*' || *t->at == '?' || count_length(t->at))
		fail(t, "nothing to repeat");
}

static void translate(struct translation *t)
{
	while (*t->at && !t->error) {
		size_t count = count_length(t->at);

		if (count || strchr("*+?", *t->at)) {
			translate_quantifier(t, count ? count : 1);
			continue;
		}
		switch (*t->at++) {
		case '\\':
			translate_escape(t);
			break;
		case '[':
			translate_class(t);
			break;
		case '(':
			translate_group(t);
			break;
		case ')':
			end_group(t);
			break;
		case '.':
			buf_adds(&t->out, "[^\\n\\r\\x{2028}\\x{2029}]");
			break;
		case '{':
		case '}':
		case ']':
			emit_literal(t, t->at[-1]);
			break;
		default:
			buf_addc(&t->out, t->at[-1]);
		}
	}
}

static pcre2_code *compile(const struct buf *text, struct err *e)
{
	const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
				 PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS |
				 PCRE2_NEVER_BACKSLASH_C;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_UCHAR words[160];
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	if (!context)
		abort(); /* out of memory */
	pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	code = pcre2_compile((PCRE2_SPTR)buf_text(text), text->length, options, &error, &offset,
			     context);
	pcre2_compile_context_free(context);
	if (!code) {
		pcre2_get_error_message(error, words, sizeof(words));
		err_set(e, "extract is not supported: %s", (const char *)words);
	}
	return code;
}

struct extract *extract_new(const char *expression, struct err *e)
{
	struct translation t = { .out = BUF_EMPTY, .at = expression, .names = STRINGS_EMPTY };
	struct extract *extract = NULL;
	pcre2_code *code = NULL;
	const char *fault;
	size_t groups;

	if (strlen(expression) > EXPRESSION_MOST) {
		err_set(e, "extract is not supported: longer than %d bytes",
			EXPRESSION_MOST);
		return NULL;
	}
	fault = js_regex_fault(expression, &groups);
	if (fault) {
		err_set(e, "extract is not supported: %s", fault);
		return NULL;
	}
	find_captures(&t);
	translate(&t);
	if (t.error)
		err_set(e, "extract is not supported: %s", t.error);
	else
		code = compile(&t.out, e);
	if (code && !t.names.count) {
		err_set(e, "extract must contain at least one capturing group");
		pcre2_code_free(code);
		code = NULL;
	}
	if (code) {
		extract = xcalloc(1, sizeof(*extract));
		extract->code = code;
		extract->repeated = t.repeated;
		extract->context = pcre2_match_context_create(NULL);
		if (!extract->context)
			abort(); /* out of memory */
		pcre2_set_match_limit(extract->context, MATCH_LIMIT);
		pcre2_set_depth_limit(extract->context, DEPTH_LIMIT);
		pcre2_set_heap_limit(extract->context, HEAP_LIMIT_KIB);
	}
	buf_free(&t.out);
	strings_free(&t.names);
	return extract;
}

void extract_free(struct extract *extract)
{
	if (!extract)
		return;
	pcre2_match_context_free(extract->context);
	pcre2_code_free(extract->code);
	free(extract);
}

/* Behind an empty match: the next character begins there. */
static size_t step_over(const char *text, size_t length, size_t at)
{
	do {
		at++;
	} while (at < length && ((unsigned char)text[at] & 0xc0) == 0x80);
	return at;
}

int extract_find(const struct extract *extract, const char *text, size_t length, size_t from,
		 struct extract_match *match, struct err *e)
{
	pcre2_match_data *data;
	const PCRE2_SIZE *at;
	bool lost = false;
	int found;

	if (from > length)
		return 0;
	data = pcre2_match_data_create_from_pattern(extract->code, NULL);
	if (!data)
		abort(); /* out of memory */
	found = pcre2_match(extract->code, (PCRE2_SPTR)text, length, from, 0, data,
			    extract->context);
	if (found > 0) {
		at = pcre2_get_ovector_pointer(data);
		*match = (struct extract_match){ .offset = at[0], .start = at[2], .end = at[3] };
		if (found < 2 || at[2] == PCRE2_UNSET)
			match->start = match->end = SIZE_MAX;
		lost = extract->repeated && match->start == match->end && at[1] > at[0] &&
		       match->start != SIZE_MAX;
		match->next = at[1] > at[0] ? at[1] : step_over(text, length, at[1]);
		/* A look-behind can only narrow what lies behind the last match. */
		if (match->next <= from)
			match->next = step_over(text, length, from);
	}
	pcre2_match_data_free(data);
	/* PCRE2 goes through a loop once more for nothing, where JavaScript keeps what was taken. */
	if (lost)
		return err_set(e, "the first group, which is repeated, took nothing at the end");
	if (found > 0)
		return 1;
	if (found == PCRE2_ERROR_NOMATCH)
		return 0;
	return err_set(e, "the search takes too long or too much memory (PCRE2 error %d)", found);
}
