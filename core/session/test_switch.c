/* SPDX-License-Identifier: MIT */
#include "core/session/test_switch.h"

#include <stdlib.h>
#include <string.h>

bool test_switch_is_off(const char *feature)
{
	const char *list = getenv("SRT_TOP_WITHOUT");
	size_t length = strlen(feature);

	while (list && *list) {
		size_t word = strcspn(list, ",");

		if (word == length && strncmp(list, feature, length) == 0)
			return true;
		list += word + (list[word] == ',');
	}
	return false;
}
