/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_LAYER_REVIEW_H
#define CORE_MAIN_LAYER_REVIEW_H

/*
 * What a server wrote into its copy-on-write layer, for whoever reviews it: nothing here prints.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/sandbox/layer.h"
#include "core/sandbox/layer_changes.h"
#include "core/sandbox/mounts.h"

struct layer_review {
	char *home, *directory; /* the layer's; both resolved */
	struct strings own;	/* directories of this program: nothing is kept there */
	struct layer layer;	/* locked where something is to be kept */
	struct mount_plan plan;	/* what the settings deny there */
	struct layer_changes changes;
	atomic_size_t *looked;	/* see layer_changes_read() */
};

/*
 * Reads it. `settings`: the file whose denies hold for what is kept, NULL = ~/.srt-settings.json where there
 * is one; what it denies is `refused` with its entry. 0, or -1 with *e: ERR_NOT_FOUND where the server has no
 * layer. To be closed in any case.
 */
int layer_review_open_under(struct layer_review *review, const char *server, const char *settings,
			    struct err *e);
/* The same under the file that holds without being named; `looked` as in layer_changes_read(). */
int layer_review_open(struct layer_review *review, const char *server, atomic_size_t *looked,
		      struct err *e);
void layer_review_close(struct layer_review *review);
#define _cleanup_layer_review_ __attribute__((cleanup(layer_review_close)))

/* For keeping and dropping: no run may have it meanwhile. Reads it anew. 0, or -1 with *e. */
int layer_review_lock(struct layer_review *review, struct err *e);
/* Makes a change on the host, which is then out of the list when it is read again. 0, or -1 with *e. */
int layer_review_keep(const struct layer_review *review, size_t index, struct err *e);
/*
 * Takes a change out of the layer, a directory with all that is in it: the host's is seen again. What went with
 * its directory before is no error. 0, or -1 with *e.
 */
int layer_review_discard(const struct layer_review *review, size_t index, struct err *e);
/* Throws away all that the layer holds. 0, or -1 with *e. */
int layer_review_drop(struct layer_review *review, struct err *e);

/*
 * How the file differs from the host's, in the lines of text_diff(); or one line in brackets that says
 * why there is nothing to show. Unescaped.
 */
void layer_review_diff(struct buf *out, const struct layer_change *change);

#endif
