/* SPDX-License-Identifier: MIT */
#include "core/main/learned.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/mounts.h"
#include "core/session/runtime_dir.h"

#define NAMES_SHOWN 8

static int check_server(struct db *db, const char *server, struct err *e)
{
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;
	_cleanup_buf_ struct buf known = BUF_EMPTY;

	if (db && db_servers(db, &names, e) < 0)
		return -1;
	if (strings_contain(&names, server))
		return 0;
	for (size_t i = 0; i < names.count && i < NAMES_SHOWN; i++)
		buf_addf(&known, "%s%.60s", i ? ", " : "", names.items[i]);
	if (!names.count)
		return err_code(e, ERR_NOT_FOUND,
				"nothing is recorded of \"%.100s\": run it first, with srt-top run "
				"-n %.100s", server, server);
	return err_code(e, ERR_NOT_FOUND, "nothing is recorded of \"%.100s\"; known are %s%s", server,
			known.data, names.count > NAMES_SHOWN ? ", …" : "");
}

static void split(struct strings *out, const char *list)
{
	while (list && *list) {
		size_t length = strcspn(list, ",");

		if (length)
			strings_take(out, xstrndup(list, length));
		list += length + (list[length] == ',');
	}
}

/* Objects in the history are resolved, so that the home directory has to be. */
static void find_home(struct learned *learned)
{
	char *real = path_real(learned->home);

	if (!real)
		return;
	learned->linked_home = strcmp(real, learned->home) != 0;
	free(learned->home);
	learned->home = real;
}

/* What a run of the command hides, and more of the project. */
static void find_sensitive(struct learned *learned)
{
	const char *cwd = learned->cwd ? learned->cwd : learned->home;
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;

	sensitive_paths(learned->home, cwd, &learned->sensitive);
	/* They were joined by spaces: one that has a space in it is not found. */
	for (const char *at = learned->command ? learned->command : ""; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");

		strings_take(&words, xstrndup(at, length));
		at += length;
	}
	project_environment_files(learned->home, cwd, &words, &learned->sensitive);
	if (learned->cwd)
		sensitive_in_project(learned->home, learned->cwd, &learned->sensitive);
}

int learned_read(struct learned *learned, struct db *db, const char *server, const char *without,
		 struct err *e)
{
	_cleanup_strings_ struct strings left_out = STRINGS_EMPTY;
	struct session_row *sessions;
	size_t count;

	*learned = (struct learned){ .home = home_dir() };
	find_home(learned);
	split(&left_out, without);
	if (check_server(db, server, e) < 0 ||
	    db_accesses(db, server, &left_out, &learned->accesses, e) < 0 ||
	    db_rules(db, server, &learned->rules, &learned->rule_count, e) < 0 ||
	    db_sessions(db, server, 1, &sessions, &count, e) < 0)
		return -1;
	if (count && sessions[0].cwd && sessions[0].cwd[0] == '/')
		learned->cwd = xstrdup(sessions[0].cwd);
	if (count)
		learned->command = xstrdup(sessions[0].command);
	session_rows_free(sessions, count);
	find_sensitive(learned);
	start_needs_find(&learned->needs, learned->command, learned->cwd, learned->accesses.items,
			 learned->accesses.count);
	return 0;
}

void learned_free(struct learned *learned)
{
	evidence_rows_free(&learned->accesses);
	rules_free(learned->rules, learned->rule_count);
	free(learned->home);
	free(learned->cwd);
	free(learned->command);
	start_needs_free(&learned->needs);
	strings_free(&learned->sensitive);
}

struct export_input learned_input(const struct learned *learned, const char *server)
{
	return (struct export_input){ .server = server,
				      .home = learned->home,
				      .linked_home = learned->linked_home,
				      .cwd = learned->cwd,
				      .accesses = learned->accesses.items,
				      .access_count = learned->accesses.count,
				      .rules = learned->rules,
				      .rule_count = learned->rule_count,
				      .sensitive = &learned->sensitive,
				      .needs = learned->needs.items,
				      .need_count = learned->needs.count,
				      .reads = READS_CLOSED,
				      .tree = learned_tree(learned->home) };
}
