/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_SESSION_DRIFT_H
#define CORE_MAIN_SESSION_DRIFT_H

#include "core/session/drift_watch.h"

/* Over the database of history_open(). */
extern const struct drift_watch session_drift;

#endif
