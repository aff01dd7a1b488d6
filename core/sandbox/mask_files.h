/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_MASK_FILES_H
#define CORE_SANDBOX_MASK_FILES_H

/*
 * What the masks of a session show: each is a directory of one FUSE file system, empty but for the
 * places that the broker makes in it for grants. In the first directory, which nobody but the broker
 * has, every name is a mask. No input or output.
 *
 * A lookup is never held, since the kernel holds the directory's lock meanwhile: others would wait
 * for it where no signal reaches them, and nothing could be mounted there. A name that an open(2)
 * looks for is "found" instead, as a directory of which nothing stays behind; the open of that can
 * be held and is refused, if it is, with what a name that is not there is refused with. To all other
 * calls there is no such name.
 */
#include "core/sandbox/fuse_protocol.h"

struct mask_files;

/* Whether the thread is in an open(2) or openat(2) that nobody but the mask sees. */
typedef bool (*mask_files_opens)(void *arg, int32_t thread);

/* `now_s`: the time that everything in it has. */
struct mask_files *mask_files_new(mask_files_opens opens, void *arg, int64_t now_s);
/* Closes the files of mask_files_pass(). */
void mask_files_free(struct mask_files *files);

enum mask_answer {
	MASK_REPLY,	/* *reply is the answer */
	MASK_NONE,	/* there is none to give */
	MASK_OPEN,	/* an open that is for others to judge; until then it is held */
	MASK_INTERRUPT, /* request->interrupted may have to be given up */
};
enum mask_answer mask_files_answer(struct mask_files *files, const struct fuse_request *request,
				   struct fuse_reply *reply);

/* The answer to a MASK_OPEN by which the call goes on as under a mask that nobody watches. */
void mask_files_refuse(struct fuse_reply *reply, uint64_t unique, uint64_t node, int error);
/* Whether the node is a directory that is really there: to open it succeeds, and shows nothing. */
bool mask_files_is_there(uint64_t node);

/*
 * The thread's next lookup along `place` (below `mask`, its last name) finds `file`, once. Takes the
 * descriptor. False, and closed, where there is no room or nothing to read in it.
 */
bool mask_files_pass(struct mask_files *files, int32_t thread, const char *mask, const char *place,
		     int file);

#endif
