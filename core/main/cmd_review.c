/* SPDX-License-Identifier: MIT */
/* srt-top review: what a server has written to its layer, and what of it is to be kept. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/report.h"
#include "core/policy/path.h"
#include "core/sandbox/layer.h"
#include "core/sandbox/layer_changes.h"
#include "core/session/runtime_dir.h"

#define DIFF_MOST (256 * 1024) /* of one file, in bytes */

struct review {
	const char *server, *keep;
	bool diff, json;
	char *home, *directory;
	struct strings own;
	struct layer_changes changes;
};

extern char **environ;

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
	_cleanup_free_ char *shown = path_shorten(change->path, review->home);

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

static int spawn_diff(pid_t *pid, int before, int after, int output)
{
	char *words[] = { (char *)"diff", (char *)"-u", (char *)"--", (char *)"/dev/fd/3",
			  (char *)"/dev/fd/4", NULL };
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, before, 3);
	posix_spawn_file_actions_adddup2(&actions, after, 4);
	error = posix_spawnp(pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Away from the numbers that the two files are to have. */
static int move_up(int fd)
{
	int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 16);

	if (fd >= 0)
		close(fd);
	return moved;
}

static bool is_large(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || st.st_size > DIFF_MOST;
}

static void print_lines(FILE *from)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int head = 2;

	while ((length = getline(&line, &size, from)) > 0) {
		_cleanup_buf_ struct buf shown = BUF_EMPTY;

		/* The names there are those of descriptors. */
		if (head && (strncmp(line, "---", 3) == 0 || strncmp(line, "+++", 3) == 0)) {
			head--;
			continue;
		}
		length -= line[length - 1] == '\n';
		buf_adds(&shown, "    ");
		escape_text(&shown, line, (size_t)length);
		print_line(&shown);
	}
}

static void print_diff(const struct layer_change *change)
{
	_cleanup_close_ int before = -1, after = -1, output = -1, input = -1;
	int channel[2], status;
	pid_t pid;
	FILE *file;

	if (change->type != LAYER_FILE)
		return;
	before = change->change == LAYER_CREATED ? -1 : move_up(layer_change_open(change, true));
	after = change->change == LAYER_DELETED ? -1 : move_up(layer_change_open(change, false));
	if (before < 0)
		before = move_up(open("/dev/null", O_RDONLY | O_CLOEXEC));
	if (after < 0)
		after = move_up(open("/dev/null", O_RDONLY | O_CLOEXEC));
	if (before < 0 || after < 0 || is_large(before) || is_large(after)) {
		puts("    (too large to be shown)");
		return;
	}
	if (pipe2(channel, O_CLOEXEC) < 0)
		return;
	input = move_up(channel[0]);
	output = move_up(channel[1]);
	fflush(stdout);
	if (spawn_diff(&pid, before, after, output) != 0) {
		puts("    (there is no diff command)");
		return;
	}
	close_fd(&output);
	file = fdopen(input, "r");
	if (file) {
		input = -1;
		print_lines(file);
		fclose(file);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
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

		for (size_t c = 0; c < review->changes.count && !found; c++)
			found = path_is_below(review->changes.items[c].path, wanted->items[i]);
		if (!found) {
			struct err e;

			err_set(&e, "%s: nothing was written there", wanted->items[i]);
			report_warning(&e);
			return -1;
		}
	}
	for (size_t i = 0; i < review->changes.count; i++) {
		struct err e = { 0 };

		if (!is_wanted(wanted, &review->changes.items[i]))
			continue;
		if (layer_change_keep(&review->changes.items[i], review->home, &e) == 0) {
			++*kept;
			continue;
		}
		failed++;
		err_wrap(&e, "not kept");
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
		strings_take(&wanted, path_absolute(review->keep, review->home, cwd ? cwd : "/"));
		for (size_t i = 1; i < operands->count; i++)
			strings_take(&wanted,
				     path_absolute(operands->items[i], review->home, cwd ? cwd : "/"));
	}
	if (!none)
		failed = keep(review, all ? NULL : &wanted, &kept);
	if (failed < 0)
		return 1;
	/* What was not kept is not lost by that alone. */
	if (none || (all && !failed)) {
		if (layer_drop(review->directory, e) < 0)
			return -1;
	}
	printf("%zu kept, %zu %s\n", kept, review->changes.count - kept,
	       none ? "dropped" : "left in the layer");
	return failed ? 1 : 0;
}

/* --- the command --- */

static void show(const struct review *review)
{
	size_t counts[3] = { 0 }, refused = 0;

	for (size_t i = 0; i < review->changes.count; i++) {
		const struct layer_change *change = &review->changes.items[i];

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

static void find_own(struct review *review)
{
	_cleanup_free_ char *database = database_path();
	char *const paths[] = { layers_dir(), config_dir(), path_parent(database) };
	char *real = path_real(review->home);

	if (real) {
		free(review->home);
		review->home = real;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
		char *resolved = path_real(paths[i]);

		/* A database that was moved to a shared place protects itself alone. */
		if (resolved && !path_is_below(review->home, resolved) && strcmp(resolved, "/tmp") != 0)
			strings_add(&review->own, resolved);
		free(resolved);
		free(paths[i]);
	}
}

static int run(struct review *review, const struct strings *operands, struct err *e)
{
	_cleanup_free_ char *base = layers_dir();
	/* What is kept comes from where no link leads. */
	_cleanup_free_ char *real = path_real(base);
	_cleanup_free_ char *name = layer_encode(review->server);
	struct layer layer = LAYER_NONE;
	int result = -1;

	review->directory = path_join(real ? real : base, name);
	review->home = home_dir();
	find_own(review);
	if (access(review->directory, F_OK) < 0)
		return err_code(e, ERR_NOT_FOUND, "\"%.100s\" has no layer: srt-top learn --writes layer makes "
						  "one", review->server);
	if (!review->keep || layer_open(&layer, review->directory, NULL, e) == 0) {
		result = layer_changes_read(&review->changes, review->directory, review->home, &review->own, e);
		if (result == 0 && review->keep)
			result = keep_or_drop(review, operands, e);
		else if (result == 0)
			show(review);
	}
	layer_close(&layer);
	return result;
}

int cmd_review(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct review review = { 0 };
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
	review.server = operands.items[0];
	status = run(&review, &operands, &e);
	layer_changes_free(&review.changes);
	strings_free(&review.own);
	free(review.home);
	free(review.directory);
	if (status < 0)
		return report_failure(&e);
	return status ? status : report_end();
}
