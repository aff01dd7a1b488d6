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

/* The few questions about the host's tree. */
struct tree_view {
	bool (*exists)(void *tree, const char *path);
	bool (*is_directory)(void *tree, const char *path);
	/* No component is a symbolic link (path_is_plain()); NULL = taken for granted. What is
	 * reached through a link is never opened: the sandbox may have made the link. */
	bool (*is_direct)(void *tree, const char *path);
	void *tree;
};

struct export_input {
	const char *server;
	const char *home; /* absolute */
	const char *cwd;  /* of the last run, absolute; NULL unknown */
	const struct access_row *accesses; /* evidence */
	size_t access_count;
	const struct rule *rules; /* kept "always", newest first */
	size_t rule_count;
	const struct strings *sensitive; /* existing sensitive paths, resolved */
	struct tree_view tree;
};

/*
 * Writes the settings file's text (plain JSON, ends with a newline) and, to `explain` (may be
 * NULL), a sentence a line about each rule: what it rests on, what it opens beyond it, and what the
 * format cannot say. Reads open: everything but the sensitive list that was not allowed.
 */
int export_settings(struct buf *out, struct buf *explain, const struct export_input *input,
		    struct err *e);

#endif
