/* SPDX-License-Identifier: MIT */
/* Servers: started, stopped, published, and read from a configuration. */
#include <errno.h>
#include <signal.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "tui/effects_parts.h"

void effects_start(struct effects *effects, const struct server_spec *spec, struct instant now)
{
	struct err e = { .message = "" };
	pid_t pid = servers_start(effects->servers, spec, &e);

	if (pid < 0) {
		effects_say_error(effects, now, &e);
		return;
	}
	while (effects->model->depth > 0)
		model_pop(effects->model);
	effects_say(effects, now, ROLE_TITLE,
	    xasprintf("Started %s; what it prints is on the tab Output of its session.",
		      spec->name != NULL ? spec->name : spec->words.items[0]));
}

void effects_start_words(struct effects *effects, const char *line, struct instant now)
{
	struct server_spec spec = { .name = NULL };
	struct err e = { .message = "" };

	if (server_spec_from_line(&spec, line, effects->model->home, &e) < 0) {
		effects_say_error(effects, now, &e);
		return;
	}
	effects_start(effects, &spec, now);
	server_spec_free(&spec);
}

void effects_read_servers(struct effects *effects, const char *path, bool asked)
{
	struct model *model = effects->model;
	_cleanup_free_ char *text = NULL;
	struct err e = { .message = "" };
	size_t length;

	if (read_small_file(&text, &length, path, SERVER_FILE_MOST, &e) < 0) {
		if (!asked && (errno == ENOENT || errno == ENOTDIR))
			return;
	} else {
		server_specs_free(&model->servers);
		server_specs_parse(&model->servers, text, length, &e);
	}
	free(model->servers_trouble);
	model->servers_trouble = e.message[0] != '\0' ? xasprintf("%s: %s", path, e.message) : NULL;
	free(model->servers_path);
	model->servers_path = xstrdup(path);
	model->start_list = (struct list){ .selected = model->servers.count > 0 };
}

void effects_stop(struct effects *effects, const struct command *command, struct instant now)
{
	struct tui_session *session = model_session(effects->model, command->number);
	struct err e = { .message = "" };

	if (links_signal(effects->links, command->link, command->force ? SIGKILL : SIGTERM, &e) <
	    0) {
		effects_say_error(effects, now, &e);
		return;
	}
	if (session != NULL)
		session->stops++;
	effects_say(effects, now, ROLE_TITLE,
	    xstrdup(command->force ? "Ended by force." : "It was told to stop."));
}

void effects_restart(struct effects *effects, const struct command *command, struct instant now)
{
	const struct tui_session *session = model_session(effects->model, command->number);
	struct err e = { .message = "" };
	bool ended;

	if (session == NULL)
		return;
	if (servers_restart(effects->servers, session->info.pid, &ended, &e) < 0)
		effects_say(effects, now, ROLE_WARN, xasprintf("Not started again: %s.", e.message));
	else if (!ended)
		effects_stop(effects, command, now);
}

void effects_publish(struct effects *effects, const struct command *command, struct instant now)
{
	struct err e = { .message = "" };

	if (links_publish(effects->links, command->link, command->host_port, command->port, &e) < 0)
		effects_say_error(effects, now, &e);
}

void effects_reap(struct effects *effects, struct instant now)
{
	char *trouble = servers_reap(effects->servers);

	if (trouble != NULL)
		effects_say(effects, now, ROLE_WARN, xasprintf("Not started again: %s.", trouble));
	free(trouble);
}
