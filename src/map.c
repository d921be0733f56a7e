/*
 * map: maps whose keys are objects.  The functions are in api.h.
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

static inline bool prepare(const struct nb_keys *keys, nb_public_key object, struct nb_key *key)
{
	if (!nb_object_legal(keys, object))
		return false;
	*key = nb_key_of_object(keys, object);
	return true;
}

static inline nb_key_out key_of_word(const struct nb_keys *keys, uint64_t word)
{
	return nb_object_of_word(keys, word);
}

#include "api.h"
