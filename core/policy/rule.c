/* SPDX-License-Identifier: MIT */
/*
 * Paths are compared as text, component by component. A path with ".." names, through symbolic
 * links, something that its text does not tell: it never makes a rule, no allow covers it, and a
 * deny covers it where its text, folded, lies under the rule.
 */
#include "core/policy/rule.h"

#include <limits.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"

void rule_free(struct rule *rule)
{
	free(rule->server);
	free(rule->pattern);
	memset(rule, 0, sizeof(*rule));
}

void rule_uses_free(struct rule_use *uses, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(uses[i].server);
		free(uses[i].rule);
	}
	free(uses);
}

void rule_copy(struct rule *to, const struct rule *from)
{
	*to = *from;
	to->server = xstrdup(from->server);
	to->pattern = xstrdup(from->pattern);
}

void rules_free(struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rule_free(&rules[i]);
	free(rules);
}

/* Absolute, without empty, "." and ".." components and without a slash at the end. */
static bool is_plain_path(const char *path)
{
	if (path[0] != '/')
		return false;
	if (path[1] == '\0')
		return true;
	for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
		size_t length = strcspn(slash + 1, "/");

		if (length == 0 || (length == 1 && slash[1] == '.') ||
		    (length == 2 && slash[1] == '.' && slash[2] == '.'))
			return false;
	}
	return true;
}

static bool has_dotdot(const char *path)
{
	for (const char *part = path;;) {
		size_t length = strcspn(part, "/");

		if (length == 2 && part[0] == '.' && part[1] == '.')
			return true;
		if (!part[length])
			return false;
		part += length + 1;
	}
}

/* Folds an absolute path as text: "//", "/./" and "/x/../". Caller frees. */
static char *fold_path(const char *path)
{
	char *folded = xmalloc(strlen(path) + 2);
	size_t used = 0;

	for (const char *part = path; *part;) {
		size_t length = strcspn(part, "/");

		if (length == 2 && part[0] == '.' && part[1] == '.') {
			while (used && folded[--used] != '/')
				;
		} else if (length && !(length == 1 && part[0] == '.')) {
			folded[used++] = '/';
			memcpy(folded + used, part, length);
			used += length;
		}
		part += length + (part[length] == '/');
	}
	if (used == 0)
		folded[used++] = '/';
	folded[used] = '\0';
	return folded;
}

static bool path_covered(const struct rule *rule, const char *path)
{
	size_t length = strlen(rule->pattern);

	switch (rule->scope) {
	case SCOPE_EXACT:
	case SCOPE_FILE:
		return strcmp(path, rule->pattern) == 0;
	case SCOPE_DIR:
		if (strcmp(rule->pattern, "/") == 0)
			return true;
		return strncmp(path, rule->pattern, length) == 0 &&
		       (path[length] == '\0' || path[length] == '/');
	default:
		return false;
	}
}

static bool file_matches(const struct rule *rule, const char *object)
{
	_cleanup_free_ char *folded = NULL;

	if (object[0] != '/' || !is_plain_path(rule->pattern))
		return false;
	if (is_plain_path(object))
		return path_covered(rule, object);
	if (rule->verdict != VERDICT_DENY && has_dotdot(object))
		return false;
	folded = fold_path(object);
	return path_covered(rule, folded);
}

static bool connect_matches(const struct rule *rule, const char *object)
{
	char host[HOST_TEXT_SIZE], rule_host[HOST_TEXT_SIZE];
	size_t length, parent;
	int port, rule_port;

	if (!domain_split_endpoint(object, host, &port))
		return false;
	switch (rule->scope) {
	case SCOPE_EXACT:
		return domain_split_endpoint(rule->pattern, rule_host, &rule_port) &&
		       port == rule_port && strcmp(host, rule_host) == 0;
	case SCOPE_HOST:
		return strcmp(host, rule->pattern) == 0;
	case SCOPE_DOMAIN:
		length = strlen(host);
		parent = strlen(rule->pattern);
		return parent && length > parent + 1 && host[length - parent - 1] == '.' &&
		       strcmp(host + length - parent, rule->pattern) == 0 && !host_is_address(host);
	default:
		return false;
	}
}

/* Files, and unix sockets that have a path. */
static bool names_path(enum access_kind kind)
{
	return access_is_file(kind) || kind == ACCESS_UNIX;
}

/* Whether the rule speaks for this kind of access to what it covers. */
static bool kind_matches(const struct rule *rule, enum access_kind kind)
{
	if (rule->kind == kind)
		return true;
	if (rule->verdict == VERDICT_ALLOW)
		return rule->kind == ACCESS_WRITE && kind == ACCESS_READ;
	return rule->kind == ACCESS_READ && kind == ACCESS_WRITE;
}

bool rule_matches(const struct rule *rule, enum access_kind kind, const char *object)
{
	if (!rule->pattern || !object || !kind_matches(rule, kind))
		return false;
	if (names_path(kind))
		return file_matches(rule, object);
	return kind == ACCESS_CONNECT && connect_matches(rule, object);
}

char *rule_text(const struct rule *rule)
{
	return xasprintf("%s %s %s%s (%s), %s", verdict_name(rule->verdict),
			 access_kind_name(rule->kind), rule->scope == SCOPE_DOMAIN ? "*." : "",
			 rule->pattern ? rule->pattern : "", scope_name(rule->scope),
			 duration_name(rule->duration));
}

/* Where the directory that holds a folded path ends, or 0 for "/" and what lies in it. */
static size_t directory_length(const char *folded)
{
	return (size_t)(strrchr(folded, '/') - folded);
}

static bool object_is_path(const char *object)
{
	return object[0] == '/' && strlen(object) < PATH_MAX && !has_dotdot(object);
}

static size_t file_scopes(const char *object, bool is_directory, enum scope scopes[SCOPE_COUNT])
{
	_cleanup_free_ char *folded = NULL;
	size_t count = 0;

	if (!object_is_path(object))
		return 0;
	folded = fold_path(object);
	scopes[count++] = SCOPE_EXACT;
	/* A file right below "/" must not offer the whole system. */
	if (is_directory || directory_length(folded) > 0)
		scopes[count++] = SCOPE_DIR;
	return count;
}

static size_t connect_scopes(const char *object, enum scope scopes[SCOPE_COUNT])
{
	char host[HOST_TEXT_SIZE], canonical[HOST_TEXT_SIZE];
	size_t count = 0;
	int port;

	if (!domain_split_endpoint(object, host, &port) || !host_canonical(host, canonical))
		return 0;
	scopes[count++] = SCOPE_EXACT;
	scopes[count++] = SCOPE_HOST;
	if (domain_parent(canonical))
		scopes[count++] = SCOPE_DOMAIN;
	return count;
}

size_t rule_scopes(enum access_kind kind, const char *object, bool is_directory,
		   enum scope scopes[SCOPE_COUNT])
{
	if (access_is_file(kind))
		return file_scopes(object, is_directory, scopes);
	/* What listens elsewhere in its directory is something else altogether. */
	if (kind == ACCESS_UNIX && object_is_path(object)) {
		scopes[0] = SCOPE_EXACT;
		return 1;
	}
	return kind == ACCESS_CONNECT ? connect_scopes(object, scopes) : 0;
}

static int make_file_pattern(char **pattern, const char *object, bool is_directory,
			     enum scope scope, struct err *e)
{
	_cleanup_free_ char *folded = NULL;

	if (object[0] != '/')
		return err_set(e, "a rule about files needs an absolute path");
	if (!object_is_path(object))
		return err_set(
			e, "a rule about files needs a path without \"..\" of less than %d bytes",
			PATH_MAX);
	folded = fold_path(object);
	switch (scope) {
	case SCOPE_EXACT:
	case SCOPE_FILE:
		break;
	case SCOPE_DIR:
		if (is_directory)
			break;
		if (directory_length(folded) == 0)
			return err_set(e, "the directory would be /, which covers every file");
		folded[directory_length(folded)] = '\0';
		break;
	default:
		return err_set(e, "the scope \"%s\" does not fit a file", scope_name(scope));
	}
	*pattern = steal_ptr(&folded);
	return 0;
}

static int make_domain_pattern(char **pattern, const char *canonical, bool is_parent, struct err *e)
{
	_cleanup_free_ char *below = is_parent ? xasprintf("x.%s", canonical) : xstrdup(canonical);
	const char *parent = domain_parent(below);

	if (!parent)
		return err_set(e, "no domain to cover: the parent of %s is a public suffix",
			       is_parent ? below : canonical);
	*pattern = xstrdup(parent);
	return 0;
}

/* By hand a host is also named alone, or with the "*." that the scope stands for. */
static int make_connect_pattern(char **pattern, const char *object, enum scope scope, struct err *e)
{
	bool is_parent = scope == SCOPE_DOMAIN && strncmp(object, "*.", 2) == 0;
	const char *named = is_parent ? object + 2 : object;
	char host[HOST_TEXT_SIZE], canonical[HOST_TEXT_SIZE];
	_cleanup_buf_ struct buf endpoint = BUF_EMPTY;
	bool has_port;
	int port = 0;

	has_port = domain_split_endpoint(named, host, &port);
	if (!host_canonical(has_port ? host : named, canonical))
		return err_set(e, "not a host%s", has_port ? "" : " or a host with its port");
	switch (scope) {
	case SCOPE_EXACT:
		if (!has_port)
			return err_set(e, "the scope \"exact\" needs a port: %s:443", canonical);
		domain_format_endpoint(&endpoint, canonical, port);
		*pattern = buf_steal(&endpoint);
		return 0;
	case SCOPE_HOST:
		*pattern = xstrdup(canonical);
		return 0;
	case SCOPE_DOMAIN:
		return make_domain_pattern(pattern, canonical, is_parent, e);
	default:
		return err_set(e, "the scope \"%s\" does not fit a connection", scope_name(scope));
	}
}

int rule_make(struct rule *rule, const char *server, enum access_kind kind, const char *object,
	      bool is_directory, enum verdict verdict, enum scope scope, enum duration duration,
	      struct err *e)
{
	_cleanup_free_ char *pattern = NULL;
	int made;

	if (verdict != VERDICT_ALLOW && verdict != VERDICT_DENY)
		return err_set(e, "a rule must allow or deny");
	if (kind == ACCESS_UNIX && scope != SCOPE_EXACT)
		made = err_set(e, "a rule about a socket is about this one alone: scope \"exact\"");
	else if (names_path(kind))
		made = make_file_pattern(&pattern, object, is_directory, scope, e);
	else if (kind == ACCESS_CONNECT)
		made = make_connect_pattern(&pattern, object, scope, e);
	else
		made = err_set(e, "there are no rules about \"%s\"", access_kind_name(kind));
	if (made < 0)
		return -1;
	*rule = (struct rule){ .kind = kind, .verdict = verdict, .scope = scope,
			       .duration = duration };
	rule->server = xstrdup(server);
	rule->pattern = steal_ptr(&pattern);
	return 0;
}
