/* SPDX-License-Identifier: MIT */
#include "core/main/nested.h"

#include <errno.h>

#include "core/main/probe.h"

void nested_explain(struct err *e)
{
	if (probe_seccomp(SECCOMP_LISTENER) != EBUSY)
		return;
	err_code(e, ERR_UNSUPPORTED,
		 "this is the inside of a sandbox that is watched already, and a second one in it could "
		 "not be: run the command without srt-top, since it is confined as it is, or start "
		 "srt-top outside");
}
