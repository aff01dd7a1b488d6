/* SPDX-License-Identifier: MIT */
/* Texts of /proc, in which names are what a program inside chose, and the configuration. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/mount_words.h"
#include "tui/preferences.h"
#include "tui/processes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	struct mount_rows rows = { 0 };
	struct preferences preferences;
	struct process process;
	struct err e;

	if (process_parse(&process, text, 100, 4096)) {
		if (strlen(process.name) > size)
			abort();
		process_free(&process);
	}
	mount_rows_read(&rows, text);
	for (size_t i = 1; i < rows.count; i++)
		if (rows.items[i - 1].sense > rows.items[i].sense)
			abort();
	mount_rows_free(&rows);
	if (preferences_parse(&preferences, text, strlen(text), &e) == 0 &&
	    preferences.columns.count == 0)
		abort();
	return 0;
}
