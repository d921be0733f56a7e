/*
 * misuse: debug builds name the public call that was made where it must not be,
 * and abort; other builds look at nothing.
 *
 *   section    a [section] call outside of one, or by a thread that the flavour
 *              does not know
 *   own call   a map is changed by a callback that it is itself waiting for:
 *              hash, equal, key_dup, value_equal, an update's, create
 *   living     a map or domain is destroyed that is not there (any more)
 *   callback   something is destroyed by a callback that reclamation calls
 *   hash       a _hashed call is handed another hash than the key's
 *   spare      an update's callback has freed the spare, and put another value in its
 *              place; seen by AddressSanitizer, where that is built in
 *
 *   busy  =  the map whose call this thread is in, or NULL
 *
 * The callbacks of reclamation, value_free among them, may change maps other than
 * their own, and run within calls of any map: they are not looked at.
 */
#ifndef NB_MISUSE_H
#define NB_MISUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The model does without: its threads are all one to the system. */
#ifndef NB_MISUSE
#ifdef NDEBUG
#define NB_MISUSE 0
#else
#define NB_MISUSE 1
#endif
#endif

struct nb_map;
struct nbr_domain;

#if !NB_MISUSE

static inline void nb_misuse_section(const struct nb_map *map, const char *call)
{
	(void)map;
	(void)call;
}

static inline void nb_misuse_change(const struct nb_map *map, const char *call)
{
	(void)map;
	(void)call;
}

static inline const struct nb_map *nb_misuse_begin(const struct nb_map *map)
{
	return map;
}

static inline void nb_misuse_end(const struct nb_map *outer)
{
	(void)outer;
}

static inline void nb_misuse_born(const struct nb_map *map)
{
	(void)map;
}

static inline void nb_misuse_destroy(const struct nb_map *map, const char *call)
{
	(void)map;
	(void)call;
}

static inline void nb_misuse_dead(const struct nb_map *map)
{
	(void)map;
}

static inline void nb_misuse_domain(const struct nbr_domain *domain, const char *call)
{
	(void)domain;
	(void)call;
}

static inline void nb_misuse_domain_section(const struct nbr_domain *domain, const char *call)
{
	(void)domain;
	(void)call;
}

static inline void nb_misuse_enter(const struct nbr_domain *domain, const char *call)
{
	(void)domain;
	(void)call;
}

static inline void nb_misuse_register(bool refused, const char *call)
{
	(void)refused;
	(void)call;
}

static inline void nb_misuse_hashes(const struct nb_map *map, const void *const *keys, const uint64_t *hashes,
				    size_t count, const char *call)
{
	(void)map;
	(void)keys;
	(void)hashes;
	(void)count;
	(void)call;
}

static inline void nb_misuse_spare(const struct nb_map *map, const void *spare)
{
	(void)map;
	(void)spare;
}

#else

void nb_misuse_section(const struct nb_map *map, const char *call);

/* Before a write, which then begins. */
void nb_misuse_change(const struct nb_map *map, const char *call);

/* Around a call that may call the map's callbacks. */
const struct nb_map *nb_misuse_begin(const struct nb_map *map);
void nb_misuse_end(const struct nb_map *outer);

/* A map was made; is about to be destroyed; was. */
void nb_misuse_born(const struct nb_map *map);
void nb_misuse_destroy(const struct nb_map *map, const char *call);
void nb_misuse_dead(const struct nb_map *map);

/* A domain is about to be destroyed. */
void nb_misuse_domain(const struct nbr_domain *domain, const char *call);

/* A [section] call on a domain. */
void nb_misuse_domain_section(const struct nbr_domain *domain, const char *call);

/* A section is begun. */
void nb_misuse_enter(const struct nbr_domain *domain, const char *call);

/* A thread's call was refused, as it is not registered, or was already. */
void nb_misuse_register(bool refused, const char *call);

/* hashes[i] is taken for what the map's type says of keys[i]. */
void nb_misuse_hashes(const struct nb_map *map, const void *const *keys, const uint64_t *hashes, size_t count,
		      const char *call);

/* A spare that an update's callback has replaced is about to be discarded; without a
 * value_free it is the callback's, and may be freed. */
void nb_misuse_spare(const struct nb_map *map, const void *spare);

#endif

#endif
