/* SPDX-License-Identifier: MIT */
/*
 * srt-top run and learn: everything up to the supervisor. What goes wrong here is said in one line, and
 * the exit status is 125: the command did not run.
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/history.h"
#include "core/main/nested.h"
#include "core/session/published.h"
#include "core/main/report.h"
#include "core/main/report_file.h"
#include "core/main/session_drift.h"
#include "core/main/settings_in_force.h"
#include "core/session/runtime_dir.h"
#include "core/session/server_name.h"
#include "core/session/supervisor.h"

#define STATUS_NOT_STARTED 125
#define HOLD_MOST 86400
#define PUBLISHED_MOST 64

struct run_options {
	const char *name;
	const char *settings;
	const char *command_string;
	enum mode mode;
	enum watch_level level;
	enum learn_net learn_net;
	enum learn_writes learn_writes;
	bool says_learning; /* an option that means nothing in other modes was given */
	int hold;
	bool awaited;
	bool print_bwrap;
	bool proxy_only;
	bool tap;
	const char *report;
	struct published_port published[PUBLISHED_MOST];
	size_t published_count;
};

static int parse_hold(const char *text, int *hold, struct err *e)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < 0 || value > HOLD_MOST)
		return err_set(e, "--hold wants a number of seconds from 0 to %d, not \"%s\"",
			       HOLD_MOST, text);
	*hold = (int)value;
	return 0;
}

/* HOSTPORT:PORT */
static int parse_published(const char *text, struct run_options *o, struct err *e)
{
	struct published_port port;

	if (!published_parse(text, &port))
		return err_set(e, "-p wants HOSTPORT:PORT, not \"%s\"", text);
	if (o->published_count == PUBLISHED_MOST)
		return err_set(e, "at most %d ports can be published", PUBLISHED_MOST);
	o->published[o->published_count++] = port;
	return 0;
}

static int check_name(const char *name, struct err *e)
{
	if (!*name || strlen(name) > 128 ||
	    name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@")])
		return err_set(e, "a name is made of up to 128 letters, digits and . _ - @, unlike \"%s\"",
			       name);
	return 0;
}

static int parse_learn_net(const char *text, struct run_options *o, struct err *e)
{
	if (strcmp(text, "ask") != 0 && strcmp(text, "allow") != 0)
		return err_set(e, "--net wants ask or allow, not \"%s\"", text);
	o->learn_net = strcmp(text, "ask") == 0 ? LEARN_NET_ASK : LEARN_NET_ALLOW;
	o->says_learning = true;
	return 0;
}

static int parse_learn_writes(const char *text, struct run_options *o, struct err *e)
{
	static const char *const names[] = { [LEARN_WRITES_LAYER] = "layer",
					     [LEARN_WRITES_ASK] = "ask",
					     [LEARN_WRITES_THROUGH] = "through" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (names[i] && strcmp(text, names[i]) == 0) {
			o->learn_writes = (enum learn_writes)i;
			o->says_learning = true;
			return 0;
		}
	return err_set(e, "--writes wants layer, ask or through, not \"%s\"", text);
}

enum { OPTION_HOLD = 256, OPTION_NETWORK, OPTION_PRINT_BWRAP, OPTION_TAP, OPTION_REPORT,
       OPTION_WATCH, OPTION_NET, OPTION_WRITES, OPTION_AWAITED };

/* 0, 1: help was printed, or -1 with *e. The command starts at argv[*first]. */
static int parse(int argc, char **argv, struct run_options *o, int *first, struct err *e)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "settings", required_argument, NULL, 's' },
		{ "mode", required_argument, NULL, 'm' },
		{ "publish", required_argument, NULL, 'p' },
		{ "hold", required_argument, NULL, OPTION_HOLD },
		{ "network", required_argument, NULL, OPTION_NETWORK },
		{ "watch", required_argument, NULL, OPTION_WATCH },
		{ "net", required_argument, NULL, OPTION_NET },
		{ "writes", required_argument, NULL, OPTION_WRITES },
		{ "print-bwrap", no_argument, NULL, OPTION_PRINT_BWRAP },
		{ "tap", no_argument, NULL, OPTION_TAP },
		{ "awaited", no_argument, NULL, OPTION_AWAITED },
		{ "report", required_argument, NULL, OPTION_REPORT },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	optind = 1;
	opterr = 0;
	/* "+": the command's own options are its own. */
	while ((option = getopt_long(argc, argv, "+:n:s:m:c:p:h", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			o->name = optarg;
			if (check_name(optarg, e) < 0)
				return -1;
			break;
		case 's':
			o->settings = optarg;
			break;
		case 'm':
			if (!mode_parse(optarg, &o->mode))
				return err_set(e, "the mode is ask, enforce or learn, not \"%s\"", optarg);
			break;
		case 'c':
			o->command_string = optarg;
			break;
		case 'p':
			if (parse_published(optarg, o, e) < 0)
				return -1;
			break;
		case OPTION_HOLD:
			if (parse_hold(optarg, &o->hold, e) < 0)
				return -1;
			break;
		case OPTION_NETWORK:
			if (strcmp(optarg, "proxy") != 0 && strcmp(optarg, "full") != 0)
				return err_set(e, "the network is full or proxy, not \"%s\"", optarg);
			o->proxy_only = strcmp(optarg, "proxy") == 0;
			break;
		case OPTION_WATCH:
			if (!watch_level_parse(optarg, &o->level))
				return err_set(e, "what to watch is refused, everyday or full, not \"%s\"", optarg);
			break;
		case OPTION_NET:
			if (parse_learn_net(optarg, o, e) < 0)
				return -1;
			break;
		case OPTION_WRITES:
			if (parse_learn_writes(optarg, o, e) < 0)
				return -1;
			break;
		case OPTION_PRINT_BWRAP:
			o->print_bwrap = true;
			break;
		case OPTION_AWAITED:
			o->awaited = true;
			break;
		case OPTION_REPORT:
			o->report = optarg;
			break;
		case OPTION_TAP:
			o->tap = true;
			break;
		case 'h':
			command_print_usage(argv[0]);
			return 1;
		case ':':
			return err_set(e, "%s wants a value", argv[optind - 1]);
		default:
			return err_set(e, "there is no option %s ('srt-top run --help' lists them)",
				       argv[optind - 1]);
		}
	}
	if (o->mode != MODE_LEARN && (o->says_learning || strcmp(argv[0], "learn") == 0))
		return err_set(e, "%s for learning: -m learn",
			       o->says_learning ? "--net and --writes are" : "srt-top learn is");
	*first = optind;
	return 0;
}

static int print_words(const struct supervisor_options *options, struct err *e)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;

	if (supervisor_bwrap_arguments(options, &words, e) < 0)
		return -1;
	for (char *const *word = options->command; *word; word++)
		strings_add(&words, *word);
	for (size_t i = 0; i < words.count; i++)
		fwrite(words.items[i], 1, strlen(words.items[i]) + 1, stdout);
	return 0;
}

static int run(struct supervisor_options *options, const struct run_options *o, int *status,
	       struct err *e)
{
	_cleanup_in_force_ struct settings_in_force in_force = { .settings = NULL };
	struct report_file report = { .directory = -1 };
	struct supervisor_result result = { .report = NULL };

	if (settings_in_force_load(&in_force, o->settings, e) < 0)
		return -1;
	options->settings = in_force.settings;
	options->settings_path = in_force.path;
	options->settings_nameless = in_force.nameless;
	if (o->print_bwrap) {
		*status = 0;
		return print_words(options, e);
	}
	if (o->report && report_file_open(&report, o->report, &options->report, e) < 0)
		return -1;
	options->open_store = history_open;
	options->drift = &session_drift;
	if (supervisor_run(options, &result, e) < 0) {
		nested_explain(e);
		close_fd(&report.directory);
		return -1;
	}
	/* The status is the program's in any case. */
	if (result.report && report_file_write(&report, result.report, e) < 0)
		report_warning(e);
	free(result.report);
	*status = result.status;
	return 0;
}

int cmd_run(int argc, char **argv)
{
	const bool learns = strcmp(argv[0], "learn") == 0;
	struct run_options o = { .mode = learns ? MODE_LEARN : MODE_ASK, .hold = -1 };
	char shell_path[] = "/bin/sh", shell_option[] = "-c";
	char *shell[] = { shell_path, shell_option, NULL, NULL };
	_cleanup_free_ char *name = NULL;
	struct supervisor_options options = { .proxy_user = "srt",
					      .tmpdir = SUPERVISOR_PRIVATE_TMPDIR,
					      .control_fd = -1 };
	int first = argc, status = 0, parsed;
	struct err e = { 0 };

	parsed = parse(argc, argv, &o, &first, &e);
	if (parsed > 0)
		return 0;
	shell[2] = (char *)o.command_string;
	options.command = o.command_string ? shell : argv + first;
	if (parsed == 0 && (o.command_string ? !*o.command_string : first >= argc))
		parsed = err_set(&e, "what to run? Try: srt-top %s -- COMMAND…", argv[0]);
	if (parsed == 0) {
		name = o.name ? xstrdup(o.name) : server_name_of(options.command);
		options.server = name;
		options.mode = o.mode;
		options.level = o.level;
		options.learn_net = o.learn_net;
		options.learn_writes = o.learn_writes;
		options.hold_seconds = o.hold;
		options.awaited = o.awaited;
		options.full_network = !o.proxy_only;
		options.tap = o.tap;
		options.published = o.published;
		options.published_count = o.published_count;
		parsed = run(&options, &o, &status, &e);
	}
	if (parsed < 0) {
		/* The settings' messages are upstream's, some of two lines. */
		for (char *c = strchr(e.message, '\n'); c; c = strchr(c, '\n'))
			*c = ' ';
		fprintf(stderr, "srt-top: %s\n", e.message);
		return STATUS_NOT_STARTED;
	}
	return status;
}
