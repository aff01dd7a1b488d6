/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_ENVIRONMENT_H
#define CORE_SANDBOX_ENVIRONMENT_H

/* The environment of a sandboxed program: the inherited one, and what makes programs find the proxies. Pure. */
#include "core/base/buf.h"
#include "core/policy/settings.h"

struct environment_request {
	char *const *inherited;		 /* NULL-terminated NAME=VALUE words */
	const struct settings *settings; /* credentials.envVars with mode deny are unset; NULL = none */
	/* Masked credentials: NAME=VALUE words in the place of the inherited ones, and names to leave
	 * out; NULL = none. */
	const struct strings *masked, *withheld;
	const char *user;		 /* of the proxy URL: any text */
	const char *token;		 /* its password, NULL = the proxy wants no credentials */
	const char *tmpdir;		 /* TMPDIR inside, NULL = leave as it is */
	/* A shell command for ssh's ProxyCommand, which opens a tunnel through the proxy; %h and %p are
	 * the destination. NULL = GIT_SSH_COMMAND is left as it is. */
	const char *ssh_proxy_command;
	const char *java_agent; /* for JAVA_TOOL_OPTIONS, NULL = none */
};

void environment_make(struct strings *out, const struct environment_request *request);

#endif
