/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_SWITCHES_H
#define CORE_BASE_SWITCHES_H

/*
 * For tests: what a kernel may lack, to see what is done without. SRT_TOP_WITHOUT is a list of
 * names, separated by commas: veth, network (where programs that know of no proxy get out), socket-diag,
 * sync-wake-up, wait-killable-recv, tsync-esrch; fuse; path-notices is the whole watching of paths,
 * mask-notices that of reads by masks; mask-server is who serves those, mask-covers where they are put after the
 * first; broker is its process. What is refused stays refused; less of it is seen.
 */
#include <stdbool.h>

bool is_switched_off(const char *feature);
/* The same for a list that is given; NULL = an empty one. */
bool is_in_switch_list(const char *list, const char *feature);

/* /dev/fuse, or the node that SRT_TOP_FUSE_DEVICE names: for tests, where only root may open that. */
const char *fuse_device(void);

#endif
