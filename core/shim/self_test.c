/* SPDX-License-Identifier: MIT */
/*
 * One call of each kind that the sandbox refuses, so that the supervisor finds out whether it sees
 * them. Made by pid 1 before the program exists: nobody inside is there to notice.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/shim/protocol.h"
#include "core/shim/shim.h"
#include "core/shim/syscalls.h"

#define PATH_SIZE 4096

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NETWORK_LONG(value) __builtin_bswap32(value)
#define NETWORK_SHORT(value) __builtin_bswap16(value)
#else
#define NETWORK_LONG(value) (value)
#define NETWORK_SHORT(value) (value)
#endif

static int is_given_keys(void)
{
	return syscall3(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* the session's */, 0) >= 0;
}

static int reads(const char *hidden)
{
	long fd = syscall4(SYS_openat, AT_FDCWD, (long)hidden, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);

	if (fd < 0)
		return 0;
	shim_close((int)fd);
	return 1;
}

/* Whether the directory of it shows any name. */
static int lists(const char *hidden)
{
	static char directory[PATH_SIZE];
	struct {
		uint64_t number, offset;
		uint16_t length;
		uint8_t type;
		char name[1];
	} const *entry;
	_Alignas(8) char bytes[1024];
	size_t slash = 0;
	long fd, got = 0;
	int shown = 0;

	for (size_t i = 0; hidden[i] && i < PATH_SIZE - 1; i++) {
		directory[i] = hidden[i];
		if (hidden[i] == '/')
			slash = i;
	}
	directory[slash] = 0;
	fd = syscall4(SYS_openat, AT_FDCWD, (long)directory,
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY, 0);
	if (fd < 0)
		return 0;
	while (!shown && (got = syscall3(SYS_getdents64, fd, (long)bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < got; at += entry->length) {
			entry = (const void *)(bytes + at);
			if (entry->name[0] != '.' ||
			    (entry->name[1] && (entry->name[1] != '.' || entry->name[2])))
				shown = 1;
		}
	shim_close((int)fd);
	return shown;
}

static int writes(const char *hidden)
{
	static const char suffix[] = ".test";
	static char path[PATH_SIZE + sizeof(suffix)];
	size_t length = 0;

	for (; hidden[length] && length < PATH_SIZE; length++)
		path[length] = hidden[length];
	for (size_t i = 0; i < sizeof(suffix); i++)
		path[length + i] = suffix[i];
	if (syscall3(SYS_mkdirat, AT_FDCWD, (long)path, 0700) < 0)
		return 0;
	syscall3(SYS_unlinkat, AT_FDCWD, (long)path, AT_REMOVEDIR);
	return 1;
}

static int connects(int family, const void *address, size_t size)
{
	long fd = syscall3(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	long result;

	if (fd < 0)
		return 0;
	result = syscall3(SYS_connect, fd, (long)address, (long)size);
	shim_close((int)fd);
	return result == 0;
}

static int connects_unix(void)
{
	static const char name[] = SHIM_TEST_SOCKET;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	/* Behind the NUL of an abstract name. */
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		address.sun_path[1 + i] = name[i];
	return connects(AF_UNIX, &address, offsetof(struct sockaddr_un, sun_path) + sizeof(name));
}

static const struct sockaddr_in nowhere = { .sin_family = AF_INET,
					    .sin_port = NETWORK_SHORT(SHIM_TEST_PORT),
					    .sin_addr.s_addr = NETWORK_LONG(SHIM_TEST_ADDRESS) };

/* Where it ends is not to be seen from here. */
static void send_datagram(void)
{
	long fd = syscall3(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	syscall6(SYS_sendto, fd, (long)"", 1, MSG_NOSIGNAL, (long)&nowhere, sizeof(nowhere));
	shim_close((int)fd);
}

unsigned self_test_make_calls(unsigned wanted, const char *hidden)
{
	unsigned done = 0;

	if (wanted & SHIM_TEST_CALL && is_given_keys())
		done |= SHIM_TEST_CALL;
	if (wanted & SHIM_TEST_READ && reads(hidden))
		done |= SHIM_TEST_READ;
	if (wanted & SHIM_TEST_LIST && lists(hidden))
		done |= SHIM_TEST_LIST;
	if (wanted & SHIM_TEST_WRITE && writes(hidden))
		done |= SHIM_TEST_WRITE;
	if (wanted & SHIM_TEST_UNIX && connects_unix())
		done |= SHIM_TEST_UNIX;
	if (wanted & SHIM_TEST_CONNECT && connects(AF_INET, &nowhere, sizeof(nowhere)))
		done |= SHIM_TEST_CONNECT;
	if (wanted & SHIM_TEST_DATAGRAM)
		send_datagram();
	return done;
}
