/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_FOOTPRINT_H
#define CORE_BASE_FOOTPRINT_H

/*
 * Gives back what only the start of a long-lived process needed: free heap, and the clean
 * pages of code that were mapped around what ran. They stay in the kernel's page cache and
 * come back one by one when they are touched.
 */
void footprint_shrink(void);

/*
 * For functions that run afterwards, while nothing happens: they are linked side by side, and what
 * comes back with one of them holds the others.
 */
#define RUNS_IDLE __attribute__((hot))

#endif
