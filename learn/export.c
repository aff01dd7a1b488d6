/* SPDX-License-Identifier: MIT */
/*
 * How a settings file comes about. What was seen and what was said is judged object by object
 * (evidence.c), leaning towards no. Then the four lists of paths are made in the order in which
 * they depend on each other: what is hidden, what is writable, what of that is not, what is
 * shown again in what is hidden; and at last what says nothing new is left out. Shapes that
 * upstream breaks on or silently ignores are never made: a readable directory over a writable one
 * in what is hidden, a writable path that is missing or behind a symbolic link.
 */
#include "learn/export.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "learn/adjust.h"
#include "learn/settings_text.h"

static int list_secrets(struct draft *draft, struct err *e)
{
	const struct strings *sensitive = draft->input->sensitive;

	for (size_t i = 0; sensitive && i < sensitive->count; i++) {
		const char *path = sensitive->items[i];

		if (!path_is_spelled_plainly(path) || strcmp(path, "/") == 0)
			return err_set(e, "the list of sensitive paths holds something else");
		entries_add(&draft->secrets, path, draft_is_directory(draft, path), NULL);
	}
	entries_sort(&draft->secrets);
	return 0;
}

static int make(struct draft *draft, struct err *e)
{
	if (evidence_make(&draft->evidence, draft->input, e) < 0 || list_secrets(draft, e) < 0)
		return -1;
	hosts_list(draft);
	if (reads_deny(draft, e) < 0)
		return -1;
	/* What is put back for reading must not lie over what is writable, so that comes first. */
	writes_allow(draft);
	if (writes_deny(draft, e) < 0)
		return -1;
	reads_allow(draft);
	reads_fold(draft);
	writes_protect(draft);
	return 0;
}

struct kept_export {
	struct export_input input;
	struct entries surveyed;
	struct draft draft;
};

struct kept_export *kept_export_new(const struct export_input *input, struct err *e)
{
	struct kept_export *kept;

	if (!input->home || !path_is_spelled_plainly(input->home)) {
		err_set(e, "the home directory is not known as an absolute path");
		return NULL;
	}
	kept = xcalloc(1, sizeof(*kept));
	kept->input = *input;
	kept->draft.input = &kept->input;
	kept->draft.surveyed = &kept->surveyed;
	if (make(&kept->draft, e) == 0)
		return kept;
	kept_export_free(kept);
	return NULL;
}

void kept_export_free(struct kept_export *kept)
{
	struct draft *draft;

	if (!kept)
		return;
	draft = &kept->draft;
	evidence_free(&draft->evidence);
	entries_free(&kept->surveyed);
	entries_free(&draft->secrets);
	entries_free(&draft->refused);
	entries_free(&draft->written);
	entries_free(&draft->allowed_domains);
	entries_free(&draft->denied_domains);
	entries_free(&draft->deny_read);
	entries_free(&draft->allow_read);
	entries_free(&draft->allow_write);
	entries_free(&draft->deny_write);
	entries_free(&draft->notes);
	free(kept);
}

const struct draft *kept_export_draft(const struct kept_export *kept)
{
	return &kept->draft;
}

void kept_export_text(const struct kept_export *kept, struct buf *out, struct buf *explain,
		      struct buf *notes)
{
	if (out)
		settings_text(out, &kept->draft);
	if (explain)
		settings_explain(explain, &kept->draft);
	if (notes)
		settings_notes(notes, &kept->draft);
}

int export_settings(struct buf *out, struct buf *explain, struct buf *notes,
		    const struct export_input *input, struct err *e)
{
	struct kept_export *kept = kept_export_new(input, e);

	if (!kept)
		return -1;
	kept_export_text(kept, out, explain, notes);
	kept_export_free(kept);
	return 0;
}
