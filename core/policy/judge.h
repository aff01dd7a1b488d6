/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_JUDGE_H
#define CORE_POLICY_JUDGE_H

/*
 * The order in which a policy speaks: an explicit deny of the settings file (never asked
 * about), a person's rule (newest first), an allow of the settings file, the mode's
 * default. Learning asks like ask mode: what it allows beyond that, others decide, by what is known
 * of a destination or by mounts. Pure.
 */
#include "core/policy/rule.h"
#include "core/policy/settings.h"

enum mode { MODE_ASK, MODE_ENFORCE, MODE_LEARN };

const char *mode_name(enum mode mode);
bool mode_parse(const char *name, enum mode *mode);

struct judgement {
	enum verdict verdict;
	const struct rule *matched; /* the person's rule that spoke, borrowed; NULL = none */
	char why[512];		    /* words */
	char rule[512];		    /* text of the rule or entry; "" for a default */
	const char *reason;	    /* of a denied host, for the client: borrowed, or NULL */
};

struct rule_list {
	struct rule *items; /* oldest first */
	size_t count, capacity;
};

void rule_list_free(struct rule_list *list);
/* Takes the rule's strings over. */
/* The rule that speaks last about an access, or NULL. */
const struct rule *rule_list_find(const struct rule_list *list, enum access_kind kind,
				  const char *object);
void rule_list_add(struct rule_list *list, struct rule *rule);

/*
 * A file access that the mounts refuse. `fixed` says that the settings file, a mandatory
 * protection or the program itself refuses it explicitly: no rule and no person lifts
 * that. `entry` is what refused ("denyRead ~/.ssh"), NULL for the read-only base. `mask` is
 * the masked path that the object lies at or below, NULL = none: a rule that is wider than
 * the mask does not lift it, only one made for it, or for something inside, does.
 */
struct refused_file {
	enum access_kind kind;
	const char *object;
	bool fixed;
	const char *entry;
	const char *mask;
};
void judge_file(struct judgement *out, enum mode mode, const struct rule_list *rules,
		const struct refused_file *file);
/* A connection to a canonical host (NULL = malformed: denied). */
void judge_host(struct judgement *out, enum mode mode, const struct rule_list *rules,
		const struct settings *settings, const char *host, int port);

#endif
