/* SPDX-License-Identifier: MIT */
/*
 * `srt`: upstream's command. What it takes, says and returns is upstream's (srt(1)); what runs
 * behind it is the same supervisor as that of `srt-top run`, with the settings file alone to
 * decide.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/base/shell_quote.h"
#include "core/base/srt_options.h"
#include "core/main/commands.h"
#include "core/main/history.h"
#include "core/main/report.h"
#include "core/main/settings_in_force.h"
#include "core/policy/settings_hints.h"
#include "core/sandbox/launch.h"
#include "core/session/policy_updates.h"
#include "core/session/runtime_dir.h"
#include "core/session/server_name.h"
#include "core/session/supervisor.h"

/* The release whose behaviour this is: scripts ask for it. */
#define UPSTREAM_VERSION "0.0.83"

#define ATTRIBUTION_UNITS 100
#define USER_MOST 255

static void print_help(void)
{
	fputs("Usage: srt [options] [command] [command...]\n\n"
	      "Run a command in a sandbox that restricts its network and files\n\n"
	      "Options:\n"
	      "  -V, --version          print the version of the behaviour\n"
	      "  -d, --debug            say on standard error what happens\n"
	      "  -s, --settings <path>  settings file (default: ~/.srt-settings.json)\n"
	      "  -c <command>           run this text with the shell, as it is\n"
	      "  --control-fd <fd>      read further policies from an inherited descriptor >= 3,\n"
	      "                         one settings file a line\n"
	      "  -h, --help             show this\n\n"
	      "Options are taken from anywhere before \"--\". See srt(1), srt-settings.json(5) and\n"
	      "srt-top(1).\n",
	      stdout);
}

static int fail(const struct err *e)
{
	fprintf(stderr, "Error: %s\n", e->message);
	return 1;
}

static void debug(const struct srt_options *o, const char *what, const char *text)
{
	_cleanup_free_ char *shown = o->debug ? escape_string(text) : NULL;

	if (o->debug)
		fprintf(stderr, "[SandboxDebug] %s%s\n", what, shown);
}

/*
 * The user name in the proxies' URLs tells which command a connection came from: upstream's
 * form is "srt." and the base64 of the command's first 100 UTF-16 units.
 */
static char *proxy_user(const char *command)
{
	_cleanup_buf_ struct buf start = BUF_EMPTY, user = BUF_EMPTY;
	size_t length = strlen(command), units = 0;

	for (size_t at = 0; at < length && units < ATTRIBUTION_UNITS;) {
		uint32_t code = 0;
		size_t bytes = utf8_decode(command + at, length - at, &code);
		bool pair = code > 0xffff;

		/* Half a pair, like bytes that are no UTF-8, is what JavaScript makes of it: U+FFFD. */
		if (!bytes || (pair && units + 1 == ATTRIBUTION_UNITS))
			buf_adds(&start, "\xef\xbf\xbd");
		else
			buf_add(&start, command + at, bytes);
		units += pair ? 2 : 1;
		at += bytes ? bytes : 1;
	}
	buf_adds(&user, "srt.");
	base64_add(&user, buf_text(&start), start.length);
	return user.length > USER_MOST ? xstrdup("srt") : buf_steal(&user);
}

/* What the history calls it: by the first words, as it would be without a shell. */
static char *session_name(const struct srt_options *o, const char *command)
{
	_cleanup_free_ char *copy = NULL;
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	char *rest = NULL;

	if (!o->command_string || !*o->command_string)
		return server_name_of(o->words.items);
	copy = xstrdup(command);
	for (char *word = strtok_r(copy, " \t\n;|&()'\"", &rest); word;
	     word = strtok_r(NULL, " \t\n;|&()'\"", &rest))
		strings_add(&words, word);
	return words.count ? server_name_of(words.items) : xstrdup("srt");
}

static int find_settings(const struct srt_options *o, struct settings_in_force *in_force, struct err *e)
{
	_cleanup_strings_ struct strings hints = STRINGS_EMPTY;
	int result = settings_in_force_load(in_force, o->settings, e);

	debug(o, in_force->path || in_force->nameless ? "settings file: " :
							"no settings file, built-in defaults: ",
	      in_force->looked_at);
	if (in_force->settings)
		settings_hint_unknown_keys(in_force->settings, &hints);
	for (size_t i = 0; i < hints.count; i++)
		debug(o, "", hints.items[i]);
	return result;
}

static const char *first_set(const char *one, const char *other, const char *otherwise)
{
	const char *value = getenv(one);

	if (!value || !*value)
		value = getenv(other);
	return value && *value ? value : otherwise;
}

/* Dies as the signal has it, for whoever looks. */
static int die_by(int number)
{
	sigset_t only;

	signal(number, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(number);
	return 128 + number;
}

static int exit_status(const struct supervisor_result *result)
{
	if (result->ended_by == SIGHUP || result->ended_by == SIGQUIT)
		return die_by(result->ended_by);
	if (result->ended_by || result->bwrap_signal == SIGINT || result->bwrap_signal == SIGTERM)
		return 0;
	if (!result->bwrap_signal)
		return result->status;
	fprintf(stderr, "Process killed by signal: SIG%s\n", sigabbrev_np(result->bwrap_signal));
	return 1;
}

static int run(const struct srt_options *o)
{
	_cleanup_in_force_ struct settings_in_force in_force = { .settings = NULL };
	_cleanup_free_ char *shell_path = NULL, *user = NULL, *name = NULL;
	_cleanup_buf_ struct buf command = BUF_EMPTY;
	char shell_option[] = "-c";
	struct supervisor_options options = { .mode = MODE_ENFORCE,
					      .drop_in = true,
					      .hold_seconds = 0,
					      .control_fd = o->control_fd,
					      .proxy_environment = environ,
					      .debug = o->debug,
					      .open_store = o->debug ? history_open :
								    history_open_silently };
	const char *network = getenv("SRT_TOP_NETWORK");
	struct supervisor_result result;
	struct err e;

	options.full_network = network && strcmp(network, "transparent") == 0;
	if (o->control_fd >= 0 && policy_updates_probe(o->control_fd, &e) < 0)
		return fail(&e);
	if (find_settings(o, &in_force, &e) < 0)
		return fail(&e);
	if (o->command_string && *o->command_string)
		buf_adds(&command, o->command_string);
	else
		shell_join(&command, o->words.items, o->words.count);
	if (!command.length) {
		err_set(&e, "No command specified. Use -c <command> or provide command arguments.");
		return fail(&e);
	}
	/* Upstream has bash alone; any shell runs words, and most texts. */
	shell_path = launch_find_program("bash", getenv("PATH"));
	if (!shell_path)
		shell_path = xstrdup("/bin/sh");
	user = proxy_user(command.data);
	name = session_name(o, command.data);
	options.server = name;
	options.command = (char *[]){ shell_path, shell_option, command.data, NULL };
	options.settings = in_force.settings;
	options.settings_path = in_force.path;
	options.settings_nameless = in_force.nameless;
	options.proxy_user = user;
	options.tmpdir = first_set("CLAUDE_CODE_TMPDIR", "CLAUDE_TMPDIR", "/tmp/claude");
	debug(o, "command: ", command.data);
	if (supervisor_run(&options, &result, &e) < 0)
		return fail(&e);
	return exit_status(&result);
}

int cmd_srt(int argc, char **argv)
{
	struct srt_options o;
	const char *debugging = getenv("SRT_DEBUG");
	struct err e;
	int status;

	if (srt_options_parse(&o, argc, argv, &e) < 0) {
		fprintf(stderr, "error: %s\n", e.message);
		srt_options_free(&o);
		return 1;
	}
	if (debugging && *debugging)
		o.debug = true;
	switch (o.action) {
	case SRT_HELP:
		print_help();
		status = report_end();
		break;
	case SRT_VERSION:
		puts(UPSTREAM_VERSION);
		status = report_end();
		break;
	case SRT_SUBCOMMAND:
		err_set(&e, "%s is not supported here", o.words.items[0]);
		fail(&e);
		/* Upstream's stand-alone proxy has statuses of its own. */
		status = strcmp(o.words.items[0], "proxy") == 0 ? 2 : 1;
		break;
	default:
		status = run(&o);
		break;
	}
	srt_options_free(&o);
	return status;
}
