/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_PROXY_INTERNAL_H
#define CORE_NET_PROXY_INTERNAL_H

/* What the files of the proxy share. Nobody else includes this, but for its tests. */
#include <stdint.h>

#include "core/net/dial.h"
#include "core/net/first_bytes.h"
#include "core/net/http_body.h"
#include "core/net/http_parse.h"
#include "core/net/http_target.h"
#include "core/net/inject.h"
#include "core/net/proxy.h"
#include "core/net/relay.h"
#include "core/net/resolve.h"
#include "core/net/route_choice.h"
#include "core/net/stream.h"
#include "core/policy/domain.h"

/* Bytes kept of a client that is not being served yet, and of either way of an exchange. */
#define PROXY_BUFFER_MOST (64 * 1024)

enum phase {
	PHASE_FIRST_BYTE, /* also between two requests */
	PHASE_HEAD,
	PHASE_SOCKS_GREETING,
	PHASE_SOCKS_PASSWORD,
	PHASE_SOCKS_REQUEST,
	PHASE_WAIT,	/* direct: for the first bytes, for a moment */
	PHASE_JUDGING,
	PHASE_DIALLING,
	PHASE_EXCHANGE, /* plain HTTP between client and origin */
	PHASE_PEEK,	/* direct: connected, and the first bytes are still to come */
	PHASE_TUNNEL,	/* in the hands of a relay */
	PHASE_ANSWER,	/* an answer of our own goes out; the request's body is thrown away */
	PHASE_LINGER,	/* the last bytes go out, then the client is to hang up */
};

struct connection;

/* What differs between plain HTTP, CONNECT and SOCKS once a destination is known. */
struct proxy_flavour {
	enum proxy_via via;
	bool is_tunnel;	     /* of bytes that nobody looks into */
	bool end_means_gone; /* the client's end of sending before the answer is giving up */
	/*
	 * May be NULL. The last look at what the lists permit: false where it was refused after
	 * all, and answered.
	 */
	bool (*admit)(struct connection *c);
	void (*denied)(struct connection *c, const char *reason);
	void (*refused)(struct connection *c, const char *words); /* "resolved to …" */
	void (*unreachable)(struct connection *c);
	/*
	 * c->server is connected; its callback is still to be set. `early`: for tunnels, what came from
	 * the destination before this; may be empty.
	 */
	void (*connected)(struct connection *c, const struct buf *early);
};

extern const struct proxy_flavour proxy_flavour_http, proxy_flavour_connect, proxy_flavour_socks,
	proxy_flavour_bridge, proxy_flavour_direct;

struct proxy_request {
	struct connection *connection;
	void *data;
};

struct connection {
	struct proxy *proxy;
	struct connection *next, *previous;
	bool dead; /* closed; the memory goes once nobody on the stack can hold it */
	enum phase phase;
	int64_t accepted_ms; /* CLOCK_MONOTONIC */
	struct stream client;
	int client_port;
	bool client_ended;
	struct event *timer;
	struct buf in; /* received, in_at bytes of it used up */
	size_t in_at;
	struct buf out; /* to the client */
	size_t out_at;
	bool sending_ended;
	uint64_t discarded;
	unsigned requests;

	/* The request and its destination. */
	const struct proxy_flavour *flavour;
	struct http_head head;
	struct http_target target;
	char host[HOST_TEXT_SIZE];
	struct proxy_destination destination;
	struct proxy_request request;
	bool is_being_put; /* judge() is on the stack */
	bool is_answered;
	bool counts_as_held; /* in proxy->held */
	bool is_unauthenticated; /* SOCKS: will be refused whatever it asks for */
	struct proxy_verdict verdict;
	char *reason; /* owns verdict.reason */
	bool public_only; /* of the verdict about `host` */

	/* On the way to the origin. */
	struct route route;
	struct buf early; /* the answer of another proxy that was asked for a tunnel */
	struct resolve_query *query;
	struct dial *dial;
	int64_t deadline_ms; /* CLOCK_MONOTONIC */

	/* PHASE_EXCHANGE */
	struct stream server;
	struct buf up; /* to the origin */
	size_t up_at;
	struct http_head response;
	struct http_body request_body, response_body;
	struct injection injection; /* secrets that this request may carry */
	bool injects_body;
	bool chunks_up; /* the request goes to the origin in chunks */
	bool request_sent;     /* all of the request is in `up` */
	bool server_is_deaf;   /* takes nothing more, but may have answered */
	bool response_started; /* its head is complete */
	bool response_done;
	bool rechunk; /* the response goes to the client in chunks */
	bool upgrading; /* the origin may answer by switching to WebSocket */
	bool keep_alive;
	bool moved; /* since the timer looked last */
	int interim_count;

	struct direct *direct; /* of a connection without a proxy; else NULL */

	struct relay *relay; /* PHASE_TUNNEL */
};

/* What a client that knows of no proxy says first. */
struct direct {
	struct first_bytes first;
	size_t fed; /* of the client's bytes */
	bool is_seen_judged;
};

struct proxy {
	struct event_base *base;
	char *token;
	struct proxy_callbacks callbacks;
	void *owner;
	struct proxy_limits limits;
	const struct strings *allowed, *denied, *denied_addresses;
	const struct route_rules *routes; /* NULL = always directly */
	struct proxy_restrictions restrictions;
	const struct secrets *secrets;
	struct resolver *resolver;
	struct relay_pool *pool;
	struct connection *connections; /* newest first */
	struct connection *graves;
	int connection_count;
	int held;
	struct listener *listeners;
	uint64_t uses; /* of direct listeners */
	bool is_accepting;
	bool lacks_descriptors; /* the listeners rest until the timer says */
	struct event *resume; /* accepts again after descriptors ran out */
	struct event *sweep; /* looks for clients that vanished unnoticed */
	int sweep_ms;
	struct event *report; /* traffic */
	uint64_t to_client, to_server;
	int depth; /* of entries from the loop or from the owner */
	bool is_dying;
};

/*
 * Every way in (event, finished lookup, answer) is bracketed by these two: what is closed or
 * freed between them stays in memory until the outermost leave.
 */
void proxy_enter(struct proxy *proxy);
void proxy_leave(struct proxy *proxy);
void proxy_count_traffic(struct proxy *proxy, uint64_t to_client, uint64_t to_server);
/* After a connection has gone. */
void proxy_connection_gone(struct proxy *proxy);
/* For tests: looks names up in some other way. */
int proxy_set_lookup(struct proxy *proxy, resolve_lookup lookup, struct err *e);

/* proxy_connection.c */
struct connection *connection_new(struct proxy *proxy, int fd, int client_port);
/* Once it is known what it is: uses what is there already, and waits for the rest. */
void connection_begin(struct connection *c);
/* Tells the owner that the destination it allowed is refused after all. False where the owner ended
 * everything in answer. */
bool connection_report_refusal(struct connection *c, const char *why);
/* Next is connecting, for as long as the limits say. */
void connection_dialling(struct connection *c);
void connection_close(struct connection *c);
/* The same; where a question is open, its owner is told. */
void connection_give_up(struct connection *c);
/* Goes as far as possible with what is there. */
void connection_run(struct connection *c);
void connection_set_timer(struct connection *c, int ms); /* 0 = none */
void connection_use_input(struct connection *c, size_t length);
static inline const char *connection_input(const struct connection *c, size_t *length)
{
	*length = c->in.length - c->in_at;
	return *length ? c->in.data + c->in_at : "";
}
/*
 * Lets go of what was used up of a buffer, once that is much: one that is never quite empty would grow
 * with all that ever went through it.
 */
static inline void buffer_trim(struct buf *buffer, size_t *at)
{
	if (*at < PROXY_BUFFER_MOST)
		return;
	buf_consume(buffer, *at);
	*at = 0;
}
static inline size_t connection_output_waiting(const struct connection *c)
{
	return c->out.length - c->out_at;
}
/* Sends what waits for the client. False where the client is gone, and the connection closed. */
bool connection_flush(struct connection *c);
/* Sends the rest of `out`, ends the sending, waits for the client to hang up. */
void connection_linger(struct connection *c);
/* Makes c->host and c->destination of c->target and c->flavour. */
void connection_set_destination(struct connection *c, const char *method);
/* Phases of a direct connection. */
void connection_wait_for_bytes(struct connection *c, int ms);
void connection_peek(struct connection *c);
/* Puts the question for another host, canonical, on the same port. */
void connection_judge_host(struct connection *c, const char *host);
/* Puts the question for c->host once more: `public_only` was not enough. `doubt`: static words. */
void connection_judge_again(struct connection *c, const char *doubt);
/* Tells the owner that a destination allowed with `public_only` goes on. False where the owner ended
 * everything in answer. */
bool connection_report_admission(struct connection *c);
/* The destination is c->host again. */
void connection_use_host(struct connection *c);
/* The answer to the question that was put. */
void connection_take_verdict(struct connection *c, const struct proxy_verdict *verdict);
/* Puts the question for c->target and c->flavour. `method` must live as long as the request. */
void connection_judge(struct connection *c, const char *method);
/* Ready for the next request on the same connection. */
void connection_next_request(struct connection *c);
/* Hands both sockets to a relay; what is in `in` and `out` goes first. */
void connection_tunnel(struct connection *c);

/* proxy_route.c: goes c->route to c->host; ends in a call of the flavour. */
void route_start(struct connection *c);
/* To a port of this host, without any check. */
void route_start_loopback(struct connection *c, int port);
void route_cancel(struct connection *c);
void route_timed_out(struct connection *c);

/* proxy_http.c */
void http_begin(struct connection *c); /* c->head is complete */
void http_step(struct connection *c);  /* PHASE_EXCHANGE and PHASE_ANSWER */
void http_timer(struct connection *c);
/* An answer without any exchange, then the end: malformed head, too large, too slow. */
void http_refuse(struct connection *c, int status);
void http_forget(struct connection *c);

/* proxy_http_heads.c */
/* 443 or 80, by the target's scheme. */
int http_default_port(const struct connection *c);
/* The request's head into c->up. */
void http_compose_request(struct connection *c);
/* The response's into c->out; its body begins. */
void http_compose_response(struct connection *c);
/* The fields of c->response that the client gets. */
void http_add_response_fields(struct buf *out, const struct connection *c);

/* proxy_direct.c */
void direct_begin(struct connection *c, const char *host, int port);
void direct_step_wait(struct connection *c);
void direct_judge(struct connection *c);
void direct_step_peek(struct connection *c);
/* Whether a direct client whose sending has ended is known to have closed its socket. */
bool direct_has_hung_up(const struct connection *c);
/* The client is gone before anything was asked. */
void direct_report_gone(struct connection *c);
void direct_free(struct direct *direct);

/* proxy_answer.c: answers of our own. */
/* The registered phrase of a status, "unknown" for others. */
const char *answer_reason(int status);
/* `extra`: further header lines, each with its line end, or "". */
void answer_add(struct buf *out, int status, const char *extra, const char *body, bool keep_alive);
/* Text as the reason phrase of a status line; appends. */
void answer_add_phrase(struct buf *out, const char *text);

/* proxy_connect.c */
void connect_begin(struct connection *c);

/* proxy_bridge.c: byte for byte to a proxy of the user's on this port. */
void bridge_begin(struct connection *c, int port);

/* proxy_socks.c */
void socks_begin(struct connection *c);
/* True where it got further. */
bool socks_step(struct connection *c);

#endif
