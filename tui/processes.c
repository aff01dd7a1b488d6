/* SPDX-License-Identifier: MIT */
#include "tui/processes.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

void process_free(struct process *process)
{
	free(process->name);
	free(process->command);
	memset(process, 0, sizeof(*process));
}

void processes_free(struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++)
		process_free(&processes->items[i]);
	free(processes->items);
	free(processes->by_parent);
	memset(processes, 0, sizeof(*processes));
}

/* The name is in parentheses and may hold any of them: the last one ends it. */
bool process_parse(struct process *process, const char *stat, long ticks_per_second, long page_size)
{
	const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
	unsigned long long user, kernel;
	long long pages;
	int pid, parent;
	char state;

	memset(process, 0, sizeof(*process));
	if (open == NULL || close == NULL || close < open || sscanf(stat, "%d ", &pid) != 1)
		return false;
	if (sscanf(close + 1,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d "
		   "%*u %*u %lld",
		   &state, &parent, &user, &kernel, &pages) != 5)
		return false;
	process->pid = pid;
	process->parent = parent;
	process->state = state;
	process->cpu_ms = (int64_t)((user + kernel) * 1000 / (unsigned long long)ticks_per_second);
	process->resident = pages > 0 ? (uint64_t)pages * (uint64_t)page_size : 0;
	process->name = xstrndup(open + 1, (size_t)(close - open - 1));
	return true;
}

void processes_add(struct processes *processes, struct process *process)
{
	if (processes->count == PROCESSES_MOST) {
		process_free(process);
		return;
	}
	grow_array(processes->items, processes->count, processes->capacity);
	processes->items[processes->count++] = *process;
	memset(process, 0, sizeof(*process));
}

static int compare_pids(const void *a, const void *b)
{
	const struct process *left = a, *right = b;

	return left->pid < right->pid ? -1 : left->pid > right->pid;
}

static int compare_parents(const void *a, const void *b, void *arg)
{
	const struct process *items = arg;
	const struct process *left = &items[*(const size_t *)a],
			     *right = &items[*(const size_t *)b];

	if (left->parent != right->parent)
		return left->parent < right->parent ? -1 : 1;
	return compare_pids(left, right);
}

void processes_sort(struct processes *processes)
{
	size_t count = processes->count;

	if (count > 0)
		qsort(processes->items, count, sizeof(*processes->items), compare_pids);
	free(processes->by_parent);
	processes->by_parent = xcalloc(count + 1, sizeof(*processes->by_parent));
	for (size_t i = 0; i < count; i++)
		processes->by_parent[i] = i;
	qsort_r(processes->by_parent, count, sizeof(*processes->by_parent), compare_parents,
		processes->items);
}

const struct process *processes_find(const struct processes *processes, pid_t pid)
{
	const struct process wanted = { .pid = pid };

	if (processes->count == 0)
		return NULL;
	return bsearch(&wanted, processes->items, processes->count, sizeof(wanted), compare_pids);
}

/* The first child in by_parent, or `count`. */
static size_t first_child(const struct processes *processes, pid_t parent)
{
	size_t low = 0, high = processes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (processes->items[processes->by_parent[middle]].parent < parent)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct walk {
	const struct processes *processes;
	struct process_row *rows;
	size_t count, capacity;
};

static void visit(struct walk *walk, const struct process *process, int depth, uint32_t more)
{
	const struct processes *all = walk->processes;
	struct process_row row = { .process = process, .depth = depth, .more = more };

	/* A pid that is its own ancestor cannot be, but what was read bit by bit is no snapshot. */
	if (walk->count > all->count)
		return;
	grow_array(walk->rows, walk->count, walk->capacity);
	walk->rows[walk->count++] = row;
	if (depth == PROCESS_DEPTH_MOST - 1)
		return;
	for (size_t i = first_child(all, process->pid); i < all->count; i++) {
		const struct process *child = &all->items[all->by_parent[i]];
		bool last = i + 1 == all->count ||
			    all->items[all->by_parent[i + 1]].parent != process->pid;

		if (child->parent != process->pid)
			break;
		visit(walk, child, depth + 1,
		      last ? more & ~(1u << (depth + 1)) : more | 1u << (depth + 1));
	}
}

size_t processes_tree(const struct processes *processes, pid_t root, struct process_row **rows)
{
	const struct process *process = processes_find(processes, root);
	struct walk walk = { .processes = processes };

	if (process != NULL && root > 0)
		visit(&walk, process, 0, 0);
	*rows = walk.rows;
	return walk.count;
}
