/*
 * core: the library's core as one translation unit, for a model checker.
 *
 * Each client is one race: it includes this file, says what threads do, and
 * ends with CLIENT().  What is checked is src/ as it stands, the slot, table,
 * heir, migrate, clear, count and ops of the library; only what they ask of their
 * surroundings (src/host.h) is brought here: memory cleared by a loop, and a
 * place for what is retired.  There are no sections but in grace.c; elsewhere
 * nothing is freed before all threads have ended.
 *
 * Kept within what checkers of C11 programs take: pthreads, _Atomic words of
 * one size, assert(); no 128-bit integers, no SIMD, no calloc or memset, no loop
 * that waits, no copy of a structure to the first member of another.
 *
 * A client may say, before it includes this file:
 *   NB_MIN_LINES n    the first table has n lines, a block each; else one
 *   CLIENT_OBJECTS    keys are objects, each a copy of the number looked for
 *   CLIENT_SCANS      lines are scanned, by four relaxed loads (src/scan.h), and a
 *                     get goes the quick way
 *   CLIENT_COUNTED    counts are kept
 *
 * Without counts tables are left when a client says so, for one of as many lines.
 *
 * Keys and values are numbers.  The mix is the identity, and so is the hash of an
 * object, so small keys all have line 0 for their home; integers 0 and 1 live aside.
 * Pointers to keys have no tag, as checkers use all bits of a pointer.
 *
 * With NATIVE the same program runs for real, again and again, with random
 * delays before the atomic accesses.
 */
#ifndef CLIENT_CORE_H
#define CLIENT_CORE_H

#undef NDEBUG
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef NATIVE
#include <sched.h>
#include <stdio.h>
#include <time.h>

static void client_delay(void);
#define NB_POINT(object) client_delay()
#endif

/* Asked only for large tables, of which there are none. */
#define sysconf(name) 1L

/* Speed only, and not every checker knows it. */
#define __builtin_prefetch(object) ((void)(object))

#undef __SIZEOF_INT128__
#define NB_MISUSE 0
#ifdef CLIENT_SCANS
#define NB_SCAN_WORDS
#else
#define NB_PLAIN
#endif
#ifndef CLIENT_COUNTED
#define NB_UNCOUNTED
#endif
#define NB_BLOCK_SLOTS 4
#ifndef NB_MIN_LINES
#define NB_MIN_LINES 1
#endif
#define NB_SMALL_LINES 1

#include "../../../src/chain.c"
#include "../../../src/claims.c"
#include "../../../src/clear.c"
#include "../../../src/count.c"
#include "../../../src/heir.c"
#include "../../../src/migrate.c"
#include "../../../src/ops.c"
#include "../../../src/policy.c"
#include "../../../src/table.c"

/* Threads have numbers only where counters are striped, and blocks in lanes. */
_Thread_local unsigned nb_number_known;

unsigned nb_number_take(void)
{
	return NB_NUMBERS;
}

unsigned nb_number_end(void)
{
	return 0;
}

#define CLIENT_BLOCKS 64u
#define CLIENT_RETIRED 8u

#ifdef CLIENT_OBJECTS
#define CLIENT_KIND NB_OBJECT
#else
#define CLIENT_KIND NB_INTEGER
#endif

static struct nb_map client_map;
static struct nb_table *client_first; /* the first table of the chain */

/* ---- The host ----------------------------------------------------------- */

/* Of the type that no access is taken to be unlike. */
typedef uint64_t __attribute__((__may_alias__)) client_word;

static void client_wipe(void *block, size_t size)
{
	client_word *word = block;

	for (size_t i = 0; i < size / sizeof(*word); i++)
		word[i] = 0;
}

static _Atomic unsigned client_retired;
/* A table, or a chain from there on. */
static struct nb_table *client_garbage[CLIENT_RETIRED];
static bool client_garbage_is_chain[CLIENT_RETIRED];

#ifdef NATIVE
static _Atomic unsigned client_blocks;
static void *client_block[CLIENT_BLOCKS];
#endif

bool nb_host_zeroes(const struct nb_map *map, size_t size)
{
	(void)map;
	(void)size;
	return false;
}

void nb_host_clear(void *block, size_t size)
{
	client_wipe(block, size);
}

void *nb_host_take(struct nb_map *map, size_t size)
{
	void *block = aligned_alloc(64, (size + 63) / 64 * 64);

	(void)map;
	assert(block);
#ifdef NATIVE
	unsigned number = atomic_fetch_add_explicit(&client_blocks, 1, memory_order_relaxed);

	assert(number < CLIENT_BLOCKS);
	client_block[number] = block;
#endif
	return block;
}

void *nb_host_alloc(struct nb_map *map, size_t size)
{
	void *block = nb_host_take(map, size);

	nb_host_clear(block, size);
	return block;
}

/* A checker sees who uses a freed block.  Natively it is emptied and kept: a
 * get that still reads it finds nothing. */
void nb_host_free(struct nb_map *map, void *block, size_t size)
{
	(void)map;
#ifdef NATIVE
	client_wipe(block, (size + 63) / 64 * 64);
#else
	(void)size;
	free(block);
#endif
}

size_t nb_host_left(const struct nb_map *map, size_t size)
{
	(void)map;
	(void)size;
	return 0;
}

void nb_host_free_end(struct nb_map *map, void *block, size_t size, size_t left)
{
	(void)left;
	nb_host_free(map, block, size);
}

size_t nb_host_block_size(size_t size)
{
	return size;
}

int nb_host_admit(struct nb_map *map, size_t bytes)
{
	(void)map;
	(void)bytes;
	return 0;
}

int nb_host_has_room(struct nb_map *map, size_t bytes)
{
	return nb_host_admit(map, bytes);
}

void nb_host_refused(struct nb_map *map)
{
	(void)map;
}

/* Tables are small. */
void nb_host_settle(struct nb_map *map)
{
	(void)map;
}

static void client_retire(struct nb_table *table, bool is_chain)
{
	/* seq_cst: a grace period begins after this, and so after the step that unlinked the table. */
	unsigned number = atomic_fetch_add_explicit(&client_retired, 1, memory_order_seq_cst);

	assert(number < CLIENT_RETIRED);
	client_garbage[number] = table;
	client_garbage_is_chain[number] = is_chain;
}

void nb_host_retire_table(struct nb_map *map, struct nb_table *table, size_t bytes)
{
	(void)map;
	(void)bytes;
	client_retire(table, false);
}

void nb_host_retire_chain(struct nb_map *map, struct nb_table *table, size_t bytes)
{
	(void)map;
	(void)bytes;
	client_retire(table, true);
}

/* The map owns no values: none is ever retired. */
int nbr_admit(struct nbr_domain *domain, size_t bytes)
{
	(void)domain;
	(void)bytes;
	return 0;
}

int nbr_reserve(struct nbr_domain *domain, enum nbr_purpose purpose, struct nbr_ticket *ticket)
{
	(void)domain;
	(void)purpose;
	(void)ticket;
	assert(0 && "no value is retired here");
	return 0;
}

void nbr_retire_object(struct nbr_domain *domain, struct nbr_ticket *ticket, void (*free_it)(void *object, void *arg),
		       void *object, void *arg, size_t bytes)
{
	(void)domain;
	(void)ticket;
	(void)free_it;
	(void)object;
	(void)arg;
	(void)bytes;
	assert(0 && "no value is retired here");
}

bool nbr_callback_begin(void)
{
	return false;
}

void nbr_callback_end(bool outer)
{
	(void)outer;
}

void nbr_cancel(struct nbr_domain *domain, struct nbr_ticket *ticket)
{
	(void)domain;
	(void)ticket;
	assert(0 && "no value is retired here");
}

/* ---- Keys --------------------------------------------------------------- */

/* The n-th number, from 2, whose home is `line` in a table of NB_MIN_LINES lines. */
static inline uint64_t client_number(uint64_t line, uint64_t n)
{
	return line ? (UINT64_MAX / NB_MIN_LINES + 1) * line + n : n;
}

struct client_object {
	uint64_t number;
	unsigned freed;
};

static inline struct client_object client_object(uint64_t number)
{
	return (struct client_object){.number = number};
}

/* The key of `object`, or of its number. */
static inline struct nb_key client_key(const struct client_object *object)
{
	if (CLIENT_KIND == NB_INTEGER)
		return nb_key_of_integer(&client_map.keys, object->number);
	return nb_key_of_object(&client_map.keys, object);
}

/* The number of the key that stands as `word`. */
static inline uint64_t client_number_of(uint64_t word)
{
	if (CLIENT_KIND == NB_INTEGER)
		return nb_integer_of_word(&client_map.keys, word);
	return ((const struct client_object *)nb_object_of_word(&client_map.keys, word))->number;
}

static _Atomic unsigned client_objects; /* made and not freed */

/* Not atomic: whoever reads a key must have seen it made. */
static uint64_t client_hash(const void *key, uint64_t seed, void *arg)
{
	(void)seed;
	(void)arg;
	return ((const struct client_object *)key)->number;
}

/* No client has keys of a ready-made type. */
uint64_t nb_hash_of_string(const struct nb_keys *keys, const char *string)
{
	(void)keys;
	(void)string;
	assert(0);
	return 0;
}

uint64_t nb_hash_of_bytes(const struct nb_keys *keys, const struct nbmap_bytes *bytes)
{
	(void)keys;
	(void)bytes;
	assert(0);
	return 0;
}

static bool client_equal(const void *a, const void *b, void *arg)
{
	(void)arg;
	return ((const struct client_object *)a)->number == ((const struct client_object *)b)->number;
}

static void *client_dup(const void *key, void *arg)
{
	struct client_object *object = nb_host_take(&client_map, sizeof(*object));

	(void)arg;
	object->number = ((const struct client_object *)key)->number;
	object->freed = 0;
	atomic_fetch_add_explicit(&client_objects, 1, memory_order_relaxed);
	return object;
}

/* It stays, so that a second time is seen. */
static void client_free(void *key, void *arg)
{
	struct client_object *object = key;

	(void)arg;
	object->freed++;
	assert(object->freed == 1);
	atomic_fetch_sub_explicit(&client_objects, 1, memory_order_relaxed);
}

/* ---- What threads do ---------------------------------------------------- */

/* What `key` holds as the public value, or NULL. */
static inline void *client_find(uint64_t number)
{
	struct client_object object = client_object(number);
	struct nb_key key = client_key(&object);

	return nb_get(&client_map, CLIENT_KIND, &key);
}

/* The number that `key` holds, or 0. */
static inline uint64_t client_get(uint64_t number)
{
	void *value = client_find(number);

	return value ? nbmap_int_of(value) : 0;
}

static inline int client_write(enum nb_verb verb, struct nb_write *write, uint64_t number, uint64_t *seen)
{
	struct client_object object = client_object(number);
	struct nb_key key = client_key(&object);
	int result = nb_write(&client_map, CLIENT_KIND, verb, write, &key);
	void *value = nb_value_out(write->seen);

	*seen = value ? nbmap_int_of(value) : 0;
	return result;
}

/* `*seen`: the number that was there before, or 0. */
static inline void client_put(uint64_t key, uint64_t value, uint64_t *seen)
{
	struct nb_write write = {.value = (uintptr_t)nbmap_int(value)};
	int result = client_write(NB_PUT, &write, key, seen);

	assert(!result);
}

/* 0 or -EEXIST. */
static inline int client_add(uint64_t key, uint64_t value, uint64_t *seen)
{
	struct nb_write write = {.value = (uintptr_t)nbmap_int(value)};

	return client_write(NB_ADD, &write, key, seen);
}

/* 0 or -ENOENT. */
static inline int client_del(uint64_t key, uint64_t *seen)
{
	struct nb_write write = {0};

	return client_write(NB_DEL, &write, key, seen);
}

/* `decide` as of an update's callback; the result is the update's. */
static inline int client_update(uint64_t key, int (*decide)(struct nb_write *write, void *current, void **value),
				uint64_t *seen)
{
	struct nb_write write = {.update = decide};

	return client_write(NB_UPDATE, &write, key, seen);
}

/* 0 or -ERANGE. */
static inline int client_add_int(uint64_t key, uint64_t delta, uint64_t *seen)
{
	struct nb_write write = {.value = delta};

	return client_write(NB_ADD_INT, &write, key, seen);
}

/* Give the last table of the chain a successor. */
static inline void client_migrate(void)
{
	struct nb_table *table = nb_load_acquire(&client_map.top), *next;
	int error;

	while ((next = nb_load_acquire(&table->next)))
		table = next;
	error = nb_migrate_start(&client_map, table);
	assert(!error);
}

/* Sweep a block of the first table, whatever others do. */
static inline void client_sweep(size_t block)
{
	int error;
	bool done = nb_migrate_sweep(&client_map, client_first, block, &error);

	assert(done);
}

/* Sweep and promote until the top table has no successor. */
static inline void client_finish(void)
{
	struct nb_table *top;
	int error = nb_migrate_finish(&client_map, &top);

	assert(!error);
}

/* A thread: a migration of a table of one block, which is swept. */
static inline void *client_move_on(void *unused)
{
	client_migrate();
	client_sweep(0);
	return unused;
}

/* ---- What holds when all threads have ended ----------------------------- */

/* How many keys stand in the chain from `top` on and hold a value. */
static uint64_t client_entries(struct nb_table *top)
{
	const struct nb_keys *keys = &client_map.keys;
	uint64_t entries = 0;

	for (struct nb_table *table = top; table; table = nb_load_relaxed(&table->next))
		for (size_t slot = 0; slot < nb_table_capacity(table); slot++) {
			uint64_t word = nb_load_relaxed(nb_place_key(nb_place_at(table, slot)));
			struct nb_table *first = top;
			struct nb_place place;
			struct nb_key key;

			if (word <= NB_KEY_CLOSED)
				continue;
			key = nb_key_of_stored(keys, word);
			while (nb_table_find(first, keys, keys->kind, &key, &place) != NB_FOUND)
				first = nb_load_relaxed(&first->next);
			if (first == table && nb_get_from(&client_map, keys->kind, table, &key, NB_EMPTY) != NB_EMPTY)
				entries++;
		}
	return entries;
}

/* How many times a table was retired, alone or in a chain. */
static unsigned client_times_retired(const struct nb_table *table)
{
	unsigned retired = atomic_load_explicit(&client_retired, memory_order_relaxed), times = 0;

	for (unsigned i = 0; i < retired; i++) {
		struct nb_table *garbage = client_garbage[i];

		do {
			times += garbage == table;
			garbage = nb_load_relaxed(&garbage->next);
		} while (garbage && client_garbage_is_chain[i]);
	}
	return times;
}

/*
 * The chain is well formed, `live` keys have a value, and of the tables that are
 * not in it each was retired once.
 */
static inline void client_check(uint64_t live)
{
	struct nb_table *top = nb_load_relaxed(&client_map.top);
	unsigned retired = atomic_load_explicit(&client_retired, memory_order_relaxed);

	for (struct nb_table *table = top; table; table = nb_load_relaxed(&table->next)) {
		bool valid = nb_table_valid(table, &client_map.keys);

		assert(valid);
		assert(!client_times_retired(table));
	}
	for (unsigned i = 0; i < retired; i++)
		assert(client_times_retired(client_garbage[i]) == 1);
	for (struct nb_table *table = client_first; table && table != top; table = nb_load_relaxed(&table->next))
		assert(client_times_retired(table) == 1);
	assert(client_entries(top) == live);
#ifdef CLIENT_COUNTED
	assert(nb_count_sum(&top->chain->live) == live);
#endif
}

/* Free all tables, retired ones first, and with them each key once. */
static inline void client_end(void)
{
	unsigned retired = atomic_load_explicit(&client_retired, memory_order_relaxed);

	for (unsigned i = 0; i < retired; i++)
		if (client_garbage_is_chain[i])
			nb_chain_free(&client_map, client_garbage[i]);
		else
			nb_table_free(&client_map, client_garbage[i]);
	nb_chain_free(&client_map, nb_load_relaxed(&client_map.top));
	assert(atomic_load_explicit(&client_objects, memory_order_relaxed) == 0);
}

/* ---- The program -------------------------------------------------------- */

/* All that is looked at of a domain. */
static struct nbr_front client_domain;

static void client_begin(void)
{
	struct nb_chain *chain;

	client_map.domain = (struct nbr_domain *)(void *)&client_domain;
	client_map.keys.kind = CLIENT_KIND;
	client_map.keys.pointer_mask = UINT64_MAX;
	client_map.keys.mixed = true;
	client_map.keys.hash = client_hash;
	client_map.keys.equal = client_equal;
	client_map.keys.dup = client_dup;
	client_map.keys.free = CLIENT_KIND == NB_OBJECT ? client_free : NULL;
	client_map.keys.multiplier[0] = client_map.keys.multiplier[1] = 1;
	client_map.keys.inverse[0] = client_map.keys.inverse[1] = 1;
	client_map.min_lines = NB_MIN_LINES;
	chain = nb_host_alloc(&client_map, sizeof(*chain));
	client_first = nb_table_new(&client_map, chain, (struct nb_size){.lines = NB_MIN_LINES}, 1);
	nb_store_relaxed(&chain->newest, 1);
	nb_store_relaxed(&client_map.top, client_first);
	nb_store_relaxed(&client_retired, 0);
}

#ifndef NATIVE

/* before and after run alone; the others beside each other. */
#define CLIENT(before, after, ...)                                                                                     \
	int main(void)                                                                                                 \
	{                                                                                                              \
		void *(*const run[])(void *) = {__VA_ARGS__};                                                          \
		pthread_t thread[sizeof(run) / sizeof(*run)];                                                          \
                                                                                                                       \
		client_begin();                                                                                        \
		before();                                                                                              \
		for (unsigned i = 0; i < sizeof(run) / sizeof(*run); i++)                                              \
			pthread_create(&thread[i], NULL, run[i], NULL);                                                \
		for (unsigned i = 0; i < sizeof(run) / sizeof(*run); i++)                                              \
			pthread_join(thread[i], NULL);                                                                 \
		after();                                                                                               \
		return 0;                                                                                              \
	}

#else

#define CLIENT_ROUNDS 20000u
#define CLIENT_MILLISECONDS 1000

static _Thread_local uint64_t client_random; /* 0: no delays */
static _Atomic unsigned client_waiting;

/* Most points are passed at once, some late, a few after another thread had its turn. */
static void client_delay(void)
{
	uint64_t draw;

	if (!client_random)
		return;
	client_random ^= client_random << 13;
	client_random ^= client_random >> 7;
	client_random ^= client_random << 17;
	draw = client_random >> 32;
	if (draw % 16 == 0)
		sched_yield();
	else if (draw % 4 == 0)
		for (volatile unsigned i = 0; i < draw / 16 % 256; i++)
			;
}

struct client_start {
	void *(*run)(void *);
	uint64_t seed;
};

/* All threads set out together. */
static void *client_thread(void *arg)
{
	const struct client_start *start = arg;

	atomic_fetch_sub(&client_waiting, 1);
	while (atomic_load(&client_waiting))
		sched_yield();
	client_random = start->seed;
	for (uint64_t i = start->seed % 64; i; i--)
		client_delay();
	return start->run(NULL);
}

static int client_main(void (*before)(void), void (*after)(void), void *(*const *run)(void *), unsigned threads)
{
	struct client_start start[4];
	struct timespec began, now;
	pthread_t thread[4];
	unsigned round = 0;

	clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		client_begin();
		before();
		atomic_store(&client_waiting, threads);
		for (unsigned i = 0; i < threads; i++) {
			int error;

			start[i] = (struct client_start){run[i], nb_mix64((uint64_t)round * threads + i + 1)};
			error = pthread_create(&thread[i], NULL, client_thread, &start[i]);
			assert(!error);
		}
		for (unsigned i = 0; i < threads; i++)
			pthread_join(thread[i], NULL);
		after();
		for (unsigned i = 0; i < atomic_load(&client_blocks); i++)
			free(client_block[i]);
		atomic_store(&client_blocks, 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (++round < CLIENT_ROUNDS &&
		 (now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 < CLIENT_MILLISECONDS);
	printf("%u rounds\n", round);
	return 0;
}

#define CLIENT(before, after, ...)                                                                                     \
	int main(void)                                                                                                 \
	{                                                                                                              \
		void *(*const run[])(void *) = {__VA_ARGS__};                                                          \
                                                                                                                       \
		return client_main(before, after, run, sizeof(run) / sizeof(*run));                                    \
	}

#endif

#endif
