/*
 * hash: randomness for seeds, and the ready-made key types.
 */
#ifndef NB_HASH_H
#define NB_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "key.h"

/* A number nobody can guess, from the system's generator where it answers. */
uint64_t nb_random_seed(void);

struct nbmap_type;

/* Which ready-made type's hash and equal it has. */
enum nb_ready nb_ready_of(const struct nbmap_type *type);

/* Whether a type's hash is one of ours that is as good as random in every bit,
 * and another one under each seed. */
bool nb_hash_is_mixed(uint64_t (*hash)(const void *key, uint64_t seed, void *arg));

/* The bytes of a key, if `hash` is that of strings or byte ranges; else false. */
bool nb_hash_text(uint64_t (*hash)(const void *key, uint64_t seed, void *arg), const void *key, const void **text,
		  size_t *size);

#endif
