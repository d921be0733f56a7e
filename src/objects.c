/*
 * objects: maps whose keys are objects.  The functions are in api.h, but for those that
 * take a hash computed before.
 */
#include "map.h"

#define NB_API(name) nbmap_##name
#define NB_OUTER nbmap
#define NB_KIND NB_OBJECT
typedef const void *nb_public_key;
typedef const void *const nb_key_array;
typedef const void *nb_key_out;
typedef struct nbmap_entry nb_entry;
typedef nbmap_update_fn nb_update_fn;
typedef nbmap_create_fn nb_create_fn;
typedef nbmap_print_fn nb_print_fn;

NB_INLINE bool prepare(const struct nb_keys *keys, nb_public_key object, const uint64_t *hash, struct nb_key *key)
{
	if (!nb_object_legal(keys, object))
		return false;
	*key = hash ? nb_key_of_hashed(keys, object, *hash) : nb_key_of_object(keys, object);
	return true;
}

static inline nb_key_out key_of_word(const struct nb_keys *keys, uint64_t word)
{
	return nb_object_of_word(keys, word);
}

#include "api.h"

/* ---- With a hash computed before ---------------------------------------- */

uint64_t nbmap_hash(struct nbmap *outer, const void *key)
{
	const struct nb_keys *keys = &outer->map.keys;
	const struct nb_map *busy = nb_misuse_begin(&outer->map);
	uint64_t hash = nb_object_legal(keys, key) ? nb_object_hash(keys, key) : 0;

	nb_misuse_end(busy);
	return hash;
}

void *nbmap_get_hashed(struct nbmap *outer, const void *key, uint64_t hash)
{
	nb_misuse_section(&outer->map, __func__);
	nb_misuse_hashes(&outer->map, &key, &hash, 1, __func__);
	return get_key(&outer->map, key, &hash);
}

void nbmap_get_batch_hashed(struct nbmap *outer, const void *const *keys, const uint64_t *hashes, void **values,
			    size_t count)
{
	nb_misuse_section(&outer->map, __func__);
	nb_misuse_hashes(&outer->map, keys, hashes, count, __func__);
	get_keys(&outer->map, keys, hashes, values, count);
}

/* Before a write. */
static inline void look_for_misuse(const struct nb_map *map, const void *key, uint64_t hash, const char *call)
{
	nb_misuse_section(map, call);
	nb_misuse_change(map, call);
	nb_misuse_hashes(map, &key, &hash, 1, call);
}

int nbmap_put_hashed(struct nbmap *outer, const void *key, uint64_t hash, void *value, void **seen)
{
	struct nb_write write;

	look_for_misuse(&outer->map, key, hash, __func__);
	nb_write_begin(&write);
	return write_value(outer, NB_PUT, &write, key, &hash, value, seen);
}

int nbmap_add_hashed(struct nbmap *outer, const void *key, uint64_t hash, void *value, void **seen)
{
	struct nb_write write;

	look_for_misuse(&outer->map, key, hash, __func__);
	nb_write_begin(&write);
	return write_value(outer, NB_ADD, &write, key, &hash, value, seen);
}

int nbmap_del_hashed(struct nbmap *outer, const void *key, uint64_t hash, void **seen)
{
	struct nb_write write;

	look_for_misuse(&outer->map, key, hash, __func__);
	nb_write_begin(&write);
	return write_key(outer, NB_DEL, &write, key, &hash, seen);
}

int nbmap_update_hashed(struct nbmap *outer, const void *key, uint64_t hash, nbmap_update_fn *fn, void *arg,
			void **seen)
{
	struct update update;

	look_for_misuse(&outer->map, key, hash, __func__);
	update_begin(&update, key, fn, arg);
	return fn ? write_key(outer, NB_UPDATE, &update.write, key, &hash, seen) : -EINVAL;
}

int nbmap_add_int_hashed(struct nbmap *outer, const void *key, uint64_t hash, int64_t delta, void **seen)
{
	look_for_misuse(&outer->map, key, hash, __func__);
	return add_to_key(outer, key, &hash, delta, seen);
}

int nbmap_get_or_add_hashed(struct nbmap *outer, const void *key, uint64_t hash, nbmap_create_fn *create, void *arg,
			    void **value)
{
	look_for_misuse(&outer->map, key, hash, __func__);
	return get_or_add_key(&outer->map, key, &hash, create, arg, value);
}
