/* SPDX-License-Identifier: MIT */
/*
 * Texts lie one behind another in chunks that never move, so a name once handed out stays where
 * it is. Entries are in order of their index; a table of slots with open addressing finds them by
 * name. Names come from hostile programs: the hash is keyed, or they would choose colliding ones.
 */
#include "core/net/names.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/siphash.h"

#define CHUNK_SIZE (16 * 1024)
#define FIRST_SLOTS 64

#define IPV4_BASE UINT32_C(0xc6120000)
#define IPV4_MASK UINT32_C(0xfffe0000)

static const uint8_t ipv6_base[12] = { 0xfd, 0x00, 0x53, 0x72, 0x74, 0x00 };

struct chunk {
	struct chunk *next;
	char text[CHUNK_SIZE];
};

struct entry {
	const char *text;
	uint32_t hash;
};

struct names {
	struct siphash_key key;
	uint32_t most;
	size_t bytes_most, bytes;

	struct entry *entries; /* of index i at i - 1 */
	size_t count, capacity;
	uint32_t *slots; /* an index each, 0 = free; at most half of them are taken */
	size_t slot_count; /* a power of two */
	struct chunk *chunks; /* the newest first */
	size_t chunk_used;
};

struct names *names_new(uint32_t names_most, size_t bytes_most)
{
	struct names *names = xcalloc(1, sizeof(*names));

	siphash_make_key(&names->key);
	names->most = names_most && names_most < NAMES_MOST ? names_most : NAMES_MOST;
	names->bytes_most = bytes_most && bytes_most < NAMES_BYTES_MOST ? bytes_most
									 : NAMES_BYTES_MOST;
	names->slot_count = FIRST_SLOTS;
	names->slots = xcalloc(names->slot_count, sizeof(*names->slots));
	return names;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	while (names->chunks) {
		struct chunk *next = names->chunks->next;

		free(names->chunks);
		names->chunks = next;
	}
	free(names->entries);
	free(names->slots);
	free(names);
}

/* The slot of a name, or the free one where it belongs. */
static uint32_t *slot_of(const struct names *names, uint32_t hash, const char *text)
{
	size_t mask = names->slot_count - 1;

	for (size_t at = hash & mask;; at = (at + 1) & mask) {
		uint32_t *slot = &names->slots[at];
		const struct entry *entry;

		if (*slot == 0)
			return slot;
		entry = &names->entries[*slot - 1];
		/* Of entries that are put anew there is no text to compare: all differ. */
		if (text && entry->hash == hash && strcmp(entry->text, text) == 0)
			return slot;
	}
}

static void grow_slots(struct names *names)
{
	free(names->slots);
	names->slot_count *= 2;
	names->slots = xcalloc(names->slot_count, sizeof(*names->slots));
	for (size_t i = 0; i < names->count; i++)
		*slot_of(names, names->entries[i].hash, NULL) = (uint32_t)i + 1;
}

static const char *keep_text(struct names *names, const char *text, size_t size)
{
	char *kept;

	if (!names->chunks || size > CHUNK_SIZE - names->chunk_used) {
		struct chunk *chunk = xmalloc(sizeof(*chunk));

		chunk->next = names->chunks;
		names->chunks = chunk;
		names->chunk_used = 0;
	}
	kept = names->chunks->text + names->chunk_used;
	memcpy(kept, text, size);
	names->chunk_used += size;
	names->bytes += size;
	return kept;
}

static uint32_t hash_of(const struct names *names, const char *text)
{
	return (uint32_t)siphash(&names->key, text, strlen(text));
}

uint32_t names_allot(struct names *names, const char *canonical, bool *is_new)
{
	uint32_t hash = hash_of(names, canonical);
	uint32_t *slot = slot_of(names, hash, canonical);
	size_t size = strlen(canonical) + 1;

	if (is_new)
		*is_new = *slot == 0;
	if (*slot)
		return *slot;
	if (names->count == names->most || size > names->bytes_most - names->bytes ||
	    size > CHUNK_SIZE) {
		if (is_new)
			*is_new = false;
		return 0;
	}
	if ((names->count + 1) * 2 > names->slot_count) {
		grow_slots(names);
		slot = slot_of(names, hash, canonical);
	}
	grow_array(names->entries, names->count, names->capacity);
	names->entries[names->count++] =
		(struct entry){ .text = keep_text(names, canonical, size), .hash = hash };
	*slot = (uint32_t)names->count;
	return *slot;
}

const char *names_at(const struct names *names, uint32_t index)
{
	return index >= 1 && index <= names->count ? names->entries[index - 1].text : NULL;
}

void names_ipv4(uint32_t index, struct in_addr *address)
{
	address->s_addr = htonl(IPV4_BASE + index);
}

void names_ipv6(uint32_t index, struct in6_addr *address)
{
	uint32_t low = htonl(index);

	memcpy(address->s6_addr, ipv6_base, sizeof(ipv6_base));
	memcpy(address->s6_addr + 12, &low, sizeof(low));
}

int64_t names_index_of_ipv4(struct in_addr address)
{
	uint32_t value = ntohl(address.s_addr);

	return (value & IPV4_MASK) == IPV4_BASE ? (int64_t)(value - IPV4_BASE) : -1;
}

int64_t names_index_of_ipv6(const struct in6_addr *address)
{
	uint32_t low;

	memcpy(&low, address->s6_addr + 12, sizeof(low));
	if (IN6_IS_ADDR_V4MAPPED(address))
		return names_index_of_ipv4((struct in_addr){ .s_addr = low });
	if (memcmp(address->s6_addr, ipv6_base, sizeof(ipv6_base)) != 0)
		return -1;
	return ntohl(low);
}

int64_t names_index_of(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		return names_index_of_ipv4(in.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		return names_index_of_ipv6(&in6.sin6_addr);
	}
	return -1;
}
