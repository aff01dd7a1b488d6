/* SPDX-License-Identifier: MIT */
#include "tui/views.h"

static const struct view_ops *const views[VIEW_COUNT] = {
	[VIEW_DASH] = &view_dash_ops,
	[VIEW_QUEUE] = &view_queue_ops,
	[VIEW_EVENT] = &view_event_ops,
	[VIEW_SESSION] = &view_session_ops,
	[VIEW_QUESTION] = &view_question_ops,
	[VIEW_HELP] = &view_help_ops,
	[VIEW_RULES] = &view_rules_ops,
	[VIEW_RULE] = &view_rule_ops,
	[VIEW_OLDER] = &view_older_ops,
	[VIEW_EXPORT] = &view_export_ops,
	[VIEW_EXPORT_TEXT] = &view_export_text_ops,
	[VIEW_EXPORT_DIFF] = &view_export_diff_ops,
	[VIEW_EXPORT_ENTRY] = &view_export_entry_ops,
	[VIEW_EXPORT_REPLAY] = &view_export_replay_ops,
	[VIEW_WRITTEN] = &view_written_ops,
	[VIEW_WRITTEN_DIFF] = &view_written_diff_ops,
	[VIEW_START] = &view_start_ops,
	[VIEW_LOG] = &view_log_ops,
};

const struct view_ops *view_ops(enum view view)
{
	return views[view];
}

const struct view_ops *view_top(const struct model *model)
{
	return views[model_view(model)];
}
