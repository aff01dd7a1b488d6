/* SPDX-License-Identifier: MIT */
#ifndef TUI_EFFECTS_PARTS_H
#define TUI_EFFECTS_PARTS_H

/* What the parts of effects.h share. Nobody else includes it. */
#include "tui/effects.h"

/* A notice; takes the text over, which may hold anything. */
void effects_say(struct effects *effects, struct instant now, enum role role, char *raw);
void effects_say_error(struct effects *effects, struct instant now, const struct err *e);
int effects_no_history(struct err *e);

/* effects_rules.c: changes of rules, and what the views of rules show. */
void effects_add_rule(struct effects *effects, const struct rule *rule, struct instant now);
void effects_disable_rule(struct effects *effects, const struct rule *rule, struct instant now);
void effects_edit_rule(struct effects *effects, const struct command *command, struct instant now);
void effects_undo_rule(struct effects *effects, struct instant now);
void effects_look_at_rules(struct effects *effects);

/* effects_decided.c: what holds without an answer, and what one rule has matched; by the worker. */
void effects_look_at_settings(struct effects *effects, struct instant now);
void effects_look_at_matched(struct effects *effects);

/* effects_servers.c */
void effects_start(struct effects *effects, const struct server_spec *spec, struct instant now);
void effects_start_words(struct effects *effects, const char *line, struct instant now);
void effects_stop(struct effects *effects, const struct command *command, struct instant now);
void effects_restart(struct effects *effects, const struct command *command, struct instant now);
void effects_publish(struct effects *effects, const struct command *command, struct instant now);

/* effects_export.c: by the worker. */
void effects_look_at_export(struct effects *effects);
void effects_write_export(struct effects *effects, struct instant now);
void effects_adjust_export(struct effects *effects, const struct command *command, struct instant now);

/* effects_layer.c: reads what is wanted, and the difference of the selected row; keeps what is
 * ticked, or drops everything. */
void effects_look_at_layer(struct effects *effects);
void effects_apply_layer(struct effects *effects, bool keep, struct instant now);

#endif
