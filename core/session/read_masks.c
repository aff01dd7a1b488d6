/* SPDX-License-Identifier: MIT */
/*
 * Reads of what is hidden are seen by the masks themselves where that can be (mask_server.h), so that
 * opens for reading are not notified. A masked directory can see them. A masked file is a device that
 * is not to be opened, which the kernel refuses by itself: where there is one, opens are notified, but
 * for those of directories.
 *
 * Whether it can be is known before the filter is made: the broker makes the file system while bwrap
 * builds the sandbox. Where it cannot, all is notified. Where that turns out only after the filter was made,
 * another sandbox is built: in this one nothing was started yet.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/policy/path.h"
#include "core/session/runtime_dir.h"
#include "core/session/supervisor_parts.h"

/* bwrap makes these anew, on top of what a policy says of them. */
static bool is_kernels(const char *path)
{
	static const char *const made[] = { "/dev", "/proc" };

	for (size_t i = 0; i < ARRAY_LENGTH(made); i++)
		if (path_is_below(path, made[i]) || path_is_below(made[i], path))
			return true;
	return false;
}

/*
 * A directory that hides what is in it, or what the host makes there later; not one that a later mount
 * covers, and nobody can reach.
 */
static bool is_mask(const struct mount_plan *plan, const struct mount *mount)
{
	return (mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_PLACEHOLDER_DIR) &&
	       mount_plan_find(plan, mount->target) == mount;
}

static bool can_be_covered(const struct mount_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (is_mask(plan, &plan->items[i]) && is_kernels(plan->items[i].target))
			return false;
	return true;
}

static bool is_masked(const struct mount_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->count; i++)
		if (is_mask(plan, &plan->items[i]) && path_is_below(path, plan->items[i].target))
			return true;
	return false;
}

static bool hides_files(const struct mount_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->items[i].type == MOUNT_MASK_FILE)
			return true;
	return false;
}

bool read_masks_may_be(const struct supervisor *s)
{
	return start_watch_level(s) == WATCH_REFUSED && s->options->mode != MODE_LEARN && !s->blindness.no_masks &&
	       !is_switched_off("fuse") && !is_switched_off("path-notices") &&
	       access(fuse_device(), R_OK | W_OK) == 0 && access("/proc/self/syscall", R_OK) == 0;
}

bool read_masks_wanted(const struct supervisor *s, const struct filter_request *filter)
{
	return read_masks_may_be(s) && filter_watches_reads(filter) && can_be_covered(&s->plan);
}

static size_t count_masks(const struct mount_plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += is_mask(plan, &plan->items[i]);
	return count;
}

static int begin(struct supervisor *s, struct err *e)
{
	_cleanup_free_ char *directory = runtime_dir(e);
	char place[PATH_MAX];
	struct broker_sandbox where = { .mask_count = count_masks(&s->plan) };

	if (!directory)
		return -1;
	if (!realpath(directory, place))
		return err_errno(e, "%s", directory);
	where.mask_device = fuse_device();
	where.mask_place = place;
	return supervisor_start_broker(s, &where, e);
}

void read_masks_begin(struct supervisor *s)
{
	/* bwrap has failed already; what it has said of that is on standard error. */
	if (s->sandbox.process >= 0 && begin(s, NULL) < 0)
		s->blindness.no_masks = true;
}

/* The filter leaves to masks what these do not see, or the sandbox is covered in parts: there is no way on. */
static int failed(struct supervisor *s, int result)
{
	if (result < 0)
		s->masks_failed = true;
	return result;
}

int read_masks_serve(struct supervisor *s, struct filter_request *filter, struct err *e)
{
	struct filter_request less = *filter;
	struct broker_reply reply;

	if (!s->broker)
		return 0;
	if (broker_wait(s->broker, &reply) < 0)
		return failed(s, err_set(e, "the broker process ended"));
	if (reply.error || reply.fd < 0)
		return 0;
	less.no_directories = true;
	less.no_reads = !hides_files(&s->plan);
	if (mask_server_start(&s->mask_server, reply.fd, &less, NULL) == 0) {
		*filter = less;
		return 0;
	}
	/* This one would make masks that nobody serves. The next one is forked when it is needed. */
	s->blindness.no_masks = true;
	broker_free(s->broker);
	s->broker = NULL;
	return 0;
}

int read_masks_ask(struct supervisor *s, struct err *e)
{
	struct mount *mounts = xmalloc((s->plan.count + 1) * sizeof(*mounts));
	size_t count = 0;
	int result;

	for (size_t i = 0; i < s->plan.count; i++) {
		const struct mount *mount = &s->plan.items[i];
		bool is_covered = mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_PLACEHOLDER_DIR;

		if (is_covered ? is_mask(&s->plan, mount) : is_masked(&s->plan, mount->target))
			mounts[count++] = *mount;
	}
	result = broker_mask(s->broker, mounts, count, e);
	free(mounts);
	return failed(s, result);
}

int read_masks_end(struct supervisor *s, struct err *e)
{
	struct broker_reply reply;

	if (broker_wait(s->broker, &reply) < 0)
		return failed(s, err_set(e, "the broker process ended before anything was covered"));
	if (reply.error)
		return failed(s, err_set(e, "%s: %s", reply.step, strerror(reply.error)));
	start_watching(s);
	mask_server_watch(s->mask_server, s->notifier);
	return 0;
}

void call_let_go(struct supervisor *s, uint64_t notification, uint64_t masked, bool allow)
{
	/* Allowed or not, the kernel goes on and the mounts say what happens. */
	if (masked)
		mask_server_answer(s->mask_server, masked, allow);
	else
		notifier_continue(s->notifier, notification);
}

bool call_is_waiting(struct supervisor *s, uint64_t notification, uint64_t masked)
{
	return masked ? mask_server_is_waiting(s->mask_server, masked)
		      : notifier_is_waiting(s->notifier, notification);
}
