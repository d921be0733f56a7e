/*
 * hash: randomness for seeds, and the ready-made key types.
 */
#ifndef NB_HASH_H
#define NB_HASH_H

#include <stdint.h>

/* A number nobody can guess, from the system's generator where it answers. */
uint64_t nb_random_seed(void);

#endif
