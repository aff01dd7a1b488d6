/* SPDX-License-Identifier: MIT */
#ifndef TUI_PROCESSES_H
#define TUI_PROCESSES_H

/* The processes of this user at one moment, and the tree below one of them. Pure: text of /proc in,
 * structs out. Names are bytes that a program inside chose. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESSES_MOST 20000
#define PROCESS_DEPTH_MOST 32

struct process {
	pid_t pid, parent;
	char *name;	   /* of the executable, up to 15 bytes */
	char *command;	   /* its words, NULL where they cannot be read */
	char state;	   /* R S D Z T … */
	int64_t cpu_ms;	   /* processor time used */
	uint64_t resident; /* bytes */
};

struct processes {
	struct process *items; /* by pid once processes_sort() was called */
	size_t count, capacity;
	size_t *by_parent; /* indexes, by parent and then pid */
};

void processes_free(struct processes *processes);
/* Reads the text of /proc/PID/stat, which counts in ticks and pages. Caller: process_free(). */
bool process_parse(struct process *process, const char *stat, long ticks_per_second,
		   long page_size);
void process_free(struct process *process);
/* Takes the process over. */
void processes_add(struct processes *processes, struct process *process);
void processes_sort(struct processes *processes);
const struct process *processes_find(const struct processes *processes, pid_t pid);

struct process_row {
	const struct process *process;
	int depth;     /* 0 = the root */
	uint32_t more; /* bit d: at depth d another one follows further down */
};
/* The root and all below it, each before its children. Returns how many; caller frees *rows. */
size_t processes_tree(const struct processes *processes, pid_t root, struct process_row **rows);

#endif
