/* SPDX-License-Identifier: MIT */
#include "learn/settings_text.h"

#include <string.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

/* Upstream takes these for a pattern in a plain string. */
static bool has_pattern_characters(const char *path)
{
	return strpbrk(path, "*?[]") != NULL;
}

/* Relative to the working directory, where that is asked for and the path lies in it. Always with a
 * "." in front: no name is taken for anything else. */
static char *relative(const struct draft *draft, const char *path)
{
	const char *cwd = draft->input->cwd;

	if (!draft->input->relative || !cwd || strcmp(cwd, "/") == 0 || !path_is_below(path, cwd))
		return NULL;
	return xasprintf(".%s", path + strlen(cwd));
}

/* "~" has its meaning at the start alone, where the rest of the path shows no pattern. */
static char *spelled(const struct draft *draft, const char *path)
{
	char *text = relative(draft, path);

	return text ? text : path_shorten(path, draft->input->home);
}

static void add_host(struct buf *out, const struct draft *draft, const struct entry *entry)
{
	(void)draft;
	json_string(out, entry->text);
}

static void add_path(struct buf *out, const struct draft *draft, const struct entry *entry)
{
	_cleanup_free_ char *shortened = NULL;

	if (has_pattern_characters(entry->text)) {
		buf_adds(out, "{ \"path\": ");
		shortened = relative(draft, entry->text);
		json_string(out, shortened ? shortened : entry->text);
		buf_adds(out, ", \"literal\": true }");
		return;
	}
	shortened = spelled(draft, entry->text);
	json_string(out, shortened);
}

/* An entry as it is written: a list is in the order of what it says, which does not depend on where the
 * home directory is. */
struct written {
	char *spelled;
	const struct entry *entry;
};

static int compare_written(const void *a, const void *b)
{
	const struct written *left = a, *right = b;
	int order = strcmp(left->spelled, right->spelled);

	return order ? order : strcmp(left->entry->text, right->entry->text);
}

static struct written *in_order(const struct draft *draft, const struct entries *list)
{
	struct written *written = xcalloc(list->count + 1, sizeof(*written));

	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->items[i].text;

		written[i] = (struct written){ text[0] == '/' ? spelled(draft, text) : xstrdup(text),
					       &list->items[i] };
	}
	if (list->count)
		qsort(written, list->count, sizeof(*written), compare_written);
	return written;
}

static void free_written(struct written *written, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(written[i].spelled);
	free(written);
}

static void add_list(struct buf *out, const struct draft *draft, const char *name,
		     const struct entries *list,
		     void (*add)(struct buf *, const struct draft *, const struct entry *),
		     bool last)
{
	struct written *written = in_order(draft, list);

	buf_adds(out, "    ");
	json_string(out, name);
	buf_adds(out, ": [");
	for (size_t i = 0; i < list->count; i++) {
		buf_adds(out, i ? ",\n      " : "\n      ");
		add(out, draft, written[i].entry);
	}
	free_written(written, list->count);
	buf_adds(out, list->count ? "\n    ]" : "]");
	buf_adds(out, last ? "\n" : ",\n");
}

void settings_text(struct buf *out, const struct draft *draft)
{
	buf_adds(out, "{\n  \"network\": {\n");
	add_list(out, draft, "allowedDomains", &draft->allowed_domains, add_host, false);
	add_list(out, draft, "deniedDomains", &draft->denied_domains, add_host, true);
	buf_adds(out, "  },\n  \"filesystem\": {\n");
	add_list(out, draft, "denyRead", &draft->deny_read, add_path, false);
	add_list(out, draft, "allowRead", &draft->allow_read, add_path, false);
	add_list(out, draft, "allowWrite", &draft->allow_write, add_path, false);
	add_list(out, draft, "denyWrite", &draft->deny_write, add_path, true);
	buf_adds(out, "  }\n}\n");
}

/* What the entry opens beyond what was needed. */
static void explain_beyond(struct buf *out, const struct draft *draft, const struct entry *entry)
{
	const struct tree_view *tree = &draft->input->tree;
	struct survey survey = { 0 };

	if (!tree->survey || !entry->tree)
		return;
	tree->survey(tree->tree, entry->text, &survey);
	buf_addf(out, " (opens %s%zu file%s", survey.complete ? "" : "more than ", survey.files,
		 survey.files == 1 ? "" : "s");
	if (survey.sensitive)
		buf_addf(out, ", %zu of them sensitive by name", survey.sensitive);
	buf_adds(out, ")");
}

static void explain_list(struct buf *out, const struct draft *draft, const char *name,
			 const struct entries *list)
{
	struct written *written = in_order(draft, list);

	for (size_t i = 0; i < list->count; i++) {
		const struct entry *entry = written[i].entry;

		buf_addf(out, "%s ", name);
		escape_text(out, written[i].spelled, strlen(written[i].spelled));
		buf_addf(out, ": %s", entry->why);
		if (list == &draft->allow_read || list == &draft->allow_write)
			explain_beyond(out, draft, entry);
		if (list == &draft->allowed_domains && strncmp(entry->text, "*.", 2) == 0)
			buf_adds(out, " (opens every other host of it)");
		buf_addc(out, '\n');
	}
	free_written(written, list->count);
}

void settings_explain(struct buf *out, const struct draft *draft)
{
	explain_list(out, draft, "allowedDomains", &draft->allowed_domains);
	explain_list(out, draft, "deniedDomains", &draft->denied_domains);
	explain_list(out, draft, "denyRead", &draft->deny_read);
	explain_list(out, draft, "allowRead", &draft->allow_read);
	explain_list(out, draft, "allowWrite", &draft->allow_write);
	explain_list(out, draft, "denyWrite", &draft->deny_write);
	settings_notes(out, draft);
}

void settings_notes(struct buf *out, const struct draft *draft)
{
	for (size_t i = 0; i < draft->notes.count; i++)
		buf_addf(out, "note: %s\n", draft->notes.items[i]);
}
