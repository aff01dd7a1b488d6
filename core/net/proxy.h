/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_PROXY_H
#define CORE_NET_PROXY_H

/*
 * The filtering proxy of one session: accepts connections on listeners that lie inside the
 * sandbox's network namespace, asks its owner about every destination, dials from the host and
 * relays. HTTP (absolute-form, CONNECT) and SOCKS5 on every listener, told apart by the first
 * byte; everything that arrives is hostile.
 */
#include <event2/event.h>
#include <sys/socket.h>

#include "core/base/err.h"
#include "core/policy/access.h"

struct proxy;
struct proxy_request; /* one destination waiting for its verdict */

/* DIRECT: the program knew of no proxy. */
enum proxy_via { PROXY_HTTP, PROXY_CONNECT, PROXY_SOCKS, PROXY_DIRECT };

struct proxy_destination {
	const char *host; /* canonical; NULL where malformed */
	const char *shown_host; /* as the client spelled it */
	int port;
	enum proxy_via via;
	const char *method; /* "GET", "CONNECT", "SOCKS", … */
	int client_port;    /* TCP port of the client inside, for attribution */
	int client;	    /* its connection's descriptor, borrowed, for the same; -1 = gone */
	/* DIRECT: the host that its first bytes name, canonical; NULL = none, or not yet known. */
	const char *seen_host;
	/* DIRECT, where `host` is the one that was seen: the one that will be dialled. Else NULL. */
	const char *dialled_host;
	/* Why a verdict of `public_only` was not enough, a few words; NULL = the first question. */
	const char *doubt;
};

struct proxy_verdict {
	bool allow;
	const char *reason; /* refusal's reason phrase: "host is not on the allow list"; NULL = that */
	bool check_resolved; /* apply the resolved-address check (names only) */
	/*
	 * Only where the name resolves to public addresses, and is resolved here: then the owner is
	 * told by admitted(), else it is asked once more. For names alone.
	 */
	bool public_only;
	bool allow_private;  /* loopback and private classes were allowed by an explicit literal or answer */
};

struct proxy_callbacks {
	/*
	 * Asks for a verdict. The owner calls proxy_request_answer() now or later, exactly once,
	 * unless `cancelled` is called for the request first (the client gave up).
	 */
	void (*judge)(void *owner, struct proxy_request *request,
		      const struct proxy_destination *destination);
	void (*cancelled)(void *owner, struct proxy_request *request);
	/* A destination that was allowed and is refused all the same: what it resolved to, or a
	 * restriction. Called without a question before it for SOCKS where no tunnel may be. */
	void (*refused)(void *owner, const struct proxy_destination *destination, const char *why);
	/* A direct connection whose client has reset it before there was a question: nothing is to be
	 * answered, and nothing was connected. */
	void (*gone)(void *owner, const struct proxy_destination *destination);
	/* What was allowed with `public_only` goes on. NULL where the owner never says that. */
	void (*admitted)(void *owner, const struct proxy_destination *destination);
	/* Bytes relayed since the last call. */
	void (*traffic)(void *owner, uint64_t to_client, uint64_t to_server);
	/*
	 * Optional: why the deny list refuses a destination, for SSH clients that could not
	 * authenticate and are told in their own protocol. Borrowed; NULL where it does not.
	 */
	const char *(*deny_reason)(void *owner, const char *host, int port);
	/* For direct listeners: the host that an address stands for, as text of HOST_TEXT_SIZE bytes. */
	void (*name_address)(void *owner, const struct sockaddr *address, char *host);
	/*
	 * Optional: whether the client with this port has closed its socket for good. Asked where a
	 * direct connection is held and its sending has ended, which TCP does not tell apart.
	 */
	bool (*has_hung_up)(void *owner, int client_port);
	/*
	 * Optional: the limit of connections was met. `closed`: a client made room that had not asked
	 * for anything yet; else new ones wait until others end.
	 */
	void (*crowded)(void *owner, bool closed);
};

struct proxy_limits {
	int connections;	/* at once, 0 = default (1024) */
	int head_bytes;		/* request head without its separators, 0 = default (16 KiB) */
	int idle_first_byte_ms; /* 0 = default (10000) */
	int dial_timeout_ms;	/* 0 = default (30000) */
};

/* token: 32 hex digits that clients must present as the Basic password; NULL = none asked.
 * allowed/denied entries with IP literals steer the resolved-address check. Borrowed while it lives. */
struct proxy *proxy_new(struct event_base *base, const char *token,
			const struct proxy_callbacks *callbacks, void *owner,
			const struct proxy_limits *limits, struct err *e);
/* Ends every connection. `cancelled` is not called any more. */
void proxy_free(struct proxy *proxy);
/* Takes over a listening TCP socket (any network namespace), whatever the outcome: 0, or -1 with
 * *e. */
int proxy_add_listener(struct proxy *proxy, int fd, struct err *e);
/*
 * Takes over a listening socket as well, but everything that arrives there goes byte for byte to a
 * proxy of the user's own on this port of the loopback interface: nothing is judged or asked for.
 */
int proxy_add_bridge(struct proxy *proxy, int fd, int port, struct err *e);
/*
 * The same for a listener that programs reach without knowing of it: the address that they meant is
 * the socket's own. The owner has to have name_address().
 */
int proxy_add_direct(struct proxy *proxy, int fd, struct err *e);
/*
 * Closes the direct listener that was used the longest ago, of those at which nobody waits. Its
 * port, or -1 where there is none. Not from within a callback.
 */
int proxy_drop_direct(struct proxy *proxy);
/* Another bound than the one that proxy_new() was given. Connections beyond it stay. */
void proxy_set_connections_most(struct proxy *proxy, int connections);
/* How many requests wait for their verdict, the one being put included. */
int proxy_held(const struct proxy *proxy);
/*
 * Lists for the resolved-address check; borrowed, may be NULL. They may be exchanged while the
 * proxy runs: the new ones hold for every address that is not being dialled yet, connections that
 * are established stay, and the old ones may be freed on return.
 */
struct strings;
void proxy_set_lists(struct proxy *proxy, const struct strings *allowed,
		     const struct strings *denied, const struct strings *denied_addresses);
/* By which ways destinations are reached; borrowed while it lives, NULL = directly. */
struct route_rules;
void proxy_set_routes(struct proxy *proxy, const struct route_rules *routes);

/* What is refused or changed although the lists permit the destination. */
struct proxy_restrictions {
	bool refuse_opaque_tunnels; /* no CONNECT, SOCKS or WebSocket */
	bool require_host_match;    /* a plain request's Host field must name its target */
	/* Names of response fields that clients do not get; '-', '_' and '.' are one. Borrowed
	 * while the proxy lives; NULL = none. */
	const struct strings *strip_response_headers;
};
void proxy_set_restrictions(struct proxy *proxy, const struct proxy_restrictions *restrictions);

/*
 * Secrets that plain HTTP requests may carry to the hosts that each may go to, in the place of
 * their sentinels; borrowed while the proxy lives, NULL = none. Tunnels are never looked into.
 */
struct secrets;
void proxy_set_secrets(struct proxy *proxy, const struct secrets *secrets);

void proxy_request_answer(struct proxy_request *request, const struct proxy_verdict *verdict);
/* For the owner's own bookkeeping. */
void proxy_request_set_data(struct proxy_request *request, void *data);

#endif
