/* SPDX-License-Identifier: MIT */
#include "core/policy/punycode.h"

#include <string.h>

/* The parameters of RFC 3492, section 5. */
#define BASE 36u
#define T_MIN 1u
#define T_MAX 26u
#define SKEW 38u
#define DAMP 700u
#define INITIAL_BIAS 72u
#define INITIAL_CODE 0x80u

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t rounds = 0;

	delta /= first ? DAMP : 2;
	delta += delta / points;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; rounds += BASE)
		delta /= BASE - T_MIN;
	return rounds + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t position, uint32_t bias)
{
	if (position <= bias)
		return T_MIN;
	return position - bias > T_MAX ? T_MAX : position - bias;
}

static bool put(char out[PUNYCODE_MOST], size_t *used, char c)
{
	if (*used + 1 >= PUNYCODE_MOST)
		return false;
	out[(*used)++] = c;
	return true;
}

static bool put_number(char out[PUNYCODE_MOST], size_t *used, uint32_t number, uint32_t bias)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (uint32_t position = BASE;; position += BASE) {
		uint32_t t = threshold(position, bias);

		if (number < t)
			return put(out, used, digits[number]);
		if (!put(out, used, digits[t + (number - t) % (BASE - t)]))
			return false;
		number = (number - t) / (BASE - t);
	}
}

static uint32_t next_code(const uint32_t *codes, size_t count, uint32_t least)
{
	uint32_t next = UINT32_MAX;

	for (size_t i = 0; i < count; i++)
		if (codes[i] >= least && codes[i] < next)
			next = codes[i];
	return next;
}

bool punycode_encode(const uint32_t *codes, size_t count, char out[PUNYCODE_MOST])
{
	uint32_t bias = INITIAL_BIAS, code = INITIAL_CODE;
	size_t used = 0, basic, done;
	uint64_t delta = 0;

	if (count > PUNYCODE_MOST)
		return false;
	for (size_t i = 0; i < count; i++)
		if (codes[i] < INITIAL_CODE && !put(out, &used, (char)codes[i]))
			return false;
	basic = done = used;
	if (basic && !put(out, &used, '-'))
		return false;
	for (; done < count; delta++, code++) {
		uint32_t next = next_code(codes, count, code);

		delta += (uint64_t)(next - code) * (done + 1);
		code = next;
		for (size_t i = 0; i < count; i++) {
			delta += codes[i] < code;
			if (codes[i] != code)
				continue;
			if (!put_number(out, &used, (uint32_t)delta, bias))
				return false;
			bias = adapt((uint32_t)delta, (uint32_t)done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
	out[used] = '\0';
	return true;
}

static uint32_t digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0') + 26;
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? (uint32_t)(c - 'a') : BASE;
}

/* Adds a number to *index. False where it ends early, is no number or is too large. */
static bool take_number(const char **text, uint32_t bias, uint64_t *index)
{
	uint64_t weight = 1;

	for (uint32_t position = BASE;; position += BASE) {
		uint32_t t = threshold(position, bias), digit = digit_of(**text);

		if (digit == BASE)
			return false;
		(*text)++;
		*index += digit * weight;
		if (*index > UINT32_MAX)
			return false;
		if (digit < t)
			return true;
		weight *= BASE - t;
		if (weight > UINT32_MAX)
			return false;
	}
}

bool punycode_decode(const char *text, uint32_t codes[PUNYCODE_MOST], size_t *count)
{
	const char *dash = strrchr(text, '-');
	uint32_t bias = INITIAL_BIAS;
	uint64_t index = 0, code = INITIAL_CODE;
	size_t known = 0;
	bool first = true;

	if (strlen(text) >= PUNYCODE_MOST)
		return false;
	for (; dash && text < dash; text++)
		codes[known++] = (unsigned char)*text;
	if (dash)
		text++;
	while (*text) {
		uint64_t before = index;

		if (known == PUNYCODE_MOST || !take_number(&text, bias, &index))
			return false;
		known++;
		bias = adapt((uint32_t)(index - before), (uint32_t)known, first);
		first = false;
		code += index / known;
		index %= known;
		if (code > 0x10ffff)
			return false;
		memmove(codes + index + 1, codes + index, (known - 1 - index) * sizeof(*codes));
		codes[index++] = (uint32_t)code;
	}
	*count = known;
	return true;
}
