/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_LAYER_H
#define CORE_SANDBOX_LAYER_H

/*
 * The copy-on-write layer of a server that is learned: one overlayfs(5) for each directory that is
 * writable inside. What is written goes to the layer's own directory and stays there from run to
 * run; the host's files stay as they are.
 */
#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct layer {
	char *directory; /* of this server; NULL = there is no layer */
	struct strings roots; /* resolved, none below another */
	int lock;
};
#define LAYER_NONE ((struct layer){ .lock = -1 })

/* A path or name as the name of one file. Caller frees. */
char *layer_encode(const char *text);
/* And back. Caller frees; NULL where it is none. */
char *layer_decode(const char *name);

/* True where other file systems are mounted below the directory: an overlay would not show them. */
bool layer_has_mounts_below(const char *path);

/*
 * Makes what is missing of the directories and locks the layer for this process. 0, or -1 with *e,
 * also where another run has it.
 */
int layer_open(struct layer *layer, const char *directory, const struct strings *roots, struct err *e);
void layer_close(struct layer *layer);

/* Whether this machine can mount it: does so in a process that ends at once. 0, or -1 with *e. */
int layer_try(struct layer *layer, struct err *e);

/* The words that, in front of a bwrap command line, run it on top of the layer; appended. */
void layer_words(const struct layer *layer, struct strings *words);
/*
 * What they do, in a process of its own: `words` are those after the first two. Returns only where
 * it failed, after saying so on standard error: the exit status.
 */
int layer_run(int count, char **words);

/* The directories that a layer on disk has something for, resolved paths, sorted. 0, or -1 with *e. */
int layer_list_roots(const char *directory, struct strings *roots, struct err *e);

#endif
