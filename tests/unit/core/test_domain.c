/* SPDX-License-Identifier: MIT */
#include "core/policy/domain.h"
#include "core/policy/host.h"

#include <string.h>

#include "tests/lib/unit.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct {
	const char *host, *canonical; /* NULL: malformed */
} hosts[] = {
	{ "example.com", "example.com" },
	{ "EXAMPLE.Com", "example.com" },
	{ "LOCALHOST.", "localhost" },
	{ "a_b.example-c.com", "a_b.example-c.com" },
	{ "com", "com" },
	/* IPv4 in every spelling */
	{ "127.0.0.1", "127.0.0.1" },
	{ "127.1", "127.0.0.1" },
	{ "127.0.1", "127.0.0.1" },
	{ "0x7f.0.0.1", "127.0.0.1" },
	{ "0X7F.1", "127.0.0.1" },
	{ "2130706433", "127.0.0.1" },
	{ "0177.0.0.1", "127.0.0.1" },
	{ "017700000001", "127.0.0.1" },
	{ "0x7f000001", "127.0.0.1" },
	{ "127.0.0.1.", "127.0.0.1" },
	{ "0", "0.0.0.0" },
	{ "0x", "0.0.0.0" },
	{ "1.2.3", "1.2.0.3" },
	{ "4294967295", "255.255.255.255" },
	{ "4294967296", NULL },
	{ "99999999999999999999999999", NULL },
	{ "256.0.0.1", NULL },
	{ "1.2.3.256", NULL },
	{ "1.2.65536", NULL },
	{ "1.2.3.4.5", NULL },
	{ "08.0.0.1", NULL },
	{ "foo.09", NULL },
	{ "foo.0x4", NULL },
	{ "1.2.3.4..", NULL },
	{ "1..2", NULL },
	{ "0xg.com", "0xg.com" },
	{ "1.2.3.4.com", "1.2.3.4.com" },
	/* IPv6 */
	{ "::1", "::1" },
	{ "[::1]", "::1" },
	{ "0:0:0:0:0:0:0:1", "::1" },
	{ "::", "::" },
	{ "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "1:0:0:2:0:0:0:3", "1:0:0:2::3" },
	{ "1:0:0:0:0:0:0:0", "1::" },
	{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
	{ "::ffff:127.0.0.1", "127.0.0.1" },
	{ "::ffff:7f00:1", "127.0.0.1" },
	{ "[::FFFF:7f00:1]", "127.0.0.1" },
	{ "::127.0.0.1", "::7f00:1" },
	{ "::ffff:0:127.0.0.1", "::ffff:0:7f00:1" },
	{ "fe80::1%eth0", NULL },
	{ "[::1", NULL },
	{ "::1]", NULL },
	{ "[]", NULL },
	{ "[", NULL },
	{ "[127.0.0.1]", NULL },
	{ "[[::1]]", NULL },
	{ "1:2", NULL },
	{ "::1::", NULL },
	{ "example.com:80", NULL },
	/* IDNA */
	{ "\xc3\xa9.com", "xn--9ca.com" },
	{ "\xc3\x89.COM", "xn--9ca.com" },
	{ "fa\xc3\x9f.de", "xn--fa-hia.de" },
	{ "XN--9CA.com", "xn--9ca.com" },
	{ "e\xcc\x81.com", "xn--9ca.com" },
	{ "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "127.0.0.1" },
	{ "example\xe3\x80\x82" "com", "example.com" },
	{ "\xef\xbc\xa5xample.com", "example.com" },
	{ "a\xe2\x84\x80.com", NULL },
	{ "xn--\xc3\xa9.com", NULL },
	{ "xn--a.com", NULL },
	{ "xn--.com", NULL },
	{ "\xff.com", NULL },
	{ "\xed\xa0\x80.com", NULL },
	/* labels of ASCII are taken as they are beside others */
	{ "-a.\xc3\xa9", "-a.xn--9ca" },
	{ "a_b.\xc3\xa9.--", "a_b.xn--9ca.--" },
	/* signs and pictures, spelled or in punycode */
	{ "\xf0\x9f\x98\x80.com", "xn--e28h.com" },
	{ "xn--e28h.com", "xn--e28h.com" },
	{ "a\xf0\x9f\x92\xa9\x62.ws", "xn--ab-8t72a.ws" },
	{ "\xe2\x9c\x88\xef\xb8\x8f.ws", "xn--3bi.ws" },
	{ "\xef\xbd\x98n--a.com", NULL },
	/* malformed */
	{ "", NULL },
	{ ".", NULL },
	{ "..", NULL },
	{ ".com", NULL },
	{ "a..com", NULL },
	{ "a.com..", NULL },
	{ "a b.com", NULL },
	{ " a.com", NULL },
	{ "a%2ecom", NULL },
	{ "a.com%00", NULL },
	{ "a.com/", NULL },
	{ "user@a.com", NULL },
	{ "a.com\n", NULL },
	{ "a\tb.com", NULL },
	{ "a*.com", NULL },
	{ "*.com", NULL },
	{ "a!b.com", NULL },
	{ "a\x7f.com", NULL },
};

START_TEST(a_host_has_one_canonical_form_or_is_malformed)
{
	char out[HOST_TEXT_SIZE] = "unset", again[HOST_TEXT_SIZE];
	bool valid = host_canonical(hosts[_i].host, out);

	ck_assert_msg(valid == (hosts[_i].canonical != NULL), "'%s' gave %s '%s'", hosts[_i].host,
		      valid ? "valid" : "malformed", out);
	if (!valid)
		return;
	ck_assert_str_eq(out, hosts[_i].canonical);
	ck_assert(host_canonical(out, again));
	ck_assert_str_eq(again, out);
}
END_TEST

START_TEST(a_name_is_below_a_domain_by_whole_parts)
{
	size_t length = 0;

	ck_assert(host_is_below("a.b.example.com", "example.com", &length));
	ck_assert_uint_eq(length, 3);
	ck_assert(!host_is_below("example.com", "example.com", &length));
	ck_assert(!host_is_below(".example.com", "example.com", &length));
	ck_assert(!host_is_below("an-example.com", "example.com", &length));
	ck_assert(!host_is_below("com", "example.com", &length));
	ck_assert(host_is_in("example.com", "example.com"));
	ck_assert(host_is_in("a.example.com", "example.com"));
	ck_assert(!host_is_in("example.com.", "example.com"));
	ck_assert(!host_is_in("anexample.com", "example.com"));
}
END_TEST

START_TEST(a_host_of_255_bytes_is_taken_and_one_more_is_not)
{
	char host[300], out[HOST_TEXT_SIZE];

	memset(host, 'a', sizeof(host));
	host[255] = '\0';
	ck_assert(host_canonical(host, out));
	ck_assert_str_eq(out, host);
	host[255] = 'a';
	host[256] = '\0';
	ck_assert(!host_canonical(host, out));
}
END_TEST

START_TEST(only_canonical_literals_are_addresses)
{
	ck_assert(host_is_address("127.0.0.1"));
	ck_assert(host_is_address("::1"));
	ck_assert(!host_is_address("127.0.0.1.com"));
	ck_assert(!host_is_address("[::1]"));
	ck_assert(!host_is_address("localhost"));
}
END_TEST

static const struct {
	const char *entry;
	bool allow, deny, pattern;
} grammar[] = {
	{ "example.com", true, true, true },
	{ "a.b.example.com", true, true, true },
	{ "example.com:443", true, true, false },
	{ "example.com:65535", true, true, false },
	{ "*.example.com", true, true, true },
	{ "*.example.com:443", true, true, false },
	{ "localhost", true, true, true },
	{ "localhost:8080", true, true, false },
	{ "127.0.0.1", true, true, true },
	{ "a b.com", true, true, true },
	{ "\xc3\xa9.com", true, true, true },
	{ "1.2.3", true, true, true },
	{ "*.*.com", true, true, true },
	{ "[1.2.3.4]", true, true, true },
	{ "LocalHost.test", true, true, true },
	{ "[::1]", true, true, false },
	{ "[a.com]", true, true, true },
	{ "[a.com]:80", true, true, false },
	{ "[a.com", true, true, true },
	{ "[a.com]junk", true, true, true },
	{ "[a.com:80]", true, true, false },
	{ "[a.com/x]:1", true, true, false },
	{ "[1]", true, true, false },
	{ "fe80::1%eth0", false, false, true },
	{ "fe80::1%", false, false, false },
	{ "a:b:c", false, false, false },
	{ "[2001:db8::1]:443", true, true, false },
	{ "[fe80::1%eth0]:80", true, true, false },
	{ "::1", false, false, true },
	{ "2001:db8::1:443", false, false, true },
	{ "*", false, true, false },
	{ "*:443", false, true, false },
	{ "*:0", false, false, false },
	{ "[*]", false, true, false },
	{ "**", false, false, false },
	{ "*.com", false, false, false },
	{ "*.localhost", false, false, false },
	{ "*.", false, false, false },
	{ "*..example.com", false, false, false },
	{ "*.example.com.", false, false, false },
	{ "*.a..com", false, false, false },
	{ "a*.com", false, false, false },
	{ "a.*.com", false, false, false },
	{ "com", false, false, false },
	{ "LOCALHOST", false, false, false },
	{ "a.com.", false, false, false },
	{ ".a.com", false, false, false },
	{ "", false, false, false },
	{ ":80", false, false, false },
	{ "http://a.com", false, false, false },
	{ "a.com/x", false, false, false },
	{ "*.a.com/x", false, false, false },
	{ "a.com:0", false, false, false },
	{ "a.com:0443", false, false, false },
	{ "a.com:65536", false, false, false },
	{ "a.com:99999", false, false, false },
	{ "a.com:100000", false, false, false },
	{ "a.com:", false, false, false },
	{ "a.com:+80", false, false, false },
	{ "a.com:80 ", false, false, false },
	{ "[::1]:0", false, false, false },
	{ "[::1]x", false, false, false },
	{ "[::1", false, false, false },
	{ "[]", false, false, false },
	{ "[:::1]", false, false, false },
};

START_TEST(entries_follow_the_grammar)
{
	const char *entry = grammar[_i].entry;

	ck_assert_msg(!domain_allow_entry_error(entry) == grammar[_i].allow, "allow '%s'", entry);
	ck_assert_msg(!domain_deny_entry_error(entry) == grammar[_i].deny, "deny '%s'", entry);
	ck_assert_msg(!domain_host_pattern_error(entry) == grammar[_i].pattern, "pattern '%s'",
		      entry);
}
END_TEST

static const struct {
	const char *entry, *host;
	int port;
	bool matches;
} matches[] = {
	{ "example.com", "example.com", 443, true },
	{ "Example.COM", "example.com", 443, true },
	{ "example.com", "a.example.com", 443, false },
	{ "example.com", "badexample.com", 443, false },
	{ "example.com", "example.com.evil.test", 443, false },
	{ "example.com", "example.co", 443, false },
	{ "example.com:443", "example.com", 443, true },
	{ "example.com:443", "example.com", 80, false },
	{ "*.example.com", "a.example.com", 1, true },
	{ "*.example.com", "a.b.example.com", 1, true },
	{ "*.EXAMPLE.com", "a.example.com", 1, true },
	{ "*.example.com", "example.com", 1, false },
	{ "*.example.com", "badexample.com", 1, false },
	{ "*.example.com", "a.example.com.evil.test", 1, false },
	{ "*.example.com:443", "a.example.com", 443, true },
	{ "*.example.com:443", "a.example.com", 444, false },
	{ "*.0.0.1", "127.0.0.1", 80, false },
	{ "127.0.0.1", "127.0.0.1", 80, true },
	{ "127.1", "127.0.0.1", 80, false },
	{ "[::1]", "::1", 80, true },
	{ "[0:0:0:0:0:0:0:1]:80", "::1", 80, true },
	{ "[0:0:0:0:0:0:0:1]:80", "::1", 81, false },
	{ "[2001:DB8::1]", "2001:db8::1", 80, true },
	{ "[::ffff:127.0.0.1]", "127.0.0.1", 80, true },
	{ "[fe80::1%eth0]", "fe80::1", 80, true },
	{ "[1.2.3.4]", "1.2.3.4", 80, true },
	{ "*", "anything.test", 9, true },
	{ "*", "::1", 9, true },
	{ "*:9", "anything.test", 9, true },
	{ "*:9", "anything.test", 10, false },
	{ "a.com.", "a.com", 80, false },
	{ "\xc3\xa9.com", "xn--9ca.com", 80, false },
	{ "::1", "::1", 80, true },
	{ "[0x7f.1]", "127.0.0.1", 80, true },
	{ "[A.com.]:80", "a.com", 80, true },
	{ "[u@a.com:99/x]", "a.com", 80, true },
	{ "[*]:22", "a.com", 22, true },
	{ "[*.a.com]", "x.a.com", 22, true },
	{ "[a.com", "a.com", 80, false },
	{ "\xe2\x84\xaa.com", "k.com", 80, true },
	{ "*.\xe2\x84\xaa.com", "x.k.com", 80, true },
};

START_TEST(an_entry_matches_what_it_names_and_no_more)
{
	ck_assert_msg(domain_entry_matches(matches[_i].entry, matches[_i].host, matches[_i].port) ==
			      matches[_i].matches,
		      "'%s' on %s:%d", matches[_i].entry, matches[_i].host, matches[_i].port);
}
END_TEST

static const struct {
	const char *entry, *pattern;
	bool covers;
} coverings[] = {
	{ "a.com", "a.com", true },
	{ "a.com:443", "A.com", true },
	{ "a.com", "b.com", false },
	{ "a.com", "*.a.com", false },
	{ "*.a.com", "x.a.com", true },
	{ "*.a.com", ".a.com", true },
	{ "*.a.com", "a.com", false },
	{ "*.a.com", "*.a.com", true },
	{ "*.a.com", "*.b.a.com", true },
	{ "*.a.com", "*.ba.com", false },
	{ "*.b.a.com", "*.a.com", false },
	{ "*.0.0.1", "127.0.0.1", false },
	{ "[::1]", "0::1", false },
	{ "127.0.0.1", "127.1", false },
	{ "[A.com]:80", "a.COM", true },
	{ "[::1]", "::1", true },
	{ "*", "*.a.com", false },
	{ "*", "a.com", true },
};

START_TEST(an_entry_covers_a_pattern_if_it_matches_all_of_it)
{
	ck_assert_msg(domain_entry_covers(coverings[_i].entry, coverings[_i].pattern) ==
			      coverings[_i].covers,
		      "'%s' over '%s'", coverings[_i].entry, coverings[_i].pattern);
}
END_TEST

START_TEST(denied_entries_come_first_and_the_first_match_is_named)
{
	_cleanup_strings_ struct strings allowed = STRINGS_EMPTY;
	_cleanup_strings_ struct strings denied = STRINGS_EMPTY;
	const char *entry = "unset";

	strings_add(&allowed, "a.com:80");
	strings_add(&allowed, "*.example.com");
	strings_add(&denied, "x.example.com:81");
	strings_add(&denied, "*.bad.example.com");
	strings_add(&denied, "x.example.com");
	ck_assert_int_eq(domain_lists_judge(&allowed, &denied, "ok.example.com", 1, &entry),
			 DOMAIN_ALLOWED);
	ck_assert_str_eq(entry, "*.example.com");
	ck_assert_int_eq(domain_lists_judge(&allowed, &denied, "x.example.com", 81, &entry),
			 DOMAIN_DENIED);
	ck_assert_str_eq(entry, "x.example.com:81");
	ck_assert_int_eq(domain_lists_judge(&allowed, &denied, "x.example.com", 82, &entry),
			 DOMAIN_DENIED);
	ck_assert_str_eq(entry, "x.example.com");
	ck_assert_int_eq(domain_lists_judge(&allowed, &denied, "a.com", 81, &entry),
			 DOMAIN_NOT_LISTED);
	ck_assert_ptr_null(entry);
	ck_assert_int_eq(domain_lists_judge(&allowed, &denied, "a.com", 80, NULL), DOMAIN_ALLOWED);
}
END_TEST

static const struct {
	const char *host, *parent;
} parents[] = {
	{ "api.example.com", "example.com" },
	{ "a.b.example.com", "b.example.com" },
	{ "example.com", NULL },
	{ "example.co.uk", NULL },
	{ "www.example.co.uk", "example.co.uk" },
	{ "someone.github.io", NULL },
	{ "www.someone.github.io", "someone.github.io" },
	{ "localhost", NULL },
	{ "a.localhost", NULL },
	{ "a.unknown-tld", NULL },
	{ "127.0.0.1", NULL },
	{ "::1", NULL },
	{ "com", NULL },
	{ "www.xn--55qx5d.cn", NULL },
	{ "a.www.ck", "www.ck" },
	{ "a.other.ck", NULL },
};

START_TEST(a_parent_is_never_a_public_suffix)
{
	const char *parent = domain_parent(parents[_i].host);

	ck_assert_pstr_eq(parent, parents[_i].parent);
}
END_TEST

static const struct {
	const char *text, *host; /* NULL: malformed */
	int port;
} endpoints[] = {
	{ "a.com:443", "a.com", 443 },
	{ "[::1]:80", "::1", 80 },
	{ "A.com.:1", "A.com.", 1 },
	{ "a.com:65535", "a.com", 65535 },
	{ "a.com:65536", NULL, 0 },
	{ "a.com:0", NULL, 0 },
	{ "a.com:-1", NULL, 0 },
	{ "a.com: 80", NULL, 0 },
	{ "a.com:080", NULL, 0 },
	{ "a.com:", NULL, 0 },
	{ "a.com", NULL, 0 },
	{ ":80", NULL, 0 },
	{ "", NULL, 0 },
	{ "::1:80", NULL, 0 },
	{ "a:b:80", NULL, 0 },
	{ "[::1]", NULL, 0 },
	{ "[::1]80", NULL, 0 },
	{ "[::1", NULL, 0 },
	{ "[a.com]:80", NULL, 0 },
	{ "[]:80", NULL, 0 },
	{ "a.com:99999999999999999999", NULL, 0 },
};

START_TEST(endpoints_are_split_strictly)
{
	char host[HOST_TEXT_SIZE] = "";
	int port = -7;
	bool valid = domain_split_endpoint(endpoints[_i].text, host, &port);

	ck_assert_msg(valid == (endpoints[_i].host != NULL), "'%s'", endpoints[_i].text);
	if (!valid)
		return;
	ck_assert_str_eq(host, endpoints[_i].host);
	ck_assert_int_eq(port, endpoints[_i].port);
}
END_TEST

START_TEST(a_formatted_endpoint_splits_into_its_parts)
{
	static const char *const names[] = { "a.com", "::1", "127.0.0.1", "2001:db8::1" };
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	char host[HOST_TEXT_SIZE];
	int port;

	domain_format_endpoint(&text, names[_i], 8443);
	ck_assert(domain_split_endpoint(buf_text(&text), host, &port));
	ck_assert_str_eq(host, names[_i]);
	ck_assert_int_eq(port, 8443);
}
END_TEST

/* The same question answered in the dullest way, over a small world of hosts and entries. */
static const char *const world_hosts[] = { "a.com",	"b.a.com", "c.b.a.com", "ba.com",
					   "com",	"a.b.com", "1.2.3.4",	"::1",
					   "localhost", "x.a.com" };
static const struct {
	const char *text, *host;
	int port; /* 0: any */
} world_entries[] = {
	{ "a.com", "a.com", 0 },	 { "*.a.com", "*.a.com", 0 },
	{ "*.b.a.com", "*.b.a.com", 0 }, { "b.a.com:443", "b.a.com", 443 },
	{ "*.a.com:80", "*.a.com", 80 }, { "[::1]", "::1", 0 },
	{ "1.2.3.4", "1.2.3.4", 0 },	 { "*.3.4", "*.3.4", 0 },
	{ "localhost", "localhost", 0 }, { "[::1]:80", "::1", 80 },
};

static bool naive_matches(int entry, const char *host, int port)
{
	const char *pattern = world_entries[entry].host;

	if (world_entries[entry].port && world_entries[entry].port != port)
		return false;
	if (pattern[0] != '*')
		return strcmp(pattern, host) == 0;
	if (host_is_address(host))
		return false;
	for (const char *dot = strchr(host, '.'); dot; dot = strchr(dot + 1, '.'))
		if (strcmp(dot, pattern + 1) == 0)
			return true;
	return false;
}

START_TEST(the_matcher_equals_a_naive_one)
{
	static const int ports[] = { 80, 443 };

	for (int h = 0; h < COUNT(world_hosts); h++)
		for (int i = 0; i < COUNT(world_entries); i++)
			for (int p = 0; p < COUNT(ports); p++)
				ck_assert_msg(domain_entry_matches(world_entries[i].text,
								   world_hosts[h], ports[p]) ==
						      naive_matches(i, world_hosts[h], ports[p]),
					      "'%s' on %s:%d", world_entries[i].text,
					      world_hosts[h], ports[p]);
}
END_TEST

/* Splits the world, by bits, into an allowed and a denied list. */
START_TEST(adding_a_deny_never_allows)
{
	for (unsigned bits = 0; bits < 1u << COUNT(world_entries); bits += 3) {
		_cleanup_strings_ struct strings allowed = STRINGS_EMPTY;
		_cleanup_strings_ struct strings denied = STRINGS_EMPTY;
		_cleanup_strings_ struct strings more = STRINGS_EMPTY;

		for (int i = 0; i < COUNT(world_entries); i++)
			strings_add(bits & 1u << i ? &allowed : &denied, world_entries[i].text);
		strings_copy(&more, &denied);
		strings_add(&more, world_entries[bits % COUNT(world_entries)].text);
		for (int h = 0; h < COUNT(world_hosts); h++) {
			enum domain_verdict before =
				domain_lists_judge(&allowed, &denied, world_hosts[h], 80, NULL);
			enum domain_verdict after =
				domain_lists_judge(&allowed, &more, world_hosts[h], 80, NULL);

			ck_assert(before == DOMAIN_ALLOWED || after != DOMAIN_ALLOWED);
			ck_assert(before != DOMAIN_DENIED || after == DOMAIN_DENIED);
		}
	}
}
END_TEST

static Suite *domain_suite(void)
{
	Suite *suite = suite_create("domain");
	TCase *tests = tcase_create("domain");

	tcase_add_loop_test(tests, a_host_has_one_canonical_form_or_is_malformed, 0, COUNT(hosts));
	tcase_add_test(tests, a_name_is_below_a_domain_by_whole_parts);
	tcase_add_test(tests, a_host_of_255_bytes_is_taken_and_one_more_is_not);
	tcase_add_test(tests, only_canonical_literals_are_addresses);
	tcase_add_loop_test(tests, entries_follow_the_grammar, 0, COUNT(grammar));
	tcase_add_loop_test(tests, an_entry_matches_what_it_names_and_no_more, 0, COUNT(matches));
	tcase_add_loop_test(tests, an_entry_covers_a_pattern_if_it_matches_all_of_it, 0,
			    COUNT(coverings));
	tcase_add_test(tests, denied_entries_come_first_and_the_first_match_is_named);
	tcase_add_loop_test(tests, a_parent_is_never_a_public_suffix, 0, COUNT(parents));
	tcase_add_loop_test(tests, endpoints_are_split_strictly, 0, COUNT(endpoints));
	tcase_add_loop_test(tests, a_formatted_endpoint_splits_into_its_parts, 0, 4);
	tcase_add_test(tests, the_matcher_equals_a_naive_one);
	tcase_add_test(tests, adding_a_deny_never_allows);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(domain_suite)
