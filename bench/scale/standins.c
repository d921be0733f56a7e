/*
 * standins: what programs use in the place of a concurrent map: a plain table behind one
 * lock, and the same behind one that counts its readers.
 *
 *   lock      a queue lock (Mellor-Crummey, Scott, 1991): each thread waits on a line of
 *             its own, so that a hand-over is one line's way.  No lock is handed on for less
 *   readers   who reads adds one to a number, and takes it off again; who writes holds
 *             the queue lock, says so, and waits for the number to be 0.  Readers let a
 *             writer go first
 *
 * The table has open addressing and linear probing, and twice the room; it does not grow.
 * A key that was removed keeps its place, with the value 0.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "await.h"
#include "directory.h"
#include "draw.h"
#include "standins.h"
#include "subject.h"

struct slot {
	uint64_t key; /* 0: none */
	uint64_t value;
};

/* A thread's place in the queue. */
struct node {
	_Alignas(64) _Atomic uint32_t waits;
	_Atomic uint32_t next; /* thread + 1, or 0 */
};

struct table;

/* How a table is guarded. */
struct guard {
	void (*begin_reading)(struct table *table);
	void (*end_reading)(struct table *table);
	void (*begin_writing)(struct table *table);
	void (*end_writing)(struct table *table);
};

struct table {
	const struct guard *guard;
	struct slot *slots;
	size_t mask;
	uint64_t entries;
	_Alignas(64) _Atomic uint32_t tail; /* thread + 1, or 0 */
	_Alignas(64) _Atomic uint32_t writing;
	_Alignas(64) _Atomic uint32_t reading;
	struct node nodes[DIRECTORY_CORES + 1];
};

static _Thread_local unsigned self;

/* ---- The table ---------------------------------------------------------- */

static void *create(uint64_t room, const struct guard *guard)
{
	struct table *table = aligned_alloc(64, sizeof(*table));
	size_t slots = 64;

	while (slots < 2 * room)
		slots *= 2;
	if (table)
		table->slots = aligned_alloc(64, slots * sizeof(*table->slots));
	if (!table || !table->slots)
		subject_fail("no memory for a table");
	for (size_t i = 0; i < slots; i++)
		table->slots[i] = (struct slot){0, 0};
	table->guard = guard;
	table->mask = slots - 1;
	table->entries = 0;
	atomic_init(&table->tail, 0);
	atomic_init(&table->writing, 0);
	atomic_init(&table->reading, 0);
	return table;
}

static void destroy(void *arg)
{
	struct table *table = arg;

	free(table->slots);
	free(table);
}

static void begin(void *table, unsigned thread)
{
	(void)table;
	self = thread;
}

static void nothing(void *table)
{
	(void)table;
}

/* The key's slot, or the empty one where it would be. */
static struct slot *find(struct table *table, uint64_t key)
{
	size_t at = (size_t)draw_mix(key) & table->mask;

	while (table->slots[at].key && table->slots[at].key != key)
		at = (at + 1) & table->mask;
	return &table->slots[at];
}

static void store(struct table *table, uint64_t key, uint64_t value)
{
	struct slot *slot = find(table, key);

	if (!slot->value)
		table->entries++;
	slot->key = key;
	slot->value = value;
}

static bool erase(struct table *table, uint64_t key)
{
	struct slot *slot = find(table, key);

	if (!slot->value)
		return false;
	slot->value = 0;
	table->entries--;
	return true;
}

struct span_lines standin_lines(void *arg)
{
	struct table *table = arg;

	return (struct span_lines){(uintptr_t)table->slots, (table->mask + 1) * sizeof(*table->slots)};
}

const char *standin_name(void *arg, uintptr_t address)
{
	struct table *table = arg;

	if (address - (uintptr_t)table->slots < (table->mask + 1) * sizeof(*table->slots))
		return "a slot";
	if (address == (uintptr_t)&table->tail)
		return "the lock";
	if (address == (uintptr_t)&table->reading)
		return "the number of readers";
	if (address == (uintptr_t)&table->writing)
		return "whether somebody writes";
	return "a place in the queue, or the number of entries";
}

/* ---- One lock ----------------------------------------------------------- */

static void lock(struct table *table)
{
	struct node *node = &table->nodes[self];
	uint32_t before;

	/* Relaxed: published by the exchange. */
	atomic_store_explicit(&node->next, 0, memory_order_relaxed);
	atomic_store_explicit(&node->waits, 1, memory_order_relaxed);
	/* acq_rel: all of who had it before, if nobody waits; and our node to who comes. */
	before = atomic_exchange_explicit(&table->tail, self + 1, memory_order_acq_rel);
	if (!before)
		return;
	/* release: pairs with the acquire in unlock(). */
	atomic_store_explicit(&table->nodes[before - 1].next, self + 1, memory_order_release);
	/* acquire: all of who had it before. */
	while (atomic_load_explicit(&node->waits, memory_order_acquire))
		await_change(&node->waits, 1);
}

static void unlock(struct table *table)
{
	struct node *node = &table->nodes[self];
	uint32_t next, tail = self + 1;

	/* acquire: the next one's node. */
	next = atomic_load_explicit(&node->next, memory_order_acquire);
	/* release: pairs with the next exchange. */
	if (!next &&
	    atomic_compare_exchange_strong_explicit(&table->tail, &tail, 0, memory_order_release, memory_order_relaxed))
		return;
	while (!(next = atomic_load_explicit(&node->next, memory_order_acquire)))
		await_change(&node->next, 0);
	/* release: pairs with the acquire in lock(). */
	atomic_store_explicit(&table->nodes[next - 1].waits, 0, memory_order_release);
}

static const struct guard locked = {lock, unlock, lock, unlock};

/* ---- A lock that counts its readers ------------------------------------- */

/* seq_cst: a reader counts itself and then looks for a writer, and a writer says that it
 * is there and then looks for readers: one of them sees the other. */
static void begin_reading(struct table *table)
{
	for (;;) {
		atomic_fetch_add_explicit(&table->reading, 1, memory_order_seq_cst);
		if (!atomic_load_explicit(&table->writing, memory_order_seq_cst))
			return;
		/* Relaxed: nothing was read. */
		atomic_fetch_sub_explicit(&table->reading, 1, memory_order_relaxed);
		/* Relaxed: looked at once more above. */
		while (atomic_load_explicit(&table->writing, memory_order_relaxed))
			await_change(&table->writing, 1);
	}
}

static void end_reading(struct table *table)
{
	/* release: pairs with the acquire in begin_writing(). */
	atomic_fetch_sub_explicit(&table->reading, 1, memory_order_release);
}

static void begin_writing(struct table *table)
{
	uint32_t readers;

	lock(table);
	/* seq_cst: see begin_reading(); the loads are acquires of what readers did. */
	atomic_store_explicit(&table->writing, 1, memory_order_seq_cst);
	while ((readers = atomic_load_explicit(&table->reading, memory_order_seq_cst)))
		await_change(&table->reading, readers);
}

static void end_writing(struct table *table)
{
	/* release: pairs with begin_reading(). */
	atomic_store_explicit(&table->writing, 0, memory_order_release);
	unlock(table);
}

static const struct guard counted = {begin_reading, end_reading, begin_writing, end_writing};

/* ---- Either ------------------------------------------------------------- */

static void *create_locked(uint64_t room, bool boxed)
{
	(void)boxed;
	return create(room, &locked);
}

static void *create_counted(uint64_t room, bool boxed)
{
	(void)boxed;
	return create(room, &counted);
}

static uint64_t guarded_get(void *arg, uint64_t key)
{
	struct table *table = arg;
	uint64_t value;

	table->guard->begin_reading(table);
	value = find(table, key)->value;
	table->guard->end_reading(table);
	return value;
}

static void guarded_put(void *arg, uint64_t key, uint64_t value)
{
	struct table *table = arg;

	table->guard->begin_writing(table);
	store(table, key, value);
	table->guard->end_writing(table);
}

static bool guarded_remove(void *arg, uint64_t key)
{
	struct table *table = arg;
	bool was_there;

	table->guard->begin_writing(table);
	was_there = erase(table, key);
	table->guard->end_writing(table);
	return was_there;
}

static uint64_t guarded_count(void *arg)
{
	struct table *table = arg;
	uint64_t entries;

	table->guard->begin_reading(table);
	entries = table->entries;
	table->guard->end_reading(table);
	return entries;
}

#define STANDIN(called, how)                                                                                           \
	{                                                                                                              \
		.name = (called), .create = create_##how, .destroy = destroy, .begin = begin, .end = nothing,          \
		.quiescent = nothing, .get = guarded_get, .put = guarded_put, .remove = guarded_remove,                \
		.count = guarded_count,                                                                                \
	}

const struct subject subject_lock = STANDIN("lock", locked);
const struct subject subject_readers = STANDIN("readers", counted);
