/* SPDX-License-Identifier: MIT */
/* What the dashboard itself has said. */
#include "core/base/mem.h"
#include "tui/text.h"
#include "tui/views.h"

static const char *log_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	size_t count = model->log_count < LOG_MOST ? model->log_count : LOG_MOST;

	lines->label_cols = 9;
	if (count == 0)
		lines_add_text(lines, ROLE_DIM, "Nothing was said yet.");
	/* Newest first: that is what was missed. */
	for (size_t i = 0; i < count; i++) {
		const struct logged_notice *notice =
			&model->log[(model->log_count - 1 - i) % LOG_MOST];
		_cleanup_buf_ struct buf time = BUF_EMPTY;

		text_time(&time, notice->wall_ms, false);
		lines_add_wrapped(lines, buf_text(&time), ROLE_DIM, notice->text, notice->role,
				  cols);
	}
	return "messages";
}

const struct view_ops view_log_ops = { TEXT_VIEW(CONTEXT_DETAIL, log_lines), .box = BOX_ALWAYS };
