/* SPDX-License-Identifier: MIT */
#include "core/net/names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/siphash.h"
#include "tests/lib/unit.h"

START_TEST(a_name_keeps_its_index)
{
	struct names *names = names_new(0, 0);
	bool is_new;

	ck_assert_uint_eq(names_allot(names, "a.example", &is_new), 1);
	ck_assert(is_new);
	ck_assert_uint_eq(names_allot(names, "b.example", NULL), 2);
	ck_assert_uint_eq(names_allot(names, "a.example", &is_new), 1);
	ck_assert(!is_new);
	ck_assert_uint_eq(names_allot(names, "b.example", NULL), 2);
	ck_assert_str_eq(names_at(names, 1), "a.example");
	ck_assert_str_eq(names_at(names, 2), "b.example");
	ck_assert_ptr_null(names_at(names, 0));
	ck_assert_ptr_null(names_at(names, 3));
	ck_assert_ptr_null(names_at(names, UINT32_MAX));
	names_free(names);
}
END_TEST

START_TEST(a_full_table_refuses_new_names_and_keeps_the_old)
{
	struct names *names = names_new(0, 0);
	const char *first = NULL;
	char name[32];
	bool is_new;

	for (unsigned i = 1; i <= NAMES_MOST; i++) {
		snprintf(name, sizeof(name), "h%u.example", i);
		ck_assert_uint_eq(names_allot(names, name, NULL), i);
		if (i == 1)
			first = names_at(names, 1);
	}
	is_new = true;
	ck_assert_uint_eq(names_allot(names, "more.example", &is_new), 0);
	ck_assert(!is_new);
	ck_assert_ptr_null(names_at(names, NAMES_MOST + 1));
	for (unsigned i = 1; i <= NAMES_MOST; i++) {
		snprintf(name, sizeof(name), "h%u.example", i);
		ck_assert_uint_eq(names_allot(names, name, NULL), i);
		ck_assert_str_eq(names_at(names, i), name);
	}
	ck_assert_ptr_eq(first, names_at(names, 1));
	names_free(names);
}
END_TEST

START_TEST(bytes_are_bounded_too)
{
	struct names *names = names_new(0, 20);

	ck_assert_uint_eq(names_allot(names, "123456789", NULL), 1);
	ck_assert_uint_eq(names_allot(names, "1234567890", NULL), 0);
	ck_assert_uint_eq(names_allot(names, "987654321", NULL), 2);
	ck_assert_uint_eq(names_allot(names, "a", NULL), 0);
	ck_assert_uint_eq(names_allot(names, "123456789", NULL), 1);
	names_free(names);
}
END_TEST

START_TEST(a_smaller_number_of_names_can_be_set)
{
	struct names *names = names_new(2, 0);

	ck_assert_uint_eq(names_allot(names, "a", NULL), 1);
	ck_assert_uint_eq(names_allot(names, "b", NULL), 2);
	ck_assert_uint_eq(names_allot(names, "c", NULL), 0);
	names_free(names);
}
END_TEST

static const struct {
	const char *address;
	int64_t index;
} addresses[] = {
	{ "198.18.0.0", 0 },
	{ "198.18.0.1", 1 },
	{ "198.18.255.255", 65535 },
	{ "198.19.255.255", 131071 },
	{ "198.17.255.255", -1 },
	{ "198.20.0.0", -1 },
	{ "127.0.0.1", -1 },
	{ "fd00:5372:7400::", 0 },
	{ "fd00:5372:7400::1", 1 },
	{ "fd00:5372:7400::ffff", 65535 },
	{ "fd00:5372:7400::ffff:ffff", 4294967295 },
	{ "fd00:5372:7400:0:0:1::", -1 },
	{ "fd00:5372:7401::1", -1 },
	{ "fd00:5372:74ff::1", -1 },
	{ "::ffff:198.18.0.7", 7 },
	{ "::ffff:203.0.113.7", -1 },
	{ "::1", -1 },
};

START_TEST(an_address_tells_its_index)
{
	const char *text = addresses[_i].address;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	bool is_ipv4 = inet_pton(AF_INET, text, &in.sin_addr) == 1;

	ck_assert(is_ipv4 || inet_pton(AF_INET6, text, &in6.sin6_addr) == 1);
	ck_assert_int_eq(names_index_of(is_ipv4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6),
			 addresses[_i].index);
}
END_TEST

START_TEST(an_index_tells_its_addresses)
{
	struct sockaddr other = { .sa_family = AF_UNIX };
	const uint32_t indexes[] = { 1, 255, 256, 65535 };
	char text[INET6_ADDRSTRLEN];
	struct in6_addr ipv6;
	struct in_addr ipv4;

	for (size_t i = 0; i < ARRAY_LENGTH(indexes); i++) {
		names_ipv4(indexes[i], &ipv4);
		names_ipv6(indexes[i], &ipv6);
		ck_assert_int_eq(names_index_of_ipv4(ipv4), indexes[i]);
		ck_assert_int_eq(names_index_of_ipv6(&ipv6), indexes[i]);
	}
	ck_assert_str_eq(inet_ntop(AF_INET, &ipv4, text, sizeof(text)), "198.18.255.255");
	ck_assert_str_eq(inet_ntop(AF_INET6, &ipv6, text, sizeof(text)), "fd00:5372:7400::ffff");
	ck_assert_int_eq(names_index_of(&other), -1);
}
END_TEST

/* The vectors of the paper's reference: key 00…0f, messages 00, 0001, … */
START_TEST(siphash_is_the_published_one)
{
	const struct siphash_key key = { UINT64_C(0x0706050403020100),
					 UINT64_C(0x0f0e0d0c0b0a0908) };
	uint8_t bytes[15];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	ck_assert_uint_eq(siphash(&key, bytes, 0), UINT64_C(0x726fdb47dd0e0e31));
	ck_assert_uint_eq(siphash(&key, bytes, 15), UINT64_C(0xa129ca6149be45e5));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_name_keeps_its_index);
	tcase_add_test(tc, a_full_table_refuses_new_names_and_keeps_the_old);
	tcase_add_test(tc, bytes_are_bounded_too);
	tcase_add_test(tc, a_smaller_number_of_names_can_be_set);
	tcase_add_loop_test(tc, an_address_tells_its_index, 0, ARRAY_LENGTH(addresses));
	tcase_add_test(tc, an_index_tells_its_addresses);
	tcase_add_test(tc, siphash_is_the_published_one);
	suite_add_tcase(suite, tc);
	return suite;
}

RUN_SUITE(make_suite)
