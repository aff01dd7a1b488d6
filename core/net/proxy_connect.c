/* SPDX-License-Identifier: MIT */
/* CONNECT: an opaque tunnel to host:port. Every answer but 200 ends the connection. */
#include "core/net/proxy_internal.h"

#include "core/base/mem.h"
#include "core/net/http_auth.h"

static void answer_raw(struct connection *c, int status, const char *extra)
{
	buf_addf(&c->out, "HTTP/1.1 %d %s\r\n%s\r\n", status, answer_reason(status), extra);
	connection_linger(c);
}

static void forbid(struct connection *c, const char *phrase, const char *kind)
{
	buf_adds(&c->out, "HTTP/1.1 403 ");
	answer_add_phrase(&c->out, phrase);
	buf_addf(&c->out, "\r\nContent-Type: text/plain\r\nX-Proxy-Error: %s\r\n\r\n", kind);
	connection_linger(c);
}

static void denied(struct connection *c, const char *reason)
{
	forbid(c, reason, "blocked-by-allowlist");
	buf_adds(&c->out, "Connection blocked by network allowlist");
}

static void refused(struct connection *c, const char *words)
{
	forbid(c, words, "blocked-by-sandbox-runtime");
	buf_addf(&c->out, "Connection to %s blocked: %s", c->host, words);
}

static void unreachable(struct connection *c)
{
	answer_raw(c, 502, "");
}

/* Without sight of what goes through it, a tunnel may be unwanted whatever its destination. */
static bool admit(struct connection *c)
{
	static const char why[] = "this proxy does not tunnel CONNECTs it cannot inspect";

	if (!c->proxy->restrictions.refuse_opaque_tunnels)
		return true;
	if (connection_report_refusal(c, why)) {
		forbid(c, "Forbidden", "blocked-by-sandbox-runtime");
		buf_adds(&c->out, why);
	}
	return false;
}

static void connected(struct connection *c, const struct buf *early)
{
	buf_adds(&c->out, "HTTP/1.1 200 Connection Established\r\n\r\n");
	buf_add(&c->out, buf_text(early), early->length);
	connection_tunnel(c);
}

const struct proxy_flavour proxy_flavour_connect = {
	.via = PROXY_CONNECT,
	.is_tunnel = true,
	.end_means_gone = true,
	.admit = admit,
	.denied = denied,
	.refused = refused,
	.unreachable = unreachable,
	.connected = connected,
};

void connect_begin(struct connection *c)
{
	const char *credentials = http_head_only(&c->head, "proxy-authorization");

	if (c->proxy->token && !http_auth_basic_is_valid(credentials, c->proxy->token)) {
		answer_raw(c, 407, "Proxy-Authenticate: Basic realm=\"srt\"\r\n");
		return;
	}
	/* What follows is the tunnel's; a body would be read as that by some and not by others. */
	if (c->head.framing == HTTP_FRAMING_CHUNKED || c->head.content_length > 0 ||
	    !http_target_parse_authority(&c->target, http_head_target(&c->head))) {
		answer_raw(c, 400, "");
		return;
	}
	http_head_free(&c->head);
	c->flavour = &proxy_flavour_connect;
	connection_judge(c, "CONNECT");
}
