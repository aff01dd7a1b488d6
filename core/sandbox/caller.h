/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_CALLER_H
#define CORE_SANDBOX_CALLER_H

/*
 * What a held call says: its paths and arguments, read out of the caller. All of it can change after
 * it was read, so it is for showing and asking only.
 */
#include <limits.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/sandbox/caller_links.h"
#include "core/sandbox/inspect.h"
#include "core/sandbox/path_calls.h"

/* What the text of a call says before its path is made absolute. */
struct caller_name {
	bool readable; /* false: the caller's memory is closed to us */
	bool empty;    /* of the descriptor itself */
	bool plain;    /* one name in the directory: neither "." nor "..", no slash */
	char path[PATH_MAX];
};

/* False where it is no path, or the caller's memory says nothing. */
bool caller_read_named(struct caller_links *links, const struct seccomp_notif *call,
		       const struct path_call *entry, bool may_be_empty, int dirfd_at, int path_at,
		       struct caller_name *named);
/*
 * The same in two parts, as the call has them: where a relative path starts, or one that is to stay
 * below, and the path. For openat2(2), whose flags `resolve` may make something else of them.
 */
bool caller_read_parts(struct caller_links *links, const struct seccomp_notif *call,
		       const struct path_call *entry, uint64_t resolve, char base[PATH_MAX],
		       char path[PATH_MAX], bool *readable);
/*
 * What the call is about to do, and its flags; *resolve: RESOLVE_ flags of openat2(2), else 0. False
 * where its arguments cannot be read.
 */
bool caller_read_intent(const struct seccomp_notif *call, const struct path_call *entry,
			struct intent *intent, uint64_t *flags, uint64_t *resolve);
/* It takes an attribute away (removexattr(2)) that this file of the host's does not have. */
bool caller_takes_nothing(const struct seccomp_notif *call, const struct path_call *entry,
			  const char *object);
/*
 * A directory or file that the call makes and that could be made in its stead, with the mode that it
 * asks for. A file that must not be there already only the call itself can make: 0.
 */
mode_t caller_makes(const struct seccomp_notif *call, const struct path_call *entry,
		    uint64_t open_flags);
/* Exactly so many bytes of its memory, or false with errno. */
bool caller_read_bytes(pid_t pid, uint64_t address, void *out, size_t size);
/*
 * Makes a path absolute, by the caller's directory descriptor (AT_FDCWD: its working directory); an
 * empty one becomes the descriptor's own. False where that has no path.
 */
bool caller_make_absolute(struct caller_links *links, pid_t pid, int dirfd, char path[PATH_MAX]);

#endif
