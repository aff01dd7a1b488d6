/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_INSPECT_PARTS_H
#define CORE_SANDBOX_INSPECT_PARTS_H

/*
 * What the parts of inspect.h share: inspect.c (objects that are read, looked at or changed),
 * inspect_names.c (names that come and go), inspect_finding.c (what both say) and inspect_known.c
 * (what needs no look). Nobody else includes this.
 */
#include "core/sandbox/inspect.h"
#include "core/sandbox/resolve_inside.h"

/* inspect_finding.c */
void finding_start(struct finding *finding);
void finding_refuse(struct finding *finding, enum access_kind kind, int error, const struct mask *mask);
void finding_pass(struct finding *finding, enum access_kind kind);
/* A look that succeeds: PLAIN for a file where looks count; directories are looked at on the way. */
void finding_see(struct finding *finding, const struct inspector *inspector, const struct object *object,
		 const char *path);
/*
 * The object as the host has it: its real path into `finding`, and whether it lets the caller do
 * that (access(2)'s mode).
 */
bool finding_allowed_outside(struct finding *finding, const char *path, bool no_follow, int mode,
			     struct object *object);
/* Hidden things are named as inside; where the text has ".." in it, as the host has them. */
void finding_set_place(struct finding *finding, const char *path);
/* Of a directory of the host's; true, too, where it cannot be read. */
bool inspect_is_empty(const char *path);
/* Changing the owner's own, or what may be written. */
bool inspect_may_change(const struct intent *intent, const struct object *object);
/*
 * A new name, or one taken away: what counts is the directory. `path` is resolved but for its last
 * name, which need not exist. `error`: what the call fails with for another reason, 0 = none.
 */
void inspect_directory_of(const struct inspector *inspector, const char *path, int error,
			  struct finding *finding);
/* The same where only the rest of the path behind a mask is missing. */
void inspect_directory_of_hidden(const struct inspector *inspector, const struct resolved *r,
				 struct finding *finding);
/* A name that is kept free: without us there would be nothing, and the name to be made. */
void inspect_placeholder(const struct inspector *inspector, const struct resolved *r, int error,
			 struct finding *finding);

/* inspect.c: READ or EXEC. */
void inspect_reading_resolved(const struct resolved *r, const struct intent *intent,
			      enum access_kind kind, struct finding *finding);

/* inspect_anyway.c */
/* What is meant where the path ends in a slash. */
struct intent intent_at(const char *path, const struct intent *intent);
/* Whether it fails wherever the path leads. */
bool inspect_fails_anyway(const char *path, const struct intent *intent);

/* inspect_exec.c: where the interpreter of a program that may be executed cannot be, says that. */
void inspect_interpreter(const struct inspector *inspector, pid_t pid,
			 const struct resolved *program, struct finding *finding);

/* inspect_names.c */
void inspect_removing(const struct inspector *inspector, pid_t pid, const char *path,
		      const struct intent *intent, struct finding *finding);
void inspect_creating(const struct inspector *inspector, pid_t pid, const char *path,
		      struct finding *finding);

/* inspect_known.c */
/*
 * True if `finding` says it already: a look, or an open for reading, of a path in a directory that
 * is known to be what its path says, or whatever is executed that is not there. The name in it is
 * looked at if it is not known, too.
 */
bool inspect_is_known(const struct inspector *inspector, const char *path,
		      const struct intent *intent, struct finding *finding);
/* Keeps what came of looking `path` up, if only the host can change it. */
void inspect_remember(const struct inspector *inspector, const char *path, const struct resolved *r,
		      bool readable);
/* A missing name: its directory is known by that, and that nothing is below it. */
void inspect_remember_missing(const struct inspector *inspector, const char *path,
			      const struct resolved *r);

#endif
