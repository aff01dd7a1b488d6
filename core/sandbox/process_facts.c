/* SPDX-License-Identifier: MIT */
#include "core/sandbox/process_facts.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/attribution.h"

#define KEPT 16
#define AGE_MOST_MS 1000

struct kept {
	pid_t thread;	   /* 0 = none */
	int directory;	   /* /proc/TID: stays that thread's, whoever has its number later */
	uint64_t programs; /* as of then */
	int64_t read_ms;
	struct process_facts facts;
};

struct process_memory {
	struct kept items[KEPT];
};

struct process_memory *process_memory_new(void)
{
	struct process_memory *memory = xcalloc(1, sizeof(*memory));

	for (size_t i = 0; i < KEPT; i++)
		memory->items[i].directory = -1;
	return memory;
}

static void forget(struct kept *kept)
{
	close_fd(&kept->directory);
	free(kept->facts.exe);
	free(kept->facts.command_line);
	free(kept->facts.chain);
	*kept = (struct kept){ .directory = -1 };
}

void process_memory_free(struct process_memory *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < KEPT; i++)
		forget(&memory->items[i]);
	free(memory);
}

/* It is there, and runs the program that it ran. */
static bool is_the_same(const struct kept *kept)
{
	char exe[PATH_MAX];
	ssize_t length = readlinkat(kept->directory, "exe", exe, sizeof(exe) - 1);

	return length > 0 && strncmp(exe, kept->facts.exe, (size_t)length) == 0 &&
	       kept->facts.exe[length] == '\0';
}

static bool read_facts(struct kept *kept, pid_t thread, pid_t init)
{
	char name[32];

	snprintf(name, sizeof(name), "/proc/%d", thread);
	kept->directory = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	kept->facts.exe = process_executable(thread);
	if (kept->directory < 0 || !kept->facts.exe) {
		forget(kept);
		return false;
	}
	kept->thread = thread;
	kept->facts.pid = process_of_thread(thread);
	kept->facts.command_line = process_command_line(thread);
	kept->facts.chain = process_chain(kept->facts.pid, init);
	return true;
}

const struct process_facts *process_facts_find(struct process_memory *memory, pid_t thread,
					       pid_t init, uint64_t programs, int64_t now_ms)
{
	struct kept *kept = &memory->items[(size_t)thread % KEPT];

	if (programs && kept->thread == thread && kept->programs == programs &&
	    now_ms - kept->read_ms < AGE_MOST_MS && is_the_same(kept))
		return &kept->facts;
	forget(kept);
	if (!read_facts(kept, thread, init))
		return NULL;
	kept->programs = programs;
	kept->read_ms = now_ms;
	return &kept->facts;
}
