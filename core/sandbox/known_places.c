/* SPDX-License-Identifier: MIT */
#include "core/sandbox/known_places.h"

#include <string.h>

#include "core/base/mem.h"

#define PLACES 256
#define TEXT_MOST 112 /* longer paths are not remembered */

struct place {
	uint32_t hash;
	uint32_t age; /* of known_places: others are forgotten */
	uint16_t length;
	uint16_t what;
	char text[TEXT_MOST];
	char target[TEXT_MOST]; /* ALIAS */
};

struct known_places {
	struct place items[PLACES];
	int64_t now_s;
	const void *plan;
	uint32_t age;
};

struct known_places *known_places_new(void)
{
	struct known_places *places = xcalloc(1, sizeof(*places));

	places->age = 1;
	return places;
}

void known_places_free(struct known_places *places)
{
	free(places);
}

void known_places_refresh(struct known_places *places, int64_t now_s, const void *plan)
{
	if (places->now_s == now_s && places->plan == plan)
		return;
	places->now_s = now_s;
	places->plan = plan;
	/* After so many seconds that it comes round, a place of then could be one of now. */
	if (++places->age == 0) {
		memset(places->items, 0, sizeof(places->items));
		places->age = 1;
	}
}

static uint32_t hash_of(const char *text, size_t length)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h;
}

static const struct place *find(const struct known_places *places, const char *path, size_t length)
{
	uint32_t hash = hash_of(path, length);
	const struct place *place = &places->items[hash % PLACES];

	return place->age == places->age && place->hash == hash && place->length == length &&
			       memcmp(place->text, path, length) == 0
		       ? place
		       : NULL;
}

unsigned known_places_find(const struct known_places *places, const char *path, size_t length)
{
	const struct place *place = find(places, path, length);

	return place ? place->what : KNOWN_NOTHING;
}

const char *known_places_target(const struct known_places *places, const char *path, size_t length)
{
	const struct place *place = find(places, path, length);

	return place && (place->what & KNOWN_ALIAS) ? place->target : NULL;
}

static struct place *put(struct known_places *places, const char *path, size_t length, unsigned what)
{
	uint32_t hash = hash_of(path, length);
	struct place *place = &places->items[hash % PLACES];

	place->hash = hash;
	place->age = places->age;
	place->length = (uint16_t)length;
	place->what = (uint16_t)what;
	memcpy(place->text, path, length);
	return place;
}

void known_places_add(struct known_places *places, const char *path, size_t length, unsigned what)
{
	if (length <= TEXT_MOST)
		put(places, path, length, what | known_places_find(places, path, length));
}

void known_places_add_alias(struct known_places *places, const char *path, size_t length,
			    const char *target)
{
	size_t target_length = strlen(target);

	if (length <= TEXT_MOST && target_length < TEXT_MOST)
		memcpy(put(places, path, length, KNOWN_ALIAS)->target, target, target_length + 1);
}
