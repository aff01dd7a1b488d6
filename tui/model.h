/* SPDX-License-Identifier: MIT */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

/*
 * All that the dashboard knows and all that the person has set, without a terminal, a socket
 * or a clock: wire messages and the time come in as arguments. tui/update changes it for a key,
 * the views paint it.
 */
#include "core/session/wire.h"
#include "tui/action.h"
#include "tui/command.h"
#include "tui/event_list.h"
#include "tui/export_review.h"
#include "tui/layout.h"
#include "tui/mount_words.h"
#include "tui/older.h"
#include "tui/preferences.h"
#include "tui/processes.h"
#include "tui/questions.h"
#include "tui/rule_book.h"
#include "tui/server_spec.h"
#include "tui/session_list.h"
#include "tui/theme.h"
#include "tui/written.h"

#define SESSIONS_MOST 2000 /* ended ones beyond it are forgotten, oldest first */
#define GUARD_MS 300	   /* answers count only when the question was on screen for so long */
#define NOTICE_MS 6000
#define PROGRESS_MS 200 /* between two looks at what is done beside the loop */
#define OFFER_MS 20000 /* that something listens is said for so long */
#define OFFERS_MOST 8  /* of one session */
#define HOLD_EVERY_MS 5000 /* while somebody decides, the session hears of it so often */
#define DECIDING_MS 120000 /* after the last key nobody does any more */
#define PROMPT_MOST 1024   /* bytes */
#define LOG_MOST 200	   /* own messages */
#define VIEW_DEPTH 6
#define RATE_SECONDS 60

struct instant {
	int64_t wall_ms; /* for showing */
	int64_t mono_ms; /* for waiting */
};

enum view {
	VIEW_DASH,
	VIEW_QUEUE,
	VIEW_EVENT,
	VIEW_SESSION,
	VIEW_QUESTION,
	VIEW_HELP,
	VIEW_RULES,
	VIEW_RULE,
	VIEW_OLDER,
	VIEW_EXPORT,
	VIEW_EXPORT_TEXT,
	VIEW_EXPORT_DIFF,
	VIEW_EXPORT_ENTRY,
	VIEW_EXPORT_REPLAY,
	VIEW_START,
	VIEW_WRITTEN,
	VIEW_WRITTEN_DIFF,
	VIEW_LOG,
	VIEW_COUNT
};

/* Accesses of the last minutes, for a sparkline. */
#define ACTIVITY_SLOTS 30
#define ACTIVITY_SLOT_MS 10000
struct activity {
	uint32_t counts[ACTIVITY_SLOTS], denied[ACTIVITY_SLOTS];
	int64_t slot; /* the newest: wall clock / ACTIVITY_SLOT_MS */
};

struct tui_session {
	unsigned number; /* 1, 2, …: shown, and never used twice */
	unsigned link;	 /* of the connection, 0 = gone */
	bool ended;
	int64_t ended_ms;
	unsigned stops; /* how often it was told to stop */
	uint64_t lost;	/* events that this terminal was too slow for */
	bool rules_follow; /* the list of its rules goes on in the next message */
	unsigned offers; /* how often it was told that something listens inside */
	struct activity activity;
	struct session_info info;
};

/* The question in front. */
struct box {
	char *id; /* NULL = none */
	size_t scope;
	enum duration keep;
	bool touched;		     /* a key was pressed: no countdown any more */
	int64_t touched_ms, held_ms; /* monotonic: the last key, the last asking to hold */
	bool chosen;		     /* taken from the queue: stays although refused or put off */
	char *also; /* what else the answer would cover, in words; made for also_scope */
	size_t also_scope;
	bool confirming;
	enum verdict confirm;
};

/* What an answer key would act on, and since when that has been on the screen. */
struct front {
	enum context context;
	char *id;
	int64_t painted_ms;
};

struct notice {
	char *text; /* NULL = none */
	enum role role;
	int64_t until_ms; /* monotonic */
};

/* Own messages, newest last. */
struct logged_notice {
	int64_t wall_ms;
	enum role role;
	char *text;
};

/* What a session's view shows. */
enum session_tab {
	TAB_OVERVIEW,
	TAB_PROCESSES,
	TAB_MOUNTS,
	TAB_NETWORK,
	TAB_OUTPUT,
	TAB_FILES,
	TAB_COUNT
};

/* What is looked up outside while it is shown, about once a second: see model_wishes(). */
enum wish {
	WISH_PROCESSES = 1 << 0,
	WISH_MOUNTS = 1 << 1, /* of the session in the view */
	WISH_OUTPUT = 1 << 2, /* the same */
	WISH_RULES = 1 << 3,
	WISH_ACCESSES = 1 << 4, /* of the rule in the view: once */
	WISH_OLDER = 1 << 5,	/* a page: once */
	WISH_EXPORT = 1 << 6,	/* a review: once */
	WISH_WRITTEN = 1 << 7,	/* the layer once, and the difference of the selected row */
};

/* A line that is being typed, and what for. */
enum prompt_kind {
	PROMPT_NONE,
	PROMPT_FIND,
	PROMPT_FILTER,
	PROMPT_RULE,
	PROMPT_EXPORT_FILE,
	PROMPT_SERVERS_FILE,
	PROMPT_COMMAND_LINE,
	PROMPT_PUBLISH,
	PROMPT_LAYER,
	PROMPT_COUNT
};
struct prompt {
	enum prompt_kind kind;
	char text[PROMPT_MOST + 1];
	char *label; /* in the place of the kind's; NULL = the kind's */
};

/* A server inside that could be published. */
struct offer {
	unsigned session; /* its number, 0 = none */
	int port;
};

struct rate {
	uint64_t counts[RATE_SECONDS];
	int64_t second;
};

/* A question back, and what "yes" does. */
struct sure {
	char *question; /* NULL = none */
	struct command command;
};

struct model {
	const struct glyphs *glyphs;
	char *home;
	struct preferences preferences;
	int rows, cols;
	struct instant now; /* of the last key, message or tick */

	struct tui_session *sessions;
	size_t session_count, session_capacity;
	enum session_order session_order;
	unsigned *session_rows; /* numbers in that order; not kept where it is by number */
	size_t session_row_count;
	unsigned session_selected; /* its number, 0 = none yet */
	unsigned last_number;
	unsigned *numbers; /* of the session by its link */
	size_t link_capacity;
	struct events *events;
	struct event_list event_list;
	struct questions questions;
	struct rate allowed, denied;

	enum view views[VIEW_DEPTH]; /* a stack: Enter deeper, Esc back */
	size_t depth;
	enum pane pane;
	struct list session_list, queue_list, detail_list;
	char *queue_id; /* selected in the queue */
	bool moved;	/* the person moved the selection since the last painting */
	unsigned detail_session;
	enum session_tab tab;
	bool tree; /* processes below the sessions */
	struct processes processes;
	size_t tree_rows; /* that the processes of all sessions take */
	struct mount_rows mounts;
	bool mounts_known;
	struct strings output; /* the end of what a server started here has printed */
	bool output_known;
	bool output_paused; /* the person looks at what is further up: it stands still */
	enum context help_for;

	struct prompt prompt;
	struct offer offer;  /* the latest */
	unsigned publishing; /* the session that the line is about */
	struct sure sure;
	struct rule_book rules;
	struct older older;
	struct export_review export;
	struct written written;
	struct server_specs servers; /* that can be started */
	char *servers_path, *servers_trouble;
	struct list start_list;
	struct box box;
	uint64_t arrivals; /* questions that came to hold a program, so far */
	char *arrived;	   /* the latest of them, in a sentence of plain ASCII */
	struct front front;
	struct notice notice;
	struct logged_notice log[LOG_MOST]; /* a ring: the next goes to log_count % LOG_MOST */
	size_t log_count;
};

struct model *model_new(const struct glyphs *glyphs, const char *home);
void model_free(struct model *model);
static inline void model_cleanup(struct model **model)
{
	model_free(*model);
}
#define _cleanup_model_ __attribute__((cleanup(model_cleanup)))

/* What a supervisor said on connection `link` (not 0). */
void model_message(struct model *model, unsigned link, const struct wire_message *message,
		   struct instant now);
/* The connection is gone: its session has ended, its questions can no longer be answered. */
void model_disconnected(struct model *model, unsigned link, struct instant now);
void model_resize(struct model *model, int rows, int cols);
/* Time goes on: notices fade, deadlines pass. True if something changed. */
bool model_tick(struct model *model, struct instant now);
/* When model_tick() or the screen next needs attention (monotonic ms), or -1: not by itself. */
int64_t model_wakeup(const struct model *model, struct instant now);
/* Brings selections, lists and the box into a state that can be painted. */
void model_settle(struct model *model);
/* The model was painted as it is. */
void model_painted(struct model *model, struct instant now);
/* Somebody decides about the question in front: no countdown, and the session is told to hold. */
bool model_deciding(const struct model *model, struct instant now);
/* The answer keys may be believed: what they act on has been on screen for long enough. */
bool model_ready(const struct model *model, struct instant now);

/* The programs of the sessions whose processes are in sight, at most so many. */
size_t model_process_roots(const struct model *model, pid_t *roots, size_t most);
/* Takes what was looked up over. */
void model_take_processes(struct model *model, struct processes *processes);
/* What should be looked up while the model is as it is (enum wish). */
unsigned model_wishes(const struct model *model);

/* Queries, for update and the views. */
enum view model_view(const struct model *model);
enum context model_context(const struct model *model);
struct layout model_layout(const struct model *model);
bool model_box_visible(const struct model *model);
struct asked *model_box_question(const struct model *model);
/* What the answer keys act on: the question in the box or selected in the queue, or NULL. */
struct asked *model_front_question(const struct model *model);
struct tui_session *model_session(const struct model *model, unsigned number);
struct tui_session *model_session_of_id(const struct model *model, const char *id);
struct tui_session *model_selected_session(const struct model *model);
struct logged_event *model_selected_event(const struct model *model);
/* It runs, and cannot see or tell everything: see words_warning(). */
bool session_warns(const struct tui_session *session);
/* The session whose trouble the banner tells, or NULL. */
const struct tui_session *model_banner(const struct model *model);
struct tui_session *model_session_of_link(const struct model *model, unsigned link);
void activity_add(struct activity *activity, int64_t wall_ms, uint64_t count, bool denied);
/* Of the slot `ago` slots before now; 0 where nothing is known. */
uint32_t activity_at(const struct activity *activity, int64_t wall_ms, size_t ago, bool denied);
uint64_t rate_sum(const struct rate *rate, int64_t wall_ms);

void model_notice(struct model *model, struct instant now, enum role role, char *text);
void model_push(struct model *model, enum view view);
void model_pop(struct model *model);
/* The question in front begins as the preferences say. */
void model_begin_box(struct model *model);
/* Puts a question in front because the person chose it. */
void model_choose(struct model *model, const char *id);
void model_close_box(struct model *model);

#endif
