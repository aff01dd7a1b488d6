/* SPDX-License-Identifier: MIT */
/* What a server has written: read, compared, and kept or dropped when the person said so. */
#include <stdlib.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "tui/effects_parts.h"

void effects_look_at_layer(struct effects *effects)
{
	const struct layers *layers = &effects->layers;
	struct model *model = effects->model;
	struct written *written = &model->written;
	struct written_row *rows = NULL;
	struct buf diff = BUF_EMPTY;
	size_t count = 0;
	struct err e = { .message = "there are no layers here" };

	if (written->wanted) {
		if (layers->ops != NULL &&
		    layers->ops->read(layers->handle, written->server, &rows, &count, &e) == 0)
			written_take(written, rows, count);
		else
			written_failed(written, e.message);
	}
	if (written_selected(written) == NULL || written->diff_for == written->list.selected)
		return;
	/* What was kept or dropped has no difference any more; the list is that of before. */
	if (written_selected(written)->fate == WRITTEN_LEFT)
		layers->ops->diff(layers->handle, written->list.selected, &diff);
	free(written->diff);
	written->diff = buf_steal(&diff);
	written->diff_for = written->list.selected;
}

static size_t count_done(const struct written *written, const struct written_outcome *outcomes)
{
	size_t done = 0;

	for (size_t i = 0; i < written->count; i++)
		done += outcomes[i].done;
	return done;
}

void effects_apply_layer(struct effects *effects, bool keep, struct instant now)
{
	const struct layers *layers = &effects->layers;
	struct model *model = effects->model;
	struct written *written = &model->written;
	_cleanup_free_ bool *chosen = xcalloc(written->count + 1, sizeof(*chosen));
	_cleanup_free_ struct written_outcome *outcomes =
		xcalloc(written->count + 1, sizeof(*outcomes));
	struct err e = { .message = "there are no layers here" };
	int failed = -1;
	size_t done;

	for (size_t i = 0; i < written->count; i++)
		chosen[i] = !keep || written->items[i].ticked;
	if (layers->ops != NULL && written->known)
		failed = layers->ops->apply(layers->handle, keep, chosen, outcomes, &e);
	if (failed < 0) {
		_cleanup_free_ char *why = escape_string(e.message);

		model_notice(model, now, ROLE_WARN, xasprintf("Nothing was done: %s.", why));
		return;
	}
	done = count_done(written, outcomes);
	written_settle(written, keep, !keep, outcomes);
	written->diff_for = written->count;
	model_notice(model, now, failed > 0 ? ROLE_WARN : ROLE_TITLE,
		     failed > 0 ? xasprintf("%zu %s, %d not: the rows say why.", done,
					    keep ? "kept" : "dropped", failed)
				: xasprintf("%zu %s.", done,
					    keep ? "kept on the host" : "dropped from the layer"));
}
