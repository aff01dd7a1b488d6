/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_SRT_OPTIONS_H
#define CORE_BASE_SRT_OPTIONS_H

/*
 * The command line of `srt`, as upstream's parser (commander 12) reads it: options are taken from
 * anywhere before "--", before and behind the command's words; what it does not know stays among
 * them, in place. Pure.
 */
#include "core/base/buf.h"
#include "core/base/err.h"

enum srt_action {
	SRT_RUN,
	SRT_HELP,
	SRT_VERSION,
	SRT_SUBCOMMAND, /* the first word names a subcommand of upstream's */
};

struct srt_options {
	enum srt_action action;
	bool debug;
	const char *settings;	    /* NULL = not given, or empty; borrowed from argv, as the next */
	const char *command_string; /* -c, NULL = not given */
	int control_fd;		    /* -1 = not given */
	struct strings words;
};

void srt_options_free(struct srt_options *options);
/* 0, or -1 with *e: a message in upstream's words, without "error: " in front. */
int srt_options_parse(struct srt_options *options, int argc, char *const *argv, struct err *e);

#endif
