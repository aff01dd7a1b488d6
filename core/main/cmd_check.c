/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/check.h"
#include "core/main/commands.h"
#include "core/main/report.h"
#include "core/policy/settings_hints.h"
#include "core/session/runtime_dir.h"

static void free_check(struct check *check)
{
	free(check->home);
	free(check->cwd);
	strings_free(&check->hidden);
	strings_free(&check->writable);
	strings_free(&check->protected);
	strings_free(&check->unsupported);
	strings_free(&check->notes);
	mount_plan_free(&check->plan);
}

static void add_once(struct strings *places, const char *place)
{
	if (!strings_contain(places, place))
		strings_add(places, place);
}

static void sort_out(struct check *check)
{
	for (size_t i = 0; i < check->plan.count; i++) {
		const struct mount *mount = &check->plan.items[i];
		bool mask = mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_MASK_FILE;

		if (mount->origin == ORIGIN_MANDATORY)
			add_once(&check->protected, mount->target);
		else if (mask && mount->origin == ORIGIN_SETTINGS)
			add_once(&check->hidden, mount->target);
		else if (mount->type == MOUNT_BIND && mount->origin == ORIGIN_SETTINGS)
			add_once(&check->writable, mount->target);
	}
}

/* What the file comes to on this machine. That it cannot be applied is a note, not a fault of the
 * file. */
static void apply(struct check *check)
{
	struct mount_request request = { .settings = check->settings,
					 .home = check->home,
					 .cwd = check->cwd };
	struct err e;

	if (check->settings->filesystem_disabled)
		return;
	if (mount_plan_make(&check->plan, &request, &e) < 0) {
		strings_addf(&check->notes, "the rules for files cannot be applied here: %s",
			     e.message);
		return;
	}
	for (size_t i = 0; i < check->plan.notes.count; i++)
		strings_add(&check->notes, check->plan.notes.items[i]);
	sort_out(check);
}

static void look_into(struct check *check, const struct settings *settings)
{
	const char *field;
	size_t from = 0;

	check->settings = settings;
	check->home = home_dir();
	check->cwd = getcwd(NULL, 0);
	if (!check->cwd)
		check->cwd = xstrdup("/");
	while ((field = settings_next_unsupported(settings, &from)))
		strings_add(&check->unsupported, field);
	apply(check);
	settings_hint_entries(settings, check->home, check->cwd, &check->notes);
}

/* An invalid file is a result like any other. */
static int print_json(const char *path, const struct check *check, const struct err *e)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	buf_addc(&line, '{');
	json_member_integer(&line, "v", 1);
	json_member_string(&line, "file", path);
	json_member_bool(&line, "valid", check != NULL);
	json_member_string(&line, "error", check ? NULL : e->message);
	if (check)
		check_add_json(&line, check);
	buf_addc(&line, '}');
	print_line(&line);
	return report_end() || !check;
}

static int check_file(const char *path, bool json)
{
	_cleanup_settings_ struct settings *settings = NULL;
	struct check check = { 0 };
	struct err e;
	bool found;
	int status;

	if (settings_load(&settings, &found, path, true, &e) < 0) {
		/* What follows is about running with it. */
		e.message[strcspn(e.message, "\n")] = '\0';
		return json ? print_json(path, NULL, &e) : report_failure(&e);
	}
	look_into(&check, settings);
	if (json) {
		status = print_json(path, &check, NULL);
	} else {
		check_print_words(&check);
		status = report_end();
	}
	free_check(&check);
	return status;
}

int cmd_check(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	bool json = false;
	const struct option_spec specs[] = { { 0, "json", &json, NULL } };
	struct err e;
	int status = report_options("check", specs, ARRAY_LENGTH(specs), argc, argv, &operands);

	if (status >= 0)
		return status;
	if (operands.count != 1) {
		err_set(&e, "check takes the name of one settings file");
		return report_misuse("check", &e);
	}
	return check_file(operands.items[0], json);
}
