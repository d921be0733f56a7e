/*
 * figures: what statistics and dumps say of a map that was built for it, slot by slot.
 *
 *   probes        keys whose home is one line fill the lines after it, round the end
 *   tombstones    removed keys, before a migration, in its midst, and after
 *   migration     blocks that are swept by hand, and no others
 *   bytes         what count_alloc.h says is alive
 *   refusals      a reader stays, a limit is met; growth that a limit only puts off
 *   grace period  a reader stays until its age is seen to have grown
 *   printing      text and JSON, keys by name and by callback, streams that fail
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

/* ---- Printing ----------------------------------------------------------- */

static char *text;
static size_t text_size;
static FILE *stream;

static FILE *text_begin(void)
{
	free(text);
	text = NULL;
	stream = open_memstream(&text, &text_size);
	crew_check(stream != NULL);
	return stream;
}

static const char *text_end(void)
{
	fclose(stream);
	return text;
}

static unsigned mentions(const char *word)
{
	unsigned times = 0;

	for (const char *at = text; (at = strstr(at, word)); at++)
		times++;
	return times;
}

/* Something of everything: two tables, tombstones, long ways, bytes, a refusal. */
static void build_some_of_all(int turn)
{
	struct nbmap_domain_config config = QUIET;

	config.limit_objects = 31;
	open_with(turn, capacity_of(LINES), true, config);
	for (size_t n = 0; n < LINES * 2; n++)
		crew_check(!put(hash_at(1, n)));
	for (unsigned i = 0; i < 3; i++)
		del(hash_at(1, i));
	ck_assert_int_eq(nb_migrate_start(core, top()), 0);
	sweep(0, 3);
	/* Another's garbage: a write would help the migration. */
	while (!retire())
		;
}

START_TEST(test_json)
{
	char expected[2000];
	struct nbmap_stats now;
	struct nbmap_domain_stats of_domain;
	int length;

	build_some_of_all(_i);
	now = stats();
	ck_assert_int_eq(CALL(stats_print, text_begin(), NBMAP_JSON), 0);
	length = snprintf(expected, sizeof(expected),
			  "{\"entries\":%zu,\"used\":%zu,\"capacity\":%zu,\"tables\":%zu,\"bytes\":%zu,"
			  "\"migrations\":%" PRIu64 ",\"pending_objects\":%" PRIu64 ",\"pending_bytes\":%" PRIu64
			  ",\"refusals\":%" PRIu64 ",\"longest_grace_ns\":%" PRIu64 ",\"value_bytes\":%" PRIu64
			  ",\"key_bytes\":%" PRIu64 ",\"tombstones\":%zu,\"migration_blocks\":%zu,"
			  "\"migration_done\":%zu,\"sampled\":%zu,\"longest_probe\":%zu,\"probes\":[",
			  now.entries, now.used, now.capacity, now.tables, now.bytes, now.migrations,
			  now.pending_objects, now.pending_bytes, now.refusals, now.longest_grace_ns, now.value_bytes,
			  now.key_bytes, now.tombstones, now.migration_blocks, now.migration_done, now.sampled,
			  now.longest_probe);
	for (unsigned i = 0; i < NBMAP_PROBES; i++)
		length += snprintf(expected + length, sizeof(expected) - (size_t)length, "%s%" PRIu64, i ? "," : "",
				   now.probes[i]);
	snprintf(expected + length, sizeof(expected) - (size_t)length, "]}\n");
	ck_assert_str_eq(text_end(), expected);
	ck_assert_uint_gt(now.refusals, 0);
	ck_assert_uint_gt(now.tombstones, 0);
	ck_assert_uint_eq(now.migration_done, 3);

	of_domain = domain_stats();
	ck_assert_int_eq(nbmap_domain_stats_print(domain, text_begin(), NBMAP_JSON), 0);
	snprintf(expected, sizeof(expected),
		 "{\"pending_objects\":%" PRIu64 ",\"pending_bytes\":%" PRIu64 ",\"freed_objects\":%" PRIu64
		 ",\"freed_bytes\":%" PRIu64 ",\"grace_periods\":%" PRIu64 ",\"refusals\":%" PRIu64
		 ",\"grace_ns\":%" PRIu64 ",\"longest_grace_ns\":%" PRIu64 "}\n",
		 of_domain.pending_objects, of_domain.pending_bytes, of_domain.freed_objects, of_domain.freed_bytes,
		 of_domain.grace_periods, of_domain.refusals, of_domain.grace_ns, of_domain.longest_grace_ns);
	ck_assert_str_eq(text_end(), expected);
	close_map();
}
END_TEST

/* `name` and `number` stand on a line, and nothing else does. */
static void assert_line(const char *name, uint64_t number)
{
	char line[64];
	const char *at = text;

	snprintf(line, sizeof(line), "%-20s%" PRIu64 "\n", name, number);
	while (at && strncmp(at, line, strlen(line)) != 0) {
		at = strchr(at, '\n');
		at += at != NULL;
	}
	ck_assert_msg(at != NULL, "no line \"%s\" in:\n%s", line, text);
}

START_TEST(test_text)
{
	struct nbmap_stats now;

	build_some_of_all(_i);
	now = stats();
	ck_assert_int_eq(CALL(stats_print, text_begin(), NBMAP_TEXT), 0);
	text_end();
	assert_line("entries", now.entries);
	assert_line("longest_grace_ns", now.longest_grace_ns);
	assert_line("migration_done", 3);
	assert_line("probes 1", now.probes[0]);
	assert_line("probes 2", now.probes[1]);
	assert_line("probes 3-4", now.probes[2]);
	ck_assert_uint_eq(mentions("probes"), class_of(LINES / 2) + 1);
	ck_assert_uint_eq(mentions("\n"), 17 + class_of(LINES / 2) + 1);
	ck_assert_int_eq(nbmap_domain_stats_print(domain, text_begin(), NBMAP_TEXT), 0);
	text_end();
	assert_line("refusals", now.refusals);
	ck_assert_uint_eq(mentions("\n"), 8);
	ck_assert_int_eq(CALL(stats_print, text_begin(), (enum nbmap_format)2), -EINVAL);
	ck_assert_int_eq(nbmap_domain_stats_print(domain, stream, (enum nbmap_format)2), -EINVAL);
	ck_assert_str_eq(text_end(), "");
	close_map();
}
END_TEST

/* Printing does not stay in a section. */
START_TEST(test_printing_ends_its_section)
{
	open_exact(_i, false);
	WHOLE(leave);
	ck_assert_int_eq(CALL(stats_print, text_begin(), NBMAP_TEXT), 0);
	text_end();
	flavor_offline(flavor);
	ck_assert_int_eq(nbmap_domain_synchronize(domain), 0);
	flavor_online(flavor);
	WHOLE(enter);
	close_map();
}
END_TEST

static void print_number(uint64_t number, FILE *out, void *arg)
{
	ck_assert_ptr_eq(arg, &text);
	fprintf(out, "<%" PRIx64 ">", number);
}

static void print_object(const void *key, FILE *out, void *arg)
{
	print_number(((const struct count_key *)key)->id, out, arg);
}

START_TEST(test_dump_prints_keys_by_callback)
{
	char key[64];
	uint64_t hash;

	open_exact(_i, false);
	put_aside();
	put_one_a_line(0);
	hash = hash_at(2, 0);
	del(hash);
	if (integer)
		ck_assert_int_eq(nbmap_u64_dump_with(integers, text_begin(), print_number, &text), 0);
	else
		ck_assert_int_eq(nbmap_dump_with(objects, text_begin(), print_object, &text), 0);
	text_end();
	snprintf(key, sizeof(key), "  2.0 key <%" PRIx64 "> TOMB\n",
		 integer ? nb_integer_of_word(&core->keys, hash) : hash);
	ck_assert_msg(mentions(key) == 1, "no \"%s\" in:\n%s", key, text);
	ck_assert_uint_eq(mentions("> VALUE 0x"), LINES - 1 + 2 * integer);
	ck_assert_uint_eq(mentions("  aside key <"), 2 * integer);
	/* Without one it is the other dump. */
	if (integer)
		ck_assert_int_eq(nbmap_u64_dump_with(integers, text_begin(), NULL, NULL), 0);
	else
		ck_assert_int_eq(nbmap_dump_with(objects, text_begin(), NULL, NULL), 0);
	text_end();
	ck_assert_uint_eq(mentions("<"), 0);
	ck_assert_uint_eq(mentions(" key "), LINES + 2 * integer);
	close_map();
}
END_TEST

START_TEST(test_dump_of_tables)
{
	char line[100];

	open_exact(_i, false);
	put_one_a_line(0);
	ck_assert_int_eq(CALL(dump_tables, text_begin()), 0);
	snprintf(line, sizeof(line), "map: %zu entries\ntable 1: %zu slots, %zu used\n", LINES, LINES * NB_LINE_SLOTS,
		 LINES);
	ck_assert_str_eq(text_end(), line);
	ck_assert_int_eq(nb_migrate_start(core, top()), 0);
	ck_assert_int_eq(nb_migrate_start(core, nb_load_acquire(&top()->next)), 0);
	sweep(0, 2);
	ck_assert_int_eq(CALL(dump_tables, text_begin()), 0);
	text_end();
	snprintf(line, sizeof(line), "table 1: %zu slots, %zu used, being left: 2 of %zu blocks copied\n",
		 LINES * NB_LINE_SLOTS, LINES, top()->blocks);
	ck_assert_uint_eq(mentions(line), 1);
	ck_assert_uint_eq(mentions(", being left: 0 of "), 1);
	ck_assert_uint_eq(mentions("\ntable "), 3);
	ck_assert_uint_eq(mentions("\n"), 4);
	close_map();
}
END_TEST

/* The ready-made types' keys are known. */
START_TEST(test_dump_of_strings_and_bytes)
{
	struct nbmap_config config = {.type = nbmap_type_string(), .flags = NBMAP_NO_THREAD};
	struct nbmap_bytes bytes = {"a\0b\xff", 4};
	char *longer = malloc(1001);
	struct nbmap *map;

	ck_assert_ptr_nonnull(longer);
	memset(longer, 'x', 1000);
	longer[1000] = 0;
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	crew_check(!nbmap_put(map, "plain", nbmap_int(1), NULL));
	crew_check(!nbmap_put(map, "", nbmap_int(1), NULL));
	crew_check(!nbmap_put(map, "a \"b\\c\"\n\x7f", nbmap_int(1), NULL));
	crew_check(!nbmap_put(map, longer, nbmap_int(1), NULL));
	ck_assert_int_eq(nbmap_dump(map, text_begin()), 0);
	text_end();
	ck_assert_uint_eq(mentions(" key \"plain\" VALUE"), 1);
	ck_assert_uint_eq(mentions(" key \"\" VALUE"), 1);
	ck_assert_uint_eq(mentions(" key \"a \\\"b\\\\c\\\"\\x0a\\x7f\" VALUE"), 1);
	ck_assert_uint_eq(mentions("x\"... (1000 bytes) VALUE"), 1);
	ck_assert_uint_eq(mentions("xx"), 79);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
	config.type = nbmap_type_bytes();
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	crew_check(!nbmap_put(map, &bytes, nbmap_int(1), NULL));
	ck_assert_int_eq(nbmap_dump(map, text_begin()), 0);
	text_end();
	ck_assert_uint_eq(mentions(" key \"a\\x00b\\xff\" VALUE"), 1);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
	free(longer);
}
END_TEST

/* One that takes nothing when it is flushed, and one that takes nothing at all. */
START_TEST(test_streams_that_fail)
{
	static const char *const file[] = {"/dev/full", "/dev/null"}, *const mode[] = {"w", "r"};

	open_exact(_i, false);
	put_one_a_line(0);
	for (unsigned i = 0; i < 2; i++) {
		FILE *out = fopen(file[i], mode[i]);

		ck_assert_ptr_nonnull(out);
		ck_assert_int_eq(CALL(dump, out), -EIO);
		clearerr(out);
		ck_assert_int_eq(CALL(dump_tables, out), -EIO);
		clearerr(out);
		ck_assert_int_eq(CALL(dump_with, out, NULL, NULL), -EIO);
		for (enum nbmap_format format = NBMAP_TEXT; format <= NBMAP_JSON; format++) {
			clearerr(out);
			ck_assert_int_eq(CALL(stats_print, out, format), -EIO);
			clearerr(out);
			ck_assert_int_eq(nbmap_domain_stats_print(domain, out, format), -EIO);
		}
		fclose(out);
	}
	close_map();
}
END_TEST

/* ---- In the end of a map ------------------------------------------------ */

static unsigned looks;

/* Keys may be gone by now: nothing asks for their hash, or prints them. */
static void look_and_free(void *value, void *arg)
{
	FILE *out = fopen("/dev/null", "w");

	crew_check(out != NULL);
	if (core->dismantled) {
		looks++;
		WHOLE(enter);
		crew_check(stats().sampled == 0);
		crew_check(!CALL(dump, out));
		WHOLE(leave);
	}
	fclose(out);
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

static void forget_text(void)
{
	free(text);
	text = NULL;
}

int main(void)
{
	Suite *suite = suite_create("figures");
	TCase *tcase = tcase_create("figures");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, NULL, forget_text);
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
	tcase_add_loop_test(tcase, test_json, 0, CASES);
	tcase_add_loop_test(tcase, test_text, 0, CASES);
	tcase_add_loop_test(tcase, test_printing_ends_its_section, 0, CASES);
	tcase_add_loop_test(tcase, test_dump_prints_keys_by_callback, 0, CASES);
	tcase_add_loop_test(tcase, test_dump_of_tables, 0, CASES);
	tcase_add_test(tcase, test_dump_of_strings_and_bytes);
	tcase_add_loop_test(tcase, test_streams_that_fail, 0, CASES);
	tcase_add_loop_test(tcase, test_a_map_that_is_being_destroyed, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
