/* SPDX-License-Identifier: MIT */
#include "core/sandbox/environment.h"

#include <string.h>

#include "core/base/mem.h"

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

static bool is_denied(const struct settings *settings, const char *word)
{
	const char *equals = strchr(word, '=');

	for (size_t i = 0; settings && equals && i < settings->credential_vars.count; i++) {
		const struct credential *c = &settings->credential_vars.items[i];

		if (c->mode == CREDENTIAL_DENY && strlen(c->name) == (size_t)(equals - word) &&
		    strncmp(c->name, word, strlen(c->name)) == 0)
			return true;
	}
	return false;
}

static void set_proxies(struct strings *out, const char *user, const char *token)
{
	static const char *const http_names[] = {
		"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY",
		"all_proxy", "GRPC_PROXY", "grpc_proxy", "DOCKER_HTTP_PROXY", "DOCKER_HTTPS_PROXY",
	};
	static const char direct[] = "localhost,127.0.0.1,::1,169.254.0.0/16,10.0.0.0/8,"
				     "172.16.0.0/12,192.168.0.0/16";
	_cleanup_free_ char *http = xasprintf("http://%s:%s@localhost:3128", user, token);
	_cleanup_free_ char *socks = xasprintf("socks5h://%s:%s@localhost:1080", user, token);

	set(out, "NO_PROXY", direct);
	set(out, "no_proxy", direct);
	for (size_t i = 0; i < ARRAY_LENGTH(http_names); i++)
		set(out, http_names[i], http);
	set(out, "FTP_PROXY", socks);
	set(out, "ftp_proxy", socks);
	set(out, "RSYNC_PROXY", "localhost:1080");
	/* Git sends no credentials to a proxy before it was asked, unless told the method. */
	set(out, "GIT_CONFIG_PARAMETERS", "'http.proxyAuthMethod=basic'");
	set(out, "CLOUDSDK_PROXY_TYPE", "http");
	set(out, "CLOUDSDK_PROXY_ADDRESS", "localhost");
	set(out, "CLOUDSDK_PROXY_PORT", "3128");
	set(out, "CLOUDSDK_PROXY_USERNAME", user);
	set(out, "CLOUDSDK_PROXY_PASSWORD", token);
}

void environment_make(struct strings *out, const struct environment_request *request)
{
	for (char *const *word = request->inherited; *word; word++)
		if (!is_denied(request->settings, *word))
			strings_add(out, *word);
	set(out, "SANDBOX_RUNTIME", "1");
	if (request->tmpdir)
		set(out, "TMPDIR", request->tmpdir);
	set_proxies(out, request->user, request->token);
}
