/*
 * Atomics whose names carry their order.
 *
 * Every access of the core to shared memory goes through one of these, so a
 * reader sees the order where the access happens and a test scheduler can
 * stop a thread at each of them: NB_POINT(object) is evaluated before every
 * access and is nothing unless a build defines it (tests/model).
 *
 * Orders in use, and what they are for:
 *   seq_cst  loads and CASes of key, value, top and next words that decide a
 *            result.  Acquire/release would do for one key; with put(a);get(b)
 *            beside put(b);get(a) it lets both gets miss, which no order of
 *            the four operations explains.
 *   acquire, release  publication of what a pointer points to, or of the
 *            work that a flag stands for.
 *   relaxed  counters and hints, whose value never decides correctness.
 *
 * A failed CAS has the order of a load with the success order's acquire half.
 */
#ifndef NB_ATOMIC_H
#define NB_ATOMIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef NB_POINT
#define NB_POINT(object) ((void)0)
#endif

/*
 * Have it in the cache by the time it is needed: speed, not correctness.  A
 * pointer read for that alone is peeked at, which is no step of the algorithm;
 * acquire, as what it points to may be read: window.h so reads a table of which it
 * has seen nothing else.
 */
#define nb_prefetch(object) __builtin_prefetch(object)
#define nb_peek(object) atomic_load_explicit((object), memory_order_acquire)

/*
 * What is compiled once for each kind of key and each verb, which then cost
 * nothing to tell apart; compilers do not do so unasked.
 */
#define NB_INLINE static inline __attribute__((always_inline))

/* What is seldom gone through, and must not cost the way beside it. */
#define NB_APART static __attribute__((noinline, unused))

#if ATOMIC_LLONG_LOCK_FREE != 2 || UINTPTR_MAX != UINT64_MAX
#error "nbmap needs 64-bit pointers and lock-free 64-bit atomics"
#endif

/* A shared word of 64 bits. */
typedef _Atomic uint64_t nb_word;

#define nb_load_relaxed(object) (NB_POINT(object), atomic_load_explicit((object), memory_order_relaxed))
#define nb_load_acquire(object) (NB_POINT(object), atomic_load_explicit((object), memory_order_acquire))
#define nb_load_seq_cst(object) (NB_POINT(object), atomic_load_explicit((object), memory_order_seq_cst))

#define nb_store_release(object, value) (NB_POINT(object), atomic_store_explicit((object), (value), memory_order_release))
#define nb_store_seq_cst(object, value) (NB_POINT(object), atomic_store_explicit((object), (value), memory_order_seq_cst))
#define nb_store_relaxed(object, value) (NB_POINT(object), atomic_store_explicit((object), (value), memory_order_relaxed))

/* On failure `*expected` becomes the witness: what stood there instead. */
#define nb_cas_seq_cst(object, expected, value)                                                                        \
	(NB_POINT(object), atomic_compare_exchange_strong_explicit((object), (expected), (value),                      \
								   memory_order_seq_cst, memory_order_seq_cst))
#define nb_cas_acq_rel(object, expected, value)                                                                        \
	(NB_POINT(object), atomic_compare_exchange_strong_explicit((object), (expected), (value),                      \
								   memory_order_acq_rel, memory_order_acquire))

#define nb_cas_relaxed(object, expected, value)                                                                        \
	(NB_POINT(object), atomic_compare_exchange_strong_explicit((object), (expected), (value),                      \
								   memory_order_relaxed, memory_order_relaxed))

#define nb_exchange_seq_cst(object, value)                                                                             \
	(NB_POINT(object), atomic_exchange_explicit((object), (value), memory_order_seq_cst))

#define nb_fetch_add_relaxed(object, value)                                                                            \
	(NB_POINT(object), atomic_fetch_add_explicit((object), (value), memory_order_relaxed))
#define nb_fetch_add_release(object, value)                                                                            \
	(NB_POINT(object), atomic_fetch_add_explicit((object), (value), memory_order_release))
#define nb_fetch_add_seq_cst(object, value)                                                                            \
	(NB_POINT(object), atomic_fetch_add_explicit((object), (value), memory_order_seq_cst))
#define nb_fetch_and_release(object, value)                                                                            \
	(NB_POINT(object), atomic_fetch_and_explicit((object), (value), memory_order_release))
#define nb_fetch_or_relaxed(object, value)                                                                             \
	(NB_POINT(object), atomic_fetch_or_explicit((object), (value), memory_order_relaxed))
#define nb_fetch_or_seq_cst(object, value)                                                                             \
	(NB_POINT(object), atomic_fetch_or_explicit((object), (value), memory_order_seq_cst))

#endif
