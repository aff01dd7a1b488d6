/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_OBJECT_H
#define CORE_SANDBOX_OBJECT_H

/* What a path leads to, inside or outside, held by a descriptor that can do nothing else. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/base/mem.h"

struct object {
	int fd; /* O_PATH, -1 = none */
	struct statx info;
};

#define OBJECT_NONE { .fd = -1 }

void object_close(struct object *object);
#define _cleanup_object_ __attribute__((cleanup(object_close)))

/* O_PATH; `resolve` as of openat2(2). -1 with errno. */
int object_open_at(int directory, const char *path, bool no_follow, uint64_t resolve);
/* Fills in what it is. False, and closed, where there is none. */
bool object_look(struct object *object);
/* The same of a path of the host's. */
bool object_open_outside(struct object *object, const char *path, bool no_follow);
/* The kernel's own path of a descriptor. False where it has none. */
bool descriptor_path(int fd, char path[PATH_MAX]);

bool object_is_directory(const struct object *object);
bool object_is_link(const struct object *object);
/* Neither a file that others can fill nor one with an inside of its own. */
bool object_is_device_or_pipe(const struct object *object);
bool object_is_mount_root(const struct object *object);
bool object_is_on_read_only_mount(const struct object *object);
/* What only the owner may do is allowed. */
bool object_is_own(const struct object *object);
/*
 * Root inside is not stopped by the modes of root's own files (launch_arguments()); the thread
 * that asks, which gave that up, has to be told (capabilities(7), CAP_DAC_OVERRIDE).
 */
bool object_is_overridden(const struct object *object, int mode);
/* `mode` as of access(2), by the effective ids. */
bool object_may(const struct object *object, int mode);
/* Where the modes' own bits say it: an access control list speaks for others, never for the owner. */
bool object_may_surely_read(const struct object *object);

#endif
