/* SPDX-License-Identifier: MIT */
#ifndef TUI_RULE_BOOK_H
#define TUI_RULE_BOOK_H

/*
 * The rules: those kept for ever and those out of force, from the database, those that end with a session,
 * whoever answered, and what holds without an answer: settings files and defaults. Changes of the kept ones
 * can be undone.
 */
#include "core/policy/rule.h"
#include "tui/layout.h"
#include "tui/settings_rules.h"

#define RULE_CHANGES_MOST 50

enum rule_origin { RULE_KEPT, RULE_OF_SESSION, RULE_DISABLED, RULE_OF_SETTINGS, RULE_DEFAULT };

struct rule_row {
	struct rule rule;
	enum rule_origin origin;
	unsigned session;	   /* RULE_OF_SESSION: its number */
	char *id;		   /* the same: what the session calls it, NULL = unknown yet */
	const struct rule *shadow; /* a newer one that says all it says, or NULL; borrowed */
	/* RULE_OF_SETTINGS, RULE_DEFAULT: what stands there; otherwise the deny of a settings file that
	 * goes before it, or NULL. Borrowed. */
	const struct settings_rule *settings;
};

/* What was done, for undoing it. */
struct rule_change {
	struct rule removed, added; /* pattern NULL = none */
	bool toggled; /* out of force (removed) or back (added), and not gone or new */
};

struct rule_book {
	struct rule_row *rows;
	size_t count;
	struct rule *kept;
	size_t kept_count;
	/* For each of them what goes before it: a newer one (its index + 1, 0 = none), or a deny of a settings
	 * file (the same). Looked for when one of the lists has changed. */
	struct rule_overruled {
		size_t by_rule, by_settings;
	} *overruled;
	struct rule *disabled;
	size_t disabled_count, disabled_capacity;
	struct rule_row *of_sessions;
	size_t session_count, session_capacity;
	struct settings_rules settings;
	bool settings_known;
	bool known;    /* the database was read */
	char *trouble; /* why it could not be, NULL = it could */
	struct list list;
	struct rule_change changes[RULE_CHANGES_MOST];
	size_t change_count;
	/* The one in the view of a rule, in words where it is none that was kept, and what it matched. */
	struct rule shown;
	struct rule_facts {
		char *entry, *place, *servers; /* NULL = none of a settings file or mode */
		char *server; /* the only one of these; NULL = there are others */
		bool is_default;
	} facts;
	unsigned opened; /* how often one was: what belongs to an earlier one is thrown away */
	bool matched_wanted, matched_known, matched_more;
	struct access_row *accesses;
	size_t access_count;
};

void rule_book_free(struct rule_book *list);
/* What the database holds now, in force and out of it; takes the rules over. */
void rule_book_take(struct rule_book *list, struct rule *rules, size_t count);
void rule_book_take_disabled(struct rule_book *list, struct rule *rules, size_t count);
void rule_book_failed(struct rule_book *list, const char *why);
/* What holds without an answer; taken over. */
void rule_book_take_settings(struct rule_book *list, struct settings_rules *settings);
/* The row is the one to be shown in full. */
void rule_book_open(struct rule_book *list, const struct rule_row *row);
/* What it matched; taken over. */
void rule_book_take_matched(struct rule_book *list, struct access_row *rows, size_t count, bool more);
/* An answer made a rule for a session; ended sessions take theirs with them. */
void rule_book_add_session_rule(struct rule_book *list, const struct rule *rule, unsigned session,
				const char *id);
void rule_book_drop_session(struct rule_book *list, unsigned session);
/* A change was made in the database. Takes the rules of the change over. `disabled`: what was
 * removed stays as a row. */
void rule_book_changed(struct rule_book *list, struct rule_change *change, bool disabled);
void rule_book_forget_disabled(struct rule_book *list, const struct rule *rule);
const struct rule_row *rule_book_selected(const struct rule_book *list);

/* Whether `newer` decides every access that `older` speaks about. Of one server. */
bool rule_shadows(const struct rule *newer, const struct rule *older);

#endif
