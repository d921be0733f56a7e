/*
 * suite: what the files of this program share: tests of tables and migrations
 * (table.h, migrate.h), and of what a get reads along a chain (ops.h), one
 * step at a time.
 *
 * Races are played out by hand.  The core's steps are functions, so a thread
 * that stalls is a call that comes late: a test freezes a slot as one copier,
 * lets the map be migrated, changed and migrated again as all the others, and
 * then takes the first copier's next step.  Where a function must be met half
 * way through, the allocator does it: its hook runs what the others do.
 *
 * Most tests run for both kinds of key: _i is the kind.  Chains are built on
 * counted keys and, where somebody must own them, counted values; so each
 * test also asserts, at core_close(), that whatever it did to the tables, each
 * key and each value was freed exactly once.
 */
#ifndef TABLE_SUITE_H
#define TABLE_SUITE_H

#include "core_build.h"

#define KINDS 2

/* A place in the probe order that every size of table agrees on: line 0. */
#define HASH UINT64_C(0x1000)

/* One for each file: its tests. */
void add_home(TCase *tcase);
void add_find(TCase *tcase);
void add_spill(TCase *tcase);
void add_valid(TCase *tcase);
void add_sizes(TCase *tcase);
void add_start(TCase *tcase);
void add_heir(TCase *tcase);
void add_herd(TCase *tcase);
void add_get(TCase *tcase);
void add_bound(TCase *tcase);
void add_copy(TCase *tcase);
void add_carry(TCase *tcase);
void add_write(TCase *tcase);
void add_stalled(TCase *tcase);
void add_sweep(TCase *tcase);
void add_policy(TCase *tcase);

#endif
