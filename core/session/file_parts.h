/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_FILE_PARTS_H
#define CORE_SESSION_FILE_PARTS_H

/*
 * What the parts of refused files share: file_plan.c (the mounts that the rules make),
 * file_questions.c (who decides), file_grants.c (what is granted) and file_revokes.c (what is taken
 * back). Nobody else includes this.
 */
#include "core/session/supervisor_parts.h"

/* file_plan.c */
/* A bind of what is read-only anyway, so that it is a mount of its own. */
bool files_is_pin(const struct mount *mount);
/*
 * The part of the new plan below the granted place. What is mounted cannot be replaced by name, so
 * nothing is that does not have to be. The plan's read-only binds of directories
 * come before the bind that covers them, and serve as pins; all else goes on top.
 * Borrows from the plan; files_free_sorted().
 */
void files_sort_below(struct broker_grant *grant, const struct mount_plan *plan, const char *target);
void files_free_sorted(struct broker_grant *grant);
/* Mounts came or went: the notifier has to know the masks by their mount ids. */
void files_refresh_masks(struct supervisor *s);

/* file_revokes.c */
/* Nothing is looked at while a mount comes or goes; what many of them changed is planned once. */
void files_watch_or_pause(struct supervisor *s);
/*
 * A file that is mounted cannot be renamed over or removed by its directory, whatever lies over that
 * mount: programs that replace their files need it gone where the whole directory is granted.
 */
void files_release_below(struct supervisor *s, const struct asked *asked, const char *target);
/* The broker's reply. */
void files_revoked(struct supervisor *s, const struct broker_reply *reply);

#endif
