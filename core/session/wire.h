/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_WIRE_H
#define CORE_SESSION_WIRE_H

/*
 * The messages of the control socket, one JSON object a line: see srt-top-protocol(7).
 * Pure: text in, structs out, and back. Both sides use it, and so do the commands that
 * print JSON, so that a script meets one spelling everywhere.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/policy/access.h"
#include "core/policy/rule.h"

#define WIRE_VERSION 1
#define WIRE_LINE_MOST (256 * 1024)
#define SESSION_PORTS_MOST 32

/* A port of a server inside. */
struct session_port {
	int port;
	int host_port; /* that leads there from 127.0.0.1 of the host, 0 = it is not published */
	bool listens;  /* somebody inside listens on it now */
};

/* A session as it is now. Strings are owned, NULL unknown. */
struct session_info {
	char *id;
	char *server;
	char *command;
	char *cwd;
	char *mode;    /* "ask", "enforce" */
	char *settings; /* the settings file in force when it began, absolute; NULL = none */
	char *level;   /* "writes", "everyday", "full": which calls are watched */
	char *reads;   /* "watched", "left alone": what becomes of opens for reading; NULL = unknown */
	char *state;   /* "starting", "running", "exited" */
	char *banner;  /* what is blind or degraded, in words; NULL = all sensors work */
	pid_t pid;     /* of the supervisor */
	pid_t child;   /* of the program, 0 before it runs */
	int64_t started_ms;
	int status;    /* exit status, -1 while it runs */
	uint64_t allowed, denied, asked; /* accesses so far */
	uint64_t pending;		 /* questions open now */
	uint64_t bytes_in, bytes_out;	 /* through the proxies */
	uint64_t unasked; /* questions that were given up, or never put: too many were open */
	uint64_t lost;	  /* events, accesses and decisions that the history will never have */
	struct session_port ports[SESSION_PORTS_MOST]; /* that can be published, or are */
	size_t port_count;
};

#define QUESTION_OBJECTS_MOST 32

/* A question: an event with verdict ASK and what may be answered. */
struct question {
	struct access_event event;
	enum scope scopes[SCOPE_COUNT];
	char *patterns[SCOPE_COUNT]; /* patterns[i]: what scopes[i] would cover, e.g. "/home/a/x" */
	size_t scope_count;
	int64_t deadline_ms; /* CLOCK_REALTIME; 0 = no longer held (already refused), answerable */
	uint64_t waiters;    /* how many calls wait for it */
	bool makes_directory; /* the call makes the object, a directory: EXACT is all below it too */
	char *command_line;  /* of the asking program, NULL unknown */
	/* Of a question about a directory in the place of many files of it: the first of them. */
	char *objects[QUESTION_OBJECTS_MOST];
	size_t object_count;
	uint64_t objects_seen; /* how many there were */
};

void session_info_free(struct session_info *info);
void session_info_copy(struct session_info *to, const struct session_info *from);
void question_free(struct question *question);
void question_copy(struct question *to, const struct question *from);

enum wire_type {
	/* client to supervisor */
	WIRE_ATTACH,  /* {"type":"attach","v":1,"role":"dashboard"|"script"}: must be the first line */
	WIRE_PENDING, /* {"type":"pending"}: asks for the open questions */
	WIRE_ANSWER,  /* {"type":"answer","id","verdict","scope","for"} */
	WIRE_HOLD,    /* {"type":"hold","id"}: somebody is deciding; only where HELLO can it */
	WIRE_RULES,   /* {"type":"rules"}: asks for the session's own rules; where HELLO can "rules" */
	WIRE_REVOKE,  /* {"type":"revoke","id"}: ends one of them; the same */
	WIRE_PUBLISH, /* {"type":"publish","host_port","port"}; where HELLO can "publish" */
	/* supervisor to client */
	WIRE_HELLO,    /* {"type":"hello","v":1,"can":["hold","rules","publish"],"session":{…}} */
	WIRE_SESSION,  /* {"type":"session","session":{…}}: state or counters changed */
	WIRE_EVENT,    /* {"type":"event","event":{…}}; the same id again replaces it */
	WIRE_QUESTION, /* {"type":"question","question":{…}}; the same id again replaces it */
	WIRE_RESOLVED, /* {"type":"resolved","id","verdict","by"}: no longer to be asked */
	WIRE_QUESTIONS, /* {"type":"questions","questions":[…]}: the reply to pending */
	WIRE_RULE_LIST, /* {"type":"rule_list","rules":[…]}: the reply to rules */
	WIRE_ANSWERED, /* {"type":"answered","id","ok",["rule"],["error"]}: the reply to answer, revoke */
	WIRE_PUBLISHED, /* {"type":"published","ok","host_port","port",["error"]}: the reply to publish */
	WIRE_LOST,     /* {"type":"lost","count"}: this client was too slow for so many */
	WIRE_ERROR,    /* {"type":"error","message"}: then the connection is closed */
	WIRE_TYPE_COUNT
};

/* A rule that ends with its session. */
struct session_rule {
	char *id; /* "<session>:<n>" */
	struct rule rule; /* without its own id */
};

struct wire_message {
	enum wire_type type;
	int version;		     /* ATTACH, HELLO */
	bool can_hold;		     /* HELLO: HOLD is understood */
	bool can_rules;		     /* HELLO: RULES and REVOKE are understood */
	bool can_publish;	     /* HELLO: PUBLISH is understood */
	bool dashboard;		     /* ATTACH: can answer, so that questions are held for it */
	struct session_info session; /* HELLO, SESSION */
	struct access_event event;	     /* EVENT */
	struct question question;    /* QUESTION */
	struct question *questions;  /* QUESTIONS */
	size_t question_count;
	struct session_rule *rules;  /* RULE_LIST */
	size_t rule_count;
	bool more;		     /* QUESTIONS, RULE_LIST: another line follows with the rest (see wire_write) */
	char *id;		     /* ANSWER, HOLD, REVOKE, RESOLVED, ANSWERED */
	enum verdict verdict;	     /* ANSWER, RESOLVED */
	enum scope scope;	     /* ANSWER */
	enum duration duration;	     /* ANSWER */
	char *by;		     /* RESOLVED: "person", "deadline", "gone", "rule" */
	bool ok;		     /* ANSWERED, PUBLISHED */
	char *text;		     /* ANSWERED: the rule made, or what is wrong; PUBLISHED: the latter;
				      * ERROR: message */
	uint64_t count;		     /* LOST */
	int host_port, port;	     /* PUBLISH, PUBLISHED */
};

void wire_message_free(struct wire_message *message);

/*
 * Parses one line (without its newline). 0, or -1 with *e: ERR_UNSUPPORTED for a type that this
 * version does not know, to be skipped. Bounded by WIRE_LINE_MOST. ATTACH and HELLO of another
 * version give their version and nothing else.
 */
int wire_parse(struct wire_message *message, const char *line, size_t length, struct err *e);
/*
 * Appends the message as one line with its newline. QUESTIONS and RULE_LIST that do not fit into one
 * line become several. A message that is too long nevertheless becomes a LOST of one.
 */
void wire_write(struct buf *out, const struct wire_message *message);

/*
 * The JSON of the contract, without a newline, for events, questions and sessions. Texts for
 * people are cut (4 KiB, a command line 2 KiB), paths only beyond 8 KiB, so that what a
 * program inside does cannot make a line too long for the other side.
 */
void wire_write_event(struct buf *out, const struct access_event *event);
void wire_write_question(struct buf *out, const struct question *question);
void wire_write_session(struct buf *out, const struct session_info *info);
void wire_write_rule(struct buf *out, const struct session_rule *rule);

#endif
