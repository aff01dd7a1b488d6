/* SPDX-License-Identifier: MIT */
/* The help screen: detail.c makes its lines from the action table. */
#include "tui/view.h"

void view_help(struct cells *cells, const struct model *model)
{
	view_detail(cells, model);
}
