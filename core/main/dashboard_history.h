/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_DASHBOARD_HISTORY_H
#define CORE_MAIN_DASHBOARD_HISTORY_H

#include "tui/history.h"

/* The dashboard's operations over the database, which is opened when it is first needed. */
struct history dashboard_history_new(void);

#endif
