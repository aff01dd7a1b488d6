/* SPDX-License-Identifier: MIT */
/*
 * Each screen as text and as roles, compared with golden/NAME.txt. UPDATE_GOLDENS=1 in the
 * environment writes them anew: read the difference before keeping it.
 */
#include "tests/unit/tui/fixture.h"

#include <errno.h>

#include "core/base/io.h"
#include "tui/view.h"

#define GOLDENS "tests/unit/tui/golden"

static struct model *model;

static void say_banner(unsigned link, const char *banner)
{
	greet(model, link,
	      (struct session_info){ .server = (char *)"fs-mcp",
				     .command = (char *)"npx -y server-filesystem /home/me/src",
				     .banner = (char *)banner,
				     .started_ms = NOW_MS - 9600000,
				     .status = -1,
				     .allowed = 911,
				     .bytes_in = 0 });
}

static void tell(unsigned link, const char *id, int64_t ago_ms, enum verdict verdict,
		 enum access_kind kind, const char *object, const char *why, uint64_t count)
{
	struct access_event event = { .id = (char *)id,
				      .time_ms = NOW_MS - ago_ms,
				      .kind = kind,
				      .object = (char *)object,
				      .verdict = verdict,
				      .why = (char *)why,
				      .server = (char *)"github-mcp",
				      .pid = 41830,
				      .exe = (char *)"/usr/bin/node",
				      .syscall = (char *)"openat",
				      .count = count };

	say(model, link, (struct wire_message){ .type = WIRE_EVENT, .event = event });
}

/* Three sessions, one of them blind, one ended, and events with what a hostile program can name. */
static void be_busy(void)
{
	greet(model, 1,
	      (struct session_info){ .server = (char *)"github-mcp",
				     .command = (char *)"node index.js --stdio",
				     .started_ms = NOW_MS - 724000,
				     .status = -1,
				     .allowed = 12345,
				     .denied = 4,
				     .asked = 1,
				     .bytes_in = 2150 });
	say_banner(2, "no seccomp notifications: refused files are not seen");
	greet(model, 3,
	      (struct session_info){ .server = (char *)"ev\x1b[31mil\xe2\x80\xae",
				     .command = (char *)"pytest -q",
				     .state = (char *)"exited",
				     .started_ms = NOW_MS - 10000,
				     .status = 1,
				     .allowed = 120,
				     .denied = 13 });
	model_disconnected(model, 3, fixture_now);
	tell(1, "e.1", 90000, VERDICT_DENY, ACCESS_READ, "/home/me/.ssh/id_ed25519",
	     "on the sensitive list", 2);
	tell(1, "e.2", 40000, VERDICT_DENY, ACCESS_WRITE, "/home/me/.config/gh/hosts.yml",
	     "denyWrite of the settings file", 1);
	tell(1, "e.3", 39000, VERDICT_ALLOW, ACCESS_CONNECT, "api.github.com:443", "rule 7", 31);
	tell(2, "e.4", 30000, VERDICT_ALLOW, ACCESS_READ,
	     "/usr/lib/node_modules/@modelcontextprotocol/server-github/dist/common/utils/"
	     "errors.js",
	     "reads are open", 1);
	tell(2, "e.5", 20000, VERDICT_DENY, ACCESS_WRITE,
	     "/home/me/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x83\x95\xe3\x82\xa1\xe3\x82\xa4"
	     "\xe3\x83\xab/\x1b]0;owned\x07\xe2\x80\xaegpj.exe",
	     "outside \x1b[2JallowWrite", 7);
	tell(1, "e.6", 10000, VERDICT_DENY, ACCESS_READ, "/tmp/not-utf8-\xff\xfe\xc0\xaf\nnew line",
	     "outside allowRead", 1);
	tell(1, "e.7", 5000, VERDICT_ALLOW, ACCESS_EXEC, "/usr/bin/git", "reads are open", 3);
}

static void be_asked(void)
{
	ask_connect(model, 1, "q.1");
	tell(1, "q.1", 0, VERDICT_ASK, ACCESS_CONNECT, "api.githubcopilot.com:443",
	     "no rule matches", 1);
}

static void be_asked_by_a_hostile_one(void)
{
	struct question question = make_question(
		"q.2", ACCESS_WRITE,
		"/home/me/\xe6\x97\xa5\xe6\x9c\xac/\x1b[2J\xe2\x80\xae/\xff/a rather long name of "
		"a "
		"directory that nobody would choose/and one more/and another one below it/so that "
		"it takes many rows/and is still not at its end/evil\nsh");

	question.scopes[1] = SCOPE_DIR;
	question.patterns[1] = (char *)"/home/me/\xe6\x97\xa5\xe6\x9c\xac/\x1b[2J";
	question.scope_count = 2;
	question.event.exe = (char *)"/tmp/\x1b[31mnode\xe2\x80\xae";
	question.event.server = (char *)"ev\x07il";
	question.waiters = 3;
	question.command_line = (char *)"node -e 'a\tb' \xff";
	ask(model, 1, question);
}

/* It can be allowed alone, with what is to come below it. */
static void new_directory(void)
{
	struct question question = make_question("q.3", ACCESS_WRITE, "/home/me/.npm");

	question.scopes[0] = SCOPE_EXACT;
	question.patterns[0] = (char *)"/home/me/.npm";
	question.scopes[1] = SCOPE_DIR;
	question.patterns[1] = (char *)"/home/me";
	question.scope_count = 2;
	question.makes_directory = true;
	be_busy();
	ask(model, 1, question);
}

/* Something that the exported settings would refuse. */
static void drift(void)
{
	struct question question = make_question("q.4", ACCESS_READ, "/home/me/.config/gh/token");

	question.event.drift = (char *)"new since export: /opt/s/package.json is version 2, and was 1\x1b[31m";
	be_busy();
	ask(model, 1, question);
}

static void drift_info(void)
{
	drift();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 'i');
	fixture_now.wall_ms = NOW_MS;
}

static void empty(void)
{
}

static void dash(void)
{
	be_busy();
}

static void sessions_pane(void)
{
	be_busy();
	PRESS(model, TUI_KEY_TAB, TUI_KEY_DOWN);
}

static void paused(void)
{
	be_busy();
	paint(model);
	PRESS(model, TUI_KEY_UP, TUI_KEY_UP, 'v');
	tell(1, "e.8", 0, VERDICT_DENY, ACCESS_BIND, "127.0.0.1:8080", "listening is not allowed",
	     1);
}

static void question(void)
{
	be_busy();
	be_asked();
}

static void hostile(void)
{
	be_busy();
	be_asked();
	be_asked_by_a_hostile_one();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 'n', TUI_KEY_NONE);
	fixture_now.wall_ms = NOW_MS;
}

static void confirm(void)
{
	be_busy();
	be_asked();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 's', 's', 'A');
}

static void confirm_deny(void)
{
	be_busy();
	be_asked();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 'D');
}

static void refused(void)
{
	be_busy();
	be_asked();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 's');
	resolve(model, 1, "q.1", VERDICT_DENY, "deadline");
}

static void queue(void)
{
	hostile();
	resolve(model, 1, "q.2", VERDICT_DENY, "deadline");
	pass_time(GUARD_MS);
	PRESS(model, 'p');
	fixture_now.wall_ms = NOW_MS;
}

static void no_questions(void)
{
	be_busy();
	PRESS(model, 'p');
}

static void event(void)
{
	be_busy();
	paint(model);
	PRESS(model, TUI_KEY_UP, TUI_KEY_UP, TUI_KEY_ENTER);
}

static void session(void)
{
	be_busy();
	paint(model);
	PRESS(model, TUI_KEY_TAB, TUI_KEY_DOWN, TUI_KEY_ENTER);
}

/* What it listens on, of which one is published, and what a flood has cost. */
static void session_ports(void)
{
	struct session_info info = { .server = (char *)"fs-mcp",
				     .command = (char *)"npx -y server-filesystem /home/me/src",
				     .level = (char *)"everyday",
				     .mode = (char *)"ask",
				     .started_ms = NOW_MS - 9600000,
				     .status = -1,
				     .unasked = 12,
				     .lost = 3456,
				     .ports = { { .port = 8000, .host_port = 9000, .listens = true },
						{ .port = 80, .listens = true },
						{ .port = 5432, .host_port = 5432 } },
				     .port_count = 3 };

	be_busy();
	greet(model, 2, info);
	say(model, 2, (struct wire_message){ .type = WIRE_LOST, .count = 7 });
	paint(model);
	PRESS(model, TUI_KEY_TAB, TUI_KEY_DOWN, TUI_KEY_ENTER);
}

static void loss(void)
{
	session_ports();
	PRESS(model, TUI_KEY_ESCAPE);
}

static void publish(void)
{
	session_ports();
	PRESS(model, 'P');
}

static void info(void)
{
	hostile();
	pass_time(GUARD_MS);
	PRESS(model, 'i');
	fixture_now.wall_ms = NOW_MS;
}

static void help(void)
{
	be_busy();
	paint(model);
	PRESS(model, '?');
}

static void filter(void)
{
	be_busy();
	paint(model);
	PRESS(model, '\\', 'g', 'i', 't');
}

static void nothing_matches(void)
{
	be_busy();
	paint(model);
	PRESS(model, '\\', 'z', 'z', 'z', TUI_KEY_ENTER);
}

static struct rule make_rule(int64_t id, const char *server, enum access_kind kind,
			     enum verdict verdict, enum scope scope, const char *pattern,
			     uint64_t hits)
{
	return (struct rule){ .id = id,
			      .server = xstrdup(server),
			      .kind = kind,
			      .verdict = verdict,
			      .scope = scope,
			      .pattern = xstrdup(pattern),
			      .duration = DURATION_ALWAYS,
			      .created_ms = NOW_MS - 86400000,
			      .last_used_ms = hits > 0 ? NOW_MS - 60000 : 0,
			      .hits = hits };
}

static void rules(void)
{
	struct rule *kept = xcalloc(4, sizeof(*kept));
	struct rule_change off = { .removed = make_rule(3, "fs-mcp", ACCESS_EXEC, VERDICT_ALLOW,
							SCOPE_EXACT, "/usr/bin/git", 4) };

	be_busy();
	kept[0] = make_rule(9, "github-mcp", ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DOMAIN,
			    "githubcopilot.com", 12);
	kept[1] = make_rule(8, "github-mcp", ACCESS_WRITE, VERDICT_ALLOW, SCOPE_DIR, "/home/me/src",
			    1234);
	kept[2] = make_rule(5, "github-mcp", ACCESS_WRITE, VERDICT_DENY, SCOPE_EXACT,
			    "/home/me/src/ev\x1b[2Jil", 0);
	kept[3] = make_rule(4, "fs-mcp", ACCESS_READ, VERDICT_DENY, SCOPE_EXACT,
			    "/home/me/.ssh/id_ed25519", 2);
	rule_book_take(&model->rules, kept, 4);
	rule_book_changed(&model->rules, &off, true);
	paint(model);
	PRESS(model, 'r', TUI_KEY_DOWN, TUI_KEY_DOWN);
}

static void rule(void)
{
	struct access_row *accesses;

	rules();
	PRESS(model, TUI_KEY_ENTER);
	accesses = xcalloc(1, sizeof(*accesses));
	accesses[0] = (struct access_row){ .kind = ACCESS_WRITE,
					   .object = xstrdup("/home/me/src/a"),
					   .verdict = VERDICT_ALLOW,
					   .count = 12,
					   .last_ms = NOW_MS };
	rule_book_take_matched(&model->rules, accesses, 1, false);
}

static void rule_reading(void)
{
	rules();
	PRESS(model, TUI_KEY_ENTER);
}

/* What a file says, what a mode does, and a rule that the file overrules. */
static void settings_rules(void)
{
	static const char text[] =
		"{\"network\":{\"allowedDomains\":[\"api.github.com:443\",\"*.example.org\"],"
		"\"deniedDomains\":[\"*.example.org\"]},\"filesystem\":{\"denyRead\":[\"~/.ssh\"],"
		"\"allowWrite\":[\".\",\"~/src/ev\\u001b[2Jil\"],\"denyWrite\":[\"~/src\"]}}";
	const struct rule_use uses[] = { { (char *)"github-mcp", (char *)"denyRead ~/.ssh", 7,
					   NOW_MS - 120000 },
					 { (char *)"another", (char *)"denyRead ~/.ssh", 100, NOW_MS } };
	struct settings_rules made = { 0 };
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e;

	rules();
	ck_assert_int_eq(settings_parse(&settings, text, strlen(text), &e), 0);
	settings_rules_note(&made, "/home/me/.srt-settings.json", "ask", "github-mcp");
	settings_rules_note(&made, NULL, "learn", "fs-mcp");
	settings_rules_note(&made, NULL, "learn", "github-mcp");
	settings_rules_add(&made, 0, settings, "/home/me", "/home/me/src");
	settings_rules_add_defaults(&made);
	settings_rules_count(&made, uses, 2);
	rule_book_take_settings(&model->rules, &made);
	paint(model);
}

static void settings_rule(void)
{
	struct access_row *accesses = xcalloc(1, sizeof(*accesses));

	settings_rules();
	PRESS(model, TUI_KEY_DOWN, TUI_KEY_DOWN, TUI_KEY_DOWN, TUI_KEY_ENTER);
	accesses[0] = (struct access_row){ .kind = ACCESS_READ,
					   .object = xstrdup("/home/me/.ssh/id_ed25519"),
					   .verdict = VERDICT_DENY,
					   .count = 7,
					   .last_ms = NOW_MS };
	rule_book_take_matched(&model->rules, accesses, 1, true);
	paint(model);
}

static void default_rule(void)
{
	settings_rules();
	PRESS(model, TUI_KEY_END, TUI_KEY_ENTER);
}

static void settings_rule_stays(void)
{
	settings_rules();
	PRESS(model, TUI_KEY_DOWN, TUI_KEY_DOWN, TUI_KEY_DOWN, 'x');
}

static void edit_rule(void)
{
	rules();
	PRESS(model, 'e');
}

static void take_older(void)
{
	struct history_event *events = xcalloc(2, sizeof(*events));

	struct history_query query;

	for (int i = 0; i < 2; i++)
		events[i] = (struct history_event){
			.sequence = i + 1,
			.event = { .id = xasprintf("o.%d", i),
				   .time_ms = NOW_MS - 86400000 + i * 1000,
				   .server = xstrdup("github-mcp"),
				   .kind = i ? ACCESS_CONNECT : ACCESS_READ,
				   .object = xstrdup(i ? "api.github.com:443"
						       : "/home/me/.ssh/\x1b[31mkey"),
				   .verdict = i ? VERDICT_ALLOW : VERDICT_DENY,
				   .count = i ? 31 : 1 }
		};
	older_query(&model->older, &query);
	older_take(&model->older, &query, events, 2);
}

static void older(void)
{
	be_busy();
	paint(model);
	PRESS(model, 'H');
	take_older();
}

static void older_filtered(void)
{
	older();
	PRESS(model, '\\', 'd', 'e', 'n', 'y', TUI_KEY_ENTER);
	model->older.cursor = 10;
	take_older();
}

static void review(void)
{
	struct export_made made = { .settings = BUF_EMPTY };
	struct err e;

	be_busy();
	paint(model);
	PRESS(model, 'e');
	made.before = xstrdup("{\"network\":{\"allowedDomains\":[\"old.example.org\"]},"
			      "\"filesystem\":{\"denyRead\":[\"/home/me/.ssh\"]}}");
	made.home = xstrdup("/home/me");
	buf_adds(&made.settings,
		 "{\"network\":{\"allowedDomains\":[\"*.githubcopilot.com\",\"api.github.com:443\"]},"
		 "\"filesystem\":{\"denyRead\":[\"/home/me/.ssh\"],\"allowWrite\":[\"/home/me/src\"]}}");
	buf_adds(&made.explain, "allowedDomains api.github.com:443: connected 31 times in 4 runs by "
				"/usr/bin/node\nnote: one thing\n");
	ck_assert_int_eq(export_review_take(&model->export, &made, &e), 0);
	export_made_free(&made);
	PRESS(model, TUI_KEY_DOWN);
}

static void take_figures(uint64_t refused)
{
	struct export_figures figures = { .same = 1187, .refused = refused, .allowed = 2 };

	figures.items = xcalloc(3, sizeof(*figures.items));
	figures.items[figures.count++] = (struct export_difference){
		.kind = ACCESS_CONNECT, .object = xstrdup("x.github.com:443"), .why = xstrdup("allowedDomains *.github.com:443")
	};
	figures.items[figures.count++] = (struct export_difference){
		.kind = ACCESS_WRITE, .object = xstrdup("/home/me/ev\x1b[2Jil"), .why = xstrdup("")
	};
	if (refused > 0)
		figures.items[figures.count++] = (struct export_difference){
			.refused = true, .kind = ACCESS_READ, .object = xstrdup("/home/me/.ssh/id"),
			.why = xstrdup("denyRead /home/me/.ssh")
		};
	figures.diff = xstrdup("@@ -1,3 +1,4 @@\n {\n-  \"allowedDomains\": []\n+  \"allowedDomains\": [\n");
	model->export.replay_wanted = false;
	export_review_take_figures(&model->export, &figures);
}

static void review_wider(void)
{
	_cleanup_strings_ struct strings entries = STRINGS_EMPTY;

	review();
	strings_add(&entries, "*.github.com:443");
	ck_assert_ptr_null(export_review_adjust(&model->export, model->export.list.selected, true, &entries));
	take_figures(1);
}

static void review_replay(void)
{
	review_wider();
	PRESS(model, 'r');
}

static void review_diff(void)
{
	review_wider();
	PRESS(model, 'd');
}

static void review_why(void)
{
	struct access_row *rows = xcalloc(1, sizeof(*rows));

	review();
	PRESS(model, TUI_KEY_ENTER);
	rows[0] = (struct access_row){ .kind = ACCESS_CONNECT,
				       .object = xstrdup("api.github.com:443"),
				       .verdict = VERDICT_ALLOW,
				       .exe = xstrdup("/usr/bin/node"),
				       .count = 31,
				       .last_ms = NOW_MS };
	export_review_take_evidence(&model->export, rows, 1, true);
}

static void review_why_reading(void)
{
	review();
	PRESS(model, TUI_KEY_ENTER);
}

static void review_nothing_ticked(void)
{
	review();
	PRESS(model, 'g', ' ', ' ', TUI_KEY_END, ' ', 'w');
}

static void review_text(void)
{
	review();
	PRESS(model, 'p');
}

static void review_sure(void)
{
	review();
	PRESS(model, 'w');
}

static void layer(void)
{
	struct written_row *rows = xcalloc(5, sizeof(*rows));

	be_busy();
	paint(model);
	PRESS(model, 'l');
	rows[0] = (struct written_row){ LAYER_CREATED, LAYER_DIRECTORY, .path = xstrdup("/home/me/new"),
					.size = -1, .was_size = -1 };
	rows[1] = (struct written_row){ LAYER_CREATED, LAYER_FILE,
					.path = xstrdup("/home/me/new/ev\x1b[2Jil"), .size = 120000,
					.was_size = -1 };
	rows[2] = (struct written_row){ LAYER_CREATED, LAYER_LINK, .path = xstrdup("/home/me/link"),
					.target = xstrdup("/etc/passwd"), .size = -1, .was_size = -1 };
	rows[3] = (struct written_row){ LAYER_CHANGED, LAYER_FILE, .path = xstrdup("/home/me/one"),
					.size = 15, .was_size = 4 };
	rows[4] = (struct written_row){ LAYER_CREATED, LAYER_OTHER, .path = xstrdup("/home/me/pipe"),
					.size = -1, .was_size = -1,
					.refused = xstrdup("a pipe, socket or device") };
	written_take(&model->written, rows, 5);
	PRESS(model, TUI_KEY_DOWN, ' ', TUI_KEY_DOWN, TUI_KEY_DOWN, ' ');
	model->written.diff = xstrdup("@@ -1 +1,3 @@\n one\n+more\n+\x1b[31magain\n");
	model->written.diff_for = 3;
}

static void layer_sure(void)
{
	layer();
	PRESS(model, 'w');
}

static void layer_kept(void)
{
	struct written_outcome outcomes[5] = { { .done = true }, { .done = true }, { .done = false },
					       { .why = xstrdup("it has changed since it was shown") } };

	layer();
	written_settle(&model->written, true, false, outcomes);
}

static void layer_diff(void)
{
	layer();
	PRESS(model, TUI_KEY_ENTER);
}

static void layer_reading(void)
{
	be_busy();
	paint(model);
	PRESS(model, 'l');
	model->written.work = WRITTEN_READING;
	model->written.looked = 12345;
}

static void layer_missing(void)
{
	be_busy();
	paint(model);
	PRESS(model, 'l');
	written_failed(&model->written, "\"github-mcp\" has no layer: srt-top learn --writes layer makes one");
}

static void starting(void)
{
	static const char text[] =
		"{\"mcpServers\":{\"files\":{\"command\":\"npx\",\"args\":[\"-y\",\"server "
		"x\",\"\\u001b[2J\"]},\"git\":{\"command\":\"uvx\",\"args\":[\"mcp-git\"]}}}";
	struct err e;

	be_busy();
	ck_assert_int_eq(server_specs_parse(&model->servers, text, strlen(text), &e), 0);
	model->servers_path = xstrdup("/home/me/.mcp.json");
	paint(model);
	PRESS(model, '+', TUI_KEY_DOWN);
}

static void command_line(void)
{
	be_busy();
	paint(model);
	PRESS(model, '+', 'n', 'p', 'x', ' ', 0x65e5);
}

static void stopping(void)
{
	be_busy();
	paint(model);
	PRESS(model, 'x');
}

static void messages(void)
{
	be_busy();
	model_notice(model, fixture_now, ROLE_WARN, xstrdup("A session refused this dashboard."));
	model_notice(model, fixture_now, ROLE_TITLE, xstrdup("Answered: a rule."));
	paint(model);
	PRESS(model, 'm');
}

static void add_process(struct processes *processes, pid_t pid, pid_t parent, const char *command)
{
	struct process process = { .pid = pid,
				   .parent = parent,
				   .name = xstrdup("node"),
				   .command = xstrdup(command),
				   .state = 'S',
				   .cpu_ms = pid * 10,
				   .resident = (uint64_t)pid * 1000 };

	processes_add(processes, &process);
}

static void with_processes(void)
{
	struct processes processes = { 0 };

	greet(model, 1,
	      (struct session_info){ .server = (char *)"github-mcp",
				     .command = (char *)"node index.js --stdio",
				     .started_ms = NOW_MS - 724000,
				     .child = 41830,
				     .status = -1 });
	be_busy();
	model->sessions[0].info.child = 41830;
	add_process(&processes, 41830, 41001, "node index.js --stdio");
	add_process(&processes, 41840, 41830, "git fetch \x1b]0;owned\x07");
	add_process(&processes, 41841, 41840, "git-remote-https origin");
	add_process(&processes, 41850, 41830, "sh -c true");
	processes_sort(&processes);
	model_take_processes(model, &processes);
	paint(model);
}

static void tree(void)
{
	with_processes();
	PRESS(model, 't');
}

static void tab_processes(void)
{
	with_processes();
	PRESS(model, TUI_KEY_TAB, TUI_KEY_ENTER, '2');
}

static void tab_mounts(void)
{
	with_processes();
	mount_rows_read(&model->mounts,
			"1 0 0:1 / / ro - overlay overlay rw\n2 1 0:2 / /proc rw - proc proc rw\n"
			"3 1 0:3 /home/me/src /home/me/src rw - ext4 /dev/sda1 rw\n"
			"4 1 0:4 / /home/me/.ssh ro - tmpfs tmpfs rw\n");
	model->mounts_known = true;
	PRESS(model, TUI_KEY_TAB, TUI_KEY_ENTER, '3');
}

static void tab_network(void)
{
	with_processes();
	PRESS(model, TUI_KEY_TAB, TUI_KEY_ENTER, '4');
}

static void tab_files(void)
{
	with_processes();
	PRESS(model, TUI_KEY_TAB, TUI_KEY_ENTER, '6');
}

static void overview(void)
{
	be_busy();
	greet(model, 3, (struct session_info){ .server = (char *)"notes",
					       .command = (char *)"notes --stdio",
					       .cwd = (char *)"/home/me/src",
					       .mode = (char *)"ask",
					       .level = (char *)"everyday",
					       .reads = (char *)"left alone",
					       .settings = (char *)"/home/me/.srt-settings.json",
					       .started_ms = NOW_MS,
					       .status = -1 });
	paint(model);
	PRESS(model, TUI_KEY_TAB, TUI_KEY_END, TUI_KEY_ENTER);
}

/* Many files of a directory at once are one question. */
static void many_files(void)
{
	static const char *const names[] = { "/home/me/notes/a.md", "/home/me/notes/b/c.md",
					     "/home/me/notes/ev\x1b[2Jil" };
	struct question asked;

	be_busy();
	asked = make_question("41001-0badcafe.9", ACCESS_READ, "/home/me/notes");
	asked.scopes[0] = SCOPE_DIR;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		asked.objects[i] = (char *)names[i];
	asked.object_count = ARRAY_LENGTH(names);
	asked.objects_seen = 57;
	ask(model, 1, asked);
}

static void many_files_info(void)
{
	many_files();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 'i');
	fixture_now.wall_ms = NOW_MS;
}

static void tab_output(void)
{
	with_processes();
	PRESS(model, TUI_KEY_TAB, TUI_KEY_ENTER, '5');
	strings_add(&model->output, "listening on stdio");
	strings_add(&model->output, "\x1b[31mred\x1b[0m \xff");
	model->output_known = true;
}

static void long_output(void)
{
	tab_output();
	for (int i = 1; i <= 100; i++)
		strings_addf(&model->output, "line %d", i);
	paint(model);
}

static void output_paused(void)
{
	long_output();
	PRESS(model, TUI_KEY_PAGE_UP, TUI_KEY_UP);
}

static void sorted(void)
{
	be_busy();
	paint(model);
	PRESS(model, 's', 's', 's');
}

static void sessions_sorted(void)
{
	be_busy();
	paint(model);
	PRESS(model, TUI_KEY_TAB, 's', 's');
}

static void mistake(void)
{
	be_busy();
	paint(model);
	PRESS(model, '\\', 'n', 'e', 't', ' ', '&');
}

static const struct {
	const char *name;
	int rows, cols;
	bool ascii;
	void (*prepare)(void);
} screens[] = {
	{ "empty-80x24", 24, 80, false, empty },
	{ "empty-120x40", 40, 120, false, empty },
	{ "empty-50x14", 14, 50, false, empty },
	{ "empty-30x8", 8, 30, false, empty },
	{ "dash-80x24", 24, 80, false, dash },
	{ "dash-120x40", 40, 120, false, dash },
	{ "dash-50x14", 14, 50, false, dash },
	{ "dash-30x8", 8, 30, false, dash },
	{ "dash-ascii-80x24", 24, 80, true, dash },
	{ "sessions-80x24", 24, 80, false, sessions_pane },
	{ "sessions-50x14", 14, 50, false, sessions_pane },
	{ "paused-80x24", 24, 80, false, paused },
	{ "question-80x24", 24, 80, false, question },
	{ "question-120x40", 40, 120, false, question },
	{ "question-50x14", 14, 50, false, question },
	{ "question-40x10", 10, 40, false, question },
	{ "question-30x8", 8, 30, false, question },
	{ "hostile-80x24", 24, 80, false, hostile },
	{ "hostile-120x40", 40, 120, false, hostile },
	{ "hostile-50x14", 14, 50, false, hostile },
	{ "hostile-40x10", 10, 40, false, hostile },
	{ "hostile-ascii-80x24", 24, 80, true, hostile },
	{ "confirm-80x24", 24, 80, false, confirm },
	{ "confirm-50x14", 14, 50, false, confirm },
	{ "confirm-40x10", 10, 40, false, confirm },
	{ "confirm-deny-80x24", 24, 80, false, confirm_deny },
	{ "refused-80x24", 24, 80, false, refused },
	{ "queue-80x24", 24, 80, false, queue },
	{ "queue-50x14", 14, 50, false, queue },
	{ "no-questions-80x24", 24, 80, false, no_questions },
	{ "event-80x24", 24, 80, false, event },
	{ "session-80x24", 24, 80, false, session },
	{ "session-ports-80x24", 24, 80, false, session_ports },
	{ "loss-80x24", 24, 80, false, loss },
	{ "publish-80x24", 24, 80, false, publish },
	{ "new-directory-80x24", 24, 80, false, new_directory },
	{ "info-80x24", 24, 80, false, info },
	{ "drift-80x24", 24, 80, false, drift },
	{ "drift-info-80x24", 24, 80, false, drift_info },
	{ "help-80x24", 24, 80, false, help },
	{ "help-120x40", 40, 120, false, help },
	{ "help-50x14", 14, 50, false, help },
	{ "filter-80x24", 24, 80, false, filter },
	{ "nothing-matches-80x24", 24, 80, false, nothing_matches },
	{ "mistake-80x24", 24, 80, false, mistake },
	{ "sorted-80x24", 24, 80, false, sorted },
	{ "sessions-sorted-80x24", 24, 80, false, sessions_sorted },
	{ "rules-80x24", 24, 80, false, rules },
	{ "rules-120x40", 40, 120, false, rules },
	{ "rules-settings-80x24", 24, 80, false, settings_rules },
	{ "rules-settings-120x40", 40, 120, false, settings_rules },
	{ "rules-settings-50x14", 14, 50, false, settings_rules },
	{ "rules-settings-stay-80x24", 24, 80, false, settings_rule_stays },
	{ "rule-reading-80x24", 24, 80, false, rule_reading },
	{ "rule-settings-80x24", 24, 80, false, settings_rule },
	{ "rule-default-80x24", 24, 80, false, default_rule },
	{ "rules-50x14", 14, 50, false, rules },
	{ "rules-ascii-80x24", 24, 80, true, rules },
	{ "rule-80x24", 24, 80, false, rule },
	{ "edit-rule-80x24", 24, 80, false, edit_rule },
	{ "older-80x24", 24, 80, false, older },
	{ "older-filtered-80x24", 24, 80, false, older_filtered },
	{ "older-50x14", 14, 50, false, older },
	{ "review-80x24", 24, 80, false, review },
	{ "review-120x40", 40, 120, false, review },
	{ "review-50x14", 14, 50, false, review },
	{ "review-wider-80x24", 24, 80, false, review_wider },
	{ "review-wider-50x14", 14, 50, false, review_wider },
	{ "review-replay-80x24", 24, 80, false, review_replay },
	{ "review-diff-80x24", 24, 80, false, review_diff },
	{ "review-why-80x24", 24, 80, false, review_why },
	{ "review-why-reading-80x24", 24, 80, false, review_why_reading },
	{ "review-unticked-80x24", 24, 80, false, review_nothing_ticked },
	{ "review-text-80x24", 24, 80, false, review_text },
	{ "review-sure-80x24", 24, 80, false, review_sure },
	{ "layer-80x24", 24, 80, false, layer },
	{ "layer-50x14", 14, 50, false, layer },
	{ "layer-120x40", 40, 120, false, layer },
	{ "layer-sure-80x24", 24, 80, false, layer_sure },
	{ "layer-kept-80x24", 24, 80, false, layer_kept },
	{ "layer-diff-80x24", 24, 80, false, layer_diff },
	{ "layer-reading-80x24", 24, 80, false, layer_reading },
	{ "layer-missing-80x24", 24, 80, false, layer_missing },
	{ "start-80x24", 24, 80, false, starting },
	{ "start-50x14", 14, 50, false, starting },
	{ "command-line-80x24", 24, 80, false, command_line },
	{ "stop-80x24", 24, 80, false, stopping },
	{ "messages-80x24", 24, 80, false, messages },
	{ "tree-80x24", 24, 80, false, tree },
	{ "tree-120x40", 40, 120, false, tree },
	{ "tree-ascii-80x24", 24, 80, true, tree },
	{ "processes-80x24", 24, 80, false, tab_processes },
	{ "mounts-80x24", 24, 80, false, tab_mounts },
	{ "network-80x24", 24, 80, false, tab_network },
	{ "files-80x24", 24, 80, false, tab_files },
	{ "overview-80x24", 24, 80, false, overview },
	{ "many-files-80x24", 24, 80, false, many_files },
	{ "many-files-50x14", 14, 50, false, many_files },
	{ "many-files-info-80x24", 24, 80, false, many_files_info },
	{ "output-80x24", 24, 80, false, tab_output },
	{ "output-50x14", 14, 50, false, tab_output },
	{ "output-long-80x24", 24, 80, false, long_output },
	{ "output-paused-80x24", 24, 80, false, output_paused },
};

static void teardown(void)
{
	model_free(model);
	model = NULL;
}

/* Text first, roles below, in one string. Caller frees. */
static char *draw(int rows, int cols)
{
	_cleanup_cells_ struct cells *cells = cells_new(rows, cols);
	struct buf out = BUF_EMPTY;

	view_draw(cells, model, NOW_MS);
	cells_text(cells, &out);
	buf_adds(&out, "--- roles ---\n");
	cells_roles(cells, &out);
	return buf_steal(&out);
}

static void compare(const char *name, const char *screen)
{
	_cleanup_free_ char *path = xasprintf("%s/%s.txt", GOLDENS, name);
	_cleanup_free_ char *golden = NULL;
	struct err e = { .code = ERR_GENERAL };

	if (getenv("UPDATE_GOLDENS") != NULL) {
		FILE *file = fopen(path, "w");

		ck_assert_ptr_nonnull(file);
		fputs(screen, file);
		fclose(file);
	}
	if (read_small_file(&golden, NULL, path, 1 << 20, &e) < 0)
		ck_abort_msg("%s: %s", path, e.message);
	if (strcmp(golden, screen) != 0)
		ck_abort_msg("%s is not what is drawn now:\n%s", path, screen);
}

START_TEST(screens_look_as_agreed)
{
	_cleanup_free_ char *screen = NULL;

	model = make_model(screens[_i].ascii);
	model_resize(model, screens[_i].rows, screens[_i].cols);
	screens[_i].prepare();
	paint(model);
	screen = draw(screens[_i].rows, screens[_i].cols);
	compare(screens[_i].name, screen);
}
END_TEST

static void (*const states[])(void) = {
	empty, dash,   hostile,	 queue, help,	    info,	   confirm,	rules,	  rule,
	older, review, starting, tree,	tab_output, tab_processes, tab_network, messages,
	layer, settings_rules, review_wider, review_replay, review_why,
};

/* An assertion for each character would write as many times to a file. */
static const char *first_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 && *text != '\n')
			return text;
	return NULL;
}

static const char *first_not_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x7f)
			return text;
	return NULL;
}

/* Whatever the size: nothing is drawn outside, nothing crashes, and no control character comes
 * through. */
START_TEST(every_size_can_be_drawn)
{
	model = make_model(false);
	states[_i]();
	for (int rows = 1; rows <= 45; rows += 4) {
		for (int cols = 1 + rows % 3; cols <= 140; cols += 9) {
			_cleanup_free_ char *screen = NULL;

			model_resize(model, rows, cols);
			paint(model);
			screen = draw(rows, cols);
			ck_assert_ptr_null(first_control(screen));
			ck_assert_ptr_null(strstr(screen, "\xe2\x80\xae"));
		}
	}
}
END_TEST

START_TEST(plain_terminals_get_plain_characters)
{
	model = make_model(true);
	hostile();
	paint(model);
	for (int rows = 10; rows <= 40; rows += 15) {
		_cleanup_free_ char *screen = NULL;

		model_resize(model, rows, rows * 3);
		paint(model);
		screen = draw(rows, rows * 3);
		ck_assert_ptr_null(first_not_plain(screen));
	}
}
END_TEST

START_TEST(the_output_follows_its_end_until_somebody_scrolls_up)
{
	model = make_model(false);
	long_output();
	ck_assert(model_wishes(model) & WISH_OUTPUT);
	PRESS(model, TUI_KEY_UP);
	ck_assert(!(model_wishes(model) & WISH_OUTPUT));
	PRESS(model, TUI_KEY_DOWN);
	ck_assert(model_wishes(model) & WISH_OUTPUT);
	PRESS(model, 'g');
	ck_assert(!(model_wishes(model) & WISH_OUTPUT));
	PRESS(model, TUI_KEY_END);
	ck_assert(model_wishes(model) & WISH_OUTPUT);
	strings_add(&model->output, "the newest");
	paint(model);
	{
		_cleanup_free_ char *screen = draw(24, 80);

		ck_assert_ptr_nonnull(strstr(screen, "the newest"));
	}
	/* Nothing stays behind for the next time. */
	PRESS(model, 'g', TUI_KEY_TAB, '5');
	ck_assert(model_wishes(model) & WISH_OUTPUT);
}
END_TEST

START_TEST(a_touched_question_counts_down_no_more)
{
	_cleanup_free_ char *before = NULL, *after = NULL, *later = NULL;

	model = make_model(false);
	question();
	paint(model);
	before = draw(24, 80);
	pass_time(GUARD_MS);
	PRESS(model, 's');
	after = draw(24, 80);
	ck_assert_ptr_nonnull(strstr(before, "default in 12s"));
	ck_assert_ptr_null(strstr(after, "default in"));
	/* Whoever left the keyboard decides no more, and the countdown is seen again. */
	pass_time(DECIDING_MS);
	model_tick(model, fixture_now);
	paint(model);
	later = draw(24, 80);
	ck_assert_ptr_nonnull(strstr(later, "default in"));
}
END_TEST

static Suite *views_suite(void)
{
	Suite *suite = suite_create("views");
	TCase *tests = tcase_create("views");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, screens_look_as_agreed, 0, (int)ARRAY_LENGTH(screens));
	tcase_add_loop_test(tests, every_size_can_be_drawn, 0, (int)ARRAY_LENGTH(states));
	tcase_add_test(tests, plain_terminals_get_plain_characters);
	tcase_add_test(tests, the_output_follows_its_end_until_somebody_scrolls_up);
	tcase_add_test(tests, a_touched_question_counts_down_no_more);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(views_suite)
