/* SPDX-License-Identifier: MIT */
/*
 * The promise, on random worlds: a file that export_settings() writes opens nothing that the person
 * refused, and nothing sensitive that was not explicitly allowed. What the file opens is worked
 * out from its text by a small model of upstream, and what may be open from the input, each
 * written here a second time and as plainly as can be.
 */
#include "learn/export.h"

#include "core/policy/domain.h"
#include "core/policy/settings.h"
#include "tests/unit/learn/world.h"

/* The universe is small, so that things meet. */
static const char *const places[] = {
	"/home/a",	     "/home/a/p",	  "/home/a/p/.env",	"/home/a/p/src",
	"/home/a/p/src/x",   "/home/a/p/src/y",	  "/home/a/p/src/d/z",	"/home/a/p/src/d",
	"/home/a/.aws",	     "/home/a/.aws/key",  "/home/a/.aws/cache", "/home/a/.aws/cache/c",
	"/home/a/.netrc",    "/home/a/q.lock",	  "/home/a/q",		"/home/a/r/file",
	"/home/a/r/.secret", "/home/a/r/gone",	  "/home/a/r",		"/tmp/t",
	"/tmp",		     "/data/w",		  "/data",		"/home/a/.claude/debug/log",
	"/tmp/claude/x",     "/home/a/.claude",	  "/home/a/p/src/d/.k/v", "/home/a/p/src/d/.k",
};
static const char *const secrets[] = { "/home/a/p/.env", "/home/a/.aws", "/home/a/.netrc",
				       "/home/a/r/.secret", "/home/a/.aws/cache",
				       "/home/a/p/src/d/.k", "/home/a/.claude" };
static const char *const endpoints[] = { "a.example.org:443", "a.example.org:80",
					 "b.example.org:443", "x.b.example.org:443",
					 "c.example.org:443", "d.example.org:443",
					 "example.com:443" };
static const char *const hosts[] = { "a.example.org", "b.example.org", "example.com" };
static const char *const domains[] = { "example.org", "b.example.org" };

/* A generator of its own: the same worlds everywhere. */
static uint64_t seed;

static unsigned roll(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % sides;
}

#define PICK(array) ((array)[roll(ARRAY_LENGTH(array))])

static void make_tree(struct world *world)
{
	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		bool holds = false;

		for (size_t k = 0; k < ARRAY_LENGTH(places); k++)
			holds = holds || path_is_strictly_below(places[k], places[i]);
		if (roll(5) == 0)
			continue;
		strings_add(holds ? &world->directories : &world->files, places[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(secrets); i++)
		if (roll(3) && world_exists(world, secrets[i]))
			strings_add(&world->sensitive, secrets[i]);
	if (roll(4) == 0)
		strings_add(&world->links, PICK(places));
	if (roll(2))
		world->cwd = xstrdup("/home/a/p");
}

static void make_accesses(struct world *world)
{
	static const enum access_kind kinds[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_WRITE,
						  ACCESS_EXEC, ACCESS_CONNECT };

	for (unsigned left = roll(16); left; left--) {
		enum access_kind kind = PICK(kinds);
		struct access_row *row =
			world_access(world, roll(3) ? VERDICT_ALLOW : VERDICT_DENY, kind,
				     kind == ACCESS_CONNECT ? PICK(endpoints) : PICK(places));

		row->last_ms = roll(4);
		row->created = roll(2);
		row->error = roll(8) == 0 ? 2 : 0;
	}
}

static void make_rules(struct world *world)
{
	static const enum access_kind kinds[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC,
						  ACCESS_CONNECT };

	for (unsigned left = roll(7); left; left--) {
		enum verdict verdict = roll(2) ? VERDICT_ALLOW : VERDICT_DENY;
		enum access_kind kind = PICK(kinds);

		if (kind != ACCESS_CONNECT)
			world_rule(world, verdict, kind, roll(2) ? SCOPE_DIR : SCOPE_EXACT,
				   PICK(places));
		else if (roll(3) == 0)
			world_rule(world, verdict, kind, SCOPE_EXACT, PICK(endpoints));
		else if (roll(2))
			world_rule(world, verdict, kind, SCOPE_HOST, PICK(hosts));
		else
			world_rule(world, verdict, kind, SCOPE_DOMAIN, PICK(domains));
	}
}

static void make_world(struct world *world, uint64_t number)
{
	*world = (struct world){ 0 };
	seed = 0x9e3779b97f4a7c15u * (number + 1);
	make_tree(world);
	make_accesses(world);
	make_rules(world);
	world->reads = roll(2) ? READS_CLOSED : READS_OPEN;
	world->relative = roll(4) == 0;
}

/* --- what may be open --- */

static bool region_within(const struct rule *inner, const struct rule *outer)
{
	/* All objects of the universe that the inner one covers, the outer one covers; by
	 * sample. */
	struct rule a = *inner, b = *outer;
	char sample[128];

	a.kind = b.kind = inner->kind;
	a.verdict = b.verdict = VERDICT_ALLOW;
	if (inner->kind == ACCESS_CONNECT) {
		for (int port = 1; port < 3; port++) {
			if (a.scope == SCOPE_EXACT)
				return rule_matches(&b, ACCESS_CONNECT, a.pattern);
			snprintf(sample, sizeof(sample), "%s%s:%d",
				 a.scope == SCOPE_DOMAIN ? "any." : "", a.pattern, port);
			if (!rule_matches(&b, ACCESS_CONNECT, sample))
				return false;
		}
		return true;
	}
	if (!rule_matches(&b, b.kind, a.pattern))
		return false;
	snprintf(sample, sizeof(sample), "%s/any", a.pattern);
	return a.scope != SCOPE_DIR || rule_matches(&b, b.kind, sample);
}

static bool denied_by_rule(const struct world *world, enum access_kind kind, const char *object)
{
	for (size_t d = 0; d < world->rule_count; d++) {
		const struct rule *deny = &world->rules[d];
		bool overruled = false;

		if (deny->verdict != VERDICT_DENY || !rule_matches(deny, kind, object))
			continue;
		for (size_t a = d + 1; a < world->rule_count; a++)
			overruled = overruled || (world->rules[a].verdict == VERDICT_ALLOW &&
						  rule_matches(&world->rules[a], kind, object) &&
						  region_within(&world->rules[a], deny));
		if (!overruled)
			return true;
	}
	return false;
}

static bool allowed_by_rule(const struct world *world, enum access_kind kind, const char *object)
{
	for (size_t i = 0; i < world->rule_count; i++)
		if (world->rules[i].verdict == VERDICT_ALLOW &&
		    rule_matches(&world->rules[i], kind, object))
			return true;
	return false;
}

/* What was seen last: 1 allowed, -1 denied, 0 nothing. */
static int seen_last(const struct world *world, enum access_kind kind, const char *object)
{
	int64_t allowed = -1, denied = -1;

	for (size_t i = 0; i < world->access_count; i++) {
		const struct access_row *row = &world->accesses[i];

		if (row->kind != kind || strcmp(row->object, object) != 0)
			continue;
		if (row->verdict == VERDICT_DENY)
			denied = row->last_ms > denied ? row->last_ms : denied;
		else if (!row->error)
			allowed = row->last_ms > allowed ? row->last_ms : allowed;
	}
	if (allowed < 0 && denied < 0)
		return 0;
	return allowed > denied ? 1 : -1;
}

static bool refused(const struct world *world, enum access_kind kind, const char *object)
{
	if (denied_by_rule(world, kind, object))
		return true;
	return !allowed_by_rule(world, kind, object) && seen_last(world, kind, object) < 0;
}

static const char *secret_over(const struct world *world, const char *path)
{
	const char *innermost = NULL;

	for (size_t i = 0; i < world->sensitive.count; i++)
		if (path_is_below(path, world->sensitive.items[i]) &&
		    (!innermost || strlen(world->sensitive.items[i]) > strlen(innermost)))
			innermost = world->sensitive.items[i];
	return innermost;
}

/* By an access that was allowed, or by a rule that points at it. */
static bool explicitly_allowed(const struct world *world, enum access_kind kind, const char *path,
			       const char *secret)
{
	if (seen_last(world, kind, path) > 0 ||
	    (kind == ACCESS_READ && (seen_last(world, ACCESS_WRITE, path) > 0 ||
				     seen_last(world, ACCESS_EXEC, path) > 0)))
		return true;
	for (size_t i = 0; i < world->rule_count; i++) {
		const struct rule *rule = &world->rules[i];

		if (rule->verdict != VERDICT_ALLOW)
			continue;
		if (!rule_matches(rule, kind, path) &&
		    !(kind == ACCESS_READ && rule_matches(rule, ACCESS_EXEC, path)))
			continue;
		if (!path_is_strictly_below(secret, rule->pattern))
			return true;
		if (rule->kind == ACCESS_READ && !path_is_below("/home/a", rule->pattern))
			return true;
	}
	return false;
}

static bool must_stay_closed(const struct world *world, enum access_kind kind, const char *path)
{
	const char *secret = secret_over(world, path);

	if (refused(world, kind, path))
		return true;
	if (kind == ACCESS_READ && refused(world, ACCESS_EXEC, path) &&
	    (!world_is_directory((void *)world, path) || denied_by_rule(world, ACCESS_EXEC, path)))
		return true;
	return secret && !explicitly_allowed(world, kind, path, secret);
}

/* --- what the file opens --- */

struct paths {
	char *items[256];
	size_t count;
};

static void expand(struct paths *out, const struct world *world, const struct settings_paths *in)
{
	out->count = 0;
	for (size_t i = 0; i < in->count; i++)
		out->items[out->count++] = path_absolute(in->items[i].path, "/home/a",
							 world->cwd ? world->cwd : "/");
}

static void paths_free(struct paths *paths)
{
	while (paths->count)
		free(paths->items[--paths->count]);
}

struct model {
	struct paths deny_read, allow_read, allow_write, deny_write;
	struct world *world;
};

static bool entry_covers(const struct world *world, const char *entry, const char *path)
{
	return strcmp(entry, path) == 0 ||
	       (world_is_directory((void *)world, entry) && path_is_below(path, entry));
}

static const char *deepest(const struct world *world, const struct paths *list, const char *path)
{
	const char *best = NULL;

	for (size_t i = 0; i < list->count; i++)
		if (entry_covers(world, list->items[i], path) &&
		    (!best || strlen(list->items[i]) > strlen(best)))
			best = list->items[i];
	return best;
}

/* The deny that hides it, innermost, unless something inside that deny brings it back: also the
 * temporary directory, which is always a path to write. */
static bool model_hides(const struct model *model, const char *path)
{
	const char *hidden = deepest(model->world, &model->deny_read, path);
	const char *read, *write;

	if (!hidden || !world_exists(model->world, hidden))
		return false;
	read = deepest(model->world, &model->allow_read, path);
	write = deepest(model->world, &model->allow_write, path);
	if (path_is_below(path, "/tmp/claude") && path_is_strictly_below("/tmp/claude", hidden))
		return false;
	return !(read && path_is_strictly_below(read, hidden)) &&
	       !(write && path_is_strictly_below(write, hidden));
}

static bool model_reads(const struct model *model, const char *path)
{
	return !model_hides(model, path);
}

/* What is missing gets an unwritable stand-in, which covers what would be below. */
static bool model_protects(const struct model *model, const char *path)
{
	for (size_t i = 0; i < model->deny_write.count; i++)
		if (path_is_below(path, model->deny_write.items[i]))
			return true;
	return false;
}

static bool model_writes(const struct model *model, const char *path)
{
	static const char *const defaults[] = { "/tmp/claude", "/home/a/.npm/_logs",
						"/home/a/.claude/debug" };
	const char *write = deepest(model->world, &model->allow_write, path);

	for (size_t i = 0; i < ARRAY_LENGTH(defaults) && !write; i++)
		if (path_is_below(path, defaults[i]))
			write = defaults[i];
	return write && !model_hides(model, path) &&
	       !model_protects(model, path);
}

static void model_make(struct model *model, struct world *world, const struct settings *settings)
{
	model->world = world;
	expand(&model->deny_read, world, &settings->deny_read);
	expand(&model->allow_read, world, &settings->allow_read);
	expand(&model->allow_write, world, &settings->allow_write);
	expand(&model->deny_write, world, &settings->deny_write);
}

static void model_free(struct model *model)
{
	paths_free(&model->deny_read);
	paths_free(&model->allow_read);
	paths_free(&model->allow_write);
	paths_free(&model->deny_write);
}

/* --- the properties --- */

struct result {
	struct buf json, explain;
	struct settings *settings;
};

static bool export_world(struct world *world, struct result *result)
{
	struct export_input input = world_input(world);
	struct err e = { 0 };

	*result = (struct result){ 0 };
	if (export_settings(&result->json, &result->explain, NULL, &input, &e) < 0)
		return false;
	ck_assert_msg(settings_parse(&result->settings, buf_text(&result->json),
				     result->json.length, &e) == 0,
		      "%s", e.message);
	return true;
}

static void result_free(struct result *result)
{
	buf_free(&result->json);
	buf_free(&result->explain);
	if (result->settings)
		settings_free(result->settings);
}

static void describe(struct buf *out, const struct world *world)
{
	if (world->cwd)
		buf_addf(out, "cwd %s\n", world->cwd);
	buf_addf(out, "%s%s", world->reads == READS_CLOSED ? "closed\n" : "",
		 world->relative ? "relative\n" : "");
	for (size_t i = 0; i < world->directories.count; i++)
		buf_addf(out, "dir %s\n", world->directories.items[i]);
	for (size_t i = 0; i < world->files.count; i++)
		buf_addf(out, "file %s\n", world->files.items[i]);
	for (size_t i = 0; i < world->links.count; i++)
		buf_addf(out, "link %s\n", world->links.items[i]);
	for (size_t i = 0; i < world->sensitive.count; i++)
		buf_addf(out, "sensitive %s\n", world->sensitive.items[i]);
	for (size_t i = 0; i < world->access_count; i++)
		buf_addf(out, "%s %s %s at=%d%s%s\n", verdict_name(world->accesses[i].verdict),
			 access_kind_name(world->accesses[i].kind), world->accesses[i].object,
			 (int)world->accesses[i].last_ms,
			 world->accesses[i].created ? " created" : "",
			 world->accesses[i].error ? " failed" : "");
	for (size_t i = 0; i < world->rule_count; i++)
		buf_addf(out, "rule %s %s %s %s\n", verdict_name(world->rules[i].verdict),
			 access_kind_name(world->rules[i].kind), scope_name(world->rules[i].scope),
			 world->rules[i].pattern);
}

static void broken(const struct world *world, const struct result *result, uint64_t number,
		   const char *what, const char *object)
{
	struct buf text = BUF_EMPTY;

	describe(&text, world);
	buf_addf(&text, "%s%s", buf_text(&result->json), buf_text(&result->explain));
	ck_abort_msg("world %llu: %s: %s\n%s", (unsigned long long)number, what, object,
		     buf_text(&text));
}

/* PROMISE_WORLDS=400000 for a long look. */
static uint64_t worlds(void)
{
	const char *wanted = getenv("PROMISE_WORLDS");

	return wanted ? strtoull(wanted, NULL, 10) : 4000;
}

/* Listing a directory above home, cwd or the temporary directory cannot be refused alone: said in
 * a note instead. And a directory is not executed. */
static bool is_listing(const struct world *world, const char *path)
{
	if (!world_is_directory((void *)world, path) || secret_over(world, path) ||
	    denied_by_rule(world, ACCESS_READ, path) || denied_by_rule(world, ACCESS_EXEC, path))
		return false;
	return !refused(world, ACCESS_READ, path) || path_is_below("/home/a", path) ||
	       path_is_below("/tmp/claude", path) ||
	       (world->cwd && path_is_below(world->cwd, path));
}

START_TEST(nothing_refused_or_sensitive_is_opened)
{
	size_t exported = 0, closed = 0;

	for (uint64_t number = 0; number < worlds(); number++) {
		struct world world;
		struct result result;
		struct model model;

		make_world(&world, number);
		if (!export_world(&world, &result)) {
			result_free(&result);
			world_free(&world);
			continue;
		}
		exported++;
		model_make(&model, &world, result.settings);
		for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
			const char *path = places[i];

			if (must_stay_closed(&world, ACCESS_READ, path) &&
			    world_exists(&world, path) && !is_listing(&world, path)) {
				closed++;
				if (model_reads(&model, path))
					broken(&world, &result, number, "reading is open", path);
			}
			if (must_stay_closed(&world, ACCESS_WRITE, path)) {
				closed++;
				if (model_writes(&model, path))
					broken(&world, &result, number, "writing is open", path);
			}
		}
		model_free(&model);
		result_free(&result);
		world_free(&world);
	}
	ck_assert_uint_gt(exported, worlds() * 9 / 10);
	ck_assert_uint_gt(closed, worlds());
}
END_TEST

/* Three hosts of the domain on that port, and none refused. */
static bool stands_for_its_domain(const struct world *world, const char *endpoint)
{
	static const char *const wide[] = { ".example.org:443", ".b.example.org:443",
					    ".example.org:80" };

	for (size_t w = 0; w < ARRAY_LENGTH(wide); w++) {
		const char *tail = strstr(endpoint, wide[w]);
		size_t below = 0;

		if (!tail || strcmp(tail, wide[w]) != 0)
			continue;
		for (size_t i = 0; i < ARRAY_LENGTH(endpoints); i++) {
			const char *other = strstr(endpoints[i], wide[w]);

			below += other && strcmp(other, wide[w]) == 0 &&
				 seen_last(world, ACCESS_CONNECT, endpoints[i]) > 0;
		}
		if (below >= 3)
			return true;
	}
	return false;
}

START_TEST(no_host_is_opened_that_was_refused)
{
	for (uint64_t number = 0; number < worlds(); number++) {
		struct world world;
		struct result result;

		make_world(&world, number);
		if (export_world(&world, &result)) {
			for (size_t i = 0; i < ARRAY_LENGTH(endpoints); i++) {
				char host[HOST_TEXT_SIZE];
				int port;
				bool open;

				ck_assert(domain_split_endpoint(endpoints[i], host, &port));
				open = domain_lists_judge(&result.settings->allowed_domains,
							  &result.settings->denied_domains, host,
							  port, NULL) == DOMAIN_ALLOWED;
				if (open && refused(&world, ACCESS_CONNECT, endpoints[i]))
					broken(&world, &result, number, "open", endpoints[i]);
				if (open &&
				    !allowed_by_rule(&world, ACCESS_CONNECT, endpoints[i]) &&
				    !stands_for_its_domain(&world, endpoints[i]) &&
				    seen_last(&world, ACCESS_CONNECT, endpoints[i]) <= 0)
					broken(&world, &result, number, "open for nothing",
					       endpoints[i]);
				if (!open && world.rule_count == 0 &&
				    seen_last(&world, ACCESS_CONNECT, endpoints[i]) > 0)
					broken(&world, &result, number, "closed", endpoints[i]);
			}
		}
		result_free(&result);
		world_free(&world);
	}
}
END_TEST

/* The other direction, where nothing speaks against it: what worked, works. */
START_TEST(what_was_allowed_works_under_the_file)
{
	size_t checked = 0;

	for (uint64_t number = 0; number < worlds(); number++) {
		struct world world;
		struct result result;
		struct model model;

		make_world(&world, number);
		rules_free(world.rules, world.rule_count);
		world.rules = NULL;
		world.rule_count = 0;
		strings_free(&world.links);
		if (!export_world(&world, &result)) {
			result_free(&result);
			world_free(&world);
			continue;
		}
		model_make(&model, &world, result.settings);
		for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
			const char *path = places[i];

			if (!strings_contain(&world.files, path) ||
			    refused(&world, ACCESS_READ, path) ||
			    refused(&world, ACCESS_EXEC, path))
				continue;
			if (seen_last(&world, ACCESS_READ, path) > 0 && ++checked &&
			    !model_reads(&model, path))
				broken(&world, &result, number, "reading fails", path);
			if (seen_last(&world, ACCESS_WRITE, path) > 0 && ++checked &&
			    !model_writes(&model, path))
				broken(&world, &result, number, "writing fails", path);
		}
		model_free(&model);
		result_free(&result);
		world_free(&world);
	}
	ck_assert_uint_gt(checked, worlds() / 4);
}
END_TEST

/* Upstream breaks on these, or ignores them without a word. */
START_TEST(no_shape_is_written_that_upstream_breaks_on)
{
	for (uint64_t number = 0; number < worlds(); number++) {
		struct world world;
		struct result result;
		struct model m;

		make_world(&world, number);
		if (!export_world(&world, &result)) {
			result_free(&result);
			world_free(&world);
			continue;
		}
		model_make(&m, &world, result.settings);
		for (size_t i = 0; i < m.allow_write.count; i++) {
			const char *path = m.allow_write.items[i];

			if (!world_exists(&world, path) || !world_is_direct(&world, path) ||
			    path_is_below("/home/a", path))
				broken(&world, &result, number, "allowWrite", path);
			for (size_t k = 0; k < m.allow_read.count; k++)
				if (path_is_below(path, m.allow_read.items[k]))
					broken(&world, &result, number, "allowRead over allowWrite",
					       path);
			for (size_t k = 0; k < m.deny_read.count; k++)
				if (strcmp(path, m.deny_read.items[k]) == 0)
					broken(&world, &result, number, "denied and writable",
					       path);
		}
		for (size_t i = 0; i < m.allow_read.count; i++) {
			const char *path = m.allow_read.items[i];
			bool inside = false;

			for (size_t k = 0; k < m.deny_read.count; k++) {
				inside = inside ||
					 path_is_strictly_below(path, m.deny_read.items[k]);
				if (path_is_below(m.deny_read.items[k], path) &&
				    !allowed_by_rule(&world, ACCESS_READ, path))
					broken(&world, &result, number, "allowRead over denyRead",
					       path);
			}
			if (!inside || !world_exists(&world, path) ||
			    !world_is_direct(&world, path))
				broken(&world, &result, number, "allowRead", path);
		}
		for (size_t i = 0; i < m.deny_read.count; i++)
			if (strcmp(m.deny_read.items[i], "/") == 0)
				broken(&world, &result, number, "denyRead", "/");
		model_free(&m);
		result_free(&result);
		world_free(&world);
	}
}
END_TEST

/* --- one world beside another --- */

#define OPEN_MOST (2 * ARRAY_LENGTH(places) + ARRAY_LENGTH(endpoints))

static bool host_is_open(const struct settings *settings, const char *endpoint)
{
	char host[HOST_TEXT_SIZE];
	int port;

	ck_assert(domain_split_endpoint(endpoint, host, &port));
	return domain_lists_judge(&settings->allowed_domains, &settings->denied_domains, host, port,
				  NULL) == DOMAIN_ALLOWED;
}

/* What the world's file opens: reading and writing each place, and each endpoint. */
static bool open_of(struct world *world, bool open[OPEN_MOST], struct result *result)
{
	struct model model;
	size_t at = 0;

	if (!export_world(world, result))
		return false;
	model_make(&model, world, result->settings);
	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		open[at++] = model_reads(&model, places[i]);
		open[at++] = model_writes(&model, places[i]);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(endpoints); i++)
		open[at++] = host_is_open(result->settings, endpoints[i]);
	model_free(&model);
	return true;
}

/* What was seen and may be, in the order of open_of(). */
static bool is_proved(const struct world *world, size_t at)
{
	enum access_kind kind = at % 2 ? ACCESS_WRITE : ACCESS_READ;
	const char *object;

	if (at >= 2 * ARRAY_LENGTH(places)) {
		object = endpoints[at - 2 * ARRAY_LENGTH(places)];
		return seen_last(world, ACCESS_CONNECT, object) > 0 &&
		       !refused(world, ACCESS_CONNECT, object);
	}
	object = places[at / 2];
	return strings_contain(&world->files, object) && seen_last(world, kind, object) > 0 &&
	       !must_stay_closed(world, kind, object) &&
	       !must_stay_closed(world, ACCESS_READ, object);
}

static const char *name_of(size_t at)
{
	return at >= 2 * ARRAY_LENGTH(places) ? endpoints[at - 2 * ARRAY_LENGTH(places)] :
						places[at / 2];
}

START_TEST(more_evidence_never_narrows_what_was_proved)
{
	size_t checked = 0;

	for (uint64_t number = 0; number < worlds() / 2; number++) {
		struct result first, second;
		bool before[OPEN_MOST], after[OPEN_MOST];
		struct world world;

		make_world(&world, number);
		strings_free(&world.links);
		if (!open_of(&world, before, &first)) {
			result_free(&first);
			world_free(&world);
			continue;
		}
		for (unsigned more = 1 + roll(4); more; more--) {
			enum access_kind kind = roll(2) ? ACCESS_READ : ACCESS_WRITE;

			world_access(&world, VERDICT_ALLOW, kind, PICK(places))->created = roll(2);
		}
		world_access(&world, VERDICT_ALLOW, ACCESS_CONNECT, PICK(endpoints));
		if (open_of(&world, after, &second))
			for (size_t i = 0; i < OPEN_MOST; i++) {
				if (!before[i] || !is_proved(&world, i))
					continue;
				checked++;
				if (!after[i])
					broken(&world, &second, number, "closed by more evidence",
					       name_of(i));
			}
		result_free(&first);
		result_free(&second);
		world_free(&world);
	}
	ck_assert_uint_gt(checked, worlds() / 4);
}
END_TEST

/* By a rule, or seen: then it may open once the deny takes away what stood in the way. */
static bool is_asked_for(const struct world *world, size_t at)
{
	enum access_kind kind = at % 2 ? ACCESS_WRITE : ACCESS_READ;
	const char *object = name_of(at);

	if (at >= 2 * ARRAY_LENGTH(places))
		return false;
	if (allowed_by_rule(world, kind, object) || seen_last(world, kind, object) > 0)
		return true;
	/* A directory that was written itself is opened with what it holds. */
	for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
		if (path_is_below(object, places[i]) && seen_last(world, ACCESS_WRITE, places[i]) > 0)
			return true;
	return false;
}

START_TEST(a_deny_that_is_added_opens_nothing)
{
	for (uint64_t number = 0; number < worlds() / 2; number++) {
		struct result first, second;
		bool before[OPEN_MOST], after[OPEN_MOST];
		struct world world;

		make_world(&world, number);
		if (!open_of(&world, before, &first)) {
			result_free(&first);
			world_free(&world);
			continue;
		}
		if (roll(2))
			world_rule(&world, VERDICT_DENY, roll(2) ? ACCESS_READ : ACCESS_WRITE,
				   roll(2) ? SCOPE_DIR : SCOPE_EXACT, PICK(places));
		else if (roll(2))
			world_rule(&world, VERDICT_DENY, ACCESS_CONNECT, SCOPE_HOST, PICK(hosts));
		else
			world_access(&world, VERDICT_DENY, roll(2) ? ACCESS_READ : ACCESS_WRITE,
				     PICK(places))
				->last_ms = 9;
		if (open_of(&world, after, &second))
			for (size_t i = 0; i < OPEN_MOST; i++)
				if (after[i] && !before[i] && !is_asked_for(&world, i))
					broken(&world, &second, number, "opened by a deny",
					       name_of(i));
		result_free(&first);
		result_free(&second);
		world_free(&world);
	}
}
END_TEST

/* Takes an entry out of the list. */
static void drop(struct settings_paths *list, size_t index)
{
	free(list->items[index].path);
	memmove(&list->items[index], &list->items[index + 1],
		(list->count - index - 1) * sizeof(*list->items));
	list->count--;
}

/* Without any entry that opens something, something is lost that was seen or that a rule asks for. */
START_TEST(no_entry_can_be_dropped)
{
	size_t checked = 0;

	for (uint64_t number = 0; number < worlds() / 4; number++) {
		struct world world;
		struct result result;

		make_world(&world, number);
		rules_free(world.rules, world.rule_count);
		world.rules = NULL;
		world.rule_count = 0;
		if (!export_world(&world, &result)) {
			result_free(&result);
			world_free(&world);
			continue;
		}
		for (int write = 0; write < 2; write++) {
			size_t count = write ? result.settings->allow_write.count :
					       result.settings->allow_read.count;

			for (size_t entry = 0; entry < count; entry++) {
				struct settings *copy = NULL;
				struct model whole, less;
				bool needed = false;
				char *text;
				struct err e;

				ck_assert_int_eq(settings_parse(&copy, buf_text(&result.json),
								result.json.length, &e),
						 0);
				model_make(&whole, &world, copy);
				text = xstrdup((write ? whole.allow_write : whole.allow_read)
						       .items[entry]);
				drop(write ? &copy->allow_write : &copy->allow_read, entry);
				model_make(&less, &world, copy);
				for (size_t i = 0; i < world.access_count && !needed; i++) {
					const struct access_row *row = &world.accesses[i];
					const char *object = row->object;

					if (row->verdict != VERDICT_ALLOW || row->error ||
					    row->kind == ACCESS_CONNECT)
						continue;
					if (row->kind == ACCESS_WRITE)
						needed = model_writes(&whole, object) &&
							 !model_writes(&less, object);
					else
						needed = model_reads(&whole, object) &&
							 !model_reads(&less, object);
				}
				checked++;
				if (!needed && (!world.cwd || strcmp(text, world.cwd) != 0) &&
				    !path_is_below(text, "/home/a/.claude"))
					broken(&world, &result, number, "needless", text);
				free(text);
				model_free(&whole);
				model_free(&less);
				settings_free(copy);
			}
		}
		result_free(&result);
		world_free(&world);
	}
	ck_assert_uint_gt(checked, worlds() / 8);
}
END_TEST

static void shuffle_accesses(struct world *world)
{
	for (size_t i = world->access_count; i > 1; i--) {
		size_t k = roll((unsigned)i);
		struct access_row swapped = world->accesses[i - 1];

		world->accesses[i - 1] = world->accesses[k];
		world->accesses[k] = swapped;
	}
}

static void shuffle_rules(struct world *world)
{
	for (size_t i = world->rule_count; i > 1; i--) {
		size_t k = roll((unsigned)i);
		struct rule swapped = world->rules[i - 1];

		world->rules[i - 1] = world->rules[k];
		world->rules[k] = swapped;
	}
}

static void shuffle_strings(struct strings *strings)
{
	for (size_t i = strings->count; i > 1; i--) {
		size_t k = roll((unsigned)i);
		char *swapped = strings->items[i - 1];

		strings->items[i - 1] = strings->items[k];
		strings->items[k] = swapped;
	}
}

START_TEST(the_same_evidence_in_any_order_gives_the_same_text)
{
	for (uint64_t number = 0; number < worlds() / 10; number++) {
		struct world world;
		struct result first, second;
		bool made;

		make_world(&world, number);
		made = export_world(&world, &first);
		shuffle_accesses(&world);
		shuffle_rules(&world);
		shuffle_strings(&world.sensitive);
		ck_assert_int_eq(export_world(&world, &second), made);
		ck_assert_str_eq(buf_text(&first.json), buf_text(&second.json));
		ck_assert_str_eq(buf_text(&first.explain), buf_text(&second.explain));
		result_free(&first);
		result_free(&second);
		world_free(&world);
	}
}
END_TEST

static Suite *promise_suite(void)
{
	Suite *suite = suite_create("promise");
	TCase *tests = tcase_create("promise");

	tcase_set_timeout(tests, 900);
	tcase_add_test(tests, nothing_refused_or_sensitive_is_opened);
	tcase_add_test(tests, no_host_is_opened_that_was_refused);
	tcase_add_test(tests, what_was_allowed_works_under_the_file);
	tcase_add_test(tests, no_shape_is_written_that_upstream_breaks_on);
	tcase_add_test(tests, more_evidence_never_narrows_what_was_proved);
	tcase_add_test(tests, a_deny_that_is_added_opens_nothing);
	tcase_add_test(tests, no_entry_can_be_dropped);
	tcase_add_test(tests, the_same_evidence_in_any_order_gives_the_same_text);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(promise_suite)
