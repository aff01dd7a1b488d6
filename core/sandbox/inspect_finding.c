/* SPDX-License-Identifier: MIT */
/* What the sandbox stands in the way of: the object as the host has it is the other side of that. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sandbox/inspect_parts.h"
#include "core/sandbox/path_text.h"

void finding_refuse(struct finding *finding, enum access_kind kind, int error,
		    const struct mask *mask)
{
	finding->outcome = OUTCOME_REFUSED;
	finding->kind = kind;
	finding->error = error;
	finding->mask = mask;
}

void finding_pass(struct finding *finding, enum access_kind kind)
{
	finding->outcome = OUTCOME_PLAIN;
	finding->kind = kind;
}

void finding_see(struct finding *finding, const struct inspector *inspector, const struct object *object,
		 const char *path)
{
	if (!inspector->looks || !S_ISREG(object->info.stx_mode))
		return;
	finding_pass(finding, ACCESS_READ);
	strcpy(finding->object, path);
}

bool finding_allowed_outside(struct finding *finding, const char *path, bool no_follow, int mode,
			     struct object *object)
{
	if (!object_open_outside(object, path, no_follow) ||
	    !descriptor_path(object->fd, finding->object))
		return false;
	finding->is_directory = object_is_directory(object);
	return (mode == F_OK || object_may(object, mode)) &&
	       (!(mode & W_OK) || object_is_device_or_pipe(object) ||
		!object_is_on_read_only_mount(object));
}

void finding_set_place(struct finding *finding, const char *path)
{
	strcpy(finding->place, path_text_is_normal(path) ? path : finding->object);
}

void inspect_directory_of(const struct inspector *inspector, const char *path, int error,
			  struct finding *finding)
{
	_cleanup_object_ struct object inside = OBJECT_NONE, outside = OBJECT_NONE;
	char parent[PATH_MAX];
	const char *name;
	const struct mask *mask = NULL;

	finding->outcome = OUTCOME_FAILS;
	if (!path_text_split(path, parent, &name))
		return;
	strcpy(finding->place, path);
	inside.fd = inspector_open(inspector, parent, false);
	if (object_look(&inside)) {
		if (!object_is_directory(&inside))
			return;
		mask = inspector_mask(inspector, &inside);
		if (!error && !object_is_on_read_only_mount(&inside)) {
			if (!object_may(&inside, W_OK | X_OK))
				return;
			finding_pass(finding, ACCESS_WRITE);
			finding->created = true;
			strcpy(finding->object, path);
			return;
		}
		if (!error || error == ENOENT)
			error = EROFS;
	}
	if (!finding_allowed_outside(finding, parent, false, W_OK | X_OK, &outside) ||
	    !object_is_directory(&outside))
		return;
	strcpy(parent, finding->object);
	if (!path_text_join(finding->object, parent, name))
		return;
	finding->is_directory = false;
	finding->by_parent = true;
	finding_refuse(finding, ACCESS_WRITE, error ? error : ENOENT, mask);
}

void inspect_directory_of_hidden(const struct inspector *inspector, const struct resolved *r,
				 struct finding *finding)
{
	inspect_directory_of(inspector, r->path, ENOENT, finding);
	if (finding->outcome == OUTCOME_REFUSED && !finding->mask)
		finding->mask = r->mask;
}

void inspect_placeholder(const struct inspector *inspector, const struct resolved *r, int error,
			 struct finding *finding)
{
	inspect_directory_of(inspector, r->path, error, finding);
	finding->mask = r->mask;
}

bool inspect_is_empty(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool empty = true;

	/* Not to be read: the kernel will know. */
	if (!directory)
		return true;
	while (empty && (entry = readdir(directory)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(directory);
	return empty;
}

bool inspect_may_change(const struct intent *intent, const struct object *object)
{
	return (intent->owner && object_is_own(object)) ||
	       (intent->write && object_may(object, W_OK)) || (!intent->owner && !intent->write);
}

void finding_start(struct finding *finding)
{
	finding->outcome = OUTCOME_UNKNOWN;
	finding->mask = NULL;
	finding->error = 0;
	finding->by_parent = false;
	finding->created = false;
	finding->no_grant = false;
	finding->is_directory = false;
}
