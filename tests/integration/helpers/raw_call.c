/* SPDX-License-Identifier: MIT */
/*
 * Makes one system call with the arguments given and prints "ok" or the error's name:
 *
 *   raw_call NAME ARGUMENT...
 *
 *   s:TEXT   a string           n:NUMBER  a number                 b:   a buffer
 *   d:PATH   a descriptor of a directory (O_PATH)                  v:   a list of words, and an
 *   h:FLAGS,MODE,RESOLVE  struct open_how                               empty environment behind it
 *
 * What it executes prints nothing. Exit status 2: a call that this machine does not have.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static const struct {
	const char *name;
	long number;
} calls[] = {
#ifdef SYS_open
	{ "open", SYS_open },	      { "creat", SYS_creat },	    { "stat", SYS_stat },
	{ "lstat", SYS_lstat },	      { "access", SYS_access },	    { "readlink", SYS_readlink },
	{ "rename", SYS_rename },     { "mkdir", SYS_mkdir },	    { "rmdir", SYS_rmdir },
	{ "link", SYS_link },	      { "unlink", SYS_unlink },	    { "symlink", SYS_symlink },
	{ "chmod", SYS_chmod },	      { "chown", SYS_chown },	    { "lchown", SYS_lchown },
	{ "utime", SYS_utime },	      { "mknod", SYS_mknod },
#endif
	{ "openat", SYS_openat },     { "openat2", SYS_openat2 },   { "newfstatat", SYS_newfstatat },
	{ "statx", SYS_statx },	      { "faccessat", SYS_faccessat }, { "faccessat2", SYS_faccessat2 },
	{ "readlinkat", SYS_readlinkat }, { "chdir", SYS_chdir },   { "statfs", SYS_statfs },
	{ "getxattr", SYS_getxattr }, { "listxattr", SYS_listxattr }, { "setxattr", SYS_setxattr },
	{ "lsetxattr", SYS_lsetxattr }, { "removexattr", SYS_removexattr },
	{ "truncate", SYS_truncate }, { "renameat2", SYS_renameat2 }, { "mkdirat", SYS_mkdirat },
	{ "mknodat", SYS_mknodat },   { "symlinkat", SYS_symlinkat }, { "linkat", SYS_linkat },
	{ "unlinkat", SYS_unlinkat }, { "fchmodat", SYS_fchmodat }, { "fchmodat2", SYS_fchmodat2 },
	{ "fchownat", SYS_fchownat }, { "utimensat", SYS_utimensat }, { "execve", SYS_execve },
	{ "execveat", SYS_execveat },
};

static char buffer[65536], word[] = "raw";
static char *words[] = { word, NULL }, *environment[] = { NULL };
static struct open_how how;

/* Returns how many arguments of the call it makes. */
static int read_argument(const char *text, long *out)
{
	unsigned long long flags, mode, resolve;

	switch (text[0]) {
	case 's':
		out[0] = (long)(text + 2);
		return 1;
	case 'n':
		out[0] = strtol(text + 2, NULL, 0);
		return 1;
	case 'd':
		out[0] = open(text + 2, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return 1;
	case 'v':
		out[0] = (long)words;
		out[1] = (long)environment;
		return 2;
	case 'h':
		if (sscanf(text + 2, "%llu,%llu,%llu", &flags, &mode, &resolve) != 3)
			break;
		how = (struct open_how){ .flags = flags, .mode = mode, .resolve = resolve };
		out[0] = (long)&how;
		out[1] = sizeof(how);
		return 2;
	default:
		break;
	}
	out[0] = (long)buffer;
	return 1;
}

int main(int argc, char **argv)
{
	long arguments[8] = { 0 }, number = -1, result;
	int count = 0;

	for (size_t i = 0; argc > 1 && i < LENGTH_OF(calls); i++)
		if (strcmp(calls[i].name, argv[1]) == 0)
			number = calls[i].number;
	for (int i = 2; i < argc && count < 6; i++)
		count += read_argument(argv[i], &arguments[count]);
	if (number < 0)
		return 2;
	result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
			 arguments[5]);
	puts(result < 0 ? strerrorname_np(errno) : "ok");
	return 0;
}
