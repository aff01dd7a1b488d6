/* SPDX-License-Identifier: MIT */
/*
 * The life of a supervisor:
 *   1. read the rules and plan the mounts;
 *   2. start bwrap with the shim as pid 1, give it the filter, take the listeners;
 *   3. start what watches and answers: notification thread, proxy, control socket;
 *   4. say "go", and run the event loop until bwrap exits.
 * Anything that fails before "go" ends the shim by closing its socket: nothing ran. The broker is
 * forked when something is to be granted for the first time.
 *
 * Standard input, output and error belong to the program: nothing here reads or writes them.
 */
#include "core/session/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/footprint.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/environment.h"
#include "core/session/runtime_dir.h"
#include "core/session/supervisor_parts.h"

#define TICK_MS 250
#define STATUS_NOT_STARTED 125
#define FINAL_FLUSH_MS 1000
/* bwrap's /dev has a private tmpfs directory for shared memory: temporary files go there. */
#define PRIVATE_TMPDIR "/dev/shm/tmp"

extern char **environ;

/* --- telling --- */

static struct session_info describe(struct supervisor *s)
{
	const struct supervisor_options *o = s->options;

	return (struct session_info){ .id = s->id,
				      .server = (char *)o->server,
				      .command = s->command_line,
				      .cwd = s->cwd,
				      .mode = (char *)mode_name(o->mode),
				      .state = (char *)(s->ended   ? "exited"
							: s->child ? "running"
								   : "starting"),
				      .pid = getpid(),
				      .child = s->child,
				      .started_ms = s->started_ms,
				      .status = s->ended ? s->status : -1,
				      .allowed = s->allowed,
				      .denied = s->denied,
				      .asked = s->asked_count,
				      .pending = s->question_count,
				      .bytes_in = s->bytes_in,
				      .bytes_out = s->bytes_out };
}

static void tell_session(struct supervisor *s)
{
	struct wire_message message = { .type = WIRE_SESSION, .session = describe(s) };

	s->changed = false;
	control_broadcast(s->control, &message);
}

void supervisor_tell_event(struct supervisor *s, const struct access_event *event)
{
	struct wire_message message = { .type = WIRE_EVENT, .event = *event };

	control_broadcast(s->control, &message);
}

const struct access_event *supervisor_event(struct supervisor *s, const struct access_event *event)
{
	bool fresh;
	const struct access_event *kept = journal_event(s->journal, event, &fresh);

	/* What only counts up is told with the next tick. */
	if (fresh)
		supervisor_tell_event(s, kept);
	return kept;
}

static void send_event(void *arg, const struct access_event *event)
{
	struct wire_message message = { .type = WIRE_EVENT, .event = *event };

	control_send(arg, &message);
}

static void broadcast_event(void *arg, const struct access_event *event)
{
	supervisor_tell_event(arg, event);
}

static void on_attached(void *owner, struct control_client *client, bool dashboard)
{
	struct supervisor *s = owner;
	struct wire_message message = { .type = WIRE_HELLO,
					.version = WIRE_VERSION,
					.session = describe(s) };

	control_send(client, &message);
	/* Scripts read the database, and ask for what is pending. */
	if (!dashboard)
		return;
	journal_recent(s->journal, send_event, client);
	for (struct asked *a = s->questions; a; a = a->next) {
		message = (struct wire_message){ .type = WIRE_QUESTION, .question = a->question };
		control_send(client, &message);
	}
}

static void on_answerers(void *owner, size_t count)
{
	struct supervisor *s = owner;

	if (count || s->options->hold_seconds >= 0)
		return;
	for (struct asked *a = s->questions; a; a = a->next)
		if (a->held)
			question_refuse_for_now(a, "nobody is attached to answer");
}

static void on_pending(void *owner, struct control_client *client)
{
	struct supervisor *s = owner;
	struct question *list = xmalloc((s->question_count + 1) * sizeof(*list));
	struct wire_message message = { .type = WIRE_QUESTIONS, .questions = list };

	for (struct asked *a = s->questions; a; a = a->next)
		list[message.question_count++] = a->question;
	/* The oldest first, as they were asked. */
	for (size_t i = 0; i < message.question_count / 2; i++) {
		struct question swap = list[i];

		list[i] = list[message.question_count - 1 - i];
		list[message.question_count - 1 - i] = swap;
	}
	control_send(client, &message);
	free(list);
}

static void on_answer(void *owner, struct control_client *client, const struct wire_message *message)
{
	question_answer(owner, client, message);
}

void supervisor_keep_rule(struct supervisor *s, struct rule *rule)
{
	const struct store *store = &s->store;

	if (rule->duration == DURATION_ALWAYS && store->ops)
		store->ops->rule_add(store->handle, rule, NULL);
	if (rule->duration != DURATION_ONCE) {
		struct rule copy = { 0 };

		rule_copy(&copy, rule);
		rule_list_add(&s->rules, &copy);
	}
}

/* --- the loop's callbacks --- */

static void on_notices(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	struct notice *notice = notifier_take(s->notifier);

	(void)fd;
	(void)what;
	while (notice) {
		struct notice *next = notice->next;

		files_refused(s, notice);
		notice_free(notice);
		notice = next;
	}
}

static void on_broker(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	struct broker_reply reply;
	int got;

	(void)fd;
	(void)what;
	while ((got = broker_read(s->broker, &reply)) > 0) {
		files_broker_reply(s, &reply);
		close_fd(&reply.fd);
	}
	/* Without its broker a session goes on as it is; only file grants fail, and say so. */
	if (got < 0) {
		event_del(s->broker_event);
		files_broker_gone(s);
	}
}

struct broker *supervisor_broker(struct supervisor *s)
{
	struct err e;

	if (s->broker || s->broker_failed)
		return s->broker;
	if (broker_start(&s->broker, s->sandbox.mount_namespace, &e) < 0) {
		s->broker_failed = true;
		return NULL;
	}
	s->broker_event =
		event_new(s->base, broker_fd(s->broker), EV_READ | EV_PERSIST, on_broker, s);
	event_add(s->broker_event, NULL);
	return s->broker;
}

static void count_accesses(struct supervisor *s)
{
	struct access_row *rows;
	size_t count;

	notifier_take_accesses(s->notifier, &rows, &count);
	for (size_t i = 0; i < count; i++)
		s->allowed += rows[i].count;
	if (count)
		s->changed = true;
	journal_accesses(s->journal, rows, count);
}

static void reload_rules(struct supervisor *s)
{
	const struct store *store = &s->store;
	struct rule *rules;
	size_t count;
	int64_t version;

	if (!store->ops || store->ops->data_version(store->handle, &version, NULL) < 0 ||
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
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;

	(void)fd;
	(void)what;
	count_accesses(s);
	journal_flush(s->journal);
	journal_changed(s->journal, broadcast_event, s);
	question_check_waiters(s);
	reload_rules(s);
	if (s->changed && control_has_clients(s->control))
		tell_session(s);
	/* A command that lasts: the start's memory is not needed any more. */
	if (!s->settled) {
		s->settled = true;
		footprint_shrink();
	}
}

static void on_shim(evutil_socket_t fd, short what, void *arg);

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct supervisor *s = arg;

	(void)what;
	sandbox_signal(&s->sandbox, number);
}

static void on_child(evutil_socket_t number, short what, void *arg)
{
	struct supervisor *s = arg;
	int status;

	(void)number;
	(void)what;
	if (waitpid(s->sandbox.bwrap, &status, WNOHANG) != s->sandbox.bwrap)
		return;
	s->sandbox.bwrap = -1;
	s->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	s->ended = true;
	event_base_loopbreak(s->base);
}

/* --- starting --- */

static int random_text(char *out, size_t digits, struct err *e)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_errno(e, "getrandom");
	for (size_t i = 0; i < digits / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static int identify(struct supervisor *s, struct err *e)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	char suffix[9];
	char cwd[4096];

	if (random_text(suffix, 8, e) < 0 || random_text(s->token, 32, e) < 0)
		return -1;
	s->id = xasprintf("%d-%s", getpid(), suffix);
	if (!getcwd(cwd, sizeof(cwd)))
		return err_errno(e, "the working directory");
	s->cwd = xstrdup(cwd);
	s->home = home_dir();
	for (char *const *word = s->options->command; *word; word++)
		buf_addf(&line, "%s%s", word == s->options->command ? "" : " ", *word);
	s->command_line = buf_steal(&line);
	s->started_ms = clock_wall_ms();
	return 0;
}

/* What is the program's own is invisible inside, whatever the policy says. */
static int find_own_directories(struct supervisor *s, struct err *e)
{
	_cleanup_free_ char *runtime = runtime_dir(e);
	_cleanup_free_ char *database = database_path();
	_cleanup_free_ char *config = config_dir();
	char *slash = strrchr(database, '/');

	if (!runtime)
		return -1;
	s->socket_path = xasprintf("%s/%s.sock", runtime, s->id);
	strings_add(&s->own, runtime);
	strings_add(&s->own, config);
	if (slash && slash != database) {
		struct stat st;
		_cleanup_free_ char *directory = xstrndup(database, (size_t)(slash - database));

		/*
		 * A database that was moved to a shared place, for tests: hide its files alone. A
		 * directory that is missing will be made for it, and for nobody else.
		 */
		if (stat(directory, &st) < 0 || (st.st_uid == geteuid() && !(st.st_mode & 077))) {
			strings_add(&s->own, directory);
		} else {
			strings_add(&s->own, database);
			strings_addf(&s->own, "%s-wal", database);
			strings_addf(&s->own, "%s-shm", database);
		}
	}
	return 0;
}

static void load_rules(struct supervisor *s)
{
	const struct store *store = &s->store;
	struct rule *rules = NULL;
	size_t count = 0;

	if (!store->ops)
		return;
	store->ops->data_version(store->handle, &s->data_version, NULL);
	/* Without them more is asked or refused, never less. */
	if (store->ops->rules_load(store->handle, s->options->server, &rules, &count, NULL) < 0)
		return;
	for (size_t i = count; i-- > 0;)
		rule_list_add(&s->rules, &rules[i]);
	free(rules);
}

static int bwrap_words(struct supervisor *s, char **bwrap, struct strings *words, struct err *e)
{
	*bwrap = s->options->settings->bwrap_path
			 ? xstrdup(s->options->settings->bwrap_path)
			 : launch_find_program("bwrap", getenv("PATH"));
	if (!*bwrap)
		return err_code(e, ERR_UNSUPPORTED,
				"bubblewrap (bwrap) not installed ('make deps' or your package "
				"manager installs it)");
	if (files_plan(s, &s->plan, NULL, e) < 0)
		return -1;
	/* First the kernel's directories, so that a policy's mounts below /dev come on top. */
	strings_add(words, "--dev");
	strings_add(words, "/dev");
	strings_add(words, "--perms");
	strings_add(words, "0700");
	strings_add(words, "--dir");
	strings_add(words, PRIVATE_TMPDIR);
	return 0;
}

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

/* What needs no sandbox yet: done while bwrap builds it. */
static int prepare(void *arg, struct err *e)
{
	static const struct control_callbacks callbacks = { on_attached, on_answerers, on_pending,
							    on_answer };
	struct supervisor *s = arg;

	s->base = event_base_new();
	if (!s->base)
		return err_set(e, "no event loop");
	s->journal = journal_new(s->store, s->id, s->options->server);
	s->control = control_new(s->base, s->socket_path, &callbacks, s, e);
	if (!s->control || connections_prepare(s, e) < 0)
		return -1;
	begin_record(s);
	return 0;
}

static int launch(struct supervisor *s, struct err *e)
{
	_cleanup_free_ char *bwrap = NULL;
	_cleanup_strings_ struct strings mounts = STRINGS_EMPTY, environment = STRINGS_EMPTY;
	_cleanup_strings_ struct strings devices = STRINGS_EMPTY;
	_cleanup_close_ int shim = -1;
	sigset_t mask;
	struct launch_request request = {
		.mounts = &mounts,
		.environment = &environment,
		.command = s->options->command,
		.signal_mask = &mask,
		.filter = { .notify_paths = true,
			    .allow_unix_sockets = s->options->settings->allow_all_unix_sockets,
			    .allow_nested_namespaces =
				    s->options->settings->allow_nested_user_namespaces },
		.meanwhile = prepare,
		.arg = s,
	};
	struct environment_request wanted = { .inherited = environ,
					      .settings = s->options->settings,
					      .user = "srt",
					      .token = s->token,
					      .tmpdir = s->options->settings->filesystem_disabled
								? NULL
								: PRIVATE_TMPDIR };

	if (bwrap_words(s, &bwrap, &devices, e) < 0)
		return -1;
	mount_plan_arguments(&s->plan, &mounts);
	strings_copy(&mounts, &devices);
	shim = launch_open_shim(e);
	if (shim < 0)
		return -1;
	environment_make(&environment, &wanted);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	request.bwrap = bwrap;
	request.shim = shim;
	files_note_placeholders(s, &s->plan);
	if (sandbox_launch(&s->sandbox, &request, e) < 0)
		return -1;
	return connections_start(s, e);
}

/* Watching starts with the sandbox's own tree: its masks and its notifications. */
static int start_watching(struct supervisor *s, struct err *e)
{
	struct masks *masks = xcalloc(1, sizeof(*masks));

	masks_find(masks, &s->plan, s->sandbox.root);
	grow_array(s->masks, s->masks_count, s->masks_capacity);
	s->masks[s->masks_count++] = masks;
	return notifier_start(&s->notifier, s->sandbox.listener, s->sandbox.root, masks, e);
}

static void on_shim(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	char packet[64];

	(void)what;
	/* The program runs; or the shim is gone, and bwrap's exit follows. */
	if (recv(fd, packet, sizeof(packet), MSG_DONTWAIT) <= 0) {
		shutdown(fd, SHUT_RDWR);
		return;
	}
	s->changed = true;
}

static int run_loop(struct supervisor *s, struct err *e)
{
	static const int forwarded[] = { SIGINT,  SIGTERM, SIGHUP,   SIGQUIT,
					 SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT };
	struct timeval tick = { .tv_usec = TICK_MS * 1000 };
	struct event *events[ARRAY_LENGTH(forwarded) + 4];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(forwarded); i++)
		events[count++] = evsignal_new(s->base, forwarded[i], on_signal, s);
	events[count++] = evsignal_new(s->base, SIGCHLD, on_child, s);
	events[count++] = event_new(s->base, notifier_fd(s->notifier), EV_READ | EV_PERSIST, on_notices, s);
	events[count++] = event_new(s->base, s->sandbox.shim_socket, EV_READ, on_shim, s);
	events[count++] = event_new(s->base, -1, EV_PERSIST, on_tick, s);
	for (size_t i = 0; i < count; i++)
		event_add(events[i], i == count - 1 ? &tick : NULL);
	s->child = s->sandbox.init;
	if (sandbox_go(&s->sandbox, e) == 0) {
		while (!s->ended)
			if (event_base_dispatch(s->base) != 0)
				break;
	}
	for (size_t i = 0; i < count; i++)
		event_free(events[i]);
	return s->ended ? 0 : -1;
}

static void finish(struct supervisor *s)
{
	const struct store *store = &s->store;
	int64_t until = clock_mono_ms() + FINAL_FLUSH_MS;

	for (struct asked *a = s->questions; a; a = a->next)
		if (a->held)
			question_refuse_for_now(a, "the program ended");
	count_accesses(s);
	tell_session(s);
	/* Another process may be writing: wait a little for history, not for ever. */
	while (store->ops && (!journal_flush(s->journal) ||
			      store->ops->session_end(store->handle, s->id, s->status,
						      clock_wall_ms(), NULL) < 0) &&
	       clock_mono_ms() < until)
		usleep(2000);
}

static void remove_placeholders(struct supervisor *s)
{
	for (size_t i = s->placeholders.count; i-- > 0;) {
		struct stat st;
		const char *path = s->placeholders.items[i];

		if (lstat(path, &st) < 0)
			continue;
		if (S_ISREG(st.st_mode) && st.st_size == 0)
			unlink(path);
		else if (S_ISDIR(st.st_mode))
			rmdir(path);
	}
}

static void clean_up(struct supervisor *s)
{
	/* End of file on its socket ends pid 1 inside, and the kernel the rest. */
	close_fd(&s->sandbox.shim_socket);
	if (s->sandbox.bwrap > 0)
		while (waitpid(s->sandbox.bwrap, NULL, 0) < 0 && errno == EINTR)
			;
	notifier_free(s->notifier);
	sandbox_close(&s->sandbox);
	if (s->proxy)
		proxy_free(s->proxy);
	question_free_all(s);
	control_free(s->control);
	if (s->broker_event)
		event_free(s->broker_event);
	broker_free(s->broker);
	if (s->base)
		event_base_free(s->base);
	remove_placeholders(s);
	journal_free(s->journal);
	if (s->store.ops)
		s->store.ops->close(s->store.handle);
	for (size_t i = 0; i < s->masks_count; i++) {
		masks_free(s->masks[i]);
		free(s->masks[i]);
	}
	free(s->masks);
	mount_plan_free(&s->plan);
	rule_list_free(&s->rules);
	strings_free(&s->own);
	strings_free(&s->placeholders);
	free(s->id);
	free(s->socket_path);
	free(s->command_line);
	free(s->home);
	free(s->cwd);
}

static void init(struct supervisor *s, const struct supervisor_options *options)
{
	*s = (struct supervisor){ .options = options, .next_pin = 2 };
	sandbox_init(&s->sandbox);
}

int supervisor_run(const struct supervisor_options *options, int *status, struct err *e)
{
	struct supervisor s;
	int result = -1;

	init(&s, options);
	/* A program that went away must not end the supervisor: writes to it fail instead. */
	signal(SIGPIPE, SIG_IGN);
	/* One heap for all threads: the others allocate next to nothing. */
	mallopt(M_ARENA_MAX, 1);
	if (identify(&s, e) == 0 && find_own_directories(&s, e) == 0) {
		if (options->open_store)
			s.store = options->open_store();
		load_rules(&s);
		if (launch(&s, e) == 0 && start_watching(&s, e) == 0) {
			result = run_loop(&s, e);
			if (result == 0) {
				*status = s.status;
				finish(&s);
			}
		}
		/* It was recorded already when the sandbox failed. */
		if (result < 0 && s.journal && s.store.ops)
			s.store.ops->session_end(s.store.handle, s.id, STATUS_NOT_STARTED,
						 clock_wall_ms(), NULL);
	}
	clean_up(&s);
	return result;
}

int supervisor_bwrap_arguments(const struct supervisor_options *options, struct strings *out,
			       struct err *e)
{
	_cleanup_strings_ struct strings mounts = STRINGS_EMPTY, devices = STRINGS_EMPTY;
	_cleanup_free_ char *bwrap = NULL;
	struct supervisor s;
	int result = -1;

	init(&s, options);
	if (identify(&s, e) == 0 && find_own_directories(&s, e) == 0) {
		if (bwrap_words(&s, &bwrap, &devices, e) == 0) {
			mount_plan_arguments(&s.plan, &mounts);
			strings_copy(&mounts, &devices);
			launch_arguments(out, bwrap, &mounts);
			result = 0;
		}
	}
	clean_up(&s);
	return result;
}
