/* SPDX-License-Identifier: MIT */
/* Regular expressions: a verdict never crashes and is repeatable; alternatives keep it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/js_regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	_cleanup_free_ char *wrapped = xasprintf("x|(?:%s)", text);
	size_t groups, again;
	const char *fault = js_regex_fault(text, &groups);

	require(js_regex_fault(text, &again) == fault && groups == again);
	require(groups <= size);
	if (!fault)
		require(!js_regex_fault(wrapped, &again) && groups == again);
	return 0;
}
