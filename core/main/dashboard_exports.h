/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_DASHBOARD_EXPORTS_H
#define CORE_MAIN_DASHBOARD_EXPORTS_H

#include "tui/export_ops.h"

/* Exports for the dashboard's review, over the database and this machine's tree. */
struct exports dashboard_exports_new(void);

#endif
