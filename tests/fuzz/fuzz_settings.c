/* SPDX-License-Identifier: MIT */
/* Settings text: a parse never crashes, is repeatable, and what passes obeys the grammar. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/domain.h"
#include "core/policy/settings.h"
#include "core/policy/settings_hints.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* A line for each unknown key, and no entry that a hint stumbles over. */
static void check_hints(const struct settings *s)
{
	struct strings lines = STRINGS_EMPTY;

	settings_hint_unknown_keys(s, &lines);
	require(lines.count == s->unknown_keys.count);
	settings_hint_entries(s, "/home/u", "/work", &lines);
	strings_free(&lines);
}

static void check_accepted(const struct settings *s)
{
	for (size_t i = 0; i < s->allowed_domains.count; i++)
		require(!domain_allow_entry_error(s->allowed_domains.items[i]));
	for (size_t i = 0; i < s->denied_domains.count; i++)
		require(!domain_deny_entry_error(s->denied_domains.items[i]));
	for (size_t i = 0; i < s->deny_read.count; i++)
		require(s->deny_read.items[i].path[0] != '\0');
	for (size_t i = 0; i < s->allow_write.count; i++)
		require(s->allow_write.items[i].path[0] != '\0');
	for (size_t i = 0; i < s->credential_files.count; i++)
		require(s->credential_files.items[i].name != NULL);
	require(s->http_proxy_port >= 0 && s->http_proxy_port <= 65535);
	require(s->mandatory_deny_search_depth >= 1 && s->mandatory_deny_search_depth <= 10);
	(void)settings_unsupported(s);
	check_hints(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings *first = NULL, *second = NULL;
	struct err e = { 0 }, again = { 0 };
	int result = settings_parse(&first, (const char *)data, size, &e);

	require(result == settings_parse(&second, (const char *)data, size, &again));
	require(strcmp(e.message, again.message) == 0);
	if (result == 0)
		check_accepted(first);
	else
		require(!first && e.message[0]);
	settings_free(first);
	settings_free(second);
	return 0;
}
