/* SPDX-License-Identifier: MIT */
/* srt-top review: what a server has written to its layer, and what of it is to be kept. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/layer_review.h"
#include "core/main/report.h"
#include "core/policy/path.h"

struct review {
	const char *keep;
	bool diff, json;
	struct layer_review layer;
};

static const char *change_name(enum layer_change_type change)
{
	static const char *const names[] = { "created", "changed", "deleted" };

	return names[change];
}

static const char *type_name(enum layer_file_type type)
{
	static const char *const names[] = { "file", "directory", "link", "other" };

	return names[type];
}

static void print_json(const struct layer_change *change)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	buf_addc(&line, '{');
	json_member_integer(&line, "v", 1);
	json_member_string(&line, "change", change_name(change->change));
	json_member_string(&line, "type", type_name(change->type));
	json_member_string(&line, "path", change->path);
	if (change->size >= 0)
		json_member_integer(&line, "size", change->size);
	if (change->was_size >= 0)
		json_member_integer(&line, "was_size", change->was_size);
	if (change->target)
		json_member_string(&line, "target", change->target);
	json_member_string(&line, "refused", change->refused);
	buf_addc(&line, '}');
	print_line(&line);
}

/* The bytes that a reader of this file would get, or how they changed. */
static void add_size(struct table *table, const struct layer_change *change)
{
	if (change->size >= 0 && change->was_size >= 0)
		table_addf(table, "%lld -> %lld", (long long)change->was_size, (long long)change->size);
	else if (change->size >= 0 || change->was_size >= 0)
		table_addf(table, "%lld", (long long)(change->size >= 0 ? change->size : change->was_size));
	else
		table_add(table, type_name(change->type));
}

static void print_row(const struct review *review, const struct layer_change *change)
{
	struct table table = { .columns = 3, .widths = { 7, 14 } };
	_cleanup_free_ char *shown = path_shorten(change->path, review->layer.home);

	table_add(&table, change_name(change->change));
	add_size(&table, change);
	table_addf(&table, "%s%s%s%s%s%s%s", shown, change->type == LAYER_DIRECTORY ? "/" : "",
		   change->target ? " -> " : "", change->target ? change->target : "",
		   change->refused ? "  (cannot be kept: " : "", change->refused ? change->refused : "",
		   change->refused ? ")" : "");
	table_print(&table);
	table_free(&table);
}

/* --- differences --- */

static void print_diff(const struct layer_change *change)
{
	_cleanup_buf_ struct buf lines = BUF_EMPTY;
	const char *end;

	if (change->type != LAYER_FILE)
		return;
	layer_review_diff(&lines, change);
	for (const char *line = buf_text(&lines); *line; line = *end ? end + 1 : end) {
		_cleanup_buf_ struct buf shown = BUF_EMPTY;

		end = strchrnul(line, '\n');
		buf_adds(&shown, "    ");
		escape_text(&shown, line, (size_t)(end - line));
		print_line(&shown);
	}
}

/* --- keeping --- */

/* The paths that were asked for, absolute; NULL = everything. */
static bool is_wanted(const struct strings *wanted, const struct layer_change *change)
{
	if (!wanted)
		return true;
	for (size_t i = 0; i < wanted->count; i++)
		if (path_is_below(change->path, wanted->items[i]))
			return true;
	return false;
}

/* What could not be kept, or -1 where a path names nothing. */
static int keep(const struct review *review, const struct strings *wanted, size_t *kept)
{
	int failed = 0;

	for (size_t i = 0; wanted && i < wanted->count; i++) {
		bool found = false;

		for (size_t c = 0; c < review->layer.changes.count && !found; c++)
			found = path_is_below(review->layer.changes.items[c].path, wanted->items[i]);
		if (!found) {
			struct err e;

			err_set(&e, "%s: nothing was written there", wanted->items[i]);
			report_warning(&e);
			return -1;
		}
	}
	for (size_t i = 0; i < review->layer.changes.count; i++) {
		struct err e = { 0 };

		if (!is_wanted(wanted, &review->layer.changes.items[i]))
			continue;
		if (layer_review_keep(&review->layer, i, &e) == 0) {
			++*kept;
			continue;
		}
		failed++;
		report_warning(&e);
	}
	return failed;
}

static int keep_or_drop(struct review *review, const struct strings *operands, struct err *e)
{
	_cleanup_strings_ struct strings wanted = STRINGS_EMPTY;
	bool all = strcmp(review->keep, "all") == 0, none = strcmp(review->keep, "none") == 0;
	_cleanup_free_ char *cwd = getcwd(NULL, 0);
	size_t kept = 0;
	int failed = 0;

	if ((all || none) && operands->count > 1)
		return err_set(e, "--keep %s takes no paths", review->keep);
	if (!all && !none) {
		strings_take(&wanted, path_absolute(review->keep, review->layer.home, cwd ? cwd : "/"));
		for (size_t i = 1; i < operands->count; i++)
			strings_take(&wanted,
				     path_absolute(operands->items[i], review->layer.home, cwd ? cwd : "/"));
	}
	if (!none)
		failed = keep(review, all ? NULL : &wanted, &kept);
	if (failed < 0)
		return 1;
	/* What was not kept is not lost by that alone. */
	if (none || (all && !failed)) {
		if (layer_review_drop(&review->layer, e) < 0)
			return -1;
	}
	printf("%zu kept, %zu %s\n", kept, review->layer.changes.count - kept,
	       none ? "dropped" : "left in the layer");
	return failed ? 1 : 0;
}

/* --- the command --- */

static void show(const struct review *review)
{
	size_t counts[3] = { 0 }, refused = 0;

	for (size_t i = 0; i < review->layer.changes.count; i++) {
		const struct layer_change *change = &review->layer.changes.items[i];

		counts[change->change]++;
		refused += change->refused != NULL;
		if (review->json)
			print_json(change);
		else
			print_row(review, change);
		if (review->diff && !review->json)
			print_diff(change);
	}
	if (!review->json)
		printf("%zu created, %zu changed, %zu deleted; %zu cannot be kept\n", counts[LAYER_CREATED],
		       counts[LAYER_CHANGED], counts[LAYER_DELETED], refused);
}

static int run(struct review *review, const char *server, const struct strings *operands, struct err *e)
{
	if (layer_review_open(&review->layer, server, e) < 0)
		return -1;
	if (review->keep)
		return layer_review_lock(&review->layer, e) < 0 ? -1 : keep_or_drop(review, operands, e);
	show(review);
	return 0;
}

int cmd_review(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct review review = { .layer = { .layer = LAYER_NONE } };
	const struct option_spec specs[] = {
		{ 0, "diff", &review.diff, NULL },
		{ 0, "json", &review.json, NULL },
		{ 0, "keep", NULL, &review.keep },
	};
	int status = report_options("review", specs, ARRAY_LENGTH(specs), argc, argv, &operands);
	struct err e = { 0 };

	if (status >= 0)
		return status;
	if (operands.count < 1 || (operands.count > 1 && !review.keep)) {
		err_set(&e, "it wants the name of a server");
		return report_misuse("review", &e);
	}
	status = run(&review, operands.items[0], &operands, &e);
	layer_review_close(&review.layer);
	if (status < 0)
		return report_failure(&e);
	return status ? status : report_end();
}
