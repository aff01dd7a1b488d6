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
	struct entries allowed_domains, denied_domains;
	struct entries deny_read, allow_read, allow_write, deny_write;
	struct strings notes; /* what the file cannot say */
};

bool draft_exists(const struct draft *draft, const char *path);
bool draft_is_directory(const struct draft *draft, const char *path);
/* Can be written as an entry that opens something: UTF-8, and not reached through a link. */
bool draft_is_openable(const struct draft *draft, const char *path);
/* The sensitive path that covers this one, or NULL. */
const char *draft_secret(const struct draft *draft, const char *path);
/* Judged allowed, by the stricter measure where it is sensitive. */
bool draft_may(const struct draft *draft, enum access_kind kind, const char *path);
void draft_note(struct draft *draft, const char *path, const char *words);
/* "read 3 times in 2 runs by /bin/cat". Caller frees. */
char *draft_reason(enum access_kind kind, const struct fact *fact);
char *draft_rule_reason(const struct rule *rule);

/* Fills deny_read, not yet folded: what is nested in what still shows. */
int reads_deny(struct draft *draft, struct err *e);
/* Fills allow_read; needs deny_read and allow_write. */
void reads_allow(struct draft *draft);
void reads_fold(struct draft *draft);

/* Fills allow_write; needs deny_read. */
void writes_allow(struct draft *draft);
/* Fills deny_write, and takes out of allow_write what it would shadow. */
int writes_deny(struct draft *draft, struct err *e);
/* What was opened for reading alone stays so; then folds. Needs allow_read. */
void writes_protect(struct draft *draft);

void hosts_list(struct draft *draft);

#endif
