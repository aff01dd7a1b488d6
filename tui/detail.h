/* SPDX-License-Identifier: MIT */
#ifndef TUI_DETAIL_H
#define TUI_DETAIL_H

/* Text that fills a view line by line and may be longer than it: details and help. */
#include "tui/model.h"

#define QUEUE_FRAME_ROWS 4 /* of the queue: title, column names, and two for what an answer makes */

struct detail_line {
	enum role label_role, role;
	char *label; /* NULL = text only, from the left edge */
	char *text;
};

struct detail_lines {
	struct detail_line *items;
	size_t count, capacity;
	int label_cols;
};

void detail_lines_free(struct detail_lines *lines);
#define _cleanup_lines_ __attribute__((cleanup(detail_lines_free)))

/* One event, in `cols` columns. */
void detail_event(struct detail_lines *lines, const struct model *model,
		  const struct logged_event *logged, int cols);
#endif
