/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_DASHBOARD_LAYERS_H
#define CORE_MAIN_DASHBOARD_LAYERS_H

/* Layers for the dashboard, which knows nothing of where they are. */
#include "tui/written.h"

struct layers dashboard_layers_new(void);

#endif
