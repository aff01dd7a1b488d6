/* SPDX-License-Identifier: MIT */
/*
 * What is refused outright is in refused_calls.c: upstream's helper's refusals, and beyond them
 * the kernel's keyrings, which hold the person's own keys, the terminal's input queue, pairs of
 * datagram sockets, and raw, packet and ICMP sockets. Each is notified, so that it is seen, and
 * answered with its error.
 *
 * Refused here without a word: foreign ABIs, whose numbers mean other calls (the process ends), and
 * clone3, whose flags are in memory (ENOSYS: the C library falls back to clone).
 */
#include "core/sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/path_calls.h"
#include "core/sandbox/refused_calls.h"

typedef scmp_filter_ctx filter_context;

static void context_cleanup(filter_context *context)
{
	if (*context)
		seccomp_release(*context);
}

static int check(int result, const char *what, struct err *e)
{
	if (result >= 0 || result == -EEXIST)
		return 0;
	errno = -result;
	return err_errno(e, "seccomp filter: %s", what);
}

static bool is_wanted(const struct refused_call *call, const struct filter_request *request)
{
	switch (call->group) {
	case REFUSED_SOCKETS:
		return !request->allow_unix_sockets;
	case REFUSED_NAMESPACES:
		return !request->allow_nested_namespaces;
	case REFUSED_KEYS:
		return true;
	case REFUSED_PACKETS:
		/* Among the sockets of their family they are notified anyway: notify_family(). What a wider
		 * rule makes needless, libseccomp (2.5.4) would not free. */
		return call->count == 1 || !request->notify_connections;
	}
	return true;
}

/* Names that this architecture or libseccomp lacks are skipped. */
static int refuse(filter_context context, const struct filter_request *request, struct err *e)
{
	for (size_t i = 0; i < refused_call_count; i++) {
		const struct refused_call *call = &refused_calls[i];
		int number = seccomp_syscall_resolve_name(call->name), result;
		struct scmp_arg_cmp where[REFUSED_ARGUMENTS_MOST];

		if (number < 0 || !is_wanted(call, request))
			continue;
		for (size_t j = 0; j < call->count; j++)
			where[j] = SCMP_CMP64(call->where[j].index, SCMP_CMP_MASKED_EQ,
					      call->where[j].mask, call->where[j].value);
		result = seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, number,
						(unsigned)call->count, where);
		if (check(result, call->shown, e) < 0)
			return -1;
	}
	if (request->allow_nested_namespaces)
		return 0;
	return check(seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0),
		     "clone3", e);
}

static int notify_socket(filter_context context, int family, struct scmp_arg_cmp other, struct err *e)
{
	const struct scmp_arg_cmp where[] = {
		SCMP_A0_64(SCMP_CMP_MASKED_EQ, 0xffffffffu, (uint64_t)family),
		other,
	};

	return check(seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, SCMP_SYS(socket),
					    ARRAY_LENGTH(where), where),
		     "socket", e);
}

/*
 * All but those of TCP, of which nothing is to be known before connect(2), and that is notified: these
 * are many, and a notification costs more than the call. One rule cannot say "another than", so that
 * there is one for each bit of a type that is not SOCK_STREAM, and two for the protocols.
 */
static int notify_family(filter_context context, int family, struct err *e)
{
	const struct scmp_arg_cmp others[] = {
		SCMP_A1_64(SCMP_CMP_MASKED_EQ, 2, 2),
		SCMP_A1_64(SCMP_CMP_MASKED_EQ, 4, 4),
		SCMP_A1_64(SCMP_CMP_MASKED_EQ, 8, 8),
		SCMP_A2_64(SCMP_CMP_MASKED_EQ, 1, 1),
		SCMP_A2_64(SCMP_CMP_GT, IPPROTO_TCP, 0),
	};

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (notify_socket(context, family, others[i], e) < 0)
			return -1;
	return 0;
}

/*
 * The first of these waits until the network is there: a program that has none never asks for it. Who
 * looks for addresses by netlink is not to find that there are none.
 */
static int notify_sockets(filter_context context, struct err *e)
{
	if (notify_family(context, AF_INET, e) < 0 || notify_family(context, AF_INET6, e) < 0)
		return -1;
	return check(seccomp_rule_add(context, SCMP_ACT_NOTIFY, SCMP_SYS(socket), 1,
				      SCMP_A0_64(SCMP_CMP_MASKED_EQ, 0xffffffffu, AF_NETLINK)),
		     "socket", e);
}

/*
 * Connections are notified so that somebody listens where they go. Data in the first packet
 * (TCP Fast Open) is the one other way to begin one.
 */
static int refuse_fast_open(filter_context context, struct err *e)
{
	if (check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EOPNOTSUPP), SCMP_SYS(sendto), 1,
				   SCMP_A3_64(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN)),
		  "sendto", e) < 0)
		return -1;
	return check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EOPNOTSUPP), SCMP_SYS(sendmsg), 1,
				      SCMP_A2_64(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN)),
		     "sendmsg", e);
}

bool filter_watches_reads(const struct filter_request *request)
{
	return request->level >= WATCH_FULL ||
	       (request->level >= WATCH_REFUSED && !request->no_reads);
}

/* Opens for which any of these flags is as it says are notified. */
struct open_test {
	unsigned flag;
	bool set;
};

/* Returns how many. */
static size_t open_tests(struct open_test tests[6], const struct filter_request *request)
{
	static const unsigned writing[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC };
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(writing); i++)
		tests[count++] = (struct open_test){ writing[i], true };
	if (request->no_directories)
		tests[count++] = (struct open_test){ O_PATH, true };
	if (filter_watches_reads(request))
		tests[count++] = (struct open_test){ O_DIRECTORY, false };
	return count;
}

static bool spares_opens(const struct filter_request *request)
{
	return !filter_watches_reads(request) ||
	       (request->level < WATCH_FULL && request->no_directories);
}

bool filter_notifies_open(const struct filter_request *request, uint64_t flags)
{
	struct open_test tests[6];
	size_t count = open_tests(tests, request);

	if (request->level == WATCH_NOTHING)
		return false;
	for (size_t i = 0; i < count; i++)
		if (((flags & tests[i].flag) == tests[i].flag) == tests[i].set)
			return true;
	return !spares_opens(request);
}

/* open(2) and its kin by their flags; openat2(2) has them in memory. */
static int notify_by_flags(filter_context context, const struct path_call *call, int number,
			   const struct filter_request *request, struct err *e)
{
	struct open_test tests[6];
	size_t count = open_tests(tests, request);

	if (call->flags == NO_ARGUMENT || strcmp(call->name, "openat2") == 0)
		return check(seccomp_rule_add(context, SCMP_ACT_NOTIFY, number, 0), call->name, e);
	for (size_t i = 0; i < count; i++)
		if (check(seccomp_rule_add(context, SCMP_ACT_NOTIFY, number, 1,
					   SCMP_CMP64((unsigned)call->flags, SCMP_CMP_MASKED_EQ,
						      tests[i].flag,
						      tests[i].set ? tests[i].flag : 0)),
			  call->name, e) < 0)
			return -1;
	return 0;
}

static bool is_watched(const struct path_call *call, enum watch_level level)
{
	switch (call->effect) {
	case EFFECT_LOOK:
		return level >= WATCH_FULL;
	case EFFECT_EXEC:
		return level >= WATCH_REFUSED;
	default:
		return level >= WATCH_WRITES;
	}
}

static int notify_paths(filter_context context, const struct filter_request *request, struct err *e)
{
	for (size_t i = 0; i < path_call_count; i++) {
		const struct path_call *call = &path_calls[i];
		int number = path_call_number(call);

		if (number < 0 || !is_watched(call, request->level))
			continue;
		if (spares_opens(request) && call->effect == EFFECT_OPEN) {
			if (notify_by_flags(context, call, number, request, e) < 0)
				return -1;
		} else if (check(seccomp_rule_add(context, SCMP_ACT_NOTIFY, number, 0), call->name,
				 e) < 0) {
			return -1;
		}
	}
	return 0;
}

static const char *const level_names[WATCH_COUNT] = { "nothing", "writes", "refused", "everyday",
							     "full" };

const char *watch_level_name(enum watch_level level)
{
	return level_names[level];
}

bool watch_level_parse(const char *name, enum watch_level *level)
{
	for (enum watch_level i = WATCH_REFUSED; i < WATCH_COUNT; i++)
		if (strcmp(level_names[i], name) == 0) {
			*level = i;
			return true;
		}
	return false;
}

/* Level 5 (libseccomp 2.5): user notification. */
#define API_WITH_NOTIFICATION 5

static int export(filter_context context, struct sock_filter **program, size_t *count, struct err *e)
{
	_cleanup_close_ int fd = memfd_create("srt-top-filter", MFD_CLOEXEC);
	off_t bytes;

	if (fd < 0)
		return err_errno(e, "seccomp filter: memfd_create");
	if (check(seccomp_export_bpf(context, fd), "export", e) < 0)
		return -1;
	bytes = lseek(fd, 0, SEEK_END);
	*count = (size_t)bytes / sizeof(**program);
	*program = xmalloc((size_t)bytes);
	if (pread(fd, *program, (size_t)bytes, 0) != bytes) {
		free(*program);
		return err_errno(e, "seccomp filter: reading the program");
	}
	return 0;
}

int filter_build(struct sock_filter **program, size_t *count, const struct filter_request *request,
		 struct err *e)
{
	__attribute__((cleanup(context_cleanup))) filter_context context;

	/* What the kernel knows is found out where the filter is loaded: no need to probe it here. */
	seccomp_api_set(API_WITH_NOTIFICATION);
	context = seccomp_init(SCMP_ACT_ALLOW);

	if (!context)
		return err_set(e, "seccomp filter: libseccomp gave no context");
	if (check(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
		  "foreign ABIs", e) < 0 ||
	    check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize", e) < 0)
		return -1;
	if (refuse(context, request, e) < 0)
		return -1;
	if (request->notify_connections && notify_sockets(context, e) < 0)
		return -1;
	if ((request->notify_connections || request->notify_unix) &&
	    check(seccomp_rule_add(context, SCMP_ACT_NOTIFY, SCMP_SYS(connect), 0), "connect", e) < 0)
		return -1;
	if (request->notify_unix &&
	    check(seccomp_rule_add(context, SCMP_ACT_NOTIFY, SCMP_SYS(bind), 0), "bind", e) < 0)
		return -1;
	if (request->notify_connections && refuse_fast_open(context, e) < 0)
		return -1;
	if (notify_paths(context, request, e) < 0)
		return -1;
	return export(context, program, count, e);
}
