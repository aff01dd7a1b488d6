/* SPDX-License-Identifier: MIT */
/* A settings file of any content is merged with: the result is one that is valid, says at least as
 * much, and does not change when it is merged with again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/settings.h"
#include "learn/merge.h"
#include "learn/text_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char exported[] =
	"{\"network\":{\"allowedDomains\":[\"a.org:443\"],\"deniedDomains\":[\"b.org\"]},"
	"\"filesystem\":{\"denyRead\":[\"~\"],\"allowRead\":[\"~/a\",{\"path\":\"/x[1]\","
	"\"literal\":true}],\"allowWrite\":[\"./w\"],\"denyWrite\":[\"/d\"]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *old = xstrndup((const char *)data, size);
	_cleanup_buf_ struct buf merged = BUF_EMPTY, again = BUF_EMPTY, diff = BUF_EMPTY;
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e;

	if (settings_merge(&merged, NULL, old, exported, "/home/a", "/src", &e) < 0)
		return 0;
	if (settings_parse(&settings, buf_text(&merged), merged.length, &e) < 0 ||
	    settings_merge(&again, NULL, buf_text(&merged), exported, "/home/a", "/src", &e) < 0 ||
	    strcmp(buf_text(&merged), buf_text(&again)) != 0)
		abort();
	text_diff(&diff, old, buf_text(&merged));
	return 0;
}
