/* SPDX-License-Identifier: MIT */
/*
 * Swaps a directory for a symbolic link, all the time, and tries what it can through the name:
 *
 *   swap_paths DIRECTORY OTHER NAME STOP
 *
 * DIRECTORY and a link to OTHER exchange places in one thread, while the other reads DIRECTORY/NAME
 * and prints what does not come from the file in DIRECTORY itself ("harmless"). NAME "-": it only
 * swaps. It ends when STOP exists, with DIRECTORY in its place, and says how often it swapped.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *directory, *stop;
static char link_path[4096];
static unsigned long swaps;

static void *swap(void *arg)
{
	bool swapped = false;

	(void)arg;
	while (swapped || access(stop, F_OK) < 0) {
		if (renameat2(AT_FDCWD, directory, AT_FDCWD, link_path, RENAME_EXCHANGE) < 0) {
			if (access(stop, F_OK) == 0)
				break;
			continue;
		}
		swapped = !swapped;
		swaps++;
	}
	return NULL;
}

static void look(const char *path)
{
	char text[64];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (got > 0) {
		text[got] = '\0';
		if (strncmp(text, "harmless", 8) != 0)
			printf("got %s\n", text);
	}
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	char path[8192];
	pthread_t thread;

	if (argc != 5)
		return 2;
	directory = argv[1];
	stop = argv[4];
	snprintf(link_path, sizeof(link_path), "%s.swap", directory);
	if (symlink(argv[2], link_path) < 0) {
		perror(link_path);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/%s", directory, argv[3]);
	if (pthread_create(&thread, NULL, swap, NULL) != 0)
		return 1;
	while (strcmp(argv[3], "-") != 0 && access(stop, F_OK) < 0)
		look(path);
	pthread_join(thread, NULL);
	unlink(link_path);
	printf("swapped %s\n", swaps ? "often" : "never");
	return 0;
}
