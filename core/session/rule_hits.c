/* SPDX-License-Identifier: MIT */
/*
 * How often a kept rule has decided. What its mount opens is decided by the kernel and not counted here: a
 * rule speaks where a call or a connection was judged.
 */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/session/supervisor_parts.h"

static struct rule_hit *hit_of(struct supervisor *s, int64_t rule)
{
	for (size_t i = 0; i < s->hit_count; i++)
		if (s->hits[i].rule == rule)
			return &s->hits[i];
	grow_array(s->hits, s->hit_count, s->hit_capacity);
	s->hits[s->hit_count] = (struct rule_hit){ .rule = rule };
	return &s->hits[s->hit_count++];
}

void rule_hits_count(struct supervisor *s, const struct rule *rule)
{
	int64_t now = clock_wall_ms();
	struct rule_hit *hit;
	struct rule *used;

	if (!rule)
		return;
	/* It was found in this list. */
	used = &s->rules.items[rule - s->rules.items];
	used->hits++;
	used->last_used_ms = now;
	if (rule->id <= 0 || !s->store.ops)
		return;
	hit = hit_of(s, rule->id);
	hit->count++;
	hit->last_ms = now;
}

void rule_hits_store(struct supervisor *s)
{
	size_t kept = 0;

	/* Where the database is locked they wait. */
	for (size_t i = 0; i < s->hit_count; i++)
		if (s->store.ops->rule_used(s->store.handle, s->hits[i].rule, s->hits[i].count,
					    s->hits[i].last_ms, NULL) < 0)
			s->hits[kept++] = s->hits[i];
	s->hit_count = kept;
}
