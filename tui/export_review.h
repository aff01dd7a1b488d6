/* SPDX-License-Identifier: MIT */
#ifndef TUI_EXPORT_REVIEW_H
#define TUI_EXPORT_REVIEW_H

/*
 * The settings file that a server needs, beside the one that is there: entry by entry what is
 * added, what goes and what stays, with the reason. Pure. Only ticked changes are written, and
 * whatever else the file says is kept.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "tui/layout.h"

#define EXPORT_FILE_MOST (1024 * 1024)

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

struct export_entry {
	enum export_list list;
	enum export_change change;
	bool ticked; /* the change is to be made */
	char *text;
	char *why; /* NULL = nothing is known */
};

struct export_review {
	char *server, *path;
	struct export_entry *items; /* by list, then text */
	size_t count, capacity;
	char *before;	/* the file as it was, NULL = there was none */
	char *exported; /* as the learning layer makes it */
	struct strings notes;
	bool wanted, known;
	char *trouble;
	struct list list;
};

void export_review_free(struct export_review *review);
/* A review of this server against this file is wanted. */
void export_review_open(struct export_review *review, const char *server, const char *path);
/*
 * Compares. `before` NULL = there is no such file. `home` as the explanation shortens paths with
 * it. 0, or -1 with *e where a text is no settings file.
 */
int export_review_take(struct export_review *review, const char *before, const char *exported,
		       const char *explain, const char *home, struct err *e);
void export_review_failed(struct export_review *review, const char *why);
/* The file with the ticked changes. 0, or -1 with *e. */
int export_review_text(const struct export_review *review, struct buf *out, struct err *e);
const char *export_list_name(enum export_list list);
/* How many changes are ticked. */
size_t export_review_ticked(const struct export_review *review);

#endif
