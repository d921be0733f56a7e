/*
 * world: see world.h.
 */
#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heir.h"
#include "life.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "ops.h"
#include "quarantine.h"
#include "reclaim.h"
#include "scheduler.h"

#define EVENTS_MAX 4096

/* Above every key: a key that equals it would be mixed to 0, whose place is aside. */
#define SEED HISTORY_KEYS

static struct {
	enum world_kind kind;
	bool one_home, aside, boxed;
	uint64_t integers[HISTORY_KEYS]; /* what stands for a number in an integer map */
	struct nbmap *object;
	struct nbmap_u64 *integer;
	struct nb_map *core;
	struct history_event event[EVENTS_MAX];
	size_t events;
	/* after world_hoard() */
	bool hoarding;
	struct history_event unrecorded;
	uint64_t began[SCHEDULER_THREADS + 1], longest_call;
} w;

/* ---- Keys and values ---------------------------------------------------- */

static uint64_t hash_key(const void *key, uint64_t seed, void *arg)
{
	(void)seed;
	(void)arg;
	return w.one_home ? 0 : boxed_number(key);
}

static bool equal_keys(const void *a, const void *b, void *arg)
{
	(void)arg;
	return boxed_number(a) == boxed_number(b);
}

static void *dup_key(const void *key, void *arg)
{
	(void)arg;
	return quarantine_grants() ? box(boxed_number(key)) : NULL;
}

static void free_box(void *boxed, void *arg)
{
	(void)arg;
	unbox(boxed);
}

static bool equal_values(const void *a, const void *b, void *arg)
{
	(void)arg;
	return boxed_number(a) == boxed_number(b);
}

static const struct nbmap_type boxed_type = {
	.hash = hash_key,
	.equal = equal_keys,
	.key_dup = dup_key,
	.key_free = free_box,
	.value_free = free_box,
	.value_equal = equal_values,
};

/* The map has integers for values, and none of its own. */
static const struct nbmap_type plain_type = {
	.hash = hash_key,
	.equal = equal_keys,
	.key_dup = dup_key,
	.key_free = free_box,
};

static void *value_of(uint64_t number)
{
	return w.boxed ? (void *)box(number) : nbmap_int(number - 1);
}

static uint64_t number_of(const void *value)
{
	return !value ? 0 : w.boxed ? boxed_number(value) : nbmap_int_of(value) + 1;
}

/* A value the map did not take. */
static void drop(void *value)
{
	if (w.boxed)
		unbox(value);
}

/* ---- Integer keys, by their place ---------------------------------------- */

static bool lives_aside(unsigned key)
{
	return w.aside && key <= NB_KEY_CLOSED;
}

/* The word that is to stand for a key: with the home of the object key. */
static uint64_t wanted_word(unsigned key)
{
	if (lives_aside(key))
		return key;
	return w.one_home ? nb_mix64(SEED) + key : nb_mix64(key ^ SEED);
}

static void choose_integers(void)
{
	for (unsigned key = 0; key < HISTORY_KEYS; key++) {
		struct nb_key made;

		w.integers[key] = nb_integer_of_word(&w.core->keys, wanted_word(key));
		made = nb_key_of_integer(&w.core->keys, w.integers[key]);
		if (nb_key_is_aside(NB_INTEGER, &made) != lives_aside(key))
			model_fail("key %u does not live where it should", key);
	}
}

static unsigned number_of_integer(uint64_t integer)
{
	for (unsigned key = 0; key < HISTORY_KEYS; key++)
		if (w.integers[key] == integer)
			return key;
	model_fail("an integer key that nobody put");
}

/* Nothing was ever written to a side slot that no key lives in. */
static void check_side_slots(void)
{
	struct nb_table *top = nb_load_acquire(&w.core->top);

	for (unsigned i = 0; i < 2; i++)
		if (!(w.kind == WORLD_INTEGER && w.aside) && nb_load_acquire(&top->chain->side[i]) != NB_EMPTY)
			model_fail("side slot %u was written to", i);
}

/* ---- Life --------------------------------------------------------------- */

static unsigned thread_index(void)
{
	uint32_t running = scheduler_running();

	return running == SCHEDULER_NOBODY ? SCHEDULER_THREADS : running;
}

/* Each thread counts, and begins with blocks, as a thread of its own would. */
static void number_thread(uint32_t running)
{
	(void)running;
	nb_number_known = thread_index() + 1;
}

void world_begin(struct world_shape shape)
{
	struct nbmap_config config = {
		.type = shape.kind == WORLD_INTEGER ? NULL : shape.integers ? &plain_type : &boxed_type,
		.allocator = &quarantine_allocator,
		.flags = NBMAP_FIXED_SEED,
		.seed = SEED,
	};
	int error;

	quarantine_begin();
	scheduler_switched = number_thread;
	number_thread(SCHEDULER_NOBODY);
	w.kind = shape.kind;
	w.one_home = shape.one_home;
	w.aside = shape.aside;
	w.boxed = shape.kind == WORLD_OBJECT && !shape.integers;
	w.events = 0;
	w.hoarding = false;
	error = w.kind == WORLD_OBJECT ? nbmap_new(&w.object, &config) : nbmap_u64_new(&w.integer, &config);
	if (error)
		model_fail("a map could not be made: %d", error);
	w.core = w.kind == WORLD_OBJECT ? &w.object->map : &w.integer->map;
	if (w.kind == WORLD_INTEGER)
		choose_integers();
}

static void check_history(void)
{
	static const uint64_t nothing[HISTORY_KEYS];

	if (!history_linearizable(w.event, w.events, nothing)) {
		history_print(w.event, w.events, stderr);
		model_fail("the history is not linearizable");
	}
}

void world_end(void)
{
	size_t present = 0;
	int error;

	for (unsigned key = 0; key < HISTORY_KEYS; key++)
		present += world_get(key) != 0;
	if (!nb_map_valid(w.core))
		model_fail("the map's invariants do not hold");
	check_side_slots();
	if (world_count() != present)
		model_fail("%zu entries are counted, and %zu are there", world_count(), present);
	error = w.kind == WORLD_OBJECT ? nbmap_destroy(w.object) : nbmap_u64_destroy(w.integer);
	if (error)
		model_fail("the map could not be destroyed: %d", error);
	check_history();
	quarantine_end();
}

void world_hoard(void)
{
	w.hoarding = true;
	w.longest_call = 0;
	quarantine_hoard();
}

void world_abandon(void)
{
	quarantine_abandon();
}

uint64_t world_longest_call(void)
{
	return w.longest_call;
}

/* ---- Recorded operations ------------------------------------------------ */

/* Points passed so far, one per tick of the clock; later events come later
 * even when no point lies between. */
static uint64_t stamp(void)
{
	static uint64_t last;
	uint64_t now = scheduler_clock() * 1000;

	if (!w.events)
		last = 0;
	last = now > last ? now : last + 1;
	return last;
}

static struct history_event *invoke(enum history_op op, unsigned key, uint64_t arg, uint64_t expected)
{
	struct history_event *event = &w.event[w.events];

	nbr_enter(w.core->domain);
	if (w.hoarding) {
		w.began[thread_index()] = scheduler_own_steps();
		return &w.unrecorded;
	}
	if (w.events == EVENTS_MAX)
		model_fail("the model ran out of room for the history");
	*event = (struct history_event){
		.thread = scheduler_running(),
		.op = op,
		.key = key,
		.arg = arg,
		.expected = expected,
		.invoked = stamp(),
	};
	w.events++;
	return event;
}

static int answer(struct history_event *event, int result, const void *seen)
{
	event->result = result;
	event->seen = number_of(seen);
	nbr_leave(w.core->domain);
	if (w.hoarding) {
		uint64_t steps = scheduler_own_steps() - w.began[thread_index()];

		w.longest_call = steps > w.longest_call ? steps : w.longest_call;
		return result;
	}
	event->returned = stamp();
	return result;
}

#define CALL(name, ...) \
	(w.kind == WORLD_OBJECT ? nbmap_##name(w.object, &(struct boxed){key}, __VA_ARGS__) : \
				  nbmap_u64_##name(w.integer, w.integers[key], __VA_ARGS__))

uint64_t world_get(unsigned key)
{
	struct history_event *event = invoke(HISTORY_GET, key, 0, 0);
	void *value = w.kind == WORLD_OBJECT ? nbmap_get(w.object, &(struct boxed){key}) :
					       nbmap_u64_get(w.integer, w.integers[key]);

	answer(event, 0, value);
	return event->seen;
}

void world_get_batch(unsigned key, unsigned other)
{
	struct history_event *event[2] = {invoke(HISTORY_GET, key, 0, 0), invoke(HISTORY_GET, other, 0, 0)};
	const void *const objects[2] = {&(struct boxed){key}, &(struct boxed){other}};
	const uint64_t integers[2] = {w.integers[key], w.integers[other]};
	void *values[2];

	if (w.kind == WORLD_OBJECT)
		nbmap_get_batch(w.object, objects, values, 2);
	else
		nbmap_u64_get_batch(w.integer, integers, values, 2);
	for (unsigned i = 0; i < 2; i++)
		answer(event[i], 0, values[i]);
}

/* Put, add and set differ in name alone. */
#define WRITE(name, op)                                                                                                \
	int world_##name(unsigned key, uint64_t number)                                                                \
	{                                                                                                              \
		struct history_event *event = invoke(op, key, number, 0);                                              \
		void *seen = NULL, *value = value_of(number);                                                          \
		int result = CALL(name, value, &seen);                                                                 \
                                                                                                                       \
		if (result)                                                                                            \
			drop(value);                                                                                   \
		return answer(event, result, seen);                                                                    \
	}

WRITE(put, HISTORY_PUT)
WRITE(add, HISTORY_ADD)
WRITE(set, HISTORY_SET)

int world_replace(unsigned key, uint64_t expected, uint64_t number)
{
	struct history_event *event = invoke(HISTORY_REPLACE, key, number, expected);
	void *seen = NULL, *value = value_of(number), *old = value_of(expected);
	int result = CALL(replace, old, value, &seen);

	if (result)
		drop(value);
	drop(old);
	return answer(event, result, seen);
}

int world_del(unsigned key)
{
	struct history_event *event = invoke(HISTORY_DEL, key, 0, 0);
	void *seen = NULL;
	int result = CALL(del, &seen);

	return answer(event, result, seen);
}

int world_del_if(unsigned key, uint64_t expected)
{
	struct history_event *event = invoke(HISTORY_DEL_IF, key, 0, expected);
	void *seen = NULL, *old = value_of(expected);
	int result = CALL(del_if, old, &seen);

	drop(old);
	return answer(event, result, seen);
}

struct act {
	enum world_update how;
	uint64_t plus, seen; /* what the last attempt was shown */
};

static int act(struct act *act, void *current, void **value)
{
	uint64_t number;

	act->seen = number_of(current);
	number = act->seen + act->plus;
	if (!*value || act->how == WORLD_ANEW || !w.boxed)
		*value = value_of(number);
	else
		((struct boxed *)*value)->number = number;
	switch (act->how) {
	case WORLD_KEEP:
		return NBMAP_KEEP;
	case WORLD_TAKE:
		return NBMAP_REMOVE;
	case WORLD_GIVE_UP:
		return -ECANCELED;
	default:
		return NBMAP_SET;
	}
}

static int act_on_object(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	return act(arg, current, value);
}

static int act_on_integer(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	return act(arg, current, value);
}

int world_update(unsigned key, enum world_update how, uint64_t plus)
{
	static const enum history_op ops[] = {
		[WORLD_PLUS] = HISTORY_UPDATE, [WORLD_ANEW] = HISTORY_UPDATE,	    [WORLD_KEEP] = HISTORY_KEEP,
		[WORLD_TAKE] = HISTORY_TAKE,   [WORLD_GIVE_UP] = HISTORY_GIVE_UP,
	};
	struct act request = {.how = how, .plus = plus};
	struct history_event *event = invoke(ops[how], key, how == WORLD_GIVE_UP ? ECANCELED : plus, 0);
	void *seen = NULL;
	int result = w.kind == WORLD_OBJECT ?
			     nbmap_update(w.object, &(struct boxed){key}, act_on_object, &request, &seen) :
			     nbmap_u64_update(w.integer, w.integers[key], act_on_integer, &request, &seen);

	answer(event, result, seen);
	/* The map does not say what a callback saw that gave up. */
	if (result == -ECANCELED)
		event->seen = request.seen;
	return result;
}

/* What is to be made, and what was. */
struct creation {
	uint64_t number;
	void *made;
};

static void *create(struct creation *creation)
{
	return creation->made = value_of(creation->number);
}

static void *create_object(const void *key, void *arg)
{
	(void)key;
	return create(arg);
}

static void *create_integer(uint64_t key, void *arg)
{
	(void)key;
	return create(arg);
}

int world_get_or_add(unsigned key, uint64_t number)
{
	struct history_event *event = invoke(HISTORY_ADD, key, number, 0);
	struct creation creation = {number, NULL};
	void *value = NULL;
	int result = w.kind == WORLD_OBJECT ?
			     nbmap_get_or_add(w.object, &(struct boxed){key}, create_object, &creation, &value) :
			     nbmap_u64_get_or_add(w.integer, w.integers[key], create_integer, &creation, &value);
	bool added = !result && value == creation.made;

	/* To the history it is an add that failed, or did not. */
	return answer(event, result || added ? result : -EEXIST, added ? NULL : value);
}

int world_add_int(unsigned key, int64_t delta)
{
	struct history_event *event;
	void *seen = NULL;
	int result;

	if (w.boxed)
		return 0;
	event = invoke(HISTORY_ADD_INT, key, (uint64_t)delta, 0);
	result = CALL(add_int, delta, &seen);
	return answer(event, result, seen);
}

size_t world_count(void)
{
	size_t count;

	nbr_enter(w.core->domain);
	count = w.kind == WORLD_OBJECT ? nbmap_count(w.object) : nbmap_u64_count(w.integer);
	nbr_leave(w.core->domain);
	return count;
}

int world_clear(void)
{
	struct history_event *event = invoke(HISTORY_CLEAR, 0, 0, 0);
	int result = w.kind == WORLD_OBJECT ? nbmap_clear(w.object) : nbmap_u64_clear(w.integer);

	return answer(event, result, NULL);
}

/* ---- Steps of a migration ----------------------------------------------- */

static struct nb_table *last_table(void)
{
	struct nb_table *table = nb_load_acquire(&w.core->top), *next;

	while ((next = nb_load_acquire(&table->next)))
		table = next;
	return table;
}

void world_migrate(void)
{
	nbr_enter(w.core->domain);
	if (nb_migrate_start(w.core, last_table()) && !quarantine_failed())
		model_fail("a migration could not be started");
	nbr_leave(w.core->domain);
}

int world_want(unsigned places)
{
	int error;

	nbr_enter(w.core->domain);
	error = nb_heir_want(w.core, last_table(), (struct nb_size){.lines = 3}, places);
	nbr_leave(w.core->domain);
	return error;
}

void world_finish(void)
{
	struct nb_table *top;

	nbr_enter(w.core->domain);
	if (nb_migrate_finish(w.core, &top) && !quarantine_failed())
		model_fail("a migration could not be finished");
	nbr_leave(w.core->domain);
}

void world_sweep(unsigned after, unsigned block)
{
	struct nb_table *table;
	int error;

	nbr_enter(w.core->domain);
	table = nb_load_acquire(&w.core->top);
	while (after-- && table)
		table = nb_load_acquire(&table->next);
	if (table && nb_load_acquire(&table->next) && block < table->blocks)
		nb_migrate_sweep(w.core, table, block, &error);
	nbr_leave(w.core->domain);
}

void world_promote(void)
{
	struct nb_table *top;

	nbr_enter(w.core->domain);
	top = nb_load_acquire(&w.core->top);
	if (nb_load_acquire(&top->next))
		nb_migrate_promote(w.core, top);
	nbr_leave(w.core->domain);
}

void world_reclaim(void)
{
	quarantine_free_beside();
}

bool world_leaves(void)
{
	struct nb_table *top = nb_load_acquire(&w.core->top);

	return nb_load_acquire(&top->next);
}

bool world_swept(void)
{
	return nb_migrate_swept(nb_load_acquire(&w.core->top));
}

static void walk_objects(uint64_t seen[HISTORY_KEYS])
{
	struct nbmap_iter iter;
	const void *key;
	void *value;

	if (nbmap_iter_init(w.object, &iter)) {
		if (!quarantine_failed())
			model_fail("a walk could not begin");
		return;
	}
	while (nbmap_iter_next(&iter, &key, &value))
		seen[boxed_number(key)] += number_of(value) != 0;
}

static void walk_integers(uint64_t seen[HISTORY_KEYS])
{
	struct nbmap_iter iter;
	uint64_t key;
	void *value;

	if (nbmap_u64_iter_init(w.integer, &iter)) {
		if (!quarantine_failed())
			model_fail("a walk could not begin");
		return;
	}
	while (nbmap_u64_iter_next(&iter, &key, &value))
		seen[number_of_integer(key)] += number_of(value) != 0;
}

void world_walk(uint64_t seen[HISTORY_KEYS])
{
	nbr_enter(w.core->domain);
	if (w.kind == WORLD_OBJECT)
		walk_objects(seen);
	else
		walk_integers(seen);
	nbr_leave(w.core->domain);
}

/* One call; its entries are read while they are valid. */
static long scan(struct nbmap_cursor *cursor, uint64_t seen[HISTORY_KEYS], size_t n)
{
	struct nbmap_entry objects[HISTORY_KEYS];
	struct nbmap_u64_entry integers[HISTORY_KEYS];
	long found;

	nbr_enter(w.core->domain);
	found = w.kind == WORLD_OBJECT ? nbmap_scan(w.object, cursor, objects, n) :
					 nbmap_u64_scan(w.integer, cursor, integers, n);
	for (long i = 0; i < found; i++) {
		if (w.kind == WORLD_OBJECT)
			seen[boxed_number(objects[i].key)] += number_of(objects[i].value) != 0;
		else
			seen[number_of_integer(integers[i].key)] += number_of(integers[i].value) != 0;
	}
	nbr_leave(w.core->domain);
	return found;
}

void world_cycle(uint64_t seen[HISTORY_KEYS], size_t n)
{
	struct nbmap_cursor cursor = {0};

	if (w.one_home)
		n = HISTORY_KEYS; /* all keys have one hash: they come together */
	while (!cursor.cycle) {
		long found = scan(&cursor, seen, n);

		if (found < 0)
			model_fail("a scan answered %ld", found);
	}
}
