/* SPDX-License-Identifier: MIT */
/* What bwrap is called with, and what is called. Pure, but for looking where programs are. */
#include "core/sandbox/launch.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

/* Where a shell looks that has no PATH, but for the working directory. */
#define PATH_OTHERWISE "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"

char *launch_find_program(const char *name, const char *path)
{
	if (!path)
		path = PATH_OTHERWISE;
	while (*path) {
		size_t length = strcspn(path, ":");
		_cleanup_free_ char *candidate = xasprintf("%.*s/%s", (int)length, path, name);
		struct stat st;

		if (length && *candidate == '/' && access(candidate, X_OK) == 0 &&
		    stat(candidate, &st) == 0 && S_ISREG(st.st_mode))
			return steal_ptr(&candidate);
		path += length;
		path += *path == ':';
	}
	return NULL;
}

int launch_open_shim(struct err *e)
{
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	_cleanup_free_ char *beside = NULL;
	char *slash;
	int fd;

	if (length > 0) {
		self[length] = '\0';
		slash = strrchr(self, '/');
		beside = xasprintf("%.*s/srt-shim", (int)(slash - self), self);
		fd = open(beside, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	fd = open(SRT_TOP_LIBEXECDIR "/srt-shim", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return err_set(e, "its helper srt-shim is neither beside the program nor in %s; "
			  "run 'make install' again", SRT_TOP_LIBEXECDIR);
}

void launch_options(struct strings *out, const char *bwrap, const struct launch_allowances *allow)
{
	static const char *const always[] = { "--new-session", "--die-with-parent", "--unshare-user",
					      "--unshare-pid", "--unshare-ipc",	    "--unshare-net",
					      "--as-pid-1",    "--cap-drop",	    "ALL" };
	/*
	 * As root a program expects that file modes do not stop it. In the sandbox's user namespace
	 * that goes no further than files of root, and nothing else comes of these.
	 */
	static const char *const root_has[] = { "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
						"CAP_FSETID" };

	strings_add(out, bwrap);
	for (size_t i = 0; i < ARRAY_LENGTH(always); i++)
		strings_add(out, always[i]);
	for (size_t i = 0; geteuid() == 0 && i < ARRAY_LENGTH(root_has); i++) {
		strings_add(out, "--cap-add");
		strings_add(out, root_has[i]);
	}
	/* To map root in a further user namespace (Linux 5.12). */
	if (geteuid() == 0 && allow->nested_namespaces) {
		strings_add(out, "--cap-add");
		strings_add(out, "CAP_SETFCAP");
	}
}

void launch_mounts(struct strings *out, const struct strings *mounts,
		   const struct launch_allowances *allow)
{
	/*
	 * bwrap covers these of the kernel's switches only where access(2) says that they can be
	 * written, which is not so for a root without capabilities, whose open(2) succeeds.
	 */
	static const char *const switches[] = { "/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
						"/proc/bus" };

	strings_copy(out, mounts);
	strings_add(out, allow->host_proc ? "--bind" : "--proc");
	strings_add(out, "/proc");
	if (allow->host_proc)
		strings_add(out, "/proc");
	for (size_t i = 0; i < ARRAY_LENGTH(switches); i++) {
		strings_add(out, "--ro-bind-try");
		strings_add(out, switches[i]);
		strings_add(out, switches[i]);
	}
}

void launch_arguments(struct strings *out, const char *bwrap, const struct strings *mounts,
		      const struct launch_allowances *allow)
{
	launch_options(out, bwrap, allow);
	launch_mounts(out, mounts, allow);
	strings_add(out, "--");
}
