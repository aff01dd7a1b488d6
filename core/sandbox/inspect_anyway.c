/* SPDX-License-Identifier: MIT */
/*
 * What the kernel refuses by flags, and by how a path ends, wherever it leads: path_resolution(7),
 * open(2), rename(2), unlink(2). Such a call failed without a sandbox, too.
 */
#include "core/sandbox/inspect_parts.h"
#include "core/sandbox/path_text.h"

struct intent intent_at(const char *path, const struct intent *intent)
{
	struct intent wanted = *intent;
	bool uses = intent->effect == EFFECT_LOOK || intent->effect == EFFECT_OPEN ||
		    intent->effect == EFFECT_CHANGE;

	/* "x/" is what x leads to, and has to be a directory. */
	if (uses && path_text_end(path) == PATH_END_SLASH) {
		wanted.directory = true;
		wanted.no_follow = false;
	}
	return wanted;
}

/* A directory cannot be opened for writing; O_CREAT with O_DIRECTORY is refused since Linux 6.4. */
static bool open_fails(enum path_end end, const struct intent *intent)
{
	return !intent->unnamed && ((intent->directory && (intent->write || intent->create)) ||
				    (intent->create && end != PATH_END_NAME));
}

bool inspect_fails_anyway(const char *path, const struct intent *intent)
{
	enum path_end end = path_text_end(path);

	switch (intent->effect) {
	case EFFECT_OPEN:
		return open_fails(end, intent);
	case EFFECT_CREATE:
	case EFFECT_REMOVE:
		/* Only a directory's name may have slashes behind it. */
		return end == PATH_END_DOTS || (end == PATH_END_SLASH && !intent->directory);
	case EFFECT_RENAME:
		return end == PATH_END_DOTS;
	case EFFECT_LINK:
	case EFFECT_LOOK:
	case EFFECT_CHANGE:
	case EFFECT_EXEC:
		break;
	}
	return false;
}
