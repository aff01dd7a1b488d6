/* SPDX-License-Identifier: MIT */
/* Names of a layer's directories: any text comes back, and any name is one text or none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/sandbox/layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	_cleanup_free_ char *name = layer_encode(text), *back = layer_decode(name);
	_cleanup_free_ char *decoded = layer_decode(text), *again = decoded ? layer_encode(decoded) : NULL;
	_cleanup_free_ char *same = again ? layer_decode(again) : NULL;

	if (!back || strcmp(back, text) != 0 || strchr(name, '/') || name[0] == '.')
		abort();
	if (decoded && (!same || strcmp(same, decoded) != 0))
		abort();
	return 0;
}
