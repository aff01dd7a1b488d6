/* SPDX-License-Identifier: MIT */
/*
 * The event loop, from "go" to the program's end: what comes from the sandbox, from signals, from policies
 * on a descriptor, and what is looked at now and then.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/footprint.h"
#include "core/base/mem.h"
#include "core/session/loop.h"
#include "core/session/supervisor_parts.h"
#include "core/shim/protocol.h"

#define TICK_MS 250
#define KILL_AFTER_S 2

/* What goes on to the program, or, called as upstream's command, ends it. */
static const int forwarded_signals[] = { SIGINT,  SIGTERM, SIGHUP,   SIGQUIT,
					 SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT };

void session_loop_keep_ticking(struct supervisor *s)
{
	const struct timeval tick = { .tv_usec = TICK_MS * 1000 };

	if (s->tick && !event_pending(s->tick, EV_TIMEOUT, NULL))
		event_add(s->tick, &tick);
}

/* --- callbacks --- */

static void on_notices(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	notices_take(arg);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	bool flushed;

	(void)fd;
	(void)what;
	notices_count_accesses(s);
	flushed = journal_flush(s->journal);
	rule_hits_store(s);
	journal_changed(s->journal, session_broadcast_event, s);
	question_check_waiters(s);
	question_tell_changed(s);
	rules_reload(s);
	if (!s->options->drop_in)
		listeners_look(s);
	if (self_test_look_again(s))
		s->changed = true;
	if (s->changed && control_has_clients(s->control))
		session_tell(s);
	/* Nothing happens: neither time nor memory is spent until something does. */
	if (s->options->drop_in && !control_has_clients(s->control) && flushed)
		event_del(s->tick);
	/* A command that lasts: the start's memory is not needed any more. */
	if (!s->settled) {
		s->settled = true;
		if (s->store.ops && s->store.ops->shrink)
			s->store.ops->shrink(s->store.handle);
		footprint_shrink();
	}
}

static void on_shim(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	struct shim_message message;
	ssize_t got = recv(fd, &message, sizeof(message), MSG_DONTWAIT);

	(void)what;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* The shim is gone, and bwrap's exit follows. */
	if (got <= 0) {
		shutdown(fd, SHUT_RDWR);
		event_del(s->shim);
		return;
	}
	s->changed = true;
	/* bwrap's exit follows here too; there is enough to do until then. */
	if (got == (ssize_t)sizeof(message) && message.type == SHIM_TESTED)
		self_test_answer(s, message.value);
	if (got == (ssize_t)sizeof(message) && message.type == SHIM_ENDED) {
		s->result.status = message.value;
		s->ended = true;
		event_base_loopbreak(s->base);
	}
}

static void on_kill(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;

	(void)fd;
	(void)what;
	sandbox_end(&s->sandbox);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct supervisor *s = arg;

	(void)what;
	if (!s->options->drop_in || (number != SIGINT && number != SIGTERM && number != SIGHUP &&
				     number != SIGQUIT)) {
		sandbox_signal(&s->sandbox, number);
		return;
	}
	s->result.ended_by = number;
	sandbox_end(&s->sandbox);
}

static void take_status(struct supervisor *s, int status)
{
	s->sandbox.bwrap = -1;
	if (WIFSIGNALED(status))
		s->result.bwrap_signal = WTERMSIG(status);
	s->result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	s->ended = true;
}

static void on_child(evutil_socket_t number, short what, void *arg)
{
	struct supervisor *s = arg;
	int status;

	(void)number;
	(void)what;
	if (waitpid(s->sandbox.bwrap, &status, WNOHANG) != s->sandbox.bwrap)
		return;
	take_status(s, status);
	event_base_loopbreak(s->base);
}

/* --- policies that come in while the command runs --- */

static void on_policy(void *owner, struct settings *settings)
{
	struct supervisor *s = owner;

	connections_set_policy(s, settings);
}

static void on_policy_failure(void *owner, const char *words, bool before_any)
{
	struct supervisor *s = owner;

	if (!before_any) {
		dprintf(STDERR_FILENO, "%s\n", words);
		return;
	}
	/* The command was to run under policies that never came. */
	free(s->failure);
	s->failure = xstrdup(words);
	sandbox_signal(&s->sandbox, SIGTERM);
	s->kill = evtimer_new(s->base, on_kill, s);
	evtimer_add(s->kill, &(struct timeval){ .tv_sec = KILL_AFTER_S });
}

static const struct policy_update_callbacks update_callbacks = { on_policy, on_policy_failure };

/* --- the loop --- */

/* Signals have waited since the start: as upstream has it, one that came before the command did
 * keeps it from starting. */
static int not_interrupted(const struct supervisor *s, struct err *e)
{
	const struct timespec now = { 0 };
	sigset_t ends;
	int number;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	/* Taken, not only seen: it would end us before we have said so. */
	number = s->options->drop_in ? sigtimedwait(&ends, NULL, &now) : -1;
	return number < 0 ? 0 : err_set(e, "interrupted by SIG%s", sigabbrev_np(number));
}

void supervisor_fail(struct supervisor *s, const struct err *e)
{
	free(s->failure);
	s->failure = xstrdup(e->message);
	sandbox_end(&s->sandbox);
	s->stop = true;
}

void session_loop_block_signals(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_LENGTH(forwarded_signals); i++)
		sigaddset(&held, forwarded_signals[i]);
	sigprocmask(SIG_BLOCK, &held, before);
}

int session_loop_run(struct supervisor *s, struct err *e)
{
	struct event *events[ARRAY_LENGTH(forwarded_signals) + 3];
	struct loop loop;
	size_t count = 0;
	bool goes;

	for (size_t i = 0; i < ARRAY_LENGTH(forwarded_signals); i++)
		events[count++] = evsignal_new(s->base, forwarded_signals[i], on_signal, s);
	events[count++] = evsignal_new(s->base, SIGCHLD, on_child, s);
	events[count++] = event_new(s->base, notifier_fd(s->notifier), EV_READ | EV_PERSIST, on_notices, s);
	events[count++] = s->shim =
		event_new(s->base, s->sandbox.shim_socket, EV_READ | EV_PERSIST, on_shim, s);
	for (size_t i = 0; i < count; i++)
		event_add(events[i], NULL);
	s->tick = event_new(s->base, -1, EV_PERSIST, on_tick, s);
	session_loop_keep_ticking(s);
	s->child = s->sandbox.init;
	goes = not_interrupted(s, e) == 0 &&
	       (s->options->only_self_test || ((!s->tap || stdio_tap_start(s->tap, e) == 0) &&
					       sandbox_go(&s->sandbox, s->mask_server != NULL,
							  e) == 0));
	if (goes) {
		sigprocmask(SIG_SETMASK, &s->inherited_mask, NULL);
		self_test_begin(s);
		if (s->options->control_fd >= 0)
			s->updates = policy_updates_start(s->base, s->options->control_fd,
							  &update_callbacks, s);
		loop_init(&loop, s->base);
		while (!s->ended && !s->stop)
			if (loop_turn(&loop) != 0)
				break;
	}
	/* What is still to be done is done whole. */
	session_loop_block_signals(NULL);
	for (size_t i = 0; i < count; i++)
		event_free(events[i]);
	event_free(s->tick);
	s->tick = NULL;
	policy_updates_free(s->updates);
	if (s->failure)
		return err_set(e, "%s", s->failure);
	if (!goes || self_test_leave(s, e) < 0)
		return -1;
	return s->ended || s->options->only_self_test ? 0 : -1;
}
