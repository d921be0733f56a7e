/*
 * lanes: a table's blocks, handed out to threads that never come back.
 */
#ifndef TEST_LANES_H
#define TEST_LANES_H

#include <check.h>

#include "migrate.h"

static inline void lanes_hand_out_all(struct nb_table *table)
{
	for (size_t lane = 0; lane < table->lanes; lane++)
		nb_store_relaxed(&table->lane[lane].cursor, table->blocks);
	ck_assert_uint_eq(nb_migrate_handed_out(table), table->blocks);
}

#endif
