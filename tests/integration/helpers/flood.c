/* SPDX-License-Identifier: MIT */
/*
 * Opens very many paths, as fast as it can:
 *
 *   flood THREADS COUNT PREFIX SUFFIX [SECONDS]
 *
 * PREFIX0SUFFIX, PREFIX1SUFFIX, … are opened for writing, COUNT in all over the threads, and with SECONDS
 * over and over until these are over. Says how many opens there were and how many failed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MOST 1024

static const char *prefix, *suffix;
static long count, next, failed, done;
static double until;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *run(void *arg)
{
	(void)arg;
	for (;;) {
		long number = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
		char path[4096];
		int fd;

		if (until > 0 ? now() >= until : number >= count)
			return NULL;
		snprintf(path, sizeof(path), "%s%ld%s", prefix, number % count, suffix);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
		if (fd < 0)
			__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
		else
			close(fd);
	}
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MOST];
	int thread_count = argc > 4 ? atoi(argv[1]) : 0;
	double began = now();

	if (thread_count < 1 || thread_count > THREADS_MOST)
		return 2;
	count = atol(argv[2]);
	prefix = argv[3];
	suffix = argv[4];
	until = argc > 5 ? began + atof(argv[5]) : 0;
	for (int i = 0; i < thread_count; i++)
		if (pthread_create(&threads[i], NULL, run, NULL) != 0)
			return 1;
	for (int i = 0; i < thread_count; i++)
		pthread_join(threads[i], NULL);
	printf("opens %ld failed %ld ms %.0f\n", done, failed, (now() - began) * 1000);
	return 0;
}
