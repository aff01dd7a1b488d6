/* SPDX-License-Identifier: MIT */
#include "core/main/dashboard_layers.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/main/layer_review.h"

/* When a file of the layer was changed last, which no program inside can set back. */
struct stamp {
	struct timespec changed; /* zero: no file */
	ino_t inode;
};

struct handle {
	char *server; /* of the list that was read last; NULL = none */
	struct layer_review review;
	struct stamp *stamps; /* for each change of it */
	atomic_size_t looked; /* files so far, while it is read */
};

static void forget(struct handle *handle)
{
	if (handle->server)
		layer_review_close(&handle->review);
	free(steal_ptr(&handle->server));
	free(steal_ptr(&handle->stamps));
}

static struct stamp stamp_of(const struct layer_change *change)
{
	struct stamp stamp = { .inode = 0 };
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (change->type == LAYER_FILE && change->change != LAYER_DELETED)
		fd = layer_change_open(change, false);
	if (fd >= 0 && fstat(fd, &st) == 0)
		stamp = (struct stamp){ .changed = st.st_ctim, .inode = st.st_ino };
	return stamp;
}

/* What was shown is what is there. */
static bool is_as_shown(const struct layer_change *shown, const struct stamp *stamp,
			const struct layer_change *now)
{
	struct stamp again = stamp_of(now);

	return shown->change == now->change && shown->type == now->type && shown->size == now->size &&
	       shown->was_size == now->was_size && shown->mode == now->mode &&
	       same_text(shown->target, now->target) && stamp->inode == again.inode &&
	       stamp->changed.tv_sec == again.changed.tv_sec &&
	       stamp->changed.tv_nsec == again.changed.tv_nsec;
}

static int read_layer(void *opaque, const char *server, struct written_row **rows, size_t *count,
		      struct err *e)
{
	struct handle *handle = opaque;
	const struct layer_changes *changes = &handle->review.changes;

	forget(handle);
	atomic_store(&handle->looked, 0);
	handle->server = xstrdup(server);
	if (layer_review_open(&handle->review, server, &handle->looked, e) < 0) {
		forget(handle);
		return -1;
	}
	*count = changes->count;
	*rows = xcalloc(*count + 1, sizeof(**rows));
	handle->stamps = xcalloc(*count + 1, sizeof(*handle->stamps));
	for (size_t i = 0; i < *count; i++) {
		const struct layer_change *change = &changes->items[i];

		handle->stamps[i] = stamp_of(change);
		(*rows)[i] = (struct written_row){ .change = change->change,
						   .type = change->type,
						   .path = xstrdup(change->path),
						   .target = xstrdup(change->target),
						   .size = change->size,
						   .was_size = change->was_size,
						   .refused = xstrdup(change->refused) };
	}
	return 0;
}

static void diff(void *opaque, size_t index, struct buf *out)
{
	struct handle *handle = opaque;

	if (handle->server && index < handle->review.changes.count)
		layer_review_diff(out, &handle->review.changes.items[index]);
}

/* Where the change that was shown at this index stands now; *at is where to look first, and goes on. */
static bool find_as_shown(const struct handle *handle, const struct layer_review *now, size_t index,
			  size_t *at)
{
	const struct layer_change *shown = &handle->review.changes.items[index];

	/* Both lists are in one order. */
	while (*at < now->changes.count && layer_change_compare(&now->changes.items[*at], shown) < 0)
		++*at;
	for (; *at < now->changes.count && layer_change_compare(&now->changes.items[*at], shown) == 0; ++*at)
		if (is_as_shown(shown, &handle->stamps[index], &now->changes.items[*at]))
			return true;
	return false;
}

static int keep(const struct handle *handle, const struct layer_review *now, const bool *chosen,
		struct written_outcome *outcomes)
{
	int failed = 0;
	size_t at = 0;

	for (size_t i = 0; i < handle->review.changes.count; i++) {
		struct err e;

		if (!chosen[i])
			continue;
		if (!find_as_shown(handle, now, i, &at))
			err_set(&e, "it has changed since it was shown");
		else
			outcomes[i].done = layer_review_keep(now, at, &e) == 0;
		if (outcomes[i].done)
			continue;
		outcomes[i].why = xstrdup(e.message);
		failed++;
	}
	return failed;
}

static bool is_all_as_shown(const struct handle *handle, const struct layer_review *now)
{
	size_t at = 0;

	if (now->changes.count != handle->review.changes.count)
		return false;
	for (size_t i = 0; i < now->changes.count; i++)
		if (!find_as_shown(handle, now, i, &at))
			return false;
	return true;
}

static int apply(void *opaque, bool kept, const bool *chosen, struct written_outcome *outcomes,
		 struct err *e)
{
	struct handle *handle = opaque;
	_cleanup_layer_review_ struct layer_review now = { .layer = LAYER_NONE };

	if (!handle->server)
		return err_set(e, "the layer was not read");
	if (layer_review_open(&now, handle->server, NULL, e) < 0 || layer_review_lock(&now, e) < 0)
		return -1;
	if (kept)
		return keep(handle, &now, chosen, outcomes);
	/* Only what was shown may be lost. */
	if (!is_all_as_shown(handle, &now))
		return err_set(e, "the layer has changed since it was shown");
	if (layer_review_drop(&now, e) < 0)
		return -1;
	for (size_t i = 0; i < handle->review.changes.count; i++)
		outcomes[i].done = true;
	return 0;
}

static size_t looked(void *opaque)
{
	struct handle *handle = opaque;

	return atomic_load(&handle->looked);
}

static void free_layers(void *opaque)
{
	forget(opaque);
	free(opaque);
}

struct layers dashboard_layers_new(void)
{
	static const struct layer_ops ops = {
		.read = read_layer, .looked = looked, .diff = diff, .apply = apply, .free = free_layers
	};
	struct layers layers = { .ops = &ops, .handle = xcalloc(1, sizeof(struct handle)) };

	return layers;
}
