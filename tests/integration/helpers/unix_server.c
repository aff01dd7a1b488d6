/* SPDX-License-Identifier: MIT */
/*
 *   unix_server PATH   listens on a unix socket and greets whoever connects, until it is ended
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || fd < 0)
		return 2;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[1]);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 8) < 0) {
		perror(argv[1]);
		return 1;
	}
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0) {
			(void)!write(client, "hello\n", 6);
			close(client);
		}
	}
}
