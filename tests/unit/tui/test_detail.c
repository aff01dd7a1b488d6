/* SPDX-License-Identifier: MIT */
#include "tui/detail.h"

#include <errno.h>

#include "tests/unit/tui/fixture.h"

static bool says(enum verdict verdict, int error, const char *words)
{
	_cleanup_lines_ struct detail_lines lines = { 0 };
	struct model *model = make_model(false);
	const struct logged_event logged = { .event = { .id = (char *)"1-a.1",
							.kind = ACCESS_WRITE,
							.object = (char *)"/home/me/x",
							.verdict = verdict,
							.error = error,
							.count = 1 } };
	bool found = false;

	detail_event(&lines, model, &logged, 120);
	for (size_t i = 0; i < lines.count; i++)
		found = found || strcmp(lines.items[i].text, words) == 0;
	model_free(model);
	return found;
}

/* A call that is held has seen nothing yet. */
START_TEST(what_the_program_saw_is_told_when_it_has)
{
	ck_assert(says(VERDICT_DENY, EROFS, "denied; the program saw: Read-only file system"));
	ck_assert(says(VERDICT_ASK, EROFS, "asked; the program would see: Read-only file system"));
	ck_assert(says(VERDICT_ALLOW, 0, "allowed"));
}
END_TEST

static Suite *detail_suite(void)
{
	Suite *suite = suite_create("detail");
	TCase *tests = tcase_create("detail");

	tcase_add_test(tests, what_the_program_saw_is_told_when_it_has);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(detail_suite)
