/*
 * ledger: one equation for every state of a map, also in the midst of a migration:
 *
 *   what waits  =  all that is alive - what the map still has
 *
 * On the left what the library says, on the right what was counted when it was
 * made, and what is found slot by slot.  The domain has no threads, so nothing is
 * freed before a test asks; then all of it must be off the account, and stand as
 * freed.
 *
 * One thing may be counted twice: a key that a writer takes along from a table
 * whose last block it has swept itself just before, so that the table waits
 * already, with that key on its account.
 */
#ifndef SIZES_LEDGER_H
#define SIZES_LEDGER_H

#include <stdint.h>

#include "count_alloc.h"
#include "facade.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "retire.h"
#include "stripe.h"
#include "subject.h"

#define KINDS 2
#define IDS 300

extern struct count *count;
extern struct nbmap_domain *domain;
extern struct subject subject;
extern struct nb_map *core;
extern uint32_t number[IDS]; /* of each key's value, 0: none */
extern uint64_t tables;	     /* bytes of all there ever were, but for those that were freed */

/* The map, in a section, with keys and values that have sizes.  `turn`: flavour
 * and kind of key. */
void begin(int turn, size_t capacity);
void finish(void);

/* The keys below IDS are written by these alone. */
void put(uint64_t id, uint32_t n);
void del(uint64_t id);
void clear(void);

struct nb_table *top(void);

/* To be called so often that no table comes and goes in between. */
void meet_tables(void);

struct nbmap_domain_stats stats(void);
uint64_t what_the_map_has(void);

/* The equation holds. */
void check_what_waits(void);

/* Free all that waits: the account is empty then, and what was freed is right. */
void walk_back(void);

#endif
