/* SPDX-License-Identifier: MIT */
#ifndef LEARN_EVIDENCE_H
#define LEARN_EVIDENCE_H

/*
 * What the person said (rules) and what was seen (accesses), put so that it can be asked:
 * may this be opened? Everything here leans towards no.
 */
#include "learn/export.h"

/* Allowed and denied accesses of one object. Strings are borrowed from the input. */
struct fact {
	const char *object;
	const char *exe;
	const struct strings *programs; /* further ones; NULL = none */
	bool allowed, denied; /* seen at least once; allowed: and it succeeded */
	bool created;
	int64_t allowed_ms, denied_ms; /* of the last one */
	uint64_t count, runs;	       /* of the allowed ones */
};

struct facts {
	struct fact *items; /* sorted by object, each once */
	size_t count;
};

/* Allowed later than it was denied for the last time. */
bool fact_stands(const struct fact *fact);
/* Denied, and not allowed since. */
bool fact_refused(const struct fact *fact);

struct evidence {
	const struct export_input *input;
	const struct rule **rules; /* newest first; a deny that cannot be read is an error */
	size_t rule_count;
	struct facts facts[ACCESS_KIND_COUNT];
};

int evidence_make(struct evidence *evidence, const struct export_input *input, struct err *e);
void evidence_free(struct evidence *evidence);

/* Where the facts about what lies below a directory begin: they follow each other. */
size_t facts_below(const struct facts *facts, const char *directory);
const struct fact *evidence_fact(const struct evidence *evidence, enum access_kind kind,
				 const char *object);

enum word { WORD_NONE, WORD_ALLOW, WORD_DENY };

/*
 * What the rules say. A deny holds unless a newer rule allows the same or less: a wide "allow" does
 * not undo a narrow "deny". With `whole` it is about all below a directory, which only rules
 * about directories can allow. `secret` is the sensitive path that covers the object, or NULL: a
 * rule about a directory above it opens it only if it is about reading and does not cover
 * the whole home directory.
 */
enum word evidence_word(const struct evidence *evidence, enum access_kind kind, const char *object,
			bool whole, const char *secret);
/* Whether a deny rule still says something about this kind, or a newer rule took it back. */
bool evidence_deny_holds(const struct evidence *evidence, const struct rule *deny,
			 enum access_kind kind);
/* Whether an allow rule still opens anything. */
bool evidence_allow_holds(const struct evidence *evidence, const struct rule *allow);

enum judgement { JUDGED_UNKNOWN, JUDGED_ALLOWED, JUDGED_REFUSED };

/* Rules first, then what was seen last. READ includes executing; WRITE asks about READ too. */
enum judgement evidence_judge(const struct evidence *evidence, enum access_kind kind,
			      const char *object, const char *secret);

/* `inner` covers nothing that `outer` does not cover. Both of one kind of object. */
bool rule_within(const struct rule *inner, const struct rule *outer);
/* "/" and the directories down to the home directory: never opened whole. */
bool is_home_or_above(const struct export_input *input, const char *path);

#endif
