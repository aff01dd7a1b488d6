/* SPDX-License-Identifier: MIT */
#include "core/base/options.h"

#include <string.h>

struct parser {
	const struct option_spec *specs;
	size_t count;
	int argc;
	char *const *argv;
	int next; /* the word to take next */
};

static int take_value(struct parser *parser, const struct option_spec *spec, const char *attached,
		      const char *shown, struct err *e)
{
	if (attached) {
		*spec->value = attached;
		return 0;
	}
	if (parser->next == parser->argc)
		return err_set(e, "the option %s needs a value", shown);
	*spec->value = parser->argv[parser->next++];
	return 0;
}

static int take_long(struct parser *parser, const char *word, struct err *e)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);

	for (size_t i = 0; i < parser->count; i++) {
		const struct option_spec *spec = &parser->specs[i];

		if (!spec->name || strlen(spec->name) != length - 2 ||
		    strncmp(spec->name, word + 2, length - 2) != 0)
			continue;
		if (spec->value)
			return take_value(parser, spec, equals ? equals + 1 : NULL, word, e);
		if (equals)
			return err_set(e, "the option --%s takes no value", spec->name);
		*spec->flag = true;
		return 0;
	}
	return err_set(e, "there is no option %.*s", (int)(length < 200 ? length : 200), word);
}

static int take_letters(struct parser *parser, const char *word, struct err *e)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const struct option_spec *spec = NULL;

		for (size_t i = 0; i < parser->count && !spec; i++)
			if (parser->specs[i].letter == *letter)
				spec = &parser->specs[i];
		if (!spec)
			return err_set(e, "there is no option %.200s", word);
		if (spec->value)
			return take_value(parser, spec, letter[1] ? letter + 1 : NULL, word, e);
		*spec->flag = true;
	}
	return 0;
}

int options_parse(const struct option_spec *specs, size_t count, int argc, char *const *argv,
		  struct strings *operands, struct err *e)
{
	struct parser parser = {
		.specs = specs, .count = count, .argc = argc, .argv = argv, .next = 1
	};
	bool ended = false;

	while (parser.next < argc) {
		const char *word = argv[parser.next++];

		if (ended || word[0] != '-' || word[1] == '\0') {
			strings_add(operands, word);
		} else if (strcmp(word, "--") == 0) {
			ended = true;
		} else if (word[1] == '-') {
			if (take_long(&parser, word, e) < 0)
				return -1;
		} else if (take_letters(&parser, word, e) < 0) {
			return -1;
		}
	}
	return 0;
}
