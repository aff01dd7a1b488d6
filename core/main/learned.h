/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_LEARNED_H
#define CORE_MAIN_LEARNED_H

/* What export, verify and prove have in common: a server's evidence out of the database,, and what
 * this machine's tree says to it. */
#include "core/main/learned_tree.h"
#include "core/main/report.h"

struct learned {
	struct evidence_rows accesses;
	struct rule *rules;
	size_t rule_count;
	char *home; /* resolved */
	bool linked_home;
	char *cwd;     /* of the last run; NULL unknown */
	char *command; /* of the last run; NULL unknown */
	struct strings sensitive;
	struct start_needs needs;
};

/*
 * Reads it. `without` names sessions to leave out, separated by commas (NULL = none). 0, or -1 with
 * *e: ERR_NOT_FOUND where nothing is recorded of the server. Free it in any case.
 */
int learned_read(struct learned *learned, struct db *db, const char *server, const char *without,
		 struct err *e);
void learned_free(struct learned *learned);
#define _cleanup_learned_ __attribute__((cleanup(learned_free)))

/* The input for an export with reads closed; borrows from `learned`. */
struct export_input learned_input(const struct learned *learned, const char *server);

#endif
