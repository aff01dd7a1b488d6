/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/report.h"
#include "core/main/rule_words.h"
#include "core/main/session_rules.h"
#include "core/policy/rule.h"
#include "core/session/runtime_dir.h"

#define POLL_MS 100
#define BUSY_MOST_MS 3000

static const char *const headings[] = { "ID", "SERVER", "USED", "LAST USED", "RULE" };

static void write_rule(struct buf *out, const struct rule *rule)
{
	_cleanup_free_ char *text = rule_text(rule);

	buf_addc(out, '{');
	json_member_integer(out, "v", WIRE_VERSION);
	json_member_integer(out, "id", rule->id);
	json_member_string(out, "server", rule->server);
	json_member_string(out, "verdict", verdict_name(rule->verdict));
	json_member_string(out, "kind", access_kind_name(rule->kind));
	json_member_string(out, "scope", scope_name(rule->scope));
	json_member_string(out, "pattern", rule->pattern);
	json_member_string(out, "for", duration_name(rule->duration));
	json_member_time(out, "created", rule->created_ms);
	json_member_time(out, "last_used", rule->last_used_ms);
	json_member_unsigned(out, "hits", rule->hits);
	json_member_string(out, "rule", text);
	buf_addc(out, '}');
}

static void print_json(const struct rule *rule)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	write_rule(&line, rule);
	print_line(&line);
}

static void add_row(struct table *table, const char *id, const struct rule *rule)
{
	_cleanup_free_ char *text = rule_text(rule);

	table_add(table, id);
	table_add(table, rule->server);
	table_addf(table, "%llu", (unsigned long long)rule->hits);
	table_add_time(table, rule->last_used_ms);
	table_add(table, text);
}

/* Shows the rules with an id beyond *last, oldest first when following. */
static int show_rules(struct db *db, const struct query_options *options, struct table *table,
		      int64_t *last, struct err *e)
{
	struct rule *rules;
	int64_t greatest = *last;
	size_t count;

	if (db_rules(db, options->name, &rules, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = &rules[options->follow ? count - 1 - i : i];
		char id[32];

		if (rule->id <= *last || (options->denied && rule->verdict != VERDICT_DENY))
			continue;
		if (rule->id > greatest)
			greatest = rule->id;
		snprintf(id, sizeof(id), "%lld", (long long)rule->id);
		if (options->json)
			print_json(rule);
		else
			add_row(table, id, rule);
	}
	*last = greatest;
	table_print(table);
	rules_free(rules, count);
	return 0;
}

struct shown {
	const struct query_options *options;
	struct table *table;
};

static void show_session_rule(void *arg, const struct session_rule *session)
{
	const struct shown *shown = arg;
	const struct rule *rule = &session->rule;
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	if (shown->options->denied && rule->verdict != VERDICT_DENY)
		return;
	if (shown->options->json) {
		wire_write_rule(&line, session);
		print_line(&line);
		return;
	}
	add_row(shown->table, session->id, rule);
}

static int follow(const struct query_options *options, struct err *e)
{
	_cleanup_db_ struct db *db = NULL;
	struct table table = { .columns = 5, .headings = headings };
	int64_t last = 0, shown_version = -1;

	do {
		struct store store;
		int64_t version;

		if (!db && open_history(&db, e) < 0)
			return -1;
		if (!db)
			continue;
		store = db_store(db);
		e->code = ERR_GENERAL;
		if (store.ops->data_version(store.handle, &version, e) < 0 && e->code != ERR_BUSY)
			return -1;
		if (e->code == ERR_BUSY || version == shown_version)
			continue;
		if (show_rules(db, options, &table, &last, e) == 0)
			shown_version = version;
		else if (e->code != ERR_BUSY)
			return -1;
	} while (wait_while_read(POLL_MS));
	return 0;
}

static int list_rules(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	_cleanup_db_ struct db *db = NULL;
	struct table table = { .columns = 5, .headings = headings };
	struct query_options options = { .name = NULL };
	const struct option_spec specs[] = { QUERY_OPTIONS(options) };
	int64_t last = 0;
	struct err e;
	int status = report_options("rules", specs, ARRAY_LENGTH(specs), argc, argv, &operands);

	if (status >= 0)
		return status;
	if (operands.count) {
		err_set(&e, "rules has list, add and rm, not \"%.200s\"", operands.items[0]);
		return report_misuse("rules", &e);
	}
	if (options.follow) {
		report_line_by_line();
		return follow(&options, &e) < 0 ? report_failure(&e) : report_end();
	}
	/* Those that end with their sessions come first: they hold now. */
	if (session_rules_each(options.name, show_session_rule,
			       &(struct shown){ &options, &table }, &e) < 0 ||
	    open_history(&db, &e) < 0 || (db && show_rules(db, &options, &table, &last, &e) < 0))
		return report_failure(&e);
	table_print(&table);
	return report_end();
}

/* Somebody else's write takes milliseconds; waiting it out is better than to fail. */
static int store_rule(struct rule *rule, struct err *e)
{
	_cleanup_free_ char *path = database_path();
	_cleanup_db_ struct db *db = db_open(path, true, e);
	int64_t deadline = clock_mono_ms() + BUSY_MOST_MS;
	struct store store;
	int result;

	if (!db)
		return -1;
	store = db_store(db);
	do {
		e->code = ERR_GENERAL;
		result = store.ops->rule_add(store.handle, rule, e);
	} while (result < 0 && e->code == ERR_BUSY && clock_mono_ms() < deadline &&
		 usleep(10000) == 0);
	return result;
}

static int add_rule(int argc, char **argv)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	const char *name = NULL, *scope = NULL, *duration = "always";
	bool json = false;
	const struct option_spec specs[] = {
		{ 'n', "name", NULL, &name },
		{ 0, "scope", NULL, &scope },
		{ 0, "for", NULL, &duration },
		{ 0, "json", &json, NULL },
	};
	struct rule rule = { .id = 0 };
	struct err e;
	int status = report_options("rules", specs, ARRAY_LENGTH(specs), argc, argv, &words);

	if (status >= 0)
		return status;
	if (words.count == 3 + (name == NULL) && strcmp(duration, "always") == 0) {
		char **word = words.items + (name == NULL);

		status = rule_from_words(&rule, name ? name : words.items[0], word[0], word[1],
					 word[2], scope, &e);
	} else if (strcmp(duration, "always") != 0) {
		status = err_set(&e, "a rule made by hand is kept: --for can only be always");
	} else {
		status = err_set(&e, "rules add takes --name NAME, then allow or deny, a kind and "
				     "an object");
	}
	if (status < 0)
		return report_misuse("rules", &e);
	status = store_rule(&rule, &e);
	if (status == 0 && json) {
		print_json(&rule);
	} else if (status == 0) {
		struct table table = { .columns = 1 };
		_cleanup_free_ char *text = rule_text(&rule);

		table_addf(&table, "%lld  %s: %s", (long long)rule.id, rule.server, text);
		table_print(&table);
	}
	rule_free(&rule);
	return status < 0 ? report_failure(&e) : report_end();
}

static int parse_id(const char *word, int64_t *id, struct err *e)
{
	char *end;

	*id = strtoll(word, &end, 10);
	if (*end || end == word || *id <= 0)
		return err_set(e, "\"%.100s\" is not the number of a rule", word);
	return 0;
}

static int remove_rules(int argc, char **argv)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_db_ struct db *db = NULL;
	struct err e;
	int64_t id;
	int status = report_options("rules", NULL, 0, argc, argv, &words);

	if (status >= 0)
		return status;
	if (!words.count) {
		err_set(&e, "rules rm takes the numbers that rules shows");
		return report_misuse("rules", &e);
	}
	/* All or none, as far as the words go. */
	for (size_t i = 0; i < words.count; i++)
		if (!session_rules_is_id(words.items[i]) && parse_id(words.items[i], &id, &e) < 0)
			return report_misuse("rules", &e);
	if (open_history(&db, &e) < 0)
		return report_failure(&e);
	for (size_t i = 0; i < words.count; i++) {
		if (session_rules_is_id(words.items[i])) {
			if (session_rules_remove(words.items[i], &e) < 0)
				return report_failure(&e);
			continue;
		}
		parse_id(words.items[i], &id, &e);
		e.code = ERR_GENERAL;
		if (db && db_rule_remove(db, id, &e) == 0)
			continue;
		if (!db || e.code == ERR_NOT_FOUND)
			err_set(&e, "there is no rule %lld; see srt-top rules", (long long)id);
		return report_failure(&e);
	}
	return report_end();
}

int cmd_rules(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "list") == 0)
		return list_rules(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "add") == 0)
		return add_rule(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "rm") == 0)
		return remove_rules(argc - 1, argv + 1);
	return list_rules(argc, argv);
}
