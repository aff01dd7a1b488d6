/* SPDX-License-Identifier: MIT */
#ifndef TUI_EXPORT_REVIEW_H
#define TUI_EXPORT_REVIEW_H

/*
 * The settings file that a server needs, beside the one that is there: entry by entry what is
 * added, what goes and what stays, with the reason. Pure. Only ticked changes are written, and
 * whatever else the file says is kept. What is added can be made wider and narrower, but never at or over
 * something that the file denies.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "tui/export_ops.h"
#include "tui/layout.h"

#define EXPORT_EVIDENCE_MOST 200 /* accesses that are listed of one entry */

enum export_list {
	LIST_ALLOWED_DOMAINS,
	LIST_DENIED_DOMAINS,
	LIST_DENY_READ,
	LIST_ALLOW_READ,
	LIST_ALLOW_WRITE,
	LIST_DENY_WRITE,
	LIST_COUNT
};

enum export_change { EXPORT_SAME, EXPORT_ADD, EXPORT_REMOVE };

/* What an entry was before it was made wider. */
struct export_step {
	char *text, *why;
	struct export_step *before;
};

struct export_entry {
	enum export_list list;
	enum export_change change;
	bool ticked; /* the change is to be made */
	char *text;
	bool literal; /* a path in which nothing is a pattern */
	char *object; /* absolute, or a host; NULL = a pattern */
	char *why;    /* NULL = nothing is known */
	struct export_step *steps;
	bool made;    /* here: in the place of another */
	bool beside;  /* here: wider than the one before, which is in the file */
	bool covered; /* another one that is wider now says it too: it is not written */
	char *denied; /* what the file alone denies around it: it is not written; NULL = nothing */
};

struct export_review {
	char *server, *path;
	unsigned opened; /* how often: what belongs to an earlier time is thrown away */
	struct export_entry *items; /* by list, then text */
	size_t count, capacity;
	char *before;	/* the file as it was, NULL = there was none */
	char *exported; /* as the learning layer makes it */
	char *home, *cwd;
	struct strings notes;
	bool wanted, known;
	char *trouble;
	struct list list;
	/* What it comes to. */
	bool replay_wanted, replaying, replay_known;
	char *replay_trouble;
	struct export_figures figures;
	/* An entry is being made wider or narrower, or the file written: nothing else meanwhile. */
	bool busy;
	/* The entry that is shown in full, and what was recorded of it. */
	struct {
		char *text, *why;
		enum export_list list;
		enum export_change change;
		unsigned opened;
		bool wanted, known, more;
		char *trouble;
		struct access_row *rows;
		size_t count;
	} shown;
};

void export_review_free(struct export_review *review);
/* A review of this server against this file is wanted. */
void export_review_open(struct export_review *review, const char *server, const char *path);
/* Compares; takes `made` over. 0, or -1 with *e where a text is no settings file. */
int export_review_take(struct export_review *review, struct export_made *made, struct err *e);
void export_review_failed(struct export_review *review, const char *why);
const char *export_list_name(enum export_list list);
/* How many changes are ticked, and could be. */
size_t export_review_ticked(const struct export_review *review);
size_t export_review_changes(const struct export_review *review);
/* NULL, or why it cannot be. */
const char *export_review_tick(struct export_review *review, size_t index);

/* --- export_adjust.c --- */

/* Whether it can be made wider or narrower at all: NULL, or why not. */
const char *export_review_may_adjust(const struct export_review *review, size_t index, bool wider);
/* Goes back to what it was before it was made wider. False if it never was. */
bool export_review_step_back(struct export_review *review, size_t index);
/* What stands in the place of an entry then. NULL, or why not; caller frees. */
char *export_review_adjust(struct export_review *review, size_t index, bool wider,
			   const struct strings *entries);
/* After each change: what is covered, what is denied; and what it comes to is wanted anew. */
void export_review_settle(struct export_review *review);
/* What entries are about, for comparing. NULL = a pattern. Caller frees. */
char *export_review_object(const struct export_review *review, enum export_list list, const char *text,
			   bool literal);
void export_entry_free(struct export_entry *entry);

/* --- export_text.c --- */

/* The file with the ticked changes. 0, or -1 with *e. */
int export_review_text(const struct export_review *review, struct buf *out, struct err *e);

/* --- what came of it, taken over --- */

void export_review_take_figures(struct export_review *review, struct export_figures *figures);
void export_review_show(struct export_review *review, size_t index);
void export_review_take_evidence(struct export_review *review, struct access_row *rows, size_t count,
				 bool more);

#endif
