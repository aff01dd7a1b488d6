/* SPDX-License-Identifier: MIT */
/*
 * Mode learn: what goes on without a question, beyond what can be read anyway.
 *
 * Connections: names whose addresses are public (learning_allows() and the proxy, which resolves
 * them). An address in place of a name, and a name that only the client's first bytes have, is asked
 * about: nothing here says what they stand for.
 *
 * Writes: directories are made writable as a whole, by mounts. In a layer nothing that is written
 * there reaches the host before somebody has looked at it. Written through to the host, none of
 * them may be one that a name of the sensitive list lies below, existing or not, since what is not
 * there yet cannot be masked; such a one is opened by its subdirectories instead.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/path.h"
#include "core/session/runtime_dir.h"
#include "core/session/supervisor_parts.h"

#define ROOTS_MOST 400

bool learning_allows(const struct supervisor *s, const struct proxy_destination *to)
{
	const struct supervisor_options *o = s->options;

	if (o->mode != MODE_LEARN || !to->host || to->doubt || to->dialled_host || host_is_address(to->host))
		return false;
	if (o->learn_net == LEARN_NET_AUTO)
		return question_hold_ms(s) == 0;
	return o->learn_net == LEARN_NET_ALLOW;
}

void learning_free(struct learning *learning)
{
	strings_free(&learning->roots);
	strings_free(&learning->protected_roots);
	layer_close(&learning->layer);
}

/* A directory that this user may write in, without a link in its path. */
static bool is_ours(const char *path)
{
	_cleanup_free_ char *real = path_real(path);
	struct stat st;

	return real && strcmp(real, path) == 0 && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       access(path, W_OK | X_OK) == 0;
}

static bool is_known(const struct strings *roots, const char *path)
{
	for (size_t i = 0; i < roots->count; i++)
		if (path_is_below(path, roots->items[i]))
			return true;
	return false;
}

static int add_through(struct strings *roots, const char *home, const char *path, struct err *e)
{
	DIR *dir;
	struct dirent *entry;
	int result = 0;

	if (!is_ours(path) || sensitive_covers(home, path) || is_known(roots, path))
		return 0;
	if (!sensitive_lies_below(home, path)) {
		if (roots->count == ROOTS_MOST)
			return err_set(e, "--writes through would open more than %d directories one "
					  "by one: start in a smaller home directory, or use "
					  "--writes ask", ROOTS_MOST);
		strings_add(roots, path);
		return 0;
	}
	dir = opendir(path);
	while (dir && result == 0 && (entry = readdir(dir))) {
		_cleanup_free_ char *child = NULL;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		child = path_join(path, entry->d_name);
		result = add_through(roots, home, child, e);
	}
	if (dir)
		closedir(dir);
	return result;
}

static int write_through(struct supervisor *s, const char *home, struct err *e)
{
	/* Everybody's, and always changing: what lies there is not searched. */
	static const char *const shared[] = { "/tmp", "/var/tmp" };
	struct strings *roots = &s->learning.roots;

	if (add_through(roots, home, home, e) < 0)
		return -1;
	if (!path_is_below(home, s->cwd) && add_through(roots, home, s->cwd, e) < 0)
		return -1;
	strings_copy(&s->learning.protected_roots, roots);
	for (size_t i = 0; i < ARRAY_LENGTH(shared); i++)
		if (!sensitive_lies_below(home, shared[i]) && add_through(roots, home, shared[i], e) < 0)
			return -1;
	dprintf(STDERR_FILENO, "srt-top: learning writes through: what the command writes below ~, "
			       "/tmp and its working directory changes this machine\n");
	return 0;
}

/* `skipped` gets what the layer cannot be for: an overlay would not show what is mounted in it. */
static void add_layered(struct strings *roots, struct strings *skipped, const char *path)
{
	if (strcmp(path, "/") == 0 || !is_ours(path) || is_known(roots, path))
		return;
	strings_add(layer_has_mounts_below(path) ? skipped : roots, path);
}

static void tell_skipped(const struct strings *skipped)
{
	for (size_t i = 0; i < skipped->count; i++) {
		_cleanup_free_ char *shown = escape_string(skipped->items[i]);

		dprintf(STDERR_FILENO, "srt-top: %s is not in the layer, since other file systems are mounted "
				       "below it: writes there are asked about\n", shown);
	}
}

static int write_to_layer(struct supervisor *s, const char *home, struct err *e)
{
	static const char *const shared[] = { "/tmp", "/var/tmp" };
	struct learning *learning = &s->learning;
	_cleanup_strings_ struct strings roots = STRINGS_EMPTY, skipped = STRINGS_EMPTY;
	_cleanup_free_ char *base = layers_dir();
	_cleanup_free_ char *name = layer_encode(s->options->server);
	_cleanup_free_ char *directory = path_join(base, name);
	bool above = path_is_strictly_below(home, s->cwd);

	/* The outer one first. */
	add_layered(&roots, &skipped, above ? s->cwd : home);
	add_layered(&roots, &skipped, above ? home : s->cwd);
	for (size_t i = 0; i < ARRAY_LENGTH(shared); i++)
		if (!path_is_below(home, shared[i]) && !path_is_below(s->cwd, shared[i]))
			add_layered(&roots, &skipped, shared[i]);
	if (!roots.count)
		return err_code(e, ERR_UNSUPPORTED,
				"other file systems are mounted below every directory that it would be for");
	if (layer_open(&learning->layer, directory, &roots, e) < 0 ||
	    layer_try(&learning->layer, e) < 0) {
		layer_close(&learning->layer);
		return -1;
	}
	strings_copy(&learning->roots, &roots);
	tell_skipped(&skipped);
	return 0;
}

static int prefer_layer(struct supervisor *s, const char *home)
{
	struct err e = { 0 };

	if (write_to_layer(s, home, &e) < 0)
		dprintf(STDERR_FILENO, "srt-top: learning asks about writes, since there is no layer for "
				       "them: %s\n", e.message);
	return 0;
}

int learning_prepare(struct supervisor *s, struct err *e)
{
	_cleanup_free_ char *real = NULL;
	const char *home;

	if (s->options->mode != MODE_LEARN)
		return 0;
	real = path_real(s->home);
	home = real ? real : s->home;
	switch (s->options->learn_writes) {
	case LEARN_WRITES_THROUGH:
		return write_through(s, home, e);
	case LEARN_WRITES_LAYER:
		return write_to_layer(s, home, e) < 0 ? err_wrap(e, "--writes layer") : 0;
	case LEARN_WRITES_AUTO:
		return prefer_layer(s, home);
	case LEARN_WRITES_ASK:
		return 0;
	}
	return 0;
}
