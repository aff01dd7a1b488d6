/* SPDX-License-Identifier: MIT */
/*
 * The dashboard on a terminal of its own, with a clock: from exec to the first whole screen, and
 * from a key to what it shows.
 *
 *	terminal_bench [-k KEYS] [-c SECONDS] PROGRAM [ARGUMENT...]
 *
 * prints "first-paint MS", with -k the median and the worst of so many keys, and with -c what part
 * of a processor the program took, in percent, over so many seconds in which nobody types.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"

#define LIMIT_MS 20000

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1000 + (double)ts.tv_nsec / 1e6;
}

/* Reads for `ms` or until the text is there. */
static int wait_for(int terminal, struct buf *seen, const char *text, double ms)
{
	double end = now_ms() + ms;

	for (;;) {
		struct pollfd fd = { .fd = terminal, .events = POLLIN };
		double left = end - now_ms();
		char block[65536];
		ssize_t got;

		if (text != NULL && seen->length > 0 &&
		    memmem(seen->data, seen->length, text, strlen(text)) != NULL)
			return 0;
		if (left <= 0 || poll(&fd, 1, (int)left + 1) < 0)
			return -1;
		if (fd.revents == 0)
			continue;
		got = read(terminal, block, sizeof(block));
		if (got <= 0)
			return -1;
		/* Of what nobody waits for nothing has to be kept. */
		if (seen->length > 1 << 20)
			buf_clear(seen);
		buf_add(seen, block, (size_t)got);
	}
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Help opens and closes: two screens that differ wherever one looks. */
static int time_keys(int terminal, int count)
{
	double *took = xcalloc((size_t)count, sizeof(*took));
	int result = 0;

	for (int i = 0; i < count && result == 0; i++) {
		_cleanup_buf_ struct buf seen = BUF_EMPTY;
		double began = now_ms();

		if (write(terminal, "?", 1) != 1)
			result = -1;
		result |= wait_for(terminal, &seen, "Keys:", LIMIT_MS);
		took[i] = now_ms() - began;
		buf_clear(&seen);
		if (write(terminal, "q", 1) != 1)
			result = -1;
		result |= wait_for(terminal, &seen, "SERVER", LIMIT_MS);
		wait_for(terminal, &seen, NULL, 20);
	}
	qsort(took, (size_t)count, sizeof(*took), compare);
	if (result == 0)
		printf("key-median %.1f ms\nkey-worst %.1f ms\n", took[count / 2], took[count - 1]);
	free(took);
	return result;
}

static double cpu_ns(pid_t pid)
{
	char path[64];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	file = fopen(path, "re");
	if (file != NULL && fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	if (file != NULL)
		fclose(file);
	return ns;
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 40, .ws_col = 120 };
	_cleanup_buf_ struct buf seen = BUF_EMPTY;
	int keys = 0, seconds = 0, option, terminal, status;
	double began;
	pid_t pid;

	while ((option = getopt(argc, argv, "+k:c:")) != -1)
		if (option == 'k')
			keys = atoi(optarg);
		else if (option == 'c')
			seconds = atoi(optarg);
		else
			return 2;
	if (optind == argc)
		return 2;
	began = now_ms();
	pid = forkpty(&terminal, NULL, NULL, &size);
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		execv(argv[optind], argv + optind);
		_exit(127);
	}
	if (wait_for(terminal, &seen, "Quit", LIMIT_MS) < 0) {
		fprintf(stderr, "no screen came\n");
		kill(pid, SIGTERM);
		return 1;
	}
	printf("first-paint %.1f ms\n", now_ms() - began);
	if (seconds > 0) {
		double before;

		wait_for(terminal, &seen, NULL, 1000);
		before = cpu_ns(pid);
		wait_for(terminal, &seen, NULL, seconds * 1000.0);
		printf("cpu %.3f percent\n", (cpu_ns(pid) - before) / (seconds * 1e9) * 100);
	}
	if (keys > 0 && time_keys(terminal, keys) < 0)
		fprintf(stderr, "a key was never answered\n");
	fflush(stdout);
	if (write(terminal, "Q", 1) != 1)
		kill(pid, SIGTERM);
	wait_for(terminal, &seen, NULL, 300);
	close(terminal);
	waitpid(pid, &status, 0);
	return 0;
}
