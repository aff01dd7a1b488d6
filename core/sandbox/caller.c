/* SPDX-License-Identifier: MIT */
#include "core/sandbox/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Copies a string out of another process, page by page: the next page may not be there. */
static bool read_string(pid_t pid, uint64_t address, char *out, size_t size)
{
	size_t have = 0;

	while (have < size) {
		size_t chunk = 4096 - ((address + have) & 4095);
		struct iovec local, remote;
		ssize_t got;

		if (chunk > size - have)
			chunk = size - have;
		/* Most paths are short. */
		if (chunk > 512)
			chunk = 512;
		local = (struct iovec){ out + have, chunk };
		remote = (struct iovec){ (void *)(uintptr_t)(address + have), chunk };
		got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
		if (got <= 0)
			return false;
		if (memchr(out + have, '\0', (size_t)got))
			return true;
		have += (size_t)got;
	}
	return false;
}

bool caller_read_bytes(pid_t pid, uint64_t address, void *out, size_t size)
{
	struct iovec local = { out, size };
	struct iovec remote = { (void *)(uintptr_t)address, size };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

bool caller_make_absolute(struct caller_links *links, pid_t pid, int dirfd, char path[PATH_MAX])
{
	char base[PATH_MAX];
	size_t length, path_length;

	if (path[0] == '/')
		return true;
	if (!caller_links_read(links, pid, dirfd, base))
		return false;
	length = strlen(base);
	path_length = strlen(path);
	if (path_length && strcmp(base, "/") != 0)
		base[length++] = '/';
	if (length + path_length >= PATH_MAX)
		return false;
	memmove(path + length, path, path_length + 1);
	memcpy(path, base, length);
	return true;
}

static bool is_plain_name(const char *text)
{
	return *text && !strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

bool caller_read_named(struct caller_links *links, const struct seccomp_notif *call,
		       const struct path_call *entry, bool may_be_empty, int dirfd_at, int path_at,
		       struct caller_name *named)
{
	pid_t pid = (pid_t)call->pid;
	int dirfd = dirfd_at == NO_ARGUMENT ? AT_FDCWD : (int)call->data.args[dirfd_at];
	uint64_t address = path_at == NO_ARGUMENT ? 0 : call->data.args[path_at];

	named->readable = true;
	named->path[0] = '\0';
	if (!address) {
		may_be_empty = path_at == NO_ARGUMENT || (entry->traits & TRAIT_NULL_PATH);
	} else if (!read_string(pid, address, named->path, PATH_MAX)) {
		/* By other errors the call names nothing, and the kernel refuses it for that. */
		named->readable = errno != EPERM && errno != EACCES;
		return false;
	}
	named->empty = !named->path[0];
	named->plain = is_plain_name(named->path);
	return (!named->empty || may_be_empty) &&
	       caller_make_absolute(links, pid, dirfd, named->path);
}

bool caller_read_parts(struct caller_links *links, const struct seccomp_notif *call,
		       const struct path_call *entry, uint64_t resolve, char base[PATH_MAX],
		       char path[PATH_MAX], bool *readable)
{
	pid_t pid = (pid_t)call->pid;

	*readable = read_string(pid, call->data.args[entry->path], path, PATH_MAX);
	if (!*readable) {
		*readable = errno != EPERM && errno != EACCES;
		return false;
	}
	/* It need be no descriptor then (openat(2)). */
	if (path[0] == '/' && !(resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT))) {
		strcpy(base, "/");
		return true;
	}
	return path[0] && caller_links_read(links, pid, (int)call->data.args[entry->dirfd], base);
}

static bool read_open_how(const struct seccomp_notif *call, struct open_how *how)
{
	return call->data.args[3] >= sizeof(*how) &&
	       caller_read_bytes((pid_t)call->pid, call->data.args[2], how, sizeof(*how));
}

static struct intent intent_of_call(const struct seccomp_notif *call, const struct path_call *entry,
				    uint64_t flags)
{
	struct intent intent = { .effect = entry->effect };
	uint64_t mode = entry->traits & TRAIT_NEEDS_MODE ? call->data.args[entry->detail] : 0;
	bool renames = entry->effect == EFFECT_RENAME;

	intent.no_follow =
		(entry->traits & TRAIT_NO_FOLLOW) ||
		(entry->traits & TRAIT_FOLLOW_FLAG ? !(flags & AT_SYMLINK_FOLLOW)
						   : !renames && (flags & AT_SYMLINK_NOFOLLOW));
	intent.read = (entry->traits & TRAIT_NEEDS_READ) || (mode & R_OK);
	intent.write = (entry->traits & TRAIT_NEEDS_WRITE) || (mode & W_OK);
	intent.search = (entry->traits & TRAIT_NEEDS_SEARCH) || (mode & X_OK);
	intent.directory = (entry->traits & TRAIT_DIRECTORY) ||
			   (entry->effect == EFFECT_REMOVE && (flags & AT_REMOVEDIR));
	intent.owner = entry->effect == EFFECT_CHANGE && !intent.write;
	intent.contents = entry->traits & TRAIT_CONTENTS;
	intent.is_no_link = entry->traits & TRAIT_NO_LINK;
	intent.no_replace = renames && (flags & RENAME_NOREPLACE);
	intent.exchange = renames && (flags & RENAME_EXCHANGE);
	return intent;
}

bool caller_read_intent(const struct seccomp_notif *call, const struct path_call *entry,
			struct intent *intent, uint64_t *flags, uint64_t *resolve)
{
	struct open_how how;

	*resolve = 0;
	*flags = entry->flags == NO_ARGUMENT ? 0 : call->data.args[entry->flags];
	if (entry->effect != EFFECT_OPEN) {
		/* int and unsigned int: the upper half is whatever the caller left there. */
		*flags &= 0xffffffffu;
		*intent = intent_of_call(call, entry, *flags);
		return true;
	}
	if (call->data.nr == SYS_openat2) {
		if (!read_open_how(call, &how))
			return false;
		*flags = how.flags;
		*resolve = how.resolve;
	} else if (entry->flags == NO_ARGUMENT) {
		*flags = O_CREAT | O_WRONLY | O_TRUNC;
	} else {
		*flags &= 0xffffffffu;
	}
	*intent = intent_of_open(*flags);
	return true;
}

bool caller_takes_nothing(const struct seccomp_notif *call, const struct path_call *entry,
			  const char *object)
{
	char name[XATTR_NAME_MAX + 1];

	return (entry->traits & TRAIT_TAKES_ATTRIBUTE) &&
	       read_string((pid_t)call->pid, call->data.args[entry->detail], name, sizeof(name)) &&
	       lgetxattr(object, name, NULL, 0) < 0 && (errno == ENODATA || errno == EOPNOTSUPP);
}

mode_t caller_makes(const struct seccomp_notif *call, const struct path_call *entry,
		    uint64_t open_flags)
{
	bool makes_directory =
		entry->effect == EFFECT_CREATE && strncmp(entry->name, "mkdir", 5) == 0;
	uint64_t mode;

	if (!makes_directory &&
	    (entry->effect != EFFECT_OPEN || (open_flags & O_EXCL) || !(open_flags & O_CREAT)))
		return 0;
	if (makes_directory)
		return S_IFDIR | ((mode_t)call->data.args[entry->path + 1] & 01777);
	if (strcmp(entry->name, "openat2") == 0) {
		struct open_how how;

		if (!read_open_how(call, &how))
			return 0;
		mode = how.mode;
	} else {
		mode = call->data.args[entry->path + (strcmp(entry->name, "creat") == 0 ? 1 : 2)];
	}
	return S_IFREG | ((mode_t)mode & 0777);
}
