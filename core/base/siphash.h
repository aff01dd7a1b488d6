/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_SIPHASH_H
#define CORE_BASE_SIPHASH_H

/*
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): for hash tables
 * whose keys a stranger chooses. Without the key nobody finds names that collide.
 */
#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t low, high; /* the 16 bytes as two little-endian words */
};

/* A key nobody knows; dies where the kernel has no random bytes. */
void siphash_make_key(struct siphash_key *key);
uint64_t siphash(const struct siphash_key *key, const void *bytes, size_t length);

#endif
