/* SPDX-License-Identifier: MIT */
#ifndef TUI_EXPORT_OPS_H
#define TUI_EXPORT_OPS_H

/*
 * What the review of an export needs of the learning layer, the database and the file, as a table of
 * operations. All may take long: they are called by the worker alone. Each returns 0, or -1 with *e. What is
 * asked after make() is about its server.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/policy/access.h"

struct export_made {
	struct buf settings, explain;
	char *before; /* the file as it is, NULL = there is none */
	char *home, *cwd; /* that entries are about; cwd NULL = unknown */
};
void export_made_free(struct export_made *made);

/* An access that was recorded and would be judged otherwise. */
struct export_difference {
	bool refused; /* else allowed */
	enum access_kind kind;
	char *object, *why;
};

#define EXPORT_DIFFERENCES_MOST 500 /* that are listed; all are counted */

/* What a file comes to. */
struct export_figures {
	uint64_t same, refused, allowed;
	struct export_difference *items;
	size_t count;
	char *diff; /* from the file that is there, line by line; NULL = there is none */
};
void export_figures_free(struct export_figures *figures);

struct export_ops {
	int (*make)(void *handle, const char *server, const char *path, struct export_made *made,
		    struct err *e);
	/* An entry of that list ("allowWrite"), as the file spells it, a step wider or narrower: what stands
	 * in its place then, at least one. *e says why not, for a person. */
	int (*adjust)(void *handle, const char *list, const char *entry, bool wider, struct strings *entries,
		      struct err *e);
	/* What was recorded that the entry is about. Caller: access_rows_free(). */
	int (*evidence)(void *handle, const char *list, const char *entry, size_t most,
			struct access_row **rows, size_t *count, bool *more, struct err *e);
	int (*replay)(void *handle, const char *path, const char *before, const char *text,
		      struct export_figures *figures, struct err *e);
	/* As `export -o` does it: not over what has changed since, with a copy of it kept. */
	int (*write)(void *handle, const char *path, const char *before, const char *text, struct err *e);
	void (*free)(void *handle);
};

struct exports {
	const struct export_ops *ops; /* NULL = none */
	void *handle;
};

#endif
