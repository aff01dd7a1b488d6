/* SPDX-License-Identifier: MIT */
#include "core/net/http_body.h"

#include "core/base/hex.h"

/* More than any client sends; a bound on what is read without giving content. */
#define EXTENSION_MOST 4096
#define TRAILERS_MOST 16384
#define SIZE_DIGITS_MOST 15 /* of 4 bits: cannot overflow, nor reach the sign bit */

enum chunk_state {
	CHUNK_SIZE,
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	TRAILER_START,
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
	BODY_ENDED,
	BODY_BROKEN,
};

void http_body_init(struct http_body *body, enum http_body_kind kind, uint64_t length)
{
	*body = (struct http_body){ .kind = kind, .state = CHUNK_SIZE };
	if (kind == HTTP_BODY_LENGTH)
		body->remaining = length;
}

bool http_body_is_done(const struct http_body *body)
{
	switch (body->kind) {
	case HTTP_BODY_NONE:
		return true;
	case HTTP_BODY_LENGTH:
		return body->remaining == 0;
	case HTTP_BODY_CHUNKED:
		return body->state == BODY_ENDED;
	case HTTP_BODY_TO_CLOSE:
		break;
	}
	return false;
}

static bool is_text(char c)
{
	unsigned char u = (unsigned char)c;

	return (u >= 0x20 && u != 0x7f) || u == '\t';
}

static int after_size(struct http_body *body)
{
	int state = body->remaining ? CHUNK_DATA : TRAILER_START;

	body->digits = 0;
	body->overhead = 0;
	return state;
}

static int take_size(struct http_body *body, char c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		if (++body->digits > SIZE_DIGITS_MOST)
			return BODY_BROKEN;
		body->remaining = body->remaining << 4 | (uint64_t)digit;
		return CHUNK_SIZE;
	}
	if (body->digits == 0)
		return BODY_BROKEN;
	if (c == ';')
		return CHUNK_EXTENSION;
	return c == '\r' ? CHUNK_SIZE_LF : BODY_BROKEN;
}

static int take_trailer(struct http_body *body, char c)
{
	if (++body->overhead > TRAILERS_MOST)
		return BODY_BROKEN;
	switch (body->state) {
	case TRAILER_START:
		if (c == '\r')
			return LAST_LF;
		return is_text(c) && c != ' ' && c != '\t' && c != ':' ? TRAILER_NAME : BODY_BROKEN;
	case TRAILER_NAME:
		if (c == ':')
			return TRAILER_VALUE;
		return is_text(c) && c != ' ' && c != '\t' ? TRAILER_NAME : BODY_BROKEN;
	case TRAILER_VALUE:
		if (c == '\r')
			return TRAILER_LF;
		return is_text(c) ? TRAILER_VALUE : BODY_BROKEN;
	case TRAILER_LF:
		return c == '\n' ? TRAILER_START : BODY_BROKEN;
	default:
		return c == '\n' ? BODY_ENDED : BODY_BROKEN;
	}
}

/* One byte of framing. Returns the next state. */
static int take_framing(struct http_body *body, char c)
{
	switch (body->state) {
	case CHUNK_SIZE:
		return take_size(body, c);
	case CHUNK_EXTENSION:
		if (c == '\r')
			return CHUNK_SIZE_LF;
		return is_text(c) && ++body->overhead <= EXTENSION_MOST ? CHUNK_EXTENSION
									: BODY_BROKEN;
	case CHUNK_SIZE_LF:
		return c == '\n' ? after_size(body) : BODY_BROKEN;
	case CHUNK_DATA_CR:
		return c == '\r' ? CHUNK_DATA_LF : BODY_BROKEN;
	case CHUNK_DATA_LF:
		return c == '\n' ? CHUNK_SIZE : BODY_BROKEN;
	default:
		return take_trailer(body, c);
	}
}

static enum http_body_progress give_content(struct http_body *body, const char *bytes,
					    size_t length, size_t *used, const char **data,
					    size_t *data_length)
{
	if (body->remaining < length)
		length = (size_t)body->remaining;
	body->remaining -= length;
	*data = bytes;
	*data_length = length;
	*used += length;
	return HTTP_BODY_DATA;
}

enum http_body_progress http_body_next(struct http_body *body, const char *bytes, size_t length,
				       size_t *used, const char **data, size_t *data_length)
{
	*used = 0;
	*data_length = 0;
	if (http_body_is_done(body))
		return HTTP_BODY_DONE;
	if (body->kind == HTTP_BODY_TO_CLOSE)
		body->remaining = UINT64_MAX;
	if (body->kind != HTTP_BODY_CHUNKED)
		return length ? give_content(body, bytes, length, used, data, data_length)
			      : HTTP_BODY_MORE;

	while (*used < length) {
		if (body->state == CHUNK_DATA) {
			give_content(body, bytes + *used, length - *used, used, data, data_length);
			if (body->remaining == 0)
				body->state = CHUNK_DATA_CR;
			return HTTP_BODY_DATA;
		}
		if (body->state == BODY_BROKEN)
			return HTTP_BODY_BAD;
		body->state = take_framing(body, bytes[*used]);
		if (body->state == BODY_BROKEN)
			return HTTP_BODY_BAD;
		++*used;
		if (body->state == BODY_ENDED)
			return HTTP_BODY_DONE;
	}
	return HTTP_BODY_MORE;
}

void http_chunk_add(struct buf *out, const char *data, size_t length)
{
	if (!length)
		return; /* it would end the body */
	buf_addf(out, "%zx\r\n", length);
	buf_add(out, data, length);
	buf_adds(out, "\r\n");
}

void http_chunk_end(struct buf *out)
{
	buf_adds(out, "0\r\n\r\n");
}
