/* SPDX-License-Identifier: MIT */
/* Entries of an export, a step wider or narrower: never over what is denied, refused or sensitive. */
#include "learn/adjust.h"

#include "tests/unit/learn/world.h"

static const char seen[] =
	"closed\ncwd /home/a/p\n"
	"file /home/a/p/src/x\nfile /home/a/p/src/y\nfile /home/a/p/src/deep/z\nfile /home/a/p/out/o\n"
	"file /home/a/q/one\nfile /home/a/q/.env\nfile /home/a/r/one\nfile /home/a/r/two\n"
	"file /home/a/.aws/key\nfile /home/a/s/one\nfile /home/a/s/in/.netrc\nfile /home/a/.config/x/y\n"
	"file /home/a/w/read\nfile /home/a/w/written\nfile /home/a/top\ndir /tmp/t\nfile /tmp/t/a\n"
	"file /home/a/l/one\nlink /home/a/l\nfile /home/a/d/one\n"
	"sensitive /home/a/.aws\nsensitive /home/a/s/in/.netrc\n"
	"allow read /home/a/p/src/x\nallow read /home/a/p/src/deep/z\nallow exec /home/a/p/src/y\n"
	"allow write /home/a/p/out/o\nallow write /home/a/r/one\ndeny read /home/a/r/two\n"
	"allow write /home/a/w/written\nallow read /home/a/w/read\n"
	"rule deny write exact /home/a/d/two\n"
	"allow connect a.b.example.org:443\nallow connect c.example.org:443\n"
	"allow connect host.example.com:443\ndeny connect bad.example.com:443\n"
	"allow connect x.denied.net:443\nrule deny connect domain denied.net\n"
	"allow connect a.b.example.org:80\nallow connect 192.0.2.1:443\nallow connect name.co.uk:443\n";

static struct world world;
static struct kept_export *kept;

static void take(const char *text)
{
	struct export_input input;
	struct err e = { .message = "" };

	world_read(&world, text);
	input = world_input(&world);
	kept = kept_export_new(&input, &e);
	ck_assert_msg(kept != NULL, "%s", e.message);
}

static void setup(void)
{
	take(seen);
}

static void teardown(void)
{
	kept_export_free(kept);
	kept = NULL;
	world_free(&world);
}

static const struct {
	enum adjust_list list;
	const char *entry, *wider; /* NULL = refused, */
	const char *why;	   /* because of this */
} wider[] = {
	{ ADJUST_READ, "/home/a/p/src/x", "/home/a/p/src", NULL },
	{ ADJUST_WRITE, "/home/a/p/out/o", "/home/a/p/out", NULL },
	{ ADJUST_WRITE, "/home/a/p/out", "/home/a/p", NULL },
	{ ADJUST_WRITE, "/tmp/t/a", "/tmp/t", NULL },
	{ ADJUST_WRITE, "/home/a/p", NULL, "home directory" },
	{ ADJUST_READ, "/home/a/top", NULL, "home directory" },
	{ ADJUST_READ, "/home", NULL, "home directory" },
	{ ADJUST_READ, "/", NULL, "root" },
	{ ADJUST_READ, "/opt/x", NULL, "right below the root" },
	{ ADJUST_READ, "/home/a/.config/x", NULL, "share" },
	{ ADJUST_READ, "/home/a/gone/x", NULL, "no such directory" },
	{ ADJUST_READ, "/home/a/l/one", NULL, "symbolic link" },
	/* sensitive: by the list, below it, and by name */
	{ ADJUST_READ, "/home/a/.aws/key", NULL, "sensitive" },
	{ ADJUST_WRITE, "/home/a/s/one", NULL, "sensitive" },
	{ ADJUST_READ, "/home/a/q/one", NULL, "looks sensitive" },
	/* refused, and denied by a rule */
	{ ADJUST_WRITE, "/home/a/r/one", NULL, "refused" },
	{ ADJUST_READ, "/home/a/r/one", NULL, "refused" },
	{ ADJUST_WRITE, "/home/a/d/one", NULL, "denies" },
	{ ADJUST_READ, "/home/a/d/one", NULL, "denies" },
	/* upstream would make it read-only */
	{ ADJUST_READ, "/home/a/w/read", NULL, "written" },
	/* hosts */
	{ ADJUST_HOST, "a.b.example.org:443", "*.b.example.org:443", NULL },
	{ ADJUST_HOST, "*.b.example.org:443", "*.example.org:443", NULL },
	{ ADJUST_HOST, "*.example.org:443", NULL, "belongs to many" },
	{ ADJUST_HOST, "c.example.org", "*.example.org", NULL },
	{ ADJUST_HOST, "name.co.uk:443", NULL, "belongs to many" },
	{ ADJUST_HOST, "192.0.2.1:443", NULL, "belongs to many" },
	{ ADJUST_HOST, "host.example.com:443", NULL, "refused" },
	{ ADJUST_HOST, "x.denied.net:443", NULL, "denied" },
};

START_TEST(a_step_wider_stops_where_it_would_open_what_it_must_not)
{
	struct err e = { .message = "" };
	_cleanup_free_ char *got = adjust_wider(kept, wider[_i].list, wider[_i].entry, &e);

	if (wider[_i].wider) {
		ck_assert_msg(got != NULL, "%s", e.message);
		ck_assert_str_eq(got, wider[_i].wider);
	} else {
		ck_assert_msg(got == NULL, "%s was opened", got);
		ck_assert_msg(strstr(e.message, wider[_i].why) != NULL, "%s", e.message);
	}
}
END_TEST

static const struct {
	enum adjust_list list;
	const char *entry, *entries; /* each with a blank behind; NULL = refused */
} narrower[] = {
	{ ADJUST_READ, "/home/a/p/src", "/home/a/p/src/deep /home/a/p/src/x /home/a/p/src/y " },
	{ ADJUST_READ, "/home/a/p/src/deep", "/home/a/p/src/deep/z " },
	{ ADJUST_READ, "/home/a/p/src/x", NULL },
	{ ADJUST_WRITE, "/home/a/p", "/home/a/p/out " },
	{ ADJUST_READ, "/home/a/l", NULL },
	{ ADJUST_READ, "/tmp/t", NULL },
	{ ADJUST_HOST, "*.example.org:443", "a.b.example.org:443 c.example.org:443 " },
	{ ADJUST_HOST, "a.b.example.org", "a.b.example.org:443 a.b.example.org:80 " },
	{ ADJUST_HOST, "a.b.example.org:443", NULL },
	{ ADJUST_HOST, "*.nothing.org", NULL },
};

START_TEST(a_step_narrower_is_what_was_needed)
{
	_cleanup_strings_ struct strings entries = STRINGS_EMPTY;
	_cleanup_buf_ struct buf got = BUF_EMPTY;
	struct err e = { .message = "" };
	int result = adjust_narrower(kept, narrower[_i].list, narrower[_i].entry, &entries, &e);

	ck_assert_msg((result == 0) == (narrower[_i].entries != NULL), "%s", e.message);
	for (size_t i = 0; result == 0 && i < entries.count; i++)
		buf_addf(&got, "%s ", entries.items[i]);
	if (result == 0)
		ck_assert_str_eq(buf_text(&got), narrower[_i].entries);
}
END_TEST

/* They would be refused in the next run: only the directory lets them be made. */
START_TEST(a_directory_in_which_files_are_made_stays)
{
	_cleanup_strings_ struct strings entries = STRINGS_EMPTY;
	struct err e = { .message = "" };

	teardown();
	take("closed\nfile /home/a/p/a\nallow write /home/a/p/a\nallow write /home/a/p/gone created\n");
	ck_assert_int_lt(adjust_narrower(kept, ADJUST_WRITE, "/home/a/p", &entries, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.message, "files are made"));
}
END_TEST

START_TEST(very_many_parts_are_not_listed)
{
	_cleanup_strings_ struct strings entries = STRINGS_EMPTY;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { .message = "" };

	teardown();
	buf_adds(&text, "closed\n");
	for (int i = 0; i < 70; i++)
		buf_addf(&text, "file /home/a/p/%d\nallow read /home/a/p/%d\n", i, i);
	take(buf_text(&text));
	ck_assert_int_lt(adjust_narrower(kept, ADJUST_READ, "/home/a/p", &entries, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.message, "more than 64"));
}
END_TEST

static Suite *adjust_suite(void)
{
	Suite *suite = suite_create("adjust");
	TCase *tests = tcase_create("adjust");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_step_wider_stops_where_it_would_open_what_it_must_not, 0,
			    (int)ARRAY_LENGTH(wider));
	tcase_add_loop_test(tests, a_step_narrower_is_what_was_needed, 0, (int)ARRAY_LENGTH(narrower));
	tcase_add_test(tests, a_directory_in_which_files_are_made_stays);
	tcase_add_test(tests, very_many_parts_are_not_listed);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(adjust_suite)
