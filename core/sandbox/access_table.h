/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_ACCESS_TABLE_H
#define CORE_SANDBOX_ACCESS_TABLE_H

/*
 * Adds accesses up by kind and object: a hash table with a bound. Its owner is one thread at a
 * time; adding allocates only when a block of texts or the array is full.
 */
#include "core/policy/access.h"

struct access_table;

struct access_table *access_table_new(size_t most);
void access_table_free(struct access_table *table);
/* Adds one access (`created`: it made the object). Beyond the bound new objects are only counted. */
void access_table_add(struct access_table *table, enum access_kind kind, enum verdict verdict,
		      const char *object, pid_t pid, int error, bool created, int64_t now_ms);
/* This thread runs another program from now on. */
void access_table_forget(struct access_table *table, pid_t pid);
/*
 * Moves the rows out; the table is empty then. Caller: access_rows_free(). Returns how many accesses
 * there was no room for since the last take.
 */
uint64_t access_table_take(struct access_table *table, struct access_row **rows, size_t *count);

#endif
