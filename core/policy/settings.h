/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_SETTINGS_H
#define CORE_POLICY_SETTINGS_H

/*
 * srt-settings.json: text to struct, with upstream's validation and messages (see
 * srt-settings.json(5)). Pure apart from settings_load(), which reads the file.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/* A path as written, or {"path": …, "literal": true}. */
struct settings_path {
	char *path;
	bool literal;
};

struct settings_paths {
	struct settings_path *items;
	size_t count;
	size_t capacity;
};

struct settings_reason {
	char *entry; /* exact text of a deniedDomains entry */
	char *reason;
};

enum credential_mode { CREDENTIAL_DENY, CREDENTIAL_MASK };
enum credential_no_match { NO_MATCH_WARN, NO_MATCH_DENY, NO_MATCH_ERROR };

struct credential {
	char *name; /* path of a file, or name of a variable */
	enum credential_mode mode;
	char *extract; /* NULL = the whole value */
	enum credential_no_match no_match;
	bool decode_jwt;
	bool has_mask_claims;
	struct strings mask_claims;
	bool mask_duplicates; /* files only */
	bool has_inject_hosts;
	struct strings inject_hosts;
};

struct credentials {
	struct credential *items;
	size_t count;
	size_t capacity;
};

struct settings {
	/* network */
	struct strings allowed_domains, denied_domains;
	struct settings_reason *denied_reasons;
	size_t denied_reason_count;
	bool strict_allowlist;
	struct strings denied_resolved_addresses;
	struct strings allow_unix_sockets;
	bool allow_all_unix_sockets;
	int http_proxy_port, socks_proxy_port; /* 0 = own */
	char *mitm_socket_path;		       /* NULL = none */
	struct strings mitm_domains;
	bool allow_plaintext_header_set, refuse_opaque_tunnels, require_host_match;
	struct strings strip_response_headers;
	bool has_tls_terminate;
	char *parent_http, *parent_https, *parent_no_proxy; /* NULL = not given */

	/* filesystem */
	bool filesystem_disabled;
	struct settings_paths deny_read, allow_read, allow_write, deny_write;
	bool allow_git_config;

	/* credentials */
	struct credentials credential_files, credential_vars;
	bool has_aws_pairs, has_sigv4;
	bool allow_plaintext_inject;

	/* the rest */
	bool enable_weaker_nested_sandbox, allow_nested_user_namespaces;
	int mandatory_deny_search_depth; /* default 3 */
	char *bwrap_path;		 /* NULL = search */
	char *java_agent;		 /* NULL = none */
	struct strings git_safe_directories;

	/* Keys that upstream would ignore without a word, as dotted paths: likely typos. At most
	 * 1000; as the file has them: escape before showing. */
	struct strings unknown_keys;
	/* Fields that are given, valid and without any meaning here, as dotted paths. */
	struct strings ignored_fields;
};

/* The built-in defaults: empty lists. Caller frees with settings_free(). */
struct settings *settings_new(void);
void settings_free(struct settings *settings);
static inline void settings_cleanup(struct settings **settings)
{
	if (*settings)
		settings_free(*settings);
}
#define _cleanup_settings_ __attribute__((cleanup(settings_cleanup)))

/*
 * Parses and validates a whole file's text. 0 and *out, or -1 with *e: "is empty. …",
 * "is not valid JSON: …" or "does not hold a valid config — <path>: <message>; …"
 * (behind the name of the file, which the caller puts in front with a space).
 */
int settings_parse(struct settings **out, const char *text, size_t length, struct err *e);

/*
 * Reads and parses the file. With `explicit` false a missing file gives the defaults
 * (*found false). Messages are upstream's, path included, of two lines: "<p> does not exist.\n…".
 */
int settings_load(struct settings **out, bool *found, const char *path, bool explicit_path,
		  struct err *e);

/* Names the first field that is set and that this version cannot honour, or NULL: never run
 * weaker than the file says. The text is static. */
const char *settings_unsupported(const struct settings *settings);
/* All of them, one a call: *from is 0 before the first. NULL after the last. */
const char *settings_next_unsupported(const struct settings *settings, size_t *from);

#endif
