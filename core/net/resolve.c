/* SPDX-License-Identifier: MIT */
/*
 * Theory of operation. Jobs wait in one list under a mutex; threads are made while there are
 * fewer than THREADS_MOST, and end as soon as nothing waits for them. A finished job goes to a second
 * list and a byte through a pipe wakes the loop. One name keeps no more than one thread: other jobs
 * for it wait, and share the answer. The names of one site, a registered domain, keep no more than a
 * few: where its servers never answer, others are looked up all the same.
 *
 * What was found is kept for a second, since programs connect to one host many times over: a thread,
 * the name service and the list of our own addresses cost more than all else that a connection does.
 * It is the loop's alone, so that it can be looked at without a lock, and without a turn of the loop.
 * Addresses are checked each time, whether they are fresh or not.
 *
 * Lifetime: the shared part is counted: one reference for the resolver, one per thread. A query
 * belongs to the loop, its job to whoever holds it in a list. Cancelling takes a job that waits off
 * its list, and cuts the tie between the two of one that is worked on: so a thread stuck in
 * getaddrinfo() for a minute never keeps anything but itself.
 */
#include "core/net/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/domain.h"

#define THREADS_MOST 32
#define SITE_THREADS_MOST 8
#define THREAD_STACK_SIZE (512 * 1024) /* name service modules are not modest */
#define OWN_ADDRESSES_MOST 1024
#define KEPT_MOST 16
#define KEPT_MS 1000

struct resolve_query {
	resolve_done done;
	void *arg;
	struct shared *shared; /* which lives as long as the resolver at least, and so does this */
	struct job *job;
};

struct job {
	struct job *next;
	char *name;
	const char *site; /* the end of the name */
	struct resolve_query *query; /* NULL = cancelled */
	bool waiting; /* in that list */
	struct resolve_answer answer;
};

/* An answer that was found lately. */
struct kept {
	char *name; /* NULL = free */
	struct resolve_answer answer;
	int64_t found_ms;
};

struct shared {
	pthread_mutex_t lock;
	int references;
	int threads;
	bool closing;
	const struct job *running[THREADS_MOST]; /* by the threads; NULL = free */
	struct job *waiting, **waiting_end;
	struct job *finished, **finished_end;
	int wake[2];
	resolve_lookup lookup;
};

struct resolver {
	struct shared *shared;
	struct event *readable;
	struct kept kept[KEPT_MOST];
	int next_kept; /* the place of the oldest */
};

static void job_free(struct job *job)
{
	free(job->answer.own);
	free(job->name);
	free(job->query);
	free(job);
}

static void list_add(struct job ***end, struct job *job)
{
	job->next = NULL;
	**end = job;
	*end = &job->next;
}

static struct job *list_take(struct job **head, struct job ***end)
{
	struct job *job = *head;

	if (!job)
		return NULL;
	*head = job->next;
	if (!*head)
		*end = head;
	return job;
}

/* Takes the one that `at` points to. */
static struct job *unlink_job(struct job **at, struct job ***end)
{
	struct job *job = *at;

	*at = job->next;
	if (!*at)
		*end = at;
	return job;
}

/* The place of a running job with this name, or, for NULL, a free one; -1 = none. */
static int find_running(const struct shared *shared, const char *name)
{
	for (int i = 0; i < THREADS_MOST; i++)
		if (shared->running[i] ? name && strcmp(shared->running[i]->name, name) == 0 : !name)
			return i;
	return -1;
}

static const char *site_of(const char *name)
{
	const char *site = name;

	for (const char *parent; (parent = domain_parent(site));)
		site = parent;
	return site;
}

/* With the lock held: nobody is busy with its name, and few are with its site. */
static bool may_run(const struct shared *shared, const struct job *job)
{
	int count = 0;

	for (int i = 0; i < THREADS_MOST; i++)
		count += shared->running[i] && strcmp(shared->running[i]->site, job->site) == 0;
	return count < SITE_THREADS_MOST && find_running(shared, job->name) < 0;
}

/* With the lock held: the first job that may. */
static struct job *take_job(struct shared *shared)
{
	for (struct job **at = &shared->waiting; *at; at = &(*at)->next)
		if (may_run(shared, *at)) {
			struct job *job = unlink_job(at, &shared->waiting_end);

			job->waiting = false;
			return job;
		}
	return NULL;
}

static void copy_answer(struct resolve_answer *to, const struct resolve_answer *from)
{
	*to = *from;
	to->own = NULL;
	if (from->own_count) {
		to->own = xcalloc(from->own_count, sizeof(*to->own));
		memcpy(to->own, from->own, from->own_count * sizeof(*to->own));
	}
}

/* With the lock held: the job, and all that waited for the same name, are done. */
static void finish_job(struct shared *shared, struct job *job)
{
	for (struct job **at = &shared->waiting; *at;) {
		struct job *other = *at;

		if (strcmp(other->name, job->name) != 0) {
			at = &other->next;
			continue;
		}
		unlink_job(at, &shared->waiting_end);
		other->waiting = false;
		copy_answer(&other->answer, &job->answer);
		list_add(&shared->finished_end, other);
	}
	list_add(&shared->finished_end, job);
}

/* With the lock held; gives it up. */
static void shared_release(struct shared *shared)
{
	bool last = --shared->references == 0;
	struct job *job;

	pthread_mutex_unlock(&shared->lock);
	if (!last)
		return;
	while ((job = list_take(&shared->waiting, &shared->waiting_end)))
		job_free(job);
	while ((job = list_take(&shared->finished, &shared->finished_end)))
		job_free(job);
	pthread_mutex_destroy(&shared->lock);
	close_fd(&shared->wake[0]);
	close_fd(&shared->wake[1]);
	free(shared);
}

static void read_own_addresses(struct resolve_answer *answer)
{
	struct ifaddrs *all = NULL;
	size_t capacity = 0;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *at = all; at && answer->own_count < OWN_ADDRESSES_MOST;
	     at = at->ifa_next) {
		size_t size;

		if (!at->ifa_addr)
			continue;
		if (at->ifa_addr->sa_family == AF_INET)
			size = sizeof(struct sockaddr_in);
		else if (at->ifa_addr->sa_family == AF_INET6)
			size = sizeof(struct sockaddr_in6);
		else
			continue;
		grow_array(answer->own, answer->own_count, capacity);
		memset(&answer->own[answer->own_count], 0, sizeof(answer->own[0]));
		memcpy(&answer->own[answer->own_count++], at->ifa_addr, size);
	}
	freeifaddrs(all);
}

static void look_up(const char *name, struct resolve_answer *answer)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	answer->error = getaddrinfo(name, NULL, &hints, &found);
	if (answer->error)
		return;
	for (const struct addrinfo *at = found; at; at = at->ai_next) {
		if (answer->count == RESOLVE_ADDRESSES_MOST)
			break;
		if (at->ai_family != AF_INET && at->ai_family != AF_INET6)
			continue;
		memcpy(&answer->addresses[answer->count++], at->ai_addr, at->ai_addrlen);
	}
	freeaddrinfo(found);
	read_own_addresses(answer);
}

static void *thread_main(void *arg)
{
	struct shared *shared = arg;
	struct job *job;

	pthread_mutex_lock(&shared->lock);
	while (!shared->closing && (job = take_job(shared))) {
		int place = find_running(shared, NULL);

		shared->running[place] = job;
		pthread_mutex_unlock(&shared->lock);
		shared->lookup(job->name, &job->answer);
		pthread_mutex_lock(&shared->lock);
		shared->running[place] = NULL;
		finish_job(shared, job);
		/* A full pipe means that the loop is being woken anyway. */
		(void)!write(shared->wake[1], "", 1);
	}
	shared->threads--;
	shared_release(shared);
	return NULL;
}

/* With the lock held. Threads take no signals: those are the loop's. */
static int start_thread(struct shared *shared)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, thread_main, shared);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (error)
		return -1;
	shared->threads++;
	shared->references++;
	return 0;
}

static void forget(struct kept *kept)
{
	free(kept->name);
	free(kept->answer.own);
	*kept = (struct kept){ .name = NULL };
}

const struct resolve_answer *resolver_find_kept(const struct resolver *resolver, const char *name)
{
	int64_t now = clock_mono_ms();

	for (int i = 0; i < KEPT_MOST; i++) {
		const struct kept *kept = &resolver->kept[i];

		if (kept->name && now - kept->found_ms < KEPT_MS && strcmp(kept->name, name) == 0)
			return &kept->answer;
	}
	return NULL;
}

/* In the place of the oldest. */
static void keep(struct resolver *resolver, const struct job *job)
{
	struct kept *place;

	/* Those that shared a lookup have the same answer. */
	if (job->answer.error || job->answer.count == 0 || resolver_find_kept(resolver, job->name))
		return;
	place = &resolver->kept[resolver->next_kept];
	resolver->next_kept = (resolver->next_kept + 1) % KEPT_MOST;
	forget(place);
	place->name = xstrdup(job->name);
	place->found_ms = clock_mono_ms();
	copy_answer(&place->answer, &job->answer);
}

static void take_finished(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *resolver = arg;
	struct shared *shared = resolver->shared;
	char bytes[64];
	struct job *job;

	(void)what;
	while (read(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
		;
	/* The callback may free the resolver: hold what the loop below looks at. */
	pthread_mutex_lock(&shared->lock);
	shared->references++;
	while (!shared->closing && (job = list_take(&shared->finished, &shared->finished_end))) {
		struct resolve_query *query = steal_ptr(&job->query);

		pthread_mutex_unlock(&shared->lock);
		keep(resolver, job);
		if (query) {
			query->job = NULL;
			query->done(query->arg, &job->answer);
			free(query);
		}
		job_free(job);
		pthread_mutex_lock(&shared->lock);
	}
	shared_release(shared);
}

struct resolver *resolver_new(struct event_base *base, resolve_lookup lookup, struct err *e)
{
	struct resolver *resolver = xcalloc(1, sizeof(*resolver));
	struct shared *shared = xcalloc(1, sizeof(*shared));

	shared->references = 1;
	shared->waiting_end = &shared->waiting;
	shared->finished_end = &shared->finished;
	shared->lookup = lookup ? lookup : look_up;
	shared->wake[0] = shared->wake[1] = -1;
	pthread_mutex_init(&shared->lock, NULL);
	resolver->shared = shared;
	if (pipe2(shared->wake, O_CLOEXEC | O_NONBLOCK) < 0) {
		err_errno(e, "cannot make a pipe for the resolver");
		resolver_free(resolver);
		return NULL;
	}
	resolver->readable = event_new(base, shared->wake[0], EV_READ | EV_PERSIST, take_finished,
				       resolver);
	if (!resolver->readable || event_add(resolver->readable, NULL) < 0) {
		err_set(e, "cannot watch the resolver's pipe");
		resolver_free(resolver);
		return NULL;
	}
	return resolver;
}

void resolver_free(struct resolver *resolver)
{
	struct shared *shared;

	if (!resolver)
		return;
	shared = resolver->shared;
	if (resolver->readable)
		event_free(resolver->readable);
	/* Filled from the front: what was never used is not touched, which would give it memory. */
	for (int i = 0; i < KEPT_MOST && resolver->kept[i].name; i++)
		forget(&resolver->kept[i]);
	free(resolver);
	pthread_mutex_lock(&shared->lock);
	shared->closing = true;
	shared_release(shared);
}

struct resolve_query *resolver_start(struct resolver *resolver, const char *name,
				     resolve_done done, void *arg)
{
	struct shared *shared = resolver->shared;
	struct resolve_query *query = xcalloc(1, sizeof(*query));
	struct job *job = xcalloc(1, sizeof(*job));

	*query = (struct resolve_query){ .done = done, .arg = arg, .shared = shared, .job = job };
	job->query = query;
	job->name = xstrdup(name);
	job->site = site_of(job->name);
	pthread_mutex_lock(&shared->lock);
	if (may_run(shared, job) && shared->threads < THREADS_MOST && start_thread(shared) < 0 &&
	    shared->threads == 0) {
		job->answer.error = EAI_AGAIN;
		list_add(&shared->finished_end, job);
		(void)!write(shared->wake[1], "", 1);
	} else {
		job->waiting = true;
		list_add(&shared->waiting_end, job);
	}
	pthread_mutex_unlock(&shared->lock);
	return query;
}

void resolver_cancel(struct resolve_query *query)
{
	struct shared *shared = query->shared;
	struct job *job = query->job, **at = &shared->waiting;

	pthread_mutex_lock(&shared->lock);
	/* Only the loop reads or writes the tie between the two. */
	job->query = NULL;
	if (job->waiting) {
		while (*at != job)
			at = &(*at)->next;
		unlink_job(at, &shared->waiting_end);
	} else {
		job = NULL;
	}
	pthread_mutex_unlock(&shared->lock);
	if (job)
		job_free(job);
	free(query);
}
