/* SPDX-License-Identifier: MIT */
/* What takes long is done beside the loop: keys are answered meanwhile, and what comes too late for the
 * screen is thrown away. */
#include <poll.h>
#include <unistd.h>

#include "tests/unit/tui/fixture.h"
#include "tui/effects.h"

static struct effects effects;
static int gate[2]; /* a byte lets one slow call go on */
static char *shown;  /* the server of the layer that was read last */

static void pass_gate(void)
{
	char byte;

	ck_assert_int_eq(read(gate[0], &byte, 1), 1);
}

static void open_gate(void)
{
	ck_assert_int_eq(write(gate[1], "x", 1), 1);
}

static void collect(void)
{
	struct pollfd fd = { .fd = worker_fd(effects.worker), .events = POLLIN };

	ck_assert_int_eq(poll(&fd, 1, 10000), 1);
	ck_assert(effects_collect(&effects, fixture_now));
}

/* --- a layer --- */

static int read_layer(void *handle, const char *server, struct written_row **rows, size_t *count,
		      struct err *e)
{
	(void)handle;
	pass_gate();
	if (strcmp(server, "none") == 0)
		return err_set(e, "it has no layer");
	*rows = xcalloc(2, sizeof(**rows));
	for (*count = 0; *count < 2; ++*count)
		(*rows)[*count] = (struct written_row){ .path = xasprintf("/of/%s/%zu", server, *count) };
	free(shown);
	shown = xstrdup(server);
	return 0;
}

static size_t looked(void *handle)
{
	(void)handle;
	return 42;
}

static void diff(void *handle, size_t index, struct buf *out)
{
	(void)handle;
	pass_gate();
	buf_addf(out, "+row %zu of %s\n", index, shown);
}

static int apply(void *handle, bool keep, const bool *chosen, struct written_outcome *outcomes, struct err *e)
{
	(void)handle;
	(void)keep;
	(void)e;
	pass_gate();
	outcomes[0].done = chosen[0];
	outcomes[1].done = chosen[1];
	return 0;
}

/* --- the history --- */

static int matched(void *handle, const struct rule *rule, size_t most, struct access_row **rows,
		   size_t *count, bool *more, struct err *e)
{
	(void)handle;
	(void)most;
	(void)e;
	pass_gate();
	*rows = xcalloc(1, sizeof(**rows));
	(*rows)[0].object = xstrdup(rule->pattern);
	*count = 1;
	*more = true;
	return 0;
}

static int uses(void *handle, struct rule_use **items, size_t *count, struct err *e)
{
	(void)handle;
	(void)e;
	pass_gate();
	*items = NULL;
	*count = 0;
	return 0;
}

static const struct history_ops history_ops = { .matched = matched, .uses = uses };

/* --- an export --- */

static int make(void *handle, const char *server, const char *path, struct export_made *made, struct err *e)
{
	(void)handle;
	(void)path;
	pass_gate();
	if (strcmp(server, "none") == 0)
		return err_set(e, "nothing is recorded");
	buf_addf(&made->settings, "{\"network\":{\"allowedDomains\":[]},\"filesystem\":{\"allowWrite\":"
				  "[\"/%s/a\"]}}", server);
	made->home = xstrdup("/home/me");
	return 0;
}

static int adjust(void *handle, const char *list, const char *entry, bool wider, struct strings *entries,
		  struct err *e)
{
	(void)handle;
	pass_gate();
	if (!wider)
		return err_set(e, "not narrower, because");
	ck_assert_str_eq(list, "allowWrite");
	strings_take(entries, xstrndup(entry, (size_t)(strrchr(entry, '/') - entry)));
	return 0;
}

static int evidence(void *handle, const char *list, const char *entry, size_t most, struct access_row **rows,
		    size_t *count, bool *more, struct err *e)
{
	(void)handle;
	(void)list;
	(void)most;
	(void)more;
	(void)e;
	pass_gate();
	*rows = xcalloc(1, sizeof(**rows));
	(*rows)[0].object = xstrdup(entry);
	*count = 1;
	return 0;
}

static int replay(void *handle, const char *path, const char *before, const char *text,
		  struct export_figures *figures, struct err *e)
{
	(void)handle;
	(void)path;
	(void)before;
	(void)e;
	pass_gate();
	figures->same = strlen(text);
	return 0;
}

static int write_file(void *handle, const char *path, const char *before, const char *text, struct err *e)
{
	(void)handle;
	(void)path;
	(void)before;
	pass_gate();
	return strstr(text, "\"/t\"") != NULL ? 0 : err_set(e, "it has changed meanwhile");
}

static const struct export_ops export_ops = { make, adjust, evidence, replay, write_file, NULL };

static const struct layer_ops layer_ops = { read_layer, looked, diff, apply, NULL };

/* As session_layer() does it. */
static void open_layer(const char *server)
{
	written_open(&effects.model->written, server);
	model_push(effects.model, VIEW_WRITTEN);
	effects_look(&effects, fixture_now);
}

static void setup(void)
{
	struct err e;

	effects = (struct effects){ .model = make_model(false), .layers = { &layer_ops, NULL },
				    .exports = { &export_ops, NULL },
				    .background = { &history_ops, NULL } };
	effects.worker = worker_new(&e);
	ck_assert_ptr_nonnull(effects.worker);
	ck_assert_int_eq(pipe(gate), 0);
	shown = NULL;
}

static void teardown(void)
{
	ck_assert(worker_free(effects.worker));
	model_free(effects.model);
	free(shown);
}

START_TEST(a_layer_is_read_while_keys_are_answered)
{
	struct written *written = &effects.model->written;

	open_layer("t");
	ck_assert_int_eq(written->work, WRITTEN_READING);
	ck_assert_uint_eq(written->looked, 42);
	/* The screen tells how far it is. */
	ck_assert_int_eq(model_wakeup(effects.model, fixture_now) - fixture_now.mono_ms, PROGRESS_MS);
	PRESS(effects.model, TUI_KEY_DOWN, 'w', ' ');
	effects_look(&effects, fixture_now);
	ck_assert(!written->known);
	open_gate();
	collect();
	ck_assert(written->known);
	ck_assert_uint_eq(written->count, 2);
	ck_assert_int_eq(written->work, WRITTEN_IDLE);
}
END_TEST

START_TEST(what_was_read_for_another_screen_is_thrown_away)
{
	struct written *written = &effects.model->written;

	open_layer("first");
	open_layer("second");
	open_gate();
	collect();
	ck_assert(!written->known);
	open_gate();
	collect();
	ck_assert_str_eq(written->items[0].path, "/of/second/0");
	/* And what goes wrong is told where it belongs. */
	open_layer("none");
	open_gate();
	collect();
	ck_assert_str_eq(written->trouble, "it has no layer");
}
END_TEST

START_TEST(rows_that_are_passed_by_are_not_compared)
{
	struct written *written = &effects.model->written;

	open_layer("t");
	open_gate();
	collect();
	effects_look(&effects, fixture_now);
	written->list.selected = 1;
	effects_look(&effects, fixture_now);
	open_gate();
	collect();
	/* The first was under way already; the second follows. */
	ck_assert_uint_eq(written->diff_for, 0);
	effects_look(&effects, fixture_now);
	open_gate();
	collect();
	ck_assert_uint_eq(written->diff_for, 1);
	ck_assert_str_eq(written->diff, "+row 1 of t\n");
	effects_look(&effects, fixture_now);
	ck_assert(!worker_is_busy(effects.worker));
}
END_TEST

START_TEST(what_is_kept_is_kept_beside_the_loop)
{
	struct written *written = &effects.model->written;
	const struct command keep = { .type = COMMAND_LAYER_KEEP };

	open_layer("t");
	open_gate();
	collect();
	written_tick(written, 1);
	effects_obey(&effects, &keep, fixture_now);
	ck_assert_int_eq(written->work, WRITTEN_APPLYING);
	/* What was said holds: nothing is ticked or told meanwhile. */
	PRESS(effects.model, ' ');
	ck_assert(!written->items[0].ticked);
	effects_obey(&effects, &keep, fixture_now);
	open_gate();
	collect();
	ck_assert_int_eq(written->items[0].fate, WRITTEN_LEFT);
	ck_assert_int_eq(written->items[1].fate, WRITTEN_KEPT);
	ck_assert_ptr_nonnull(strstr(effects.model->notice.text, "1 kept on the host"));
	ck_assert(!worker_is_busy(effects.worker));
}
END_TEST

static void open_rule(const char *pattern)
{
	struct rule_row row = { .rule = { .server = (char *)"t", .pattern = (char *)pattern } };

	rule_book_open(&effects.model->rules, &row);
	model_push(effects.model, VIEW_RULE);
	effects_look(&effects, fixture_now);
}

START_TEST(what_a_rule_matched_is_read_beside_the_loop)
{
	struct rule_book *book = &effects.model->rules;

	open_rule("/first");
	ck_assert(!book->matched_known);
	effects_look(&effects, fixture_now);
	open_rule("/second");
	open_gate();
	collect();
	ck_assert(!book->matched_known);
	open_gate();
	collect();
	ck_assert_str_eq(book->accesses[0].object, "/second");
	ck_assert(book->matched_more);
	effects_look(&effects, fixture_now);
	ck_assert(!worker_is_busy(effects.worker));
}
END_TEST

START_TEST(settings_files_are_looked_at_now_and_then)
{
	const struct model *model = effects.model;
	static char path[] = "/nonexistent/settings.json";

	greet(effects.model, 1, (struct session_info){ .server = (char *)"t", .mode = (char *)"ask",
						       .settings = path });
	model_push(effects.model, VIEW_RULES);
	effects.links = links_new("/nonexistent", NULL);
	effects_look(&effects, fixture_now);
	effects_look(&effects, fixture_now);
	open_gate();
	collect();
	ck_assert(model->rules.settings_known);
	ck_assert_ptr_nonnull(strstr(model->rules.settings.trouble, path));
	/* The defaults of the mode. */
	ck_assert_uint_ge(model->rules.count, 3);
	ck_assert_int_eq(model->rules.rows[0].origin, RULE_DEFAULT);
	ck_assert(!worker_is_busy(effects.worker));
	pass_time(9000);
	effects_look(&effects, fixture_now);
	ck_assert(!worker_is_busy(effects.worker));
	pass_time(2000);
	effects_look(&effects, fixture_now);
	ck_assert(worker_is_busy(effects.worker));
	open_gate();
	collect();
	links_free(effects.links);
}
END_TEST

static void open_export(const char *server)
{
	export_review_open(&effects.model->export, server, "/x.json");
	model_push(effects.model, VIEW_EXPORT);
	effects_look(&effects, fixture_now);
}

static void let_one_pass(void)
{
	open_gate();
	collect();
	effects_look(&effects, fixture_now);
}

START_TEST(an_export_is_made_and_judged_beside_the_loop)
{
	const struct export_review *review = &effects.model->export;

	open_export("t");
	ck_assert(!review->known);
	PRESS(effects.model, ' ', '+', TUI_KEY_DOWN, 'w');
	let_one_pass();
	ck_assert(review->known);
	ck_assert(!review->replay_known && review->replaying);
	let_one_pass();
	ck_assert(review->replay_known && !review->replaying);
	ck_assert(!worker_is_busy(effects.worker));
	/* Many changes in a row are judged once more, and not each. */
	for (int i = 0; i < 5; i++) {
		PRESS(effects.model, ' ');
		effects_look(&effects, fixture_now);
	}
	let_one_pass();
	ck_assert(review->replaying);
	let_one_pass();
	ck_assert(!review->replaying && !review->replay_wanted);
	ck_assert(!worker_is_busy(effects.worker));
}
END_TEST

START_TEST(what_was_exported_for_another_screen_is_thrown_away)
{
	const struct export_review *review = &effects.model->export;

	open_export("none");
	open_export("second");
	open_gate();
	collect();
	ck_assert(!review->known && review->trouble == NULL);
	let_one_pass();
	ck_assert_str_eq(review->items[0].text, "/second/a");
	let_one_pass();
	open_export("none");
	let_one_pass();
	ck_assert_str_eq(review->trouble, "nothing is recorded");
	ck_assert(!worker_is_busy(effects.worker));
}
END_TEST

static void obey_key(int key)
{
	_cleanup_command_ struct command command = update_key(effects.model, key, fixture_now);

	effects_obey(&effects, &command, fixture_now);
	effects_look(&effects, fixture_now);
}

START_TEST(an_entry_stays_where_it_is_while_it_is_made_wider)
{
	const struct export_review *review = &effects.model->export;

	open_export("t");
	let_one_pass();
	let_one_pass();
	obey_key('+');
	ck_assert(review->busy);
	obey_key(' ');
	obey_key('-');
	ck_assert(review->items[0].ticked);
	ck_assert_str_eq(review->items[0].text, "/t/a");
	let_one_pass();
	ck_assert(!review->busy);
	ck_assert_str_eq(review->items[0].text, "/t");
	/* Back at once, as it was. */
	obey_key('-');
	ck_assert_str_eq(review->items[0].text, "/t/a");
	let_one_pass();
	let_one_pass();
	obey_key('-');
	let_one_pass();
	ck_assert_ptr_nonnull(strstr(effects.model->notice.text, "Not narrower, because."));
	ck_assert(!worker_is_busy(effects.worker));
}
END_TEST

START_TEST(what_is_written_is_what_is_shown)
{
	const struct command write = { .type = COMMAND_EXPORT_WRITE };
	const struct export_review *review = &effects.model->export;

	open_export("t");
	let_one_pass();
	let_one_pass();
	effects_obey(&effects, &write, fixture_now);
	ck_assert(review->busy);
	let_one_pass();
	ck_assert_ptr_nonnull(strstr(effects.model->notice.text, "changed meanwhile"));
	ck_assert(review->known && !review->busy);
	obey_key('+');
	let_one_pass();
	let_one_pass();
	effects_obey(&effects, &write, fixture_now);
	open_gate();
	collect();
	ck_assert_ptr_nonnull(strstr(effects.model->notice.text, "Written: /x.json."));
	/* And it is compared anew with what is there now. */
	ck_assert(review->wanted && !review->known);
}
END_TEST

START_TEST(what_was_recorded_of_an_entry_is_read_beside_the_loop)
{
	const struct export_review *review = &effects.model->export;

	open_export("t");
	let_one_pass();
	let_one_pass();
	obey_key(TUI_KEY_ENTER);
	ck_assert(!review->shown.known);
	let_one_pass();
	ck_assert_str_eq(review->shown.rows[0].object, "/t/a");
}
END_TEST

static Suite *effects_suite(void)
{
	Suite *suite = suite_create("effects");
	TCase *tests = tcase_create("effects");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_layer_is_read_while_keys_are_answered);
	tcase_add_test(tests, what_was_read_for_another_screen_is_thrown_away);
	tcase_add_test(tests, rows_that_are_passed_by_are_not_compared);
	tcase_add_test(tests, what_is_kept_is_kept_beside_the_loop);
	tcase_add_test(tests, what_a_rule_matched_is_read_beside_the_loop);
	tcase_add_test(tests, settings_files_are_looked_at_now_and_then);
	tcase_add_test(tests, an_export_is_made_and_judged_beside_the_loop);
	tcase_add_test(tests, what_was_exported_for_another_screen_is_thrown_away);
	tcase_add_test(tests, an_entry_stays_where_it_is_while_it_is_made_wider);
	tcase_add_test(tests, what_is_written_is_what_is_shown);
	tcase_add_test(tests, what_was_recorded_of_an_entry_is_read_beside_the_loop);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(effects_suite)
