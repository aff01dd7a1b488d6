/* SPDX-License-Identifier: MIT */
#include "tui/prompt.h"

#include <string.h>

#include "core/base/mem.h"
#include "tui/event_list.h"
#include "tui/key.h"
#include "tui/ports.h"
#include "tui/text.h"

struct prompt_ops {
	const char *label;
	size_t most;			    /* bytes */
	void (*typed)(struct model *model); /* after every key; may be NULL */
	struct command (*done)(struct model *model);
	void (*left)(struct model *model); /* Esc; may be NULL */
};

static const struct command nothing = { .type = COMMAND_NONE };

/* One filter for both: older events are more of the same. */
static void filter_older(struct model *model)
{
	if (model_view(model) == VIEW_OLDER && model->event_list.mistake == NULL)
		older_open(&model->older, model->event_list.text);
}

static void filter_typed(struct model *model)
{
	event_list_set_filter(model, model->prompt.text);
	filter_older(model);
}

static struct command filter_done(struct model *model)
{
	struct event_list *list = &model->event_list;

	/* It stays open until it can be read: what is listed is always what is written. */
	if (list->mistake != NULL)
		prompt_open(model, PROMPT_FILTER, list->text);
	return nothing;
}

static void filter_left(struct model *model)
{
	event_list_set_filter(model, "");
	filter_older(model);
}

/* In the pane with the focus. */
static bool find_here(struct model *model)
{
	return model->pane == PANE_EVENTS
		       ? event_list_find(model, true, true)
		       : session_list_find(model, model->event_list.find, true, true);
}

static void find_typed(struct model *model)
{
	strcpy(model->event_list.find, model->prompt.text);
	find_here(model);
}

static struct command find_done(struct model *model)
{
	if (!find_here(model) && model->event_list.find[0] != '\0')
		model_notice(model, model->now, ROLE_WARN,
			     xstrdup("Nothing listed holds that text."));
	return nothing;
}

static struct command with_text(enum command_type type, const struct model *model)
{
	if (model->prompt.text[0] == '\0')
		return nothing;
	return (struct command){ .type = type, .text = xstrdup(model->prompt.text) };
}

static struct command rule_done(struct model *model)
{
	struct command command = with_text(COMMAND_RULE_EDIT, model);

	if (command.type != COMMAND_NONE)
		rule_copy(&command.rule, &model->rules.shown);
	return command;
}

/* A file that a person names: "~/" is the home directory. Caller frees. */
static char *typed_path(const struct model *model)
{
	const char *text = model->prompt.text;

	return text[0] == '~' && text[1] == '/' ? xasprintf("%s%s", model->home, text + 1)
						: xstrdup(text);
}

static struct command export_file_done(struct model *model)
{
	_cleanup_free_ char *path = typed_path(model), *server = xstrdup(model->export.server);

	if (path[0] != '\0' && server != NULL)
		export_review_open(&model->export, server, path);
	return nothing;
}

static struct command servers_file_done(struct model *model)
{
	struct command command = with_text(COMMAND_SERVERS_READ, model);

	if (command.type != COMMAND_NONE) {
		free(command.text);
		command.text = typed_path(model);
	}
	return command;
}

static struct command command_line_done(struct model *model)
{
	return with_text(COMMAND_START_WORDS, model);
}

static struct command publish_done(struct model *model)
{
	return ports_typed(model, model->prompt.text);
}

static struct command layer_done(struct model *model)
{
	if (model->prompt.text[0] != '\0') {
		written_open(&model->written, model->prompt.text);
		model_push(model, VIEW_WRITTEN);
	}
	return nothing;
}

static const struct prompt_ops prompts[PROMPT_COUNT] = {
	[PROMPT_FIND] = { "Find: ", FILTER_MOST, find_typed, find_done, NULL },
	[PROMPT_FILTER] = { "Filter: ", FILTER_MOST, filter_typed, filter_done, filter_left },
	[PROMPT_RULE] = { "About: ", PROMPT_MOST, NULL, rule_done, NULL },
	[PROMPT_EXPORT_FILE] = { "File: ", PROMPT_MOST, NULL, export_file_done, NULL },
	[PROMPT_SERVERS_FILE] = { "MCP configuration: ", PROMPT_MOST, NULL, servers_file_done,
				  NULL },
	[PROMPT_PUBLISH] = { "HOSTPORT:PORT ", PROMPT_MOST, NULL, publish_done, NULL },
	[PROMPT_LAYER] = { "What this server has written: ", PROMPT_MOST, NULL, layer_done, NULL },
	[PROMPT_COMMAND_LINE] = { "Command: ", PROMPT_MOST, NULL, command_line_done, NULL },
};

const char *prompt_label(const struct prompt *prompt)
{
	return prompt->label != NULL ? prompt->label : prompts[prompt->kind].label;
}

void prompt_open(struct model *model, enum prompt_kind kind, const char *text)
{
	char *copy = xstrdup(text);

	model->prompt.kind = kind;
	free(steal_ptr(&model->prompt.label));
	strncpy(model->prompt.text, copy, PROMPT_MOST);
	model->prompt.text[PROMPT_MOST] = '\0';
	free(copy);
}

/* Removes the last character, however many bytes it has. */
static void erase(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && ((unsigned char)text[--length] & 0xc0) == 0x80)
		;
	text[length] = '\0';
}

static void add(struct prompt *prompt, int key)
{
	_cleanup_buf_ struct buf typed = BUF_EMPTY;

	if (key <= 0 || key >= TUI_KEY_UP || text_code_width((uint32_t)key) < 1)
		return;
	text_encode(&typed, (uint32_t)key);
	if (strlen(prompt->text) + typed.length <= prompts[prompt->kind].most)
		strcat(prompt->text, typed.data);
}

struct command prompt_key(struct model *model, enum action action, int key)
{
	const struct prompt_ops *ops = &prompts[model->prompt.kind];

	switch (action) {
	case ACTION_ACCEPT:
		model->prompt.kind = PROMPT_NONE;
		return ops->done(model);
	case ACTION_BACK:
		model->prompt.kind = PROMPT_NONE;
		if (ops->left != NULL)
			ops->left(model);
		return nothing;
	case ACTION_ERASE:
		erase(model->prompt.text);
		break;
	case ACTION_ERASE_ALL:
		model->prompt.text[0] = '\0';
		break;
	default:
		add(&model->prompt, key);
	}
	if (ops->typed != NULL)
		ops->typed(model);
	return nothing;
}
