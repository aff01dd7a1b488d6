/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_RULE_WORDS_H
#define CORE_MAIN_RULE_WORDS_H

#include "core/policy/rule.h"

/*
 * Makes a rule from the words of `srt-top rules add`. Paths may start with "~/" or be relative; one
 * that exists is resolved as the kernel would. A directory is meant with all below it, "host" on
 * every port, "host:port" on that one, "*.parent" the hosts below it, unless `scope` (NULL = not
 * given) says otherwise. 0, or -1 with *e; the caller frees the rule.
 */
int rule_from_words(struct rule *rule, const char *server, const char *verdict, const char *kind,
		    const char *object, const char *scope, struct err *e);

#endif
