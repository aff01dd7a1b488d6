/* SPDX-License-Identifier: MIT */
#include "core/main/remember_export.h"

#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/main/program_marks.h"

int remember_export(struct db *db, const char *server, const char *file, const struct learned *learned,
		    const char *settings, struct err *e)
{
	_cleanup_free_ char *absolute = file ? realpath(file, NULL) : NULL;
	_cleanup_free_ char *programs = program_marks(learned->command, learned->cwd,
						      learned->accesses.items,
						      learned->accesses.count);
	const struct export_row row = { .time_ms = clock_wall_ms(),
					.file = absolute,
					.cwd = learned->cwd,
					.programs = programs,
					.settings = (char *)settings };

	return db_export_add(db, server, &row, e);
}
