/* SPDX-License-Identifier: MIT */
#include "core/sandbox/fuse_protocol.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

/* A request as the kernel writes it. */
struct bytes {
	struct fuse_in_header header;
	unsigned char body[512];
};

static size_t make(struct bytes *bytes, uint32_t opcode, const void *body, size_t length)
{
	size_t whole = sizeof(bytes->header) + length;

	*bytes = (struct bytes){ .header = { .len = (uint32_t)whole,
					     .opcode = opcode,
					     .unique = 7,
					     .nodeid = 3,
					     .uid = 1000,
					     .gid = 1001,
					     .pid = 42 } };
	memcpy(bytes->body, body, length);
	return whole;
}

START_TEST(a_lookup)
{
	struct bytes bytes;
	struct fuse_request request;
	size_t length = make(&bytes, FUSE_LOOKUP, "id_ed25519", 11);

	ck_assert(fuse_request_parse(&request, &bytes, length));
	ck_assert_int_eq(request.opcode, FUSE_LOOKUP);
	ck_assert_uint_eq(request.unique, 7);
	ck_assert_uint_eq(request.node, 3);
	ck_assert_uint_eq(request.uid, 1000);
	ck_assert_uint_eq(request.gid, 1001);
	ck_assert_int_eq(request.pid, 42);
	ck_assert_str_eq(request.name, "id_ed25519");
}
END_TEST

START_TEST(others)
{
	const struct fuse_read_in read_in = { .fh = 9, .offset = 4096, .size = 8192 };
	const struct fuse_interrupt_in interrupt = { .unique = 77 };
	const struct fuse_init_in init = { .major = 7, .minor = 45, .max_readahead = 65536 };
	struct {
		struct fuse_mkdir_in in;
		char name[4];
	} new_directory = { { .mode = 0755 }, "sub" };
	struct fuse_request request;
	struct bytes bytes;
	size_t length = make(&bytes, FUSE_READDIR, &read_in, sizeof(read_in));

	ck_assert(fuse_request_parse(&request, &bytes, length));
	ck_assert_uint_eq(request.handle, 9);
	ck_assert_uint_eq(request.offset, 4096);
	ck_assert_uint_eq(request.size, 8192);
	length = make(&bytes, FUSE_INTERRUPT, &interrupt, sizeof(interrupt));
	ck_assert(fuse_request_parse(&request, &bytes, length));
	ck_assert_uint_eq(request.interrupted, 77);
	length = make(&bytes, FUSE_INIT, &init, sizeof(init));
	ck_assert(fuse_request_parse(&request, &bytes, length));
	ck_assert_uint_eq(request.minor, 45);
	length = make(&bytes, FUSE_MKDIR, &new_directory, sizeof(new_directory));
	ck_assert(fuse_request_parse(&request, &bytes, length));
	ck_assert_uint_eq(request.mode, 0755);
	ck_assert_str_eq(request.name, "sub");
	/* One that nobody knows yet: it is answered with an error, so it has to be told apart. */
	length = make(&bytes, 999, "", 0);
	ck_assert(fuse_request_parse(&request, &bytes, length));
}
END_TEST

/* Every beginning of it is none. */
START_TEST(half_of_one)
{
	static const uint32_t opcodes[] = { FUSE_LOOKUP, FUSE_MKDIR, FUSE_MKNOD, FUSE_READ,
					    FUSE_INIT, FUSE_INTERRUPT, FUSE_RELEASE, FUSE_GETXATTR };
	struct fuse_request request;
	struct bytes bytes;

	for (size_t i = 0; i < ARRAY_LENGTH(opcodes); i++) {
		make(&bytes, opcodes[i], "", 0);
		for (size_t length = 0; length <= sizeof(bytes.header); length++)
			ck_assert(!fuse_request_parse(&request, &bytes, length));
	}
	/* A name without its end, an empty one, and one that is no name. */
	ck_assert(!fuse_request_parse(&request, &bytes, make(&bytes, FUSE_LOOKUP, "abc", 3)));
	ck_assert(!fuse_request_parse(&request, &bytes, make(&bytes, FUSE_LOOKUP, "", 1)));
	ck_assert(!fuse_request_parse(&request, &bytes, make(&bytes, FUSE_LOOKUP, "a/b", 4)));
	/* Of another length than it says. */
	ck_assert(!fuse_request_parse(&request, &bytes, make(&bytes, FUSE_LOOKUP, "abc", 4) + 1));
}
END_TEST

static const struct fuse_out_header *header_of(const struct fuse_reply *reply)
{
	const struct fuse_out_header *header = (const void *)reply->bytes;

	ck_assert_uint_eq(header->len, reply->length);
	ck_assert_uint_eq(header->unique, 7);
	return header;
}

START_TEST(replies)
{
	static struct fuse_reply reply;
	const struct fuse_attr attributes = { .ino = 5, .mode = S_IFDIR | 0755 };
	const struct fuse_entry_out *entry;
	const struct fuse_init_out *init;

	fuse_reply_error(&reply, 7, ESTALE);
	ck_assert_int_eq(header_of(&reply)->error, -ESTALE);
	ck_assert_uint_eq(reply.length, sizeof(struct fuse_out_header));
	fuse_reply_entry(&reply, 7, 5, &attributes, 60);
	ck_assert_int_eq(header_of(&reply)->error, 0);
	entry = (const void *)(reply.bytes + sizeof(struct fuse_out_header));
	ck_assert_uint_eq(entry->nodeid, 5);
	ck_assert_uint_eq(entry->entry_valid, 60);
	ck_assert_uint_eq(entry->attr.mode, S_IFDIR | 0755);
	fuse_reply_init(&reply, &(struct fuse_request){ .unique = 7, .major = 7, .minor = 45 });
	init = (const void *)(reply.bytes + sizeof(*header_of(&reply)));
	ck_assert_uint_eq(init->minor, 31);
	/* What is older has shorter structures. */
	fuse_reply_init(&reply, &(struct fuse_request){ .unique = 7, .major = 7, .minor = 30 });
	ck_assert_int_eq(header_of(&reply)->error, -EPROTO);
	fuse_reply_init(&reply, &(struct fuse_request){ .unique = 7, .major = 6, .minor = 45 });
	ck_assert_int_eq(header_of(&reply)->error, -EPROTO);
}
END_TEST

START_TEST(names_fill_what_was_asked_for)
{
	static struct fuse_reply reply;
	const struct fuse_request request = { .unique = 7, .size = 64 };
	const struct fuse_dirent *entry;

	memset(&reply, 0xff, sizeof(reply));
	fuse_reply_begin_data(&reply, 7);
	ck_assert(fuse_reply_add_name(&reply, &request, ".", 3, true, 1));
	ck_assert(fuse_reply_add_name(&reply, &request, "name", 9, false, 11));
	ck_assert(!fuse_reply_add_name(&reply, &request, "x", 10, false, 12));
	fuse_reply_end_data(&reply);
	ck_assert_uint_eq(reply.length, sizeof(*header_of(&reply)) + 64);
	entry = (const void *)(reply.bytes + sizeof(struct fuse_out_header) + 32);
	ck_assert_uint_eq(entry->ino, 9);
	ck_assert_uint_eq(entry->off, 11);
	ck_assert_uint_eq(entry->type, DT_REG);
	ck_assert_uint_eq(entry->namelen, 4);
	ck_assert_int_eq(memcmp(entry->name, "name\0\0\0", 8), 0);
}
END_TEST

/* Whoever asks for more than there is room for gets what fits. */
START_TEST(names_fill_what_there_is)
{
	static struct fuse_reply reply;
	const struct fuse_request request = { .unique = 7, .size = UINT32_MAX };
	int count = 0;

	fuse_reply_begin_data(&reply, 7);
	while (fuse_reply_add_name(&reply, &request, "name", 9, false, 11))
		ck_assert_int_lt(++count, (int)FUSE_REPLY_MOST / 32 + 1);
	fuse_reply_end_data(&reply);
	ck_assert_uint_le(header_of(&reply)->len, sizeof(reply.bytes));
	ck_assert_int_gt(count, 4000);
}
END_TEST

static Suite *fuse_protocol_suite(void)
{
	Suite *suite = suite_create("fuse_protocol");
	TCase *tests = tcase_create("fuse_protocol");

	tcase_add_test(tests, a_lookup);
	tcase_add_test(tests, others);
	tcase_add_test(tests, half_of_one);
	tcase_add_test(tests, replies);
	tcase_add_test(tests, names_fill_what_was_asked_for);
	tcase_add_test(tests, names_fill_what_there_is);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(fuse_protocol_suite)
