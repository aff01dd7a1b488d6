/* SPDX-License-Identifier: MIT */
#include "core/sandbox/mask_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define PROGRAM 100 /* in an open(2) */
#define LOOKER 200  /* in something else */
#define MORE 10000  /* this one and all above: in an open(2), too */

static struct mask_files *files;
static struct fuse_reply reply;

static bool opens(void *arg, int32_t thread)
{
	(void)arg;
	return thread == PROGRAM || thread >= MORE;
}

static void begin(void)
{
	files = mask_files_new(opens, NULL, 1000);
}

static void end(void)
{
	mask_files_free(files);
}

static enum mask_answer ask_for(enum fuse_opcode opcode, uint64_t node, mode_t mode, uint64_t offset, uint32_t size,
				const char *name)
{
	const struct fuse_request request = { .opcode = opcode,
					      .unique = 7,
					      .node = node,
					      .pid = PROGRAM,
					      .name = name,
					      .mode = mode,
					      .offset = offset,
					      .size = size };

	return mask_files_answer(files, &request, &reply);
}

static enum mask_answer ask(enum fuse_opcode opcode, uint64_t node, int32_t thread, const char *name)
{
	const struct fuse_request request = { .opcode = opcode,
					      .unique = 7,
					      .node = node,
					      .uid = 1000,
					      .pid = thread,
					      .name = name,
					      .mode = opcode == FUSE_MKNOD ? S_IFREG | 0444 : 0755,
					      .size = 4096 };

	return mask_files_answer(files, &request, &reply);
}

static int error(void)
{
	return -((const struct fuse_out_header *)reply.bytes)->error;
}

static const void *body(void)
{
	ck_assert_int_eq(error(), 0);
	return reply.bytes + sizeof(struct fuse_out_header);
}

static uint64_t look_up(uint64_t node, int32_t thread, const char *name)
{
	ck_assert_int_eq(ask(FUSE_LOOKUP, node, thread, name), MASK_REPLY);
	return error() ? 0 : ((const struct fuse_entry_out *)body())->nodeid;
}

static uint64_t mask(const char *name)
{
	return look_up(FUSE_ROOT_ID, LOOKER, name);
}

START_TEST(masks_are_directories_of_their_own)
{
	uint64_t one = mask("1"), two = mask("2");
	const struct fuse_attr_out *out;

	ck_assert(one && two && one != two && one != FUSE_ROOT_ID);
	ck_assert_uint_eq(mask("1"), one);
	ask(FUSE_GETATTR, one, LOOKER, NULL);
	out = body();
	ck_assert_uint_eq(out->attr.mode, S_IFDIR | 0755);
	ck_assert_uint_eq(out->attr.size, 40);
	ck_assert_uint_eq(out->attr.nlink, 2);
	ck_assert_uint_eq(out->attr.uid, 1000);
	ck_assert_uint_eq(out->attr.mtime, 1000);
}
END_TEST

START_TEST(names_are_there_for_an_open_alone)
{
	uint64_t node = mask("1"), seeming, deeper;
	const struct fuse_entry_out *entry;

	ck_assert_uint_eq(look_up(node, LOOKER, "key"), 0);
	ck_assert_int_eq(error(), ENOENT);
	seeming = look_up(node, PROGRAM, "key");
	entry = body();
	/* It must be looked up again, whoever comes next. */
	ck_assert_uint_eq(entry->entry_valid, 0);
	ck_assert(S_ISDIR(entry->attr.mode));
	ck_assert(!mask_files_is_there(seeming));
	/* No two are the same: a directory has one place. */
	ck_assert_uint_ne(look_up(node, PROGRAM, "key"), seeming);
	deeper = look_up(seeming, PROGRAM, "deeper");
	ck_assert(deeper && deeper != seeming);
	ck_assert_int_eq(ask(FUSE_OPENDIR, deeper, PROGRAM, NULL), MASK_OPEN);
	ck_assert_int_eq(ask(FUSE_OPENDIR, node, PROGRAM, NULL), MASK_OPEN);
	/* What another call opened is what it is. */
	ck_assert_int_eq(ask(FUSE_OPENDIR, node, LOOKER, NULL), MASK_REPLY);
	ck_assert_int_eq(error(), 0);
}
END_TEST

START_TEST(refusals_are_those_of_a_mask)
{
	uint64_t node = mask("1"), seeming = look_up(node, PROGRAM, "key");

	mask_files_refuse(&reply, 7, node, 0);
	ck_assert_int_eq(error(), 0);
	mask_files_refuse(&reply, 7, seeming, 0);
	ck_assert_int_eq(error(), ENOENT);
	mask_files_refuse(&reply, 7, node, ENOENT);
	ck_assert_int_eq(error(), ENOENT);
}
END_TEST

/* Names in the order that a READDIR gives them, a space behind each. */
static char *list(uint64_t node)
{
	struct buf text = BUF_EMPTY;
	struct fuse_request request = { .opcode = FUSE_READDIR, .unique = 7, .node = node, .size = 80 };

	for (;;) {
		const unsigned char *at, *behind;

		mask_files_answer(files, &request, &reply);
		at = body();
		behind = reply.bytes + reply.length;
		if (at == behind)
			return buf_steal(&text);
		while (at < behind) {
			const struct fuse_dirent *entry = (const void *)at;

			buf_addf(&text, "%.*s ", (int)entry->namelen, entry->name);
			request.offset = entry->off;
			at += FUSE_DIRENT_SIZE(entry);
		}
	}
}

START_TEST(places_for_grants)
{
	uint64_t node = mask("1"), other = mask("2"), directory, file;
	_cleanup_free_ char *names = NULL, *others = NULL, *gone = NULL;

	ask(FUSE_MKDIR, node, LOOKER, "sub");
	directory = ((const struct fuse_entry_out *)body())->nodeid;
	ask(FUSE_MKNOD, directory, LOOKER, "file");
	file = ((const struct fuse_entry_out *)body())->nodeid;
	for (char name[] = "a"; *name <= 'e'; ++*name)
		ask(FUSE_MKNOD, node, LOOKER, name);
	names = list(node);
	ck_assert_str_eq(names, ". .. sub a b c d e ");
	others = list(other);
	ck_assert_str_eq(others, ". .. ");
	/* They are there for everybody, and stay. */
	ck_assert_uint_eq(look_up(node, LOOKER, "sub"), directory);
	ck_assert_uint_gt(((const struct fuse_entry_out *)body())->entry_valid, 0);
	ck_assert_uint_eq(look_up(node, PROGRAM, "sub"), directory);
	ck_assert_uint_eq(look_up(directory, PROGRAM, "file"), file);
	ask(FUSE_MKDIR, node, LOOKER, "sub");
	ck_assert_int_eq(error(), EEXIST);
	ask(FUSE_RMDIR, node, LOOKER, "sub");
	ck_assert_int_eq(error(), ENOTEMPTY);
	ask(FUSE_UNLINK, directory, LOOKER, "file");
	ck_assert_int_eq(error(), 0);
	ask(FUSE_RMDIR, node, LOOKER, "sub");
	ck_assert_int_eq(error(), 0);
	gone = list(node);
	ck_assert_str_eq(gone, ". .. a b c d e ");
	ck_assert_uint_eq(look_up(node, LOOKER, "sub"), 0);
}
END_TEST

static int file_of(const char *text)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

START_TEST(a_file_for_one_open)
{
	uint64_t node = mask("1"), seeming, passed;

	ck_assert(mask_files_pass(files, PROGRAM, "/m", "/m/k/k", file_of("secret")));
	/* Not for others, and not the name on the way. */
	ck_assert_uint_eq(look_up(node, LOOKER, "k"), 0);
	seeming = look_up(node, PROGRAM, "k");
	ck_assert(S_ISDIR(((const struct fuse_entry_out *)body())->attr.mode));
	passed = look_up(seeming, PROGRAM, "k");
	ck_assert(S_ISREG(((const struct fuse_entry_out *)body())->attr.mode));
	ck_assert_uint_eq(((const struct fuse_entry_out *)body())->attr.size, 6);
	/* The kernel may ask twice. */
	ck_assert_uint_eq(look_up(seeming, PROGRAM, "k"), passed);
	ask(FUSE_OPEN, passed, PROGRAM, NULL);
	ck_assert_int_eq(error(), 0);
	/* But it opens once. */
	ck_assert(look_up(seeming, PROGRAM, "k") != passed);
	ask(FUSE_OPEN, passed, PROGRAM, NULL);
	ck_assert_int_eq(error(), ENOENT);
	ask(FUSE_READ, passed, PROGRAM, NULL);
	ck_assert_int_eq(memcmp(body(), "secret", 6), 0);
	ask(FUSE_RELEASE, passed, 0, NULL);
	ask(FUSE_READ, passed, PROGRAM, NULL);
	ck_assert_uint_eq(reply.length, sizeof(struct fuse_out_header));
}
END_TEST

START_TEST(files_that_nobody_comes_for)
{
	uint64_t node = mask("1");

	for (int i = 0; i < 1000; i++)
		ck_assert(mask_files_pass(files, 1000 + i, "/m", "/m/k", file_of("x")));
	ck_assert(mask_files_pass(files, PROGRAM, "/m", "/m/k", file_of("last")));
	look_up(node, PROGRAM, "k");
	ck_assert_uint_eq(((const struct fuse_entry_out *)body())->attr.size, 4);
	ck_assert(!mask_files_pass(files, PROGRAM, "/m", "/other/k", file_of("x")));
	ck_assert(!mask_files_pass(files, PROGRAM, "/m", "/m/k", open("/", O_PATH | O_CLOEXEC)));
}
END_TEST

START_TEST(places_that_cannot_be)
{
	uint64_t node = mask("1"), file;
	char name[257];

	ask(FUSE_MKNOD, node, LOOKER, "file");
	file = ((const struct fuse_entry_out *)body())->nodeid;
	ask(FUSE_MKNOD, file, LOOKER, "x");
	ck_assert_int_eq(error(), ENOENT);
	ask(FUSE_MKDIR, 99999, LOOKER, "x");
	ck_assert_int_eq(error(), ENOENT);
	ask_for(FUSE_MKNOD, node, S_IFCHR | 0666, 0, 0, "device");
	ck_assert_int_eq(error(), EPERM);
	memset(name, 'x', 256);
	name[256] = '\0';
	ask(FUSE_MKDIR, node, LOOKER, name);
	ck_assert_int_eq(error(), ENAMETOOLONG);
	ask(FUSE_RMDIR, node, LOOKER, "file");
	ck_assert_int_eq(error(), ENOTDIR);
	ask(FUSE_MKDIR, node, LOOKER, "sub");
	ask(FUSE_UNLINK, node, LOOKER, "sub");
	ck_assert_int_eq(error(), EISDIR);
	ask(FUSE_UNLINK, node, LOOKER, "nothing");
	ck_assert_int_eq(error(), ENOENT);
	/* A mask knows nothing of its neighbour. */
	ck_assert_uint_eq(look_up(mask("2"), LOOKER, "file"), 0);
}
END_TEST

START_TEST(places_end)
{
	uint64_t node = mask("1");
	char name[16];
	int count = 0;

	do
		snprintf(name, sizeof(name), "%d", count);
	while (ask(FUSE_MKNOD, node, LOOKER, name) == MASK_REPLY && error() == 0 && ++count < 100000);
	ck_assert_int_eq(error(), ENOSPC);
	ck_assert_int_gt(count, 10000);
	/* Masks, too. */
	ck_assert_uint_eq(mask("2"), 0);
	ck_assert_uint_eq(mask("1"), node);
}
END_TEST

START_TEST(what_nobody_has)
{
	uint64_t node = mask("1"), passed;
	_cleanup_free_ char *first = NULL;

	/* Of the first directory nobody sees the names, and to open it is not asked about. */
	first = list(FUSE_ROOT_ID);
	ck_assert_str_eq(first, ". .. ");
	ck_assert_int_eq(ask(FUSE_OPENDIR, FUSE_ROOT_ID, PROGRAM, NULL), MASK_REPLY);
	ck_assert_int_eq(ask(FUSE_OPENDIR, node, PROGRAM, NULL), MASK_OPEN);
	ask(FUSE_GETATTR, 99999, LOOKER, NULL);
	ck_assert_int_eq(error(), ENOENT);
	ck_assert(mask_files_pass(files, PROGRAM, "/m", "/m/k", file_of("x")));
	passed = look_up(node, PROGRAM, "k");
	ask(FUSE_OPEN, passed + 1, PROGRAM, NULL);
	ck_assert_int_eq(error(), ENOENT);
	ask(FUSE_OPEN, passed, PROGRAM, NULL);
	ck_assert_int_eq(error(), 0);
	ask(FUSE_RELEASE, passed, PROGRAM, NULL);
	ask(FUSE_GETATTR, passed, LOOKER, NULL);
	ck_assert_int_eq(error(), ENOENT);
	ask(FUSE_OPEN, passed, PROGRAM, NULL);
	ck_assert_int_eq(error(), ENOENT);
}
END_TEST

START_TEST(no_attributes_beside)
{
	uint64_t node = mask("1");

	ask_for(FUSE_GETXATTR, node, 0, 0, 0, NULL);
	ck_assert_int_eq(error(), ENODATA);
	ask_for(FUSE_LISTXATTR, node, 0, 0, 0, NULL);
	ck_assert_uint_eq(((const struct fuse_getxattr_out *)body())->size, 0);
	ck_assert_uint_eq(reply.length, sizeof(struct fuse_out_header) + sizeof(struct fuse_getxattr_out));
	ask_for(FUSE_LISTXATTR, node, 0, 0, 100, NULL);
	ck_assert_int_eq(error(), 0);
	ck_assert_uint_eq(reply.length, sizeof(struct fuse_out_header));
}
END_TEST

START_TEST(a_file_is_its_threads_by_its_name)
{
	uint64_t node = mask("1"), passed;

	int file = file_of("secret");

	ck_assert_int_eq(fchmod(file, 0), 0);
	ck_assert(mask_files_pass(files, PROGRAM, "/m", "/m/k", file));
	look_up(node, MORE, "k");
	ck_assert(S_ISDIR(((const struct fuse_entry_out *)body())->attr.mode));
	look_up(node, PROGRAM, "other");
	ck_assert(S_ISDIR(((const struct fuse_entry_out *)body())->attr.mode));
	passed = look_up(node, PROGRAM, "k");
	/* To be read, and by no means more. */
	ck_assert_uint_eq(((const struct fuse_entry_out *)body())->attr.mode & 0444, 0444);
	ask(FUSE_OPEN, passed, PROGRAM, NULL);
	ask_for(FUSE_READ, passed, 0, 2, 3, NULL);
	ck_assert_uint_eq(reply.length, sizeof(struct fuse_out_header) + 3);
	ck_assert_int_eq(memcmp(body(), "cre", 3), 0);
	ask_for(FUSE_READ, passed, 0, 100, 3, NULL);
	ck_assert_uint_eq(reply.length, sizeof(struct fuse_out_header));
	/* Nobody's file has no content. */
	ask_for(FUSE_READ, passed + 1, 0, 0, 3, NULL);
	ck_assert_uint_eq(reply.length, sizeof(struct fuse_out_header));
}
END_TEST

/* Whoever still waits for its file finds that, however many come behind. */
START_TEST(files_that_all_come_for)
{
	uint64_t node = mask("1");
	int count = 0;

	while (mask_files_pass(files, MORE + count, "/m", "/m/k", file_of("x")))
		ck_assert_int_lt(++count, 100000);
	ck_assert_int_gt(count, 256);
	for (int i = 0; i < count; i++) {
		uint64_t passed = look_up(node, MORE + i, "k");

		ck_assert_uint_eq(((const struct fuse_entry_out *)body())->attr.size, 1);
		ask(FUSE_OPEN, passed, MORE + i, NULL);
		ck_assert_int_eq(error(), 0);
	}
	/* Open ones stay until they are closed. */
	ck_assert(!mask_files_pass(files, PROGRAM, "/m", "/m/k", file_of("x")));
	ck_assert(!mask_files_pass(files, MORE, "/m", "/m/k", file_of("x")));
	ck_assert_uint_ne(look_up(node, MORE, "k"), 0);
	ck_assert(S_ISDIR(((const struct fuse_entry_out *)body())->attr.mode));
}
END_TEST

START_TEST(hostile_names)
{
	uint64_t node = mask("1");
	char name[400];

	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	look_up(node, PROGRAM, name);
	ck_assert_int_eq(error(), ENAMETOOLONG);
	name[255] = '\0';
	ck_assert(look_up(node, PROGRAM, name));
	/* Deeper than any path: it ends. */
	for (int i = 0; node && i < 5000; i++)
		node = look_up(node, PROGRAM, "x");
	ck_assert_int_eq(error(), ENAMETOOLONG);
	ck_assert_int_eq(ask(FUSE_IOCTL, node, PROGRAM, NULL), MASK_REPLY);
	ck_assert_int_eq(error(), ENOSYS);
	ck_assert_int_eq(ask(FUSE_FORGET, 99, 0, NULL), MASK_NONE);
}
END_TEST

static Suite *mask_files_suite(void)
{
	Suite *suite = suite_create("mask_files");
	TCase *tests = tcase_create("mask_files");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, masks_are_directories_of_their_own);
	tcase_add_test(tests, names_are_there_for_an_open_alone);
	tcase_add_test(tests, refusals_are_those_of_a_mask);
	tcase_add_test(tests, places_for_grants);
	tcase_add_test(tests, a_file_for_one_open);
	tcase_add_test(tests, files_that_nobody_comes_for);
	tcase_add_test(tests, places_that_cannot_be);
	tcase_add_test(tests, places_end);
	tcase_add_test(tests, what_nobody_has);
	tcase_add_test(tests, no_attributes_beside);
	tcase_add_test(tests, a_file_is_its_threads_by_its_name);
	tcase_add_test(tests, files_that_all_come_for);
	tcase_add_test(tests, hostile_names);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(mask_files_suite)
