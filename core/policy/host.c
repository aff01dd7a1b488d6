/* SPDX-License-Identifier: MIT */
/*
 * One spelling for every host. A resolver takes 0x7f.1, 127.0.0.1 and ::ffff:127.0.0.1 for one
 * machine, so lists are matched against what the WHATWG URL standard makes of a host: the form
 * that is judged is also the form that is dialled. What is not plainly a host is refused.
 */
#include "core/policy/host.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/policy/punycode.h"

#define IPV4_PARTS_MOST 4
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789._-"

static void format_ipv4(uint32_t address, char out[HOST_TEXT_SIZE])
{
	snprintf(out, HOST_TEXT_SIZE, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
		 address >> 8 & 255, address & 255);
}

/* The first of the longest runs of at least two zero groups, or length 0. */
static void find_zero_run(const unsigned groups[8], int *start, int *length)
{
	*start = -1;
	*length = 0;
	for (int i = 0; i < 8; i++) {
		int end = i;

		while (end < 8 && groups[end] == 0)
			end++;
		if (end - i >= 2 && end - i > *length) {
			*start = i;
			*length = end - i;
		}
		if (end > i)
			i = end - 1;
	}
}

/* inet_ntop() writes some addresses in dotted form; URLs never do. */
static void format_ipv6(const struct in6_addr *address, char out[HOST_TEXT_SIZE])
{
	const uint8_t *b = address->s6_addr;
	unsigned groups[8];
	int start, run;
	size_t used = 0;

	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
	find_zero_run(groups, &start, &run);
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			used += (size_t)snprintf(out + used, HOST_TEXT_SIZE - used, "::");
			i += run - 1;
			continue;
		}
		used += (size_t)snprintf(out + used, HOST_TEXT_SIZE - used, "%s%x",
					 i > 0 && i != start + run ? ":" : "", groups[i]);
	}
}

static bool parse_ipv6(const char *text, size_t length, char out[HOST_TEXT_SIZE])
{
	struct in6_addr address;
	char copy[INET6_ADDRSTRLEN];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (inet_pton(AF_INET6, copy, &address) != 1)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&address)) {
		const uint8_t *b = address.s6_addr + 12;

		format_ipv4((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
				    b[3],
			    out);
	} else {
		format_ipv6(&address, out);
	}
	return true;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* One part of an IPv4 address: decimal, 0octal or 0xhex (0x alone is zero). Saturates. */
static bool parse_ipv4_number(const char *part, size_t length, uint64_t *value)
{
	unsigned base = 10;

	if (length == 0)
		return false;
	if (length >= 2 && part[0] == '0' && part[1] == 'x') {
		base = 16;
		part += 2;
		length -= 2;
	} else if (length >= 2 && part[0] == '0') {
		base = 8;
		part++;
		length--;
	}
	*value = 0;
	for (size_t i = 0; i < length; i++) {
		int digit = digit_value(part[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		*value = *value * base + (unsigned)digit;
		if (*value > UINT32_MAX)
			*value = (uint64_t)UINT32_MAX + 1;
	}
	return true;
}

static bool ends_in_number(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;
	uint64_t value;

	if (*last && strspn(last, "0123456789") == strlen(last))
		return true;
	return parse_ipv4_number(last, strlen(last), &value);
}

static bool parse_ipv4(const char *name, char out[HOST_TEXT_SIZE])
{
	uint64_t parts[IPV4_PARTS_MOST], address;
	size_t count = 0;

	for (const char *part = name;; part++) {
		size_t length = strcspn(part, ".");

		if (count == IPV4_PARTS_MOST || !parse_ipv4_number(part, length, &parts[count]))
			return false;
		count++;
		part += length;
		if (!*part)
			break;
	}
	for (size_t i = 0; i + 1 < count; i++)
		if (parts[i] > 255)
			return false;
	/* The last part fills what the others leave. */
	if (parts[count - 1] >= UINT64_C(1) << 8 * (5 - count))
		return false;
	address = parts[count - 1];
	for (size_t i = 0; i + 1 < count; i++)
		address |= parts[i] << 8 * (3 - i);
	format_ipv4((uint32_t)address, out);
	return true;
}

/* True if the name has a label beyond ASCII, or one that claims to be punycode. */
static bool needs_idna(const char *lowered)
{
	for (const char *c = lowered; *c; c++) {
		if ((unsigned char)*c >= 0x80)
			return true;
		if ((c == lowered || c[-1] == '.') && strncmp(c, "xn--", 4) == 0)
			return true;
	}
	return false;
}

/*
 * Signs and pictures, which UTS 46 takes as they are and IDNA 2008, which libidn2 follows besides,
 * does not take at all. Names with them exist.
 */
static bool is_symbol(uint32_t code)
{
	static const struct {
		uint32_t low, high;
	} symbols[] = {
		{ 0x2190, 0x21ff },   { 0x2300, 0x2328 },   { 0x232b, 0x23ff },
		{ 0x2500, 0x27bf },   { 0x2900, 0x297f },   { 0x2b05, 0x2b07 },
		{ 0x2b1b, 0x2b1c },   { 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },
		{ 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f300, 0x1f64f },
		{ 0x1f680, 0x1f6d7 }, { 0x1f6e0, 0x1f6ec }, { 0x1f6f0, 0x1f6fc },
		{ 0x1f90c, 0x1f9ff },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++)
		if (code >= symbols[i].low && code <= symbols[i].high)
			return true;
	return false;
}

/* Letters, digits and - _ of ASCII, and at least one symbol. */
static bool is_symbol_label(const uint32_t *codes, size_t count)
{
	size_t symbols = 0;

	for (size_t i = 0; i < count; i++) {
		if (is_symbol(codes[i]))
			symbols++;
		else if (codes[i] >= 0x80 || !strchr(NAME_CHARACTERS, (int)codes[i]))
			return false;
	}
	return symbols > 0;
}

#define EMOJI_STYLE 0xfe0f /* how to draw what stands before it: no part of a name */

/* The label's characters; those of a name in punycode are decoded. */
static bool label_characters(const char *label, uint32_t codes[PUNYCODE_MOST], size_t *count)
{
	size_t length = strlen(label);

	*count = 0;
	if (strncmp(label, "xn--", 4) == 0)
		return punycode_decode(label + 4, codes, count);
	for (size_t i = 0; i < length;) {
		uint32_t code;

		i += utf8_decode(label + i, length - i, &code);
		if (code == EMOJI_STYLE)
			continue;
		if (*count == PUNYCODE_MOST)
			return false;
		codes[(*count)++] = code;
	}
	return true;
}

static bool encode_symbols(const char *label, struct buf *out)
{
	uint32_t codes[PUNYCODE_MOST];
	char encoded[PUNYCODE_MOST];
	size_t count;

	if (!label_characters(label, codes, &count) || !is_symbol_label(codes, count) ||
	    !punycode_encode(codes, count, encoded))
		return false;
	buf_addf(out, "xn--%s", encoded);
	return true;
}

/* What libidn2 makes of a label, which must be the same when it is taken for a label again. */
static bool encode_letters(const char *label, struct buf *out)
{
	const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
	char *ascii = NULL, *again = NULL;
	bool good = idn2_to_ascii_8z(label, &ascii, flags) == IDN2_OK && ascii;

	if (good && strncmp(ascii, "xn--", 4) == 0)
		good = idn2_to_ascii_8z(ascii, &again, flags) == IDN2_OK && again &&
		       strcmp(ascii, again) == 0;
	if (good)
		buf_adds(out, ascii);
	idn2_free(ascii);
	idn2_free(again);
	return good;
}

/* The dots of other scripts. */
static size_t wide_dot(const char *at)
{
	static const char *const dots[] = { "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1" };

	for (size_t i = 0; i < ARRAY_LENGTH(dots); i++)
		if (strncmp(at, dots[i], 3) == 0)
			return 3;
	return *at == '.' ? 1 : 0;
}

static bool add_label(struct buf *out, const char *label)
{
	if (!needs_idna(label)) {
		buf_adds(out, label);
		return true;
	}
	return encode_letters(label, out) || encode_symbols(label, out);
}

/*
 * UTS 46, non-transitional, in place. Label by label: a label of plain ASCII is taken as it is,
 * as the URL standard has it, whatever stands beside it.
 */
static bool apply_idna(char name[HOST_TEXT_SIZE])
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	char *label = name;

	if (!utf8_is_valid(name, strlen(name)))
		return false;
	for (char *at = name;; at++) {
		size_t dot = wide_dot(at);
		char kept = *at;

		if (kept && !dot)
			continue;
		*at = '\0';
		if (!add_label(&out, label))
			return false;
		if (!kept)
			break;
		buf_addc(&out, '.');
		at += dot - 1;
		label = at + 1;
	}
	if (out.length >= HOST_TEXT_SIZE)
		return false;
	snprintf(name, HOST_TEXT_SIZE, "%s", buf_text(&out));
	return true;
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = ascii_lower(*text);
}

/* ASCII that ends or breaks a host, and nothing beyond ASCII: IDNA has been applied. */
static bool has_forbidden(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c <= 0x20 || *c >= 0x7f || strchr("#/:<>?@[\\]^|%", *c))
			return true;
	return false;
}

static bool has_empty_label(const char *name)
{
	return name[0] == '\0' || name[0] == '.' || strstr(name, "..") ||
	       name[strlen(name) - 1] == '.';
}

static bool parse_name(const char *host, char out[HOST_TEXT_SIZE])
{
	char name[HOST_TEXT_SIZE];
	size_t length;

	snprintf(name, sizeof(name), "%s", host);
	if (strchr(name, '%'))
		return false;
	lower(name);
	if (needs_idna(name) && !apply_idna(name))
		return false;
	lower(name);
	if (!*name || has_forbidden(name))
		return false;
	length = strlen(name);
	if (name[length - 1] == '.')
		name[length - 1] = '\0';
	if (ends_in_number(name))
		return parse_ipv4(name, out);
	memcpy(out, name, strlen(name) + 1);
	return true;
}

bool host_parse(const char *host, char out[HOST_TEXT_SIZE])
{
	size_t length = strnlen(host, HOST_TEXT_SIZE);

	out[0] = '\0';
	if (length == 0 || length >= HOST_TEXT_SIZE)
		return false;
	if (host[0] == '[')
		return host[length - 1] == ']' && parse_ipv6(host + 1, length - 2, out);
	if (memchr(host, ':', length))
		return parse_ipv6(host, length, out);
	return parse_name(host, out);
}

bool host_canonical(const char *host, char out[HOST_TEXT_SIZE])
{
	if (!host_parse(host, out))
		return false;
	if (host_is_address(out))
		return true;
	if (strspn(out, NAME_CHARACTERS) == strlen(out) && !has_empty_label(out))
		return true;
	out[0] = '\0';
	return false;
}

bool host_is_address(const char *canonical)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, canonical, address) == 1 ||
	       inet_pton(AF_INET6, canonical, address) == 1;
}

bool host_is_below(const char *name, const char *domain, size_t *length)
{
	size_t name_length = strlen(name), domain_length = strlen(domain);

	if (name_length < domain_length + 2 || name[name_length - domain_length - 1] != '.' ||
	    strcmp(name + name_length - domain_length, domain) != 0)
		return false;
	*length = name_length - domain_length - 1;
	return true;
}

bool host_is_in(const char *name, const char *domain)
{
	size_t length;

	return strcmp(name, domain) == 0 || host_is_below(name, domain, &length);
}
