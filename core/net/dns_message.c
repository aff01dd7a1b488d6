/* SPDX-License-Identifier: MIT */
#include "core/net/dns_message.h"

#include <string.h>

/* The second 16 bits of a header. */
enum {
	FLAG_QR = 0x8000,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RA = 0x0080,
	FLAG_CD = 0x0010,
	OPCODE_SHIFT = 11,
	OPCODE_MASK = 0xf,
};

enum { EDNS_DO = 0x8000 }; /* RFC 3225 */

/* Besides OPT a query carries a signature at most (TSIG, SIG(0)). */
#define ADDITIONAL_MOST 4

#define OPT_SIZE 11
/* Behind the owner: type, class, TTL and the length of the data. */
#define RECORD_FIXED 10
#define POINTER_TO_QUESTION (0xc000 | DNS_HEADER_SIZE)

struct reader {
	const uint8_t *bytes;
	size_t length, at;
};

static size_t left(const struct reader *r)
{
	return r->length - r->at;
}

/* The caller has seen that they are there. */
static unsigned take16(struct reader *r)
{
	unsigned value = (unsigned)r->bytes[r->at] << 8 | r->bytes[r->at + 1];

	r->at += 2;
	return value;
}

/* The question's name: labels only, never a pointer. */
static bool take_name(struct reader *r, struct dns_query *query)
{
	size_t start = r->at, used = 0;

	query->name_is_plain = true;
	for (;;) {
		size_t label;

		if (!left(r))
			return false;
		label = r->bytes[r->at++];
		if (label == 0)
			break;
		if (label > DNS_LABEL_MOST || label > left(r) ||
		    r->at + label - start >= DNS_NAME_WIRE_MOST)
			return false;
		if (used)
			query->name[used++] = '.';
		for (size_t i = 0; i < label; i++) {
			char c = (char)r->bytes[r->at++];

			if (c == '.' || c == '\0')
				query->name_is_plain = false;
			query->name[used++] = c;
		}
	}
	query->name[used] = '\0';
	return true;
}

/* The owner of a record that is passed over: a pointer ends it and is not followed. */
static bool skip_name(struct reader *r)
{
	while (left(r)) {
		size_t label = r->bytes[r->at++];

		if (label == 0)
			return true;
		if ((label & 0xc0) == 0xc0) {
			if (!left(r))
				return false;
			r->at++;
			return true;
		}
		if (label > DNS_LABEL_MOST || label > left(r))
			return false;
		r->at += label;
	}
	return false;
}

/* One additional record. Of these only OPT means anything here (RFC 6891, 6.1). */
static bool take_additional(struct reader *r, struct dns_query *query, unsigned *version)
{
	size_t start = r->at, data;
	unsigned type, class, flags;

	if (!skip_name(r) || left(r) < RECORD_FIXED)
		return false;
	type = take16(r);
	class = take16(r);
	if (type == DNS_OPT) {
		if (query->has_edns || r->bytes[start] != 0)
			return false;
		*version = take16(r) & 0xff;
		flags = take16(r);
		query->has_edns = true;
		query->dnssec_ok = flags & EDNS_DO;
		if (class > DNS_UDP_LEAST)
			query->udp_size = (uint16_t)class;
	} else {
		r->at += 4;
	}
	data = take16(r);
	if (data > left(r))
		return false;
	r->at += data;
	return true;
}

/* What follows the header. */
static enum dns_rcode take_sections(struct reader *r, struct dns_query *query,
				    unsigned additional_count)
{
	unsigned version = 0;
	size_t start = r->at;

	if (!take_name(r, query) || left(r) < 4)
		return DNS_FORMERR;
	query->type = (uint16_t)take16(r);
	query->class = (uint16_t)take16(r);
	query->question = r->bytes + start;
	query->question_length = r->at - start;
	if (additional_count > ADDITIONAL_MOST)
		return DNS_FORMERR;
	for (unsigned i = 0; i < additional_count; i++)
		if (!take_additional(r, query, &version))
			return DNS_FORMERR;
	if (left(r) || query->type == DNS_OPT)
		return DNS_FORMERR;
	if (version != 0)
		return DNS_BADVERS;
	if (query->class != DNS_CLASS_IN || query->type == DNS_IXFR || query->type == DNS_AXFR)
		return DNS_REFUSED;
	return DNS_NOERROR;
}

bool dns_query_parse(struct dns_query *query, const void *bytes, size_t length)
{
	struct reader r = { .bytes = bytes, .length = length };
	unsigned flags, questions, answers, authorities, additional;

	*query = (struct dns_query){ .udp_size = DNS_UDP_LEAST };
	if (length < DNS_HEADER_SIZE)
		return false;
	query->id = (uint16_t)take16(&r);
	flags = take16(&r);
	questions = take16(&r);
	answers = take16(&r);
	authorities = take16(&r);
	additional = take16(&r);
	if (flags & FLAG_QR)
		return false;
	query->opcode = flags >> OPCODE_SHIFT & OPCODE_MASK;
	query->recursion_desired = flags & FLAG_RD;
	query->checking_disabled = flags & FLAG_CD;
	if (query->opcode != 0)
		query->rcode = DNS_NOTIMP;
	/* RFC 9619: an ordinary query has one question, and nothing that looks like its answer. */
	else if (length > DNS_QUERY_MOST || questions != 1 || answers || authorities)
		query->rcode = DNS_FORMERR;
	else
		query->rcode = take_sections(&r, query, additional);
	return true;
}

struct writer {
	uint8_t *bytes;
	size_t length, limit;
	bool is_cut;
};

static void put(struct writer *w, const void *bytes, size_t length)
{
	if (length == 0)
		return;
	if (w->is_cut || length > w->limit - w->length) {
		w->is_cut = true;
		return;
	}
	memcpy(w->bytes + w->length, bytes, length);
	w->length += length;
}

static void put16(struct writer *w, unsigned value)
{
	put(w, (const uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static void put32(struct writer *w, uint32_t value)
{
	put16(w, value >> 16);
	put16(w, value & 0xffff);
}

/* A host name in labels; one that no message can hold cuts the answer. */
static void put_name(struct writer *w, const char *name)
{
	size_t start = w->length;

	while (*name) {
		size_t label = strcspn(name, ".");
		uint8_t length = (uint8_t)label;

		if (label == 0 || label > DNS_LABEL_MOST ||
		    w->length - start + label + 2 > DNS_NAME_WIRE_MOST) {
			w->is_cut = true;
			return;
		}
		put(w, &length, 1);
		put(w, name, label);
		name += label + (name[label] == '.');
	}
	put(w, "", 1);
}

static void put_record_start(struct writer *w, unsigned type)
{
	put16(w, type);
	put16(w, DNS_CLASS_IN);
	put32(w, DNS_TTL);
}

static void put_record(struct writer *w, const struct dns_answer *answer)
{
	size_t length_at;

	put16(w, POINTER_TO_QUESTION);
	put_record_start(w, answer->type);
	length_at = w->length;
	put16(w, 0);
	if (answer->type == DNS_PTR)
		put_name(w, answer->target);
	else
		put(w, answer->address, answer->type == DNS_A ? 4 : 16);
	if (!w->is_cut) {
		size_t data = w->length - length_at - 2;

		w->bytes[length_at] = (uint8_t)(data >> 8);
		w->bytes[length_at + 1] = (uint8_t)data;
	}
}

/* Of the root zone: above every name there is, so that it covers whatever was asked for. */
static void put_soa(struct writer *w)
{
	enum { TYPE_SOA = 6, DATA_LENGTH = 1 + 1 + 5 * 4 };

	put(w, "", 1);
	put_record_start(w, TYPE_SOA);
	put16(w, DATA_LENGTH);
	put(w, "\0", 2); /* primary server and mailbox: the root */
	put32(w, 1);	 /* serial */
	put32(w, 3600);	 /* refresh, retry, expire: for secondaries, and there are none */
	put32(w, 600);
	put32(w, 86400);
	put32(w, DNS_TTL); /* RFC 2308, 4: how long "no" is remembered */
}

static void put_opt(struct writer *w, const struct dns_query *query, enum dns_rcode rcode)
{
	put(w, "", 1);
	put16(w, DNS_OPT);
	put16(w, DNS_QUERY_MOST);
	put16(w, (unsigned)rcode >> 4 << 8); /* version 0 */
	put16(w, query->dnssec_ok ? EDNS_DO : 0);
	put16(w, 0);
}

/* One record of the answer or authority section: all of it or nothing. */
static unsigned put_section(struct writer *w, const struct dns_answer *answer)
{
	size_t start = w->length;

	if (answer)
		put_record(w, answer);
	else
		put_soa(w);
	if (!w->is_cut)
		return 1;
	w->length = start;
	return 0;
}

static void set16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

size_t dns_answer_write(const struct dns_query *query, const struct dns_answer *answer,
			size_t limit, uint8_t out[DNS_ANSWER_MOST])
{
	struct writer w = { .bytes = out, .length = DNS_HEADER_SIZE, .limit = limit };
	bool is_negative = !answer->type && query->question_length &&
			   (answer->rcode == DNS_NOERROR || answer->rcode == DNS_NXDOMAIN);
	unsigned flags = FLAG_QR | FLAG_RA | (unsigned)query->opcode << OPCODE_SHIFT;
	unsigned answers = 0, authorities = 0;
	/* Where there is EDNS, its record comes last but is never what is left out. */
	size_t reserved = query->has_edns ? OPT_SIZE : 0;

	if (w.limit > DNS_ANSWER_MOST)
		w.limit = DNS_ANSWER_MOST;
	if (w.limit < DNS_UDP_LEAST)
		w.limit = DNS_UDP_LEAST;
	w.limit -= reserved;
	put(&w, query->question, query->question_length);
	if (answer->type)
		answers = put_section(&w, answer);
	else if (is_negative)
		authorities = put_section(&w, NULL);

	if (w.is_cut)
		flags |= FLAG_TC;
	if (query->recursion_desired)
		flags |= FLAG_RD;
	if (query->checking_disabled)
		flags |= FLAG_CD;
	set16(out, query->id);
	set16(out + 2, flags | ((unsigned)answer->rcode & 0xf));
	set16(out + 4, query->question_length ? 1 : 0);
	set16(out + 6, answers);
	set16(out + 8, authorities);
	set16(out + 10, query->has_edns ? 1 : 0);
	w.is_cut = false;
	w.limit += reserved;
	if (query->has_edns)
		put_opt(&w, query, answer->rcode);
	return w.length;
}

size_t dns_udp_limit(const struct dns_query *query)
{
	return query->udp_size < DNS_ANSWER_MOST ? query->udp_size : DNS_ANSWER_MOST;
}
