/* SPDX-License-Identifier: MIT */
#include "tui/session_acts.h"

#include "core/base/mem.h"
#include "tui/prompt.h"
#include "tui/sure.h"
#include "tui/text.h"

static bool runs(struct model *model, const struct tui_session *session)
{
	if (session == NULL)
		return false;
	if (session->link != 0 && !session->ended)
		return true;
	model_notice(model, model->now, ROLE_WARN, xstrdup("That session has ended."));
	return false;
}

void session_stop(struct model *model, struct tui_session *session)
{
	_cleanup_free_ char *server = NULL;
	bool force;

	if (!runs(model, session))
		return;
	server = text_safe(session->info.server, model->glyphs->ascii);
	force = session->stops > 0;
	sure_ask(model,
		 force ? xasprintf("%s was told to stop. End it by force?", server)
		       : xasprintf("Stop %s and all its processes?", server),
		 (struct command){ .type = COMMAND_STOP,
				   .link = session->link,
				   .number = session->number,
				   .force = force });
}

struct command session_restart(struct model *model, const struct tui_session *session)
{
	_cleanup_free_ char *server = NULL;

	if (session == NULL)
		return (struct command){ .type = COMMAND_NONE };
	if (session->ended)
		return (struct command){ .type = COMMAND_RESTART, .number = session->number };
	server = text_safe(session->info.server, model->glyphs->ascii);
	sure_ask(model, xasprintf("Stop %s and start it again?", server),
		 (struct command){ .type = COMMAND_RESTART,
				   .link = session->link,
				   .number = session->number });
	return (struct command){ .type = COMMAND_NONE };
}

void session_export(struct model *model, const struct tui_session *session)
{
	_cleanup_free_ char *path = NULL;

	if (session == NULL || session->info.server == NULL)
		return;
	path = model->export.path != NULL ? xstrdup(model->export.path)
					  : xasprintf("%s/.srt-settings.json", model->home);
	export_review_open(&model->export, session->info.server, path);
	model_push(model, VIEW_EXPORT);
}

void session_layer(struct model *model, const struct tui_session *session, const char *name)
{
	if (session == NULL || session->info.server == NULL) {
		prompt_open(model, PROMPT_LAYER, name != NULL ? name : "");
		return;
	}
	written_open(&model->written, session->info.server);
	model_push(model, VIEW_WRITTEN);
}
