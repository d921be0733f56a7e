/* items: see items.h. */
#include "items.h"

#include "draw.h"

void items_begin(struct items *items)
{
	if (items->theta > 0)
		zipf_begin(&items->zipf, items->keys, items->theta);
}

uint64_t items_random(uint64_t *state)
{
	return draw_mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t items_key(const struct items *items, uint64_t *state)
{
	double random = (double)(items_random(state) >> 11) / 9007199254740992.0;

	return items->theta > 0 ? zipf_rank(&items->zipf, random) : (uint64_t)(random * (double)items->keys);
}

size_t items_size(const struct items *items, uint64_t key)
{
	return items->vary ? 1 + draw_mix(key) % (2 * items->bytes) : items->bytes;
}

static char byte(uint64_t key, size_t i)
{
	return (char)('a' + (key + i) % 26);
}

void items_write(const struct items *items, uint64_t key, char *to)
{
	size_t size = items_size(items, key);

	for (size_t i = 0; i < size; i++)
		to[i] = byte(key, i);
}

bool items_match(const struct items *items, uint64_t key, const char *value, size_t size)
{
	if (size != items_size(items, key))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (value[i] != byte(key, i))
			return false;
	}
	return true;
}
