/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_DNS_MESSAGE_H
#define CORE_NET_DNS_MESSAGE_H

/*
 * DNS messages as a recursive resolver meets them: reads a query, writes its answer (RFC 1035;
 * EDNS(0), RFC 6891). Pure.
 *
 * A query comes from inside the sandbox and is hostile. Its one question is taken only in plain
 * labels, since nothing lies before it that a compression pointer could lead to, and goes back byte
 * for byte: resolvers that mix upper and lower case against spoofing compare it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_HEADER_SIZE 12
#define DNS_NAME_WIRE_MOST 255	/* RFC 1035, 3.1: length bytes and the root's included */
#define DNS_NAME_TEXT_SIZE 254	/* the same in dots, with its NUL */
#define DNS_LABEL_MOST 63
/* Longest query taken. Real ones, padded ones too (RFC 8467), are far below. */
#define DNS_QUERY_MOST 1232
/* Longest answer written. */
#define DNS_ANSWER_MOST 1232
/* What a client without EDNS takes over UDP. */
#define DNS_UDP_LEAST 512

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_BADVERS = 16, /* needs the upper bits that EDNS adds */
};

enum dns_type {
	DNS_A = 1,
	DNS_PTR = 12,
	DNS_AAAA = 28,
	DNS_OPT = 41,
	DNS_IXFR = 251,
	DNS_AXFR = 252,
};

enum { DNS_CLASS_IN = 1 };

struct dns_query {
	uint16_t id;
	uint8_t opcode;
	bool recursion_desired, checking_disabled;
	bool has_edns, dnssec_ok;
	uint16_t udp_size; /* what the client takes over UDP, from DNS_UDP_LEAST up */

	/* Name, type and class as they came; borrowed from the bytes parsed. Length 0 = none. */
	const uint8_t *question;
	size_t question_length;
	uint16_t type, class;
	/* The name in dots, as spelled, "" for the root; what a label may hold it may hold. */
	char name[DNS_NAME_TEXT_SIZE];
	/* False where a label holds a dot or NUL: the text above is then not that name. */
	bool name_is_plain;

	/* DNS_NOERROR, or what to answer without a look at the question. */
	enum dns_rcode rcode;
};

/*
 * False where no answer may be given: not even a header, or itself an answer, which a stub
 * that replied to it could be made to exchange with another for ever.
 */
bool dns_query_parse(struct dns_query *query, const void *bytes, size_t length);

struct dns_answer {
	enum dns_rcode rcode;
	/*
	 * Type of the one record: DNS_A, DNS_AAAA or DNS_PTR; 0 = none. With none, DNS_NOERROR
	 * (no such data) and DNS_NXDOMAIN carry an SOA record, so that they are cached as
	 * briefly as the others (RFC 2308) and no resolver takes them for a referral.
	 */
	uint16_t type;
	uint8_t address[16]; /* DNS_A: the first four */
	const char *target;  /* DNS_PTR: a host name; borrowed */
};

#define DNS_TTL 5 /* seconds */

/*
 * Writes the answer, at most `limit` bytes of it (at least DNS_UDP_LEAST); what does not fit is
 * left out and TC set. Returns its length.
 */
size_t dns_answer_write(const struct dns_query *query, const struct dns_answer *answer,
			size_t limit, uint8_t out[DNS_ANSWER_MOST]);
/* The limit for an answer over UDP. */
size_t dns_udp_limit(const struct dns_query *query);

#endif
