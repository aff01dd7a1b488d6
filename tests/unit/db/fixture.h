/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_DB_FIXTURE_H
#define TESTS_UNIT_DB_FIXTURE_H

/* A private directory with a database file's name in it, and short ways to say records. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "db/internal.h"
#include "tests/lib/unit.h"

struct place {
	char directory[64];
	char file[96];
};

static inline void place_make(struct place *place)
{
	strcpy(place->directory, "/tmp/srt-top-db-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(place->directory));
	snprintf(place->file, sizeof(place->file), "%s/h.db", place->directory);
	unsetenv("SRT_TOP_DB");
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void place_remove(struct place *place)
{
	nftw(place->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct db *place_open(const struct place *place)
{
	struct err e = { 0 };
	struct db *db = db_open(place->file, true, &e);

	ck_assert_msg(db != NULL, "%s", e.message);
	return db;
}

static inline mode_t mode_of(const char *path)
{
	struct stat st;

	ck_assert_msg(lstat(path, &st) == 0, "%s is missing", path);
	return st.st_mode & 07777;
}

static inline void put_file(const char *path, const void *bytes, size_t length, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

/* The call passes `why` as its struct err. */
#define OK(call)                                                                                   \
	do {                                                                                       \
		struct err err_ = { 0 };                                                           \
		struct err *why = &err_;                                                           \
		ck_assert_msg((call) == 0, "%s", err_.message);                                    \
	} while (0)

/* Borrowed text in records: nothing here is freed. */
static inline struct access_event an_event(const char *id, const char *object, enum verdict verdict)
{
	return (struct access_event){ .id = (char *)id,
			       .time_ms = 1000,
			       .session = (char *)"100-00000001",
			       .server = (char *)"fs",
			       .kind = ACCESS_READ,
			       .object = (char *)object,
			       .verdict = verdict,
			       .count = 1 };
}

static inline struct access_row an_access(enum access_kind kind, const char *object,
					  enum verdict verdict)
{
	return (struct access_row){ .kind = kind,
				    .object = (char *)object,
				    .verdict = verdict,
				    .count = 1,
				    .first_ms = 1000,
				    .last_ms = 1000 };
}

static inline struct store_batch a_batch(void)
{
	return (struct store_batch){ .session = (char *)"100-00000001", .server = "fs" };
}

static inline int64_t count_rows(struct db *db, const char *table_where)
{
	_cleanup_free_ char *sql = xasprintf("SELECT count(*) FROM %s", table_where);
	int64_t rows = -1;

	OK(db_pragma_get(db, sql, &rows, why));
	return rows;
}

#endif
