/*
 * core_build: see core_build.h.
 */
#include "core_build.h"

#include <string.h>

#include "chain.h"
#include "host.h"
#include "unmix.h"

/* ---- The map ---------------------------------------------------------------- */

/* The counting allocator, with the hook before it. */
static void *hooked_alloc(size_t size, size_t align, void *arg)
{
	struct core *core = arg;
	struct nbmap_allocator counting = count_allocator(core->count);
	void (*hook)(struct core *) = core->hook;

	if (hook && (!core->hook_size || size == core->hook_size)) {
		core->hook = NULL;
		hook(core);
	}
	return counting.alloc(size, align, counting.arg);
}

static void hooked_free(void *block, size_t size, void *arg)
{
	struct core *core = arg;
	struct nbmap_allocator counting = count_allocator(core->count);

	counting.free(block, size, counting.arg);
}

void core_open(struct core *core, enum nb_kind kind, bool boxed)
{
	struct nbmap_type type = kind == NB_OBJECT ? count_type() : count_value_type();
	struct nbmap_allocator allocator = {.alloc = hooked_alloc, .free = hooked_free, .arg = core};
	struct nbmap_config config = {.type = &type, .flags = NBMAP_NO_THREAD, .allocator = &allocator};

	memset(core, 0, sizeof(*core));
	core->count = count_new();
	ck_assert_ptr_nonnull(core->count);
	core->kind = kind;
	core->boxed = boxed;
	if (!boxed)
		type.value_free = NULL;
	config.arg = core->count;
	ck_assert_int_eq(nb_map_new(&core->map, kind, &config), 0);
	core->map->min_lines = 1;
	nbr_enter(core->map->domain);
}

void core_close(struct core *core)
{
	ck_assert(nb_map_valid(core->map));
	nbr_leave(core->map->domain);
	ck_assert_int_eq(nb_map_destroy(core->map), 0);
	ck_assert_msg(count_end(core->count), "not all was freed exactly once");
}

/* ---- Tables ----------------------------------------------------------------- */

struct nb_table *core_top(struct core *core, size_t lines)
{
	struct nb_table *old = nb_load_relaxed(&core->map->top);
	struct nb_table *top = nb_table_new(core->map, old->chain, (struct nb_size){.lines = lines}, 1);

	ck_assert_ptr_nonnull(top);
	ck_assert_uint_eq(old->number, 1);
	nb_store_relaxed(&core->map->top, top);
	nb_table_free(core->map, old);
	return top;
}

struct nb_table *core_link(struct core *core, struct nb_table *table, size_t lines)
{
	struct nb_size size = {.lines = lines};
	struct nb_table *next = nb_table_new(core->map, table->chain, size, table->number + 1);

	ck_assert_ptr_nonnull(next);
	ck_assert_ptr_null(nb_load_relaxed(&table->next));
	nb_store_relaxed(&table->chain->newest, next->number);
	nb_store_relaxed(&table->next, next);
	return next;
}

/* ---- Keys and words --------------------------------------------------------- */

uint64_t core_hash(size_t lines, size_t home, uint64_t n)
{
	/* ceil(home * 2^64 / lines), by long division of 64 zero bits. */
	uint64_t quotient = 0, rest = home;

	for (int bit = 0; bit < 64; bit++) {
		bool carry = rest >> 63;

		rest <<= 1;
		quotient <<= 1;
		if (carry || rest >= lines) {
			rest -= lines;
			quotient |= 1;
		}
	}
	/* Above the two words that are no keys. */
	return quotient + (rest != 0) + (home ? 0 : 2) + n;
}

struct nb_key core_key(struct core *core, uint64_t hash)
{
	struct count_key *object;

	if (core->kind == NB_INTEGER)
		return (struct nb_key){.word = hash, .hash = hash};
	ck_assert_uint_lt(core->keys, CORE_KEYS);
	object = &core->key[core->keys];
	*object = count_key_hashed(core->keys++, unmix64(hash) ^ core->map->keys.seed);
	return nb_key_of_object(&core->map->keys, object);
}

uint64_t core_word(struct core *core, const struct nb_key *key)
{
	const struct nb_keys *keys = &core->map->keys;
	void *copy;

	if (core->kind == NB_INTEGER)
		return key->word;
	copy = keys->dup(key->object, keys->arg);
	ck_assert_ptr_nonnull(copy);
	return nb_word_of_object(keys, copy, key->hash);
}

uint64_t core_value(struct core *core, uint64_t number)
{
	return core->boxed ? (uintptr_t)count_value(core->count, number) : (uintptr_t)nbmap_int(number);
}

uint64_t core_number(struct core *core, uint64_t word)
{
	const void *value = (const void *)(uintptr_t)nb_payload(word);

	return core->boxed ? count_number(value) : nbmap_int_of(value);
}

/* ---- Slots ------------------------------------------------------------------ */

enum nb_find core_probe(struct core *core, struct nb_table *table, const struct nb_key *key)
{
	struct nb_place place;

	return nb_table_seek(table, &core->map->keys, core->kind, key, NB_PLACE, &place);
}

struct nb_place core_find(struct core *core, struct nb_table *table, const struct nb_key *key)
{
	struct nb_place place;

	ck_assert_int_eq(nb_table_find(table, &core->map->keys, core->kind, key, &place), NB_FOUND);
	return place;
}

struct nb_place core_claim(struct core *core, struct nb_table *table, const struct nb_key *key, uint64_t word)
{
	struct nb_place place;
	uint64_t seen;

	ck_assert_int_eq(nb_table_seek(table, &core->map->keys, core->kind, key, NB_PLACE, &place), NB_VACANT);
	ck_assert(nb_table_claim(table, place, key->hash, &seen, word));
	nb_claims_add(&table->used, 1);
	return place;
}

struct nb_place core_put(struct core *core, struct nb_table *table, const struct nb_key *key, uint64_t value)
{
	struct nb_place place = core_claim(core, table, key, core_word(core, key));

	nb_store_relaxed(nb_place_value(place), value);
	if (nb_is_open(value) && nb_has_value(value))
		core_live(core, 1);
	return place;
}

void core_close_place(struct core *core, struct nb_table *table, const struct nb_key *key)
{
	struct nb_place place;
	uint64_t seen;

	ck_assert_int_eq(nb_table_seek(table, &core->map->keys, core->kind, key, NB_PLACE, &place), NB_VACANT);
	ck_assert(nb_key_close(nb_place_key(place), &seen));
}

void core_fill(struct core *core, struct nb_table *table)
{
	for (size_t home = 0; home < table->lines; home++)
		for (uint64_t n = 0; n < NB_LINE_SLOTS; n++)
			if (nb_load_relaxed(&table->line[home].key[n]) == NB_KEY_EMPTY) {
				/* Far from the hashes that tests choose. */
				struct nb_key key = core_key(core, core_hash(table->lines, home, 1000000 + n));
				struct nb_place place = core_put(core, table, &key, NB_TOMB);

				ck_assert_ptr_eq(place.line, &table->line[home]);
			}
}

uint64_t core_value_at(struct nb_place place)
{
	return nb_load_relaxed(nb_place_value(place));
}

uint64_t core_key_at(struct nb_place place)
{
	return nb_load_relaxed(nb_place_key(place));
}

/* ---- Operations ------------------------------------------------------------- */

uint64_t core_get(struct core *core, const struct nb_key *key)
{
	return nb_get_from(core->map, core->kind, nb_load_seq_cst(&core->map->top), key, NB_EMPTY);
}

int core_write(struct core *core, enum nb_verb verb, const struct nb_key *key, uint64_t value)
{
	struct nb_write write = {.value = value};

	return nb_write(core->map, core->kind, verb, &write, key);
}

void core_live(struct core *core, int64_t n)
{
	struct nb_count *live = &nb_load_relaxed(&core->map->top)->chain->live;

	if (n > 0)
		nb_count_add(live, (uint64_t)n);
	else
		nb_count_remove(live, (uint64_t)-n);
}

void core_breathe(struct core *core)
{
	nbr_leave(core->map->domain);
	ck_assert_int_ge(nbr_reclaim(core->map->domain), 0);
	nbr_enter(core->map->domain);
}

uint64_t core_pending(struct core *core)
{
	struct nbr_stats stats;

	nbr_domain_stats(core->map->domain, &stats);
	return stats.pending_objects;
}
