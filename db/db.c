/* SPDX-License-Identifier: MIT */
/*
 * Opening, checking and closing the database.
 *
 * The file holds what programs did on this machine, so it is 0600 in a directory of this user
 * alone. SQLite gives -wal and -shm the mode of the main file; leftovers of these names are checked
 * too, because their content is trusted as much as the file's.
 *
 * Whether a file is ours is read from its first 100 bytes before SQLite looks at it: a look through
 * SQLite may already replay a journal or tidy up a write-ahead log, and a stranger's
 * file is never to be touched. The bytes are read through the descriptor that SQLite holds: opening
 * and closing the file once more would drop the locks of this process's other connections (POSIX
 * record locks). The application id is in the main file from the first commit on, because the
 * schema is made before the switch to write-ahead logging.
 */
#include "db/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/io.h"
#include "core/base/mem.h"

#define LOG_PAGES 64 /* 256 KiB */
#define OPEN_BUSY_MS 250     /* while another process recovers or closes */
#define MIGRATE_BUSY_MS 2000 /* while another process makes the schema */
#define STRICT_SINCE 3037000
#define HEADER_SIZE 100

static const struct db_limits default_limits = {
	.events = 200000,
	.decisions = 50000,
	.accesses = 100000,
	.sessions = 20000,
};

int db_failed(struct db *db, int result, struct err *e)
{
	const char *words = sqlite3_errmsg(db->handle);

	switch (result & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_code(e, ERR_BUSY, "%s is in use by another program; try again",
				db->path);
	case SQLITE_FULL:
		return err_set(e, "%s cannot grow: the disk or a quota is full; free some space",
			       db->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(
			e,
			"%s is damaged (%s): move it away to start afresh, or rescue it with "
			"sqlite3's .recover",
			db->path, words);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return err_set(e, "%s cannot be opened for writing (%s): check its owner and mode",
			       db->path, words);
	case SQLITE_IOERR: {
		int saved = sqlite3_system_errno(db->handle);

		return err_set(e, "%s: %s (%s): check the disk", db->path, words,
			       saved ? strerror(saved) : "no system error");
	}
	default:
		return err_set(e, "%s: %s", db->path, words);
	}
}

static char *parent_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

/* A directory that the person named in SRT_TOP_DB need not be private, only out of others'
 * hands. */
static int check_named_directory(const char *directory, bool *shared, struct err *e)
{
	struct stat st;

	if (stat(directory, &st) < 0)
		return err_errno(e, "%s", directory);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, "%s is not a directory", directory);
	*shared = st.st_mode & 022;
	if (*shared && !(st.st_mode & S_ISVTX))
		return err_set(e, "other users can replace files in %s (mode %04o; chmod go-w it)",
			       directory, (unsigned)(st.st_mode & 07777));
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(e, "%s belongs to another user", directory);
	return 0;
}

static int check_directory(const char *path, bool create, bool *shared, struct err *e)
{
	_cleanup_free_ char *directory = parent_directory(path);
	const char *named = getenv("SRT_TOP_DB");
	struct stat st;

	*shared = false;
	if (lstat(directory, &st) < 0 && errno == ENOENT) {
		if (!create)
			return err_code(e, ERR_NOT_FOUND,
					"%s does not exist: nothing has been recorded yet", path);
		if (make_directories(directory) < 0)
			return err_errno(e, "cannot make the directory %s for the database",
					 directory);
	}
	if (named && strcmp(named, path) == 0) {
		if (check_named_directory(directory, shared, e) < 0)
			return err_wrap(e, "cannot use the database %s", path);
		return 0;
	}
	if (check_private_directory(directory, e) < 0)
		return err_wrap(e, "cannot use the database %s", path);
	return 0;
}

/* 0: usable, 1: absent, -1 with *e. */
static int check_file(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			return 1;
		return err_errno(e, "cannot use the database %s", path);
	}
	if (S_ISDIR(st.st_mode))
		return err_set(e, "%s is a directory, not a database: move it away", path);
	if (S_ISLNK(st.st_mode))
		return err_set(e, "%s is a symbolic link: set SRT_TOP_DB to the file itself", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s is not a regular file: move it away", path);
	if (st.st_uid != geteuid())
		return err_set(e,
			       "%s belongs to another user: set SRT_TOP_DB to a file of your own",
			       path);
	if (st.st_mode & 077)
		return err_set(e, "%s is open to other users (mode %04o): chmod 600 it", path,
			       (unsigned)(st.st_mode & 07777));
	return 0;
}

static int check_companions(const char *path, struct err *e)
{
	static const char *const endings[] = { "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < ARRAY_LENGTH(endings); i++) {
		_cleanup_free_ char *companion = xasprintf("%s%s", path, endings[i]);

		if (check_file(companion, e) < 0)
			return -1;
	}
	return 0;
}

static int make_file(const char *path, struct err *e)
{
	_cleanup_close_ int fd =
		open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return check_file(path, e) < 0 ? -1 : 0;
	if (fd < 0 || fchmod(fd, 0600) < 0)
		return err_errno(e, "cannot make the database %s", path);
	return 0;
}

struct header {
	int64_t file_size;
	bool ours;
	uint32_t version;
	bool wal;
};

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static int read_header(struct db *db, struct header *header, struct err *e)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char bytes[HEADER_SIZE] = { 0 };
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;
	int result = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);

	if (result == SQLITE_OK)
		result = file->pMethods->xFileSize(file, &size);
	if (result == SQLITE_OK)
		result = file->pMethods->xRead(file, bytes, sizeof(bytes), 0);
	if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ)
		return db_failed(db, result, e);
	header->file_size = size;
	header->ours = memcmp(bytes, magic, sizeof(magic)) == 0 &&
		       big_endian(bytes + 68) == DB_APPLICATION_ID;
	header->version = big_endian(bytes + 60);
	header->wal = bytes[18] == 2;
	return 0;
}

static int newer(const struct db *db, int64_t version, struct err *e)
{
	return err_set(e,
		       "%s was written by a newer srt-top (schema %lld, this one knows %d): update "
		       "srt-top, or set SRT_TOP_DB to another file",
		       db->path, (long long)version, DB_SCHEMA_VERSION);
}

/* Waits for whoever else may be doing the same; a file system without shared memory stays as it
 * is. */
static void switch_to_wal(struct db *db)
{
	for (int attempt = 0; attempt < 10; attempt++) {
		struct err ignored;

		if (db_exec(db, "PRAGMA journal_mode = WAL", &ignored) == 0 ||
		    ignored.code != ERR_BUSY)
			return;
		sqlite3_sleep(10);
	}
}

static int prepare(struct db *db, bool create, struct err *e)
{
	struct header header = { 0 };
	int64_t version = 0;

	if (read_header(db, &header, e) < 0)
		return -1;
	if (header.file_size == 0 && !create)
		return err_code(e, ERR_NOT_FOUND, "%s is empty: nothing has been recorded yet",
				db->path);
	if (header.file_size > 0 && !header.ours)
		return err_set(
			e,
			"%s is not a database of srt-top: move it away, or set SRT_TOP_DB to "
			"another file",
			db->path);
	if (header.file_size > 0 && header.version > DB_SCHEMA_VERSION)
		return newer(db, header.version, e);

	/*
	 * Closing does not fold the log in: that would wait for the disk at the end of every short
	 * command. It is folded in when it has grown to LOG_PAGES: the first to open reads all of it
	 * and sums it up, which is on the start path of every command. And a file that is
	 * refused below is left with its log as it was.
	 */
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_busy_timeout(db->handle, OPEN_BUSY_MS);
	if (db_pragma_get(db, "PRAGMA user_version", &version, e) < 0)
		return -1;
	if (version > DB_SCHEMA_VERSION)
		return newer(db, version, e);
	if (version < DB_SCHEMA_VERSION || !header.wal) {
		sqlite3_busy_timeout(db->handle, MIGRATE_BUSY_MS);
		if (version < DB_SCHEMA_VERSION &&
		    schema_migrate(db, sqlite3_libversion_number() >= STRICT_SINCE, e) < 0)
			return -1;
		switch_to_wal(db);
	}
	if (db_exec(db, "PRAGMA synchronous = NORMAL", e) < 0)
		return -1;
	sqlite3_wal_autocheckpoint(db->handle, LOG_PAGES);
	sqlite3_busy_timeout(db->handle, DB_BUSY_MS);
	return 0;
}

static void harden(sqlite3 *handle)
{
	sqlite3_extended_result_codes(handle, 1);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 1 << 20);
}

struct db *db_open(const char *path, bool create, struct err *e)
{
	struct db *db = NULL;
	bool shared;
	int state, result;

	if (!path || !*path) {
		err_set(e, "the database has no name: set SRT_TOP_DB to a file");
		return NULL;
	}
	if (check_directory(path, create, &shared, e) < 0)
		return NULL;
	state = check_file(path, e);
	if (state == 1 && !create) {
		err_code(e, ERR_NOT_FOUND, "%s does not exist: nothing has been recorded yet",
			 path);
		return NULL;
	}
	if (state < 0 || (state == 1 && make_file(path, e) < 0) || check_companions(path, e) < 0)
		return NULL;

	db = xcalloc(1, sizeof(*db));
	db->limits = default_limits;
	/* SQLite gives names such as ":memory:" a meaning; no name that holds a slash has one. */
	db->path = strchr(path, '/') ? xstrdup(path) : xasprintf("./%s", path);
	/* One thread uses a connection: SQLite need not lock it at every call. */
	/* A page at a time: twenty at once would be mapped and given back for each row that is written,
	 * whose CHECKs make a table of their own. Of no effect once SQLite is in use. */
	sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	result = sqlite3_open_v2(db->path, &db->handle,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE |
					 SQLITE_OPEN_NOMUTEX,
				 NULL);
	if (!db->handle)
		abort();
	if (result == SQLITE_OK && sqlite3_db_readonly(db->handle, "main") == 1)
		result = SQLITE_READONLY;
	if (result != SQLITE_OK) {
		db_failed(db, result, e);
		db_close(db);
		return NULL;
	}
	harden(db->handle);
	/* Where others may make files beside ours, look again now that SQLite holds what it
	 * opened. */
	if (prepare(db, create, e) < 0 || (shared && check_companions(path, e) < 0)) {
		db_close(db);
		return NULL;
	}
	return db;
}

void db_shrink(struct db *db)
{
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		sqlite3_finalize(db->statements[i]);
		db->statements[i] = NULL;
	}
	sqlite3_db_release_memory(db->handle);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->handle);
	free(db->path);
	free(db);
}
