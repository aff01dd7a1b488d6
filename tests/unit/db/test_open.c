/* SPDX-License-Identifier: MIT */
/* Opening: permissions, what is refused, and that what is refused stays untouched. */
#include "db/internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/base/io.h"
#include "tests/unit/db/fixture.h"

static struct place place;

static void setup(void)
{
	place_make(&place);
}

static void teardown(void)
{
	place_remove(&place);
}

static void fails_with(const char *path, bool create, const char *words)
{
	struct err e = { 0 };
	struct db *db = db_open(path, create, &e);

	ck_assert_msg(db == NULL, "opened %s", path);
	ck_assert_msg(strstr(e.message, words), "\"%s\" lacks \"%s\"", e.message, words);
	ck_assert_msg(strstr(e.message, path), "\"%s\" does not name %s", e.message, path);
	ck_assert_ptr_null(strchr(e.message, '\n'));
}

START_TEST(a_new_database_is_private_and_in_wal_mode)
{
	char nested[128], file[160];
	struct err e = { 0 };
	struct db *db;
	int64_t value = 0;

	umask(0);
	snprintf(nested, sizeof(nested), "%s/state/srt-top", place.directory);
	snprintf(file, sizeof(file), "%s/srt-top.db", nested);
	db = db_open(file, true, &e);
	ck_assert_msg(db != NULL, "%s", e.message);
	ck_assert_int_eq(mode_of(nested), 0700);
	ck_assert_int_eq(mode_of(file), 0600);
	OK(db_begin(db, why));
	OK(db_finish(db, 0, why));
	strcat(file, "-wal");
	ck_assert_int_eq(mode_of(file), 0600);
	strcpy(strrchr(file, '-'), "-shm");
	ck_assert_int_eq(mode_of(file), 0600);
	OK(db_pragma_get(db, "PRAGMA user_version", &value, why));
	ck_assert_int_eq(value, DB_SCHEMA_VERSION);
	OK(db_pragma_get(db, "PRAGMA application_id", &value, why));
	ck_assert_int_eq(value, DB_APPLICATION_ID);
	OK(db_pragma_get(db, "PRAGMA foreign_keys", &value, why));
	ck_assert_int_eq(value, 1);
	OK(db_pragma_get(db, "PRAGMA synchronous", &value, why));
	ck_assert_int_eq(value, 1);
	OK(db_pragma_get(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &value, why));
	ck_assert_int_eq(value, 1);
	db_close(db);
}
END_TEST

START_TEST(a_missing_database_is_not_made_unasked)
{
	struct err e = { 0 };
	char missing[128];

	fails_with(place.file, false, "nothing has been recorded yet");
	ck_assert_int_eq(access(place.file, F_OK), -1);
	snprintf(missing, sizeof(missing), "%s/none/h.db", place.directory);
	ck_assert_ptr_null(db_open(missing, false, &e));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	put_file(place.file, "", 0, 0600);
	ck_assert_ptr_null(db_open(place.file, false, &e));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_ptr_null(db_open("", true, &e));
}
END_TEST

START_TEST(an_empty_file_becomes_a_database)
{
	put_file(place.file, "", 0, 0600);
	db_close(place_open(&place));
}
END_TEST

static void foreign_sqlite(const char *path, const char *sql)
{
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(path, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
	chmod(path, 0600);
}

/* Whatever is wrong: one line, the file named, and not a byte changed. */
START_TEST(a_file_that_is_not_ours_is_refused_and_left_alone)
{
	static const struct {
		const char *sql, *text, *words;
	} cases[] = {
		{ NULL, "hello", "is not a database of srt-top" },
		{ NULL, "SQLite format 3", "is not a database of srt-top" },
		{ "CREATE TABLE t(x); INSERT INTO t VALUES(1)", NULL,
		  "is not a database of srt-top" },
		{ "PRAGMA journal_mode = WAL; CREATE TABLE t(x)", NULL,
		  "is not a database of srt-top" },
		{ "PRAGMA application_id = 1400001648; PRAGMA user_version = 99", NULL,
		  "newer srt-top" },
		{ "PRAGMA application_id = 1400001648; PRAGMA journal_mode = WAL; "
		  "PRAGMA user_version = 1000; CREATE TABLE t(x)",
		  NULL, "newer srt-top" },
	};
	_cleanup_free_ char *before = NULL, *after = NULL;
	size_t length_before, length_after;

	if (cases[_i].sql)
		foreign_sqlite(place.file, cases[_i].sql);
	else
		put_file(place.file, cases[_i].text, strlen(cases[_i].text), 0600);
	OK(read_small_file(&before, &length_before, place.file, 1 << 20, why));
	fails_with(place.file, true, cases[_i].words);
	OK(read_small_file(&after, &length_after, place.file, 1 << 20, why));
	ck_assert_uint_eq(length_before, length_after);
	ck_assert_mem_eq(before, after, length_before);
}
END_TEST

/* Another application's log beside its file is not played back either. */
START_TEST(a_strangers_write_ahead_log_is_not_touched)
{
	char wal[128];
	struct stat before, after;
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(place.file, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle,
				      "PRAGMA journal_mode = WAL; CREATE TABLE t(x);"
				      "INSERT INTO t VALUES(1)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(handle);
	snprintf(wal, sizeof(wal), "%s-wal", place.file);
	chmod(place.file, 0600);
	chmod(wal, 0600);
	ck_assert_int_eq(stat(wal, &before), 0);
	ck_assert_int_gt(before.st_size, 0);
	{
		char shm[128];

		snprintf(shm, sizeof(shm), "%s-shm", place.file);
		chmod(shm, 0600);
	}
	fails_with(place.file, true, "is not a database of srt-top");
	ck_assert_int_eq(stat(wal, &after), 0);
	ck_assert_int_eq(before.st_size, after.st_size);
}
END_TEST

START_TEST(what_is_no_plain_file_of_ours_alone_is_refused)
{
	char other[128];

	ck_assert_int_eq(mkdir(place.file, 0700), 0);
	fails_with(place.file, true, "is a directory");
	ck_assert_int_eq(rmdir(place.file), 0);

	snprintf(other, sizeof(other), "%s/other", place.directory);
	put_file(other, "", 0, 0600);
	ck_assert_int_eq(symlink(other, place.file), 0);
	fails_with(place.file, true, "is a symbolic link");
	ck_assert_int_eq(unlink(place.file), 0);

	ck_assert_int_eq(mkfifo(place.file, 0600), 0);
	fails_with(place.file, true, "is not a regular file");
	ck_assert_int_eq(unlink(place.file), 0);

	put_file(place.file, "", 0, 0640);
	fails_with(place.file, true, "chmod 600");
	ck_assert_int_eq(mode_of(place.file), 0640);
}
END_TEST

START_TEST(companions_of_others_are_refused)
{
	static const char *const endings[] = { "-wal", "-shm", "-journal" };
	char companion[128];
	struct err e = { 0 };

	db_close(place_open(&place));
	snprintf(companion, sizeof(companion), "%s%s", place.file, endings[_i]);
	put_file(companion, "x", 1, 0666);
	ck_assert_ptr_null(db_open(place.file, true, &e));
	ck_assert_ptr_nonnull(strstr(e.message, companion));
}
END_TEST

START_TEST(the_default_directory_must_be_private)
{
	ck_assert_int_eq(chmod(place.directory, 0755), 0);
	fails_with(place.file, true, "chmod 700");
	ck_assert_int_eq(mode_of(place.directory), 0755);
	ck_assert_int_eq(access(place.file, F_OK), -1);
}
END_TEST

START_TEST(a_named_file_may_lie_where_others_can_only_look_or_add)
{
	static const struct {
		mode_t mode;
		bool usable;
	} cases[] = {
		{ 0700, true }, { 0755, true }, { 01777, true }, { 0777, false }, { 0775, false }
	};

	setenv("SRT_TOP_DB", place.file, 1);
	ck_assert_int_eq(chmod(place.directory, cases[_i].mode), 0);
	if (cases[_i].usable) {
		db_close(place_open(&place));
		ck_assert_int_eq(mode_of(place.file), 0600);
	} else {
		fails_with(place.file, true, "chmod go-w");
	}
	ck_assert_int_eq(mode_of(place.directory), cases[_i].mode);
}
END_TEST

START_TEST(a_damaged_file_says_so_and_stays)
{
	struct db *db = place_open(&place);
	char page[4096];
	int fd;

	db_close(db);
	memset(page, 0x5a, sizeof(page));
	fd = open(place.file, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, page, sizeof(page) - 100, 100), sizeof(page) - 100);
	close(fd);
	fails_with(place.file, true, "is damaged");
}
END_TEST

START_TEST(an_unreadable_file_says_so)
{
	pid_t child;
	int status;

	if (geteuid() != 0)
		return;
	db_close(place_open(&place));
	ck_assert_int_eq(chmod(place.file, 0000), 0);
	ck_assert_int_eq(chown(place.file, 65534, 65534), 0);
	ck_assert_int_eq(chown(place.directory, 65534, 65534), 0);
	child = fork();
	if (child == 0) {
		struct err e = { 0 };
		bool refused;

		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		refused = !db_open(place.file, true, &e);
		_exit(refused && strstr(e.message, "check its owner and mode") ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	/* Root finds a file of somebody else. */
	ck_assert_int_eq(chown(place.directory, 0, 0), 0);
	fails_with(place.file, true, "belongs to another user");
}
END_TEST

START_TEST(a_name_with_a_meaning_to_sqlite_is_only_a_name)
{
	struct err e = { 0 };
	struct db *db;

	ck_assert_int_eq(chdir(place.directory), 0);
	db = db_open(":memory:", true, &e);
	ck_assert_msg(db != NULL, "%s", e.message);
	db_close(db);
	ck_assert_int_eq(access(":memory:", F_OK), 0);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(an_open_database_can_be_opened_again_in_the_same_process)
{
	struct db *first = place_open(&place), *second;
	struct err e = { 0 };

	OK(db_begin(first, why));
	second = place_open(&place);
	ck_assert_int_eq(db_begin(second, &e), -1);
	ck_assert_int_eq(e.code, ERR_BUSY);
	db_close(second);
	second = place_open(&place);
	ck_assert_msg(db_begin(second, &e) == -1,
		      "closing a connection dropped the other one's lock");
	db_close(second);
	OK(db_finish(first, 0, why));
	db_close(first);
}
END_TEST

static Suite *open_suite(void)
{
	Suite *suite = suite_create("db open");
	TCase *tests = tcase_create("open");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_new_database_is_private_and_in_wal_mode);
	tcase_add_test(tests, a_missing_database_is_not_made_unasked);
	tcase_add_test(tests, an_empty_file_becomes_a_database);
	tcase_add_loop_test(tests, a_file_that_is_not_ours_is_refused_and_left_alone, 0, 6);
	tcase_add_test(tests, a_strangers_write_ahead_log_is_not_touched);
	tcase_add_test(tests, what_is_no_plain_file_of_ours_alone_is_refused);
	tcase_add_loop_test(tests, companions_of_others_are_refused, 0, 3);
	tcase_add_test(tests, the_default_directory_must_be_private);
	tcase_add_loop_test(tests, a_named_file_may_lie_where_others_can_only_look_or_add, 0, 5);
	tcase_add_test(tests, a_damaged_file_says_so_and_stays);
	tcase_add_test(tests, an_unreadable_file_says_so);
	tcase_add_test(tests, a_name_with_a_meaning_to_sqlite_is_only_a_name);
	tcase_add_test(tests, an_open_database_can_be_opened_again_in_the_same_process);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(open_suite)
