/*
 * life: making, clearing, destroying and checking a map.
 */
#include <errno.h>
#include <string.h>

#include "domain.h"
#include "hash.h"
#include "host.h"
#include "map.h"
#include "migrate.h"
#include "tuning.h"

/* ---- Chains ------------------------------------------------------------- */

/*
 * A chain of one empty table, younger than all of the map's; NULL if memory is
 * short.
 */
static struct nb_table *chain_new(struct nb_map *map, size_t lines)
{
	struct nb_chain *chain = nb_host_alloc(map, sizeof(*chain));
	struct nb_table *table;

	if (!chain)
		return NULL;
	/* seq_cst: newest is raised before the table is linked, as in
	 * nb_migrate_start(). */
	table = nb_table_new(map, chain, lines, nb_fetch_add_seq_cst(&map->newest, 1) + 1);
	if (!table)
		nb_host_free(map, chain, sizeof(*chain));
	return table;
}

static void free_value(struct nb_map *map, uint64_t word)
{
	if (map->value_free && nb_has_value(word))
		map->value_free((void *)(uintptr_t)nb_payload(word), map->keys.arg);
}

/*
 * A value that was frozen and whose copiers stopped half-way: has it arrived
 * in a later table, and did its key pointer go along?
 */
static void settle_frozen(struct nb_map *map, struct nb_table *table, struct nb_place place, bool *arrived)
{
	const struct nb_keys *keys = &map->keys;
	uint64_t stored = nb_load_relaxed(nb_place_key(place));
	struct nb_key key = nb_key_of_stored(keys, stored);
	bool first = true;

	*arrived = false;
	while (!*arrived && (table = nb_load_relaxed(&table->next))) {
		struct nb_place later;

		if (nb_table_find(table, keys, keys->kind, &key, &later) != NB_FOUND)
			continue;
		if (first && nb_load_relaxed(nb_place_key(later)) == stored)
			nb_fetch_or_relaxed(nb_place_value(place), NB_CARRIED);
		first = false;
		*arrived = nb_payload(nb_load_relaxed(nb_place_value(later))) != NB_EMPTY;
	}
}

/* Free the values that are this table's, and say which keys are not. */
static void settle_table(struct nb_map *map, struct nb_table *table)
{
	for (size_t slot = 0; slot < nb_table_capacity(table); slot++) {
		struct nb_place place = {&table->line[slot / NB_LINE_SLOTS], (unsigned)(slot % NB_LINE_SLOTS)};
		uint64_t word = nb_load_relaxed(nb_place_value(place));
		bool arrived = false;

		if (nb_is_frozen_value(word))
			settle_frozen(map, table, place, &arrived);
		else if (!nb_is_open(word))
			continue;
		if (!arrived)
			free_value(map, word);
	}
}

void nb_chain_free(struct nb_map *map, struct nb_table *table)
{
	/* Relaxed throughout: nobody else is here; a grace period or the end
	 * of all threads came before. */
	struct nb_chain *chain = table->chain;
	struct nb_stripes *wide = nb_load_relaxed(&chain->live.wide);

	while (wide) {
		struct nb_stripes *older = wide->older;

		nb_host_free(map, wide, nb_stripes_size(wide->mask + 1));
		wide = older;
	}
	free_value(map, nb_load_relaxed(&chain->side[0]));
	free_value(map, nb_load_relaxed(&chain->side[1]));
	while (table) {
		/* Oldest first: a later table's keys are still there to
		 * compare with. */
		struct nb_table *next = nb_load_relaxed(&table->next);

		if (map->value_free || map->keys.free)
			settle_table(map, table);
		nb_table_free(map, table);
		table = next;
	}
	nb_host_free(map, chain, sizeof(*chain));
}

/* ---- New ---------------------------------------------------------------- */

/* Lines in which `entries` fit without passing the load limit. */
static size_t lines_for_room(size_t entries)
{
	size_t slots = entries > SIZE_MAX / NB_USED_DEN ? SIZE_MAX : entries * NB_USED_DEN / NB_USED_MAX;

	/* The limit is looked at every so many claims: one line to spare. */
	return entries ? slots / NB_LINE_SLOTS + 1 : 0;
}

static bool config_valid(enum nb_kind kind, const struct nbmap_config *config)
{
	const struct nbmap_type *type = config->type;
	unsigned flags = NBMAP_NO_THREAD | NBMAP_FIXED_SEED | NBMAP_SMALL_PAGES |
			 (kind == NB_OBJECT ? NBMAP_WIDE_KEYS : 0);

	for (size_t i = 0; i < sizeof(config->reserved) / sizeof(*config->reserved); i++)
		if (config->reserved[i])
			return false;
	if ((config->flags & ~flags) || (config->domain && (config->flags & NBMAP_NO_THREAD)))
		return false;
	if (config->allocator && (!config->allocator->alloc || !config->allocator->free))
		return false;
	if (kind == NB_INTEGER)
		return !type || (!type->hash && !type->equal && !type->key_dup && !type->key_free);
	return type && type->hash && type->equal && (type->key_dup || !type->key_free);
}

static void take_config(struct nb_map *map, enum nb_kind kind, const struct nbmap_config *config)
{
	struct nb_keys *keys = &map->keys;
	size_t room = lines_for_room(config->min_capacity);

	map->min_lines = room > NB_MIN_LINES ? room : NB_MIN_LINES;
	keys->kind = kind;
	keys->arg = config->arg;
	keys->seed = config->flags & NBMAP_FIXED_SEED ? config->seed : nb_random_seed();
	keys->pointer_mask = config->flags & NBMAP_WIDE_KEYS ? UINT64_MAX : NB_TAGGED_POINTER_MASK;
	if (config->type) {
		keys->hash = config->type->hash;
		keys->mixed = nb_hash_is_mixed(keys->hash);
		keys->equal = config->type->equal;
		keys->dup = config->type->key_dup;
		keys->free = config->type->key_free;
		map->value_free = config->type->value_free;
		map->value_equal = config->type->value_equal;
	}
	if (kind == NB_INTEGER)
		nb_keys_init_integer(keys);
}

static int take_domain(struct nb_map *map, const struct nbmap_config *config)
{
	if (!config->domain)
		return nbr_domain_shared(&map->domain, (enum nbr_flavor)config->flavor,
					 !(config->flags & NBMAP_NO_THREAD));
	map->domain = nb_domain_reclaim(config->domain);
	nbr_domain_ref(map->domain);
	return 0;
}

int nb_map_new(struct nb_map **made, enum nb_kind kind, const struct nbmap_config *config)
{
	static const struct nbmap_config defaults;
	struct nbmap_allocator allocator;
	struct nb_table *table;
	struct nb_map *map;
	size_t lines;
	int error;

	if (!config)
		config = &defaults;
	if (!config_valid(kind, config))
		return -EINVAL;
	allocator = config->allocator ? *config->allocator : nb_host_allocator(!(config->flags & NBMAP_SMALL_PAGES));
	map = allocator.alloc(sizeof(*map), _Alignof(struct nb_map), allocator.arg);
	if (!map)
		return -ENOMEM;
	memset(map, 0, sizeof(*map));
	map->allocator = allocator;
	take_config(map, kind, config);
	error = take_domain(map, config);
	if (error)
		goto free_map;
	lines = lines_for_room(config->capacity);
	table = chain_new(map, lines > map->min_lines ? lines : map->min_lines);
	if (!table) {
		error = -ENOMEM;
		goto leave_domain;
	}
	nb_store_relaxed(&map->top, table); /* published with the map */
	*made = map;
	return 0;

leave_domain:
	nbr_domain_unref(map->domain);
free_map:
	allocator.free(map, sizeof(*map), allocator.arg);
	return error;
}

/* ---- Clear, destroy ----------------------------------------------------- */

/*
 * Linearizable: an operation belongs to the chain whose top it read.  Those
 * that still work in the old chain when ours is put in its place all began
 * before; they are ordered before the clear, in the order in which they take
 * effect there, and what they insert is cleared with the rest.
 */
int nb_map_clear(struct nb_map *map)
{
	struct nb_table *fresh, *old;
	size_t bytes = 0;
	int error;

	/* acquire: the tables will be read. */
	for (old = nb_load_acquire(&map->top); old; old = nb_load_acquire(&old->next))
		bytes += old->bytes;
	error = nb_host_admit(map, bytes);
	if (error)
		return error;
	fresh = chain_new(map, map->min_lines);
	if (!fresh)
		return -ENOMEM;
	/* seq_cst: the clear's linearization point. */
	old = nb_exchange_seq_cst(&map->top, fresh);
	nb_host_retire_chain(map, old, bytes);
	return 0;
}

int nb_map_destroy(struct nb_map *map)
{
	struct nbmap_allocator allocator = map->allocator;
	struct nbr_domain *domain = map->domain;
	int error;

	if (nbr_domain_flavor(domain) != NBR_QSBR && nbr_in_section(domain))
		return -EDEADLK;
	/* What was retired holds on to the map for its callbacks.  Relaxed: no
	 * thread is left that could set it. */
	if (nb_load_relaxed(&map->retired)) {
		error = nb_host_end(map);
		if (error)
			return error;
	}
	/* The last step that can refuse; what follows needs no domain. */
	error = nbr_domain_unref(domain);
	if (error)
		return error;
	nb_chain_free(map, nb_load_relaxed(&map->top));
	allocator.free(map, sizeof(*map), allocator.arg);
	return 0;
}

/* ---- Valid -------------------------------------------------------------- */

/* Keys of `table` whose value is found nowhere later. */
static uint64_t table_entries(struct nb_map *map, struct nb_table *table)
{
	uint64_t entries = 0;

	for (size_t slot = 0; slot < nb_table_capacity(table); slot++) {
		struct nb_place place = {&table->line[slot / NB_LINE_SLOTS], (unsigned)(slot % NB_LINE_SLOTS)};
		uint64_t word = nb_load_relaxed(nb_place_value(place));
		struct nb_table *later = table;

		if (!nb_has_value(word) || (!nb_is_open(word) && !nb_is_frozen_value(word)))
			continue;
		entries++;
		while (!nb_is_open(word) && (later = nb_load_relaxed(&later->next))) {
			struct nb_key key = nb_key_of_stored(&map->keys, nb_load_relaxed(nb_place_key(place)));
			struct nb_place found;

			if (nb_table_find(later, &map->keys, map->keys.kind, &key, &found) != NB_FOUND ||
			    nb_payload(nb_load_relaxed(nb_place_value(found))) == NB_EMPTY)
				continue;
			entries--; /* counted there, or removed */
			break;
		}
	}
	return entries;
}

bool nb_map_valid(struct nb_map *map)
{
	/* Relaxed throughout: the caller is alone. */
	struct nb_table *table = nb_load_relaxed(&map->top);
	struct nb_chain *chain = table->chain;
	uint64_t number = table->number;
	uint64_t entries = 0;

	for (unsigned i = 0; i < 2; i++) {
		uint64_t word = nb_load_relaxed(&chain->side[i]);

		if (!nb_is_open(word) || (map->keys.kind == NB_OBJECT && word != NB_EMPTY))
			return false;
		entries += nb_has_value(word);
	}
	for (; table; table = nb_load_relaxed(&table->next)) {
		if (table->chain != chain || table->number != number++ || !nb_table_valid(table, &map->keys))
			return false;
		entries += table_entries(map, table);
	}
	return nb_load_relaxed(&map->newest) >= number - 1 && entries == nb_count_sum(&chain->live);
}
