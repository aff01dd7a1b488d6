/* SPDX-License-Identifier: MIT */
#include "core/main/export_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/replace_file.h"
#include "core/main/edited_file.h"
#include "core/main/report.h"
#include "core/policy/path.h"
#include "core/policy/settings.h"
#include "learn/merge.h"

#define FILE_MOST (1 << 20)

struct target {
	const char *path;
	const char *text; /* exported */
	const char *home, *cwd;
	char *old;	  /* NULL = there is no such file */
};

static bool is_writable_inside(const struct target *target, const struct settings *settings,
			       const char *directory)
{
	if (target->cwd && path_is_below(directory, target->cwd) &&
	    !path_is_below(target->home, target->cwd))
		return true;
	for (size_t i = 0; i < settings->allow_write.count; i++) {
		_cleanup_free_ char *open =
			path_absolute(settings->allow_write.items[i].path, target->home,
				      target->cwd ? target->cwd : "/");

		if (path_is_below(directory, open))
			return true;
	}
	return false;
}

/* A directory on the way that is a link, in a place where the sandbox can have made it. */
static int check_links(const struct target *target, struct err *e)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_free_ char *here = getcwd(NULL, 0), *absolute = NULL;

	if (settings_parse(&settings, target->text, strlen(target->text), e) < 0)
		return -1;
	if (!here)
		return err_errno(e, "the working directory is not known");
	absolute = path_absolute(target->path, target->home, here);
	for (const char *slash = strchr(absolute + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *prefix = xstrndup(absolute, (size_t)(slash - absolute));
		_cleanup_free_ char *holder = path_parent(prefix);
		_cleanup_free_ char *real = path_real(holder);
		struct stat st;

		if (lstat(prefix, &st) == 0 && S_ISLNK(st.st_mode) &&
		    is_writable_inside(target, settings, real ? real : holder))
			return err_set(e,
				       "%s: %s is a symbolic link in a place that the sandbox can "
				       "write, which is not followed",
				       target->path, prefix);
	}
	return 0;
}

/* --- showing and asking --- */

/* The choice of whoever is there. EXPORT_ASK: none of both. */
static enum export_choice ask(bool can_merge)
{
	char answer[16];

	fprintf(stderr, "%s[r]eplace it, or [l]eave it as it is? ",
		can_merge ? "[m]erge as shown, " : "");
	if (!fgets(answer, sizeof(answer), stdin))
		return EXPORT_ASK;
	if (can_merge && (answer[0] == 'm' || answer[0] == 'M'))
		return EXPORT_MERGE;
	return answer[0] == 'r' || answer[0] == 'R' ? EXPORT_REPLACE : EXPORT_ASK;
}

static int choose(const struct target *target, const char *merged, enum export_choice *choice,
		  struct err *e)
{
	edited_file_show(target->path, target->old, merged ? merged : target->text,
			 merged ? "merged" : "replaced");
	if (*choice != EXPORT_ASK)
		return 0;
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
		*choice = ask(merged != NULL);
		if (*choice != EXPORT_ASK)
			return 0;
		return err_set(e, "%s is left as it was", target->path);
	}
	return err_set(e, "%s is there already: add %s--replace to write it anew", target->path,
		       merged ? "--merge to keep what is in it, or " : "");
}

/* --- writing --- */

static int merge(const struct target *target, char **merged, struct err *e)
{
	struct buf text = BUF_EMPTY, notes = BUF_EMPTY;
	int result = settings_merge(&text, &notes, target->old, target->text, target->home,
				    target->cwd ? target->cwd : "/", e);

	if (result == 0) {
		report_lines(buf_text(&notes));
		*merged = buf_steal(&text);
	}
	buf_free(&notes);
	return result;
}

static int update(const struct target *target, enum export_choice choice, char **result,
		  struct err *e)
{
	_cleanup_free_ char *merged = NULL;
	const char *new;

	if (choice != EXPORT_REPLACE && merge(target, &merged, e) < 0 && choice == EXPORT_MERGE)
		return err_wrap(e, "%s cannot be merged with", target->path);
	if (strcmp(merged ? merged : target->text, target->old) != 0) {
		if (choose(target, merged, &choice, e) < 0)
			return -1;
		new = choice == EXPORT_MERGE ? merged : target->text;
		if (edited_file_replace(target->path, target->old, new, e) < 0)
			return -1;
	} else {
		new = target->old;
	}
	*result = xstrdup(new);
	return 0;
}

int export_file_write(const char *path, const char *text, enum export_choice choice,
		      const char *home, const char *cwd, char **written, struct err *e)
{
	struct target target = { .path = path, .text = text, .home = home, .cwd = cwd };
	_cleanup_free_ char *result = NULL;
	int status = -1;

	if (check_links(&target, e) == 0 && edited_file_read(path, FILE_MOST, &target.old, e) == 0) {
		if (target.old) {
			status = update(&target, choice, &result, e);
		} else {
			result = xstrdup(text);
			status = replace_file(path, text, strlen(text), e);
		}
	}
	free(target.old);
	if (status == 0 && written)
		*written = steal_ptr(&result);
	return status;
}

int export_file_replace(const char *path, const char *before, const char *text, const char *home,
			const char *cwd, struct err *e)
{
	const struct target target = { .path = path, .text = text, .home = home, .cwd = cwd };
	_cleanup_free_ char *now = NULL;

	if (check_links(&target, e) < 0)
		return -1;
	if (before)
		return edited_file_replace(path, before, text, e);
	if (edited_file_read(path, FILE_MOST, &now, e) < 0)
		return -1;
	if (now)
		return err_set(e, "%s is there by now: look at it first", path);
	return replace_file(path, text, strlen(text), e);
}
