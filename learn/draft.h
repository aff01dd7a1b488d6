/* SPDX-License-Identifier: MIT */
#ifndef LEARN_DRAFT_H
#define LEARN_DRAFT_H

/* The settings file while it is made: shared by the parts of learn/, nobody else includes it. */
#include "learn/entries.h"
#include "learn/evidence.h"

/* Upstream sets TMPDIR to it and always lets it be written, but does not make it. */
#define UPSTREAM_TMPDIR "/tmp/claude"

struct draft {
	const struct export_input *input;
	struct evidence evidence;
	struct entries secrets; /* the sensitive paths; trees are directories */
	struct entries refused; /* what may not be read or executed: nothing is opened over it */
	struct entries written; /* whatever was written, allowed now or not: nothing is opened for
				   reading over it, so that a deny that is added opens nothing */
	struct entries *surveyed; /* directories that were looked through; tree: nothing sensitive */
	struct entries allowed_domains, denied_domains;
	struct entries deny_read, allow_read, allow_write, deny_write;
	struct entries notes; /* what the file cannot say: the object, and words in `why` */
};

bool draft_exists(const struct draft *draft, const char *path);
bool draft_is_directory(const struct draft *draft, const char *path);
/* Can be written as an entry that opens something: UTF-8, and not reached through a link. */
bool draft_is_openable(const struct draft *draft, const char *path);
/* The same of something that was read, with a note where it is not. */
bool draft_is_putable(struct draft *draft, const char *path);
/* The sensitive path that covers this one, or NULL. */
const char *draft_secret(const struct draft *draft, const char *path);
/* Judged allowed, by the stricter measure where it is sensitive. */
bool draft_may(const struct draft *draft, enum access_kind kind, const char *path);
void draft_note(struct draft *draft, const char *path, const char *words);
/* "read 3 times in 2 runs by /bin/cat". Caller frees. */
char *draft_reason(enum access_kind kind, const struct fact *fact);
char *draft_rule_reason(const struct rule *rule);

/* The innermost entry of denyRead that covers the path for what it is, not because reads are closed;
 * NULL if there is none. */
const struct entry *draft_hidden(const struct draft *draft, const char *path);

/* Nothing in the directory looks sensitive by its name, as far as can be told. */
bool draft_is_harmless(const struct draft *draft, const char *directory);

/* For entries_fold(): a mask between the two hides what the outer entry opens, so that the inner one is
 * needed to open its part again. `arg` is the draft. */
bool draft_masked_between(const void *arg, const struct entry *entry, const struct entry *cover);

/* Fills deny_read, not yet folded: what is nested in what still shows; and refused. */
int reads_deny(struct draft *draft, struct err *e);
/* Fills allow_read; needs deny_read and allow_write. */
void reads_allow(struct draft *draft);
void reads_fold(struct draft *draft);

/* Reads closed: adds to deny_read what is hidden. */
void closed_deny(struct draft *draft);
/* Adds to allow_read what lets the wishes be read: things that were read or executed below what is
 * hidden, by text; and the working directory, and what a start needs. Takes them apart. */
void closed_allow(struct draft *draft, struct entries *wishes);

/* Fills allow_write; needs deny_read. */
void writes_allow(struct draft *draft);
/* Fills deny_write, and takes out of allow_write what it would shadow. */
int writes_deny(struct draft *draft, struct err *e);
/* What was opened for reading alone stays so; then folds. Needs allow_read. */
void writes_protect(struct draft *draft);

void hosts_list(struct draft *draft);

/* Of the finished draft, for adjust.c: whether the export would open a whole directory for writing or
 * reading, or a whole domain, because of single things in it. */
bool writes_may_open(const struct draft *draft, const char *directory);
bool closed_may_open(const struct draft *draft, const char *directory);
bool hosts_may_open(const struct draft *draft, const char *domain);
struct kept_export;
const struct draft *kept_export_draft(const struct kept_export *kept);

#endif
