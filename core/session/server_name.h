/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_SERVER_NAME_H
#define CORE_SESSION_SERVER_NAME_H

/*
 * The name that a command goes by when none was given: that of the program, or, behind a
 * runner such as npx, uvx, node or python, that of what it runs. Pure. Caller frees.
 * "npx -y @modelcontextprotocol/server-filesystem ." → "server-filesystem".
 */
char *server_name_of(char *const *command);

/*
 * A name that a configuration gives, as `run -n` takes it: what is no good in one becomes "-", and it is cut
 * at 128 bytes. Pure. Caller frees.
 */
char *server_name_plain(const char *name);

#endif
