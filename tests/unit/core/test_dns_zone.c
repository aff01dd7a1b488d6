/* SPDX-License-Identifier: MIT */
#include "core/net/dns_zone.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

enum { MX = 15, TXT = 16, SRV = 33, HTTPS = 65, ANY = 255 };

static void ask_bytes(struct names *names, const char *name, size_t length, unsigned type,
		      struct dns_outcome *outcome)
{
	struct dns_query query = { .type = (uint16_t)type, .class = DNS_CLASS_IN,
				   .name_is_plain = strlen(name) == length };

	snprintf(query.name, sizeof(query.name), "%s", name);
	dns_zone_answer(&query, names, outcome);
}

static void ask(struct names *names, const char *name, unsigned type, struct dns_outcome *outcome)
{
	ask_bytes(names, name, strlen(name), type, outcome);
}

/* Of one outcome: "NXDOMAIN", "none", an address or "-> name". Borrowed until the next call. */
static const char *words(const struct dns_outcome *outcome)
{
	static char text[300];
	const struct dns_answer *answer = &outcome->answer;

	if (answer->rcode != DNS_NOERROR)
		return answer->rcode == DNS_NXDOMAIN ? "NXDOMAIN"
		       : answer->rcode == DNS_SERVFAIL ? "SERVFAIL" : "another rcode";
	if (answer->type == 0)
		return "none";
	if (answer->type == DNS_PTR)
		snprintf(text, sizeof(text), "-> %s", answer->target);
	else
		inet_ntop(answer->type == DNS_A ? AF_INET : AF_INET6, answer->address, text,
			  sizeof(text));
	return text;
}

/* The table holds first.example (1) and second.example (2) beforehand. */
static const struct {
	const char *name;
	unsigned type;
	const char *expected;
	const char *first_asked; /* NULL = nothing new */
} questions[] = {
	{ "first.example", DNS_A, "198.18.0.1", NULL },
	{ "First.EXAMPLE", DNS_A, "198.18.0.1", NULL },
	{ "second.example", DNS_AAAA, "fd00:5372:7400::2", NULL },
	{ "Third.Example", DNS_A, "198.18.0.3", "third.example" },
	{ "third.example", DNS_AAAA, "fd00:5372:7400::3", "third.example" },
	{ "db", DNS_A, "198.18.0.3", "db" },
	{ "under_score.example", DNS_A, "198.18.0.3", "under_score.example" },
	{ "printer.local", DNS_A, "198.18.0.3", "printer.local" },
	{ "nas.home.arpa", DNS_A, "198.18.0.3", "nas.home.arpa" },
	{ "B\xc3\xbc" "cher.example", DNS_A, "198.18.0.3", "xn--bcher-kva.example" },
	{ "first.example", MX, "none", NULL },
	{ "first.example", TXT, "none", NULL },
	{ "first.example", HTTPS, "none", NULL },
	{ "first.example", ANY, "none", NULL },
	{ "first.example", DNS_PTR, "none", NULL },
	{ "_http._tcp.first.example", SRV, "none", "_http._tcp.first.example" },
	{ "new.example", TXT, "none", "new.example" },
	{ "", 2, "none", NULL },
	{ "", DNS_A, "none", NULL },

	{ "localhost", DNS_A, "127.0.0.1", NULL },
	{ "LocalHost", DNS_AAAA, "::1", NULL },
	{ "a.localhost", DNS_A, "127.0.0.1", NULL },
	{ "localhost", MX, "none", NULL },
	{ "notlocalhost", DNS_A, "198.18.0.3", "notlocalhost" },
	{ "localhost.example", DNS_A, "198.18.0.3", "localhost.example" },
	{ "invalid", DNS_A, "NXDOMAIN", "invalid" },
	{ "a.INVALID", DNS_AAAA, "NXDOMAIN", "a.invalid" },
	{ "a.onion", TXT, "NXDOMAIN", "a.onion" },
	{ "onion.example", DNS_A, "198.18.0.3", "onion.example" },
	{ "a.alt", DNS_A, "NXDOMAIN", "a.alt" },
	{ "use-application-dns.net", DNS_A, "NXDOMAIN", "use-application-dns.net" },

	{ "1.0.18.198.in-addr.arpa", DNS_PTR, "-> first.example", NULL },
	{ "2.0.18.198.IN-ADDR.ARPA", DNS_PTR, "-> second.example", NULL },
	{ "2.0.18.198.in-addr.arpa", DNS_A, "none", NULL },
	{ "3.0.18.198.in-addr.arpa", DNS_PTR, "NXDOMAIN", NULL },
	{ "0.0.18.198.in-addr.arpa", DNS_PTR, "NXDOMAIN", NULL },
	{ "1.255.19.198.in-addr.arpa", DNS_PTR, "NXDOMAIN", NULL },
	{ "8.8.8.8.in-addr.arpa", DNS_PTR, "NXDOMAIN", NULL },
	{ "1.0.0.127.in-addr.arpa", DNS_PTR, "-> localhost", NULL },
	{ "0.18.198.in-addr.arpa", DNS_PTR, "none", NULL },
	{ "01.0.18.198.in-addr.arpa", DNS_PTR, "none", NULL },
	{ "256.0.18.198.in-addr.arpa", DNS_PTR, "none", NULL },
	{ "1.1.0.18.198.in-addr.arpa", DNS_PTR, "none", NULL },
	{ "in-addr.arpa", DNS_PTR, "none", NULL },
	{ "arpa", MX, "none", NULL },
	{ "ipv4only.arpa", DNS_AAAA, "none", NULL },
	{ "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.7.2.7.3.5.0.0.d.f.ip6.arpa", DNS_PTR,
	  "-> second.example", NULL },
	{ "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.7.2.7.3.5.0.0.D.F.IP6.arpa", DNS_PTR,
	  "-> second.example", NULL },
	{ "2.0.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.7.2.7.3.5.0.0.d.f.ip6.arpa", DNS_PTR,
	  "NXDOMAIN", NULL },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa", DNS_PTR,
	  "-> localhost", NULL },
	{ "8.8.8.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2.ip6.arpa", DNS_PTR,
	  "NXDOMAIN", NULL },
	{ "g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.7.2.7.3.5.0.0.d.f.ip6.arpa", DNS_PTR,
	  "none", NULL },
	{ "20.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.7.2.7.3.5.0.0.d.f.ip6.arpa", DNS_PTR,
	  "none", NULL },
	{ "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.7.2.7.3.5.0.0.d.f.ip6.arpa", DNS_PTR,
	  "none", NULL },

	/* No policy could judge these, and an address needs no name server. */
	{ "127.0.0.1", DNS_A, "NXDOMAIN", NULL },
	{ "0x7f.1", DNS_A, "NXDOMAIN", NULL },
	{ "[::1]", DNS_AAAA, "NXDOMAIN", NULL },
	{ "::1", DNS_AAAA, "NXDOMAIN", NULL },
	{ "host.1", DNS_A, "NXDOMAIN", NULL },
	{ "a b.example", DNS_A, "NXDOMAIN", NULL },
	{ "*.example", DNS_A, "NXDOMAIN", NULL },
	{ "a%2eb.example", DNS_A, "NXDOMAIN", NULL },
	{ "xn--\xff.example", DNS_A, "NXDOMAIN", NULL },
	{ "a\\.b.example", DNS_A, "NXDOMAIN", NULL },
};

START_TEST(every_question_has_its_answer)
{
	struct names *names = names_new(0, 0);
	struct dns_outcome outcome;

	names_allot(names, "first.example", NULL);
	names_allot(names, "second.example", NULL);
	ask(names, questions[_i].name, questions[_i].type, &outcome);
	ck_assert_msg(strcmp(words(&outcome), questions[_i].expected) == 0, "%s %u: %s",
		      questions[_i].name, questions[_i].type, words(&outcome));
	if (questions[_i].first_asked) {
		ck_assert_ptr_nonnull(outcome.first_asked);
		ck_assert_str_eq(outcome.first_asked, questions[_i].first_asked);
		/* Told once. */
		ask(names, questions[_i].name, DNS_AAAA, &outcome);
	}
	ck_assert_ptr_null(outcome.first_asked);
	names_free(names);
}
END_TEST

START_TEST(a_dot_inside_a_label_makes_no_other_name)
{
	struct names *names = names_new(0, 0);
	struct dns_outcome outcome;

	ask_bytes(names, "a.example", 10, DNS_A, &outcome);
	ck_assert_str_eq(words(&outcome), "NXDOMAIN");
	ck_assert_ptr_null(names_at(names, 1));
	names_free(names);
}
END_TEST

START_TEST(a_full_table_fails_for_now)
{
	struct names *names = names_new(1, 0);
	struct dns_outcome outcome;

	ask(names, "a.example", DNS_A, &outcome);
	ask(names, "b.example", DNS_A, &outcome);
	ck_assert_str_eq(words(&outcome), "SERVFAIL");
	ck_assert_ptr_null(outcome.first_asked);
	ask(names, "b.example", TXT, &outcome);
	ck_assert_str_eq(words(&outcome), "SERVFAIL");
	ask(names, "b.onion", DNS_A, &outcome);
	ck_assert_str_eq(words(&outcome), "NXDOMAIN");
	ask(names, "a.example", DNS_A, &outcome);
	ck_assert_str_eq(words(&outcome), "198.18.0.1");
	names_free(names);
}
END_TEST

START_TEST(a_query_that_is_refused_stays_refused)
{
	const enum dns_rcode rcodes[] = { DNS_FORMERR, DNS_NOTIMP, DNS_REFUSED, DNS_BADVERS };
	struct names *names = names_new(0, 0);

	for (size_t i = 0; i < ARRAY_LENGTH(rcodes); i++) {
		struct dns_query query = { .type = DNS_A, .name = "a.example",
					   .name_is_plain = true, .rcode = rcodes[i] };
		struct dns_outcome outcome;

		dns_zone_answer(&query, names, &outcome);
		ck_assert_int_eq(outcome.answer.rcode, rcodes[i]);
		ck_assert_uint_eq(outcome.answer.type, 0);
	}
	ck_assert_ptr_null(names_at(names, 1));
	names_free(names);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("dns_zone");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, every_question_has_its_answer, 0, ARRAY_LENGTH(questions));
	tcase_add_test(tc, a_dot_inside_a_label_makes_no_other_name);
	tcase_add_test(tc, a_full_table_fails_for_now);
	tcase_add_test(tc, a_query_that_is_refused_stays_refused);
	suite_add_tcase(suite, tc);
	return suite;
}

RUN_SUITE(make_suite)
