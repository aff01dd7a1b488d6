/* SPDX-License-Identifier: MIT */
#include "core/main/new_needs.h"

#include "core/base/mem.h"
#include "core/main/exported.h"
#include "core/main/program_marks.h"

#define LISTED_MOST 1000

int new_needs_find(struct new_needs *needs, struct db *db, const char *server, struct err *e)
{
	_cleanup_exported_ struct exported in_force = { .settings = NULL };
	const struct export_row *exported = &needs->exported;

	*needs = (struct new_needs){ 0 };
	if (db_export_last(db, server, &needs->exported, e) < 0)
		return -1;
	if (!exported->time_ms)
		return 0;
	if (exported->programs)
		program_marks_compare(exported->programs, &needs->changed);
	if (db_accesses(db, server, NULL, &needs->accesses, e) < 0 ||
	    exported_read(&in_force, exported, e) < 0)
		return -1;
	drift_find(&needs->drift, needs->accesses.items, needs->accesses.count, exported->time_ms,
		   in_force.settings, &in_force.plan, LISTED_MOST);
	return 0;
}

void new_needs_free(struct new_needs *needs)
{
	drift_free(&needs->drift);
	strings_free(&needs->changed);
	evidence_rows_free(&needs->accesses);
	export_row_free(&needs->exported);
}
