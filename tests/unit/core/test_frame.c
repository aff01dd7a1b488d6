/* SPDX-License-Identifier: MIT */
#include "core/net/frame.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define MACS "020000000001" "020000000002"
#define FOUR(protocol, fragment) MACS "0800" "4500003c0001" fragment "40" protocol "0000" "c613ff02" "c6120007"
#define SIX(next) MACS "86dd" "600000000014" next "40" "fd00537274ff00000000000000000002" "fd005372740000000000000000000007"
#define SYN "c001" "01bb" "00000000" "00000000" "5002" "ffff"
#define SYN_ACK "c001" "01bb" "00000000" "00000000" "5012" "ffff"

static const struct {
	const char *hex;
	bool good;
	int protocol, port, from_port;
	const char *to;
} frames[] = {
	{ FOUR("06", "4000") SYN, true, IPPROTO_TCP, 443, 49153, "198.18.0.7" },
	{ FOUR("06", "4000") SYN_ACK, false, 0, 0, 0, NULL },
	{ FOUR("06", "4000") "c00101bb", false, 0, 0, 0, NULL },
	{ FOUR("11", "4000") "c001003500080000", true, IPPROTO_UDP, 53, 49153, "198.18.0.7" },
	{ FOUR("11", "0001") "c001003500080000", false, 0, 0, 0, NULL },
	{ FOUR("11", "2000") "c001003500080000", true, IPPROTO_UDP, 53, 49153, "198.18.0.7" },
	{ FOUR("01", "4000") "0800", true, IPPROTO_ICMP, 0, 0, "198.18.0.7" },
	{ FOUR("01", "4000") "0303", false, 0, 0, 0, NULL },
	{ FOUR("01", "4000"), false, 0, 0, 0, NULL },
	{ FOUR("84", "4000") "c00101bb", false, 0, 0, 0, NULL },
	{ SIX("06") SYN, true, IPPROTO_TCP, 443, 49153, "fd00:5372:7400::7" },
	{ SIX("11") "c00101bb00080000", true, IPPROTO_UDP, 443, 49153, "fd00:5372:7400::7" },
	{ SIX("3a") "8000", true, IPPROTO_ICMPV6, 0, 0, "fd00:5372:7400::7" },
	{ SIX("00") "c00101bb", false, 0, 0, 0, NULL },
	{ MACS "0806" "0001", false, 0, 0, 0, NULL },
	{ MACS "0800" "46", false, 0, 0, 0, NULL },
	{ "", false, 0, 0, 0, NULL },
};

static size_t from_hex(unsigned char out[256], const char *hex)
{
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length; i++) {
		unsigned byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		out[i] = (unsigned char)byte;
	}
	return length;
}

START_TEST(frame_is_read)
{
	unsigned char bytes[256];
	size_t length = from_hex(bytes, frames[_i].hex);
	char text[INET6_ADDRSTRLEN] = "";
	struct frame frame;

	ck_assert_int_eq(frame_parse(&frame, bytes, length), frames[_i].good);
	if (!frames[_i].good)
		return;
	ck_assert_int_eq(frame.protocol, frames[_i].protocol);
	ck_assert_int_eq(frame.port, frames[_i].port);
	ck_assert_int_eq(frame.from_port, frames[_i].from_port);
	if (frame.to.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&frame.to)->sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&frame.to)->sin6_addr, text, sizeof(text));
	ck_assert_str_eq(text, frames[_i].to);
}
END_TEST

/* Every cut of a good frame is taken or not, but never read beyond its end (seen by sanitizers). */
START_TEST(cut_frame_is_no_harm)
{
	unsigned char bytes[256];
	size_t length = from_hex(bytes, frames[_i].hex);

	for (size_t cut = 0; cut <= length; cut++) {
		_cleanup_free_ unsigned char *copy = xmalloc(cut + 1);
		struct frame frame;

		memcpy(copy, bytes, cut);
		copy = xrealloc(copy, cut ? cut : 1, 1);
		frame_parse(&frame, copy, cut);
	}
}
END_TEST

static Suite *frame_suite(void)
{
	Suite *suite = suite_create("frame");
	TCase *tests = tcase_create("frame");

	tcase_add_loop_test(tests, frame_is_read, 0, ARRAY_LENGTH(frames));
	tcase_add_loop_test(tests, cut_frame_is_no_harm, 0, ARRAY_LENGTH(frames));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(frame_suite)
