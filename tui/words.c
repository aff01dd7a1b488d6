/* SPDX-License-Identifier: MIT */
#include "tui/words.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/rule.h"
#include "tui/text.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* An abstract or named socket, or a file: shown as a path where it is one. */
static char *show_object(const struct model *model, enum access_kind kind, const char *object)
{
	if (access_is_file(kind) || kind == ACCESS_UNIX)
		return text_safe_path(object, model->home, model->glyphs->ascii);
	return text_safe(object, model->glyphs->ascii);
}

char *words_object(const struct model *model, const struct access_event *event)
{
	return show_object(model, event->kind, event->object);
}

char *words_process(const struct model *model, const struct access_event *event)
{
	_cleanup_free_ char *name = text_safe(
		event->exe != NULL ? base_name(event->exe) : "a program", model->glyphs->ascii);

	if (event->pid <= 0)
		return steal_ptr(&name);
	return xasprintf("%s[%d]", name, (int)event->pid);
}

char *words_sentence(const struct model *model, const struct question *question)
{
	static const char *const wishes[ACCESS_KIND_COUNT] = {
		[ACCESS_READ] = "read",		 [ACCESS_WRITE] = "write",
		[ACCESS_EXEC] = "run a program", [ACCESS_CONNECT] = "connect",
		[ACCESS_DNS] = "look up a name", [ACCESS_BIND] = "listen",
		[ACCESS_UNIX] = "use a socket",
	};
	_cleanup_free_ char *process = words_process(model, &question->event);
	_cleanup_free_ char *server = text_safe(question->event.server, model->glyphs->ascii);

	if (server[0] == '\0')
		return xasprintf("%s wants to %s", process, wishes[question->event.kind]);
	return xasprintf("%s in %s wants to %s", process, server, wishes[question->event.kind]);
}

/* The parent of "*.parent", however it is spelled. */
static const char *parent_of(const char *pattern)
{
	return strncmp(pattern, "*.", 2) == 0 ? pattern + 2 : pattern;
}

char *words_scope(const struct model *model, const struct question *question, size_t scope)
{
	const struct access_event *event = &question->event;
	_cleanup_free_ char *pattern = NULL;
	const char *raw;

	switch (question_scope(question, scope)) {
	case SCOPE_EXACT:
	case SCOPE_FILE:
		switch (event->kind) {
		case ACCESS_CONNECT:
			return xstrdup("this host and port");
		case ACCESS_BIND:
			return xstrdup("this port");
		case ACCESS_DNS:
			return xstrdup("this name");
		case ACCESS_UNIX:
			return xstrdup("this socket");
		default:
			return xstrdup(question->makes_directory ? "this directory" : "this file");
		}
	case SCOPE_DIR:
		raw = question_pattern(question, scope);
		if (raw && event->object && strcmp(raw, event->object) == 0)
			return xstrdup("this directory");
		return xstrdup(question->makes_directory ? "the directory it is in" :
							   "its directory");
	case SCOPE_HOST:
		return xstrdup("this host");
	case SCOPE_DOMAIN:
		pattern = text_safe(parent_of(question_pattern(question, scope)),
				    model->glyphs->ascii);
		return xasprintf("*.%s", pattern);
	case SCOPE_COUNT:
		break;
	}
	return xstrdup("?");
}

char *words_rule(const struct model *model, const struct question *question, enum verdict verdict,
		 size_t scope, enum duration duration)
{
	static const char *const deeds[ACCESS_KIND_COUNT] = {
		[ACCESS_READ] = "reading",	    [ACCESS_WRITE] = "writing",
		[ACCESS_EXEC] = "running",	    [ACCESS_CONNECT] = "connecting to",
		[ACCESS_DNS] = "looking up",	    [ACCESS_BIND] = "listening on",
		[ACCESS_UNIX] = "using the socket",
	};
	const struct access_event *event = &question->event;
	enum scope kind = question_scope(question, scope);
	const char *raw = question_pattern(question, scope);
	_cleanup_free_ char *server = text_safe(event->server, model->glyphs->ascii);
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	_cleanup_free_ char *pattern = NULL;

	if (raw == NULL)
		raw = "?";
	pattern = show_object(model, event->kind, kind == SCOPE_DOMAIN ? parent_of(raw) : raw);
	buf_addf(&out, "%s %s %s%s", verdict == VERDICT_ALLOW ? "allow" : "deny",
		 deeds[event->kind], kind == SCOPE_DOMAIN ? "*." : "", pattern);
	if (kind == SCOPE_DIR || (kind == SCOPE_EXACT && question->makes_directory))
		buf_adds(&out, " and all below it");
	else if (kind == SCOPE_HOST || kind == SCOPE_DOMAIN)
		buf_adds(&out, " on every port");
	switch (duration) {
	case DURATION_ONCE:
		buf_adds(&out, ", this once");
		break;
	case DURATION_SESSION:
		buf_adds(&out, ", until this session ends");
		break;
	default:
		buf_addf(&out, ", always, for %s", server[0] ? server : "this server");
	}
	return buf_steal(&out);
}

#define ALSO_EVENTS 5000 /* the newest ones are looked at */
#define ALSO_NAMED 3

struct also {
	const struct rule *rule;
	const char *itself;
	struct strings objects; /* raw, each once */
};

static void look(struct also *also, enum access_kind kind, const char *object)
{
	if (object == NULL || !rule_matches(also->rule, kind, object) ||
	    strcmp(object, also->itself) == 0 || strings_contain(&also->objects, object) ||
	    also->objects.count == 100)
		return;
	strings_add(&also->objects, object);
}

static char *name_also(const struct model *model, const struct also *also, enum access_kind kind)
{
	struct buf out = BUF_EMPTY;
	size_t count = also->objects.count;

	if (count == 0)
		return xstrdup("nothing else that was asked for or refused so far");
	for (size_t i = 0; i < count && i < ALSO_NAMED; i++) {
		_cleanup_free_ char *object = show_object(model, kind, also->objects.items[i]);

		buf_addf(&out, "%s%s", i > 0 ? ", " : "", object);
	}
	if (count > ALSO_NAMED)
		buf_addf(&out, " and %zu more", count - ALSO_NAMED);
	return buf_steal(&out);
}

char *words_also(const struct model *model, const struct asked *asked, size_t scope)
{
	const struct question *question = &asked->question;
	const char *pattern = question_pattern(question, scope);
	struct rule rule = { .kind = question->event.kind,
			     .verdict = VERDICT_ALLOW,
			     .scope = question_scope(question, scope),
			     .pattern = (char *)pattern };
	struct also also = { .rule = &rule, .itself = question->event.object };
	uint64_t next = events_next(model->events), first = events_first(model->events);
	char *words;

	if (rule.scope == SCOPE_EXACT && question->makes_directory)
		rule.scope = SCOPE_DIR;
	if (pattern == NULL || rule.scope == SCOPE_EXACT || rule.scope == SCOPE_FILE)
		return xstrdup("");
	for (size_t i = 0; i < model->questions.count; i++)
		if (model->questions.items[i].session == asked->session)
			look(&also, model->questions.items[i].question.event.kind,
			     model->questions.items[i].question.event.object);
	if (next - first > ALSO_EVENTS)
		first = next - ALSO_EVENTS;
	for (uint64_t serial = next; serial-- > first;) {
		const struct logged_event *entry = events_get(model->events, serial);

		if (entry->session == asked->session && entry->event.verdict != VERDICT_ALLOW)
			look(&also, entry->event.kind, entry->event.object);
	}
	words = name_also(model, &also, question->event.kind);
	strings_free(&also.objects);
	return words;
}

#define OBJECTS_NAMED 5

char *words_objects(const struct model *model, const struct question *question)
{
	const char *directory = question->event.object;
	size_t length = directory != NULL ? strlen(directory) : 0;
	struct buf out = BUF_EMPTY;
	uint64_t named = 0;

	if (question->object_count == 0)
		return NULL;
	buf_addf(&out, "%" PRIu64 " files: ", question->objects_seen);
	for (size_t i = 0; i < question->object_count && named < OBJECTS_NAMED; i++, named++) {
		const char *object = question->objects[i];
		/* The directory is said already. */
		const char *shown = length > 1 && strncmp(object, directory, length) == 0 &&
						    object[length] == '/' && object[length + 1] != '\0'
					    ? object + length + 1
					    : object;
		_cleanup_free_ char *name = text_safe(shown, model->glyphs->ascii);

		buf_addf(&out, "%s%s", i > 0 ? ", " : "", name);
	}
	if (question->objects_seen > named)
		buf_addf(&out, " and %" PRIu64 " more", question->objects_seen - named);
	return buf_steal(&out);
}

char *words_state(const struct tui_session *session)
{
	const struct session_info *info = &session->info;

	if (!session->ended)
		return text_safe(info->state != NULL ? info->state : "starting", true);
	if (info->status < 0)
		return xstrdup("gone");
	if (info->status > 128)
		return xasprintf("signal %d", info->status - 128);
	return xasprintf("exit %d", info->status);
}

char *words_level(const struct session_info *info)
{
	static const struct {
		const char *level, *words;
	} levels[] = {
		{ "writes", "writes and connections; no file is hidden from reading" },
		{ "refused", "the calls that open, run, change and connect, but not what is read and allowed" },
		{ "everyday", "the calls that open, run, change and connect; not stat and its kin" },
		{ "full", "every call that names a file, stat and its kin too" },
	};

	for (size_t i = 0; info->level != NULL && i < ARRAY_LENGTH(levels); i++)
		if (strcmp(info->level, levels[i].level) == 0)
			return xasprintf("%s: %s", levels[i].level, levels[i].words);
	return text_safe(info->level, true);
}

char *words_reads(const struct session_info *info)
{
	if (info->reads == NULL)
		return NULL;
	if (strcmp(info->reads, "watched") == 0)
		return xstrdup("watched: each file that is opened is seen, and what is refused is an event");
	if (strcmp(info->reads, "seen by masks") == 0)
		return xstrdup("seen by masks: what is hidden tells who reads it, so all other reading costs "
			       "nothing, and is not recorded");
	if (strcmp(info->reads, "left alone") == 0)
		return xstrdup("left alone: nothing is hidden that a read could be refused, so reading costs "
			       "nothing");
	return text_safe(info->reads, true);
}

char *words_loss(const struct tui_session *session)
{
	const struct session_info *info = &session->info;
	struct buf out = BUF_EMPTY;

	if (info->unasked > 0)
		buf_addf(&out, "%" PRIu64 " refused without a question", info->unasked);
	if (info->lost > 0)
		buf_addf(&out, "%s%" PRIu64 " not recorded", out.length > 0 ? ", " : "",
			 info->lost);
	if (session->lost > 0)
		buf_addf(&out, "%s%" PRIu64 " not shown here", out.length > 0 ? ", " : "",
			 session->lost);
	return out.length > 0 ? buf_steal(&out) : NULL;
}

char *words_warning(const struct model *model, const struct tui_session *session)
{
	_cleanup_free_ char *loss = words_loss(session);
	_cleanup_free_ char *banner = NULL;

	if (session->info.banner == NULL)
		return steal_ptr(&loss);
	banner = text_safe(session->info.banner, model->glyphs->ascii);
	if (loss == NULL)
		return steal_ptr(&banner);
	return xasprintf("%s; %s", loss, banner);
}

char words_letter(enum verdict verdict)
{
	return verdict == VERDICT_ALLOW ? 'A' : verdict == VERDICT_DENY ? 'D' : '?';
}

enum role words_role(enum verdict verdict)
{
	return verdict == VERDICT_ALLOW	 ? ROLE_ALLOW
	       : verdict == VERDICT_DENY ? ROLE_DENY
					 : ROLE_ASK;
}
