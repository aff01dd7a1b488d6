/* SPDX-License-Identifier: MIT */
#include "core/sandbox/plan_tree.h"

#include <string.h>

#include "core/base/mem.h"

struct node {
	struct node *next, *children;
	size_t length;
	bool is_mount, hides, writable; /* of the last mount that was made here */
	char name[];
};

struct plan_tree {
	struct node root;
};

static struct node *find_child(const struct node *node, const char *name, size_t length)
{
	for (struct node *child = node->children; child; child = child->next)
		if (child->length == length && memcmp(child->name, name, length) == 0)
			return child;
	return NULL;
}

/* The next component at or behind `path`; its length, 0 at the end. */
static size_t next_component(const char **path)
{
	while (**path == '/')
		(*path)++;
	return strcspn(*path, "/");
}

static void forget_below(struct node *node)
{
	for (struct node *child = node->children; child; child = child->next) {
		child->is_mount = false;
		forget_below(child);
	}
}

static void add(struct plan_tree *tree, const char *path, bool hides, bool writable)
{
	struct node *node = &tree->root;
	size_t length;

	for (; (length = next_component(&path)); path += length) {
		struct node *child = find_child(node, path, length);

		if (!child) {
			child = xcalloc(1, sizeof(*child) + length + 1);
			memcpy(child->name, path, length);
			child->length = length;
			child->next = node->children;
			node->children = child;
		}
		node = child;
	}
	node->is_mount = true;
	node->hides = hides;
	node->writable = writable;
	/* What was mounted below it before is covered. */
	forget_below(node);
}

struct plan_tree *plan_tree_new(const struct mount_plan *plan)
{
	struct plan_tree *tree = xcalloc(1, sizeof(*tree));

	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];

		add(tree, mount->target,
		    mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE ||
			    mount->type == MOUNT_PLACEHOLDER_FILE ||
			    mount->type == MOUNT_PLACEHOLDER_DIR,
		    mount->type == MOUNT_BIND);
	}
	return tree;
}

static void free_children(struct node *node)
{
	for (struct node *child = node->children, *next; child; child = next) {
		next = child->next;
		free_children(child);
		free(child);
	}
}

void plan_tree_free(struct plan_tree *tree)
{
	if (!tree)
		return;
	free_children(&tree->root);
	free(tree);
}

bool plan_tree_hides(const struct plan_tree *tree, const char *path)
{
	const struct node *node = &tree->root;
	bool hides = node->is_mount && node->hides;
	size_t length;

	for (; (length = next_component(&path)); path += length) {
		node = find_child(node, path, length);
		if (!node)
			break;
		if (node->is_mount)
			hides = node->hides;
	}
	return hides;
}

bool plan_tree_is_fixed(const struct plan_tree *tree, const char *path)
{
	static const char *const own[] = { "/dev", "/proc", "/sys" };
	const struct node *node = &tree->root;
	size_t length;

	for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
		if (strncmp(path, own[i], strlen(own[i])) == 0)
			return false;
	if (!node->is_mount || node->writable || node->hides)
		return false;
	for (; (length = next_component(&path)); path += length) {
		node = find_child(node, path, length);
		if (!node)
			return true;
		if (node->is_mount && (node->writable || node->hides))
			return false;
	}
	return true;
}
