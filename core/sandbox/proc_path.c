/* SPDX-License-Identifier: MIT */
#include "core/sandbox/proc_path.h"

#include <stdio.h>
#include <string.h>

struct text {
	const char *at; /* a component, or the end */
	size_t length;
};

/* The next component: "//" and "/./" lead no further. */
static struct text next(const struct text *last)
{
	struct text text = { .at = last->at + last->length };

	do {
		text.at += text.length;
		text.at += strspn(text.at, "/");
		text.length = strcspn(text.at, "/");
	} while (text.length == 1 && *text.at == '.');
	return text;
}

static bool is(const struct text *text, const char *word)
{
	return text->length == strlen(word) && memcmp(text->at, word, text->length) == 0;
}

static bool is_number(const struct text *text)
{
	return text->length && text->length < 12 && strspn(text->at, "0123456789") >= text->length;
}

static enum proc_path take(const char *path, bool no_follow, const struct text *last,
			   struct proc_link *link)
{
	link->used = (size_t)(last->at + last->length - path);
	/* At the end the link itself may be meant. */
	return no_follow && !path[link->used] ? PROC_OTHER : PROC_LINK;
}

static void copy(char *out, size_t size, const char *before, const struct text *text)
{
	snprintf(out, size, "%s%.*s", before, (int)text->length, text->at);
}

/* /dev/fd leads to /proc/self/fd, and so do the names of the first three. */
static enum proc_path parse_device(const char *path, bool no_follow, const struct text *device,
				   struct proc_link *link)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	struct text number = next(device);

	link->who[0] = '\0';
	if (is(device, "fd") && is_number(&number)) {
		copy(link->what, sizeof(link->what), "fd/", &number);
		return take(path, no_follow, &number, link);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is(device, names[i])) {
			snprintf(link->what, sizeof(link->what), "fd/%zu", i);
			return take(path, no_follow, device, link);
		}
	return is(device, "fd") ? PROC_OTHER : PROC_NOT;
}

enum proc_path proc_path_parse(const char *path, bool no_follow, struct proc_link *link)
{
	struct text text = { .at = path }, who, number;

	text = next(&text);
	who = next(&text);
	if (is(&text, "dev"))
		return parse_device(path, no_follow, &who, link);
	if (!is(&text, "proc") || !who.length)
		return PROC_NOT;
	if (is(&who, "self") || is(&who, "thread-self"))
		link->who[0] = '\0';
	else if (is_number(&who))
		copy(link->who, sizeof(link->who), "", &who);
	else
		return PROC_OTHER;
	text = next(&who);
	if (is(&text, "task")) {
		text = next(&text);
		text = next(&text);
	}
	if (is(&text, "fd")) {
		number = next(&text);
		if (!is_number(&number))
			return PROC_OTHER;
		copy(link->what, sizeof(link->what), "fd/", &number);
		return take(path, no_follow, &number, link);
	}
	if (!is(&text, "cwd") && !is(&text, "root") && !is(&text, "exe"))
		return PROC_OTHER;
	copy(link->what, sizeof(link->what), "", &text);
	return take(path, no_follow, &text, link);
}
