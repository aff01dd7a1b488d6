/* SPDX-License-Identifier: MIT */
#include "core/main/settings_in_force.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/session/runtime_dir.h"

void settings_in_force_free(struct settings_in_force *in_force)
{
	if (in_force->settings)
		settings_free(in_force->settings);
	free(in_force->looked_at);
	free(in_force->path);
	*in_force = (struct settings_in_force){ .settings = NULL };
}

/* A shell's <(command) is /dev/fd/63, which leads to a pipe and to no file. */
static bool is_nameless(const char *path)
{
	struct stat st;

	return errno == ENOENT && stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int settings_in_force_load(struct settings_in_force *in_force, const char *named, struct err *e)
{
	_cleanup_free_ char *home = home_dir();
	const char *unsupported;
	bool found = false;

	*in_force = (struct settings_in_force){
		.looked_at = named ? xstrdup(named) : xasprintf("%s/.srt-settings.json", home),
	};
	if (settings_load(&in_force->settings, &found, in_force->looked_at, named != NULL, e) < 0)
		return -1;
	unsupported = settings_unsupported(in_force->settings);
	if (unsupported)
		return err_set(e, "%s: this version cannot honour %s, and does not run weaker than the "
				  "file says", in_force->looked_at, unsupported);
	if (!found)
		return 0;
	in_force->path = realpath(in_force->looked_at, NULL);
	if (in_force->path)
		return 0;
	in_force->nameless = is_nameless(in_force->looked_at);
	return in_force->nameless ? 0 : err_errno(e, "%s", in_force->looked_at);
}
