/* SPDX-License-Identifier: MIT */
/* srt-top review: what a server has written to its layer, and what of it is kept or dropped. */
#include <stdio.h>
#include <stdlib.h>
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
	const char *keep, *drop, *settings;
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

/* --- keeping and dropping --- */

typedef int act_fn(const struct layer_review *review, size_t index, struct err *e);

/* Marks what is at or below the path. */
static int choose(const struct layer_review *review, const char *text, bool *chosen, struct err *e)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0);
	_cleanup_free_ char *path = path_absolute(text, review->home, cwd ? cwd : "/");
	bool found = false;

	for (size_t i = 0; i < review->changes.count; i++)
		if (path_is_below(review->changes.items[i].path, path)) {
			chosen[i] = true;
			found = true;
		}
	return found ? 0 : err_set(e, "%s: nothing was written there", path);
}

/* How many were done; what was not is said. */
static size_t act_on(const struct layer_review *review, const bool *chosen, act_fn *act, size_t *failed)
{
	size_t done = 0;

	for (size_t i = 0; i < review->changes.count; i++) {
		struct err e = { 0 };

		if (!chosen[i])
			continue;
		if (act(review, i, &e) == 0) {
			done++;
			continue;
		}
		++*failed;
		report_warning(&e);
	}
	return done;
}

static int keep_or_drop(struct review *review, const struct strings *operands, struct err *e)
{
	struct layer_review *layer = &review->layer;
	const char *first = review->keep ? review->keep : review->drop;
	bool none = review->keep && strcmp(first, "none") == 0, all = none || strcmp(first, "all") == 0;
	bool drops = none || review->drop;
	_cleanup_free_ bool *chosen = xcalloc(layer->changes.count + 1, sizeof(*chosen));
	size_t done, failed = 0;

	if (all && operands->count > 1)
		return err_set(e, "--%s %s takes no paths", review->keep ? "keep" : "drop", first);
	for (size_t i = 0; i < layer->changes.count; i++)
		chosen[i] = all;
	if (!all && choose(layer, first, chosen, e) < 0)
		return -1;
	for (size_t i = 1; i < operands->count; i++)
		if (choose(layer, operands->items[i], chosen, e) < 0)
			return -1;
	if (all && drops)
		done = layer->changes.count;
	else
		done = act_on(layer, chosen, drops ? layer_review_discard : layer_review_keep, &failed);
	/* What was not kept is not lost by that alone. */
	if (all && !failed && layer_review_drop(layer, e) < 0)
		return -1;
	printf("%zu %s, %zu left in the layer\n", done, drops ? "dropped" : "kept",
	       layer->changes.count - done);
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
	if (layer_review_open_under(&review->layer, server, review->settings, e) < 0)
		return -1;
	if (review->keep || review->drop)
		return layer_review_lock(&review->layer, e) < 0 ? -1 : keep_or_drop(review, operands, e);
	show(review);
	return 0;
}

int cmd_review(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct review review = { .layer = { .layer = LAYER_NONE } };
	const struct option_spec specs[] = {
		{ 's', "settings", NULL, &review.settings },
		{ 0, "diff", &review.diff, NULL },
		{ 0, "json", &review.json, NULL },
		{ 0, "keep", NULL, &review.keep },
		{ 0, "drop", NULL, &review.drop },
	};
	int status = report_options("review", specs, ARRAY_LENGTH(specs), argc, argv, &operands);
	struct err e = { 0 };

	if (status >= 0)
		return status;
	if (operands.count < 1 || (operands.count > 1 && !review.keep && !review.drop)) {
		err_set(&e, "it wants the name of a server");
		return report_misuse("review", &e);
	}
	if (review.keep && review.drop) {
		err_set(&e, "--keep and --drop exclude each other");
		return report_misuse("review", &e);
	}
	status = run(&review, operands.items[0], &operands, &e);
	layer_review_close(&review.layer);
	if (status < 0)
		return report_failure(&e);
	return status ? status : report_end();
}
