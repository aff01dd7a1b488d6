/* SPDX-License-Identifier: MIT */
#include "core/session/published.h"

#include <string.h>

static bool parse_port(const char *text, size_t length, int *port)
{
	int value = 0;

	if (!length || length > 5)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*port = value;
	return value > 0 && value < 65536;
}

bool published_parse(const char *text, struct published_port *port)
{
	size_t length = strcspn(text, ":");

	return text[length] == ':' && parse_port(text, length, &port->host_port) &&
	       parse_port(text + length + 1, strlen(text + length + 1), &port->port);
}
