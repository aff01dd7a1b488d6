/* SPDX-License-Identifier: MIT */
/*
 * A path that a program inside names, and what judging it makes of its text. The first line is the
 * path; each further one is a mount of the plan: a digit for its type, and its target.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/path_text.h"
#include "core/sandbox/plan_tree.h"
#include "core/sandbox/proc_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_names(const char *path)
{
	char trimmed[PATH_MAX], parent[PATH_MAX], joined[PATH_MAX];
	const char *name;

	path_text_trim(trimmed, path);
	require(strncmp(trimmed, path, strlen(trimmed)) == 0);
	require(!trimmed[1] || trimmed[strlen(trimmed) - 1] != '/');
	if (!path_text_split(trimmed, parent, &name))
		return;
	require(*name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
	require(strlen(parent) == path_text_parent_length(trimmed));
	if (path_text_is_normal(trimmed))
		require(path_text_join(joined, parent, name) && strcmp(joined, trimmed) == 0);
}

static void check_proc(const char *path)
{
	static const char *const targets[] = { "/", "/home/user" };
	char replaced[PATH_MAX];
	struct proc_link link;

	for (unsigned i = 0; i < 4; i++) {
		const char *target = targets[i & 1];

		if (proc_path_parse(path, i & 2, &link) != PROC_LINK)
			continue;
		require(link.used <= strlen(path) && (!path[link.used] || path[link.used] == '/'));
		strcpy(replaced, path);
		if (path_text_replace_start(replaced, link.used, target)) {
			require(strncmp(replaced, target, strlen(target)) == 0);
			require(strcmp(replaced + strlen(target), path + link.used) == 0);
		} else {
			require(strcmp(replaced, path) == 0);
		}
	}
}

static bool hides(const struct mount *mount)
{
	return mount && (mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE ||
			 mount->type == MOUNT_PLACEHOLDER_FILE ||
			 mount->type == MOUNT_PLACEHOLDER_DIR);
}

/* The tree says what going through the plan says; what is fixed is hidden nowhere above. */
static void check_plan(const char *path, char *lines)
{
	struct mount_plan plan = { 0 };
	struct plan_tree *tree;

	for (char *line = lines, *end; line && *line; line = end) {
		_cleanup_free_ char *target = NULL;

		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		if (line[0] < '0' || line[0] > '0' + MOUNT_FAKE_FILE || line[1] != '/')
			continue;
		target = path_normalize(line + 1);
		mount_plan_add(&plan, (enum mount_type)(line[0] - '0'), ORIGIN_BASE, NULL, target,
			       NULL);
	}
	tree = plan_tree_new(&plan);
	require(plan_tree_hides(tree, path) == hides(mount_plan_find(&plan, path)));
	if (plan_tree_is_fixed(tree, path))
		require(!plan_tree_hides(tree, path));
	plan_tree_free(tree);
	mount_plan_free(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL, *normal = NULL;
	char *lines;

	if (size >= PATH_MAX)
		return 0;
	text = xstrndup((const char *)data, size);
	lines = strchr(text, '\n');
	if (lines)
		*lines++ = '\0';
	if (text[0] != '/')
		return 0;
	check_names(text);
	check_proc(text);
	normal = path_normalize(text);
	require(path_text_is_normal(normal));
	check_plan(normal, lines);
	return 0;
}
