/* SPDX-License-Identifier: MIT */
#include "core/net/tcp_table.h"

#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define REST " 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 100"

/* As the kernel of a little-endian machine prints them. */
static const struct {
	const char *line;
	bool is_row;
	const char *host;
	int port;
	bool listens, on_loopback;
} cases[] = {
	{ "   0: 0100007F:1F90 00000000:0000 0A" REST, true, "127.0.0.1", 8080, true, true },
	{ "  12: 00000000:0BB8 00000000:0000 0A" REST, true, "127.0.0.1", 3000, true, true },
	{ "   1: 02FF13C6:0050 00000000:0000 0A" REST, true, "198.19.255.2", 80, true, false },
	{ "   1: 0200007F:0050 00000000:0000 0A" REST, true, "127.0.0.2", 80, true, false },
	{ "   2: 0100007F:1F90 0100007F:D431 01" REST, true, "127.0.0.1", 8080, false, true },
	{ "   0: 00000000000000000000000000000000:FFFF 00000000000000000000000000000000:0000 0A" REST,
	  true, "127.0.0.1", 65535, true, true },
	{ "   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A" REST,
	  true, "::1", 8080, true, true },
	{ "   0: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A" REST,
	  true, "127.0.0.1", 8080, true, true },
	{ "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt", false, NULL, 0, false, false },
	{ "", false, NULL, 0, false, false },
	{ "   0: 0100007F:1F90 00000000:0000 0", false, NULL, 0, false, false },
	{ "   0: 0100007F:1F90 00000000:0000", false, NULL, 0, false, false },
	{ "   0: 0100007F1F90 00000000:0000 0A" REST, false, NULL, 0, false, false },
	{ "   0: 0100007:1F90 00000000:0000 0A" REST, false, NULL, 0, false, false },
	{ "   0: 0100007F:1f90 00000000:0000 0A" REST, false, NULL, 0, false, false },
	{ "    : 0100007F:1F90 00000000:0000 0A" REST, false, NULL, 0, false, false },
};

START_TEST(rows_are_read)
{
	char host[INET6_ADDRSTRLEN];
	struct tcp_row row;

	ck_assert_int_eq(tcp_table_row(&row, cases[_i].line), cases[_i].is_row);
	if (!cases[_i].is_row)
		return;
	ck_assert_int_eq(row.port, cases[_i].port);
	ck_assert_int_eq(row.listens, cases[_i].listens);
	ck_assert_int_eq(tcp_is_on_loopback(&row.local, host), cases[_i].on_loopback);
	ck_assert_str_eq(host, cases[_i].host);
}
END_TEST

static Suite *tcp_table_suite(void)
{
	Suite *suite = suite_create("tcp_table");
	TCase *tests = tcase_create("tcp_table");

	tcase_add_loop_test(tests, rows_are_read, 0, (int)ARRAY_LENGTH(cases));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(tcp_table_suite)
