/* SPDX-License-Identifier: MIT */
#include "core/sandbox/caller_links.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/mem.h"

static void forget(struct caller_link_place *place)
{
	close_fd(&place->itself);
	close_fd(&place->descriptors);
	place->thread = 0;
}

void caller_links_init(struct caller_links *links)
{
	for (size_t i = 0; i < CALLER_LINKS_KEPT; i++)
		links->items[i] = (struct caller_link_place){ .itself = -1, .descriptors = -1 };
}

void caller_links_close(struct caller_links *links)
{
	for (size_t i = 0; i < CALLER_LINKS_KEPT; i++)
		forget(&links->items[i]);
}

static ssize_t read_link(struct caller_link_place *place, int descriptor, char path[PATH_MAX])
{
	bool stands = descriptor == AT_FDCWD;
	int *directory = stands ? &place->itself : &place->descriptors;
	char name[64];

	if (*directory < 0) {
		snprintf(name, sizeof(name), "/proc/%d%s", place->thread, stands ? "" : "/fd");
		*directory = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (*directory < 0)
		return -1;
	snprintf(name, sizeof(name), "%d", descriptor);
	return readlinkat(*directory, stands ? "cwd" : name, path, PATH_MAX - 1);
}

bool caller_links_read(struct caller_links *links, pid_t thread, int descriptor,
		       char path[PATH_MAX])
{
	struct caller_link_place *place = &links->items[(size_t)thread % CALLER_LINKS_KEPT];
	bool was_kept = place->thread == thread;
	ssize_t length;

	if (!was_kept)
		forget(place);
	place->thread = thread;
	length = read_link(place, descriptor, path);
	/* Another thread had the number, or it runs another program, with other rights. */
	if (length < 0 && was_kept) {
		forget(place);
		place->thread = thread;
		length = read_link(place, descriptor, path);
	}
	if (length <= 0 || path[0] != '/')
		return false;
	path[length] = '\0';
	return true;
}
