/* SPDX-License-Identifier: MIT */
#include "core/main/replay_settings.h"

#include "core/base/mem.h"
#include "core/policy/path.h"

int replay_settings(struct replay *replay, const struct learned *learned, const struct settings *settings,
		    const char *file, size_t most, struct err *e)
{
	_cleanup_strings_ struct strings read_only = STRINGS_EMPTY;
	_cleanup_free_ char *in_force = file ? path_real(file) : NULL;
	struct mount_plan plan = { 0 };
	const struct mount_request request = {
		.settings = settings,
		.home = learned->home,
		.cwd = learned->cwd ? learned->cwd : learned->home,
		.read_only = &read_only,
	};

	if (in_force)
		strings_add(&read_only, in_force);
	if (mount_plan_make(&plan, &request, e) < 0)
		return -1;
	replay_run(replay, learned->accesses.items, learned->accesses.count, settings, &plan, most);
	mount_plan_free(&plan);
	return 0;
}
