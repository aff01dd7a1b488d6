/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_SETTINGS_HINTS_H
#define CORE_POLICY_SETTINGS_HINTS_H

/*
 * What a valid settings file says in vain, or says otherwise than its writer may think: for
 * `srt-top check`, and for `srt -d`. Pure. The lines hold text of the file as it is: escape
 * before showing.
 */
#include "core/policy/settings.h"

/*
 * The dotted path of the field that an unknown one (an item of settings->unknown_keys) may have
 * been meant to be: the nearest spelling beside it, else a field of that name elsewhere. NULL if
 * there is none. Caller frees.
 */
char *settings_nearest_field(const char *unknown);

/* Adds a line for each unknown key: `unknown key "network.x" is ignored; did you mean "…"?` */
void settings_hint_unknown_keys(const struct settings *settings, struct strings *lines);

/*
 * Adds a line for each entry that has no effect, or another one under upstream, as far as the
 * text tells: nothing is looked up on this machine. Paths are made absolute with home and cwd.
 */
void settings_hint_entries(const struct settings *settings, const char *home, const char *cwd,
			   struct strings *lines);

#endif
