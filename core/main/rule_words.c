/* SPDX-License-Identifier: MIT */
#include "core/main/rule_words.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/path.h"
#include "core/session/runtime_dir.h"

/* Rules are about the paths that the kernel reports: resolved, as far as they exist. */
static char *resolved_path(const char *word)
{
	_cleanup_free_ char *home = home_dir();
	_cleanup_free_ char *here = getcwd(NULL, 0);
	_cleanup_free_ char *path = path_absolute(word, home, here ? here : "/");
	_cleanup_free_ char *parent = path_parent(path);
	char *real = path_real(path);

	if (real)
		return real;
	real = path_real(parent);
	if (real) {
		char *joined = path_join(real, strrchr(path, '/') + 1);

		free(real);
		return joined;
	}
	return steal_ptr(&path);
}

static int make_file_rule(struct rule *rule, const char *server, enum access_kind kind,
			  enum verdict verdict, const char *object, const enum scope *chosen,
			  struct err *e)
{
	_cleanup_free_ char *path = resolved_path(object);
	struct stat st;
	bool is_directory = lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
	enum scope scope = chosen ? *chosen : is_directory ? SCOPE_DIR : SCOPE_EXACT;

	if (!*object)
		return err_set(e, "the path is empty");
	return rule_make(rule, server, kind, path, is_directory, verdict, scope, DURATION_ALWAYS, e);
}

static int make_host_rule(struct rule *rule, const char *server, enum verdict verdict,
			  const char *object, const enum scope *chosen, struct err *e)
{
	_cleanup_buf_ struct buf endpoint = BUF_EMPTY;
	char host[HOST_TEXT_SIZE], canonical[HOST_TEXT_SIZE];
	bool below = strncmp(object, "*.", 2) == 0;
	const char *wrong = NULL;
	enum scope scope;
	int port = 0;

	if (below && chosen && *chosen != SCOPE_DOMAIN)
		return err_set(e, "\"%.300s\" can only have the scope domain", object);
	if (below)
		wrong = domain_allow_entry_error(object);
	if (wrong)
		return err_set(e, "\"%.300s\": %s", object, wrong);
	if (below) {
		if (!host_canonical(object + 2, canonical))
			return err_set(e, "\"%.300s\" is not a host", object);
		*rule = (struct rule){ .server = xstrdup(server),
				       .kind = ACCESS_CONNECT,
				       .verdict = verdict,
				       .scope = SCOPE_DOMAIN,
				       .pattern = xstrdup(canonical),
				       .duration = DURATION_ALWAYS };
		return 0;
	}
	if (domain_split_endpoint(object, host, &port)) {
		scope = chosen ? *chosen : SCOPE_EXACT;
	} else {
		scope = chosen ? *chosen : SCOPE_HOST;
		/* The wider scopes do not look at the port, but an object has one. */
		port = 443;
		if (scope == SCOPE_EXACT)
			return err_set(e, "\"%.300s\" has no port: name host:port, or use --scope "
					  "host", object);
		if (strlen(object) >= sizeof(host))
			return err_set(e, "\"%.300s\" is not a host", object);
		strcpy(host, object);
	}
	if (!host_canonical(host, canonical))
		return err_set(e, "\"%.300s\" is not a host", object);
	domain_format_endpoint(&endpoint, canonical, port);
	return rule_make(rule, server, ACCESS_CONNECT, endpoint.data, false, verdict, scope,
			 DURATION_ALWAYS, e);
}

int rule_from_words(struct rule *rule, const char *server, const char *verdict_word,
		    const char *kind_word, const char *object, const char *scope_word,
		    struct err *e)
{
	enum verdict verdict;
	enum access_kind kind;
	enum scope scope;
	int result;

	if (!*server)
		return err_set(e, "the server's name is empty");
	if (!verdict_parse(verdict_word, &verdict) || verdict == VERDICT_ASK)
		return err_set(e, "\"%.100s\" is neither allow nor deny", verdict_word);
	if (!access_kind_parse(kind_word, &kind) ||
	    (!access_is_file(kind) && kind != ACCESS_CONNECT))
		return err_set(e, "\"%.100s\" is none of read, write, exec and connect", kind_word);
	if (scope_word && !scope_parse(scope_word, &scope))
		return err_set(e, "\"%.100s\" is none of exact, file, dir, host and domain",
			       scope_word);
	if (access_is_file(kind))
		result = make_file_rule(rule, server, kind, verdict, object,
					scope_word ? &scope : NULL, e);
	else
		result = make_host_rule(rule, server, verdict, object, scope_word ? &scope : NULL,
					e);
	if (result < 0)
		return -1;
	rule->created_ms = clock_wall_ms();
	return 0;
}
