/*
 * life: see life.h.
 */
#include "life.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "chain.h"
#include "facade.h"
#include "hash.h"
#include "host.h"
#include "migrate.h"
#include "misuse.h"
#include "reclaim.h"
#include "tuning.h"

/* ---- New ---------------------------------------------------------------- */

static bool type_valid(enum nb_kind kind, const struct nbmap_type *type)
{
	if (!type)
		return kind == NB_INTEGER;
	if (kind == NB_INTEGER)
		return !type->hash && !type->equal && !type->key_dup && !type->key_free && !type->key_size;
	return type->hash && type->equal && (type->key_dup || !type->key_free);
}

static bool config_valid(enum nb_kind kind, const struct nbmap_config *config)
{
	unsigned flags = NBMAP_NO_THREAD | NBMAP_FIXED_SEED | NBMAP_SMALL_PAGES |
			 (kind == NB_OBJECT ? NBMAP_WIDE_KEYS : 0);

	for (size_t i = 0; i < sizeof(config->reserved) / sizeof(*config->reserved); i++)
		if (config->reserved[i])
			return false;
	if ((config->flags & ~flags) || (config->domain && (config->flags & NBMAP_NO_THREAD)))
		return false;
	if (config->allocator && (!config->allocator->alloc || !config->allocator->free))
		return false;
	return type_valid(kind, config->type);
}

static void take_config(struct nb_map *map, enum nb_kind kind, enum nb_ready ready, const struct nbmap_config *config)
{
	struct nb_keys *keys = &map->keys;
	size_t room = nb_policy_room(config->min_capacity);

	map->min_lines = room > NB_MIN_LINES ? room : NB_MIN_LINES;
	keys->kind = kind;
	keys->arg = config->arg;
	keys->seed = config->flags & NBMAP_FIXED_SEED ? config->seed : nb_random_seed();
	keys->pointer_mask = config->flags & NBMAP_WIDE_KEYS ? UINT64_MAX : NB_TAGGED_POINTER_MASK;
	if (config->type) {
		keys->hash = config->type->hash;
		keys->ready = ready;
		keys->mixed = nb_hash_is_mixed(keys->hash);
		keys->equal = config->type->equal;
		keys->dup = config->type->key_dup;
		keys->free = config->type->key_free;
		map->value_free = config->type->value_free;
		map->value_equal = config->type->value_equal;
		/* What is not the map's own is not counted. */
		map->value_size = map->value_free ? config->type->value_size : NULL;
		keys->size = keys->free ? config->type->key_size : NULL;
	}
	if (kind == NB_INTEGER)
		nb_keys_init_integer(keys);
	if (ready != NB_FOREIGN) {
		struct nb_multilinear *secrets = (struct nb_multilinear *)(void *)(map + 1);

		nb_multilinear_init(secrets, keys->seed, NB_MULTILINEAR_WORDS);
		keys->multilinear = secrets;
	}
}

static int take_domain(struct nb_map *map, const struct nbmap_config *config)
{
	if (!config->domain)
		return nbr_domain_shared(&map->domain, (enum nbr_flavor)config->flavor,
					 !(config->flags & NBMAP_NO_THREAD));
	map->domain = nb_domain_in(config->domain);
	nbr_domain_ref(map->domain);
	return 0;
}

/* What others do for the map a while later. */
static const struct nb_duties duties = {
	.free_table = nb_table_free_slice,
	.free_chain = nb_chain_free_slice,
	.settle = nb_migrate_settle,
	.is_large = nb_migrate_is_large,
};

static int make_map(struct nb_map **made, enum nb_kind kind, const struct nbmap_config *config)
{
	struct nbmap_allocator allocator;
	struct nb_table *table;
	struct nb_map *map;
	enum nb_ready ready = config->type ? nb_ready_of(config->type) : NB_FOREIGN;
	size_t lines, size = nb_map_size(ready);
	int error;

	allocator = config->allocator ? *config->allocator : nb_host_allocator(!(config->flags & NBMAP_SMALL_PAGES));
	map = allocator.alloc(size, _Alignof(struct nb_map), allocator.arg);
	if (!map)
		return -ENOMEM;
	memset(map, 0, size);
	map->allocator = allocator;
	map->duties = &duties;
	take_config(map, kind, ready, config);
	lines = nb_policy_room(config->capacity);
	table = nb_chain_new(map, lines > map->min_lines ? lines : map->min_lines);
	error = table ? take_domain(map, config) : -ENOMEM;
	if (error) {
		/* The domain last: the caller may be in a section, where none can end. */
		if (table)
			nb_chain_free(map, table);
		allocator.free(map, size, allocator.arg);
		return error;
	}
	nb_store_relaxed(&map->top, table); /* published with the map */
	nb_misuse_born(map);
	*made = map;
	return 0;
}

int nb_map_new(struct nb_map **made, enum nb_kind kind, const struct nbmap_config *config)
{
	static const struct nbmap_config defaults;
	int error, cancel_state;

	if (!config)
		config = &defaults;
	if (!config_valid(kind, config))
		return -EINVAL;
	nb_number_begin();
	/* Cancelled in the midst, as it draws a seed, it would leave what it has made. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	error = make_map(made, kind, config);
	pthread_setcancelstate(cancel_state, NULL);
	return error;
}

/* ---- Destroy ------------------------------------------------------------ */

int nb_map_destroy(struct nb_map *map)
{
	struct nbmap_allocator allocator = map->allocator;
	struct nbr_domain *domain = map->domain;
	int error = nbr_check_outside(domain), cancel_state;
	struct nbr_visit visit;
	bool outer;

	if (error)
		return error;
	/* Cancelled half-way, it could never be destroyed. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	/* What was retired holds on to the map for its callbacks.  Relaxed: no
	 * thread is left that could set it. */
	if (nb_load_relaxed(&map->retired))
		nb_host_end(map);
	/* Callbacks may use the domain, and look into what is left of the map. */
	nbr_visit_begin(domain, &visit);
	outer = nbr_callback_begin();
	map->dismantled = true;
	nb_chain_free(map, nb_load_relaxed(&map->top));
	nbr_callback_end(outer);
	nbr_visit_end(domain, &visit);
	error = nbr_domain_unref(domain);
	nb_misuse_dead(map);
	allocator.free(map, nb_map_size(map->keys.ready), allocator.arg);
	pthread_setcancelstate(cancel_state, NULL);
	return error;
}

/* ---- Valid -------------------------------------------------------------- */

/* Keys of `table` whose value is found nowhere later. */
static uint64_t table_entries(struct nb_map *map, struct nb_table *table)
{
	uint64_t entries = 0;

	for (size_t slot = 0; slot < nb_table_capacity(table); slot++) {
		struct nb_place place = nb_place_at(table, slot);
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
	return nb_load_relaxed(&chain->newest) == number - 1 && entries == nb_count_sum(&chain->live);
}
