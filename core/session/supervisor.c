/* SPDX-License-Identifier: MIT */
/*
 * The life of a supervisor:
 *   1. read the rules and plan the mounts;
 *   2. start bwrap with the shim as pid 1, give it the filter, take the listeners;
 *   3. start what watches and answers: notification thread, proxy, control socket; see that it does
 *      (self_test.c);
 *   4. say "go", and run the event loop until bwrap exits.
 * Anything that fails before "go" ends the shim by closing its socket: nothing ran. The broker is
 * forked when something is to be granted for the first time.
 *
 * Standard input, output and error belong to the program: nothing here reads or writes them, but
 * for warnings about its credentials before it starts, and stdio_tap.c where it was asked for.
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
#include "core/base/escape.h"
#include "core/base/footprint.h"
#include "core/base/mem.h"
#include "core/base/shell_quote.h"
#include "core/base/switches.h"
#include "core/policy/path.h"
#include "core/sandbox/attribution.h"
#include "core/sandbox/environment.h"
#include "core/session/runtime_dir.h"
#include "core/session/supervisor_parts.h"

#define TICK_MS 250
#define STATUS_NOT_STARTED 125
#define FINAL_FLUSH_MS 1000
#define KILL_AFTER_S 2

/* What goes on to the program, or, called as upstream's command, ends it. */
static const int forwarded_signals[] = { SIGINT,  SIGTERM, SIGHUP,   SIGQUIT,
					 SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT };

extern char **environ;

/* --- telling --- */

static void keep_ticking(struct supervisor *s)
{
	const struct timeval tick = { .tv_usec = TICK_MS * 1000 };

	if (s->tick && !event_pending(s->tick, EV_TIMEOUT, NULL))
		event_add(s->tick, &tick);
}

/*
 * Upstream's command shows no denied read at all, and most settings have none to deny: then reading
 * costs nothing. What is hidden in any case, our own files and one directory, is not worth it.
 */
static bool hides_anything(const struct supervisor *s)
{
	const struct settings *settings = s->options->settings;

	return settings->deny_read.count || settings->credential_files.count;
}

/* For a history, reading is notified even where nothing can refuse it: it is what was seen. */
static enum watch_level watch_level(const struct supervisor *s)
{
	if (s->options->drop_in)
		return hides_anything(s) ? WATCH_EVERYDAY : WATCH_WRITES;
	return s->options->level ? s->options->level : WATCH_EVERYDAY;
}

static struct session_info describe(struct supervisor *s)
{
	const struct supervisor_options *o = s->options;

	return (struct session_info){ .id = s->id,
				      .server = (char *)o->server,
				      .command = s->command_line,
				      .cwd = s->cwd,
				      .mode = (char *)mode_name(o->mode),
				      .level = (char *)watch_level_name(watch_level(s)),
				      .state = (char *)(s->ended   ? "exited"
							: s->child ? "running"
								   : "starting"),
				      .banner = s->banner,
				      .pid = getpid(),
				      .child = s->child,
				      .started_ms = s->started_ms,
				      .status = s->ended ? s->result.status : -1,
				      .allowed = s->allowed,
				      .denied = s->denied,
				      .asked = s->asked_count,
				      .pending = s->question_count,
				      .bytes_in = s->bytes_in,
				      .bytes_out = s->bytes_out,
				      .unasked = s->unasked,
				      .lost = journal_lost(s->journal) };
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

/* While the process is there: its call is held, as a rule. */
static void describe_process(void *arg, struct access_event *event)
{
	struct supervisor *s = arg;

	if (!event->pid)
		return;
	if (!event->command_line)
		event->command_line = process_command_line(event->pid);
	if (!event->chain)
		event->chain = process_chain(event->pid, s->sandbox.init);
}

static char *request_in_flight(void *arg)
{
	struct supervisor *s = arg;

	return s->tap ? stdio_tap_request(s->tap) : NULL;
}

static const struct journal_witness witness = { .request = request_in_flight,
						.describe = describe_process };

static void debug(const struct supervisor *s, const char *what, const char *text, const char *why)
{
	_cleanup_free_ char *shown = NULL;

	if (!s->options->debug)
		return;
	shown = escape_string(text);
	dprintf(STDERR_FILENO, "[SandboxDebug] %s%s%s%s\n", what, shown, why ? ": " : "", why ? why : "");
}

const struct access_event *supervisor_event(struct supervisor *s, const struct access_event *event)
{
	bool fresh;
	const struct access_event *kept = journal_event(s->journal, event, &fresh);

	keep_ticking(s);
	/* What only counts up is told with the next tick. */
	if (!fresh)
		return kept;
	supervisor_tell_event(s, kept);
	if (kept->verdict == VERDICT_DENY) {
		_cleanup_free_ char *what = xasprintf("refused %s ", access_kind_name(kept->kind));

		debug(s, what, kept->object, kept->why);
	}
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

static void send_questions(struct supervisor *s, struct control_client *client)
{
	for (struct asked *a = s->questions; a; a = a->next) {
		struct wire_message message = { .type = WIRE_QUESTION, .question = a->question };

		control_send(client, &message);
	}
}

static void on_attached(void *owner, struct control_client *client, bool dashboard)
{
	struct supervisor *s = owner;
	struct wire_message message = { .type = WIRE_HELLO,
					.version = WIRE_VERSION,
					.can_hold = true,
					.can_rules = true,
					.session = describe(s) };

	keep_ticking(s);
	control_send(client, &message);
	/* Scripts read the database, and ask for what is pending. */
	if (!dashboard)
		return;
	journal_recent(s->journal, send_event, client);
	send_questions(s, client);
}

/* It was too slow for some of them; now it has read what there was. */
static void on_caught_up(void *owner, struct control_client *client)
{
	send_questions(owner, client);
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

static void on_rules(void *owner, struct control_client *client)
{
	session_rules_list(owner, client);
}

static void on_revoke(void *owner, struct control_client *client, const char *id)
{
	session_rules_revoke(owner, client, id);
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
	/* A session's own rules are numbered downwards. */
	if (rule->duration == DURATION_SESSION)
		rule->id = --s->next_rule;
	if (rule->duration != DURATION_ONCE) {
		struct rule copy = { 0 };

		rule_copy(&copy, rule);
		rule_list_add(&s->rules, &copy);
	}
	if (rule->verdict == VERDICT_DENY)
		files_rules_changed(s, 0, NULL, NULL);
}

static void on_publish(void *owner, struct control_client *client,
		       const struct wire_message *message)
{
	publish_asked(owner, client, message);
}

/* A call that no policy opens: it was answered already. */
static void call_refused(struct supervisor *s, const struct notice *notice)
{
	struct access_event event = { .time_ms = clock_wall_ms(),
				      .kind = notice->kind,
				      .object = notice->object,
				      .verdict = VERDICT_DENY,
				      .why = (char *)"closed in every sandbox",
				      .pid = process_of_thread(notice->pid),
				      .exe = notice->exe,
				      .syscall = (char *)notice->syscall,
				      .error = notice->error,
				      .count = 1 };

	supervisor_event(s, &event);
	s->denied++;
	s->changed = true;
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
		case NOTICE_CONNECT:
			network_wanted(s, notice);
			break;
		}
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
		if (reply.type == BROKER_LISTENING)
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
		files_broker_gone(s);
		network_broker_gone(s);
	}
}

void supervisor_watch_broker(struct supervisor *s)
{
	s->broker_event =
		event_new(s->base, broker_fd(s->broker), EV_READ | EV_PERSIST, on_broker, s);
	event_add(s->broker_event, NULL);
}

struct broker *supervisor_broker(struct supervisor *s)
{
	const struct broker_sandbox where = { .mount_namespace = s->sandbox.mount_namespace,
					      .network_namespace = s->sandbox.network_namespace };
	struct err e;

	if (s->broker || s->broker_failed)
		return s->broker;
	if (broker_start(&s->broker, &where, &e) < 0) {
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

	notifier_take_accesses(s->notifier, &rows, &count);
	for (size_t i = 0; i < count; i++)
		s->allowed += rows[i].count;
	if (count)
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
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	bool flushed;

	(void)fd;
	(void)what;
	count_accesses(s);
	flushed = journal_flush(s->journal);
	journal_changed(s->journal, broadcast_event, s);
	question_check_waiters(s);
	question_tell_changed(s);
	reload_rules(s);
	if (!s->options->drop_in)
		listeners_look(s);
	if (self_test_look_again(s))
		s->changed = true;
	if (s->changed && control_has_clients(s->control))
		tell_session(s);
	/* Nothing happens: neither time nor memory is spent until something does. */
	if (s->options->drop_in && !control_has_clients(s->control) && flushed)
		event_del(s->tick);
	/* A command that lasts: the start's memory is not needed any more. */
	if (!s->settled) {
		s->settled = true;
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

static void on_child(evutil_socket_t number, short what, void *arg)
{
	struct supervisor *s = arg;
	int status;

	(void)number;
	(void)what;
	if (waitpid(s->sandbox.bwrap, &status, WNOHANG) != s->sandbox.bwrap)
		return;
	s->sandbox.bwrap = -1;
	if (WIFSIGNALED(status))
		s->result.bwrap_signal = WTERMSIG(status);
	s->result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
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

static int mask_credentials(struct supervisor *s, struct err *e)
{
	if (session_credentials_prepare(&s->credentials, s->options->settings, s->home, s->cwd, e) < 0)
		return -1;
	/* Whoever could write there could show other files as fakes. */
	if (s->credentials.store)
		strings_add(&s->own, s->credentials.store);
	return 0;
}

static void load_rules(struct supervisor *s)
{
	const struct store *store = &s->store;
	struct rule *rules = NULL;
	size_t count = 0;

	if (!store->ops || s->options->drop_in)
		return;
	store->ops->data_version(store->handle, &s->data_version, NULL);
	/* Without them more is asked or refused, never less. */
	if (store->ops->rules_load(store->handle, s->options->server, &rules, &count, NULL) < 0)
		return;
	for (size_t i = count; i-- > 0;)
		rule_list_add(&s->rules, &rules[i]);
	free(rules);
}

/* `hold` makes what the mounts need on the host, for a start. */
static int bwrap_words(struct supervisor *s, char **bwrap, struct strings *words, bool hold,
		       struct err *e)
{
	*bwrap = s->options->settings->bwrap_path
			 ? xstrdup(s->options->settings->bwrap_path)
			 : launch_find_program("bwrap", getenv("PATH"));
	if (!*bwrap)
		return err_code(e, ERR_UNSUPPORTED,
				"Sandbox dependencies not available: bubblewrap (bwrap) not installed%s",
				s->options->drop_in ? "" : " ('make deps' or your package manager "
							   "installs it)");
	if (access(*bwrap, X_OK) < 0)
		return err_code(e, ERR_UNSUPPORTED,
				"Sandbox dependencies not available: bubblewrap (bwrap) not executable at %s",
				*bwrap);
	if ((hold ? files_plan_and_hold(s, &s->plan, NULL, NULL, e)
		  : files_plan(s, &s->plan, NULL, e)) < 0)
		return -1;
	/* First the kernel's directories, so that a policy's mounts below /dev come on top. */
	strings_add(words, "--dev");
	strings_add(words, "/dev");
	if (!s->options->drop_in) {
		strings_add(words, "--perms");
		strings_add(words, "0700");
		strings_add(words, "--dir");
		strings_add(words, SUPERVISOR_PRIVATE_TMPDIR);
	}
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

/* libevent would write its warnings to standard error, which is the program's. */
static void keep_quiet(int severity, const char *message)
{
	(void)severity;
	(void)message;
}

static void on_hold(void *owner, const char *id)
{
	question_prolong(owner, id);
}

/* What needs no sandbox yet: done while bwrap builds it. */
static int prepare(void *arg, struct err *e)
{
	static const struct control_callbacks callbacks = { on_attached, on_answerers, on_pending,
							    on_answer, on_hold, on_rules, on_revoke,
							    on_caught_up, on_publish };
	struct supervisor *s = arg;

	if (s->options->full_network && network_begin(s, e) < 0)
		return -1;
	/* Without rules nothing in it is needed any earlier. */
	if (s->options->drop_in && s->options->open_store)
		s->store = s->options->open_store();
	event_set_log_callback(keep_quiet);
	s->base = event_base_new();
	if (!s->base)
		return err_set(e, "no event loop");
	s->journal = journal_new(s->store, s->id, s->options->server);
	journal_set_witness(s->journal, &witness, s);
	s->control = control_new(s->base, s->socket_path, &callbacks, s, e);
	if (!s->control || connections_prepare(s, e) < 0 || publish_start(s, e) < 0)
		return -1;
	begin_record(s);
	return 0;
}

/* The connection of ssh's to the proxy: by socat, as upstream does it, or else by ourselves. */
static char *ssh_proxy_command(const struct supervisor *s)
{
	_cleanup_free_ char *socat = launch_find_program("socat", getenv("PATH"));
	_cleanup_free_ char *self = socat ? NULL : realpath("/proc/self/exe", NULL);
	const char *token = supervisor_proxy_token(s);

	if (socat)
		return xasprintf("socat - PROXY:localhost:%%h:%%p,proxyport=3128%s%s%s%s",
				 token ? ",proxyauth=" : "", token ? s->options->proxy_user : "",
				 token ? ":" : "", token ? token : "");
	/* It stands in single quotes, and ssh expands "%". */
	if (!self || self[strcspn(self, "'\"\\%$` \t\n")])
		return NULL;
	return xasprintf("%s proxy-connect localhost:3128 %%h:%%p", self);
}

/* Upstream's command closes them all, or none. */
static bool judges_unix_sockets(const struct supervisor *s)
{
	return !s->options->drop_in && !s->options->settings->allow_all_unix_sockets;
}

static struct launch_allowances allowances(const struct settings *settings)
{
	return (struct launch_allowances){
		.host_proc = settings->enable_weaker_nested_sandbox,
		.nested_namespaces = settings->allow_nested_user_namespaces,
	};
}

/* As it could be given to a shell. */
static void debug_command_line(const struct supervisor *s, const char *bwrap,
			       const struct strings *mounts)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	const struct launch_allowances allow = allowances(s->options->settings);

	launch_arguments(&words, bwrap, mounts, &allow);
	for (char *const *word = s->options->command; *word; word++)
		strings_add(&words, *word);
	shell_join(&line, words.items, words.count);
	debug(s, "sandbox: ", buf_text(&line), NULL);
}

static int launch(struct supervisor *s, struct err *e)
{
	_cleanup_free_ char *bwrap = NULL;
	_cleanup_strings_ struct strings mounts = STRINGS_EMPTY, environment = STRINGS_EMPTY;
	_cleanup_strings_ struct strings devices = STRINGS_EMPTY;
	_cleanup_close_ int shim = -1;
	_cleanup_free_ char *ssh = NULL;
	struct launch_file resolver;
	char resolver_path[PATH_MAX];
	struct launch_request request = {
		.mounts = &mounts,
		.environment = &environment,
		.command = s->options->command,
		.signal_mask = &s->inherited_mask,
		.filter = { .level = watch_level(s),
			    .notify_connections = s->options->full_network,
			    .notify_unix = judges_unix_sockets(s),
			    .allow_unix_sockets = s->options->settings->allow_all_unix_sockets,
			    .allow_nested_namespaces =
				    s->options->settings->allow_nested_user_namespaces },
		.null_fd = s->options->control_fd > 0 ? s->options->control_fd : 0,
		.allow = allowances(s->options->settings),
		.early = s->options->full_network,
		.meanwhile = prepare,
		.arg = s,
	};
	struct environment_request wanted = { .inherited = environ,
					      .settings = s->options->settings,
					      .masked = &s->credentials.masked,
					      .withheld = &s->credentials.withheld,
					      .user = s->options->proxy_user,
					      .token = supervisor_proxy_token(s),
					      .tmpdir = s->options->settings->filesystem_disabled
								? NULL
								: s->options->tmpdir };

	if (s->options->tap) {
		if (stdio_tap_new(&s->tap, e) < 0)
			return -1;
		request.stdio = stdio_tap_ends(s->tap);
	}
	s->filter = request.filter;
	if (is_switched_off("path-notices"))
		request.filter.level = WATCH_NOTHING;
	if (bwrap_words(s, &bwrap, &devices, true, e) < 0)
		return -1;
	for (size_t i = 0; i < s->plan.notes.count; i++)
		debug(s, "", s->plan.notes.items[i], NULL);
	mount_plan_arguments(&s->plan, &mounts);
	strings_copy(&mounts, &devices);
	if (s->options->debug)
		debug_command_line(s, bwrap, &mounts);
	shim = launch_open_shim(e);
	if (shim < 0)
		return -1;
	ssh = ssh_proxy_command(s);
	wanted.ssh_proxy_command = ssh;
	if (s->options->settings->java_agent && access(s->options->settings->java_agent, R_OK) == 0)
		wanted.java_agent = s->options->settings->java_agent;
	environment_make(&environment, &wanted);
	if (network_resolver_file(s, &resolver, resolver_path))
		request.file = &resolver;
	request.bwrap = bwrap;
	request.shim = shim;
	request.lifeline = placeholders_lifeline(&s->placeholders);
	if (sandbox_launch(&s->sandbox, &request, e) < 0)
		return -1;
	placeholders_guard(&s->placeholders, s->sandbox.init);
	return connections_start(s, e);
}

/* Watching starts with the sandbox's own tree: its masks and its notifications. */
static int start_watching(struct supervisor *s, struct err *e)
{
	struct notifier_request request = { .unix_stubs = judges_unix_sockets(s) };
	struct masks *masks = xcalloc(1, sizeof(*masks));

	masks_find(masks, &s->plan, s->sandbox.root);
	grow_array(s->masks, s->masks_count, s->masks_capacity);
	s->masks[s->masks_count++] = masks;
	request.listener = s->sandbox.listener;
	request.root = s->sandbox.root;
	request.masks = masks;
	return notifier_start(&s->notifier, &request, e);
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

static int run_loop(struct supervisor *s, struct err *e)
{
	struct event *events[ARRAY_LENGTH(forwarded_signals) + 3];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(forwarded_signals); i++)
		events[count++] = evsignal_new(s->base, forwarded_signals[i], on_signal, s);
	events[count++] = evsignal_new(s->base, SIGCHLD, on_child, s);
	events[count++] = event_new(s->base, notifier_fd(s->notifier), EV_READ | EV_PERSIST, on_notices, s);
	events[count++] = event_new(s->base, s->sandbox.shim_socket, EV_READ, on_shim, s);
	for (size_t i = 0; i < count; i++)
		event_add(events[i], NULL);
	s->tick = event_new(s->base, -1, EV_PERSIST, on_tick, s);
	keep_ticking(s);
	s->child = s->sandbox.init;
	if (not_interrupted(s, e) == 0 && (!s->tap || stdio_tap_start(s->tap, e) == 0) &&
	    sandbox_go(&s->sandbox, e) == 0) {
		sigprocmask(SIG_SETMASK, &s->inherited_mask, NULL);
		if (s->options->control_fd >= 0)
			s->updates = policy_updates_start(s->base, s->options->control_fd,
							  &update_callbacks, s);
		while (!s->ended)
			if (event_base_dispatch(s->base) != 0)
				break;
	}
	for (size_t i = 0; i < count; i++)
		event_free(events[i]);
	event_free(s->tick);
	s->tick = NULL;
	policy_updates_free(s->updates);
	if (s->ended && s->failure) {
		err_set(e, "%s", s->failure);
		return -1;
	}
	return s->ended ? 0 : -1;
}

static void finish(struct supervisor *s)
{
	const struct store *store = &s->store;
	int64_t until = clock_mono_ms() + FINAL_FLUSH_MS;
	struct session_info info;

	/* Calls that were answered at once may be told of after their program has ended. */
	on_notices(-1, 0, s);
	for (struct asked *a = s->questions; a; a = a->next)
		if (a->held)
			question_refuse_for_now(a, "the program ended");
	count_accesses(s);
	tell_session(s);
	info = describe(s);
	s->result.report = report_make(s, &info);
	/* Another process may be writing: wait a little for history, not for ever. */
	while (store->ops && (!journal_flush(s->journal) ||
			      store->ops->session_end(store->handle, s->id, s->result.status,
						      clock_wall_ms(), NULL) < 0) &&
	       clock_mono_ms() < until)
		usleep(2000);
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
	network_free(s->network);
	publish_free(s->publishing);
	listeners_free(s->listeners);
	route_rules_free(&s->routes);
	question_free_all(s);
	files_free(s);
	control_free(s->control);
	if (s->broker_event)
		event_free(s->broker_event);
	if (s->kill)
		event_free(s->kill);
	if (s->updated)
		settings_free(s->updated);
	free(s->failure);
	free(s->banner);
	if (s->report)
		run_report_free(s->report);
	free(s->report);
	strings_free(&s->asked_ids);
	broker_free(s->broker);
	if (s->base)
		event_base_free(s->base);
	placeholders_release(&s->placeholders);
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
	session_credentials_free(&s->credentials);
	strings_free(&s->own);
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
				  .next_pin = 2 };
	s->network_settings = options->settings;
	if (options->report != RUN_REPORT_NONE)
		s->report = xcalloc(1, sizeof(*s->report));
	sandbox_init(&s->sandbox);
}

/* They wait until there is something that they can be passed on to. */
static void hold_signals(struct supervisor *s)
{
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_LENGTH(forwarded_signals); i++)
		sigaddset(&held, forwarded_signals[i]);
	sigprocmask(SIG_BLOCK, &held, &s->inherited_mask);
}

int supervisor_run(const struct supervisor_options *options, struct supervisor_result *result_out,
		   struct err *e)
{
	struct supervisor s;
	int result = -1;

	init(&s, options);
	hold_signals(&s);
	/* A program that went away must not end the supervisor: writes to it fail instead. */
	signal(SIGPIPE, SIG_IGN);
	/* One heap for all threads: the others allocate next to nothing. */
	mallopt(M_ARENA_MAX, 1);
	if (identify(&s, e) == 0 && find_own_directories(&s, e) == 0 &&
	    mask_credentials(&s, e) == 0) {
		if (options->open_store && !options->drop_in)
			s.store = options->open_store();
		load_rules(&s);
		if (launch(&s, e) == 0 && start_watching(&s, e) == 0 &&
		    self_test_begin(&s, e) == 0 && network_start(&s, e) == 0 &&
		    self_test_end(&s, e) == 0) {
			result = options->only_self_test ? 0 : run_loop(&s, e);
			result_out->banner = options->only_self_test ? steal_ptr(&s.banner) : NULL;
			if (result == 0 && !options->only_self_test) {
				finish(&s);
				*result_out = s.result;
			}
		}
		/* It was recorded already when the sandbox failed. */
		if (result < 0 && s.journal && s.store.ops)
			s.store.ops->session_end(s.store.handle, s.id, STATUS_NOT_STARTED,
						 clock_wall_ms(), NULL);
	}
	clean_up(&s);
	sigprocmask(SIG_SETMASK, &s.inherited_mask, NULL);
	/* A client that reads slowly: nothing of the session is left by now. */
	stdio_tap_finish(s.tap);
	return result;
}

int supervisor_bwrap_arguments(const struct supervisor_options *options, struct strings *out,
			       struct err *e)
{
	_cleanup_strings_ struct strings mounts = STRINGS_EMPTY, devices = STRINGS_EMPTY;
	_cleanup_free_ char *bwrap = NULL;
	const struct launch_allowances allow = allowances(options->settings);
	struct supervisor s;
	int result = -1;

	init(&s, options);
	if (identify(&s, e) == 0 && find_own_directories(&s, e) == 0 &&
	    mask_credentials(&s, e) == 0) {
		if (bwrap_words(&s, &bwrap, &devices, false, e) == 0) {
			mount_plan_arguments(&s.plan, &mounts);
			strings_copy(&mounts, &devices);
			launch_arguments(out, bwrap, &mounts, &allow);
			result = 0;
		}
	}
	clean_up(&s);
	return result;
}
