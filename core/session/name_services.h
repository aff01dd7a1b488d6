/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_NAME_SERVICES_H
#define CORE_SESSION_NAME_SERVICES_H

/*
 * The host's own name services: unix sockets that C libraries ask before, or in place of, a name
 * server (nss-resolve(8), nscd(8), nss-mdns). Where a session has its own names, these would give
 * the program addresses instead, and would ask the outside for any name. Inside they are not there,
 * and the C libraries go on to the name server.
 */
#include <stdbool.h>
#include <stddef.h>

/* The sockets, as canonical paths. */
extern const char *const name_services[];
extern const size_t name_service_count;

bool name_services_has(const char *canonical);

#endif
