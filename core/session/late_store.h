/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_LATE_STORE_H
#define CORE_SESSION_LATE_STORE_H

/*
 * A store that is opened when there is something to store: a session that began and ended, and of which
 * there is nothing else to tell, leaves nothing. Where the store cannot be opened then, all is lost
 * that is given to it, as it is where there is none.
 */
#include "core/session/store.h"

/* Free it by its close operation. */
struct store late_store(struct store (*open)(void));

#endif
