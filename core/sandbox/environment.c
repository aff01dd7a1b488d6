/* SPDX-License-Identifier: MIT */
#include "core/sandbox/environment.h"

#include <string.h>

#include "core/base/mem.h"

/* Beyond so many, one entry speaks for all directories. */
#define GIT_DIRECTORIES_MOST 8
/* More than any environment can hold. */
#define GIT_COUNT_MOST 100000

/* Index of a variable in the list, or -1. */
static long find(const struct strings *list, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i], name, length) == 0 && list->items[i][length] == '=')
			return (long)i;
	return -1;
}

static void set(struct strings *list, const char *name, const char *value)
{
	long at = find(list, name);
	char *word = xasprintf("%s=%s", name, value);

	if (at < 0) {
		strings_take(list, word);
		return;
	}
	free(list->items[at]);
	list->items[at] = word;
}

/* True if the NAME=VALUE word is one of that name, which may go on with "=". */
static bool is_named(const char *word, const char *name)
{
	size_t length = strcspn(name, "=");

	return strncmp(word, name, length) == 0 && word[length] == '=';
}

static bool any_named(const struct strings *names, const char *word)
{
	for (size_t i = 0; names && i < names->count; i++)
		if (is_named(word, names->items[i]))
			return true;
	return false;
}

/* Masked ones too: an environment may hold a name twice, and set() replaces one. */
static bool is_denied(const struct environment_request *request, const char *word)
{
	const struct settings *settings = request->settings;

	for (size_t i = 0; settings && i < settings->credential_vars.count; i++) {
		const struct credential *c = &settings->credential_vars.items[i];

		if (c->mode == CREDENTIAL_DENY && is_named(word, c->name))
			return true;
	}
	return any_named(request->withheld, word) || any_named(request->masked, word);
}

/* As encodeURIComponent() would: what a user name must not have in a URL. */
static char *percent_encoded(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()";
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	for (; *text; text++)
		buf_addf(&out, strchr(plain, *text) ? "%c" : "%%%02X", (unsigned char)*text);
	return buf_steal(&out);
}

static void set_proxies(struct strings *out, const char *user, const char *token)
{
	static const char *const http_names[] = {
		"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY",
		"all_proxy", "GRPC_PROXY", "grpc_proxy", "DOCKER_HTTP_PROXY", "DOCKER_HTTPS_PROXY",
	};
	static const char direct[] = "localhost,127.0.0.1,::1,169.254.0.0/16,10.0.0.0/8,"
				     "172.16.0.0/12,192.168.0.0/16";
	_cleanup_free_ char *encoded = percent_encoded(user);
	_cleanup_free_ char *credentials = token ? xasprintf("%s:%s@", encoded, token) : xstrdup("");
	_cleanup_free_ char *http = xasprintf("http://%slocalhost:3128", credentials);
	_cleanup_free_ char *socks = xasprintf("socks5h://%slocalhost:1080", credentials);

	set(out, "NO_PROXY", direct);
	set(out, "no_proxy", direct);
	for (size_t i = 0; i < ARRAY_LENGTH(http_names); i++)
		set(out, http_names[i], http);
	set(out, "FTP_PROXY", socks);
	set(out, "ftp_proxy", socks);
	set(out, "RSYNC_PROXY", "localhost:1080");
	set(out, "CLOUDSDK_PROXY_TYPE", "http");
	set(out, "CLOUDSDK_PROXY_ADDRESS", "localhost");
	set(out, "CLOUDSDK_PROXY_PORT", "3128");
	if (!token)
		return;
	/* Git sends no credentials to a proxy before it was asked, unless told the method. */
	set(out, "GIT_CONFIG_PARAMETERS", "'http.proxyAuthMethod=basic'");
	set(out, "CLOUDSDK_PROXY_USERNAME", user);
	set(out, "CLOUDSDK_PROXY_PASSWORD", token);
}

static const char *get(const struct strings *list, const char *name)
{
	long at = find(list, name);

	return at < 0 ? NULL : strchr(list->items[at], '=') + 1;
}

static void set_ssh_command(struct strings *out, const char *proxy_command)
{
	_cleanup_free_ char *command = xasprintf(
		"ssh -o ControlMaster=no -o ControlPath=none -o ProxyCommand='%s'", proxy_command);

	set(out, "GIT_SSH_COMMAND", command);
}

static void set_numbered(struct strings *out, const char *what, long number, const char *value)
{
	_cleanup_free_ char *name = xasprintf("GIT_CONFIG_%s_%ld", what, number);

	set(out, name, value);
}

/*
 * The directories as Git compares them: with slashes, none of them at the end but the root's own, and
 * each once. An empty one is left out: Git would drop all before it, and take what is below it for
 * what is below the root.
 */
static void clean_directories(struct strings *out, const struct strings *directories)
{
	for (size_t i = 0; i < directories->count; i++) {
		_cleanup_free_ char *one = xstrdup(directories->items[i]);
		size_t length;

		for (char *c = one; *c; c++)
			if (*c == '\\')
				*c = '/';
		length = strlen(one);
		while (length > 1 && one[length - 1] == '/')
			one[--length] = '\0';
		if (length && !strings_contain(out, one))
			strings_add(out, one);
	}
}

static void add_safe_directory(struct strings *out, long *count, const char *directory)
{
	set_numbered(out, "KEY", *count, "safe.directory");
	set_numbered(out, "VALUE", (*count)++, directory);
}

/*
 * Git refuses repositories of other owners, which is how those of the host can look inside. The
 * directories, and all below each, go behind the configuration that the environment has already. A
 * count of "0" was set on purpose and switches this off.
 */
static void set_safe_directories(struct strings *out, const struct strings *written)
{
	_cleanup_strings_ struct strings directories = STRINGS_EMPTY;
	const char *inherited = get(out, "GIT_CONFIG_COUNT");
	long count = inherited ? strtol(inherited, NULL, 10) : 0;
	_cleanup_free_ char *total = NULL;

	clean_directories(&directories, written);
	if (!directories.count || (inherited && strcmp(inherited, "0") == 0))
		return;
	if (count < 0 || count > GIT_COUNT_MOST)
		count = 0;
	if (directories.count > GIT_DIRECTORIES_MOST)
		add_safe_directory(out, &count, "*");
	for (size_t i = 0; directories.count <= GIT_DIRECTORIES_MOST && i < directories.count; i++) {
		const char *one = directories.items[i];
		_cleanup_free_ char *below = xasprintf("%s/*", strcmp(one, "/") == 0 ? "" : one);

		add_safe_directory(out, &count, one);
		add_safe_directory(out, &count, below);
	}
	total = xasprintf("%ld", count);
	set(out, "GIT_CONFIG_COUNT", total);
}

/* Which ports of this host the proxies inside lead to, where they are not ours. */
static void set_host_ports(struct strings *out, const struct settings *settings)
{
	const struct {
		const char *name;
		int port;
	} ports[] = {
		{ "CLAUDE_CODE_HOST_HTTP_PROXY_PORT", settings->http_proxy_port },
		{ "CLAUDE_CODE_HOST_SOCKS_PROXY_PORT", settings->socks_proxy_port },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++) {
		_cleanup_free_ char *port = xasprintf("%d", ports[i].port);

		if (ports[i].port)
			set(out, ports[i].name, port);
	}
}

/* The agent sends Java's own sockets to the proxies; options that are there already stay. */
static void set_java_agent(struct strings *out, const char *path)
{
	const char *inherited = get(out, "JAVA_TOOL_OPTIONS");
	_cleanup_free_ char *options = xasprintf("-javaagent:%s%s%s", path, inherited ? " " : "",
						 inherited ? inherited : "");

	set(out, "JAVA_TOOL_OPTIONS", options);
}

void environment_make(struct strings *out, const struct environment_request *request)
{
	for (char *const *word = request->inherited; *word; word++)
		if (!is_denied(request, *word))
			strings_add(out, *word);
	if (request->masked)
		strings_copy(out, request->masked);
	set(out, "SANDBOX_RUNTIME", "1");
	if (request->tmpdir)
		set(out, "TMPDIR", request->tmpdir);
	set_proxies(out, request->user, request->token);
	if (request->ssh_proxy_command)
		set_ssh_command(out, request->ssh_proxy_command);
	if (request->java_agent)
		set_java_agent(out, request->java_agent);
	if (request->settings) {
		set_host_ports(out, request->settings);
		set_safe_directories(out, &request->settings->git_safe_directories);
	}
}
