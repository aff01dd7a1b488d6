/* SPDX-License-Identifier: MIT */
/*
 * The first bytes of a connection, TLS or not. The first byte of the input says how the rest is cut
 * into pieces, of changing sizes; however it is cut, the outcome is the same. A hello's host is
 * found again when its message comes in other records.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/net/client_hello.h"
#include "core/net/first_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Sizes of pieces, from a seed: mostly small ones. */
static size_t next_piece(uint32_t *seed, size_t left)
{
	size_t piece;

	*seed = *seed * 1664525 + 1013904223;
	piece = 1 + (*seed >> 24) % ((*seed >> 16 & 7) ? 8 : 200);
	return piece < left ? piece : left;
}

static void check_host(const char *host)
{
	char again[HOST_TEXT_SIZE];

	require(host_canonical(host, again) && strcmp(again, host) == 0);
}

static enum client_hello_progress feed(struct client_hello *hello, const char *bytes, size_t size,
				       uint32_t seed, bool whole)
{
	client_hello_init(hello);
	while (size) {
		size_t piece = whole ? size : next_piece(&seed, size);

		client_hello_feed(hello, bytes, piece);
		bytes += piece;
		size -= piece;
	}
	return hello->progress;
}

/* The same message in records of `step` bytes. */
static void check_in_other_records(const struct client_hello *hello, size_t step)
{
	struct buf stream = BUF_EMPTY;
	struct client_hello again;

	if (step < 2) /* records of a byte may go beyond the bound of the stream */
		step = 2;
	for (size_t at = 0; at < hello->message.length; at += step) {
		size_t left = hello->message.length - at, piece = left < step ? left : step;
		const char header[] = { 22, 3, 1, (char)(piece >> 8), (char)piece };

		buf_add(&stream, header, sizeof(header));
		buf_add(&stream, hello->message.data + at, piece);
	}
	if (stream.length <= CLIENT_HELLO_STREAM_MOST) {
		require(feed(&again, stream.data, stream.length, 0, true) == hello->progress);
		require(strcmp(again.host, hello->host) == 0 && again.has_ech == hello->has_ech);
		client_hello_free(&again);
	}
	buf_free(&stream);
}

static void check_hello(const char *bytes, size_t size, uint32_t seed)
{
	struct client_hello whole, pieces;
	enum client_hello_progress progress = feed(&whole, bytes, size, 0, true);

	require(feed(&pieces, bytes, size, seed, false) == progress);
	require(strcmp(whole.host, pieces.host) == 0 && whole.has_ech == pieces.has_ech);
	require(pieces.message.length <= CLIENT_HELLO_MOST + 16384);
	require((progress == CLIENT_HELLO_HOST) == (whole.host[0] != '\0'));
	if (whole.host[0])
		check_host(whole.host);
	if (progress == CLIENT_HELLO_HOST || progress == CLIENT_HELLO_NONE)
		check_in_other_records(&whole, seed & 0xff);
	client_hello_free(&whole);
	client_hello_free(&pieces);
}

static void feed_first(struct first_bytes *first, const char *bytes, size_t size, uint32_t seed,
		       bool whole)
{
	bool is_enough = size >= FIRST_BYTES_MOST;

	first_bytes_init(first);
	while (size) {
		size_t piece = whole ? size : next_piece(&seed, size);

		first_bytes_feed(first, bytes, piece);
		bytes += piece;
		size -= piece;
	}
	require(first->is_decided || !is_enough);
	first_bytes_end(first);
}

static void check_first_bytes(const char *bytes, size_t size, uint32_t seed)
{
	struct first_bytes whole, pieces;

	feed_first(&whole, bytes, size, 0, true);
	feed_first(&pieces, bytes, size, seed, false);
	require(whole.kind == pieces.kind && whole.is_broken == pieces.is_broken);
	require(whole.has_ech == pieces.has_ech && !whole.host == !pieces.host);
	if (whole.host) {
		require(strcmp(whole.host, pieces.host) == 0);
		require(!whole.is_broken && whole.kind != FIRST_BYTES_OTHER);
		check_host(whole.host);
	}
	first_bytes_free(&whole);
	first_bytes_free(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 65536)
		return 0;
	check_hello((const char *)data + 1, size - 1, data[0]);
	check_first_bytes((const char *)data + 1, size - 1, data[0]);
	return 0;
}
