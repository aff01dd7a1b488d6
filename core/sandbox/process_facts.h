/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_PROCESS_FACTS_H
#define CORE_SANDBOX_PROCESS_FACTS_H

/*
 * What attribution.h says of the threads that called last, remembered for a second at most, and no
 * longer than no program was begun inside and the process is there. For showing only.
 */
#include <stdint.h>
#include <sys/types.h>

struct process_facts {
	pid_t pid;	    /* of the process */
	char *exe;	    /* never NULL */
	char *command_line; /* NULL = unknown, like the next */
	char *chain;	    /* see process_chain() */
};

struct process_memory;

struct process_memory *process_memory_new(void);
void process_memory_free(struct process_memory *memory);
/*
 * Of a thread that is there, below `init`. `programs` counts the programs that were begun inside
 * before it called, as struct notice has it: 0 = nobody counts, so nothing is kept. `now_ms` is
 * monotonic. Borrowed until the next call; NULL where the thread is gone.
 */
const struct process_facts *process_facts_find(struct process_memory *memory, pid_t thread,
					       pid_t init, uint64_t programs, int64_t now_ms);

#endif
