/* SPDX-License-Identifier: MIT */
/*
 * Feeds the files named on the command line to a fuzz target, each whole: what `make check`
 * does with a corpus, with any compiler.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct err e;
		char *text = NULL;
		size_t length = 0;

		if (read_small_file(&text, &length, argv[i], 16 * 1024 * 1024, &e) < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], e.message);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)text, length);
		free(text);
	}
	printf("replayed %d inputs\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
