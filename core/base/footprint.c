/* SPDX-License-Identifier: MIT */
#include "core/base/footprint.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define RANGES_MOST 96 /* three or four for each library */

struct ranges {
	size_t count;
	struct {
		uintptr_t start, end;
	} items[RANGES_MOST];
};

/* Segments that are never written hold nothing but what is in the file. */
RUNS_IDLE static int collect(struct dl_phdr_info *object, size_t size, void *arg)
{
	struct ranges *ranges = arg;

	(void)size;
	for (int i = 0; i < object->dlpi_phnum && ranges->count < RANGES_MOST; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
			continue;
		ranges->items[ranges->count].start = object->dlpi_addr + segment->p_vaddr;
		ranges->items[ranges->count].end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
		ranges->count++;
	}
	return 0;
}

/* The tables of segments lie in segments themselves: all are read before the first is released. */
RUNS_IDLE void footprint_shrink(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	struct ranges ranges = { .count = 0 };

	malloc_trim(0);
	dl_iterate_phdr(collect, &ranges);
	for (size_t i = 0; i < ranges.count; i++) {
		uintptr_t start = ranges.items[i].start & ~(page - 1);

		/* The vDSO has a virtual address of its own and is no file: madvise() refuses it. */
		madvise((void *)start, ((ranges.items[i].end - start) + page - 1) & ~(page - 1),
			MADV_DONTNEED);
	}
}
