/* SPDX-License-Identifier: MIT */
#include "tui/links.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/session/runtime_dir.h"

#define LINKS_MOST 2000
#define READS_PER_RUN 4 /* of 64 KiB: then somebody else's turn */
#define RUN_MS 6	/* then keys are looked at */
#define RETRY_MS 100	/* a socket is there a moment before anybody listens on it */
#define RETRIES_MOST 20
#define RULES_ASKED 50 /* sessions that are asked for their rules at a time */
#define RESCAN_MS 500 /* where the directory cannot be watched */

struct link {
	unsigned number; /* never used twice */
	char *path;
	struct client *client; /* NULL = not connected */
	int tries;	       /* in vain */
	bool over;	       /* was connected, and is gone: the file may still lie there */
	size_t polled;	       /* its place in what was polled, 0 = none */
};

struct links {
	struct link *items;
	size_t count, capacity;
	unsigned last_number;
	char *directory;
	const char *only;
	int watch; /* inotify, -1 = none */
	bool rescan;
	int64_t rescan_ms; /* monotonic; -1 = not by the clock */
	int64_t retry_ms;
	bool had_session;
	size_t turn; /* who is served first: everybody in turn */
	size_t rules_turn; /* who is asked next for its rules */
};

struct links *links_new(const char *directory, const char *only)
{
	struct links *links = xcalloc(1, sizeof(*links));

	links->directory = xstrdup(directory);
	links->only = only;
	links->watch = -1;
	links->rescan = true;
	links->rescan_ms = -1;
	links->retry_ms = -1;
#ifdef __linux__
	links->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (links->watch >= 0 &&
	    inotify_add_watch(links->watch, directory,
			      IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0)
		close_fd(&links->watch);
#endif
	return links;
}

static void free_link(struct link *link)
{
	client_free(link->client);
	free(link->path);
}

void links_free(struct links *links)
{
	if (links == NULL)
		return;
	for (size_t i = 0; i < links->count; i++)
		free_link(&links->items[i]);
	free(links->items);
	close_fd(&links->watch);
	free(links->directory);
	free(links);
}

static void add_poll(struct pollfd **fds, size_t *capacity, size_t count, int fd, short events)
{
	grow_array(*fds, count, *capacity);
	(*fds)[count] = (struct pollfd){ .fd = fd, .events = events };
}

size_t links_poll(struct links *links, struct pollfd **fds, size_t *capacity, size_t count)
{
	if (links->watch >= 0)
		add_poll(fds, capacity, count++, links->watch, POLLIN);
	for (size_t i = 0; i < links->count; i++) {
		const struct client *client = links->items[i].client;

		links->items[i].polled = 0;
		if (client == NULL)
			continue;
		links->items[i].polled = count;
		add_poll(fds, capacity, count++, client_fd(client),
			 (short)(POLLIN | (client_wants_write(client) ? POLLOUT : 0)));
	}
	return count;
}

int64_t links_wakeup(const struct links *links)
{
	if (links->rescan_ms < 0 || (links->retry_ms >= 0 && links->retry_ms < links->rescan_ms))
		return links->retry_ms;
	return links->rescan_ms;
}

/* "<id>.sock" of the session that is wanted. */
static bool wanted(const struct links *links, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t length;

	if (links->only == NULL)
		return true;
	length = strlen(links->only);
	return strncmp(name, links->only, length) == 0 && strcmp(name + length, ".sock") == 0;
}

static int compare_links(const void *a, const void *b)
{
	return strcmp(((const struct link *)a)->path, ((const struct link *)b)->path);
}

/* The links are sorted by path, and so are the paths: one walk along both. */
static void merge(struct links *links, const struct strings *paths)
{
	size_t known = links->count, at = 0;

	for (size_t i = 0; i < paths->count && links->count < LINKS_MOST; i++) {
		struct link link = { .number = links->last_number + 1 };

		while (at < known && strcmp(links->items[at].path, paths->items[i]) < 0)
			at++;
		if (!wanted(links, paths->items[i]) ||
		    (at < known && strcmp(links->items[at].path, paths->items[i]) == 0))
			continue;
		link.path = xstrdup(paths->items[i]);
		links->last_number++;
		grow_array(links->items, links->count, links->capacity);
		links->items[links->count++] = link;
	}
	if (links->count > 0)
		qsort(links->items, links->count, sizeof(*links->items), compare_links);
}

static bool contains(const struct strings *sorted, const char *path)
{
	size_t low = 0, high = sorted->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(sorted->items[middle], path);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static void scan(struct links *links)
{
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;
	size_t kept = 0;

	if (runtime_dir_sockets(&paths, NULL) < 0)
		return;
	/* What is neither connected nor there any more is forgotten. */
	for (size_t i = 0; i < links->count; i++) {
		struct link *link = &links->items[i];

		if (link->client == NULL && !contains(&paths, link->path))
			free_link(link);
		else
			links->items[kept++] = *link;
	}
	links->count = kept;
	merge(links, &paths);
}

static void connect_all(struct links *links, struct instant now)
{
	links->retry_ms = -1;
	for (size_t i = 0; i < links->count; i++) {
		struct link *link = &links->items[i];

		if (link->client != NULL || link->over || link->tries >= RETRIES_MOST)
			continue;
		link->client = client_connect(link->path, true, NULL);
		if (link->client == NULL && ++link->tries < RETRIES_MOST)
			links->retry_ms = now.mono_ms + RETRY_MS;
	}
}

static void drop(struct link *link, struct model *model, struct instant now)
{
	client_free(steal_ptr(&link->client));
	link->over = true;
	model_disconnected(model, link->number, now);
}

/* Hands on what has come. True if there was something. */
static bool deliver(struct links *links, struct link *link, struct model *model, struct instant now)
{
	struct wire_message message;
	bool any = false;

	while (client_next(link->client, &message)) {
		links->had_session |= message.type == WIRE_HELLO;
		model_message(model, link->number, &message, now);
		wire_message_free(&message);
		any = true;
	}
	return any;
}

/* Reads and writes one connection. True if the model changed. */
static bool serve(struct links *links, struct link *link, struct model *model, struct instant now)
{
	struct err e = { .code = ERR_GENERAL };
	bool changed = false, any = true;
	int result = client_wants_write(link->client) ? client_flush(link->client) : 0;

	for (int reads = 0; reads < READS_PER_RUN && any && result >= 0; reads++) {
		int more = client_read(link->client, &e);

		any = deliver(links, link, model, now);
		changed |= any;
		if (more > 0)
			continue;
		drop(link, model, now);
		if (more < 0)
			model_notice(model, now, ROLE_WARN, escape_string(e.message));
		return true;
	}
	if (result < 0)
		drop(link, model, now);
	return changed || result < 0;
}

/* True if the watched directory changed. */
static bool directory_changed(const struct links *links)
{
	char block[4096];
	bool changed = false;

	while (links->watch >= 0 && read(links->watch, block, sizeof(block)) > 0)
		changed = true;
	return changed;
}

static bool is_ready(const struct link *link, const struct pollfd *fds)
{
	return link->client != NULL && link->polled != 0 && fds[link->polled].revents != 0;
}

/* Everybody who has something, beginning where the last turn ended. */
static bool serve_all(struct links *links, struct model *model, const struct pollfd *fds,
		      struct instant now)
{
	size_t count = links->count, first = count > 0 ? links->turn % count : 0;
	bool changed = false;

	for (size_t i = 0; i < count; i++) {
		struct link *link = &links->items[(first + i) % count];

		if (!is_ready(link, fds))
			continue;
		changed |= serve(links, link, model, now);
		if (clock_mono_ms() - now.mono_ms >= RUN_MS) {
			links->turn = first + i + 1;
			break;
		}
	}
	return changed;
}

bool links_run(struct links *links, struct model *model, const struct pollfd *fds,
	       struct instant now)
{
	bool changed;

	/* Before a new look at the directory: that moves the links about. */
	changed = fds != NULL && serve_all(links, model, fds, now);
	if (directory_changed(links) || (links->rescan_ms >= 0 && now.mono_ms >= links->rescan_ms))
		links->rescan = true;
	if (links->rescan) {
		scan(links);
		connect_all(links, now);
	} else if (links->retry_ms >= 0 && now.mono_ms >= links->retry_ms) {
		connect_all(links, now);
	}
	if (links->watch < 0 && links->rescan)
		links->rescan_ms = now.mono_ms + RESCAN_MS;
	links->rescan = false;
	return changed;
}

/* NULL: it is gone. */
static struct client *find_client(const struct links *links, unsigned link)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].number == link)
			return links->items[i].client;
	return NULL;
}

void links_answer(struct links *links, unsigned link, const char *id, enum verdict verdict,
		  enum scope scope, enum duration duration)
{
	struct client *client = find_client(links, link);

	if (client == NULL)
		return;
	client_answer(client, id, verdict, scope, duration);
	/* What does not go out now goes when the socket is writable. */
	client_flush(client);
}

void links_hold(struct links *links, unsigned link, const char *id)
{
	struct client *client = find_client(links, link);

	if (client == NULL)
		return;
	client_hold(client, id);
	client_flush(client);
}

void links_ask_rules(struct links *links)
{
	for (size_t i = 0; i < links->count && i < RULES_ASKED; i++) {
		struct client *client = links->items[links->rules_turn++ % links->count].client;

		if (client == NULL || !client_can_rules(client))
			continue;
		client_ask_rules(client);
		client_flush(client);
	}
}

void links_revoke(struct links *links, unsigned link, const char *id)
{
	struct client *client = find_client(links, link);

	if (client == NULL || !client_can_rules(client))
		return;
	client_revoke(client, id);
	client_ask_rules(client);
	client_flush(client);
}

int links_publish(struct links *links, unsigned link, int host_port, int port, struct err *e)
{
	struct client *client = find_client(links, link);

	if (client == NULL)
		return err_set(e, "that session has ended");
	if (!client_can_publish(client))
		return err_set(e, "the session was started by an srt-top that cannot publish");
	client_publish(client, host_port, port);
	client_flush(client);
	return 0;
}

int links_signal(const struct links *links, unsigned link, int number, struct err *e)
{
	const struct client *client = find_client(links, link);
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (client == NULL)
		return err_set(e, "that session has ended");
	/* Who listens, not who says so: it lives as long as the connection does. */
	if (getsockopt(client_fd(client), SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ||
	    peer.pid <= 0 || kill(peer.pid, number) < 0)
		return err_errno(e, "the session cannot be ended");
	return 0;
}

bool links_empty(const struct links *links)
{
	return links->count == 0;
}

bool links_done(const struct links *links)
{
	if (links->only == NULL || !links->had_session)
		return false;
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].client != NULL)
			return false;
	return true;
}
