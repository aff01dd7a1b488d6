/* SPDX-License-Identifier: MIT */
#include "core/sandbox/lookup_budget.h"

void lookup_budget_init(struct lookup_budget *budget, int64_t now_us)
{
	*budget = (struct lookup_budget){ .credit_us = LOOKUP_CREDIT_MOST_US, .filled_us = now_us };
}

bool lookup_budget_allows(struct lookup_budget *budget, int64_t now_us, bool matters)
{
	int64_t gained = (now_us - budget->filled_us) / LOOKUP_SHARE;

	/* What is less than a microsecond of credit is kept for later. */
	if (gained > 0) {
		budget->filled_us = now_us;
		budget->credit_us += gained;
	}
	if (budget->credit_us > LOOKUP_CREDIT_MOST_US)
		budget->credit_us = LOOKUP_CREDIT_MOST_US;
	return budget->credit_us > (matters ? 0 : LOOKUP_CREDIT_MOST_US / 2);
}

void lookup_budget_spend(struct lookup_budget *budget, int64_t us)
{
	budget->credit_us -= us;
}
