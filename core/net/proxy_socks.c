/* SPDX-License-Identifier: MIT */
/*
 * SOCKS5. A client that does not offer a password is told that it needs none, so that its
 * request can be heard and refused; it is never dialled for. SSH behind a ProxyCommand shows
 * a refusal only if it comes in SSH's own words, hence the disconnect message for port 22.
 */
#include "core/net/proxy_internal.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/net/http_auth.h"
#include "core/net/socks_parse.h"

#define UNAUTHENTICATED_MS 5000
#define SSH_PORT 22
#define SSH_MSG_DISCONNECT 1
#define SSH_DISCONNECT_HOST_NOT_ALLOWED 1
#define SSH_DESCRIPTION_MOST 1024

static void reply_method(struct connection *c, enum socks_method method)
{
	buf_addc(&c->out, 5);
	buf_addc(&c->out, (char)method);
}

static void add_reply(struct buf *out, enum socks_reply reply)
{
	const char message[10] = { 5, (char)reply, 0, 1 };

	buf_add(out, message, sizeof(message));
}

static void refuse(struct connection *c, enum socks_reply reply)
{
	add_reply(&c->out, reply);
	connection_linger(c);
}

static void denied(struct connection *c, const char *reason)
{
	(void)reason;
	refuse(c, SOCKS_NOT_ALLOWED);
}

static void refused(struct connection *c, const char *words)
{
	(void)words;
	refuse(c, SOCKS_NOT_ALLOWED);
}

static void unreachable(struct connection *c)
{
	refuse(c, SOCKS_HOST_UNREACHABLE);
}

static void connected(struct connection *c, const struct buf *early)
{
	add_reply(&c->out, SOCKS_SUCCEEDED);
	buf_add(&c->out, buf_text(early), early->length);
	connection_tunnel(c);
}

const struct proxy_flavour proxy_flavour_socks = {
	.via = PROXY_SOCKS,
	.is_tunnel = true,
	.end_means_gone = true,
	.denied = denied,
	.refused = refused,
	.unreachable = unreachable,
	.connected = connected,
};

void socks_begin(struct connection *c)
{
	c->flavour = &proxy_flavour_socks;
	c->is_unauthenticated = false;
}

static void add_uint32(struct buf *out, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_addc(out, (char)(value >> shift & 0xff));
}

/* An unencrypted SSH packet (RFC 4253, 6 and 11.1). */
static void add_ssh_disconnect(struct buf *out, const char *description)
{
	size_t length = strlen(description), payload, padding;

	if (length > SSH_DESCRIPTION_MOST)
		length = SSH_DESCRIPTION_MOST;
	payload = 1 + 4 + 4 + length + 4;
	padding = 8 - (4 + 1 + payload) % 8;
	if (padding < 4)
		padding += 8;
	add_uint32(out, (uint32_t)(1 + payload + padding));
	buf_addc(out, (char)padding);
	buf_addc(out, SSH_MSG_DISCONNECT);
	add_uint32(out, SSH_DISCONNECT_HOST_NOT_ALLOWED);
	add_uint32(out, (uint32_t)length);
	buf_add(out, description, length);
	add_uint32(out, 0); /* language tag */
	for (size_t i = 0; i < padding; i++)
		buf_addc(out, 0);
}

static const char *ssh_reason(const struct connection *c, const char *host)
{
	const struct proxy *proxy = c->proxy;
	static const struct strings nothing = STRINGS_EMPTY;
	char canonical[HOST_TEXT_SIZE];
	const char *reason = NULL;

	if (host_canonical(host, canonical)) {
		if (proxy->callbacks.deny_reason)
			reason = proxy->callbacks.deny_reason(proxy->owner, canonical, SSH_PORT);
		else if (proxy->denied &&
			 domain_lists_judge(&nothing, proxy->denied, canonical, SSH_PORT, NULL) ==
				 DOMAIN_DENIED)
			reason = "host is on the deny list";
	}
	return reason ? reason
		      : "This proxy requires authentication, and this client did not offer an "
			"authentication method, so the connection was refused.";
}

static void refuse_unauthenticated(struct connection *c, const struct socks_request *request)
{
	char canonical[HOST_TEXT_SIZE];

	if (request->port != SSH_PORT || !host_canonical(request->host, canonical)) {
		refuse(c, SOCKS_NOT_ALLOWED);
		return;
	}
	add_reply(&c->out, SOCKS_SUCCEEDED);
	buf_adds(&c->out, "SSH-2.0-policy_refusal\r\n");
	add_ssh_disconnect(&c->out, ssh_reason(c, request->host));
	connection_linger(c);
}

static void take_greeting(struct connection *c, const struct socks_greeting *greeting)
{
	if (!c->proxy->token) {
		if (greeting->offers_none) {
			reply_method(c, SOCKS_NO_AUTHENTICATION);
			c->phase = PHASE_SOCKS_REQUEST;
			return;
		}
		if (!greeting->offers_password) {
			reply_method(c, SOCKS_NO_METHOD);
			connection_linger(c);
			return;
		}
	}
	if (greeting->offers_password) {
		reply_method(c, SOCKS_PASSWORD);
		c->phase = PHASE_SOCKS_PASSWORD;
		return;
	}
	c->is_unauthenticated = true;
	reply_method(c, SOCKS_NO_AUTHENTICATION);
	c->phase = PHASE_SOCKS_REQUEST;
	connection_set_timer(c, UNAUTHENTICATED_MS);
}

/* "srt" or "srt.<anything>" and the token. */
static bool credentials_are_valid(const struct proxy *proxy,
				  const struct socks_credentials *credentials)
{
	const char *user = credentials->user;
	size_t length = credentials->user_length;

	if (!proxy->token)
		return true;
	if (length < 3 || memcmp(user, "srt", 3) != 0 || (length > 3 && user[3] != '.'))
		return false;
	return auth_token_matches(credentials->password, credentials->password_length,
				  proxy->token);
}

static void take_credentials(struct connection *c, const struct socks_credentials *credentials)
{
	bool valid = credentials_are_valid(c->proxy, credentials);

	buf_addc(&c->out, 1);
	buf_addc(&c->out, valid ? 0 : 1);
	if (valid)
		c->phase = PHASE_SOCKS_REQUEST;
	else
		connection_linger(c);
}

/* Whatever it leads to: nobody is asked, and the lists are not looked at. */
static void refuse_tunnel(struct connection *c)
{
	connection_set_destination(c, "SOCKS");
	if (connection_report_refusal(c, "this proxy opens no tunnels it cannot inspect"))
		refuse(c, SOCKS_GENERAL_FAILURE);
}

static void take_request(struct connection *c, const struct socks_request *request)
{
	if (request->command != SOCKS_CONNECT) {
		refuse(c, SOCKS_COMMAND_NOT_SUPPORTED);
	} else if (!request->address_is_supported) {
		refuse(c, SOCKS_ADDRESS_NOT_SUPPORTED);
	} else if (c->is_unauthenticated) {
		refuse_unauthenticated(c, request);
	} else {
		c->target.host = xstrdup(request->host);
		c->target.port = request->port;
		if (c->proxy->restrictions.refuse_opaque_tunnels)
			refuse_tunnel(c);
		else if (request->port == 0)
			refuse(c, SOCKS_HOST_UNREACHABLE);
		else
			connection_judge(c, "SOCKS");
	}
}

bool socks_step(struct connection *c)
{
	struct socks_greeting greeting;
	struct socks_credentials credentials;
	struct socks_request request;
	enum phase before = c->phase;
	size_t length;
	const char *bytes = connection_input(c, &length);
	int used;

	switch (before) {
	case PHASE_SOCKS_GREETING:
		used = socks_parse_greeting(&greeting, bytes, length);
		break;
	case PHASE_SOCKS_PASSWORD:
		used = socks_parse_credentials(&credentials, bytes, length);
		break;
	default:
		used = socks_parse_request(&request, bytes, length);
		break;
	}
	if (used == SOCKS_BAD || (used == SOCKS_MORE && c->client_ended)) {
		connection_close(c);
		return false;
	}
	if (used == SOCKS_MORE)
		return false;
	/* Credentials point into the input: taken before it goes. */
	if (before == PHASE_SOCKS_PASSWORD)
		take_credentials(c, &credentials);
	connection_use_input(c, (size_t)used);
	if (before == PHASE_SOCKS_GREETING)
		take_greeting(c, &greeting);
	else if (before == PHASE_SOCKS_REQUEST)
		take_request(c, &request);
	return true;
}
