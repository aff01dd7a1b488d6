/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_CREDENTIALS_H
#define CORE_SESSION_CREDENTIALS_H

/*
 * The masked credentials of one session: reads the real values on the host, and keeps what is
 * shown inside in their place. The values themselves stay in `secrets`, for the proxy.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/policy/mask.h"
#include "core/policy/settings.h"
#include "core/sandbox/mounts.h"

struct session_credentials {
	struct secrets secrets;
	struct strings masked;	 /* NAME=VALUE words for inside */
	struct strings withheld; /* names of variables that are not passed on */
	struct mount_fake *fakes;
	size_t fake_count, fake_capacity;
	char *store; /* private directory of the fake files, resolved; NULL = none was needed */
};

/*
 * Fills a zeroed one. `home` and `cwd` are absolute. Warnings go to standard error, a line each.
 * 0, or -1 with *e: then nothing may be started, and session_credentials_free() is due all the
 * same.
 */
int session_credentials_prepare(struct session_credentials *credentials,
				const struct settings *settings, const char *home, const char *cwd,
				struct err *e);
/* Also removes the store, and overwrites the secrets. */
void session_credentials_free(struct session_credentials *credentials);

#endif
