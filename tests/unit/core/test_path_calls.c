/* SPDX-License-Identifier: MIT */
#include "core/sandbox/path_calls.h"

#include <seccomp.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/sandbox/filter.h"
#include "core/sandbox/inspect_parts.h"
#include "core/sandbox/path_text.h"
#include "core/sandbox/plan_tree.h"
#include "tests/lib/unit.h"

#include <fcntl.h>

/* From the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h);
 * -1 where an architecture has no such call. */
static const struct {
	const char *name;
	int x86_64, arm64;
} numbers[] = {
	{ "open", 2, -1 },	   { "openat", 257, 56 },	{ "openat2", 437, 437 },
	{ "creat", 85, -1 },	   { "stat", 4, -1 },		{ "lstat", 6, -1 },
	{ "newfstatat", 262, 79 }, { "statx", 332, 291 },	{ "access", 21, -1 },
	{ "faccessat", 269, 48 },  { "faccessat2", 439, 439 },	{ "readlink", 89, -1 },
	{ "readlinkat", 267, 78 }, { "chdir", 80, 49 },		{ "statfs", 137, 43 },
	{ "getxattr", 191, 8 },	   { "lgetxattr", 192, 9 },	{ "listxattr", 194, 11 },
	{ "llistxattr", 195, 12 }, { "getxattrat", 464, 464 },	{ "listxattrat", 465, 465 },
	{ "file_getattr", 468, 468 },
	{ "name_to_handle_at", 303, 264 },
	{ "inotify_add_watch", 254, 27 },
	{ "mkdir", 83, -1 },	   { "mkdirat", 258, 34 },	{ "mknod", 133, -1 },
	{ "mknodat", 259, 33 },	   { "symlink", 88, -1 },	{ "symlinkat", 266, 36 },
	{ "unlink", 87, -1 },	   { "unlinkat", 263, 35 },	{ "rmdir", 84, -1 },
	{ "rename", 82, -1 },	   { "renameat", 264, 38 },	{ "renameat2", 316, 276 },
	{ "link", 86, -1 },	   { "linkat", 265, 37 },	{ "truncate", 76, 45 },
	{ "chmod", 90, -1 },	   { "fchmodat", 268, 53 },	{ "fchmodat2", 452, 452 },
	{ "fchmod", 91, 52 },	   { "chown", 92, -1 },		{ "lchown", 94, -1 },
	{ "fchownat", 260, 54 },   { "fchown", 93, 55 },	{ "utime", 132, -1 },
	{ "utimes", 235, -1 },	   { "futimesat", 261, -1 },	{ "utimensat", 280, 88 },
	{ "setxattr", 188, 5 },	   { "lsetxattr", 189, 6 },	{ "fsetxattr", 190, 7 },
	{ "removexattr", 197, 14 }, { "lremovexattr", 198, 15 }, { "fremovexattr", 199, 16 },
	{ "setxattrat", 463, 463 }, { "removexattrat", 466, 466 }, { "file_setattr", 469, 469 },
	{ "execve", 59, 221 },	   { "execveat", 322, 281 },
};

static const struct path_call *find(const char *name)
{
	for (size_t i = 0; i < path_call_count; i++)
		if (strcmp(path_calls[i].name, name) == 0)
			return &path_calls[i];
	return NULL;
}

START_TEST(call_has_its_number_on_each_architecture)
{
	const struct path_call *call = find(numbers[_i].name);

	ck_assert_msg(call, "%s is not watched", numbers[_i].name);
	ck_assert_int_eq(path_call_number_on(call, SCMP_ARCH_X86_64), numbers[_i].x86_64);
	ck_assert_int_eq(path_call_number_on(call, SCMP_ARCH_AARCH64), numbers[_i].arm64);
}
END_TEST

START_TEST(every_watched_call_is_in_the_table_above)
{
	ck_assert_uint_eq(path_call_count, ARRAY_LENGTH(numbers));
}
END_TEST

/* The arguments that each effect needs are there, and within a call's six. */
START_TEST(entry_makes_sense)
{
	const struct path_call *call = &path_calls[_i];
	bool two = call->effect == EFFECT_RENAME || call->effect == EFFECT_LINK;

	ck_assert(call->dirfd != NO_ARGUMENT || call->path != NO_ARGUMENT);
	ck_assert_int_eq(call->second_path != NO_ARGUMENT, two);
	ck_assert_int_lt(call->dirfd, 6);
	ck_assert_int_lt(call->path, 6);
	ck_assert_int_lt(call->flags, 6);
	ck_assert_int_eq(call->detail != NO_ARGUMENT,
			 (call->traits & (TRAIT_NEEDS_MODE | TRAIT_TAKES_ATTRIBUTE)) != 0);
}
END_TEST

START_TEST(index_finds_every_native_call)
{
	static struct path_call_index index;

	path_call_index_make(&index);
	for (size_t i = 0; i < path_call_count; i++) {
		int number = path_call_number(&path_calls[i]);

		if (number >= 0)
			ck_assert_ptr_eq(path_call_find(&index, number), &path_calls[i]);
	}
	ck_assert_ptr_null(path_call_find(&index, -1));
	ck_assert_ptr_null(path_call_find(&index, PATH_CALL_NUMBERS));
}
END_TEST

START_TEST(flags_of_open_are_read)
{
	ck_assert_int_eq(intent_of_open(O_RDONLY).write, false);
	ck_assert_int_eq(intent_of_open(O_RDONLY | O_TRUNC).write, true);
	ck_assert_int_eq(intent_of_open(O_RDWR).read, true);
	ck_assert_int_eq(intent_of_open(O_WRONLY).read, false);
	ck_assert_int_eq(intent_of_open(O_WRONLY | O_CREAT | O_EXCL).no_follow, true);
	ck_assert_int_eq(intent_of_open(O_RDWR | O_TMPFILE).unnamed, true);
	ck_assert_int_eq(intent_of_open(O_RDWR | O_TMPFILE).directory, false);
	ck_assert_int_eq(intent_of_open(O_RDONLY | O_DIRECTORY).directory, true);
	/* Of O_PATH the access mode means nothing. */
	ck_assert_int_eq(intent_of_open(O_PATH | O_WRONLY | O_CREAT).effect, EFFECT_LOOK);
}
END_TEST

static const struct {
	const char *path;
	enum path_end end;
} ends[] = {
	{ "/a", PATH_END_NAME },     { "/a/..b", PATH_END_NAME },  { "/a/.b", PATH_END_NAME },
	{ "/a/", PATH_END_SLASH },   { "/a/...//", PATH_END_SLASH }, { "/", PATH_END_DOTS },
	{ "//", PATH_END_DOTS },     { "/a/.", PATH_END_DOTS },	   { "/a/..", PATH_END_DOTS },
	{ "/a/../", PATH_END_DOTS }, { "/a/.//", PATH_END_DOTS },
};

START_TEST(end_of_a_path_is_told)
{
	ck_assert_int_eq(path_text_end(ends[_i].path), ends[_i].end);
}
END_TEST

/* Without an inspector: nothing is looked at. */
START_TEST(what_fails_anyway_is_known_by_its_text)
{
	const struct intent makes = { .effect = EFFECT_CREATE };
	const struct intent makes_directory = { .effect = EFFECT_CREATE, .directory = true };
	const struct intent removes = { .effect = EFFECT_REMOVE };
	const struct intent renames = { .effect = EFFECT_RENAME };
	const struct intent reads = intent_of_open(O_RDONLY | O_DIRECTORY);
	const struct intent writes = intent_of_open(O_RDWR | O_DIRECTORY);
	const struct intent creates = intent_of_open(O_WRONLY | O_CREAT);
	const struct intent unnamed = intent_of_open(O_RDWR | O_TMPFILE);

	ck_assert(inspect_fails_anyway("/a/", &makes) && !inspect_fails_anyway("/a", &makes));
	ck_assert(inspect_fails_anyway("/a/.", &makes_directory) &&
		  !inspect_fails_anyway("/a/", &makes_directory));
	ck_assert(inspect_fails_anyway("/a/", &removes) && !inspect_fails_anyway("/a", &removes));
	ck_assert(inspect_fails_anyway("/a/..", &renames) && !inspect_fails_anyway("/a/", &renames));
	ck_assert(inspect_fails_anyway("/a", &writes) && !inspect_fails_anyway("/a/.", &reads));
	ck_assert(inspect_fails_anyway("/a/", &creates) && !inspect_fails_anyway("/a", &creates));
	ck_assert(!inspect_fails_anyway("/a/", &unnamed));
}
END_TEST

/* "x/" is what x leads to. */
START_TEST(slash_at_the_end_follows)
{
	const struct intent itself = intent_of_open(O_RDONLY | O_NOFOLLOW);
	const struct intent removes = { .effect = EFFECT_REMOVE, .no_follow = true };

	ck_assert(intent_at("/a", &itself).no_follow && !intent_at("/a", &itself).directory);
	ck_assert(!intent_at("/a/", &itself).no_follow && intent_at("/a/", &itself).directory);
	ck_assert(intent_at("/a/", &removes).no_follow && !intent_at("/a/", &removes).directory);
}
END_TEST

START_TEST(level_has_a_name_that_can_be_chosen)
{
	enum watch_level level = WATCH_NOTHING;

	ck_assert(watch_level_parse("refused", &level));
	ck_assert_int_eq(level, WATCH_REFUSED);
	ck_assert(watch_level_parse("everyday", &level));
	ck_assert_int_eq(level, WATCH_EVERYDAY);
	ck_assert(watch_level_parse("full", &level));
	ck_assert_int_eq(level, WATCH_FULL);
	ck_assert(!watch_level_parse("writes", &level));
	ck_assert(!watch_level_parse("", &level));
	ck_assert_str_eq(watch_level_name(WATCH_WRITES), "writes");
}
END_TEST

START_TEST(switches_are_a_list)
{
	ck_assert(is_in_switch_list("veth", "veth"));
	ck_assert(is_in_switch_list("tsync-esrch,veth", "veth"));
	ck_assert(is_in_switch_list("veth,tsync-esrch", "veth"));
	ck_assert(!is_in_switch_list("vet,ethv,vethx", "veth"));
	ck_assert(!is_in_switch_list("", "veth"));
	ck_assert(!is_in_switch_list(NULL, "veth"));
}
END_TEST

static const struct {
	const char *path;
	bool hides;
} places[] = {
	{ "/", false },
	{ "/home", false },
	{ "/home/a", false },
	{ "/home/a/.ssh", true },
	{ "/home/a/.ssh/key", true },
	{ "/home/a/.sshd", false },
	{ "/home/a/.ss", false },
	/* Shown inside a mask. */
	{ "/home/a/.ssh/known_hosts", false },
	{ "/home/a/.ssh/known_hosts2", true },
	/* Covered by what was mounted over it later. */
	{ "/srv/data/secret", false },
	{ "/srv/other", false },
	{ "/token", true },
};

START_TEST(tree_knows_what_is_hidden)
{
	struct mount_plan plan = { 0 };
	struct plan_tree *tree;

	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_BASE, "/", "/", NULL);
	mount_plan_add(&plan, MOUNT_MASK_DIR, ORIGIN_SETTINGS, NULL, "/home/a/.ssh", NULL);
	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_SETTINGS, "/home/a/.ssh/known_hosts",
		       "/home/a/.ssh/known_hosts", NULL);
	mount_plan_add(&plan, MOUNT_MASK_DIR, ORIGIN_SETTINGS, NULL, "/srv/data/secret", NULL);
	mount_plan_add(&plan, MOUNT_BIND, ORIGIN_SETTINGS, "/srv/data", "/srv/data", NULL);
	mount_plan_add(&plan, MOUNT_MASK_FILE, ORIGIN_SETTINGS, NULL, "/token", NULL);
	tree = plan_tree_new(&plan);
	ck_assert_msg(plan_tree_hides(tree, places[_i].path) == places[_i].hides, "%s",
		      places[_i].path);
	plan_tree_free(tree);
	mount_plan_free(&plan);
}
END_TEST

static Suite *path_calls_suite(void)
{
	Suite *suite = suite_create("path_calls");
	TCase *tests = tcase_create("path_calls");

	tcase_add_loop_test(tests, call_has_its_number_on_each_architecture, 0, ARRAY_LENGTH(numbers));
	tcase_add_test(tests, every_watched_call_is_in_the_table_above);
	tcase_add_loop_test(tests, entry_makes_sense, 0, (int)path_call_count);
	tcase_add_test(tests, index_finds_every_native_call);
	tcase_add_test(tests, flags_of_open_are_read);
	tcase_add_loop_test(tests, end_of_a_path_is_told, 0, ARRAY_LENGTH(ends));
	tcase_add_test(tests, what_fails_anyway_is_known_by_its_text);
	tcase_add_test(tests, slash_at_the_end_follows);
	tcase_add_test(tests, level_has_a_name_that_can_be_chosen);
	tcase_add_test(tests, switches_are_a_list);
	tcase_add_loop_test(tests, tree_knows_what_is_hidden, 0, ARRAY_LENGTH(places));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(path_calls_suite)
