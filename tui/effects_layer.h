/* SPDX-License-Identifier: MIT */
#ifndef TUI_EFFECTS_LAYER_H
#define TUI_EFFECTS_LAYER_H

/* The part of effects.h that is about layers. */
#include "tui/model.h"

/* Reads what is wanted, and the difference of the selected row. */
void effects_layer_look(const struct layers *layers, struct model *model);
/* Keeps what is ticked, or drops everything. Tells the person what came of it. */
void effects_layer_apply(const struct layers *layers, struct model *model, bool keep,
			 struct instant now);

#endif
