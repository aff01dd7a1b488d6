/* SPDX-License-Identifier: MIT */
/*
 * A pattern becomes a small program for a machine that stands in many places at once
 * (Thompson's construction): one set of places is carried through the text, so neither a
 * hostile pattern nor a hostile path makes it slow. The set can be kept and copied, which lets
 * a walk carry it down a tree and leave out the branches where no place is left.
 */
#include "core/policy/glob.h"

#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"

enum operation {
	OP_CHAR,      /* just this character */
	OP_NOT_SLASH, /* any character but a slash */
	OP_ANY,	      /* any character */
	OP_SET,	      /* one out of ranges[first … first + count) */
	OP_SPLIT,     /* go on at the next place and at `target` */
	OP_JUMP,      /* go on at `target` */
	OP_MATCH,
};

struct instruction {
	enum operation operation;
	uint32_t value; /* OP_CHAR: the character; OP_SPLIT, OP_JUMP: target; OP_SET: first range */
	uint32_t count; /* OP_SET */
};

struct range {
	uint32_t low, high;
};

struct glob {
	struct instruction *code;
	size_t length, capacity;
	struct range *ranges;
	size_t range_count, range_capacity;
};

/* Bytes that are not UTF-8 are characters of their own, above all others. */
#define RAW_BYTE 0x110000u

static size_t next_character(const char *text, size_t length, uint32_t *code)
{
	size_t taken;

	if ((unsigned char)text[0] < 0x80) {
		*code = (unsigned char)text[0];
		return 1;
	}
	taken = utf8_decode(text, length, code);
	if (taken)
		return taken;
	*code = RAW_BYTE + (unsigned char)text[0];
	return 1;
}

bool glob_has_characters(const char *text)
{
	return strpbrk(text, "*?[]") != NULL;
}

char *glob_strip(const char *pattern)
{
	size_t length = strlen(pattern);

	while (length >= 3 && strncmp(pattern + length - 3, "/**", 3) == 0)
		length -= 3;
	return length ? xstrndup(pattern, length) : xstrdup("/");
}

static size_t emit(struct glob *glob, enum operation operation, uint32_t value)
{
	grow_array(glob->code, glob->length, glob->capacity);
	glob->code[glob->length] = (struct instruction){ .operation = operation, .value = value };
	return glob->length++;
}

static void emit_text(struct glob *glob, const char *text, size_t length)
{
	while (length) {
		uint32_t code;
		size_t taken = next_character(text, length, &code);

		emit(glob, OP_CHAR, code);
		text += taken;
		length -= taken;
	}
}

/* operation, any number of times */
static void emit_loop(struct glob *glob, enum operation operation)
{
	size_t split = emit(glob, OP_SPLIT, 0);

	emit(glob, operation, 0);
	emit(glob, OP_JUMP, (uint32_t)split);
	glob->code[split].value = (uint32_t)glob->length;
}

static void emit_directories(struct glob *glob)
{
	size_t skip = emit(glob, OP_SPLIT, 0);

	emit_loop(glob, OP_ANY);
	emit(glob, OP_CHAR, '/');
	glob->code[skip].value = (uint32_t)glob->length;
}

/*
 * A run of stars; two of them go with a slash behind it, and what is left of the run stands in
 * front of them. Returns how much of what follows the run is used up.
 */
static size_t emit_stars(struct glob *glob, size_t stars, bool slash)
{
	bool directories = stars >= 2 && slash;
	size_t rest = directories ? stars - 2 : stars;

	if (rest >= 2)
		emit_loop(glob, OP_ANY);
	else if (rest == 1)
		emit_loop(glob, OP_NOT_SLASH);
	if (directories)
		emit_directories(glob);
	return directories;
}

/* Reads the inside of a set into ranges. False where nothing can match it. */
static bool parse_set(struct glob *glob, const char *text, size_t length)
{
	size_t start = glob->range_count;

	while (length) {
		struct range range;
		size_t taken = next_character(text, length, &range.low);

		range.high = range.low;
		text += taken;
		length -= taken;
		if (length >= 2 && text[0] == '-') {
			taken = next_character(text + 1, length - 1, &range.high);
			text += taken + 1;
			length -= taken + 1;
		}
		if (range.low > range.high) {
			glob->range_count = start;
			return false;
		}
		grow_array(glob->ranges, glob->range_count, glob->range_capacity);
		glob->ranges[glob->range_count++] = range;
	}
	return glob->range_count > start;
}

/* The set, or else the brackets and what is between them as text. */
static void emit_set(struct glob *glob, const char *text, size_t length)
{
	size_t first = glob->range_count, split, set, jump;

	if (!parse_set(glob, text + 1, length - 2)) {
		emit_text(glob, text, length);
		return;
	}
	split = emit(glob, OP_SPLIT, 0);
	set = emit(glob, OP_SET, (uint32_t)first);
	glob->code[set].count = (uint32_t)(glob->range_count - first);
	jump = emit(glob, OP_JUMP, 0);
	glob->code[split].value = (uint32_t)glob->length;
	emit_text(glob, text, length);
	glob->code[jump].value = (uint32_t)glob->length;
}

struct glob *glob_compile(const char *pattern)
{
	struct glob *glob;
	const char *at = pattern;

	if (strlen(pattern) > GLOB_PATTERN_MOST)
		return NULL;
	glob = xcalloc(1, sizeof(*glob));
	while (*at) {
		size_t plain = strcspn(at, "*?[");
		const char *end;

		emit_text(glob, at, plain);
		at += plain;
		if (*at == '*') {
			size_t stars = strspn(at, "*");

			at += stars;
			at += emit_stars(glob, stars, *at == '/');
		} else if (*at == '?') {
			emit(glob, OP_NOT_SLASH, 0);
			at++;
		} else if (*at == '[') {
			end = strchr(at, ']');
			if (end) {
				emit_set(glob, at, (size_t)(end - at) + 1);
				at = end + 1;
			} else {
				emit(glob, OP_CHAR, '[');
				at++;
			}
		}
	}
	emit(glob, OP_MATCH, 0);
	return glob;
}

void glob_free(struct glob *glob)
{
	free(glob->code);
	free(glob->ranges);
	free(glob);
}

size_t glob_state_words(const struct glob *glob)
{
	return (glob->length + 63) / 64;
}

static bool is_in(const uint64_t *state, size_t place)
{
	return state[place / 64] >> (place % 64) & 1;
}

/* Adds a place and those that are reached from it without reading anything. */
static void add_place(const struct glob *glob, uint64_t *state, size_t place, uint32_t *stack)
{
	size_t depth = 0;

	stack[depth++] = (uint32_t)place;
	while (depth) {
		const struct instruction *at;

		place = stack[--depth];
		/* Each place is expanded once, so a stack of two entries a place is enough. */
		if (is_in(state, place))
			continue;
		state[place / 64] |= UINT64_C(1) << (place % 64);
		at = &glob->code[place];
		if (at->operation == OP_SPLIT) {
			stack[depth++] = at->value;
			stack[depth++] = (uint32_t)place + 1;
		} else if (at->operation == OP_JUMP) {
			stack[depth++] = at->value;
		}
	}
}

static bool takes(const struct glob *glob, const struct instruction *at, uint32_t code)
{
	switch (at->operation) {
	case OP_CHAR:
		return at->value == code;
	case OP_NOT_SLASH:
		return code != '/';
	case OP_ANY:
		return true;
	case OP_SET:
		for (size_t i = 0; i < at->count; i++) {
			const struct range *range = &glob->ranges[at->value + i];

			if (code >= range->low && code <= range->high)
				return true;
		}
		return false;
	case OP_SPLIT:
	case OP_JUMP:
	case OP_MATCH:
		return false;
	}
	return false;
}

#define WORDS_INLINE 16

void glob_start(const struct glob *glob, uint64_t *state)
{
	_cleanup_free_ uint32_t *stack = xmalloc((glob->length * 2 + 2) * sizeof(*stack));

	memset(state, 0, glob_state_words(glob) * sizeof(*state));
	add_place(glob, state, 0, stack);
}

void glob_feed(const struct glob *glob, const uint64_t *from, uint64_t *to, const char *text)
{
	size_t words = glob_state_words(glob);
	uint64_t inline_words[2 * WORDS_INLINE];
	uint32_t inline_stack[2 * 64 * WORDS_INLINE + 2];
	_cleanup_free_ void *block = NULL;
	uint64_t *now = inline_words, *next = inline_words + WORDS_INLINE;
	uint32_t *stack = inline_stack;
	size_t length = strlen(text);

	if (words > WORDS_INLINE) {
		block = xmalloc(2 * words * sizeof(*now) + (glob->length * 2 + 2) * sizeof(*stack));
		now = block;
		next = now + words;
		stack = (uint32_t *)(next + words);
	}
	memcpy(now, from, words * sizeof(*now));
	while (length) {
		uint32_t code;
		size_t taken = next_character(text, length, &code);
		uint64_t *swap = now;
		uint64_t any = 0;

		text += taken;
		length -= taken;
		memset(next, 0, words * sizeof(*next));
		for (size_t w = 0; w < words; w++) {
			any |= now[w];
			for (uint64_t rest = now[w]; rest; rest &= rest - 1) {
				size_t place = w * 64 + (size_t)__builtin_ctzll(rest);

				if (takes(glob, &glob->code[place], code))
					add_place(glob, next, place + 1, stack);
			}
		}
		now = next;
		next = swap;
		if (!any)
			break;
	}
	memcpy(to, now, words * sizeof(*to));
}

bool glob_alive(const struct glob *glob, const uint64_t *state)
{
	for (size_t w = 0; w < glob_state_words(glob); w++)
		if (state[w])
			return true;
	return false;
}

bool glob_accepts(const struct glob *glob, const uint64_t *state)
{
	return is_in(state, glob->length - 1);
}

bool glob_covers(const struct glob *glob, const char *path)
{
	_cleanup_free_ uint64_t *state = xmalloc(glob_state_words(glob) * sizeof(*state));
	_cleanup_free_ char *piece = xstrdup(path);
	char *at = piece;

	glob_start(glob, state);
	for (;;) {
		char *slash = at + (*at == '/');
		char kept;

		slash += strcspn(slash, "/");
		kept = *slash;
		*slash = '\0';
		glob_feed(glob, state, state, at);
		if (glob_accepts(glob, state))
			return true;
		if (!kept)
			return false;
		*slash = kept;
		at = slash;
	}
}
