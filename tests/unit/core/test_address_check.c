/* SPDX-License-Identifier: MIT */
#include "core/net/address_check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage out = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		memcpy(&out, &in, sizeof(in));
	} else {
		ck_assert_msg(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1, "%s", text);
		memcpy(&out, &in6, sizeof(in6));
	}
	return out;
}

static enum address_class check(const struct address_rules *rules, const char *name, int port,
				const char *text)
{
	struct sockaddr_storage a = address(text);

	return address_check(rules, name, port, (const struct sockaddr *)&a);
}

static const struct {
	const char *address;
	enum address_class class;
} classes[] = {
	{ "93.184.216.34", ADDRESS_PERMITTED },
	{ "10.1.2.3", ADDRESS_PERMITTED },
	{ "172.16.0.1", ADDRESS_PERMITTED },
	{ "192.168.1.1", ADDRESS_PERMITTED },
	{ "100.64.0.1", ADDRESS_PERMITTED },
	{ "2001:db8::1", ADDRESS_PERMITTED },
	{ "fd12::1", ADDRESS_PERMITTED },
	{ "127.0.0.1", ADDRESS_LOOPBACK },
	{ "127.255.255.255", ADDRESS_LOOPBACK },
	{ "128.0.0.0", ADDRESS_PERMITTED },
	{ "::1", ADDRESS_LOOPBACK },
	{ "0.0.0.0", ADDRESS_UNSPECIFIED },
	{ "0.1.2.3", ADDRESS_UNSPECIFIED },
	{ "::", ADDRESS_UNSPECIFIED },
	{ "169.254.169.254", ADDRESS_LINK_LOCAL },
	{ "169.253.255.255", ADDRESS_PERMITTED },
	{ "fe80::1", ADDRESS_LINK_LOCAL },
	{ "febf::1", ADDRESS_LINK_LOCAL },
	{ "fec0::1", ADDRESS_PERMITTED },
	{ "224.0.0.1", ADDRESS_MULTICAST },
	{ "239.255.255.255", ADDRESS_MULTICAST },
	{ "240.0.0.1", ADDRESS_PERMITTED },
	{ "ff02::1", ADDRESS_MULTICAST },
	{ "255.255.255.255", ADDRESS_BROADCAST },
	{ "100.100.100.200", ADDRESS_METADATA },
	{ "168.63.129.16", ADDRESS_METADATA },
	{ "192.0.0.192", ADDRESS_METADATA },
	{ "fd00:ec2::254", ADDRESS_METADATA },
	{ "fd00:ec3::254", ADDRESS_PERMITTED },
	{ "fd20:ce::254", ADDRESS_METADATA },
	{ "fd00:c1::a9fe:a9fe", ADDRESS_METADATA },
	{ "fd00:42::42", ADDRESS_METADATA },
	{ "fd00:a9fe:a9fe::1", ADDRESS_METADATA },
	{ "fd00:100::100:200", ADDRESS_METADATA },
	{ "203.0.113.7", ADDRESS_OWN },
	{ "2001:db8:1::7", ADDRESS_OWN },
	/* the same in other clothes */
	{ "::ffff:127.0.0.1", ADDRESS_LOOPBACK },
	{ "::ffff:203.0.113.7", ADDRESS_OWN },
	{ "::127.0.0.1", ADDRESS_LOOPBACK },
	{ "::ffff:0:169.254.169.254", ADDRESS_LINK_LOCAL },
	{ "64:ff9b::7f00:1", ADDRESS_LOOPBACK },
	{ "64:ff9b::8.8.8.8", ADDRESS_PERMITTED },
	{ "64:ff9b:1::7f00:1", ADDRESS_PERMITTED },
	{ "2002:7f00:1::", ADDRESS_LOOPBACK },
	{ "2002:a9fe:a9fe::1", ADDRESS_LINK_LOCAL },
	{ "2002:808:808::1", ADDRESS_PERMITTED },
};

START_TEST(addresses_of_an_outside_name_are_classed)
{
	struct sockaddr_storage own[] = { address("203.0.113.7"), address("2001:db8:1::7") };
	struct address_rules rules = { .own = own, .own_count = ARRAY_LENGTH(own) };
	enum address_class class = check(&rules, "outside.test", 443, classes[_i].address);

	ck_assert_msg(class == classes[_i].class, "%s: %s", classes[_i].address,
		      address_class_words(class));
}
END_TEST

START_TEST(localhost_is_loopback_and_nothing_else)
{
	struct address_rules rules = { 0 };

	ck_assert_int_eq(check(&rules, "localhost", 80, "127.0.0.1"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "localhost", 80, "::1"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "a.localhost", 80, "127.0.0.9"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "localhost", 80, "10.0.0.1"), ADDRESS_NOT_LOOPBACK);
	ck_assert_int_eq(check(&rules, "a.localhost", 80, "2002:7f00:1::"), ADDRESS_NOT_LOOPBACK);
	ck_assert_int_eq(check(&rules, "notlocalhost", 80, "127.0.0.1"), ADDRESS_LOOPBACK);
	ck_assert_int_eq(check(&rules, ".localhost", 80, "127.0.0.1"), ADDRESS_LOOPBACK);
}
END_TEST

START_TEST(literals_of_the_lists_decide_first_and_by_port)
{
	_cleanup_strings_ struct strings allowed = STRINGS_EMPTY, denied = STRINGS_EMPTY;
	struct address_rules rules = { .allowed = &allowed, .denied = &denied };

	strings_add(&allowed, "127.0.0.1:8080");
	strings_add(&allowed, "[::1]");
	strings_add(&allowed, "*.example.test");
	strings_add(&denied, "10.0.0.1");
	strings_add(&denied, "[2001:db8::1]:443");
	strings_add(&denied, "[::1]:9");
	strings_add(&denied, "*:7");

	ck_assert_int_eq(check(&rules, "x.test", 8080, "127.0.0.1"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "x.test", 8080, "::ffff:127.0.0.1"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "x.test", 8081, "127.0.0.1"), ADDRESS_LOOPBACK);
	ck_assert_int_eq(check(&rules, "x.test", 80, "::1"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "localhost", 9, "::1"), ADDRESS_DENY_LISTED);
	ck_assert_int_eq(check(&rules, "x.test", 80, "10.0.0.1"), ADDRESS_DENY_LISTED);
	ck_assert_int_eq(check(&rules, "x.test", 80, "64:ff9b::a00:1"), ADDRESS_DENY_LISTED);
	ck_assert_int_eq(check(&rules, "x.test", 443, "2001:db8::1"), ADDRESS_DENY_LISTED);
	ck_assert_int_eq(check(&rules, "x.test", 444, "2001:db8::1"), ADDRESS_PERMITTED);
	/* "*" is about names */
	ck_assert_int_eq(check(&rules, "x.test", 7, "93.184.216.34"), ADDRESS_PERMITTED);
	/* an allowed IPv4 does not open the ways around it */
	ck_assert_int_eq(check(&rules, "x.test", 8080, "64:ff9b::7f00:1"), ADDRESS_LOOPBACK);
}
END_TEST

static const struct {
	const char *entry, *address;
	bool listed;
} ranges[] = {
	{ "10.0.0.0/8", "10.255.0.1", true },
	{ "10.0.0.0/8", "11.0.0.1", false },
	{ "10.0.0.0/9", "10.128.0.0", false },
	{ "10.1.2.3", "10.1.2.3", true },
	{ "10.1.2.3", "10.1.2.4", false },
	{ "0.0.0.0/0", "8.8.8.8", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::ffff:10.0.0.0/104", "10.9.9.9", true },
	{ "2001:db8::/32", "2001:db8:ffff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "10.0.0.0/8", "64:ff9b::a01:203", true },
	/* what cannot be read denies all */
	{ "10.0.0.0/33", "8.8.8.8", true },
	{ "10.0.0.0/x", "8.8.8.8", true },
	{ "nonsense", "8.8.8.8", true },
};

START_TEST(listed_ranges_are_denied)
{
	_cleanup_strings_ struct strings entries = STRINGS_EMPTY;
	struct address_rules rules = { .denied_addresses = &entries };

	strings_add(&entries, ranges[_i].entry);
	ck_assert_msg((check(&rules, "x.test", 80, ranges[_i].address) == ADDRESS_LISTED) ==
			      ranges[_i].listed,
		      "%s in %s", ranges[_i].address, ranges[_i].entry);
}
END_TEST

START_TEST(allowing_local_addresses_opens_loopback_and_own_ones_only)
{
	struct sockaddr_storage own[] = { address("203.0.113.7") };
	struct address_rules rules = { .own = own, .own_count = 1, .allow_local = true };

	ck_assert_int_eq(check(&rules, "x.test", 80, "127.0.0.1"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "x.test", 80, "::1"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "x.test", 80, "203.0.113.7"), ADDRESS_PERMITTED);
	ck_assert_int_eq(check(&rules, "x.test", 80, "169.254.169.254"), ADDRESS_LINK_LOCAL);
	ck_assert_int_eq(check(&rules, "x.test", 80, "0.0.0.0"), ADDRESS_UNSPECIFIED);
	ck_assert_int_eq(check(&rules, "x.test", 80, "100.100.100.200"), ADDRESS_METADATA);
}
END_TEST

START_TEST(refusals_name_the_classes_in_order)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	address_refusal_words(&out, 1U << ADDRESS_LOOPBACK);
	ck_assert_str_eq(out.data, "resolved to a loopback address");
	buf_clear(&out);
	address_refusal_words(&out, 1U << ADDRESS_OWN | 1U << ADDRESS_DENY_LISTED |
					    1U << ADDRESS_LISTED);
	ck_assert_str_eq(out.data, "resolved to a deny-listed address / a listed address / "
				   "one of this host's addresses");
}
END_TEST

static const struct {
	const char *address;
	bool is_public;
} reach[] = {
	{ "93.184.216.34", true },	 { "1.1.1.1", true },		 { "2606:4700::1111", true },
	{ "10.1.2.3", false },		 { "11.0.0.0", true },		 { "172.15.255.255", true },
	{ "172.16.0.1", false },	 { "172.31.255.255", false },	 { "172.32.0.0", true },
	{ "192.168.1.1", false },	 { "192.0.0.192", false },	 { "192.0.2.1", false },
	{ "100.64.0.1", false },	 { "100.127.255.255", false },	 { "100.128.0.0", true },
	{ "100.100.100.200", false },	 { "168.63.129.16", false },	 { "127.0.0.1", false },
	{ "0.0.0.0", false },		 { "169.254.169.254", false },	 { "198.19.255.1", false },
	{ "224.0.0.1", false },		 { "240.0.0.1", false },	 { "255.255.255.255", false },
	{ "::1", false },		 { "::", false },		 { "fe80::1", false },
	{ "fd12::1", false },		 { "fc00::1", false },		 { "fec0::1", false },
	{ "2001:db8::1", false },	 { "2001:4860:4860::8888", true }, { "ff02::1", false },
	{ "::ffff:10.0.0.1", false },	 { "::ffff:1.1.1.1", true },	 { "64:ff9b::a00:1", false },
	{ "64:ff9b::101:101", true },	 { "2002:a00:1::1", false },	 { "2002:101:101::1", true },
	{ "fd00:ec2::254", false },	 { "64:ff9b:1::1", false },	 { "100::1", false },
};

START_TEST(public_addresses_are_told_from_all_others)
{
	struct sockaddr_storage a = address(reach[_i].address);

	ck_assert_msg(address_is_public((const struct sockaddr *)&a) == reach[_i].is_public, "%s",
		      reach[_i].address);
}
END_TEST

static Suite *address_check_suite(void)
{
	Suite *suite = suite_create("address_check");
	TCase *tests = tcase_create("address_check");

	tcase_add_loop_test(tests, addresses_of_an_outside_name_are_classed, 0,
			    (int)ARRAY_LENGTH(classes));
	tcase_add_test(tests, localhost_is_loopback_and_nothing_else);
	tcase_add_test(tests, literals_of_the_lists_decide_first_and_by_port);
	tcase_add_loop_test(tests, listed_ranges_are_denied, 0, (int)ARRAY_LENGTH(ranges));
	tcase_add_test(tests, allowing_local_addresses_opens_loopback_and_own_ones_only);
	tcase_add_loop_test(tests, public_addresses_are_told_from_all_others, 0,
			    (int)ARRAY_LENGTH(reach));
	tcase_add_test(tests, refusals_name_the_classes_in_order);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(address_check_suite)
