/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CORE_SETTINGS_TEXTS_H
#define TESTS_UNIT_CORE_SETTINGS_TEXTS_H

/* Whole settings files around the part that a test is about. */

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define INVALID "does not hold a valid config \xe2\x80\x94 "
#define LISTS "\"allowedDomains\":[],\"deniedDomains\":[]"
#define PATHS "\"denyRead\":[],\"allowWrite\":[],\"denyWrite\":[]"
#define NETWORK(more) "{\"network\":{" LISTS more "},\"filesystem\":{" PATHS "}}"
#define FILESYSTEM(more) "{\"network\":{" LISTS "},\"filesystem\":{" PATHS more "}}"
#define TOP(more) "{\"network\":{" LISTS "},\"filesystem\":{" PATHS "}" more "}"
#define ALLOWED(list)                                                                              \
	"{\"network\":{\"allowedDomains\":" list ",\"deniedDomains\":[]},\"filesystem\":{" PATHS   \
	"}}"
#define DENY_READ(list) \
	"{\"network\":{" LISTS "},\"filesystem\":{\"denyRead\":" list \
	",\"allowWrite\":[],\"denyWrite\":[]}}"
#define CREDENTIALS(network, members)                                                              \
	"{\"network\":{\"allowedDomains\":[\"a.com:443\",\"*.b.com\"],\"deniedDomains\":["         \
	"]" network "},\"filesystem\":{" PATHS "},\"credentials\":{" members "}}"
#define FILE_CREDENTIAL(more)                                                                      \
	CREDENTIALS("", "\"files\":[{\"path\":\"/x\",\"mode\":\"deny\"" more "}]")
#define MASK(more)                                                                                 \
	CREDENTIALS("", "\"allowPlaintextInject\":true,\"envVars\":[{\"name\":\"V\",\"mode\":"     \
			"\"mask\"" more "}]")
#define LITERAL "Expected a path, or { \"path\": \"<path>\", \"literal\": true }"


#endif
