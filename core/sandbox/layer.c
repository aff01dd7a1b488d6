/* SPDX-License-Identifier: MIT */
/*
 * bwrap of every version binds what it finds, so the overlays are mounted before it, where it will
 * find them: the process that is to become bwrap makes a user and a mount namespace of its own,
 * mounts each overlay over the very directory that it is for, and executes bwrap, which builds the
 * sandbox from that tree as it would from the host's. Everything that the mount plan hides or
 * protects thus lies on top of the layer, and the overlays cannot be taken off inside, where they
 * belong to another user namespace.
 *
 * What the layer holds was written by the program that is to be held. A path of the plan has no
 * symbolic link in it on the host; where the layer has put one there, bwrap would follow it, and a
 * bind could land on top of a mask. So each is looked up once more through the layer, and a link
 * ends it all.
 *
 * The layer's directory lies below the home directory, thus in the lower of an overlay over that;
 * overlayfs refuses lookups that arrive there (ELOOP), and the plan hides it besides.
 */
#include "core/sandbox/layer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/apart.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

#define STATUS_NOT_STARTED 125
#define ROOTS_MOST 16

char *layer_encode(const char *text)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	for (const char *c = text; *c; c++)
		if (*c == '/' || *c == '%' || (*c == '.' && c == text))
			buf_addf(&out, "%%%02X", (unsigned char)*c);
		else
			buf_addc(&out, *c);
	return xstrdup(buf_text(&out));
}

char *layer_decode(const char *name)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	for (const char *c = name; *c; c++) {
		unsigned value;

		if (*c != '%') {
			buf_addc(&out, *c);
			continue;
		}
		if (!c[1] || !c[2] || sscanf(c + 1, "%2X", &value) != 1 || !value)
			return NULL;
		buf_addc(&out, (char)value);
		c += 2;
	}
	return xstrdup(buf_text(&out));
}

/* Octal escapes of proc(5). */
static void unescape(char *text)
{
	char *out = text;

	for (const char *c = text; *c; c++) {
		if (*c == '\\' && c[1] >= '0' && c[1] <= '3' && c[2] && c[3]) {
			*out++ = (char)((c[1] - '0') * 64 + (c[2] - '0') * 8 + (c[3] - '0'));
			c += 3;
		} else {
			*out++ = *c;
		}
	}
	*out = '\0';
}

bool layer_has_mounts_below(const char *path)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	bool found = !file;

	while (file && !found && getline(&line, &size, file) > 0) {
		char *at = line;

		for (int i = 0; i < 4 && at; i++) {
			at = strchr(at, ' ');
			at = at ? at + 1 : NULL;
		}
		if (!at)
			continue;
		at[strcspn(at, " \n")] = '\0';
		unescape(at);
		found = path_is_strictly_below(at, path);
	}
	if (file)
		fclose(file);
	return found;
}

static char *part_of(const char *directory, const char *root, const char *part)
{
	_cleanup_free_ char *name = layer_encode(root);

	return xasprintf("%s/%s/%s", directory, name, part);
}

static int take_lock(struct layer *layer, struct err *e)
{
	_cleanup_free_ char *path = path_join(layer->directory, "lock");

	layer->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (layer->lock < 0)
		return err_errno(e, "%s", path);
	if (flock(layer->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ?
		       err_set(e, "its layer is in use: another run or review of this name has it") :
		       err_errno(e, "%s", path);
}

int layer_open(struct layer *layer, const char *directory, const struct strings *roots, struct err *e)
{
	*layer = LAYER_NONE;
	layer->directory = xstrdup(directory);
	if (make_directories(directory) < 0)
		return err_errno(e, "cannot make %s", directory);
	if (check_private_directory(directory, e) < 0 || take_lock(layer, e) < 0)
		return -1;
	for (size_t i = 0; roots && i < roots->count; i++) {
		_cleanup_free_ char *upper = part_of(directory, roots->items[i], "upper");
		_cleanup_free_ char *work = part_of(directory, roots->items[i], "work");
		struct stat st;

		if (make_directories(upper) < 0 || make_directories(work) < 0)
			return err_errno(e, "cannot make %s", upper);
		/* The directory itself has the modes of the one that it stands for. */
		if (stat(roots->items[i], &st) < 0 || chmod(upper, st.st_mode & 0777) < 0)
			return err_errno(e, "%s", roots->items[i]);
		strings_add(&layer->roots, roots->items[i]);
	}
	return 0;
}

void layer_close(struct layer *layer)
{
	free(layer->directory);
	strings_free(&layer->roots);
	close_fd(&layer->lock);
	*layer = LAYER_NONE;
}

int layer_list_roots(const char *directory, struct strings *roots, struct err *e)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	if (!dir)
		return err_errno(e, "%s", directory);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *root = entry->d_name[0] == '%' ? layer_decode(entry->d_name) : NULL;
		_cleanup_free_ char *again = root && root[0] == '/' ? layer_encode(root) : NULL;

		if (again && strcmp(again, entry->d_name) == 0)
			strings_take(roots, steal_ptr(&root));
	}
	closedir(dir);
	return 0;
}

/* --- mounting --- */

static int write_text(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : write_all(fd, text, strlen(text));
}

static int make_namespaces(const char **step)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];

	*step = "making a user namespace";
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || write_text("/proc/self/setgroups", "deny") < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (write_text("/proc/self/uid_map", map) < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	if (write_text("/proc/self/gid_map", map) < 0)
		return -1;
	*step = "making a mount namespace";
	return mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL);
}

static int open_exactly(const char *path, uint64_t flags)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | flags,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

struct overlay {
	int lower, upper, work;
};

static int open_one(struct overlay *overlay, const char *directory, const char *root)
{
	_cleanup_free_ char *upper = part_of(directory, root, "upper");
	_cleanup_free_ char *work = part_of(directory, root, "work");

	overlay->lower = open_exactly(root, O_DIRECTORY);
	overlay->upper = open(upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
	overlay->work = open(work, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return overlay->lower < 0 || overlay->upper < 0 || overlay->work < 0 ? -1 : 0;
}

/* By descriptors: no path has to be quoted for the options, and none is looked up twice. */
static int mount_one(const struct overlay *overlay)
{
	char options[256], target[64];

	snprintf(target, sizeof(target), "/proc/self/fd/%d", overlay->lower);
	snprintf(options, sizeof(options),
		 "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d,userxattr",
		 overlay->lower, overlay->upper, overlay->work);
	return mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV, options);
}

static int enter(const char *directory, char *const *roots, size_t count, const char **step)
{
	struct overlay overlays[ROOTS_MOST];

	*step = "opening the layer";
	if (count > ROOTS_MOST) {
		errno = E2BIG;
		return -1;
	}
	if (make_namespaces(step) < 0)
		return -1;
	/* All of them before any is mounted: the layer itself may lie below one. */
	*step = "opening the layer";
	for (size_t i = 0; i < count; i++)
		if (open_one(&overlays[i], directory, roots[i]) < 0)
			return -1;
	*step = "mounting an overlay file system";
	for (size_t i = 0; i < count; i++)
		if (mount_one(&overlays[i]) < 0)
			return -1;
	return 0;
}

static void try_apart(void *arg, struct apart *result)
{
	const struct layer *layer = arg;
	const char *step = "";
	int status = enter(layer->directory, layer->roots.items, layer->roots.count, &step);

	apart_end(result, status, step);
}

int layer_try(struct layer *layer, struct err *e)
{
	struct apart result;

	run_apart(try_apart, layer, &result);
	return result.error ? err_code(e, ERR_UNSUPPORTED, "%s: %s", result.step, strerror(result.error)) : 0;
}

void layer_words(const struct layer *layer, struct strings *words)
{
	strings_add(words, "/proc/self/exe");
	strings_add(words, "layer-run");
	strings_add(words, layer->directory);
	strings_copy(words, &layer->roots);
	strings_add(words, "--");
}

/* Whether a path leads through a link that is not there on the host. Missing names are bwrap's. */
static bool is_diverted(const char *path)
{
	_cleanup_close_ int fd = open_exactly(path, O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return errno != ENOENT && errno != EACCES;
	return fstat(fd, &st) < 0 || S_ISLNK(st.st_mode);
}

static bool is_in_layer(const char *path, char *const *roots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (path_is_strictly_below(path, roots[i]))
			return true;
	return false;
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "srt-top: the layer: %s: %s\n", what, why);
	return STATUS_NOT_STARTED;
}

/* NULL, or the word that is not to be mounted on. */
static const char *find_diverted(const struct strings *words, char *const *roots, size_t count)
{
	for (size_t i = 0; i < words->count; i++)
		if (is_in_layer(words->items[i], roots, count) && is_diverted(words->items[i]))
			return words->items[i];
	return NULL;
}

/* What bwrap is to read, once it is there whole, each word with its NUL. 0, or -1 with errno. */
static int read_words(int fd, struct buf *text)
{
	char part[8192];
	ssize_t got;

	while ((got = read(fd, part, sizeof(part))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		buf_add(text, part, (size_t)got);
	}
	return 0;
}

/* bwrap finds at this descriptor what was read from there. 0, or -1 with errno. */
static int put_back(int fd, const struct buf *text)
{
	_cleanup_close_ int again = memfd_create("srt-top-words", MFD_CLOEXEC);

	if (again < 0 || write_all(again, text->data, text->length) < 0 ||
	    lseek(again, 0, SEEK_SET) < 0)
		return -1;
	return dup2(again, fd) < 0 ? -1 : 0;
}

/*
 * The words that bwrap will read. They come when everything that the plan wants on the host is there:
 * the lower directories of an overlay must not change under it. 0, or -1 with errno.
 */
static int wait_for_words(char **words, size_t count, struct strings *out)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	for (size_t i = 0; i + 1 < count && strcmp(words[i], "--") != 0; i++) {
		int fd = strcmp(words[i], "--args") == 0 ? atoi(words[i + 1]) : -1;

		if (fd >= 0 && (read_words(fd, &text) < 0 || put_back(fd, &text) < 0))
			return -1;
	}
	for (size_t at = 0; at < text.length; at += strlen(text.data + at) + 1)
		strings_add(out, text.data + at);
	return 0;
}

int layer_run(int count, char **words)
{
	_cleanup_strings_ struct strings mounts = STRINGS_EMPTY;
	char **roots = words + 1, **command;
	const char *step = "", *diverted;
	size_t roots_count;
	int first = 1;

	while (first < count && strcmp(words[first], "--") != 0)
		first++;
	if (count < 1 || first + 1 >= count)
		return complain("layer-run", "is not for people");
	roots_count = (size_t)first - 1;
	command = words + first + 1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (wait_for_words(command, (size_t)(count - first - 1), &mounts) < 0)
		return complain("what is to be mounted", strerror(errno));
	if (enter(words[0], roots, roots_count, &step) < 0)
		return complain(step, strerror(errno));
	diverted = find_diverted(&mounts, roots, roots_count);
	if (diverted)
		return complain(diverted, "something else is in its place there: review it first");
	execv(command[0], command);
	return complain(command[0], strerror(errno));
}
