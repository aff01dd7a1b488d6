/* SPDX-License-Identifier: MIT */
#include "core/sandbox/interpreter.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define TEN "aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *text, *wanted; /* NULL = none */
} scripts[] = {
	{ "#!/bin/sh\n", "/bin/sh" },
	{ "#! \t/bin/sh -e\nrest", "/bin/sh" },
	{ "#!/usr/bin/env python3\n", "/usr/bin/env" },
	{ "#!relative\n", "relative" },
	{ "#!/bin/sh", "/bin/sh" },
	{ "#!/bin/sh\t", "/bin/sh" },
	{ "#!\n/bin/sh\n", NULL },
	{ "#!   \n", NULL },
	{ "#!", NULL },
	{ "#", NULL },
	{ "", NULL },
	{ " #!/bin/sh\n", NULL },
	{ "text\n", NULL },
	/* Longer than the kernel looks: without an end in sight it is none. */
	{ "#!/" HUNDRED HUNDRED TEN TEN TEN TEN TEN " x", "/" HUNDRED HUNDRED TEN TEN TEN TEN TEN },
	{ "#!/" HUNDRED HUNDRED TEN TEN TEN TEN TEN "aaaa\n", NULL },
};

START_TEST(script_names_its_interpreter)
{
	struct interpreter interpreter;
	bool found = interpreter_parse(&interpreter, (const unsigned char *)scripts[_i].text,
				       strlen(scripts[_i].text));

	ck_assert_pstr_eq(found ? interpreter.name : NULL, scripts[_i].wanted);
}
END_TEST

START_TEST(program_has_its_linker)
{
	unsigned char head[INTERPRETER_HEAD];
	char name[PATH_MAX];
	struct interpreter interpreter;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t length = pread(fd, head, sizeof(head), 0);

	ck_assert(interpreter_parse(&interpreter, head, (size_t)length));
	ck_assert_str_eq(interpreter.name, "");
	ck_assert_int_eq(pread(fd, name, interpreter.size, (off_t)interpreter.offset),
			 (ssize_t)interpreter.size);
	ck_assert_int_eq(access(name, X_OK), 0);
	close(fd);
}
END_TEST

static size_t small_elf(unsigned char *head, uint32_t offset, uint32_t size, unsigned entry)
{
	Elf32_Ehdr elf = { .e_phoff = sizeof(elf), .e_phnum = 2, .e_phentsize = (uint16_t)entry };
	Elf32_Phdr segments[2] = { { .p_type = PT_LOAD },
				   { .p_type = PT_INTERP, .p_offset = offset, .p_filesz = size } };

	memcpy(elf.e_ident, ELFMAG, SELFMAG);
	elf.e_ident[EI_CLASS] = ELFCLASS32;
	memcpy(head, &elf, sizeof(elf));
	memcpy(head + sizeof(elf), segments, sizeof(segments));
	return sizeof(elf) + sizeof(segments);
}

START_TEST(sizes_are_not_believed)
{
	unsigned char head[INTERPRETER_HEAD];
	struct interpreter interpreter;
	size_t length = small_elf(head, 200, 19, sizeof(Elf32_Phdr));

	ck_assert(interpreter_parse(&interpreter, head, length));
	ck_assert_uint_eq(interpreter.offset, 200);
	ck_assert_uint_eq(interpreter.size, 19);
	for (size_t less = 0; less < length; less++)
		ck_assert(!interpreter_parse(&interpreter, head, less));
	small_elf(head, 200, 1, sizeof(Elf32_Phdr));
	ck_assert(!interpreter_parse(&interpreter, head, length));
	small_elf(head, 200, PATH_MAX, sizeof(Elf32_Phdr));
	ck_assert(!interpreter_parse(&interpreter, head, length));
	small_elf(head, 200, 19, sizeof(Elf32_Phdr) - 1);
	ck_assert(!interpreter_parse(&interpreter, head, length));
}
END_TEST

static Suite *interpreter_suite(void)
{
	Suite *suite = suite_create("interpreter");
	TCase *tests = tcase_create("interpreter");

	tcase_add_loop_test(tests, script_names_its_interpreter, 0, ARRAY_LENGTH(scripts));
	tcase_add_test(tests, program_has_its_linker);
	tcase_add_test(tests, sizes_are_not_believed);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(interpreter_suite)
