/* SPDX-License-Identifier: MIT */
#include "core/net/ip.h"

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	const char *range, *address;
	bool covers;
} ranges[] = {
	{ "10.0.0.0/8", "10.255.0.1", true },
	{ "10.0.0.0/8", "11.0.0.1", false },
	{ "10.0.0.0/8", "::ffff:10.0.0.1", true },
	{ "::ffff:10.0.0.0/104", "10.0.0.1", true },
	{ "::ffff:10.0.0.0/95", "10.0.0.1", false }, /* malformed */
	{ "172.16.0.0/12", "172.31.255.255", true },
	{ "172.16.0.0/12", "172.32.0.0", false },
	{ "0.0.0.0/0", "255.255.255.255", true },
	{ "0.0.0.0/0", "::1", false },
	{ "::/0", "::1", true },
	{ "::/0", "1.2.3.4", true },
	{ "fe80::/10", "febf::1", true },
	{ "fe80::/10", "fec0::1", false },
	{ "1.2.3.4", "1.2.3.4", true },
	{ "1.2.3.4", "1.2.3.5", false },
	{ "::1", "::1", true },
	{ "1.2.3.4/32/1", "1.2.3.4", false },
	{ "1.2.3.4/0032", "1.2.3.4", false },
	{ "1.2.3.4/", "1.2.3.4", false },
	{ "[::1]", "::1", false },
	{ "a.test", "1.2.3.4", false },
};

START_TEST(ranges_cover_addresses_in_either_spelling)
{
	struct ip ip;

	ck_assert(ip_from_text(&ip, ranges[_i].address));
	ck_assert_msg(ip_in(&ip, ranges[_i].range) == ranges[_i].covers, "%s in %s",
		      ranges[_i].address, ranges[_i].range);
}
END_TEST

static Suite *ip_suite(void)
{
	Suite *suite = suite_create("ip");
	TCase *tests = tcase_create("ip");

	tcase_add_loop_test(tests, ranges_cover_addresses_in_either_spelling, 0,
			    (int)ARRAY_LENGTH(ranges));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(ip_suite)
