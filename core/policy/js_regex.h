/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_JS_REGEX_H
#define CORE_POLICY_JS_REGEX_H

/*
 * Whether a text is a regular expression of JavaScript without flags (ECMA-262, with what annex B
 * allows besides). Nothing is matched here.
 */
#include <stddef.h>

/* NULL if it is one, and *groups gets the number of its capturing groups; else what is wrong, in
 * the words of the engine that upstream runs on: static. `text` is UTF-8. */
const char *js_regex_fault(const char *text, size_t *groups);

#endif
