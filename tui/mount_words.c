/* SPDX-License-Identifier: MIT */
#include "tui/mount_words.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

#define FIELDS_MOST 32

void mount_rows_free(struct mount_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->items[i].path);
	free(rows->items);
	memset(rows, 0, sizeof(*rows));
}

/* "\040" and its kin. Caller frees. */
static char *unescape(const char *text)
{
	struct buf out = BUF_EMPTY;

	buf_adds(&out, "");
	for (; *text != '\0'; text++) {
		int value = 0, digits = 0;

		if (*text == '\\')
			while (digits < 3 && text[1 + digits] >= '0' && text[1 + digits] <= '7')
				value = value * 8 + (text[1 + digits++] - '0');
		if (digits == 3 && value > 0 && value < 256) {
			buf_addc(&out, (char)value);
			text += 3;
		} else {
			buf_addc(&out, *text);
		}
	}
	return out.data != NULL ? buf_steal(&out) : xstrdup("");
}

static bool has_option(const char *options, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = options; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

static enum mount_sense sense_of(const char *type, const char *root, bool read_only)
{
	static const char *const kernel[] = { "proc",	 "sysfs",      "devpts",    "mqueue",
					      "cgroup2", "cgroup",     "debugfs",   "tracefs",
					      "bpf",	 "securityfs", "hugetlbfs", "pstore" };

	for (size_t i = 0; i < ARRAY_LENGTH(kernel); i++)
		if (strcmp(type, kernel[i]) == 0)
			return MOUNT_KERNEL;
	if (strcmp(root, "/null") == 0)
		return MOUNT_HIDDEN;
	if (strcmp(type, "devtmpfs") == 0)
		return MOUNT_KERNEL;
	/* A directory of the host may lie in a tmpfs, too: then its root is not that of the tmpfs.
	 */
	if (strcmp(type, "tmpfs") == 0 && strcmp(root, "/") == 0)
		return read_only ? MOUNT_HIDDEN : MOUNT_PRIVATE;
	return read_only ? MOUNT_READ_ONLY : MOUNT_WRITABLE;
}

/* Splits at blanks, in place. */
static size_t split(char *line, char **fields)
{
	size_t count = 0;
	char *rest;

	for (char *word = strtok_r(line, " ", &rest); word != NULL && count < FIELDS_MOST;
	     word = strtok_r(NULL, " ", &rest))
		fields[count++] = word;
	return count;
}

static bool is_of_kernel(const char *path)
{
	return path_is_below(path, "/dev") || path_is_below(path, "/proc") || path_is_below(path, "/sys");
}

/* 36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static bool read_line(struct mount_row *row, char *line)
{
	char *fields[FIELDS_MOST];
	size_t count = split(line, fields), dash = 6;
	_cleanup_free_ char *root = NULL;

	while (dash < count && strcmp(fields[dash], "-") != 0)
		dash++;
	if (count < 10 || dash + 3 >= count)
		return false;
	root = unescape(fields[3]);
	row->path = unescape(fields[4]);
	row->sense = sense_of(fields[dash + 1], root,
			      has_option(fields[5], "ro") || has_option(fields[dash + 3], "ro"));
	if (is_of_kernel(row->path))
		row->sense = MOUNT_KERNEL;
	return true;
}

static int compare_paths(const void *a, const void *b)
{
	const struct mount_row *left = a, *right = b;
	int order = strcmp(left->path, right->path);

	if (order != 0)
		return order;
	return left->order < right->order ? -1 : left->order > right->order;
}

static int compare_rows(const void *a, const void *b)
{
	const struct mount_row *left = a, *right = b;

	if (left->sense != right->sense)
		return left->sense < right->sense ? -1 : 1;
	return strcmp(left->path, right->path);
}

/* Of mounts over each other the last one is seen. The rows are sorted by path and order. */
static void keep_last(struct mount_rows *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++)
		if (i + 1 < rows->count &&
		    strcmp(rows->items[i].path, rows->items[i + 1].path) == 0)
			free(rows->items[i].path);
		else
			rows->items[kept++] = rows->items[i];
	rows->count = kept;
}

/* Sorted by sense and path: what lies below another mount of the kernel says nothing new. */
static void fold_kernel(struct mount_rows *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct mount_row *row = &rows->items[i];
		const struct mount_row *last = kept > 0 ? &rows->items[kept - 1] : NULL;

		if (row->sense == MOUNT_KERNEL && last != NULL && last->sense == MOUNT_KERNEL &&
		    path_is_below(row->path, last->path))
			free(row->path);
		else
			rows->items[kept++] = *row;
	}
	rows->count = kept;
}

void mount_rows_read(struct mount_rows *rows, const char *mountinfo)
{
	_cleanup_free_ char *copy = xstrdup(mountinfo);
	char *rest;

	mount_rows_free(rows);
	for (char *line = strtok_r(copy, "\n", &rest); line != NULL && rows->count < MOUNTS_MOST;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct mount_row row = { .path = NULL };

		if (!read_line(&row, line))
			continue;
		row.order = rows->count;
		grow_array(rows->items, rows->count, rows->capacity);
		rows->items[rows->count++] = row;
	}
	if (rows->count == 0)
		return;
	qsort(rows->items, rows->count, sizeof(*rows->items), compare_paths);
	keep_last(rows);
	qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
	fold_kernel(rows);
}

const char *mount_sense_words(enum mount_sense sense)
{
	static const char *const words[MOUNT_SENSES] = {
		[MOUNT_WRITABLE] = "Can be changed",
		[MOUNT_HIDDEN] = "Hidden: something empty stands there",
		[MOUNT_PRIVATE] = "Its own, empty at the start and gone at the end",
		[MOUNT_READ_ONLY] = "Can be read, not changed",
		[MOUNT_KERNEL] = "Of the kernel",
	};

	return words[sense];
}
