/* SPDX-License-Identifier: MIT */
#include "core/sandbox/interpreter.h"

#include <elf.h>
#include <string.h>

#define SCRIPT_HEAD 256 /* BINPRM_BUF_SIZE: the kernel looks at no more */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* As load_script() has it: blanks, the name, and then a blank or the end of the line. */
static bool parse_script(struct interpreter *interpreter, const char *line, size_t length)
{
	const char *end, *newline, *name = line + 2;
	size_t most = length < SCRIPT_HEAD ? length : SCRIPT_HEAD;

	newline = memchr(line, '\n', most);
	end = newline ? newline : line + most;
	while (name < end && is_blank(*name))
		name++;
	for (length = 0; name + length < end && name[length] && !is_blank(name[length]);)
		length++;
	/* Cut off, it would be another one's name. */
	if (!length || (!newline && name + length == line + SCRIPT_HEAD))
		return false;
	memcpy(interpreter->name, name, length);
	interpreter->name[length] = '\0';
	return true;
}

struct segments {
	uint64_t offset;
	size_t entry, count;
};

static bool use_segment(struct interpreter *interpreter, uint64_t offset, uint64_t size)
{
	if (size < 2 || size >= PATH_MAX || offset > INT64_MAX - PATH_MAX)
		return false;
	interpreter->offset = offset;
	interpreter->size = (size_t)size;
	return true;
}

static bool find_segment(struct interpreter *interpreter, const unsigned char *head, size_t length,
			 const struct segments *segments, bool wide)
{
	if (segments->entry != (wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return false;
	for (size_t i = 0; i < segments->count; i++) {
		uint64_t at = segments->offset + i * segments->entry;
		Elf64_Phdr big;
		Elf32_Phdr small;

		if (segments->offset > length || at + segments->entry > length)
			return false;
		memcpy(&big, head + at, wide ? sizeof(big) : 0);
		memcpy(&small, head + at, wide ? 0 : sizeof(small));
		if (wide && big.p_type == PT_INTERP)
			return use_segment(interpreter, big.p_offset, big.p_filesz);
		if (!wide && small.p_type == PT_INTERP)
			return use_segment(interpreter, small.p_offset, small.p_filesz);
	}
	return false;
}

static bool parse_elf(struct interpreter *interpreter, const unsigned char *head, size_t length)
{
	Elf64_Ehdr big;
	Elf32_Ehdr small;
	struct segments segments;

	if (head[EI_CLASS] == ELFCLASS64 && length >= sizeof(big)) {
		memcpy(&big, head, sizeof(big));
		segments = (struct segments){ big.e_phoff, big.e_phentsize, big.e_phnum };
		return find_segment(interpreter, head, length, &segments, true);
	}
	if (head[EI_CLASS] == ELFCLASS32 && length >= sizeof(small)) {
		memcpy(&small, head, sizeof(small));
		segments = (struct segments){ small.e_phoff, small.e_phentsize, small.e_phnum };
		return find_segment(interpreter, head, length, &segments, false);
	}
	return false;
}

bool interpreter_parse(struct interpreter *interpreter, const unsigned char *head, size_t length)
{
	interpreter->name[0] = '\0';
	interpreter->offset = 0;
	interpreter->size = 0;
	if (length >= 2 && memcmp(head, "#!", 2) == 0)
		return parse_script(interpreter, (const char *)head, length);
	if (length >= EI_NIDENT && memcmp(head, ELFMAG, SELFMAG) == 0)
		return parse_elf(interpreter, head, length);
	return false;
}
