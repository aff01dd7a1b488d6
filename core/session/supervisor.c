/* SPDX-License-Identifier: MIT */
/*
 * The life of a supervisor:
 *   1. start bwrap, and while it is loaded read the rules and plan the mounts;
 *   2. have it build the sandbox with the shim as pid 1, give that the filter, take the listeners;
 *   3. start what watches and answers: notification thread, proxy, control socket; see that it does
 *      (self_test.c);
 *   4. say "go", and run the event loop until bwrap exits (session_loop.c).
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
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/session/late_store.h"
#include "core/session/supervisor_parts.h"

#define STATUS_NOT_STARTED 125
#define FINAL_FLUSH_MS 1000
#define LARGE_TABLE (48 * 1024)
#define HEAP_STEP (16 * 1024)

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
	notices_witness(s);
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

/* What was noticed is told and counted, and nothing waits any more. */
static void settle(struct supervisor *s)
{
	notices_take(s);
	for (struct asked *a = s->questions; a; a = a->next)
		if (a->held)
			question_refuse_for_now(a, "the program ended");
	notices_count_accesses(s);
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
	strings_free(&s->project_files);
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
	session_loop_block_signals(&s.inherited_mask);
	if (start_prepare(&s, e) == 0 && start_bwrap(&s, e) == 0) {
		/* Upstream's command has no rules to be read, and most often nothing to be told. */
		if (options->open_store)
			s.store = options->drop_in ? late_store(options->open_store)
						   : options->open_store();
		if (options->drift)
			s.drift = options->drift->open(s.store, options->server);
		rules_load(&s);
		if (start_sandbox(&s, prepare, e) == 0 && watch(&s, e) == 0) {
			result = session_loop_run(&s, e);
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
