/* SPDX-License-Identifier: MIT */
#include "core/net/socks_parse.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

enum { ADDRESS_IPV4 = 1, ADDRESS_NAME = 3, ADDRESS_IPV6 = 4 };

static unsigned at(const char *bytes, size_t index)
{
	return (unsigned char)bytes[index];
}

int socks_parse_greeting(struct socks_greeting *greeting, const char *bytes, size_t length)
{
	*greeting = (struct socks_greeting){ 0 };
	if (length >= 1 && at(bytes, 0) != 5)
		return SOCKS_BAD;
	if (length < 2 || length < 2 + at(bytes, 1))
		return SOCKS_MORE;
	for (size_t i = 0; i < at(bytes, 1); i++) {
		if (at(bytes, 2 + i) == SOCKS_NO_AUTHENTICATION)
			greeting->offers_none = true;
		if (at(bytes, 2 + i) == SOCKS_PASSWORD)
			greeting->offers_password = true;
	}
	return 2 + (int)at(bytes, 1);
}

int socks_parse_credentials(struct socks_credentials *credentials, const char *bytes,
			    size_t length)
{
	size_t user, password;

	*credentials = (struct socks_credentials){ 0 };
	if (length >= 1 && at(bytes, 0) != 1)
		return SOCKS_BAD;
	if (length < 2)
		return SOCKS_MORE;
	user = at(bytes, 1);
	if (length < 2 + user + 1)
		return SOCKS_MORE;
	password = at(bytes, 2 + user);
	if (length < 3 + user + password)
		return SOCKS_MORE;
	*credentials = (struct socks_credentials){ .user = bytes + 2,
						   .user_length = user,
						   .password = bytes + 3 + user,
						   .password_length = password };
	return (int)(3 + user + password);
}

int socks_parse_request(struct socks_request *request, const char *bytes, size_t length)
{
	size_t address = 4, size;

	*request = (struct socks_request){ .address_is_supported = true };
	if (length >= 1 && at(bytes, 0) != 5)
		return SOCKS_BAD;
	if (length < 5)
		return SOCKS_MORE;
	request->command = (int)at(bytes, 1);
	switch (at(bytes, 3)) {
	case ADDRESS_IPV4:
		size = 4;
		break;
	case ADDRESS_IPV6:
		size = 16;
		break;
	case ADDRESS_NAME:
		size = at(bytes, 4);
		address = 5;
		break;
	default:
		request->address_is_supported = false; /* of unknown length: all there is */
		return (int)(length < 262 ? length : 262);
	}
	if (length < address + size + 2)
		return SOCKS_MORE;
	if (at(bytes, 3) == ADDRESS_NAME) {
		if (!memchr(bytes + address, '\0', size))
			memcpy(request->host, bytes + address, size);
	} else {
		inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes + address, request->host,
			  sizeof(request->host));
	}
	request->port = (int)(at(bytes, address + size) << 8 | at(bytes, address + size + 1));
	return (int)(address + size + 2);
}
