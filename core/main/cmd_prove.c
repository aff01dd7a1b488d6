/* SPDX-License-Identifier: MIT */
/*
 * srt-top prove: the command is run with a settings file, and then once more for each entry that
 * opens something, without that entry. An entry is needed where the run ends with another status,
 * or is refused what the whole file does not refuse. Every result is stored at once under a hash
 * of the settings and the command, so that what was interrupted goes on where it was. A last run is
 * without all the entries that were not needed one by one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/prove.h"
#include "core/main/report.h"
#include "core/policy/path.h"

#define TIMEOUT_SECONDS 60
#define RUNS_MOST 100

static int try_without(struct prover *prover, size_t which, int index, struct err *e)
{
	const cJSON *entry = cJSON_GetArrayItem(prove_list(prover, which), index);
	struct proof_row row = { .list = (char *)prove_list_name(which),
				 .entry = (char *)prove_entry_text(entry) };
	cJSON *whole = prover->settings;

	/* A copy: in some releases of cJSON what is put back into the middle of a list is lost. */
	prover->settings = cJSON_Duplicate(whole, true);
	cJSON_DeleteItemFromArray(prove_list(prover, which), index);
	return prove_run_part(prover, whole, &row, e);
}

static int try_entry(struct prover *prover, size_t which, int index, int64_t runs, size_t at,
		     struct err *e)
{
	const char *text = prove_entry_text(cJSON_GetArrayItem(prove_list(prover, which), index));

	for (; runs < prover->options->runs && prover->done < prover->options->most; runs++) {
		prove_show_progress(prover, at, prove_list_name(which), text);
		if (try_without(prover, which, index, e) < 0)
			return -1;
		prover->done++;
	}
	return 0;
}

static int try_all(struct prover *prover, struct err *e)
{
	struct proof_row *known = NULL;
	size_t count = 0, at = 1;
	int result = 0;

	if (!prover->options->again &&
	    db_proofs(prover->db, prover->server, prover->subject, &known, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < PROVE_LISTS && result == 0; i++) {
		int size = cJSON_GetArraySize(prove_list(prover, i));

		for (int k = 0; k < size && result == 0; k++) {
			const char *text = prove_entry_text(cJSON_GetArrayItem(prove_list(prover, i), k));
			const struct proof_row *row =
				prove_find(known, count, prove_list_name(i), text);

			result = try_entry(prover, i, k, row ? row->runs : 0, ++at, e);
		}
	}
	proof_rows_free(known, count);
	prove_end_progress();
	return result;
}

static int make_directory(struct prover *prover, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	_cleanup_free_ char *template = path_join(tmp && tmp[0] == '/' ? tmp : "/tmp",
						  "srt-top-prove-XXXXXX");

	if (!mkdtemp(template))
		return err_errno(e, "cannot make the directory %s", template);
	prover->file = path_join(template, "settings.json");
	prover->directory = steal_ptr(&template);
	return 0;
}

static int prove(struct prover *prover, struct err *e)
{
	if (prove_read_settings(prover, e) < 0 || make_directory(prover, e) < 0)
		return -1;
	prove_show_progress(prover, 1, NULL, NULL);
	if (prove_run(prover, &prover->whole, e) < 0)
		return -1;
	if (prover->whole.status != 0)
		fprintf(stderr,
			"srt-top: with the whole file the command %s %d: what is compared is that\n",
			prover->whole.status < 0 ? "does not end in time:" : "ends with status",
			prover->whole.status);
	if (try_all(prover, e) < 0 || prove_together(prover, e) < 0)
		return -1;
	return prove_report(prover, e);
}

static void prover_free(struct prover *prover)
{
	if (prover->file)
		unlink(prover->file);
	if (prover->directory)
		rmdir(prover->directory);
	free(prover->file);
	free(prover->directory);
	free(prover->name);
	cJSON_Delete(prover->settings);
	ending_free(&prover->whole);
}

static int parse_number(const char *option, const char *text, int most, int *value, struct err *e)
{
	char *end;
	long number = text ? strtol(text, &end, 10) : 0;

	if (!text)
		return 0;
	if (end == text || *end || number < 1 || number > most)
		return err_set(e, "--%s wants a number from 1 to %d, not \"%.100s\"", option, most,
			       text);
	*value = (int)number;
	return 0;
}

/* The bounds of one call. */
static int parse_numbers(struct prove_options *options, const char *runs, const char *timeout,
			 const char *most, struct err *e)
{
	*options = (struct prove_options){ .settings = options->settings,
					   .without = options->without,
					   .json = options->json,
					   .again = options->again,
					   .runs = 1,
					   .timeout = TIMEOUT_SECONDS,
					   .most = 1000 };
	if (parse_number("runs", runs, RUNS_MOST, &options->runs, e) < 0 ||
	    parse_number("timeout", timeout, 86400, &options->timeout, e) < 0 ||
	    parse_number("most", most, 1000000, &options->most, e) < 0)
		return -1;
	return 0;
}

int cmd_prove(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct prove_options options = { .json = false };
	const char *runs = NULL, *timeout = NULL, *most = NULL;
	const struct option_spec specs[] = {
		{ 's', "settings", NULL, &options.settings },
		{ 0, "without", NULL, &options.without },
		{ 0, "runs", NULL, &runs },
		{ 0, "timeout", NULL, &timeout },
		{ 0, "most", NULL, &most },
		{ 0, "again", &options.again, NULL },
		{ 0, "json", &options.json, NULL },
	};
	struct prover prover = { .options = &options };
	_cleanup_db_ struct db *db = NULL;
	sigset_t waited, before;
	struct err e;
	int status = report_options("prove", specs, ARRAY_LENGTH(specs), argc, argv, &operands);
	int result;

	if (status >= 0)
		return status;
	if (operands.count < 2 || parse_numbers(&options, runs, timeout, most, &e) < 0) {
		if (operands.count < 2)
			err_set(&e, "prove takes the name of a server and, behind --, a command");
		return report_misuse("prove", &e);
	}
	if (open_history(&db, &e) < 0)
		return report_failure(&e);
	if (!db) {
		err_set(&e, "nothing is recorded yet: run the server first");
		return report_failure(&e);
	}
	prover.db = db;
	prover.server = operands.items[0];
	prover.name = xasprintf("%.100s.prove", prover.server);
	prover.words = operands.items + 1;
	prove_waited_signals(&waited);
	sigprocmask(SIG_BLOCK, &waited, &before);
	result = prove(&prover, &e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	prover_free(&prover);
	if (result < 0)
		return report_failure(&e);
	return report_end();
}
