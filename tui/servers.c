/* SPDX-License-Identifier: MIT */
#include "tui/servers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "tui/log_files.h"

#define SERVERS_MOST 1000

struct server {
	pid_t pid;
	struct server_spec spec;
	bool restart, ended;
};

struct servers {
	char *state_dir, *log_dir;
	int hold;
	unsigned long files;
	struct server *items;
	size_t count, capacity;
};

struct servers *servers_new(const char *state_dir, int hold, unsigned long files)
{
	struct servers *servers = xcalloc(1, sizeof(*servers));

	servers->state_dir = xstrdup(state_dir);
	servers->log_dir = xasprintf("%s/log", state_dir);
	servers->hold = hold;
	servers->files = files;
	return servers;
}

void servers_free(struct servers *servers)
{
	if (servers == NULL)
		return;
	for (size_t i = 0; i < servers->count; i++)
		server_spec_free(&servers->items[i].spec);
	free(servers->items);
	free(servers->state_dir);
	free(servers->log_dir);
	free(servers);
}

/* The whole command line. 0, or -1 with *e. */
static int make_words(struct strings *words, const struct servers *servers,
		      const struct server_spec *spec, struct err *e)
{
	_cleanup_strings_ struct strings inner = STRINGS_EMPTY;

	if (server_spec_inner(&inner, spec, e) < 0)
		return -1;
	strings_add(words, "srt-top");
	strings_add(words, "run");
	if (spec->name != NULL) {
		strings_add(words, "-n");
		strings_add(words, spec->name);
	}
	if (servers->hold >= 0) {
		strings_add(words, "--hold");
		strings_addf(words, "%d", servers->hold);
	} else {
		/* It may ask before this dashboard has attached to it. */
		strings_add(words, "--awaited");
	}
	strings_add(words, "--");
	for (size_t i = 0; i < inner.count; i++)
		strings_add(words, inner.items[i]);
	return 0;
}

/* --- in the child: nothing but system calls and exec --- */

static void default_signals(void)
{
	sigset_t none;

	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A pipe that this process itself may write to never ends. */
static int open_quiet_input(void)
{
	char path[64];
	int ends[2], fd;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	fd = open(path, O_RDWR | O_CLOEXEC);
	close(ends[0]);
	close(ends[1]);
	return fd;
}

/*
 * What is printed goes through a process of its own, which bounds the file: it lives as long as the
 * server, with or without a dashboard, and is nobody's child. Returns the end to print into, or -1.
 */
static int open_output(const char *path)
{
	char *words[] = { (char *)"srt-top", (char *)"keep-log", (char *)path, NULL };
	int ends[2], fd, status;
	pid_t pid;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || close(fd) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		fd = open("/dev/null", O_RDWR);
		if (fd >= 0 && dup2(ends[0], STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0 &&
		    dup2(fd, STDERR_FILENO) >= 0 && chdir("/") == 0)
			execv("/proc/self/exe", words);
		_exit(125);
	}
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return ends[1];
}

static int prepare(const struct servers *servers, const struct server_spec *spec)
{
	struct rlimit limit;
	char path[4096];
	int input, output;

	setsid();
	default_signals();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && servers->files > 0) {
		limit.rlim_cur = servers->files;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	snprintf(path, sizeof(path), "%s/%d.log", servers->log_dir, (int)getpid());
	output = open_output(path);
	input = open_quiet_input();
	if (input < 0 || output < 0 || dup2(input, STDIN_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		return -1;
	return spec->cwd != NULL ? chdir(spec->cwd) : 0;
}

static void run_child(const struct servers *servers, const struct server_spec *spec, char **words,
		      int report)
{
	int error;

	/* This very program, whatever lies about under its name. */
	if (prepare(servers, spec) == 0)
		execv("/proc/self/exe", words);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(125);
}

/* --- in the dashboard --- */

static void forget_oldest_ended(struct servers *servers)
{
	if (servers->count < SERVERS_MOST)
		return;
	for (size_t i = 0; i < servers->count; i++)
		if (servers->items[i].ended) {
			server_spec_free(&servers->items[i].spec);
			servers->count--;
			memmove(&servers->items[i], &servers->items[i + 1],
				(servers->count - i) * sizeof(*servers->items));
			return;
		}
}

pid_t servers_start(struct servers *servers, const struct server_spec *spec, struct err *e)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	struct server server = { .pid = -1 };
	int ends[2], error = 0;
	ssize_t got;

	forget_oldest_ended(servers);
	if (servers->count == SERVERS_MOST)
		return err_set(e, "%d servers were started here already", SERVERS_MOST);
	if (make_words(&words, servers, spec, e) < 0)
		return -1;
	if (make_directories(servers->log_dir) < 0)
		return err_errno(e, "%s", servers->log_dir);
	/* Then it is invisible in every sandbox, too. */
	if (check_private_directory(servers->state_dir, e) < 0 ||
	    check_private_directory(servers->log_dir, e) < 0)
		return -1;
	log_files_prune(servers->log_dir, LOG_FILES_MOST, (int64_t)time(NULL) - LOG_FILES_AGE_S);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, "a pipe");
	server.pid = fork();
	if (server.pid == 0)
		run_child(servers, spec, words.items, ends[1]);
	close(ends[1]);
	if (server.pid < 0) {
		close(ends[0]);
		return err_errno(e, "starting %s", spec->words.items[0]);
	}
	/* The other end is closed by exec: nothing comes then. */
	do
		got = read(ends[0], &error, sizeof(error));
	while (got < 0 && errno == EINTR);
	close(ends[0]);
	if (got == (ssize_t)sizeof(error)) {
		waitpid(server.pid, NULL, 0);
		errno = error;
		return err_errno(e, "starting %s", spec->words.items[0]);
	}
	server_spec_copy(&server.spec, spec);
	grow_array(servers->items, servers->count, servers->capacity);
	servers->items[servers->count++] = server;
	return server.pid;
}

/* The latest one: numbers come again. */
static struct server *find(const struct servers *servers, pid_t pid)
{
	for (size_t i = servers->count; i-- > 0;)
		if (servers->items[i].pid == pid)
			return &servers->items[i];
	return NULL;
}

int servers_restart(struct servers *servers, pid_t pid, bool *ended, struct err *e)
{
	struct server *server = find(servers, pid);
	struct server_spec spec;
	int result;

	if (server == NULL)
		return err_code(e, ERR_NOT_FOUND, "it was not started here");
	*ended = server->ended;
	server->restart = !server->ended;
	if (!server->ended)
		return 0;
	server_spec_copy(&spec, &server->spec);
	result = servers_start(servers, &spec, e) < 0 ? -1 : 0;
	server_spec_free(&spec);
	return result;
}

char *servers_reap(struct servers *servers)
{
	char *trouble = NULL;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct server *server = find(servers, pid);
		struct err e = { .message = "" };
		bool ended;

		if (server == NULL)
			continue;
		server->ended = true;
		if (server->restart && servers_restart(servers, pid, &ended, &e) < 0) {
			free(trouble);
			trouble = xstrdup(e.message);
		}
	}
	return trouble;
}

void servers_spawn(const char *const *words)
{
	pid_t pid = fork();
	int null;

	if (pid != 0)
		return;
	setsid();
	default_signals();
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execvp(words[0], (char *const *)words);
	_exit(127);
}
