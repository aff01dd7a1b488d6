/* SPDX-License-Identifier: MIT */
/*
 * Two layers. The record layer is taken off as bytes come and what is inside gathered, up to a
 * bound; once the message is whole it is walked with readers that cannot leave their vector.
 */
#include "core/net/client_hello.h"

#include <string.h>

enum {
	RECORD_HANDSHAKE = 22,
	VERSION_MAJOR = 3, /* SSL 3.0 to TLS 1.3; the minor one says nothing in this record */
	RECORD_LENGTH_MOST = 16384,
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_HEADER_SIZE = 4,
	RANDOM_SIZE = 32,
	SESSION_ID_MOST = 32,
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ECH = 0xfe0d,
	NAME_TYPE_HOST = 0,
};

void client_hello_init(struct client_hello *hello)
{
	*hello = (struct client_hello){ .progress = CLIENT_HELLO_MORE };
}

void client_hello_free(struct client_hello *hello)
{
	buf_free(&hello->message);
}

struct reader {
	const uint8_t *at, *end;
};

static size_t left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

/* A big-endian number of `size` bytes. */
static bool take_number(struct reader *r, size_t size, size_t *value)
{
	if (left(r) < size)
		return false;
	*value = 0;
	while (size-- > 0)
		*value = *value << 8 | *r->at++;
	return true;
}

/* A vector behind its length of `size` bytes (RFC 8446, 3.4). */
static bool take_vector(struct reader *r, size_t size, struct reader *vector)
{
	size_t length;

	if (!take_number(r, size, &length) || length > left(r))
		return false;
	*vector = (struct reader){ r->at, r->at + length };
	r->at += length;
	return true;
}

static bool take_host(struct client_hello *hello, const struct reader *name)
{
	char text[HOST_TEXT_SIZE];
	size_t length = left(name);

	if (length == 0 || length >= sizeof(text) || memchr(name->at, '\0', length))
		return false;
	memcpy(text, name->at, length);
	text[length] = '\0';
	return host_canonical(text, hello->host);
}

/* ServerNameList: one host name at most. Names of other kinds are passed over; none is in use. */
static bool take_server_names(struct client_hello *hello, struct reader *data)
{
	struct reader list, name;
	bool has_host = false;
	size_t type;

	if (!take_vector(data, 2, &list) || left(data) || !left(&list))
		return false;
	while (left(&list)) {
		if (!take_number(&list, 1, &type) || !take_vector(&list, 2, &name))
			return false;
		if (type != NAME_TYPE_HOST)
			continue;
		if (has_host || !take_host(hello, &name))
			return false;
		has_host = true;
	}
	return true;
}

static bool take_extensions(struct client_hello *hello, struct reader *extensions)
{
	bool has_names = false;
	struct reader data;
	size_t type;

	while (left(extensions)) {
		if (!take_number(extensions, 2, &type) || !take_vector(extensions, 2, &data))
			return false;
		if (type == EXTENSION_ECH) {
			hello->has_ech = true;
		} else if (type == EXTENSION_SERVER_NAME) {
			if (has_names || !take_server_names(hello, &data))
				return false;
			has_names = true;
		}
	}
	return true;
}

static bool take_message(struct client_hello *hello, struct reader body)
{
	struct reader session, suites, compressions, extensions;

	if (left(&body) < 2 + RANDOM_SIZE)
		return false;
	body.at += 2 + RANDOM_SIZE;
	if (!take_vector(&body, 1, &session) || left(&session) > SESSION_ID_MOST ||
	    !take_vector(&body, 2, &suites) || left(&suites) == 0 || left(&suites) % 2 ||
	    !take_vector(&body, 1, &compressions) || left(&compressions) == 0)
		return false;
	if (!left(&body))
		return true; /* before TLS 1.3 there may be none (RFC 5246, 7.4.1.2) */
	return take_vector(&body, 2, &extensions) && !left(&body) &&
	       take_extensions(hello, &extensions);
}

/* Looks at what the records have carried so far. */
static enum client_hello_progress look(struct client_hello *hello)
{
	const uint8_t *bytes = (const uint8_t *)hello->message.data;
	struct reader r = { bytes, bytes + hello->message.length }, body;
	size_t type, size;

	if (take_number(&r, 1, &type) && type != HANDSHAKE_CLIENT_HELLO)
		return CLIENT_HELLO_NOT_TLS;
	if (!take_number(&r, 3, &size))
		return CLIENT_HELLO_MORE;
	if (HANDSHAKE_HEADER_SIZE + size > CLIENT_HELLO_MOST)
		return CLIENT_HELLO_BAD;
	if (left(&r) < size)
		return CLIENT_HELLO_MORE;
	body = (struct reader){ r.at, r.at + size };
	if (!take_message(hello, body)) {
		hello->host[0] = '\0';
		return CLIENT_HELLO_BAD;
	}
	return hello->host[0] ? CLIENT_HELLO_HOST : CLIENT_HELLO_NONE;
}

/* One byte of a record's header. */
static enum client_hello_progress take_header_byte(struct client_hello *hello, uint8_t byte)
{
	/* Once a message has begun, nothing may come in between (RFC 8446, 5.1). */
	enum client_hello_progress wrong =
		hello->message.length ? CLIENT_HELLO_BAD : CLIENT_HELLO_NOT_TLS;
	size_t at = hello->header_length++;

	hello->header[at] = byte;
	if ((at == 0 && byte != RECORD_HANDSHAKE) || (at == 1 && byte != VERSION_MAJOR))
		return wrong;
	if (at + 1 < sizeof(hello->header))
		return CLIENT_HELLO_MORE;
	hello->record_left = (size_t)hello->header[3] << 8 | hello->header[4];
	hello->header_length = 0;
	if (hello->record_left == 0 || hello->record_left > RECORD_LENGTH_MOST)
		return wrong;
	return CLIENT_HELLO_MORE;
}

enum client_hello_progress client_hello_feed(struct client_hello *hello, const char *bytes,
					     size_t length)
{
	while (length && hello->progress == CLIENT_HELLO_MORE) {
		size_t used = 1, room;

		if (hello->record_left == 0) {
			hello->progress = take_header_byte(hello, (uint8_t)*bytes);
		} else {
			room = CLIENT_HELLO_STREAM_MOST - hello->taken;
			used = length < hello->record_left ? length : hello->record_left;
			used = used < room ? used : room;
			/* look() refuses a size beyond the bound before much can gather. */
			buf_add(&hello->message, bytes, used);
			hello->record_left -= used;
			hello->progress = look(hello);
		}
		hello->taken += used;
		if (hello->progress == CLIENT_HELLO_MORE &&
		    hello->taken == CLIENT_HELLO_STREAM_MOST)
			hello->progress = CLIENT_HELLO_BAD;
		bytes += used;
		length -= used;
	}
	return hello->progress;
}
