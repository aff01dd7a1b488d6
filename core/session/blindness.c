/* SPDX-License-Identifier: MIT */
#include "core/session/blindness.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/shim/protocol.h"

static void say(struct buf *text, const char *sentence)
{
	if (text->length)
		buf_addc(text, ' ');
	buf_adds(text, sentence);
}

char *blindness_text(const struct blindness *b)
{
	static const struct {
		enum shim_test test;
		const char *sentence;
	} unseen[] = {
		{ SHIM_TEST_CALL, "Calls that no sandbox allows are refused unseen." },
		{ SHIM_TEST_READ, "Reads of what is hidden are refused unseen." },
		{ SHIM_TEST_WRITE, "Writes are refused unseen." },
		{ SHIM_TEST_UNIX, "Connections to unix sockets are refused unseen." },
		{ SHIM_TEST_CONNECT, "Programs that do not use the proxies are refused." },
	};
	unsigned missing = b->tested & ~b->seen;
	const unsigned reads = SHIM_TEST_READ | SHIM_TEST_LIST;
	struct buf text = BUF_EMPTY;

	if (missing & reads)
		missing = (missing & ~reads) | SHIM_TEST_READ;
	for (unsigned i = 0; i < ARRAY_LENGTH(unseen); i++)
		if (missing & unseen[i].test)
			say(&text, unseen[i].sentence);
	if (b->no_tap_connect)
		say(&text, "Connections that nobody takes are refused unseen.");
	if (b->no_tap_datagram)
		say(&text, "Datagrams are refused unseen.");
	if (b->unreadable == 1)
		say(&text, "One call went unseen: its program cannot be read.");
	else if (b->unreadable) {
		if (text.length)
			buf_addc(&text, ' ');
		buf_addf(&text, "%llu calls went unseen: their programs cannot be read.",
			 (unsigned long long)b->unreadable);
	}
	if (b->shares_ports)
		say(&text, "No veth devices: a port that programs connect to cannot be served inside.");
	if (b->no_masks)
		say(&text, "The masks do not work: opens are watched one by one, which takes longer.");
	if (b->interruptible)
		say(&text, "Before Linux 5.19: a signal can make a program ask twice.");
	if (b->slow_notices)
		say(&text, "Before Linux 6.6: a watched call takes some 50 microseconds more.");
	return text.length ? buf_steal(&text) : NULL;
}
