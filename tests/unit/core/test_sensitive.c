/* SPDX-License-Identifier: MIT */
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/mounts.h"
#include "tests/lib/unit.h"

static const struct {
	const char *path;
	bool covered;
} names[] = {
	{ "/home/u/.ssh", true },
	{ "/home/u/.ssh/id_ed25519", true },
	{ "/home/u/.sshrc", false },
	{ "/home/u/.ssh/../x", false },
	{ "/home/u/x/../.ssh/id", true },
	{ "/home/v/.ssh", false },
	{ "/home/u", false },
	{ "/", false },
	{ "/home/u/.gnupg/private-keys-v1.d/k", true },
	{ "/home/u/.aws/credentials", true },
	{ "/home/u/.azure", true },
	{ "/home/u/.config/gcloud/x", true },
	{ "/home/u/.config", false },
	{ "/home/u/.kube/config", true },
	{ "/home/u/.docker/config.json", true },
	{ "/home/u/.docker/daemon.json", false },
	{ "/home/u/.netrc", true },
	{ "/home/u/.npmrc", true },
	{ "/home/u/.yarnrc.yml", true },
	{ "/home/u/.pypirc", true },
	{ "/home/u/.cargo/credentials", true },
	{ "/home/u/.cargo/credentials.toml", true },
	{ "/home/u/.cargo/config.toml", false },
	{ "/home/u/.gem/credentials", true },
	{ "/home/u/.git-credentials", true },
	{ "/home/u/.config/git/credentials", true },
	{ "/home/u/.config/git/config", false },
	{ "/home/u/.gitconfig", false },
	{ "/home/u/.config/gh/hosts.yml", true },
	{ "/home/u/.config/hub", true },
	{ "/home/u/.terraform.d/credentials.tfrc.json", true },
	{ "/home/u/.terraform.d/plugins/p", false },
	{ "/home/u/.vault-token", true },
	{ "/home/u/.mozilla/firefox/p/logins.json", true },
	{ "/home/u/.config/google-chrome/Default/Cookies", true },
	{ "/home/u/.config/google-chrome-beta/Default/Cookies", true },
	{ "/home/u/.config/chromium/x", true },
	{ "/home/u/.config/BraveSoftware/x", true },
	{ "/home/u/.config/microsoft-edge/x", true },
	{ "/home/u/.config/opera/x", true },
	{ "/home/u/.config/vivaldi/x", true },
	{ "/home/u/.thunderbird/p", true },
	{ "/home/u/snap/firefox/common/.mozilla", true },
	{ "/home/u/snap/other", false },
	{ "/home/u/.var/app/org.mozilla.firefox/x", true },
	{ "/home/u/.var/app/org.gnome.Maps/x", false },
	{ "/home/u/.local/share/keyrings/login.keyring", true },
	{ "/home/u/.local/share/kwalletd/k", true },
	{ "/home/u/.password-store/a.gpg", true },
	{ "/home/u/.config/op/config", true },
	{ "/home/u/.config/1Password/x", true },
	{ "/home/u/.config/Bitwarden/data.json", true },
	{ "/home/u/.bash_history", true },
	{ "/home/u/.zsh_history", true },
	{ "/home/u/.python_history", true },
	{ "/home/u/.node_repl_history", true },
	{ "/home/u/.local/share/fish/fish_history", true },
	{ "/home/u/.psql_history", true },
	{ "/home/u/.bashrc", false },
	{ "/home/u/.claude/settings.json", true },
	{ "/home/u/.claude.json", true },
	{ "/home/u/.claude.json.backup", true },
	{ "/home/u/.config/Claude/claude_desktop_config.json", true },
	{ "/home/u/.cursor/mcp.json", true },
	{ "/home/u/.codex/auth.json", true },
	{ "/home/u/.gemini/x", true },
	{ "/home/u/.codeium/x", true },
	{ "/home/u/.continue/config.json", true },
	{ "/home/u/.aider.conf.yml", true },
	{ "/home/u/.config/github-copilot/hosts.json", true },
	{ "/home/u/.srt-settings.json", false },
	{ "/w/.env", true },
	{ "/w/.env.local", true },
	{ "/w/.env.production", true },
	{ "/w/.env.example", false },
	{ "/w/.env.sample", false },
	{ "/w/.env.local.template", false },
	{ "/w/.envrc", false },
	{ "/w/.environment", false },
	{ "/w/x.env", false },
	{ "/w/.env/bin/python", false },
};

static const struct {
	const char *path;
	bool is_directory, covered;
} obeyed[] = {
	{ "/a/.bashrc", false, true },
	{ "/a/.BASHRC", false, true },
	{ "/a/.bashrc/below", false, true },
	{ "/a/.vscode/tasks.json", false, true },
	{ "/a/.vscode", true, true },
	{ "/a/.git", true, false },
	{ "/a/.git", false, true },
	{ "/a/.git/hooks", true, true },
	{ "/a/.Git/Hooks/pre-commit", false, true },
	{ "/a/.git/config", false, true },
	{ "/a/.git/objects/aa", false, false },
	{ "/a/.claude/commands/x", false, true },
	{ "/a/.claude/other", false, false },
	{ "/a/hooks/config", false, false },
	{ "/a/bashrc", false, false },
	{ "/", true, false },
};

START_TEST(what_other_programs_obey_is_known_by_name)
{
	ck_assert_msg(mandatory_covers(obeyed[_i].path, obeyed[_i].is_directory) == obeyed[_i].covered,
		      "%s", obeyed[_i].path);
}
END_TEST

static const struct {
	const char *path;
	bool holds;
} above[] = {
	{ "/", true },
	{ "/home", true },
	{ "/home/u", true },
	{ "/home/u/.config", true },
	{ "/home/u/.config/git", true },
	{ "/home/u/.local", true },
	{ "/home/u/.local/share", true },
	{ "/home/u/.con", false },
	{ "/home/u/work", false },
	{ "/home/u/.config/other", false },
	{ "/home/v", false },
	{ "/tmp", false },
};

START_TEST(directories_that_may_come_to_hold_one_are_known)
{
	ck_assert_msg(sensitive_lies_below("/home/u", above[_i].path) == above[_i].holds, "%s",
		      above[_i].path);
}
END_TEST

START_TEST(the_list_covers_by_name)
{
	ck_assert_msg(sensitive_covers("/home/u", names[_i].path) == names[_i].covered, "%s",
		      names[_i].path);
}
END_TEST

START_TEST(the_root_may_be_home)
{
	ck_assert(sensitive_covers("/", "/.ssh/id"));
	ck_assert(sensitive_covers("/home/u/", "/home/u/.ssh/id"));
	ck_assert(!sensitive_covers("/", "/etc/passwd"));
}
END_TEST

static char *tree, *home, *cwd;

static void put(const char *name)
{
	_cleanup_free_ char *path = path_join(tree, name);
	bool directory = path[strlen(path) - 1] == '/';
	FILE *file;

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	if (directory)
		return;
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
}

static void put_link(const char *target, const char *name)
{
	_cleanup_free_ char *path = path_join(tree, name);

	ck_assert_int_eq(symlink(target, path), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void make_tree(void)
{
	char template[] = "/tmp/test-sensitive-XXXXXX";

	tree = path_real(mkdtemp(template));
	home = path_join(tree, "home");
	cwd = path_join(tree, "work");
	put("home/.ssh/id");
	put("home/.config/google-chrome/x");
	put("home/.config/google-chrome-beta/x");
	put("home/.config/harmless");
	put("home/dotfiles/aws/credentials");
	put_link("dotfiles/aws", "home/.aws");
	put_link("..", "home/.kube");
	put_link("/", "home/.gnupg");
	put_link("nowhere", "home/.netrc");
	put("work/.env");
	put("work/.env.example");
	put("work/.env.d/");
	put("work/below/.env");
}

static void remove_tree(void)
{
	nftw(tree, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(tree);
	free(home);
	free(cwd);
}

START_TEST(what_exists_is_found_and_resolved)
{
	static const char *const wanted[] = { "home/.ssh", "home/dotfiles/aws",
					      "home/.config/google-chrome",
					      "home/.config/google-chrome-beta", "work/.env" };
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;

	sensitive_paths(home, cwd, &paths);
	for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
		_cleanup_free_ char *path = path_join(tree, wanted[i]);

		ck_assert_msg(strings_contain(&paths, path), "%s is missing", wanted[i]);
	}
	/* Links that would hide the home directory or more, and dead ones, are not followed. */
	ck_assert_uint_eq(paths.count, ARRAY_LENGTH(wanted));
}
END_TEST

START_TEST(missing_directories_are_no_error)
{
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;

	sensitive_paths("/nonexistent/home", "/nonexistent/work", &paths);
	ck_assert_uint_eq(paths.count, 0);
}
END_TEST

/* Exactly these, of those below the tree. */
static void expect_files(const char *where, const char *const *command, const char *const *wanted, size_t count)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;
	_cleanup_free_ char *from = path_join(tree, where);

	for (; *command; command++)
		strings_add(&words, *command);
	project_environment_files(home, from, &words, &paths);
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *path = path_join(tree, wanted[i]);

		ck_assert_msg(strings_contain(&paths, path), "from %s: %s is missing", where, wanted[i]);
	}
	for (size_t i = count; i < paths.count; i++)
		ck_assert_msg(paths.count == count, "from %s: %zu files, one is %s", where, paths.count,
			      paths.items[i]);
}

static void make_projects(void)
{
	put("home/.env");
	put("home/src/.env.local");
	put("home/src/app/package.json");
	put("home/src/app/web/a/.env");
	put("home/src/app/web/a/b/c/.env");
	put("home/src/app/node_modules/x/.env");
	put("home/src/app/.git/.env");
	put("home/src/app/.env/bin/python");
	put("home/src/other/.env");
	put("home/keys/real");
	put_link("../../keys/real", "home/src/app/.env.production");
	put_link("../../..", "home/src/app/.env.up");
	put_link("../other", "home/src/app/link");
	put("elsewhere/x/.env");
}

START_TEST(environment_files_of_a_project_are_found)
{
	static const char *const own[] = { "home/.env", "home/src/.env.local", "home/src/app/web/a/.env", "home/keys/real" };
	static const char *const all[] = { "home/.env", "home/src/.env.local", "home/src/app/web/a/.env", "home/keys/real",
					   "home/src/other/.env" };
	static const char *const nothing[] = { "server", NULL };

	make_projects();
	expect_files("home/src/app", nothing, own, ARRAY_LENGTH(own));
	/* Below the home directory they are nobody's project, and in it they are looked at. */
	expect_files("home", nothing, own, 1);
	expect_files("home/src", nothing, all, ARRAY_LENGTH(all));
}
END_TEST

START_TEST(and_of_what_a_command_names)
{
	static const char *const named[] = { "work/.env", "work/below/.env", "elsewhere/x/.env" };
	static const char *const by_option[] = { "work/.env", "work/below/.env", "home/src/other/.env" };
	_cleanup_free_ char *root = NULL;
	static const char *const words[] = { "server", "../elsewhere", "/", "/usr", "-x", "--", "", "no/such", NULL };
	const char *option[] = { "server", NULL, NULL };
	_cleanup_free_ char *word = NULL;

	make_projects();
	expect_files("work", words, named, ARRAY_LENGTH(named));
	root = path_join(tree, "home/src/other");
	word = xasprintf("--root=%s", root);
	option[1] = word;
	expect_files("work", option, by_option, ARRAY_LENGTH(by_option));
}
END_TEST

/* A search that would take long ends, with what is shallow found. */
START_TEST(a_large_tree_does_not_hold_a_start_up)
{
	_cleanup_strings_ struct strings nothing = STRINGS_EMPTY;
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;
	_cleanup_free_ char *first = NULL;

	for (int i = 0; i < 300; i++) {
		_cleanup_free_ char *name = xasprintf("work/many/d%d/.env", i);

		put(name);
	}
	project_environment_files(home, cwd, &nothing, &paths);
	ck_assert_uint_eq(paths.count, 256);
	first = path_join(cwd, ".env");
	ck_assert_str_eq(paths.items[0], first);
}
END_TEST

static Suite *sensitive_suite(void)
{
	Suite *suite = suite_create("sensitive");
	TCase *pure = tcase_create("names");
	TCase *tests = tcase_create("paths");

	tcase_add_loop_test(tests, what_other_programs_obey_is_known_by_name, 0,
			    (int)ARRAY_LENGTH(obeyed));
	tcase_add_loop_test(tests, directories_that_may_come_to_hold_one_are_known, 0,
			    (int)ARRAY_LENGTH(above));
	tcase_add_loop_test(pure, the_list_covers_by_name, 0, ARRAY_LENGTH(names));
	tcase_add_test(pure, the_root_may_be_home);
	tcase_add_checked_fixture(tests, make_tree, remove_tree);
	tcase_add_test(tests, what_exists_is_found_and_resolved);
	tcase_add_test(tests, missing_directories_are_no_error);
	tcase_add_test(tests, environment_files_of_a_project_are_found);
	tcase_add_test(tests, and_of_what_a_command_names);
	tcase_add_test(tests, a_large_tree_does_not_hold_a_start_up);
	suite_add_tcase(suite, pure);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(sensitive_suite)
