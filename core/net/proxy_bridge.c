/* SPDX-License-Identifier: MIT */
/*
 * The way to a filtering proxy of the user's own (httpProxyPort, socksProxyPort). It is the one
 * that judges, so nothing is read here but to be passed on, and each side's end reaches the other.
 */
#include "core/net/proxy_internal.h"

static void connected(struct connection *c, const struct buf *early)
{
	(void)early; /* nobody is asked on this way */
	connection_tunnel(c);
}

/* To the client this is a proxy that hangs up. */
static void unreachable(struct connection *c)
{
	connection_linger(c);
}

const struct proxy_flavour proxy_flavour_bridge = {
	.is_tunnel = true,
	.end_means_gone = false,
	.unreachable = unreachable,
	.connected = connected,
};

void bridge_begin(struct connection *c, int port)
{
	c->flavour = &proxy_flavour_bridge;
	connection_dialling(c);
	route_start_loopback(c, port);
}
