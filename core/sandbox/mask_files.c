/* SPDX-License-Identifier: MIT */
#include "core/sandbox/mask_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

/*
 * Numbers of nodes: what is there; what only seems to be, with how deep below the mask that is; and files
 * that were let through once.
 */
#define SEEMING (1ULL << 61)
#define DEPTH_SHIFT 45
#define DEPTH_MOST 4096 /* more names than a path can have */
#define PASSED (1ULL << 62)

#define NODES_MOST 16384 /* each name is compared with all of them */
#define PASSES_MOST 512 /* a descriptor each */
#define NAME_MOST 255

struct node {
	uint64_t number, parent;
	char *name;
	mode_t mode;
	uint32_t uid, gid;
};

/* A file that one thread may open once. */
struct pass {
	int file; /* -1 = unused */
	int32_t thread;
	char *name;
	unsigned depth;
	bool opened;
	struct fuse_attr attributes;
	uint64_t number;
};

struct mask_files {
	mask_files_opens opens;
	void *arg;
	struct node *nodes; /* by number; the first one is shown nowhere */
	size_t count, capacity;
	uint64_t next, next_seeming, next_passed;
	struct pass *passes;
	size_t pass_count, pass_capacity;
	int64_t now_s;
};

struct mask_files *mask_files_new(mask_files_opens opens, void *arg, int64_t now_s)
{
	struct mask_files *files = xcalloc(1, sizeof(*files));

	files->opens = opens;
	files->arg = arg;
	files->now_s = now_s;
	grow_array(files->nodes, files->count, files->capacity);
	files->nodes[files->count++] =
		(struct node){ .number = FUSE_ROOT_ID, .name = xstrdup(""), .mode = S_IFDIR | 0755 };
	files->next = FUSE_ROOT_ID + 1;
	files->next_passed = PASSED;
	return files;
}

static void free_pass(struct pass *pass)
{
	close_fd(&pass->file);
	free(pass->name);
	*pass = (struct pass){ .file = -1 };
}

void mask_files_free(struct mask_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++)
		free(files->nodes[i].name);
	for (size_t i = 0; i < files->pass_count; i++)
		free_pass(&files->passes[i]);
	free(files->passes);
	free(files->nodes);
	free(files);
}

bool mask_files_is_there(uint64_t node)
{
	return node < SEEMING;
}

static struct node *find(const struct mask_files *files, uint64_t number)
{
	size_t low = 0, high = files->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (files->nodes[middle].number == number)
			return &files->nodes[middle];
		if (files->nodes[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static struct node *find_child(const struct mask_files *files, uint64_t parent, const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->nodes[i].parent == parent && strcmp(files->nodes[i].name, name) == 0)
			return &files->nodes[i];
	return NULL;
}

static bool has_children(const struct mask_files *files, uint64_t parent)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->nodes[i].parent == parent)
			return true;
	return false;
}

static struct pass *find_pass(struct mask_files *files, uint64_t number)
{
	for (size_t i = 0; i < files->pass_count; i++)
		if (files->passes[i].file >= 0 && files->passes[i].number == number)
			return &files->passes[i];
	return NULL;
}

/* As the tmpfs of a mask has it: 20 bytes a name, two of them its own. */
static struct fuse_attr attributes_of(const struct mask_files *files, const struct node *node)
{
	struct fuse_attr attributes = { .ino = node->number,
					.mode = node->mode,
					.uid = node->uid,
					.gid = node->gid,
					.nlink = 1,
					.atime = (uint64_t)files->now_s,
					.mtime = (uint64_t)files->now_s,
					.ctime = (uint64_t)files->now_s,
					.blksize = 4096 };

	if (!S_ISDIR(node->mode))
		return attributes;
	attributes.nlink = 2;
	attributes.size = 40;
	for (size_t i = 0; i < files->count; i++) {
		if (files->nodes[i].parent != node->number)
			continue;
		attributes.size += 20;
		attributes.nlink += S_ISDIR(files->nodes[i].mode);
	}
	return attributes;
}

static struct fuse_attr seeming_attributes(const struct fuse_request *request, uint64_t number)
{
	return (struct fuse_attr){ .ino = number,
				   .mode = S_IFDIR | 0777,
				   .uid = request->uid,
				   .gid = request->gid,
				   .nlink = 2,
				   .blksize = 4096 };
}

/* How many names a node is below its mask. */
static unsigned depth_of(const struct mask_files *files, uint64_t number)
{
	unsigned depth = 0;

	if (number >= SEEMING)
		return (unsigned)((number - SEEMING) >> DEPTH_SHIFT);
	for (const struct node *node = find(files, number); node && node->parent > FUSE_ROOT_ID;
	     node = find(files, node->parent))
		depth++;
	return depth;
}

/* The kernel may look a name up twice before it opens what it found. */
static struct pass *use_pass(struct mask_files *files, const struct fuse_request *request)
{
	for (size_t i = 0; i < files->pass_count; i++) {
		struct pass *pass = &files->passes[i];

		if (pass->file < 0 || pass->opened || pass->thread != request->pid ||
		    strcmp(pass->name, request->name) != 0 ||
		    pass->depth != depth_of(files, request->node) + 1)
			continue;
		pass->attributes.uid = request->uid;
		pass->attributes.gid = request->gid;
		return pass;
	}
	return NULL;
}

/* Something of that name, for as long as it takes to open it. */
static void seem(struct mask_files *files, const struct fuse_request *request,
		 struct fuse_reply *reply)
{
	unsigned depth = depth_of(files, request->node) + 1;
	uint64_t number = SEEMING + ((uint64_t)depth << DEPTH_SHIFT) + files->next_seeming++;
	struct fuse_attr attributes = seeming_attributes(request, number);

	if (depth < DEPTH_MOST)
		fuse_reply_entry(reply, request->unique, number, &attributes, 0);
	else
		fuse_reply_error(reply, request->unique, ENAMETOOLONG);
}

/* NULL where there is no room. */
static const struct node *add_node(struct mask_files *files, const struct fuse_request *request,
				   mode_t mode)
{
	struct node *node;

	if (files->count == NODES_MOST)
		return NULL;
	grow_array(files->nodes, files->count, files->capacity);
	node = &files->nodes[files->count++];
	*node = (struct node){ .number = files->next++,
			       .parent = request->node,
			       .name = xstrdup(request->name),
			       .mode = mode,
			       .uid = request->uid,
			       .gid = request->gid };
	return node;
}

static void look_up(struct mask_files *files, const struct fuse_request *request,
		    struct fuse_reply *reply)
{
	const struct node *child = NULL;
	struct fuse_attr attributes;

	if (strlen(request->name) > NAME_MOST) {
		fuse_reply_error(reply, request->unique, ENAMETOOLONG);
		return;
	}
	if (request->node < SEEMING)
		child = find_child(files, request->node, request->name);
	if (!child && request->node == FUSE_ROOT_ID)
		child = add_node(files, request, S_IFDIR | 0755);
	if (child) {
		attributes = attributes_of(files, child);
		fuse_reply_entry(reply, request->unique, child->number, &attributes, FUSE_VALID_LONG);
		return;
	}
	if (files->opens(files->arg, request->pid)) {
		const struct pass *pass = use_pass(files, request);

		if (pass)
			fuse_reply_entry(reply, request->unique, pass->number, &pass->attributes, 0);
		else
			seem(files, request, reply);
		return;
	}
	fuse_reply_error(reply, request->unique, ENOENT);
}

static void get_attributes(struct mask_files *files, const struct fuse_request *request,
			   struct fuse_reply *reply)
{
	const struct pass *pass = request->node >= PASSED ? find_pass(files, request->node) : NULL;
	const struct node *node = find(files, request->node);
	struct fuse_attr attributes;

	if (pass)
		attributes = pass->attributes;
	else if (node)
		attributes = attributes_of(files, node);
	else if (request->node >= SEEMING && request->node < PASSED)
		attributes = seeming_attributes(request, request->node);
	else {
		fuse_reply_error(reply, request->unique, ENOENT);
		return;
	}
	fuse_reply_attributes(reply, request->unique, &attributes);
}

/* Only the broker can: what the program sees is mounted read-only. */
static void make_name(struct mask_files *files, const struct fuse_request *request,
		      struct fuse_reply *reply)
{
	const struct node *parent = find(files, request->node);
	bool is_directory = request->opcode == FUSE_MKDIR;
	struct fuse_attr attributes;
	const struct node *made;
	int error = 0;

	if (!parent || !S_ISDIR(parent->mode))
		error = ENOENT;
	else if (!is_directory && !S_ISREG(request->mode))
		error = EPERM;
	else if (strlen(request->name) > NAME_MOST)
		error = ENAMETOOLONG;
	else if (find_child(files, request->node, request->name))
		error = EEXIST;
	else if (files->count == NODES_MOST)
		error = ENOSPC;
	if (error) {
		fuse_reply_error(reply, request->unique, error);
		return;
	}
	made = add_node(files, request, (is_directory ? S_IFDIR : S_IFREG) | (request->mode & 07777));
	attributes = attributes_of(files, made);
	fuse_reply_entry(reply, request->unique, made->number, &attributes, FUSE_VALID_LONG);
}

static int remove_name(struct mask_files *files, const struct fuse_request *request)
{
	struct node *node = request->node < SEEMING
				    ? find_child(files, request->node, request->name)
				    : NULL;
	bool is_directory = request->opcode == FUSE_RMDIR;

	if (!node)
		return ENOENT;
	if (S_ISDIR(node->mode) != is_directory)
		return is_directory ? ENOTDIR : EISDIR;
	if (has_children(files, node->number))
		return ENOTEMPTY;
	free(node->name);
	/* In the order of their numbers. */
	memmove(node, node + 1, (size_t)(&files->nodes[--files->count] - node) * sizeof(*node));
	return 0;
}

static void list(struct mask_files *files, const struct fuse_request *request,
		 struct fuse_reply *reply)
{
	const struct node *node = find(files, request->node);
	uint64_t offset = request->offset;

	fuse_reply_begin_data(reply, request->unique);
	/* An offset is 1 for ".", 2 for "..", and 2 + a node's number: names may go meanwhile. */
	if (offset < 1 && !fuse_reply_add_name(reply, request, ".", request->node, true, 1))
		offset = UINT64_MAX;
	if (offset < 2 &&
	    !fuse_reply_add_name(reply, request, "..", node ? node->parent : 0, true, 2))
		offset = UINT64_MAX;
	/* The first one is shown nowhere. */
	for (size_t i = 0; node && request->node != FUSE_ROOT_ID && i < files->count; i++) {
		const struct node *child = &files->nodes[i];

		if (child->parent != node->number || child->number + 2 <= offset)
			continue;
		if (!fuse_reply_add_name(reply, request, child->name, child->number,
					 S_ISDIR(child->mode), child->number + 2))
			break;
	}
	fuse_reply_end_data(reply);
}

static void read_file(struct mask_files *files, const struct fuse_request *request,
		      struct fuse_reply *reply)
{
	const struct pass *pass = find_pass(files, request->node);
	uint32_t room, got = 0;
	void *out;

	fuse_reply_begin_data(reply, request->unique);
	out = fuse_reply_room(reply, &room);
	if (request->size < room)
		room = request->size;
	while (pass && got < room) {
		ssize_t now = pread(pass->file, (char *)out + got, room - got,
				    (off_t)(request->offset + got));

		if (now < 0 && errno == EINTR)
			continue;
		if (now < 0) {
			fuse_reply_error(reply, request->unique, errno);
			return;
		}
		if (now == 0)
			break;
		got += (uint32_t)now;
	}
	fuse_reply_grow(reply, got);
	fuse_reply_end_data(reply);
}

static enum mask_answer open_file(struct mask_files *files, const struct fuse_request *request,
				  struct fuse_reply *reply)
{
	struct pass *pass = find_pass(files, request->node);

	if (request->node >= PASSED && (!pass || pass->opened)) {
		fuse_reply_error(reply, request->unique, ENOENT);
	} else {
		if (pass)
			pass->opened = true;
		fuse_reply_open(reply, request->unique, 0);
	}
	return MASK_REPLY;
}

static void close_file(struct mask_files *files, const struct fuse_request *request,
		       struct fuse_reply *reply)
{
	struct pass *pass = find_pass(files, request->node);

	if (pass)
		free_pass(pass);
	fuse_reply_error(reply, request->unique, 0);
}

void mask_files_refuse(struct fuse_reply *reply, uint64_t unique, uint64_t node, int error)
{
	if (!error && mask_files_is_there(node))
		fuse_reply_open(reply, unique, 0);
	else
		fuse_reply_error(reply, unique, error ? error : ENOENT);
}

enum mask_answer mask_files_answer(struct mask_files *files, const struct fuse_request *request,
				   struct fuse_reply *reply)
{
	switch (request->opcode) {
	case FUSE_INIT:
		fuse_reply_init(reply, request);
		break;
	case FUSE_LOOKUP:
		look_up(files, request, reply);
		break;
	case FUSE_GETATTR:
		get_attributes(files, request, reply);
		break;
	case FUSE_OPENDIR:
		if (request->node != FUSE_ROOT_ID && files->opens(files->arg, request->pid))
			return MASK_OPEN;
		mask_files_refuse(reply, request->unique, request->node, 0);
		break;
	case FUSE_OPEN:
		return open_file(files, request, reply);
	case FUSE_READDIR:
		list(files, request, reply);
		break;
	case FUSE_READ:
		read_file(files, request, reply);
		break;
	case FUSE_RELEASE:
		close_file(files, request, reply);
		break;
	case FUSE_RELEASEDIR:
		fuse_reply_error(reply, request->unique, 0);
		break;
	case FUSE_MKDIR:
	case FUSE_MKNOD:
		make_name(files, request, reply);
		break;
	case FUSE_UNLINK:
	case FUSE_RMDIR:
		fuse_reply_error(reply, request->unique, remove_name(files, request));
		break;
	case FUSE_STATFS:
		fuse_reply_statistics(reply, request->unique);
		break;
	case FUSE_GETXATTR:
		fuse_reply_error(reply, request->unique, ENODATA);
		break;
	case FUSE_LISTXATTR:
		if (request->size)
			fuse_reply_error(reply, request->unique, 0);
		else
			fuse_reply_size(reply, request->unique, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_DESTROY:
		return MASK_NONE;
	case FUSE_INTERRUPT:
		return MASK_INTERRUPT;
	default:
		fuse_reply_error(reply, request->unique, ENOSYS);
		break;
	}
	return MASK_REPLY;
}

static unsigned count_names(const char *path)
{
	unsigned count = 0;

	while (*(path += strspn(path, "/"))) {
		path += strcspn(path, "/");
		count++;
	}
	return count;
}

/* One that whoever was to open it did not, and will not: it is in no open any more. NULL = none. */
static struct pass *find_unused(struct mask_files *files)
{
	for (size_t i = 0; i < files->pass_count; i++)
		if (!files->passes[i].opened && !files->opens(files->arg, files->passes[i].thread))
			return &files->passes[i];
	return NULL;
}

/* Where the thread's next one goes. NULL = there is no room. */
static struct pass *find_room(struct mask_files *files, int32_t thread)
{
	for (size_t i = 0; i < files->pass_count; i++)
		/* Of the same thread, it was not used. */
		if (files->passes[i].file < 0 ||
		    (files->passes[i].thread == thread && !files->passes[i].opened))
			return &files->passes[i];
	if (files->pass_count == PASSES_MOST)
		return find_unused(files);
	grow_array(files->passes, files->pass_count, files->pass_capacity);
	files->passes[files->pass_count] = (struct pass){ .file = -1 };
	return &files->passes[files->pass_count++];
}

bool mask_files_pass(struct mask_files *files, int32_t thread, const char *mask, const char *place,
		     int file)
{
	const char *slash = strrchr(place, '/');
	struct pass *pass = NULL;
	struct stat st;

	if (slash && strncmp(place, mask, strlen(mask)) == 0 && fstat(file, &st) == 0 &&
	    S_ISREG(st.st_mode))
		pass = find_room(files, thread);
	if (!pass) {
		close(file);
		return false;
	}
	free_pass(pass);
	*pass = (struct pass){ .file = file,
			       .thread = thread,
			       .name = xstrdup(slash + 1),
			       .depth = count_names(place + strlen(mask)),
			       .number = files->next_passed++,
			       .attributes = { .size = (uint64_t)st.st_size,
					       .blocks = (uint64_t)st.st_blocks,
					       .atime = (uint64_t)st.st_atim.tv_sec,
					       .mtime = (uint64_t)st.st_mtim.tv_sec,
					       .ctime = (uint64_t)st.st_ctim.tv_sec,
					       .mode = (st.st_mode & (S_IFMT | 0777)) | 0444,
					       .nlink = 1,
					       .blksize = 4096 } };
	pass->attributes.ino = pass->number;
	return true;
}
