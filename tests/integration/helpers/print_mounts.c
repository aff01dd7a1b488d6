/* SPDX-License-Identifier: MIT */
/*
 * The mount plan for a settings file, as words for bwrap, each ended by a NUL:
 *
 *   print_mounts [-a] [-c] [-r PATH] [-w PATH] [-o DIRECTORY] [-k FILE] SETTINGS
 *
 * for the home directory and the working directory that it runs in. -a masks the sensitive
 * list, -r and -w are a person's rules, -o is the program's own, -k is never writable. -c prints
 * instead the names that have to be made on the host.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/sandbox/mounts.h"

static void print_words(const struct mount_plan *plan)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;

	mount_plan_arguments(plan, &words);
	for (size_t i = 0; i < words.count; i++)
		fwrite(words.items[i], 1, strlen(words.items[i]) + 1, stdout);
}

static void print_created(const struct mount_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->items[i].created_on_host)
			fwrite(plan->items[i].target, 1, strlen(plan->items[i].target) + 1, stdout);
}

int main(int argc, char **argv)
{
	_cleanup_strings_ struct strings reads = STRINGS_EMPTY, writes = STRINGS_EMPTY;
	_cleanup_strings_ struct strings own = STRINGS_EMPTY, read_only = STRINGS_EMPTY;
	_cleanup_settings_ struct settings *settings = NULL;
	struct mount_request request = { .rule_read = &reads,
					 .rule_write = &writes,
					 .own = &own,
					 .read_only = &read_only,
					 .home = getenv("HOME") };
	struct mount_plan plan = { 0 };
	char cwd[PATH_MAX];
	struct err e = { 0 };
	bool found, created = false;
	int option;

	while ((option = getopt(argc, argv, "acr:w:o:k:")) != -1) {
		switch (option) {
		case 'a':
			request.mask_sensitive = true;
			break;
		case 'c':
			created = true;
			break;
		case 'r':
			strings_add(&reads, optarg);
			break;
		case 'w':
			strings_add(&writes, optarg);
			break;
		case 'o':
			strings_add(&own, optarg);
			break;
		case 'k':
			strings_add(&read_only, optarg);
			break;
		default:
			return 2;
		}
	}
	if (optind + 1 != argc || !request.home || !getcwd(cwd, sizeof(cwd)))
		return 2;
	if (settings_load(&settings, &found, argv[optind], true, &e) < 0) {
		fprintf(stderr, "print_mounts: %s\n", e.message);
		return 1;
	}
	request.settings = settings;
	request.cwd = cwd;
	if (mount_plan_make(&plan, &request, &e) < 0) {
		fprintf(stderr, "print_mounts: %s\n", e.message);
		return 1;
	}
	if (created)
		print_created(&plan);
	else
		print_words(&plan);
	mount_plan_free(&plan);
	return 0;
}
