/* SPDX-License-Identifier: MIT */
#include "core/main/new_needs.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/main/program_marks.h"
#include "core/session/runtime_dir.h"

#define LISTED_MOST 1000

int new_needs_find(struct new_needs *needs, struct db *db, const char *server, struct err *e)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_free_ char *home = home_dir();
	struct mount_request request = { .home = home };
	struct mount_plan plan = { 0 };
	const struct export_row *exported = &needs->exported;

	*needs = (struct new_needs){ 0 };
	if (db_export_last(db, server, &needs->exported, e) < 0)
		return -1;
	if (!exported->time_ms)
		return 0;
	if (exported->programs)
		program_marks_compare(exported->programs, &needs->changed);
	if (db_accesses(db, server, NULL, &needs->accesses, e) < 0 ||
	    settings_parse(&settings, exported->settings, strlen(exported->settings), e) < 0)
		return -1;
	request.settings = settings;
	request.cwd = exported->cwd ? exported->cwd : home;
	if (mount_plan_make(&plan, &request, e) < 0)
		return -1;
	drift_find(&needs->drift, needs->accesses.items, needs->accesses.count, exported->time_ms,
		   settings, &plan, LISTED_MOST);
	mount_plan_free(&plan);
	return 0;
}

void new_needs_free(struct new_needs *needs)
{
	drift_free(&needs->drift);
	strings_free(&needs->changed);
	evidence_rows_free(&needs->accesses);
	export_row_free(&needs->exported);
}
