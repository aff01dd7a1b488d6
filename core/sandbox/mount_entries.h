/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_MOUNT_ENTRIES_H
#define CORE_SANDBOX_MOUNT_ENTRIES_H

/*
 * What a mount request says, as resolved paths: who may read or write what, and what is denied.
 * The step between the settings file's spelling and the order of mounts.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/policy/path.h"
#include "core/sandbox/mounts.h"

/* Something that is allowed: exists, and no symbolic link is on the way. */
struct grant {
	char *path;
	bool write;
	bool conditional; /* a default that gives way to any read deny */
	enum mount_origin origin; /* ORIGIN_SETTINGS, ORIGIN_RULE, or ORIGIN_BASE: learning */
	char *rule;
};

/* Something that may not be read: exists, resolved. */
struct denial {
	char *path;
	bool directory;
	bool final;  /* nothing lifts it */
	const struct grant *lifted_by; /* by its very name; NULL = it holds */
	enum mount_origin origin;
	char *rule;
};

/* Something that may not be written, whether or not it exists. */
struct write_denial {
	char *path; /* as spelled, absolute */
	bool directory; /* what it would be */
	enum mount_origin origin;
	char *rule;
	struct path_landing landing;
};

struct mount_entries {
	char *home; /* resolved */
	struct grant *grants;
	size_t grant_count, grant_capacity;
	struct denial *denials; /* shallow first */
	size_t denial_count, denial_capacity;
	struct write_denial *write_denials; /* in the order they are to be made */
	size_t write_denial_count, write_denial_capacity;
	struct strings own; /* resolved */
};

/* Notes get a line for each entry that is left out. */
int mount_entries_collect(struct mount_entries *entries, const struct mount_request *request,
		    struct strings *notes, struct err *e);
void mount_entries_free(struct mount_entries *entries);

/* Takes ownership of path and rule. */
void mount_entries_add_write_denial(struct mount_entries *entries, char *path, bool directory,
			      enum mount_origin origin, char *rule);

/* True if the grant re-opens its path inside (or at) what is denied. */
bool mount_entries_lift(const struct mount_entries *entries, const struct grant *grant,
		  const struct denial *denial);
/* True if a write grant that lies within this directory, or is for itself, covers the path. */
bool mount_entries_writable(const struct mount_entries *entries, const char *path, const char *within);

/*
 * Adds upstream's mandatory write denies: the names in cwd itself, existing or not, and
 * those found down to `depth` below it.
 */
int mandatory_denials(struct mount_entries *entries, const char *cwd, int depth,
		      bool allow_git_config, struct err *e);
/* The same for what exists below another directory, none of whose names is made up. */
int mandatory_denials_found(struct mount_entries *entries, const char *root, int depth,
			    bool allow_git_config, struct err *e);

#endif
