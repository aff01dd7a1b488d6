/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_SETTINGS_JSON_H
#define CORE_POLICY_SETTINGS_JSON_H

/* Strict JSON for settings files. Private to core/policy. */
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/base/err.h"

/*
 * Parses one JSON text (RFC 8259). Where readers differ about what a text means it is refused:
 * names twice in one object, NUL in a string, lone surrogates, bytes that are not UTF-8. So is
 * nesting beyond 64 levels and more than 262144 values. NULL with *e says why and where; caller
 * frees with cJSON_Delete().
 */
cJSON *settings_json_parse(const char *text, size_t length, struct err *e);

#endif
