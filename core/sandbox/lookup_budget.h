/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_LOOKUP_BUDGET_H
#define CORE_SANDBOX_LOOKUP_BUDGET_H

/*
 * How much of its time the supervisor may spend on finding out who did something, which means
 * reading through /proc: a program that does much must not make it do much. A share of the time
 * that passes is credit, up to a bound; a lookup may begin while there is some, and costs what it
 * took. Pure: the caller has the clocks, for a lookup one of processor time where a busy machine is not to
 * use it up.
 */
#include <stdbool.h>
#include <stdint.h>

#define LOOKUP_SHARE 50 /* one part in so many */
#define LOOKUP_CREDIT_MOST_US 50000

struct lookup_budget {
	int64_t credit_us;
	int64_t filled_us; /* when it was last filled */
};

/* Full, at this time of a monotonic clock. */
void lookup_budget_init(struct lookup_budget *budget, int64_t now_us);
/* What matters may use all of it; all else leaves half. */
bool lookup_budget_allows(struct lookup_budget *budget, int64_t now_us, bool matters);
void lookup_budget_spend(struct lookup_budget *budget, int64_t us);

#endif
