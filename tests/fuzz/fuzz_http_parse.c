/* SPDX-License-Identifier: MIT */
/*
 * Heads, bodies and targets. The input is one message; its first byte says how it is cut into
 * pieces and whether it is a request. However it is cut, the outcome has to be the same, and
 * nothing that is passed on may hold a line end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/net/http_auth.h"
#include "core/net/http_body.h"
#include "core/net/http_parse.h"
#include "core/net/http_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD_LIMIT 4096

static void require(bool condition)
{
	if (!condition)
		abort();
}

static enum http_progress feed_head(struct http_head *head, enum http_message message,
				    const char *bytes, size_t length, size_t step, size_t *used)
{
	enum http_progress progress = HTTP_MORE;

	http_head_init(head, message, HEAD_LIMIT);
	*used = 0;
	while (progress == HTTP_MORE && *used < length) {
		size_t piece = length - *used < step ? length - *used : step, taken;

		progress = http_head_feed(head, bytes + *used, piece, &taken);
		require(taken <= piece && (progress != HTTP_MORE || taken == piece));
		*used += taken;
	}
	return progress;
}

static void check_line(const char *text)
{
	for (; *text; text++)
		require(*text != '\r' && *text != '\n');
}

static void check_target(const char *text)
{
	struct http_target target;

	if (http_target_parse_absolute(&target, text)) {
		require(target.port >= 0 && target.port <= 65535 && target.path[0] == '/');
		for (const char *c = target.host; *c; c++)
			require((unsigned char)*c > 0x20);
		http_host_names(text, target.host, target.port, 80);
		for (const char *c = target.path; *c; c++)
			require(*c > 0x20 && *c < 0x7f && *c != '#');
		http_target_free(&target);
	}
	if (http_target_parse_authority(&target, text)) {
		require(target.port >= 1 && target.port <= 65535 && target.host[0]);
		http_target_free(&target);
	}
}

static void check_head(const struct http_head *head)
{
	for (size_t i = 0; i < head->field_count; i++) {
		check_line(http_field_name(head, i));
		check_line(http_field_value(head, i));
		http_field_is_forwarded(head, i);
	}
	if (head->message == HTTP_RESPONSE) {
		require(head->status >= 100 && head->status <= 999);
		return;
	}
	check_line(http_head_method(head));
	check_line(http_head_target(head));
	check_target(http_head_target(head));
	http_auth_basic_is_valid(http_head_only(head, "proxy-authorization"), "token");
}

static enum http_body_progress feed_body(struct http_body *body, const char *bytes, size_t length,
					 size_t step, struct buf *content, size_t *used)
{
	enum http_body_progress progress = HTTP_BODY_MORE;

	*used = 0;
	while (*used < length && progress != HTTP_BODY_DONE && progress != HTTP_BODY_BAD) {
		size_t piece = length - *used < step ? length - *used : step, taken, data_length;
		const char *data;

		progress = http_body_next(body, bytes + *used, piece, &taken, &data, &data_length);
		require(taken <= piece && data_length <= taken);
		if (progress == HTTP_BODY_DATA)
			buf_add(content, data, data_length);
		*used += taken;
	}
	return http_body_is_done(body)	      ? HTTP_BODY_DONE
	       : progress == HTTP_BODY_BAD ? HTTP_BODY_BAD
					   : HTTP_BODY_MORE;
}

static void check_body(enum http_body_kind kind, uint64_t declared, const char *bytes,
		       size_t length, size_t step)
{
	struct buf whole = BUF_EMPTY, pieces = BUF_EMPTY, again = BUF_EMPTY, coded = BUF_EMPTY;
	enum http_body_progress first, second;
	size_t used_whole, used_pieces, used;
	struct http_body body;

	http_body_init(&body, kind, declared);
	first = feed_body(&body, bytes, length, length + 1, &whole, &used_whole);
	http_body_init(&body, kind, declared);
	second = feed_body(&body, bytes, length, step, &pieces, &used_pieces);
	require(first == second && whole.length == pieces.length);
	require(first == HTTP_BODY_BAD || used_whole == used_pieces);
	require(!whole.length || memcmp(whole.data, pieces.data, whole.length) == 0);

	http_chunk_add(&coded, whole.data, whole.length);
	http_chunk_end(&coded);
	http_body_init(&body, HTTP_BODY_CHUNKED, 0);
	require(feed_body(&body, coded.data, coded.length, step, &again, &used) == HTTP_BODY_DONE);
	require(used == coded.length && again.length == whole.length);
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&again);
	buf_free(&coded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum http_message message;
	struct http_head whole, pieces;
	enum http_progress progress;
	size_t used, used_in_pieces, step;
	const char *bytes;

	if (size < 1 || size > 65536)
		return 0;
	message = data[0] & 0x80 ? HTTP_RESPONSE : HTTP_REQUEST;
	step = (size_t)(data[0] & 0x1f) + 1;
	bytes = (const char *)data + 1;
	size--;

	progress = feed_head(&whole, message, bytes, size, size + 1, &used);
	require(feed_head(&pieces, message, bytes, size, step, &used_in_pieces) == progress);
	require(used == used_in_pieces);
	if (progress == HTTP_DONE) {
		enum http_body_kind kind = HTTP_BODY_TO_CLOSE;

		require(whole.text.length == pieces.text.length &&
			memcmp(whole.text.data, pieces.text.data, whole.text.length) == 0);
		check_head(&whole);
		if (whole.framing == HTTP_FRAMING_LENGTH)
			kind = HTTP_BODY_LENGTH;
		else if (whole.framing == HTTP_FRAMING_CHUNKED)
			kind = HTTP_BODY_CHUNKED;
		check_body(kind, whole.content_length, bytes + used, size - used, step);
	}
	http_head_free(&whole);
	http_head_free(&pieces);
	return 0;
}
