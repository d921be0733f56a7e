/*
 * scene: maps in states that a debugger is to show.
 *
 * Stops in at_scene(), once for each scene, and says on standard output before that
 * what is to be seen, a line each:
 *
 *   MAP slot KEY STATE     a slot of the key has the state
 *   MAP state STATE        some slot has it
 *   MAP none KEY           no slot has the key, or it has no value
 *   MAP value KEY NUMBER   a get of the key would answer that integer
 *
 * scenes   filled     values and tombstones
 *          migrating  between two tables: slots of each state of slot.h
 *          settled    the same, when the migration is done
 *
 * A key's states are brought about one step at a time, by the functions of the core.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "life.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "table.h"

#define KEYS 24

/* What the debugger names. */
struct nbmap_u64 *integers;
struct nbmap *strings, *pointers;
const char *scene;

/* The integer that has no slot under the seed 7, as it mixes to the word EMPTY. */
#define ASIDE 7

/* Keys that come later: one that stays, and one that gets no further than its claim. */
#define NEW_KEY KEYS
#define EMPTY_KEY (KEYS + 1)

static char text[KEYS + 2][8];

/* Most with bits high up and far down. */
static uint64_t integer(unsigned key)
{
	return key == ASIDE ? key : (uint64_t)key << 40 | key;
}

__attribute__((noinline)) void at_scene(void);

void at_scene(void)
{
	__asm__ volatile("" ::: "memory");
}

static void stop(const char *name)
{
	scene = name;
	fflush(stdout);
	at_scene();
}

/* ---- What is to be seen ------------------------------------------------------- */

static void say(const char *map, const char *what, unsigned key, const char *rest)
{
	if (map[0] == 'i')
		printf("%s %s %s %" PRIu64 " %s\n", scene, map, what, integer(key), rest);
	else if (map[0] == 's')
		printf("%s %s %s %s %s\n", scene, map, what, text[key], rest);
	else
		printf("%s %s %s %p %s\n", scene, map, what, (void *)text[key], rest);
}

static void say_all(unsigned key, const char *what, const char *rest)
{
	say("integers", what, key, rest);
	say("strings", what, key, rest);
	say("pointers", what, key, rest);
}

static void say_value_in(const char *map, unsigned key)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", 100 + key);
	say(map, "value", key, number);
}

static void say_value(unsigned key)
{
	say_value_in("integers", key);
	say_value_in("strings", key);
	say_value_in("pointers", key);
}

/* ---- Maps --------------------------------------------------------------------- */

static struct nb_map *inside(void *map)
{
	return map;
}

static struct nb_table *top_of(void *map)
{
	return nb_load_acquire(&inside(map)->top);
}

static struct nb_key key_in(void *map, unsigned key)
{
	return map == integers ? nb_key_of_integer(&inside(map)->keys, integer(key))
			       : nb_key_of_object(&inside(map)->keys, text[key]);
}

/* The key's slot in `table`, which is there. */
static struct nb_place place_of(void *map, struct nb_table *table, unsigned key)
{
	struct nb_key sought = key_in(map, key);
	struct nb_place place;
	enum nb_find found = nb_table_find(table, &inside(map)->keys, inside(map)->keys.kind, &sought, &place);

	assert(found == NB_FOUND);
	(void)found;
	return place;
}

/* A key whose slot in `table` has the word `state`, or any value where that is VALUE_MIN. */
static unsigned key_with(void *map, struct nb_table *table, uint64_t state)
{
	for (unsigned key = 0; key < KEYS; key++) {
		uint64_t word;

		if (map == integers && key == ASIDE)
			continue;
		word = nb_load_relaxed(nb_place_value(place_of(map, table, key)));
		if (state == NB_VALUE_MIN ? nb_is_open(word) && nb_has_value(word) : word == state)
			return key;
	}
	abort();
}

static int put(void *map, unsigned key)
{
	void *value = nbmap_int(100 + key);

	return map == integers ? nbmap_u64_put(integers, integer(key), value, NULL) : nbmap_put(map, text[key], value, NULL);
}

static int del(void *map, unsigned key)
{
	return map == integers ? nbmap_u64_del(integers, integer(key), NULL) : nbmap_del(map, text[key], NULL);
}

static void fill(void)
{
	for (unsigned key = 0; key < KEYS + 2; key++)
		snprintf(text[key], sizeof(text[key]), "key-%u", key);
	for (unsigned key = 0; key < KEYS; key++)
		if (put(integers, key) || put(strings, key) || put(pointers, key))
			abort();
	for (unsigned key = 0; key < KEYS; key += 6)
		if (del(integers, key) || del(strings, key) || del(pointers, key))
			abort();
}

/* Claimed for a key that came no further, and sealed. */
static void seal_empty(void *map, struct nb_table *table, unsigned key)
{
	struct nb_key claimed = key_in(map, key);
	struct nb_place place;
	uint64_t seen;

	if (nb_table_seek(table, &inside(map)->keys, inside(map)->keys.kind, &claimed, NB_PLACE, &place) != NB_VACANT ||
	    !nb_table_claim(table, place, claimed.hash, &seen, claimed.word))
		abort();
	nb_claims_add(&table->used, 1);
	nb_value_freeze(nb_place_value(place));
}

/* Between two tables.  Who writes helps, so that comes before the steps by hand. */
static void half_way(const char *name, void *map)
{
	struct nb_table *table = top_of(map);
	bool dup = inside(map)->keys.dup;
	unsigned key;

	/* Before there is a successor: later its place would be closed. */
	if (!dup) {
		seal_empty(map, table, EMPTY_KEY);
		say(name, "slot", EMPTY_KEY, "SEALED_EMPTY");
		say(name, "none", EMPTY_KEY, "");
	}
	if (nb_migrate_start(inside(map), table) || del(map, 3) || put(map, 6) || put(map, NEW_KEY))
		abort();
	say(name, "slot", 3, "TOMB");
	say(name, "none", 3, "");
	say(name, "slot", 6, map == integers ? "SEALED_TOMB" : "SEALED_TOMB, CARRIED");
	say(name, "slot", 6, "VALUE");
	say_value_in(name, 6);
	say(name, "slot", NEW_KEY, "VALUE");
	say_value_in(name, NEW_KEY);
	printf("%s %s state CLOSED\n", scene, name);

	key = key_with(map, table, NB_VALUE_MIN);
	nb_value_freeze(nb_place_value(place_of(map, table, key)));
	say(name, "slot", key, "FROZEN");
	say_value_in(name, key);
	key = key_with(map, table, NB_VALUE_MIN);
	if (nb_migrate_copy(inside(map), table, place_of(map, table, key)))
		abort();
	say(name, "slot", key, map == integers ? "MOVED" : "MOVED, CARRIED");
	say_value_in(name, key);
	key = key_with(map, table, NB_TOMB);
	nb_value_freeze(nb_place_value(place_of(map, table, key)));
	say(name, "slot", key, "SEALED_TOMB");
	say(name, "none", key, "");
}

/* One table is left. */
static void settle(void *map)
{
	struct nb_table *top;

	if (nb_migrate_finish(inside(map), &top))
		abort();
}

int main(void)
{
	struct nbmap_config config = {.flags = NBMAP_NO_THREAD | NBMAP_FIXED_SEED, .seed = 7, .capacity = 2 * KEYS};
	unsigned key;

	if (nbmap_u64_new(&integers, &config))
		return 1;
	config.type = nbmap_type_string();
	if (nbmap_new(&strings, &config))
		return 1;
	config.type = nbmap_type_pointer();
	if (nbmap_new(&pointers, &config))
		return 1;
	nbmap_u64_enter(integers);

	fill();
	settle(integers);
	settle(strings);
	settle(pointers);
	scene = "filled";
	for (key = 0; key < KEYS; key++)
		if (key % 6) {
			say_all(key, "slot", "VALUE");
			say_value(key);
		} else {
			say_all(key, "slot", "TOMB");
			say_all(key, "none", "");
		}
	stop("filled");

	scene = "migrating";
	half_way("integers", integers);
	half_way("strings", strings);
	half_way("pointers", pointers);
	stop("migrating");

	settle(integers);
	settle(strings);
	settle(pointers);
	scene = "settled";
	for (key = 0; key < KEYS; key++)
		if (key != 6 && key % 6 == 0) {
			say_all(key, "none", "");
		} else if (key != 3) {
			say_all(key, "slot", "VALUE");
			say_value(key);
		}
	say_all(3, "none", "");
	say_value(NEW_KEY);
	say_all(EMPTY_KEY, "none", "");
	stop("settled");

	nbmap_u64_leave(integers);
	return nbmap_u64_destroy(integers) || nbmap_destroy(strings) || nbmap_destroy(pointers);
}
