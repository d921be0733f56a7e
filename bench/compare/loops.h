/*
 * loops: the operation loops, a template.  A peer's file defines, before it
 * includes this,
 *
 *   struct map                                        its map
 *   bool map_get(struct map *, key, uint64_t *sum)    adds what it found to *sum
 *   bool map_insert(struct map *, key, uint64_t value)
 *   bool map_remove(struct map *, key)
 *   bool map_update(struct map *, key, uint64_t value)
 *   void map_breathe(void)                            a quiescent state
 *
 * all static inline, with keys as const char * if LOOPS_STRINGS is defined and
 * uint64_t if not, and gets LOOPS to initialize its struct peer with.
 *
 * Every loop announces a quiescent state and looks whether to stop once in
 * LOOPS_BLOCK operations, for all peers alike.
 */
#ifndef COMPARE_LOOPS_H
#define COMPARE_LOOPS_H

#include "draw.h"
#include "keys.h"
#include "peer.h"
#include "tick.h"

#define LOOPS_BLOCK 64

#ifdef LOOPS_STRINGS
static inline const char *loop_key(const struct shift *shift, uint64_t index)
{
	return key_string(shift->strings, index);
}
#else
static inline uint64_t loop_key(const struct shift *shift, uint64_t index)
{
	(void)shift;
	return key_u64(index);
}
#endif

/* Between blocks: true to go on. */
static inline bool loop_next(struct shift *shift, uint64_t ops)
{
	__atomic_store_n(&shift->ops, ops, __ATOMIC_RELEASE);
	map_breathe();
	return ops < shift->quota && !__atomic_load_n(shift->stop, __ATOMIC_RELAXED);
}

/* Where a loop that goes through indices from `at` on ends its block. */
static inline uint64_t loop_block_end(const struct shift *shift, uint64_t at)
{
	return shift->to - at < LOOPS_BLOCK ? shift->to : at + LOOPS_BLOCK;
}

static inline void loop_one(struct map *map, const struct shift *shift, uint64_t x, uint64_t index, uint64_t *sum)
{
	uint32_t decision = draw_decision(x);

	if (decision < shift->mixture.get_below)
		map_get(map, loop_key(shift, index), sum);
	else if (decision < shift->mixture.insert_below)
		*sum += map_insert(map, loop_key(shift, index), index + 1);
	else if (decision < shift->mixture.remove_below)
		*sum += map_remove(map, loop_key(shift, index));
	else
		*sum += map_update(map, loop_key(shift, index), decision + 1);
}

static inline void loop_one_tested(struct map *map, const struct shift *shift, uint64_t x, uint64_t index,
				   uint64_t *sum)
{
	uint32_t decision = draw_decision(x);
	uint64_t found = 0;
	bool answer;

	if (decision < shift->mixture.get_below)
		answer = map_get(map, loop_key(shift, index), &found);
	else if (decision < shift->mixture.insert_below)
		answer = map_insert(map, loop_key(shift, index), index + 1);
	else
		answer = map_remove(map, loop_key(shift, index));
	/* The empty instructions keep the compiler from making arithmetic of the branch. */
	if (answer) {
		__asm__ volatile("");
		*sum += found + 1;
	} else {
		__asm__ volatile("");
		*sum ^= index;
	}
}

/* `tested` is a constant, so that each loop has its own kind of call inlined. */
static inline void loop_drawn(struct map *map, struct shift *shift, bool tested)
{
	const uint32_t *ring = shift->ring;
	uint64_t x = shift->seed, sum = 0, ops = 0, range = shift->to - shift->from;
	uint32_t at = shift->ring_start;

	do {
		for (unsigned i = 0; i < LOOPS_BLOCK; i++) {
			uint64_t index;

			x = draw_next(x);
			index = ring ? ring[at + i] : shift->from + draw_below(x, range);
			if (tested)
				loop_one_tested(map, shift, x, index, &sum);
			else
				loop_one(map, shift, x, index, &sum);
		}
		at = (at + LOOPS_BLOCK) & shift->ring_mask;
		ops += LOOPS_BLOCK;
	} while (loop_next(shift, ops));
	shift->sum = sum;
}

static void loop_mix(void *arg, struct shift *shift)
{
	loop_drawn((struct map *)arg, shift, false);
}

/* As mix without updates, but each answer is tested. */
static void loop_tested(void *arg, struct shift *shift)
{
	loop_drawn((struct map *)arg, shift, true);
}

static void loop_fill(void *arg, struct shift *shift)
{
	struct map *map = (struct map *)arg;
	uint64_t at = shift->from, sum = 0;

	do {
		for (uint64_t end = loop_block_end(shift, at); at < end; at++)
			sum += map_insert(map, loop_key(shift, at), at + 1);
	} while (loop_next(shift, at - shift->from) && at < shift->to);
	shift->sum = sum;
}

static void loop_erase(void *arg, struct shift *shift)
{
	struct map *map = (struct map *)arg;
	uint64_t at = shift->from, sum = 0;

	do {
		for (uint64_t end = loop_block_end(shift, at); at < end; at++) {
			if (at % 10)
				sum += map_remove(map, loop_key(shift, at));
		}
	} while (loop_next(shift, at - shift->from) && at < shift->to);
	shift->sum = sum;
}

static void loop_churn(void *arg, struct shift *shift)
{
	struct map *map = (struct map *)arg;
	uint64_t sum = 0, ops = 0;

	do {
		for (unsigned i = 0; i < LOOPS_BLOCK / 2; i++) {
			sum += map_insert(map, loop_key(shift, shift->to), shift->to + 1);
			sum += map_remove(map, loop_key(shift, shift->from));
			shift->to++;
			shift->from++;
		}
		ops += LOOPS_BLOCK;
	} while (loop_next(shift, ops));
	shift->sum = sum;
}

/* Where the mixture asks for a key and there is none, it inserts one. */
static void loop_stream(void *arg, struct shift *shift)
{
	struct map *map = (struct map *)arg;
	const struct peer_mixture *mixture = &shift->mixture;
	uint64_t x = shift->seed, sum = 0, ops = 0;

	do {
		for (unsigned i = 0; i < LOOPS_BLOCK; i++) {
			x = draw_next(x);

			uint32_t decision = draw_decision(x);
			uint64_t live = shift->to - shift->from, index = shift->from + draw_below(x, live);

			if (live == 0 || (decision >= mixture->get_below && decision < mixture->insert_below)) {
				sum += map_insert(map, loop_key(shift, shift->to), shift->to + 1);
				shift->to++;
			} else if (decision < mixture->get_below) {
				map_get(map, loop_key(shift, index), &sum);
			} else if (decision < mixture->remove_below) {
				sum += map_remove(map, loop_key(shift, shift->from));
				shift->from++;
			} else {
				sum += map_update(map, loop_key(shift, index), decision + 1);
			}
		}
		ops += LOOPS_BLOCK;
	} while (loop_next(shift, ops));
	shift->sum = sum;
}

static void loop_timed_insert(void *arg, struct shift *shift)
{
	struct map *map = (struct map *)arg;
	uint64_t at = shift->from, sum = 0;

	do {
		for (uint64_t end = loop_block_end(shift, at); at < end; at++) {
			uint64_t start = tick_now();

			sum += map_insert(map, loop_key(shift, at), at + 1);
			histogram_record(shift->histogram, tick_ns(tick_now() - start));
		}
	} while (loop_next(shift, at - shift->from) && at < shift->to);
	shift->sum = sum;
}

static void loop_timed_update(void *arg, struct shift *shift)
{
	struct map *map = (struct map *)arg;
	uint64_t x = shift->seed, sum = 0, ops = 0, range = shift->to - shift->from;

	do {
		for (unsigned i = 0; i < LOOPS_BLOCK; i++) {
			x = draw_next(x);

			uint64_t index = shift->from + draw_below(x, range), start = tick_now();

			sum += map_update(map, loop_key(shift, index), draw_decision(x) + 1);
			histogram_record(shift->histogram, tick_ns(tick_now() - start));
		}
		ops += LOOPS_BLOCK;
	} while (loop_next(shift, ops));
	shift->sum = sum;
}

/* What another thread is filling is read only as far as it had come. */
static inline uint64_t loop_range(const struct shift *shift)
{
	return shift->grown ? __atomic_load_n(shift->grown, __ATOMIC_ACQUIRE) : shift->to - shift->from;
}

static void loop_timed_get(void *arg, struct shift *shift)
{
	struct map *map = (struct map *)arg;
	uint64_t x = shift->seed, sum = 0, ops = 0;

	do {
		uint64_t range = loop_range(shift);

		if (range == 0)
			continue;
		for (unsigned i = 0; i < LOOPS_BLOCK; i++) {
			x = draw_next(x);

			uint64_t index = shift->from + draw_below(x, range), start = tick_now();

			map_get(map, loop_key(shift, index), &sum);
			histogram_record(shift->histogram, tick_ns(tick_now() - start));
		}
		ops += LOOPS_BLOCK;
	} while (loop_next(shift, ops));
	shift->sum = sum;
}

/* clang-format off */
#define LOOPS { \
	loop_mix, loop_tested, loop_fill, loop_erase, loop_churn, loop_stream, \
	loop_timed_insert, loop_timed_update, loop_timed_get, \
}
/* clang-format on */

#endif
