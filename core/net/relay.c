/* SPDX-License-Identifier: MIT */
/*
 * Theory of operation. Each direction is a flow. What is received goes out at once; only what
 * the receiver does not take stays, in a buffer that is freed when it has drained, and nothing
 * more is read meanwhile: so an idle relay holds no memory, a stuck one at most SCRATCH per
 * direction. While more comes than one receive takes, a flow uses a pipe and splice() instead. A pipe
 * is lent only while bytes are in it, so a small pool serves any number of idle relays.
 *
 * An event runs the one flow that it is about. A receive that left room has emptied the socket, so
 * no other is tried: most would be in vain, and the loop tells of what does come. The first few from a
 * server are the exception: many say what they have to say and end, and what comes with its end spares
 * a packet, a turn of the loop, and the client another awakening.
 *
 * The end of file of one side is passed on with shutdown() once all before it has been sent;
 * a reset is passed on as a reset, because after a clean end the peer could take a truncated
 * stream for a whole one.
 */
#include "core/net/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"

#define PIPES_MOST 32
#define PIPE_SIZE (256 * 1024)
/* Less at a time is copied as fast as it is spliced. */
#define SPLICE_LEAST (16 * 1024)
/* How often the end of a flow is looked for behind its bytes. */
#define END_LOOKS 8
/* What one wake-up may move before the other connections get their turn. */
#define TURN_BYTES (1024 * 1024)

struct pipe_pair {
	int ends[2];
};

struct relay_pool {
	struct pipe_pair idle[PIPES_MOST];
	size_t idle_count;
	size_t made;
	char scratch[RELAY_SCRATCH_SIZE];
};

struct flow {
	struct stream *from, *to;
	struct buf pending;
	size_t pending_at;
	struct pipe_pair pipe; /* -1 = none lent */
	size_t in_pipe;
	unsigned looks; /* for the end, that are left */
	bool is_bulk; /* the last receive left nothing of its room */
	bool ended; /* nothing more comes */
	bool broken; /* nor came all there was */
	bool shut;  /* and the receiver knows */
};

enum { TO_CLIENT, TO_SERVER, FLOWS };

struct relay {
	struct relay_pool *pool;
	struct stream client, server;
	struct flow flows[FLOWS];
	uint64_t moved[FLOWS];
	struct relay_callbacks callbacks;
	void *arg;
};

enum flow_progress { FLOW_WAITS, FLOW_BROKEN };

struct relay_pool *relay_pool_new(void)
{
	return xcalloc(1, sizeof(struct relay_pool));
}

static void pipe_close(struct pipe_pair *pair)
{
	close_fd(&pair->ends[0]);
	close_fd(&pair->ends[1]);
}

void relay_pool_free(struct relay_pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->idle_count; i++)
		pipe_close(&pool->idle[i]);
	free(pool);
}

char *relay_pool_scratch(struct relay_pool *pool)
{
	return pool->scratch;
}

static bool pipe_borrow(struct relay_pool *pool, struct pipe_pair *pair)
{
	if (pool->idle_count) {
		*pair = pool->idle[--pool->idle_count];
		return true;
	}
	if (pool->made == PIPES_MOST)
		return false;
	if (pipe2(pair->ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		pair->ends[0] = pair->ends[1] = -1;
		return false;
	}
#ifdef F_SETPIPE_SZ
	/* Refused where the user's pipe pages are used up: the default size works too. */
	(void)fcntl(pair->ends[1], F_SETPIPE_SZ, PIPE_SIZE);
#endif
	pool->made++;
	return true;
}

/* Gives the pipe back, or closes it where bytes are stuck in it. */
static void pipe_return(struct relay_pool *pool, struct pipe_pair *pair, bool empty)
{
	if (pair->ends[0] < 0)
		return;
	if (empty) {
		pool->idle[pool->idle_count++] = *pair;
	} else {
		pipe_close(pair);
		pool->made--;
	}
	pair->ends[0] = pair->ends[1] = -1;
}

static ssize_t outcome(ssize_t moved)
{
	if (moved >= 0)
		return moved;
	return errno == EAGAIN || errno == EWOULDBLOCK ? STREAM_AGAIN : STREAM_ERROR;
}

/* Bytes, 0 at the end, STREAM_AGAIN or STREAM_ERROR. */
static ssize_t move_pages(int from, int to, size_t most)
{
#ifdef __linux__
	ssize_t moved;

	do {
		moved = splice(from, NULL, to, NULL, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	} while (moved < 0 && errno == EINTR);
	return outcome(moved);
#else
	(void)from;
	(void)to;
	(void)most;
	return STREAM_ERROR;
#endif
}

static bool may_splice(void)
{
#ifdef __linux__
	return true;
#else
	return false;
#endif
}

/* Sends what is waiting. 1 = all gone, STREAM_AGAIN, STREAM_ERROR. */
static ssize_t flow_flush(struct relay_pool *pool, struct flow *flow)
{
	while (flow->pending_at < flow->pending.length) {
		ssize_t put = stream_send(flow->to, flow->pending.data + flow->pending_at,
					  flow->pending.length - flow->pending_at);

		if (put < 0)
			return put;
		flow->pending_at += (size_t)put;
	}
	buf_free(&flow->pending);
	flow->pending_at = 0;
	while (flow->in_pipe) {
		ssize_t put = move_pages(flow->pipe.ends[0], flow->to->fd, flow->in_pipe);

		if (put <= 0)
			return put < 0 ? put : STREAM_ERROR;
		flow->in_pipe -= (size_t)put;
	}
	pipe_return(pool, &flow->pipe, true);
	return 1;
}

/* Behind what was received, `length` bytes of the buffer. Returns how many more those are now. */
static size_t look_for_end(struct relay_pool *pool, struct flow *flow, size_t length)
{
	ssize_t got;

	if (!flow->looks)
		return 0;
	flow->looks--;
	got = stream_receive(flow->from, pool->scratch + length, sizeof(pool->scratch) - length);
	flow->ended = got == 0;
	/* The socket tells of a reset once only. */
	flow->broken = got == STREAM_ERROR;
	return got > 0 ? (size_t)got : 0;
}

/* Receives. Bytes, 0 at the end, STREAM_AGAIN or STREAM_ERROR. `drained`: nothing is left. */
static ssize_t flow_receive(struct relay_pool *pool, struct flow *flow, bool *drained)
{
	ssize_t got, put;

	if (may_splice() && flow->is_bulk && pipe_borrow(pool, &flow->pipe)) {
		got = move_pages(flow->from->fd, flow->pipe.ends[1], PIPE_SIZE);
		if (got > 0) {
			flow->in_pipe = (size_t)got;
			flow->is_bulk = got >= SPLICE_LEAST;
		}
		if (got > 0 || got == STREAM_ERROR)
			return got;
		/* It never gets past urgent data, and then says that there is nothing, or the end. */
		pipe_return(pool, &flow->pipe, true);
		flow->is_bulk = false;
	}
	got = stream_receive(flow->from, pool->scratch, sizeof(pool->scratch));
	if (got <= 0)
		return got;
	flow->is_bulk = (size_t)got == sizeof(pool->scratch);
	*drained = !flow->is_bulk;
	if (*drained)
		got += (ssize_t)look_for_end(pool, flow, (size_t)got);
	put = (flow->ended ? stream_send_last : stream_send)(flow->to, pool->scratch, (size_t)got);
	if (put < 0)
		put = 0; /* a receiver that is gone shows again when this is flushed */
	if (put < got)
		buf_add(&flow->pending, pool->scratch + put, (size_t)(got - put));
	return got;
}

/*
 * The receiver is gone. What it sent before may still be on its way through the other flow,
 * which learns by reading how that side ended.
 */
static void flow_give_up(struct relay_pool *pool, struct flow *flow)
{
	flow->ended = flow->shut = true;
	pipe_return(pool, &flow->pipe, flow->in_pipe == 0);
	flow->in_pipe = 0;
	buf_free(&flow->pending);
	flow->pending_at = 0;
}

static enum flow_progress flow_run(struct relay *relay, int index)
{
	struct relay_pool *pool = relay->pool;
	struct flow *flow = &relay->flows[index];
	bool drained = false;
	uint64_t turn = 0;

	if (flow->shut)
		return FLOW_WAITS;
	for (;;) {
		ssize_t got = flow_flush(pool, flow);

		if (got == STREAM_ERROR) {
			flow_give_up(pool, flow);
			return FLOW_WAITS;
		}
		if (got == STREAM_AGAIN)
			return FLOW_WAITS;
		if (flow->ended) {
			/* The last one to end leaves it to the closing of both. */
			if (!relay->flows[!index].shut)
				shutdown(flow->to->fd, SHUT_WR);
			flow->shut = true;
			return FLOW_WAITS;
		}
		if (drained || turn >= TURN_BYTES)
			return FLOW_WAITS;
		got = flow_receive(pool, flow, &drained);
		if (got == STREAM_ERROR)
			return FLOW_BROKEN;
		if (got == STREAM_AGAIN) {
			if (flow->in_pipe == 0)
				pipe_return(pool, &flow->pipe, true);
			return FLOW_WAITS;
		}
		flow->ended = flow->ended || got == 0;
		turn += (uint64_t)got;
		relay->moved[index] += (uint64_t)got;
		if (flow->broken)
			return FLOW_BROKEN;
	}
}

static bool flow_has_waiting(const struct flow *flow)
{
	return flow->pending_at < flow->pending.length || flow->in_pipe;
}

static void update_wants(struct relay *relay)
{
	const struct flow *to_client = &relay->flows[TO_CLIENT];
	const struct flow *to_server = &relay->flows[TO_SERVER];
	bool client_full = flow_has_waiting(to_client), server_full = flow_has_waiting(to_server);

	stream_want(&relay->client, !to_server->ended && !server_full, client_full);
	stream_want(&relay->server, !to_client->ended && !client_full, server_full);
}

static void report(struct relay *relay)
{
	uint64_t to_client = relay->moved[TO_CLIENT], to_server = relay->moved[TO_SERVER];

	relay->moved[TO_CLIENT] = relay->moved[TO_SERVER] = 0;
	if ((to_client || to_server) && relay->callbacks.moved)
		relay->callbacks.moved(relay->arg, to_client, to_server);
}

static void run(struct relay *relay, int index)
{
	bool broken = flow_run(relay, index) == FLOW_BROKEN;

	report(relay);
	if (broken) {
		stream_abort(&relay->client);
		stream_abort(&relay->server);
	}
	if (broken || (relay->flows[TO_CLIENT].shut && relay->flows[TO_SERVER].shut)) {
		relay->callbacks.finished(relay->arg);
		return;
	}
	update_wants(relay);
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	run(arg, what & EV_READ ? TO_SERVER : TO_CLIENT);
}

static void on_server(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	run(arg, what & EV_READ ? TO_CLIENT : TO_SERVER);
}

static void flow_init(struct flow *flow, struct stream *from, struct stream *to, struct buf *first)
{
	*flow = (struct flow){ .from = from, .to = to, .pipe = { { -1, -1 } } };
	if (first) {
		flow->pending = *first;
		*first = (struct buf)BUF_EMPTY;
	}
}

struct relay *relay_start(struct relay_pool *pool, struct stream *client, struct stream *server,
			  struct buf *first_to_client, struct buf *first_to_server,
			  const struct relay_callbacks *callbacks, void *arg)
{
	struct relay *relay = xcalloc(1, sizeof(*relay));

	relay->pool = pool;
	relay->callbacks = *callbacks;
	relay->arg = arg;
	relay->client = stream_take(client);
	relay->server = stream_take(server);
	stream_redirect(&relay->client, on_client, relay);
	stream_redirect(&relay->server, on_server, relay);
	flow_init(&relay->flows[TO_CLIENT], &relay->server, &relay->client, first_to_client);
	flow_init(&relay->flows[TO_SERVER], &relay->client, &relay->server, first_to_server);
	relay->flows[TO_CLIENT].looks = END_LOOKS;
	/* What fails here fails again on the loop. */
	for (int i = 0; i < FLOWS; i++)
		(void)flow_flush(pool, &relay->flows[i]);
	update_wants(relay);
	return relay;
}

void relay_free(struct relay *relay)
{
	if (!relay)
		return;
	stream_close(&relay->client);
	stream_close(&relay->server);
	for (int i = 0; i < FLOWS; i++) {
		struct flow *flow = &relay->flows[i];

		pipe_return(relay->pool, &flow->pipe, flow->in_pipe == 0);
		buf_free(&flow->pending);
	}
	free(relay);
}

bool relay_is_dead(const struct relay *relay)
{
	return (!relay->client.wants_read && stream_peer_is_gone(&relay->client, false)) ||
	       (!relay->server.wants_read && stream_peer_is_gone(&relay->server, false));
}

void relay_probe_server(struct relay *relay)
{
	stream_probe_far(&relay->server);
}
