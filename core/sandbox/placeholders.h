/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_PLACEHOLDERS_H
#define CORE_SANDBOX_PLACEHOLDERS_H

/*
 * Names that must not come into being need something on the host to mount on: an empty file or
 * directory, the placeholder, for as long as a run needs it. Runs that deny the same name share
 * one, and the last of them removes it, whoever made it. One that a crash left behind is taken
 * over by the next run. What anybody puts in its place, or into it, is left alone.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/sandbox/mounts.h"
#include "core/sandbox/sweeper.h"

struct placeholder {
	char *path;
	bool directory;
	struct sweep_name item;
};

struct placeholders {
	struct placeholder *items;
	size_t count, capacity;
	int *parents; /* pinned directories that the items share */
	size_t parent_count, parent_capacity;
	int lowest_fd; /* of descriptors taken now, where there are many; 0 = any */
	struct sweeper sweeper;
	int lifeline[2]; /* a pipe, see placeholders_lifeline() */
	int init;	 /* pidfd of the sandbox's first process */
};

#define PLACEHOLDERS_NONE                                                                          \
	{                                                                                          \
		.sweeper = { .socket = -1 }, .lifeline = { -1, -1 }, .init = -1                    \
	}

/*
 * Holds what the plan has placeholders for, those at or below `within` (NULL = all), and makes
 * their mounts' types those of what is there. 0; 1 if something else is at one of the names by
 * now, so that the plan has to be made again; -1 with *e.
 */
int placeholders_hold(struct placeholders *held, struct mount_plan *plan, const char *within,
		      struct err *e);
/*
 * The descriptor that bwrap has to inherit; it is there with the first placeholder, or opened before. Until
 * its last copy is closed something may still be mounted, and a name that is gone would be made by
 * bwrap. Stays ours.
 */
int placeholders_open_lifeline(struct placeholders *held, struct err *e);
int placeholders_lifeline(const struct placeholders *held);
/* Tells which process's end is the end of the sandbox. Before anything runs in it. */
void placeholders_guard(struct placeholders *held, pid_t init);
/* The run is over: removes what no other run holds, and lets the rest go. */
void placeholders_release(struct placeholders *held);

/* True if a placeholder (of any run, or left by one) is at this resolved path; *directory, if
 * not NULL, tells which kind. For a plan it is a name that is missing. */
bool placeholder_is_at(const char *path, bool *directory);

#endif
