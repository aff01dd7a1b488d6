/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_PROVE_H
#define CORE_MAIN_PROVE_H

/*
 * What the parts of srt-top prove share: cmd_prove.c (the order of it all), prove_run.c (one run),
 * prove_settings.c (the entries of the file), prove_report.c (what is printed). Nobody else
 * includes this. prove_together.c: the entries that are never needed, all at once.
 */
#include <cjson/cJSON.h>
#include <signal.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "db/db.h"

struct prove_options {
	const char *settings, *without;
	int runs, timeout, most;
	bool json, again;
};

/* How a run ended. */
struct ending {
	int status; /* -1: it took too long */
	struct strings denials; /* "read /path" */
};

struct prover {
	const struct prove_options *options;
	struct db *db;
	const char *server;
	char *name;	    /* of the runs */
	char *const *words; /* of the command, NULL-terminated */
	char *directory;    /* private; holds the settings file of the run */
	char *file;
	char subject[17];
	cJSON *settings;
	struct ending whole;
	int done;
	bool interrupted;
};

/* The lists of a settings file whose entries open something. */
#define PROVE_LISTS 4
const char *prove_list_name(size_t which);
/* NULL where the file has none. Borrowed. */
cJSON *prove_list(const struct prover *prover, size_t which);
/* The entry as people read it: its text, or the path of a literal one. Borrowed. */
const char *prove_entry_text(const cJSON *entry);
size_t prove_count_entries(const struct prover *prover);
/* Reads the file, or makes the export, and names what is proved. 0, or -1 with *e. */
int prove_read_settings(struct prover *prover, struct err *e);

/* These have to be blocked while something runs. */
void prove_waited_signals(sigset_t *set);
/* Runs the command with prover->settings as they are now. 0, or -1 with *e. Free the ending in any case. */
int prove_run(struct prover *prover, struct ending *ending, struct err *e);
/*
 * The same with a part of the settings, which is freed; then `whole` is in force again. What came of it is
 * stored as `row`, of which list and entry are given. 0, or -1 with *e.
 */
int prove_run_part(struct prover *prover, cJSON *whole, struct proof_row *row, struct err *e);
void ending_free(struct ending *ending);

/* Where all entries were tried, and several are never needed: a run without these. 0, or -1 with *e. */
int prove_together(struct prover *prover, struct err *e);
/* What came of it, and how many they are; NULL = it was not tried. Borrowed. */
const struct proof_row *prove_find_together(const struct prover *prover, const struct proof_row *rows,
					    size_t count, size_t *entries);

/* NULL = nothing is known of the entry. Borrowed. */
const struct proof_row *prove_find(const struct proof_row *rows, size_t count, const char *list,
				   const char *entry);
/* `at` of all runs that there may be; `entry` NULL = the run with the whole file, `list` NULL = several. */
void prove_show_progress(const struct prover *prover, size_t at, const char *list,
			 const char *entry);
void prove_end_progress(void);
/* All that is known by now. 0, or -1 with *e. */
int prove_report(const struct prover *prover, struct err *e);

#endif
