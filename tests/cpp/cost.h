/*
 * cost: the same loops, over the same calls, in C and in C++.
 *
 * Each goes once through the keys 0 to n - 1 in one section.  cost.sh compares
 * how many instructions of the program's own they take, beside those of the library.
 */
#ifndef COST_H
#define COST_H

#include "nbmap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of integer keys with numbers; what get sums up is returned. */
uint64_t c_numbers(struct nbmap_u64 *map, uint64_t n);

/* Of 8-byte strings, at text, with numbers. */
uint64_t c_strings(struct nbmap *map, const char *text, uint64_t n);

/* Of integer keys with objects that the map owns: a uint64_t each, made and freed by these two, elsewhere. */
uint64_t c_objects(struct nbmap_u64 *map, uint64_t n);

void *new_object(uint64_t number);
void free_object(void *object);

#ifdef __cplusplus
}
#endif

#endif
