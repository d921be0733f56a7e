/*
 * store: what is cached.  One map, and what the protocol does with an item, each as one
 * operation on the map: it takes effect at one instant, whatever other threads do.
 *
 * THE KEY IS IN THE VALUE.  The map's key is a 64-bit hash of the item's key, keyed by a
 * secret of this process; the item holds the key itself, and each look compares it.  Two
 * keys with one hash, which nobody can make and chance makes once in 2^64 / items tries,
 * displace each other, as a cache may do: one is forgotten, and no client gets the other's
 * data.  A map with object keys would keep a copy of the key beside each item, or the first
 * item that a key ever had: the map's key stays in its place, also when the value is
 * overwritten, and after it was removed until the table is left.
 *
 * SECTIONS.  QSBR: a thread holds items from one quiescent state to the next.  All calls
 * below are made by a registered, online thread; an item that is returned is good until the
 * thread is quiescent.
 *
 * OWNERSHIP.  The map owns the items in it: value_free drops the map's reference.  A call
 * that stores an item takes it over, also where it is not stored.
 *
 * MEMORY.  See room.h.
 */
#ifndef NBCACHED_STORE_H
#define NBCACHED_STORE_H

#include <nbmap.h>

#include "item.h"

/* Ticks of `used` in a second. */
#define STORE_TICKS 256u

/* Relative times end here; what is larger is a date. */
#define STORE_MONTH (60 * 60 * 24 * 30)

struct store {
	struct nbmap_domain *domain;
	struct nbmap_u64 *map;
	uint64_t secret;	   /* of the hash */
	uint64_t item_max;	   /* -I: of data */
	uint64_t limit;		   /* -m */
	uint64_t garbage_crowded;  /* more than is usual: room_wait() */
	bool evicts;		   /* without -M */
	unsigned threads;	   /* that store */
	int64_t epoch;		   /* the date of the clock's second 0 */
	_Atomic uint32_t flush_at; /* second of the clock at which all is flushed; 0: never */
};

/* What a thread counts; it alone writes, `stats` reads. */
#define STORE_COUNTERS(X)                                                                                              \
	X(cmd_get)                                                                                                     \
	X(cmd_set)                                                                                                     \
	X(cmd_flush)                                                                                                   \
	X(cmd_touch)                                                                                                   \
	X(cmd_meta)                                                                                                    \
	X(get_hits) X(get_misses) X(get_expired) X(delete_misses) X(delete_hits) X(incr_misses) X(incr_hits)           \
		X(decr_misses) X(decr_hits) X(cas_misses) X(cas_hits) X(cas_badval) X(touch_hits) X(touch_misses)      \
			X(store_too_large) X(store_no_memory) X(total_items) X(evictions) X(expired) X(bytes_read)     \
				X(bytes_written) X(conn_yields)

struct counters {
#define X(name) _Atomic uint64_t name;
	STORE_COUNTERS(X)
#undef X
};

/* Relaxed, and no read-modify-write: each counter has one writer, and orders nothing. */
#define COUNT(counters, name, n)                                                                                       \
	atomic_store_explicit(&(counters)->name, atomic_load_explicit(&(counters)->name, memory_order_relaxed) + (n),  \
			      memory_order_relaxed)

/* What one thread needs to work with the store. */
struct store_thread {
	struct store *store;
	struct counters counters;
	uint32_t now;		  /* second of the clock */
	uint32_t tick;		  /* the same, finer: for what was used last */
	uint64_t next_cas;	  /* the numbers of one thread are apart from those of the others */
	int64_t credit;		  /* bytes that may be stored before room.h looks again */
	uint64_t copied;	  /* bytes from items into others, in this turn */
	bool crowded;		  /* room_wait() is to wait */
	struct nbmap_cursor hand; /* of the clock that evicts */
};

struct store_options {
	uint64_t limit, item_max;
	bool evicts;
	unsigned threads;
	unsigned stall_ms;
	void (*on_stall)(unsigned age_ms, void *arg);
	void *arg;
};

/* 0 or a negative errno.  Not in a section: close waits for all garbage. */
int store_open(struct store *store, const struct store_options *options);
void store_close(struct store *store);

/* `index`: of the threads that store, from 0 on. */
void store_thread_begin(struct store_thread *thread, struct store *store, unsigned index);
/* A turn begins: look at the clock. */
void store_thread_tick(struct store_thread *thread);

/* The second of the clock that a client means by `exptime`. */
uint32_t store_deadline(const struct store_thread *thread, int64_t exptime);

/* The item, or NULL.  One that has expired is removed. */
struct item *store_peek(struct store_thread *thread, struct text key);
/* It was used, now. */
static inline void store_used(struct store_thread *thread, struct item *item)
{
	/* Relaxed, and only once a tick: an item that all threads read stays in all caches. */
	if (atomic_load_explicit(&item->used, memory_order_relaxed) != thread->tick)
		atomic_store_explicit(&item->used, thread->tick, memory_order_relaxed);
}
/*
 * Ticks since it was used, by this thread's clock.  Another thread may have used it by a clock
 * that is ahead, as each looks once a turn: that is 0, and not an age of 2^32 ticks less a few.
 * Half of that, 97 days, is as far as the two are told apart.
 */
static inline uint32_t store_idle(const struct store_thread *thread, const struct item *item)
{
	/* Relaxed: a hint. */
	uint32_t ticks = thread->tick - atomic_load_explicit(&item->used, memory_order_relaxed);

	return ticks > INT32_MAX ? 0 : ticks;
}
/* store_peek() and store_used(). */
struct item *store_get(struct store_thread *thread, struct text key);

/* Many gets, in two steps.  Keys are looked up at once, so that their waits for memory overlap: */
#define STORE_LOOKS 16u

struct looked {
	uint64_t hash;
	struct item *item; /* that has it, or NULL */
};

/* `count` keys, from 1 to STORE_LOOKS. */
void store_look(struct store_thread *thread, const struct text *keys, struct looked *looked, unsigned count);
/* And then, of each key within the same section, what store_get() returns. */
struct item *store_found(struct store_thread *thread, struct text key, const struct looked *looked);

/* An item to be filled and given to store_write(); NULL: there is no memory, or no room. */
struct item *store_new_item(struct store_thread *thread, struct text key, uint64_t size);

enum outcome {
	STORE_DONE,
	STORE_NOT_STORED, /* is there, or is not there, as the command does not want it */
	STORE_EXISTS,	  /* with another cas */
	STORE_NOT_FOUND,
	STORE_NO_MEMORY,
	STORE_NO_NUMBER,
};

enum write_mode { WRITE_SET, WRITE_ADD, WRITE_REPLACE, WRITE_APPEND, WRITE_PREPEND };

struct write {
	enum write_mode mode;
	bool compare; /* only if the present item's cas is this one: */
	uint64_t cas;
	bool invalidate; /* if `cas` is older: store, and mark stale */
	struct item *item;
	/* the answer */
	uint64_t new_cas;
};

enum outcome store_write(struct store_thread *thread, struct write *write);

struct arithmetic {
	struct text key;
	bool decrement;
	uint64_t delta;
	bool compare;
	uint64_t cas;
	bool vivify; /* if there is none, store `initial` */
	uint64_t initial;
	uint32_t vivify_expires;
	bool touch;
	uint32_t expires;
	/* the answer */
	uint64_t number;
	const struct item *stored;
};

enum outcome store_arithmetic(struct store_thread *thread, struct arithmetic *arithmetic);

struct removal {
	struct text key;
	bool compare;
	uint64_t cas;
	bool invalidate; /* mark stale instead */
	bool touch;
	uint32_t expires;
};

enum outcome store_delete(struct store_thread *thread, struct removal *removal);

/* Everything, now. */
void store_flush(struct store_thread *thread);

#endif
