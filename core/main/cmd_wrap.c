/* SPDX-License-Identifier: MIT */
/* srt-top wrap and unwrap: the servers in an MCP client's configuration run in the sandbox, or no longer. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/edited_file.h"
#include "core/main/report.h"
#include "core/policy/judge.h"
#include "core/policy/path.h"
#include "core/session/mcp_config.h"
#include "core/session/runtime_dir.h"

/* Some clients keep their whole history in it. */
#define FILE_MOST ((size_t)64 << 20)

struct change {
	bool undo, dry_run;
	const char *path;
	const char *mode, *settings; /* NULL = as `run` has them */
	const struct strings *names; /* behind the file's own; none = every server */
	struct mcp_servers servers;
};

/* --- which servers --- */

static const char *reason_against(const struct change *change, const struct mcp_server *server)
{
	switch (server->state) {
	case MCP_NO_COMMAND:
		return "has no command";
	case MCP_OTHERWISE:
		return change->undo ? "is wrapped in a way that cannot be undone here" :
				      "is wrapped in another way";
	case MCP_WRAPPED:
		return change->undo ? NULL : "is wrapped already";
	case MCP_PLAIN:
		break;
	}
	return change->undo ? "is not wrapped" : NULL;
}

static bool is_wanted(const struct change *change, const char *name)
{
	for (size_t i = 1; i < change->names->count; i++)
		if (strcmp(change->names->items[i], name) == 0)
			return true;
	return change->names->count == 1;
}

static int check_names(const struct change *change, struct err *e)
{
	for (size_t i = 1; i < change->names->count; i++) {
		size_t k = 0;

		while (k < change->servers.count &&
		       strcmp(change->servers.items[k].name, change->names->items[i]) != 0)
			k++;
		if (k == change->servers.count)
			return err_set(e, "%s has no server called \"%.100s\"", change->path,
				       change->names->items[i]);
	}
	return 0;
}

/* Marks those that are to be changed, and says why the others are not. Returns how many. */
static size_t choose(struct change *change)
{
	size_t count = 0;

	for (size_t i = 0; i < change->servers.count; i++) {
		struct mcp_server *server = &change->servers.items[i];
		const char *against = reason_against(change, server);
		_cleanup_free_ char *line = NULL;

		if (!is_wanted(change, server->name))
			continue;
		server->chosen = !against;
		if (server->chosen)
			count++;
		if (against)
			line = xasprintf("%s is left as it is: it %s", server->name, against);
		else
			line = xasprintf("%s %s %s", server->name, change->dry_run ? "would run" : "runs",
					 change->undo ? "as before" : "in the sandbox");
		report_lines(line);
	}
	return count;
}

/* --- the words in front --- */

/*
 * A path that stays good: the one in PATH if it leads to this program, for that may be a link that
 * follows an update. Clients with a window of their own often know no PATH, so it is absolute. Caller frees;
 * NULL with *e.
 */
static char *own_path(struct err *e)
{
	_cleanup_free_ char *self = path_real("/proc/self/exe");
	_cleanup_free_ char *list = getenv("PATH") ? xstrdup(getenv("PATH")) : NULL;
	char *state = NULL;

	if (!self) {
		err_errno(e, "the path of this program is not known");
		return NULL;
	}
	for (char *part = list ? strtok_r(list, ":", &state) : NULL; part; part = strtok_r(NULL, ":", &state)) {
		_cleanup_free_ char *candidate = path_join(part, "srt-top");
		_cleanup_free_ char *real = part[0] == '/' ? path_real(candidate) : NULL;

		if (real && strcmp(real, self) == 0)
			return steal_ptr(&candidate);
	}
	return steal_ptr(&self);
}

/* The client starts its servers in a directory of its own choice: the settings file by its whole path. */
static int add_options(const struct change *change, struct strings *options, struct err *e)
{
	_cleanup_free_ char *home = home_dir(), *here = getcwd(NULL, 0);
	enum mode mode;

	if (change->mode && !mode_parse(change->mode, &mode))
		return err_set(e, "the mode is ask, enforce or learn, not \"%s\"", change->mode);
	if (change->mode) {
		strings_add(options, "-m");
		strings_add(options, change->mode);
	}
	if (change->settings) {
		strings_add(options, "-s");
		strings_take(options, path_absolute(change->settings, home, here ? here : "/"));
		if (access(options->items[options->count - 1], R_OK) < 0)
			return err_errno(e, "%s", options->items[options->count - 1]);
	}
	return 0;
}

/* --- the file --- */

static int make_text(const struct change *change, const char *old, struct buf *new, struct err *e)
{
	_cleanup_strings_ struct strings options = STRINGS_EMPTY;
	_cleanup_free_ char *program = NULL;

	if (change->undo) {
		mcp_config_unwrap(new, old, strlen(old), &change->servers);
		return 0;
	}
	program = own_path(e);
	if (!program || add_options(change, &options, e) < 0)
		return -1;
	mcp_config_wrap(new, old, strlen(old), &change->servers, program, &options);
	return 0;
}

static void tell_what_next(const struct change *change)
{
	_cleanup_free_ char *line = NULL;

	line = xasprintf("%s is changed, and as it was in %s.bak\nRestart the client. "
			 "%s",
			 change->path, change->path,
			 change->undo ? "" : "srt-top shows its servers then; srt-top unwrap undoes this.");
	report_lines(line);
}

static int change_file(struct change *change, struct err *e)
{
	_cleanup_free_ char *old = NULL;
	_cleanup_buf_ struct buf new = BUF_EMPTY;

	if (edited_file_read(change->path, FILE_MOST, &old, e) < 0)
		return -1;
	if (!old)
		return err_set(e, "%s: there is no such file", change->path);
	if (mcp_config_read(&change->servers, old, strlen(old), e) < 0)
		return err_wrap(e, "%s", change->path);
	if (check_names(change, e) < 0)
		return -1;
	if (choose(change) == 0) {
		report_lines("nothing is to be changed");
		return 0;
	}
	if (make_text(change, old, &new, e) < 0)
		return -1;
	edited_file_show(change->path, old, buf_text(&new), change->undo ? "unwrapped" : "wrapped");
	if (change->dry_run)
		return 0;
	if (edited_file_replace(change->path, old, buf_text(&new), e) < 0)
		return -1;
	tell_what_next(change);
	return 0;
}

int cmd_wrap(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct change change = { .undo = strcmp(argv[0], "unwrap") == 0, .names = &operands };
	const struct option_spec specs[] = {
		{ 0, "dry-run", &change.dry_run, NULL },
		{ 'm', "mode", NULL, &change.mode },
		{ 's', "settings", NULL, &change.settings },
	};
	int status = report_options(argv[0], specs, change.undo ? 1 : ARRAY_LENGTH(specs), argc, argv,
				    &operands);
	struct err e;

	if (status >= 0)
		return status;
	if (operands.count == 0) {
		err_set(&e, "%s wants the configuration file of an MCP client", argv[0]);
		return report_misuse(argv[0], &e);
	}
	change.path = operands.items[0];
	status = change_file(&change, &e);
	mcp_servers_free(&change.servers);
	return status < 0 ? report_failure(&e) : report_end();
}
