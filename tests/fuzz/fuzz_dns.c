/* SPDX-License-Identifier: MIT */
/*
 * A query, its first byte apart, which chooses the limit and "IPv4 only". Whatever it is, the
 * answer is a whole message within the limit that belongs to the query, and asking again changes
 * nothing. Answers are never answered.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/net/dns_message.h"
#include "core/net/dns_zone.h"
#include "core/net/names.h"
#include "core/policy/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static unsigned number(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* Labels, or a pointer to what lies before; returns what follows. */
static size_t pass_name(const uint8_t *out, size_t length, size_t at)
{
	for (;;) {
		require(at < length);
		if (out[at] == 0)
			return at + 1;
		if (out[at] >= 0xc0) {
			require(at + 1 < length && number(out + at) == (0xc000 | DNS_HEADER_SIZE));
			return at + 2;
		}
		require(out[at] <= DNS_LABEL_MOST);
		at += 1 + out[at];
	}
}

static size_t pass_record(const uint8_t *out, size_t length, size_t at)
{
	size_t data;

	at = pass_name(out, length, at);
	require(at + 10 <= length);
	data = number(out + at + 8);
	if (number(out + at) == DNS_PTR)
		require(pass_name(out, length, at + 10) == at + 10 + data);
	require(at + 10 + data <= length);
	return at + 10 + data;
}

static void check_answer(const struct dns_query *query, const struct dns_answer *answer,
			 const uint8_t *out, size_t length)
{
	unsigned records = number(out + 6) + number(out + 8) + number(out + 10);
	size_t at = DNS_HEADER_SIZE;

	require(length >= DNS_HEADER_SIZE && number(out) == query->id && out[2] & 0x80);
	require((out[3] & 0xfu) == ((unsigned)answer->rcode & 0xf));
	require(number(out + 4) == (query->question_length > 0));
	require(!query->question_length ||
		memcmp(out + at, query->question, query->question_length) == 0);
	at += query->question_length;
	require(records <= 2);
	while (records-- > 0)
		at = pass_record(out, length, at);
	require(at == length);
}

static void answer_twice(struct names *names, const struct dns_query *query, size_t limit)
{
	uint8_t out[DNS_ANSWER_MOST], again[DNS_ANSWER_MOST];
	struct dns_outcome outcome;
	char canonical[HOST_TEXT_SIZE];
	size_t length;

	dns_zone_answer(query, names, &outcome);
	if (outcome.first_asked) {
		require(host_canonical(outcome.first_asked, canonical));
		require(strcmp(canonical, outcome.first_asked) == 0);
		require(!host_is_address(canonical));
	}
	require(outcome.answer.type == 0 || outcome.answer.type == query->type);
	require(outcome.answer.type == 0 || query->rcode == DNS_NOERROR);
	length = dns_answer_write(query, &outcome.answer, limit, out);
	require(length <= (limit < DNS_UDP_LEAST ? DNS_UDP_LEAST : limit));
	check_answer(query, &outcome.answer, out, length);

	dns_zone_answer(query, names, &outcome);
	require(!outcome.first_asked);
	require(dns_answer_write(query, &outcome.answer, limit, again) == length);
	require(memcmp(out, again, length) == 0);
	require(!dns_query_parse(&(struct dns_query){ 0 }, out, length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct names *names;
	struct dns_query query;

	if (size < 1 || size > 4096)
		return 0;
	if (!dns_query_parse(&query, data + 1, size - 1))
		return 0;
	require(strlen(query.name) < sizeof(query.name));
	require(dns_udp_limit(&query) >= DNS_UDP_LEAST && dns_udp_limit(&query) <= DNS_ANSWER_MOST);
	names = names_new(0, 0);
	names_allot(names, "first.example", NULL);
	names_allot(names, "second.example", NULL);
	answer_twice(names, &query, data[0] & 2 ? DNS_ANSWER_MOST : dns_udp_limit(&query));
	names_free(names);
	return 0;
}
