/* SPDX-License-Identifier: MIT */
/* The tables of questions, without a sandbox: nothing is held here. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/session/supervisor_parts.h"
#include "tests/lib/unit.h"

static void nothing(void *owner, struct control_client *client, bool dashboard)
{
	(void)owner;
	(void)client;
	(void)dashboard;
}

static const struct control_callbacks callbacks = { .attached = nothing };

struct world {
	struct supervisor_options options;
	struct supervisor s;
	char directory[32];
};

static void set_up(struct world *w)
{
	_cleanup_free_ char *path = NULL;
	struct err e;

	*w = (struct world){ .options = { .server = "t", .mode = MODE_ASK, .hold_seconds = 0 } };
	w->s.options = &w->options;
	strcpy(w->directory, "/tmp/srt-top-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(w->directory));
	path = xasprintf("%s/1-a.sock", w->directory);
	w->s.base = event_base_new();
	w->s.journal = journal_new((struct store){ NULL, NULL }, "1-a", "t");
	w->s.control = control_new(w->s.base, path, &callbacks, &w->s, &e);
	ck_assert_ptr_nonnull(w->s.control);
}

static void tear_down(struct world *w)
{
	question_free_all(&w->s);
	control_free(w->s.control);
	journal_free(w->s.journal);
	event_base_free(w->s.base);
	rmdir(w->directory);
}

static struct asked *put(struct world *w, const char *object, const char *mask)
{
	enum scope scopes[SCOPE_COUNT];
	struct access_event event = { .kind = ACCESS_READ,
				      .object = (char *)object,
				      .verdict = VERDICT_ASK,
				      .why = (char *)"test",
				      .count = 1 };
	size_t count = rule_scopes(event.kind, object, false, scopes);
	struct access_event copy;
	struct asked *asked;
	bool fresh;

	access_event_copy(&copy, journal_event(w->s.journal, &event, &fresh));
	asked = question_add(&w->s, &copy, scopes, count, false);
	access_event_free(&copy);
	asked->place = xstrdup(object);
	asked->mask = xstrdup(mask);
	asked->may_join = true;
	return asked;
}

START_TEST(each_is_found_by_object_id_and_pin)
{
	struct world w;

	set_up(&w);
	for (uint32_t i = 0; i < 500; i++) {
		_cleanup_free_ char *object = xasprintf("/d%u/f", i);

		question_set_pin(put(&w, object, NULL), 2 + 2 * i);
	}
	for (uint32_t i = 0; i < 500; i++) {
		_cleanup_free_ char *object = xasprintf("/d%u/f", i);
		struct asked *asked = question_find(&w.s, ACCESS_READ, object);

		ck_assert_ptr_nonnull(asked);
		ck_assert_ptr_null(question_find(&w.s, ACCESS_WRITE, object));
		ck_assert_ptr_eq(question_by_id(&w.s, asked->question.event.id), asked);
		ck_assert_ptr_eq(question_by_pin(&w.s, 2 + 2 * i), asked);
		ck_assert_ptr_eq(question_by_pin(&w.s, 3 + 2 * i), asked);
		if (i % 2)
			question_resolve(asked, VERDICT_DENY, NULL, "gone");
	}
	ck_assert_uint_eq(w.s.question_count, 250);
	ck_assert_ptr_null(question_find(&w.s, ACCESS_READ, "/d7/f"));
	ck_assert_ptr_null(question_by_pin(&w.s, 2 + 2 * 7));
	ck_assert_ptr_nonnull(question_find(&w.s, ACCESS_READ, "/d8/f"));
	tear_down(&w);
}
END_TEST

START_TEST(the_oldest_gives_way_and_is_counted)
{
	struct world w;

	set_up(&w);
	for (int i = 0; i < QUESTIONS_MOST + 10; i++) {
		_cleanup_free_ char *object = xasprintf("/d%d/f", i);

		ck_assert(question_make_room(&w.s));
		put(&w, object, NULL);
	}
	ck_assert_uint_eq(w.s.question_count, QUESTIONS_MOST);
	ck_assert_uint_eq(w.s.unasked, 10);
	ck_assert_ptr_null(question_find(&w.s, ACCESS_READ, "/d9/f"));
	ck_assert_ptr_nonnull(question_find(&w.s, ACCESS_READ, "/d10/f"));
	/* Nobody is sent away while calls wait for all of them. */
	for (struct asked *a = w.s.questions; a; a = a->next)
		a->held = true;
	ck_assert(!question_make_room(&w.s));
	ck_assert_uint_eq(w.s.question_count, QUESTIONS_MOST);
	ck_assert_uint_eq(w.s.unasked, 11);
	tear_down(&w);
}
END_TEST

START_TEST(many_files_of_a_directory_become_one_question)
{
	struct world w;
	struct asked *joined, *first;
	_cleanup_free_ char *id = NULL;

	set_up(&w);
	first = put(&w, "/d/f0", NULL);
	id = xstrdup(first->question.event.id);
	for (int i = 1; i < 7; i++) {
		_cleanup_free_ char *object = xasprintf("/d/f%d", i);

		ck_assert_ptr_null(question_join(&w.s, ACCESS_READ, object, NULL));
		put(&w, object, NULL);
	}
	/* Not of that directory, not that kind, below a mask. */
	put(&w, "/d/deep/f", NULL);
	ck_assert_ptr_null(question_join(&w.s, ACCESS_WRITE, "/d/f7", NULL));
	ck_assert_ptr_null(question_join(&w.s, ACCESS_READ, "/d/f7", "/d"));
	joined = question_join(&w.s, ACCESS_READ, "/d/f7", NULL);
	ck_assert_ptr_eq(joined, first);
	ck_assert_str_eq(joined->question.event.id, id);
	ck_assert_str_eq(joined->question.event.object, "/d");
	ck_assert_uint_eq(joined->question.scope_count, 1);
	ck_assert_int_eq(joined->question.scopes[0], SCOPE_DIR);
	ck_assert_str_eq(joined->question.patterns[0], "/d");
	ck_assert_uint_eq(joined->question.object_count, 7);
	ck_assert_uint_eq(w.s.question_count, 2);
	/* What lies further down is asked with it, what lies beside it is not. */
	ck_assert_ptr_eq(question_joined(&w.s, ACCESS_READ, "/d/f9"), joined);
	ck_assert_ptr_eq(question_joined(&w.s, ACCESS_READ, "/d/deep/er/f"), joined);
	ck_assert_ptr_null(question_joined(&w.s, ACCESS_READ, "/dd/f9"));
	ck_assert_ptr_null(question_joined(&w.s, ACCESS_WRITE, "/d/f9"));
	for (int i = 0; i < 100; i++) {
		_cleanup_free_ char *object = xasprintf("/d/g%d", i);

		question_add_object(joined, object);
	}
	question_add_object(joined, "/d/f3");
	ck_assert_uint_eq(joined->question.object_count, QUESTION_OBJECTS_MOST);
	ck_assert_uint_eq(joined->question.objects_seen, 107);
	tear_down(&w);
}
END_TEST

START_TEST(the_root_is_never_asked_about)
{
	struct world w;

	set_up(&w);
	for (int i = 0; i < 20; i++) {
		_cleanup_free_ char *object = xasprintf("/f%d", i);

		ck_assert_ptr_null(question_join(&w.s, ACCESS_READ, object, NULL));
		put(&w, object, NULL);
	}
	tear_down(&w);
}
END_TEST

static Suite *questions_suite(void)
{
	Suite *suite = suite_create("questions");
	TCase *tests = tcase_create("questions");

	tcase_add_test(tests, each_is_found_by_object_id_and_pin);
	tcase_add_test(tests, the_oldest_gives_way_and_is_counted);
	tcase_add_test(tests, many_files_of_a_directory_become_one_question);
	tcase_add_test(tests, the_root_is_never_asked_about);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(questions_suite)
