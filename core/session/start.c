/* SPDX-License-Identifier: MIT */
/*
 * Before "go": who the session is, what it may not see of ourselves, and the sandbox itself, in which the
 * shim waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/base/shell_quote.h"
#include "core/base/switches.h"
#include "core/policy/path.h"
#include "core/sandbox/environment.h"
#include "core/session/runtime_dir.h"
#include "core/session/supervisor_parts.h"

extern char **environ;

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
	_cleanup_free_ char *layers = layers_dir();
	char *slash = strrchr(database, '/');

	if (!runtime)
		return -1;
	s->socket_path = xasprintf("%s/%s.sock", runtime, s->id);
	strings_add(&s->own, runtime);
	strings_add(&s->own, config);
	strings_add(&s->own, layers);
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

/*
 * Upstream's command shows no denied read at all, and most settings have none to deny: then reading
 * costs nothing. What is hidden in any case, our own files and one directory, is not worth it.
 */
static bool hides_anything(const struct supervisor *s)
{
	const struct settings *settings = s->options->settings;

	return settings->deny_read.count || settings->credential_files.count;
}

enum watch_level start_watch_level(const struct supervisor *s)
{
	if (s->options->drop_in)
		return hides_anything(s) ? WATCH_EVERYDAY : WATCH_WRITES;
	if (s->options->level)
		return s->options->level;
	/* What is learned is what is needed, and a program that only looks for a file needs it too. */
	if (s->options->mode == MODE_LEARN)
		return WATCH_FULL;
	/* Elsewhere what is read may be wanted for an export. */
	return s->options->mode == MODE_ENFORCE ? WATCH_REFUSED : WATCH_EVERYDAY;
}

/*
 * Whether the history tells what was read, which learning is for. Masks do not see what is allowed, so
 * what they leave to the filter is no different; and nobody exports what upstream's command was seen to
 * read.
 */
static bool wants_reads(const struct supervisor *s)
{
	return s->options->mode == MODE_LEARN ||
	       (!s->options->drop_in && start_watch_level(s) >= WATCH_EVERYDAY);
}

/*
 * Whether an open that is for reading alone is worth a look: where something is hidden, and where what
 * is read is to be learned. What is hidden in every sandbox, our own files and one directory, is not
 * worth it by itself.
 */
static bool watches_reads(const struct supervisor *s)
{
	if (s->options->mode == MODE_LEARN)
		return true;
	for (size_t i = 0; i < s->plan.count; i++) {
		const struct mount *mount = &s->plan.items[i];

		if ((mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE) &&
		    mount->origin != ORIGIN_OWN && strcmp(mount->target, MOUNTS_HIDDEN_ALWAYS) != 0)
			return true;
	}
	return false;
}

/* Upstream's command closes them all, or none. */
static bool judges_unix_sockets(const struct supervisor *s)
{
	return !s->options->drop_in && !s->options->settings->allow_all_unix_sockets;
}

/* The absolute path. Caller frees. */
static char *find_bwrap(const struct supervisor *s, struct err *e)
{
	_cleanup_free_ char *bwrap = s->options->settings->bwrap_path
					     ? xstrdup(s->options->settings->bwrap_path)
					     : launch_find_program("bwrap", getenv("PATH"));

	if (!bwrap) {
		err_code(e, ERR_UNSUPPORTED,
			 "Sandbox dependencies not available: bubblewrap (bwrap) not installed%s",
			 s->options->drop_in ? "" : " ('make deps' or your package manager "
						    "installs it)");
		return NULL;
	}
	if (access(bwrap, X_OK) < 0) {
		err_code(e, ERR_UNSUPPORTED,
			 "Sandbox dependencies not available: bubblewrap (bwrap) not executable at %s",
			 bwrap);
		return NULL;
	}
	return steal_ptr(&bwrap);
}

/* What bwrap mounts by the plan. */
static void mount_words(const struct supervisor *s, struct strings *words)
{
	mount_plan_arguments(&s->plan, words);
	/* The kernel's directories come on top of the policy's mounts. */
	strings_add(words, "--dev");
	strings_add(words, "/dev");
	if (!s->options->drop_in) {
		strings_add(words, "--perms");
		strings_add(words, "0700");
		strings_add(words, "--dir");
		strings_add(words, SUPERVISOR_PRIVATE_TMPDIR);
	}
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

static struct launch_allowances allowances(const struct settings *settings)
{
	return (struct launch_allowances){
		.host_proc = settings->enable_weaker_nested_sandbox,
		.nested_namespaces = settings->allow_nested_user_namespaces,
	};
}

/* As it could be given to a shell. */
static void debug_command_line(const struct supervisor *s, const struct strings *mounts)
{
	_cleanup_free_ char *bwrap = find_bwrap(s, NULL);
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	const struct launch_allowances allow = allowances(s->options->settings);

	if (!bwrap)
		return;
	launch_arguments(&words, bwrap, mounts, &allow);
	for (char *const *word = s->options->command; *word; word++)
		strings_add(&words, *word);
	shell_join(&line, words.items, words.count);
	supervisor_debug(s, "sandbox: ", buf_text(&line), NULL);
}

int start_bwrap(struct supervisor *s, struct err *e)
{
	_cleanup_free_ char *bwrap = find_bwrap(s, e);
	_cleanup_strings_ struct strings environment = STRINGS_EMPTY, layer = STRINGS_EMPTY;
	_cleanup_close_ int shim = -1;
	_cleanup_free_ char *ssh = NULL;
	const struct settings *settings = s->options->settings;
	struct launch_request request = {
		.bwrap = bwrap,
		.environment = &environment,
		.command = s->options->command,
		.signal_mask = &s->inherited_mask,
		.allow = allowances(settings),
		.with_file = s->options->full_network,
		.early = read_masks_may_be(s),
	};
	struct environment_request wanted = {
		.inherited = environ,
		.settings = settings,
		.masked = &s->credentials.masked,
		.withheld = &s->credentials.withheld,
		.user = s->options->proxy_user,
		.token = supervisor_proxy_token(s),
		.tmpdir = settings->filesystem_disabled ? NULL : s->options->tmpdir
	};

	if (!bwrap)
		return -1;
	if (s->options->tap) {
		if (stdio_tap_new(&s->tap, e) < 0)
			return -1;
		request.stdio = stdio_tap_ends(s->tap);
	}
	shim = launch_open_shim(e);
	if (shim < 0 || placeholders_open_lifeline(&s->placeholders, e) < 0)
		return -1;
	request.shim = shim;
	request.lifeline = placeholders_lifeline(&s->placeholders);
	ssh = ssh_proxy_command(s);
	wanted.ssh_proxy_command = ssh;
	if (settings->java_agent && access(settings->java_agent, R_OK) == 0)
		wanted.java_agent = settings->java_agent;
	environment_make(&environment, &wanted);
	if (s->learning.layer.directory) {
		layer_words(&s->learning.layer, &layer);
		request.before = &layer;
	}
	return sandbox_spawn(&s->sandbox, &request, e);
}

static int choose_filter(void *arg, struct filter_request *filter, struct err *e)
{
	struct supervisor *s = arg;

	if (read_masks_serve(s, filter, e) < 0)
		return -1;
	s->filter = *filter;
	return 0;
}

int start_sandbox(struct supervisor *s, int (*meanwhile)(void *supervisor, struct err *e),
		  struct err *e)
{
	_cleanup_strings_ struct strings mounts = STRINGS_EMPTY;
	struct launch_file resolver;
	char resolver_path[PATH_MAX];
	struct launch_plan plan = {
		.mounts = &mounts,
		.allow = allowances(s->options->settings),
		.filter = { .level = start_watch_level(s),
			    .notify_connections = s->options->full_network,
			    .notify_unix = judges_unix_sockets(s),
			    .allow_unix_sockets = s->options->settings->allow_all_unix_sockets,
			    .allow_nested_namespaces =
				    s->options->settings->allow_nested_user_namespaces },
		.null_fd = s->options->control_fd > 0 ? s->options->control_fd : 0,
		.meanwhile = meanwhile,
		.arg = s,
	};

	if (files_plan_and_hold(s, &s->plan, NULL, NULL, e) < 0)
		return -1;
	plan.filter.no_reads = !watches_reads(s);
	s->filter = plan.filter;
	s->wants_masks = read_masks_wanted(s, &plan.filter);
	if (s->wants_masks)
		plan.before_filter = choose_filter;
	if (is_switched_off("path-notices"))
		plan.filter.level = WATCH_NOTHING;
	for (size_t i = 0; i < s->plan.notes.count; i++)
		supervisor_debug(s, "", s->plan.notes.items[i], NULL);
	mount_words(s, &mounts);
	network_hide_name_services(s, &mounts);
	if (s->options->debug)
		debug_command_line(s, &mounts);
	if (network_resolver_file(s, &resolver, resolver_path))
		plan.file = &resolver;
	if (sandbox_build(&s->sandbox, &plan, e) < 0)
		return -1;
	placeholders_guard(&s->placeholders, s->sandbox.init);
	return 0;
}

/* Watching starts with the sandbox's own tree: its masks and its notifications. */
void start_watching(struct supervisor *s)
{
	struct notifier_request request = { .unix_stubs = judges_unix_sockets(s),
					    .looks = s->options->mode == MODE_LEARN,
					    .spares_reads = !wants_reads(s),
					    .sees_exec = s->filter.level >= WATCH_REFUSED &&
							 !is_switched_off("path-notices") };
	struct masks *masks = xcalloc(1, sizeof(*masks));

	masks_find(masks, &s->plan, s->sandbox.root);
	grow_array(s->masks, s->masks_count, s->masks_capacity);
	s->masks[s->masks_count++] = masks;
	request.listener = s->sandbox.listener;
	request.root = s->sandbox.root;
	request.masks = masks;
	request.no_network = s->options->full_network;
	notifier_watch(s->notifier, &request);
}

int start_prepare(struct supervisor *s, struct err *e)
{
	if (identify(s, e) < 0 || find_own_directories(s, e) < 0)
		return -1;
	files_find_project_files(s);
	return mask_credentials(s, e) < 0 ? -1 : learning_prepare(s, e);
}

int start_show_words(struct supervisor *s, struct strings *out, struct err *e)
{
	_cleanup_strings_ struct strings mounts = STRINGS_EMPTY;
	_cleanup_free_ char *bwrap = find_bwrap(s, e);
	const struct launch_allowances allow = allowances(s->options->settings);

	if (!bwrap || files_plan(s, &s->plan, NULL, e) < 0)
		return -1;
	mount_words(s, &mounts);
	launch_arguments(out, bwrap, &mounts, &allow);
	return 0;
}
