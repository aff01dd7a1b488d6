/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_NESTED_H
#define CORE_MAIN_NESTED_H

/*
 * A sandbox within a sandbox that is watched: the kernel has room for one listener in a process's
 * filters (seccomp(2), EBUSY), and the outer sandbox refuses the namespaces besides. Nothing is run
 * then. A start that failed for this reason is told so: *e, which is set, is replaced.
 */
#include "core/base/err.h"

void nested_explain(struct err *e);

#endif
