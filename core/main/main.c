/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/dashboard_exports.h"
#include "core/main/dashboard_history.h"
#include "core/main/dashboard_layers.h"
#include "core/main/report.h"
#include "core/sandbox/layer.h"
#include "core/session/runtime_dir.h"
#include "tui/app.h"
#include "tui/kept_log.h"
#include "tui/plain.h"

static const struct command {
	const char *name;
	int (*function)(int argc, char **argv);
	const char *usage;
	const char *help;
} commands[] = {
	{ "run", cmd_run,
	  "[-n NAME] [-s FILE] [-m ask|enforce|learn] [--hold SECONDS] [-p HOSTPORT:PORT]\n"
	  "                   [--network full|proxy] [--watch refused|everyday|full] [--tap]\n"
	  "                   [--report FILE] [--print-bwrap]\n"
	  "                   [-c STRING] [--] CMD...",
	  "run a command in the sandbox" },
	{ "learn", cmd_run,
	  "[-n NAME] [--net ask|allow] [--writes layer|ask|through] [OPTION OF run...]\n"
	  "                     [--] CMD...",
	  "run a command to find out what it needs" },
	{ "sessions", cmd_sessions, "[--json] [--name NAME] [--follow] [--denied]",
	  "list what runs and what ran" },
	{ "pending", cmd_pending, "[--json] [--name NAME] [--follow] [--denied]",
	  "list the questions that are open" },
	{ "answer", cmd_answer,
	  "ID allow|deny [--scope exact|file|dir|host|domain]\n"
	  "                      [--for once|session|always]",
	  "answer a question" },
	{ "publish", cmd_publish, "SESSION HOSTPORT:PORT",
	  "let the host reach a port of a server inside" },
	{ "events", cmd_events, "[--json] [--name NAME] [--follow] [--denied]",
	  "list what was allowed and refused" },
	{ "rules", cmd_rules,
	  "[list] [--json] [--name NAME] [--follow] [--denied]\n"
	  "       srt-top rules add --name NAME allow|deny read|write|exec|connect OBJECT\n"
	  "                     [--scope exact|file|dir|host|domain] [--json]\n"
	  "       srt-top rules rm NUMBER|SESSION:NUMBER...",
	  "list, add and remove the answers that are kept" },
	{ "export", cmd_export, "NAME [-o FILE [--merge | --replace]] [--reads closed|open]\n"
	  "                      [--explain] [--relative] [--without SESSION[,SESSION...]]",
	  "write the settings file that a server needs" },
	{ "verify", cmd_verify, "NAME [-s FILE] [--json] [--without SESSION[,SESSION...]]",
	  "judge what was recorded under a settings file" },
	{ "prove", cmd_prove,
	  "NAME [-s FILE] [--runs N] [--timeout SECONDS] [--most N] [--again]\n"
	  "                     [--json] [--without SESSION[,SESSION...]] -- CMD...",
	  "run a command without each rule in turn" },
	{ "review", cmd_review, "NAME [-s FILE] [--diff] [--json]\n"
	  "                      [--keep all|none|PATH... | --drop all|PATH...]",
	  "show what was written while learning, keep it or not" },
	{ "wrap", cmd_wrap, "[-m ask|enforce|learn] [-s FILE] [--dry-run] FILE [SERVER...]",
	  "run the servers of an MCP client in the sandbox" },
	{ "unwrap", cmd_wrap, "[--dry-run] FILE [SERVER...]", "undo that" },
	{ "check", cmd_check, "FILE [--json]", "validate a settings file" },
	{ "doctor", cmd_doctor, "[--json]", "tell what this machine can enforce and see" },
};

void command_print_usage(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			printf("usage: srt-top %s %s\n\n%s; see srt-top(1)\n", name,
			       commands[i].usage, commands[i].help);
}

static void print_help(void)
{
	fputs("usage: srt-top [--session ID] [--plain] [--ascii] [--no-colour] [--no-mouse]\n"
	      "       srt-top COMMAND [ARGUMENT...]\n\n"
	      "Without a command: the dashboard over every running session.\n\n",
	      stdout);
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\nsrt-top COMMAND --help tells more; see srt-top(1)\n", stdout);
}

static int run_dashboard(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	_cleanup_free_ char *directory = NULL, *state = NULL, *config = NULL;
	_cleanup_free_ char *config_file = NULL;
	struct preferences preferences;
	struct app_options options = { .no_colour = false, .preferences = &preferences };
	const char *no_color = getenv("NO_COLOR");
	bool help = false, version = false, plain = false;
	const struct option_spec specs[] = {
		{ 'h', "help", &help, NULL },
		{ 'V', "version", &version, NULL },
		{ 0, "ascii", &options.ascii, NULL },
		{ 0, "no-colour", &options.no_colour, NULL },
		{ 0, "no-color", &options.no_colour, NULL },
		{ 0, "no-mouse", &options.no_mouse, NULL },
		{ 0, "plain", &plain, NULL },
		{ 0, "session", NULL, &options.only_session },
	};
	struct err e;
	int result;

	if (options_parse(specs, ARRAY_LENGTH(specs), argc, argv, &operands, &e) < 0)
		return report_misuse("", &e);
	if (help)
		print_help();
	if (version)
		printf("srt-top %s\n", SRT_TOP_VERSION);
	if (help || version)
		return report_end();
	if (operands.count) {
		err_set(&e, "the command has to come first");
		return report_misuse("", &e);
	}
	if (no_color && *no_color)
		options.no_colour = true;
	directory = runtime_dir(&e);
	if (!directory)
		return report_failure(&e);
	config = config_dir();
	config_file = xasprintf("%s/config.json", config);
	if (preferences_load(&preferences, config_file, &e) < 0)
		return report_failure(&e);
	options.ascii |= preferences.ascii;
	options.runtime_dir = directory;
	state = database_path();
	*strrchr(state, '/') = '\0';
	options.state_dir = state;
	if (!plain) {
		options.history = dashboard_history_new();
		options.background = dashboard_history_new();
		options.exports = dashboard_exports_new();
		options.layers = dashboard_layers_new();
	}
	result = plain ? plain_run(&options, &e) : app_run(&options, &e);
	return result < 0 ? report_failure(&e) : 0;
}

/* A file that is opened later must not become what the program inside takes for its output. */
static void open_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "srt-top";
	struct err e;

	open_standard_descriptors();
	/* `run` shows nothing, and its start is what people wait for. */
	if (strcmp(name, "srt") == 0)
		return cmd_srt(argc, argv);
	if (argc < 2 || (strcmp(argv[1], "run") != 0 && strcmp(argv[1], "learn") != 0))
		setlocale(LC_CTYPE, "");
	if (argc < 2 || argv[1][0] == '-')
		return run_dashboard(argc, argv);
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].function(argc - 1, argv + 1);
	if (strcmp(argv[1], "proxy-connect") == 0)
		return cmd_proxy_connect(argc - 1, argv + 1);
	if (strcmp(argv[1], "keep-log") == 0 && argc == 3)
		return kept_log_run(STDIN_FILENO, argv[2], KEPT_LOG_MOST) < 0;
	if (strcmp(argv[1], "layer-run") == 0)
		return layer_run(argc - 2, argv + 2);
	if (strcmp(argv[1], "help") == 0) {
		print_help();
		return report_end();
	}
	err_set(&e, "there is no command \"%.200s\"; see srt-top --help", argv[1]);
	report_warning(&e);
	return 2;
}
