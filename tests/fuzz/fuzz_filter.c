/* SPDX-License-Identifier: MIT */
/* What a person may type as a filter: it is understood or refused with a reason, and matching
 * ends. A filter and its opposite never agree. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct access_event events[] = {
	{ .kind = ACCESS_CONNECT,
	  .object = (char *)"api.github.com:443",
	  .verdict = VERDICT_DENY,
	  .why = (char *)"no rule",
	  .exe = (char *)"/usr/bin/node",
	  .count = 3,
	  .pid = 7 },
	{ .kind = ACCESS_WRITE, .object = (char *)"/home/me/\xff", .count = 1 },
	{ .kind = ACCESS_DNS, .object = (char *)"", .verdict = VERDICT_ASK },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	_cleanup_free_ char *opposite = xasprintf("!(%s)", text);
	struct err e = { .message = "" };
	struct filter *filter = filter_parse(text, &e);
	struct filter *other;

	if (filter == NULL) {
		if (e.message[0] == '\0')
			abort();
		return 0;
	}
	/* NULL: it became too long or too deep. */
	other = filter_parse(opposite, &e);
	for (size_t i = 0; i < ARRAY_LENGTH(events); i++) {
		bool matches = filter_matches(filter, &events[i], 1);

		if (other != NULL && strspn(text, " \t") != strlen(text) &&
		    filter_matches(other, &events[i], 1) == matches)
			abort();
	}
	filter_free(filter);
	filter_free(other);
	return 0;
}
