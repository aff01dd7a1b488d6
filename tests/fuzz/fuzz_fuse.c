/* SPDX-License-Identifier: MIT */
/* Requests to the masks, one behind the other. Threads with an odd number are in an open(2). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/sandbox/mask_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool opens(void *arg, int32_t thread)
{
	(void)arg;
	return thread & 1;
}

/* What the kernel would not take is ours to answer for. */
static void check(const struct fuse_reply *reply, uint64_t unique)
{
	struct fuse_out_header header;

	memcpy(&header, reply->bytes, sizeof(header));
	if (header.len != reply->length || reply->length > sizeof(reply->bytes) ||
	    header.unique != unique || header.error > 0 || header.error <= -512)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuse_reply reply;
	struct mask_files *files = mask_files_new(opens, NULL, 0);

	while (size >= sizeof(struct fuse_in_header)) {
		struct fuse_request request;
		uint32_t length;

		memcpy(&length, data, sizeof(length));
		if (length < sizeof(struct fuse_in_header) || length > size)
			length = (uint32_t)size;
		if (fuse_request_parse(&request, data, length)) {
			if (mask_files_answer(files, &request, &reply) == MASK_REPLY)
				check(&reply, request.unique);
			mask_files_refuse(&reply, request.unique, request.node, 0);
			check(&reply, request.unique);
		}
		data += length;
		size -= length;
	}
	mask_files_free(files);
	return 0;
}
