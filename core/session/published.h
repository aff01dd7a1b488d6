/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_PUBLISHED_H
#define CORE_SESSION_PUBLISHED_H

#include <stdbool.h>

#include "core/session/supervisor.h"

/* "HOSTPORT:PORT", both from 1 to 65535. False for anything else. */
bool published_parse(const char *text, struct published_port *port);

#endif
