/* SPDX-License-Identifier: MIT */
/*
 * Entries that are not needed one by one may be needed together: where one of two places serves, each of
 * them can go, and not both. So there is a last run without all of those.
 */
#include "core/main/prove.h"

#include <stdio.h>

#include "core/base/mem.h"

/* Under what the result is kept: of no list, and of just these entries. */
#define NO_LIST ""

struct needless {
	size_t count;
	uint64_t hash;
	bool all_tried;
};

static void add_text(uint64_t *hash, const char *text)
{
	do
		*hash = (*hash ^ (unsigned char)*text) * 1099511628211u;
	while (*text++);
}

static struct needless find_needless(const struct prover *prover, const struct proof_row *rows, size_t count)
{
	struct needless found = { .hash = 1469598103934665603u, .all_tried = true };

	for (size_t i = 0; i < PROVE_LISTS; i++) {
		const cJSON *entry;

		cJSON_ArrayForEach(entry, prove_list(prover, i)) {
			const char *text = prove_entry_text(entry);
			const struct proof_row *row = prove_find(rows, count, prove_list_name(i), text);

			if (!row)
				found.all_tried = false;
			if (!row || row->needed)
				continue;
			found.count++;
			add_text(&found.hash, prove_list_name(i));
			add_text(&found.hash, text);
		}
	}
	return found;
}

static void remove_needless(const struct prover *prover, const struct proof_row *rows, size_t count)
{
	for (size_t i = 0; i < PROVE_LISTS; i++) {
		cJSON *list = prove_list(prover, i);

		for (int k = cJSON_GetArraySize(list) - 1; k >= 0; k--) {
			const struct proof_row *row = prove_find(rows, count, prove_list_name(i),
								 prove_entry_text(cJSON_GetArrayItem(list, k)));

			if (row && !row->needed)
				cJSON_DeleteItemFromArray(list, k);
		}
	}
}

static int run_without(struct prover *prover, const struct proof_row *rows, size_t count,
		       const char *key, struct err *e)
{
	struct proof_row row = { .list = (char *)NO_LIST, .entry = (char *)key };
	cJSON *whole = prover->settings;

	prover->settings = cJSON_Duplicate(whole, true);
	remove_needless(prover, rows, count);
	return prove_run_part(prover, whole, &row, e);
}

const struct proof_row *prove_find_together(const struct prover *prover, const struct proof_row *rows,
					    size_t count, size_t *entries)
{
	const struct needless needless = find_needless(prover, rows, count);
	char key[17];

	*entries = needless.count;
	snprintf(key, sizeof(key), "%016llx", (unsigned long long)needless.hash);
	return needless.all_tried && needless.count > 1 ? prove_find(rows, count, NO_LIST, key) : NULL;
}

int prove_together(struct prover *prover, struct err *e)
{
	struct proof_row *rows;
	size_t count, entries;
	struct needless needless;
	char key[17];
	int result = 0;

	if (db_proofs(prover->db, prover->server, prover->subject, &rows, &count, e) < 0)
		return -1;
	needless = find_needless(prover, rows, count);
	snprintf(key, sizeof(key), "%016llx", (unsigned long long)needless.hash);
	if (needless.all_tried && needless.count > 1 && prover->done < prover->options->most &&
	    (prover->options->again || !prove_find_together(prover, rows, count, &entries))) {
		prove_show_progress(prover, prove_count_entries(prover) + 1, NULL, "all of those");
		result = run_without(prover, rows, count, key, e);
		prover->done++;
	}
	proof_rows_free(rows, count);
	prove_end_progress();
	return result;
}
