/* SPDX-License-Identifier: MIT */
/*
 * A program that may be executed, and whose interpreter may not be seen: the kernel then fails the call
 * as if the program itself were missing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/sandbox/inspect_parts.h"
#include "core/sandbox/interpreter.h"
#include "core/sandbox/path_text.h"

#define DEPTH_MOST 5 /* a script's interpreter may be one; as the kernel has it */

/* False where there is none, or the file cannot be read, as it need not be. */
static bool read_name(int fd, char name[PATH_MAX])
{
	unsigned char head[INTERPRETER_HEAD];
	struct interpreter interpreter;
	ssize_t length = pread(fd, head, sizeof(head), 0);

	if (length <= 0 || !interpreter_parse(&interpreter, head, (size_t)length))
		return false;
	strcpy(name, interpreter.name);
	return name[0] || (pread(fd, name, interpreter.size, (off_t)interpreter.offset) ==
				   (ssize_t)interpreter.size &&
			   memchr(name, '\0', interpreter.size) == name + interpreter.size - 1);
}

/* The interpreter of what `resolved` found, as the caller would find it. */
static bool find_interpreter(const struct inspector *inspector, pid_t pid,
			     const struct resolved *resolved, struct resolved *interpreter)
{
	char link[64], name[PATH_MAX], path[PATH_MAX];
	_cleanup_close_ int fd = -1;

	if (!S_ISREG(resolved->object.info.stx_mode))
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", resolved->object.fd);
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || !read_name(fd, name))
		return false;
	/* A relative one starts where the caller stands. */
	if (name[0] == '/')
		strcpy(path, name);
	else if (!path_text_join(path, "/proc/self/cwd", name))
		return false;
	resolve_inside(inspector, pid, path, false, interpreter);
	return true;
}

void inspect_interpreter(const struct inspector *inspector, pid_t pid,
			 const struct resolved *program, struct finding *finding)
{
	const struct intent intent = { .effect = EFFECT_EXEC };
	struct resolved found[2] = { { .object = OBJECT_NONE }, { .object = OBJECT_NONE } };
	const struct resolved *current = program;

	for (unsigned depth = 0; depth < DEPTH_MOST; depth++) {
		struct resolved *next = &found[depth % 2];
		struct finding one;

		resolved_close(next);
		if (!find_interpreter(inspector, pid, current, next))
			break;
		finding_start(&one);
		inspect_reading_resolved(next, &intent, ACCESS_EXEC, &one);
		if (one.outcome == OUTCOME_REFUSED || one.outcome == OUTCOME_FAILS) {
			*finding = one;
			break;
		}
		if (one.outcome != OUTCOME_PLAIN)
			break;
		current = next;
	}
	resolved_close(&found[0]);
	resolved_close(&found[1]);
}
