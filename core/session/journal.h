/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_JOURNAL_H
#define CORE_SESSION_JOURNAL_H

/*
 * What a session has to tell: its events (the same thing again is the same event with a
 * greater count), accesses and decisions, kept until the store took them. The store may be
 * slow, locked or missing: then history waits, and in the end is lost, and nothing else is.
 * What is lost is counted. All of it takes the same time however much there is.
 */
#include "core/session/store.h"

struct journal;

/* What is known of an event beyond what it says; either may be NULL. */
struct journal_witness {
	/* What the program is asked to do now, or NULL: part of what makes an event the same again.
	 * The journal frees it. */
	char *(*request)(void *arg);
	/* Fills in what is missing in an event that is new. */
	void (*describe)(void *arg, struct access_event *event);
};

struct journal *journal_new(struct store store, const char *session, const char *server);
void journal_free(struct journal *journal);
/* `witness` is borrowed. */
void journal_set_witness(struct journal *journal, const struct journal_witness *witness, void *arg);

/*
 * An event happened. Where one with the same kind, object, verdict, program and why is known,
 * it is counted and the known one is returned; otherwise it is added (strings copied; id and
 * names filled in). Borrowed until the next call; *fresh tells which.
 */
const struct access_event *journal_event(struct journal *journal, const struct access_event *event, bool *fresh);
/* Changes the verdict of an event (a question that was answered). NULL if the id is not known. */
const struct access_event *journal_resolve(struct journal *journal, const char *id, enum verdict verdict,
				    const char *why, const char *rule);
void journal_decision(struct journal *journal, const struct decision *decision);
/* Takes the rows over. */
void journal_accesses(struct journal *journal, struct access_row *rows, size_t count);
void journal_access(struct journal *journal, enum access_kind kind, const char *object,
		    enum verdict verdict, const char *exe, int error, bool created, int64_t now_ms);

/* So many accesses happened of which nothing else is known. */
void journal_lose(struct journal *journal, uint64_t accesses);
/* How many events, accesses and decisions the store will never have. */
uint64_t journal_lost(const struct journal *journal);

/* Tries to store what waits. true = nothing waits any more. */
bool journal_flush(struct journal *journal);
/* The same, and that the session has ended. true = stored, or there is no store. */
bool journal_end(struct journal *journal, int status, int64_t now_ms);
/* The last events, newest last, for a client that attaches: calls back with each. */
void journal_recent(struct journal *journal, void (*each)(void *arg, const struct access_event *event),
		    void *arg);
/* Events that changed since the last call, for clients: calls back with each. */
void journal_changed(struct journal *journal, void (*each)(void *arg, const struct access_event *event),
		     void *arg);

#endif
