/* SPDX-License-Identifier: MIT */
#ifndef TUI_PORTS_H
#define TUI_PORTS_H

/* Ports of servers inside: told of when they are new, and published where the person says so. */
#include "tui/model.h"

/* The session's description is about to become `info`: offers what has begun to listen since. */
void ports_offer(struct model *model, struct tui_session *session, const struct session_info *info,
		 struct instant now);
/* Opens a line in which the port is published: that of `session`, or where it has none left, what was
 * offered last. `session` may be NULL. */
void ports_publish(struct model *model, const struct tui_session *session);
/* What was typed in that line. */
struct command ports_typed(struct model *model, const char *text);
/* What a session said about it. */
void ports_published(struct model *model, const struct tui_session *session,
		     const struct wire_message *message, struct instant now);
/* "3000 (127.0.0.1:8080 leads there), 5432". Caller frees; NULL = there is none. */
char *ports_words(const struct session_info *info);

#endif
