/* SPDX-License-Identifier: MIT */
#include "core/net/proxy_internal.h"

#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

#define HEAD_MS 60000 /* from the first byte to the end of a head */
#define IDLE_MS 60000 /* between two requests */
#define ANSWER_MS 30000
#define LINGER_MS 2000
#define LINGER_BYTES_MOST (4 * 1024 * 1024)

static void on_client(evutil_socket_t fd, short what, void *arg);
static void on_timer(evutil_socket_t fd, short what, void *arg);

void connection_set_timer(struct connection *c, int ms)
{
	struct timeval delay = clock_timeval(ms);

	if (ms > 0)
		evtimer_add(c->timer, &delay);
	else
		evtimer_del(c->timer);
}

static void set_phase(struct connection *c, enum phase phase, int ms)
{
	c->phase = phase;
	connection_set_timer(c, ms);
}

struct connection *connection_new(struct proxy *proxy, int fd, int client_port)
{
	struct connection *c = xcalloc(1, sizeof(*c));

	c->proxy = proxy;
	c->client_port = client_port;
	c->accepted_ms = clock_mono_ms();
	c->request.connection = c;
	c->server = (struct stream)STREAM_CLOSED;
	c->timer = evtimer_new(proxy->base, on_timer, c);
	if (!c->timer)
		abort(); /* out of memory */
	stream_open(&c->client, proxy->base, fd, on_client, c);
	c->next = proxy->connections;
	if (c->next)
		c->next->previous = c;
	proxy->connections = c;
	proxy->connection_count++;
	set_phase(c, PHASE_FIRST_BYTE, proxy->limits.idle_first_byte_ms);
	return c;
}

static void count_held(struct connection *c, bool is_held)
{
	if (c->counts_as_held != is_held)
		c->proxy->held += is_held ? 1 : -1;
	c->counts_as_held = is_held;
}

/* What belongs to one request. */
static void forget_request(struct connection *c)
{
	count_held(c, false);
	/* It overwrites what it has to; the route would just free it. */
	http_forget(c);
	route_cancel(c);
	http_head_free(&c->head);
	http_target_free(&c->target);
	free(c->reason);
	c->reason = NULL;
	direct_free(c->direct);
	c->direct = NULL;
	c->destination = (struct proxy_destination){ 0 };
	c->request.data = NULL;
	c->is_answered = false;
	c->public_only = false;
	c->flavour = NULL;
	c->route = (struct route){ .kind = ROUTE_DIRECT };
}

void connection_close(struct connection *c)
{
	struct proxy *proxy = c->proxy;

	if (c->dead)
		return;
	c->dead = true;
	forget_request(c);
	relay_free(c->relay);
	c->relay = NULL;
	stream_close(&c->client);
	event_free(c->timer);
	buf_free(&c->in);
	buf_free(&c->out);

	if (c->next)
		c->next->previous = c->previous;
	if (c->previous)
		c->previous->next = c->next;
	else
		proxy->connections = c->next;
	c->next = proxy->graves;
	proxy->graves = c;
	proxy->connection_count--;
	proxy_connection_gone(proxy);
}

void connection_give_up(struct connection *c)
{
	struct proxy *proxy = c->proxy;

	if (c->phase == PHASE_JUDGING && !c->is_answered && !proxy->is_dying) {
		c->is_answered = true;
		count_held(c, false);
		proxy->callbacks.cancelled(proxy->owner, &c->request);
	} else if (c->phase == PHASE_WAIT && !c->dead && !proxy->is_dying) {
		direct_report_gone(c);
	}
	/* What the server has of a client without a proxy is not all there was. */
	if (c->direct)
		stream_abort(&c->server);
	connection_close(c);
}

static void discard_input(struct connection *c)
{
	c->discarded += c->in.length - c->in_at;
	buf_free(&c->in);
	c->in_at = 0;
}

void connection_use_input(struct connection *c, size_t length)
{
	c->in_at += length;
	if (c->in_at == c->in.length) {
		buf_free(&c->in);
		c->in_at = 0;
	}
}

bool connection_flush(struct connection *c)
{
	while (connection_output_waiting(c)) {
		ssize_t put = stream_send(&c->client, c->out.data + c->out_at,
					  connection_output_waiting(c));

		if (put == STREAM_AGAIN) {
			buffer_trim(&c->out, &c->out_at);
			return true;
		}
		if (put < 0) {
			connection_give_up(c);
			return false;
		}
		c->moved = true;
		c->out_at += (size_t)put;
	}
	buf_free(&c->out);
	c->out_at = 0;
	return true;
}

void connection_linger(struct connection *c)
{
	c->discarded = 0;
	set_phase(c, PHASE_LINGER, ANSWER_MS);
}

void connection_set_destination(struct connection *c, const char *method)
{
	bool valid = host_canonical(c->target.host, c->host);

	if (!valid)
		c->host[0] = '\0';
	c->destination = (struct proxy_destination){
		.host = valid ? c->host : NULL,
		.shown_host = c->target.host,
		.port = c->target.port,
		.via = c->flavour->via,
		.method = method,
		.client_port = c->client_port,
		.client = c->client.fd,
	};
}

static void put_question(struct connection *c)
{
	struct proxy *proxy = c->proxy;

	if (c->direct && c->direct->first.is_decided)
		c->destination.seen_host = c->direct->first.host;
	c->is_answered = false;
	count_held(c, true);
	set_phase(c, PHASE_JUDGING, 0);
	c->is_being_put = true;
	proxy->callbacks.judge(proxy->owner, &c->request, &c->destination);
	c->is_being_put = false;
}

void connection_take_verdict(struct connection *c, const struct proxy_verdict *verdict)
{
	const struct proxy_verdict before = c->verdict;

	c->is_answered = true;
	count_held(c, false);
	c->verdict = *verdict;
	/* What the name that is dialled may lead to does not depend on the other one. */
	if (c->destination.dialled_host) {
		c->verdict.check_resolved = before.check_resolved;
		c->verdict.allow_private = before.allow_private;
	}
	free(c->reason);
	c->reason = xstrdup(verdict->reason);
	c->verdict.reason = c->reason;
	if (!c->destination.dialled_host)
		c->public_only = verdict->allow && verdict->public_only;
}

void connection_judge(struct connection *c, const char *method)
{
	connection_set_destination(c, method);
	put_question(c);
}

void connection_judge_host(struct connection *c, const char *host)
{
	c->request.data = NULL;
	c->destination.host = host;
	c->destination.shown_host = host;
	c->destination.dialled_host = c->host;
	put_question(c);
}

void connection_judge_again(struct connection *c, const char *doubt)
{
	c->request.data = NULL;
	c->destination.doubt = doubt;
	put_question(c);
}

bool connection_report_admission(struct connection *c)
{
	struct proxy *proxy = c->proxy;

	if (c->public_only && proxy->callbacks.admitted)
		proxy->callbacks.admitted(proxy->owner, &c->destination);
	return !proxy->is_dying && !c->dead;
}

void connection_use_host(struct connection *c)
{
	c->destination.host = c->host;
	c->destination.shown_host = c->target.host;
	c->destination.dialled_host = NULL;
}

void connection_wait_for_bytes(struct connection *c, int ms)
{
	set_phase(c, PHASE_WAIT, ms);
}

void connection_peek(struct connection *c)
{
	set_phase(c, PHASE_PEEK, 0);
}

bool connection_report_refusal(struct connection *c, const char *why)
{
	struct proxy *proxy = c->proxy;

	proxy->callbacks.refused(proxy->owner, &c->destination, why);
	return !proxy->is_dying && !c->dead;
}

void connection_dialling(struct connection *c)
{
	set_phase(c, PHASE_DIALLING, c->proxy->limits.dial_timeout_ms);
}

static void step_judging(struct connection *c)
{
	if (!c->destination.host) {
		c->flavour->denied(c, "malformed host");
	} else if (!c->verdict.allow) {
		c->flavour->denied(c, c->verdict.reason ? c->verdict.reason
							: "host is not on the allow list");
	} else if (!c->flavour->admit || c->flavour->admit(c)) {
		if (c->proxy->routes)
			c->route = route_choose(c->proxy->routes, c->host,
						c->flavour->is_tunnel || c->target.https);
		connection_dialling(c);
		if (c->target.https && c->route.kind == ROUTE_DIRECT)
			c->flavour->unreachable(c); /* TLS is the client's affair, by CONNECT */
		else
			route_start(c);
	}
}

void connection_next_request(struct connection *c)
{
	forget_request(c);
	c->requests++;
	c->discarded = 0;
	set_phase(c, PHASE_FIRST_BYTE, IDLE_MS);
}

static void relay_moved(void *arg, uint64_t to_client, uint64_t to_server)
{
	struct connection *c = arg;

	proxy_count_traffic(c->proxy, to_client, to_server);
}

static void relay_finished(void *arg)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;

	proxy_enter(proxy);
	connection_close(c);
	proxy_leave(proxy);
}

void connection_tunnel(struct connection *c)
{
	static const struct relay_callbacks callbacks = { relay_moved, relay_finished };

	buf_consume(&c->in, c->in_at);
	buf_consume(&c->out, c->out_at);
	c->in_at = c->out_at = 0;
	proxy_count_traffic(c->proxy, 0, c->in.length);
	c->relay = relay_start(c->proxy->pool, &c->client, &c->server, &c->out, &c->in, &callbacks, c);
	forget_request(c);
	set_phase(c, PHASE_TUNNEL, 0);
}

static bool step_first_byte(struct connection *c)
{
	size_t length;
	const char *bytes = connection_input(c, &length);

	if (!length) {
		if (c->client_ended)
			connection_close(c);
		return false;
	}
	if (c->requests == 0 && (bytes[0] == 4 || bytes[0] == 5)) {
		set_phase(c, PHASE_SOCKS_GREETING, HEAD_MS);
		socks_begin(c);
		return true;
	}
	http_head_init(&c->head, HTTP_REQUEST, (size_t)c->proxy->limits.head_bytes);
	set_phase(c, PHASE_HEAD, HEAD_MS);
	return true;
}

static bool step_head(struct connection *c)
{
	size_t length, used;
	const char *bytes = connection_input(c, &length);
	enum http_progress progress = http_head_feed(&c->head, bytes, length, &used);

	connection_use_input(c, used);
	switch (progress) {
	case HTTP_MORE:
		if (!c->client_ended)
			return false;
		if (http_head_is_untouched(&c->head)) {
			connection_close(c);
			return false;
		}
		http_refuse(c, 400);
		return true;
	case HTTP_BAD:
		http_refuse(c, 400);
		return true;
	case HTTP_TOO_LARGE:
		http_refuse(c, 431);
		return true;
	case HTTP_DONE:
		break;
	}
	if (strcmp(http_head_method(&c->head), "CONNECT") == 0)
		connect_begin(c);
	else
		http_begin(c);
	return true;
}

/* Before the answer a client may end its sending only if all of its request has come. */
static bool has_given_up(const struct connection *c)
{
	size_t length = c->in.length - c->in_at;

	if (!c->client_ended)
		return false;
	if (c->flavour->end_means_gone)
		return true;
	if (c->direct)
		return c->phase == PHASE_JUDGING && !c->is_answered && direct_has_hung_up(c);
	return c->head.framing == HTTP_FRAMING_LENGTH && length < c->head.content_length;
}

static void step_linger(struct connection *c)
{
	discard_input(c);
	if (!connection_flush(c) || connection_output_waiting(c))
		return;
	if (!c->sending_ended) {
		c->sending_ended = true;
		shutdown(c->client.fd, SHUT_WR);
		connection_set_timer(c, LINGER_MS);
	}
	if (c->client_ended || c->discarded > LINGER_BYTES_MOST)
		connection_close(c);
}

/* One step. True where another may follow at once. */
static bool step(struct connection *c)
{
	enum phase before = c->phase;

	switch (c->phase) {
	case PHASE_FIRST_BYTE:
		return step_first_byte(c);
	case PHASE_HEAD:
		return step_head(c);
	case PHASE_SOCKS_GREETING:
	case PHASE_SOCKS_PASSWORD:
	case PHASE_SOCKS_REQUEST:
		return socks_step(c);
	case PHASE_WAIT:
		direct_step_wait(c);
		break;
	case PHASE_PEEK:
		direct_step_peek(c);
		break;
	case PHASE_JUDGING:
	case PHASE_DIALLING:
		if (has_given_up(c)) {
			connection_give_up(c);
			return false;
		}
		if (c->phase == PHASE_JUDGING && c->is_answered)
			step_judging(c);
		break;
	case PHASE_EXCHANGE:
	case PHASE_ANSWER:
		http_step(c);
		break;
	case PHASE_TUNNEL:
		return false;
	case PHASE_LINGER:
		step_linger(c);
		break;
	}
	/* A second question may have been answered while it was put. */
	return c->phase != before || (c->phase == PHASE_JUDGING && c->is_answered);
}

void connection_run(struct connection *c)
{
	while (!c->dead && !c->proxy->is_dying && step(c))
		;
	if (c->dead || c->proxy->is_dying || c->client.fd < 0)
		return;
	if (!connection_flush(c))
		return;
	stream_want(&c->client,
		    !c->client_ended && c->in.length - c->in_at < PROXY_BUFFER_MOST,
		    connection_output_waiting(c) > 0);
}

/* Receives once what there is room for. False where the client is gone. */
static bool receive(struct connection *c)
{
	char *scratch = relay_pool_scratch(c->proxy->pool);
	size_t room = PROXY_BUFFER_MOST - (c->in.length - c->in_at);
	ssize_t got;

	if (room > RELAY_SCRATCH_SIZE)
		room = RELAY_SCRATCH_SIZE;
	if (room == 0 || c->client_ended)
		return true;
	got = stream_receive(&c->client, scratch, room);
	if (got == STREAM_AGAIN)
		return true;
	if (got < 0) {
		connection_give_up(c);
		return false;
	}
	if (got == 0) {
		c->client_ended = true;
		return true;
	}
	c->moved = true;
	buf_consume(&c->in, c->in_at);
	c->in_at = 0;
	buf_add(&c->in, scratch, (size_t)got);
	return true;
}

void connection_begin(struct connection *c)
{
	if (!c->dead && !c->proxy->is_dying && (c->client.fd < 0 || receive(c)))
		connection_run(c);
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;

	(void)fd;
	proxy_enter(proxy);
	if (!proxy->is_dying && (!(what & EV_READ) || receive(c)))
		connection_run(c);
	proxy_leave(proxy);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;

	(void)fd;
	(void)what;
	proxy_enter(proxy);
	switch (c->phase) {
	case PHASE_HEAD:
		http_refuse(c, 400);
		break;
	case PHASE_DIALLING:
		route_timed_out(c);
		break;
	case PHASE_EXCHANGE:
		http_timer(c);
		break;
	case PHASE_WAIT:
		direct_judge(c);
		break;
	default:
		connection_close(c);
		break;
	}
	connection_run(c);
	proxy_leave(proxy);
}
