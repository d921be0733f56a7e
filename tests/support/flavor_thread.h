/*
 * flavor_thread: the map under test, the threads that use it, and what those
 * owe to their liburcu flavour.
 *
 * The library brackets sections; to register threads and to announce quiescent
 * states is the application's part, done here by liburcu's own functions as an
 * application would.  Each call that ends a section behind the library's back
 * also tells ThreadSanitizer so (reclaim.h says why).
 *
 * A `struct subject` is a map of either kind whose keys, values and memory are
 * counted (count_alloc.h), so that a test written once is run for both kinds
 * and all flavours.  A value's number says whose it is: a thread that finds
 * the value of another key, or of a freed one, stops the program.
 *
 * Random numbers come from one seed for the whole program: NBMAP_SEED, or
 * drawn and printed, so that a failed run can be asked for again.
 */
#ifndef TEST_FLAVOR_THREAD_H
#define TEST_FLAVOR_THREAD_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "count_alloc.h"
#include "nbmap.h"

/* All flavours are below this. */
#define FLAVORS 4
const char *flavor_name(enum nbmap_flavor flavor);

/* ---- The calling thread's duties ---------------------------------------- */

/* First and last call of a thread that uses a map.  bp needs neither. */
void flavor_register(enum nbmap_flavor flavor);
void flavor_unregister(enum nbmap_flavor flavor);

/* Outside any section: tell QSBR that nothing is held; nothing elsewhere. */
void flavor_quiescent(enum nbmap_flavor flavor);

/* A QSBR thread that waits for something delays no grace period while it is
 * offline; nothing elsewhere. */
void flavor_offline(enum nbmap_flavor flavor);
void flavor_online(enum nbmap_flavor flavor);

/* ---- The run, and its random numbers ------------------------------------ */

/* Run the suite with what the environment says to Check; main()'s result. */
int test_run(Suite *suite);

/* The program's seed, printed by test_run(). */
uint64_t test_seed(void);

/* The state of a stream of numbers: one for each `stream`. */
uint64_t test_random_stream(uint64_t stream);
uint64_t test_random(uint64_t *state);

/* ---- Several threads at once -------------------------------------------- */

/* One of the threads of a crew. */
struct crew_member {
	enum nbmap_flavor flavor;
	unsigned index;
	uint64_t random; /* a stream of its own: for test_random() */
	void *arg;
};

/*
 * Run `work` in `threads` threads, all registered with the flavour, and wait
 * for them; they begin together.  The calling thread goes offline while it
 * waits, if it was online.
 */
void crew_run(enum nbmap_flavor flavor, unsigned threads, void (*work)(struct crew_member *member), void *arg);

/* An assertion for any thread: says where, and with which seed, and aborts. */
#define crew_check(condition) ((condition) ? (void)0 : crew_fail(__FILE__, __LINE__, #condition))
_Noreturn void crew_fail(const char *file, int line, const char *condition);

/* ---- The map under test ------------------------------------------------- */

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
 * allocator, which count.  `base->flavor` must be right even with a domain.
 */
int subject_open(struct subject *subject, bool integer, struct count *count, const struct nbmap_config *base);
int subject_close(struct subject *subject); /* nbmap_destroy() */

/* The map's inside, for tests that include src/map.h. */
struct nb_map *subject_core(const struct subject *subject);

void subject_enter(const struct subject *subject);
void subject_leave(const struct subject *subject); /* and, for QSBR, a quiescent state */
int subject_barrier(const struct subject *subject);

/*
 * Operations on the key number `id`, below 2^32.  Values are made and, where
 * the map did not take them, freed.  subject_get() answers the number given to
 * subject_put(), at least 1, or 0 if the key has no value.
 */
int subject_put(const struct subject *subject, uint64_t id, uint32_t number);
uint32_t subject_get(const struct subject *subject, uint64_t id);
int subject_del(const struct subject *subject, uint64_t id);
int subject_clear(const struct subject *subject);
size_t subject_size(const struct subject *subject);
void subject_stats(const struct subject *subject, struct nbmap_stats *stats);

/* Adds 1 to the key's number, absent counting as 0. */
int subject_update(const struct subject *subject, uint64_t id);

int subject_walk(const struct subject *subject, struct nbmap_iter *iter);
bool subject_next(const struct subject *subject, struct nbmap_iter *iter, uint64_t *id, uint32_t *number);

/*
 * Any of the operations above, or one of add, set, replace and del_if, on one
 * of the first `ids` keys, with what it answers checked.  Clears if `clears`,
 * now and then.
 */
void subject_random(const struct subject *subject, uint64_t *random, uint64_t ids, bool clears);

#endif
