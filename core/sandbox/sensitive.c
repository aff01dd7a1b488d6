/* SPDX-License-Identifier: MIT */
/*
 * The sensitive list: what a program is never given without being asked about, however open
 * reading is. Names below the home directory; a name that ends in `*` stands for every
 * name with that beginning (the star is its last character, in the last component).
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/mounts.h"

static const char *const sensitive_names[] = {
	/* private keys */
	".ssh", ".gnupg", ".pki", ".age", ".config/age", ".config/sops", ".minisign", ".signify",
	".putty", ".config/putty", ".local/share/mkcert",

	/* cloud, infrastructure and hosting */
	".aws", ".azure", ".config/gcloud", ".boto", ".gsutil", ".kube", ".oci", ".aliyun",
	".bluemix", ".s3cfg", ".config/rclone", ".rclone.conf", ".config/doctl", ".config/hcloud",
	".config/linode-cli", ".config/scw", ".config/vultr-cli", ".config/openstack", ".fly",
	".netlify", ".config/netlify", ".vercel", ".local/share/com.vercel.cli", ".railway",
	".config/heroku", ".config/stripe", ".wrangler", ".config/.wrangler", ".cloudflared",
	".ngrok2", ".config/ngrok", ".config/supabase", ".supabase", ".terraform.d/credentials.tfrc.json",
	".terraformrc", ".pulumi/credentials.json", ".vault-token", ".config/vault", ".databrickscfg",
	".snowsql", ".snowflake", ".config/snowflake", ".sentryclirc",
	".config/configstore/firebase-tools.json",
	".config/tailscale", ".config/containers/auth.json", ".docker/config.json",
	".docker/contexts", ".config/helm/registry", ".circleci/cli.yml", ".travis/config.yml",

	/* source hosting and package registries */
	".netrc", ".authinfo*", ".git-credentials", ".config/git/credentials", ".config/gh",
	".config/hub", ".config/glab-cli", ".config/tea", ".npmrc", ".yarnrc.yml", ".bunfig.toml",
	".pypirc", ".config/pypoetry/auth.toml", ".cargo/credentials", ".cargo/credentials.toml",
	".gem/credentials", ".local/share/gem/credentials", ".bundle/config", ".composer/auth.json",
	".config/composer/auth.json", ".m2/settings.xml", ".m2/settings-security.xml",
	".gradle/gradle.properties", ".nuget/NuGet/NuGet.Config", ".config/NuGet", ".hex/hex.config",
	".cache/huggingface/token", ".cache/huggingface/stored_tokens",
	".huggingface", ".kaggle", ".config/wandb",

	/* databases and mail */
	".pgpass", ".pg_service.conf", ".my.cnf", ".mylogin.cnf", ".mongorc.js", ".msmtprc",
	".config/msmtp", ".mbsyncrc", ".fetchmailrc", ".config/neomutt", ".mutt",

	/* browsers and mail programs, also as snap and flatpak */
	".mozilla", ".config/mozilla", ".cache/mozilla", ".thunderbird", ".icedove", ".librewolf",
	".config/librewolf", ".waterfox", ".zen", ".config/zen", ".config/google-chrome*",
	".cache/google-chrome*", ".config/chromium*", ".cache/chromium*", ".config/BraveSoftware",
	".cache/BraveSoftware", ".config/microsoft-edge*", ".cache/microsoft-edge*", ".config/opera*",
	".cache/opera*", ".config/vivaldi*", ".cache/vivaldi*", ".local/share/torbrowser",
	".local/share/epiphany", ".config/evolution", ".local/share/evolution", "snap/firefox",
	"snap/chromium", "snap/brave", "snap/opera*", "snap/thunderbird", "snap/bitwarden",
	"snap/1password", "snap/keepassxc", ".var/app/org.mozilla.*", ".var/app/com.google.Chrome*",
	".var/app/org.chromium.*", ".var/app/com.brave.*", ".var/app/com.microsoft.Edge*",
	".var/app/com.opera.*", ".var/app/com.vivaldi.*", ".var/app/io.gitlab.librewolf*",
	".var/app/app.zen_browser.*", ".var/app/com.bitwarden.*", ".var/app/com.onepassword.*",
	".var/app/org.keepassxc.*",

	/* keyrings, password and key stores, sessions of desktop programs */
	".local/share/keyrings", ".local/share/kwalletd", ".kde/share/apps/kwallet",
	".password-store", ".local/share/gopass", ".local/share/password-store", ".config/gopass",
	".config/op", ".op", ".config/1Password", ".config/Bitwarden*", ".config/keepassxc",
	".config/KeePass", ".Xauthority", ".ICEauthority", ".config/Signal", ".config/Slack",
	".config/discord", ".config/Element", ".local/share/TelegramDesktop", ".electrum", ".bitcoin",
	".ethereum", ".config/solana",

	/* histories of shells, interpreters and database clients */
	".bash_history*", ".zsh_history*", ".zhistory", ".histfile", ".sh_history", ".ksh_history",
	".ash_history", ".history", ".tcsh_history", ".local/share/fish/fish_history",
	".config/nushell/history*", ".local/share/atuin", ".local/share/xonsh", ".xonsh_history",
	".local/share/powershell/PSReadLine", ".local/state/bash/history", ".local/state/zsh",
	".python_history*", ".local/state/python_history", ".ipython/profile_default/history.sqlite",
	".node_repl_history*", ".bun_repl_history", ".deno_history", ".cache/deno/deno_history.txt",
	".irb_history", ".pry_history", ".local/share/pry", ".php_history", ".lua_history",
	".Rhistory", ".octave_hist", ".julia/logs/repl_history.jl", ".ghc/ghci_history",
	".scala_history*", ".jshell", ".erlang-history*", ".gdb_history", ".psql_history*",
	".mysql_history", ".mariadb_history", ".sqlite_history", ".rediscli_history", ".dbshell",
	".mongodb", ".mongosh_repl_history", ".duckdb_history", ".clickhouse-client-history",
	".influx_history", ".config/pgcli/history", ".config/litecli/history", ".mycli-history",
	".lesshst", ".viminfo", ".local/share/nvim/shada", ".local/state/nvim/shada",
	".local/share/recently-used.xbel",

	/* other tools' agents: their tokens, their records, and the servers they start */
	".claude", ".claude.json*", ".config/Claude", ".config/claude*", ".cursor", ".config/Cursor",
	".codex", ".gemini", ".codeium", ".windsurf", ".config/Windsurf", ".continue", ".aider*",
	".config/github-copilot", ".copilot", ".config/copilot", ".config/opencode",
	".local/share/opencode", ".config/crush", ".config/goose", ".local/share/goose", ".qwen",
	".kiro", ".config/kiro", ".amazonq", ".config/zed", ".roo", ".cline", ".factory", ".augment",
	".junie", ".trae", ".tabnine", ".codebuddy", ".openhands", ".config/amp", ".mcp.json",
	".mcp-auth", ".config/mcp", ".config/mcphub", ".lmstudio/mcp.json", ".config/io.datasette.llm",
	".config/fabric", ".config/openai", ".openai", ".anthropic", ".config/Code/User/mcp.json",
	".config/Code/User/globalStorage", ".config/VSCodium/User/globalStorage",
	".config/Code - Insiders/User/globalStorage",

	/* the same on macOS */
	"Library/Keychains", "Library/Cookies", "Library/Safari", "Library/Mail", "Library/Messages",
	"Library/Application Support/Firefox", "Library/Application Support/Thunderbird",
	"Library/Application Support/Google/Chrome*", "Library/Application Support/Chromium",
	"Library/Application Support/BraveSoftware", "Library/Application Support/Microsoft Edge*",
	"Library/Application Support/com.operasoftware.*", "Library/Application Support/Vivaldi",
	"Library/Application Support/Claude", "Library/Application Support/Cursor",
	"Library/Application Support/1Password", "Library/Application Support/Bitwarden*",
	"Library/Application Support/Code/User/globalStorage", "Library/Group Containers/2BUA8C4S2C.*",
};

/* Length of the name without its star, and whether it had one. */
static size_t fixed_length(const char *name, bool *prefix)
{
	size_t length = strlen(name);

	*prefix = length && name[length - 1] == '*';
	return length - *prefix;
}

/* `.env` and `.env.local`, but not the ones that are made to be read. */
bool sensitive_environment_name(const char *name)
{
	static const char *const harmless[] = { ".example", ".sample", ".template", ".dist", ".defaults" };

	if (strncmp(name, ".env", 4) != 0)
		return false;
	if (!name[4])
		return true;
	if (name[4] != '.')
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(harmless); i++) {
		size_t length = strlen(name), tail = strlen(harmless[i]);

		if (length >= tail && strcmp(name + length - tail, harmless[i]) == 0)
			return false;
	}
	return true;
}

static bool covers_name(const char *entry, const char *below_home)
{
	bool prefix;
	size_t length = fixed_length(entry, &prefix);

	if (strncmp(below_home, entry, length) != 0)
		return false;
	return prefix || below_home[length] == '\0' || below_home[length] == '/';
}

bool sensitive_covers(const char *home, const char *path)
{
	_cleanup_free_ char *clean = path_normalize(path);
	_cleanup_free_ char *base = path_normalize(home);
	const char *below;

	if (sensitive_environment_name(strrchr(clean, '/') + 1))
		return true;
	if (!path_is_strictly_below(clean, base))
		return false;
	below = clean + strlen(base) + (strcmp(base, "/") != 0);
	for (size_t i = 0; i < ARRAY_LENGTH(sensitive_names); i++)
		if (covers_name(sensitive_names[i], below))
			return true;
	return false;
}

bool sensitive_lies_below(const char *home, const char *path)
{
	const char *below;
	size_t length;

	if (path_is_below(home, path))
		return true;
	if (!path_is_strictly_below(path, home))
		return false;
	below = path + strlen(home) + (strcmp(home, "/") != 0);
	length = strlen(below);
	for (size_t i = 0; i < ARRAY_LENGTH(sensitive_names); i++)
		if (strncmp(sensitive_names[i], below, length) == 0 && sensitive_names[i][length] == '/')
			return true;
	return false;
}

void sensitive_add_existing(struct strings *paths, const char *home, const char *path)
{
	_cleanup_free_ char *real = NULL;

	/* Most of the list is not on any one machine, and realpath(3) costs a call a component. */
	if (access(path, F_OK) < 0)
		return;
	real = path_real(path);
	if (real && !path_is_below(home, real) && !strings_contain(paths, real))
		strings_take(paths, steal_ptr(&real));
}

/* Adds the entries of a directory whose name starts so; environment files where start is NULL. */
static void add_matching(struct strings *paths, const char *home, const char *directory,
			 const char *start, size_t length)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		_cleanup_free_ char *path = NULL;
		struct stat st;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (start ? strncmp(name, start, length) != 0 : !sensitive_environment_name(name))
			continue;
		path = path_join(directory, name);
		/* A directory called .env is a virtual environment, not a file of secrets. */
		if (start || (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)))
			sensitive_add_existing(paths, home, path);
	}
	if (dir)
		closedir(dir);
}

static void add_name(struct strings *paths, const char *home, const char *name)
{
	_cleanup_free_ char *path = path_join(home, name);
	_cleanup_free_ char *directory = NULL;
	const char *last = strrchr(path, '/') + 1;
	bool prefix;
	size_t length = fixed_length(last, &prefix);

	if (!prefix) {
		sensitive_add_existing(paths, home, path);
		return;
	}
	directory = path_parent(path);
	add_matching(paths, home, directory, last, length);
}

void sensitive_paths(const char *home, const char *cwd, struct strings *paths)
{
	_cleanup_free_ char *real = path_real(home);

	for (size_t i = 0; real && i < ARRAY_LENGTH(sensitive_names); i++)
		add_name(paths, real, sensitive_names[i]);
	add_matching(paths, real ? real : home, cwd, NULL, 0);
}
