/* SPDX-License-Identifier: MIT */
/*
 * Each item is tried out, not looked up: a version number or a sysctl says less than a call
 * that worked. What the sysctls say serves to name the fix.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "core/base/io.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/probe.h"
#include "core/main/report.h"
#include "core/sandbox/launch.h"
#include "core/session/runtime_dir.h"
#include "core/session/supervisor.h"

struct doctor {
	bool json;
	bool missing; /* something required does not work */
	struct table table;
	struct strings fixes; /* "item: fix" */
	struct buf items;     /* of the JSON */
};

enum need { REQUIRED, OPTIONAL };

/* One item: `found` says what is there, `fix` (NULL where it works) what to do. */
static void add_item(struct doctor *doctor, const char *name, enum need need, bool works,
		     const char *found, const char *fix)
{
	if (!works && need == REQUIRED)
		doctor->missing = true;
	if (works)
		fix = NULL;
	if (doctor->json) {
		if (doctor->items.length)
			buf_addc(&doctor->items, ',');
		buf_addc(&doctor->items, '{');
		json_member_string(&doctor->items, "item", name);
		json_member_bool(&doctor->items, "ok", works);
		json_member_bool(&doctor->items, "required", need == REQUIRED);
		json_member_string(&doctor->items, "found", found);
		json_member_string(&doctor->items, "fix", fix);
		buf_addc(&doctor->items, '}');
		return;
	}
	table_add(&doctor->table, works ? "ok" : need == REQUIRED ? "MISSING" : "absent");
	table_add(&doctor->table, name);
	table_add(&doctor->table, found);
	if (fix)
		strings_addf(&doctor->fixes, "%s: %s", name, fix);
}

static void add_probe(struct doctor *doctor, const char *name, enum need need, int error,
		      const char *fix)
{
	add_item(doctor, name, need, error == 0, error ? strerror(error) : "works", fix);
}

/* The number in a file below /proc/sys, or `absent`. */
static long sysctl_number(const char *path, long absent)
{
	_cleanup_free_ char *text = NULL;
	char *end;
	long value;

	if (read_small_file(&text, NULL, path, 64, NULL) < 0)
		return absent;
	value = strtol(text, &end, 10);
	return end == text ? absent : value;
}

static const char *namespace_fix(void)
{
	if (sysctl_number("/proc/sys/user/max_user_namespaces", 1) == 0)
		return "user.max_user_namespaces is 0: sysctl -w user.max_user_namespaces=15000";
	if (sysctl_number("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		return "kernel.unprivileged_userns_clone is 0: "
		       "sysctl -w kernel.unprivileged_userns_clone=1";
	if (sysctl_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) != 0)
		return "AppArmor keeps user namespaces from programs without a profile: give "
		       "srt-top and bwrap one that says \"userns,\", or "
		       "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
	return "the kernel or a container refuses user namespaces: in Docker, run with "
	       "--security-opt seccomp=unconfined --security-opt apparmor=unconfined";
}

static void check_kernel(struct doctor *doctor)
{
	struct utsname name;
	int major = 0, minor = 0;
	bool good;

	if (uname(&name) < 0)
		return;
	good = sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 12));
	add_item(doctor, "kernel", REQUIRED, good, name.release,
		 "Linux 5.12 or newer is needed, 6.6 is better");
}

static void check_namespaces(struct doctor *doctor)
{
	_cleanup_buf_ struct buf found = BUF_EMPTY;
	int error = probe_user_namespace();
	long most = sysctl_number("/proc/sys/user/max_user_namespaces", -1);
	long clone = sysctl_number("/proc/sys/kernel/unprivileged_userns_clone", -1);
	long restricted =
		sysctl_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", -1);

	buf_adds(&found, error ? strerror(error) : "work");
	if (most >= 0)
		buf_addf(&found, "; user.max_user_namespaces %ld", most);
	if (clone >= 0)
		buf_addf(&found, "; kernel.unprivileged_userns_clone %ld", clone);
	if (restricted >= 0)
		buf_addf(&found, "; kernel.apparmor_restrict_unprivileged_userns %ld", restricted);
	add_item(doctor, "user namespaces", REQUIRED, error == 0, found.data, namespace_fix());
}

/* The last line of what a program said: the reason, as a rule. */
static const char *last_line(struct buf *output)
{
	char *newline;

	while (output->length && output->data[output->length - 1] == '\n')
		output->data[--output->length] = '\0';
	newline = output->length ? strrchr(output->data, '\n') : NULL;
	return newline ? newline + 1 : buf_text(output);
}

static void check_bubblewrap(struct doctor *doctor)
{
	_cleanup_free_ char *path = launch_find_program("bwrap", getenv("PATH"));
	_cleanup_free_ char *found = NULL;
	_cleanup_buf_ struct buf version = BUF_EMPTY;
	_cleanup_buf_ struct buf output = BUF_EMPTY;
	const char *const ask[] = { path, "--version", NULL };
	const char *const run[] = { path,  "--unshare-user", "--unshare-pid", "--unshare-ipc",
				    "--unshare-net", "--ro-bind", "/", "/", "true", NULL };
	int status;

	if (!path) {
		add_item(doctor, "bubblewrap", REQUIRED, false, "bwrap is not in PATH",
			 "install it: apt-get install bubblewrap, dnf install bubblewrap, or "
			 "pacman -S bubblewrap");
		return;
	}
	status = probe_run(ask, &version);
	found = xasprintf("%s at %s", status == 0 ? last_line(&version) : "unknown version", path);
	add_item(doctor, "bubblewrap", REQUIRED, status == 0, found, "reinstall it");
	status = probe_run(run, &output);
	add_item(doctor, "bubblewrap runs", REQUIRED, status == 0,
		 status == 0 ? "a sandbox with a network of its own starts" :
		 output.length ? last_line(&output) : "it did not end as it should",
		 namespace_fix());
}

static void check_seccomp(struct doctor *doctor)
{
	int listener = probe_seccomp(SECCOMP_LISTENER);
	const char *refused = "the kernel needs CONFIG_SECCOMP_FILTER, and a container a seccomp "
			      "profile that lets seccomp() through";

	add_probe(doctor, "seccomp notification", REQUIRED, listener,
		  listener == EBUSY ? "a sandbox with a listener of its own is around us: start "
				      "srt-top outside of it" :
				      refused);
	add_probe(doctor, "seccomp TSYNC_ESRCH", OPTIONAL, probe_seccomp(SECCOMP_TSYNC),
		  "Linux 5.7 has it");
	add_probe(doctor, "seccomp WAIT_KILLABLE_RECV", OPTIONAL,
		  probe_seccomp(SECCOMP_WAIT_KILLABLE),
		  "Linux 5.19 has it; without it a signal can make a program ask twice");
	add_probe(doctor, "seccomp SYNC_WAKE_UP", OPTIONAL, probe_seccomp(SECCOMP_SYNC_WAKE),
		  "Linux 6.6 has it; without it a watched call takes some 50 microseconds more");
}

static void check_fuse(struct doctor *doctor)
{
	int error = probe_fuse();

	add_probe(doctor, "FUSE", OPTIONAL, error,
		  error == EACCES || error == EPERM ?
			  "without it all opens are watched where something is hidden: chmod 666 /dev/fuse" :
			  "without it all opens are watched where something is hidden: modprobe fuse, or in a "
			  "container --device /dev/fuse");
}

static void check_mount_api(struct doctor *doctor)
{
	int error = probe_mount_api();

	add_probe(doctor, "mount API", REQUIRED, error,
		  error == ENOSYS ? "Linux 5.12 or newer is needed: without it nothing can be "
				    "allowed while a program runs" :
				    namespace_fix());
}

static void check_shim(struct doctor *doctor)
{
	struct err e = { .message = "" };
	_cleanup_close_ int shim = launch_open_shim(&e);

	add_item(doctor, "helper srt-shim", REQUIRED, shim >= 0, shim >= 0 ? "found" : e.message,
		 "install srt-top again: make install puts both in place");
}

/* A whole sandbox, in which nothing is run: is what it refuses seen? */
static void check_sight(struct doctor *doctor)
{
	static char name[] = "doctor";
	char *const command[] = { name, NULL };
	_cleanup_settings_ struct settings *settings = settings_new();
	const struct supervisor_options options = { .server = name,
						    .command = command,
						    .mode = MODE_ENFORCE,
						    .settings = settings,
						    .hold_seconds = -1,
						    .full_network = true,
						    .proxy_user = "srt",
						    .control_fd = -1,
						    .only_self_test = true };
	struct supervisor_result result = { .banner = NULL };
	struct err e = { .message = "" };
	bool runs = supervisor_run(&options, &result, &e) == 0;

	add_item(doctor, "self-test", REQUIRED, runs,
		 runs ? "a sandbox refuses what it should" : e.message, "see the items above");
	if (runs)
		add_item(doctor, "sight", OPTIONAL, !result.banner,
			 result.banner ? result.banner : "whatever is refused is seen",
			 "a newer kernel, or the items above");
	free(result.banner);
}

static void check_runtime_dir(struct doctor *doctor)
{
	struct err e = { .message = "" };
	_cleanup_free_ char *path = runtime_dir(&e);

	add_item(doctor, "runtime directory", REQUIRED, path != NULL, path ? path : e.message,
		 "make it a directory of your own with mode 0700, or point SRT_TOP_RUNTIME_DIR "
		 "at one");
}

/* The nearest directory above that exists: where a database that is yet to come would be made. */
static bool can_be_made(const char *path)
{
	_cleanup_free_ char *above = xstrdup(path);
	char *slash;

	while ((slash = strrchr(above, '/')) && slash != above) {
		*slash = '\0';
		if (access(above, W_OK | X_OK) == 0)
			return true;
		if (errno != ENOENT)
			return false;
	}
	return access("/", W_OK | X_OK) == 0;
}

static void check_database(struct doctor *doctor)
{
	_cleanup_free_ char *path = database_path();
	_cleanup_free_ char *found = NULL;
	_cleanup_db_ struct db *db = NULL;
	struct err e = { .message = "" };
	bool good = open_history(&db, &e) == 0;

	if (!good)
		found = xstrdup(e.message);
	else if (db)
		found = xstrdup(path);
	else
		found = xasprintf("%s (%s)", path,
				  (good = can_be_made(path)) ? "not there yet" : "cannot be made");
	add_item(doctor, "database", OPTIONAL, good, found,
		 "without it sessions run but nothing is remembered: repair or move the file, or "
		 "point SRT_TOP_DB at another");
}

static void print_result(struct doctor *doctor)
{
	struct table fixes = { .columns = 1 };

	if (doctor->json) {
		printf("{\"v\":1,\"ok\":%s,\"items\":[%s]}\n", doctor->missing ? "false" : "true",
		       buf_text(&doctor->items));
		return;
	}
	table_print(&doctor->table);
	if (doctor->fixes.count)
		fputs("\nTo fix:\n", stdout);
	for (size_t i = 0; i < doctor->fixes.count; i++)
		table_addf(&fixes, "  %s", doctor->fixes.items[i]);
	table_print(&fixes);
}

int cmd_doctor(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct doctor doctor = { .table = { .columns = 3 } };
	const struct option_spec specs[] = { { 0, "json", &doctor.json, NULL } };
	struct err e;
	int status = report_options("doctor", specs, ARRAY_LENGTH(specs), argc, argv, &operands);

	if (status >= 0)
		return status;
	if (operands.count) {
		err_set(&e, "doctor takes no operand");
		return report_misuse("doctor", &e);
	}
	check_kernel(&doctor);
	check_namespaces(&doctor);
	check_bubblewrap(&doctor);
	check_seccomp(&doctor);
	check_mount_api(&doctor);
	check_fuse(&doctor);
	check_shim(&doctor);
	check_runtime_dir(&doctor);
	check_sight(&doctor);
	check_database(&doctor);
	print_result(&doctor);
	strings_free(&doctor.fixes);
	buf_free(&doctor.items);
	return report_end() || doctor.missing;
}
