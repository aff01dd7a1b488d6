/* SPDX-License-Identifier: MIT */
#include "core/sandbox/fuse_protocol.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#define MINOR 31
#define WRITE_MOST 4096 /* nothing is ever written; the kernel takes no less */
#define NAME_MOST 255

/* The argument behind the header: fixed bytes, and perhaps a name behind them. */
struct body {
	const unsigned char *bytes;
	size_t length;
};

static bool take(struct body *body, void *out, size_t size)
{
	if (body->length < size)
		return false;
	memcpy(out, body->bytes, size);
	body->bytes += size;
	body->length -= size;
	return true;
}

static bool take_name(struct body *body, const char **name)
{
	if (!memchr(body->bytes, '\0', body->length))
		return false;
	*name = (const char *)body->bytes;
	return **name && !strchr(*name, '/');
}

static bool take_init(struct body *body, struct fuse_request *request)
{
	/* Its end grew with the protocol. */
	uint32_t words[3];

	if (!take(body, words, sizeof(words)))
		return false;
	request->major = words[0];
	request->minor = words[1];
	request->readahead = words[2];
	return true;
}

static bool take_read(struct body *body, struct fuse_request *request)
{
	struct fuse_read_in in;

	if (!take(body, &in, sizeof(in)))
		return false;
	request->handle = in.fh;
	request->offset = in.offset;
	request->size = in.size;
	return true;
}

static bool take_release(struct body *body, struct fuse_request *request)
{
	struct fuse_release_in in;

	if (!take(body, &in, sizeof(in)))
		return false;
	request->handle = in.fh;
	return true;
}

static bool take_size(struct body *body, struct fuse_request *request)
{
	struct fuse_getxattr_in in;

	if (!take(body, &in, sizeof(in)))
		return false;
	request->size = in.size;
	return true;
}

static bool take_new_directory(struct body *body, struct fuse_request *request)
{
	struct fuse_mkdir_in in;

	if (!take(body, &in, sizeof(in)))
		return false;
	request->mode = in.mode;
	return take_name(body, &request->name);
}

static bool take_new_file(struct body *body, struct fuse_request *request)
{
	struct fuse_mknod_in in;

	if (!take(body, &in, sizeof(in)))
		return false;
	request->mode = in.mode;
	return take_name(body, &request->name);
}

bool fuse_request_parse(struct fuse_request *request, const void *bytes, size_t length)
{
	struct body body = { .bytes = bytes, .length = length };
	struct fuse_in_header header;
	struct fuse_interrupt_in interrupt;

	if (!take(&body, &header, sizeof(header)) || header.len != length)
		return false;
	*request = (struct fuse_request){ .opcode = header.opcode,
					  .unique = header.unique,
					  .node = header.nodeid,
					  .uid = header.uid,
					  .gid = header.gid,
					  .pid = (int32_t)header.pid };
	switch (request->opcode) {
	case FUSE_LOOKUP:
	case FUSE_UNLINK:
	case FUSE_RMDIR:
		return take_name(&body, &request->name);
	case FUSE_MKDIR:
		return take_new_directory(&body, request);
	case FUSE_MKNOD:
		return take_new_file(&body, request);
	case FUSE_READ:
	case FUSE_READDIR:
		return take_read(&body, request);
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		return take_release(&body, request);
	case FUSE_GETXATTR:
	case FUSE_LISTXATTR:
		return take_size(&body, request);
	case FUSE_INIT:
		return take_init(&body, request);
	case FUSE_INTERRUPT:
		if (!take(&body, &interrupt, sizeof(interrupt)))
			return false;
		request->interrupted = interrupt.unique;
		return true;
	default:
		return true;
	}
}

static void begin(struct fuse_reply *reply, uint64_t unique, int error)
{
	const struct fuse_out_header header = { .len = sizeof(header),
						.error = -error,
						.unique = unique };

	memcpy(reply->bytes, &header, sizeof(header));
	reply->length = sizeof(header);
}

void fuse_reply_end_data(struct fuse_reply *reply)
{
	uint32_t length = (uint32_t)reply->length;

	memcpy(reply->bytes, &length, sizeof(length));
}

static void reply_with(struct fuse_reply *reply, uint64_t unique, const void *out, size_t size)
{
	begin(reply, unique, 0);
	memcpy(reply->bytes + reply->length, out, size);
	reply->length += size;
	fuse_reply_end_data(reply);
}

void fuse_reply_error(struct fuse_reply *reply, uint64_t unique, int error)
{
	begin(reply, unique, error);
}

void fuse_reply_init(struct fuse_reply *reply, const struct fuse_request *request)
{
	const struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
					   .minor = MINOR,
					   .max_readahead = request->readahead,
					   /* Lookups of different names do not wait for each other. */
					   .flags = FUSE_PARALLEL_DIROPS,
					   .max_write = WRITE_MOST,
					   .time_gran = 1 };

	if (request->major < FUSE_KERNEL_VERSION || request->minor < MINOR)
		fuse_reply_error(reply, request->unique, EPROTO);
	else
		reply_with(reply, request->unique, &out, sizeof(out));
}

void fuse_reply_entry(struct fuse_reply *reply, uint64_t unique, uint64_t node,
		      const struct fuse_attr *attributes, uint64_t valid_s)
{
	const struct fuse_entry_out out = { .nodeid = node,
					    .entry_valid = valid_s,
					    .attr_valid = FUSE_VALID_LONG,
					    .attr = *attributes };

	reply_with(reply, unique, &out, sizeof(out));
}

void fuse_reply_attributes(struct fuse_reply *reply, uint64_t unique,
			   const struct fuse_attr *attributes)
{
	const struct fuse_attr_out out = { .attr_valid = FUSE_VALID_LONG, .attr = *attributes };

	reply_with(reply, unique, &out, sizeof(out));
}

void fuse_reply_open(struct fuse_reply *reply, uint64_t unique, uint64_t handle)
{
	const struct fuse_open_out out = { .fh = handle };

	reply_with(reply, unique, &out, sizeof(out));
}

void fuse_reply_statistics(struct fuse_reply *reply, uint64_t unique)
{
	const struct fuse_statfs_out out = { .st = { .bsize = 4096,
						     .frsize = 4096,
						     .namelen = NAME_MOST } };

	reply_with(reply, unique, &out, sizeof(out));
}

void fuse_reply_size(struct fuse_reply *reply, uint64_t unique, uint32_t size)
{
	const struct fuse_getxattr_out out = { .size = size };

	reply_with(reply, unique, &out, sizeof(out));
}

void fuse_reply_begin_data(struct fuse_reply *reply, uint64_t unique)
{
	begin(reply, unique, 0);
}

void *fuse_reply_room(struct fuse_reply *reply, uint32_t *room)
{
	*room = (uint32_t)(sizeof(reply->bytes) - reply->length);
	return reply->bytes + reply->length;
}

void fuse_reply_grow(struct fuse_reply *reply, uint32_t by)
{
	reply->length += by;
}

bool fuse_reply_add_name(struct fuse_reply *reply, const struct fuse_request *request,
			 const char *name, uint64_t node, bool is_directory, uint64_t next)
{
	const struct fuse_dirent entry = { .ino = node,
					   .off = next,
					   .namelen = (uint32_t)strlen(name),
					   .type = is_directory ? DT_DIR : DT_REG };
	size_t size = FUSE_DIRENT_ALIGN(sizeof(entry) + entry.namelen);
	size_t used = reply->length - sizeof(struct fuse_out_header);

	if (used + size > request->size || reply->length + size > sizeof(reply->bytes))
		return false;
	memset(reply->bytes + reply->length, 0, size);
	memcpy(reply->bytes + reply->length, &entry, sizeof(entry));
	memcpy(reply->bytes + reply->length + sizeof(entry), name, entry.namelen);
	reply->length += size;
	return true;
}
