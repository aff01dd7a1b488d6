/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_SESSION_RULES_H
#define CORE_MAIN_SESSION_RULES_H

/* The rules that end with their sessions, from those that run now. */
#include "core/session/wire.h"

/* Calls back with each, of the sessions of this server (NULL = all). 0, or -1 with *e. */
int session_rules_each(const char *server, void (*each)(void *arg, const struct session_rule *rule),
		       void *arg, struct err *e);
/* Whether the words are the id of such a rule. */
bool session_rules_is_id(const char *id);
/* Ends one in its session, and waits until that is done. 0, or -1 with *e. */
int session_rules_remove(const char *id, struct err *e);

#endif
