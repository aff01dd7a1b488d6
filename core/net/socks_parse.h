/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_SOCKS_PARSE_H
#define CORE_NET_SOCKS_PARSE_H

/* The client's three messages of SOCKS5 (RFC 1928, RFC 1929). Pure. */
#include <stdbool.h>
#include <stddef.h>

#define SOCKS_MORE 0  /* the message goes on */
#define SOCKS_BAD (-1)

enum socks_method { SOCKS_NO_AUTHENTICATION = 0, SOCKS_PASSWORD = 2, SOCKS_NO_METHOD = 0xff };

enum socks_reply {
	SOCKS_SUCCEEDED = 0,
	SOCKS_GENERAL_FAILURE = 1,
	SOCKS_NOT_ALLOWED = 2,
	SOCKS_HOST_UNREACHABLE = 4,
	SOCKS_COMMAND_NOT_SUPPORTED = 7,
	SOCKS_ADDRESS_NOT_SUPPORTED = 8,
};

enum socks_command { SOCKS_CONNECT = 1 };

struct socks_greeting {
	bool offers_none;
	bool offers_password;
};

/* Borrowed from the bytes parsed; not NUL-terminated. */
struct socks_credentials {
	const char *user, *password;
	size_t user_length, password_length;
};

struct socks_request {
	int command;
	bool address_is_supported;
	char host[256]; /* "" for a name that no host can have */
	int port;
};

/* Each returns the length of the message, SOCKS_MORE or SOCKS_BAD. */
int socks_parse_greeting(struct socks_greeting *greeting, const char *bytes, size_t length);
int socks_parse_credentials(struct socks_credentials *credentials, const char *bytes,
			    size_t length);
int socks_parse_request(struct socks_request *request, const char *bytes, size_t length);

#endif
