/* SPDX-License-Identifier: MIT */
#include "core/sandbox/proc_path.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	const char *path;
	bool no_follow;
	enum proc_path wanted;
	const char *who, *what, *rest;
} paths[] = {
	{ "/proc/self/cwd/x", false, PROC_LINK, "", "cwd", "/x" },
	{ "/proc/self/cwd", false, PROC_LINK, "", "cwd", "" },
	{ "/proc/self/cwd", true, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/self/cwd/", true, PROC_LINK, "", "cwd", "/" },
	{ "//proc/./self//root/x", true, PROC_LINK, "", "root", "/x" },
	{ "/proc/thread-self/fd/7/x/y", false, PROC_LINK, "", "fd/7", "/x/y" },
	{ "/proc/12/exe", false, PROC_LINK, "12", "exe", "" },
	{ "/proc/12/task/13/fd/0", false, PROC_LINK, "12", "fd/0", "" },
	{ "/proc/12/task/13/status", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/self/fd/", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/self/fd/x", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/self/fd/7x", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/self/cwdx", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/selfx/cwd", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/1234567890123/cwd", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/self", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc/sys/kernel", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/proc", false, PROC_NOT, NULL, NULL, NULL },
	{ "/proc/", false, PROC_NOT, NULL, NULL, NULL },
	{ "/procx/self/cwd", false, PROC_NOT, NULL, NULL, NULL },
	{ "/x/proc/self/cwd", false, PROC_NOT, NULL, NULL, NULL },
	{ "/dev/fd/3", false, PROC_LINK, "", "fd/3", "" },
	{ "/dev/fd/3/x", true, PROC_LINK, "", "fd/3", "/x" },
	{ "/dev/fd", false, PROC_OTHER, NULL, NULL, NULL },
	{ "/dev/stdin", false, PROC_LINK, "", "fd/0", "" },
	{ "/dev/stderr", false, PROC_LINK, "", "fd/2", "" },
	{ "/dev/stderr", true, PROC_OTHER, NULL, NULL, NULL },
	{ "/dev/stderrx", false, PROC_NOT, NULL, NULL, NULL },
	{ "/dev/null", false, PROC_NOT, NULL, NULL, NULL },
	{ "/", false, PROC_NOT, NULL, NULL, NULL },
};

START_TEST(link_is_found_in_the_text)
{
	struct proc_link link;

	ck_assert_int_eq(proc_path_parse(paths[_i].path, paths[_i].no_follow, &link),
			 paths[_i].wanted);
	if (paths[_i].wanted != PROC_LINK)
		return;
	ck_assert_str_eq(link.who, paths[_i].who);
	ck_assert_str_eq(link.what, paths[_i].what);
	ck_assert_str_eq(paths[_i].path + link.used, paths[_i].rest);
}
END_TEST

static Suite *proc_path_suite(void)
{
	Suite *suite = suite_create("proc_path");
	TCase *tests = tcase_create("proc_path");

	tcase_add_loop_test(tests, link_is_found_in_the_text, 0, ARRAY_LENGTH(paths));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(proc_path_suite)
