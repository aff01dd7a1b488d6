/* SPDX-License-Identifier: MIT */
#ifndef CORE_SHIM_PROTOCOL_H
#define CORE_SHIM_PROTOCOL_H

/*
 * What the supervisor and the shim say to each other, one SEQPACKET datagram each:
 *
 *   supervisor → shim   SHIM_FILTER + struct sock_filter[]   the seccomp program to install, and
 *                                                            `ports` to listen on before that;
 *                                                            `value`: flags to do without
 *   shim → supervisor   SHIM_LISTENER (+ descriptors)        installed; `value` holds the flags used;
 *                                                            the notification listener, then a
 *                                                            listening socket for each port, then
 *                                                            perhaps a NETLINK_SOCK_DIAG socket
 *                       SHIM_FAILED                          `value` is errno; `step` what failed
 *   supervisor → shim   SHIM_TEST + path                     make the calls of enum shim_test in
 *                                                            `value`, each of which is refused
 *   shim → supervisor   SHIM_TESTED                          done; `value`: those that were not
 *   supervisor → shim   SHIM_GO                              start the program; `value`: mounts came
 *                                                            since bwrap, perhaps over where we are
 *   shim → supervisor   SHIM_STARTED                         `value` is its pid inside
 *                       SHIM_ENDED                           `value` is its exit status, 128+n for
 *                                                            a signal; the shim exits with it
 *   supervisor → shim   SHIM_SIGNAL                          send signal `value` to the program
 *
 * End of file on the socket means that the supervisor is gone: the shim, which is pid 1
 * of the sandbox, exits, and the kernel ends everything inside.
 */
#include <stdint.h>

enum shim_message_type {
	SHIM_FILTER = 1,
	SHIM_LISTENER,
	SHIM_FAILED,
	SHIM_GO,
	SHIM_STARTED,
	SHIM_SIGNAL,
	SHIM_TEST,
	SHIM_TESTED,
	SHIM_ENDED,
};

/*
 * Calls that the sandbox refuses, made by the shim itself: before anything else runs, and those to a network
 * before anything else has one. Where one is not refused nothing runs, or all ends.
 */
enum shim_test {
	SHIM_TEST_CALL = 1 << 0,     /* keyctl(2) */
	SHIM_TEST_READ = 1 << 1,     /* opens the path, which is hidden */
	SHIM_TEST_WRITE = 1 << 2,    /* makes a directory beside it */
	SHIM_TEST_UNIX = 1 << 3,     /* connects to an abstract unix socket */
	SHIM_TEST_CONNECT = 1 << 4,  /* begins a TCP connection to SHIM_TEST_ADDRESS */
	SHIM_TEST_DATAGRAM = 1 << 5, /* sends a UDP datagram there */
	SHIM_TEST_LIST = 1 << 6,     /* lists the path's directory, which is hidden: shows nothing */
};

/* 198.19.255.9, of the range for links (names.h), and the discard port: nobody is there. */
#define SHIM_TEST_ADDRESS 0xc613ff09
#define SHIM_TEST_PORT 9
#define SHIM_TEST_SOCKET "srt-top-self-test" /* abstract */

enum shim_step {
	SHIM_STEP_PROTOCOL = 1,
	SHIM_STEP_LISTEN,
	SHIM_STEP_SECCOMP,
	SHIM_STEP_FORK,
};

#define SHIM_PORTS_MOST 2

struct shim_message {
	uint32_t type;
	int32_t value;
	uint32_t step;
	uint16_t ports[SHIM_PORTS_MOST]; /* 0 = none, and none after it */
	int32_t null_fd; /* of SHIM_FILTER: /dev/null, read-only, has this number inside; 0 = none */
};

#define SHIM_FILTER_MOST 4096 /* instructions: BPF_MAXINSNS of the kernel */

/* Exit status of the shim where it could not start the program at all. */
#define SHIM_EXIT_FAILED 125

#endif
