/* SPDX-License-Identifier: MIT */
#include "core/net/tcp_table.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#define STATE_LISTEN 0x0a

static bool read_hex(const char **text, size_t digits, uint32_t *value)
{
	*value = 0;
	for (size_t i = 0; i < digits; i++) {
		char c = (*text)[i];
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A' + 10);
		else
			return false;
		*value = *value << 4 | digit;
	}
	*text += digits;
	return true;
}

/* Words of 32 bits, each printed as a number of this machine: its bytes are in network order. */
static bool read_address(const char **text, struct in6_addr *address)
{
	size_t digits = strspn(*text, "0123456789ABCDEF");
	uint32_t word;

	memset(address, 0, sizeof(*address));
	if (digits == 8) {
		address->s6_addr[10] = address->s6_addr[11] = 0xff;
		if (!read_hex(text, 8, &word))
			return false;
		memcpy(&address->s6_addr[12], &word, sizeof(word));
		return true;
	}
	if (digits != 32)
		return false;
	for (size_t i = 0; i < 4; i++) {
		if (!read_hex(text, 8, &word))
			return false;
		memcpy(&address->s6_addr[4 * i], &word, sizeof(word));
	}
	return true;
}

/* "  0: 0100007F:1F90 00000000:0000 0A …" */
bool tcp_table_row(struct tcp_row *row, const char *line)
{
	struct in6_addr remote;
	uint32_t port, state;

	line += strspn(line, " ");
	if (!strspn(line, "0123456789"))
		return false;
	line += strspn(line, "0123456789");
	if (strncmp(line, ": ", 2) != 0)
		return false;
	line += 2;
	if (!read_address(&line, &row->local) || *line++ != ':' || !read_hex(&line, 4, &port) ||
	    *line++ != ' ' || !read_address(&line, &remote) || *line++ != ':' ||
	    !read_hex(&line, 4, &state) || *line++ != ' ' || !read_hex(&line, 2, &state) ||
	    *line != ' ')
		return false;
	row->port = (int)port;
	row->listens = state == STATE_LISTEN;
	return true;
}

bool tcp_is_on_loopback(const struct in6_addr *local, char host[INET6_ADDRSTRLEN])
{
	static const unsigned char any_four[4] = { 0 }, loopback_four[4] = { 127, 0, 0, 1 };
	const unsigned char *four = &local->s6_addr[12];

	if (IN6_IS_ADDR_V4MAPPED(local)) {
		bool any = memcmp(four, any_four, sizeof(any_four)) == 0;

		inet_ntop(AF_INET, any ? loopback_four : four, host, INET6_ADDRSTRLEN);
		return any || memcmp(four, loopback_four, sizeof(loopback_four)) == 0;
	}
	/* A socket of both families, as a rule. */
	if (IN6_IS_ADDR_UNSPECIFIED(local)) {
		inet_ntop(AF_INET, loopback_four, host, INET6_ADDRSTRLEN);
		return true;
	}
	inet_ntop(AF_INET6, local, host, INET6_ADDRSTRLEN);
	return IN6_IS_ADDR_LOOPBACK(local);
}
