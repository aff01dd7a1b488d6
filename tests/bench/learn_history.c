/* SPDX-License-Identifier: MIT */
/*
 * For tests/bench/learn.sh.
 *
 *   learn_history make FILE HOME RUNS OBJECTS   a history of RUNS runs of the server "bench", each
 *						 with the same OBJECTS accesses, most of them of files
 *						 below HOME, which are made
 *   learn_history measure COMMAND...	  runs it with its output thrown away; prints milliseconds and the
 *					  peak of its resident memory in kB
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "db/internal.h"

#define BATCH 4096

static char *object_of(const char *home, long index, enum access_kind *kind)
{
	*kind = ACCESS_READ;
	if (index % 1000 == 999) {
		*kind = ACCESS_CONNECT;
		return xasprintf("h%ld.d%ld.example.org:443", index, index % 7);
	}
	if (index % 10 == 9) {
		*kind = ACCESS_WRITE;
		return xasprintf("%s/.cache/tool/%02lx/entry-%ld", home, index % 256, index);
	}
	if (index % 10 == 8)
		return xasprintf("/usr/share/doc/p%ld/file-%ld", index % 500, index);
	return xasprintf("%s/src/p%ld/node_modules/m%ld/lib/file-%ld.js", home, index % 20, index % 997,
			 index);
}

/* So that there is something to put back. */
static void make_file(const char *path, const char *home)
{
	_cleanup_free_ char *directory = path_parent(path);
	int fd;

	if (!path_is_below(path, home) || make_directories(directory) < 0)
		return;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

static int write_run(struct store store, const char *home, long run, long objects, struct err *e)
{
	_cleanup_free_ char *session = xasprintf("%ld-00000001", run + 1);
	const struct session_record record = { .id = session,
					       .server = "bench",
					       .command = "node server.js",
					       .cwd = home,
					       .mode = "ask",
					       .started_ms = 1000 * run + 1 };

	if (store.ops->session_begin(store.handle, &record, e) < 0)
		return -1;
	for (long first = 0; first < objects; first += BATCH) {
		static struct access_row rows[BATCH];
		struct store_batch batch = { .session = session, .server = "bench", .accesses = rows };
		int result;

		for (long i = first; i < objects && i < first + BATCH; i++) {
			struct access_row *row = &rows[batch.access_count++];

			*row = (struct access_row){ .verdict = VERDICT_ALLOW,
						    .exe = (char *)"/usr/bin/node",
						    .count = 1 + (uint64_t)i % 5,
						    .first_ms = 1000 * run + 2,
						    .last_ms = 1000 * run + 3 };
			row->object = object_of(home, i, &row->kind);
			row->created = row->kind == ACCESS_WRITE;
			if (run == 0 && row->kind == ACCESS_READ)
				make_file(row->object, home);
		}
		result = store.ops->write(store.handle, &batch, e);
		for (size_t i = 0; i < batch.access_count; i++)
			free(rows[i].object);
		if (result < 0)
			return -1;
	}
	return 0;
}

static int make(char **argv)
{
	struct err e = { 0 };
	struct db *db = db_open(argv[2], true, &e);
	int result = db ? 0 : -1;

	/* The order of the objects is not that of the key, as in life, and what is kept is not bounded
	 * here. */
	if (db)
		db->limits.accesses = INT64_MAX;
	for (long run = 0; result == 0 && run < atol(argv[4]); run++)
		result = write_run(db_store(db), argv[3], run, atol(argv[5]), &e);
	if (result < 0)
		fprintf(stderr, "learn_history: %s\n", e.message);
	db_close(db);
	return result < 0;
}

static int measure(char **argv)
{
	int64_t began = clock_mono_ms();
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status))
		return 1;
	printf("%lld %ld\n", (long long)(clock_mono_ms() - began), usage.ru_maxrss);
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "make") == 0)
		return make(argv);
	if (argc > 2 && strcmp(argv[1], "measure") == 0)
		return measure(argv);
	fputs("learn_history: see its head\n", stderr);
	return 2;
}
