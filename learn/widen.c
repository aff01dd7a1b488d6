/* SPDX-License-Identifier: MIT */
#include "learn/widen.h"

#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "learn/names.h"

#define PASSES_MOST 64 /* levels that directories are merged upwards */

/* --- siblings --- */

struct family {
	char *parent;
	size_t members;
};

static int compare_families(const void *a, const void *b)
{
	const struct family *left = a, *right = b;

	return strcmp(left->parent, right->parent);
}

static size_t count_families(const struct entries *list, struct family **out)
{
	struct family *families = xcalloc(list->count + 1, sizeof(*families));
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		families[i] = (struct family){ path_parent(list->items[i].text), 1 };
	if (list->count)
		qsort(families, list->count, sizeof(*families), compare_families);
	for (size_t i = 0; i < list->count; i++) {
		if (kept && strcmp(families[kept - 1].parent, families[i].parent) == 0) {
			families[kept - 1].members++;
			free(families[i].parent);
		} else {
			families[kept++] = families[i];
		}
	}
	*out = families;
	return kept;
}

static bool covers_half(const struct draft *draft, const char *directory, size_t members)
{
	const struct tree_view *tree = &draft->input->tree;
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;

	return tree->list && tree->list(tree->tree, directory, &names) &&
	       members * 2 >= names.count;
}

static bool widen_once(struct widening *w, size_t least, bool half)
{
	struct family *families;
	size_t count = count_families(w->list, &families), before = w->list->count;

	for (size_t i = 0; i < count; i++) {
		const char *directory = families[i].parent;
		size_t members = families[i].members;

		if (members >= least && (!half || covers_half(w->draft, directory, members)) &&
		    w->may_open(w->draft, directory, w->arg))
			entries_add(w->list, directory, true,
				    xasprintf("%zu of the things in it were needed", members));
		free(families[i].parent);
	}
	free(families);
	if (w->list->count == before)
		return false;
	entries_sort(w->list);
	entries_fold(w->list, draft_masked_between, w->draft);
	return true;
}

void widen_siblings(struct widening *widening, size_t least, bool half)
{
	for (int pass = 0; pass < PASSES_MOST; pass++)
		if (!widen_once(widening, least, half))
			return;
}

/* --- names --- */

/* Where the name that starts at `at` ends. */
static size_t name_end(const char *path, size_t at)
{
	return at + strcspn(path + at, "/");
}

struct sighting {
	char *key; /* directory, a slash, shape */
	char *name;
	size_t directory; /* length of the directory in the key */
};

struct sightings {
	struct sighting *items;
	size_t count, capacity;
};

static void see(struct sightings *all, const char *path)
{
	for (size_t at = 1; path[at - 1]; at = name_end(path, at) + 1) {
		size_t end = name_end(path, at);
		_cleanup_free_ char *name = xstrndup(path + at, end - at);
		struct buf key = BUF_EMPTY;

		buf_add(&key, path, at);
		if (name_examine(name, &key) == NAME_PLAIN) {
			buf_free(&key);
		} else {
			grow_array(all->items, all->count, all->capacity);
			all->items[all->count++] =
				(struct sighting){ buf_steal(&key), steal_ptr(&name), at - 1 };
		}
		if (!path[end])
			return;
	}
}

static int compare_sightings(const void *a, const void *b)
{
	const struct sighting *left = a, *right = b;
	int order = strcmp(left->key, right->key);

	return order ? order : strcmp(left->name, right->name);
}

/* Different names of the sort that starts here, and where the next sort starts. */
static size_t count_names(const struct sightings *all, size_t first, size_t *next)
{
	size_t names = 1;

	for (*next = first + 1; *next < all->count; ++*next) {
		if (strcmp(all->items[*next].key, all->items[first].key) != 0)
			break;
		names += strcmp(all->items[*next].name, all->items[*next - 1].name) != 0;
	}
	return names;
}

void widen_shapes(struct widening *w)
{
	struct sightings all = { 0 };
	size_t before = w->list->count;

	for (size_t i = 0; i < before; i++)
		if (!w->list->items[i].ruled)
			see(&all, w->list->items[i].text);
	if (all.count)
		qsort(all.items, all.count, sizeof(*all.items), compare_sightings);
	for (size_t i = 0, next; i < all.count; i = next) {
		const struct sighting *one = &all.items[i];
		size_t names = count_names(&all, i, &next);
		_cleanup_free_ char *directory = NULL;

		/* Two numbers may be two things that were chosen. */
		if (names < (name_examine(one->name, NULL) == NAME_NUMBER ? 3 : 2))
			continue;
		directory = xstrndup(one->key, one->directory);
		if (directory[0] && w->may_open(w->draft, directory, w->arg)) {
			struct buf why = BUF_EMPTY;

			buf_adds(&why, "several names like ");
			escape_text(&why, one->key + one->directory + 1,
				    strlen(one->key + one->directory + 1));
			buf_adds(&why, " were needed there");
			entries_add(w->list, directory, true, buf_steal(&why));
		}
	}
	for (size_t i = 0; i < all.count; i++) {
		free(all.items[i].key);
		free(all.items[i].name);
	}
	free(all.items);
	if (w->list->count == before)
		return;
	entries_sort(w->list);
	entries_fold(w->list, draft_masked_between, w->draft);
}

/* --- places that are known --- */

/* The part of a path below home, or NULL. */
static const char *below_home(const struct draft *draft, const char *path)
{
	const char *home = draft->input->home;

	if (!path_is_strictly_below(path, home))
		return NULL;
	return path + strlen(home) + (strcmp(home, "/") != 0);
}

char *widen_tool(const struct draft *draft, const char *path, bool caches, const char **why)
{
	static const struct {
		const char *base, *why;
		bool cache, whole; /* whole: the base itself is the tool's */
	} places[] = {
		{ ".cache", "the program's cache directory", true, false },
		{ "Library/Caches", "the program's cache directory", true, false },
		{ ".local/share", "the program's data directory", false, false },
		{ "Library/Application Support", "the program's data directory", false, false },
		{ ".local/state", "the program's state directory", false, false },
		{ ".npm/_cacache", "npm's cache", true, true },
		{ ".npm/_logs", "npm's logs", true, true },
		{ ".pnpm-store", "pnpm's store", true, true },
		{ ".bun/install/cache", "bun's cache", true, true },
		{ ".cargo/registry", "cargo's cache", true, true },
		{ ".cargo/git", "cargo's cache", true, true },
		{ "go/pkg", "go's cache", true, true },
		{ ".m2/repository", "maven's cache", true, true },
		{ ".gradle/caches", "gradle's cache", true, true },
		{ ".nuget/packages", "nuget's cache", true, true },
		{ ".ivy2/cache", "ivy's cache", true, true },
	};
	const char *rest = below_home(draft, path);

	for (size_t i = 0; rest && i < ARRAY_LENGTH(places); i++) {
		size_t length = strlen(places[i].base), end;

		if ((caches && !places[i].cache) || strncmp(rest, places[i].base, length) != 0 ||
		    rest[length] != '/')
			continue;
		end = places[i].whole ? length : name_end(rest, length + 1);
		if (!rest[end])
			return NULL;
		*why = places[i].why;
		return xstrndup(path, (size_t)(rest - path) + end);
	}
	return NULL;
}

static bool is_named(const char *path, size_t at, size_t end, const char *const *names)
{
	for (; *names; names++)
		if (strlen(*names) == end - at && strncmp(path + at, *names, end - at) == 0)
			return true;
	return false;
}

static bool holds(const struct draft *draft, const char *directory, const char *name)
{
	_cleanup_free_ char *path = path_join(directory, name);

	return draft_exists(draft, path);
}

/* "python3.11" in "lib", and the same of other interpreters: what is looked up there and not read leaves
 * no trace, such as a source that is newer than its compiled form. */
static bool is_library(const char *path, size_t at, size_t end)
{
	static const char *const interpreters[] = { "python", "pypy", "ruby", "perl", "jvm" };
	static const char lib[] = "/lib/", lib64[] = "/lib64/";

	if (!(at >= 5 && strncmp(path + at - 5, lib, 5) == 0) &&
	    !(at >= 7 && strncmp(path + at - 7, lib64, 7) == 0))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(interpreters); i++) {
		size_t length = strlen(interpreters[i]);

		if (end - at >= length && strncmp(path + at, interpreters[i], length) == 0)
			return path[end] == '/';
	}
	return false;
}

char *widen_packages(const struct draft *draft, const char *path, bool executed, bool *foreign,
		     const char **why)
{
	static const char *const packages[] = { "node_modules", "site-packages", "dist-packages",
						NULL };
	static const char *const objects[] = { "objects", "refs", NULL };
	static const char *const compiled[] = { "__pycache__", NULL };
	static const char *const inside[] = { "bin", "lib", "lib64", "pyvenv.cfg", NULL };
	static const char *const programs[] = { "bin", ".bin", "sbin", "libexec", "shims", NULL };
	char *of_programs = NULL;

	*foreign = true;
	for (size_t at = 1; path[at - 1]; at = name_end(path, at) + 1) {
		size_t end = name_end(path, at);
		_cleanup_free_ char *holder = xstrndup(path, at > 1 ? at - 1 : 1);
		_cleanup_free_ char *directory = xstrndup(path, end);

		if (is_named(path, at, end, inside) && holds(draft, holder, "pyvenv.cfg")) {
			*why = "a virtual environment of Python";
			free(of_programs);
			return steal_ptr(&holder);
		}
		if (is_named(path, at, end, packages) || is_library(path, at, end)) {
			*why = "packages: found through links and by looking around";
			free(of_programs);
			return steal_ptr(&directory);
		}
		if (is_named(path, at, end, objects) && at > 5 &&
		    strncmp(path + at - 6, "/.git/", 6) == 0) {
			*why = "a repository's objects: every commit makes others";
			free(of_programs);
			return steal_ptr(&directory);
		}
		if (is_named(path, at, end, compiled)) {
			*why = "modules of Python, compiled and as they are";
			*foreign = false;
			free(of_programs);
			return steal_ptr(&holder);
		}
		if (!path[end])
			break;
		if (executed && is_named(path, at, end, programs) &&
		    !strchr(path + end + 1, '/')) {
			*why = "programs: found through links beside it";
			free(of_programs);
			of_programs = steal_ptr(&directory);
		}
	}
	return of_programs;
}

bool is_shared_base(const struct draft *draft, const char *path)
{
	static const char *const bases[] = { ".cache", ".config", ".local", ".local/share",
					     ".local/state", ".local/lib", "Library",
					     "Library/Caches", "Library/Application Support",
					     "Library/Preferences", "snap", ".var", ".var/app" };
	const char *rest = below_home(draft, path);

	for (size_t i = 0; rest && i < ARRAY_LENGTH(bases); i++)
		if (strcmp(rest, bases[i]) == 0)
			return true;
	return false;
}
