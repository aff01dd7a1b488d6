/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_REPORT_FILE_H
#define CORE_MAIN_REPORT_FILE_H

/*
 * The file of `run --report`. Its directory is opened before the command runs: what the command
 * may do to the path meanwhile leads nowhere else.
 */
#include "core/base/err.h"
#include "core/session/run_report.h"

struct report_file {
	int directory; /* -1 = no report */
	const char *name, *path;
};

/* 0 and *file with the format that the name asks for, or -1 with *e: then nothing is to be run. */
int report_file_open(struct report_file *file, const char *path, enum run_report_format *format,
		     struct err *e);
/* Writes it and closes the directory. 0, or -1 with *e. */
int report_file_write(struct report_file *file, const char *text, struct err *e);

#endif
