/* SPDX-License-Identifier: MIT */
/*
 * Evidence: what all sessions of a server did, added up. The rows of one session come in the order
 * of their key, those of many do not, and to sort them in SQL would write them to a temporary file
 * first. So they are added up in a hash table, which holds each object once, and sorted at the
 * end. Names that this version does not know are left out.
 */
#include "db/internal.h"

#include <string.h>

#include "core/base/mem.h"

#define FIRST_SLOTS 1024

struct sums {
	struct evidence_rows *rows;
	size_t capacity;
	uint32_t *slots; /* index of a row + 1; 0 = free */
	size_t slot_count;
	size_t last; /* index of the row of the last access */
	size_t most; /* rows; others are left out */
	bool more;   /* and were */
};

/* One row as the statement has it: borrowed. */
struct seen {
	int64_t session;
	enum access_kind kind;
	enum verdict verdict;
	const char *object;
	size_t length;
};

void evidence_rows_free(struct evidence_rows *rows)
{
	access_rows_free(rows->items, rows->count);
	*rows = (struct evidence_rows){ 0 };
}

static size_t hash(enum access_kind kind, enum verdict verdict, const char *object, size_t length)
{
	uint64_t h = 1469598103934665603u ^ (uint64_t)kind ^ ((uint64_t)verdict << 8);

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)object[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

static bool is_about(const struct access_row *row, const struct seen *seen)
{
	return row->kind == seen->kind && row->verdict == seen->verdict &&
	       strncmp(row->object, seen->object, seen->length) == 0 &&
	       row->object[seen->length] == '\0';
}

static uint32_t *find_slot(const struct sums *sums, const struct seen *seen)
{
	size_t at = hash(seen->kind, seen->verdict, seen->object, seen->length);

	for (;; at++) {
		uint32_t *slot = &sums->slots[at & (sums->slot_count - 1)];
		const struct access_row *row = *slot ? &sums->rows->items[*slot - 1] : NULL;

		if (!row || is_about(row, seen))
			return slot;
	}
}

static void double_slots(struct sums *sums)
{
	free(sums->slots);
	sums->slot_count = sums->slot_count ? sums->slot_count * 2 : FIRST_SLOTS;
	sums->slots = xcalloc(sums->slot_count, sizeof(*sums->slots));
	for (size_t i = 0; i < sums->rows->count; i++) {
		const struct access_row *row = &sums->rows->items[i];
		const struct seen seen = { .kind = row->kind,
					   .verdict = row->verdict,
					   .object = row->object,
					   .length = strlen(row->object) };

		*find_slot(sums, &seen) = (uint32_t)i + 1;
	}
}

static bool read_key(sqlite3_stmt *statement, struct seen *seen)
{
	const char *bytes = sqlite3_column_blob(statement, 2);

	seen->session = sqlite3_column_int64(statement, 0);
	seen->object = bytes ? bytes : "";
	seen->length = strnlen(seen->object, (size_t)sqlite3_column_bytes(statement, 2));
	return access_kind_parse(db_column_name(statement, 1), &seen->kind) &&
	       verdict_parse(db_column_name(statement, 3), &seen->verdict);
}

static void add_program(struct access_row *row, const char *exe)
{
	if (!exe || (row->exe && strcmp(row->exe, exe) == 0))
		return;
	if (!row->exe) {
		row->exe = xstrdup(exe);
		return;
	}
	if (!row->programs)
		row->programs = xcalloc(1, sizeof(*row->programs));
	if (row->programs->count < DB_PROGRAMS_MOST - 1 && !strings_contain(row->programs, exe))
		strings_add(row->programs, exe);
}

static struct access_row *row_of(struct sums *sums, const struct seen *seen)
{
	struct evidence_rows *rows = sums->rows;
	uint32_t *slot;

	/* Most runs of a server do the same in the same order: of the key. */
	if (sums->last + 1 < rows->count && is_about(&rows->items[sums->last + 1], seen))
		return &rows->items[++sums->last];
	if (rows->count * 2 >= sums->slot_count)
		double_slots(sums);
	slot = find_slot(sums, seen);
	if (!*slot && rows->count == sums->most) {
		sums->more = true;
		return NULL;
	}
	if (!*slot) {
		grow_array(rows->items, rows->count, sums->capacity);
		rows->items[rows->count++] =
			(struct access_row){ .kind = seen->kind,
					     .verdict = seen->verdict,
					     .object = xstrndup(seen->object, seen->length),
					     .first_ms = INT64_MAX,
					     .error = -1 };
		*slot = (uint32_t)rows->count;
	}
	sums->last = *slot - 1;
	return &rows->items[sums->last];
}

static void add_access(struct sums *sums, const struct seen *seen, sqlite3_stmt *statement)
{
	struct access_row *row = row_of(sums, seen);
	uint64_t count = (uint64_t)sqlite3_column_int64(statement, 5);
	int64_t first = sqlite3_column_int64(statement, 6);
	int64_t last = sqlite3_column_int64(statement, 7);
	int error = sqlite3_column_int(statement, 8);

	if (!row)
		return;
	row->count = row->count + count < row->count ? UINT64_MAX : row->count + count;
	row->runs++;
	row->first_ms = first < row->first_ms ? first : row->first_ms;
	row->last_ms = last > row->last_ms ? last : row->last_ms;
	row->error = row->error == 0 ? 0 : error;
	row->created = row->created || sqlite3_column_int(statement, 9) != 0;
	if (sqlite3_column_type(statement, 4) != SQLITE_NULL) {
		_cleanup_free_ char *exe = NULL;

		/* Nearly always the one that is known. */
		if (!row->exe ||
		    strcmp(row->exe, (const char *)sqlite3_column_text(statement, 4)) != 0) {
			exe = db_column(statement, 4);
			add_program(row, exe);
		}
	}
}

static bool is_left_out(const int64_t *without, size_t count, int64_t session)
{
	for (size_t i = 0; i < count; i++)
		if (without[i] == session)
			return true;
	return false;
}

static int find_sessions(struct db *db, const char *server, const struct strings *names,
			 int64_t *ids, struct err *e)
{
	for (size_t i = 0; names && i < names->count; i++) {
		sqlite3_stmt *statement = db_statement(db, SESSION_OF_SERVER, e);
		int found;

		if (!statement)
			return -1;
		db_bind(statement, 1, names->items[i]);
		db_bind(statement, 2, server);
		found = db_get(db, statement, &ids[i], e);
		if (found < 0)
			return -1;
		if (!found)
			return err_code(e, ERR_NOT_FOUND,
					"there is no session %.100s of \"%.100s\"; srt-top sessions "
					"--name %.100s lists them",
					names->items[i], server, server);
	}
	return 0;
}

static int read_accesses(struct db *db, const char *server, const int64_t *without,
			 size_t without_count, struct sums *sums, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, ACCESSES_OF_SERVER, e);
	int64_t last = -1;
	int more;

	if (!statement)
		return -1;
	db_bind(statement, 1, server);
	while ((more = db_next_row(db, statement, e)) > 0) {
		struct seen seen;

		if (!read_key(statement, &seen) ||
		    is_left_out(without, without_count, seen.session))
			continue;
		sums->rows->runs += seen.session != last;
		last = seen.session;
		add_access(sums, &seen, statement);
	}
	return more;
}

static int read_programs(struct db *db, const char *server, const int64_t *without,
			 size_t without_count, struct sums *sums, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, PROGRAMS_OF_SERVER, e);
	int more;

	if (!statement)
		return -1;
	db_bind(statement, 1, server);
	while ((more = db_next_row(db, statement, e)) > 0) {
		_cleanup_free_ char *exe = NULL;
		struct seen seen;

		if (!read_key(statement, &seen) || !sums->slot_count ||
		    is_left_out(without, without_count, seen.session) || !*find_slot(sums, &seen))
			continue;
		exe = db_column(statement, 4);
		add_program(row_of(sums, &seen), exe);
	}
	return more;
}

static int compare_rows(const void *a, const void *b)
{
	const struct access_row *left = a, *right = b;
	int order = (int)left->kind - (int)right->kind;

	if (order == 0)
		order = strcmp(left->object, right->object);
	return order ? order : (int)left->verdict - (int)right->verdict;
}

int db_accesses(struct db *db, const char *server, const struct strings *without,
		struct evidence_rows *rows, struct err *e)
{
	size_t without_count = without ? without->count : 0;
	_cleanup_free_ int64_t *ids = xcalloc(without_count + 1, sizeof(*ids));
	struct sums sums = { .rows = rows, .most = SIZE_MAX };
	int result;

	*rows = (struct evidence_rows){ 0 };
	if (find_sessions(db, server, without, ids, e) < 0)
		return -1;
	result = read_accesses(db, server, ids, without_count, &sums, e);
	if (result == 0)
		result = read_programs(db, server, ids, without_count, &sums, e);
	free(sums.slots);
	if (result < 0) {
		evidence_rows_free(rows);
		return -1;
	}
	if (rows->count)
		qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
	return 0;
}

/* --- of one rule --- */

struct range {
	char *from, *to; /* `to` excluded */
};

/*
 * Where the objects that a rule speaks about lie in the order of bytes. Not all in between need be such.
 * Returns how many of the two ranges there are.
 */
static size_t find_ranges(const struct rule *rule, struct range ranges[2])
{
	const char *pattern = rule->pattern;
	bool is_root = strcmp(pattern, "/") == 0;

	switch (rule->scope) {
	case SCOPE_DIR:
		/* Behind "/" comes "0". */
		ranges[0] = (struct range){ xasprintf("%s/", is_root ? "" : pattern),
					    xasprintf("%s0", is_root ? "" : pattern) };
		if (is_root)
			return 1;
		ranges[1] = (struct range){ xstrdup(pattern), xasprintf("%s\x01", pattern) };
		return 2;
	case SCOPE_HOST:
		/* Behind ":" comes ";". */
		ranges[0] = strchr(pattern, ':') ?
				    (struct range){ xasprintf("[%s]:", pattern), xasprintf("[%s];", pattern) } :
				    (struct range){ xasprintf("%s:", pattern), xasprintf("%s;", pattern) };
		return 1;
	case SCOPE_DOMAIN:
		/* What ends so can begin in any way. */
		ranges[0] = (struct range){ xstrdup(""), xstrdup("\xf8") };
		return 1;
	default:
		ranges[0] = (struct range){ xstrdup(pattern), xasprintf("%s\x01", pattern) };
		return 1;
	}
}

/* SQLite puts what is no text behind all that is. */
static int read_range(struct db *db, const struct rule *rule, enum access_kind kind,
		      const struct range *range, bool text, struct sums *sums, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, ACCESSES_IN_RANGE, e);
	int more;

	if (!statement)
		return -1;
	db_bind(statement, 1, rule->server);
	db_bind(statement, 2, access_kind_name(kind));
	if (text) {
		sqlite3_bind_text(statement, 3, range->from, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 4, range->to, -1, SQLITE_STATIC);
	} else {
		sqlite3_bind_blob(statement, 3, range->from, (int)strlen(range->from), SQLITE_STATIC);
		sqlite3_bind_blob(statement, 4, range->to, (int)strlen(range->to), SQLITE_STATIC);
	}
	while ((more = db_next_row(db, statement, e)) > 0) {
		_cleanup_free_ char *object = NULL;
		struct seen seen;

		if (!read_key(statement, &seen))
			continue;
		object = xstrndup(seen.object, seen.length);
		if (rule_matches(rule, seen.kind, object))
			add_access(sums, &seen, statement);
	}
	return more;
}

int db_accesses_of_rule(struct db *db, const struct rule *rule, size_t most, struct access_row **rows,
			size_t *count, bool *more, struct err *e)
{
	static const enum access_kind files[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };
	const bool is_file = access_is_file(rule->kind);
	struct evidence_rows found = { 0 };
	struct sums sums = { .rows = &found, .most = most };
	struct range ranges[2];
	size_t range_count = find_ranges(rule, ranges);
	int result = 0;

	for (size_t i = 0; i < (is_file ? ARRAY_LENGTH(files) : 1); i++)
		for (size_t k = 0; k < range_count * 2 && result == 0; k++)
			result = read_range(db, rule, is_file ? files[i] : rule->kind, &ranges[k / 2],
					    k % 2 == 0, &sums, e);
	for (size_t i = 0; i < range_count; i++) {
		free(ranges[i].from);
		free(ranges[i].to);
	}
	free(sums.slots);
	if (result < 0) {
		evidence_rows_free(&found);
		return -1;
	}
	if (found.count)
		qsort(found.items, found.count, sizeof(*found.items), compare_rows);
	*rows = found.items;
	*count = found.count;
	*more = sums.more;
	return 0;
}
