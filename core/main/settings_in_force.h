/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_SETTINGS_IN_FORCE_H
#define CORE_MAIN_SETTINGS_IN_FORCE_H

#include <stdbool.h>

#include "core/policy/settings.h"

struct settings_in_force {
	struct settings *settings;
	char *looked_at; /* the path as it was given, or that of the default file */
	char *path;	 /* the file itself, resolved; NULL = there is none */
	bool nameless;	 /* there is one, a pipe, that no path leads to: nothing inside can change it */
};

void settings_in_force_free(struct settings_in_force *in_force);
#define _cleanup_in_force_ __attribute__((cleanup(settings_in_force_free)))

/*
 * Loads the file that was named, or ~/.srt-settings.json where that is (`named` NULL), and sees that
 * all of it can be honoured. 0, or -1 with *e: then nothing may run. Free in either case.
 */
int settings_in_force_load(struct settings_in_force *in_force, const char *named, struct err *e);

#endif
