/* SPDX-License-Identifier: MIT */
/* Ethernet frames that a sandboxed program sent. */
#include <stdint.h>
#include <stdlib.h>

#include "core/net/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame;

	if (frame_parse(&frame, data, size) &&
	    (frame.port < 0 || frame.port > 65535 || frame.from_port < 0 || frame.from_port > 65535 ||
	     (frame.to.ss_family != AF_INET && frame.to.ss_family != AF_INET6)))
		abort();
	return 0;
}
