/* SPDX-License-Identifier: MIT */
#include "tui/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

struct task {
	struct job job;
	struct task *next;
};

struct queue {
	struct task *first, *last;
};

struct worker {
	int fd; /* counts what is done */
	pthread_t thread;
	bool started;
	size_t out;	      /* added and not collected: the loop's own */
	pthread_mutex_t lock; /* all below */
	pthread_cond_t changed;
	struct queue waiting, done;
	bool running, stop;
};

static void put(struct queue *queue, struct task *task)
{
	task->next = NULL;
	if (queue->last != NULL)
		queue->last->next = task;
	else
		queue->first = task;
	queue->last = task;
}

static struct task *take(struct queue *queue)
{
	struct task *task = queue->first;

	if (task == NULL)
		return NULL;
	queue->first = task->next;
	if (queue->first == NULL)
		queue->last = NULL;
	return task;
}

static void free_all(struct queue *queue)
{
	struct task *task;

	while ((task = take(queue)) != NULL) {
		task->job.free(task->job.data);
		free(task);
	}
}

static void *work(void *opaque)
{
	struct worker *worker = opaque;
	const uint64_t one = 1;

	pthread_mutex_lock(&worker->lock);
	for (;;) {
		struct task *task;

		while (!worker->stop && worker->waiting.first == NULL)
			pthread_cond_wait(&worker->changed, &worker->lock);
		if (worker->stop)
			break;
		task = take(&worker->waiting);
		worker->running = true;
		pthread_mutex_unlock(&worker->lock);
		task->job.run(task->job.data);
		pthread_mutex_lock(&worker->lock);
		worker->running = false;
		put(&worker->done, task);
		/* A counter that is full is readable all the same. */
		if (!worker->stop && write(worker->fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
			break;
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

struct worker *worker_new(struct err *e)
{
	struct worker *worker = xcalloc(1, sizeof(*worker));

	worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->fd < 0) {
		err_errno(e, "a counter of events");
		free(worker);
		return NULL;
	}
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	return worker;
}

int worker_fd(const struct worker *worker)
{
	return worker->fd;
}

int worker_add(struct worker *worker, const struct job *job, struct err *e)
{
	struct task *task;
	int error = worker->started ? 0 : pthread_create(&worker->thread, NULL, work, worker);

	if (error != 0) {
		job->free(job->data);
		errno = error;
		return err_errno(e, "a thread");
	}
	worker->started = true;
	worker->out++;
	task = xcalloc(1, sizeof(*task));
	task->job = *job;
	pthread_mutex_lock(&worker->lock);
	put(&worker->waiting, task);
	pthread_cond_signal(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	return 0;
}

bool worker_is_busy(const struct worker *worker)
{
	return worker->out > 0;
}

bool worker_collect(struct worker *worker, void *context)
{
	struct queue done;
	struct task *task;
	uint64_t count;
	bool any;

	if (worker->out == 0)
		return false;
	while (read(worker->fd, &count, sizeof(count)) > 0)
		continue;
	pthread_mutex_lock(&worker->lock);
	done = worker->done;
	worker->done = (struct queue){ NULL, NULL };
	pthread_mutex_unlock(&worker->lock);
	any = done.first != NULL;
	while ((task = take(&done)) != NULL) {
		worker->out--;
		task->job.finish(task->job.data, context);
		task->job.free(task->job.data);
		free(task);
	}
	return any;
}

bool worker_free(struct worker *worker)
{
	bool running;

	if (worker == NULL)
		return true;
	pthread_mutex_lock(&worker->lock);
	worker->stop = true;
	running = worker->running;
	pthread_cond_signal(&worker->changed);
	free_all(&worker->waiting);
	free_all(&worker->done);
	pthread_mutex_unlock(&worker->lock);
	if (running) {
		pthread_detach(worker->thread);
		return false;
	}
	if (worker->started)
		pthread_join(worker->thread, NULL);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	close_fd(&worker->fd);
	free(worker);
	return true;
}
