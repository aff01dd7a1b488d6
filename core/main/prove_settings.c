/* SPDX-License-Identifier: MIT */
/* What is proved: the settings file, entry by entry, and the command. */
#include "core/main/prove.h"

#include <stdio.h>
#include <string.h>

#include "core/base/io.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/export_server.h"
#include "core/policy/settings.h"

#define SETTINGS_MOST (1 << 20)
#define ENTRIES_MOST 10000

static const struct {
	const char *section, *name;
} lists[PROVE_LISTS] = { { "network", "allowedDomains" },
			     { "network", "allowUnixSockets" },
	      { "filesystem", "allowRead" },
	      { "filesystem", "allowWrite" } };

const char *prove_list_name(size_t which)
{
	return lists[which].name;
}

cJSON *prove_list(const struct prover *prover, size_t which)
{
	return cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(prover->settings, lists[which].section),
		lists[which].name);
}

const char *prove_entry_text(const cJSON *entry)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(entry, "path");

	if (cJSON_IsString(entry))
		return entry->valuestring;
	return cJSON_IsString(path) ? path->valuestring : "";
}

size_t prove_count_entries(const struct prover *prover)
{
	size_t count = 0;

	for (size_t i = 0; i < PROVE_LISTS; i++)
		count += (size_t)cJSON_GetArraySize(prove_list(prover, i));
	return count;
}

static void name_subject(struct prover *prover, const char *text)
{
	uint64_t hash = 1469598103934665603u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	for (char *const *word = prover->words; *word; word++)
		for (const char *c = *word;; c++) {
			hash = (hash ^ (unsigned char)*c) * 1099511628211u;
			if (!*c)
				break;
		}
	snprintf(prover->subject, sizeof(prover->subject), "%016llx", (unsigned long long)hash);
}

int prove_read_settings(struct prover *prover, struct err *e)
{
	const struct prove_options *options = prover->options;
	_cleanup_settings_ struct settings *checked = NULL;
	_cleanup_free_ char *text = NULL;

	if (options->settings) {
		if (read_small_file(&text, NULL, options->settings, SETTINGS_MOST, e) < 0)
			return -1;
	} else {
		_cleanup_buf_ struct buf made = BUF_EMPTY;

		if (export_server_settings(prover->db, prover->server, options->without, &made, NULL,
					   e) < 0)
			return -1;
		text = buf_steal(&made);
	}
	if (settings_parse(&checked, text, strlen(text), e) < 0)
		return err_wrap(e, "%s", options->settings ? options->settings : "the export");
	prover->settings = json_read(text, strlen(text), e);
	if (!prover->settings)
		return -1;
	if (prove_count_entries(prover) > ENTRIES_MOST)
		return err_set(e, "there are too many entries to prove");
	name_subject(prover, text);
	return 0;
}
