/* SPDX-License-Identifier: MIT */
#include "tui/ports.h"

#include "core/base/mem.h"
#include "core/session/published.h"
#include "tui/prompt.h"
#include "tui/text.h"

#define PORT_MOST 65535
#define PORT_UNPRIVILEGED 1024 /* below, a user's program cannot listen on the host */
#define PORT_INSTEAD 8000      /* added to those */

static const struct command nothing = { .type = COMMAND_NONE };

static bool knows(const struct session_info *info, int port)
{
	for (size_t i = 0; i < info->port_count; i++)
		if (info->ports[i].port == port)
			return true;
	return false;
}

static bool is_free(const struct session_port *port)
{
	return port->listens && port->host_port == 0;
}

void ports_offer(struct model *model, struct tui_session *session, const struct session_info *info,
		 struct instant now)
{
	/* Attaching brings what listened before: that is no news. */
	bool first = session->info.id == NULL;

	for (size_t i = 0; i < info->port_count; i++) {
		const struct session_port *port = &info->ports[i];
		_cleanup_free_ char *server = NULL;

		if (!is_free(port) || knows(&session->info, port->port))
			continue;
		model->offer.session = session->number;
		model->offer.port = port->port;
		/* A program may listen anew as often as it likes: it gets no say in that. */
		if (first || session->offers == OFFERS_MOST)
			continue;
		session->offers++;
		server = text_safe(info->server, model->glyphs->ascii);
		model_notice(model, now, ROLE_TITLE,
			     xasprintf("%s listens on port %d; P publishes it.", server, port->port));
		model->notice.until_ms = now.mono_ms + OFFER_MS;
	}
}

/* The newest that is not published, or 0. */
static int find_free(const struct session_info *info)
{
	for (size_t i = info->port_count; i-- > 0;)
		if (is_free(&info->ports[i]))
			return info->ports[i].port;
	return 0;
}

static bool is_taken(const struct model *model, int host_port)
{
	for (size_t i = 0; i < model->session_count; i++) {
		const struct tui_session *session = &model->sessions[i];

		for (size_t p = 0; !session->ended && p < session->info.port_count; p++)
			if (session->info.ports[p].host_port == host_port)
				return true;
	}
	return false;
}

static int propose(const struct model *model, int port)
{
	int host_port = port < PORT_UNPRIVILEGED ? port + PORT_INSTEAD : port;

	while (host_port < PORT_MOST && is_taken(model, host_port))
		host_port++;
	return host_port;
}

/* Of the session on screen, or what was offered last. */
static int find_port(const struct model *model, const struct tui_session **session)
{
	int port = *session != NULL && !(*session)->ended ? find_free(&(*session)->info) : 0;
	const struct tui_session *offered = model_session(model, model->offer.session);

	if (port != 0 || offered == NULL || offered->ended)
		return port;
	*session = offered;
	for (size_t i = 0; i < offered->info.port_count; i++)
		if (is_free(&offered->info.ports[i]) &&
		    offered->info.ports[i].port == model->offer.port)
			port = model->offer.port;
	return port;
}

void ports_publish(struct model *model, const struct tui_session *session)
{
	_cleanup_free_ char *proposal = NULL, *server = NULL;
	int port = find_port(model, &session);

	if (port == 0) {
		model_notice(model, model->now, ROLE_WARN,
			     xstrdup("Nothing listens there that could be published."));
		return;
	}
	proposal = xasprintf("%d:%d", propose(model, port), port);
	server = text_safe(session->info.server, model->glyphs->ascii);
	model->publishing = session->number;
	prompt_open(model, PROMPT_PUBLISH, proposal);
	model->prompt.label = xasprintf("Publish of %s, HOSTPORT:PORT ", server);
}

struct command ports_typed(struct model *model, const char *text)
{
	const struct tui_session *session = model_session(model, model->publishing);
	struct published_port port;

	if (text[0] == '\0')
		return nothing;
	if (!published_parse(text, &port)) {
		model_notice(model, model->now, ROLE_WARN,
			     xstrdup("Not published: that is not HOSTPORT:PORT, as in 8080:3000."));
		return nothing;
	}
	if (session == NULL || session->ended) {
		model_notice(model, model->now, ROLE_WARN, xstrdup("That session has ended."));
		return nothing;
	}
	return (struct command){ .type = COMMAND_PUBLISH,
				 .link = session->link,
				 .host_port = port.host_port,
				 .port = port.port };
}

void ports_published(struct model *model, const struct tui_session *session,
		     const struct wire_message *message, struct instant now)
{
	_cleanup_free_ char *text = NULL;

	if (message->ok) {
		text = text_safe(session->info.server, model->glyphs->ascii);
		model_notice(model, now, ROLE_TITLE,
			     xasprintf("127.0.0.1:%d leads to port %d of %s.", message->host_port,
				       message->port, text));
		return;
	}
	text = text_safe(message->text, model->glyphs->ascii);
	model_notice(model, now, ROLE_WARN,
		     xasprintf("Not published: %s.", text[0] ? text : "refused"));
}

char *ports_words(const struct session_info *info)
{
	struct buf out = BUF_EMPTY;

	for (size_t i = 0; i < info->port_count; i++) {
		const struct session_port *port = &info->ports[i];

		buf_addf(&out, "%s%d", i > 0 ? ", " : "", port->port);
		if (port->host_port != 0)
			buf_addf(&out, " (127.0.0.1:%d leads there%s)", port->host_port,
				 port->listens ? "" : ", nobody listens");
	}
	return info->port_count > 0 ? buf_steal(&out) : NULL;
}
