/* SPDX-License-Identifier: MIT */
/* Any line: refused, or read, written and read again to the same text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/session/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf first = BUF_EMPTY;
	_cleanup_buf_ struct buf second = BUF_EMPTY;
	struct wire_message message, again;
	struct err e;

	if (wire_parse(&message, (const char *)data, size, &e) < 0)
		return 0;
	wire_write(&first, &message);
	wire_message_free(&message);
	/* Cut texts are written once only, and a reply may have become several lines. */
	if (memchr(first.data, '\n', first.length) != first.data + first.length - 1)
		return 0;
	if (wire_parse(&again, first.data, first.length - 1, &e) < 0) {
		/* Of another version nothing but the number was taken. */
		if (strstr(first.data, "\"type\":\"hello\"") == NULL)
			abort();
		return 0;
	}
	wire_write(&second, &again);
	wire_message_free(&again);
	if (size < 2000 && strcmp(first.data, second.data) != 0)
		abort();
	return 0;
}
