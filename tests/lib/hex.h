/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LIB_HEX_H
#define TESTS_LIB_HEX_H

/* Packets in tests: hexadecimal digits, blanks anywhere between two bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline size_t hex_bytes(const char *text, uint8_t *out, size_t size)
{
	size_t length = 0;

	for (text += strspn(text, " \t\n"); *text; text += 2, text += strspn(text, " \t\n")) {
		unsigned value;

		if (length == size || strspn(text, "0123456789abcdefABCDEF") < 2 ||
		    sscanf(text, "%2x", &value) != 1) {
			fprintf(stderr, "bad packet in a test at \"%s\"\n", text);
			abort();
		}
		out[length++] = (uint8_t)value;
	}
	return length;
}

#endif
