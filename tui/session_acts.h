/* SPDX-License-Identifier: MIT */
#ifndef TUI_SESSION_ACTS_H
#define TUI_SESSION_ACTS_H

/* What can be done with a session, wherever it is shown. `session` may be NULL: then nothing. */
#include "tui/model.h"

/* Asks back; asked a second time it is ended by force. */
void session_stop(struct model *model, struct tui_session *session);
struct command session_restart(struct model *model, const struct tui_session *session);
void session_export(struct model *model, const struct tui_session *session);
/* Of NULL: the name of the server is typed, beginning with `name` (NULL = nothing). */
void session_layer(struct model *model, const struct tui_session *session, const char *name);

#endif
