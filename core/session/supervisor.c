/* SPDX-License-Identifier: MIT */
/*
 * The life of a supervisor:
 *   1. start bwrap, and while it is loaded read the rules and plan the mounts;
 *   2. have it build the sandbox with the shim as pid 1, give that the filter, take the listeners;
 *   3. start what watches and answers: notification thread, proxy, control socket; see that it does
 *      (self_test.c);
 *   4. say "go", and run the event loop until bwrap exits.
 * Anything that fails before "go" ends the shim by closing its socket: nothing ran. The broker is
 * forked when something is to be granted for the first time, or when the program wants a network.
 *
 * Standard input, output and error belong to the program: nothing here reads or writes them, but
 * for warnings about its credentials before it starts, and stdio_tap.c where it was asked for.
 */
#include "core/session/supervisor.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/footprint.h"
#include "core/base/mem.h"
#include "core/sandbox/attribution.h"
#include "core/session/late_store.h"
#include "core/session/loop.h"
#include "core/session/supervisor_parts.h"
#include "core/shim/protocol.h"

#define TICK_MS 250
#define STATUS_NOT_STARTED 125
#define FINAL_FLUSH_MS 1000
#define KILL_AFTER_S 2
#define LARGE_TABLE (48 * 1024)
#define HEAP_STEP (16 * 1024)

/* What goes on to the program, or, called as upstream's command, ends it. */
static const int forwarded_signals[] = { SIGINT,  SIGTERM, SIGHUP,   SIGQUIT,
					 SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT };

void supervisor_keep_ticking(struct supervisor *s)
{
	const struct timeval tick = { .tv_usec = TICK_MS * 1000 };

	if (s->tick && !event_pending(s->tick, EV_TIMEOUT, NULL))
		event_add(s->tick, &tick);
}

void supervisor_attribute(struct supervisor *s, const struct notice *notice,
			  struct access_event *event)
{
	const struct process_facts *facts =
		process_facts_find(s->processes, notice->pid, s->sandbox.init, notice->programs,
				   clock_mono_ms());

	/* Of a call that was answered already, the thread looked itself: the caller may be gone. */
	event->exe = notice->exe;
	event->pid = notice->pid;
	if (!facts || (notice->exe && strcmp(facts->exe, notice->exe) != 0))
		return;
	event->pid = facts->pid;
	event->exe = facts->exe;
	event->command_line = facts->command_line;
	event->chain = facts->chain;
}

/* While the process is there: its call is held, as a rule. */
static void describe_process(const struct supervisor *s, struct access_event *event)
{
	if (!event->pid)
		return;
	if (!event->command_line)
		event->command_line = process_command_line(event->pid);
	if (!event->chain)
		event->chain = process_chain(event->pid, s->sandbox.init);
}

static void describe_event(void *arg, struct access_event *event)
{
	struct supervisor *s = arg;

	describe_process(s, event);
	if (s->drift && !event->drift)
		event->drift = s->options->drift->tell(s->drift, event->kind, event->object);
}

static char *request_in_flight(void *arg)
{
	struct supervisor *s = arg;

	return s->tap ? stdio_tap_request(s->tap) : NULL;
}

static const struct journal_witness witness = { .request = request_in_flight,
						.describe = describe_event };

void supervisor_keep_rule(struct supervisor *s, struct rule *rule)
{
	const struct store *store = &s->store;

	if (rule->duration == DURATION_ALWAYS && store->ops)
		store->ops->rule_add(store->handle, rule, NULL);
	/* A session's own rules are numbered downwards. */
	if (rule->duration == DURATION_SESSION)
		rule->id = --s->next_rule;
	if (rule->duration != DURATION_ONCE) {
		struct rule copy = { 0 };

		rule_copy(&copy, rule);
		rule_list_add(&s->rules, &copy);
	}
	if (rule->verdict == VERDICT_DENY) {
		files_rules_changed(s, 0, NULL, NULL);
		files_tell_denials(s);
	}
}

/* A call that no policy opens: it was answered already. */
static void call_refused(struct supervisor *s, const struct notice *notice)
{
	struct access_event event = { .time_ms = clock_wall_ms(),
				      .kind = notice->kind,
				      .object = notice->object,
				      .verdict = VERDICT_DENY,
				      .why = (char *)"closed in every sandbox",
				      .syscall = (char *)notice->syscall,
				      .error = notice->error,
				      .count = 1 };

	supervisor_attribute(s, notice, &event);
	supervisor_event(s, &event);
	s->denied++;
	s->changed = true;
}

/* --- the loop's callbacks --- */

static void take_notice(struct supervisor *s, struct notice *notice)
{
	if (notice->rehearsed) {
		self_test_saw(s, notice);
		return;
	}
	switch (notice->type) {
	case NOTICE_FILE:
		files_refused(s, notice);
		break;
	case NOTICE_REFUSED:
		call_refused(s, notice);
		break;
	case NOTICE_UNIX:
		unix_wanted(s, notice);
		break;
	case NOTICE_NETWORK:
		network_needed(s, notice->id);
		break;
	case NOTICE_CONNECT:
		network_wanted(s, notice);
		break;
	}
}

void supervisor_take_notices(struct supervisor *s)
{
	struct notice *notice = notifier_take(s->notifier);

	while (notice) {
		struct notice *next = notice->next;

		take_notice(s, notice);
		notice_free(notice);
		notice = next;
	}
	self_test_progress(s);
}

static void on_notices(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	supervisor_take_notices(arg);
}

static void on_broker(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	struct broker_reply reply;
	int got;

	(void)fd;
	(void)what;
	while ((got = broker_read(s->broker, &reply)) > 0) {
		if (reply.type == BROKER_NETWORK)
			network_made(s, &reply);
		else if (reply.type == BROKER_LISTENING)
			network_broker_reply(s, &reply);
		else if (reply.type == BROKER_SOCKET)
			publish_broker_reply(s, &reply);
		else
			files_broker_reply(s, &reply);
		close_fd(&reply.fd);
	}
	/* Without its broker a session goes on as it is; only file grants fail, and say so. */
	if (got < 0) {
		event_del(s->broker_event);
		s->broker_failed = true;
		files_broker_gone(s);
		network_broker_gone(s);
		publish_broker_gone(s);
	}
}

void supervisor_watch_broker(struct supervisor *s)
{
	s->broker_event =
		event_new(s->base, broker_fd(s->broker), EV_READ | EV_PERSIST, on_broker, s);
	event_add(s->broker_event, NULL);
}

int supervisor_start_broker(struct supervisor *s, struct broker_sandbox *where, struct err *e)
{
	_cleanup_close_ int mounts = sandbox_open_namespace(&s->sandbox, "mnt", e);
	_cleanup_close_ int network = mounts < 0 ? -1 : sandbox_open_namespace(&s->sandbox, "net", e);

	/* It alone keeps them: they are taken apart where nobody waits for that. */
	where->mount_namespace = mounts;
	where->network_namespace = network;
	return network < 0 ? -1 : broker_start(&s->broker, where, e);
}

struct broker *supervisor_broker(struct supervisor *s)
{
	struct broker_sandbox where = { .mask_device = NULL };
	struct err e;

	if (s->broker || s->broker_failed)
		return s->broker;
	if (supervisor_start_broker(s, &where, &e) < 0) {
		s->broker_failed = true;
		return NULL;
	}
	supervisor_watch_broker(s);
	return s->broker;
}

static void count_accesses(struct supervisor *s)
{
	struct access_row *rows;
	size_t count;
	uint64_t dropped = notifier_take_accesses(s->notifier, &rows, &count);

	/* They went through, and no history will have them. */
	s->allowed += dropped;
	journal_lose(s->journal, dropped);
	for (size_t i = 0; i < count; i++)
		s->allowed += rows[i].count;
	if (count || dropped)
		s->changed = true;
	if (s->report)
		run_report_add_accesses(s->report, rows, count);
	journal_accesses(s->journal, rows, count);
}

static void reload_rules(struct supervisor *s)
{
	const struct store *store = &s->store;
	struct rule *rules;
	size_t count;
	int64_t version;

	if (!store->ops || s->options->drop_in ||
	    store->ops->data_version(store->handle, &version, NULL) < 0 ||
	    version == s->data_version)
		return;
	if (store->ops->rules_load(store->handle, s->options->server, &rules, &count, NULL) < 0)
		return;
	s->data_version = version;
	/* Session rules stay; the stored ones are replaced. Newest last. */
	for (size_t i = 0; i < s->rules.count;) {
		if (s->rules.items[i].duration != DURATION_ALWAYS) {
			i++;
			continue;
		}
		rule_free(&s->rules.items[i]);
		memmove(&s->rules.items[i], &s->rules.items[i + 1],
			(s->rules.count - i - 1) * sizeof(*rules));
		s->rules.count--;
	}
	for (size_t i = count; i-- > 0;)
		rule_list_add(&s->rules, &rules[i]);
	free(rules);
	files_rules_changed(s, 0, NULL, NULL);
	files_tell_denials(s);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	bool flushed;

	(void)fd;
	(void)what;
	count_accesses(s);
	flushed = journal_flush(s->journal);
	rule_hits_store(s);
	journal_changed(s->journal, session_broadcast_event, s);
	question_check_waiters(s);
	question_tell_changed(s);
	reload_rules(s);
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

static void on_shim(evutil_socket_t fd, short what, void *arg);

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

/* --- starting --- */

static void begin_record(const struct supervisor *s)
{
	const struct store *store = &s->store;
	struct session_record record = { .id = s->id,
					 .server = s->options->server,
					 .command = s->command_line,
					 .cwd = s->cwd,
					 .mode = mode_name(s->options->mode),
					 .pid = getpid(),
					 .started_ms = s->started_ms };

	if (store->ops)
		store->ops->session_begin(store->handle, &record, NULL);
}

/* libevent would write its warnings to standard error, which is the program's. */
static void keep_quiet(int severity, const char *message)
{
	(void)severity;
	(void)message;
}

/* What needs no sandbox yet: done while bwrap builds it. */
static int prepare(void *arg, struct err *e)
{
	struct supervisor *s = arg;

	if (s->wants_masks)
		read_masks_begin(s);
	event_set_log_callback(keep_quiet);
	s->base = event_base_new();
	s->processes = process_memory_new();
	if (!s->base)
		return err_set(e, "no event loop");
	s->journal = journal_new(s->store, s->id, s->options->server);
	journal_set_witness(s->journal, &witness, s);
	if (session_listen(s, e) < 0 || connections_prepare(s, e) < 0 || publish_start(s, e) < 0)
		return -1;
	begin_record(s);
	if (s->store.ops && s->store.ops->warm_up)
		s->store.ops->warm_up(s->store.handle);
	if (notifier_start(&s->notifier, e) < 0)
		return -1;
	/* The filter comes first. */
	return s->wants_masks ? 0 : self_test_send(s, e);
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

static void block_signals(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_LENGTH(forwarded_signals); i++)
		sigaddset(&held, forwarded_signals[i]);
	sigprocmask(SIG_BLOCK, &held, before);
}

static int run_loop(struct supervisor *s, struct err *e)
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
	supervisor_keep_ticking(s);
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
	block_signals(NULL);
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

/* What was noticed is told and counted, and nothing waits any more. */
static void settle(struct supervisor *s)
{
	supervisor_take_notices(s);
	for (struct asked *a = s->questions; a; a = a->next)
		if (a->held)
			question_refuse_for_now(a, "the program ended");
	count_accesses(s);
}

static void record_end(struct supervisor *s)
{
	int64_t until = clock_mono_ms() + FINAL_FLUSH_MS;

	/* Another process may be writing: wait a little for history, not for ever. */
	while (!journal_end(s->journal, s->result.status, clock_wall_ms()) && clock_mono_ms() < until)
		usleep(2000);
}

/* Nobody is left inside who could use them. */
static void end_connections(struct supervisor *s)
{
	if (s->proxy)
		proxy_free(s->proxy);
	s->proxy = NULL;
	network_free(s->network);
	s->network = NULL;
	publish_free(s->publishing);
	s->publishing = NULL;
	listeners_free(s->listeners);
	s->listeners = NULL;
}

/* The program's status is known by now, or it never ran. */
static void wait_for_bwrap(struct supervisor *s)
{
	if (s->sandbox.bwrap <= 0)
		return;
	while (waitpid(s->sandbox.bwrap, NULL, 0) < 0 && errno == EINTR)
		;
	s->sandbox.bwrap = -1;
}

/*
 * The program has ended. What is left inside is killed by the kernel, and while that is at it, all else
 * is done here: whoever waits for us waits for both.
 */
static void finish(struct supervisor *s)
{
	struct session_info info;

	settle(s);
	session_tell(s);
	/* A call that is answered at once is told of later: by the end of the thread all are. */
	notifier_stop(s->notifier);
	mask_server_free(s->mask_server);
	s->mask_server = NULL;
	settle(s);
	record_end(s);
	rule_hits_store(s);
	info = session_describe(s);
	s->result.report = report_make(s, &info);
}

static void close_history(struct supervisor *s)
{
	journal_free(s->journal);
	if (s->drift)
		s->options->drift->close(s->drift);
	if (s->store.ops)
		s->store.ops->close(s->store.handle);
}

static void clean_up(struct supervisor *s)
{
	/* Its first process ends, and the kernel ends the rest. */
	sandbox_end(&s->sandbox);
	/* There is nothing left to grant, and nobody inside who could use a connection. */
	s->broker_failed = true;
	end_connections(s);
	question_free_all(s);
	if (s->notifier)
		notifier_stop(s->notifier);
	mask_server_free(s->mask_server);
	notifier_free(s->notifier);
	control_free(s->control);
	if (s->broker_event)
		event_free(s->broker_event);
	broker_free(s->broker);
	if (s->kill)
		event_free(s->kill);
	files_free(s);
	if (s->base)
		event_base_free(s->base);
	close_history(s);
	sandbox_close(&s->sandbox);
	wait_for_bwrap(s);
	/* Only now nothing is mounted any more. */
	placeholders_release(&s->placeholders);
	learning_free(&s->learning);
	process_memory_free(s->processes);
	route_rules_free(&s->routes);
	socket_owner_forget(&s->last_owner);
	if (s->updated)
		settings_free(s->updated);
	if (s->report)
		run_report_free(s->report);
	free(s->report);
	strings_free(&s->asked_ids);
	for (size_t i = 0; i < s->masks_count; i++) {
		masks_free(s->masks[i]);
		free(s->masks[i]);
	}
	free(s->masks);
	free(s->hits);
	mount_plan_free(&s->plan);
	rule_list_free(&s->rules);
	session_credentials_free(&s->credentials);
	strings_free(&s->own);
	free(s->failure);
	free(s->banner);
	free(s->id);
	free(s->socket_path);
	free(s->command_line);
	free(s->home);
	free(s->cwd);
}

static void init(struct supervisor *s, const struct supervisor_options *options)
{
	*s = (struct supervisor){ .options = options,
				  .placeholders = PLACEHOLDERS_NONE,
				  .last_owner = SOCKET_OWNER_NONE,
				  .learning = { .layer = LAYER_NONE },
				  .next_pin = 2 };
	s->network_settings = options->settings;
	if (options->report != RUN_REPORT_NONE)
		s->report = xcalloc(1, sizeof(*s->report));
	sandbox_init(&s->sandbox);
}

/* All is there that sees what is refused. 0, or -1 with *e. */
static int watch(struct supervisor *s, struct err *e)
{
	if (s->wants_masks && self_test_send(s, e) < 0)
		return -1;
	self_test_watch(s);
	if (s->broker)
		supervisor_watch_broker(s);
	/* The shim has begun to test: its calls are answered while the rest is made ready. */
	if (!s->mask_server)
		start_watching(s);
	else if (read_masks_ask(s, e) < 0 || read_masks_end(s, e) < 0)
		return -1;
	return connections_start(s, e) < 0 ? -1 : self_test_send_late(s, e);
}

/* From the first process to the last. 0, or -1 with *e and, where it was for the masks alone, *masks_failed. */
static int run(const struct supervisor_options *options, bool without_masks, bool *masks_failed,
	       struct supervisor_result *result_out, struct err *e)
{
	struct supervisor s;
	int result = -1;

	init(&s, options);
	s.blindness.no_masks = without_masks;
	/* They wait until there is something that they can be passed on to. */
	block_signals(&s.inherited_mask);
	if (start_prepare(&s, e) == 0 && start_bwrap(&s, e) == 0) {
		/* Upstream's command has no rules to be read, and most often nothing to be told. */
		if (options->open_store)
			s.store = options->drop_in ? late_store(options->open_store)
						   : options->open_store();
		if (options->drift)
			s.drift = options->drift->open(s.store, options->server);
		start_load_rules(&s);
		if (start_sandbox(&s, prepare, e) == 0 && watch(&s, e) == 0) {
			result = run_loop(&s, e);
			result_out->banner = options->only_self_test ? steal_ptr(&s.banner) : NULL;
			if (result == 0 && !options->only_self_test) {
				finish(&s);
				*result_out = s.result;
			}
		}
		/* It was recorded already when the sandbox failed. */
		if (result < 0 && s.journal)
			journal_end(s.journal, STATUS_NOT_STARTED, clock_wall_ms());
	}
	*masks_failed = s.masks_failed;
	clean_up(&s);
	sigprocmask(SIG_SETMASK, &s.inherited_mask, NULL);
	/* A client that reads slowly: nothing of the session is left by now. */
	stdio_tap_finish(s.tap);
	return result;
}

int supervisor_run(const struct supervisor_options *options, struct supervisor_result *result_out,
		   struct err *e)
{
	bool masks_failed;
	int result;

	/* A program that went away must not end the supervisor: writes to it fail instead. */
	signal(SIGPIPE, SIG_IGN);
	/* One heap for all threads: the others allocate next to nothing. */
	mallopt(M_ARENA_MAX, 1);
	/* Large tables are mapped: what is never used of them costs nothing, and they go as a whole. */
	mallopt(M_MMAP_THRESHOLD, LARGE_TABLE);
	/* Else one would fit into what the heap has to spare, and be written with zeros there. */
	mallopt(M_TOP_PAD, HEAP_STEP);
	result = run(options, false, &masks_failed, result_out, e);
	return masks_failed ? run(options, true, &masks_failed, result_out, e) : result;
}

int supervisor_bwrap_arguments(const struct supervisor_options *options, struct strings *out,
			       struct err *e)
{
	struct supervisor s;
	int result;

	init(&s, options);
	result = start_prepare(&s, e) == 0 ? start_show_words(&s, out, e) : -1;
	clean_up(&s);
	return result;
}
