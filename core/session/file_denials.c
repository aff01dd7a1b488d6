/* SPDX-License-Identifier: MIT */
/*
 * A rule that denies what is open by default holds from the next start: over what programs use already
 * nothing is mounted. Nobody may believe that it is closed, so that is said, once for each rule.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/session/file_parts.h"

/* As the mounts are, whatever is planned. */
static bool is_open_inside(const struct supervisor *s, const struct rule *rule)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	_cleanup_close_ int fd = (int)syscall(SYS_openat2, s->sandbox.root, rule->pattern, &how,
					      sizeof(how));
	struct statvfs fs;

	if (fd < 0 || masks_by_mount(s->masks[s->masks_count - 1], descriptor_mount_id(fd)))
		return false;
	return rule->kind != ACCESS_WRITE ||
	       (fstatvfs(fd, &fs) == 0 && !(fs.f_flag & ST_RDONLY));
}

static bool is_being_closed(const struct supervisor *s, const struct rule *rule)
{
	for (size_t i = 0; i < s->grant_count; i++) {
		const struct file_grant *grant = &s->grants[i];

		if (grant->revoking && (path_is_below(rule->pattern, grant->target) ||
					path_is_below(grant->target, rule->pattern)))
			return true;
	}
	return false;
}

static bool is_in_force(const struct supervisor *s, const struct rule *rule)
{
	const struct rule *last = rule_list_find(&s->rules, rule->kind, rule->pattern);

	return rule->verdict == VERDICT_DENY && rule->duration != DURATION_ONCE &&
	       (rule->kind == ACCESS_READ || rule->kind == ACCESS_WRITE) &&
	       (!last || last->verdict == VERDICT_DENY);
}

void files_tell_denials(struct supervisor *s)
{
	for (size_t i = 0; i < s->rules.count && s->masks_count; i++) {
		const struct rule *rule = &s->rules.items[i];
		_cleanup_free_ char *text = NULL;
		struct access_event event = {
			.time_ms = clock_wall_ms(),
			.kind = rule->kind,
			.object = rule->pattern,
			.verdict = VERDICT_ALLOW,
			.why = (char *)"a rule denies it by now, but this sandbox has it open: "
				       "that holds from the next start",
			.count = 1
		};

		if (!is_in_force(s, rule) || is_being_closed(s, rule))
			continue;
		text = rule_text(rule);
		if (strings_contain(&s->told_denials, text) || !is_open_inside(s, rule))
			continue;
		strings_add(&s->told_denials, text);
		event.rule = text;
		supervisor_event(s, &event);
	}
}
