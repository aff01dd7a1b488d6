/* SPDX-License-Identifier: MIT */
#include "core/policy/path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	const char *text, *path;
} spellings[] = {
	{ "/a/b", "/a/b" },
	{ "/a//b/./c/", "/a/b/c" },
	{ "/a/b/..", "/a" },
	{ "/a/../../..", "/" },
	{ "/..", "/" },
	{ "/", "/" },
	{ "//", "/" },
	{ "~", "/home/u" },
	{ "~/", "/home/u" },
	{ "~/x/.", "/home/u/x" },
	{ "~/../v", "/home/v" },
	{ "~u", "/w/d/~u" },
	{ "", "/w/d" },
	{ ".", "/w/d" },
	{ "./b", "/w/d/b" },
	{ "a/", "/w/d/a" },
	{ "..", "/w" },
	{ "../../../x", "/x" },
	{ "...", "/w/d/..." },
	{ "a/..b/c", "/w/d/a/..b/c" },
	{ "x/~/y", "/w/d/x/~/y" },
};

START_TEST(an_entry_becomes_an_absolute_normal_path)
{
	_cleanup_free_ char *path = path_absolute(spellings[_i].text, "/home/u", "/w/d");

	ck_assert_str_eq(path, spellings[_i].path);
}
END_TEST

START_TEST(home_and_cwd_may_be_the_root)
{
	_cleanup_free_ char *home = path_absolute("~/x", "/", "/");
	_cleanup_free_ char *cwd = path_absolute("x", "/", "/");

	ck_assert_str_eq(home, "/x");
	ck_assert_str_eq(cwd, "/x");
}
END_TEST

static const struct {
	const char *path, *ancestor;
	bool below, strictly;
} pairs[] = {
	{ "/a/b", "/a", true, true },	{ "/a", "/a", true, false },
	{ "/ab", "/a", false, false },	{ "/a", "/a/b", false, false },
	{ "/a", "/", true, true },	{ "/", "/", true, false },
	{ "/", "/a", false, false },	{ "/a/bc/d", "/a/b", false, false },
	{ "/a/b/c", "/a/b", true, true },
};

START_TEST(below_goes_by_whole_components)
{
	ck_assert(path_is_below(pairs[_i].path, pairs[_i].ancestor) == pairs[_i].below);
	ck_assert(path_is_strictly_below(pairs[_i].path, pairs[_i].ancestor) == pairs[_i].strictly);
}
END_TEST

static const struct {
	const char *path, *parent;
	size_t depth;
} parts[] = {
	{ "/", "/", 0 }, { "/a", "/", 1 }, { "/a/b", "/a", 2 }, { "/a/b/c", "/a/b", 3 },
};

START_TEST(parent_and_depth_agree)
{
	_cleanup_free_ char *parent = path_parent(parts[_i].path);

	ck_assert_str_eq(parent, parts[_i].parent);
	ck_assert_uint_eq(path_depth(parts[_i].path), parts[_i].depth);
}
END_TEST

static const struct {
	const char *path, *home, *shown;
} shortenings[] = {
	{ "/home/u/.ssh", "/home/u", "~/.ssh" },
	{ "/home/u", "/home/u", "~" },
	{ "/home/user", "/home/u", "/home/user" },
	{ "/etc", "/", "/etc" },
};

START_TEST(home_is_shortened_for_people)
{
	_cleanup_free_ char *shown = path_shorten(shortenings[_i].path, shortenings[_i].home);

	ck_assert_str_eq(shown, shortenings[_i].shown);
}
END_TEST

/* A tree with links, torn down by the test's own process. */
static char *make_tree(void)
{
	char template[] = "/tmp/test-path-XXXXXX";
	char *made = path_real(mkdtemp(template));
	FILE *file;

	ck_assert_int_eq(chdir(made), 0);
	mkdir("dir", 0755);
	mkdir("dir/sub", 0755);
	file = fopen("dir/file", "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	(void)!symlink("dir", "link");
	(void)!symlink("link/sub/../file", "crooked");
	(void)!symlink("dir/later/x", "dangling");
	(void)!symlink("dangling", "twice");
	(void)!symlink("loop", "loop");
	(void)!symlink("/", "root");
	return made;
}

static void remove_tree(char *tree)
{
	static const char *const names[] = { "root",	"loop",	    "twice",   "dangling", "crooked",
					     "link",	"dir/file", "dir/sub", "dir",	   NULL };

	for (size_t i = 0; names[i]; i++)
		remove(names[i]);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(tree), 0);
	free(tree);
}

static const struct {
	const char *path;
	enum path_fate fate;
	const char *at;
	bool more;
} landings[] = {
	{ "dir/file", PATH_EXISTS, "dir/file", false },
	{ "link/file", PATH_EXISTS, "dir/file", false },
	{ "crooked", PATH_EXISTS, "dir/file", false },
	{ "new", PATH_MISSING, "new", false },
	{ "new/a/b", PATH_MISSING, "new", true },
	{ "link/new", PATH_MISSING, "dir/new", false },
	{ "dangling", PATH_MISSING, "dir/later", true },
	{ "twice", PATH_MISSING, "dir/later", true },
	{ "twice/more", PATH_MISSING, "dir/later", true },
	{ "dir/file/x", PATH_BLOCKED, "dir/file", true },
	{ "crooked/x", PATH_BLOCKED, "dir/file", true },
	{ "loop", PATH_LOOP, "loop", false },
	{ "loop/x", PATH_LOOP, "loop", true },
};

START_TEST(a_path_lands_where_an_access_would)
{
	char *tree = make_tree();
	_cleanup_free_ char *path = path_join(tree, landings[_i].path);
	_cleanup_free_ char *at = path_join(tree, landings[_i].at);
	_cleanup_landing_ struct path_landing landing = { 0 };

	path_land(&landing, path);
	remove_tree(tree);
	ck_assert_int_eq(landing.fate, landings[_i].fate);
	ck_assert_str_eq(landing.at, at);
	ck_assert(landing.more == landings[_i].more);
}
END_TEST

START_TEST(a_link_to_the_root_lands_there)
{
	char *tree = make_tree();
	_cleanup_free_ char *path = path_join(tree, "root");
	_cleanup_landing_ struct path_landing landing = { 0 };

	path_land(&landing, path);
	remove_tree(tree);
	ck_assert_int_eq(landing.fate, PATH_EXISTS);
	ck_assert_str_eq(landing.at, "/");
}
END_TEST

START_TEST(a_directory_without_search_right_hides_what_is_in_it)
{
	char template[] = "/tmp/test-path-XXXXXX";
	_cleanup_free_ char *tree = path_real(mkdtemp(template));
	_cleanup_free_ char *path = path_join(tree, "shut/in/it");
	_cleanup_free_ char *shut = path_join(tree, "shut");
	_cleanup_landing_ struct path_landing landing = { 0 };

	chmod(tree, 0755);
	mkdir(shut, 0600);
	/* Root looks everywhere: the rest of the test is somebody else's. Checks runs forked. */
	if (geteuid() == 0 && seteuid(65534) < 0)
		ck_abort();
	chmod(shut, 0);
	path_land(&landing, path);
	if (getuid() == 0 && seteuid(0) < 0)
		ck_abort();
	rmdir(shut);
	rmdir(tree);
	ck_assert_int_eq(landing.fate, PATH_HIDDEN);
	ck_assert_str_eq(landing.at, shut);
}
END_TEST

START_TEST(plain_means_without_links)
{
	char *tree = make_tree();
	_cleanup_free_ char *plain = path_join(tree, "dir/file");
	_cleanup_free_ char *linked = path_join(tree, "link/file");
	_cleanup_free_ char *missing = path_join(tree, "dir/none");
	bool results[] = { path_is_plain(plain), path_is_plain(linked), path_is_plain(missing) };

	remove_tree(tree);
	ck_assert(results[0]);
	ck_assert(!results[1]);
	ck_assert(!results[2]);
}
END_TEST

static Suite *path_suite(void)
{
	Suite *suite = suite_create("path");
	TCase *tests = tcase_create("path");

	tcase_add_loop_test(tests, an_entry_becomes_an_absolute_normal_path, 0,
			    ARRAY_LENGTH(spellings));
	tcase_add_test(tests, home_and_cwd_may_be_the_root);
	tcase_add_loop_test(tests, below_goes_by_whole_components, 0, ARRAY_LENGTH(pairs));
	tcase_add_loop_test(tests, parent_and_depth_agree, 0, ARRAY_LENGTH(parts));
	tcase_add_loop_test(tests, home_is_shortened_for_people, 0, ARRAY_LENGTH(shortenings));
	tcase_add_loop_test(tests, a_path_lands_where_an_access_would, 0, ARRAY_LENGTH(landings));
	tcase_add_test(tests, a_link_to_the_root_lands_there);
	tcase_add_test(tests, a_directory_without_search_right_hides_what_is_in_it);
	tcase_add_test(tests, plain_means_without_links);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(path_suite)
