/* SPDX-License-Identifier: MIT */
#include "core/main/exported.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/session/runtime_dir.h"

int exported_read(struct exported *exported, const struct export_row *row, struct err *e)
{
	_cleanup_free_ char *home = home_dir();
	struct mount_request request = { .home = home, .cwd = row->cwd ? row->cwd : home };

	*exported = (struct exported){ .settings = NULL };
	if (settings_parse(&exported->settings, row->settings, strlen(row->settings), e) < 0)
		return -1;
	request.settings = exported->settings;
	return mount_plan_make(&exported->plan, &request, e);
}

void exported_free(struct exported *exported)
{
	mount_plan_free(&exported->plan);
	if (exported->settings)
		settings_free(exported->settings);
	*exported = (struct exported){ .settings = NULL };
}
