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
		json_string(out, entry->text);
		buf_adds(out, ", \"literal\": true }");
		return;
	}
	/* "~" has its meaning at the start alone, where the rest of the path shows no pattern. */
	shortened = path_shorten(entry->text, draft->input->home);
	json_string(out, shortened);
}

static void add_list(struct buf *out, const struct draft *draft, const char *name,
		     const struct entries *list,
		     void (*add)(struct buf *, const struct draft *, const struct entry *),
		     bool last)
{
	buf_adds(out, "    ");
	json_string(out, name);
	buf_adds(out, ": [");
	for (size_t i = 0; i < list->count; i++) {
		buf_adds(out, i ? ",\n      " : "\n      ");
		add(out, draft, &list->items[i]);
	}
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

static void explain_list(struct buf *out, const struct draft *draft, const char *name,
			 const struct entries *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct entry *entry = &list->items[i];
		_cleanup_free_ char *shortened =
			entry->text[0] == '/' ? path_shorten(entry->text, draft->input->home) :
						xstrdup(entry->text);

		buf_addf(out, "%s ", name);
		escape_text(out, shortened, strlen(shortened));
		buf_addf(out, ": %s\n", entry->why);
	}
}

void settings_explain(struct buf *out, const struct draft *draft)
{
	explain_list(out, draft, "allowedDomains", &draft->allowed_domains);
	explain_list(out, draft, "deniedDomains", &draft->denied_domains);
	explain_list(out, draft, "denyRead", &draft->deny_read);
	explain_list(out, draft, "allowRead", &draft->allow_read);
	explain_list(out, draft, "allowWrite", &draft->allow_write);
	explain_list(out, draft, "denyWrite", &draft->deny_write);
	for (size_t i = 0; i < draft->notes.count; i++)
		buf_addf(out, "note: %s\n", draft->notes.items[i]);
}
