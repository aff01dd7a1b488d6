/* SPDX-License-Identifier: MIT */
#ifndef TUI_WRITTEN_H
#define TUI_WRITTEN_H

/*
 * What a server has written into its layer while it was learned, with what the person has chosen of
 * it. Nothing is chosen by itself, and nothing reaches the host before it was asked back.
 */
#include "core/sandbox/layer_changes.h"
#include "tui/layout.h"

enum written_fate { WRITTEN_LEFT, WRITTEN_KEPT, WRITTEN_DROPPED, WRITTEN_FAILED };

struct written_row {
	enum layer_change_type change;
	enum layer_file_type type;
	char *path, *target;	/* target: of a link, else NULL */
	int64_t size, was_size; /* -1 = none */
	char *refused;		/* why it cannot be kept; NULL = it can */
	bool ticked;
	enum written_fate fate;
	char *why; /* WRITTEN_FAILED */
};

/* What is under way, beside the loop. */
enum written_work { WRITTEN_IDLE, WRITTEN_READING, WRITTEN_APPLYING };

struct written {
	char *server; /* NULL = nothing was opened yet */
	unsigned opened; /* how often: what belongs to an earlier time is thrown away */
	struct written_row *items;
	size_t count;
	size_t ticked[3]; /* by enum layer_change_type; counted when ticks change */
	struct list list;
	bool wanted; /* it has to be read */
	bool known;
	enum written_work work;
	size_t looked; /* WRITTEN_READING: files so far */
	char *trouble;
	char *diff;	 /* of diff_for */
	size_t diff_for; /* a row; count = of none yet */
};

struct written_outcome {
	bool done;
	char *why; /* owned */
};

/*
 * What is asked of the layers, as a table of operations. Each returns 0, or -1 with *e. All may take
 * long, so all but looked() are called by the worker alone.
 */
struct layer_ops {
	/* What the server's layer holds: copied into rows, of which only the first part is set. */
	int (*read)(void *handle, const char *server, struct written_row **rows, size_t *count,
		    struct err *e);
	/* How many files read() has looked at so far. From any thread. */
	size_t (*looked)(void *handle);
	/* How a row of the last list differs from the host's: lines of hostile bytes. */
	void (*diff)(void *handle, size_t index, struct buf *out);
	/* Keeps what is chosen on the host, or drops it from the layer. Returns how many could not. */
	int (*apply)(void *handle, bool keep, const bool *chosen, struct written_outcome *outcomes,
		     struct err *e);
	void (*free)(void *handle);
};
struct layers {
	const struct layer_ops *ops; /* NULL = none */
	void *handle;
};

void written_free(struct written *written);
void written_rows_free(struct written_row *rows, size_t count);
void written_open(struct written *written, const char *server);
/* What came of reading; taken over. */
void written_take(struct written *written, struct written_row *rows, size_t count);
void written_failed(struct written *written, const char *why);
/* How that row differs; taken over. NULL = there is nothing to compare. */
void written_take_diff(struct written *written, size_t index, char *diff);
/* A directory goes with what is in it; what cannot be kept is never ticked. */
void written_tick(struct written *written, size_t index);
/* All that can be kept, or none where all are ticked. */
void written_tick_all(struct written *written);
size_t written_ticked(const struct written *written, size_t counts[3]);
/* What became of the rows; takes the texts over. `all`: not only those that are ticked. */
void written_settle(struct written *written, bool keep, bool all, struct written_outcome *outcomes);
const struct written_row *written_selected(const struct written *written);

#endif
