/* SPDX-License-Identifier: MIT */
#ifndef LEARN_EXPORT_H
#define LEARN_EXPORT_H

/*
 * From evidence and rules to a settings file. Pure: arrays in, text out; what must be known of the
 * host's tree comes through `struct tree_view`.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/policy/access.h"
#include "core/policy/rule.h"

/* What a directory holds, on all levels. */
struct survey {
	size_t files;
	size_t sensitive; /* of them, by name */
	bool complete;	  /* false: there is more than was looked at */
};

/* The few questions about the host's tree. */
struct tree_view {
	bool (*exists)(void *tree, const char *path);
	bool (*is_directory)(void *tree, const char *path);
	/* No component is a symbolic link (path_is_plain()); NULL = taken for granted. What is
	 * reached through a link is never opened: the sandbox may have made the link. */
	bool (*is_direct)(void *tree, const char *path);
	/* The names in a directory; false where they cannot be told, or are too many. NULL =
	 * never. */
	bool (*list)(void *tree, const char *path, struct strings *names);
	/* NULL = nothing is known to be in there. */
	void (*survey)(void *tree, const char *path, struct survey *survey);
	void *tree;
};

/* What a start needs and leaves no trace of: a link that leads to the command, an interpreter. */
struct start_need {
	char *path;
	const char *why;
};

enum reads_model {
	READS_OPEN,   /* upstream's own: everything but what is listed */
	READS_CLOSED, /* home and other data hidden, what is needed of it put back */
};

struct export_input {
	const char *server;
	const char *home; /* absolute, resolved */
	bool linked_home; /* "~" leads there through a link: not to be written, upstream drops it */
	const char *cwd;  /* of the last run, absolute; NULL unknown */
	const struct access_row *accesses; /* evidence */
	size_t access_count;
	const struct rule *rules; /* kept "always", newest first */
	size_t rule_count;
	const struct strings *sensitive; /* existing sensitive paths, resolved */
	enum reads_model reads;
	const struct start_need *needs;
	size_t need_count;
	bool relative; /* what lies in cwd is spelled relative to it */
	struct tree_view tree;
};

/*
 * Writes the settings file's text (plain JSON, ends with a newline) and, to `explain` (may be
 * NULL), a sentence a line about each rule: what it rests on, what it opens beyond it, and what the
 * format cannot say. `notes` (may be NULL) gets the last of these alone.
 */
int export_settings(struct buf *out, struct buf *explain, struct buf *notes,
		    const struct export_input *input, struct err *e);

#endif
