/* SPDX-License-Identifier: MIT */
#include "core/base/srt_options.h"

#include <limits.h>
#include <string.h>

#include "core/base/mem.h"

enum { OPTION_VERSION, OPTION_DEBUG, OPTION_SETTINGS, OPTION_COMMAND, OPTION_CONTROL_FD };

static const struct option {
	const char *letter; /* with the dash; NULL = none */
	const char *name;   /* with the dashes; NULL = none */
	bool takes_value;
	const char *shown; /* in messages */
} options_known[] = {
	[OPTION_VERSION] = { "-V", "--version", false, "-V, --version" },
	[OPTION_DEBUG] = { "-d", "--debug", false, "-d, --debug" },
	[OPTION_SETTINGS] = { "-s", "--settings", true, "-s, --settings <path>" },
	[OPTION_COMMAND] = { "-c", NULL, true, "-c <command>" },
	[OPTION_CONTROL_FD] = { NULL, "--control-fd", true, "--control-fd <fd>" },
};

static const char *const subcommands[] = { "windows-install", "windows-uninstall", "proxy" };

struct parser {
	struct srt_options *options;
	bool done; /* --version ends it where it stands */
	struct err *e;
};

void srt_options_free(struct srt_options *options)
{
	strings_free(&options->words);
}

static bool is(const char *known, const char *text, size_t length)
{
	return known && strlen(known) == length && strncmp(known, text, length) == 0;
}

/* Index of the option with exactly this spelling, or -1. */
static int find(const char *text, size_t length)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options_known); i++)
		if (is(options_known[i].letter, text, length) || is(options_known[i].name, text, length))
			return (int)i;
	return -1;
}

static int parse_control_fd(struct parser *p, const char *value)
{
	long number = 0;

	for (const char *c = value; *c; c++) {
		if (*c < '0' || *c > '9')
			goto invalid;
		if (number <= INT_MAX)
			number = number * 10 + (*c - '0');
	}
	if (number < 3 || number > INT_MAX)
		goto invalid;
	p->options->control_fd = (int)number;
	return 0;
invalid:
	return err_set(p->e,
		       "option '%s' argument '%.300s' is invalid. must be an integer file descriptor "
		       ">= 3 (0-2 are stdin, stdout and stderr).",
		       options_known[OPTION_CONTROL_FD].shown, value);
}

static int take(struct parser *p, int option, const char *value)
{
	switch (option) {
	case OPTION_VERSION:
		p->options->action = SRT_VERSION;
		p->done = true;
		return 0;
	case OPTION_DEBUG:
		p->options->debug = true;
		return 0;
	case OPTION_SETTINGS:
		p->options->settings = *value ? value : NULL; /* "$VARIABLE" that is not set */
		return 0;
	case OPTION_COMMAND:
		p->options->command_string = value;
		return 0;
	default:
		return parse_control_fd(p, value);
	}
}

/* A cluster of letters, "-dsFILE": 1 where all of it was taken, 0 from `*rest` on not, or -1. */
static int take_cluster(struct parser *p, const char *word, char **rest)
{
	_cleanup_free_ char *left = xstrdup(word);

	while (left[1] && left[2] && left[1] != '-') {
		int option = find(left, 2);

		if (option < 0)
			break;
		if (options_known[option].takes_value)
			return take(p, option, word + strlen(word) - strlen(left + 2)) < 0 ? -1 : 1;
		if (take(p, option, NULL) < 0)
			return -1;
		if (p->done)
			return 1;
		memmove(left + 1, left + 2, strlen(left + 2) + 1);
	}
	*rest = steal_ptr(&left);
	return 0;
}

/* 1 where the word was an option (and *used words after it its value), 0 where not, or -1. */
static int take_option(struct parser *p, const char *word, const char *next, int *used)
{
	const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
	int option = find(word, strlen(word));

	*used = 0;
	if (option >= 0 && !options_known[option].takes_value)
		return take(p, option, NULL) < 0 ? -1 : 1;
	if (option >= 0) {
		if (!next)
			return err_set(p->e, "option '%s' argument missing",
				       options_known[option].shown);
		*used = 1;
		return take(p, option, next) < 0 ? -1 : 1;
	}
	option = equals ? find(word, (size_t)(equals - word)) : -1;
	if (option >= 0 && options_known[option].takes_value)
		return take(p, option, equals + 1) < 0 ? -1 : 1;
	return 0;
}

static bool names_subcommand(const char *word)
{
	for (size_t i = 0; i < ARRAY_LENGTH(subcommands); i++)
		if (strcmp(word, subcommands[i]) == 0)
			return true;
	return false;
}

/*
 * From the first unknown option on, all words count as unknown: help is looked for among those,
 * and "--" does not go away any more.
 */
static int parse(struct parser *p, int argc, char *const *argv)
{
	struct srt_options *options = p->options;
	size_t operands = 0;
	bool unknown = false;

	for (int i = 1; i < argc && !p->done; i++) {
		const char *word = argv[i];
		_cleanup_free_ char *rest = NULL;
		bool dashed = word[0] == '-' && word[1];
		int taken = 0, used = 0;

		if (strcmp(word, "--") == 0) {
			for (int k = i + !unknown; k < argc; k++)
				strings_add(&options->words, argv[k]);
			break;
		}
		if (dashed)
			taken = take_option(p, word, argv[i + 1], &used);
		if (taken == 0 && dashed && word[1] != '-') {
			taken = take_cluster(p, word, &rest);
			/* What is left of a cluster is looked at once more, now as a word of its own. */
			if (taken == 0 && strcmp(rest, word) != 0)
				taken = take_option(p, rest, argv[i + 1], &used);
		}
		if (taken < 0)
			return -1;
		i += used;
		if (taken)
			continue;
		unknown |= dashed;
		operands += !unknown;
		strings_add(&options->words, rest ? rest : word);
	}
	if (p->done)
		return 0;
	if (!unknown)
		operands = options->words.count;
	for (size_t i = operands; i < options->words.count; i++)
		if (strcmp(options->words.items[i], "-h") == 0 ||
		    strcmp(options->words.items[i], "--help") == 0)
			options->action = SRT_HELP;
	if (operands && names_subcommand(options->words.items[0]))
		options->action = SRT_SUBCOMMAND;
	return 0;
}

int srt_options_parse(struct srt_options *options, int argc, char *const *argv, struct err *e)
{
	struct parser p = { .options = options, .e = e };

	*options = (struct srt_options){ .control_fd = -1 };
	return parse(&p, argc, argv);
}
