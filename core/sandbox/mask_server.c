/* SPDX-License-Identifier: MIT */
#include "core/sandbox/mask_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/sandbox/caller_state.h"
#include "core/sandbox/mask_files.h"
#include "core/sandbox/notify_parts.h"

#define SERVE_STACK_SIZE (128 * 1024)
#define HELD_MOST 65536 /* one for each thread that waits */
#define NONE UINT32_MAX
#define TOLD_PLACES 4096
#define TOLD_MS 2000 /* a call that was told to look again has come back by then, or never will */

enum held_state { HELD_FREE, HELD_QUEUED, HELD_ASKED };

/* An open that waits. */
struct held {
	enum held_state state;
	uint32_t round;	 /* of this place in the table: an answer to an earlier one is none to this */
	uint32_t next;	 /* free or queued ones */
	bool interrupted; /* by a signal that may not have been its end */
	bool again;	  /* its call was told to look its path up again before */
	uint64_t unique, node;
	int error; /* ASKED: what it is refused with */
	struct seccomp_notif call;
};

/* A call that was told to look its path up again. */
struct told {
	int32_t thread; /* 0 = none */
	int64_t at_ms;
	struct seccomp_data call;
};

struct mask_server {
	int device, stop; /* stop: eventfd */
	struct filter_request filter;
	struct notifier *notifier; /* NULL until they are looked at */
	pthread_t serving, looking;
	bool serves, looks; /* the threads were started */
	bool blind;	    /* for tests */

	struct fuse_reply reply; /* the serving thread's */

	pthread_mutex_t lock; /* all below */
	pthread_cond_t work;
	bool stopping;
	struct mask_files *files;
	struct seccomp_data call; /* of the request that is being answered */
	struct fuse_reply answer;
	struct told *told; /* by thread, TOLD_PLACES; NULL = none yet */
	struct held *held;
	size_t held_count, held_capacity;
	uint32_t first_free, first_queued, last_queued;
};

/* It is the request's end, if that is not gone already. */
static void write_reply(const struct mask_server *m, const struct fuse_reply *reply)
{
	(void)!write(m->device, reply->bytes, reply->length);
}

/* --- the table of those that wait --- */

static uint64_t id_of(const struct mask_server *m, const struct held *held)
{
	return (uint64_t)held->round << 32 | (uint64_t)(held - m->held + 1);
}

static struct held *find_held(struct mask_server *m, uint64_t masked)
{
	uint32_t number = (uint32_t)masked;
	struct held *held;

	if (!number || number > m->held_count)
		return NULL;
	held = &m->held[number - 1];
	return held->state != HELD_FREE && held->round == masked >> 32 ? held : NULL;
}

static void let_go(struct mask_server *m, struct held *held)
{
	held->state = HELD_FREE;
	held->round++;
	held->next = m->first_free;
	m->first_free = (uint32_t)(held - m->held);
}

static void refuse(struct mask_server *m, struct held *held)
{
	mask_files_refuse(&m->answer, held->unique, held->node, held->error);
	write_reply(m, &m->answer);
	let_go(m, held);
}

static void fail(struct mask_server *m, struct held *held, int error)
{
	fuse_reply_error(&m->answer, held->unique, error);
	write_reply(m, &m->answer);
	let_go(m, held);
}

/* --- calls that look their paths up again --- */

static struct told *told_place(struct mask_server *m, int32_t thread)
{
	if (!m->told)
		m->told = xcalloc(TOLD_PLACES, sizeof(*m->told));
	return &m->told[(uint32_t)thread % TOLD_PLACES];
}

/* Whether this is the thread's same call; it is told only once. */
static bool was_told(struct mask_server *m, int32_t thread, const struct seccomp_data *call)
{
	struct told *told = m->told ? told_place(m, thread) : NULL;
	bool same = told && told->thread == thread && clock_mono_ms() - told->at_ms < TOLD_MS &&
		    memcmp(&told->call, call, sizeof(*call)) == 0;

	if (told && told->thread == thread)
		told->thread = 0;
	return same;
}

/*
 * The kernel looks the whole path up again, but once for each call (do_filp_open() in fs/namei.c): a second
 * ESTALE would be the program's. EINTR is what an open(2) that waited may end with, and whoever tries again then
 * finds what was granted.
 */
static void let_look_again(struct mask_server *m, struct held *held)
{
	struct told *told = told_place(m, (int32_t)held->call.pid);

	if (held->again) {
		fail(m, held, EINTR);
		return;
	}
	*told = (struct told){ .thread = (int32_t)held->call.pid,
			       .at_ms = clock_mono_ms(),
			       .call = held->call.data };
	fail(m, held, ESTALE);
}

/* It has found what it was to find: its next call is another one. */
static void forget_told(struct mask_server *m, int32_t thread)
{
	if (m->told && told_place(m, thread)->thread == thread)
		told_place(m, thread)->thread = 0;
}

/* --- what is held --- */

static void hold(struct mask_server *m, const struct fuse_request *request)
{
	uint32_t at = m->first_free, round = 0;

	if (m->blind || (at == NONE && m->held_count == HELD_MOST)) {
		mask_files_refuse(&m->reply, request->unique, request->node, 0);
		write_reply(m, &m->reply);
		return;
	}
	if (at == NONE) {
		at = (uint32_t)m->held_count;
		grow_array(m->held, m->held_count, m->held_capacity);
		m->held_count++;
	} else {
		m->first_free = m->held[at].next;
		round = m->held[at].round;
	}
	m->held[at] = (struct held){ .state = HELD_QUEUED,
				     .round = round,
				     .next = NONE,
				     .unique = request->unique,
				     .node = request->node,
				     .again = was_told(m, request->pid, &m->call),
				     .call = { .pid = (uint32_t)request->pid, .data = m->call } };
	*(m->last_queued == NONE ? &m->first_queued : &m->held[m->last_queued].next) = at;
	m->last_queued = at;
	pthread_cond_signal(&m->work);
}

/*
 * The kernel waits for the answer to a request that was read, whatever becomes of the thread; and it
 * tells of the first signal alone. One that only has a handler to run does not end the call, so that
 * programs see no errors that the mask without us would not give.
 */
static void interrupt(struct mask_server *m, uint64_t unique)
{
	for (size_t i = 0; i < m->held_count; i++) {
		struct held *held = &m->held[i];

		if (held->state == HELD_FREE || held->unique != unique)
			continue;
		held->interrupted = true;
		/* One that is being looked at is let go by whoever does that. */
		if (held->state == HELD_ASKED && caller_state_dies((pid_t)held->call.pid))
			fail(m, held, EINTR);
		return;
	}
}

/* --- the serving thread --- */

static bool is_own(int32_t thread)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d", thread);
	return access(path, F_OK) == 0;
}

/* The argument with the flags, -1 = it is no open. */
static int flags_of(const struct seccomp_data *call)
{
	switch (call->nr) {
#ifdef SYS_open
	case SYS_open:
		return 1;
#endif
	case SYS_openat:
		return 2;
	default:
		return -1;
	}
}

static bool is_unseen_open(void *arg, int32_t thread)
{
	struct mask_server *m = arg;
	int at;

	if (thread <= 0)
		return false;
	if (!caller_state_read(thread, &m->call)) {
		if ((errno == EACCES || errno == EPERM) && m->notifier)
			__atomic_add_fetch(&m->notifier->counts.unreadable, 1, __ATOMIC_RELAXED);
		return false;
	}
	at = flags_of(&m->call);
	return at >= 0 && !filter_notifies_open(&m->filter, m->call.args[at]) && !is_own(thread);
}

static void serve_one(struct mask_server *m, const struct fuse_request *request)
{
	pthread_mutex_lock(&m->lock);
	switch (mask_files_answer(m->files, request, &m->reply)) {
	case MASK_REPLY:
		if (request->opcode == FUSE_OPEN)
			forget_told(m, request->pid);
		write_reply(m, &m->reply);
		break;
	case MASK_OPEN:
		hold(m, request);
		break;
	case MASK_INTERRUPT:
		interrupt(m, request->interrupted);
		break;
	case MASK_NONE:
		break;
	}
	pthread_mutex_unlock(&m->lock);
}

static void *serve(void *argument)
{
	struct mask_server *m = argument;
	_Alignas(8) char bytes[FUSE_REQUEST_MOST];

	prctl(PR_SET_NAME, "srt-top-masks");
	for (;;) {
		struct pollfd fds[] = { { .fd = m->device, .events = POLLIN },
					{ .fd = m->stop, .events = POLLIN } };
		ssize_t got = read(m->device, bytes, sizeof(bytes));
		struct fuse_request request = { 0 };

		if (got >= 0 && fuse_request_parse(&request, bytes, (size_t)got)) {
			serve_one(m, &request);
			continue;
		}
		if (got >= (ssize_t)sizeof(struct fuse_in_header)) {
			/* Whoever waits for it must not wait for ever. */
			fuse_reply_error(&m->reply, request.unique, EIO);
			write_reply(m, &m->reply);
			continue;
		}
		if (got < 0 && (errno == ENODEV || errno == EBADF))
			return NULL;
		if (got < 0 && errno != EAGAIN)
			continue;
		if (poll(fds, ARRAY_LENGTH(fds), -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
	}
}

/* --- the looking thread --- */

/* A place in the table that is queued is this thread's. Waits until there is one; NONE at the end. */
static uint32_t next_queued(struct mask_server *m)
{
	uint32_t at;

	while ((m->first_queued == NONE || !m->notifier) && !m->stopping)
		pthread_cond_wait(&m->work, &m->lock);
	if (m->stopping)
		return NONE;
	at = m->first_queued;
	m->first_queued = m->held[at].next;
	if (m->first_queued == NONE)
		m->last_queued = NONE;
	return at;
}

static void look_at(struct mask_server *m, uint32_t at, struct caller_links *links)
{
	struct seccomp_notif call = m->held[at].call;
	struct notice *notice;
	struct held *held;

	/* Looking may ask the other thread for what is below a mask. */
	pthread_mutex_unlock(&m->lock);
	notice = notifier_look_at_open(m->notifier, links, &call);
	pthread_mutex_lock(&m->lock);
	held = &m->held[at];
	held->state = HELD_ASKED;
	held->error = notice ? notice->error : 0;
	if (notice) {
		notice->masked = id_of(m, held);
		notice->rehearsed = notifier_is_rehearsal(m->notifier, notice->pid);
		notifier_add_notice(m->notifier, notice);
	}
	if (held->interrupted && caller_state_dies((pid_t)call.pid))
		fail(m, held, EINTR);
	else if (!notice || notifier_is_rehearsal(m->notifier, (pid_t)call.pid))
		refuse(m, held);
}

static void *look(void *argument)
{
	struct mask_server *m = argument;
	struct caller_links links;
	uint32_t at;

	prctl(PR_SET_NAME, "srt-top-looks");
	notifier_give_up_overrides();
	caller_links_init(&links);
	pthread_mutex_lock(&m->lock);
	while ((at = next_queued(m)) != NONE)
		look_at(m, at, &links);
	pthread_mutex_unlock(&m->lock);
	caller_links_close(&links);
	return NULL;
}

/* --- the owner's side --- */

/* Signals are the main thread's. */
static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, size_t stack,
			struct err *e)
{
	pthread_attr_t attributes;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, stack);
	errno = pthread_create(thread, &attributes, run, arg);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return errno ? err_errno(e, "starting a thread for the masks") : 0;
}

int mask_server_start(struct mask_server **server, int device, const struct filter_request *filter,
		      struct err *e)
{
	struct mask_server *m = xcalloc(1, sizeof(*m));

	m->device = device;
	m->filter = *filter;
	m->blind = is_switched_off("mask-notices");
	m->first_free = m->first_queued = m->last_queued = NONE;
	m->files = mask_files_new(is_unseen_open, m, time(NULL));
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->work, NULL);
	m->stop = is_switched_off("mask-server") ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->stop < 0 || set_nonblocking(device, true) < 0)
		err_errno(e, "preparing the masks");
	else
		m->serves = start_thread(&m->serving, serve, m, SERVE_STACK_SIZE, e) == 0;
	/* It takes a while to come up, as the sandbox does. */
	if (m->serves)
		m->looks = start_thread(&m->looking, look, m, NOTIFIER_STACK_SIZE, e) == 0;
	*server = m;
	if (m->looks)
		return 0;
	mask_server_free(m);
	*server = NULL;
	return -1;
}

void mask_server_watch(struct mask_server *m, struct notifier *notifier)
{
	pthread_mutex_lock(&m->lock);
	m->notifier = notifier;
	pthread_cond_signal(&m->work);
	pthread_mutex_unlock(&m->lock);
}

void mask_server_free(struct mask_server *m)
{
	uint64_t one = 1;

	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	m->stopping = true;
	pthread_cond_signal(&m->work);
	pthread_mutex_unlock(&m->lock);
	if (m->stop >= 0)
		(void)!write(m->stop, &one, sizeof(one));
	if (m->serves)
		pthread_join(m->serving, NULL);
	/* The kernel fails what still waits, the other thread perhaps among them. */
	pthread_mutex_lock(&m->lock);
	close_fd(&m->device);
	pthread_mutex_unlock(&m->lock);
	if (m->looks)
		pthread_join(m->looking, NULL);
	close_fd(&m->stop);
	mask_files_free(m->files);
	free(m->held);
	free(m->told);
	pthread_mutex_destroy(&m->lock);
	pthread_cond_destroy(&m->work);
	free(m);
}

void mask_server_answer(struct mask_server *m, uint64_t masked, bool allow)
{
	struct held *held;

	pthread_mutex_lock(&m->lock);
	held = find_held(m, masked);
	if (held && allow)
		let_look_again(m, held);
	else if (held)
		refuse(m, held);
	pthread_mutex_unlock(&m->lock);
}

bool mask_server_is_waiting(struct mask_server *m, uint64_t masked)
{
	struct held *held;

	pthread_mutex_lock(&m->lock);
	held = find_held(m, masked);
	if (held && held->interrupted && caller_state_dies((pid_t)held->call.pid)) {
		fail(m, held, EINTR);
		held = NULL;
	}
	pthread_mutex_unlock(&m->lock);
	return held != NULL;
}

int mask_server_open_once(struct mask_server *m, uint64_t masked, const char *mask,
			  const char *place, int file)
{
	struct held *held;
	bool done = false;

	pthread_mutex_lock(&m->lock);
	held = find_held(m, masked);
	if (held)
		done = mask_files_pass(m->files, (int32_t)held->call.pid, mask, place, file);
	else
		close(file);
	if (done)
		let_look_again(m, held);
	pthread_mutex_unlock(&m->lock);
	return done ? 0 : -1;
}
