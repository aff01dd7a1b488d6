/* SPDX-License-Identifier: MIT */
/*
 * Files and lines that the dashboard reads: an MCP configuration, a command line, a settings file
 * that is reviewed, the commands of the line mode. Each is understood or refused with a reason.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/export_review.h"
#include "tui/plain_words.h"
#include "tui/server_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int result, const struct err *e)
{
	if (result < 0 && e->message[0] == '\0')
		abort();
}

static void try_servers(const char *text)
{
	struct server_specs specs = { .count = 0 };
	struct err e = { .message = "" };
	int result = server_specs_parse(&specs, text, strlen(text), &e);

	check(result, &e);
	for (size_t i = 0; i < specs.count; i++) {
		_cleanup_strings_ struct strings inner = STRINGS_EMPTY;

		if (specs.items[i].words.count == 0 || specs.items[i].name == NULL)
			abort();
		result = server_spec_inner(&inner, &specs.items[i], &e);
		check(result, &e);
		if (result == 0 && inner.count == 0)
			abort();
	}
	server_specs_free(&specs);
}

static void try_line(const char *text)
{
	struct server_spec spec;
	struct plain_command command;
	struct err e = { .message = "" };
	int result = server_spec_from_line(&spec, text, "/home/me", &e);

	check(result, &e);
	if (result == 0) {
		if (spec.words.count == 0)
			abort();
		server_spec_free(&spec);
	}
	e.message[0] = '\0';
	result = plain_parse(&command, text, &e);
	check(result, &e);
	/* No answer without the number of its question. */
	if (result == 0 && command.type == PLAIN_ANSWER && command.number == 0)
		abort();
}

/* Every entry wider, then narrower: whatever a file says, the text stays one that can be read. */
static void adjust_all(struct export_review *review)
{
	_cleanup_strings_ struct strings entries = STRINGS_EMPTY;

	strings_add(&entries, "/a");
	for (size_t i = 0; i < review->count && i < 50; i++) {
		export_review_tick(review, i);
		for (int wider = 1; wider >= 0; wider--)
			if (export_review_may_adjust(review, i, wider) == NULL)
				free(export_review_adjust(review, i, wider, &entries));
	}
}

static void try_review(const char *text)
{
	static const char exported[] =
		"{\"network\":{\"allowedDomains\":[\"a.org\"]},\"filesystem\":{\"denyRead\":[],"
		"\"allowWrite\":[\"/a/b\",{\"path\":\"/[\",\"literal\":true}]}}";
	struct export_made made = { .before = xstrdup(text), .home = xstrdup("/") };
	struct export_review review = { .count = 0 };
	struct err e = { .message = "" };

	buf_adds(&made.settings, exported);
	buf_adds(&made.explain, text);
	export_review_open(&review, "x", "/x");
	if (export_review_take(&review, &made, &e) < 0) {
		check(-1, &e);
	} else {
		for (int i = 0; i < 2; i++) {
			_cleanup_buf_ struct buf out = BUF_EMPTY;

			if (export_review_text(&review, &out, &e) < 0)
				check(-1, &e);
			adjust_all(&review);
		}
	}
	export_made_free(&made);
	export_review_free(&review);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);

	try_servers(text);
	try_line(text);
	try_review(text);
	return 0;
}
