/* SPDX-License-Identifier: MIT */
/* Packets by hand: hexadecimal, a section a line. */
#include "core/net/dns_message.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/hex.h"
#include "tests/lib/unit.h"

/* www.Example.com */
#define WWW "03777777 074578616d706c65 03636f6d 00"
#define ONE_QUESTION "0001 0000 0000 0000"

#define L63 "3f 6161616161616161616161616161616161616161616161616161616161616161" \
	    "61616161616161616161616161616161616161616161616161616161616161"
#define L61 "3d 6161616161616161616161616161616161616161616161616161616161616161" \
	    "6161616161616161616161616161616161616161616161616161616161"
#define L62 "3e 6161616161616161616161616161616161616161616161616161616161616161" \
	    "616161616161616161616161616161616161616161616161616161616161"

static const struct {
	const char *why, *hex;
	int rcode; /* -1 = no answer at all */
	const char *name;
	unsigned type;
} queries[] = {
	{ "A", "1234 0100" ONE_QUESTION WWW "0001 0001", DNS_NOERROR, "www.Example.com", DNS_A },
	{ "the root", "1234 0100" ONE_QUESTION "00 0002 0001", DNS_NOERROR, "", 2 },
	{ "type 65", "1234 0100" ONE_QUESTION WWW "0041 0001", DNS_NOERROR, "www.Example.com", 65 },
	{ "EDNS", "1234 0100 0001 0000 0000 0001" WWW "001c 0001 00 0029 1000 00000000 0000",
	  DNS_NOERROR, "www.Example.com", DNS_AAAA },
	{ "EDNS with a cookie and padding",
	  "1234 0120 0001 0000 0000 0001" WWW
	  "0001 0001 00 0029 04d0 00008000 0012 000a 0008 0102030405060708 000c 0002 0000",
	  DNS_NOERROR, "www.Example.com", DNS_A },
	{ "a signature, its owner a pointer",
	  "1234 0100 0001 0000 0000 0001" WWW "0001 0001 c00c 00fa 00ff 00000000 0002 abcd",
	  DNS_NOERROR, "www.Example.com", DNS_A },
	{ "longest name",
	  "1234 0100" ONE_QUESTION L63 L63 L63 L61 "00 0001 0001", DNS_NOERROR, NULL, DNS_A },
	{ "nothing", "", -1, NULL, 0 },
	{ "half a header", "1234 0100 0001 0000 0000", -1, NULL, 0 },
	{ "an answer", "1234 8180" ONE_QUESTION WWW "0001 0001", -1, NULL, 0 },
	{ "an error", "1234 8181 0000 0000 0000 0000", -1, NULL, 0 },
	{ "no question", "1234 0100 0000 0000 0000 0000", DNS_FORMERR, NULL, 0 },
	{ "two questions", "1234 0100 0002 0000 0000 0000" WWW "0001 0001" WWW "001c 0001",
	  DNS_FORMERR, NULL, 0 },
	{ "a question with an answer", "1234 0100 0001 0001 0000 0000" WWW "0001 0001",
	  DNS_FORMERR, NULL, 0 },
	{ "a question with an authority", "1234 0100 0001 0000 0001 0000" WWW "0001 0001",
	  DNS_FORMERR, NULL, 0 },
	{ "a status request", "1234 1100" ONE_QUESTION WWW "0001 0001", DNS_NOTIMP, NULL, 0 },
	{ "a notification", "1234 2100" ONE_QUESTION WWW "0006 0001", DNS_NOTIMP, NULL, 0 },
	{ "an update", "1234 2800" ONE_QUESTION WWW "0006 0001", DNS_NOTIMP, NULL, 0 },
	{ "class CH", "1234 0100" ONE_QUESTION WWW "0010 0003", DNS_REFUSED, NULL, 0 },
	{ "class ANY", "1234 0100" ONE_QUESTION WWW "0001 00ff", DNS_REFUSED, NULL, 0 },
	{ "a zone transfer", "1234 0100" ONE_QUESTION WWW "00fc 0001", DNS_REFUSED, NULL, 0 },
	{ "an incremental one", "1234 0100" ONE_QUESTION WWW "00fb 0001", DNS_REFUSED, NULL, 0 },
	{ "OPT is no question", "1234 0100" ONE_QUESTION WWW "0029 0001", DNS_FORMERR, NULL, 0 },
	{ "a pointer to itself", "1234 0100" ONE_QUESTION "c00c 0001 0001", DNS_FORMERR, NULL, 0 },
	{ "a pointer behind a label", "1234 0100" ONE_QUESTION "0161 c00c 0001 0001", DNS_FORMERR,
	  NULL, 0 },
	{ "a label of an unknown kind", "1234 0100" ONE_QUESTION "4161 00 0001 0001", DNS_FORMERR,
	  NULL, 0 },
	{ "a label beyond the end", "1234 0100" ONE_QUESTION "0a 616263", DNS_FORMERR, NULL, 0 },
	{ "no end of the name", "1234 0100" ONE_QUESTION "03 616263", DNS_FORMERR, NULL, 0 },
	{ "no type", "1234 0100" ONE_QUESTION "03 616263 00", DNS_FORMERR, NULL, 0 },
	{ "half a class", "1234 0100" ONE_QUESTION "03 616263 00 0001 00", DNS_FORMERR, NULL, 0 },
	{ "a name of 256 bytes", "1234 0100" ONE_QUESTION L63 L63 L63 L62 "00 0001 0001",
	  DNS_FORMERR, NULL, 0 },
	{ "something behind it", "1234 0100" ONE_QUESTION WWW "0001 0001 00", DNS_FORMERR, NULL,
	  0 },
	{ "two OPT records",
	  "1234 0100 0001 0000 0000 0002" WWW "0001 0001 00 0029 1000 00000000 0000"
	  "00 0029 1000 00000000 0000",
	  DNS_FORMERR, NULL, 0 },
	{ "OPT of a name", "1234 0100 0001 0000 0000 0001" WWW
	  "0001 0001 0161 00 0029 1000 00000000 0000", DNS_FORMERR, NULL, 0 },
	{ "OPT cut short", "1234 0100 0001 0000 0000 0001" WWW "0001 0001 00 0029 1000 0000",
	  DNS_FORMERR, NULL, 0 },
	{ "OPT with data beyond the end",
	  "1234 0100 0001 0000 0000 0001" WWW "0001 0001 00 0029 1000 00000000 0004 0000",
	  DNS_FORMERR, NULL, 0 },
	{ "a missing additional record", "1234 0100 0001 0000 0000 0001" WWW "0001 0001",
	  DNS_FORMERR, NULL, 0 },
	{ "additional records without end", "1234 0100 0001 0000 0000 ffff" WWW "0001 0001",
	  DNS_FORMERR, NULL, 0 },
	{ "EDNS 1", "1234 0100 0001 0000 0000 0001" WWW "0001 0001 00 0029 1000 00010000 0000",
	  DNS_BADVERS, NULL, 0 },
};

START_TEST(queries_are_read_or_refused)
{
	uint8_t bytes[1024];
	size_t length = hex_bytes(queries[_i].hex, bytes, sizeof(bytes));
	struct dns_query query;
	bool is_answered = dns_query_parse(&query, bytes, length);

	ck_assert_msg(is_answered == (queries[_i].rcode >= 0), "%s", queries[_i].why);
	if (!is_answered)
		return;
	ck_assert_uint_eq(query.id, 0x1234);
	ck_assert_msg((int)query.rcode == queries[_i].rcode, "%s: %d", queries[_i].why,
		      (int)query.rcode);
	if (queries[_i].name)
		ck_assert_str_eq(query.name, queries[_i].name);
	if (queries[_i].type)
		ck_assert_uint_eq(query.type, queries[_i].type);
}
END_TEST

START_TEST(no_part_of_a_query_is_one)
{
	uint8_t bytes[1024];
	size_t length = hex_bytes("1234 0120 0001 0000 0000 0001" WWW
				  "0001 0001 00 0029 04d0 00008000 0006 000a 0002 0102",
				  bytes, sizeof(bytes));
	struct dns_query query;

	for (size_t i = 0; i < length; i++) {
		_cleanup_free_ uint8_t *part = xmalloc(i + 1);

		memcpy(part, bytes, i);
		ck_assert_msg(!dns_query_parse(&query, part, i) || query.rcode == DNS_FORMERR,
			      "%zu bytes", i);
	}
}
END_TEST

START_TEST(a_query_beyond_the_limit_is_malformed)
{
	uint8_t bytes[DNS_QUERY_MOST + 1] = { 0 };
	struct dns_query query;
	size_t used;

	/* A record of nothing fills it up. */
	used = hex_bytes("1234 0100 0001 0000 0000 0001" WWW "0001 0001 00 0029 1000 00000000",
			 bytes, sizeof(bytes));
	bytes[used] = (uint8_t)((DNS_QUERY_MOST - used - 2) >> 8);
	bytes[used + 1] = (uint8_t)(DNS_QUERY_MOST - used - 2);
	ck_assert(dns_query_parse(&query, bytes, DNS_QUERY_MOST));
	ck_assert_int_eq(query.rcode, DNS_NOERROR);
	bytes[used + 1]++;
	ck_assert(dns_query_parse(&query, bytes, DNS_QUERY_MOST + 1));
	ck_assert_int_eq(query.rcode, DNS_FORMERR);
	ck_assert_uint_eq(query.question_length, 0);
}
END_TEST

START_TEST(a_label_with_a_dot_is_no_plain_name)
{
	uint8_t bytes[64];
	struct dns_query query;
	size_t length = hex_bytes("1234 0100" ONE_QUESTION "03 612e62 00 0001 0001", bytes,
				  sizeof(bytes));

	ck_assert(dns_query_parse(&query, bytes, length));
	ck_assert(!query.name_is_plain);
	length = hex_bytes("1234 0100" ONE_QUESTION "03 610062 00 0001 0001", bytes, sizeof(bytes));
	ck_assert(dns_query_parse(&query, bytes, length));
	ck_assert(!query.name_is_plain);
	length = hex_bytes("1234 0100" ONE_QUESTION "03 615c62 00 0001 0001", bytes, sizeof(bytes));
	ck_assert(dns_query_parse(&query, bytes, length));
	ck_assert(query.name_is_plain);
}
END_TEST

/* What "no" carries: SOA of the root, TTL 5, serial 1 3600 600 86400, minimum 5. */
#define SOA "00 0006 0001 00000005 0016 00 00 00000001 00000e10 00000258 00015180 00000005"
#define OPT "00 0029 04d0 00000000 0000"

static const struct {
	const char *query;
	struct dns_answer answer;
	const char *expected;
} answers[] = {
	{ "1234 0100" ONE_QUESTION WWW "0001 0001",
	  { .type = DNS_A, .address = { 198, 18, 0, 1 } },
	  "1234 8180 0001 0001 0000 0000" WWW "0001 0001 c00c 0001 0001 00000005 0004 c6120001" },
	{ "abcd 0010" ONE_QUESTION WWW "001c 0001",
	  { .type = DNS_AAAA, .address = { 0xfd, 0, 0x53, 0x72, 0x74, [15] = 1 } },
	  "abcd 8090 0001 0001 0000 0000" WWW
	  "001c 0001 c00c 001c 0001 00000005 0010 fd005372740000000000000000000001" },
	{ "1234 0100 0001 0000 0000 0001" WWW "000c 0001 00 0029 1000 00008000 0000",
	  { .type = DNS_PTR, .target = "a.bc" },
	  "1234 8180 0001 0001 0000 0001" WWW
	  "000c 0001 c00c 000c 0001 00000005 0006 01 61 02 6263 00"
	  "00 0029 04d0 00008000 0000" },
	{ "1234 0100" ONE_QUESTION WWW "000f 0001", { .rcode = DNS_NOERROR },
	  "1234 8180 0001 0000 0001 0000" WWW "000f 0001" SOA },
	{ "1234 0100 0001 0000 0000 0001" WWW "000f 0001 00 0029 0000 00000000 0000",
	  { .rcode = DNS_NXDOMAIN },
	  "1234 8183 0001 0000 0001 0001" WWW "000f 0001" SOA OPT },
	{ "1234 0100" ONE_QUESTION WWW "0001 0001", { .rcode = DNS_SERVFAIL },
	  "1234 8182 0001 0000 0000 0000" WWW "0001 0001" },
	{ "1234 0100" ONE_QUESTION WWW "0001 0003", { .rcode = DNS_REFUSED },
	  "1234 8185 0001 0000 0000 0000" WWW "0001 0003" },
	{ "1234 0100 0000 0000 0000 0000", { .rcode = DNS_FORMERR },
	  "1234 8181 0000 0000 0000 0000" },
	{ "1234 2900" ONE_QUESTION WWW "0006 0001", { .rcode = DNS_NOTIMP },
	  "1234 a984 0000 0000 0000 0000" },
	{ "1234 0100 0001 0000 0000 0001" WWW "0001 0001 00 0029 1000 00010000 0000",
	  { .rcode = DNS_BADVERS },
	  "1234 8180 0001 0000 0000 0001" WWW "0001 0001 00 0029 04d0 01000000 0000" },
};

START_TEST(answers_are_written_byte_for_byte)
{
	uint8_t bytes[512], expected[512], out[DNS_ANSWER_MOST];
	size_t length = hex_bytes(answers[_i].query, bytes, sizeof(bytes)), wanted;
	struct dns_query query;

	ck_assert(dns_query_parse(&query, bytes, length));
	wanted = hex_bytes(answers[_i].expected, expected, sizeof(expected));
	length = dns_answer_write(&query, &answers[_i].answer, DNS_ANSWER_MOST, out);
	ck_assert_uint_eq(length, wanted);
	ck_assert_mem_eq(out, expected, wanted);
}
END_TEST

START_TEST(what_does_not_fit_is_left_out_and_said)
{
	static const char target[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct dns_answer answer = { .type = DNS_PTR, .target = target };
	uint8_t bytes[512], out[DNS_ANSWER_MOST];
	size_t length = hex_bytes("1234 0100 0001 0000 0000 0001" L63 L63 L63 L61
				  "00 000c 0001 00 0029 021c 00000000 0000",
				  bytes, sizeof(bytes));
	struct dns_query query;

	ck_assert(dns_query_parse(&query, bytes, length));
	ck_assert_uint_eq(dns_udp_limit(&query), 540);
	/* The record would fit, but not with OPT behind it: that and the question stay. */
	ck_assert_uint_eq(dns_answer_write(&query, &answer, dns_udp_limit(&query), out),
			  12 + 255 + 4 + 11);
	ck_assert_uint_eq(out[2], 0x83);
	ck_assert_uint_eq(out[7], 0);
	ck_assert_uint_eq(out[11], 1);
	ck_assert_uint_eq(dns_answer_write(&query, &answer, DNS_ANSWER_MOST, out),
			  12 + 255 + 4 + 12 + 253 + 11);
	ck_assert_uint_eq(out[2], 0x81);
	ck_assert_uint_eq(out[7], 1);
}
END_TEST

START_TEST(the_limit_over_udp_is_the_clients_within_bounds)
{
	static const struct {
		unsigned asked;
		size_t limit;
	} sizes[] = { { 0, 512 }, { 511, 512 }, { 512, 512 }, { 1000, 1000 }, { 1232, 1232 },
		      { 65535, DNS_ANSWER_MOST } };

	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
		_cleanup_free_ char *hex = xasprintf(
			"1234 0100 0001 0000 0000 0001" WWW "0001 0001 00 0029 %04x 00000000 0000",
			sizes[i].asked);
		uint8_t bytes[128];
		struct dns_query query;

		ck_assert(dns_query_parse(&query, bytes, hex_bytes(hex, bytes, sizeof(bytes))));
		ck_assert_uint_eq(dns_udp_limit(&query), sizes[i].limit);
	}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("dns_message");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, queries_are_read_or_refused, 0, ARRAY_LENGTH(queries));
	tcase_add_test(tc, no_part_of_a_query_is_one);
	tcase_add_test(tc, a_query_beyond_the_limit_is_malformed);
	tcase_add_test(tc, a_label_with_a_dot_is_no_plain_name);
	tcase_add_loop_test(tc, answers_are_written_byte_for_byte, 0, ARRAY_LENGTH(answers));
	tcase_add_test(tc, what_does_not_fit_is_left_out_and_said);
	tcase_add_test(tc, the_limit_over_udp_is_the_clients_within_bounds);
	suite_add_tcase(suite, tc);
	return suite;
}

RUN_SUITE(make_suite)
