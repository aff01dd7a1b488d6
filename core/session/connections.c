/* SPDX-License-Identifier: MIT */
/* The proxy's questions: who may be connected to. */
#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/sandbox/attribution.h"
#include "core/session/supervisor_parts.h"

/* An event about a destination; `object` and `exe` have to be freed. */
static struct access_event make_event(struct supervisor *s, const struct proxy_destination *to)
{
	_cleanup_buf_ struct buf object = BUF_EMPTY;
	pid_t pid = to->client_port ? process_by_port(s->sandbox.init, SOCKET_TCP, to->client_port) : 0;

	if (to->host)
		domain_format_endpoint(&object, to->host, to->port);
	else
		buf_addf(&object, "%s:%d", to->shown_host ? to->shown_host : "", to->port);
	return (struct access_event){ .time_ms = clock_wall_ms(),
				      .kind = ACCESS_CONNECT,
				      .object = buf_steal(&object),
				      .pid = pid,
				      .exe = pid ? process_executable(pid) : NULL,
				      .count = 1 };
}

static void record(struct supervisor *s, struct access_event *event, const struct judgement *judgement)
{
	event->verdict = judgement->verdict;
	event->why = (char *)judgement->why;
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
		const struct judgement *judgement)
{
	struct waiter waiter = { .request = request, .socket = -1 };
	struct asked *asked = question_find(s, ACCESS_CONNECT, event->object);

	if (!asked) {
		enum scope scopes[SCOPE_COUNT];
		size_t count = rule_scopes(ACCESS_CONNECT, event->object, false, scopes);
		struct access_event copy;
		bool fresh;

		event->verdict = VERDICT_ASK;
		event->why = (char *)judgement->why;
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

static void judge(void *owner, struct proxy_request *request, const struct proxy_destination *to)
{
	struct supervisor *s = owner;
	struct access_event event = make_event(s, to);
	struct judgement judgement;
	char *object = event.object, *exe = event.exe;

	judge_host(&judgement, s->options->mode, &s->rules, s->network_settings, to->host, to->port);
	if (judgement.verdict == VERDICT_ASK) {
		ask(s, request, &event, &judgement);
	} else {
		record(s, &event, &judgement);
		answer(request, judgement.verdict == VERDICT_ALLOW,
		       to->host ? judgement.reason : "malformed host");
	}
	free(object);
	free(exe);
}

static void cancelled(void *owner, struct proxy_request *request)
{
	question_drop_request(owner, request);
}

static void refused(void *owner, const struct proxy_destination *to, const char *why)
{
	struct supervisor *s = owner;
	struct access_event event = make_event(s, to);
	struct judgement judgement = { .verdict = VERDICT_DENY };
	char *object = event.object, *exe = event.exe;

	snprintf(judgement.why, sizeof(judgement.why), "%s", why);
	record(s, &event, &judgement);
	free(object);
	free(exe);
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
							  .traffic = traffic,
							  .deny_reason = deny_reason,
							  .name_address = name_address };
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

int connections_start(struct supervisor *s, struct err *e)
{
	const struct settings *settings = s->options->settings;

	if (serve(s, &s->sandbox.http_listener, settings->http_proxy_port, e) < 0)
		return -1;
	return serve(s, &s->sandbox.socks_listener, settings->socks_proxy_port, e);
}
