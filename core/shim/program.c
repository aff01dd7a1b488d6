/* SPDX-License-Identifier: MIT */
/* Finding and executing the program: execvp(3) without a C library. */
#include <fcntl.h>

#include "core/shim/shim.h"
#include "core/shim/syscalls.h"

#define PATH_DEFAULT "/bin:/usr/bin"
#define CANDIDATE_SIZE 4096
#define WORDS_MOST 8192

static size_t length_of(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

static int has_slash(const char *text)
{
	while (*text)
		if (*text++ == '/')
			return 1;
	return 0;
}

static const char *path_of(char **environment)
{
	for (; *environment; environment++) {
		const char *word = *environment;

		if (word[0] == 'P' && word[1] == 'A' && word[2] == 'T' && word[3] == 'H' &&
		    word[4] == '=')
			return word + 5;
	}
	return PATH_DEFAULT;
}

/* A script without an interpreter line is for the shell, as execvp(3) has it. */
static long execute_script(const char *path, char **words, char **environment)
{
	static char shell[] = "/bin/sh";
	static char *shell_words[WORDS_MOST + 2];
	size_t count = 0;

	shell_words[count++] = shell;
	shell_words[count++] = (char *)path;
	for (char **word = words + 1; words[0] && *word; word++) {
		if (count > WORDS_MOST)
			return -E2BIG;
		shell_words[count++] = *word;
	}
	return syscall3(SYS_execve, (long)shell, (long)shell_words, (long)environment);
}

static long execute(const char *path, char **words, char **environment)
{
	long result = syscall3(SYS_execve, (long)path, (long)words, (long)environment);

	return result == -ENOEXEC ? execute_script(path, words, environment) : result;
}

/* Joins a directory of PATH and the name; an empty one is the working directory. */
static int join(char candidate[CANDIDATE_SIZE], const char *directory, size_t directory_length,
		const char *name)
{
	size_t name_length = length_of(name), at = 0;

	if (directory_length + name_length + 2 > CANDIDATE_SIZE)
		return 0;
	for (size_t i = 0; i < directory_length; i++)
		candidate[at++] = directory[i];
	if (directory_length)
		candidate[at++] = '/';
	for (size_t i = 0; i <= name_length; i++)
		candidate[at++] = name[i];
	return 1;
}

int program_execute(char **words, char **environment)
{
	const char *name = words[0], *path = path_of(environment);
	static char candidate[CANDIDATE_SIZE];
	int error = ENOENT;

	if (!*name)
		return ENOENT;
	if (has_slash(name))
		return (int)-execute(name, words, environment);
	for (;;) {
		size_t length = 0;
		long result;

		while (path[length] && path[length] != ':')
			length++;
		if (join(candidate, path, length, name)) {
			result = execute(candidate, words, environment);
			/*
			 * A directory that is closed to us says EACCES whether or not the name is in it: only
			 * what is there counts as found.
			 */
			if (result == -EACCES) {
				if (syscall3(SYS_faccessat, AT_FDCWD, (long)candidate, 0) == 0)
					error = EACCES;
			} else if (result != -ENOENT && result != -ENOTDIR && result != -ESTALE &&
				   result != -ENODEV && result != -ETIMEDOUT) {
				return (int)-result;
			}
		}
		path += length;
		if (!*path)
			return error;
		path++;
	}
}

static const char *words_for(int error)
{
	static const struct {
		int error;
		const char *words;
	} known[] = {
		{ ENOENT, "No such file or directory" },
		{ EACCES, "Permission denied" },
		{ EPERM, "Operation not permitted" },
		{ ENOEXEC, "Exec format error" },
		{ E2BIG, "Argument list too long" },
		{ ENOTDIR, "Not a directory" },
		{ EISDIR, "Is a directory" },
		{ ELOOP, "Too many levels of symbolic links" },
		{ ENAMETOOLONG, "File name too long" },
		{ ENOMEM, "Cannot allocate memory" },
		{ ETXTBSY, "Text file busy" },
		{ EIO, "Input/output error" },
		{ ELIBBAD, "Accessing a corrupted shared library" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].error == error)
			return known[i].words;
	return "cannot be executed";
}

void program_complain(const char *name, int error)
{
	const char *parts[] = { "srt-top: ", name, ": ", words_for(error), "\n" };
	static char line[CANDIDATE_SIZE + 128];
	size_t at = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (const char *c = parts[i]; *c && at < sizeof(line); c++)
			line[at++] = *c;
	syscall3(SYS_write, 2, (long)line, (long)at);
}
