/* SPDX-License-Identifier: MIT */
#include "core/net/tunnel_request.h"

#include <string.h>

#include "core/policy/domain.h"

void tunnel_request_add(struct buf *out, const char *canonical_host, int port,
			const char *authorization)
{
	_cleanup_buf_ struct buf authority = BUF_EMPTY;

	domain_format_endpoint(&authority, canonical_host, port);
	buf_addf(out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", authority.data, authority.data);
	if (authorization)
		buf_addf(out, "Proxy-Authorization: %s\r\n", authorization);
	buf_adds(out, "\r\n");
}

/* "HTTP/1.x 2dd" and then a blank or the end of the line. */
static bool is_success(const char *line, size_t length)
{
	if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') ||
	    line[8] != ' ' || line[9] != '2')
		return false;
	return line[10] >= '0' && line[10] <= '9' && line[11] >= '0' && line[11] <= '9' &&
	       (length == 12 || line[12] == ' ' || line[12] == '\t');
}

enum tunnel_answer tunnel_answer_parse(const char *bytes, size_t length, size_t *used)
{
	const char *end = memmem(bytes, length, "\r\n\r\n", 4), *line_end;

	*used = 0;
	if (!end)
		return length > TUNNEL_ANSWER_MOST ? TUNNEL_REFUSED : TUNNEL_MORE;
	line_end = memmem(bytes, length, "\r\n", 2);
	if (!is_success(bytes, (size_t)(line_end - bytes)))
		return TUNNEL_REFUSED;
	*used = (size_t)(end - bytes) + 4;
	return TUNNEL_OPEN;
}
