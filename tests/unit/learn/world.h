/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_LEARN_WORLD_H
#define TESTS_UNIT_LEARN_WORLD_H

/* A made-up host: a tree, what is sensitive in it, what was seen and what was said. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "learn/export.h"
#include "tests/lib/unit.h"

struct world {
	struct strings files, directories, links; /* `links`: paths with a link on the way */
	struct strings sensitive;
	struct access_row *accesses;
	size_t access_count, access_capacity;
	struct rule *rules;
	size_t rule_count, rule_capacity;
	char *cwd;
	enum reads_model reads;
	bool relative, linked_home;
	struct start_need needs[8];
	size_t need_count;
};

static inline void world_free(struct world *world)
{
	strings_free(&world->files);
	strings_free(&world->directories);
	strings_free(&world->links);
	strings_free(&world->sensitive);
	access_rows_free(world->accesses, world->access_count);
	rules_free(world->rules, world->rule_count);
	free(world->cwd);
	while (world->need_count)
		free(world->needs[--world->need_count].path);
	*world = (struct world){ 0 };
}

static inline bool world_is_directory(void *tree, const char *path)
{
	const struct world *world = tree;

	if (strings_contain(&world->directories, path))
		return true;
	for (size_t i = 0; i < world->files.count; i++)
		if (path_is_strictly_below(world->files.items[i], path))
			return true;
	for (size_t i = 0; i < world->directories.count; i++)
		if (path_is_strictly_below(world->directories.items[i], path))
			return true;
	return false;
}

static inline bool world_exists(void *tree, const char *path)
{
	const struct world *world = tree;

	return strings_contain(&world->files, path) || world_is_directory(tree, path);
}

static inline bool world_is_direct(void *tree, const char *path)
{
	const struct world *world = tree;

	for (size_t i = 0; i < world->links.count; i++)
		if (path_is_below(path, world->links.items[i]))
			return false;
	return true;
}

static inline void world_add_name(struct strings *names, const char *directory, const char *path)
{
	size_t length = strlen(directory) + (strcmp(directory, "/") != 0);
	_cleanup_free_ char *name = NULL;

	if (!path_is_strictly_below(path, directory))
		return;
	name = xstrndup(path + length, strcspn(path + length, "/"));
	if (!strings_contain(names, name))
		strings_add(names, name);
}

static inline bool world_list(void *tree, const char *path, struct strings *names)
{
	const struct world *world = tree;

	for (size_t i = 0; i < world->files.count; i++)
		world_add_name(names, path, world->files.items[i]);
	for (size_t i = 0; i < world->directories.count; i++)
		world_add_name(names, path, world->directories.items[i]);
	return true;
}

/* Beside the list, whatever is called .env is sensitive. */
static inline void world_survey(void *tree, const char *path, struct survey *survey)
{
	const struct world *world = tree;

	*survey = (struct survey){ .complete = true };
	for (size_t i = 0; i < world->files.count; i++) {
		const char *file = world->files.items[i];

		if (!path_is_strictly_below(file, path))
			continue;
		survey->files++;
		survey->sensitive += strcmp(strrchr(file, '/'), "/.env") == 0;
	}
}

static inline struct access_row *world_access(struct world *world, enum verdict verdict,
					      enum access_kind kind, const char *object)
{
	struct access_row *row;

	grow_array(world->accesses, world->access_count, world->access_capacity);
	row = &world->accesses[world->access_count++];
	*row = (struct access_row){ .kind = kind,
				    .object = xstrdup(object),
				    .verdict = verdict,
				    .count = 1,
				    .runs = 1,
				    .first_ms = 1000,
				    .last_ms = 1000 };
	return row;
}

/* Later ones are newer. */
static inline struct rule *world_rule(struct world *world, enum verdict verdict,
				      enum access_kind kind, enum scope scope, const char *pattern)
{
	struct rule *rule;

	grow_array(world->rules, world->rule_count, world->rule_capacity);
	rule = &world->rules[world->rule_count++];
	*rule = (struct rule){ .id = (int64_t)world->rule_count,
			       .server = xstrdup("fs"),
			       .kind = kind,
			       .verdict = verdict,
			       .scope = scope,
			       .pattern = xstrdup(pattern),
			       .duration = DURATION_ALWAYS };
	return rule;
}

static inline struct export_input world_input(struct world *world)
{
	return (struct export_input){
		.server = "fs",
		.home = "/home/a",
		.linked_home = world->linked_home,
		.cwd = world->cwd,
		.accesses = world->accesses,
		.access_count = world->access_count,
		.rules = world->rules,
		.rule_count = world->rule_count,
		.sensitive = &world->sensitive,
		.reads = world->reads,
		.needs = world->needs,
		.need_count = world->need_count,
		.relative = world->relative,
		.tree = { world_exists, world_is_directory, world_is_direct, world_list, world_survey,
			  world },
	};
}

/* --- the same as text, one thing a line --- */

/*
 * dir PATH | file PATH | link PATH | sensitive PATH | cwd PATH
 * allow|deny KIND OBJECT [created] [failed] [at=MS] [runs=N] [by=PROGRAM]…
 * rule allow|deny KIND SCOPE PATTERN
 * closed | relative | linked_home | need PATH
 * In paths "\xHH" stands for a byte.
 */
static inline char *world_unescape(const char *text)
{
	struct buf out = BUF_EMPTY;

	while (*text) {
		unsigned byte;

		if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &byte) == 1) {
			buf_addc(&out, (char)byte);
			text += 4;
		} else {
			buf_addc(&out, *text++);
		}
	}
	return buf_steal(&out);
}

/* The first one replaces the usual one. */
static inline void world_program(struct access_row *row, const char *exe)
{
	if (!row->programs) {
		free(row->exe);
		row->exe = xstrdup(exe);
		row->programs = xcalloc(1, sizeof(*row->programs));
	} else {
		strings_add(row->programs, exe);
	}
}

static inline void world_read_access(struct world *world, enum verdict verdict, char *rest)
{
	enum access_kind kind;
	struct access_row *row;
	char *word = strtok(rest, " ");
	_cleanup_free_ char *object = NULL;

	ck_assert_msg(access_kind_parse(word, &kind), "kind %s", word);
	object = world_unescape(strtok(NULL, " "));
	row = world_access(world, verdict, kind, object);
	row->exe = xstrdup("/usr/bin/node");
	while ((word = strtok(NULL, " "))) {
		if (strcmp(word, "created") == 0)
			row->created = true;
		else if (strcmp(word, "failed") == 0)
			row->error = 2;
		else if (strncmp(word, "runs=", 5) == 0)
			row->runs = (uint64_t)atoi(word + 5);
		else if (strncmp(word, "by=", 3) == 0)
			world_program(row, word + 3);
		else if (strncmp(word, "at=", 3) == 0)
			row->last_ms = atoi(word + 3);
		else
			ck_abort_msg("unknown word %s", word);
	}
}

static inline void world_read_rule(struct world *world, char *rest)
{
	enum verdict verdict;
	enum access_kind kind;
	enum scope scope;
	_cleanup_free_ char *pattern = NULL;

	ck_assert(verdict_parse(strtok(rest, " "), &verdict));
	ck_assert(access_kind_parse(strtok(NULL, " "), &kind));
	ck_assert(scope_parse(strtok(NULL, " "), &scope));
	pattern = world_unescape(strtok(NULL, " "));
	world_rule(world, verdict, kind, scope, pattern);
}

static inline void world_read_line(struct world *world, char *line)
{
	char *rest = strchr(line, ' ');
	_cleanup_free_ char *path = NULL;

	if (strcmp(line, "linked_home") == 0) {
		world->linked_home = true;
		return;
	}
	if (strcmp(line, "closed") == 0 || strcmp(line, "relative") == 0) {
		world->reads = line[0] == 'c' ? READS_CLOSED : world->reads;
		world->relative = world->relative || line[0] == 'r';
		return;
	}
	ck_assert_msg(rest != NULL, "line %s", line);
	*rest++ = '\0';
	path = world_unescape(rest);
	if (strcmp(line, "dir") == 0)
		strings_add(&world->directories, path);
	else if (strcmp(line, "file") == 0)
		strings_add(&world->files, path);
	else if (strcmp(line, "link") == 0)
		strings_add(&world->links, path);
	else if (strcmp(line, "sensitive") == 0)
		strings_add(&world->sensitive, path);
	else if (strcmp(line, "need") == 0)
		world->needs[world->need_count++] =
			(struct start_need){ steal_ptr(&path), "the command is found there" };
	else if (strcmp(line, "cwd") == 0)
		world->cwd = steal_ptr(&path);
	else if (strcmp(line, "allow") == 0)
		world_read_access(world, VERDICT_ALLOW, rest);
	else if (strcmp(line, "deny") == 0)
		world_read_access(world, VERDICT_DENY, rest);
	else if (strcmp(line, "rule") == 0)
		world_read_rule(world, rest);
	else
		ck_abort_msg("unknown line %s", line);
}

static inline void world_read(struct world *world, const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *next = copy;

	*world = (struct world){ 0 };
	while (next) {
		char *line = strsep(&next, "\n");

		if (*line && *line != '#')
			world_read_line(world, line);
	}
}

#endif
