/* SPDX-License-Identifier: MIT */
#include "core/main/export_server.h"

#include "core/main/learned.h"

int export_server_settings(struct db *db, const char *server, const char *without,
			   struct buf *settings, struct buf *explain, struct err *e)
{
	_cleanup_learned_ struct learned learned = { .home = NULL };
	struct export_input input;

	if (learned_read(&learned, db, server, without, e) < 0)
		return -1;
	input = learned_input(&learned, server);
	return export_settings(settings, explain, NULL, &input, e);
}
