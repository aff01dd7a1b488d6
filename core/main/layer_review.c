/* SPDX-License-Identifier: MIT */
#include "core/main/layer_review.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/main/layer_denies.h"
#include "core/policy/path.h"
#include "core/session/runtime_dir.h"
#include "learn/text_diff.h"

#define DIFF_MOST (256 * 1024) /* of one file, in bytes */

static void find_own(struct layer_review *review)
{
	_cleanup_free_ char *database = database_path();
	char *const paths[] = { layers_dir(), config_dir(), path_parent(database) };
	char *real = path_real(review->home);

	if (real) {
		free(review->home);
		review->home = real;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
		char *resolved = path_real(paths[i]);

		/* A database that was moved to a shared place protects itself alone. */
		if (resolved && !path_is_below(review->home, resolved) && strcmp(resolved, "/tmp") != 0)
			strings_add(&review->own, resolved);
		free(resolved);
		free(paths[i]);
	}
	/* Whether or not it is there yet: it would be obeyed from the next start. */
	strings_take(&review->own, path_join(review->home, ".srt-settings.json"));
}

static int read_changes(struct layer_review *review, struct err *e)
{
	layer_changes_free(&review->changes);
	if (layer_changes_read(&review->changes, review->directory, review->home, &review->own,
			       review->looked, e) < 0)
		return -1;
	layer_denies_mark(&review->changes, &review->plan);
	return 0;
}

static int open_review(struct layer_review *review, const char *server, const char *settings,
		       atomic_size_t *looked, struct err *e)
{
	_cleanup_free_ char *base = layers_dir();
	/* What is kept comes from where no link leads. */
	_cleanup_free_ char *real = path_real(base);
	_cleanup_free_ char *name = layer_encode(server);

	*review = (struct layer_review){ .home = home_dir(),
					 .directory = path_join(real ? real : base, name),
					 .layer = LAYER_NONE,
					 .looked = looked };
	find_own(review);
	if (access(review->directory, F_OK) < 0)
		return err_code(e, ERR_NOT_FOUND, "\"%.100s\" has no layer: srt-top learn --writes layer makes "
						  "one", server);
	if (layer_denies_make(&review->plan, &(struct layer_denies_request){ server, settings, review->home,
									     review->directory }, e) < 0)
		return -1;
	return read_changes(review, e);
}

int layer_review_open_under(struct layer_review *review, const char *server, const char *settings,
			    struct err *e)
{
	return open_review(review, server, settings, NULL, e);
}

int layer_review_open(struct layer_review *review, const char *server, atomic_size_t *looked,
		      struct err *e)
{
	return open_review(review, server, NULL, looked, e);
}

void layer_review_close(struct layer_review *review)
{
	layer_close(&review->layer);
	layer_changes_free(&review->changes);
	mount_plan_free(&review->plan);
	strings_free(&review->own);
	free(review->home);
	free(review->directory);
	*review = (struct layer_review){ .layer = LAYER_NONE };
}

int layer_review_lock(struct layer_review *review, struct err *e)
{
	if (review->layer.lock < 0 && layer_open(&review->layer, review->directory, NULL, e) < 0)
		return -1;
	return read_changes(review, e);
}

int layer_review_keep(const struct layer_review *review, size_t index, struct err *e)
{
	if (layer_change_keep(&review->changes.items[index], review->home, e) < 0)
		return err_wrap(e, "not kept");
	return 0;
}

int layer_review_discard(const struct layer_review *review, size_t index, struct err *e)
{
	if (layer_change_drop(&review->changes.items[index], e) < 0)
		return err_wrap(e, "not dropped");
	return 0;
}

int layer_review_drop(struct layer_review *review, struct err *e)
{
	return layer_drop(review->directory, e);
}

/* --- differences --- */

/* "" where there is no such file. NULL with *why, static words. */
static char *read_side(const struct layer_change *change, bool on_host, bool there, const char **why)
{
	_cleanup_close_ int fd = there ? layer_change_open(change, on_host) : -1;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	char chunk[8192];
	ssize_t got = 0;

	if (there && fd < 0) {
		*why = "cannot be read";
		return NULL;
	}
	while (there && text.length <= DIFF_MOST && (got = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&text, chunk, (size_t)got);
	if (got < 0)
		*why = "cannot be read";
	else if (text.length > DIFF_MOST)
		*why = "too large to be shown";
	else if (memchr(buf_text(&text), '\0', text.length))
		*why = "not a text";
	else
		return xstrdup(buf_text(&text));
	return NULL;
}

void layer_review_diff(struct buf *out, const struct layer_change *change)
{
	_cleanup_free_ char *before = NULL, *after = NULL;
	const char *why = "nothing to compare";

	if (change->type == LAYER_FILE) {
		before = read_side(change, true, change->change != LAYER_CREATED, &why);
		after = before ? read_side(change, false, change->change != LAYER_DELETED, &why) : NULL;
	}
	if (after)
		text_diff(out, before, after);
	else
		buf_addf(out, "(%s)\n", why);
}
