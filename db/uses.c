/* SPDX-License-Identifier: MIT */
/* What has decided: events name the rule, or the entry of a settings file, by its text. */
#include "db/internal.h"

#include "core/base/mem.h"

int db_rule_uses(struct db *db, struct rule_use **uses, size_t *count, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, RULE_USES, e);
	struct rule_use *list = NULL;
	size_t used = 0, capacity = 0;
	int more;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, DB_USES_WINDOW);
	sqlite3_bind_int64(statement, 2, DB_USES_MOST);
	while ((more = db_next_row(db, statement, e)) > 0) {
		grow_array(list, used, capacity);
		list[used++] = (struct rule_use){ .server = db_column(statement, 0),
						  .rule = db_column(statement, 1),
						  .hits = (uint64_t)sqlite3_column_int64(statement, 2),
						  .last_ms = sqlite3_column_int64(statement, 3) };
	}
	if (more < 0) {
		rule_uses_free(list, used);
		return -1;
	}
	*uses = list;
	*count = used;
	return 0;
}

int db_decided_by(struct db *db, const char *server, const char *rule, size_t most,
		  struct access_row **rows, size_t *count, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, DECIDED_BY, e);
	struct access_row *list = NULL;
	size_t used = 0, capacity = 0;
	int more;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, DB_USES_WINDOW);
	db_bind(statement, 2, rule);
	if (server)
		db_bind(statement, 3, server);
	sqlite3_bind_int64(statement, 4, (int64_t)most);
	while ((more = db_next_row(db, statement, e)) > 0) {
		struct access_row row = { .count = (uint64_t)sqlite3_column_int64(statement, 3),
					  .last_ms = sqlite3_column_int64(statement, 4) };

		if (!access_kind_parse(db_column_name(statement, 0), &row.kind) ||
		    !verdict_parse(db_column_name(statement, 2), &row.verdict))
			continue;
		row.object = db_column(statement, 1);
		row.exe = db_column(statement, 5);
		grow_array(list, used, capacity);
		list[used++] = row;
	}
	if (more < 0) {
		access_rows_free(list, used);
		return -1;
	}
	*rows = list;
	*count = used;
	return 0;
}
