/* SPDX-License-Identifier: MIT */
/* The export under review: made, compared, written. */
#include <errno.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/base/replace_file.h"
#include "tui/effects_parts.h"

void effects_look_at_export(struct effects *effects)
{
	const struct history *history = &effects->history;
	struct export_review *review = &effects->model->export;
	_cleanup_buf_ struct buf settings = BUF_EMPTY, explain = BUF_EMPTY;
	_cleanup_free_ char *before = NULL;
	struct err e = { .message = "" };

	if (history->ops == NULL)
		effects_no_history(&e);
	else if (read_small_file(&before, NULL, review->path, EXPORT_FILE_MOST, &e) < 0 &&
		 errno != ENOENT && errno != ENOTDIR)
		err_wrap(&e, "%s", review->path);
	else if (history->ops->export(history->handle, review->server, &settings, &explain, &e) ==
		 0) {
		if (export_review_take(review, before, buf_text(&settings), buf_text(&explain),
				       effects->model->home, &e) == 0)
			return;
		err_wrap(&e, "%s", review->path);
	}
	export_review_failed(review, e.message);
}

void effects_write_export(struct effects *effects, struct instant now)
{
	struct export_review *review = &effects->model->export;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { .message = "" };
	_cleanup_free_ char *server = NULL, *path = NULL;

	if (export_review_text(review, &text, &e) < 0 ||
	    replace_file(review->path, buf_text(&text), text.length, &e) < 0) {
		effects_say_error(effects, now, &e);
		return;
	}
	effects_say(effects, now, ROLE_TITLE, xasprintf("Written: %s.", review->path));
	/* What is there now is what the next look compares with. */
	server = xstrdup(review->server);
	path = xstrdup(review->path);
	export_review_open(review, server, path);
}
