/* SPDX-License-Identifier: MIT */
#include "core/policy/access.h"

#include <string.h>

#include "core/base/mem.h"

static const char *const kind_names[ACCESS_KIND_COUNT] = { "read", "write", "exec", "connect",
							    "dns",  "bind",  "unix" };
static const char *const verdict_names[VERDICT_COUNT] = { "allow", "deny", "ask" };
static const char *const scope_names[SCOPE_COUNT] = { "exact", "file", "dir", "host", "domain" };
static const char *const duration_names[DURATION_COUNT] = { "once", "session", "always" };

static bool find_name(const char *const *names, size_t count, const char *name, unsigned *index)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0) {
			*index = (unsigned)i;
			return true;
		}
	return false;
}

const char *access_kind_name(enum access_kind kind)
{
	return kind_names[kind];
}

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

const char *scope_name(enum scope scope)
{
	return scope_names[scope];
}

const char *duration_name(enum duration duration)
{
	return duration_names[duration];
}

bool access_kind_parse(const char *name, enum access_kind *kind)
{
	unsigned index;

	if (!find_name(kind_names, ACCESS_KIND_COUNT, name, &index))
		return false;
	*kind = (enum access_kind)index;
	return true;
}

bool verdict_parse(const char *name, enum verdict *verdict)
{
	unsigned index;

	if (!find_name(verdict_names, VERDICT_COUNT, name, &index))
		return false;
	*verdict = (enum verdict)index;
	return true;
}

bool scope_parse(const char *name, enum scope *scope)
{
	unsigned index;

	if (!find_name(scope_names, SCOPE_COUNT, name, &index))
		return false;
	*scope = (enum scope)index;
	return true;
}

bool duration_parse(const char *name, enum duration *duration)
{
	unsigned index;

	if (!find_name(duration_names, DURATION_COUNT, name, &index))
		return false;
	*duration = (enum duration)index;
	return true;
}

bool access_is_file(enum access_kind kind)
{
	return kind == ACCESS_READ || kind == ACCESS_WRITE || kind == ACCESS_EXEC;
}

void access_event_free(struct access_event *event)
{
	free(event->id);
	free(event->session);
	free(event->server);
	free(event->object);
	free(event->why);
	free(event->rule);
	free(event->exe);
	free(event->syscall);
	free(event->command_line);
	free(event->chain);
	free(event->request);
	free(event->drift);
	memset(event, 0, sizeof(*event));
}

void access_event_copy(struct access_event *to, const struct access_event *from)
{
	*to = *from;
	to->id = xstrdup(from->id);
	to->session = xstrdup(from->session);
	to->server = xstrdup(from->server);
	to->object = xstrdup(from->object);
	to->why = xstrdup(from->why);
	to->rule = xstrdup(from->rule);
	to->exe = xstrdup(from->exe);
	to->syscall = xstrdup(from->syscall);
	to->command_line = xstrdup(from->command_line);
	to->chain = xstrdup(from->chain);
	to->request = xstrdup(from->request);
	to->drift = xstrdup(from->drift);
}

void access_row_free(struct access_row *row)
{
	free(row->object);
	free(row->exe);
	if (row->programs)
		strings_free(row->programs);
	free(row->programs);
	memset(row, 0, sizeof(*row));
}

void access_rows_free(struct access_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		access_row_free(&rows[i]);
	free(rows);
}
