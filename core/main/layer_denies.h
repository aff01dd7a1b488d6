/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_LAYER_DENIES_H
#define CORE_MAIN_LAYER_DENIES_H

/* What the settings file and kept answers deny of what a layer holds: it may have been written under others. */
#include "core/sandbox/layer_changes.h"
#include "core/sandbox/mounts.h"

struct layer_denies_request {
	const char *server;
	const char *settings;  /* NULL = the file that holds without being named, if there is one */
	const char *home;      /* resolved */
	const char *directory; /* of the layer */
};

/* The plan of a sandbox in which all that is layered were writable. 0, or -1 with *e. Free it in any case. */
int layer_denies_make(struct mount_plan *plan, const struct layer_denies_request *request, struct err *e);

/* Sets `refused` to the entry that denies it, borrowed from the plan, where nothing else refuses it. */
void layer_denies_mark(struct layer_changes *changes, const struct mount_plan *plan);

#endif
