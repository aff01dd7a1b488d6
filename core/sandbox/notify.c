/* SPDX-License-Identifier: MIT */
/*
 * The receiving thread. For each notification: see what the kernel is going to do with it, and
 * either let the call on at once or hand it over. A path in another process's memory can change
 * after it was read, so nothing here decides anything: a call that is let on meets the mounts, and a
 * call that is held is let on only after the mounts were changed, or not changed.
 *
 * The thread gives up the capabilities that override file modes, so that what it finds out
 * about files holds for the sandbox, which has none.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/notify_parts.h"

#define OBJECTS_MOST 65536 /* distinct objects between two takes */
#define STACK_USED (64 * 1024) /* of NOTIFIER_STACK_SIZE by a call whose path leads somewhere */
#define SMALLEST_PAGE 4096

void notice_free(struct notice *notice)
{
	free(notice->object);
	free(notice->place);
	free(notice->rule);
	free(notice->mask);
	free(notice->exe);
	free(notice);
}

void notifier_add_notice(struct notifier *n, struct notice *notice)
{
	bool rehearsed = notice->rehearsed;
	uint64_t one = 1;

	pthread_mutex_lock(&n->lock);
	*n->last = notice;
	n->last = &notice->next;
	pthread_mutex_unlock(&n->lock);
	if (!rehearsed)
		(void)!write(n->wake, &one, sizeof(one));
}

void notifier_hand_over(struct notifier *n, const struct seccomp_notif *call, struct notice *notice)
{
	/* Once it is in the list it is the taker's. */
	enum notice_type type = notice->type;
	bool rehearsed = notifier_is_rehearsal(n, (pid_t)call->pid);

	notice->id = call->id;
	notice->pid = (pid_t)call->pid;
	notice->programs = n->programs;
	notice->rehearsed = rehearsed;
	notifier_add_notice(n, notice);
	if (!rehearsed)
		return;
	if (type == NOTICE_UNIX)
		notifier_fail(n, call->id, EPERM);
	else if (type != NOTICE_REFUSED)
		notifier_continue(n, call->id);
}

void notifier_rehearse(struct notifier *n, pid_t pid)
{
	__atomic_store_n(&n->rehearsing, pid, __ATOMIC_RELEASE);
}

/* Effective only: nothing of this thread needs them, and its answers must not rest on them. */
void notifier_give_up_overrides(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return;
	data[0].effective &=
		~((1u << CAP_DAC_OVERRIDE) | (1u << CAP_DAC_READ_SEARCH) | (1u << CAP_FOWNER));
	syscall(SYS_capset, &header, data);
}

static void wake_up(int number)
{
	(void)number;
}

/*
 * Kernels before 6.12 leave a receiver asleep when the last program has ended, so the owner
 * interrupts it: by a signal that only this thread has unblocked.
 */
static void accept_interruption(void)
{
	struct sigaction action = { .sa_handler = wake_up };
	sigset_t only;

	sigaction(SIGRTMIN, &action, NULL);
	sigemptyset(&only);
	sigaddset(&only, SIGRTMIN);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL);
}

/* False where the call is to be let on now. */
static bool is_held(struct notifier *n, const struct seccomp_notif *call)
{
	const struct path_call *entry = path_call_find(&n->calls, call->data.nr);

	if (entry)
		return notifier_look_at_path(n, call, entry);
	if (call->data.nr == SYS_connect || call->data.nr == SYS_bind)
		return notifier_look_at_address(n, call);
	if (call->data.nr == SYS_socket && notifier_is_network_socket(call))
		return notifier_wants_network(n, call);
	return notifier_refuse(n, call);
}

void notifier_wait_while_paused(struct notifier *n)
{
	if (!__atomic_load_n(&n->paused, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&n->lock);
	while (__atomic_load_n(&n->paused, __ATOMIC_ACQUIRE))
		pthread_cond_wait(&n->resumed, &n->lock);
	pthread_mutex_unlock(&n->lock);
}

/* False where the owner has given up before there was a listener. */
static bool wait_for_listener(struct notifier *n)
{
	bool there;

	pthread_mutex_lock(&n->lock);
	while (n->listener < 0 && !__atomic_load_n(&n->stopping, __ATOMIC_ACQUIRE))
		pthread_cond_wait(&n->resumed, &n->lock);
	there = n->listener >= 0;
	pthread_mutex_unlock(&n->lock);
	return there;
}

/*
 * The paths of a call are on the stack, one buffer a step: a dozen pages of it, which the first call
 * would wait for. They are made while the sandbox is.
 */
static __attribute__((noinline)) void make_stack(void)
{
	volatile char pages[STACK_USED];

	for (size_t at = sizeof(pages); at > 0; at -= SMALLEST_PAGE)
		pages[at - 1] = 0;
}

static void *receive(void *argument)
{
	struct notifier *n = argument;
	struct seccomp_notif call;
	struct timespec now;

	prctl(PR_SET_NAME, "srt-top-notify");
	notifier_give_up_overrides();
	accept_interruption();
	make_stack();
	if (!wait_for_listener(n))
		return NULL;
	while (!__atomic_load_n(&n->stopping, __ATOMIC_ACQUIRE)) {
		memset(&call, 0, sizeof(call));
		if (ioctl(n->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			struct pollfd end = { .fd = n->listener, .events = POLLIN };

			/* ENOENT: the caller was killed in between. At the end of the last
			 * one the listener hangs up. */
			if (errno != EINTR && errno != ENOENT)
				return NULL;
			if (poll(&end, 1, 0) > 0 && (end.revents & POLLHUP))
				return NULL;
			continue;
		}
		__atomic_add_fetch(&n->counts.received, 1, __ATOMIC_RELAXED);
		notifier_wait_while_paused(n);
		n->inspector.masks = __atomic_load_n(&n->masks, __ATOMIC_ACQUIRE);
		clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
		known_places_refresh(n->inspector.known, now.tv_sec, n->inspector.masks);
		if (!is_held(n, &call))
			notifier_continue(n, call.id);
	}
	return NULL;
}

/* All but the thread. */
static void release(struct notifier *n)
{
	access_table_free(n->accesses);
	access_table_free(n->spare);
	known_places_free(n->inspector.known);
	listed_free(n->listed);
	caller_links_close(&n->links);
	pthread_mutex_destroy(&n->lock);
	pthread_cond_destroy(&n->resumed);
	close_fd(&n->wake);
	free(n);
}

int notifier_start(struct notifier **out, struct err *e)
{
	struct notifier *n = xcalloc(1, sizeof(*n));
	pthread_attr_t attributes;
	sigset_t all, before;
	int result;

	n->listener = -1;
	n->inspector.known = known_places_new();
	caller_links_init(&n->links);
	n->last = &n->first;
	n->accesses = access_table_new(OBJECTS_MOST);
	n->spare = access_table_new(OBJECTS_MOST);
	path_call_index_make(&n->calls);
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->resumed, NULL);
	n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->wake < 0) {
		err_errno(e, "eventfd");
		release(n);
		return -1;
	}
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, NOTIFIER_STACK_SIZE);
	result = pthread_create(&n->thread, &attributes, receive, n);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result) {
		errno = result;
		err_errno(e, "starting the notification thread");
		release(n);
		return -1;
	}
	*out = n;
	return 0;
}

void notifier_watch(struct notifier *n, const struct notifier_request *request)
{
	pthread_mutex_lock(&n->lock);
	n->inspector.root = request->root;
	n->inspector.masks = n->masks = request->masks;
	n->unix_stubs = request->unix_stubs;
	n->no_network = request->no_network;
	n->programs = request->sees_exec;
	n->inspector.looks = request->looks;
	n->spares_reads = request->spares_reads;
	if (request->looks && !n->listed)
		n->listed = listed_new();
	n->listener = request->listener;
	pthread_cond_signal(&n->resumed);
	pthread_mutex_unlock(&n->lock);
}

void notifier_has_network(struct notifier *n)
{
	__atomic_store_n(&n->no_network, false, __ATOMIC_RELEASE);
}

void notifier_set_masks(struct notifier *n, const struct masks *masks)
{
	__atomic_store_n(&n->masks, masks, __ATOMIC_RELEASE);
}

void notifier_set_paused(struct notifier *n, bool paused)
{
	pthread_mutex_lock(&n->lock);
	__atomic_store_n(&n->paused, paused, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&n->resumed);
	pthread_mutex_unlock(&n->lock);
}

void notifier_stop(struct notifier *n)
{
	struct timespec soon;

	if (n->stopped)
		return;
	__atomic_store_n(&n->stopping, true, __ATOMIC_RELEASE);
	notifier_set_paused(n, false);
	do {
		/* Again until it is gone: the signal may come just before the thread sleeps. */
		pthread_kill(n->thread, SIGRTMIN);
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 2000000;
		if (soon.tv_nsec >= 1000000000) {
			soon.tv_nsec -= 1000000000;
			soon.tv_sec++;
		}
	} while (pthread_timedjoin_np(n->thread, NULL, &soon) == ETIMEDOUT);
	n->stopped = true;
}

void notifier_free(struct notifier *n)
{
	struct notice *notice;

	if (!n)
		return;
	notifier_stop(n);
	for (notice = n->first; notice;) {
		struct notice *next = notice->next;

		notice_free(notice);
		notice = next;
	}
	release(n);
}

int notifier_fd(const struct notifier *n)
{
	return n->wake;
}

struct notice *notifier_take(struct notifier *n)
{
	struct notice *taken;
	uint64_t count;

	(void)!read(n->wake, &count, sizeof(count));
	pthread_mutex_lock(&n->lock);
	taken = n->first;
	n->first = NULL;
	n->last = &n->first;
	pthread_mutex_unlock(&n->lock);
	return taken;
}

struct notifier_counts notifier_counts(struct notifier *n)
{
	return (struct notifier_counts){
		.received = __atomic_load_n(&n->counts.received, __ATOMIC_RELAXED),
		.unreadable = __atomic_load_n(&n->counts.unreadable, __ATOMIC_RELAXED),
	};
}
