/* SPDX-License-Identifier: MIT */
#include "core/base/footprint.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Segments that are never written hold nothing but what is in the file. */
RUNS_IDLE static int release(struct dl_phdr_info *object, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)arg;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
		uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;

		/* The vDSO has a virtual address of its own and is no file: madvise() refuses it. */
		if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
			madvise((void *)start, ((end - start) + page - 1) & ~(page - 1), MADV_DONTNEED);
	}
	return 0;
}

RUNS_IDLE void footprint_shrink(void)
{
	malloc_trim(0);
	dl_iterate_phdr(release, NULL);
}
