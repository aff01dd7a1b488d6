/* SPDX-License-Identifier: MIT */
/*
 * The whole way on real trees: evidence, export, the text parsed, the mount plan, and every access
 * judged again. What was allowed is allowed, and what was refused stays refused.
 */
#include "learn/replay.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "learn/export.h"
#include "tests/unit/learn/world.h"

static char base[] = "/tmp/srt-top-replay-XXXXXX";
static char *home;

static bool exists(void *tree, const char *path)
{
	struct stat st;

	(void)tree;
	return lstat(path, &st) == 0;
}

static bool is_directory(void *tree, const char *path)
{
	struct stat st;

	(void)tree;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_direct(void *tree, const char *path)
{
	(void)tree;
	return path_is_plain(path);
}

static bool list(void *tree, const char *path, struct strings *names)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	(void)tree;
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
			strings_add(names, entry->d_name);
	if (dir)
		closedir(dir);
	return dir != NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void setup(void)
{
	strcpy(base + strlen(base) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	home = path_join(base, "home");
}

static void teardown(void)
{
	nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(home);
}

static uint64_t seed;

static unsigned roll(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % sides;
}

static const char *const files[] = {
	"a/one", "a/two", "a/three", "a/four", "a/five", "a/deep/x", "a/deep/y", "b/.env", "b/page-1",
	"b/page-2", "b/node_modules/m/index.js", "b/node_modules/m/package.json", ".cache/tool/c1",
	".cache/tool/c2", ".ssh/config", ".ssh/id", "top", "c/bin/run", "c/lib/data", "c/x.db",
};

static void make_tree(void)
{
	nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	ck_assert_int_eq(mkdir(home, 0700), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		_cleanup_free_ char *path = path_join(home, files[i]);
		int fd;

		for (char *slash = strchr(path + strlen(home) + 1, '/'); slash;
		     slash = strchr(slash + 1, '/')) {
			*slash = '\0';
			mkdir(path, 0700);
			*slash = '/';
		}
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct access_row *left = a, *right = b;
	int order = (int)left->kind - (int)right->kind;

	return order ? order : strcmp(left->object, right->object);
}

static bool is_known(const struct world *world, enum access_kind kind, const char *object)
{
	for (size_t i = 0; i < world->access_count; i++)
		if (world->accesses[i].kind == kind &&
		    strcmp(world->accesses[i].object, object) == 0)
			return true;
	return false;
}

static void make_world(struct world *world, unsigned number)
{
	static const enum access_kind kinds[] = { ACCESS_READ, ACCESS_READ, ACCESS_WRITE,
						  ACCESS_EXEC };
	static const char *const secrets[] = { ".ssh", "b/.env" };
	static const char *const hosts[] = { "a.example.org:443", "b.example.org:443",
					     "c.example.org:443", "d.example.org:80",
					     "10.0.0.1:80" };

	seed = 0x9e3779b97f4a7c15u * (number + 1);
	*world = (struct world){ .reads = roll(3) ? READS_CLOSED : READS_OPEN };
	for (size_t i = 0; i < ARRAY_LENGTH(secrets); i++)
		strings_take(&world->sensitive, path_join(home, secrets[i]));
	for (unsigned left = 1 + roll(14); left; left--) {
		_cleanup_free_ char *path = path_join(home, files[roll(ARRAY_LENGTH(files))]);
		enum access_kind kind = kinds[roll(4)];

		/* One word about each: which of two counts is tested elsewhere. */
		if (!is_known(world, ACCESS_READ, path) && !is_known(world, ACCESS_WRITE, path) &&
		    !is_known(world, ACCESS_EXEC, path))
			world_access(world, roll(5) ? VERDICT_ALLOW : VERDICT_DENY, kind, path);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(hosts); i++)
		if (roll(2))
			world_access(world, roll(5) ? VERDICT_ALLOW : VERDICT_DENY, ACCESS_CONNECT,
				     hosts[i]);
	if (world->access_count)
		qsort(world->accesses, world->access_count, sizeof(*world->accesses), compare_rows);
	if (roll(2))
		world->cwd = path_join(home, "b");
}

START_TEST(an_export_allows_what_was_seen_and_refuses_what_was_refused)
{
	uint64_t same = 0;

	for (unsigned number = 0; number < 500; number++) {
		struct mount_request request = { .home = home };
		struct settings *settings = NULL;
		struct mount_plan plan = { 0 };
		struct replay replay = { 0 };
		struct buf text = BUF_EMPTY, explain = BUF_EMPTY;
		struct err e = { 0 };
		struct export_input input;
		struct world world;

		if (number % 50 == 0)
			make_tree();
		make_world(&world, number);
		input = world_input(&world);
		input.home = home;
		input.tree = (struct tree_view){ exists, is_directory, is_direct, list, NULL, NULL };
		ck_assert_msg(export_settings(&text, &explain, NULL, &input, &e) == 0, "%s",
			      e.message);
		ck_assert_msg(settings_parse(&settings, buf_text(&text), text.length, &e) == 0,
			      "%s", e.message);
		request.settings = settings;
		request.cwd = world.cwd ? world.cwd : base;
		ck_assert_msg(mount_plan_make(&plan, &request, &e) == 0, "%s", e.message);
		ck_assert_msg(plan.notes.count == 0, "world %u: %s\n%s", number,
			      plan.notes.count ? plan.notes.items[0] : "", buf_text(&text));
		replay_run(&replay, world.accesses, world.access_count, settings, &plan, 100);
		same += replay.same;
		for (size_t i = 0; i < replay.count; i++)
			ck_abort_msg("world %u: %s %s %s now %s (%s)\n%s%s", number,
				     verdict_name(replay.items[i].row->verdict),
				     access_kind_name(replay.items[i].row->kind),
				     replay.items[i].row->object,
				     replay.items[i].change == CHANGE_ALLOWED ? "allowed" :
										"refused",
				     replay.items[i].why, buf_text(&text), buf_text(&explain));
		replay_free(&replay);
		mount_plan_free(&plan);
		settings_free(settings);
		buf_free(&text);
		buf_free(&explain);
		world_free(&world);
	}
	ck_assert_uint_gt(same, 2000);
}
END_TEST

static const struct {
	const char *rows; /* KIND VERDICT OBJECT LAST_MS ERROR, one a line */
	uint64_t same, refused, allowed;
} cases[] = {
	{ "", 0, 0, 0 },
	{ "read allow /open 1 0", 1, 0, 0 },
	{ "read allow /hidden/x 1 0", 0, 1, 0 },
	{ "read allow /hidden 1 0", 0, 1, 0 },
	{ "read allow /hiddenx 1 0", 1, 0, 0 },
	{ "read deny /hidden/x 1 13", 1, 0, 0 },
	{ "read deny /open 1 13", 0, 0, 1 },
	{ "read allow /hidden/x 1 13", 0, 0, 0 },
	{ "read allow /hidden/back/x 1 0", 1, 0, 0 },
	{ "exec allow /hidden/x 1 0", 0, 1, 0 },
	{ "write allow /open 1 0", 0, 1, 0 },
	{ "write allow /w/new 1 0", 1, 0, 0 },
	{ "write allow /hidden/back/x 1 0", 0, 1, 0 },
	{ "write allow /dev/null 1 0", 1, 0, 0 },
	{ "read allow /hidden/x 2 0\nread deny /hidden/x 1 13", 0, 1, 0 },
	{ "read allow /hidden/x 1 0\nread deny /hidden/x 2 13", 1, 0, 0 },
	{ "read allow /hidden/../open 1 0", 0, 0, 0 },
	{ "connect allow a.example.org:443 1 0", 1, 0, 0 },
	{ "connect allow a.example.org:80 1 0", 0, 1, 0 },
	{ "connect deny a.example.org:443 1 0", 0, 0, 1 },
	{ "connect deny no-endpoint 1 0", 0, 0, 0 },
	{ "unix allow /hidden/socket 1 0", 0, 0, 0 },
};

START_TEST(differences_are_counted)
{
	static const char text[] =
		"{\"network\":{\"allowedDomains\":[\"a.example.org:443\"],\"deniedDomains\":[]},"
		"\"filesystem\":{\"denyRead\":[],\"allowWrite\":[],\"denyWrite\":[]}}";
	_cleanup_free_ char *lines = xstrdup(cases[_i].rows);
	struct settings *settings = NULL;
	struct mount_plan plan = { 0 };
	struct replay replay = { 0 };
	struct world world = { 0 };
	struct err e;

	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
		char kind_name[16], verdict[16], object[64];
		enum access_kind kind;
		int last, error;

		ck_assert_int_eq(sscanf(line, "%15s %15s %63s %d %d", kind_name, verdict, object,
					&last, &error),
				 5);
		ck_assert(access_kind_parse(kind_name, &kind));
		world_access(&world, verdict[0] == 'a' ? VERDICT_ALLOW : VERDICT_DENY, kind, object);
		world.accesses[world.access_count - 1].last_ms = last;
		world.accesses[world.access_count - 1].error = error;
	}
	ck_assert_int_eq(settings_parse(&settings, text, sizeof(text) - 1, &e), 0);
	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_BASE, "/", "/", NULL);
	mount_plan_add(&plan, MOUNT_BIND, ORIGIN_SETTINGS, "/w", "/w", "allowWrite /w");
	mount_plan_add(&plan, MOUNT_MASK_DIR, ORIGIN_SETTINGS, NULL, "/hidden", "denyRead /hidden");
	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_SETTINGS, "/hidden/back", "/hidden/back",
		       "allowRead /hidden/back");
	replay_run(&replay, world.accesses, world.access_count, settings, &plan, 1);
	ck_assert_uint_eq(replay.same, cases[_i].same);
	ck_assert_uint_eq(replay.refused, cases[_i].refused);
	ck_assert_uint_eq(replay.allowed, cases[_i].allowed);
	if (replay.count)
		ck_assert_uint_gt(strlen(replay.items[0].why) + 1, 0);
	replay_free(&replay);
	mount_plan_free(&plan);
	settings_free(settings);
	world_free(&world);
}
END_TEST

static Suite *replay_suite(void)
{
	Suite *suite = suite_create("replay");
	TCase *tests = tcase_create("replay");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, an_export_allows_what_was_seen_and_refuses_what_was_refused);
	tcase_add_loop_test(tests, differences_are_counted, 0, (int)ARRAY_LENGTH(cases));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(replay_suite)
