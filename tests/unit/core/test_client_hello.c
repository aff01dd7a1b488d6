/* SPDX-License-Identifier: MIT */
/* ClientHellos by hand: hexadecimal, taken apart by their layers. */
#include "core/net/client_hello.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/hex.h"
#include "tests/lib/unit.h"

/* Version, random, no session, two suites (one GREASE), no compression: 43 bytes. */
#define HELLO                                                                                      \
	"0303 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                    \
	"00 0004 0a0a1301 01 00"
/* host.example: 12 bytes, in a list of 15, in an extension of 17 (21 with its header). */
#define SNI "0000 0011 000f 00 000c 686f73742e6578616d706c65"
#define GREASE "1a1a 0000" "5a5a 0001 00"
#define ECH "fe0d 0004 00000000"

static const struct {
	const char *why, *hex;
	enum client_hello_progress progress;
	const char *host;
	bool has_ech;
} hellos[] = {
	{ "a name", "16 0301 0046 01 000042" HELLO "0015" SNI, CLIENT_HELLO_HOST, "host.example",
	  false },
	{ "other extensions around it",
	  "16 0303 0057 01 000053" HELLO "0026" GREASE SNI "0010 0004 0002 0168",
	  CLIENT_HELLO_HOST, "host.example", false },
	{ "two handshake records", "16 0301 0005 01 00004203 16 0301 0041 03"
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	  "00 0004 0a0a1301 01 00 0015" SNI, CLIENT_HELLO_HOST, "host.example", false },
	{ "a record a byte of the header",
	  "16 0301 0001 01 16 0301 0001 00 16 0301 0001 00 16 0301 0001 42 16 0301 0042" HELLO
	  "0015" SNI, CLIENT_HELLO_HOST, "host.example", false },
	{ "something behind it", "16 0301 0046 01 000042" HELLO "0015" SNI "14 0303 0001 01",
	  CLIENT_HELLO_HOST, "host.example", false },
	{ "something behind it in its record", "16 0301 0048 01 000042" HELLO "0015" SNI "0200",
	  CLIENT_HELLO_HOST, "host.example", false },
	{ "ECH beside it", "16 0301 004e 01 00004a" HELLO "001d" ECH SNI, CLIENT_HELLO_HOST,
	  "host.example", true },
	{ "a session to resume",
	  "16 0301 0048 01 000044 0303"
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	  "02 abcd 0004 0a0a1301 01 00 0015" SNI, CLIENT_HELLO_HOST, "host.example", false },
	{ "capitals and the root's dot",
	  "16 0301 0046 01 000042" HELLO "0015" "0000 0011 000f 00 000c 484F53542e4578616d70652e",
	  CLIENT_HELLO_HOST, "host.exampe", false },
	{ "an address, though none may stand there",
	  "16 0301 003d 01 000039" HELLO "000c 0000 0008 0006 00 0003 31 2e 31",
	  CLIENT_HELLO_HOST, "1.0.0.1", false },
	{ "a name of another kind first",
	  "16 0301 004b 01 000047" HELLO "001a 0000 0016 0014 07 0002 abcd"
	  "00 000c 686f73742e6578616d706c65", CLIENT_HELLO_HOST, "host.example", false },

	{ "no extensions at all", "16 0301 002f 01 00002b" HELLO, CLIENT_HELLO_NONE, "", false },
	{ "an empty list of them", "16 0301 0031 01 00002d" HELLO "0000", CLIENT_HELLO_NONE, "",
	  false },
	{ "GREASE alone", "16 0301 003a 01 000036" HELLO "0009" GREASE, CLIENT_HELLO_NONE, "",
	  false },
	{ "ECH alone", "16 0301 0039 01 000035" HELLO "0008" ECH, CLIENT_HELLO_NONE, "", true },
	{ "only a name of another kind",
	  "16 0301 003c 01 000038" HELLO "000b 0000 0007 0005 07 0002 abcd", CLIENT_HELLO_NONE, "",
	  false },

	{ "nothing", "", CLIENT_HELLO_MORE, "", false },
	{ "one byte", "16", CLIENT_HELLO_MORE, "", false },
	{ "a record's header", "16 0301 0046", CLIENT_HELLO_MORE, "", false },
	{ "half a message", "16 0301 0046 01 000042 0303", CLIENT_HELLO_MORE, "", false },
	{ "the next record to come", "16 0301 0005 01 00004203", CLIENT_HELLO_MORE, "", false },

	{ "HTTP", "47 4554 202f", CLIENT_HELLO_NOT_TLS, "", false },
	{ "SSH", "5353 482d", CLIENT_HELLO_NOT_TLS, "", false },
	{ "an SSL 2.0 hello", "80 2e 01 0002", CLIENT_HELLO_NOT_TLS, "", false },
	{ "an alert", "15 0301 0002 0100", CLIENT_HELLO_NOT_TLS, "", false },
	{ "another major version", "16 0201 0046", CLIENT_HELLO_NOT_TLS, "", false },
	{ "an empty record", "16 0301 0000", CLIENT_HELLO_NOT_TLS, "", false },
	{ "a record beyond the limit", "16 0301 4001", CLIENT_HELLO_NOT_TLS, "", false },
	{ "a server's hello", "16 0301 0046 02", CLIENT_HELLO_NOT_TLS, "", false },

	{ "a message beyond the limit", "16 0301 0046 01 003ffd", CLIENT_HELLO_BAD, "", false },
	{ "one far beyond it", "16 0301 0046 01 ffffff", CLIENT_HELLO_BAD, "", false },
	{ "an empty record inside", "16 0301 0001 01 16 0301 0000", CLIENT_HELLO_BAD, "", false },
	{ "an alert inside", "16 0301 0001 01 15 0301 0002 0100", CLIENT_HELLO_BAD, "", false },
	{ "an empty message", "16 0301 0004 01 000000", CLIENT_HELLO_BAD, "", false },
	{ "the message shorter than its parts", "16 0301 0046 01 000041" HELLO "0015" SNI,
	  CLIENT_HELLO_BAD, "", false },
	{ "the message longer than its parts", "16 0301 0047 01 000043" HELLO "0015" SNI "00",
	  CLIENT_HELLO_BAD, "", false },
	{ "extensions shorter than theirs", "16 0301 0046 01 000042" HELLO "0014" SNI,
	  CLIENT_HELLO_BAD, "", false },
	{ "an extension beyond the end",
	  "16 0301 0046 01 000042" HELLO "0015 0000 0012 000f 00 000c 686f73742e6578616d706c65",
	  CLIENT_HELLO_BAD, "", false },
	{ "a list beyond its extension",
	  "16 0301 0046 01 000042" HELLO "0015 0000 0011 0010 00 000c 686f73742e6578616d706c65",
	  CLIENT_HELLO_BAD, "", false },
	{ "a list short of its extension",
	  "16 0301 0046 01 000042" HELLO "0015 0000 0011 000e 00 000c 686f73742e6578616d706c65",
	  CLIENT_HELLO_BAD, "", false },
	{ "a name beyond its list",
	  "16 0301 0046 01 000042" HELLO "0015 0000 0011 000f 00 000d 686f73742e6578616d706c65",
	  CLIENT_HELLO_BAD, "", false },
	{ "a name short of its list",
	  "16 0301 0046 01 000042" HELLO "0015 0000 0011 000f 00 000b 686f73742e6578616d706c65",
	  CLIENT_HELLO_BAD, "", false },
	{ "an empty name", "16 0301 003a 01 000036" HELLO "0009 0000 0005 0003 00 0000",
	  CLIENT_HELLO_BAD, "", false },
	{ "an empty list of names", "16 0301 0037 01 000033" HELLO "0006 0000 0002 0000",
	  CLIENT_HELLO_BAD, "", false },
	{ "a server's empty extension", "16 0301 0035 01 000031" HELLO "0004 0000 0000",
	  CLIENT_HELLO_BAD, "", false },
	{ "NUL in the name",
	  "16 0301 0046 01 000042" HELLO "0015 0000 0011 000f 00 000c 686f737400657861 6d706c65",
	  CLIENT_HELLO_BAD, "", false },
	{ "a name that is no host",
	  "16 0301 0046 01 000042" HELLO "0015 0000 0011 000f 00 000c 686f737420657861 6d706c65",
	  CLIENT_HELLO_BAD, "", false },
	{ "two names",
	  "16 0301 004b 01 000047" HELLO "001a 0000 0016 0014 00 0002 6162"
	  "00 000c 686f73742e6578616d706c65", CLIENT_HELLO_BAD, "", false },
	{ "two lists", "16 0301 005b 01 000057" HELLO "002a" SNI SNI, CLIENT_HELLO_BAD, "", false },
	{ "a session beyond the limit",
	  "16 0301 0047 01 000043 0303"
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	  "21 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
	  CLIENT_HELLO_BAD, "", false },
	{ "half a cipher suite",
	  "16 0301 002e 01 00002a 0303"
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	  "00 0003 0a0a13 01 00", CLIENT_HELLO_BAD, "", false },
};

static enum client_hello_progress feed(struct client_hello *hello, const uint8_t *bytes,
				       size_t length, size_t step)
{
	client_hello_init(hello);
	for (size_t at = 0; at < length; at += step)
		client_hello_feed(hello, (const char *)bytes + at,
				  length - at < step ? length - at : step);
	return hello->progress;
}

START_TEST(a_hello_tells_its_host_however_it_is_split)
{
	const size_t steps[] = { 1, 2, 3, 7, 1 << 20 };
	uint8_t bytes[512];
	size_t length = hex_bytes(hellos[_i].hex, bytes, sizeof(bytes));

	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		struct client_hello hello;
		enum client_hello_progress progress = feed(&hello, bytes, length, steps[i]);

		ck_assert_msg(progress == hellos[_i].progress, "%s in steps of %zu: %d",
			      hellos[_i].why, steps[i], (int)progress);
		ck_assert_str_eq(hello.host, hellos[_i].host);
		ck_assert_msg(progress == CLIENT_HELLO_BAD || hello.has_ech == hellos[_i].has_ech,
			      "%s", hellos[_i].why);
		client_hello_free(&hello);
	}
}
END_TEST

START_TEST(every_part_of_a_hello_wants_more)
{
	uint8_t bytes[512];
	size_t length = hex_bytes(hellos[0].hex, bytes, sizeof(bytes));

	for (size_t i = 0; i < length; i++) {
		struct client_hello hello;

		ck_assert_int_eq(feed(&hello, bytes, i, 512), CLIENT_HELLO_MORE);
		client_hello_free(&hello);
	}
}
END_TEST

/* The largest message, as an unknown extension makes it: `excess` bytes more than are taken. */
static enum client_hello_progress feed_large(size_t excess, size_t record, bool *has_host)
{
	struct buf message = BUF_EMPTY, stream = BUF_EMPTY;
	size_t body = CLIENT_HELLO_MOST - 4 + excess, extensions, length;
	enum client_hello_progress progress;
	struct client_hello hello;
	uint8_t bytes[128];

	length = hex_bytes("01 000000" HELLO "0000" SNI "1234 0000", bytes, sizeof(bytes));
	bytes[2] = (uint8_t)(body >> 8);
	bytes[3] = (uint8_t)body;
	extensions = body - 45;
	bytes[47] = (uint8_t)(extensions >> 8);
	bytes[48] = (uint8_t)extensions;
	bytes[length - 2] = (uint8_t)((extensions - 25) >> 8);
	bytes[length - 1] = (uint8_t)(extensions - 25);
	buf_add(&message, bytes, length);
	while (message.length < 4 + body)
		buf_addc(&message, 0);
	for (size_t at = 0; at < message.length; at += record) {
		size_t piece = message.length - at < record ? message.length - at : record;
		const char header[] = { 22, 3, 1, (char)(piece >> 8), (char)piece };

		buf_add(&stream, header, sizeof(header));
		buf_add(&stream, message.data + at, piece);
	}
	progress = feed(&hello, (const uint8_t *)stream.data, stream.length, 1000);
	*has_host = strcmp(hello.host, "host.example") == 0;
	ck_assert_uint_le(hello.message.length, CLIENT_HELLO_MOST + 16384);
	client_hello_free(&hello);
	buf_free(&message);
	buf_free(&stream);
	return progress;
}

START_TEST(sizes_are_bounded)
{
	bool has_host;

	ck_assert_int_eq(feed_large(0, 16384, &has_host), CLIENT_HELLO_HOST);
	ck_assert(has_host);
	ck_assert_int_eq(feed_large(0, 500, &has_host), CLIENT_HELLO_HOST);
	ck_assert_int_eq(feed_large(1, 16384, &has_host), CLIENT_HELLO_BAD);
	/* Records of a byte make six bytes of one: too many before the message ends. */
	ck_assert_int_eq(feed_large(0, 1, &has_host), CLIENT_HELLO_BAD);
	ck_assert(!has_host);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("client_hello");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, a_hello_tells_its_host_however_it_is_split, 0,
			    ARRAY_LENGTH(hellos));
	tcase_add_test(tc, every_part_of_a_hello_wants_more);
	tcase_add_test(tc, sizes_are_bounded);
	suite_add_tcase(suite, tc);
	return suite;
}

RUN_SUITE(make_suite)
