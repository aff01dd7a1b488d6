/* SPDX-License-Identifier: MIT */
#include "core/sandbox/lookup_budget.h"

#include "tests/lib/unit.h"

#define START 1000000

START_TEST(only_a_share_of_the_time_is_spent)
{
	struct lookup_budget budget;
	int64_t now = START, spent = 0;

	lookup_budget_init(&budget, now);
	for (; now < START + 10000000; now += 100)
		if (lookup_budget_allows(&budget, now, true)) {
			lookup_budget_spend(&budget, 3000);
			spent += 3000;
			now += 3000;
		}
	ck_assert_int_ge(spent, 10000000 / LOOKUP_SHARE - 100000);
	ck_assert_int_le(spent, 10000000 / LOOKUP_SHARE + LOOKUP_CREDIT_MOST_US + 3000);
}
END_TEST

START_TEST(what_matters_less_leaves_half)
{
	struct lookup_budget budget;

	lookup_budget_init(&budget, START);
	lookup_budget_spend(&budget, LOOKUP_CREDIT_MOST_US / 2);
	ck_assert(!lookup_budget_allows(&budget, START, false));
	ck_assert(lookup_budget_allows(&budget, START, true));
	lookup_budget_spend(&budget, LOOKUP_CREDIT_MOST_US);
	ck_assert(!lookup_budget_allows(&budget, START, true));
	/* However long the rest, there is no more than a full one. */
	ck_assert(lookup_budget_allows(&budget, START + INT64_C(1000000000000), false));
	ck_assert_int_eq(budget.credit_us, LOOKUP_CREDIT_MOST_US);
}
END_TEST

START_TEST(looking_often_loses_nothing)
{
	struct lookup_budget budget;

	lookup_budget_init(&budget, START);
	lookup_budget_spend(&budget, LOOKUP_CREDIT_MOST_US);
	for (int i = 1; i <= 1000; i++)
		lookup_budget_allows(&budget, START + i, true);
	ck_assert_int_ge(budget.credit_us, 1000 / LOOKUP_SHARE - 1);
}
END_TEST

static Suite *lookup_budget_suite(void)
{
	Suite *suite = suite_create("lookup_budget");
	TCase *tests = tcase_create("lookup_budget");

	tcase_add_test(tests, only_a_share_of_the_time_is_spent);
	tcase_add_test(tests, what_matters_less_leaves_half);
	tcase_add_test(tests, looking_often_loses_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(lookup_budget_suite)
