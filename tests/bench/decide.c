/* SPDX-License-Identifier: MIT */
/* How long one decision on a connection takes, with as many entries and rules as somebody may have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/judge.h"
#include "core/policy/settings.h"

#define ENTRIES 200
#define ROUNDS 101
#define AT_ONCE 200

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(void)
{
	struct settings *settings = settings_new();
	struct rule_list rules = { 0 };
	int64_t each[ROUNDS];

	for (int i = 0; i < ENTRIES; i++) {
		_cleanup_free_ char *allowed = xasprintf("*.allowed%d.example", i);
		_cleanup_free_ char *denied = xasprintf("denied%d.example", i);

		strings_add(&settings->allowed_domains, allowed);
		strings_add(&settings->denied_domains, denied);
	}
	for (int round = 0; round < ROUNDS; round++) {
		int64_t began = clock_mono_us();

		for (int i = 0; i < AT_ONCE; i++) {
			struct judgement judgement;

			judge_host(&judgement, MODE_ENFORCE, &rules, settings, "www.unknown.example", 443);
			if (judgement.verdict != VERDICT_DENY)
				return 1;
		}
		each[round] = clock_mono_us() - began;
	}
	qsort(each, ROUNDS, sizeof(*each), compare);
	printf("%.2f\n", (double)each[ROUNDS / 2] / AT_ONCE);
	settings_free(settings);
	return 0;
}
