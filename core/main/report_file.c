/* SPDX-License-Identifier: MIT */
#include "core/main/report_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/base/replace_file.h"

#define MODE 0600 /* it names files and hosts */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static int open_directory(const char *path, const char *name)
{
	_cleanup_free_ char *parent = name == path ? xstrdup(".")
						   : xstrndup(path, (size_t)(name - path));

	return open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int report_file_open(struct report_file *file, const char *path, enum run_report_format *format,
		     struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	_cleanup_close_ int directory = -1;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return err_set(e, "--report wants a file: standard output is the program's");
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, "--report: %s is not the name of a file", path);
	directory = open_directory(path, name);
	if (directory < 0)
		return err_errno(e, "--report: cannot open the directory of %s", path);
	/* A device, such as /dev/stdout, is not to be replaced. */
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, "--report: %s is there and is not a regular file", path);
	if (faccessat(directory, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return err_errno(e, "--report: cannot write beside %s", path);
	*format = ends_with(name, ".json") ? RUN_REPORT_JSON : RUN_REPORT_TEXT;
	*file = (struct report_file){ .directory = steal_fd(&directory), .name = name, .path = path };
	return 0;
}

int report_file_write(struct report_file *file, const char *text, struct err *e)
{
	int result = replace_file_at(file->directory, file->name, MODE, text, strlen(text), e);

	close_fd(&file->directory);
	return result < 0 ? err_wrap(e, "--report %s", file->path) : 0;
}
