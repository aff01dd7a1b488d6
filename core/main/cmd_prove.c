/* SPDX-License-Identifier: MIT */
/*
 * srt-top prove: the command is run with a settings file, and then once more for each entry that
 * opens something, without that entry. An entry is needed where the run ends with another status,
 * or is refused what the whole file does not refuse. Every result is stored at once under a hash
 * of the settings and the command, so that what was interrupted goes on where it was.
 *
 * The runs are ordinary ones of this program, under the name "NAME.prove": they add nothing to
 * the evidence of the server itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/escape.h"
#include "core/base/io.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/export_server.h"
#include "core/main/learned.h"
#include "core/policy/path.h"
#include "core/policy/settings.h"

#define SETTINGS_MOST (1 << 20)
#define DENIALS_MOST 256
#define TIMEOUT_SECONDS 60
#define GRACE_SECONDS 5
#define RUNS_MOST 100
#define ENTRIES_MOST 10000

struct prove_options {
	const char *settings, *without;
	int runs, timeout, most;
	bool json, again;
};

/* How a run ended. */
struct ending {
	int status; /* -1: it took too long */
	struct strings denials; /* "read /path" */
};

struct prover {
	const struct prove_options *options;
	struct db *db;
	const char *server;
	char *name;	    /* of the runs */
	char *const *words; /* of the command, NULL-terminated */
	char *directory;    /* private; holds the settings file of the run */
	char *file;
	char subject[17];
	cJSON *settings;
	struct ending whole;
	int done;
	bool interrupted;
};

/* --- one run --- */

static void ending_free(struct ending *ending)
{
	strings_free(&ending->denials);
}

static pid_t start(const struct prover *prover)
{
	_cleanup_free_ char **words = NULL;
	size_t count = 0, at = 0;
	pid_t pid;

	while (prover->words[count])
		count++;
	words = xcalloc(count + 9, sizeof(*words));
	words[at++] = (char *)"srt-top";
	words[at++] = (char *)"run";
	words[at++] = (char *)"-n";
	words[at++] = prover->name;
	words[at++] = (char *)"-m";
	words[at++] = (char *)"enforce";
	words[at++] = (char *)"-s";
	words[at++] = prover->file;
	words[at++] = (char *)"--";
	words = xrealloc(words, at + count + 1, sizeof(*words));
	for (size_t i = 0; i <= count; i++)
		words[at + i] = prover->words[i];
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (null >= 0) {
			dup2(null, STDIN_FILENO);
			dup2(null, STDOUT_FILENO);
			dup2(null, STDERR_FILENO);
		}
		execv("/proc/self/exe", words);
		_exit(125);
	}
	return pid;
}

static void waited_signals(sigset_t *set)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
		sigaddset(set, signals[i]);
}

/* With these signals blocked. True if the child ended in time. */
static bool wait_child(struct prover *prover, pid_t pid, int seconds, int *status)
{
	int64_t end = clock_mono_ms() + (int64_t)seconds * 1000;
	sigset_t set;

	waited_signals(&set);
	for (;;) {
		int64_t left = end - clock_mono_ms();
		struct timespec wait = { left / 1000, left % 1000 * 1000000 };
		int received;

		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (left <= 0)
			return false;
		received = sigtimedwait(&set, NULL, &wait);
		if (received > 0 && received != SIGCHLD && !prover->interrupted) {
			prover->interrupted = true;
			return false;
		}
	}
}

static int finish(struct prover *prover, pid_t pid)
{
	int status;

	if (wait_child(prover, pid, prover->options->timeout, &status))
		return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	kill(pid, SIGTERM);
	if (!wait_child(prover, pid, GRACE_SECONDS, &status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return -1;
}

/* What the run with this supervisor was refused, out of the history. */
static int read_denials(struct prover *prover, pid_t supervisor, struct strings *denials,
			struct err *e)
{
	_cleanup_free_ char *prefix = xasprintf("%d-", (int)supervisor);
	struct event_query query = { .denied_only = true, .limit = DENIALS_MOST };
	struct session_row *sessions;
	struct event_row *events;
	size_t count;
	int result = 0;

	if (db_sessions(prover->db, prover->name, 1, &sessions, &count, e) < 0)
		return -1;
	if (!count || strncmp(sessions[0].id, prefix, strlen(prefix)) != 0) {
		session_rows_free(sessions, count);
		return err_set(e, "the run left nothing in the history: what it was refused is not "
				  "known");
	}
	query.session = sessions[0].id;
	result = db_events(prover->db, &query, &events, &count, e);
	session_rows_free(sessions, 1);
	if (result < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *text = xasprintf(
			"%s %s", access_kind_name(events[i].event.kind), events[i].event.object);

		if (!strings_contain(denials, text))
			strings_add(denials, text);
	}
	event_rows_free(events, count);
	return 0;
}

static int write_settings(struct prover *prover, struct err *e)
{
	char *text = cJSON_PrintUnformatted(prover->settings);
	_cleanup_close_ int fd =
		open(prover->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result = 0;

	if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
		result = err_errno(e, "cannot write %s", prover->file);
	cJSON_free(text);
	return result;
}

static int run(struct prover *prover, struct ending *ending, struct err *e)
{
	pid_t pid;

	if (write_settings(prover, e) < 0)
		return -1;
	pid = start(prover);
	if (pid < 0)
		return err_errno(e, "cannot start a run");
	ending->status = finish(prover, pid);
	if (prover->interrupted)
		return err_set(e, "interrupted; the same command goes on from here");
	if (ending->status == 125)
		return err_set(e, "the sandbox could not be started; see srt-top run -m enforce -s "
				  "with the same settings");
	return read_denials(prover, pid, &ending->denials, e);
}

/* --- comparing --- */

/* In words, NULL where the two are the same. Caller frees. */
static char *difference(const struct ending *whole, const struct ending *ending)
{
	for (size_t i = 0; i < ending->denials.count; i++)
		if (!strings_contain(&whole->denials, ending->denials.items[i]))
			return xasprintf("%s is refused", ending->denials.items[i]);
	if (ending->status == whole->status)
		return NULL;
	if (ending->status < 0)
		return xstrdup("it does not end in time");
	return xasprintf("it ends with status %d instead of %d", ending->status, whole->status);
}

/* --- entries --- */

static const struct {
	const char *section, *name;
} lists[] = { { "network", "allowedDomains" },
	      { "filesystem", "allowRead" },
	      { "filesystem", "allowWrite" } };

static cJSON *find_list(const struct prover *prover, size_t which)
{
	return cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(prover->settings, lists[which].section),
		lists[which].name);
}

/* The entry as people read it: its text, or the path of a literal one. */
static const char *entry_text(const cJSON *entry)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(entry, "path");

	if (cJSON_IsString(entry))
		return entry->valuestring;
	return cJSON_IsString(path) ? path->valuestring : "";
}

static size_t count_entries(const struct prover *prover)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
		count += (size_t)cJSON_GetArraySize(find_list(prover, i));
	return count;
}

static const struct proof_row *find_proof(const struct proof_row *rows, size_t count,
					  const char *list, const char *entry)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].list, list) == 0 && strcmp(rows[i].entry, entry) == 0)
			return &rows[i];
	return NULL;
}

static void show_progress(const struct prover *prover, size_t at, const char *list,
			  const char *entry)
{
	_cleanup_free_ char *shown = escape_string(entry ? entry : "");
	bool terminal = isatty(STDERR_FILENO);

	if (prover->options->json && !terminal)
		return;
	fprintf(stderr, "%s%zu of %zu: ", terminal ? "\r\033[K" : "", at,
		count_entries(prover) + 1);
	if (entry)
		fprintf(stderr, "without %s %.60s", list, shown);
	else
		fputs("with the whole file", stderr);
	fputs(terminal ? "" : "\n", stderr);
	fflush(stderr);
}

static int try_without(struct prover *prover, size_t which, int index, struct err *e)
{
	cJSON *list = find_list(prover, which);
	cJSON *entry = cJSON_DetachItemFromArray(list, index);
	struct ending ending = { 0 };
	int result = run(prover, &ending, e);

	cJSON_InsertItemInArray(list, index, entry);
	if (result == 0) {
		_cleanup_free_ char *why = difference(&prover->whole, &ending);
		const struct proof_row row = { .list = (char *)lists[which].name,
					       .entry = (char *)entry_text(entry),
					       .needed = why != NULL,
					       .why = why };

		result = db_proof_add(prover->db, prover->server, prover->subject, &row, e);
	}
	ending_free(&ending);
	return result;
}

static int try_entry(struct prover *prover, size_t which, int index, int64_t runs, size_t at,
		     struct err *e)
{
	const char *text = entry_text(cJSON_GetArrayItem(find_list(prover, which), index));

	for (; runs < prover->options->runs && prover->done < prover->options->most; runs++) {
		show_progress(prover, at, lists[which].name, text);
		if (try_without(prover, which, index, e) < 0)
			return -1;
		prover->done++;
	}
	return 0;
}

static int try_all(struct prover *prover, struct err *e)
{
	struct proof_row *known = NULL;
	size_t count = 0, at = 1;
	int result = 0;

	if (!prover->options->again &&
	    db_proofs(prover->db, prover->server, prover->subject, &known, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LENGTH(lists) && result == 0; i++) {
		int size = cJSON_GetArraySize(find_list(prover, i));

		for (int k = 0; k < size && result == 0; k++) {
			const char *text = entry_text(cJSON_GetArrayItem(find_list(prover, i), k));
			const struct proof_row *row =
				find_proof(known, count, lists[i].name, text);

			result = try_entry(prover, i, k, row ? row->runs : 0, ++at, e);
		}
	}
	proof_rows_free(known, count);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return result;
}

/* --- reporting --- */

static const char *word_for(const struct proof_row *row)
{
	if (!row)
		return "not tried yet";
	if (row->needed == 0)
		return "never needed";
	return row->needed == row->runs ? "needed" : "needed in some runs";
}

static void report_entry(const struct prover *prover, struct table *table, const char *list,
			 const char *entry, const struct proof_row *row)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	if (!prover->options->json) {
		table_add(table, word_for(row));
		table_add(table, list);
		table_add(table, entry);
		table_add(table, row && row->why ? row->why : NULL);
		return;
	}
	buf_addc(&line, '{');
	json_member_integer(&line, "v", 1);
	json_member_string(&line, "list", list);
	json_member_string(&line, "entry", entry);
	json_member_integer(&line, "runs", row ? row->runs : 0);
	json_member_integer(&line, "needed", row ? row->needed : 0);
	json_member_string(&line, "why", row ? row->why : NULL);
	buf_addc(&line, '}');
	print_line(&line);
}

static int report(const struct prover *prover, struct err *e)
{
	struct table table = { .columns = 4 };
	struct proof_row *rows;
	size_t count;

	if (db_proofs(prover->db, prover->server, prover->subject, &rows, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
		const cJSON *entry;

		cJSON_ArrayForEach(entry, find_list(prover, i))
			report_entry(prover, &table, lists[i].name, entry_text(entry),
				     find_proof(rows, count, lists[i].name, entry_text(entry)));
	}
	table_print(&table);
	table_free(&table);
	proof_rows_free(rows, count);
	if (prover->done == prover->options->most)
		fputs("srt-top: the bound of runs is reached; the same command goes on from here\n",
		      stderr);
	return 0;
}

/* --- all of it --- */

static void name_subject(struct prover *prover, const char *text)
{
	uint64_t hash = 1469598103934665603u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	for (char *const *word = prover->words; *word; word++)
		for (const char *c = *word;; c++) {
			hash = (hash ^ (unsigned char)*c) * 1099511628211u;
			if (!*c)
				break;
		}
	snprintf(prover->subject, sizeof(prover->subject), "%016llx", (unsigned long long)hash);
}

static int read_settings(struct prover *prover, struct err *e)
{
	const struct prove_options *options = prover->options;
	_cleanup_settings_ struct settings *checked = NULL;
	_cleanup_free_ char *text = NULL;

	if (options->settings) {
		if (read_small_file(&text, NULL, options->settings, SETTINGS_MOST, e) < 0)
			return -1;
	} else {
		_cleanup_buf_ struct buf made = BUF_EMPTY;

		if (export_server_settings(prover->db, prover->server, options->without, &made, NULL,
					   e) < 0)
			return -1;
		text = buf_steal(&made);
	}
	if (settings_parse(&checked, text, strlen(text), e) < 0)
		return err_wrap(e, "%s", options->settings ? options->settings : "the export");
	prover->settings = json_read(text, strlen(text), e);
	if (!prover->settings)
		return -1;
	if (count_entries(prover) > ENTRIES_MOST)
		return err_set(e, "there are too many entries to prove");
	name_subject(prover, text);
	return 0;
}

static int make_directory(struct prover *prover, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	_cleanup_free_ char *template = path_join(tmp && tmp[0] == '/' ? tmp : "/tmp",
						  "srt-top-prove-XXXXXX");

	if (!mkdtemp(template))
		return err_errno(e, "cannot make the directory %s", template);
	prover->file = path_join(template, "settings.json");
	prover->directory = steal_ptr(&template);
	return 0;
}

static int prove(struct prover *prover, struct err *e)
{
	if (read_settings(prover, e) < 0 || make_directory(prover, e) < 0)
		return -1;
	show_progress(prover, 1, NULL, NULL);
	if (run(prover, &prover->whole, e) < 0)
		return -1;
	if (prover->whole.status != 0)
		fprintf(stderr,
			"srt-top: with the whole file the command %s %d: what is compared is that\n",
			prover->whole.status < 0 ? "does not end in time:" : "ends with status",
			prover->whole.status);
	if (try_all(prover, e) < 0)
		return -1;
	return report(prover, e);
}

static void prover_free(struct prover *prover)
{
	if (prover->file)
		unlink(prover->file);
	if (prover->directory)
		rmdir(prover->directory);
	free(prover->file);
	free(prover->directory);
	free(prover->name);
	cJSON_Delete(prover->settings);
	ending_free(&prover->whole);
}

static int parse_number(const char *option, const char *text, int most, int *value, struct err *e)
{
	char *end;
	long number = text ? strtol(text, &end, 10) : 0;

	if (!text)
		return 0;
	if (end == text || *end || number < 1 || number > most)
		return err_set(e, "--%s wants a number from 1 to %d, not \"%.100s\"", option, most,
			       text);
	*value = (int)number;
	return 0;
}

/* The bounds of one call. */
static int parse_numbers(struct prove_options *options, const char *runs, const char *timeout,
			 const char *most, struct err *e)
{
	*options = (struct prove_options){ .settings = options->settings,
					   .without = options->without,
					   .json = options->json,
					   .again = options->again,
					   .runs = 1,
					   .timeout = TIMEOUT_SECONDS,
					   .most = 1000 };
	if (parse_number("runs", runs, RUNS_MOST, &options->runs, e) < 0 ||
	    parse_number("timeout", timeout, 86400, &options->timeout, e) < 0 ||
	    parse_number("most", most, 1000000, &options->most, e) < 0)
		return -1;
	return 0;
}

int cmd_prove(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct prove_options options = { .json = false };
	const char *runs = NULL, *timeout = NULL, *most = NULL;
	const struct option_spec specs[] = {
		{ 's', "settings", NULL, &options.settings },
		{ 0, "without", NULL, &options.without },
		{ 0, "runs", NULL, &runs },
		{ 0, "timeout", NULL, &timeout },
		{ 0, "most", NULL, &most },
		{ 0, "again", &options.again, NULL },
		{ 0, "json", &options.json, NULL },
	};
	struct prover prover = { .options = &options };
	_cleanup_db_ struct db *db = NULL;
	sigset_t waited, before;
	struct err e;
	int status = report_options("prove", specs, ARRAY_LENGTH(specs), argc, argv, &operands);
	int result;

	if (status >= 0)
		return status;
	if (operands.count < 2 || parse_numbers(&options, runs, timeout, most, &e) < 0) {
		if (operands.count < 2)
			err_set(&e, "prove takes the name of a server and, behind --, a command");
		return report_misuse("prove", &e);
	}
	if (open_history(&db, &e) < 0)
		return report_failure(&e);
	if (!db) {
		err_set(&e, "nothing is recorded yet: run the server first");
		return report_failure(&e);
	}
	prover.db = db;
	prover.server = operands.items[0];
	prover.name = xasprintf("%.100s.prove", prover.server);
	prover.words = operands.items + 1;
	waited_signals(&waited);
	sigprocmask(SIG_BLOCK, &waited, &before);
	result = prove(&prover, &e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	prover_free(&prover);
	if (result < 0)
		return report_failure(&e);
	return report_end();
}
