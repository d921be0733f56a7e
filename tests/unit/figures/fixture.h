/*
 * fixture: a map of either kind, in a domain of its own, whose keys' places are chosen;
 * all that it makes is counted, and nothing is freed, nor a migration finished, unless a
 * test asks.
 *
 * Tables are as large as a sample, which is then exact, but where a test says otherwise.
 */
#ifndef FIGURES_FIXTURE_H
#define FIGURES_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "run.h"
#include "tuning.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)

/* ---- The map ------------------------------------------------------------ */

extern struct count *count;
extern enum nbmap_flavor flavor;
extern bool integer;
extern struct nbmap_domain *domain;
extern struct nbmap *objects;
extern struct nbmap_u64 *integers;
extern struct nb_map *core;

/* nbmap_NAME() or nbmap_u64_NAME() of the map. */
#define CALL(name, ...) (integer ? nbmap_u64_##name(integers, __VA_ARGS__) : nbmap_##name(objects, __VA_ARGS__))
#define WHOLE(name) (integer ? nbmap_u64_##name(integers) : nbmap_##name(objects))

/* Of `capacity` entries, `turn` says of which kind and flavour, with sizes of keys and
 * values or without; and enter. */
void open_with(int turn, size_t capacity, bool sizes, struct nbmap_domain_config domain_config);

/* Nothing is freed, nor a migration finished, unless a test asks. */
#define QUIET ((struct nbmap_domain_config){.flags = NBMAP_NO_THREAD})

/* As large as may be for a sample to be exact. */
#define LINES (NB_SAMPLE_LINES < 128 ? (size_t)NB_SAMPLE_LINES : (size_t)128)
void open_exact(int turn, bool sizes);

void close_map(void);

struct nb_table *top(void);

/* A capacity for which a table has just `lines` lines. */
size_t capacity_of(size_t lines);

struct nbmap_stats stats(void);
struct nbmap_domain_stats domain_stats(void);

/* ---- Keys whose home is chosen ------------------------------------------ */

/* The n-th hash whose home is `home`, as the map mixes it. */
uint64_t hash_at(size_t home, uint64_t n);

/* Operations on the key of that hash. */
struct count_key object_at(uint64_t hash);
int put(uint64_t hash);
void del(uint64_t hash);

/* A key in each line from `first` on, in its home. */
void put_one_a_line(size_t first);

/* Those that stand aside are in no table. */
void put_aside(void);

/* An object that is the caller's. */
int retire(void);

/* Sweep blocks from..to-1 of the top table. */
void sweep(size_t from, size_t to);

/* ---- What is expected --------------------------------------------------- */

/* The class of a way of so many lines: 1; 2; 3, 4; 5 to 8; 9 to 16; ... */
unsigned class_of(size_t lines);

/* All keys in the histogram. */
uint64_t sum(const struct nbmap_stats *of);

/* ---- The tests ---------------------------------------------------------- */

/* One for each file: its tests. */
void add_tables(TCase *tcase);
void add_domains(TCase *tcase);
void add_printing(TCase *tcase);
void add_beside(TCase *tcase);

#endif
