/* SPDX-License-Identifier: MIT */
/*
 * An entry whose file or variable is not there protects nothing and changes nothing. One that is
 * there and cannot be masked (a directory, not text, too large) is hidden: only an expression
 * that does not match may leave it readable, where the settings say so.
 */
#include "core/session/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

#define FILE_MOST (1024 * 1024)

static void warn(const char *list, const char *name, const char *text)
{
	_cleanup_free_ char *line = xasprintf("credentials.%s entry \"%s\": %s", list, name, text);
	_cleanup_buf_ struct buf shown = BUF_EMPTY;

	escape_message(&shown, line, strlen(line));
	dprintf(STDERR_FILENO, "[sandbox-runtime] WARNING: %s\n", buf_text(&shown));
}

/* --- variables --- */

static void forget_variable(struct session_credentials *c, const char *name)
{
	size_t length = strlen(name), kept = 0;

	for (size_t i = 0; i < c->masked.count; i++) {
		char *word = c->masked.items[i];

		if (strncmp(word, name, length) == 0 && word[length] == '=')
			free(word);
		else
			c->masked.items[kept++] = word;
	}
	c->masked.count = kept;
	if (c->masked.items)
		c->masked.items[kept] = NULL;
}

static int mask_variable(struct session_credentials *c, const struct settings *settings,
			 const struct credential *credential, struct err *e)
{
	_cleanup_masked_ struct masked masked = MASKED_EMPTY;
	const char *real = getenv(credential->name);

	if (credential->mode != CREDENTIAL_MASK || !real)
		return 0;
	if (mask_make(&masked, &c->secrets, credential, false, real, strlen(real),
		      &settings->allowed_domains, e) < 0)
		return -1;
	if (masked.warning)
		warn("envVars", credential->name, masked.warning);
	/* Of several entries for a name the last that shows or hides something counts. */
	if (masked.fate == MASK_LEFT)
		return 0;
	forget_variable(c, credential->name);
	if (masked.fate == MASK_WITHHELD)
		strings_add(&c->withheld, credential->name);
	else
		strings_addf(&c->masked, "%s=%s", credential->name, buf_text(&masked.text));
	return 0;
}

/* --- files --- */

static int make_store(struct session_credentials *c, struct err *e)
{
	const char *parent = getenv("TMPDIR");
	_cleanup_free_ char *path = xasprintf("%s/srt-credmask-XXXXXX",
					      parent && *parent == '/' ? parent : "/tmp");

	if (c->store)
		return 0;
	if (!mkdtemp(path))
		return err_errno(e, "cannot make a directory for masked files in %s",
				 parent && *parent == '/' ? parent : "/tmp");
	c->store = path_real(path);
	if (!c->store) {
		err_errno(e, "%s", path);
		rmdir(path);
		return -1;
	}
	return 0;
}

static void add_fake(struct session_credentials *c, const char *path, char *source,
		     const char *name)
{
	grow_array(c->fakes, c->fake_count, c->fake_capacity);
	c->fakes[c->fake_count++] =
		(struct mount_fake){ .path = xstrdup(path),
				     .source = source,
				     .rule = xasprintf("credentials.files %s", name) };
}

static int store_fake(struct session_credentials *c, const char *path, const char *name,
		      const struct buf *text, struct err *e)
{
	_cleanup_close_ int fd = -1;
	char *source;

	if (make_store(c, e) < 0)
		return -1;
	source = xasprintf("%s/%zu.fake", c->store, c->fake_count);
	add_fake(c, path, source, name);
	fd = open(source, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write_all(fd, buf_text(text), text->length) < 0)
		return err_errno(e, "cannot write the fake of %s", name);
	return 0;
}

/* The file's text, or NULL and in *why what keeps it from being masked (NULL = not there). */
static char *read_real(const char *path, size_t *length, const char **why)
{
	struct stat st;
	char *text = NULL;

	*why = NULL;
	if (stat(path, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		*why = "only a regular file can be masked; it is hidden";
		return NULL;
	}
	/* What this user cannot read, the program cannot either. */
	if (access(path, R_OK) < 0)
		return NULL;
	if (read_small_file(&text, length, path, FILE_MOST, NULL) < 0) {
		*why = "it cannot be read, or is larger than 1 MiB; it is hidden";
		return NULL;
	}
	if (utf8_is_valid(text, *length))
		return text;
	*why = "only text can be masked; it is hidden";
	explicit_bzero(text, *length);
	free(text);
	return NULL;
}

static int mask_text(struct session_credentials *c, const struct settings *settings,
		     const struct credential *credential, const char *path, const char *text,
		     size_t length, struct err *e)
{
	_cleanup_masked_ struct masked masked = MASKED_EMPTY;

	if (mask_make(&masked, &c->secrets, credential, true, text, length,
		      &settings->allowed_domains, e) < 0)
		return -1;
	if (masked.warning)
		warn("files", credential->name, masked.warning);
	if (masked.fate == MASK_WITHHELD)
		add_fake(c, path, NULL, credential->name);
	else if (masked.fate == MASK_MADE)
		return store_fake(c, path, credential->name, &masked.text, e);
	return 0;
}

static int mask_file(struct session_credentials *c, const struct settings *settings,
		     const struct credential *credential, const char *home, const char *cwd,
		     struct err *e)
{
	_cleanup_free_ char *spelled = NULL;
	_cleanup_free_ char *path = NULL;
	const char *why;
	size_t length;
	char *text;
	int result;

	if (credential->mode != CREDENTIAL_MASK)
		return 0;
	spelled = path_absolute(credential->name, home, cwd);
	path = path_real(spelled);
	if (!path)
		return 0;
	text = read_real(path, &length, &why);
	if (!text && why) {
		warn("files", credential->name, why);
		add_fake(c, path, NULL, credential->name);
	}
	if (!text)
		return 0;
	result = mask_text(c, settings, credential, path, text, length, e);
	explicit_bzero(text, length);
	free(text);
	return result;
}

int session_credentials_prepare(struct session_credentials *c, const struct settings *settings,
				const char *home, const char *cwd, struct err *e)
{
	for (size_t i = 0; i < settings->credential_vars.count; i++)
		if (mask_variable(c, settings, &settings->credential_vars.items[i], e) < 0)
			return -1;
	for (size_t i = 0; i < settings->credential_files.count; i++)
		if (mask_file(c, settings, &settings->credential_files.items[i], home, cwd, e) < 0)
			return -1;
	return 0;
}

void session_credentials_free(struct session_credentials *c)
{
	for (size_t i = 0; i < c->fake_count; i++) {
		if (c->fakes[i].source)
			unlink(c->fakes[i].source);
		free(c->fakes[i].path);
		free(c->fakes[i].source);
		free(c->fakes[i].rule);
	}
	free(c->fakes);
	if (c->store)
		rmdir(c->store);
	free(c->store);
	strings_free(&c->masked);
	strings_free(&c->withheld);
	secrets_free(&c->secrets);
	*c = (struct session_credentials){ 0 };
}
