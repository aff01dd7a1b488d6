/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_LAYER_CHANGES_H
#define CORE_SANDBOX_LAYER_CHANGES_H

/*
 * What a layer (layer.h) holds that is not so on the host, and how it gets there. Everything in a
 * layer is hostile: names, contents, modes, and what kind of file something is.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/err.h"

enum layer_change_type { LAYER_CREATED, LAYER_CHANGED, LAYER_DELETED };
enum layer_file_type { LAYER_FILE, LAYER_DIRECTORY, LAYER_LINK, LAYER_OTHER };

struct layer_change {
	enum layer_change_type change;
	enum layer_file_type type; /* in the layer; of what is deleted, on the host */
	char *path;		   /* on the host */
	char *upper;		   /* the layer's directory for its root */
	size_t root_length;	   /* of `path`: the root */
	int64_t size, was_size;	   /* bytes; -1 = has none */
	mode_t mode;		   /* permissions in the layer, never more than 0777 */
	char *target;		   /* of a link, else NULL */
	const char *refused;	   /* why it cannot be kept, borrowed words; NULL = it can */
};

struct layer_changes {
	struct layer_change *items; /* by path, a directory before what is in it */
	size_t count, capacity;
};

/*
 * Reads the layer at `directory` (layer_list_roots()). `own`: resolved paths that nothing is kept at
 * or below. `looked` (NULL = nobody asks) counts what was looked at, for another thread to see. 0, or
 * -1 with *e.
 */
int layer_changes_read(struct layer_changes *changes, const char *directory, const char *home,
		       const struct strings *own, atomic_size_t *looked, struct err *e);
void layer_changes_free(struct layer_changes *changes);
/* Their order. As strcmp(3). */
int layer_change_compare(const struct layer_change *a, const struct layer_change *b);

/*
 * Makes it so on the host, a file by replacing it as a whole. No link is followed, whether on the
 * host or in the layer. 0, or -1 with *e.
 */
int layer_change_keep(const struct layer_change *change, const char *home, struct err *e);

/*
 * Makes the layer have nothing of its own there any more, a directory with all that is in it. What
 * is not there any more is dropped. The layer must be locked. 0, or -1 with *e.
 */
int layer_change_drop(const struct layer_change *change, struct err *e);

/* The file as the layer has it, and as the host has it, for reading. -1 = none. */
int layer_change_open(const struct layer_change *change, bool on_host);

/* Removes all that a layer holds. 0, or -1 with *e. */
int layer_drop(const char *directory, struct err *e);

#endif
