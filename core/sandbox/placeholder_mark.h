/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_PLACEHOLDER_MARK_H
#define CORE_SANDBOX_PLACEHOLDER_MARK_H

/*
 * How a placeholder is told from a file or directory of somebody's own: by what stat(2) says of
 * the inode. Uses no library function, so that a program without one can include it.
 *
 * The mark is a modification time that no clock gives, on an empty file of one name or on a
 * directory. Whatever is written to the file or put into the directory takes the mark off.
 *
 * An inode cannot be born with a chosen time, but with a chosen mode: until it is marked, a new
 * placeholder is sticky and closed to writing, which an empty file or directory of anybody's own
 * never is. So there is no moment at which another run could take it for something else.
 */
#include <stdbool.h>
#include <sys/stat.h>

/* 1987-06-05 04:03:02 UTC; even, since FAT counts in steps of two seconds. */
#define PLACEHOLDER_SECONDS 549864182
/* In steps of 10 ms (exFAT); file systems that keep seconds only have zero here. */
#define PLACEHOLDER_NANOSECONDS 270000000

#define PLACEHOLDER_FILE_BIRTH (S_ISVTX | 0444)
#define PLACEHOLDER_DIR_BIRTH (S_ISVTX | 0555)
#define PLACEHOLDER_FILE_MODE 0444
/* Its owner can fill it on the host, which makes it his own. */
#define PLACEHOLDER_DIR_MODE 0755

static inline bool placeholder_may_be(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ||
	       (S_ISREG(st->st_mode) && st->st_size == 0 && st->st_nlink == 1);
}

/* A directory has to be empty as well, which stat(2) does not tell. */
static inline bool placeholder_is_marked(const struct stat *st)
{
	return placeholder_may_be(st) && st->st_mtim.tv_sec == PLACEHOLDER_SECONDS &&
	       (st->st_mtim.tv_nsec == PLACEHOLDER_NANOSECONDS || st->st_mtim.tv_nsec == 0);
}

/* Made, and not marked yet. A file mode creation mask may have taken bits away. */
static inline bool placeholder_is_newborn(const struct stat *st)
{
	mode_t most = S_ISDIR(st->st_mode) ? PLACEHOLDER_DIR_BIRTH : PLACEHOLDER_FILE_BIRTH;

	return placeholder_may_be(st) && (st->st_mode & S_ISVTX) && !(st->st_mode & 07777 & ~most);
}

#endif
