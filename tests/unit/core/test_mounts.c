/* SPDX-License-Identifier: MIT */
/*
 * Each case is a little tree, what the settings say about it, and the plan that follows, as one
 * line for each mount in order. The tree is T with the home directory T/home and the
 * working directory T/home/w; paths are shown as "~/…", and as "…" or "." in the latter.
 */
#include "core/sandbox/mounts.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/placeholder_mark.h"
#include "tests/lib/unit.h"

static char *tree, *home, *cwd;

static void make_tree(void)
{
	char template[] = "/tmp/test-mounts-XXXXXX";

	tree = path_real(mkdtemp(template));
	chmod(tree, 0755);
	home = path_join(tree, "home");
	cwd = path_join(home, "w");
	mkdir(home, 0755);
	mkdir(cwd, 0755);
	ck_assert_int_eq(chdir(cwd), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_tree(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	nftw(tree, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(tree);
	free(home);
	free(cwd);
}

/* Makes it look like another run's placeholder. */
static void set_mark(const char *path)
{
	const struct timespec time = { PLACEHOLDER_SECONDS, PLACEHOLDER_NANOSECONDS };

	ck_assert_int_eq(utimensat(AT_FDCWD, path, (struct timespec[]){ time, time },
				   AT_SYMLINK_NOFOLLOW), 0);
}

/*
 * "dir/", "file" or "link>target", relative to cwd, with the directories above it; "!dir/" and
 * "!file" are placeholders.
 */
static void put(const char *what)
{
	bool placeholder = *what == '!';
	_cleanup_free_ char *name = xstrdup(what + placeholder);
	char *link = strchr(name, '>');
	_cleanup_free_ char *path = NULL;
	int fd;

	if (link)
		*link = '\0';
	path = path_absolute(name, home, cwd);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	if (link) {
		_cleanup_free_ char *target = link[1] == '~' ? path_absolute(link + 1, home, cwd) :
							       xstrdup(link + 1);

		ck_assert_int_eq(symlink(target, path), 0);
	} else if (name[strlen(name) - 1] == '/') {
		mkdir(path, 0755);
	} else {
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
	if (placeholder)
		set_mark(path);
}

static void for_each_word(const char *words, void (*each)(const char *word, void *data), void *data)
{
	_cleanup_free_ char *copy = xstrdup(words ? words : "");
	char *rest = copy, *word;

	while ((word = strsep(&rest, " ")))
		if (*word)
			each(word, data);
}

static void put_word(const char *word, void *data)
{
	(void)data;
	put(word);
}

/* "=x" is a literal entry. */
static void add_path(const char *word, void *data)
{
	struct settings_paths *paths = data;
	bool literal = word[0] == '=';

	grow_array(paths->items, paths->count, paths->capacity);
	paths->items[paths->count++] =
		(struct settings_path){ .path = xstrdup(word + literal), .literal = literal };
}

static void add_absolute(const char *word, void *data)
{
	strings_take(data, path_absolute(word, home, cwd));
}

static void show_path(struct buf *out, const char *path)
{
	if (strcmp(path, cwd) == 0) {
		buf_addc(out, '.');
	} else if (path_is_below(path, cwd)) {
		buf_adds(out, path + strlen(cwd) + 1);
	} else {
		_cleanup_free_ char *shown = path_shorten(path, home);

		buf_adds(out, shown);
	}
}

static const char *type_name(const struct mount *mount)
{
	switch (mount->type) {
	case MOUNT_BIND:
		return "rw";
	case MOUNT_RO_BIND:
		return mount->origin == ORIGIN_BASE ? "pin" : "ro";
	case MOUNT_MASK_DIR:
		return "hide/";
	case MOUNT_MASK_FILE:
		return "hide";
	case MOUNT_FAKE_FILE:
		return "fake";
	case MOUNT_PLACEHOLDER_FILE:
		return mount->created_on_host ? "hold" : "again";
	case MOUNT_PLACEHOLDER_DIR:
		return mount->created_on_host ? "hold/" : "again/";
		return "empty/";
	}
	return "?";
}

/* What lies in the tree; mandatory placeholders only where they are asked for. */
static void show_plan(struct buf *out, const struct mount_plan *plan, bool mandatory)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];

		if (!path_is_below(mount->target, tree))
			continue;
		if (!mandatory && mount->origin == ORIGIN_MANDATORY && mount->created_on_host)
			continue;
		if (out->length)
			buf_addc(out, '\n');
		buf_addf(out, "%s ", type_name(mount));
		show_path(out, mount->target);
	}
}

struct plan_case {
	const char *name;
	const char *files;
	const char *deny_read, *allow_read, *allow_write, *deny_write;
	const char *write_roots;
	const char *sensitive_rule_read, *sensitive_rule_write; /* given: the list is masked */
	const char *own, *read_only, *credentials;
	const char *fakes; /* "!x": is withheld */
	const char *plan;
	bool mandatory;
	int depth;
};

static const struct plan_case cases[] = {
	{ .name = "nothing allowed: nothing but the root", .files = "a/f", .plan = "" },
	{ .name = "write binds in list order, however spelled",
	  .files = "a/ b/ c/",
	  .allow_write = "c/ ./b a/** ~/w/a",
	  .plan = "rw c\nrw b\nrw a" },
	{ .name = "what learning makes writable lifts nothing",
	  .files = "~/.ssh/keys/k ~/s/f .git/hooks/ .git/HEAD ~/o/.git/hooks/ ~/o/.git/HEAD ~/o/x ~/a>~/o",
	  .write_roots = "~/.ssh/keys ~/s . ~/o ~/a",
	  .deny_read = "~/s",
	  .deny_write = "~/o/x",
	  .sensitive_rule_read = "",
	  .plan = "pin ~/o/.git\npin .git\nrw ~/.ssh/keys\nrw ~/s\nrw .\nrw ~/o\n"
		  "hide/ ~/.ssh\nhide/ ~/s\nro ~/o/x\nro .git/hooks\nro ~/o/.git/hooks" },
	{ .name = "a file is bound alone", .files = "f", .allow_write = "f", .plan = "rw f" },
	{ .name = "missing, linked and pattern entries are left out",
	  .files = "x.txt real/sub/ link>real",
	  .allow_write = "none *.txt link link/sub",
	  .plan = "" },
	{ .name = "no spelling of a pattern is writable",
	  .files = "a/b/ a/f b/",
	  .allow_write = "** **/ a/**/ a/**/** ./**/ a/**/. a/**/.. */../a ~/w/*/../a ~/w/*/..",
	  .plan = "" },
	{ .name = "nor leads up again behind one",
	  .files = "h/a/f h/b/f c/f",
	  .deny_read = "h c",
	  .allow_read = "~/w/*/../h/a */../c",
	  .plan = "hide/ h" },
	{ .name = "a name with pattern characters is a name where it exists",
	  .files = "a*b/ ab/ [W]/ W/",
	  .allow_write = "a*b [W] =ab",
	  .plan = "rw a*b\nrw [W]\nrw ab" },
	{ .name = "conveniences below home are writable where they exist",
	  .files = "~/.npm/_logs/ ~/.claude/debug/",
	  .plan = "rw ~/.npm/_logs\nrw ~/.claude/debug" },
	{ .name = "and give way to a read deny",
	  .files = "~/.npm/_logs/ ~/.claude/debug/",
	  .deny_read = "~/.npm ~/.claude",
	  .allow_read = "~/.claude/debug",
	  .plan = "rw ~/.npm/_logs\nrw ~/.claude/debug\n"
		  "hide/ ~/.claude\nrw ~/.claude/debug\nhide/ ~/.npm" },

	{ .name = "a directory is hidden whole, a file alone",
	  .files = "d/f e",
	  .deny_read = "d e none",
	  .plan = "hide/ d\nhide e" },
	{ .name = "hiding goes by the real path",
	  .files = "~/real/f lnk>~/real two>lnk",
	  .deny_read = "lnk two lnk/f",
	  .plan = "hide/ ~/real" },
	{ .name = "patterns hide what they match",
	  .files = "a/b/x.pem y.pem a/x.txt a.d/f b.d/",
	  .deny_read = "**/*.pem ?.d/**",
	  .plan = "hide/ a.d\nhide y.pem\nhide a/b/x.pem" },
	{ .name = "patterns follow links",
	  .files = "~/real/x.pem certs>~/real",
	  .deny_read = "certs/*.pem",
	  .plan = "hide ~/real/x.pem" },
	{ .name = "a pattern of all that is below holds where the directory is opened",
	  .files = "d/f d/s/g e/f",
	  .deny_read = "d/**/ e/**",
	  .allow_read = "d e",
	  .plan = "hide d/f\nhide/ d/s" },
	{ .name = "however it is spelled",
	  .files = "d/f d/g e/f",
	  .deny_read = "** e/**/**",
	  .allow_read = "d/f e",
	  .plan = "hide/ .\nro d/f\nro e\nhide e/f" },
	{ .name = "allowRead opens a part of what is hidden",
	  .files = "d/pub/f d/priv/f",
	  .deny_read = "d",
	  .allow_read = "d/pub",
	  .plan = "hide/ d\nro d/pub" },
	{ .name = "allowRead of the same directory lifts the deny",
	  .files = "d/f",
	  .deny_read = "d",
	  .allow_read = "d",
	  .plan = "" },
	{ .name = "and for reading only, in what is writable around it",
	  .files = "d/f d/w/f e/f f g/f",
	  .deny_read = "d e f g",
	  .allow_read = "d e f g",
	  .allow_write = ". d/w e",
	  .plan = "rw .\nrw d/w\nrw e\nro d\nrw d/w\nro g" },
	{ .name = "an allowRead pattern opens its matches",
	  .files = "d/a.pub d/a.key d/l.pub>a.key",
	  .deny_read = "d",
	  .allow_read = "d/*.pub",
	  .plan = "hide/ d\nro d/a.pub" },
	{ .name = "a deeper deny holds inside an allowed part",
	  .files = "d/pub/priv/f d/pub/f",
	  .deny_read = "d d/pub/priv",
	  .allow_read = "d/pub",
	  .plan = "hide/ d\nro d/pub\nhide/ d/pub/priv" },
	{ .name = "and can be opened in turn",
	  .files = "d/pub/priv/ok/f",
	  .deny_read = "d d/pub/priv",
	  .allow_read = "d/pub d/pub/priv/ok",
	  .plan = "hide/ d\nro d/pub\nhide/ d/pub/priv\nro d/pub/priv/ok" },
	{ .name = "a deny inside what is hidden anyway needs no mount",
	  .files = "d/e/f d/e/g/x",
	  .deny_read = "d d/e",
	  .allow_read = "d/e/g",
	  .plan = "hide/ d\nro d/e/g" },
	{ .name = "a file deny is lifted by that very file only",
	  .files = "d/f d/g",
	  .deny_read = "d/f d/g",
	  .allow_read = "d d/g",
	  .plan = "hide d/f" },
	{ .name = "an allowRead that is a link lifts nothing",
	  .files = "d/f docs>d d/in>f",
	  .deny_read = "d",
	  .allow_read = "docs docs/f d/in",
	  .plan = "hide/ d" },
	{ .name = "allowWrite inside what is hidden comes back writable",
	  .files = "d/work/f d/s",
	  .deny_read = "d",
	  .allow_write = "d/work",
	  .plan = "rw d/work\nhide/ d\nrw d/work" },
	{ .name = "writing wins over allowRead above it",
	  .files = "d/p/sub/f",
	  .deny_read = "d",
	  .allow_read = "d/p",
	  .allow_write = "d/p/sub",
	  .plan = "rw d/p/sub\nhide/ d\nro d/p\nrw d/p/sub" },
	{ .name = "and over allowRead of the same and below",
	  .files = "d/p/sub/f",
	  .deny_read = "d",
	  .allow_read = "d/p d/p/sub",
	  .allow_write = "d/p",
	  .plan = "rw d/p\nhide/ d\nrw d/p" },
	{ .name = "but not what is writable around it",
	  .files = "d/p/f d/q/f d/r",
	  .deny_read = "d",
	  .allow_read = "d/p d/q d/r",
	  .allow_write = ". d/q",
	  .plan = "rw .\nrw d/q\nhide/ d\nro d/p\nro d/r\nrw d/q" },
	{ .name = "allowWrite of the hidden directory itself shows it",
	  .files = "d/f",
	  .deny_read = "d",
	  .allow_write = "d",
	  .plan = "rw d" },
	{ .name = "allowWrite of the hidden file itself does not show it",
	  .files = "f",
	  .deny_read = "f",
	  .allow_write = "f",
	  .plan = "rw f\nhide f" },
	{ .name = "home hidden, the working directory kept",
	  .files = "f ~/s",
	  .deny_read = "~",
	  .allow_read = ".",
	  .allow_write = ".",
	  .plan = "rw .\nhide/ ~\nrw ." },
	{ .name = "what a write root holds hidden cannot be moved away",
	  .files = "a/b/d/f",
	  .deny_read = "a/b/d",
	  .allow_write = ".",
	  .plan = "pin a\npin a/b\nrw .\nhide/ a/b/d" },
	{ .name = "a credential is hidden without exceptions",
	  .files = "d/f d/sub/f",
	  .deny_read = "d",
	  .allow_read = "d/f d/sub d/sub/f",
	  .credentials = "d/f d/sub",
	  .plan = "hide/ d" },
	{ .name = "a credential in an allowed part stays hidden",
	  .files = "d/p/f d/p/g",
	  .deny_read = "d",
	  .allow_read = "d/p d/p/f",
	  .credentials = "d/p/f",
	  .plan = "hide/ d\nro d/p\nhide d/p/f" },

	{ .name = "denyWrite in a write root",
	  .files = ".env keep/f",
	  .allow_write = ".",
	  .deny_write = ".env keep",
	  .plan = "rw .\nro .env\nro keep" },
	{ .name = "denyWrite elsewhere needs nothing",
	  .files = "out/ keep/f",
	  .allow_write = "out",
	  .deny_write = "keep none /nonexistent/x",
	  .plan = "rw out" },
	{ .name = "denyWrite above allowWrite",
	  .files = "a/b/c/",
	  .allow_write = "a/b",
	  .deny_write = "a",
	  .plan = "rw a/b\nro a" },
	{ .name = "denyWrite above allowWrite, where it is hidden",
	  .files = "d/a/s/f d/a/t/k d/b/",
	  .deny_read = "d d/a/t/k",
	  .allow_write = "d/a/s d/a/t d/b",
	  .deny_write = "d/a",
	  .plan = "rw d/a/s\nrw d/a/t\nrw d/b\nhide/ d\nrw d/a/s\nrw d/a/t\nrw d/b\nhide d/a/t/k\n"
		  "ro d/a/s\nro d/a/t\nhide d/a/t/k" },
	{ .name = "denyWrite of all that is hidden",
	  .files = "d/a/s/f",
	  .deny_read = "d",
	  .allow_write = "d/a/s",
	  .deny_write = "d",
	  .plan = "rw d/a/s\nhide/ d\nrw d/a/s\nro d/a/s" },
	{ .name = "denyWrite of a missing file, and below a missing directory",
	  .allow_write = ".",
	  .deny_write = "later.conf a/b/c.conf a",
	  .plan = "rw .\nhold later.conf\nhold/ a" },
	{ .name = "one missing name that is wanted as file and as directory is a directory",
	  .allow_write = ".",
	  .deny_write = "a a/b",
	  .plan = "rw .\nhold/ a" },
	{ .name = "denyWrite goes by the real path",
	  .files = "real/f lnk>real",
	  .allow_write = ".",
	  .deny_write = "lnk/f",
	  .plan = "pin real\nrw .\nro real/f" },
	{ .name = "a dangling link is followed to where a write would land",
	  .files = "lnk>target/x",
	  .allow_write = ".",
	  .deny_write = "lnk",
	  .plan = "rw .\nhold/ target" },
	{ .name = "a file where a directory is needed is kept",
	  .files = "a",
	  .allow_write = ".",
	  .deny_write = "a/b",
	  .plan = "rw .\nro a" },
	{ .name = "a denyWrite pattern holds for what exists",
	  .files = "a.key d/b.key c.txt",
	  .allow_write = ".",
	  .deny_write = "**/*.key",
	  .plan = "pin d\nrw .\nro a.key\nro d/b.key" },
	{ .name = "directories above something denied are pinned",
	  .files = "d/e/f",
	  .allow_write = ".",
	  .deny_write = "d/e/f",
	  .plan = "pin d\npin d/e\nrw .\nro d/e/f" },
	{ .name = "a write deny does not uncover what is hidden in it",
	  .files = "d/s/f d/g",
	  .deny_read = "d/s",
	  .allow_write = ".",
	  .deny_write = "d",
	  .plan = "pin d\nrw .\nhide/ d/s\nro d\nhide/ d/s" },
	{ .name = "and what may be written there comes back read-only",
	  .files = "d/s/work/f d/s/pub/f d/s/h/f",
	  .deny_read = "d/s d/s/work/h",
	  .allow_read = "d/s/pub",
	  .allow_write = "d/s/work",
	  .deny_write = "d",
	  .plan = "rw d/s/work\nhide/ d/s\nro d/s/pub\nrw d/s/work\n"
		  "ro d\nhide/ d/s\nro d/s/pub\nro d/s/work" },
	{ .name = "a write deny on something hidden needs nothing",
	  .files = "d/f",
	  .deny_read = "d",
	  .allow_write = ".",
	  .deny_write = "d d/f d/new",
	  .plan = "pin d\nrw .\nhide/ d" },
	{ .name = "a write deny in an opened part of what is hidden holds",
	  .files = "d/work/f",
	  .deny_read = "d",
	  .allow_write = "d/work",
	  .deny_write = "d/work/f d/work/new",
	  .plan = "rw d/work\nhide/ d\nrw d/work\nro d/work/f\nhold d/work/new" },

	{ .name = "another run's placeholders are names that are missing",
	  .files = "!f !d/ !e/",
	  .allow_write = ".",
	  .deny_write = "f d d/x/y e/x e f/x",
	  .plan = "rw .\nhold f\nhold/ d\nhold/ e" },
	{ .name = "also where a pattern finds them",
	  .files = "!x.key",
	  .allow_write = ".",
	  .deny_write = "*.key",
	  .plan = "rw .\nhold x.key" },
	{ .name = "and in the search below cwd",
	  .files = "a/f !a/.bashrc !a/.vscode/",
	  .allow_write = "a",
	  .mandatory = true,
	  .plan = "rw a\nhold a/.bashrc\nhold/ a/.vscode" },
	{ .name = "or at the end of a link",
	  .files = "real/g !real/f lnk>real/f",
	  .allow_write = ".",
	  .deny_write = "lnk",
	  .plan = "pin real\nrw .\nhold real/f" },
	{ .name = "nothing is bound or hidden that goes when another run ends",
	  .files = "!f !d/ !~/.netrc",
	  .allow_write = "f d",
	  .allow_read = "f d ?",
	  .deny_read = "f d ?",
	  .sensitive_rule_read = "",
	  .plan = "" },
	{ .name = "what has something in it is nobody's placeholder",
	  .files = "d/x !d/ e",
	  .allow_write = ".",
	  .deny_write = "d d/y e",
	  .plan = "pin d\nrw .\nro d\nro e" },

	{ .name = "mandatory names in cwd are held, existing or not",
	  .files = ".bashrc .vscode/s .git/hooks/h .git/config",
	  .allow_write = ".",
	  .mandatory = true,
	  .plan = "pin .git\nrw .\nhold .gitconfig\nhold .gitmodules\nro .bashrc\n"
		  "hold .bash_profile\nhold .zshrc\nhold .zprofile\nhold .profile\nhold .ripgreprc\n"
		  "hold .mcp.json\nro .vscode\nhold/ .idea\nhold/ .claude\nro .git/hooks\n"
		  "ro .git/config" },
	{ .name = "where .claude exists its two directories are held",
	  .files = ".claude/x .claude/agents/a",
	  .allow_write = ".",
	  .mandatory = true,
	  .plan = "pin .claude\nrw .\nhold .gitconfig\nhold .gitmodules\nhold .bashrc\n"
		  "hold .bash_profile\nhold .zshrc\nhold .zprofile\nhold .profile\nhold .ripgreprc\n"
		  "hold .mcp.json\nhold/ .vscode\nhold/ .idea\nhold/ .claude/commands\n"
		  "ro .claude/agents" },
	{ .name = "a missing hooks directory is held, a missing .git is not",
	  .files = ".git/HEAD",
	  .allow_write = ".git",
	  .mandatory = true,
	  .plan = "rw .git\nhold/ .git/hooks\nhold .git/config" },
	{ .name = "a .git file is kept",
	  .files = ".git",
	  .allow_write = ".",
	  .plan = "rw .\nro .git" },
	{ .name = "nothing is held outside the write roots",
	  .files = "out/ .bashrc",
	  .allow_write = "out",
	  .mandatory = true,
	  .plan = "rw out" },
	{ .name = "names below cwd, in any case, but not in node_modules nor too deep",
	  .files = "a/.BashRC a/b/.mcp.json a/b/c/.zshrc node_modules/p/.bashrc x/node_modules/.profile",
	  .allow_write = ".",
	  .plan = "pin a\npin a/b\nrw .\nro a/.BashRC\nro a/b/.mcp.json" },
	{ .name = "directories and repositories one level less",
	  .files = "a/.idea/x a/b/.idea/x a/.git/HEAD a/b/.git/HEAD a/.claude/agents/x",
	  .allow_write = "a",
	  .mandatory = true,
	  .plan = "pin a/.claude\npin a/.git\nrw a\nro a/.claude/agents\nhold/ a/.git/hooks\n"
		  "ro a/.idea" },
	{ .name = "the depth is the settings'",
	  .files = "a/.bashrc a/b/c/.bashrc",
	  .allow_write = ".",
	  .depth = 1,
	  .plan = "rw ." },
	{ .name = "deeper where it is asked for",
	  .files = "a/b/c/d/.bashrc",
	  .allow_write = ".",
	  .depth = 5,
	  .plan = "pin a\npin a/b\npin a/b/c\npin a/b/c/d\nrw .\nro a/b/c/d/.bashrc" },
	{ .name = "links below cwd are no finds, in cwd they are followed",
	  .files = "dot/rc .bashrc>dot/rc a/.zshrc>../dot/rc2 dot/rc2",
	  .allow_write = ".",
	  .plan = "pin dot\nrw .\nro dot/rc" },

	{ .name = "the sensitive list is hidden where it is asked for",
	  .files = "~/.ssh/id ~/.netrc .env .env.local .env.example .envrc x/.env",
	  .sensitive_rule_read = "",
	  .plan = "hide ~/.netrc\nhide/ ~/.ssh\nhide .env\nhide .env.local" },
	{ .name = "a person's rule opens a file in it, and the settings file a directory",
	  .files = "~/.ssh/id ~/.ssh/known_hosts ~/.aws/config ~/.kube/config",
	  .allow_read = "~/.kube ~",
	  .sensitive_rule_read = "~/.ssh/known_hosts ~/.aws/config",
	  .plan = "hide/ ~/.aws\nro ~/.aws/config\nhide/ ~/.ssh\nro ~/.ssh/known_hosts" },
	{ .name = "a person's rule lifts an entry, but none below its directory",
	  .files = "~/.ssh/id ~/.aws/config ~/.config/gh/hosts.yml",
	  .sensitive_rule_read = "~/.ssh ~/.config ~ /",
	  .plan = "hide/ ~/.aws\nhide/ ~/.config/gh" },
	{ .name = "a wider rule to write does not come with it",
	  .files = "~/.ssh/id ~/.netrc .env",
	  .sensitive_rule_read = "~/.ssh ~/.netrc .env",
	  .sensitive_rule_write = "~ .env",
	  .plan = "pin .\nrw ~\nro ~/.netrc\nro ~/.ssh" },
	{ .name = "except for files that lie in that directory",
	  .files = "~/.ssh/id ~/.netrc .env",
	  .sensitive_rule_read = "~",
	  .plan = "hide/ ~/.ssh\nhide .env" },
	{ .name = "a rule to write opens what it names, but nothing below",
	  .files = "~/.aws/cli/f ~/.aws/config ~/x/f .env",
	  .sensitive_rule_write = "~/.aws/cli ~/x .",
	  .plan = "rw ~/.aws/cli\nrw ~/x\nrw .\nhide/ ~/.aws\nrw ~/.aws/cli\nhide .env" },
	{ .name = "a rule about what lies in a writable place makes no mount of its own",
	  .files = "d/f d/e/f g/f",
	  .allow_write = "d d/f",
	  .sensitive_rule_write = "d/e d/e/f g/f",
	  .plan = "rw d\nrw d/f\nrw g/f" },
	{ .name = "no rule lifts a deny of the settings file",
	  .files = "d/f d/work/f ~/.ssh/keys/k ~/.ssh/id",
	  .deny_read = "d ~/.ssh/keys",
	  .deny_write = "e",
	  .sensitive_rule_read = "d/f ~/.ssh/keys/k ~/.ssh/id",
	  .sensitive_rule_write = "d/work e",
	  .plan = "rw d/work\nhide/ ~/.ssh\nro ~/.ssh/id\nhide/ d" },
	{ .name = "a write rule does not lift denyWrite, but a mandatory deny that it names",
	  .files = ".vscode/s .vscode/t .mcp.json keep/f",
	  .deny_write = "keep .vscode/t",
	  .sensitive_rule_write = ". .vscode/s .vscode/t .mcp.json keep/f",
	  .plan = "pin .vscode\nrw .\nro keep\nro .vscode/t\nro .vscode\nrw .vscode/s" },

	{ .name = "a masked file is covered by its fake, and what leads to it is pinned",
	  .files = "a/b/tok f",
	  .allow_write = ". a/b",
	  .fakes = "a/b/tok f",
	  .plan = "pin a\npin a/b\nrw .\nrw a/b\nfake a/b/tok\nfake f" },
	{ .name = "no rule of a person and no write deny uncovers it",
	  .files = "a/tok b/c/tok",
	  .deny_write = "a b/c/tok",
	  .sensitive_rule_write = ". a/tok b/c/tok",
	  .fakes = "a/tok b/c/tok",
	  .plan = "pin a\npin b\npin b/c\nrw .\nfake a/tok\n"
		  "fake b/c/tok\nro a\nfake a/tok" },
	{ .name = "a fake is shown inside what is hidden, but for a credential's own deny",
	  .files = "d/tok d/s e f",
	  .deny_read = "d e",
	  .credentials = "f",
	  .fakes = "d/tok e f",
	  .plan = "hide/ d\nfake e\nhide f\nfake d/tok" },
	{ .name = "what the built-in list hides is shown as its fake",
	  .files = "~/.aws/credentials ~/.netrc",
	  .sensitive_rule_read = "",
	  .fakes = "~/.aws/credentials ~/.netrc",
	  .plan = "hide/ ~/.aws\nfake ~/.netrc\nfake ~/.aws/credentials" },
	{ .name = "what cannot be masked is hidden, and nothing opens it",
	  .files = "d/tok e ~/.aws/x",
	  .allow_read = "d/tok e",
	  .allow_write = "d",
	  .sensitive_rule_read = "e",
	  .fakes = "!d !e !~/.aws/x",
	  .plan = "rw d\nhide/ ~/.aws\nhide/ d\nhide e" },
	{ .name = "of two fakes for a file the last is shown",
	  .files = "f",
	  .fakes = "!f f",
	  .plan = "fake f" },

	{ .name = "own directories are hidden last, whatever is allowed",
	  .files = "~/state/db ~/state/pub/f",
	  .allow_read = "~/state/pub",
	  .allow_write = "~ ~/state",
	  .own = "~/state ~/none",
	  .plan = "pin .\nrw ~\nrw ~/state\nhide/ ~/state" },
	{ .name = "and what leads to them cannot be moved away",
	  .files = "~/.local/state/x/db",
	  .allow_write = "~",
	  .own = "~/.local/state/x",
	  .plan = "pin ~/.local\npin .\npin ~/.local/state\nrw ~\nhide/ ~/.local/state/x" },
	{ .name = "own directories in what is hidden need nothing",
	  .files = "~/state/db",
	  .deny_read = "~",
	  .own = "~/state",
	  .plan = "hide/ ~" },
	{ .name = "the settings file in force is never writable, nor can it come into being",
	  .files = "~/.srt.json f",
	  .allow_write = "~",
	  .read_only = "~/.srt.json ~/other.json",
	  .plan = "pin .\nrw ~\nro ~/.srt.json\nhold ~/other.json" },
	{ .name = "and is not touched where it cannot be written",
	  .files = "~/.srt.json f",
	  .allow_write = ".",
	  .read_only = "~/.srt.json",
	  .plan = "rw ." },
};

struct fakes {
	struct mount_fake *items;
	size_t count, capacity;
};

static void add_fake(const char *word, void *data)
{
	struct fakes *fakes = data;
	bool withheld = word[0] == '!';

	grow_array(fakes->items, fakes->count, fakes->capacity);
	fakes->items[fakes->count++] =
		(struct mount_fake){ .path = path_absolute(word + withheld, home, cwd),
				     .source = xstrdup(withheld ? NULL : "/store/0.fake"),
				     .rule = xasprintf("credentials.files %s", word) };
}

static void free_fakes(struct fakes *fakes)
{
	for (size_t i = 0; i < fakes->count; i++) {
		free(fakes->items[i].path);
		free(fakes->items[i].source);
		free(fakes->items[i].rule);
	}
	free(fakes->items);
}

static struct settings *make_settings(const struct plan_case *plan_case)
{
	struct settings *settings = settings_new();
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;

	for_each_word(plan_case->deny_read, add_path, &settings->deny_read);
	for_each_word(plan_case->allow_read, add_path, &settings->allow_read);
	for_each_word(plan_case->allow_write, add_path, &settings->allow_write);
	for_each_word(plan_case->deny_write, add_path, &settings->deny_write);
	for_each_word(plan_case->credentials, add_absolute, &names);
	for (size_t i = 0; i < names.count; i++) {
		struct credentials *files = &settings->credential_files;

		grow_array(files->items, files->count, files->capacity);
		files->items[files->count++] = (struct credential){ .name = xstrdup(names.items[i]),
								    .mode = CREDENTIAL_DENY };
	}
	settings->mandatory_deny_search_depth = plan_case->depth ? plan_case->depth : 3;
	return settings;
}

static int make_plan(struct mount_plan *plan, const struct plan_case *plan_case, bool disabled,
		     struct err *e)
{
	_cleanup_settings_ struct settings *settings = make_settings(plan_case);
	_cleanup_strings_ struct strings read = STRINGS_EMPTY, write = STRINGS_EMPTY;
	_cleanup_strings_ struct strings own = STRINGS_EMPTY, read_only = STRINGS_EMPTY;
	_cleanup_strings_ struct strings roots = STRINGS_EMPTY;
	struct fakes fakes = { 0 };
	int result;
	struct mount_request request = { .settings = settings,
					 .home = home,
					 .cwd = cwd,
					 .mask_sensitive = plan_case->sensitive_rule_read ||
							   plan_case->sensitive_rule_write,
					 .rule_read = &read,
					 .rule_write = &write,
					 .write_roots = &roots,
					 .protected_roots = &roots,
					 .own = &own,
					 .read_only = &read_only };

	settings->filesystem_disabled = disabled;
	for_each_word(plan_case->sensitive_rule_read, add_absolute, &read);
	for_each_word(plan_case->sensitive_rule_write, add_absolute, &write);
	for_each_word(plan_case->write_roots, add_absolute, &roots);
	for_each_word(plan_case->own, add_absolute, &own);
	for_each_word(plan_case->read_only, add_absolute, &read_only);
	for_each_word(plan_case->fakes, add_fake, &fakes);
	request.fakes = fakes.items;
	request.fake_count = fakes.count;
	result = mount_plan_make(plan, &request, e);
	free_fakes(&fakes);
	return result;
}

START_TEST(the_plan_follows_from_settings_and_tree)
{
	const struct plan_case *plan_case = &cases[_i];
	struct mount_plan plan = { 0 };
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	for_each_word(plan_case->files, put_word, NULL);
	ck_assert_msg(make_plan(&plan, plan_case, false, &e) == 0, "%s: %s", plan_case->name,
		      e.message);
	ck_assert_int_eq(plan.items[0].type, MOUNT_RO_BIND);
	ck_assert_str_eq(plan.items[0].target, "/");
	show_plan(&text, &plan, plan_case->mandatory);
	mount_plan_free(&plan);
	ck_assert_msg(strcmp(buf_text(&text), plan_case->plan) == 0, "%s:\n%s\ninstead of\n%s",
		      plan_case->name, buf_text(&text), plan_case->plan);
}
END_TEST

START_TEST(a_disabled_file_system_keeps_only_what_is_our_own)
{
	static const struct plan_case disabled = { .deny_read = "d",
						   .deny_write = "d",
						   .allow_write = "d",
						   .own = "~/state",
						   .read_only = "~/.srt.json",
						   .credentials = "e",
						   .fakes = "f !g" };
	struct mount_plan plan = { 0 };
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e;

	for_each_word("d/f ~/state/db ~/.srt.json .bashrc e f g", put_word, NULL);
	ck_assert_int_eq(make_plan(&plan, &disabled, true, &e), 0);
	show_plan(&text, &plan, true);
	ck_assert_str_eq(buf_text(&text), "fake f\nhide g\nro ~/.srt.json\nhide/ ~/state");
	ck_assert_int_eq(plan.items[0].type, MOUNT_BIND);
	ck_assert_str_eq(plan.items[0].target, "/");
	ck_assert_int_eq(mount_plan_find(&plan, "/sys/kernel")->type, MOUNT_RO_BIND);
	mount_plan_free(&plan);
}
END_TEST

START_TEST(every_mount_says_where_it_comes_from)
{
	static const struct plan_case mixed = { .deny_read = "d",
						.allow_write = ".",
						.sensitive_rule_read = "~/.ssh/known_hosts",
						.own = "~/state" };
	struct mount_plan plan = { 0 };
	struct err e;
	struct {
		const char *path;
		enum mount_origin origin;
		const char *rule;
	} wanted[] = {
		{ "d/x", ORIGIN_SETTINGS, "denyRead d" },
		{ "f", ORIGIN_SETTINGS, "allowWrite ." },
		{ "~/.ssh/id", ORIGIN_SENSITIVE, "sensitive ~/.ssh" },
		{ ".git/config", ORIGIN_MANDATORY, "mandatory .git/config" },
		{ ".bashrc", ORIGIN_MANDATORY, "mandatory .bashrc" },
		{ "~/x", ORIGIN_BASE, NULL },
	};

	for_each_word("d/f ~/.ssh/known_hosts ~/state/db .git/config", put_word, NULL);
	ck_assert_int_eq(make_plan(&plan, &mixed, false, &e), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
		_cleanup_free_ char *path = path_absolute(wanted[i].path, home, cwd);
		const struct mount *mount = mount_plan_find(&plan, path);

		ck_assert_int_eq(mount->origin, wanted[i].origin);
		ck_assert_pstr_eq(mount->rule, wanted[i].rule);
	}
	ck_assert_int_eq(plan.items[plan.count - 1].origin, ORIGIN_OWN);
	mount_plan_free(&plan);
}
END_TEST

START_TEST(the_whole_tree_may_be_writable_but_not_the_kernel)
{
	static const struct plan_case whole = { .allow_write = "/", .deny_write = "d/e/f" };
	struct mount_plan plan = { 0 };
	_cleanup_free_ char *file = path_join(cwd, "d/e/f");
	struct err e;

	for_each_word("d/e/f", put_word, NULL);
	ck_assert_int_eq(make_plan(&plan, &whole, false, &e), 0);
	ck_assert_int_eq(mount_plan_find(&plan, "/usr/x")->type, MOUNT_BIND);
	ck_assert_int_eq(mount_plan_find(&plan, "/sys/x")->type, MOUNT_RO_BIND);
	ck_assert_int_eq(mount_plan_find(&plan, tree)->type, MOUNT_BIND);
	ck_assert_int_eq(mount_plan_find(&plan, cwd)->type, MOUNT_BIND);
	ck_assert_str_eq(mount_plan_find(&plan, cwd)->rule, "allowWrite /");
	ck_assert_int_eq(mount_plan_find(&plan, file)->type, MOUNT_RO_BIND);
	mount_plan_free(&plan);
}
END_TEST

START_TEST(the_whole_tree_may_be_hidden_but_what_is_allowed)
{
	static const struct plan_case whole = { .deny_read = "/", .allow_read = "/usr d" };
	struct mount_plan plan = { 0 };
	_cleanup_free_ char *file = path_join(cwd, "d/f");
	_cleanup_free_ char *other = path_join(cwd, "other");
	struct err e;

	for_each_word("d/f", put_word, NULL);
	ck_assert_int_eq(make_plan(&plan, &whole, false, &e), 0);
	ck_assert_int_eq(mount_plan_find(&plan, "/etc/passwd")->type, MOUNT_MASK_DIR);
	ck_assert_int_eq(mount_plan_find(&plan, "/usr/bin")->type, MOUNT_RO_BIND);
	ck_assert_int_eq(mount_plan_find(&plan, "/proc/self")->type, MOUNT_RO_BIND);
	ck_assert_int_eq(mount_plan_find(&plan, "/dev/null")->type, MOUNT_RO_BIND);
	ck_assert_int_eq(mount_plan_find(&plan, file)->type, MOUNT_RO_BIND);
	ck_assert_int_eq(mount_plan_find(&plan, other)->type, MOUNT_MASK_DIR);
	mount_plan_free(&plan);
}
END_TEST

START_TEST(a_pattern_from_the_root_hides_what_it_says)
{
	_cleanup_free_ char *pattern = xasprintf("/tm*%s/**/*.pem", tree + strlen("/tmp"));
	struct plan_case from_root = { .deny_read = pattern };
	struct mount_plan plan = { 0 };
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e;

	for_each_word("a/x.pem a/y", put_word, NULL);
	ck_assert_int_eq(make_plan(&plan, &from_root, false, &e), 0);
	show_plan(&text, &plan, false);
	mount_plan_free(&plan);
	ck_assert_str_eq(buf_text(&text), "hide a/x.pem");
}
END_TEST

START_TEST(what_is_left_out_is_said)
{
	static const struct plan_case left_out = { .allow_write = "none *.txt link /proc/x" };
	static const char *const wanted[] = { "allowWrite none: left out: does not exist",
					      "allowWrite *.txt: left out: a pattern",
					      "allowWrite link: left out: it leads through",
					      "allowWrite /proc/x: has no effect" };
	struct mount_plan plan = { 0 };
	struct err e;

	for_each_word("d/ link>d", put_word, NULL);
	ck_assert_int_eq(make_plan(&plan, &left_out, false, &e), 0);
	ck_assert_uint_eq(plan.notes.count, ARRAY_LENGTH(wanted));
	for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++)
		ck_assert_msg(strncmp(plan.notes.items[i], wanted[i], strlen(wanted[i])) == 0, "%s",
			      plan.notes.items[i]);
	mount_plan_free(&plan);
}
END_TEST

START_TEST(a_protected_name_that_is_a_loop_stops_the_start)
{
	static const struct plan_case loop = { .allow_write = "." };
	static const struct plan_case elsewhere = { .deny_write = "loop" };
	struct mount_plan plan = { 0 };
	struct err e = { 0 };

	for_each_word(".bashrc>.zshrc .zshrc>.bashrc loop>loop", put_word, NULL);
	ck_assert_int_eq(make_plan(&plan, &loop, false, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, ".bashrc"));
	ck_assert_uint_eq(plan.count, 0);
	ck_assert_int_eq(make_plan(&plan, &elsewhere, false, &e), 0);
	mount_plan_free(&plan);
}
END_TEST

START_TEST(too_many_mounts_stop_the_start)
{
	static const struct plan_case many = { .deny_read = "*.x" };
	struct mount_plan plan = { 0 };
	struct err e = { 0 };

	for (int i = 0; i < 3000; i++) {
		_cleanup_free_ char *name = xasprintf("%d.x", i);

		put(name);
	}
	ck_assert_int_eq(make_plan(&plan, &many, false, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "more than bubblewrap takes"));
}
END_TEST

START_TEST(words_for_bwrap_close_masks_after_what_lies_in_them)
{
	static const struct plan_case mixed = { .deny_read = "d e",
						.allow_read = "d/pub",
						.allow_write = "w",
						.deny_write = "w/new w/sub/x" };
	struct mount_plan plan = { 0 };
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e;

	for_each_word("d/pub/f e w/", put_word, NULL);
	ck_assert_int_eq(make_plan(&plan, &mixed, false, &e), 0);
	mount_plan_arguments(&plan, &words);
	mount_plan_free(&plan);
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.items[i];
		bool known = word[0] == '-' || strcmp(word, "/dev/null") == 0;

		/* Mounts outside the tree depend on the machine. */
		if (!known && !path_is_below(word, tree))
			continue;
		if (word[0] == '-' && !path_is_below(words.items[i + 1], tree) &&
		    strcmp(words.items[i + 1], "/dev/null") != 0)
			continue;
		buf_addc(&text, word[0] == '-' ? '\n' : ' ');
		if (known)
			buf_adds(&text, word);
		else
			show_path(&text, word);
	}
	ck_assert_str_eq(buf_text(&text), "\n--bind w w\n--tmpfs d\n--ro-bind d/pub d/pub"
					  "\n--ro-bind /dev/null e"
					  "\n--ro-bind /dev/null w/new\n--tmpfs w/sub"
					  "\n--remount-ro d\n--remount-ro w/sub");
}
END_TEST

START_TEST(a_fake_is_bound_from_its_source)
{
	static const struct plan_case masked = { .fakes = "f" };
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_free_ char *file = path_join(cwd, "f");
	struct mount_plan plan = { 0 };
	struct err e;

	put("f");
	ck_assert_int_eq(make_plan(&plan, &masked, false, &e), 0);
	ck_assert_int_eq(mount_plan_find(&plan, file)->origin, ORIGIN_SETTINGS);
	ck_assert_str_eq(mount_plan_find(&plan, file)->rule, "credentials.files f");
	mount_plan_arguments(&plan, &words);
	mount_plan_free(&plan);
	for (size_t i = 2; i < words.count; i++) {
		if (strcmp(words.items[i], file) != 0)
			continue;
		ck_assert_str_eq(words.items[i - 1], "/store/0.fake");
		ck_assert_str_eq(words.items[i - 2], "--ro-bind");
		return;
	}
	ck_abort_msg("not bound");
}
END_TEST

START_TEST(a_covered_mask_is_not_touched_again)
{
	struct mount_plan plan = { 0 };
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;

	mount_plan_add(&plan, MOUNT_MASK_DIR, ORIGIN_SETTINGS, NULL, "/a/b", NULL);
	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_SETTINGS, "/a", "/a", NULL);
	mount_plan_arguments(&plan, &words);
	mount_plan_free(&plan);
	ck_assert_uint_eq(words.count, 5);
	ck_assert(!strings_contain(&words, "--remount-ro"));
}
END_TEST

START_TEST(a_directory_of_ours_that_cannot_be_read_is_kept_whole)
{
	static const struct plan_case plain = { .allow_write = "." };
	struct mount_plan plan = { 0 };
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e;
	int result;

	for_each_word("shut/.bashrc", put_word, NULL);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown("shut", 65534, 65534), 0);
		ck_assert_int_eq(chown(".", 65534, 65534), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	chmod("shut", 0);
	result = make_plan(&plan, &plain, false, &e);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	chmod("shut", 0755);
	ck_assert_int_eq(result, 0);
	show_plan(&text, &plan, false);
	mount_plan_free(&plan);
	ck_assert_str_eq(buf_text(&text), "rw .\nro shut");
}
END_TEST

START_TEST(a_directory_that_cannot_be_searched_is_hidden_whole)
{
	static const struct plan_case inside = { .deny_read = "shut/in/key",
						 .allow_read = "shut/in" };
	struct mount_plan plan = { 0 };
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e;
	int result;

	for_each_word("shut/in/key", put_word, NULL);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	else
		chmod("shut", 0600);
	if (getuid() == 0) {
		ck_assert_int_eq(seteuid(0), 0);
		chmod("shut", 0600);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	result = make_plan(&plan, &inside, false, &e);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	chmod("shut", 0755);
	ck_assert_int_eq(result, 0);
	show_plan(&text, &plan, false);
	mount_plan_free(&plan);
	ck_assert_str_eq(buf_text(&text), "hide/ shut");
}
END_TEST

static Suite *mounts_suite(void)
{
	Suite *suite = suite_create("mounts");
	TCase *tests = tcase_create("plan");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, make_tree, remove_tree);
	tcase_add_loop_test(tests, the_plan_follows_from_settings_and_tree, 0, ARRAY_LENGTH(cases));
	tcase_add_test(tests, a_disabled_file_system_keeps_only_what_is_our_own);
	tcase_add_test(tests, every_mount_says_where_it_comes_from);
	tcase_add_test(tests, the_whole_tree_may_be_writable_but_not_the_kernel);
	tcase_add_test(tests, the_whole_tree_may_be_hidden_but_what_is_allowed);
	tcase_add_test(tests, a_pattern_from_the_root_hides_what_it_says);
	tcase_add_test(tests, what_is_left_out_is_said);
	tcase_add_test(tests, a_protected_name_that_is_a_loop_stops_the_start);
	tcase_add_test(tests, too_many_mounts_stop_the_start);
	tcase_add_test(tests, words_for_bwrap_close_masks_after_what_lies_in_them);
	tcase_add_test(tests, a_fake_is_bound_from_its_source);
	tcase_add_test(tests, a_covered_mask_is_not_touched_again);
	tcase_add_test(tests, a_directory_of_ours_that_cannot_be_read_is_kept_whole);
	tcase_add_test(tests, a_directory_that_cannot_be_searched_is_hidden_whole);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(mounts_suite)
