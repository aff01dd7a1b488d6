/* SPDX-License-Identifier: MIT */
/* The export of one server at a time is kept, with the evidence that it comes from. */
#include "core/main/dashboard_exports.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/main/edited_file.h"
#include "core/main/export_file.h"
#include "core/main/learned.h"
#include "core/main/remember_export.h"
#include "core/main/replay_settings.h"
#include "core/policy/domain.h"
#include "core/policy/glob.h"
#include "core/policy/path.h"
#include "learn/adjust.h"
#include "learn/text_diff.h"

#define FILE_MOST (1 << 20)

struct handle {
	struct db *db; /* NULL: there is no history yet */
	char *server;  /* NULL = nothing is kept */
	struct learned learned;
	struct kept_export *kept;
};

static void forget(struct handle *handle)
{
	kept_export_free(handle->kept);
	handle->kept = NULL;
	if (handle->server)
		learned_free(&handle->learned);
	free(steal_ptr(&handle->server));
}

static int make(void *opaque, const char *server, const char *path, struct export_made *made,
		struct err *e)
{
	struct handle *handle = opaque;
	struct export_input input;

	forget(handle);
	if (!handle->db && open_history(&handle->db, e) < 0)
		return -1;
	handle->server = xstrdup(server);
	if (edited_file_read(path, FILE_MOST, &made->before, e) < 0 ||
	    learned_read(&handle->learned, handle->db, server, NULL, e) < 0)
		return -1;
	input = learned_input(&handle->learned, handle->server);
	handle->kept = kept_export_new(&input, e);
	if (!handle->kept)
		return -1;
	kept_export_text(handle->kept, &made->settings, &made->explain, NULL);
	made->home = xstrdup(handle->learned.home);
	made->cwd = xstrdup(handle->learned.cwd);
	return 0;
}

/* --- entries --- */

static int check_kept(const struct handle *handle, struct err *e)
{
	return handle->kept ? 0 : err_set(e, "the history was not read");
}

static const char *cwd_of(const struct handle *handle)
{
	return handle->learned.cwd ? handle->learned.cwd : handle->learned.home;
}

/* What an entry for a path is about. NULL where it is a pattern. Caller frees. */
static char *path_of(const struct handle *handle, const char *entry)
{
	_cleanup_free_ char *absolute = path_absolute(entry, handle->learned.home, cwd_of(handle));
	_cleanup_free_ char *plain = glob_strip(absolute);

	return glob_has_characters(plain) ? NULL : steal_ptr(&plain);
}

/* As the export spells it. */
static char *spell(const struct handle *handle, const char *path)
{
	return handle->learned.linked_home ? xstrdup(path) : path_shorten(path, handle->learned.home);
}

static bool find_list(const char *name, enum adjust_list *list)
{
	static const char *const names[] = { [ADJUST_READ] = "allowRead", [ADJUST_WRITE] = "allowWrite",
					     [ADJUST_HOST] = "allowedDomains" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strcmp(names[i], name) == 0) {
			*list = (enum adjust_list)i;
			return true;
		}
	return false;
}

static int take_step(const struct handle *handle, enum adjust_list list, const char *object, bool wider,
		     struct strings *steps, struct err *e)
{
	char *one;

	if (!wider)
		return adjust_narrower(handle->kept, list, object, steps, e);
	one = adjust_wider(handle->kept, list, object, e);
	if (!one)
		return -1;
	strings_take(steps, one);
	return 0;
}

static int adjust(void *opaque, const char *list_name, const char *entry, bool wider, struct strings *entries,
		  struct err *e)
{
	struct handle *handle = opaque;
	_cleanup_strings_ struct strings steps = STRINGS_EMPTY;
	_cleanup_free_ char *object = NULL;
	enum adjust_list list;

	if (check_kept(handle, e) < 0)
		return -1;
	if (!find_list(list_name, &list))
		return err_set(e, "what is denied is made neither wider nor narrower here");
	object = list == ADJUST_HOST ? xstrdup(entry) : path_of(handle, entry);
	if (!object)
		return err_set(e, "a pattern is made neither wider nor narrower here");
	if (take_step(handle, list, object, wider, &steps, e) < 0)
		return -1;
	for (size_t i = 0; i < steps.count; i++) {
		if (list != ADJUST_HOST && glob_has_characters(steps.items[i]))
			return err_set(e, "a name in it holds characters of a pattern: %s", object);
		strings_take(entries, list == ADJUST_HOST ? xstrdup(steps.items[i])
							  : spell(handle, steps.items[i]));
	}
	return 0;
}

/* --- evidence --- */

struct about {
	const char *path; /* NULL = hosts */
	const char *host;
	unsigned kinds; /* 1 << enum access_kind */
};

static bool is_about(const struct about *about, const struct access_row *row)
{
	char host[HOST_TEXT_SIZE];
	int port;

	if ((about->kinds & 1u << row->kind) == 0)
		return false;
	if (about->path)
		return path_is_below(row->object, about->path);
	return domain_split_endpoint(row->object, host, &port) &&
	       domain_entry_matches(about->host, host, port);
}

static unsigned kinds_of(const char *list)
{
	if (strcmp(list, "allowWrite") == 0 || strcmp(list, "denyWrite") == 0)
		return 1u << ACCESS_WRITE;
	if (strcmp(list, "allowedDomains") == 0 || strcmp(list, "deniedDomains") == 0)
		return 1u << ACCESS_CONNECT;
	return 1u << ACCESS_READ | 1u << ACCESS_EXEC |
	       (strcmp(list, "denyRead") == 0 ? 1u << ACCESS_WRITE : 0);
}

static void copy_row(struct access_row *to, const struct access_row *from)
{
	*to = *from;
	to->object = xstrdup(from->object);
	to->exe = xstrdup(from->exe);
	to->programs = NULL;
}

static int evidence(void *opaque, const char *list, const char *entry, size_t most, struct access_row **rows,
		    size_t *count, bool *more, struct err *e)
{
	const struct handle *handle = opaque;
	const struct evidence_rows *all = &handle->learned.accesses;
	struct about about = { .kinds = kinds_of(list), .host = entry };
	_cleanup_free_ char *path = NULL;
	size_t capacity = 0;

	if (check_kept(handle, e) < 0)
		return -1;
	if (about.kinds != 1u << ACCESS_CONNECT) {
		path = path_of(handle, entry);
		if (!path)
			return err_set(e, "the entry is a pattern");
		about.path = path;
	}
	for (size_t i = 0; i < all->count; i++) {
		if (!is_about(&about, &all->items[i]))
			continue;
		if (*count == most) {
			*more = true;
			break;
		}
		grow_array(*rows, *count, capacity);
		copy_row(&(*rows)[(*count)++], &all->items[i]);
	}
	return 0;
}

/* --- what it comes to --- */

static void copy_differences(struct export_figures *figures, const struct replay *replay)
{
	figures->same = replay->same;
	figures->refused = replay->refused;
	figures->allowed = replay->allowed;
	figures->items = xcalloc(replay->count + 1, sizeof(*figures->items));
	for (size_t i = 0; i < replay->count; i++) {
		const struct difference *from = &replay->items[i];

		figures->items[figures->count++] =
			(struct export_difference){ .refused = from->change == CHANGE_REFUSED,
						    .kind = from->row->kind,
						    .object = xstrdup(from->row->object),
						    .why = xstrdup(from->why) };
	}
}

static int replay(void *opaque, const char *path, const char *before, const char *text,
		  struct export_figures *figures, struct err *e)
{
	const struct handle *handle = opaque;
	_cleanup_settings_ struct settings *settings = NULL;
	struct replay found = { 0 };
	struct buf diff = BUF_EMPTY;

	if (check_kept(handle, e) < 0 || settings_parse(&settings, text, strlen(text), e) < 0 ||
	    replay_settings(&found, &handle->learned, settings, path, EXPORT_DIFFERENCES_MOST, e) < 0)
		return -1;
	copy_differences(figures, &found);
	replay_free(&found);
	if (before) {
		text_diff(&diff, before, text);
		figures->diff = diff.data ? buf_steal(&diff) : xstrdup("");
	}
	return 0;
}

static int write_it(void *opaque, const char *path, const char *before, const char *text, struct err *e)
{
	struct handle *handle = opaque;
	struct err ignored;

	if (check_kept(handle, e) < 0 ||
	    export_file_replace(path, before, text, handle->learned.home, handle->learned.cwd, e) < 0)
		return -1;
	/* A history that is busy is never worth an export. */
	remember_export(handle->db, handle->server, path, &handle->learned, text, &ignored);
	return 0;
}

static void free_exports(void *opaque)
{
	struct handle *handle = opaque;

	forget(handle);
	if (handle->db)
		db_close(handle->db);
	free(handle);
}

struct exports dashboard_exports_new(void)
{
	static const struct export_ops ops = { .make = make,
					       .adjust = adjust,
					       .evidence = evidence,
					       .replay = replay,
					       .write = write_it,
					       .free = free_exports };

	return (struct exports){ .ops = &ops, .handle = xcalloc(1, sizeof(struct handle)) };
}
