/* SPDX-License-Identifier: MIT */
#include "core/session/blindness.h"

#include "core/base/mem.h"
#include "core/shim/protocol.h"
#include "tests/lib/unit.h"

#define ALL                                                                                        \
	(SHIM_TEST_CALL | SHIM_TEST_READ | SHIM_TEST_WRITE | SHIM_TEST_UNIX | SHIM_TEST_CONNECT |  \
	 SHIM_TEST_DATAGRAM)

static const struct {
	struct blindness blindness;
	const char *text;
} cases[] = {
	{ { .tested = ALL, .seen = ALL }, NULL },
	{ { .tested = SHIM_TEST_CALL, .seen = SHIM_TEST_CALL }, NULL },
	/* What was not tested is not missed, and datagrams are seen at the other end alone. */
	{ { .tested = SHIM_TEST_WRITE | SHIM_TEST_DATAGRAM, .seen = SHIM_TEST_WRITE }, NULL },
	{ { .tested = ALL, .seen = ALL & ~SHIM_TEST_READ },
	  "Reads of what is hidden are refused unseen." },
	{ { .tested = ALL | SHIM_TEST_LIST, .seen = ALL }, "Reads of what is hidden are refused unseen." },
	{ { .tested = SHIM_TEST_READ | SHIM_TEST_LIST }, "Reads of what is hidden are refused unseen." },
	{ { .tested = ALL, .seen = ALL, .no_masks = true },
	  "The masks do not work: opens are watched one by one, which takes longer." },
	{ { .tested = SHIM_TEST_CALL | SHIM_TEST_WRITE },
	  "Calls that no sandbox allows are refused unseen. Writes are refused unseen." },
	{ { .no_tap_datagram = true }, "Datagrams are refused unseen." },
	{ { .shares_ports = true, .slow_notices = true },
	  "No veth devices: a port that programs connect to cannot be served inside. "
	  "Before Linux 6.6: a watched call takes some 50 microseconds more." },
	{ { .unreadable = 1 }, "One call went unseen: its program cannot be read." },
	{ { .interruptible = true, .unreadable = 12 },
	  "12 calls went unseen: their programs cannot be read. "
	  "Before Linux 5.19: a signal can make a program ask twice." },
};

START_TEST(what_is_not_seen_is_said)
{
	_cleanup_free_ char *text = blindness_text(&cases[_i].blindness);

	if (!cases[_i].text)
		ck_assert_ptr_null(text);
	else
		ck_assert_str_eq(text, cases[_i].text);
}
END_TEST

static Suite *blindness_suite(void)
{
	Suite *suite = suite_create("blindness");
	TCase *tests = tcase_create("blindness");

	tcase_add_loop_test(tests, what_is_not_seen_is_said, 0, (int)ARRAY_LENGTH(cases));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(blindness_suite)
