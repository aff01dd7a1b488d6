/* SPDX-License-Identifier: MIT */
#ifndef TUI_SETTINGS_RULES_H
#define TUI_SETTINGS_RULES_H

/*
 * What holds without any answer of a person, as rows of the rules view: the entries of a settings file,
 * and what a mode does with all the rest. Pure.
 */
#include "core/policy/rule.h"
#include "core/policy/settings.h"

#define SETTINGS_RULES_MOST 500 /* rows in all */

/* A file, or a mode, and whom it is in force for. */
struct settings_source {
	char *path; /* of the file, NULL = these are defaults, */
	char *mode; /* of this mode */
	struct strings servers; /* each once */
};

/* `rule` has no server. Its pattern is what the entry covers, as far as a rule can say it: "" = nothing
 * that could be compared. */
struct settings_rule {
	struct rule rule;
	char *entry;   /* "denyRead ~/.ssh", as events name it; NULL = a default */
	char *shown;   /* in the place of the pattern */
	size_t length; /* of the pattern, in bytes */
	size_t source;
	bool asks;     /* a default that asks */
	bool shadowed; /* a deny of the same file says no first */
};

struct settings_rules {
	struct settings_source *sources;
	size_t source_count, source_capacity;
	struct settings_rule *items;
	size_t count, capacity;
	bool more;     /* there are others beyond the bound */
	char *trouble; /* a file that could not be read; NULL = none */
};

void settings_rules_free(struct settings_rules *rules);
/* Notes that the file (NULL = none) and the mode are in force for a server. */
void settings_rules_note(struct settings_rules *rules, const char *path, const char *mode,
			 const char *server);
/* The entries of a source that is a file. Denies first, as they are asked first. */
void settings_rules_add(struct settings_rules *rules, size_t source, const struct settings *settings,
			const char *home, const char *cwd);
/* What the modes do that were noted. */
void settings_rules_add_defaults(struct settings_rules *rules);
/* Counts what has decided. */
void settings_rules_count(struct settings_rules *rules, const struct rule_use *uses, size_t count);
/* "github-mcp" or "3 servers", unescaped. Caller frees. */
char *settings_rules_servers(const struct settings_rules *rules, const struct settings_rule *row);

#endif
