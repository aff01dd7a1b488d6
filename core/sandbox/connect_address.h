/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_CONNECT_ADDRESS_H
#define CORE_SANDBOX_CONNECT_ADDRESS_H

/* What the address of a connect(2) says. Pure. */
#include <stddef.h>
#include <sys/socket.h>

/*
 * The port (1-65535) that a connection goes to which leaves the sandbox; 0 where it does not: other
 * families, loopback and unspecified addresses, addresses that are too short. `length` bytes
 * of the address are filled.
 */
int connect_port(const struct sockaddr_storage *address, size_t length);

#endif
