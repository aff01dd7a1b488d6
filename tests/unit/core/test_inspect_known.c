/* SPDX-License-Identifier: MIT */
/* What is remembered of paths that no program inside can change, by the host's own tree. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/inspect.h"
#include "core/sandbox/path_text.h"
#include "tests/lib/unit.h"

static struct mount_plan plan;
static struct masks masks;
static struct inspector inspector;
static char top[PATH_MAX];

static const char *below_top(const char *name)
{
	static char path[PATH_MAX];

	ck_assert(path_text_join(path, top, name));
	return path;
}

static void make_file(const char *name)
{
	int fd = open(below_top(name), O_CREAT | O_WRONLY, 0644);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void make_link(const char *target, const char *name)
{
	ck_assert_int_eq(symlink(target, below_top(name)), 0);
}

/* Everything is fixed but what lies below "work"; one name in that is hidden. */
static void set_up(void)
{
	char made[] = "/tmp/srt-top-test.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(made));
	ck_assert_ptr_nonnull(realpath(made, top));
	ck_assert_int_eq(mkdir(below_top("work"), 0755), 0);
	ck_assert_int_eq(mkdir(below_top("lib"), 0755), 0);
	make_file("lib/real");
	make_file("work/real");
	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_BASE, "/", "/", NULL);
	mount_plan_add(&plan, MOUNT_BIND, ORIGIN_SETTINGS, below_top("work"), below_top("work"), NULL);
	mount_plan_add(&plan, MOUNT_MASK_DIR, ORIGIN_SETTINGS, NULL, below_top("work/hidden"), NULL);
	masks = (struct masks){ .tree = plan_tree_new(&plan) };
	inspector = (struct inspector){ .root = open("/", O_PATH | O_CLOEXEC),
					.masks = &masks,
					.known = known_places_new() };
	ck_assert_int_ge(inspector.root, 0);
}

static void tear_down(void)
{
	char command[PATH_MAX + 16];

	close(inspector.root);
	known_places_free(inspector.known);
	masks_free(&masks);
	mount_plan_free(&plan);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static struct finding inspect(const char *name, struct intent intent)
{
	struct finding finding;

	inspect_path(&inspector, getpid(), below_top(name), &intent, &finding);
	return finding;
}

static struct finding read_it(const char *name)
{
	return inspect(name, intent_of_open(O_RDONLY));
}

static unsigned known(const char *name)
{
	const char *path = below_top(name);

	return known_places_find(inspector.known, path, strlen(path));
}

START_TEST(a_missing_directory_says_that_of_all_below_it)
{
	const struct intent execute = { .effect = EFFECT_EXEC };

	ck_assert_int_eq(read_it("none/deep/er").outcome, OUTCOME_FAILS);
	ck_assert_uint_eq(known("none"), KNOWN_MISSING);
	ck_assert_uint_eq(known("none/deep"), KNOWN_NOTHING);
	/* From now on the host is not looked at. */
	ck_assert_int_eq(mkdir(below_top("none"), 0755), 0);
	make_file("none/file");
	ck_assert_int_eq(read_it("none/file").outcome, OUTCOME_FAILS);
	ck_assert_int_eq(inspect("none/file", execute).outcome, OUTCOME_FAILS);
	known_places_refresh(inspector.known, 1, NULL);
	ck_assert_int_eq(read_it("none/file").outcome, OUTCOME_PLAIN);
}
END_TEST

START_TEST(what_is_executed_is_remembered_only_as_missing)
{
	const struct intent execute = { .effect = EFFECT_EXEC };

	ck_assert_int_eq(inspect("lib/none", execute).outcome, OUTCOME_FAILS);
	ck_assert_uint_eq(known("lib/none"), KNOWN_MISSING);
	/* It may be read, and still not be executed. */
	ck_assert_int_eq(read_it("lib/real").outcome, OUTCOME_PLAIN);
	ck_assert_uint_ne(known("lib/real") & KNOWN_READABLE, 0);
	ck_assert_int_eq(inspect("lib/real", execute).outcome, OUTCOME_FAILS);
	ck_assert_int_eq(chmod(below_top("lib/real"), 0755), 0);
	ck_assert_int_eq(inspect("lib/real", execute).outcome, OUTCOME_PLAIN);
}
END_TEST

START_TEST(a_file_is_no_way_to_a_missing_one)
{
	ck_assert_int_ne(read_it("lib/real/x").outcome, OUTCOME_PLAIN);
	ck_assert_uint_eq(known("lib/real/x") & KNOWN_MISSING, 0);
	ck_assert_uint_eq(known("lib/real") & KNOWN_MISSING, 0);
	ck_assert_int_eq(read_it("lib/real").outcome, OUTCOME_PLAIN);
}
END_TEST

START_TEST(nothing_is_remembered_of_what_may_be_written)
{
	make_link("real", "work/link");
	ck_assert_int_eq(read_it("work/none/x").outcome, OUTCOME_FAILS);
	ck_assert_int_eq(read_it("work/link").outcome, OUTCOME_PLAIN);
	ck_assert_uint_eq(known("work/none"), KNOWN_NOTHING);
	ck_assert_uint_eq(known("work/link"), KNOWN_NOTHING);
	ck_assert_uint_eq(known("work"), KNOWN_NOTHING);
}
END_TEST

START_TEST(a_link_to_what_lies_beside_it_is_remembered)
{
	struct intent itself = { .effect = EFFECT_OPEN, .read = true, .no_follow = true };
	struct finding finding;

	make_link("real", "lib/link");
	make_link("lib", "alias");
	finding = read_it("lib/link");
	ck_assert_int_eq(finding.outcome, OUTCOME_PLAIN);
	ck_assert_str_eq(finding.object, below_top("lib/real"));
	ck_assert_uint_eq(known("lib/link"), KNOWN_ALIAS);
	finding = read_it("lib/link");
	ck_assert_int_eq(finding.outcome, OUTCOME_PLAIN);
	ck_assert_str_eq(finding.object, below_top("lib/real"));
	/* The link itself cannot be opened for reading. */
	ck_assert_int_eq(inspect("lib/link", itself).outcome, OUTCOME_FAILS);
	/* The same in a directory that is reached by one. */
	finding = read_it("alias/link");
	ck_assert_str_eq(finding.object, below_top("lib/real"));
	ck_assert_uint_eq(known("alias"), KNOWN_ALIAS);
	ck_assert_uint_eq(known("alias/link"), KNOWN_ALIAS);
	ck_assert_str_eq(read_it("alias/link").object, below_top("lib/real"));
	ck_assert_int_eq(read_it("alias/none").outcome, OUTCOME_FAILS);
}
END_TEST

START_TEST(a_link_to_anywhere_else_is_not)
{
	make_link("../work/real", "lib/away");
	make_link("../work/back", "lib/round");
	make_link("../lib/real", "work/back");
	make_link("link", "lib/twice");
	make_link("real", "lib/link");
	ck_assert_int_eq(read_it("lib/away").outcome, OUTCOME_PLAIN);
	ck_assert_int_eq(read_it("lib/round").outcome, OUTCOME_PLAIN);
	ck_assert_str_eq(read_it("lib/twice").object, below_top("lib/real"));
	ck_assert_uint_eq(known("lib/away"), KNOWN_NOTHING);
	ck_assert_uint_eq(known("lib/round"), KNOWN_NOTHING);
	ck_assert_uint_eq(known("lib/twice"), KNOWN_NOTHING);
	/* It leads elsewhere now, as a program inside could have it. */
	ck_assert_int_eq(unlink(below_top("work/back")), 0);
	make_link("real", "work/back");
	ck_assert_str_eq(read_it("lib/round").object, below_top("work/real"));
}
END_TEST

START_TEST(what_may_be_written_is_where_it_says_unless_a_link_is_on_the_way)
{
	static const struct {
		const char *name;
		bool plain, wanted;
	} cases[] = {
		{ "work/real", false, true },
		{ "work/real", true, true },
		{ "work/dir/file", false, true },
		{ "work/dir/", false, true },
		{ "work/none", false, true },
		{ "work/none", true, true },
		{ "work/none/x", false, true },
		/* Over a link, at the end or before it. */
		{ "work/link", false, false },
		{ "work/link", true, false },
		{ "work/away", true, false },
		{ "work/away/", false, false },
		{ "work/away/file", false, false },
		{ "work/away/none", false, false },
		{ "work/lost", false, false },
		{ "work/lost", true, false },
		/* The text is another place than it says. */
		{ "work/dir/../real", false, false },
		{ "work//real", false, false },
		{ "work/./real", false, false },
		/* Where that is remembered nothing is to be asked. */
		{ "lib/real", false, false },
		{ "lib/real", true, false },
	};

	ck_assert_int_eq(mkdir(below_top("work/dir"), 0755), 0);
	make_file("work/dir/file");
	make_link("real", "work/link");
	make_link("dir", "work/away");
	make_link("../none", "work/lost");
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char path[PATH_MAX];

		/* Joined, so that what is no normal path stays none. */
		ck_assert(path_text_join(path, top, cases[i].name));
		ck_assert_msg(inspect_is_where_it_says(&inspector, path, cases[i].plain) ==
				      cases[i].wanted,
			      "%s", cases[i].name);
	}
	ck_assert(!inspect_is_where_it_says(&inspector, "/", false));
}
END_TEST

START_TEST(a_name_in_a_directory_that_the_kernel_told_takes_one_look)
{
	static const struct {
		const char *name;
		int flags;
		bool decided;
		enum outcome outcome;
	} cases[] = {
		{ "work/real", O_RDONLY, true, OUTCOME_PLAIN },
		{ "work/dir", O_RDONLY | O_DIRECTORY, true, OUTCOME_PLAIN },
		{ "work/real", O_RDONLY | O_DIRECTORY, true, OUTCOME_FAILS },
		{ "work/none", O_RDONLY, true, OUTCOME_FAILS },
		/* There is more to see of these. */
		{ "work/link", O_RDONLY, false, OUTCOME_UNKNOWN },
		{ "work/closed", O_RDONLY, false, OUTCOME_UNKNOWN },
		{ "work/real", O_WRONLY, false, OUTCOME_UNKNOWN },
		{ "work/none", O_RDONLY | O_CREAT, false, OUTCOME_UNKNOWN },
		{ "work/hidden", O_RDONLY, false, OUTCOME_UNKNOWN },
		{ "work/hidden/none", O_RDONLY, false, OUTCOME_UNKNOWN },
		{ "lib/real", O_RDONLY, false, OUTCOME_UNKNOWN },
	};
	struct finding finding;
	struct intent intent;

	ck_assert_int_eq(mkdir(below_top("work/dir"), 0755), 0);
	make_link("real", "work/link");
	make_file("work/closed");
	ck_assert_int_eq(chmod(below_top("work/closed"), 0), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const char *path = below_top(cases[i].name);

		intent = intent_of_open((uint64_t)cases[i].flags);
		ck_assert_msg(inspect_name(&inspector, path, &intent, &finding) == cases[i].decided &&
				      finding.outcome == cases[i].outcome,
			      "%s with %#o", cases[i].name, (unsigned)cases[i].flags);
		if (finding.outcome == OUTCOME_PLAIN)
			ck_assert_str_eq(finding.object, path);
	}
	intent = (struct intent){ .effect = EFFECT_EXEC };
	ck_assert(!inspect_name(&inspector, below_top("work/real"), &intent, &finding));
	ck_assert_uint_eq(known("work"), KNOWN_NOTHING);
	ck_assert_uint_eq(known("work/real"), KNOWN_NOTHING);
	ck_assert_uint_eq(known("work/none"), KNOWN_NOTHING);
	/* Of what nobody inside can change the directory is remembered. */
	ck_assert_uint_eq(known("lib"), KNOWN_DIRECTORY);
}
END_TEST

static Suite *inspect_known_suite(void)
{
	Suite *suite = suite_create("inspect_known");
	TCase *tests = tcase_create("inspect_known");

	skip_without_openat2();
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_missing_directory_says_that_of_all_below_it);
	tcase_add_test(tests, what_is_executed_is_remembered_only_as_missing);
	tcase_add_test(tests, a_file_is_no_way_to_a_missing_one);
	tcase_add_test(tests, nothing_is_remembered_of_what_may_be_written);
	tcase_add_test(tests, what_may_be_written_is_where_it_says_unless_a_link_is_on_the_way);
	tcase_add_test(tests, a_name_in_a_directory_that_the_kernel_told_takes_one_look);
	tcase_add_test(tests, a_link_to_what_lies_beside_it_is_remembered);
	tcase_add_test(tests, a_link_to_anywhere_else_is_not);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(inspect_known_suite)
