/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_REPORT_H
#define CORE_MAIN_REPORT_H

/*
 * What the commands print: errors, and text for people in which nothing from a sandbox reaches
 * the terminal unescaped.
 */
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/options.h"
#include "core/session/wire.h"
#include "db/db.h"

/* Lines on standard error, each escaped: they quote what a program inside chose. */
void report_lines(const char *text);
/* "srt-top: <message>" on standard error, escaped. */
void report_warning(const struct err *e);
/* The same; returns 1 for the command to return. */
int report_failure(const struct err *e);
/* The same with the way to the command's help; returns 2. */
int report_misuse(const char *command, const struct err *e);
/* Flushes standard output. 0, or 1 where it could not all be written, which is reported. */
int report_end(void);

/*
 * Parses a command's options and adds --help. -1: go on; else the status to return (help was
 * printed, or what is wrong).
 */
int report_options(const char *command, const struct option_spec *specs, size_t count, int argc,
		   char **argv, struct strings *operands);

/* The options that sessions, pending, events and rules have in common. */
struct query_options {
	bool json, follow, denied;
	const char *name; /* NULL = all */
};
#define QUERY_OPTIONS(query)                                                                       \
	{ 0, "json", &(query).json, NULL }, { 'n', "name", NULL, &(query).name },                  \
		{ 'f', "follow", &(query).follow, NULL },                                          \
		{ 0, "denied", &(query).denied, NULL }

/*
 * Cells in rows of `columns`, escaped when added; the last column is as long as it is.
 * table_print() aligns, writes and empties them.
 */
#define TABLE_COLUMNS_MOST 8
struct table {
	size_t columns;
	size_t widths[TABLE_COLUMNS_MOST]; /* so far: what follows stays aligned */
	const char *const *headings; /* NULL = none; shown once, when there is something below */
	struct strings cells;
};
void table_add(struct table *table, const char *text); /* NULL = "-" */
void table_addf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_add_time(struct table *table, int64_t wall_ms); /* local; 0 = "-" */
void table_print(struct table *table);
void table_free(struct table *table);

#define LOCAL_TIME_SIZE 32
/* "2026-01-02 03:04:05" in local time. Returns out. */
const char *local_time(int64_t wall_ms, char out[LOCAL_TIME_SIZE]);

/* For following: a reader gets every line at once. To be called before anything is printed. */
void report_line_by_line(void);
/* Writes the line with its newline; empties it. */
void print_line(struct buf *line);
/* Sleeps. False when nobody reads standard output any more. */
bool wait_while_read(int ms);

/* The database as it is. 0 with *db NULL where there is none yet, or -1 with *e. */
int open_history(struct db **db, struct err *e);

static inline void db_cleanup(struct db **db)
{
	if (*db)
		db_close(*db);
}
#define _cleanup_db_ __attribute__((cleanup(db_cleanup)))

#endif
