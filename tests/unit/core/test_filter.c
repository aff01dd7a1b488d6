/* SPDX-License-Identifier: MIT */
/* What the filter says of a call: the program itself is run, as the kernel would (seccomp(2)). */
#include "core/sandbox/filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static bool jumps(const struct sock_filter *at, uint32_t a)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return a == at->k;
	case BPF_JGT:
		return a > at->k;
	case BPF_JGE:
		return a >= at->k;
	case BPF_JSET:
		return a & at->k;
	default:
		ck_abort_msg("jump %#x", at->code);
	}
	return false;
}

static uint32_t run(const struct sock_filter *program, size_t count, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t i = 0; i < count; i++) {
		const struct sock_filter *at = &program[i];

		switch (BPF_CLASS(at->code)) {
		case BPF_LD:
			ck_assert_uint_eq(at->code, BPF_LD | BPF_W | BPF_ABS);
			memcpy(&a, (const char *)data + at->k, sizeof(a));
			break;
		case BPF_ALU:
			ck_assert_uint_eq(at->code, BPF_ALU | BPF_AND | BPF_K);
			a &= at->k;
			break;
		case BPF_JMP:
			i += at->code == (BPF_JMP | BPF_JA) ? at->k : jumps(at, a) ? at->jt : at->jf;
			break;
		case BPF_RET:
			return at->k;
		default:
			ck_abort_msg("instruction %#x", at->code);
		}
	}
	ck_abort_msg("no end");
	return 0;
}

/* MASKED: hidden directories are seen by their masks; FILES: but not hidden files. */
enum seen { NEVER = 0, WRITES = 1, SPARING = 2, EVERYDAY = 4, FULL = 8, MASKED = 16, FILES = 32, ALWAYS = 63 };

static const struct {
	long number;
	uint64_t args[6];
	unsigned seen; /* at which of the levels */
} calls[] = {
	{ SYS_openat, { 5, 1, O_RDONLY | O_CLOEXEC }, EVERYDAY | FULL | FILES },
	{ SYS_openat, { 5, 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW }, EVERYDAY | FULL },
	{ SYS_openat, { 5, 1, O_PATH }, EVERYDAY | FULL | FILES | MASKED },
	{ SYS_openat, { 5, 1, O_PATH | O_DIRECTORY }, EVERYDAY | FULL | FILES | MASKED },
	{ SYS_openat, { 5, 1, O_WRONLY }, ALWAYS },
	{ SYS_openat, { 5, 1, O_RDWR | O_NOFOLLOW }, ALWAYS },
	{ SYS_openat, { 5, 1, O_RDONLY | O_CREAT, 0600 }, ALWAYS },
	{ SYS_openat, { 5, 1, O_RDONLY | O_TRUNC }, ALWAYS },
	{ SYS_openat, { 5, 1, O_TMPFILE | O_RDWR, 0600 }, ALWAYS },
	/* Its flags are in memory. */
	{ SYS_openat2, { 5, 1, 1, 24 }, ALWAYS },
#ifdef SYS_open
	{ SYS_open, { 1, O_RDONLY }, EVERYDAY | FULL | FILES },
	{ SYS_open, { 1, O_RDONLY | O_DIRECTORY }, EVERYDAY | FULL },
	{ SYS_open, { 1, O_APPEND | O_WRONLY }, ALWAYS },
	{ SYS_creat, { 1, 0600 }, ALWAYS },
#endif
	{ SYS_newfstatat, { 5, 1, 1, 0 }, FULL },
	{ SYS_readlinkat, { 5, 1, 1, 0 }, FULL },
	{ SYS_execve, { 1, 1, 1 }, SPARING | EVERYDAY | FULL | FILES | MASKED },
	{ SYS_unlinkat, { 5, 1, 0 }, ALWAYS },
	{ SYS_mkdirat, { 5, 1, 0700 }, ALWAYS },
	{ SYS_read, { 5, 1, 1 }, NEVER },
	{ SYS_fstat, { 5, 1 }, NEVER },
};

/* Only what the policy can refuse is notified. */
START_TEST(each_level_sees_its_calls)
{
	static const struct {
		enum seen seen;
		struct filter_request request;
	} levels[] = {
		{ WRITES, { .level = WATCH_WRITES } },
		{ SPARING, { .level = WATCH_EVERYDAY, .no_reads = true } },
		{ EVERYDAY, { .level = WATCH_EVERYDAY } },
		{ EVERYDAY, { .level = WATCH_REFUSED } },
		{ FULL, { .level = WATCH_FULL } },
		{ MASKED, { .level = WATCH_REFUSED, .no_reads = true, .no_directories = true } },
		{ FILES, { .level = WATCH_REFUSED, .no_directories = true } },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(levels); i++) {
		_cleanup_free_ struct sock_filter *program = NULL;
		struct seccomp_data data = { .nr = (int)calls[_i].number, .arch = seccomp_arch_native() };
		size_t count = 0;
		struct err e = { .message = "" };

		memcpy(data.args, calls[_i].args, sizeof(data.args));
		ck_assert_msg(filter_build(&program, &count, &levels[i].request, &e) == 0, "%s",
			      e.message);
		ck_assert_msg(run(program, count, &data) ==
				      (calls[_i].seen & levels[i].seen ? SECCOMP_RET_USER_NOTIF
								       : SECCOMP_RET_ALLOW),
			      "case %d at level %zu", _i, i);
		/* And it is said so, where the flags are known. */
		if (calls[_i].number == SYS_openat)
			ck_assert_msg(filter_notifies_open(&levels[i].request, calls[_i].args[2]) ==
					      ((calls[_i].seen & levels[i].seen) != 0),
				      "flags of case %d at level %zu", _i, i);
	}
}
END_TEST

/* Who has a network of his own waits for it with the first socket that could tell. Those of TCP tell
 * nothing before connect(2). */
static const struct {
	int family, type, protocol;
	bool seen;
} sockets[] = {
	{ AF_INET, SOCK_STREAM, 0, false },
	{ AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP, false },
	{ AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0, false },
	{ AF_INET6, SOCK_STREAM, IPPROTO_TCP, false },
	{ AF_INET, SOCK_STREAM, IPPROTO_ICMP, true },
	{ AF_INET, SOCK_STREAM, IPPROTO_SCTP, true },
	{ AF_INET, SOCK_STREAM, IPPROTO_MPTCP, true },
	{ AF_INET6, SOCK_STREAM, IPPROTO_ICMPV6, true },
	{ AF_INET6, SOCK_STREAM, -1, true },
	{ AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, true },
	{ AF_INET, SOCK_DGRAM, IPPROTO_ICMP, true },
	{ AF_INET6, SOCK_DGRAM, IPPROTO_UDP, true },
	{ AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP, true },
	{ AF_INET6, SOCK_RAW, IPPROTO_RAW, true },
	{ AF_INET, SOCK_RDM, 0, true },
	{ AF_INET6, SOCK_SEQPACKET, 0, true },
	{ AF_INET, SOCK_DCCP, 0, true },
	{ AF_INET, SOCK_PACKET, 0, true },
	{ AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0, true },
	{ AF_NETLINK, SOCK_STREAM, 0, true },
	{ AF_BLUETOOTH, SOCK_DGRAM, 0, false },
};

START_TEST(sockets_are_seen_where_a_network_is_to_be_made)
{
	const bool network = _i & 1;
	const struct filter_request request = { .level = WATCH_WRITES, .notify_connections = network };
	_cleanup_free_ struct sock_filter *program = NULL;
	size_t count = 0;

	ck_assert_int_eq(filter_build(&program, &count, &request, NULL), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(sockets); i++) {
		const struct seccomp_data data = { .nr = SYS_socket,
						   .arch = seccomp_arch_native(),
						   /* The upper half is nobody's. */
						   .args = { (uint64_t)sockets[i].family | 7ULL << 32,
							     (uint64_t)sockets[i].type | 7ULL << 32,
							     (unsigned)sockets[i].protocol } };
		/* Those that make packets are refused everywhere. */
		bool packets = (sockets[i].type & 0xf) == SOCK_RAW ||
			       sockets[i].protocol == IPPROTO_ICMP ||
			       sockets[i].protocol == IPPROTO_ICMPV6;
		bool seen = network ? sockets[i].seen : packets && sockets[i].family != AF_NETLINK;

		ck_assert_msg(run(program, count, &data) ==
				      (seen ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW),
			      "socket %zu with%s a network", i, network ? "" : "out");
	}
}
END_TEST

static Suite *filter_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *tests = tcase_create("filter");

	tcase_add_loop_test(tests, each_level_sees_its_calls, 0, ARRAY_LENGTH(calls));
	tcase_add_loop_test(tests, sockets_are_seen_where_a_network_is_to_be_made, 0, 2);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(filter_suite)
