/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_TEST_SWITCH_H
#define CORE_SESSION_TEST_SWITCH_H

/*
 * For tests: SRT_TOP_WITHOUT names features, separated by commas, that are done without as on a
 * kernel that lacks them: "veth", "sync-wake-up", "path-notices". What is refused stays refused
 * by mounts and namespaces; less of it is seen.
 */
#include <stdbool.h>

bool test_switch_is_off(const char *feature);

#endif
