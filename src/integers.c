/*
 * integers: maps whose keys are 64-bit integers.  The functions are in api.h.
 */
#include "map.h"

#define NB_API(name) nbmap_u64_##name
#define NB_OUTER nbmap_u64
#define NB_KIND NB_INTEGER
typedef uint64_t nb_public_key;
typedef const uint64_t nb_key_array;
typedef uint64_t nb_key_out;
typedef struct nbmap_u64_entry nb_entry;
typedef nbmap_u64_update_fn nb_update_fn;
typedef nbmap_u64_create_fn nb_create_fn;
typedef nbmap_u64_print_fn nb_print_fn;

NB_INLINE bool prepare(const struct nb_keys *keys, nb_public_key integer, const uint64_t *hash, struct nb_key *key)
{
	(void)hash;
	*key = nb_key_of_integer(keys, integer);
	return true;
}

static inline nb_key_out key_of_word(const struct nb_keys *keys, uint64_t word)
{
	return nb_integer_of_word(keys, word);
}

#include "api.h"
