/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_MOUNTS_H
#define CORE_SANDBOX_MOUNTS_H

/*
 * From a file system policy to the list of mounts, in upstream's order (ro root, ancestor
 * pins, write binds, read denies with their carve-outs, mask files, write denies). Looks at
 * the host's tree through the kernel (lstat, realpath, readdir), changes nothing.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/policy/settings.h"

/* Hidden in every sandbox, as upstream has it: ssh refuses files that belong to nobody inside. */
#define MOUNTS_HIDDEN_ALWAYS "/etc/ssh/ssh_config.d"

enum mount_type {
	MOUNT_BIND,	   /* source over target, writable */
	MOUNT_RO_BIND,	   /* source over target, read-only */
	MOUNT_MASK_DIR,	   /* an empty read-only tmpfs over a directory: read deny */
	MOUNT_MASK_FILE,   /* /dev/null over a file: read deny */
	MOUNT_PLACEHOLDER_FILE, /* write deny on a missing name: an unwritable file */
	MOUNT_PLACEHOLDER_DIR,	/* the same, a directory */
	MOUNT_FAKE_FILE,   /* source over a file, read-only: a masked credential */
};

/* Who wants it: decides whether a person may be asked about it. */
enum mount_origin {
	ORIGIN_BASE,	  /* the read-only root itself: everything not allowed for writing */
	ORIGIN_SETTINGS,  /* the settings file: never asked about */
	ORIGIN_SENSITIVE, /* the built-in sensitive list */
	ORIGIN_MANDATORY, /* upstream's mandatory write denies */
	ORIGIN_OWN,	  /* this program's own state: never asked about */
	ORIGIN_RULE,	  /* a person's rule */
};

struct mount {
	enum mount_type type;
	enum mount_origin origin;
	char *source; /* BIND, RO_BIND, FAKE_FILE */
	char *target; /* absolute, resolved */
	char *rule;   /* the entry as written, for "why": "denyRead ~/.ssh"; NULL for BASE */
	bool is_final; /* a mask that shows nothing inside it, not even a fake */
	bool created_on_host; /* `target` has to be made on the host first: see placeholders.h */
};

struct mount_plan {
	struct mount *items; /* in the order they are to be made */
	size_t count;
	size_t capacity;
	struct strings notes; /* entries that were left out, and why: lines for people */
	/* What the settings deny in a place that is hidden anyway: no mount, but never asked about either. */
	struct mount *buried;
	size_t buried_count, buried_capacity;
};

/* What is seen in the place of a credential that may not be. */
struct mount_fake {
	char *path;   /* absolute, resolved; exists */
	char *source; /* of a file: what is shown; NULL = the path is hidden */
	char *rule;
};

struct mount_request {
	const struct settings *settings; /* never NULL */
	const char *home;		 /* absolute */
	const char *cwd;		 /* absolute, resolved */
	bool mask_sensitive;		 /* ask mode, or no settings file: mask the sensitive list too */
	/* With it: what project_environment_files() found, as far as it is there. NULL = none. */
	const struct strings *project_files;
	/* Absolute paths a person allows: lifted from the sensitive list, or made writable; NULL =
	 * none. They never lift denies of the settings, and what lies in a sensitive directory, or
	 * the directory itself, has to be named: a rule for a directory above lifts nothing but
	 * sensitive files that lie directly in it. */
	const struct strings *rule_read;
	const struct strings *rule_write;
	/* Absolute paths a person denies, each with all below it; nothing of the settings lifts them, and
	 * of the rules only what names something below. NULL = none. */
	const struct strings *rule_deny_read;
	const struct strings *rule_deny_write;
	/* Directories that are writable because something is learned; a path with a link in it is left
	 * out. They lift no deny at all. NULL = none. */
	const struct strings *write_roots;
	/* Those of them in which mandatory denies hold as they do in cwd, for what exists. NULL = none. */
	const struct strings *protected_roots;
	const struct mount_fake *fakes; /* hold with filesystem.disabled too; the last for a path counts */
	size_t fake_count;
	const struct strings *own;	  /* directories of this program: masked whatever else is said */
	const struct strings *read_only;  /* files never writable (the settings file in force) */
	bool separate_cwd;		 /* make the working directory a mount of its own */
};

/* Fills an empty plan. 0, or -1 with *e: then nothing may be started. */
int mount_plan_make(struct mount_plan *plan, const struct mount_request *request, struct err *e);
void mount_plan_free(struct mount_plan *plan);
/* Appends a mount (texts are copied); for what the caller adds to a plan. */
void mount_plan_add(struct mount_plan *plan, enum mount_type type, enum mount_origin origin,
		    const char *source, const char *target, const char *rule);
/* The same for what the settings deny in a place that is hidden: a mask, or a read-only bind. */
void mount_plan_bury(struct mount_plan *plan, enum mount_type type, const char *target, const char *rule);
/* The mount that decides about a path: the last one at or above it. Never NULL once made. */
const struct mount *mount_plan_find(const struct mount_plan *plan, const char *path);
/* What the settings deny of a path that lies in a hidden place; NULL = nothing. */
const struct mount *mount_plan_find_buried(const struct mount_plan *plan, const char *path, bool writes);

/* The same as words for bwrap, appended: "--bind", "/a", "/a", … Nothing about namespaces. */
void mount_plan_arguments(const struct mount_plan *plan, struct strings *arguments);

/* What the sensitive list finds on this machine below home and cwd, resolved, existing only:
 * private keys, cloud and registry credentials, browser profiles, keyrings, .env, shell
 * history, other tools' agent and MCP configuration. */
void sensitive_paths(const char *home, const char *cwd, struct strings *paths);
/*
 * Adds the environment files below cwd and below the directories that the command's words name, a few levels
 * deep, and those of the directories from cwd up to home; resolved, each once.
 */
void project_environment_files(const char *home, const char *cwd, const struct strings *command,
			       struct strings *paths);
/* Adds a path, resolved, if it is there and not yet among them. A link to the home directory (resolved) or
 * above would hide everything: such a one protects nothing. */
void sensitive_add_existing(struct strings *paths, const char *home, const char *path);
/* `.env` and `.env.local`, but not the ones that are made to be read, as `.env.example`. */
bool sensitive_environment_name(const char *name);
/* True if a path is or lies below an entry of the list by its name, whether or not it exists;
 * a file called like .env counts wherever it lies. */
bool sensitive_covers(const char *home, const char *path);
/* True if other programs run or obey what is at the path, by its name anywhere: what no sandbox's
 * program may write in a working directory, and any .git that is no directory (`is_directory`). */
bool mandatory_covers(const char *path, bool is_directory);
/* True if an entry of the list, existing or not, lies below the path; environment files, which lie
 * anywhere, do not count. Both are resolved. */
bool sensitive_lies_below(const char *home, const char *path);

#endif
