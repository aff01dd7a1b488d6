/* SPDX-License-Identifier: MIT */
/* What was exported, and what was proved. */
#include "db/internal.h"

#include <string.h>

#include "core/base/mem.h"

#define SETTINGS_MOST (512 * 1024) /* bytes of one text; a longer one is not kept */

void export_row_free(struct export_row *row)
{
	free(row->file);
	free(row->cwd);
	free(row->settings);
	free(row->programs);
	*row = (struct export_row){ 0 };
}

static int add_export(struct db *db, const char *server, const struct export_row *row,
		      struct err *e)
{
	sqlite3_stmt *statement;
	int64_t id;

	if (db_server_id(db, server, &id, e) < 0)
		return -1;
	statement = db_statement(db, EXPORT_ADD, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_int64(statement, 2, row->time_ms);
	db_bind(statement, 3, row->file);
	db_bind(statement, 4, row->cwd);
	sqlite3_bind_text(statement, 5, row->settings, -1, SQLITE_STATIC);
	db_bind(statement, 6, row->programs);
	if (db_run(db, statement, e) < 0)
		return -1;
	statement = db_statement(db, EXPORT_PRUNE, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_int(statement, 2, DB_EXPORTS_MOST);
	return db_run(db, statement, e);
}

int db_export_add(struct db *db, const char *server, const struct export_row *row, struct err *e)
{
	if (strlen(row->settings) > SETTINGS_MOST)
		return err_set(e, "%s: the settings file is too long to be remembered", db->path);
	if (db_begin(db, e) < 0)
		return -1;
	return db_finish(db, add_export(db, server, row, e), e);
}

int db_export_last(struct db *db, const char *server, struct export_row *row, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, EXPORT_LAST, e);
	int more;

	*row = (struct export_row){ 0 };
	if (!statement)
		return -1;
	db_bind(statement, 1, server);
	more = db_next_row(db, statement, e);
	if (more <= 0)
		return more;
	*row = (struct export_row){ .time_ms = sqlite3_column_int64(statement, 0),
				    .file = db_column(statement, 1),
				    .cwd = db_column(statement, 2),
				    .settings = db_column(statement, 3),
				    .programs = db_column(statement, 4) };
	sqlite3_reset(statement);
	return 0;
}

int db_access_known(struct db *db, const char *server, enum access_kind kind, const char *object,
		    int64_t until_ms, bool *known, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, ACCESS_KNOWN, e);
	int64_t one;
	int found;

	if (!statement)
		return -1;
	db_bind(statement, 1, server);
	sqlite3_bind_text(statement, 2, access_kind_name(kind), -1, SQLITE_STATIC);
	db_bind(statement, 3, object);
	sqlite3_bind_int64(statement, 4, until_ms);
	found = db_get(db, statement, &one, e);
	*known = found > 0;
	return found < 0 ? -1 : 0;
}

void proof_rows_free(struct proof_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(rows[i].list);
		free(rows[i].entry);
		free(rows[i].why);
	}
	free(rows);
}

static int add_proof(struct db *db, const char *server, const char *subject,
		     const struct proof_row *row, struct err *e)
{
	sqlite3_stmt *statement;
	int64_t id;

	if (db_server_id(db, server, &id, e) < 0)
		return -1;
	statement = db_statement(db, PROOF_ADD, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_text(statement, 2, subject, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, row->list, -1, SQLITE_STATIC);
	db_bind(statement, 4, row->entry);
	sqlite3_bind_int64(statement, 5, row->needed);
	db_bind(statement, 6, row->why);
	if (db_run(db, statement, e) < 0)
		return -1;
	statement = db_statement(db, PROOF_PRUNE, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_text(statement, 2, subject, -1, SQLITE_STATIC);
	sqlite3_bind_int(statement, 3, DB_PROOFS_MOST);
	return db_run(db, statement, e);
}

int db_proof_add(struct db *db, const char *server, const char *subject,
		 const struct proof_row *row, struct err *e)
{
	if (db_begin(db, e) < 0)
		return -1;
	return db_finish(db, add_proof(db, server, subject, row, e), e);
}

int db_proofs(struct db *db, const char *server, const char *subject, struct proof_row **rows,
	      size_t *count, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, PROOFS, e);
	struct proof_row *list = NULL;
	size_t used = 0, capacity = 0;
	int more;

	if (!statement)
		return -1;
	db_bind(statement, 1, server);
	sqlite3_bind_text(statement, 2, subject, -1, SQLITE_STATIC);
	while ((more = db_next_row(db, statement, e)) > 0) {
		grow_array(list, used, capacity);
		list[used++] = (struct proof_row){ .list = db_column(statement, 0),
						   .entry = db_column(statement, 1),
						   .runs = sqlite3_column_int64(statement, 2),
						   .needed = sqlite3_column_int64(statement, 3),
						   .why = db_column(statement, 4) };
	}
	if (more < 0) {
		proof_rows_free(list, used);
		return -1;
	}
	*rows = list;
	*count = used;
	return 0;
}
