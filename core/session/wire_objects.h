/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_WIRE_OBJECTS_H
#define CORE_SESSION_WIRE_OBJECTS_H

/* Reading of the objects inside messages: for wire.c alone. */
#include <cjson/cJSON.h>

#include "core/session/wire.h"

/* Each fills a zeroed struct; 0, or -1 with *e and whatever was read so far still to be freed. */
int wire_read_event(struct access_event *event, const cJSON *object, struct err *e);
int wire_read_rule(struct session_rule *rule, const cJSON *object, struct err *e);
int wire_read_question(struct question *question, const cJSON *object, struct err *e);
int wire_read_session(struct session_info *info, const cJSON *object, struct err *e);

#endif
