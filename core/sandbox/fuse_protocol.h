/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_FUSE_PROTOCOL_H
#define CORE_SANDBOX_FUSE_PROTOCOL_H

/*
 * The kernel's requests to a FUSE file system as far as a mask needs them, and replies
 * (<linux/fuse.h>, protocol 7.31: Linux 5.4 and later). Bytes in, bytes out.
 */
#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A read(2) of the device wants room for the largest request, and never less than this. */
#define FUSE_REQUEST_MOST (16 * 1024)
#define FUSE_REPLY_MOST (sizeof(struct fuse_out_header) + 128 * 1024) /* of 32 pages: what the kernel reads at once */
#define FUSE_VALID_LONG (365ULL * 24 * 3600) /* seconds */

struct fuse_request {
	enum fuse_opcode opcode;
	uint64_t unique; /* the reply carries it */
	uint64_t node;
	uint32_t uid, gid; /* of the caller, in the user namespace that mounted it */
	int32_t pid;	   /* the calling thread, in the mounter's pid namespace; 0 = outside of that */
	const char *name;  /* LOOKUP, MKDIR, MKNOD, UNLINK, RMDIR: in the request's bytes; else NULL */
	uint32_t mode;	   /* MKDIR, MKNOD: as the caller wants it, less its umask */
	uint64_t handle;   /* READ, READDIR, RELEASE, RELEASEDIR */
	uint64_t offset;   /* READ, READDIR */
	uint32_t size;	   /* READ, READDIR, GETXATTR, LISTXATTR: of the answer at most */
	uint64_t interrupted; /* INTERRUPT: the other request's `unique` */
	uint32_t major, minor, readahead; /* INIT */
};

/* False where it is none, or not whole. What a mask does not need is not looked at. */
bool fuse_request_parse(struct fuse_request *request, const void *bytes, size_t length);

/* To be written in one write(2). */
struct fuse_reply {
	size_t length;
	_Alignas(8) unsigned char bytes[FUSE_REPLY_MOST];
};

/* `error`: an errno value, 0 = done. */
void fuse_reply_error(struct fuse_reply *reply, uint64_t unique, int error);
void fuse_reply_init(struct fuse_reply *reply, const struct fuse_request *request);
/* `valid_s`: how long the kernel need not ask again for the name. */
void fuse_reply_entry(struct fuse_reply *reply, uint64_t unique, uint64_t node,
		      const struct fuse_attr *attributes, uint64_t valid_s);
void fuse_reply_attributes(struct fuse_reply *reply, uint64_t unique,
			   const struct fuse_attr *attributes);
void fuse_reply_open(struct fuse_reply *reply, uint64_t unique, uint64_t handle);
/* An empty file system. */
void fuse_reply_statistics(struct fuse_reply *reply, uint64_t unique);
/* The size of an answer alone: of LISTXATTR. */
void fuse_reply_size(struct fuse_reply *reply, uint64_t unique, uint32_t size);

/* Data of up to `size` bytes, then the end. */
void fuse_reply_begin_data(struct fuse_reply *reply, uint64_t unique);
/* Where the next data goes. */
void *fuse_reply_room(struct fuse_reply *reply, uint32_t *room);
void fuse_reply_grow(struct fuse_reply *reply, uint32_t by);
/* False where it does not fit into a READDIR's size. `next`: the offset behind it. */
bool fuse_reply_add_name(struct fuse_reply *reply, const struct fuse_request *request,
			 const char *name, uint64_t node, bool is_directory, uint64_t next);
void fuse_reply_end_data(struct fuse_reply *reply);

#endif
