/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_HISTORY_H
#define CORE_MAIN_HISTORY_H

#include "core/session/store.h"

/*
 * Opens the database for a session that starts. History is never worth a session: where there is
 * none to be had, it is said once on standard error, and the store is {NULL, NULL}.
 */
struct store history_open(void);
/* The same without a word: upstream's command prints nothing of its own. */
struct store history_open_silently(void);

#endif
