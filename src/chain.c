/*
 * chain: see chain.h.
 *
 * Relaxed throughout: nobody else is here.
 */
#include "chain.h"

#include "heir.h"
#include "host.h"
#include "map.h"

struct nb_table *nb_chain_new(struct nb_map *map, size_t lines)
{
	struct nb_chain *chain = nb_host_alloc(map, sizeof(*chain));
	struct nb_table *table;

	if (!chain)
		return NULL;
	table = nb_table_new(map, chain, (struct nb_size){.lines = lines}, 1);
	if (!table) {
		nb_host_free(map, chain, sizeof(*chain));
		return NULL;
	}
	nb_store_relaxed(&chain->newest, 1);
	return table;
}

static void take_off(size_t *bytes, size_t freed)
{
	*bytes -= freed < *bytes ? freed : *bytes;
}

/* ---- Values ------------------------------------------------------------- */

static void free_value(struct nb_map *map, nb_word *slot, size_t *bytes)
{
	uint64_t word = nb_load_relaxed(slot);

	if (!map->value_free || !nb_has_value(word))
		return;
	nb_store_relaxed(slot, NB_TOMB | nb_phase(word));
	take_off(bytes, nb_value_bytes(map, nb_payload(word)));
	map->value_free((void *)(uintptr_t)nb_payload(word), map->keys.arg);
}

/*
 * A value that was frozen and whose copiers stopped half-way: has it arrived
 * in a later table, and did its key pointer go along?
 */
static bool settle_frozen(struct nb_map *map, struct nb_table *table, struct nb_place place)
{
	const struct nb_keys *keys = &map->keys;
	uint64_t stored = nb_load_relaxed(nb_place_key(place));
	struct nb_key key = nb_key_of_stored(keys, stored);
	bool first = true;

	while ((table = nb_load_relaxed(&table->next))) {
		struct nb_place later;

		if (nb_table_find(table, keys, keys->kind, &key, &later) != NB_FOUND)
			continue;
		if (first && nb_load_relaxed(nb_place_key(later)) == stored)
			nb_fetch_or_relaxed(nb_place_value(place), NB_CARRIED);
		first = false;
		if (nb_payload(nb_load_relaxed(nb_place_value(later))) != NB_EMPTY)
			return true;
	}
	return false;
}

/* Free the slot's value if it is this table's, and say whether its key is. */
static void free_value_at(struct nb_map *map, struct nb_table *table, struct nb_place place, size_t *bytes)
{
	uint64_t word = nb_load_relaxed(nb_place_value(place));

	if (nb_is_frozen_value(word) ? !settle_frozen(map, table, place) : nb_is_open(word))
		free_value(map, nb_place_value(place), bytes);
}

/* ---- Keys --------------------------------------------------------------- */

static void free_key_at(struct nb_map *map, struct nb_place place, size_t *bytes)
{
	const struct nb_keys *keys = &map->keys;
	uint64_t word = nb_load_relaxed(nb_place_key(place));

	if (!keys->free || word <= NB_KEY_CLOSED || nb_phase(nb_load_relaxed(nb_place_value(place))) == NB_CARRIED)
		return;
	take_off(bytes, nb_key_bytes(keys, word));
	keys->free(nb_object_of_word(keys, word), keys->arg);
}

/* A piece of the table's block, from the end; true if that was the last.  What is
 * left is noted where it stands. */
static bool free_piece(struct nb_map *map, struct nb_table *table, size_t *bytes)
{
	size_t size = table->bytes, left = nb_host_left(map, size);

	take_off(bytes, size - left);
	table->bytes = left;
	nb_host_free_end(map, table, size, left);
	return !left;
}

bool nb_table_free_slice(struct nb_map *map, struct nb_dismantling *done, size_t slots, size_t *bytes)
{
	struct nb_table *table = done->table;
	size_t slot = done->slot, end = map->keys.free ? nb_table_capacity(table) : 0;
	size_t stop = slot + slots < end ? slot + slots : end;

	for (; slot < stop; slot++)
		free_key_at(map, nb_place_at(table, slot), bytes);
	done->slot = slot;
	if (slot < end)
		return false;
	nb_heir_free(map, table, bytes);
	return free_piece(map, table, bytes);
}

void nb_table_free(struct nb_map *map, struct nb_table *table)
{
	struct nb_dismantling done = {.table = table};
	size_t bytes = 0;

	while (!nb_table_free_slice(map, &done, nb_table_capacity(table), &bytes))
		;
}

/* ---- Chains ------------------------------------------------------------- */

static void free_stripes(struct nb_map *map, struct nb_count *count)
{
	struct nb_stripes *wide = nb_load_relaxed(&count->wide);

	while (wide) {
		struct nb_stripes *older = wide->older;

		nb_host_free(map, wide, nb_stripes_size(wide->mask + 1));
		wide = older;
	}
}

static void free_chain_block(struct nb_map *map, struct nb_chain *chain)
{
	free_stripes(map, &chain->live);
	free_stripes(map, &chain->value_bytes);
	nb_host_free(map, chain, sizeof(*chain));
}

/* The first pass; true at its end. */
static bool free_values(struct nb_map *map, struct nb_dismantling *done, size_t slots, size_t *bytes)
{
	bool needed = map->value_free || map->keys.free;

	while (done->table) {
		struct nb_table *table = done->table;
		size_t slot = done->slot, end = needed ? nb_table_capacity(table) : 0;

		for (; slot < end && slots; slot++, slots--)
			free_value_at(map, table, nb_place_at(table, slot), bytes);
		done->slot = slot;
		if (slot < end)
			return false;
		done->table = nb_load_relaxed(&table->next);
		done->slot = 0;
	}
	return true;
}

bool nb_chain_free_slice(struct nb_map *map, struct nb_table *first, struct nb_dismantling *done, size_t slots,
			 size_t *bytes)
{
	struct nb_table *table, *next;
	struct nb_chain *chain;

	if (!done->keys) {
		if (!done->table)
			done->table = first;
		if (!free_values(map, done, slots, bytes))
			return false;
		free_value(map, &first->chain->side[0], bytes);
		free_value(map, &first->chain->side[1], bytes);
		next = nb_load_relaxed(&first->next);
		*done = (struct nb_dismantling){.table = next ? next : first, .keys = 1};
	}
	/* The first goes last: its block may be where the caller keeps all this. */
	table = done->table;
	chain = table->chain;
	next = nb_load_relaxed(&table->next);
	if (!nb_table_free_slice(map, done, slots, bytes))
		return false;
	if (table != first) {
		*done = (struct nb_dismantling){.table = next ? next : first, .keys = 1};
		return false;
	}
	free_chain_block(map, chain);
	return true;
}

void nb_chain_free(struct nb_map *map, struct nb_table *first)
{
	struct nb_dismantling done = {.table = first};
	size_t bytes = 0;

	while (!nb_chain_free_slice(map, first, &done, SIZE_MAX / 2, &bytes))
		;
}
