/*
 * calibrate: see calibrate.h.
 *
 * Lines are gone through in a random order in which each says which is next, so that no
 * access can begin before the one before it has ended: what is measured is latency.  Of one
 * processor's the least of the rounds counts, as all that disturbs makes a round longer.
 *
 *   load_llc, load_memory    a chain through 16 MiB, and through 512
 *   own_llc, own_memory      the same, with a read-modify-write of each line
 *   load_owner, own_owner    the other processor has just written to the lines
 *   own_sharers              it has just read them, and so have we
 *   migrates                 whether, when it has read what we have written, we must get it
 *                            back to read it
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* MADV_HUGEPAGE */
#endif
#include "calibrate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "draw.h"
#include "pin.h"
#include "seconds.h"

#define NEAR ((size_t)16 << 20)
#define FAR_AWAY ((size_t)512 << 20)
#define FEW 64	    /* lines that stay in the nearest cache */
#define SHARED 2048 /* lines that go to and fro */
#define ROUNDS 100
#define TURNS 601
#define STEPS 20000

struct line {
	_Alignas(64) _Atomic uint64_t next;
};

enum touch { NOTHING = -1, LOAD, OWN };

/* Who goes through the lines, one after the other; the last is measured. */
struct course {
	enum touch first, by_other, then, measured;
};

static uint64_t sink;

/* One cycle through `count` lines (Sattolo's). */
static void chain(struct line *line, size_t count)
{
	uint64_t random = draw_seed(1, 1);

	for (size_t i = 0; i < count; i++)
		atomic_store_explicit(&line[i].next, i, memory_order_relaxed); /* alone */
	for (size_t i = count - 1; i > 0; i--) {
		size_t other = (random = draw_next(random)) % i;
		uint64_t next = atomic_load_explicit(&line[i].next, memory_order_relaxed); /* alone */

		/* alone */
		atomic_store_explicit(&line[i].next, atomic_load_explicit(&line[other].next, memory_order_relaxed),
				      memory_order_relaxed);
		atomic_store_explicit(&line[other].next, next, memory_order_relaxed); /* alone */
	}
}

/* Relaxed: the values are final, and time is all that is wanted. */
static uint64_t walk(struct line *line, size_t steps, enum touch touch, uint64_t at)
{
	if (touch == LOAD)
		while (steps--)
			at = atomic_load_explicit(&line[at].next, memory_order_relaxed);
	else
		while (steps--)
			at = atomic_fetch_add_explicit(&line[at].next, 0, memory_order_seq_cst);
	return at;
}

static double nanoseconds(struct line *line, size_t steps, enum touch touch)
{
	double start = seconds_now();

	sink = walk(line, steps, touch, sink);
	return (seconds_now() - start) * 1e9 / (double)steps;
}

/* ---- Alone -------------------------------------------------------------- */

static double least(struct line *line, size_t count, enum touch touch)
{
	double best = 1e9;

	chain(line, count);
	sink = 0;
	for (unsigned i = 0; i < ROUNDS; i++) {
		double one = nanoseconds(line, STEPS, touch);

		best = one < best ? one : best;
	}
	return best;
}

static void calibrate_alone(struct costs *costs)
{
	struct line *line = mmap(NULL, FAR_AWAY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (line == MAP_FAILED)
		return;
#ifdef MADV_HUGEPAGE
	(void)madvise(line, FAR_AWAY, MADV_HUGEPAGE);
#endif
	costs->of[COST_RMW] = least(line, FEW, OWN);
	costs->of[COST_LOAD_LLC] = least(line, NEAR / sizeof(*line), LOAD);
	costs->of[COST_OWN_LLC] = least(line, NEAR / sizeof(*line), OWN) - costs->of[COST_RMW];
	costs->of[COST_LOAD_MEMORY] = least(line, FAR_AWAY / sizeof(*line), LOAD);
	costs->of[COST_OWN_MEMORY] = least(line, FAR_AWAY / sizeof(*line), OWN) - costs->of[COST_RMW];
	munmap(line, FAR_AWAY);
}

/* ---- With another ------------------------------------------------------- */

/* The other does what it is told: phase 2i+1 is an order, 2i+2 says that it is done. */
struct other {
	_Alignas(64) _Atomic unsigned phase;
	_Alignas(64) struct line line[SHARED];
	_Atomic int order; /* an enum touch; NOTHING: to end */
};

static void *obey(void *arg)
{
	struct other *other = arg;
	uint64_t at = 0;

	pin_to(1);
	for (unsigned next = 1;; next += 2) {
		int order;

		/* acquire: the order. */
		while (atomic_load_explicit(&other->phase, memory_order_acquire) != next)
			;
		order = atomic_load_explicit(&other->order, memory_order_relaxed); /* acquired */
		if (order < 0)
			return NULL;
		at = walk(other->line, SHARED, (enum touch)order, at);
		/* release: done. */
		atomic_store_explicit(&other->phase, next + 1, memory_order_release);
	}
}

static void give_order(struct other *other, unsigned *phase, int order)
{
	atomic_store_explicit(&other->order, order, memory_order_relaxed); /* released below */
	/* release: the order; acquire: that it is done. */
	atomic_store_explicit(&other->phase, ++*phase, memory_order_release);
	++*phase;
	while (order >= 0 && atomic_load_explicit(&other->phase, memory_order_acquire) != *phase)
		;
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* The median: the two processors may be nearer to one another at one time than at another. */
static double median_of(struct other *other, unsigned *phase, struct course course)
{
	double one[TURNS];

	for (unsigned i = 0; i < TURNS; i++) {
		if (course.first != NOTHING)
			(void)nanoseconds(other->line, SHARED, course.first);
		give_order(other, phase, (int)course.by_other);
		if (course.then != NOTHING)
			(void)nanoseconds(other->line, SHARED, course.then);
		one[i] = nanoseconds(other->line, SHARED, course.measured);
	}
	qsort(one, TURNS, sizeof(one[0]), by_value);
	return one[TURNS / 2];
}

static void calibrate_with_another(struct costs *costs)
{
	struct other *other = aligned_alloc(64, sizeof(*other));
	unsigned phase = 0;
	pthread_t thread;

	if (!other)
		return;
	atomic_init(&other->phase, 0);
	atomic_init(&other->order, 0);
	chain(other->line, SHARED);
	sink = 0;
	if (!pthread_create(&thread, NULL, obey, other)) {
		const struct course load_owner = {NOTHING, OWN, NOTHING, LOAD}, own_owner = {NOTHING, OWN, NOTHING, OWN};
		const struct course own_sharers = {NOTHING, LOAD, LOAD, OWN}, reread = {OWN, LOAD, NOTHING, LOAD};

		costs->of[COST_LOAD_OWNER] = median_of(other, &phase, load_owner);
		costs->of[COST_OWN_OWNER] = median_of(other, &phase, own_owner) - costs->of[COST_RMW];
		costs->of[COST_OWN_SHARERS] = median_of(other, &phase, own_sharers) - costs->of[COST_RMW];
		/* Far apart: a transfer, or a line that stayed in the cache. */
		costs->of[COST_MIGRATES] = median_of(other, &phase, reread) > costs->of[COST_LOAD_OWNER] / 2;
		give_order(other, &phase, NOTHING);
		pthread_join(thread, NULL);
	}
	free(other);
}

void calibrate(struct costs *costs)
{
	pin_to(0);
	calibrate_alone(costs);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		calibrate_with_another(costs);
}
