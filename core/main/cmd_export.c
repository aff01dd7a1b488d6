/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/base/replace_file.h"
#include "core/main/commands.h"
#include "core/main/report.h"
#include "core/policy/path.h"
#include "core/sandbox/mounts.h"
#include "core/session/runtime_dir.h"
#include "learn/export.h"

#define NAMES_SHOWN 8

/* What is read from the database for one export. */
struct evidence {
	struct access_row *accesses;
	size_t access_count;
	struct rule *rules;
	size_t rule_count;
	char *cwd; /* of the last run, NULL unknown */
};

static void evidence_free(struct evidence *evidence)
{
	access_rows_free(evidence->accesses, evidence->access_count);
	rules_free(evidence->rules, evidence->rule_count);
	free(evidence->cwd);
}

static bool tree_exists(void *tree, const char *path)
{
	struct stat st;

	(void)tree;
	return lstat(path, &st) == 0;
}

static bool tree_is_directory(void *tree, const char *path)
{
	struct stat st;

	(void)tree;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool tree_is_direct(void *tree, const char *path)
{
	(void)tree;
	return path_is_plain(path);
}

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

static int read_evidence(struct evidence *evidence, struct db *db, const char *server,
			 struct err *e)
{
	struct session_row *sessions;
	size_t count;

	if (check_server(db, server, e) < 0 ||
	    db_accesses(db, server, &evidence->accesses, &evidence->access_count, e) < 0 ||
	    db_rules(db, server, &evidence->rules, &evidence->rule_count, e) < 0 ||
	    db_sessions(db, server, 1, &sessions, &count, e) < 0)
		return -1;
	if (count && sessions[0].cwd && sessions[0].cwd[0] == '/')
		evidence->cwd = xstrdup(sessions[0].cwd);
	session_rows_free(sessions, count);
	return 0;
}

static int make_export(struct buf *out, struct buf *explain, const struct evidence *evidence,
		       const char *server, struct err *e)
{
	_cleanup_strings_ struct strings sensitive = STRINGS_EMPTY;
	_cleanup_free_ char *home = home_dir();
	const struct export_input input = {
		.server = server,
		.home = home,
		.cwd = evidence->cwd,
		.accesses = evidence->accesses,
		.access_count = evidence->access_count,
		.rules = evidence->rules,
		.rule_count = evidence->rule_count,
		.sensitive = &sensitive,
		.tree = { .exists = tree_exists,
			  .is_directory = tree_is_directory,
			  .is_direct = tree_is_direct },
	};

	sensitive_paths(home, evidence->cwd ? evidence->cwd : home, &sensitive);
	return export_settings(out, explain, &input, e);
}

/* Sentences quote paths that a program inside chose. */
static void print_explanation(const struct buf *explain)
{
	_cleanup_buf_ struct buf shown = BUF_EMPTY;
	const char *line = buf_text(explain);

	while (*line) {
		size_t length = strcspn(line, "\n");

		escape_text(&shown, line, length);
		buf_addc(&shown, '\n');
		line += length + (line[length] == '\n');
	}
	fputs(buf_text(&shown), stderr);
}

static int export_server(const char *server, const char *file, bool explain, struct err *e)
{
	_cleanup_buf_ struct buf sentences = BUF_EMPTY;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	_cleanup_db_ struct db *db = NULL;
	struct evidence evidence = { .cwd = NULL };
	int result;

	if (open_history(&db, e) < 0)
		return -1;
	result = read_evidence(&evidence, db, server, e);
	if (result == 0)
		result = make_export(&text, explain ? &sentences : NULL, &evidence, server, e);
	evidence_free(&evidence);
	if (result < 0)
		return -1;
	if (file && strcmp(file, "-") != 0) {
		if (replace_file(file, buf_text(&text), text.length, e) < 0)
			return -1;
	} else {
		fwrite(buf_text(&text), 1, text.length, stdout);
	}
	print_explanation(&sentences);
	return 0;
}

int cmd_export(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	const char *file = NULL, *reads = "open";
	bool explain = false;
	const struct option_spec specs[] = {
		{ 'o', "output", NULL, &file },
		{ 0, "reads", NULL, &reads },
		{ 0, "explain", &explain, NULL },
	};
	struct err e;
	int status = report_options("export", specs, ARRAY_LENGTH(specs), argc, argv, &operands);

	if (status >= 0)
		return status;
	if (operands.count != 1) {
		err_set(&e, "export takes the name of one server");
		return report_misuse("export", &e);
	}
	if (strcmp(reads, "closed") == 0) {
		err_set(&e, "this version exports with reads open only: leave out --reads closed");
		return report_failure(&e);
	}
	if (strcmp(reads, "open") != 0) {
		err_set(&e, "--reads is open or closed, not \"%.100s\"", reads);
		return report_misuse("export", &e);
	}
	if (export_server(operands.items[0], file, explain, &e) < 0)
		return report_failure(&e);
	return report_end();
}
