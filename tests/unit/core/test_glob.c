/* SPDX-License-Identifier: MIT */
#include "core/policy/glob.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "tests/lib/glob_matches.h"
#include "tests/lib/unit.h"

static const struct {
	const char *pattern, *path;
	bool matches;
} cases[] = {
	{ "/a/*.env", "/a/x.env", true },
	{ "/a/*.env", "/a/.env", true },
	{ "/a/*.env", "/a/d/x.env", false },
	{ "/a/*.env", "/a/x.envy", false },
	{ "/a/*", "/a/", true },
	{ "/a/*", "/a", false },
	{ "/a/**/x.pem", "/a/x.pem", true },
	{ "/a/**/x.pem", "/a/b/c/x.pem", true },
	{ "/a/**/x.pem", "/a/bx.pem", false },
	{ "/a/**/x.pem", "/ax.pem", false },
	{ "/**/*.pem", "/x.pem", true },
	{ "/**/*.pem", "/etc/ssl/y.pem", true },
	{ "/**/*.pem", "/etc/ssl/y.pem/z", false },
	{ "/a**b", "/a/x/y/b", true },
	{ "/a**b", "/ab", true },
	{ "/a***b", "/a/x/b", true },
	{ "/a***/b", "/axy/b", true },
	{ "/a***/b", "/axy/z/b", true },
	{ "/a***/b", "/axyb", true },
	{ "/****/", "/a/b", true },
	{ "/****/b", "/ab", true },
	{ "/k[0-9]", "/k1", true },
	{ "/k[0-9]", "/kx", false },
	{ "/k[0-9]", "/k[0-9]", true },
	{ "/k[0-9]", "/k[0-8]", false },
	{ "/k[!a]", "/k!", true },
	{ "/k[!a]", "/ka", true },
	{ "/k[!a]", "/kb", false },
	{ "/k[^a]", "/kb", false },
	{ "/k[^a]", "/k^", true },
	{ "/k[a-]", "/k-", true },
	{ "/k[-a]", "/k-", true },
	{ "/k[abc]d", "/kbd", true },
	{ "/k[abc]d", "/kd", false },
	{ "/k[]x]", "/k[]x]", true },
	{ "/k[]x]", "/kx", false },
	{ "/k[z-a]", "/k[z-a]", true },
	{ "/k[z-a]", "/km", false },
	{ "/k[abc", "/k[abc", true },
	{ "/k[abc", "/ka", false },
	{ "/[WIP] x/*.md", "/[WIP] x/a.md", true },
	{ "/[WIP] x/*.md", "/W x/a.md", true },
	{ "/ka?", "/kab", true },
	{ "/ka?", "/ka", false },
	{ "/ka?b", "/ka/b", false },
	{ "/k?", "/k\xc3\xa9", true },
	{ "/k??", "/k\xc3\xa9", false },
	{ "/k[\xc3\xa0-\xc3\xaa]", "/k\xc3\xa9", true },
	{ "/k?", "/k\xff", true },
	{ "/k\xff", "/k\xff", true },
	{ "/k\\*", "/k\\x", true },
	{ "/k\\*", "/k*", false },
	{ "/plain", "/plain", true },
	{ "/plain", "/plain/x", false },
	{ "/(a|b)+.", "/(a|b)+.", true },
	{ "", "", true },
};

START_TEST(a_pattern_matches_what_upstream_says)
{
	_cleanup_glob_ struct glob *glob = glob_compile(cases[_i].pattern);

	ck_assert_ptr_nonnull(glob);
	ck_assert_msg(glob_matches(glob, cases[_i].path) == cases[_i].matches, "%s against %s",
		      cases[_i].pattern, cases[_i].path);
}
END_TEST

static const struct {
	const char *pattern, *path;
	bool covers;
} covered[] = {
	{ "/a/*.d", "/a/x.d/in/it", true },
	{ "/a/*.d", "/a/x.d", true },
	{ "/a/*.d", "/a/x", false },
	{ "/a/*.d", "/a", false },
	{ "/**/.git", "/a/.git/config", true },
	{ "/**/.git", "/a/.github/config", false },
};

START_TEST(a_pattern_covers_what_lies_below_a_match)
{
	_cleanup_glob_ struct glob *glob = glob_compile(covered[_i].pattern);

	ck_assert(glob_covers(glob, covered[_i].path) == covered[_i].covers);
}
END_TEST

START_TEST(hostile_patterns_take_linear_time)
{
	char pattern[1025], path[3001];
	_cleanup_glob_ struct glob *glob = NULL;

	for (size_t i = 0; i < sizeof(pattern) - 1; i += 4)
		memcpy(pattern + i, "**a*", 4);
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	glob = glob_compile(pattern);
	ck_assert(!glob_matches(glob, path));
}
END_TEST

START_TEST(an_overlong_pattern_is_refused)
{
	char pattern[GLOB_PATTERN_MOST + 2];

	memset(pattern, 'a', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	ck_assert_ptr_null(glob_compile(pattern));
}
END_TEST

static const struct {
	const char *pattern, *stripped;
} stripped[] = {
	{ "/a/**", "/a" },     { "/a/**/**", "/a" }, { "/**", "/" },
	{ "/a/b**", "/a/b**" }, { "/a/*", "/a/*" },   { "/**/d/**", "/**/d" },
};

START_TEST(slash_and_two_stars_at_the_end_mean_what_is_before_them)
{
	_cleanup_free_ char *text = glob_strip(stripped[_i].pattern);

	ck_assert_str_eq(text, stripped[_i].stripped);
}
END_TEST

static char *tree;

static void put(const char *name)
{
	_cleanup_free_ char *path = path_join(tree, name);
	size_t length = strlen(path);
	FILE *file;

	for (char *slash = strchr(path + strlen(tree) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	if (path[length - 1] == '/')
		return;
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
}

static void put_link(const char *target, const char *name)
{
	_cleanup_free_ char *path = path_join(tree, name);

	ck_assert_int_eq(symlink(target, path), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void make_tree(void)
{
	char template[] = "/tmp/test-glob-XXXXXX";

	tree = path_real(mkdtemp(template));
	chmod(tree, 0755);
	put("a/b/c/x.pem");
	put("a/b/x.txt");
	put("y.pem");
	put(".hidden.pem");
	put("k1");
	put("k2");
	put("kx");
	put("[WIP] x/n.md");
	put("W x/n.md");
	put("deep/dir/f");
	put("other/dir/");
	put("other/deeper/dir/f");
	put("file/dir");
	put("outside/z.pem");
	put("cycle/one/");
	put_link("../outside", "a/away");
	put_link("..", "a/up");
	put_link("/", "a/top");
	put_link("../other", "cycle/two");
	put_link("../cycle", "other/back");
	put_link("nowhere", "dead.pem");
}

static void remove_tree(void)
{
	nftw(tree, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(tree);
}

static const struct {
	const char *pattern, *found; /* resolved, separated by spaces; "_" stands for a space */
} expansions[] = {
	{ "**/*.pem", ".hidden.pem a/b/c/x.pem dead.pem outside/z.pem y.pem" },
	{ "a/**/z.pem", "outside/z.pem" },
	{ "*.pem", ".hidden.pem dead.pem y.pem" },
	{ "k[0-9]", "k1 k2" },
	{ "k?", "k1 k2 kx" },
	{ "a/*/x.txt", "a/b/x.txt" },
	{ "[WIP] x/*.md", "W_x/n.md [WIP]_x/n.md" },
	{ "[WIP] x", "W_x [WIP]_x" },
	{ "**/dir/**", "deep/dir other/deeper/dir" },
	{ "**/dir", "deep/dir file/dir other/deeper/dir other/dir" },
	{ "none/*", "" },
	{ "cycle/**/f", "other/deeper/dir/f" },
	{ "a/up/k1*", "k1" },
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

START_TEST(a_pattern_expands_to_what_exists)
{
	_cleanup_strings_ struct strings found = STRINGS_EMPTY;
	_cleanup_strings_ struct strings resolved = STRINGS_EMPTY;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	_cleanup_free_ char *pattern = path_join(tree, expansions[_i].pattern);
	struct err e;

	ck_assert_int_eq(glob_expand(pattern, &found, NULL, &e), 0);
	for (size_t i = 0; i < found.count; i++) {
		char *real = path_real(found.items[i]);

		if (!real)
			real = xstrdup(found.items[i]);
		if (strings_contain(&resolved, real))
			free(real);
		else
			strings_take(&resolved, real);
	}
	if (resolved.count)
		qsort(resolved.items, resolved.count, sizeof(*resolved.items), compare);
	for (size_t i = 0; i < resolved.count; i++) {
		if (i)
			buf_addc(&text, ' ');
		for (const char *at = resolved.items[i] + strlen(tree) + 1; *at; at++)
			buf_addc(&text, *at == ' ' ? '_' : *at);
	}
	ck_assert_str_eq(buf_text(&text), expansions[_i].found);
}
END_TEST

START_TEST(the_plain_spelling_is_among_the_matches)
{
	_cleanup_strings_ struct strings found = STRINGS_EMPTY;
	_cleanup_free_ char *pattern = path_join(tree, "**/*.pem");
	_cleanup_free_ char *plain = path_join(tree, "outside/z.pem");
	struct err e;

	ck_assert_int_eq(glob_expand(pattern, &found, NULL, &e), 0);
	ck_assert(strings_contain(&found, plain));
}
END_TEST

START_TEST(a_pattern_with_a_wildcard_at_the_root_finds_files)
{
	_cleanup_strings_ struct strings found = STRINGS_EMPTY;
	_cleanup_free_ char *wanted = path_join(tree, "y.pem");
	_cleanup_free_ char *pattern = xasprintf("/tm*%s/*.pem", tree + strlen("/tmp"));
	struct err e;

	ck_assert_int_eq(glob_expand(pattern, &found, NULL, &e), 0);
	ck_assert(strings_contain(&found, wanted));
}
END_TEST

START_TEST(a_directory_that_cannot_be_listed_is_reported)
{
	_cleanup_strings_ struct strings found = STRINGS_EMPTY;
	_cleanup_strings_ struct strings unlisted = STRINGS_EMPTY;
	_cleanup_free_ char *shut = path_join(tree, "deep/dir");
	_cleanup_free_ char *no_search = path_join(tree, "other/deeper");
	_cleanup_free_ char *pattern = path_join(tree, "**/f");
	struct err e;
	int result;

	chmod(shut, 0100);
	chmod(no_search, 0400);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(shut, 65534, 65534), 0);
		ck_assert_int_eq(chown(no_search, 65534, 65534), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	result = glob_expand(pattern, &found, &unlisted, &e);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	chmod(shut, 0755);
	chmod(no_search, 0755);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(found.count, 0);
	ck_assert(strings_contain(&unlisted, shut));
	ck_assert(strings_contain(&unlisted, no_search));
}
END_TEST

START_TEST(trees_of_the_kernel_are_left_out)
{
	_cleanup_strings_ struct strings found = STRINGS_EMPTY;
	struct err e;

	ck_assert_int_eq(glob_expand("/proc/self/stat*", &found, NULL, &e), 0);
	ck_assert_int_eq(glob_expand("/de?/null", &found, NULL, &e), 0);
	ck_assert_uint_eq(found.count, 0);
}
END_TEST

static Suite *glob_suite(void)
{
	Suite *suite = suite_create("glob");
	TCase *pure = tcase_create("match");
	TCase *walk = tcase_create("expand");

	tcase_add_loop_test(pure, a_pattern_matches_what_upstream_says, 0, ARRAY_LENGTH(cases));
	tcase_add_loop_test(pure, a_pattern_covers_what_lies_below_a_match, 0,
			    ARRAY_LENGTH(covered));
	tcase_add_test(pure, hostile_patterns_take_linear_time);
	tcase_add_test(pure, an_overlong_pattern_is_refused);
	tcase_add_loop_test(pure, slash_and_two_stars_at_the_end_mean_what_is_before_them, 0,
			    ARRAY_LENGTH(stripped));
	tcase_add_checked_fixture(walk, make_tree, remove_tree);
	tcase_add_loop_test(walk, a_pattern_expands_to_what_exists, 0, ARRAY_LENGTH(expansions));
	tcase_add_test(walk, the_plain_spelling_is_among_the_matches);
	tcase_add_test(walk, a_pattern_with_a_wildcard_at_the_root_finds_files);
	tcase_add_test(walk, a_directory_that_cannot_be_listed_is_reported);
	tcase_add_test(walk, trees_of_the_kernel_are_left_out);
	suite_add_tcase(suite, pure);
	suite_add_tcase(suite, walk);
	return suite;
}

RUN_SUITE(glob_suite)
