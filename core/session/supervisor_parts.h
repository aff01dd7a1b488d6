/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_SUPERVISOR_PARTS_H
#define CORE_SESSION_SUPERVISOR_PARTS_H

/*
 * What the parts of the supervisor share: supervisor.c (life cycle), start.c (before "go"), session_loop.c
 * (after it), notices.c (what is noticed), audience.c (who is told), question*.c (asking and answering),
 * file_*.c (refused files and their mounts), connections.c (the proxy's questions) and others. Nobody
 * else includes this.
 */
#include <event2/event.h>
#include <limits.h>

#include "core/base/hash_table.h"
#include "core/net/proxy.h"
#include "core/net/route_choice.h"
#include "core/sandbox/broker.h"
#include "core/sandbox/attribution.h"
#include "core/sandbox/launch.h"
#include "core/sandbox/lookup_budget.h"
#include "core/sandbox/socket_owner.h"
#include "core/sandbox/layer.h"
#include "core/sandbox/masks.h"
#include "core/sandbox/mask_server.h"
#include "core/sandbox/notify.h"
#include "core/sandbox/placeholders.h"
#include "core/sandbox/process_facts.h"
#include "core/session/blindness.h"
#include "core/session/control.h"
#include "core/session/credentials.h"
#include "core/session/journal.h"
#include "core/session/policy_updates.h"
#include "core/session/run_report.h"
#include "core/session/stdio_tap.h"
#include "core/session/supervisor.h"

#define QUESTIONS_MOST 2048

/* Something held until a question is answered: a system call or a connection. */
struct waiter {
	struct waiter *next;
	uint64_t notification;		/* of a held call */
	uint64_t masked;		/* of an open that a mask holds; else 0 */
	bool not_once;			/* of the same: it gets no file, though it was allowed */
	struct proxy_request *request;	/* of a held connection, or NULL */
	bool is_open;			/* of a held call: open(2) and its kin */
	uint64_t open_flags;
	bool makes_directory;		/* of a held call: mkdir(2) */
	int socket;			/* of a held connection to a unix socket: it, O_PATH; else -1 */
	int descriptor;			/* of the same: the caller's */
	pid_t pid;
	char *event;			/* of a call that joined a question about its directory */
};

/* A question as the supervisor keeps it. */
struct asked {
	struct asked *next, *previous; /* older, newer */
	struct hash_link by_object, by_id, by_directory, by_pin;
	struct supervisor *supervisor;
	struct question question; /* what clients see */
	struct waiter *waiters;
	struct event *deadline;	  /* pending while it is held */
	int64_t held_since_ms;	  /* monotonic */
	bool held;
	bool told, changed;	  /* clients know of it; but not all of it */
	int64_t asked_ms;	  /* monotonic */

	/* files only */
	bool may_join;		  /* with others of its directory */
	bool joined;		  /* is about a directory, in the place of many files of it */
	char *place;		  /* where the object has to appear inside */
	char *mask;		  /* the masked directory above it, NULL = none */
	bool is_directory, by_parent; /* a joined one is as if its directory had been asked about */
	mode_t makes;		  /* what could be made before it is granted, else 0: see struct notice */
	bool making;		  /* it is being made, or was, so that it can be granted */
	bool was_made;		  /* by us: the call that wanted to has nothing left to do */
	uint32_t pin;		  /* of the object; pin + 1: of its directory */
	int pins_wanted;	  /* replies still to come */
	bool object_pinned, directory_pinned;

	/* an allow that the broker is carrying out */
	bool granting;
	bool mounting;		  /* its mounts are on their way */
	struct rule rule;
	uint64_t client;	  /* who waits for the reply, 0 = nobody */
};

/* A grant in force, for as long as a rule allows it. */
struct file_grant {
	enum access_kind kind;
	char *target;	   /* the place */
	char *object;	   /* what is seen there: another path where a link led to it */
	char *mask;	   /* the masked directory above it, NULL = none */
	uint32_t number;   /* of the pin that it was made with; pins of it are even, of its directory odd */
	bool is_directory;
	bool revoking;	   /* the broker is at it */
	bool hidden;	   /* then: the place is not to be seen without it */
	uint64_t client;   /* who waits for that, 0 = nobody */
	char *rule;	   /* what that was, in words; or NULL */
	char *rule_id;
};

/* Mode learn; else all of it is empty. */
struct learning {
	struct strings roots; /* directories that are writable, resolved */
	struct layer layer;   /* what they are on, if anything */
	struct strings protected_roots; /* those that are searched for what no program may write */
};

struct rule_hit {
	int64_t rule; /* id in the store */
	uint64_t count;
	int64_t last_ms;
};

struct supervisor {
	struct rule_hit *hits; /* not stored yet */
	size_t hit_count, hit_capacity;
	const struct supervisor_options *options;
	struct store store;
	void *drift;		 /* of options->drift; NULL = none */
	struct event_base *base;
	char *id;		 /* "<pid>-<8 hex digits>" */
	char *socket_path;
	char *command_line;
	char *home, *cwd;
	char token[33];
	int64_t started_ms;

	struct broker *broker; /* NULL until it is needed: supervisor_broker() */
	bool broker_failed;
	struct event *broker_event;
	struct sandbox sandbox;
	struct mount_plan plan;	 /* in force, with what was granted since */
	struct masks **masks;	 /* all tables that the notifier was ever given; the last is in force */
	size_t masks_count, masks_capacity;
	bool masks_stale;	 /* mounts went since: made anew before a call is looked at */
	struct notifier *notifier;
	struct mask_server *mask_server; /* NULL = masks are not seen, but notifications */
	struct process_memory *processes;
	struct proxy *proxy;
	struct publishing *publishing; /* NULL = none */
	struct listeners *listeners;
	bool shows_resolver;	 /* inside is a resolver configuration of ours */
	struct network *network; /* NULL = the proxy is the only way out */
	struct lookup_budget lookups; /* who is connected: connections_find_owner() */
	struct socket_owner last_owner;
	int listeners_most;	 /* of the network; what the descriptors allow */
	int held_most;		 /* connections that wait for answers; the same */
	struct route_rules routes;
	struct control *control;
	struct journal *journal;
	struct rule_list rules;
	struct session_credentials credentials;
	struct strings own;	 /* directories of this program */
	struct strings project_files; /* environment files, as they were found at the start */
	struct placeholders placeholders;
	struct learning learning;
	int64_t data_version;

	struct file_grant *grants;
	size_t grant_count, grant_capacity;
	struct strings covered;	 /* places that were masked again, while the sandbox ran */
	struct strings told_denials; /* rules that hold from the next start, as was said */
	int64_t next_rule;	 /* of the rules of this session */

	struct asked *questions; /* newest first */
	struct asked *oldest_question;
	size_t question_count;
	struct hash_table by_object, by_id, by_directory, by_pin;
	uint64_t unasked;	 /* questions that were given up, or never put: too many are open */
	uint64_t next_serial;
	uint32_t next_pin;
	uint64_t allowed, denied, asked_count;
	uint64_t bytes_in, bytes_out;
	pid_t child;
	bool changed;		 /* counters or state, since the clients heard */
	bool settled;		 /* past its start */
	struct run_report *report; /* NULL = none is wanted */
	struct strings asked_ids;  /* for it */
	struct stdio_tap *tap;	 /* NULL = standard input and output are the program's own */
	struct filter_request filter; /* what is notified */
	bool wants_masks;	 /* that see reads of what they hide, as far as they are to be had */
	bool masks_failed;	 /* this sandbox cannot be used */
	struct blindness blindness;
	struct self_test {
		int answers;	      /* of the shim's, still to come */
		unsigned refused_not; /* enum shim_test */
		struct event *deadline; /* NULL = nothing is awaited */
		int looks;		/* for what was not seen yet */
		bool done;		/* but perhaps for the network's */
	} test;
	char *banner;		 /* the same in words; NULL = all is seen */
	struct event *tick;	 /* in the loop only; called as srt, while there is something to do */
	struct event *shim;	 /* its socket, while the program runs */
	bool ended;
	bool stop;		 /* leave the loop, whether or not it has ended */
	struct supervisor_result result;
	sigset_t inherited_mask; /* of the process that started us: the program's */

	/* drop_in: policies from the control descriptor */
	const struct settings *network_settings; /* whose network lists are in force; never NULL */
	struct settings *updated;	/* the same where it came while running, owned; or NULL */
	struct policy_updates *updates;
	char *failure;			/* why it is being ended, NULL = it is not */
	struct event *kill;
};

/*
 * What programs inside show the proxy; NULL = nothing is asked for. With a proxy of the user's own on
 * the HTTP port they are told nothing, since that one would hear it, so the other port asks nothing.
 */
static inline const char *supervisor_proxy_token(const struct supervisor *s)
{
	return s->options->settings->http_proxy_port ? NULL : s->token;
}

/* question_table.c */
struct asked *question_find(struct supervisor *s, enum access_kind kind, const char *object);
struct asked *question_by_id(struct supervisor *s, const char *id);
struct asked *question_by_pin(struct supervisor *s, uint32_t pin);
/* Gives its pin a number that replies find it by. */
void question_set_pin(struct asked *asked, uint32_t pin);

/* question_join.c */
/*
 * The question about a directory above the object that many files of it are asked with, NULL =
 * none.
 */
struct asked *question_joined(struct supervisor *s, enum access_kind kind, const char *object);
/*
 * Makes one question of those about files of one directory that were put within the last second,
 * if there are many: returns it, or NULL. `object` is a further one.
 */
struct asked *question_join(struct supervisor *s, enum access_kind kind, const char *object,
			    const char *mask);
/* A further file of a joined question. */
void question_add_object(struct asked *asked, const char *object);

/* questions.c */
/* False where no further question can be put: so many are open, and calls wait for all of them. */
bool question_make_room(struct supervisor *s);
/* Tells the clients of those that changed since they heard. */
void question_tell_changed(struct supervisor *s);
/* Makes a question out of an event (copied; it gets its id). Tells the clients. */
struct asked *question_add(struct supervisor *s, const struct access_event *event,
			   const enum scope *scopes, size_t scope_count, bool is_directory);
/* Whether a new waiter would be held now, and for how long. 0 = not at all. */
int question_hold_ms(const struct supervisor *s);
/* Adds what is held (its event is copied), and starts the countdown if it does not run. */
void question_hold(struct asked *asked, const struct waiter *waiter);
/* A waiter went away by itself (its client gave up). */
void question_drop_request(struct supervisor *s, struct proxy_request *request);
/* The end of a question: event, decision, clients; frees it. */
void question_resolve(struct asked *asked, enum verdict verdict, const struct rule *rule,
		      const char *by);
/* The deadline passed or nobody is left to answer: refused, but it stays answerable. */
void question_refuse_for_now(struct asked *asked, const char *why);
/* A person decides about it: it is held anew, up to HOLD_MOST_MS after it began. */
void question_prolong(struct supervisor *s, const char *id);
void question_free_all(struct supervisor *s);
/* Held calls whose caller died are dropped. */
void question_check_waiters(struct supervisor *s);

/* question_answer.c */
void question_answer(struct supervisor *s, struct control_client *client,
		     const struct wire_message *message);
/* Replies to whoever answered. */
void question_reply(struct supervisor *s, uint64_t client, const char *id, bool ok,
		    const char *text);

/* rules_in_force.c: those of the store, at the start. */
void rules_load(struct supervisor *s);
/* The same where it has others by now. */
void rules_reload(struct supervisor *s);
/* Keeps a rule: in force at once, and stored if it is for always. */
void rules_keep(struct supervisor *s, struct rule *rule);
/* rule_hits.c: a rule has decided (NULL: none has); and what was counted goes into the store. */
void rule_hits_count(struct supervisor *s, const struct rule *rule);
void rule_hits_store(struct supervisor *s);
/* session_rules.c: the rules of this session, and the end of one of them, by the socket. */
void session_rules_list(struct supervisor *s, struct control_client *client);
void session_rules_revoke(struct supervisor *s, struct control_client *client, const char *id);

/* file_*.c: refused files */
void files_refused(struct supervisor *s, struct notice *notice);
/* Starts to carry out asked->rule; question_* is called when the broker is done. 0, or -1 with *e. */
int files_grant(struct asked *asked, struct err *e);
/* Starts to allow the held opens alone, by a descriptor each. 0, or -1 with *e. */
int files_allow_once(struct asked *asked, struct err *e);
/*
 * The rules changed: takes back what none of them allows any more. True if there is something;
 * the client gets its reply (for `id`) when all of it is done.
 */
bool files_rules_changed(struct supervisor *s, uint64_t client, const char *id, const char *rule);
/* Says of rules that came since the start, and deny what is open, that they hold from the next one. */
void files_tell_denials(struct supervisor *s);
void files_free(struct supervisor *s);
/* No reply will come any more. */
void files_broker_gone(struct supervisor *s);
void files_broker_reply(struct supervisor *s, const struct broker_reply *reply);
/* Once, before the first plan: later ones are to hide the same. */
void files_find_project_files(struct supervisor *s);
int files_plan(struct supervisor *s, struct mount_plan *plan, const struct rule *extra,
	       struct err *e);
/* As files_plan(), and holds the placeholders that the plan has at or below `within` (NULL = all). */
int files_plan_and_hold(struct supervisor *s, struct mount_plan *plan, const struct rule *extra,
			const char *within, struct err *e);

/*
 * network.c: the network that leads to us alone (options->full_network). It is made when the program
 * opens its first socket, which waits: most of what a start would cost is never needed by programs that
 * have no use for one.
 */
struct network;
/* What is to be shown as the resolver's configuration. False where there is none to replace. */
bool network_resolver_file(struct supervisor *s, struct launch_file *file, char path[PATH_MAX]);
/* Where all unix sockets are open, the host's name services are hidden: adds bwrap's words for that. */
void network_hide_name_services(struct supervisor *s, struct strings *words);
/* A call waits for the network; it is let on when that is there, or cannot be had. */
void network_needed(struct supervisor *s, uint64_t call);
/* The broker has made it, or could not. Its sockets are taken. */
void network_made(struct supervisor *s, struct broker_reply *reply);
/* Tested by now: whoever waited is let on. */
void network_open(struct network *network);
bool network_is_open(const struct network *network);
/* A program is about to connect to a port that nobody listens on yet: its call is held. */
void network_wanted(struct supervisor *s, const struct notice *notice);
void network_broker_reply(struct supervisor *s, struct broker_reply *reply);
void network_broker_gone(struct supervisor *s);
/* What an address that a program connected to stands for. */
void network_name_address(const struct network *network, const struct sockaddr *address,
			  char host[HOST_TEXT_SIZE]);
void network_free(struct network *network);
/* True if the packets of both self-tests were seen at the other end. */
bool network_saw_tests(const struct network *network);
/* From here on such packets are the program's. Tells which were not seen. */
void network_end_tests(struct network *network, bool *no_connect, bool *no_datagram);
/* No veth: a port cannot be the program's and ours. */
bool network_shares_ports(const struct network *network);

/* read_masks.c: reads of what is hidden, seen without notifying every open. */
/* Before anything is planned: whether they may be. */
bool read_masks_may_be(const struct supervisor *s);
bool read_masks_wanted(const struct supervisor *s, const struct filter_request *filter);
/* While bwrap builds the sandbox: has the file system made by the broker. */
void read_masks_begin(struct supervisor *s);
/*
 * Serves it, and takes what it sees out of the filter. Where it is not to be had the filter stays. 0, or
 * -1 with *e: here and below, s->masks_failed says that another start without masks may do better.
 */
int read_masks_serve(struct supervisor *s, struct filter_request *filter, struct err *e);
/* When it is built: has the masks covered. 0, or -1 with *e. */
int read_masks_ask(struct supervisor *s, struct err *e);
/* Waits until they are, and starts to watch. 0, or -1 with *e. */
int read_masks_end(struct supervisor *s, struct err *e);
/* Lets a held call go on: a notification, or an open that a mask holds. */
void call_let_go(struct supervisor *s, uint64_t notification, uint64_t masked, bool allow);
bool call_is_waiting(struct supervisor *s, uint64_t notification, uint64_t masked);

/*
 * self_test.c: before the program runs, the first process inside makes a call of each kind that is
 * refused. One that was not refused, or no answer, ends the session with a failure: nothing was
 * started. One that was not seen becomes a sentence in `banner`.
 *
 * self_test_send() while the sandbox is built (0, or -1 with *e); self_test_watch() before the first call
 * can be seen; self_test_send_late() (the same) when masks see reads; self_test_network() when there is a network, before the program has it.
 */
int self_test_send(struct supervisor *s, struct err *e);
void self_test_watch(struct supervisor *s);
int self_test_send_late(struct supervisor *s, struct err *e);
void self_test_network(struct supervisor *s);
/* In the loop: from here on the answers are awaited, until it is done. */
void self_test_begin(struct supervisor *s);
/* Takes note of a notice of the test's own, and of an answer with the tests that were not refused. */
void self_test_saw(struct supervisor *s, const struct notice *notice);
void self_test_answer(struct supervisor *s, int refused_not);
/* Something was seen: it may be all by now. */
void self_test_progress(struct supervisor *s);
/* After the loop. 0, or -1 with *e where the answers did not come, or not all calls were refused. */
int self_test_leave(struct supervisor *s, struct err *e);
/* Makes `banner` again of what is known now. True if it is another one. */
bool self_test_look_again(struct supervisor *s);

/* learning.c: mode learn; in the others these do nothing. */
/* Finds what is writable, before anything is planned. 0, or -1 with *e. */
int learning_prepare(struct supervisor *s, struct err *e);
/* Whether a destination that no rule speaks of is allowed, provided that it is public. */
bool learning_allows(const struct supervisor *s, const struct proxy_destination *to);
void learning_free(struct learning *learning);

/* connections.c: the proxy, which needs no sandbox yet, and then what it listens on. */
int connections_prepare(struct supervisor *s, struct err *e);
int connections_start(struct supervisor *s, struct err *e);
/*
 * The process inside that has this port, and its program (to be freed): 0 where it is not known, or
 * to be found out would take too much of our time. `client`: our end of its connection, -1 = none.
 * `matters`: refused, or asked about.
 */
pid_t connections_find_owner(struct supervisor *s, enum socket_protocol protocol, int client, int port,
			     bool matters, char **exe);
/* Other network lists from now on, for the next request or connection; takes the settings. */
void connections_set_policy(struct supervisor *s, struct settings *settings);

/* publish.c: ports of servers inside; first those of the options. 0, or -1 with *e. */
int publish_start(struct supervisor *s, struct err *e);
/* The host's port for one inside, 0 = it is not published. */
int publish_find(const struct publishing *publishing, int port);
/* Adds the ports that are published, or their host's ports to what is listed already. */
void publish_list(const struct publishing *publishing, struct session_info *info);
/* A client's request: WIRE_PUBLISH. */
void publish_asked(struct supervisor *s, struct control_client *client,
		   const struct wire_message *message);
void publish_broker_gone(struct supervisor *s);
void publish_broker_reply(struct supervisor *s, struct broker_reply *reply);
void publish_free(struct publishing *publishing);

/* listeners.c: to be called often; looks now and then. */
void listeners_look(struct supervisor *s);
/* Adds what can be published: ports that are reached over loopback inside. */
void listeners_list(const struct supervisor *s, struct session_info *info);
void listeners_free(struct listeners *listeners);

/* report_collect.c: the text that was asked for, of a run that is over; NULL = none. Caller frees. */
char *report_make(struct supervisor *s, const struct session_info *info);

/* unix_sockets.c: a program wants to connect to, or to be, a unix socket; its call is held. */
void unix_wanted(struct supervisor *s, const struct notice *notice);
/* Lets the held connection go; the waiter's socket is closed. */
void unix_release(struct supervisor *s, struct waiter *waiter, bool allow);

/* start.c: what comes before "go". */
/* Names the session, and finds what of ourselves and of its credentials it must not see. 0, or -1 with *e. */
int start_prepare(struct supervisor *s, struct err *e);
/* Which calls are watched for the session that runs. */
enum watch_level start_watch_level(const struct supervisor *s);
/* Starts bwrap, which then waits to be told what it is to mount. 0, or -1 with *e. */
int start_bwrap(struct supervisor *s, struct err *e);
/*
 * Plans the mounts and has them made, up to the shim, which waits; `meanwhile` is called with the
 * supervisor while bwrap is at it. 0, or -1 with *e.
 */
int start_sandbox(struct supervisor *s, int (*meanwhile)(void *supervisor, struct err *e),
		  struct err *e);
/* Watching starts with the sandbox's own tree: its masks and its notifications. 0, or -1 with *e. */
void start_watching(struct supervisor *s);
/* The words of the bwrap command line that would be run, added to `out`. 0, or -1 with *e. */
int start_show_words(struct supervisor *s, struct strings *out, struct err *e);

/* audience.c: the clients, and who else is told. */
/* Listens for clients at s->socket_path. 0, or -1 with *e. */
int session_listen(struct supervisor *s, struct err *e);
/* Borrows from *s. */
struct session_info session_describe(struct supervisor *s);
/* Tells the clients of state and counters. */
void session_tell(struct supervisor *s);
void supervisor_tell_event(struct supervisor *s, const struct access_event *event);
void session_broadcast_event(void *supervisor, const struct access_event *event);
/* Records an event and tells the clients. */
const struct access_event *supervisor_event(struct supervisor *s, const struct access_event *event);
/* A line on standard error, where somebody wants to see what goes on: what, text in quotes, why. */
void supervisor_debug(const struct supervisor *s, const char *what, const char *text, const char *why);

/* notices.c: what the notification thread tells. */
/* Fills in who called; the texts are borrowed until the next call. */
void supervisor_attribute(struct supervisor *s, const struct notice *notice,
			  struct access_event *event);
/* The journal's events say who called, and what for. */
void notices_witness(struct supervisor *s);
void notices_take(struct supervisor *s);
void notices_count_accesses(struct supervisor *s);

/* broker_link.c */
/* Forks the broker where there is none yet. Borrowed; NULL where there is none to be had. */
struct broker *supervisor_broker(struct supervisor *s);
/* Forks it, with the sandbox's namespaces added to what is wanted of it. 0, or -1 with *e. */
int supervisor_start_broker(struct supervisor *s, struct broker_sandbox *where, struct err *e);
/* Its replies come to the loop from now on. */
void supervisor_watch_broker(struct supervisor *s);

/* session_loop.c */
/* Keeps back what it passes on to the program; *before (may be NULL): what was kept back already. */
void session_loop_block_signals(sigset_t *before);
/* Says "go" and runs until the program ends; signals are kept back again by then. 0, or -1 with *e. */
int session_loop_run(struct supervisor *s, struct err *e);
/* It goes on looking now and then, while there is something to do. */
void session_loop_keep_ticking(struct supervisor *s);
/* Ends the session with this failure. */
void supervisor_fail(struct supervisor *s, const struct err *e);

#endif
