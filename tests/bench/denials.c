/* SPDX-License-Identifier: MIT */
/*
 * Both ends of a measurement of denials, for denials.sh:
 *
 *   denials deny DIRECTORY RATE SECONDS
 *       opens names in DIRECTORY, RATE a second; each name is the time (CLOCK_MONOTONIC, in
 *       nanoseconds) at which it was opened. Prints how many there were.
 *   denials listen SOCKET SECONDS
 *       attaches to a session and takes the time from its events: prints how many came, how many
 *       it was told that it lost, and after how many microseconds the events came.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES_MOST 4000000
#define QUIET_MS 2000 /* nothing came for so long: it is over */

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int deny(const char *directory, uint64_t rate, uint64_t seconds)
{
	uint64_t began = now_ns(), end = began + seconds * 1000000000u, done = 0, refused = 0, time;

	while ((time = now_ns()) < end) {
		char path[4096];
		int fd;

		/* Behind its time it hurries, ahead of it it waits. */
		if (done * 1000000000u / rate > time - began) {
			struct timespec soon = { .tv_nsec = 50000 };

			nanosleep(&soon, NULL);
			continue;
		}
		snprintf(path, sizeof(path), "%s/t%llu", directory, (unsigned long long)now_ns());
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		done++;
		if (fd < 0)
			refused++;
		else
			close(fd);
	}
	printf("opens %llu refused %llu rate %.0f\n", (unsigned long long)done,
	       (unsigned long long)refused, (double)done * 1e9 / (double)(now_ns() - began));
	return 0;
}

struct listener {
	uint32_t *us;
	size_t count;
	uint64_t lost;
};

static void take_line(struct listener *l, char *line)
{
	char *at = strstr(line, "\"object\":\""), *name;
	uint64_t now = now_ns(), then;

	if (strncmp(line, "{\"type\":\"lost\"", 14) == 0) {
		at = strstr(line, "\"count\":");
		l->lost += at ? strtoull(at + 8, NULL, 10) : 0;
		return;
	}
	if (!at || strncmp(line, "{\"type\":\"event\"", 15) != 0)
		return;
	*strchr(at + 10, '"') = '\0';
	name = strrchr(at, '/');
	then = name && name[1] == 't' ? strtoull(name + 2, NULL, 10) : 0;
	if (then && then < now && l->count < SAMPLES_MOST)
		l->us[l->count++] = (uint32_t)((now - then) / 1000);
}

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

static int listen_to(const char *path, int seconds)
{
	static char block[1 << 20];
	static const char hello[] = "{\"type\":\"attach\",\"v\":1,\"role\":\"dashboard\"}\n";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct listener l = { .us = malloc(SAMPLES_MOST * sizeof(*l.us)) };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	uint64_t last = now_ns(), end = last + (uint64_t)seconds * 1000000000u;
	size_t used = 0;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (!l.us || fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    write(fd, hello, sizeof(hello) - 1) < 0) {
		perror(path);
		return 1;
	}
	puts("attached");
	fflush(stdout);
	while (now_ns() < end || now_ns() - last < QUIET_MS * 1000000u) {
		char *start = block, *newline;
		size_t before = l.count;
		ssize_t got;

		if (poll(&waiting, 1, 100) <= 0)
			continue;
		got = read(fd, block + used, sizeof(block) - used);
		if (got <= 0)
			break;
		used += (size_t)got;
		while ((newline = memchr(start, '\n', used - (size_t)(start - block)))) {
			*newline = '\0';
			take_line(&l, start);
			start = newline + 1;
		}
		used -= (size_t)(start - block);
		memmove(block, start, used);
		if (used == sizeof(block))
			return 1;
		if (l.count > before)
			last = now_ns();
	}
	qsort(l.us, l.count, sizeof(*l.us), compare);
	printf("events %zu lost %llu median %u p99 %u most %u\n", l.count, (unsigned long long)l.lost,
	       l.count ? l.us[l.count / 2] : 0, l.count ? l.us[l.count * 99 / 100] : 0,
	       l.count ? l.us[l.count - 1] : 0);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "deny") == 0)
		return deny(argv[2], strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "listen") == 0)
		return listen_to(argv[2], atoi(argv[3]));
	return 2;
}
