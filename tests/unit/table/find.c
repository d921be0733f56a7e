/*
 * find: what a probe ends at.
 */
#include "suite.h"
#include "run.h"

#include <sys/mman.h>

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

/* Keys that agree in the half of the word that a scan compares, and keys whose half is that of EMPTY. */
START_TEST(find_tells_equal_halves_apart)
{
	static const uint64_t half[] = {0x12345678, 0x12345678, 0, 0, 0x12345678, 0};
	struct core core;
	struct nb_table *table;
	struct nb_key key[6];
	uint64_t value[4];

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	for (unsigned n = 0; n < 6; n++)
		key[n] = core_key(&core, (uint64_t)(n + 1) << 40 | half[n]);
	for (unsigned n = 0; n < 4; n++) {
		ck_assert_int_eq(core_probe(&core, table, &key[n]), NB_VACANT);
		ck_assert_uint_eq(core_get(&core, &key[n]), NB_EMPTY);
		value[n] = core_value(&core, n + 1);
		ck_assert_uint_eq(core_put(&core, table, &key[n], value[n]).index, n);
		ck_assert(nb_table_valid(table, &core.map->keys));
	}
	for (unsigned n = 0; n < 4; n++) {
		ck_assert_uint_eq(core_find(&core, table, &key[n]).index, n);
		ck_assert_uint_eq(core_get(&core, &key[n]), value[n]);
	}
	for (unsigned n = 4; n < 6; n++) {
		ck_assert_int_eq(core_probe(&core, table, &key[n]), NB_VACANT);
		ck_assert_uint_eq(core_get(&core, &key[n]), NB_EMPTY);
	}
	core_close(&core);
}
END_TEST

static unsigned compared;

static bool equal_counted(const void *a, const void *b, void *arg)
{
	(void)arg;
	compared++;
	return ((const struct count_key *)a)->id == ((const struct count_key *)b)->id;
}

/* Who looks for a living key passes by tombstones, and does not compare; sealed ones it stops at. */
START_TEST(find_living)
{
	struct core core;
	struct nb_table *table;
	struct nb_key gone, sealed, lives;
	struct nb_place place;

	core_open(&core, NB_OBJECT, false);
	table = core_top(&core, 1);
	gone = core_key(&core, HASH);
	sealed = core_key(&core, HASH);
	lives = core_key(&core, HASH);
	core_put(&core, table, &gone, NB_TOMB);
	core.map->keys.equal = equal_counted;
	compared = 0;
	ck_assert_int_eq(nb_table_seek(table, &core.map->keys, core.kind, &gone, NB_LIVING, &place), NB_VACANT);
	ck_assert_uint_eq(compared, 0);
	ck_assert_int_eq(core_probe(&core, table, &gone), NB_FOUND);
	ck_assert_uint_eq(compared, 1);
	core_put(&core, table, &sealed, NB_TOMB | NB_FROZEN);
	core_put(&core, table, &lives, core_value(&core, 1));
	ck_assert_int_eq(nb_table_seek(table, &core.map->keys, core.kind, &sealed, NB_LIVING, &place), NB_FOUND);
	ck_assert_uint_eq(place.index, 1);
	ck_assert_int_eq(nb_table_seek(table, &core.map->keys, core.kind, &lives, NB_LIVING, &place), NB_FOUND);
	ck_assert_uint_eq(place.index, 2);
	ck_assert_int_eq(core_write(&core, NB_DEL, &gone, 0), -ENOENT);
	ck_assert_int_eq(core_write(&core, NB_PUT, &gone, core_value(&core, 2)), 0);
	ck_assert_int_eq(nb_table_seek(table, &core.map->keys, core.kind, &gone, NB_LIVING, &place), NB_FOUND);
	ck_assert_uint_eq(place.index, 0);
	core_close(&core);
}
END_TEST

#if SIZE_MAX > UINT32_MAX
/* Address space, cleared; NULL if there is not so much. */
static void *reserve(size_t bytes)
{
	void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return start == MAP_FAILED ? NULL : start;
}
#endif

/* More lines than 32 bits can number: address space only, of which a few pages are touched. */
START_TEST(find_beyond_32_bits)
{
#if SIZE_MAX > UINT32_MAX
	size_t lines = ((size_t)1 << 32) + 3, bytes = lines * sizeof(struct nb_line);
	struct nb_table table = {.lines = lines};
	struct nb_keys keys = {.kind = NB_INTEGER, .pointer_mask = NB_TAGGED_POINTER_MASK};
	struct nb_place place;
	uint64_t seen;

	if (test_rounds(1, 0) == 0)
		return; /* valgrind and sanitizers shadow every byte */
	table.line = reserve(bytes);
	table.spill = reserve(nb_spill_words(lines) * sizeof(nb_word));
	if (!table.line || !table.spill)
		return; /* the machine is too small */
	/* Six keys at home in the last line: four stand there, two around the corner. */
	for (unsigned n = 0; n < 6; n++) {
		struct nb_key key = {.word = UINT64_MAX - n, .hash = UINT64_MAX - n};

		ck_assert_int_eq(nb_table_seek(&table, &keys, NB_INTEGER, &key, NB_PLACE, &place), NB_VACANT);
		ck_assert_ptr_eq(place.line, &table.line[n < 4 ? lines - 1 : 0]);
		ck_assert(nb_table_claim(&table, place, key.hash, &seen, key.word));
		ck_assert_int_eq(nb_table_find(&table, &keys, NB_INTEGER, &key, &place), NB_FOUND);
	}
	munmap(table.line, bytes);
	munmap((void *)(uintptr_t)table.spill, nb_spill_words(lines) * sizeof(nb_word));
#endif
}
END_TEST

void add_find(TCase *tcase)
{
	tcase_add_loop_test(tcase, find_fills_in_order, 0, KINDS);
	tcase_add_loop_test(tcase, find_after_lost_claim, 0, KINDS);
	tcase_add_loop_test(tcase, find_stops_at_closed, 0, KINDS);
	tcase_add_test(tcase, find_tells_equal_hashes_apart);
	tcase_add_loop_test(tcase, find_in_a_changing_line, 0, 3);
	tcase_add_loop_test(tcase, find_tells_equal_halves_apart, 0, KINDS);
	tcase_add_test(tcase, find_living);
	tcase_add_test(tcase, find_beyond_32_bits);
}
