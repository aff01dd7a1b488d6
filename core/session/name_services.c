/* SPDX-License-Identifier: MIT */
#include "core/session/name_services.h"

#include <string.h>

#include "core/base/mem.h"

const char *const name_services[] = {
	/* systemd-resolved(8), by varlink; the second tells of all queries. */
	"/run/systemd/resolve/io.systemd.Resolve",
	"/run/systemd/resolve/io.systemd.Resolve.Monitor",
	"/run/nscd/socket",
	"/run/avahi-daemon/socket",
};

const size_t name_service_count = ARRAY_LENGTH(name_services);

bool name_services_has(const char *canonical)
{
	for (size_t i = 0; i < name_service_count; i++)
		if (strcmp(name_services[i], canonical) == 0)
			return true;
	return false;
}
