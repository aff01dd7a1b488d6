/* SPDX-License-Identifier: MIT */
#include "core/base/switches.h"

#include <stdlib.h>
#include <string.h>

bool is_in_switch_list(const char *list, const char *feature)
{
	size_t length = strlen(feature);

	while (list && *list) {
		size_t item = strcspn(list, ",");

		if (item == length && memcmp(list, feature, length) == 0)
			return true;
		list += item + (list[item] == ',');
	}
	return false;
}

bool is_switched_off(const char *feature)
{
	return is_in_switch_list(getenv("SRT_TOP_WITHOUT"), feature);
}

const char *fuse_device(void)
{
	const char *node = getenv("SRT_TOP_FUSE_DEVICE");

	return node && *node ? node : "/dev/fuse";
}
