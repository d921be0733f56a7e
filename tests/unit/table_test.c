/*
 * table_test: tables and migrations (table.h, migrate.h), and what a get reads
 * along a chain (ops.h), one step at a time.
 *
 * Races are played out by hand.  The core's steps are functions, so a thread
 * that stalls is a call that comes late: a test freezes a slot as one copier,
 * lets the map be migrated, changed and migrated again as all the others, and
 * then takes the first copier's next step.  Where a function must be met half
 * way through, the allocator does it: its hook runs what the others do.
 *
 * Most tests run for both kinds of key: _i is the kind.  Chains are built on
 * counted keys and, where somebody must own them, counted values; so each
 * test also asserts, at core_close(), that whatever it did to the tables, each
 * key and each value was freed exactly once.
 *
 * Runs with the smallest tables and blocks, and with the ordinary ones.
 */
#include "core_build.h"
#include "host.h"
#include "iterate.h"
#include "unmix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t seed;

/* A place in the probe order that every size of table agrees on: line 0. */
#define HASH UINT64_C(0x1000)

/* ---- Home lines ----------------------------------------------------------- */

/* The upper half of a * b, bit by bit. */
static uint64_t high_product(uint64_t a, uint64_t b)
{
	uint64_t high = 0, low = 0;

	for (int bit = 63; bit >= 0; bit--) {
		high = high << 1 | low >> 63;
		low <<= 1;
		if (a >> bit & 1) {
			low += b;
			high += low < b;
		}
	}
	return high;
}

static const uint64_t line_counts[] = {
	1,
	2,
	3,
	5,
	64,
	1000,
	UINT64_C(1) << 31,
	(UINT64_C(1) << 32) - 1,
	UINT64_C(1) << 32,
	(UINT64_C(1) << 32) + 1,
	(UINT64_C(3) << 33) + 7,
	SIZE_MAX / 8 / sizeof(struct nb_line),
	SIZE_MAX,
};
#define LINE_COUNTS (sizeof(line_counts) / sizeof(*line_counts))

static size_t home_of(size_t lines, uint64_t hash)
{
	struct nb_table table = {.lines = lines};

	return nb_table_home(&table, hash);
}

START_TEST(home_of_any_size)
{
	static const uint64_t hashes[] = {
		0, 1, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX,
	};
	uint64_t state = seed, lines = line_counts[_i];

	for (size_t i = 0; i < 1000; i++) {
		uint64_t hash = i < sizeof(hashes) / sizeof(*hashes) ? hashes[i] : core_random(&state);
		uint64_t home = high_product(hash, lines);

		ck_assert_uint_lt(home, lines);
		ck_assert_uint_eq(home_of(lines, hash), home);
		ck_assert_uint_eq(core_home_portable(lines, hash), home);
	}
	ck_assert_uint_eq(home_of(lines, 0), 0);
	ck_assert_uint_eq(home_of(lines, UINT64_MAX), lines - 1);
}
END_TEST

/* A larger hash has no smaller home, whatever the size; a line of a table becomes `times` neighbours of a larger. */
START_TEST(home_keeps_order)
{
	uint64_t state = seed, lines = line_counts[_i];

	for (int i = 0; i < 1000; i++) {
		uint64_t a = core_random(&state), b = core_random(&state), times = 1 + core_random(&state) % 8;
		size_t home = home_of(lines, a);

		if (a > b)
			ck_assert_uint_ge(home, home_of(lines, b));
		else
			ck_assert_uint_le(home, home_of(lines, b));
		if (lines > SIZE_MAX / times)
			continue;
		ck_assert_uint_ge(home_of(lines * times, a), home * times);
		ck_assert_uint_lt(home_of(lines * times, a), (home + 1) * times);
	}
}
END_TEST

/* The tests' own inverses, on which all that follows stands. */
START_TEST(hashes_for_tests)
{
	uint64_t state = seed;

	for (int i = 0; i < 100; i++) {
		uint64_t x = core_random(&state);
		size_t lines = 1 + (size_t)(core_random(&state) % 1000), home = (size_t)(x % lines);

		ck_assert_uint_eq(nb_mix64(unmix64(x)), x);
		ck_assert_uint_eq(home_of(lines, core_hash(lines, home, 0)), home);
		ck_assert_uint_eq(home_of(lines, core_hash(lines, home, 1000000)), home);
		if (home)
			ck_assert_uint_eq(home_of(lines, core_hash(lines, home, 0) - 1), home - 1);
	}
}
END_TEST

/* ---- Find ----------------------------------------------------------------- */

/* From home on and around, each line from its first slot; then FULL. */
START_TEST(find_fills_in_order)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[13];

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 3);
	for (unsigned n = 0; n < 13; n++)
		key[n] = core_key(&core, core_hash(3, 1, n));
	for (unsigned n = 0; n < 12; n++) {
		struct nb_place place = core_put(&core, table, &key[n], NB_TOMB);

		ck_assert_ptr_eq(place.line, &table->line[(1 + n / 4) % 3]);
		ck_assert_uint_eq(place.index, n % 4);
		ck_assert(nb_table_valid(table, &core.map->keys));
	}
	for (unsigned n = 0; n < 12; n++) {
		struct nb_place place = core_find(&core, table, &key[n]);

		ck_assert_ptr_eq(place.line, &table->line[(1 + n / 4) % 3]);
		ck_assert_uint_eq(place.index, n % 4);
	}
	ck_assert_int_eq(core_probe(&core, table, &key[12]), NB_FULL);
	core_close(&core);
}
END_TEST

/* Two writers that aim at one EMPTY: the second goes on with what it finds there. */
START_TEST(find_after_lost_claim)
{
	struct core core;
	struct nb_table *table;
	struct nb_key mine, other;
	struct nb_place place, again;
	uint64_t seen;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	mine = core_key(&core, HASH);
	other = core_key(&core, HASH + 1);
	ck_assert_int_eq(nb_table_find(table, &core.map->keys, core.kind, &mine, &place), NB_VACANT);
	core_put(&core, table, &other, NB_TOMB);
	ck_assert(!nb_key_claim(nb_place_key(place), &seen, mine.word));
	ck_assert_uint_eq(seen, core_key_at(place));
	ck_assert_int_eq(nb_table_find(table, &core.map->keys, core.kind, &mine, &again), NB_VACANT);
	ck_assert_uint_eq(again.index, place.index + 1);
	core_put(&core, table, &mine, NB_TOMB);
	ck_assert(!nb_key_claim(nb_place_key(again), &seen, mine.word));
	ck_assert_int_eq(core_probe(&core, table, &mine), NB_FOUND);
	core_close(&core);
}
END_TEST

/* Beyond CLOSED no probe goes; what was claimed before it is still found. */
START_TEST(find_stops_at_closed)
{
	struct core core;
	struct nb_table *table;
	struct nb_key before, after, passing, elsewhere, full[4];

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 3);
	before = core_key(&core, core_hash(3, 1, 0));
	after = core_key(&core, core_hash(3, 1, 1));
	passing = core_key(&core, core_hash(3, 0, 4));
	elsewhere = core_key(&core, core_hash(3, 2, 0));
	core_put(&core, table, &before, NB_TOMB);
	core_close_place(&core, table, &after);
	ck_assert_int_eq(core_probe(&core, table, &before), NB_FOUND);
	ck_assert_int_eq(core_probe(&core, table, &after), NB_CLOSED);
	ck_assert_int_eq(core_probe(&core, table, &elsewhere), NB_VACANT);
	/* A key that comes from a full line stops there as well. */
	for (unsigned n = 0; n < 4; n++) {
		full[n] = core_key(&core, core_hash(3, 0, n));
		core_put(&core, table, &full[n], NB_TOMB);
	}
	ck_assert_int_eq(core_probe(&core, table, &passing), NB_CLOSED);
	ck_assert(nb_table_valid(table, &core.map->keys));
	core_close(&core);
}
END_TEST

/* Equal hashes, hence equal tags, are not equal keys. */
START_TEST(find_tells_equal_hashes_apart)
{
	struct core core;
	struct nb_table *table;
	struct nb_key a, b;

	core_open(&core, NB_OBJECT, false);
	table = core_top(&core, 1);
	a = core_key(&core, HASH);
	b = core_key(&core, HASH);
	core_put(&core, table, &a, NB_TOMB);
	ck_assert_int_eq(core_probe(&core, table, &b), NB_VACANT);
	core_put(&core, table, &b, NB_TOMB);
	ck_assert_uint_eq(core_find(&core, table, &a).index, 0);
	ck_assert_uint_eq(core_find(&core, table, &b).index, 1);
	core_close(&core);
}
END_TEST

/* What happens in slot 1 while a probe, at slot 0, compares a key of the same hash. */
static struct {
	struct nb_table *table;
	uint64_t word; /* stored in slot 1, if not EMPTY yet */
} beside;

static bool equal_slowly(const void *a, const void *b, void *arg)
{
	(void)arg;
	if (beside.word)
		nb_store_relaxed(&beside.table->line[0].key[1], beside.word);
	beside.word = 0;
	return ((const struct count_key *)a)->id == ((const struct count_key *)b)->id;
}

/* The line changes under the probe: it must say what stands there now, not what it saw at first. */
START_TEST(find_in_a_changing_line)
{
	struct core core;
	struct nb_key first, other, key;
	struct nb_place place;
	enum nb_find found;

	core_open(&core, NB_OBJECT, false);
	beside.table = core_top(&core, 1);
	first = core_key(&core, HASH);
	other = core_key(&core, HASH);
	key = core_key(&core, HASH);
	core_put(&core, beside.table, &first, NB_TOMB);
	core.map->keys.equal = equal_slowly;
	beside.word = _i == 0 ? core_word(&core, &other) : _i == 1 ? core_word(&core, &key) : NB_KEY_CLOSED;
	found = nb_table_find(beside.table, &core.map->keys, core.kind, &key, &place);
	ck_assert_uint_eq(beside.word, 0);
	ck_assert_int_eq(found, _i == 0 ? NB_VACANT : _i == 1 ? NB_FOUND : NB_CLOSED);
	ck_assert_uint_eq(place.index, _i == 0 ? 2 : 1);
	core_close(&core);
}
END_TEST

/* More lines than 32 bits can number: address space only, of which a few pages are touched. */
START_TEST(find_beyond_32_bits)
{
#if SIZE_MAX > UINT32_MAX
	size_t lines = ((size_t)1 << 32) + 3, bytes = lines * sizeof(struct nb_line);
	struct nb_table table = {.lines = lines};
	struct nb_keys keys = {.kind = NB_INTEGER, .pointer_mask = NB_TAGGED_POINTER_MASK};
	struct nb_place place;
	uint64_t seen;

	if (core_rounds(1, 0) == 0)
		return; /* valgrind and sanitizers shadow every byte */
	table.line = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table.line == MAP_FAILED)
		return; /* the machine is too small */
	/* Six keys at home in the last line: four stand there, two around the corner. */
	for (unsigned n = 0; n < 6; n++) {
		struct nb_key key = {.word = UINT64_MAX - n, .hash = UINT64_MAX - n};

		ck_assert_int_eq(nb_table_find(&table, &keys, NB_INTEGER, &key, &place), NB_VACANT);
		ck_assert_ptr_eq(place.line, &table.line[n < 4 ? lines - 1 : 0]);
		ck_assert(nb_key_claim(nb_place_key(place), &seen, key.word));
		ck_assert_int_eq(nb_table_find(&table, &keys, NB_INTEGER, &key, &place), NB_FOUND);
	}
	munmap(table.line, bytes);
#endif
}
END_TEST

/* ---- Valid ---------------------------------------------------------------- */

/* A table of three lines on the way out: line 0 full, line 1 with one passer-by of it, line 2 half closed. */
static struct nb_table *sound_table(struct core *core)
{
	struct nb_table *table = core_top(core, 3);
	struct nb_key key;

	for (unsigned n = 0; n < 5; n++) {
		key = core_key(core, core_hash(3, 0, n));
		core_put(core, table, &key, n == 3 ? NB_EMPTY : NB_TOMB);
	}
	for (unsigned n = 0; n < 2; n++) {
		key = core_key(core, core_hash(3, 2, n));
		core_put(core, table, &key, n ? NB_TOMB : NB_EMPTY);
	}
	key = core_key(core, core_hash(3, 2, 3));
	core_close_place(core, table, &key);
	return table;
}

/* One broken invariant each: what is stored where it must not be. */
struct breakage {
	const char *what;
	unsigned line, index;
	enum { KEY_WORD, KEY_AT_HOME_IN, KEY_OF_SLOT_0, VALUE_WORD } kind;
	uint64_t word; /* KEY_AT_HOME_IN: the line */
};

static const struct breakage breakages[] = {
	{"a gap in a line", 1, 2, KEY_AT_HOME_IN, 1},
	{"a key after CLOSED", 2, 3, KEY_AT_HOME_IN, 2},
	{"two CLOSED", 2, 3, KEY_WORD, NB_KEY_CLOSED},
	{"CLOSED after a gap", 1, 3, KEY_WORD, NB_KEY_CLOSED},
	{"a key past a line with room", 2, 1, KEY_AT_HOME_IN, 1},
	{"a key past a closed line", 0, 3, KEY_AT_HOME_IN, 2},
	{"a key twice in a line", 0, 2, KEY_OF_SLOT_0, 0},
	{"a key twice in two lines", 1, 1, KEY_OF_SLOT_0, 0},
	{"a line that lost a key", 0, 3, KEY_WORD, NB_KEY_EMPTY},
	{"a full line closed", 0, 3, KEY_WORD, NB_KEY_CLOSED},
	{"MOVED without payload", 0, 1, VALUE_WORD, NB_EMPTY | NB_MOVED},
	{"MOVED with a tombstone", 0, 1, VALUE_WORD, NB_TOMB | NB_MOVED},
	{"a value without a key", 1, 1, VALUE_WORD, 4096},
	{"a value in a closed slot", 2, 2, VALUE_WORD, 4096},
	{"a value behind a closed slot", 2, 3, VALUE_WORD, NB_TOMB},
};
#define BREAKAGES (int)(sizeof(breakages) / sizeof(*breakages))

START_TEST(valid_sees_broken_table)
{
	const struct breakage *b = &breakages[_i / 2];
	struct core core;
	struct nb_table *table;
	nb_word *word;
	uint64_t was, now;

	core_open(&core, (enum nb_kind)(_i % 2), false);
	table = sound_table(&core);
	ck_assert(nb_table_valid(table, &core.map->keys));
	word = b->kind == VALUE_WORD ? &table->line[b->line].value[b->index] : &table->line[b->line].key[b->index];
	was = nb_load_relaxed(word);
	now = b->word;
	if (b->kind == KEY_OF_SLOT_0)
		now = nb_load_relaxed(&table->line[0].key[0]);
	else if (b->kind == KEY_AT_HOME_IN)
		now = core_key(&core, core_hash(3, (size_t)b->word, 50)).word;
	nb_store_relaxed(word, now);
	ck_assert_msg(!nb_table_valid(table, &core.map->keys), "%s was not seen", b->what);
	ck_assert(!nb_map_valid(core.map));
	nb_store_relaxed(word, was);
	ck_assert(nb_table_valid(table, &core.map->keys));
	core_close(&core);
}
END_TEST

START_TEST(valid_sees_broken_map)
{
	struct core core;
	struct nb_table *table, *next;
	struct nb_chain *chain;
	struct nb_chain stranger = {.side = {NB_EMPTY, NB_EMPTY}};
	struct nb_key key;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 1);
	chain = table->chain;
	next = core_link(&core, table, 1);
	key = core_key(&core, HASH);
	core_put(&core, table, &key, core_value(&core, 1));
	ck_assert(nb_map_valid(core.map));
	/* An entry too many, and too few. */
	core_live(&core, 1);
	ck_assert(!nb_map_valid(core.map));
	core_live(&core, -2);
	ck_assert(!nb_map_valid(core.map));
	core_live(&core, 1);
	/* Tables out of step. */
	next->number++;
	ck_assert(!nb_map_valid(core.map));
	next->number--;
	next->chain = &stranger;
	ck_assert(!nb_map_valid(core.map));
	next->chain = chain;
	nb_store_relaxed(&core.map->newest, 1);
	ck_assert(!nb_map_valid(core.map));
	nb_store_relaxed(&core.map->newest, 2);
	/* Side slots are never frozen, and object keys have none. */
	nb_store_relaxed(&chain->side[1], NB_TOMB | NB_FROZEN);
	ck_assert(!nb_map_valid(core.map));
	nb_store_relaxed(&chain->side[1], NB_TOMB);
	ck_assert(nb_map_valid(core.map) == (core.kind == NB_INTEGER));
	nb_store_relaxed(&chain->side[1], NB_EMPTY);
	core_close(&core);
}
END_TEST

/* ---- Sizes ---------------------------------------------------------------- */

START_TEST(sizes_that_wrap_are_refused)
{
	static const size_t sizes[] = {
		0,
		SIZE_MAX / 8 / sizeof(struct nb_line) + 1,
		SIZE_MAX / 64,
		SIZE_MAX / 64 + 1,
		SIZE_MAX / 2,
		SIZE_MAX / 2 + 1,
		SIZE_MAX,
	};
	size_t largest = SIZE_MAX / 8 / sizeof(struct nb_line);
	struct core core;
	uint64_t made;

	core_open(&core, NB_INTEGER, false);
	made = count_made(core.count, COUNT_MEMORY);
	count_fail_nth(core.count, COUNT_MEMORY, UINT64_MAX);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		ck_assert_ptr_null(nb_table_new(core.map, nb_load_relaxed(&core.map->top)->chain, sizes[i], 2));
	ck_assert_msg(!count_attempts(core.count), "memory was asked for");
	/* The largest that is not refused outright: its size is what it should be, and nobody has that much. */
	ck_assert_uint_gt(nb_table_size(largest), largest * sizeof(struct nb_line));
	ck_assert_uint_lt(nb_table_size(largest), SIZE_MAX / 4);
	ck_assert_ptr_null(nb_table_new(core.map, nb_load_relaxed(&core.map->top)->chain, largest, 2));
	ck_assert_uint_eq(count_attempts(core.count), 1);
	ck_assert_uint_eq(count_made(core.count, COUNT_MEMORY), made);
	core_close(&core);
}
END_TEST

START_TEST(lines_for_entries)
{
	struct core core;

	core_open(&core, NB_INTEGER, false);
	core.map->min_lines = 7;
	for (uint64_t live = 0; live < 5000; live++) {
		uint64_t wanted = (live * 5 + 7) / 8;

		ck_assert_uint_eq(nb_migrate_lines(core.map, live), wanted > 7 ? wanted : 7);
	}
	/* Beyond 32 bits, and where the product wraps. */
	ck_assert_uint_eq(nb_migrate_lines(core.map, UINT64_C(1) << 35), UINT64_C(5) << 32);
	ck_assert_uint_eq(nb_migrate_lines(core.map, SIZE_MAX / 5), SIZE_MAX);
	ck_assert_uint_eq(nb_migrate_lines(core.map, SIZE_MAX / 4), SIZE_MAX);
	ck_assert_uint_eq(nb_migrate_lines(core.map, UINT64_MAX), SIZE_MAX);
	core_close(&core);
}
END_TEST

/* More entries than fit any memory: an error, and the table has no successor. */
START_TEST(start_refuses_what_cannot_be)
{
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	table = nb_load_relaxed(&core.map->top);
	for (int shift = 50; shift < 64; shift++) {
		core_live(&core, INT64_C(1) << (shift == 63 ? 62 : shift));
		ck_assert_int_eq(nb_migrate_start(core.map, table), -ENOMEM);
		ck_assert_ptr_null(nb_load_relaxed(&table->next));
		core_live(&core, -(INT64_C(1) << (shift == 63 ? 62 : shift)));
	}
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 0);
	core_close(&core);
}
END_TEST

START_TEST(capacities_that_wrap_are_refused)
{
	static const size_t sizes[] = {SIZE_MAX,     SIZE_MAX - 1,     SIZE_MAX / 2,
				       SIZE_MAX / 5, SIZE_MAX / 5 + 1, SIZE_MAX / 64};
	struct count *count = count_new();
	struct nbmap_allocator allocator = count_allocator(count);
	struct nb_map *map;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct nbmap_config config = {.flags = NBMAP_NO_THREAD, .capacity = sizes[i], .allocator = &allocator};

		ck_assert_int_eq(nb_map_new(&map, NB_INTEGER, &config), -ENOMEM);
		config.capacity = 0;
		config.min_capacity = sizes[i];
		ck_assert_int_eq(nb_map_new(&map, NB_INTEGER, &config), -ENOMEM);
	}
	ck_assert(count_end(count));
}
END_TEST

/* ---- Start ---------------------------------------------------------------- */

START_TEST(start_once)
{
	struct core core;
	struct nb_table *table, *next;
	uint64_t made;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	next = nb_load_relaxed(&table->next);
	ck_assert_ptr_nonnull(next);
	ck_assert_uint_eq(next->number, table->number + 1);
	ck_assert_ptr_eq(next->chain, table->chain);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->newest), next->number);
	made = count_made(core.count, COUNT_MEMORY);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_ptr_eq(nb_load_relaxed(&table->next), next);
	ck_assert_uint_eq(count_made(core.count, COUNT_MEMORY), made);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 1);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
	core_close(&core);
}
END_TEST

/* Another thread starts the same migration. */
static void start_too(struct core *core)
{
	ck_assert_int_eq(nb_migrate_start(core->map, core->hook_table), 0);
}

/* It does so while we allocate: its table stays, ours is freed at once. */
START_TEST(start_loses)
{
	struct core core;
	struct nb_table *table, *next;
	uint64_t alive;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	alive = count_alive(core.count, COUNT_MEMORY);
	core.hook = start_too;
	core.hook_table = table;
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert(!core.hook);
	next = nb_load_relaxed(&table->next);
	ck_assert_ptr_nonnull(next);
	ck_assert_uint_eq(next->number, 2);
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive + 1);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 1);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->newest), 2);
	core_close(&core);
}
END_TEST

/* It even finishes, and starts the next one: `newest` must not fall back. */
static void start_and_go_on(struct core *core)
{
	struct nb_table *top;

	ck_assert_int_eq(nb_migrate_start(core->map, core->hook_table), 0);
	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	ck_assert_int_eq(nb_migrate_start(core->map, top), 0);
}

START_TEST(start_loses_twice)
{
	struct core core;
	struct nb_table *table;
	uint64_t alive;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	alive = count_alive(core.count, COUNT_MEMORY);
	core.hook = start_and_go_on;
	core.hook_table = table;
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive + 2);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 2);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->newest), 3);
	core_close(&core);
}
END_TEST

/* When memory is short nothing has changed, and later it works. */
START_TEST(start_without_memory)
{
	struct core core;
	struct nb_table *table;
	uint64_t alive;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	alive = count_alive(core.count, COUNT_MEMORY);
	count_fail_from(core.count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nb_migrate_start(core.map, table), -ENOMEM);
	ck_assert_uint_gt(count_fail_stop(core.count), 0);
	ck_assert_ptr_null(nb_load_relaxed(&table->next));
	ck_assert_uint_eq(nb_load_relaxed(&core.map->newest), 1);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 0);
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	core_close(&core);
}
END_TEST

/* A large successor brings counter stripes; the count stays what it was.  Two that bring them: one set is freed. */
START_TEST(start_widens_the_count)
{
	struct core core;
	struct nb_table *table, *next;
	size_t slots = NB_STRIPE_SLOTS;
	uint64_t alive;

	core_open(&core, NB_INTEGER, false);
	if (nb_count_stripes(slots) == 1) {
		core_close(&core); /* one processor */
		return;
	}
	table = core_top(&core, slots / NB_LINE_SLOTS * NB_SHRINK_MAX);
	ck_assert_uint_eq((uintptr_t)table % 64, 0);
	ck_assert_uint_eq((uintptr_t)table->line % 64, 0);
	ck_assert_ptr_nonnull(nb_load_relaxed(&table->used.wide));
	core_live(&core, 5);
	alive = count_alive(core.count, COUNT_MEMORY);
	if (_i) {
		core.hook = start_too;
		core.hook_table = table;
		core.hook_size = nb_host_block_size(nb_stripes_size(nb_count_stripes(slots)));
	}
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert(!core.hook);
	next = nb_load_relaxed(&table->next);
	ck_assert_ptr_nonnull(nb_load_relaxed(&table->chain->live.wide));
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive + 2);
	ck_assert_uint_eq(nb_count_sum(&next->chain->live), 5);
	core_live(&core, 7);
	ck_assert_uint_eq(nb_count_sum(&next->chain->live), 12);
	core_live(&core, -12);
	ck_assert_uint_eq(nb_count_sum(&next->chain->live), 0);
	core_close(&core);
}
END_TEST

/* The stripes are for speed: without memory for them the migration starts all the same. */
START_TEST(start_without_stripes)
{
	struct core core;
	struct nb_table *table;
	size_t slots = NB_STRIPE_SLOTS;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, slots / NB_LINE_SLOTS * NB_SHRINK_MAX);
	count_fail_nth(core.count, COUNT_MEMORY, 2);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	count_fail_stop(core.count);
	ck_assert_ptr_nonnull(nb_load_relaxed(&table->next));
	ck_assert_ptr_null(nb_load_relaxed(&table->chain->live.wide));
	core_live(&core, 3);
	ck_assert_uint_eq(nb_count_sum(&table->chain->live), 3);
	core_live(&core, -3);
	core_close(&core);
}
END_TEST

/* ---- Words by hand -------------------------------------------------------- */

/* What may be found where a key's slot would be. */
enum at {
	AT_VACANT,
	AT_EMPTY,
	AT_VALUE,
	AT_TOMB,
	AT_SEALED_EMPTY,
	AT_FROZEN,
	AT_SEALED_TOMB,
	AT_MOVED,
	AT_CARRIED_EMPTY,
	AT_CARRIED_VALUE,
	AT_CARRIED_TOMB,
	AT_CLOSED,
	AT_FULL,
	ATS
};

static const char *const at_names[ATS] = {
	"VACANT",
	"EMPTY",
	"VALUE",
	"TOMB",
	"SEALED_EMPTY",
	"FROZEN",
	"SEALED_TOMB",
	"MOVED",
	"SEALED_EMPTY, CARRIED",
	"MOVED, CARRIED",
	"SEALED_TOMB, CARRIED",
	"CLOSED",
	"FULL",
};

static bool is_slot(enum at at)
{
	return at != AT_VACANT && at != AT_CLOSED && at != AT_FULL;
}

/* The value word; `value` where the state has one. */
static uint64_t word_at(enum at at, uint64_t value)
{
	switch (at) {
	case AT_VALUE:
		return value;
	case AT_TOMB:
		return NB_TOMB;
	case AT_SEALED_EMPTY:
		return NB_EMPTY | NB_FROZEN;
	case AT_FROZEN:
		return value | NB_FROZEN;
	case AT_SEALED_TOMB:
		return NB_TOMB | NB_FROZEN;
	case AT_MOVED:
		return value | NB_MOVED;
	case AT_CARRIED_EMPTY:
		return NB_EMPTY | NB_CARRIED;
	case AT_CARRIED_VALUE:
		return value | NB_CARRIED;
	case AT_CARRIED_TOMB:
		return NB_TOMB | NB_CARRIED;
	default:
		return NB_EMPTY;
	}
}

static bool has_value(enum at at)
{
	return nb_has_value(word_at(at, 4096));
}

/* Bring about that a probe for `key` in `table` meets `at`. */
static void make_at(struct core *core, struct nb_table *table, const struct nb_key *key, enum at at, uint64_t value)
{
	if (at == AT_CLOSED)
		core_close_place(core, table, key);
	else if (at == AT_FULL)
		core_fill(core, table);
	else if (is_slot(at))
		nb_store_relaxed(nb_place_value(core_claim(core, table, key, core_word(core, key))),
				 word_at(at, value));
}

/* Wipe the values of a table, so that words made by hand need not agree with their neighbours when all is checked. */
static void wipe(struct nb_table *table)
{
	for (size_t slot = 0; slot < nb_table_capacity(table); slot++)
		nb_store_relaxed(&table->line[slot / NB_LINE_SLOTS].value[slot % NB_LINE_SLOTS], NB_EMPTY);
}

/* ---- Get ------------------------------------------------------------------ */

/*
 * The table of ops.h: what a get makes of each state.  It may end with the
 * slot's value, with nothing, or with the fallback, or go on with the slot's
 * value, with nothing, or with the fallback it came with.
 */
static const struct reading {
	bool ends;
	enum { ITS_VALUE, NOTHING, FALLBACK } says;
} readings[ATS] = {
	[AT_VACANT] = {true, FALLBACK},		[AT_EMPTY] = {true, FALLBACK},
	[AT_VALUE] = {true, ITS_VALUE},		[AT_TOMB] = {true, NOTHING},
	[AT_SEALED_EMPTY] = {false, FALLBACK},	[AT_FROZEN] = {false, ITS_VALUE},
	[AT_SEALED_TOMB] = {false, NOTHING},	[AT_MOVED] = {false, ITS_VALUE},
	[AT_CARRIED_EMPTY] = {false, FALLBACK}, [AT_CARRIED_VALUE] = {false, ITS_VALUE},
	[AT_CARRIED_TOMB] = {false, NOTHING},	[AT_CLOSED] = {false, FALLBACK},
	[AT_FULL] = {false, FALLBACK},
};

/* What a get answers that visits the first `tables` of a chain in these states. */
static uint64_t answer(const enum at *at, const uint64_t *value, unsigned tables)
{
	uint64_t fallback = NB_EMPTY;

	for (unsigned n = 0; n < tables; n++) {
		struct reading reading = readings[at[n]];

		if (reading.says == ITS_VALUE)
			fallback = value[n];
		else if (reading.says == NOTHING)
			fallback = NB_EMPTY;
		if (reading.ends)
			break;
	}
	return fallback;
}

/* A chain of three tables with the key in these states, and what a get says when `newest` is the newest it knows. */
static void get_from_chain(enum nb_kind kind, const enum at at[3])
{
	struct core core;
	struct nb_table *table[3];
	struct nb_key key;
	uint64_t value[3];

	core_open(&core, kind, false);
	table[0] = core_top(&core, 1);
	table[1] = core_link(&core, table[0], 2);
	table[2] = core_link(&core, table[1], 1);
	key = core_key(&core, HASH);
	for (unsigned n = 0; n < 3; n++) {
		value[n] = core_value(&core, n + 1);
		make_at(&core, table[n], &key, at[n], value[n]);
	}
	for (uint64_t newest = 1; newest <= 3; newest++) {
		/* All tables up to the newest, and one more. */
		unsigned visits = newest < 3 ? (unsigned)newest + 1 : 3;
		uint64_t got;

		got = nb_get_from(core.map, kind, table[0], &key, NB_EMPTY, newest);
		ck_assert_msg(got == answer(at, value, visits), "%s, %s, %s, newest %d: got %#llx, not %#llx",
			      at_names[at[0]], at_names[at[1]], at_names[at[2]], (int)newest, (unsigned long long)got,
			      (unsigned long long)answer(at, value, visits));
		/* The value that an earlier table would have handed on. */
		got = nb_get_from(core.map, kind, table[2], &key, 40960, newest);
		ck_assert_uint_eq(got, readings[at[2]].says == FALLBACK ? 40960 : answer(&at[2], &value[2], 1));
	}
	for (unsigned n = 0; n < 3; n++)
		wipe(table[n]);
	core_close(&core);
}

/* Every state in the first table before every state in the second, before some in the third. */
START_TEST(get_every_pair)
{
	static const enum at last[] = {AT_VACANT, AT_VALUE, AT_TOMB, AT_EMPTY};

	for (int second = 0; second < ATS; second++)
		for (unsigned third = 0; third < sizeof(last) / sizeof(*last); third++)
			get_from_chain((enum nb_kind)(_i / ATS),
				       (enum at[3]){(enum at)(_i % ATS), (enum at)second, last[third]});
}
END_TEST

/* Through the public front door: FROZEN with its value not yet arrived, and arrived, and gone again. */
START_TEST(get_falls_back_to_frozen)
{
	struct core core;
	struct nb_table *table[3];
	struct nb_key key;
	struct nb_place place;

	core_open(&core, (enum nb_kind)_i, true);
	table[0] = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	table[1] = core_link(&core, table[0], 1);
	table[2] = core_link(&core, table[1], 1);
	place = core_find(&core, table[0], &key);
	ck_assert(nb_is_frozen_value(nb_value_freeze(nb_place_value(place))));
	ck_assert_uint_eq(core_number(&core, core_get(&core, &key)), 1);
	ck_assert_int_eq(nb_migrate_copy(core.map, table[0], place), 0);
	ck_assert_uint_eq(core_number(&core, core_get(&core, &key)), 1);
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	core_close(&core);
}
END_TEST

/* A walk reads its slots as a get does: frozen after it began, and not arrived yet, the value is met all the same. */
START_TEST(walk_falls_back_to_frozen)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key;
	struct nb_place place;
	struct nbmap_iter iter;
	uint64_t word;
	void *value;

	core_open(&core, (enum nb_kind)_i, true);
	table = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	ck_assert_int_eq(nb_iterate_init(core.map, &iter), 0);
	core_link(&core, table, 2);
	place = core_find(&core, table, &key);
	nb_value_freeze(nb_place_value(place));
	ck_assert(nb_iterate_next(&iter, &word, &value));
	ck_assert_uint_eq(word, core_key_at(place));
	ck_assert_uint_eq(count_number(value), 1);
	ck_assert(!nb_iterate_next(&iter, &word, &value));
	core_close(&core);
}
END_TEST

/* ---- Copy one slot -------------------------------------------------------- */

/*
 * The slot's state before, and after a copy into an empty table.  CARRIED if
 * the key pointer went along, as object keys do.
 */
static const struct copying {
	enum at before, after, after_object;
	bool arrives;
} copyings[] = {
	{AT_EMPTY, AT_SEALED_EMPTY, AT_SEALED_EMPTY, false},
	{AT_VALUE, AT_MOVED, AT_CARRIED_VALUE, true},
	{AT_TOMB, AT_SEALED_TOMB, AT_SEALED_TOMB, false},
	{AT_SEALED_EMPTY, AT_SEALED_EMPTY, AT_SEALED_EMPTY, false},
	{AT_FROZEN, AT_MOVED, AT_CARRIED_VALUE, true},
	{AT_SEALED_TOMB, AT_SEALED_TOMB, AT_SEALED_TOMB, false},
	/* Already gone: not again. */
	{AT_MOVED, AT_MOVED, AT_MOVED, false},
	{AT_CARRIED_EMPTY, AT_CARRIED_EMPTY, AT_CARRIED_EMPTY, false},
	{AT_CARRIED_VALUE, AT_CARRIED_VALUE, AT_CARRIED_VALUE, false},
	{AT_CARRIED_TOMB, AT_CARRIED_TOMB, AT_CARRIED_TOMB, false},
};
#define COPYINGS (int)(sizeof(copyings) / sizeof(*copyings))

START_TEST(copy_every_state)
{
	const struct copying *c = &copyings[_i / 2];
	struct core core;
	struct nb_table *table, *next;
	struct nb_key key;
	struct nb_place place;
	uint64_t value;

	core_open(&core, (enum nb_kind)(_i % 2), false);
	table = core_top(&core, 2);
	next = core_link(&core, table, 3);
	value = core_value(&core, 1);
	key = core_key(&core, HASH);
	place = core_put(&core, table, &key, word_at(c->before, value));
	if (c->before == AT_FROZEN)
		core_live(&core, 1);
	/* Twice: the second time there is nothing left to do. */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(nb_migrate_copy(core.map, table, place), 0);
		ck_assert_uint_eq(core_value_at(place),
				  word_at(core.kind == NB_OBJECT ? c->after_object : c->after, value));
		ck_assert_int_eq(core_probe(&core, next, &key), c->arrives ? NB_FOUND : NB_VACANT);
		ck_assert_uint_eq(nb_count_sum(&next->used), c->arrives);
	}
	if (c->arrives) {
		struct nb_place there = core_find(&core, next, &key);

		ck_assert_uint_eq(core_value_at(there), value);
		ck_assert_uint_eq(core_key_at(there), core_key_at(place));
		ck_assert_uint_eq(core_get(&core, &key), value);
	} else {
		wipe(table);
	}
	core_close(&core);
}
END_TEST

/* ---- Copy along a chain --------------------------------------------------- */

/* Three tables; the key's value is frozen in the first. */
struct chain {
	struct core core;
	struct nb_table *table[3];
	struct nb_key key;
	struct nb_place origin;
	uint64_t value;
};

static void open_chain(struct chain *c, enum nb_kind kind)
{
	core_open(&c->core, kind, true);
	c->table[0] = core_top(&c->core, 2);
	c->table[1] = core_link(&c->core, c->table[0], 1);
	c->table[2] = core_link(&c->core, c->table[1], 3);
	c->key = core_key(&c->core, HASH);
	c->value = core_value(&c->core, 77);
	c->origin = core_put(&c->core, c->table[0], &c->key, c->value | NB_FROZEN);
	core_live(&c->core, 1);
}

static void copy_origin(struct chain *c)
{
	ck_assert_int_eq(nb_migrate_copy(c->core.map, c->table[0], c->origin), 0);
}

/* The value has arrived in table n, in a slot whose key word is `word`, and stays there. */
static void expect_arrival(struct chain *c, unsigned n, uint64_t word)
{
	for (int i = 0; i < 2; i++) {
		struct nb_place place = core_find(&c->core, c->table[n], &c->key);

		ck_assert_uint_eq(core_value_at(place), c->value);
		ck_assert_uint_eq(core_key_at(place), word);
		ck_assert_uint_eq(core_get(&c->core, &c->key), c->value);
		copy_origin(c);
	}
}

/* The origin's word, with the key carried if `carried` and the kind has owners. */
static void expect_origin(struct chain *c, bool carried)
{
	carried = carried && c->core.kind == NB_OBJECT;
	ck_assert_uint_eq(core_value_at(c->origin), c->value | (carried ? NB_CARRIED : NB_MOVED));
}

/*
 * Close in two ways: as it is, where the chain is freed table by table, or
 * after the migrations have been completed and the tables retired.
 */
static void close_chain(struct chain *c, bool finish)
{
	struct nb_table *top;

	if (finish) {
		uint64_t before = core_get(&c->core, &c->key);

		ck_assert_int_eq(nb_migrate_finish(c->core.map, &top), 0);
		ck_assert_ptr_null(nb_load_relaxed(&top->next));
		ck_assert_uint_eq(core_get(&c->core, &c->key), before);
		core_breathe(&c->core);
		ck_assert_uint_eq(core_get(&c->core, &c->key), before);
	}
	core_close(&c->core);
}

/* Loop tests over kind (bit 0) and way to close (bit 1). */
#define CHAIN_KIND(i) ((enum nb_kind)((i)&1))
#define CHAIN_FINISH(i) (((i)&2) != 0)
#define CHAIN_LOOPS 4

/* A table that is being left is not claimed in but closed, and the value goes on. */
START_TEST(carry_past_vacant)
{
	struct chain c;

	open_chain(&c, CHAIN_KIND(_i));
	copy_origin(&c);
	expect_origin(&c, true);
	ck_assert_int_eq(core_probe(&c.core, c.table[1], &c.key), NB_CLOSED);
	expect_arrival(&c, 2, core_key_at(c.origin));
	ck_assert_uint_eq(nb_count_sum(&c.table[1]->used), 0);
	ck_assert_uint_eq(nb_count_sum(&c.table[2]->used), 1);
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

START_TEST(carry_past_closed)
{
	struct chain c;

	open_chain(&c, CHAIN_KIND(_i));
	core_close_place(&c.core, c.table[1], &c.key);
	copy_origin(&c);
	expect_origin(&c, true);
	expect_arrival(&c, 2, core_key_at(c.origin));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

START_TEST(carry_past_full)
{
	struct chain c;

	open_chain(&c, CHAIN_KIND(_i));
	core_fill(&c.core, c.table[1]);
	copy_origin(&c);
	expect_origin(&c, true);
	expect_arrival(&c, 2, core_key_at(c.origin));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/* The slot in between was claimed with our very pointer and sealed before the value came: it goes along as well. */
START_TEST(carry_past_sealed_with_this_key)
{
	struct chain c;
	struct nb_place between;

	open_chain(&c, CHAIN_KIND(_i));
	between = core_claim(&c.core, c.table[1], &c.key, core_key_at(c.origin));
	nb_value_freeze(nb_place_value(between));
	copy_origin(&c);
	expect_origin(&c, true);
	if (c.core.kind == NB_OBJECT)
		ck_assert_uint_eq(core_value_at(between), NB_EMPTY | NB_CARRIED);
	expect_arrival(&c, 2, core_key_at(c.origin));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/* It was claimed by a writer with its own copy: that goes on to the third table, and ours stays where it is. */
START_TEST(carry_past_sealed_with_other_key)
{
	struct chain c;
	struct nb_place between;

	open_chain(&c, CHAIN_KIND(_i));
	between = core_put(&c.core, c.table[1], &c.key, NB_EMPTY | NB_FROZEN);
	copy_origin(&c);
	expect_origin(&c, c.core.kind == NB_INTEGER);
	if (c.core.kind == NB_OBJECT)
		ck_assert_uint_eq(core_value_at(between), NB_EMPTY | NB_CARRIED);
	expect_arrival(&c, 2, core_key_at(between));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/* Sealed in between and claimed in the third, each with its own copy: each table keeps what it has. */
START_TEST(carry_between_three_keys)
{
	struct chain c;
	struct nb_place between, last;

	open_chain(&c, CHAIN_KIND(_i));
	between = core_put(&c.core, c.table[1], &c.key, NB_EMPTY | NB_FROZEN);
	last = core_put(&c.core, c.table[2], &c.key, NB_EMPTY);
	copy_origin(&c);
	expect_origin(&c, false);
	ck_assert_uint_eq(core_value_at(between), NB_EMPTY | NB_FROZEN);
	expect_arrival(&c, 2, core_key_at(last));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/* A slot sealed empty and already carried by the one who claimed the next. */
START_TEST(carry_after_carrier)
{
	struct chain c;
	struct nb_place between;

	open_chain(&c, CHAIN_KIND(_i));
	between = core_claim(&c.core, c.table[1], &c.key, core_key_at(c.origin));
	nb_value_freeze(nb_place_value(between));
	core_claim(&c.core, c.table[2], &c.key, core_key_at(between));
	ck_assert(nb_value_carry(nb_place_value(between)));
	copy_origin(&c);
	expect_origin(&c, true);
	expect_arrival(&c, 2, core_key_at(c.origin));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/*
 * Any payload but EMPTY in a later table proves the arrival: the copier stops
 * there and inserts nothing further on.  _i: kind, the slot's key its own or
 * ours, and the state.
 */
static const enum at arrived[] = {
	AT_VALUE, AT_TOMB, AT_FROZEN, AT_SEALED_TOMB, AT_MOVED, AT_CARRIED_VALUE, AT_CARRIED_TOMB,
};
#define ARRIVED (int)(sizeof(arrived) / sizeof(*arrived))

START_TEST(carry_stops_at_arrival)
{
	struct chain c;
	struct nb_place between;
	enum at at = arrived[_i / 4];
	bool own = _i & 2;
	uint64_t later;

	open_chain(&c, (enum nb_kind)(_i & 1));
	later = own ? core_word(&c.core, &c.key) : core_key_at(c.origin);
	between = core_claim(&c.core, c.table[1], &c.key, later);
	nb_store_relaxed(nb_place_value(between), word_at(at, c.value));
	copy_origin(&c);
	expect_origin(&c, core_key_at(between) == core_key_at(c.origin));
	ck_assert_uint_eq(core_value_at(between), word_at(at, c.value));
	ck_assert_int_eq(core_probe(&c.core, c.table[2], &c.key), NB_VACANT);
	/* Words made by hand have no follow-up: put them in order. */
	core_live(&c.core, -1);
	nb_store_relaxed(nb_place_value(between), NB_TOMB);
	count_value_free((void *)(uintptr_t)c.value, c.core.count);
	core_close(&c.core);
}
END_TEST

/* The second table is full and has no successor: the copier makes one. */
START_TEST(carry_makes_a_table)
{
	struct core core;
	struct nb_table *table, *full, *made;
	struct nb_key key;
	struct nb_place place;
	uint64_t value;

	core_open(&core, (enum nb_kind)_i, true);
	table = core_top(&core, 1);
	full = core_link(&core, table, 1);
	key = core_key(&core, HASH);
	value = core_value(&core, 1);
	place = core_put(&core, table, &key, value);
	core_fill(&core, full);
	count_fail_from(core.count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nb_migrate_copy(core.map, table, place), -ENOMEM);
	count_fail_stop(core.count);
	ck_assert_uint_eq(core_value_at(place), value | NB_FROZEN);
	ck_assert_uint_eq(core_get(&core, &key), value);
	ck_assert(nb_map_valid(core.map));
	ck_assert_int_eq(nb_migrate_copy(core.map, table, place), 0);
	made = nb_load_relaxed(&full->next);
	ck_assert_ptr_nonnull(made);
	ck_assert_uint_eq(core_value_at(core_find(&core, made, &key)), value);
	ck_assert_uint_eq(core_get(&core, &key), value);
	core_close(&core);
}
END_TEST

/* ---- Writers on a chain --------------------------------------------------- */

/*
 * A writer meets each state in a table that is being left.  It puts, and the
 * key pointer, if it was there, goes along: no second copy is made.
 */
static const enum at written_through[] = {AT_VACANT,	   AT_EMPTY,  AT_VALUE,	      AT_TOMB,
					  AT_SEALED_EMPTY, AT_FROZEN, AT_SEALED_TOMB, AT_CLOSED};
#define WRITTEN_THROUGH (int)(sizeof(written_through) / sizeof(*written_through))

START_TEST(put_through_a_leaving_table)
{
	enum at at = written_through[_i / 2];
	struct core core;
	struct nb_table *table, *next;
	struct nb_key key;
	struct nb_write write = {.verb = NB_PUT};
	struct nb_place later;
	uint64_t old, word = 0;

	core_open(&core, (enum nb_kind)(_i % 2), true);
	table = core_top(&core, 2);
	next = core_link(&core, table, 2);
	key = core_key(&core, HASH);
	old = has_value(at) ? core_value(&core, 1) : NB_EMPTY;
	make_at(&core, table, &key, at, old);
	core_live(&core, has_value(at));
	if (is_slot(at))
		word = core_key_at(core_find(&core, table, &key));
	write.value = core_value(&core, 2);
	ck_assert_int_eq(nb_write(core.map, core.kind, &write, &key), 0);
	ck_assert_uint_eq(write.seen, old);
	later = core_find(&core, next, &key);
	ck_assert_uint_eq(core_value_at(later), write.value);
	ck_assert_uint_eq(core_get(&core, &key), write.value);
	if (is_slot(at)) {
		ck_assert_uint_eq(core_key_at(later), word);
		if (core.kind == NB_OBJECT)
			ck_assert_uint_eq(nb_phase(core_value_at(core_find(&core, table, &key))), NB_CARRIED);
	}
	if (core.kind == NB_OBJECT)
		ck_assert_uint_eq(count_made(core.count, COUNT_KEYS), 1);
	core_close(&core);
}
END_TEST

/* A removal there moves the value first, and leaves a tombstone that proves it. */
START_TEST(del_through_a_leaving_table)
{
	enum at at = written_through[_i / 2];
	struct core core;
	struct nb_table *table, *next;
	struct nb_key key;
	struct nb_write write = {.verb = NB_DEL};
	uint64_t old;

	core_open(&core, (enum nb_kind)(_i % 2), true);
	table = core_top(&core, 2);
	next = core_link(&core, table, 2);
	key = core_key(&core, HASH);
	old = has_value(at) ? core_value(&core, 1) : NB_EMPTY;
	make_at(&core, table, &key, at, old);
	core_live(&core, has_value(at));
	ck_assert_int_eq(nb_write(core.map, core.kind, &write, &key), old ? 0 : -ENOENT);
	ck_assert_uint_eq(write.seen, old);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	if (old)
		ck_assert_uint_eq(core_value_at(core_find(&core, next, &key)), NB_TOMB);
	else
		ck_assert_int_ne(core_probe(&core, next, &key), NB_FOUND);
	core_close(&core);
}
END_TEST

/* A writer that loses its race: what "another" does while update's callback decides. */
enum meanwhile { PUTS, REMOVES, MIGRATES, PUTS_AND_MIGRATES, MEANWHILES };

struct race {
	struct nb_write write; /* first: the callback gets this */
	struct core *core;
	struct nb_key *key;
	enum meanwhile meanwhile;
	int action;
	unsigned calls;
	void *made;
};

static int decide_late(struct nb_write *write, void *current, void **value)
{
	struct race *race = (struct race *)(void *)write;
	struct core *core = race->core;
	struct nb_table *top;

	(void)current;
	/* On the second call what the first one made is handed back. */
	ck_assert_ptr_eq(*value, race->made);
	if (!*value)
		*value = race->made = (void *)(uintptr_t)core_value(core, 100);
	if (race->calls++)
		return race->action;
	if (race->meanwhile == PUTS || race->meanwhile == PUTS_AND_MIGRATES)
		ck_assert_int_eq(core_write(core, NB_PUT, race->key, core_value(core, 50)), 0);
	if (race->meanwhile == REMOVES)
		(void)core_write(core, NB_DEL, race->key, 0);
	if (race->meanwhile == MIGRATES || race->meanwhile == PUTS_AND_MIGRATES) {
		ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
		ck_assert_int_eq(nb_migrate_start(core->map, top), 0);
		ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	}
	return race->action;
}

/*
 * _i: kind, what the other does, what the key held before (nothing, a value,
 * a tombstone) and what the update wants.  However it ends, the entry is
 * counted once, the spare is stored or freed, and what was displaced is freed.
 */
START_TEST(update_loses)
{
	static const int actions[] = {NBMAP_SET, NBMAP_REMOVE, NBMAP_KEEP};
	struct core core;
	struct nb_key key;
	struct race race = {.core = &core, .key = &key, .meanwhile = (enum meanwhile)(_i / 2 % MEANWHILES)};
	int before = _i / 2 / MEANWHILES % 3;
	uint64_t left;

	core_open(&core, (enum nb_kind)(_i % 2), true);
	core_top(&core, 2);
	key = core_key(&core, HASH);
	race.action = actions[_i / 2 / MEANWHILES / 3];
	race.write.verb = NB_UPDATE;
	race.write.update = decide_late;
	if (before)
		ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	if (before == 2)
		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	ck_assert_int_eq(nb_write(core.map, core.kind, &race.write, &key), 0);
	left = core_get(&core, &key);
	if (race.action == NBMAP_SET)
		ck_assert_uint_eq(core_number(&core, left), 100);
	else if (race.action == NBMAP_REMOVE && race.calls > 1)
		ck_assert_uint_eq(left, NB_EMPTY);
	ck_assert_uint_eq(nb_count_sum(&nb_load_relaxed(&core.map->top)->chain->live), left != NB_EMPTY);
	core_close(&core);
}
END_TEST

/* ---- Stalled copiers ------------------------------------------------------ */

/* Complete what is under way, and do it all over again: the tombstones go. */
static struct nb_table *migrate_again(struct core *core)
{
	struct nb_table *top;

	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	ck_assert_int_eq(nb_migrate_start(core->map, top), 0);
	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	return top;
}

/*
 * Resurrection.  A copier stalls between its claim in the second table and its
 * CAS of the value; the others complete the migration, remove the key and
 * migrate on to a third table, which never hears of it.
 */
START_TEST(late_arrival_is_refused)
{
	struct core core;
	struct nb_table *first, *second, *third;
	struct nb_key key;
	struct nb_place origin, claimed;
	uint64_t frozen, seen;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	second = core_link(&core, first, 1);
	/* The copier. */
	origin = core_find(&core, first, &key);
	frozen = nb_value_freeze(nb_place_value(origin));
	claimed = core_claim(&core, second, &key, core_key_at(origin));
	/* The others. */
	ck_assert_uint_eq(core_get(&core, &key), nb_payload(frozen));
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	third = migrate_again(&core);
	ck_assert_int_ne(core_probe(&core, third, &key), NB_FOUND);
	/* The copier goes on. */
	ck_assert(!nb_value_arrive(nb_place_value(claimed), &seen, nb_payload(frozen)));
	ck_assert_uint_eq(nb_payload(seen), NB_TOMB);
	ck_assert(!nb_value_move(nb_place_value(origin), frozen, true));
	ck_assert_int_eq(nb_migrate_copy(core.map, first, origin), 0);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	ck_assert_int_ne(core_probe(&core, third, &key), NB_FOUND);
	core_close(&core);
}
END_TEST

/*
 * It stalls right after its freeze, with the frozen word in hand and nothing
 * done.  That is brought about by giving it back the word it saw.
 */
START_TEST(late_copy_stops_at_tombstone)
{
	struct core core;
	struct nb_table *first, *third;
	struct nb_key key;
	struct nb_place origin;
	uint64_t frozen, moved;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	core_link(&core, first, 2);
	origin = core_find(&core, first, &key);
	frozen = nb_value_freeze(nb_place_value(origin));
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	third = migrate_again(&core);
	moved = core_value_at(origin);
	nb_store_relaxed(nb_place_value(origin), frozen);
	ck_assert_int_eq(nb_migrate_copy(core.map, first, origin), 0);
	ck_assert_uint_eq(core_value_at(origin), moved);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	ck_assert_int_ne(core_probe(&core, third, &key), NB_FOUND);
	core_close(&core);
}
END_TEST

/* As before, but the key lives again, with another value, in the third table: it keeps that. */
START_TEST(late_copy_spares_a_new_value)
{
	struct core core;
	struct nb_table *first, *third;
	struct nb_key key;
	struct nb_place origin;
	uint64_t frozen, renewed;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	core_link(&core, first, 2);
	origin = core_find(&core, first, &key);
	frozen = nb_value_freeze(nb_place_value(origin));
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	third = migrate_again(&core);
	renewed = core_value(&core, 2);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, renewed), 0);
	nb_store_relaxed(nb_place_value(origin), frozen);
	ck_assert_int_eq(nb_migrate_copy(core.map, first, origin), 0);
	ck_assert_uint_eq(core_get(&core, &key), renewed);
	ck_assert_uint_eq(core_value_at(core_find(&core, third, &key)), renewed);
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	core_close(&core);
}
END_TEST

/* What the others do while a copier, before a full second table, allocates a third. */
static void overtake(struct core *core)
{
	struct nb_table *top;
	struct nb_key key = nb_key_of_stored(&core->map->keys, nb_load_relaxed(&core->hook_table->line[0].key[0]));

	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	ck_assert_int_eq(core_write(core, NB_DEL, &key, 0), 0);
	migrate_again(core);
}

START_TEST(copier_overtaken_while_it_allocates)
{
	struct core core;
	struct nb_table *first, *second;
	struct nb_key key;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	second = core_link(&core, first, 1);
	core_fill(&core, second);
	core.hook = overtake;
	core.hook_table = first;
	ck_assert_int_eq(nb_migrate_copy(core.map, first, core_find(&core, first, &key)), 0);
	ck_assert(!core.hook);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	ck_assert_int_ne(core_probe(&core, nb_load_relaxed(&core.map->top), &key), NB_FOUND);
	core_close(&core);
}
END_TEST

/* Of two copiers that both claimed nothing yet, the second finds the first's claim and value. */
START_TEST(two_copiers_of_one_slot)
{
	struct core core;
	struct nb_table *first, *second;
	struct nb_key key;
	struct nb_place origin, place;
	uint64_t frozen, seen, value;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	value = core_value(&core, 1);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, value), 0);
	second = core_link(&core, first, 1);
	origin = core_find(&core, first, &key);
	frozen = nb_value_freeze(nb_place_value(origin));
	/* Both look for the place, and one claims it. */
	ck_assert_int_eq(nb_table_find(second, &core.map->keys, core.kind, &key, &place), NB_VACANT);
	ck_assert_int_eq(nb_migrate_copy(core.map, first, origin), 0);
	ck_assert(!nb_key_claim(nb_place_key(place), &seen, core_key_at(origin)));
	ck_assert_uint_eq(seen, core_key_at(origin));
	/* A writer replaces the value; the slower copier must not put it back. */
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 2)), 0);
	ck_assert(!nb_value_arrive(nb_place_value(place), &seen, value));
	ck_assert(!nb_value_move(nb_place_value(origin), frozen, false));
	ck_assert_uint_eq(core_number(&core, core_get(&core, &key)), 2);
	core_close(&core);
}
END_TEST

/*
 * A copier stopped for ever between any two of its steps, and then the map is
 * destroyed, or cleared: the value and each key pointer are freed once.
 * _i: kind, destroyed or cleared, and how far the copier had come.
 */
enum stop { FROZE, CLAIMED, CLAIMED_BY_OTHER, ARRIVED_THERE, ARRIVED_AT_OTHER, REMOVED_THERE, WENT_ON, STOPS };

static void stop_at(struct chain *c, enum stop stop)
{
	bool other = stop == CLAIMED_BY_OTHER || stop == ARRIVED_AT_OTHER;
	struct nb_place place;

	if (stop == FROZE)
		return;
	place = core_claim(&c->core, c->table[1], &c->key,
			   other ? core_word(&c->core, &c->key) : core_key_at(c->origin));
	if (stop == ARRIVED_THERE || stop == ARRIVED_AT_OTHER)
		nb_store_relaxed(nb_place_value(place), c->value);
	if (stop == REMOVED_THERE) {
		nb_store_relaxed(nb_place_value(place), NB_TOMB);
		count_value_free((void *)(uintptr_t)c->value, c->core.count);
		core_live(&c->core, -1);
	}
	if (stop == WENT_ON) {
		nb_value_freeze(nb_place_value(place));
		core_claim(&c->core, c->table[2], &c->key, core_key_at(place));
		ck_assert(nb_value_carry(nb_place_value(place)));
	}
}

START_TEST(destroyed_halfway)
{
	enum stop stop = (enum stop)(_i / 4);
	struct chain c;

	open_chain(&c, (enum nb_kind)(_i & 1));
	stop_at(&c, stop);
	ck_assert(nb_map_valid(c.core.map));
	ck_assert_uint_eq(core_get(&c.core, &c.key), stop == REMOVED_THERE ? NB_EMPTY : c.value);
	if (_i & 2) {
		ck_assert_int_eq(nb_map_clear(c.core.map), 0);
		ck_assert_uint_eq(core_get(&c.core, &c.key), NB_EMPTY);
		core_breathe(&c.core);
		ck_assert_uint_eq(count_alive(c.core.count, COUNT_VALUES), 0);
		ck_assert_uint_eq(count_alive(c.core.count, COUNT_KEYS), 0);
	}
	core_close(&c.core);
}
END_TEST

/* Where others come by instead, they complete what it began. */
START_TEST(completed_by_others)
{
	enum stop stop = (enum stop)(_i / 4);
	struct chain c;

	open_chain(&c, (enum nb_kind)(_i & 1));
	stop_at(&c, stop);
	if (_i & 2)
		copy_origin(&c);
	close_chain(&c, true);
}
END_TEST

/* ---- Sweep and promote ---------------------------------------------------- */

#define ENTRIES 40

/* A table of `lines` lines with ENTRIES entries in every state a writer leaves, and its successor. */
static struct nb_table *open_sweep(struct core *core, enum nb_kind kind, size_t lines, struct nb_key *key)
{
	struct nb_table *table;
	uint64_t state = seed;

	core_open(core, kind, true);
	table = core_top(core, lines);
	for (unsigned n = 0; n < ENTRIES; n++) {
		key[n] = core_key(core, core_random(&state) | 4);
		core_put(core, table, &key[n], n % 4 ? core_value(core, n) : n % 8 ? NB_TOMB : NB_EMPTY);
	}
	ck_assert_int_eq(nb_migrate_start(core->map, table), 0);
	return table;
}

/* Whatever was done to the tables, the entries are what they were. */
static void expect_entries(struct core *core, const struct nb_key *key)
{
	for (unsigned n = 0; n < ENTRIES; n++) {
		uint64_t got = core_get(core, &key[n]);

		if (n % 4)
			ck_assert_uint_eq(core_number(core, got), n);
		else
			ck_assert_uint_eq(got, NB_EMPTY);
	}
}

/* Block after block, each slot final or closed, and nothing lost on the way; swept when the last flag is set. */
START_TEST(sweep_block_by_block)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[ENTRIES];
	int error;

	table = open_sweep(&core, (enum nb_kind)(_i & 1), 15, key);
	for (size_t n = 0; n < table->blocks; n++) {
		/* From the front or from the back. */
		size_t block = _i & 2 ? table->blocks - 1 - n : n;
		size_t end = (block + 1) * NB_BLOCK_SLOTS;

		ck_assert(!nb_migrate_swept(table));
		ck_assert(nb_migrate_sweep(core.map, table, block, &error));
		for (size_t slot = block * NB_BLOCK_SLOTS; slot < end && slot < nb_table_capacity(table); slot++) {
			struct nb_place place = {&table->line[slot / NB_LINE_SLOTS], (unsigned)(slot % NB_LINE_SLOTS)};

			if (core_key_at(place) > NB_KEY_CLOSED)
				ck_assert(nb_is_final(core_value_at(place)));
			else
				ck_assert_int_ne(core_probe(&core, table, &key[0]), NB_VACANT);
		}
		expect_entries(&core, key);
		ck_assert(nb_map_valid(core.map));
	}
	ck_assert(nb_migrate_swept(table));
	ck_assert_uint_eq(core_pending(&core), 0);
	nb_migrate_promote(core.map, table);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), nb_load_relaxed(&table->next));
	ck_assert_uint_eq(core_pending(&core), 1);
	expect_entries(&core, key);
	core_breathe(&core);
	expect_entries(&core, key);
	core_close(&core);
}
END_TEST

/* Every line of a swept table is full or closed: nobody can claim there any more. */
START_TEST(swept_table_is_closed)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[ENTRIES], late;
	int error;

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	for (size_t block = 0; block < table->blocks; block++)
		ck_assert(nb_migrate_sweep(core.map, table, block, &error));
	for (size_t home = 0; home < table->lines; home++) {
		struct nb_place place;

		late = core_key(&core, core_hash(table->lines, home, 3));
		ck_assert_int_ne(nb_table_find(table, &core.map->keys, core.kind, &late, &place), NB_VACANT);
		ck_assert_int_ne(nb_table_find(table, &core.map->keys, core.kind, &late, &place), NB_FOUND);
	}
	core_close(&core);
}
END_TEST

/* Sweeping a line closes at the lowest EMPTY, also when the block begins further on. */
START_TEST(sweep_closes_the_lowest)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key;
	size_t block = (NB_LINE_SLOTS - 1) / NB_BLOCK_SLOTS;
	int error;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 1);
	key = core_key(&core, HASH);
	core_put(&core, table, &key, NB_TOMB);
	core_link(&core, table, 1);
	ck_assert(nb_migrate_sweep(core.map, table, block, &error));
	ck_assert_uint_eq(nb_load_relaxed(&table->line[0].key[1]), NB_KEY_CLOSED);
	ck_assert_uint_eq(nb_load_relaxed(&table->line[0].key[2]), NB_KEY_EMPTY);
	ck_assert_uint_eq(nb_load_relaxed(&table->line[0].key[3]), NB_KEY_EMPTY);
	ck_assert(nb_table_valid(table, &core.map->keys));
	core_close(&core);
}
END_TEST

/*
 * Blocking.  All blocks have been handed out to threads that never come back:
 * some before they swept, some after it but before they set the flag.  One
 * thread alone completes the migration, in as many calls as there are blocks.
 */
START_TEST(stalled_sweepers_delay_nobody)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[ENTRIES];
	size_t calls = 0;
	int error;

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	for (size_t block = 0; block < table->blocks; block++) {
		ck_assert_uint_eq(nb_fetch_add_relaxed(&table->cursor, 1), block);
		if (block % 3)
			continue;
		ck_assert(nb_migrate_sweep(core.map, table, block, &error));
		nb_store_relaxed(&table->swept[block / 64],
				 nb_load_relaxed(&table->swept[block / 64]) & ~(UINT64_C(1) << block % 64));
	}
	while (nb_load_relaxed(&core.map->top) == table) {
		ck_assert_uint_lt(calls++, table->blocks);
		nb_migrate_help(core.map, table);
	}
	ck_assert_uint_eq(core_pending(&core), 1);
	expect_entries(&core, key);
	/* The stalled come back at last: nothing is left to do, and nothing happens. */
	for (size_t block = 0; block < table->blocks; block++)
		ck_assert(nb_migrate_sweep(core.map, table, block, &error));
	nb_migrate_promote(core.map, table);
	nb_migrate_help(core.map, table);
	ck_assert_uint_eq(core_pending(&core), 1);
	expect_entries(&core, key);
	core_close(&core);
}
END_TEST

/* Writers' helps alone bring a migration to its end, one block each. */
START_TEST(helpers_finish)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[ENTRIES];

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	for (size_t block = 0; block < table->blocks; block++) {
		ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
		ck_assert(!nb_migrate_swept(table));
		nb_migrate_help(core.map, table);
		expect_entries(&core, key);
	}
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), nb_load_relaxed(&table->next));
	core_close(&core);
}
END_TEST

/* One flag missing anywhere, at the edges of the flags' words above all, and the table is not swept. */
START_TEST(swept_needs_every_flag)
{
	static const size_t block_counts[] = {1, 2, 63, 64, 65, 127, 128, 129, 200};
	size_t lines = (block_counts[_i] * NB_BLOCK_SLOTS + NB_LINE_SLOTS - 1) / NB_LINE_SLOTS;
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, lines);
	core_link(&core, table, 1);
	ck_assert_uint_eq(table->blocks, (lines * NB_LINE_SLOTS + NB_BLOCK_SLOTS - 1) / NB_BLOCK_SLOTS);
	for (size_t missing = 0; missing < table->blocks; missing++) {
		for (size_t block = 0; block < table->blocks; block++)
			nb_fetch_or_relaxed(&table->swept[block / 64], UINT64_C(1) << block % 64);
		nb_store_relaxed(&table->swept[missing / 64],
				 nb_load_relaxed(&table->swept[missing / 64]) & ~(UINT64_C(1) << missing % 64));
		nb_store_relaxed(&table->low, 0);
		ck_assert_msg(!nb_migrate_swept(table), "%zu of %zu", missing, table->blocks);
		nb_migrate_promote(core.map, table);
		ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
		/* And again with the hint that the first look has left. */
		ck_assert(!nb_migrate_swept(table));
		nb_fetch_or_relaxed(&table->swept[missing / 64], UINT64_C(1) << missing % 64);
		ck_assert(nb_migrate_swept(table));
	}
	core_close(&core);
}
END_TEST

/* A sweep that runs out of memory sets no flag; with memory it goes on where it was. */
START_TEST(sweep_without_memory)
{
	struct core core;
	struct nb_table *table, *full, *top;
	struct nb_key key;
	uint64_t value;
	int error = 0;

	core_open(&core, (enum nb_kind)_i, true);
	table = core_top(&core, 1);
	full = core_link(&core, table, 1);
	key = core_key(&core, HASH);
	value = core_value(&core, 1);
	core_put(&core, table, &key, value);
	core_fill(&core, full);
	count_fail_from(core.count, COUNT_MEMORY, 1);
	ck_assert(!nb_migrate_sweep(core.map, table, 0, &error));
	ck_assert_int_eq(error, -ENOMEM);
	ck_assert_int_eq(nb_migrate_finish(core.map, &top), -ENOMEM);
	nb_store_relaxed(&table->cursor, table->blocks);
	nb_migrate_help(core.map, table);
	ck_assert(!nb_migrate_swept(table));
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
	ck_assert_uint_eq(core_get(&core, &key), value);
	count_fail_stop(core.count);
	ck_assert_int_eq(nb_migrate_finish(core.map, &top), 0);
	ck_assert_uint_eq(core_get(&core, &key), value);
	core_close(&core);
}
END_TEST

/* Sweep all blocks of a table. */
static void sweep_all(struct core *core, struct nb_table *table)
{
	int error;

	for (size_t block = 0; block < table->blocks; block++)
		ck_assert(nb_migrate_sweep(core->map, table, block, &error));
}

/* A table that is swept before its predecessor waits for it; then both go, each retired once. */
START_TEST(promote_from_the_top_only)
{
	struct core core;
	struct nb_table *table[3];
	struct nb_key key[ENTRIES];

	table[0] = open_sweep(&core, (enum nb_kind)_i, 15, key);
	table[1] = nb_load_relaxed(&table[0]->next);
	ck_assert_int_eq(nb_migrate_start(core.map, table[1]), 0);
	table[2] = nb_load_relaxed(&table[1]->next);
	sweep_all(&core, table[1]);
	ck_assert(nb_migrate_swept(table[1]));
	nb_migrate_promote(core.map, table[1]);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table[0]);
	ck_assert_uint_eq(core_pending(&core), 0);
	nb_migrate_promote(core.map, table[0]);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table[0]);
	expect_entries(&core, key);
	sweep_all(&core, table[0]);
	nb_migrate_promote(core.map, table[0]);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table[2]);
	ck_assert_uint_eq(core_pending(&core), 2);
	/* Late promoters of what is gone. */
	nb_migrate_promote(core.map, table[0]);
	nb_migrate_promote(core.map, table[1]);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table[2]);
	ck_assert_uint_eq(core_pending(&core), 2);
	expect_entries(&core, key);
	core_breathe(&core);
	ck_assert_uint_eq(core_pending(&core), 0);
	expect_entries(&core, key);
	core_close(&core);
}
END_TEST

/* After a clear, the old chain's promotions concern nobody. */
START_TEST(promote_after_clear)
{
	struct core core;
	struct nb_table *table, *top;
	struct nb_key key[ENTRIES];

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	ck_assert_int_eq(nb_map_clear(core.map), 0);
	top = nb_load_relaxed(&core.map->top);
	ck_assert_uint_eq(core_pending(&core), 1);
	sweep_all(&core, table);
	nb_migrate_promote(core.map, table);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), top);
	ck_assert_uint_eq(core_pending(&core), 1);
	for (unsigned n = 0; n < ENTRIES; n++)
		ck_assert_uint_eq(core_get(&core, &key[n]), NB_EMPTY);
	core_close(&core);
}
END_TEST

/* Finishing goes through all tables there are, and says which is left. */
START_TEST(finish_leaves_one_table)
{
	struct core core;
	struct nb_table *table, *last, *top;
	struct nb_key key[ENTRIES];

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	last = nb_load_relaxed(&table->next);
	for (int n = 0; n < 3; n++) {
		ck_assert_int_eq(nb_migrate_start(core.map, last), 0);
		last = nb_load_relaxed(&last->next);
	}
	ck_assert_int_eq(nb_migrate_finish(core.map, &top), 0);
	ck_assert_ptr_eq(top, last);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), last);
	ck_assert_uint_eq(core_pending(&core), 4);
	expect_entries(&core, key);
	core_close(&core);
}
END_TEST

/* ---- Size policy ---------------------------------------------------------- */

/* A migration starts when 4/5 of the slots are used, and not before. */
START_TEST(load_limit)
{
	static const size_t sizes[] = {1, 2, 5, 10, 31};
	size_t lines = sizes[_i], slots = lines * NB_LINE_SLOTS;

	for (uint64_t used = 0; used <= slots; used++) {
		struct core core;
		struct nb_table *table;

		core_open(&core, NB_INTEGER, false);
		table = core_top(&core, lines);
		nb_migrate_check_used(core.map, table, nb_count_add(&table->used, used));
		ck_assert_msg((nb_load_relaxed(&table->next) != NULL) == (used > slots * 4 / 5), "%d of %d slots used",
			      (int)used, (int)slots);
		core_close(&core);
	}
}
END_TEST

/* A large table is not looked at on every claim, but often enough to overshoot by a 64th only. */
START_TEST(load_limit_of_a_large_table)
{
	struct core core;
	struct nb_table *table;
	size_t slots = 250 * NB_LINE_SLOTS; /* below NB_STRIPE_SLOTS */
	uint64_t used = 0;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 250);
	ck_assert_uint_gt(table->check_mask, 0);
	while (!nb_load_relaxed(&table->next)) {
		nb_migrate_check_used(core.map, table, nb_count_add(&table->used, 1));
		ck_assert_uint_le(++used, slots * 4 / 5 + slots / 64 + 1);
	}
	ck_assert_uint_gt(used, slots * 4 / 5);
	core_close(&core);
}
END_TEST

/* Tombstones start a migration when they are more than the live and a quarter of the slots, but not in small tables. */
START_TEST(tombstone_limit)
{
	size_t lines = NB_SMALL_LINES + (size_t)_i, slots = lines * NB_LINE_SLOTS;

	for (uint64_t used = 0; used <= slots * 4 / 5; used += 1 + slots / 32)
		for (uint64_t live = 0; live <= used; live += 1 + slots / 32) {
			bool wanted = _i && used - live > live && (used - live) * 4 >= slots;
			struct core core;
			struct nb_table *table;

			core_open(&core, NB_INTEGER, false);
			table = core_top(&core, lines);
			nb_count_add(&table->used, used);
			core_live(&core, (int64_t)live);
			nb_migrate_check_tombs(core.map, table, 0);
			ck_assert_msg((nb_load_relaxed(&table->next) != NULL) == wanted, "%d slots, %d used, %d live",
				      (int)slots, (int)used, (int)live);
			core_live(&core, -(int64_t)live);
			core_close(&core);
		}
}
END_TEST

/* The successor's size follows what is alive: it grows, stays or shrinks, but not to less than a sixth. */
START_TEST(successor_size)
{
	static const struct {
		size_t lines, min;
		uint64_t live;
		size_t next;
	} cases[] = {
		{100, 1, 400, 251}, /* full: 401 * 5/8 */
		{100, 1, 159, 100}, /* mostly tombstones: the same */
		{100, 1, 100, 64},  /* less */
		{600, 1, 0, 100},   /* next to nothing: a sixth */
		{600, 300, 0, 300}, /* never below what the user asked for */
		{6, 1, 0, 1},	    {1, 1, 0, 1}, {1, 1, 4, 4},
	};
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	core.map->min_lines = cases[_i].min;
	table = core_top(&core, cases[_i].lines);
	core_live(&core, (int64_t)cases[_i].live);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_uint_eq(nb_load_relaxed(&table->next)->lines, cases[_i].next);
	core_live(&core, -(int64_t)cases[_i].live);
	core_close(&core);
}
END_TEST

/* Slots in the top table, and tables in the chain. */
static size_t top_slots(struct core *core)
{
	return nb_table_capacity(nb_load_relaxed(&core->map->top));
}

static unsigned tables_of(struct core *core)
{
	unsigned n = 0;

	for (struct nb_table *table = nb_load_relaxed(&core->map->top); table; table = nb_load_relaxed(&table->next))
		n++;
	return n;
}

static struct nb_key integer_key(struct core *core, uint64_t n)
{
	struct nb_key key = nb_key_of_integer(&core->map->keys, n);

	ck_assert_uint_gt(key.word, NB_KEY_CLOSED);
	return key;
}

/* Up and down again: the room stays within a constant of the live entries, and chains stay short. */
START_TEST(room_follows_entries)
{
	uint64_t entries = core_rounds(20000, 2000);
	/* The smallest blocks are swept too slowly for the promise of tuning.h to hold to the letter. */
	unsigned tables = NB_BLOCK_SLOTS < 16 ? 8 : 3;
	struct core core;

	core_open(&core, NB_INTEGER, false);
	core.map->min_lines = NB_MIN_LINES;
	for (uint64_t n = 0; n < entries; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_int_eq(core_write(&core, NB_ADD, &key, core_value(&core, n)), 0);
		ck_assert_uint_le(top_slots(&core), 4 * (n + 1) + 16 * NB_MIN_LINES);
		ck_assert_uint_le(tables_of(&core), tables);
	}
	for (uint64_t n = 0; n < entries; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_uint_eq(core_get(&core, &key), core_value(&core, n));
	}
	for (uint64_t n = 0; n < entries; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
		ck_assert_uint_le(tables_of(&core), tables);
		if (n % 1000 == 0)
			core_breathe(&core);
	}
	/* Removals that find nothing help to the end what others began. */
	for (uint64_t n = 0; n < tables * entries && tables_of(&core) > 1; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), -ENOENT);
	}
	ck_assert_uint_eq(tables_of(&core), 1);
	ck_assert_uint_le(top_slots(&core), 2 * NB_LINE_SLOTS * NB_SMALL_LINES);
	core_close(&core);
}
END_TEST

/* Churn.  Ever-fresh keys come and go beside one that stays: the table does not grow, nor what it costs. */
START_TEST(churn_keeps_its_size)
{
	uint64_t rounds = core_rounds(200000, 5000), most_slots = 0, most_bytes = 0;
	struct core core;
	struct nb_key lasting;

	core_open(&core, NB_INTEGER, false);
	core.map->min_lines = NB_MIN_LINES;
	lasting = integer_key(&core, 0);
	ck_assert_int_eq(core_write(&core, NB_PUT, &lasting, core_value(&core, 1)), 0);
	for (uint64_t n = 1; n <= rounds; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, n)), 0);
		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
		most_slots = top_slots(&core) > most_slots ? top_slots(&core) : most_slots;
		if (n % 10)
			continue;
		core_breathe(&core);
		most_bytes = count_bytes(core.count) > most_bytes ? count_bytes(core.count) : most_bytes;
	}
	ck_assert_uint_eq(core_get(&core, &lasting), core_value(&core, 1));
	ck_assert_uint_eq(nb_count_sum(&nb_load_relaxed(&core.map->top)->chain->live), 1);
	/* It must have migrated all the time, else this shows nothing. */
	ck_assert_uint_gt(nb_load_relaxed(&core.map->migrations), rounds / 20);
	ck_assert_uint_le(most_slots, NB_MIN_LINES * NB_LINE_SLOTS > 8 ? NB_MIN_LINES * NB_LINE_SLOTS : 8);
	ck_assert_uint_le(most_bytes, 4096);
	core_close(&core);
}
END_TEST

/* Keys of one hash cost time, not memory. */
START_TEST(one_hash_for_all)
{
	size_t keys = (size_t)core_rounds(10000, 1000);
	struct count_key *key = calloc(keys, sizeof(*key));
	struct core core;

	ck_assert_ptr_nonnull(key);
	core_open(&core, NB_OBJECT, false);
	core.map->min_lines = NB_MIN_LINES;
	for (size_t n = 0; n < keys; n++) {
		struct nb_key made;

		key[n] = count_key_hashed(n, 12345);
		made = nb_key_of_object(&core.map->keys, &key[n]);
		ck_assert_int_eq(core_write(&core, NB_ADD, &made, core_value(&core, n)), 0);
		ck_assert_uint_le(top_slots(&core), 16 * (n + 1));
	}
	for (size_t n = 0; n < keys; n++) {
		struct nb_key made = nb_key_of_object(&core.map->keys, &key[n]);

		ck_assert_uint_eq(core_get(&core, &made), core_value(&core, n));
	}
	ck_assert_uint_le(top_slots(&core), 16 * keys);
	core_close(&core);
	free(key);
}
END_TEST

/* ---- Suite ---------------------------------------------------------------- */

#define KINDS 2

static void add_table(Suite *suite)
{
	TCase *table = tcase_create("table");

	tcase_add_loop_test(table, home_of_any_size, 0, (int)LINE_COUNTS);
	tcase_add_loop_test(table, home_keeps_order, 0, (int)LINE_COUNTS);
	tcase_add_test(table, hashes_for_tests);
	tcase_add_loop_test(table, find_fills_in_order, 0, KINDS);
	tcase_add_loop_test(table, find_after_lost_claim, 0, KINDS);
	tcase_add_loop_test(table, find_stops_at_closed, 0, KINDS);
	tcase_add_test(table, find_tells_equal_hashes_apart);
	tcase_add_loop_test(table, find_in_a_changing_line, 0, 3);
	tcase_add_test(table, find_beyond_32_bits);
	tcase_add_loop_test(table, valid_sees_broken_table, 0, KINDS * BREAKAGES);
	tcase_add_loop_test(table, valid_sees_broken_map, 0, KINDS);
	tcase_add_test(table, sizes_that_wrap_are_refused);
	tcase_add_test(table, lines_for_entries);
	tcase_add_test(table, start_refuses_what_cannot_be);
	tcase_add_test(table, capacities_that_wrap_are_refused);
	suite_add_tcase(suite, table);
}

static void add_start_and_get(Suite *suite)
{
	TCase *start = tcase_create("start");
	TCase *get = tcase_create("get");

	tcase_add_loop_test(start, start_once, 0, KINDS);
	tcase_add_loop_test(start, start_loses, 0, KINDS);
	tcase_add_loop_test(start, start_loses_twice, 0, KINDS);
	tcase_add_loop_test(start, start_without_memory, 0, KINDS);
	tcase_add_loop_test(start, start_widens_the_count, 0, 2);
	tcase_add_test(start, start_without_stripes);
	suite_add_tcase(suite, start);
	tcase_add_loop_test(get, get_every_pair, 0, KINDS * ATS);
	tcase_add_loop_test(get, get_falls_back_to_frozen, 0, KINDS);
	tcase_add_loop_test(get, walk_falls_back_to_frozen, 0, KINDS);
	suite_add_tcase(suite, get);
}

static void add_copy(Suite *suite)
{
	TCase *copy = tcase_create("copy");
	TCase *stalled = tcase_create("stalled");

	tcase_add_loop_test(copy, copy_every_state, 0, KINDS * COPYINGS);
	tcase_add_loop_test(copy, carry_past_vacant, 0, CHAIN_LOOPS);
	tcase_add_loop_test(copy, carry_past_closed, 0, CHAIN_LOOPS);
	tcase_add_loop_test(copy, carry_past_full, 0, CHAIN_LOOPS);
	tcase_add_loop_test(copy, carry_past_sealed_with_this_key, 0, CHAIN_LOOPS);
	tcase_add_loop_test(copy, carry_past_sealed_with_other_key, 0, CHAIN_LOOPS);
	tcase_add_loop_test(copy, carry_between_three_keys, 0, CHAIN_LOOPS);
	tcase_add_loop_test(copy, carry_after_carrier, 0, CHAIN_LOOPS);
	tcase_add_loop_test(copy, carry_stops_at_arrival, 0, KINDS * 2 * ARRIVED);
	tcase_add_loop_test(copy, carry_makes_a_table, 0, KINDS);
	tcase_add_loop_test(copy, put_through_a_leaving_table, 0, KINDS * WRITTEN_THROUGH);
	tcase_add_loop_test(copy, del_through_a_leaving_table, 0, KINDS * WRITTEN_THROUGH);
	tcase_add_loop_test(copy, update_loses, 0, KINDS * MEANWHILES * 3 * 3);
	suite_add_tcase(suite, copy);
	tcase_add_loop_test(stalled, late_arrival_is_refused, 0, KINDS);
	tcase_add_loop_test(stalled, late_copy_stops_at_tombstone, 0, KINDS);
	tcase_add_loop_test(stalled, late_copy_spares_a_new_value, 0, KINDS);
	tcase_add_loop_test(stalled, copier_overtaken_while_it_allocates, 0, KINDS);
	tcase_add_loop_test(stalled, two_copiers_of_one_slot, 0, KINDS);
	tcase_add_loop_test(stalled, destroyed_halfway, 0, 4 * STOPS);
	tcase_add_loop_test(stalled, completed_by_others, 0, 4 * STOPS);
	suite_add_tcase(suite, stalled);
}

static void add_sweep_and_size(Suite *suite)
{
	TCase *sweep = tcase_create("sweep");
	TCase *size = tcase_create("size");

	tcase_add_loop_test(sweep, sweep_block_by_block, 0, 2 * KINDS);
	tcase_add_loop_test(sweep, swept_table_is_closed, 0, KINDS);
	tcase_add_loop_test(sweep, sweep_closes_the_lowest, 0, KINDS);
	tcase_add_loop_test(sweep, stalled_sweepers_delay_nobody, 0, KINDS);
	tcase_add_loop_test(sweep, helpers_finish, 0, KINDS);
	tcase_add_loop_test(sweep, swept_needs_every_flag, 0, 9);
	tcase_add_loop_test(sweep, sweep_without_memory, 0, KINDS);
	tcase_add_loop_test(sweep, promote_from_the_top_only, 0, KINDS);
	tcase_add_loop_test(sweep, promote_after_clear, 0, KINDS);
	tcase_add_loop_test(sweep, finish_leaves_one_table, 0, KINDS);
	suite_add_tcase(suite, sweep);
	tcase_set_timeout(size, 60);
	tcase_add_loop_test(size, load_limit, 0, 5);
	tcase_add_test(size, load_limit_of_a_large_table);
	tcase_add_loop_test(size, tombstone_limit, 0, 3);
	tcase_add_loop_test(size, successor_size, 0, 8);
	tcase_add_test(size, room_follows_entries);
	tcase_add_test(size, churn_keeps_its_size);
	tcase_add_test(size, one_hash_for_all);
	suite_add_tcase(suite, size);
}

int main(void)
{
	Suite *suite = suite_create("table");

	seed = core_seed("table_test");
	add_table(suite);
	add_start_and_get(suite);
	add_copy(suite);
	add_sweep_and_size(suite);
	return core_run(suite);
}
