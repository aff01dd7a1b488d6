/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_TCP_TABLE_H
#define CORE_NET_TCP_TABLE_H

/* Lines of /proc/PID/net/tcp and tcp6 (proc_net_tcp in the kernel's documentation). Pure. */
#include <netinet/in.h>
#include <stdbool.h>

struct tcp_row {
	struct in6_addr local; /* IPv4 as ::ffff:0:0/96 */
	int port;	       /* host's byte order */
	bool listens;	       /* state 0A */
};

/* False for the heading and for anything else that is no row. */
bool tcp_table_row(struct tcp_row *row, const char *line);

/* Whether a connection to 127.0.0.1 or ::1 gets to what listens at an address: *host is that address,
 * or where it listens else; INET6_ADDRSTRLEN bytes. */
bool tcp_is_on_loopback(const struct in6_addr *local, char host[INET6_ADDRSTRLEN]);

#endif
