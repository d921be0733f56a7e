/*
 * figures: what statistics say of a map that was built for it, slot by slot.
 *
 *   probes        keys whose home is one line fill the lines after it, round the end
 *   tombstones    removed keys, before a migration, in its midst, and after
 *   migration     blocks that are swept by hand, and no others
 *   bytes         what count_alloc.h says is alive
 *   refusals      a reader stays, a limit is met; growth that a limit only puts off
 *   grace period  a reader stays until its age is seen to have grown
 *
 * Both kinds of key, all flavours.  Tables are as large as a sample, which is then
 * exact, but where a test says otherwise.
 */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "pin.h"
#include "run.h"
#include "tuning.h"
#include "unmix.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define SEED UINT64_C(4711)

/* ---- The map ------------------------------------------------------------ */

static struct count *count;
static struct nbmap_allocator allocator;
static enum nbmap_flavor flavor;
static bool integer;
static struct nbmap_domain *domain;
static struct nbmap *objects;
static struct nbmap_u64 *integers;
static struct nb_map *core;

/* nbmap_NAME() or nbmap_u64_NAME() of the map. */
#define CALL(name, ...) (integer ? nbmap_u64_##name(integers, __VA_ARGS__) : nbmap_##name(objects, __VA_ARGS__))
#define WHOLE(name) (integer ? nbmap_u64_##name(integers) : nbmap_##name(objects))

/* Of `capacity` entries, `turn` says of which kind and flavour; and enter. */
static void open_with(int turn, size_t capacity, bool sizes, struct nbmap_domain_config domain_config)
{
	struct nbmap_type type;
	struct nbmap_config config = {.flags = NBMAP_FIXED_SEED, .seed = SEED, .capacity = capacity};

	integer = turn % KINDS;
	flavor = (enum nbmap_flavor)(turn / KINDS % FLAVORS);
	count = count_new();
	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	domain_config.flavor = flavor;
	domain_config.allocator = &allocator;
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	type = integer ? count_value_type() : count_type();
	if (sizes) {
		type.value_size = count_value_size;
		type.key_size = integer ? NULL : count_key_size;
	}
	config.type = &type;
	config.arg = count;
	config.domain = domain;
	config.allocator = &allocator;
	if (integer)
		ck_assert_int_eq(nbmap_u64_new(&integers, &config), 0);
	else
		ck_assert_int_eq(nbmap_new(&objects, &config), 0);
	core = integer ? &integers->map : &objects->map;
	flavor_register(flavor);
	WHOLE(enter);
}

/* Nothing is freed, nor a migration finished, unless a test asks. */
#define QUIET ((struct nbmap_domain_config){.flags = NBMAP_NO_THREAD})

static void close_map(void)
{
	WHOLE(leave);
	flavor_offline(flavor);
	ck_assert_int_eq(WHOLE(destroy), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_online(flavor);
	flavor_unregister(flavor);
	ck_assert(count_end(count));
}

static struct nb_table *top(void)
{
	return nb_load_acquire(&core->top);
}

/* A capacity for which a table has just `lines` lines. */
static size_t capacity_of(size_t lines)
{
	return ((lines - 1) * NB_LINE_SLOTS * NB_FILL_NUM + NB_FILL_DEN - 1) / NB_FILL_DEN;
}

/* As large as may be for a sample to be exact. */
#define LINES (NB_SAMPLE_LINES < 128 ? (size_t)NB_SAMPLE_LINES : (size_t)128)

static void open_exact(int turn, bool sizes)
{
	open_with(turn, capacity_of(LINES), sizes, QUIET);
	ck_assert_uint_eq(top()->lines, LINES);
}

static struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	memset(&now, 0xa5, sizeof(now));
	if (integer)
		nbmap_u64_stats(integers, &now);
	else
		nbmap_stats(objects, &now);
	for (size_t i = 0; i < sizeof(now.reserved) / sizeof(*now.reserved); i++)
		crew_check(now.reserved[i] == 0);
	return now;
}

static struct nbmap_domain_stats domain_stats(void)
{
	struct nbmap_domain_stats now;

	memset(&now, 0xa5, sizeof(now));
	nbmap_domain_stats(domain, &now);
	for (size_t i = 0; i < sizeof(now.reserved) / sizeof(*now.reserved); i++)
		crew_check(now.reserved[i] == 0);
	return now;
}

/* ---- Keys whose home is chosen ------------------------------------------ */

/* The n-th hash whose home is `home`, as the map mixes it. */
static uint64_t hash_at(size_t home, uint64_t n)
{
	const struct nb_table *table = top();
	uint64_t step = UINT64_MAX / table->lines, hash = home * step + NB_KEY_CLOSED + 1;

	while (nb_table_home(table, hash) != home)
		hash += step / 4;
	crew_check(nb_table_home(table, hash + n) == home);
	return hash + n;
}

static struct count_key object_at(uint64_t hash)
{
	return count_key_hashed(hash, unmix64(hash) ^ SEED);
}

static int put(uint64_t hash)
{
	struct count_key key = object_at(hash);
	void *value = count_value(count, hash);
	int error;

	crew_check(value != NULL);
	error = integer ? nbmap_u64_put(integers, nb_integer_of_word(&core->keys, hash), value, NULL)
			: nbmap_put(objects, &key, value, NULL);
	if (error)
		count_value_free(value, count);
	return error;
}

static void del(uint64_t hash)
{
	struct count_key key = object_at(hash);

	crew_check(!(integer ? nbmap_u64_del(integers, nb_integer_of_word(&core->keys, hash), NULL)
			     : nbmap_del(objects, &key, NULL)));
}

/* A key in each line from `first` on, in its home. */
static void put_one_a_line(size_t first)
{
	for (size_t line = first; line < top()->lines; line++)
		crew_check(!put(hash_at(line, 0)));
}

/* ---- Probes ------------------------------------------------------------- */

/* Lines 1; 2; 3, 4; 5 to 8; 9 to 16; ... */
static unsigned class_of(size_t lines)
{
	unsigned index = 0;

	for (size_t end = 1; lines > end && index + 1 < NBMAP_PROBES; end *= 2)
		index++;
	return index;
}

static uint64_t sum(const struct nbmap_stats *of)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < NBMAP_PROBES; i++)
		all += of->probes[i];
	return all;
}

START_TEST(test_probes_of_an_empty_map)
{
	struct nbmap_stats now;

	open_exact(_i, false);
	now = stats();
	ck_assert_uint_eq(now.sampled, now.capacity);
	ck_assert_uint_eq(sum(&now), 0);
	ck_assert_uint_eq(now.longest_probe, 0);
	ck_assert_uint_eq(now.tombstones, 0);
	close_map();
}
END_TEST

/* The second half of the lines and, round the end, some of the first hold keys of one home. */
START_TEST(test_probes_of_keys_that_crowd)
{
	uint64_t expected[NBMAP_PROBES] = {0};
	size_t filled = LINES * 5 / 8, home = LINES / 2;
	struct nbmap_stats now;

	open_exact(_i, false);
	for (size_t n = 0; n < filled * NB_LINE_SLOTS; n++) {
		crew_check(!put(hash_at(home, n)));
		expected[class_of(n / NB_LINE_SLOTS + 1)]++;
		now = stats();
		ck_assert(!memcmp(now.probes, expected, sizeof(expected)));
		ck_assert_uint_eq(now.longest_probe, n / NB_LINE_SLOTS + 1);
	}
	ck_assert_uint_eq(now.tables, 1);
	/* Tombstones have no part in it. */
	del(hash_at(home, 0));
	del(hash_at(home, filled * NB_LINE_SLOTS - 1));
	expected[0]--;
	expected[class_of(filled)]--;
	now = stats();
	ck_assert(!memcmp(now.probes, expected, sizeof(expected)));
	ck_assert_uint_eq(now.tombstones, 2);
	close_map();
}
END_TEST

/* Larger than a sample: one key in each line of the second half, and one line in four is looked at. */
START_TEST(test_a_sample_is_spread)
{
	struct nbmap_stats now;

	open_with(_i, capacity_of(4 * NB_SAMPLE_LINES), false, QUIET);
	put_one_a_line(top()->lines / 2);
	now = stats();
	ck_assert_uint_eq(now.entries, 2 * NB_SAMPLE_LINES);
	ck_assert_uint_eq(now.sampled, NB_SAMPLE_LINES * NB_LINE_SLOTS);
	ck_assert_uint_eq(now.probes[0], NB_SAMPLE_LINES / 2);
	ck_assert_uint_eq(sum(&now), NB_SAMPLE_LINES / 2);
	close_map();
}
END_TEST

/* ---- Tombstones, and a migration half-way ------------------------------- */

/* Those that stand aside are in no table. */
static void put_aside(void)
{
	for (uint64_t word = 0; integer && word <= NB_KEY_CLOSED; word++)
		crew_check(!put(word));
}

START_TEST(test_tombstones_are_counted)
{
	size_t removed = LINES / 4;
	struct nbmap_stats now;

	open_exact(_i, false);
	put_aside();
	put_one_a_line(0);
	for (size_t i = 0; i < removed; i++) {
		del(hash_at(i, 0));
		ck_assert_uint_eq(stats().tombstones, i + 1);
	}
	if (integer)
		del(0);
	now = stats();
	ck_assert_uint_eq(now.tables, 1);
	ck_assert_uint_eq(now.tombstones, removed);
	ck_assert_uint_eq(now.used, LINES);
	ck_assert_uint_eq(now.entries, LINES - removed + integer);
	close_map();
}
END_TEST

/* Sweep blocks from..to-1 of the top table. */
static void sweep(size_t from, size_t to)
{
	int error = 0;

	for (; from < to; from++)
		ck_assert(nb_migrate_sweep(core, top(), from, &error));
}

static void finish_migration(void)
{
	struct nb_table *last;

	ck_assert_int_eq(nb_migrate_finish(core, &last), 0);
}

START_TEST(test_a_migration_stopped_half_way)
{
	size_t removed = LINES / 4, blocks;
	uint64_t value_bytes, key_bytes;
	struct nbmap_stats now;

	open_exact(_i, true);
	put_aside();
	put_one_a_line(0);
	value_bytes = count_sizes(count, COUNT_VALUES);
	key_bytes = count_sizes(count, COUNT_KEYS);
	for (size_t i = 0; i < removed; i++) {
		del(hash_at(2 * i, 0));
		value_bytes -= COUNT_VALUE_SIZE(hash_at(2 * i, 0));
	}
	now = stats();
	ck_assert_uint_eq(now.migration_blocks, 0);
	ck_assert_uint_eq(now.migration_done, 0);
	ck_assert_int_eq(nb_migrate_start(core, top()), 0);
	blocks = top()->blocks;
	for (size_t done = 0; done < blocks; done++) {
		now = stats();
		ck_assert_uint_eq(now.tables, 2);
		ck_assert_uint_eq(now.migrations, 1);
		ck_assert_uint_eq(now.migration_blocks, blocks);
		ck_assert_uint_eq(now.migration_done, done);
		/* Of the table that is left, whatever has been moved out of it. */
		ck_assert_uint_eq(now.tombstones, removed);
		ck_assert_uint_eq(now.probes[0], LINES - removed);
		ck_assert_uint_eq(sum(&now), LINES - removed);
		/* Of both tables. */
		ck_assert_uint_eq(now.value_bytes, value_bytes);
		ck_assert_uint_eq(now.key_bytes, key_bytes);
		sweep(done, done + 1);
	}
	finish_migration();
	now = stats();
	ck_assert_uint_eq(now.tables, 1);
	ck_assert_uint_eq(now.migration_blocks, 0);
	ck_assert_uint_eq(now.migration_done, 0);
	ck_assert_uint_eq(now.tombstones, 0);
	close_map();
}
END_TEST

/* More flags than a sample has words: with large blocks that is a large table. */
START_TEST(test_progress_of_a_large_table)
{
	size_t blocks;

	if (NB_BLOCK_SLOTS > 1)
		return;
	open_with(_i, capacity_of((size_t)NB_SAMPLE_LINES * 64 * 2 / NB_LINE_SLOTS), false, QUIET);
	ck_assert_int_eq(nb_migrate_start(core, top()), 0);
	blocks = top()->blocks;
	ck_assert_uint_eq(blocks, (size_t)NB_SAMPLE_LINES * 64 * 2);
	sweep(0, blocks / 2);
	ck_assert_uint_eq(stats().migration_blocks, blocks);
	ck_assert_uint_eq(stats().migration_done, blocks / 2);
	sweep(blocks / 2, blocks);
	close_map();
}
END_TEST

/* ---- Bytes -------------------------------------------------------------- */

START_TEST(test_bytes_of_keys_and_values)
{
	struct nbmap_stats now;

	open_exact(_i, true);
	ck_assert_uint_eq(stats().value_bytes, 0);
	ck_assert_uint_eq(stats().key_bytes, 0);
	put_aside();
	put_one_a_line(0);
	now = stats();
	ck_assert_uint_gt(now.value_bytes, 0);
	ck_assert_uint_eq(now.value_bytes, count_sizes(count, COUNT_VALUES));
	ck_assert_uint_eq(now.key_bytes, count_sizes(count, COUNT_KEYS));
	ck_assert_uint_eq(now.key_bytes == 0, integer);
	/* Another value; none: the key's copy stays, its value waits. */
	crew_check(!put(hash_at(1, 0)));
	del(hash_at(2, 0));
	WHOLE(leave);
	flavor_quiescent(flavor);
	flavor_offline(flavor);
	ck_assert_int_eq(WHOLE(barrier), 0);
	flavor_online(flavor);
	WHOLE(enter);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), now.entries - 1);
	ck_assert_uint_eq(stats().value_bytes, count_sizes(count, COUNT_VALUES));
	ck_assert_uint_eq(stats().key_bytes, now.key_bytes);
	ck_assert_int_eq(WHOLE(clear), 0);
	ck_assert_uint_eq(stats().value_bytes, 0);
	ck_assert_uint_eq(stats().key_bytes, 0);
	close_map();
}
END_TEST

START_TEST(test_bytes_of_a_type_without_sizes)
{
	open_exact(_i, false);
	put_one_a_line(0);
	ck_assert_uint_eq(stats().value_bytes, 0);
	ck_assert_uint_eq(stats().key_bytes, 0);
	close_map();
}
END_TEST

/* ---- Refusals ----------------------------------------------------------- */

static int retire(void)
{
	void *value = count_value(count, 1);
	int error = CALL(retire, value, count_value_free, count);

	if (error)
		count_value_free(value, count);
	return error;
}

START_TEST(test_each_refusal_is_counted)
{
	uint64_t refused = 0, full;
	struct nbmap_domain_config config = QUIET;

	config.limit_objects = 100;
	open_with(_i, 100, false, config);
	full = hash_at(0, 0);
	for (unsigned i = 0; i < 300; i++) {
		int error = put(full);

		crew_check(!error || error == -ENOBUFS);
		refused += error != 0;
		ck_assert_uint_eq(stats().refusals, refused);
		ck_assert_uint_eq(domain_stats().refusals, refused);
	}
	ck_assert_uint_gt(refused, 100);
	/* A new key; an object of the caller's; and what is not refused. */
	ck_assert_int_eq(put(hash_at(1, 0)), -ENOBUFS);
	ck_assert_uint_eq(stats().refusals, refused + 1);
	ck_assert_int_eq(retire(), -ENOBUFS);
	ck_assert_uint_eq(stats().refusals, refused + 2);
	del(full);
	ck_assert_int_eq(WHOLE(clear), 0);
	ck_assert_uint_eq(stats().refusals, refused + 2);
	close_map();
}
END_TEST

/*
 * Thirty values wait, of some thousand bytes each.  Another thirty would be let in, and
 * so are new keys; but the table, once left, would be too much: it is kept, which nobody
 * is told, until it is so full that a key is refused for it.
 */
START_TEST(test_growth_put_off_is_no_refusal)
{
	struct nbmap_domain_config config = QUIET;
	size_t line = 0;
	int error;

	config.limit_bytes = 40000;
	open_with(_i, 2000, true, config);
	for (unsigned i = 0; i < 40; i++)
		crew_check(!put(hash_at(0, 0)));
	ck_assert_uint_gt(domain_stats().pending_bytes, 0);
	ck_assert_uint_gt(domain_stats().pending_bytes + top()->bytes, config.limit_bytes);
	do {
		size_t lines = top()->lines;

		error = put(hash_at(line % lines, line / lines));
		line++;
		ck_assert_uint_eq(stats().refusals, error != 0);
	} while (!error);
	ck_assert_int_eq(error, -ENOBUFS);
	ck_assert_uint_eq(stats().tables, 1);
	ck_assert_uint_gt(stats().used * NB_USED_DEN, stats().capacity * NB_USED_MAX);
	close_map();
}
END_TEST

/* ---- Grace periods ------------------------------------------------------ */

static void *synchronize(void *unused)
{
	(void)unused;
	crew_check(!nbmap_domain_synchronize(domain));
	return NULL;
}

/* Until a grace period under way is older than that; its age. */
static uint64_t await_age(uint64_t ns)
{
	struct nbmap_domain_stats now;

	do {
		sched_yield();
		now = domain_stats();
		crew_check(now.longest_grace_ns >= now.grace_ns);
	} while (now.grace_ns <= ns);
	return now.grace_ns;
}

/* Its length is what it lasts while we look: a reader keeps it until we have seen it old. */
static void long_grace_period(int turn, unsigned flags)
{
	struct pin pin;
	pthread_t thread;
	uint64_t age;

	open_with(turn, 10, false, (struct nbmap_domain_config){.flags = flags});
	WHOLE(leave);
	flavor_offline(flavor);
	ck_assert_uint_eq(domain_stats().grace_ns, 0);
	ck_assert_uint_eq(domain_stats().longest_grace_ns, 0);
	pin_begin(&pin, domain, flavor);
	crew_check(!pthread_create(&thread, NULL, synchronize, NULL));
	(void)await_age(0);
	age = await_age(100 * UINT64_C(1000000));
	pin_end(&pin);
	pthread_join(thread, NULL);
	ck_assert_uint_ge(domain_stats().longest_grace_ns, age);
	/* A short one is no longer. */
	age = domain_stats().longest_grace_ns;
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(nbmap_domain_synchronize(domain), 0);
	ck_assert_uint_ge(domain_stats().longest_grace_ns, age);
	while (domain_stats().grace_ns)
		sched_yield();
	flavor_online(flavor);
	WHOLE(enter);
	ck_assert_uint_eq(stats().longest_grace_ns, domain_stats().longest_grace_ns);
	close_map();
}

START_TEST(test_a_long_grace_period)
{
	long_grace_period(_i, 0);
}
END_TEST

START_TEST(test_a_long_grace_period_without_threads)
{
	long_grace_period(_i, NBMAP_NO_THREAD);
}
END_TEST

/* ---- In the end of a map ------------------------------------------------ */

static unsigned looks;

/* Keys may be gone by now: nothing asks for their hash. */
static void look_and_free(void *value, void *arg)
{
	if (core->dismantled) {
		looks++;
		WHOLE(enter);
		crew_check(stats().sampled == 0);
		WHOLE(leave);
	}
	count_value_free(value, arg);
}

START_TEST(test_a_map_that_is_being_destroyed)
{
	looks = 0;
	open_exact(_i, false);
	put_one_a_line(0);
	core->value_free = look_and_free;
	close_map();
	ck_assert_uint_eq(looks, LINES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("figures");
	TCase *tcase = tcase_create("figures");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_probes_of_an_empty_map, 0, CASES);
	tcase_add_loop_test(tcase, test_probes_of_keys_that_crowd, 0, CASES);
	tcase_add_loop_test(tcase, test_a_sample_is_spread, 0, CASES);
	tcase_add_loop_test(tcase, test_tombstones_are_counted, 0, CASES);
	tcase_add_loop_test(tcase, test_a_migration_stopped_half_way, 0, CASES);
	tcase_add_loop_test(tcase, test_progress_of_a_large_table, 0, CASES);
	tcase_add_loop_test(tcase, test_bytes_of_keys_and_values, 0, CASES);
	tcase_add_loop_test(tcase, test_bytes_of_a_type_without_sizes, 0, CASES);
	tcase_add_loop_test(tcase, test_each_refusal_is_counted, 0, CASES);
	tcase_add_loop_test(tcase, test_growth_put_off_is_no_refusal, 0, CASES);
	tcase_add_loop_test(tcase, test_a_long_grace_period, 0, CASES);
	tcase_add_loop_test(tcase, test_a_long_grace_period_without_threads, 0, CASES);
	tcase_add_loop_test(tcase, test_a_map_that_is_being_destroyed, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
