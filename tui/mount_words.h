/* SPDX-License-Identifier: MIT */
#ifndef TUI_MOUNT_WORDS_H
#define TUI_MOUNT_WORDS_H

/* What the mounts of a sandbox mean, from its mountinfo: proc(5). Pure. */
#include <stdbool.h>
#include <stddef.h>

#define MOUNTS_MOST 5000

/* In the order in which they matter. */
enum mount_sense {
	MOUNT_WRITABLE,	 /* of the host, can be changed */
	MOUNT_HIDDEN,	 /* an empty directory or file stands in its place */
	MOUNT_PRIVATE,	 /* writable, but empty at the start and gone at the end */
	MOUNT_READ_ONLY, /* of the host */
	MOUNT_KERNEL,	 /* /proc, /dev, /sys and their kin */
	MOUNT_SENSES
};

struct mount_row {
	enum mount_sense sense;
	char *path;   /* bytes */
	size_t order; /* in which they were made */
};

struct mount_rows {
	struct mount_row *items; /* by sense, then path */
	size_t count, capacity;
};

void mount_rows_free(struct mount_rows *rows);
/* Reads a whole mountinfo; lines that cannot be read are left out. Of mounts over each other only
 * the last one, which is seen, is told. */
void mount_rows_read(struct mount_rows *rows, const char *mountinfo);
const char *mount_sense_words(enum mount_sense sense);

#endif
