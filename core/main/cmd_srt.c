/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "core/main/commands.h"

int cmd_srt(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fprintf(stderr, "srt: this version has only srt-top; use: srt-top run -m enforce -- COMMAND…\n");
	return 1;
}
