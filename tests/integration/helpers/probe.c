/* SPDX-License-Identifier: MIT */
/*
 * Makes one system call after the other and says exactly what came of each, so that a test need
 * not read the words of other programs:
 *
 *   probe OPERATION ARGUMENT... [, OPERATION ARGUMENT...]...
 *
 * Prints "<operation> <first argument>: ok" or "…: EROFS" for each. Operations:
 *   read PATH          open for reading and read a byte
 *   append PATH        open for appending and write a byte
 *   writable PATH      open for writing, and write nothing: for places where a byte would do harm
 *   truncate PATH      open with O_TRUNC, without creating
 *   create PATH        open with O_CREAT | O_EXCL and write a byte
 *   resolve DIR FLAGS PATH   openat2 PATH from DIR for reading, with flags of RESOLVE_: BENEATH,
 *                      IN_ROOT, NO_SYMLINKS, NO_MAGICLINKS, NO_XDEV, joined by ","; "create" to make it
 *   mkdir PATH         rmdir PATH          unlink PATH         stat PATH        list PATH
 *   rename OLD NEW     link OLD NEW        symlink TEXT PATH   chmod PATH
 *   exec PATH          connect HOST PORT (an address, TCP)     unix PATH (stream socket)
 *   greeting PATH      connects a stream socket and prints what it is told
 *   serve PATH         binds a stream socket and listens
 *   datagram PATH      from one end of a pair of datagram sockets
 *   stub PATH          connects twice with one socket, from a copy of it too
 *   syscall NUMBER ARGUMENT
 *   sleep MILLISECONDS
 *   signals PATH       creates PATH when ready, then prints the name of each signal that comes;
 *                      TERM is the last one, and the exit status is then 7
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct operation {
	const char *name;
	int arguments;
	int (*run)(char **arguments); /* 0, or -1 with errno */
};

static int close_keeping_errno(int fd, int status)
{
	int error = errno;

	close(fd);
	errno = error;
	return status;
}

static int do_resolve(char **arguments)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} flags[] = { { "BENEATH", RESOLVE_BENEATH },
		      { "IN_ROOT", RESOLVE_IN_ROOT },
		      { "NO_SYMLINKS", RESOLVE_NO_SYMLINKS },
		      { "NO_MAGICLINKS", RESOLVE_NO_MAGICLINKS },
		      { "NO_XDEV", RESOLVE_NO_XDEV } };
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };
	int directory = open(arguments[0], O_PATH | O_CLOEXEC), fd;

	for (char *word = strtok(arguments[1], ","); word; word = strtok(NULL, ",")) {
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (strcmp(flags[i].name, word) == 0)
				how.resolve |= flags[i].flag;
		if (strcmp(word, "create") == 0) {
			how.flags = O_WRONLY | O_CREAT | O_CLOEXEC;
			how.mode = 0600;
		}
	}
	fd = (int)syscall(SYS_openat2, directory, arguments[2], &how, sizeof(how));
	if (fd < 0)
		return close_keeping_errno(directory, -1);
	close(fd);
	return close_keeping_errno(directory, 0);
}

static int do_read(char **arguments)
{
	int fd = open(arguments[0], O_RDONLY | O_CLOEXEC);
	char byte;

	return fd < 0 ? -1 : close_keeping_errno(fd, read(fd, &byte, 1) < 0 ? -1 : 0);
}

static int write_byte(int fd)
{
	return fd < 0 ? -1 : close_keeping_errno(fd, write(fd, "x", 1) == 1 ? 0 : -1);
}

static int do_append(char **arguments)
{
	return write_byte(open(arguments[0], O_WRONLY | O_APPEND | O_CLOEXEC));
}

static int do_writable(char **arguments)
{
	int fd = open(arguments[0], O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : close_keeping_errno(fd, 0);
}

static int do_truncate(char **arguments)
{
	int fd = open(arguments[0], O_WRONLY | O_TRUNC | O_CLOEXEC);

	return fd < 0 ? -1 : close_keeping_errno(fd, 0);
}

static int do_create(char **arguments)
{
	return write_byte(open(arguments[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int do_mkdir(char **arguments)
{
	return mkdir(arguments[0], 0700);
}

static int do_rmdir(char **arguments)
{
	return rmdir(arguments[0]);
}

static int do_unlink(char **arguments)
{
	return unlink(arguments[0]);
}

static int do_stat(char **arguments)
{
	struct stat st;

	return stat(arguments[0], &st);
}

static int do_list(char **arguments)
{
	DIR *dir = opendir(arguments[0]);
	struct dirent *entry;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			printf("entry %s\n", entry->d_name);
	closedir(dir);
	return 0;
}

static int do_rename(char **arguments)
{
	return rename(arguments[0], arguments[1]);
}

static int do_link(char **arguments)
{
	return link(arguments[0], arguments[1]);
}

static int do_symlink(char **arguments)
{
	return symlink(arguments[0], arguments[1]);
}

static int do_chmod(char **arguments)
{
	return chmod(arguments[0], 0640);
}

static int do_exec(char **arguments)
{
	char *words[] = { arguments[0], NULL };
	int report[2], error = 0;
	pid_t child;

	/* The descriptor closes on a successful exec; otherwise the errno comes through it. */
	if (pipe2(report, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		execv(words[0], words);
		error = errno;
		_exit(write(report[1], &error, sizeof(error)) < 0 ? 126 : 127);
	}
	close(report[1]);
	if (read(report[0], &error, sizeof(error)) < 0)
		error = errno;
	close(report[0]);
	waitpid(child, NULL, 0);
	errno = error;
	return error ? -1 : 0;
}

static int do_connect(char **arguments)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd;

	address.sin_port = htons((unsigned short)atoi(arguments[1]));
	if (inet_pton(AF_INET, arguments[0], &address.sin_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	return close_keeping_errno(fd, connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int do_unix(char **arguments)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", arguments[0]);
	return close_keeping_errno(fd, connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int unix_socket(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int do_greeting(char **arguments)
{
	struct sockaddr_un address;
	char text[64];
	int fd = unix_socket(arguments[0], &address);
	ssize_t got;

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return close_keeping_errno(fd, -1);
	got = read(fd, text, sizeof(text));
	if (got > 0)
		fwrite(text, 1, (size_t)got, stdout);
	return close_keeping_errno(fd, got > 0 ? 0 : -1);
}

static int do_serve(char **arguments)
{
	struct sockaddr_un address;
	int fd = unix_socket(arguments[0], &address);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return close_keeping_errno(fd, -1);
	return close_keeping_errno(fd, listen(fd, 1));
}

static int do_stub(char **arguments)
{
	struct sockaddr_un address;
	int fd = unix_socket(arguments[0], &address), copy = fd < 0 ? -1 : dup(fd);

	if (copy < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
	    connect(copy, (struct sockaddr *)&address, sizeof(address)) == 0)
		return close_keeping_errno(copy, 0);
	return close_keeping_errno(copy, -1);
}

static int do_datagram(char **arguments)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	close(pair[1]);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", arguments[0]);
	if (connect(pair[0], (struct sockaddr *)&address, sizeof(address)) < 0)
		return close_keeping_errno(pair[0], -1);
	return close_keeping_errno(pair[0], send(pair[0], "x", 1, 0) < 0 ? -1 : 0);
}

static int do_syscall(char **arguments)
{
	return syscall(strtol(arguments[0], NULL, 0), strtol(arguments[1], NULL, 0), 0, 0, 0) < 0 ? -1 : 0;
}

static int do_sleep(char **arguments)
{
	long milliseconds = strtol(arguments[0], NULL, 10);
	struct timespec pause = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	return nanosleep(&pause, NULL);
}

static int do_signals(char **arguments)
{
	sigset_t set;
	int number, fd;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = open(arguments[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	close(fd);
	do {
		if (sigwait(&set, &number) != 0)
			return -1;
		printf("got %s\n", sigabbrev_np(number));
		fflush(stdout);
	} while (number != SIGTERM);
	exit(7);
}

static const struct operation operations[] = {
	{ "resolve", 3, do_resolve },
	{ "read", 1, do_read },	      { "append", 1, do_append }, { "truncate", 1, do_truncate },
	{ "writable", 1, do_writable },
	{ "create", 1, do_create },   { "mkdir", 1, do_mkdir },	  { "rmdir", 1, do_rmdir },
	{ "unlink", 1, do_unlink },   { "stat", 1, do_stat },	  { "list", 1, do_list },
	{ "rename", 2, do_rename },   { "link", 2, do_link },	  { "symlink", 2, do_symlink },
	{ "chmod", 1, do_chmod },     { "exec", 1, do_exec },	  { "connect", 2, do_connect },
	{ "greeting", 1, do_greeting }, { "serve", 1, do_serve }, { "stub", 1, do_stub },
	{ "datagram", 1, do_datagram }, { "syscall", 2, do_syscall },
	{ "unix", 1, do_unix },	      { "sleep", 1, do_sleep },	  { "signals", 1, do_signals },
};

static const struct operation *find_operation(const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}

int main(int argc, char **argv)
{
	int i = 1;

	while (i < argc) {
		const struct operation *operation = find_operation(argv[i]);
		const char *outcome;

		if (!operation || i + operation->arguments >= argc) {
			fprintf(stderr, "probe: what is %s?\n", argv[i]);
			return 2;
		}
		outcome = operation->run(argv + i + 1) < 0 ? strerrorname_np(errno) : "ok";
		printf("%s %s: %s\n", operation->name, argv[i + 1], outcome);
		fflush(stdout);
		i += 1 + operation->arguments;
		if (i < argc && strcmp(argv[i], ",") == 0)
			i++;
	}
	return 0;
}
