/*
 * loops: what outrun's writers do, a template.  A side's file defines, before
 * it includes this,
 *
 *   struct map                                    begins with struct side_base base
 *   void map_enter(struct map *), map_leave(...)  a read-side section
 *   void map_quiescent(struct map *)              after a section, for QSBR
 *   bool map_put(struct map *, uint64_t key)      false: refused
 *   bool map_remove(struct map *, uint64_t key)   false: refused
 *   void map_get(struct map *, uint64_t key, uint64_t *sum)
 *
 * all static inline, and gets SIDE_LOOPS to initialize its struct side with,
 * and side_base_init() and side_fill() to make a map with.
 *
 * An operation that was refused is no operation done: it is counted apart.
 */
#ifndef COMPARE_OUTRUN_LOOPS_H
#define COMPARE_OUTRUN_LOOPS_H

#include <urcu/flavor.h>

#include "draw.h"
#include "flavor.h"
#include "keys.h"
#include "outrun/side.h"
#include "tick.h"

static inline void side_base_init(struct side_base *base, const struct side_config *config)
{
	base->urcu = flavor_of(config->flavor);
	base->flavor = config->flavor;
	base->section = config->section;
}

/* After a section: true to go on. */
static inline bool side_next(struct map *map, struct shift *shift, uint64_t ops)
{
	__atomic_store_n(&shift->ops, ops, __ATOMIC_RELEASE);
	if (map->base.flavor == NBMAP_QSBR)
		map_quiescent(map);
	return !__atomic_load_n(shift->stop, __ATOMIC_RELAXED);
}

/* 1 if it was done, 0 if it was refused. */
static inline unsigned side_count(struct map *map, bool done)
{
	if (!done)
		tally_add(&map->base.refused, 1);
	return done;
}

static void side_overwrite(void *arg, struct shift *shift)
{
	struct map *map = arg;
	uint64_t x = shift->seed, ops = 0, range = shift->to - shift->from;

	map->base.urcu->register_thread();
	do {
		map_enter(map);
		for (unsigned i = 0; i < map->base.section; i++) {
			x = draw_next(x);
			ops += side_count(map, map_put(map, key_u64(shift->from + draw_below(x, range))));
		}
		map_leave(map);
	} while (side_next(map, shift, ops));
	map->base.urcu->unregister_thread();
}

/* The end of the section belongs to its last put: what that owes is paid there. */
static void side_timed(void *arg, struct shift *shift)
{
	struct map *map = arg;
	uint64_t x = shift->seed, ops = 0, range = shift->to - shift->from;

	map->base.urcu->register_thread();
	do {
		map_enter(map);
		for (unsigned i = 0; i < map->base.section; i++) {
			x = draw_next(x);

			uint64_t key = key_u64(shift->from + draw_below(x, range)), start = tick_now();

			ops += side_count(map, map_put(map, key));
			if (i + 1 == map->base.section)
				map_leave(map);
			histogram_record(shift->histogram, tick_ns(tick_now() - start));
		}
	} while (side_next(map, shift, ops));
	map->base.urcu->unregister_thread();
}

/* What is refused is tried again, so that the live keys do not become more. */
static inline unsigned side_churn_one(struct map *map, struct shift *shift)
{
	bool put = shift->to - shift->from < SIDE_LIVE;
	bool done = put ? map_put(map, key_u64(shift->to)) : map_remove(map, key_u64(shift->from));

	if (put)
		shift->to += done;
	else
		shift->from += done;
	return side_count(map, done);
}

static void side_churn(void *arg, struct shift *shift)
{
	struct map *map = arg;
	uint64_t ops = 0;

	map->base.urcu->register_thread();
	do {
		map_enter(map);
		for (unsigned i = 0; i < map->base.section; i++)
			ops += side_churn_one(map, shift);
		map_leave(map);
	} while (side_next(map, shift, ops));
	map->base.urcu->unregister_thread();
}

static void side_mix(void *arg, struct shift *shift)
{
	struct map *map = arg;
	uint64_t x = shift->seed, sum = 0, ops = 0, range = shift->to - shift->from;

	map->base.urcu->register_thread();
	do {
		map_enter(map);
		for (unsigned i = 0; i < map->base.section; i++) {
			x = draw_next(x);

			uint64_t key = key_u64(shift->from + draw_below(x, range));

			if (draw_decision(x) < shift->mixture.get_below) {
				map_get(map, key, &sum);
				ops++;
			} else {
				ops += side_count(map, map_put(map, key));
			}
		}
		map_leave(map);
	} while (side_next(map, shift, ops));
	map->base.urcu->unregister_thread();
	shift->sum = sum;
}

/* Indices 0 to count - 1.  False if one was refused. */
static bool side_fill(struct map *map, uint64_t count)
{
	bool good = true;

	map->base.urcu->register_thread();
	map_enter(map);
	for (uint64_t i = 0; i < count; i++)
		good &= map_put(map, key_u64(i));
	map_leave(map);
	map->base.urcu->unregister_thread();
	return good;
}

/* clang-format off */
#define SIDE_LOOPS { side_overwrite, side_timed, side_churn, side_mix }
/* clang-format on */

#endif
