/* SPDX-License-Identifier: MIT */
/*
 * Refusals, as upstream's helper has them (EPERM unless said otherwise):
 *   - socket(AF_UNIX), socket(AF_VSOCK), io_uring: ways out of the network namespace, and a
 *     way around this very filter;
 *   - new user or mount namespaces, mounts, setns: a place where masks could be moved;
 *     clone3 is ENOSYS because its flags are in memory (the C library falls back to clone);
 *   - foreign ABIs end the process: their numbers mean other calls.
 * And beyond upstream: the kernel's keyrings, which hold the person's own keys, and the
 * terminal's input queue (TIOCSTI, TIOCLINUX), which types into the person's shell.
 */
#include "core/sandbox/filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/path_calls.h"

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif

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

/* Refuses whole calls; names that this architecture or libseccomp lacks are skipped. */
static int refuse(filter_context context, uint32_t action, const char *const *names, size_t count,
		  struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);

		if (number < 0)
			continue;
		if (check(seccomp_rule_add(context, action, number, 0), names[i], e) < 0)
			return -1;
	}
	return 0;
}

static int refuse_sockets(filter_context context, struct err *e)
{
	static const char *const io_uring[] = { "io_uring_setup", "io_uring_enter",
						"io_uring_register" };
	static const int families[] = { AF_UNIX, AF_VSOCK };

	for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
		if (check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
					   SCMP_A0_32(SCMP_CMP_EQ, (unsigned)families[i], 0)),
			  "socket", e) < 0)
			return -1;
	return refuse(context, SCMP_ACT_ERRNO(EPERM), io_uring, ARRAY_LENGTH(io_uring), e);
}

static int refuse_namespaces(filter_context context, struct err *e)
{
	static const char *const mounts[] = { "setns",	    "mount",	     "umount2",
					      "pivot_root", "open_tree",     "open_tree_attr",
					      "move_mount", "mount_setattr", "fsopen",
					      "fsconfig",   "fsmount",	     "fspick" };
	static const unsigned flags[] = { CLONE_NEWUSER, CLONE_NEWNS };

	for (size_t i = 0; i < ARRAY_LENGTH(flags); i++) {
		if (check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1,
					   SCMP_A0_64(SCMP_CMP_MASKED_EQ, flags[i], flags[i])),
			  "unshare", e) < 0)
			return -1;
		if (check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
					   SCMP_A0_64(SCMP_CMP_MASKED_EQ, flags[i], flags[i])),
			  "clone", e) < 0)
			return -1;
	}
	if (check(seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "clone3",
		  e) < 0)
		return -1;
	return refuse(context, SCMP_ACT_ERRNO(EPERM), mounts, ARRAY_LENGTH(mounts), e);
}

static int refuse_keys_and_typing(filter_context context, struct err *e)
{
	static const char *const keys[] = { "keyctl", "add_key", "request_key" };
	static const unsigned requests[] = { TIOCSTI, TIOCLINUX };

	for (size_t i = 0; i < ARRAY_LENGTH(requests); i++)
		if (check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
					   SCMP_A1_32(SCMP_CMP_EQ, requests[i], 0)),
			  "ioctl", e) < 0)
			return -1;
	return refuse(context, SCMP_ACT_ERRNO(EPERM), keys, ARRAY_LENGTH(keys), e);
}

static int notify_paths(filter_context context, struct err *e)
{
	for (size_t i = 0; i < path_call_count; i++) {
		int number = path_call_number(&path_calls[i]);

		if (number < 0)
			continue;
		if (check(seccomp_rule_add(context, SCMP_ACT_NOTIFY, number, 0), path_calls[i].name,
			  e) < 0)
			return -1;
	}
	return 0;
}

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
	__attribute__((cleanup(context_cleanup))) filter_context context =
		seccomp_init(SCMP_ACT_ALLOW);

	if (!context)
		return err_set(e, "seccomp filter: libseccomp gave no context");
	if (check(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
		  "foreign ABIs", e) < 0 ||
	    check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize", e) < 0)
		return -1;
	if (!request->allow_unix_sockets && refuse_sockets(context, e) < 0)
		return -1;
	if (!request->allow_nested_namespaces && refuse_namespaces(context, e) < 0)
		return -1;
	if (refuse_keys_and_typing(context, e) < 0)
		return -1;
	if (request->notify_paths && notify_paths(context, e) < 0)
		return -1;
	return export(context, program, count, e);
}
