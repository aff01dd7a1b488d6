/* SPDX-License-Identifier: MIT */
#include "core/sandbox/path_calls.h"

#include <seccomp.h>

#define NONE NO_ARGUMENT

const struct path_call path_calls[] = {
	/* name, effect, dirfd, path, second dirfd, second path, flags, detail, traits, number */
	{ "openat", EFFECT_OPEN, 0, 1, NONE, NONE, 2, NONE, 0, 0 },
	{ "open", EFFECT_OPEN, NONE, 0, NONE, NONE, 1, NONE, 0, 0 },
	{ "openat2", EFFECT_OPEN, 0, 1, NONE, NONE, 2, NONE, 0, 0 },
	{ "creat", EFFECT_OPEN, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "stat", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "lstat", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_NO_FOLLOW, 0 },
	{ "newfstatat", EFFECT_LOOK, 0, 1, NONE, NONE, 3, NONE, 0, 0 },
	{ "statx", EFFECT_LOOK, 0, 1, NONE, NONE, 2, NONE, 0, 0 },
	{ "access", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, 1, TRAIT_NEEDS_MODE, 0 },
	{ "faccessat", EFFECT_LOOK, 0, 1, NONE, NONE, NONE, 2, TRAIT_NEEDS_MODE, 0 },
	{ "faccessat2", EFFECT_LOOK, 0, 1, NONE, NONE, 3, 2, TRAIT_NEEDS_MODE, 0 },
	{ "readlink", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_NO_FOLLOW, 0 },
	{ "readlinkat", EFFECT_LOOK, 0, 1, NONE, NONE, NONE, NONE, TRAIT_NO_FOLLOW, 0 },
	{ "chdir", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE,
	  TRAIT_NEEDS_SEARCH | TRAIT_DIRECTORY, 0 },
	{ "statfs", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "getxattr", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "lgetxattr", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_NO_FOLLOW, 0 },
	{ "listxattr", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "llistxattr", EFFECT_LOOK, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_NO_FOLLOW, 0 },
	{ "getxattrat", EFFECT_LOOK, 0, 1, NONE, NONE, 2, NONE, 0, 464 },
	{ "listxattrat", EFFECT_LOOK, 0, 1, NONE, NONE, 2, NONE, 0, 465 },
	{ "file_getattr", EFFECT_LOOK, 0, 1, NONE, NONE, 4, NONE, 0, 468 },
	{ "name_to_handle_at", EFFECT_LOOK, 0, 1, NONE, NONE, 4, NONE, TRAIT_FOLLOW_FLAG, 0 },
	{ "inotify_add_watch", EFFECT_LOOK, NONE, 1, NONE, NONE, NONE, NONE, TRAIT_NEEDS_READ, 0 },
	{ "mkdir", EFFECT_CREATE, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_DIRECTORY, 0 },
	{ "mkdirat", EFFECT_CREATE, 0, 1, NONE, NONE, NONE, NONE, TRAIT_DIRECTORY, 0 },
	{ "mknod", EFFECT_CREATE, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "mknodat", EFFECT_CREATE, 0, 1, NONE, NONE, NONE, NONE, 0, 0 },
	{ "symlink", EFFECT_CREATE, NONE, 1, NONE, NONE, NONE, NONE, 0, 0 },
	{ "symlinkat", EFFECT_CREATE, 1, 2, NONE, NONE, NONE, NONE, 0, 0 },
	{ "unlink", EFFECT_REMOVE, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "unlinkat", EFFECT_REMOVE, 0, 1, NONE, NONE, 2, NONE, 0, 0 },
	{ "rmdir", EFFECT_REMOVE, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_DIRECTORY, 0 },
	{ "rename", EFFECT_RENAME, NONE, 0, NONE, 1, NONE, NONE, 0, 0 },
	{ "renameat", EFFECT_RENAME, 0, 1, 2, 3, NONE, NONE, 0, 0 },
	{ "renameat2", EFFECT_RENAME, 0, 1, 2, 3, 4, NONE, 0, 0 },
	{ "link", EFFECT_LINK, NONE, 0, NONE, 1, NONE, NONE, TRAIT_FOLLOW_FLAG, 0 },
	{ "linkat", EFFECT_LINK, 0, 1, 2, 3, 4, NONE, TRAIT_FOLLOW_FLAG, 0 },
	{ "truncate", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, NONE,
	  TRAIT_NEEDS_WRITE | TRAIT_CONTENTS, 0 },
	{ "chmod", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_NO_LINK, 0 },
	{ "fchmodat", EFFECT_CHANGE, 0, 1, NONE, NONE, NONE, NONE, TRAIT_NO_LINK, 0 },
	{ "fchmodat2", EFFECT_CHANGE, 0, 1, NONE, NONE, 3, NONE, TRAIT_NO_LINK, 452 },
	{ "fchmod", EFFECT_CHANGE, 0, NONE, NONE, NONE, NONE, NONE, 0, 0 },
	{ "chown", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "lchown", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_NO_FOLLOW, 0 },
	{ "fchownat", EFFECT_CHANGE, 0, 1, NONE, NONE, 4, NONE, 0, 0 },
	{ "fchown", EFFECT_CHANGE, 0, NONE, NONE, NONE, NONE, NONE, 0, 0 },
	{ "utime", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "utimes", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "futimesat", EFFECT_CHANGE, 0, 1, NONE, NONE, NONE, NONE, TRAIT_NULL_PATH, 0 },
	{ "utimensat", EFFECT_CHANGE, 0, 1, NONE, NONE, 3, NONE, TRAIT_NULL_PATH, 0 },
	{ "setxattr", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, NONE, TRAIT_NEEDS_WRITE, 0 },
	{ "lsetxattr", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, NONE,
	  TRAIT_NO_FOLLOW | TRAIT_NEEDS_WRITE, 0 },
	{ "fsetxattr", EFFECT_CHANGE, 0, NONE, NONE, NONE, NONE, NONE, TRAIT_NEEDS_WRITE, 0 },
	{ "removexattr", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, 1,
	  TRAIT_NEEDS_WRITE | TRAIT_TAKES_ATTRIBUTE, 0 },
	{ "lremovexattr", EFFECT_CHANGE, NONE, 0, NONE, NONE, NONE, 1,
	  TRAIT_NO_FOLLOW | TRAIT_NEEDS_WRITE | TRAIT_TAKES_ATTRIBUTE, 0 },
	{ "fremovexattr", EFFECT_CHANGE, 0, NONE, NONE, NONE, NONE, 1,
	  TRAIT_NEEDS_WRITE | TRAIT_TAKES_ATTRIBUTE, 0 },
	{ "setxattrat", EFFECT_CHANGE, 0, 1, NONE, NONE, 2, NONE, TRAIT_NEEDS_WRITE, 463 },
	{ "removexattrat", EFFECT_CHANGE, 0, 1, NONE, NONE, 2, 3,
	  TRAIT_NEEDS_WRITE | TRAIT_TAKES_ATTRIBUTE, 466 },
	{ "file_setattr", EFFECT_CHANGE, 0, 1, NONE, NONE, 4, NONE, 0, 469 },
	{ "execve", EFFECT_EXEC, NONE, 0, NONE, NONE, NONE, NONE, 0, 0 },
	{ "execveat", EFFECT_EXEC, 0, 1, NONE, NONE, 4, NONE, 0, 0 },
};

const size_t path_call_count = sizeof(path_calls) / sizeof(path_calls[0]);

int path_call_number_on(const struct path_call *call, uint32_t architecture)
{
	int number = seccomp_syscall_resolve_name_arch(architecture, call->name);

	/* Negative: another architecture's, or unknown to this library. */
	return number >= 0 ? number : call->number ? call->number : -1;
}

int path_call_number(const struct path_call *call)
{
	return path_call_number_on(call, SCMP_ARCH_NATIVE);
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
