/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/export_file.h"
#include "core/main/learned.h"
#include "core/main/new_needs.h"
#include "core/main/remember_export.h"
#include "core/policy/path.h"

struct export_options {
	const char *file; /* NULL or "-": standard output */
	const char *without;
	enum reads_model reads;
	enum export_choice choice;
	bool explain, relative;
};

static void remember(struct db *db, const char *server, const char *file,
		     const struct learned *learned, const char *settings)
{
	struct err e;

	if (remember_export(db, server, file, learned, settings, &e) < 0)
		report_warning(&e);
}

static void explain_new(struct db *db, const char *server, const char *home)
{
	_cleanup_new_needs_ struct new_needs needs = { .accesses = { NULL, 0, 0 } };
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	char when[LOCAL_TIME_SIZE];
	struct err e;

	if (new_needs_find(&needs, db, server, &e) < 0) {
		report_warning(&e);
		return;
	}
	for (size_t i = 0; i < needs.drift.replay.count; i++) {
		const struct access_row *row = needs.drift.replay.items[i].row;
		_cleanup_free_ char *shown = access_is_file(row->kind) ?
						     path_shorten(row->object, home) :
						     xstrdup(row->object);

		buf_addf(&text, "new since the export of %s: %s ",
			 local_time(needs.exported.time_ms, when), access_kind_name(row->kind));
		escape_text(&text, shown, strlen(shown));
		if (row->exe) {
			buf_adds(&text, " by ");
			escape_text(&text, row->exe, strlen(row->exe));
		}
		buf_addc(&text, '\n');
	}
	for (size_t i = 0; i < needs.changed.count; i++) {
		buf_addf(&text, "changed since the export of %s: ",
			 local_time(needs.exported.time_ms, when));
		escape_text(&text, needs.changed.items[i], strlen(needs.changed.items[i]));
		buf_addc(&text, '\n');
	}
	report_lines(buf_text(&text));
}

static int export_server(const char *server, const struct export_options *options, struct err *e)
{
	_cleanup_learned_ struct learned learned = { .home = NULL };
	_cleanup_buf_ struct buf sentences = BUF_EMPTY;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	_cleanup_free_ char *written = NULL;
	_cleanup_db_ struct db *db = NULL;
	struct export_input input;

	if (open_history(&db, e) < 0 || learned_read(&learned, db, server, options->without, e) < 0)
		return -1;
	input = learned_input(&learned, server);
	input.reads = options->reads;
	input.relative = options->relative;
	if (export_settings(&text, options->explain ? &sentences : NULL,
			    options->explain ? NULL : &sentences, &input, e) < 0)
		return -1;
	if (options->explain)
		explain_new(db, server, learned.home);
	report_lines(buf_text(&sentences));
	if (options->file && strcmp(options->file, "-") != 0) {
		if (export_file_write(options->file, buf_text(&text), options->choice, learned.home,
				      learned.cwd, &written, e) < 0)
			return -1;
		remember(db, server, options->file, &learned, written);
		return 0;
	}
	fwrite(buf_text(&text), 1, text.length, stdout);
	remember(db, server, NULL, &learned, buf_text(&text));
	return 0;
}

int cmd_export(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct export_options options = { .reads = READS_CLOSED };
	const char *reads = "closed";
	bool merge = false, replace = false;
	const struct option_spec specs[] = {
		{ 'o', "output", NULL, &options.file },
		{ 0, "reads", NULL, &reads },
		{ 0, "explain", &options.explain, NULL },
		{ 0, "relative", &options.relative, NULL },
		{ 0, "without", NULL, &options.without },
		{ 0, "merge", &merge, NULL },
		{ 0, "replace", &replace, NULL },
	};
	struct err e;
	int status = report_options("export", specs, ARRAY_LENGTH(specs), argc, argv, &operands);

	if (status >= 0)
		return status;
	if (operands.count != 1) {
		err_set(&e, "export takes the name of one server");
		return report_misuse("export", &e);
	}
	if (strcmp(reads, "open") != 0 && strcmp(reads, "closed") != 0) {
		err_set(&e, "--reads is open or closed, not \"%.100s\"", reads);
		return report_misuse("export", &e);
	}
	if (merge && replace) {
		err_set(&e, "--merge and --replace exclude each other");
		return report_misuse("export", &e);
	}
	options.choice = merge ? EXPORT_MERGE : replace ? EXPORT_REPLACE : EXPORT_ASK;
	options.reads = strcmp(reads, "open") == 0 ? READS_OPEN : READS_CLOSED;
	if (export_server(operands.items[0], &options, &e) < 0)
		return report_failure(&e);
	return report_end();
}
