/* SPDX-License-Identifier: MIT */
/*
 * openat2(2) with RESOLVE_ flags. The kernel itself resolves such a path, by the same flags, from the
 * same directory: in the sandbox's tree and in the host's. Where it ends is judged like any other
 * path; what the flags refuse on both sides fails by itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/sandbox/inspect_parts.h"
#include "core/sandbox/path_text.h"

/*
 * A path that the flags keep below its directory starts there, and so does one that is to stay on
 * its mount: that is the directory's. Any other may lead up or away, so that it starts at the root.
 */
static bool starts_at_base(const char *path, uint64_t resolve)
{
	return (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) ||
	       ((resolve & RESOLVE_NO_XDEV) && path[0] != '/');
}

/* Where it leads from `root`; 0, or errno. */
static int follow(int root, const char *base, const char *path, bool no_follow, uint64_t resolve,
		  char out[PATH_MAX])
{
	_cleanup_close_ int start = -1, end = -1;
	char whole[PATH_MAX];

	/* Only what is cached: whether it is says nothing about the sandbox. */
	resolve &= ~(uint64_t)RESOLVE_CACHED;
	if (starts_at_base(path, resolve)) {
		start = object_open_at(root, base, false, RESOLVE_IN_ROOT);
		if (start < 0)
			return errno;
		end = object_open_at(start, path, no_follow, resolve);
	} else {
		if (path[0] == '/')
			strcpy(whole, path);
		else if (!path_text_join(whole, base, path))
			return ENAMETOOLONG;
		end = object_open_at(root, whole, no_follow, resolve | RESOLVE_IN_ROOT);
	}
	if (end < 0)
		return errno;
	return descriptor_path(end, out) ? 0 : ENOENT;
}

/* The same for a name that is to be made: its directory is followed, and it is put behind that. */
static int follow_parent(int root, const char *base, const char *path, uint64_t resolve,
			 char out[PATH_MAX])
{
	char directory[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	int error;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return EISDIR;
	if (slash == path)
		strcpy(directory, "/");
	else
		snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path) : 1,
			 slash ? path : ".");
	error = follow(root, base, directory, false, resolve, real);
	return error ? error : path_text_join(out, real, name) ? 0 : ENAMETOOLONG;
}

/* The border of a mount that is none outside: no grant moves it. */
static void refuse_border(const struct intent *intent, int error, struct finding *finding)
{
	bool writes = intent->write || intent->create;

	finding_refuse(finding, writes ? ACCESS_WRITE : ACCESS_READ, error, NULL);
	finding->no_grant = true;
}

void inspect_restricted(const struct inspector *inspector, pid_t pid, const char *base,
			const char *path, uint64_t resolve, const struct intent *intent,
			struct finding *finding)
{
	_cleanup_close_ int host = open("/", O_PATH | O_CLOEXEC);
	struct intent wanted = intent_at(path, intent);
	char inside[PATH_MAX], outside[PATH_MAX];
	int refused_inside, refused_outside;

	finding_start(finding);
	if (host < 0 || !path[0] || strlen(path) >= PATH_MAX)
		return;
	/* Of what is only cached nothing is made (openat2(2)). */
	if (inspect_fails_anyway(path, &wanted) ||
	    ((resolve & RESOLVE_CACHED) && (intent->create || intent->truncate || intent->unnamed))) {
		finding->outcome = OUTCOME_FAILS;
		return;
	}
	refused_inside = follow(inspector->root, base, path, wanted.no_follow, resolve, inside);
	if (!refused_inside) {
		inspect_path(inspector, pid, inside, &wanted, finding);
		return;
	}
	refused_outside = follow(host, base, path, wanted.no_follow, resolve, outside);
	if (refused_outside == ENOENT && wanted.create) {
		if (refused_inside == ENOENT &&
		    follow_parent(inspector->root, base, path, resolve, outside) == 0)
			refused_outside = 0;
		else
			refused_outside = follow_parent(host, base, path, resolve, outside);
	}
	if (refused_outside) {
		finding->outcome = OUTCOME_FAILS;
		return;
	}
	inspect_path(inspector, pid, outside, &wanted, finding);
	/* It would be open by another way: what refuses it is that a mount lies on this one. */
	if (refused_inside == EXDEV && finding->outcome == OUTCOME_PLAIN) {
		strcpy(finding->place, outside);
		refuse_border(&wanted, EXDEV, finding);
	}
}
