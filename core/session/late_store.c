/* SPDX-License-Identifier: MIT */
#include "core/session/late_store.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/base/mem.h"

struct late {
	struct store (*open)(void);
	bool opened;
	struct store store;	    /* then; its ops may be NULL */
	struct session_record begun; /* owned; id NULL = nothing has begun, or the store knows of it */
};

static void forget(struct session_record *record)
{
	free((char *)record->id);
	free((char *)record->server);
	free((char *)record->command);
	free((char *)record->cwd);
	free((char *)record->mode);
	*record = (struct session_record){ 0 };
}

/* The store behind it, or NULL where there is none. */
static const struct store *behind(struct late *late)
{
	struct err e;

	if (!late->opened) {
		late->opened = true;
		late->store = late->open();
	}
	if (!late->store.ops)
		return NULL;
	/* Where it is locked the next call tries again. */
	if (late->begun.id &&
	    late->store.ops->session_begin(late->store.handle, &late->begun, &e) == 0)
		forget(&late->begun);
	return &late->store;
}

static int late_session_begin(void *handle, const struct session_record *record, struct err *e)
{
	struct late *late = handle;

	if (late->opened) {
		const struct store *store = behind(late);

		return store ? store->ops->session_begin(store->handle, record, e) : 0;
	}
	forget(&late->begun);
	late->begun = *record;
	late->begun.id = xstrdup(record->id);
	late->begun.server = xstrdup(record->server);
	late->begun.command = xstrdup(record->command);
	late->begun.cwd = xstrdup(record->cwd);
	late->begun.mode = xstrdup(record->mode);
	return 0;
}

static int late_write(void *handle, const struct store_batch *batch, struct err *e)
{
	struct late *late = handle;
	const struct store *store;

	if (!late->opened && !batch->event_count && !batch->access_count && !batch->decision_count)
		return 0;
	store = behind(late);
	return store ? store->ops->write(store->handle, batch, e) : 0;
}

static int late_rule_add(void *handle, struct rule *rule, struct err *e)
{
	const struct store *store = behind(handle);

	return store ? store->ops->rule_add(store->handle, rule, e) : 0;
}

static int late_rule_used(void *handle, int64_t rule_id, uint64_t hits, int64_t when_ms, struct err *e)
{
	const struct store *store = behind(handle);

	return store ? store->ops->rule_used(store->handle, rule_id, hits, when_ms, e) : 0;
}

static int late_rules_load(void *handle, const char *server, struct rule **rules, size_t *count,
			   struct err *e)
{
	const struct store *store = behind(handle);

	*rules = NULL;
	*count = 0;
	return store ? store->ops->rules_load(store->handle, server, rules, count, e) : 0;
}

static int late_data_version(void *handle, int64_t *version, struct err *e)
{
	const struct store *store = behind(handle);

	*version = 0;
	return store ? store->ops->data_version(store->handle, version, e) : 0;
}

static void late_shrink(void *handle)
{
	struct late *late = handle;

	if (late->store.ops && late->store.ops->shrink)
		late->store.ops->shrink(late->store.handle);
}

static void late_close(void *handle)
{
	struct late *late = handle;

	if (late->store.ops)
		late->store.ops->close(late->store.handle);
	forget(&late->begun);
	free(late);
}

struct store late_store(struct store (*open)(void))
{
	static const struct store_ops ops = {
		.session_begin = late_session_begin,
		.write = late_write,
		.rule_add = late_rule_add,
		.rule_used = late_rule_used,
		.rules_load = late_rules_load,
		.data_version = late_data_version,
		.shrink = late_shrink,
		.close = late_close,
	};
	struct late *late = xcalloc(1, sizeof(*late));

	late->open = open;
	return (struct store){ &ops, late };
}
