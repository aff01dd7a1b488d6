/* SPDX-License-Identifier: MIT */
#ifndef TUI_DETAIL_H
#define TUI_DETAIL_H

/* Text that fills a view line by line and may be longer than it: details and help. */
#include "tui/lines.h"
#include "tui/model.h"

#define QUEUE_FRAME_ROWS 4 /* of the queue: title, column names, and two for what an answer makes  \
			    */

/* Everything known about a question, in `cols` columns. */
void detail_question(struct detail_lines *lines, const struct model *model,
		     const struct asked *asked, int cols);
/* One event, in `cols` columns. */
void detail_event(struct detail_lines *lines, const struct model *model,
		  const struct logged_event *logged, int cols);
#endif
