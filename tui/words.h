/* SPDX-License-Identifier: MIT */
#ifndef TUI_WORDS_H
#define TUI_WORDS_H

/* What events, questions and answers are called in sentences. Everything is escaped and ready to
 * show. */
#include "tui/model.h"

/* The object: a path with "~", or a host and port. Caller frees. */
char *words_object(const struct model *model, const struct access_event *event);
/* "node[41830]". Caller frees. */
char *words_process(const struct model *model, const struct access_event *event);
/* "node[41830] in github-mcp wants to connect". Caller frees. */
char *words_sentence(const struct model *model, const struct question *question);
/* A short name for a scope: "this file", "*.github.com". Caller frees. */
char *words_scope(const struct model *model, const struct question *question, size_t scope);
/* The rule that an answer makes, exact and in whole. Caller frees. */
char *words_rule(const struct model *model, const struct question *question, enum verdict verdict,
		 size_t scope, enum duration duration);
/* What else that was asked or refused an answer this wide would cover; "" for the very object.
 * Caller frees. */
char *words_also(const struct model *model, const struct asked *asked, size_t scope);
/* Of a question about a directory in the place of many files: "57 files: a, b and 55 more"; NULL = it is
 * about one thing. Caller frees. */
char *words_objects(const struct model *model, const struct question *question);
/* "running", "exit 0", "killed by signal 9". Caller frees. */
char *words_state(const struct tui_session *session);
/* Which calls are watched, and whether reading is; NULL = unknown. Caller frees. */
char *words_level(const struct session_info *info);
char *words_reads(const struct session_info *info);
/* What was not asked about, recorded or shown, with counts; NULL = nothing. */
char *words_loss(const struct tui_session *session);
/* That, and what cannot be seen; NULL where neither is (see session_warns()). */
char *words_warning(const struct model *model, const struct tui_session *session);
/* A D ? and their roles. */
char words_letter(enum verdict verdict);
enum role words_role(enum verdict verdict);

#endif
