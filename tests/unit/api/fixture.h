/*
 * fixture: a map of counting keys and values in a domain without a thread, so
 * that what is pending stays so until a test asks.  The test's body runs inside
 * a section of bp.  After every test all that was made must have been freed,
 * once.
 */
#ifndef API_FIXTURE_H
#define API_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <stdint.h>

#include "count_alloc.h"
#include "crew.h"
#include "run.h"
#include "subject.h"
#include "nbmap.h"

#define SEED 42

extern struct count *count;
extern struct nbmap_allocator allocator;
extern struct nbmap_type type;
extern struct nbmap_config config;
extern struct nbmap_domain *domain;
extern struct nbmap *map;

void setup(void);
void teardown(void);

/* Outside a section for a moment: free what is pending. */
void settle(void);

/* Make the map as `config` says, and enter; leave, and destroy it; both: another map. */
void begin(void);
void finish(void);
void restart(void);

/* ---- One map ------------------------------------------------------------ */

/* These run by the thousand: crew_check() costs nothing, where ck_assert() writes down each place it passes. */

void *value(uint64_t number);

/* A value that the map did not take is still ours. */
void unused(void *made);

void put(uint64_t id, uint64_t number);
int del(uint64_t id);

/* The number under `id`, or 0. */
uint64_t number_at(uint64_t id);

struct nbmap_stats stats(void);

/* What a failed call leaves behind: 7 under key 1, nothing else, and `seen` as it was. */
extern char untouched_mark;
#define UNTOUCHED ((void *)&untouched_mark)
void assert_only_seven(void);

/* ---- The tests ---------------------------------------------------------- */

/* One for each file: its tests. */
void add_operations(TCase *tcase);
void add_updates(TCase *tcase);
void add_shortages(TCase *tcase);
void add_keys(TCase *tcase);
void add_types(TCase *tcase);
void add_configuration(TCase *tcase);
void add_reports(TCase *tcase);
void add_ends(TCase *tcase);
void add_threads(TCase *tcase);

#endif
