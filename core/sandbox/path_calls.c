/* SPDX-License-Identifier: MIT */
#include "core/sandbox/path_calls.h"

#include <seccomp.h>

#define NONE NO_ARGUMENT

const struct path_call path_calls[] = {
	/* name, effect, dirfd, path, second dirfd, second path, flags */
	{ "openat", EFFECT_OPEN, 0, 1, NONE, NONE, 2 },
	{ "open", EFFECT_OPEN, NONE, 0, NONE, NONE, 1 },
	{ "openat2", EFFECT_OPEN, 0, 1, NONE, NONE, 2 },
	{ "creat", EFFECT_OPEN, NONE, 0, NONE, NONE, NONE },
	{ "mkdir", EFFECT_CREATE, NONE, 0, NONE, NONE, NONE },
	{ "mkdirat", EFFECT_CREATE, 0, 1, NONE, NONE, NONE },
	{ "mknod", EFFECT_CREATE, NONE, 0, NONE, NONE, NONE },
	{ "mknodat", EFFECT_CREATE, 0, 1, NONE, NONE, NONE },
	{ "symlink", EFFECT_CREATE, NONE, 1, NONE, NONE, NONE },
	{ "symlinkat", EFFECT_CREATE, 1, 2, NONE, NONE, NONE },
	{ "unlink", EFFECT_REMOVE, NONE, 0, NONE, NONE, NONE },
	{ "unlinkat", EFFECT_REMOVE, 0, 1, NONE, NONE, NONE },
	{ "rmdir", EFFECT_REMOVE, NONE, 0, NONE, NONE, NONE },
	{ "rename", EFFECT_RENAME, NONE, 0, NONE, 1, NONE },
	{ "renameat", EFFECT_RENAME, 0, 1, 2, 3, NONE },
	{ "renameat2", EFFECT_RENAME, 0, 1, 2, 3, NONE },
	{ "link", EFFECT_LINK, NONE, 0, NONE, 1, NONE },
	{ "linkat", EFFECT_LINK, 0, 1, 2, 3, NONE },
	{ "truncate", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE },
	{ "chmod", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE },
	{ "fchmodat", EFFECT_CHANGE, 0, 1, NONE, NONE, NONE },
	{ "fchmodat2", EFFECT_CHANGE, 0, 1, NONE, NONE, 3 },
	{ "chown", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE },
	{ "lchown", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE },
	{ "fchownat", EFFECT_CHANGE, 0, 1, NONE, NONE, 4 },
	{ "execve", EFFECT_EXEC, NONE, 0, NONE, NONE, NONE },
	{ "execveat", EFFECT_EXEC, 0, 1, NONE, NONE, 4 },
};

const size_t path_call_count = sizeof(path_calls) / sizeof(path_calls[0]);

int path_call_number(const struct path_call *call)
{
	int number = seccomp_syscall_resolve_name(call->name);

	return number >= 0 ? number : -1;
}

void path_call_index_make(struct path_call_index *index)
{
	for (size_t i = 0; i < PATH_CALL_NUMBERS; i++)
		index->by_number[i] = NULL;
	for (size_t i = 0; i < path_call_count; i++) {
		int number = path_call_number(&path_calls[i]);

		if (number >= 0 && number < PATH_CALL_NUMBERS)
			index->by_number[number] = &path_calls[i];
	}
}

const struct path_call *path_call_find(const struct path_call_index *index, int number)
{
	return number >= 0 && number < PATH_CALL_NUMBERS ? index->by_number[number] : NULL;
}
