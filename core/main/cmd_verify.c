/* SPDX-License-Identifier: MIT */
/* srt-top verify: what was recorded, judged again under a settings file. */
#include <stdio.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/learned.h"
#include "core/main/replay_settings.h"
#include "core/policy/path.h"
#include "learn/replay.h"

#define DIFFERENCES_MOST 10000 /* listed; all are counted */

struct verify_options {
	const char *settings; /* NULL = what export would print */
	const char *without;
	bool json;
};

static int load_settings(struct settings **settings, const struct learned *learned,
			 const char *server, const char *file, struct err *e)
{
	struct export_input input = learned_input(learned, server);
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	bool found;

	if (file)
		return settings_load(settings, &found, file, true, e);
	if (export_settings(&text, NULL, NULL, &input, e) < 0)
		return -1;
	return settings_parse(settings, buf_text(&text), text.length, e);
}

static void print_json(const struct difference *difference)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	const struct access_row *row = difference->row;

	buf_addc(&line, '{');
	json_member_integer(&line, "v", 1);
	json_member_string(&line, "change",
			   difference->change == CHANGE_REFUSED ? "refused" : "allowed");
	json_member_string(&line, "kind", access_kind_name(row->kind));
	json_member_string(&line, "object", row->object);
	json_member_string(&line, "why", difference->why);
	json_member_string(&line, "rule", difference->rule);
	json_member_string(&line, "exe", row->exe);
	json_member_unsigned(&line, "count", row->count);
	json_member_unsigned(&line, "runs", row->runs);
	json_member_time(&line, "last", row->last_ms);
	buf_addc(&line, '}');
	print_line(&line);
}

static void print_summary_json(const struct replay *replay)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	buf_addc(&line, '{');
	json_member_integer(&line, "v", 1);
	json_member_unsigned(&line, "same", replay->same);
	json_member_unsigned(&line, "refused", replay->refused);
	json_member_unsigned(&line, "allowed", replay->allowed);
	buf_addc(&line, '}');
	print_line(&line);
}

static void print_words(const struct replay *replay, const struct learned *learned)
{
	struct table table = { .columns = 4 };

	for (size_t i = 0; i < replay->count; i++) {
		const struct difference *difference = &replay->items[i];
		_cleanup_free_ char *shown =
			access_is_file(difference->row->kind) ?
				path_shorten(difference->row->object, learned->home) :
				xstrdup(difference->row->object);

		table_add(&table, difference->change == CHANGE_REFUSED ? "newly refused" :
									 "newly allowed");
		table_add(&table, access_kind_name(difference->row->kind));
		table_add(&table, shown);
		table_add(&table, difference->why[0] ? difference->why : NULL);
	}
	table_print(&table);
	table_free(&table);
	if (replay->refused + replay->allowed > replay->count)
		printf("… and %llu more\n",
		       (unsigned long long)(replay->refused + replay->allowed - replay->count));
	printf("%llu the same, %llu newly refused, %llu newly allowed\n",
	       (unsigned long long)replay->same, (unsigned long long)replay->refused,
	       (unsigned long long)replay->allowed);
}

static int verify(const char *server, const struct verify_options *options, bool *refused,
		  struct err *e)
{
	_cleanup_learned_ struct learned learned = { .home = NULL };
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_db_ struct db *db = NULL;
	struct replay replay = { 0 };

	if (open_history(&db, e) < 0 ||
	    learned_read(&learned, db, server, options->without, e) < 0 ||
	    load_settings(&settings, &learned, server, options->settings, e) < 0 ||
	    replay_settings(&replay, &learned, settings, options->settings, DIFFERENCES_MOST, e) < 0)
		return -1;
	for (size_t i = 0; options->json && i < replay.count; i++)
		print_json(&replay.items[i]);
	if (options->json)
		print_summary_json(&replay);
	else
		print_words(&replay, &learned);
	*refused = replay.refused > 0;
	replay_free(&replay);
	return 0;
}

int cmd_verify(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct verify_options options = { .json = false };
	const struct option_spec specs[] = {
		{ 's', "settings", NULL, &options.settings },
		{ 0, "without", NULL, &options.without },
		{ 0, "json", &options.json, NULL },
	};
	struct err e;
	bool refused = false;
	int status = report_options("verify", specs, ARRAY_LENGTH(specs), argc, argv, &operands);

	if (status >= 0)
		return status;
	if (operands.count != 1) {
		err_set(&e, "verify takes the name of one server");
		return report_misuse("verify", &e);
	}
	if (verify(operands.items[0], &options, &refused, &e) < 0)
		return report_failure(&e);
	return report_end() || refused;
}
