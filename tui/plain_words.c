/* SPDX-License-Identifier: MIT */
#include "tui/plain_words.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define LINE_MOST 400
#define WORDS_MOST 8

static const struct {
	const char *word;
	enum plain_type type;
} simple[] = {
	{ "help", PLAIN_HELP },
	{ "?", PLAIN_HELP },
	{ "sessions", PLAIN_SESSIONS },
	{ "questions", PLAIN_QUESTIONS },
	{ "all", PLAIN_ALL },
	{ "quit", PLAIN_QUIT },
	{ "q", PLAIN_QUIT },
};

static int read_number(unsigned *number, const char *word, struct err *e)
{
	char *end = NULL;
	unsigned long value = word != NULL ? strtoul(word, &end, 10) : 0;

	if (word == NULL || word[0] < '1' || word[0] > '9' || *end != '\0' || value > 1000000000)
		return err_set(e, "Say the number of the question, as in: allow 3");
	*number = (unsigned)value;
	return 0;
}

static int read_answer(struct plain_command *command, char **words, size_t count, struct err *e)
{
	if (read_number(&command->number, count > 1 ? words[1] : NULL, e) < 0)
		return -1;
	for (size_t i = 2; i < count; i++) {
		if (!command->has_scope && scope_parse(words[i], &command->scope))
			command->has_scope = true;
		else if (!command->has_duration && duration_parse(words[i], &command->duration))
			command->has_duration = true;
		else if (strcmp(words[i], "sure") == 0)
			command->sure = true;
		else
			return err_set(e,
				       "\"%.40s\" is neither how much (exact, file, dir, host, "
				       "domain) nor how long (once, session, always)",
				       words[i]);
	}
	if (command->has_duration && command->duration == DURATION_ALWAYS && !command->sure)
		return err_set(e, "That is kept for ever: say it again with \"sure\" at the end");
	return 0;
}

int plain_parse(struct plain_command *command, const char *line, struct err *e)
{
	_cleanup_free_ char *copy = xstrndup(line, strnlen(line, LINE_MOST));
	char *words[WORDS_MOST], *rest;
	size_t count = 0;

	memset(command, 0, sizeof(*command));
	for (char *word = strtok_r(copy, " \t\r\n", &rest); word != NULL && count < WORDS_MOST;
	     word = strtok_r(NULL, " \t\r\n", &rest))
		words[count++] = word;
	if (count == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LENGTH(simple); i++)
		if (strcmp(words[0], simple[i].word) == 0) {
			command->type = simple[i].type;
			return 0;
		}
	if (strcmp(words[0], "explain") == 0) {
		command->type = PLAIN_EXPLAIN;
		return read_number(&command->number, count > 1 ? words[1] : NULL, e);
	}
	command->type = PLAIN_ANSWER;
	if (strcmp(words[0], "allow") == 0)
		command->verdict = VERDICT_ALLOW;
	else if (strcmp(words[0], "deny") == 0)
		command->verdict = VERDICT_DENY;
	else
		return err_set(e, "There is no command \"%.40s\"; help lists them", words[0]);
	return read_answer(command, words, count, e);
}
