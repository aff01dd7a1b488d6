/* SPDX-License-Identifier: MIT */
/* The proxy's questions: who may be connected to. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/sandbox/attribution.h"
#include "core/sandbox/socket_diag.h"
#include "core/session/supervisor_parts.h"

#define CONNECTIONS_MOST 4096
#define LISTENERS_MOST 1024
#define HELD_MOST 1024
/* Of everything but connections and listeners. */
#define OTHER_DESCRIPTORS 256

/* Says in a few words how the destination was come by. */
static void add_circumstances(struct buf *why, const struct proxy_destination *to)
{
	if (to->via != PROXY_DIRECT)
		return;
	if (to->dialled_host)
		buf_addf(why, "; named inside a connection to %s", to->dialled_host);
	else if (to->seen_host && to->host && strcmp(to->seen_host, to->host) != 0)
		buf_addf(why, "; %s is named inside", to->seen_host);
	buf_adds(why, "; the program ignored the proxy variables");
}

/* The inode of the client's end of a connection of ours, 0 = closed. False where the kernel does not
 * tell. */
static bool find_client(struct supervisor *s, int client, unsigned long *inode)
{
	struct sockaddr_storage own, peer;
	socklen_t own_size = sizeof(own), peer_size = sizeof(peer);

	if (client < 0 || s->sandbox.socket_diag < 0 ||
	    getsockname(client, (struct sockaddr *)&own, &own_size) < 0 ||
	    getpeername(client, (struct sockaddr *)&peer, &peer_size) < 0)
		return false;
	if (socket_diag_inode(s->sandbox.socket_diag, (struct sockaddr *)&peer,
			      (struct sockaddr *)&own, inode) != SOCKET_DIAG_UNKNOWN)
		return true;
	/* It will not do so later either. */
	close_fd(&s->sandbox.socket_diag);
	return false;
}

pid_t connections_find_owner(struct supervisor *s, enum socket_protocol protocol, int client, int port,
			     bool matters, char **exe)
{
	unsigned long inode;
	pid_t pid = 0;
	int64_t began;

	*exe = NULL;
	if (!port || !lookup_budget_allows(&s->lookups, clock_mono_us(), matters))
		return 0;
	began = clock_thread_us();
	if (!find_client(s, client, &inode))
		inode = socket_inode_by_port(s->sandbox.init, protocol, port);
	if (socket_owner_find(&s->last_owner, s->sandbox.init, inode)) {
		pid = s->last_owner.pid;
		*exe = socket_owner_executable(&s->last_owner);
	}
	lookup_budget_spend(&s->lookups, clock_thread_us() - began);
	return pid;
}

/* An event about a destination; `object` and `exe` have to be freed. */
static struct access_event make_event(const struct proxy_destination *to)
{
	_cleanup_buf_ struct buf object = BUF_EMPTY;

	if (to->host)
		domain_format_endpoint(&object, to->host, to->port);
	else
		buf_addf(&object, "%s:%d", to->shown_host ? to->shown_host : "", to->port);
	return (struct access_event){ .time_ms = clock_wall_ms(),
				      .kind = ACCESS_CONNECT,
				      .object = buf_steal(&object),
				      /* Its own; who goes by a proxy leaves that to us. */
				      .syscall = to->via == PROXY_DIRECT ? (char *)"connect" : NULL,
				      .count = 1 };
}

static void find_owner(struct supervisor *s, struct access_event *event,
		       const struct proxy_destination *to, bool matters)
{
	event->pid = connections_find_owner(s, SOCKET_TCP, to->client, to->client_port, matters,
					    &event->exe);
}

static void record(struct supervisor *s, struct access_event *event,
		   const struct proxy_destination *to, const struct judgement *judgement)
{
	_cleanup_buf_ struct buf why = BUF_EMPTY;

	find_owner(s, event, to, judgement->verdict != VERDICT_ALLOW);
	buf_adds(&why, judgement->why);
	add_circumstances(&why, to);
	event->verdict = judgement->verdict;
	event->why = (char *)buf_text(&why);
	event->rule = judgement->rule[0] ? (char *)judgement->rule : NULL;
	supervisor_event(s, event);
	journal_access(s->journal, ACCESS_CONNECT, event->object, judgement->verdict, event->exe, 0,
		       false, event->time_ms);
	if (judgement->verdict == VERDICT_ALLOW)
		s->allowed++;
	else
		s->denied++;
	s->changed = true;
}

static void answer(struct proxy_request *request, bool allow, const char *reason)
{
	struct proxy_verdict verdict = { .allow = allow, .reason = reason, .check_resolved = true };

	proxy_request_answer(request, &verdict);
}

static void ask(struct supervisor *s, struct proxy_request *request, struct access_event *event,
		const struct proxy_destination *to, const struct judgement *judgement)
{
	struct waiter waiter = { .request = request, .socket = -1 };
	struct asked *asked = question_find(s, ACCESS_CONNECT, event->object);
	const char *crowd = NULL;

	/* What was asked about before may be held still; the flood is refused, and counted. */
	if (proxy_held(s->proxy) > s->held_most)
		crowd = "too many connections wait for an answer already";
	else if (!asked && !question_make_room(s))
		crowd = "not asked about: too many questions are open";
	if (crowd) {
		struct judgement refusal = *judgement;

		refusal.verdict = VERDICT_DENY;
		snprintf(refusal.why, sizeof(refusal.why), "%s", crowd);
		record(s, event, to, &refusal);
		answer(request, false, NULL);
		return;
	}
	if (!asked) {
		_cleanup_buf_ struct buf why = BUF_EMPTY;
		enum scope scopes[SCOPE_COUNT];
		size_t count = rule_scopes(ACCESS_CONNECT, event->object, false, scopes);
		struct access_event copy;
		bool fresh;

		find_owner(s, event, to, true);
		buf_adds(&why, judgement->why);
		add_circumstances(&why, to);
		event->verdict = VERDICT_ASK;
		event->why = (char *)buf_text(&why);
		access_event_copy(&copy, journal_event(s->journal, event, &fresh));
		asked = question_add(s, &copy, scopes, count, false);
		access_event_free(&copy);
		supervisor_tell_event(s, &asked->question.event);
	} else {
		asked->question.event.count++;
	}
	if (!asked->held && !question_hold_ms(s)) {
		question_refuse_for_now(asked, "nobody is attached to answer");
		answer(request, false, NULL);
		return;
	}
	proxy_request_set_data(request, asked);
	question_hold(asked, &waiter);
}

/* The history gets it once it is known to be public: admitted(). */
static void allow_public(struct proxy_request *request)
{
	struct proxy_verdict verdict = { .allow = true, .check_resolved = true, .public_only = true };

	proxy_request_answer(request, &verdict);
}

static void admitted(void *owner, const struct proxy_destination *to)
{
	struct supervisor *s = owner;
	struct access_event event = make_event(to);
	const struct judgement judgement = { .verdict = VERDICT_ALLOW, .why = "learning: a public name" };

	record(s, &event, to, &judgement);
	free(event.object);
	free(event.exe);
}

static void judge(void *owner, struct proxy_request *request, const struct proxy_destination *to)
{
	struct supervisor *s = owner;
	struct access_event event = make_event(to);
	struct judgement judgement;

	judge_host(&judgement, s->options->mode, &s->rules, s->network_settings, to->host, to->port);
	rule_hits_count(s, judgement.matched);
	if (judgement.verdict == VERDICT_ASK && to->doubt)
		snprintf(judgement.why, sizeof(judgement.why), "%s", to->doubt);
	if (judgement.verdict == VERDICT_ASK && learning_allows(s, to)) {
		allow_public(request);
	} else if (judgement.verdict == VERDICT_ASK) {
		ask(s, request, &event, to, &judgement);
	} else {
		record(s, &event, to, &judgement);
		answer(request, judgement.verdict == VERDICT_ALLOW,
		       to->host ? judgement.reason : "malformed host");
	}
	free(event.object);
	free(event.exe);
}

static void cancelled(void *owner, struct proxy_request *request)
{
	question_drop_request(owner, request);
}

static void refused(void *owner, const struct proxy_destination *to, const char *why)
{
	struct supervisor *s = owner;
	struct access_event event = make_event(to);
	struct judgement judgement = { .verdict = VERDICT_DENY };

	snprintf(judgement.why, sizeof(judgement.why), "%s", why);
	record(s, &event, to, &judgement);
	free(event.object);
	free(event.exe);
}

/* A port may be looked for in this way: what nobody would have allowed is a refusal, not nothing. */
static void gone(void *owner, const struct proxy_destination *to)
{
	struct supervisor *s = owner;
	struct access_event event = make_event(to);
	struct judgement judgement;

	judge_host(&judgement, s->options->mode, &s->rules, s->network_settings, to->host, to->port);
	rule_hits_count(s, judgement.matched);
	if (judgement.verdict == VERDICT_ASK) {
		judgement.verdict = VERDICT_DENY;
		snprintf(judgement.why, sizeof(judgement.why), "the program hung up before it was decided");
	}
	record(s, &event, to, &judgement);
	free(event.object);
	free(event.exe);
}

static bool has_hung_up(void *owner, int client_port)
{
	struct supervisor *s = owner;
	int64_t began;
	bool closed;

	if (!lookup_budget_allows(&s->lookups, clock_mono_us(), true))
		return false;
	began = clock_thread_us();
	closed = socket_is_closed(s->sandbox.init, client_port);
	lookup_budget_spend(&s->lookups, clock_thread_us() - began);
	return closed;
}

static void crowded(void *owner, bool closed)
{
	struct supervisor *s = owner;
	struct access_event event = {
		.time_ms = clock_wall_ms(),
		.kind = ACCESS_CONNECT,
		.object = (char *)"*",
		.verdict = VERDICT_DENY,
		.why = (char *)(closed ? "too many connections: one that asked for nothing was closed"
				       : "too many connections: new ones wait until others end"),
		.count = 1,
	};

	supervisor_event(s, &event);
	s->denied++;
	s->changed = true;
}

static void traffic(void *owner, uint64_t to_client, uint64_t to_server)
{
	struct supervisor *s = owner;

	s->bytes_in += to_client;
	s->bytes_out += to_server;
	s->changed = true;
}

static const char *deny_reason(void *owner, const char *host, int port)
{
	const struct supervisor *s = owner;
	struct judgement judgement;

	judge_host(&judgement, MODE_ENFORCE, &s->rules, s->network_settings, host, port);
	return judgement.reason;
}

static void name_address(void *owner, const struct sockaddr *address, char *host)
{
	const struct supervisor *s = owner;

	network_name_address(s->network, address, host);
}

static void use_lists(struct supervisor *s)
{
	proxy_set_lists(s->proxy, &s->network_settings->allowed_domains, &s->network_settings->denied_domains,
			&s->network_settings->denied_resolved_addresses);
}

int connections_prepare(struct supervisor *s, struct err *e)
{
	static const struct proxy_callbacks callbacks = { .judge = judge,
							  .cancelled = cancelled,
							  .refused = refused,
							  .gone = gone,
							  .admitted = admitted,
							  .traffic = traffic,
							  .deny_reason = deny_reason,
							  .name_address = name_address,
							  .has_hung_up = has_hung_up,
							  .crowded = crowded };
	const struct settings *settings = s->options->settings;
	const struct proxy_restrictions restrictions = {
		.refuse_opaque_tunnels = settings->refuse_opaque_tunnels,
		.require_host_match = settings->require_host_match,
		.strip_response_headers = &settings->strip_response_headers,
	};

	if (route_rules_read(&s->routes, settings, s->options->proxy_environment, e) < 0)
		return -1;
	s->proxy = proxy_new(s->base, supervisor_proxy_token(s), &callbacks, s, NULL, e);
	if (!s->proxy)
		return -1;
	proxy_set_routes(s->proxy, &s->routes);
	proxy_set_restrictions(s->proxy, &restrictions);
	use_lists(s);
	if (s->options->settings->allow_plaintext_inject)
		proxy_set_secrets(s->proxy, &s->credentials.secrets);
	return 0;
}

void connections_set_policy(struct supervisor *s, struct settings *settings)
{
	struct settings *before = s->updated;

	s->updated = settings;
	s->network_settings = settings;
	use_lists(s);
	if (before)
		settings_free(before);
}

/* The proxy owns the listener from the call on. `port`: of a proxy of the user's, 0 = none. */
static int serve(struct supervisor *s, int *listener, int port, struct err *e)
{
	int fd = steal_fd(listener);

	return port ? proxy_add_bridge(s->proxy, fd, port, e) : proxy_add_listener(s->proxy, fd, e);
}

/*
 * The soft limit is often 1024, which is for programs that use select(2). It is raised here and
 * not before, so that the program inside has the one that it would have without us.
 */
static void share_descriptors(struct supervisor *s)
{
	const rlim_t wanted = 2 * CONNECTIONS_MOST + LISTENERS_MOST + OTHER_DESCRIPTORS;
	struct rlimit limit;
	int most;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		limit.rlim_cur = limit.rlim_max = OTHER_DESCRIPTORS * 4;
	if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = limit;

		raised.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	most = limit.rlim_cur < wanted ? (int)limit.rlim_cur : (int)wanted;
	s->listeners_most = most / 4 < LISTENERS_MOST ? most / 4 : LISTENERS_MOST;
	most = (most - s->listeners_most - OTHER_DESCRIPTORS) / 2;
	most = most < 16 ? 16 : most;
	proxy_set_connections_most(s->proxy, most);
	/* Some room is never taken by what waits. */
	s->held_most = most - most / 8 < HELD_MOST ? most - most / 8 : HELD_MOST;
}

int connections_start(struct supervisor *s, struct err *e)
{
	const struct settings *settings = s->options->settings;

	share_descriptors(s);
	lookup_budget_init(&s->lookups, clock_mono_us());
	if (serve(s, &s->sandbox.http_listener, settings->http_proxy_port, e) < 0)
		return -1;
	return serve(s, &s->sandbox.socks_listener, settings->socks_proxy_port, e);
}
