/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_CHECK_H
#define CORE_MAIN_CHECK_H

/* What `srt-top check` found out about a valid settings file, and the two ways to say it. */
#include "core/policy/settings.h"
#include "core/sandbox/mounts.h"

/*
 * Entries are as the file has them; places are absolute and resolved, as they are on this machine
 * for a command that is started in this directory. Nothing is escaped.
 */
struct check {
	const struct settings *settings;
	char *home, *cwd;
	struct strings hidden, writable, protected; /* places */
	struct strings unsupported;		    /* names of fields */
	struct strings notes;			    /* lines: entries without effect, and surprises */
	struct mount_plan plan;			    /* empty where files are not restricted */
};

/* Text for people on standard output. */
void check_print_words(const struct check *check);
/* Appends members to an object: see srt-top(1). */
void check_add_json(struct buf *out, const struct check *check);

#endif
