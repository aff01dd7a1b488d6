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

	if (!text && draft->input->linked_home)
		text = xstrdup(path);
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

/* Objects below the directory that were needed, of all kinds together. */
static size_t count_needed(const struct draft *draft, const char *directory)
{
	static const enum access_kind kinds[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };
	struct entries needed = ENTRIES_EMPTY;
	size_t count;

	for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
		const struct facts *facts = &draft->evidence.facts[kinds[k]];

		for (size_t i = facts_below(facts, directory); i < facts->count; i++) {
			if (!path_is_below(facts->items[i].object, directory))
				break;
			if (facts->items[i].allowed &&
			    strcmp(facts->items[i].object, directory) != 0)
				entries_add(&needed, facts->items[i].object, false, NULL);
		}
	}
	entries_sort(&needed);
	count = needed.count;
	entries_free(&needed);
	return count;
}

/* What the entry opens beyond what was needed. */
static void explain_beyond(struct buf *out, const struct draft *draft, const struct entry *entry)
{
	const struct tree_view *tree = &draft->input->tree;
	struct survey survey = { 0 };

	if (!tree->survey || !entry->tree)
		return;
	tree->survey(tree->tree, entry->text, &survey);
	buf_addf(out, " (opens %s%zu file%s, %zu needed", survey.complete ? "" : "more than ",
		 survey.files, survey.files == 1 ? "" : "s", count_needed(draft, entry->text));
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

/* --- notes --- */

#define NOTES_ALIKE 4 /* about things in one directory are told as one */

static size_t parent_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : strlen(path);
}

/* What is said alike about one directory stands together. */
static int compare_notes(const void *a, const void *b)
{
	const struct entry *left = *(const struct entry *const *)a;
	const struct entry *right = *(const struct entry *const *)b;
	size_t left_length = parent_length(left->text), right_length = parent_length(right->text);
	int order = strcmp(left->why, right->why);

	if (order == 0 && (left_length != right_length ||
			   strncmp(left->text, right->text, left_length) != 0))
		return strcmp(left->text, right->text);
	return order ? order : strcmp(left->text, right->text);
}

static bool alike(const struct entry *a, const struct entry *b)
{
	size_t length = parent_length(a->text);

	return strcmp(a->why, b->why) == 0 && length == parent_length(b->text) &&
	       strncmp(a->text, b->text, length) == 0;
}

static void add_note(struct strings *lines, const struct entry *note, size_t more)
{
	struct buf line = BUF_EMPTY;

	escape_text(&line, note->text, strlen(note->text));
	if (more)
		buf_addf(&line, " and %zu more beside it", more);
	buf_addf(&line, ": %s", note->why);
	strings_take(lines, buf_steal(&line));
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t drop_repeated(const struct entry **notes, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!kept || strcmp(notes[kept - 1]->text, notes[i]->text) != 0 ||
		    strcmp(notes[kept - 1]->why, notes[i]->why) != 0)
			notes[kept++] = notes[i];
	return kept;
}

void settings_notes(struct buf *out, const struct draft *draft)
{
	size_t count = draft->notes.count;
	_cleanup_free_ const struct entry **notes = xcalloc(count + 1, sizeof(struct entry *));
	_cleanup_strings_ struct strings lines = STRINGS_EMPTY;

	for (size_t i = 0; i < count; i++)
		notes[i] = &draft->notes.items[i];
	if (count)
		qsort(notes, count, sizeof(*notes), compare_notes);
	count = drop_repeated(notes, count);
	for (size_t i = 0, next; i < count; i = next) {
		for (next = i + 1; next < count && alike(notes[i], notes[next]);)
			next++;
		if (next - i >= NOTES_ALIKE)
			add_note(&lines, notes[i], next - i - 1);
		for (size_t k = i; next - i < NOTES_ALIKE && k < next; k++)
			add_note(&lines, notes[k], 0);
	}
	if (lines.count)
		qsort(lines.items, lines.count, sizeof(*lines.items), compare_lines);
	for (size_t i = 0; i < lines.count; i++)
		buf_addf(out, "note: %s\n", lines.items[i]);
}
