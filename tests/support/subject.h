/*
 * subject: the map under test, of either kind, with keys, values and memory
 * that are counted (count_alloc.h), so that a test written once is run for both
 * kinds and all flavours.  A value's number says whose it is: a thread that
 * finds the value of another key, or of a freed one, stops the program.
 */
#ifndef TEST_SUBJECT_H
#define TEST_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "count_alloc.h"
#include "nbmap.h"

struct nb_map;

struct subject {
	enum nbmap_flavor flavor;
	bool integer; /* which of the two there is */
	struct nbmap *objects;
	struct nbmap_u64 *integers;
	struct count *count;
};

/*
 * Make the map, as `base` says (NULL: all defaults) but for its type, arg and
 * allocator, which count.  `base->flavor` must be right even with a domain.  Of
 * a type in `base` the two sizes are taken.
 */
int subject_open(struct subject *subject, bool integer, struct count *count, const struct nbmap_config *base);
int subject_close(struct subject *subject); /* nbmap_destroy() */

/*
 * For a whole test: counts, a domain of `base->flavor` and as `domain` says but for its
 * allocator, which counts, and the map in it.  The thread is registered, and in a
 * section.  subject_end() leaves that and destroys all; everything must have been freed,
 * once.
 */
void subject_begin(struct subject *subject, bool integer, const struct nbmap_domain_config *domain,
		   const struct nbmap_config *base);
void subject_end(struct subject *subject);

/* The map's inside, for tests that include src/map.h. */
struct nb_map *subject_core(const struct subject *subject);

void subject_enter(const struct subject *subject);
void subject_leave(const struct subject *subject); /* and, for QSBR, a quiescent state */
int subject_synchronize(const struct subject *subject);
int subject_barrier(const struct subject *subject);
long subject_reclaim(const struct subject *subject);
long subject_reclaim_within(const struct subject *subject, uint64_t ns);
int subject_retire(const struct subject *subject, void *object, void (*free)(void *object, void *arg), void *arg);
struct nbmap_domain *subject_domain(const struct subject *subject);

/* Out of the section for a moment, until all that was retired is freed. */
void subject_settle(const struct subject *subject);

/*
 * Operations on the key number `id`, below 2^32.  Values are made and, where
 * the map did not take them, freed.  subject_get() answers the number given to
 * subject_put(), at least 1, or 0 if the key has no value.
 */
int subject_put(const struct subject *subject, uint64_t id, uint32_t number);
void subject_put_range(const struct subject *subject, uint64_t from, uint64_t to); /* each with its number plus 1 */
uint32_t subject_get(const struct subject *subject, uint64_t id);
int subject_del(const struct subject *subject, uint64_t id);
int subject_clear(const struct subject *subject);
size_t subject_size(const struct subject *subject);
void subject_stats(const struct subject *subject, struct nbmap_stats *stats);

/* Adds 1 to the key's number, absent counting as 0. */
int subject_update(const struct subject *subject, uint64_t id);

/* The key has a value, found there or made now, with that number. */
int subject_get_or_add(const struct subject *subject, uint64_t id, uint32_t number);

int subject_walk(const struct subject *subject, struct nbmap_iter *iter);
bool subject_next(const struct subject *subject, struct nbmap_iter *iter, uint64_t *id, uint32_t *number);

/* What nbmap_scan() answers, its entries as keys' and values' numbers. */
#define SUBJECT_SCAN_MAX 512u
long subject_scan(const struct subject *subject, struct nbmap_cursor *cursor, uint64_t *ids, uint32_t *numbers,
		  size_t n);

/*
 * Any of the operations above, or one of add, set, replace and del_if, on one
 * of the first `ids` keys, with what it answers checked.  Clears if `clears`,
 * now and then.
 */
void subject_random(const struct subject *subject, uint64_t *random, uint64_t ids, bool clears);

#endif
