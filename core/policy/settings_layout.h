/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_SETTINGS_LAYOUT_H
#define CORE_POLICY_SETTINGS_LAYOUT_H

#include "core/base/buf.h"
#include "core/base/json.h"

/* The JSON of a settings file as an export lays it out: two spaces an indentation, an entry a line, a newline at
 * the end. */
void settings_layout(struct buf *out, const cJSON *settings);

#endif
