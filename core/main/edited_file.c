/* SPDX-License-Identifier: MIT */
#include "core/main/edited_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/base/replace_file.h"
#include "core/main/report.h"
#include "learn/text_diff.h"

int edited_file_read(const char *path, size_t most, char **text, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	_cleanup_buf_ struct buf bytes = BUF_EMPTY;
	char chunk[8192];
	struct stat st;
	ssize_t got;

	*text = NULL;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return err_set(e, "%s is a symbolic link, which is not followed: name the file it "
				  "leads to",
			       path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s is not a regular file", path);
	while ((got = read(fd, chunk, sizeof(chunk))) > 0 && bytes.length <= most)
		buf_add(&bytes, chunk, (size_t)got);
	if (got < 0)
		return err_errno(e, "%s", path);
	if (bytes.length > most)
		return err_set(e, "%s is longer than %zu bytes", path, most);
	if (strlen(buf_text(&bytes)) != bytes.length)
		return err_set(e, "%s is no text", path);
	*text = bytes.data ? buf_steal(&bytes) : xstrdup("");
	return 0;
}

void edited_file_show(const char *path, const char *old, const char *new, const char *what)
{
	_cleanup_buf_ struct buf diff = BUF_EMPTY;
	_cleanup_free_ char *shown = escape_string(path);

	text_diff(&diff, old, new);
	fprintf(stderr, "--- %s\n+++ %s, %s\n", shown, shown, what);
	report_lines(buf_text(&diff));
}

static int check_unchanged(const char *path, const char *old, struct err *e)
{
	_cleanup_free_ char *now = NULL;

	if (edited_file_read(path, strlen(old), &now, e) < 0 || !now || strcmp(now, old) != 0)
		return err_set(e, "%s has changed meanwhile: try again", path);
	return 0;
}

static int write_backup(const char *path, const char *old, struct err *e)
{
	_cleanup_free_ char *backup = xasprintf("%s.bak", path);

	if (replace_file(backup, old, strlen(old), e) < 0)
		return err_wrap(e, "the old file cannot be kept");
	return 0;
}

int edited_file_replace(const char *path, const char *old, const char *new, struct err *e)
{
	if (check_unchanged(path, old, e) < 0 || write_backup(path, old, e) < 0)
		return -1;
	return replace_file(path, new, strlen(new), e);
}
