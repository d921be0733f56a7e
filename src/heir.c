/*
 * heir: see heir.h.
 */
#include "heir.h"

#include <errno.h>

#include "host.h"
#include "map.h"
#include "probe.h"
#include "tuning.h"

/* ---- Hurry -------------------------------------------------------------- */

/*
 * While there are slices to be had, each claim and removal is due for a check,
 * and takes one.  Relaxed: a hint.  A store that comes late is made up for by the
 * next check, in either direction.
 */
static void hurry(struct nb_table *table, uint64_t mask)
{
	if (nb_load_relaxed(&table->check_mask) != mask)
		nb_store_relaxed(&table->check_mask, mask);
}

/* ---- Slices ------------------------------------------------------------- */

bool nb_heir_clear(struct nb_table *heir, size_t slice)
{
	nb_table_clear_slice(heir, slice);
	/* seq_cst for acq_rel: whoever counts the last has seen them all. */
	return nb_fetch_add_seq_cst(&heir->cleared, 1) + 1 == heir->slices;
}

/* Clear one; false if there is none. */
static bool work(struct nb_map *map, struct nb_table *table, struct nb_table *heir)
{
	size_t slice = nb_heir_take(heir);

	if (slice == heir->slices)
		return false;
	if (nb_heir_clear(heir, slice))
		(void)nb_heir_link(map, table, heir);
	return true;
}

/* ---- Link --------------------------------------------------------------- */

bool nb_heir_link(struct nb_map *map, struct nb_table *table, struct nb_table *heir)
{
	uint64_t number = table->number;
	struct nb_table *none = NULL;

	/* acquire: pairs with the counting of each slice. */
	if (nb_load_acquire(&heir->cleared) < heir->slices)
		return false;
	/* Before the link, so that newest >= every number that can be reached; and
	 * by one at most, if the link has yet to come.  A failure means that
	 * somebody else raised it at least as far. */
	(void)nb_cas_seq_cst(&table->chain->newest, &number, number + 1);
	/* seq_cst: a probe that ends FULL decides a miss by reading NULL here. */
	if (!nb_cas_seq_cst(&table->next, &none, heir))
		return false;
	nb_fetch_add_relaxed(&map->migrations, 1);
	NBR_PROBE(migration_start, map, table->number, table->lines, heir->lines, nb_count_sum(&table->chain->live));
	if (table->blocks >= NB_SETTLE_MIN)
		nb_host_settle(map);
	return true;
}

/* One that nobody else has seen: clear all of it, and link it or free it. */
static bool link_alone(struct nb_map *map, struct nb_table *table, struct nb_table *heir)
{
	nb_table_clear(heir);
	if (nb_heir_link(map, table, heir))
		return true;
	nb_host_free(map, heir, heir->bytes);
	return false;
}

/* ---- Make --------------------------------------------------------------- */

/*
 * By who began at `place`.  What can be cleared in one slice, or need not be, is
 * not worth an offer; the place then stays taken, as the table has a successor.
 */
static int make(struct nb_map *map, struct nb_table *table, unsigned place, struct nb_size size)
{
	struct nb_table *heir = nb_table_make(map, table->chain, size, table->number + 1);

	if (!heir) {
		(void)nb_heir_drop(table, place);
		return -ENOMEM;
	}
	if (nb_table_is_left(table)) {
		nb_host_free(map, heir, heir->bytes);
		(void)nb_heir_drop(table, place);
	} else if (heir->slices <= 1) {
		if (!link_alone(map, table, heir))
			(void)nb_heir_drop(table, place);
	} else {
		(void)nb_heir_offer(table, place, heir);
		hurry(table, 0);
		(void)work(map, table, heir);
	}
	return 0;
}

bool nb_heir_assist(struct nb_map *map, struct nb_table *table)
{
	for (unsigned place = 0; place < NB_HEIRS; place++) {
		struct nb_table *heir = nb_heir_at(table, place);

		if (heir && work(map, table, heir)) {
			hurry(table, 0);
			return true;
		}
	}
	hurry(table, table->calm_mask);
	return false;
}

int nb_heir_want(struct nb_map *map, struct nb_table *table, struct nb_size size, unsigned places)
{
	if (nb_heir_assist(map, table))
		return 0;
	for (unsigned place = 0; place < places; place++)
		if (nb_heir_begin(table, place))
			return make(map, table, place, size);
	return 0;
}

bool nb_heir_is_under_way(struct nb_table *table)
{
	for (unsigned place = 0; place < NB_HEIRS; place++)
		if (nb_heir_at(table, place))
			return true;
	return nb_table_is_left(table);
}

int nb_heir_force(struct nb_map *map, struct nb_table *table, struct nb_size size)
{
	struct nb_table *heir = NULL;

	while (!nb_table_is_left(table)) {
		unsigned place = 0;

		/* As often as there are slices. */
		if (nb_heir_assist(map, table))
			continue;
		/* All are handed out, and those of others may never be done. */
		if (heir) {
			(void)link_alone(map, table, heir);
			return 0;
		}
		while (place < NB_HEIRS && !nb_heir_begin(table, place))
			place++;
		if (place < NB_HEIRS) {
			int error = make(map, table, place, size);

			if (error)
				return error;
			continue;
		}
		/* While we allocate, another may offer one, in which more can help. */
		heir = nb_table_make(map, table->chain, size, table->number + 1);
		if (!heir)
			return -ENOMEM;
	}
	if (heir)
		nb_host_free(map, heir, heir->bytes);
	return 0;
}

/* ---- The end ------------------------------------------------------------ */

/* One that is the table's to free. */
static struct nb_table *lost_heir(struct nb_table *table, unsigned place)
{
	struct nb_table *heir = nb_heir_at(table, place);

	return heir != nb_load_acquire(&table->next) ? heir : NULL;
}

size_t nb_heir_bytes(struct nb_table *table)
{
	size_t bytes = 0;

	for (unsigned place = 0; place < NB_HEIRS; place++) {
		struct nb_table *heir = lost_heir(table, place);

		bytes += heir ? nb_host_block_size(heir->bytes) : 0;
	}
	return bytes;
}

void nb_heir_free(struct nb_map *map, struct nb_table *table, size_t *bytes)
{
	for (unsigned place = 0; place < NB_HEIRS; place++) {
		struct nb_table *heir = lost_heir(table, place);
		size_t freed;

		if (!heir)
			continue;
		freed = nb_host_block_size(heir->bytes);
		*bytes -= freed < *bytes ? freed : *bytes;
		nb_store_relaxed(&table->heir[place], NULL);
		nb_host_free(map, heir, heir->bytes);
	}
}
