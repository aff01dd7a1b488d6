/* SPDX-License-Identifier: MIT */
/* How far a proof is, and what it has found out. */
#include "core/main/prove.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/report.h"

#define BAR_CELLS 20

const struct proof_row *prove_find(const struct proof_row *rows, size_t count,
					  const char *list, const char *entry)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].list, list) == 0 && strcmp(rows[i].entry, entry) == 0)
			return &rows[i];
	return NULL;
}

/* "[####......] " */
static void draw_bar(size_t at, size_t of)
{
	size_t filled = of ? at * BAR_CELLS / of : 0;

	fputs("\r\033[K[", stderr);
	for (size_t i = 0; i < BAR_CELLS; i++)
		fputc(i < filled ? '#' : '.', stderr);
	fputs("] ", stderr);
}

void prove_show_progress(const struct prover *prover, size_t at, const char *list,
			 const char *entry)
{
	_cleanup_free_ char *shown = escape_string(entry ? entry : "");
	size_t of = prove_count_entries(prover) + 1;
	bool terminal = isatty(STDERR_FILENO);

	if (prover->options->json && !terminal)
		return;
	/* What is at work is not done yet. */
	if (terminal)
		draw_bar(at - 1, of);
	fprintf(stderr, "%zu of %zu: ", at, of);
	if (entry)
		fprintf(stderr, "without %s%s%.40s", list ? list : "", list ? " " : "", shown);
	else
		fputs("with the whole file", stderr);
	fputs(terminal ? "" : "\n", stderr);
	fflush(stderr);
}

void prove_end_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static const char *word_for(const struct proof_row *row)
{
	if (!row)
		return "not tried yet";
	if (row->needed == 0)
		return "never needed";
	return row->needed == row->runs ? "needed" : "needed in some runs";
}

static void report_entry(const struct prover *prover, struct table *table, const char *list,
			 const char *entry, const struct proof_row *row)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	if (!prover->options->json) {
		table_add(table, word_for(row));
		table_add(table, list);
		table_add(table, entry);
		table_add(table, row && row->why ? row->why : NULL);
		return;
	}
	buf_addc(&line, '{');
	json_member_integer(&line, "v", 1);
	json_member_string(&line, "list", list);
	json_member_string(&line, "entry", entry);
	json_member_integer(&line, "runs", row ? row->runs : 0);
	json_member_integer(&line, "needed", row ? row->needed : 0);
	json_member_string(&line, "why", row ? row->why : NULL);
	buf_addc(&line, '}');
	print_line(&line);
}

static void report_together(const struct prover *prover, const struct proof_row *row, size_t entries)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	if (!row)
		return;
	if (!prover->options->json) {
		_cleanup_free_ char *why = escape_string(row->why ? row->why : "");

		if (row->needed)
			printf("\nWithout all %zu that are never needed: %s. Drop them one at a time, and prove "
			       "again.\n", entries, why);
		else
			printf("\nIt works without all %zu that are never needed.\n", entries);
		return;
	}
	buf_addc(&line, '{');
	json_member_integer(&line, "v", 1);
	json_member_integer(&line, "together", (int64_t)entries);
	json_member_integer(&line, "runs", row->runs);
	json_member_integer(&line, "needed", row->needed);
	json_member_string(&line, "why", row->why);
	buf_addc(&line, '}');
	print_line(&line);
}

int prove_report(const struct prover *prover, struct err *e)
{
	struct table table = { .columns = 4 };
	struct proof_row *rows;
	const struct proof_row *together;
	size_t count, entries;

	if (db_proofs(prover->db, prover->server, prover->subject, &rows, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < PROVE_LISTS; i++) {
		const cJSON *entry;

		cJSON_ArrayForEach(entry, prove_list(prover, i))
			report_entry(prover, &table, prove_list_name(i), prove_entry_text(entry),
				     prove_find(rows, count, prove_list_name(i), prove_entry_text(entry)));
	}
	table_print(&table);
	table_free(&table);
	together = prove_find_together(prover, rows, count, &entries);
	report_together(prover, together, entries);
	proof_rows_free(rows, count);
	if (prover->done == prover->options->most)
		fputs("srt-top: the bound of runs is reached; the same command goes on from here\n",
		      stderr);
	return 0;
}
