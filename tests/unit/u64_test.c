/*
 * u64: maps with integer keys.  What they share with object keys is tested in
 * api/; here is what is their own: that every 64-bit number is a key.
 *
 * A slot stores an invertible mix of the key, and two words are taken by the
 * states of an empty and of a closed slot.  The two keys that mix to them
 * depend on the seed; with a fixed one they can be computed, and are put among
 * the edges that every operation is tried on.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "run.h"
#include "subject.h"
#include "key.h"
#include "nbmap.h"

#define SEED UINT64_C(0x123456789abcdef)
#define UNTOUCHED ((void *)16)

/* ---- The fixture -------------------------------------------------------- */

static struct count *count;
static struct nbmap_allocator allocator;
static struct nbmap_type type;
static struct nbmap_config config;
static struct nbmap_domain *domain;
static struct nbmap_u64 *map;

/* The ends of the domain, and the two whose words are not free. */
#define EDGES 9
static uint64_t edge[EDGES];

static struct nb_keys keys_of_seed(uint64_t seed)
{
	struct nb_keys keys = {.kind = NB_INTEGER, .seed = seed};

	nb_keys_init_integer(&keys);
	return keys;
}

static void find_edges(void)
{
	static const uint64_t plain[EDGES - 2] = {0, 1, 2, UINT32_MAX, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX};
	const struct nb_keys keys = keys_of_seed(SEED);

	memcpy(edge, plain, sizeof(plain));
	edge[EDGES - 2] = nb_integer_of_word(&keys, NB_KEY_EMPTY);
	edge[EDGES - 1] = nb_integer_of_word(&keys, NB_KEY_CLOSED);
}

static void begin(void)
{
	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	nbmap_u64_enter(map);
}

static void finish(void)
{
	nbmap_u64_leave(map);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
}

static void setup(void)
{
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD};

	find_edges();
	count = count_new();
	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	domain_config.allocator = &allocator;
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	type = count_value_type();
	config = (struct nbmap_config){.type = &type, .arg = count, .domain = domain, .allocator = &allocator};
	config.flags = NBMAP_FIXED_SEED;
	config.seed = SEED;
	begin();
}

static void teardown(void)
{
	finish();
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

/* Integers instead of counted values. */
static void restart_with_integers(void)
{
	finish();
	config.type = NULL;
	begin();
}

static void *value(uint64_t number)
{
	void *made = count_value(count, number);

	crew_check(made != NULL);
	return made;
}

static void put(uint64_t key, uint64_t number)
{
	crew_check(!nbmap_u64_put(map, key, value(number), NULL));
}

static uint64_t number_at(uint64_t key)
{
	void *found = nbmap_u64_get(map, key);

	return found ? count_number(found) : 0;
}

static struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	nbmap_u64_stats(map, &now);
	return now;
}

/* ---- Every operation on every edge -------------------------------------- */

START_TEST(test_the_edges_are_different_keys)
{
	const struct nb_keys keys = keys_of_seed(SEED);

	for (unsigned i = 0; i < EDGES; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_uint_ne(edge[i], edge[j]);
	/* The last two are what they are meant to be. */
	ck_assert_uint_eq(nb_key_of_integer(&keys, edge[EDGES - 2]).word, NB_KEY_EMPTY);
	ck_assert_uint_eq(nb_key_of_integer(&keys, edge[EDGES - 1]).word, NB_KEY_CLOSED);
}
END_TEST

START_TEST(test_put_get_del)
{
	const uint64_t key = edge[_i];
	void *seen = UNTOUCHED;

	ck_assert_ptr_null(nbmap_u64_get(map, key));
	ck_assert_int_eq(nbmap_u64_del(map, key, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	seen = UNTOUCHED;
	ck_assert_int_eq(nbmap_u64_put(map, key, value(10), &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(number_at(key), 10);
	ck_assert_int_eq(nbmap_u64_put(map, key, value(20), &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_uint_eq(nbmap_u64_count(map), 1);
	ck_assert_uint_eq(stats().pending_objects, 1);
	/* The value that is there. */
	ck_assert_int_eq(nbmap_u64_put(map, key, nbmap_u64_get(map, key), NULL), 0);
	ck_assert_uint_eq(stats().pending_objects, 1);
	ck_assert_int_eq(nbmap_u64_del(map, key, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 20);
	ck_assert_ptr_null(nbmap_u64_get(map, key));
	ck_assert_uint_eq(nbmap_u64_count(map), 0);
	put(key, 30);
	ck_assert_uint_eq(number_at(key), 30);
}
END_TEST

START_TEST(test_add_set)
{
	const uint64_t key = edge[_i];
	void *made = value(10), *other = value(20), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_u64_set(map, key, made, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_u64_add(map, key, made, NULL), 0);
	ck_assert_int_eq(nbmap_u64_add(map, key, other, &seen), -EEXIST);
	ck_assert_ptr_eq(seen, made);
	ck_assert_int_eq(nbmap_u64_set(map, key, other, &seen), 0);
	ck_assert_ptr_eq(seen, made);
	ck_assert_uint_eq(number_at(key), 20);
}
END_TEST

START_TEST(test_replace_del_if)
{
	const uint64_t key = edge[_i];
	void *made = value(10), *other = value(20), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_u64_replace(map, key, other, made, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_u64_del_if(map, key, other, NULL), -ENOENT);
	ck_assert_int_eq(nbmap_u64_put(map, key, made, NULL), 0);
	ck_assert_int_eq(nbmap_u64_replace(map, key, other, other, &seen), -EAGAIN);
	ck_assert_ptr_eq(seen, made);
	ck_assert_int_eq(nbmap_u64_del_if(map, key, other, NULL), -EAGAIN);
	ck_assert_int_eq(nbmap_u64_replace(map, key, made, other, &seen), 0);
	ck_assert_ptr_eq(seen, made);
	ck_assert_int_eq(nbmap_u64_del_if(map, key, made, NULL), -EAGAIN);
	ck_assert_int_eq(nbmap_u64_del_if(map, key, other, &seen), 0);
	ck_assert_ptr_eq(seen, other);
	ck_assert_uint_eq(nbmap_u64_count(map), 0);
}
END_TEST

/* What an update is to do, and what it was shown. */
struct script {
	uint64_t key;
	int action;
	void *value;
	void *current;
	unsigned calls;
	bool interfere; /* another thread changes the key during the first attempt */
};

static void put_ninety_nine(void *arg)
{
	nbmap_u64_enter(map);
	put(((struct script *)arg)->key, 99);
	nbmap_u64_leave(map);
}

static int play(uint64_t key, void *current, void **made, void *arg)
{
	struct script *script = arg;

	ck_assert_uint_eq(key, script->key);
	ck_assert(script->calls ? *made == script->value : !*made);
	script->current = current;
	*made = script->value;
	if (script->interfere && !script->calls++)
		elsewhere(put_ninety_nine, script);
	return script->action;
}

START_TEST(test_update)
{
	const uint64_t key = edge[_i];
	struct script script = {.key = key, .action = NBMAP_KEEP};
	void *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_u64_update(map, key, play, &script, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_u64_update(map, key, NULL, NULL, NULL), -EINVAL);
	script = (struct script){.key = key, .action = NBMAP_SET, .value = value(10)};
	ck_assert_int_eq(nbmap_u64_update(map, key, play, &script, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(number_at(key), 10);
	/* An attempt is lost; its value is stored by the next. */
	script = (struct script){.key = key, .action = NBMAP_SET, .value = value(20), .interfere = true};
	ck_assert_int_eq(nbmap_u64_update(map, key, play, &script, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 99);
	ck_assert_ptr_eq(script.current, seen);
	ck_assert_uint_eq(number_at(key), 20);
	/* Errors leave the value. */
	script = (struct script){.key = key, .action = -ECANCELED, .value = value(30)};
	seen = UNTOUCHED;
	ck_assert_int_eq(nbmap_u64_update(map, key, play, &script, &seen), -ECANCELED);
	ck_assert_ptr_eq(seen, UNTOUCHED);
	ck_assert_uint_eq(number_at(key), 20);
	script = (struct script){.key = key, .action = NBMAP_REMOVE};
	ck_assert_int_eq(nbmap_u64_update(map, key, play, &script, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 20);
	ck_assert_uint_eq(nbmap_u64_count(map), 0);
}
END_TEST

/* An overwritten value needs a place to wait in; without one it stays. */
START_TEST(test_without_memory_nothing_is_overwritten)
{
	const uint64_t key = edge[_i];
	void *made = value(20), *present, *seen = UNTOUCHED;
	struct script script = {.key = key, .action = NBMAP_SET, .value = value(30)};

	put(key, 10);
	present = nbmap_u64_get(map, key);
	count_fail_from(count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nbmap_u64_put(map, key, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_u64_set(map, key, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_u64_replace(map, key, present, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_u64_update(map, key, play, &script, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_u64_clear(map), -ENOMEM); /* an empty table is missing */
	ck_assert_uint_eq(count_fail_stop(count), 5);
	ck_assert_ptr_eq(seen, UNTOUCHED);
	ck_assert_uint_eq(nbmap_u64_count(map), 1);
	ck_assert_uint_eq(number_at(key), 10);
	count_value_free(made, count);
}
END_TEST

/* For removals the domain has places of its own. */
START_TEST(test_without_memory_removals_work)
{
	const uint64_t key = edge[_i];
	struct script script = {.key = key, .action = NBMAP_REMOVE};
	void *seen = UNTOUCHED;

	count_fail_from(count, COUNT_MEMORY, 1);
	put(key, 10);
	ck_assert_int_eq(nbmap_u64_del(map, key, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	put(key, 11);
	ck_assert_int_eq(nbmap_u64_del_if(map, key, nbmap_u64_get(map, key), &seen), 0);
	ck_assert_uint_eq(count_number(seen), 11);
	put(key, 12);
	ck_assert_int_eq(nbmap_u64_update(map, key, play, &script, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 12);
	ck_assert_uint_gt(count_fail_stop(count), 0);
	ck_assert_uint_eq(nbmap_u64_count(map), 0);
	ck_assert_uint_eq(stats().pending_objects, 3);
}
END_TEST

START_TEST(test_values_that_cannot_be_stored)
{
	const uint64_t key = edge[_i];
	void *present;

	put(key, 10);
	present = nbmap_u64_get(map, key);
	for (uintptr_t bad = 0; bad < 8; bad++) {
		int error = (void *)bad == nbmap_int(UINT64_MAX) ? -ERANGE : -EINVAL;

		ck_assert_int_eq(nbmap_u64_put(map, key, (void *)bad, NULL), error);
		ck_assert_int_eq(nbmap_u64_add(map, key, (void *)bad, NULL), error);
		ck_assert_int_eq(nbmap_u64_set(map, key, (void *)bad, NULL), error);
		ck_assert_int_eq(nbmap_u64_replace(map, key, present, (void *)bad, NULL), error);
	}
	ck_assert_int_eq(nbmap_u64_replace(map, key, NULL, present, NULL), -EINVAL);
	ck_assert_int_eq(nbmap_u64_del_if(map, key, NULL, NULL), -EINVAL);
	ck_assert_ptr_eq(nbmap_u64_get(map, key), present);
	ck_assert_uint_eq(nbmap_u64_count(map), 1);
}
END_TEST

/* ---- The edges among other keys ----------------------------------------- */

static void put_edges_and(uint64_t others)
{
	for (unsigned i = 0; i < EDGES; i++)
		put(edge[i], i + 1);
	for (uint64_t i = 0; i < others; i++)
		put(1000 + i, 1000 + i);
}

/* Walk the map: each edge once, each other key once. */
static void assert_walk_meets(uint64_t others)
{
	unsigned met[EDGES] = {0};
	uint64_t key, rest = 0;
	struct nbmap_iter iter;
	void *found;

	ck_assert_int_eq(nbmap_u64_iter_init(map, &iter), 0);
	while (nbmap_u64_iter_next(&iter, &key, &found)) {
		unsigned i = 0;

		while (i < EDGES && edge[i] != key)
			i++;
		crew_check(count_number(found) == (i < EDGES ? i + 1 : key));
		if (i < EDGES)
			met[i]++;
		else
			rest++;
	}
	for (unsigned i = 0; i < EDGES; i++)
		ck_assert_uint_eq(met[i], 1);
	ck_assert_uint_eq(rest, others);
}

START_TEST(test_edges_survive_migrations_and_are_walked)
{
	put_edges_and(0);
	assert_walk_meets(0);
	put_edges_and(3000);
	ck_assert_uint_gt(stats().migrations, 2);
	ck_assert_uint_eq(nbmap_u64_count(map), 3000 + EDGES);
	assert_walk_meets(3000);
	for (unsigned i = 0; i < EDGES; i++)
		ck_assert_uint_eq(number_at(edge[i]), i + 1);
	/* Values are left for destroy to free, those aside too. */
}
END_TEST

START_TEST(test_clear_takes_all_edges)
{
	put_edges_and(100);
	ck_assert_int_eq(nbmap_u64_clear(map), 0);
	ck_assert_uint_eq(nbmap_u64_count(map), 0);
	for (unsigned i = 0; i < EDGES; i++)
		ck_assert_ptr_null(nbmap_u64_get(map, edge[i]));
	nbmap_u64_leave(map);
	ck_assert_int_eq(nbmap_u64_barrier(map), 0);
	nbmap_u64_enter(map);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
	put_edges_and(0);
	assert_walk_meets(0);
}
END_TEST

START_TEST(test_dump_shows_the_keys_aside)
{
	char *text = NULL, line[64];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	put_edges_and(0);
	ck_assert_int_eq(nbmap_u64_dump(map, out), 0);
	fclose(out);
	for (unsigned i = 0; i < EDGES; i++) {
		snprintf(line, sizeof(line), "%s key %llu VALUE", i < EDGES - 2 ? "" : "aside",
			 (unsigned long long)edge[i]);
		ck_assert_msg(strstr(text, line) != NULL, "no line with \"%s\" in:\n%s", line, text);
	}
	free(text);
}
END_TEST

/* Shapes of keys that applications have: they must not crowd. */
START_TEST(test_regular_keys_spread)
{
	const uint64_t n = 2000;

	restart_with_integers();
	for (unsigned shift = 0; shift < 64; shift += 16) {
		for (uint64_t i = 0; i < n; i++)
			crew_check(!nbmap_u64_put(map, i << shift, nbmap_int(i), NULL));
		for (uint64_t i = 0; i < n; i++)
			crew_check(nbmap_int_of(nbmap_u64_get(map, i << shift)) == i);
		ck_assert_uint_eq(nbmap_u64_count(map), n);
		ck_assert_uint_le(stats().capacity, 16 * n);
		ck_assert_int_eq(nbmap_u64_clear(map), 0);
	}
}
END_TEST

/* ---- Values that are integers ------------------------------------------- */

START_TEST(test_integer_values)
{
	static const uint64_t numbers[] = {0, 1, 2, UINT32_MAX, NBMAP_INT_MAX - 1, NBMAP_INT_MAX};
	const size_t n = sizeof(numbers) / sizeof(*numbers);

	restart_with_integers();
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(nbmap_int_of(nbmap_int(numbers[i])), numbers[i]);
		ck_assert_int_eq(nbmap_u64_put(map, i, nbmap_int(numbers[i]), NULL), 0);
	}
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(nbmap_int_of(nbmap_u64_get(map, i)), numbers[i]);
	ck_assert_int_eq(nbmap_u64_put(map, 0, nbmap_int(NBMAP_INT_MAX + 1), NULL), -ERANGE);
	ck_assert_int_eq(nbmap_u64_put(map, 0, nbmap_int(UINT64_MAX), NULL), -ERANGE);
	ck_assert_uint_eq(nbmap_int_of(nbmap_u64_get(map, 0)), 0);
	ck_assert_int_eq(nbmap_u64_replace(map, 0, nbmap_int(0), nbmap_int(5), NULL), 0);
	ck_assert_int_eq(nbmap_u64_del_if(map, 0, nbmap_int(5), NULL), 0);
}
END_TEST

START_TEST(test_integers_and_pointers_mixed)
{
	uint64_t box = 0;
	void *seen;

	restart_with_integers();
	ck_assert_int_eq(nbmap_u64_put(map, 1, &box, NULL), 0);
	ck_assert_int_eq(nbmap_u64_put(map, 2, nbmap_int(2), NULL), 0);
	ck_assert_int_eq(nbmap_u64_put(map, 1, nbmap_int(1), &seen), 0);
	ck_assert_ptr_eq(seen, &box);
	ck_assert_int_eq(nbmap_u64_put(map, 2, &box, &seen), 0);
	ck_assert_ptr_eq(seen, nbmap_int(2));
	/* Nobody owns them: nothing waits. */
	ck_assert_uint_eq(stats().pending_objects, 0);
}
END_TEST

/* ---- Configuration ------------------------------------------------------ */

START_TEST(test_no_configuration_is_all_defaults)
{
	struct nbmap_u64 *plain;

	ck_assert_int_eq(nbmap_u64_new(&plain, NULL), 0);
	nbmap_u64_enter(plain);
	ck_assert_int_eq(nbmap_u64_put(plain, 1, nbmap_int(2), NULL), 0);
	ck_assert_ptr_eq(nbmap_u64_get(plain, 1), nbmap_int(2));
	nbmap_u64_leave(plain);
	/* Our own section is of the same flavour: out of that, too. */
	nbmap_u64_leave(map);
	ck_assert_int_eq(nbmap_u64_destroy(plain), 0);
	ck_assert_int_eq(nbmap_u64_destroy(NULL), 0);
	nbmap_u64_enter(map);
}
END_TEST

START_TEST(test_value_equal_is_used)
{
	void *twin = value(10);

	finish();
	type.value_equal = count_value_equal;
	begin();
	put(1, 10);
	ck_assert_int_eq(nbmap_u64_del_if(map, 1, twin, NULL), 0);
	count_value_free(twin, count);
}
END_TEST

START_TEST(test_waiting_inside_a_section_is_refused)
{
	put(1, 10);
	ck_assert_int_eq(nbmap_u64_barrier(map), -EDEADLK);
	ck_assert_int_eq(nbmap_u64_reclaim(map), -EDEADLK);
	ck_assert_int_eq(nbmap_u64_destroy(map), -EDEADLK);
	ck_assert_uint_eq(number_at(1), 10);
}
END_TEST

START_TEST(test_stats_and_capacity)
{
	ck_assert_uint_le(stats().bytes, 1024);
	finish();
	config.capacity = 3000;
	begin();
	for (uint64_t i = 0; i < 3000; i++)
		put(i, i);
	ck_assert_uint_eq(stats().migrations, 0);
	ck_assert_uint_eq(stats().entries, 3000);
}
END_TEST

/* ---- The mix ------------------------------------------------------------ */

static void assert_round_trip(const struct nb_keys *keys, uint64_t number)
{
	crew_check(nb_integer_of_word(keys, nb_key_of_integer(keys, number).word) == number);
	/* And the other way: every word has a key. */
	crew_check(nb_key_of_integer(keys, nb_integer_of_word(keys, number)).word == number);
}

START_TEST(test_the_mix_can_be_undone_for_every_seed)
{
	uint64_t random = test_random_stream(0);

	for (unsigned i = 0; i < 2000; i++) {
		const uint64_t seed = i < 64	? UINT64_C(1) << i
				      : i == 64 ? 0
				      : i == 65 ? UINT64_MAX
						: test_random(&random);
		const struct nb_keys keys = keys_of_seed(seed);

		for (unsigned k = 0; k < 2; k++) {
			crew_check(keys.multiplier[k] & 1);
			crew_check(keys.multiplier[k] * keys.inverse[k] == 1);
		}
		for (unsigned e = 0; e < EDGES; e++)
			assert_round_trip(&keys, edge[e]);
		for (unsigned n = 0; n < 20; n++)
			assert_round_trip(&keys, test_random(&random));
	}
}
END_TEST

START_TEST(test_the_mix_depends_on_the_seed)
{
	const struct nb_keys one = keys_of_seed(1), two = keys_of_seed(2);
	unsigned same = 0;

	for (uint64_t i = 0; i < 1000; i++)
		same += nb_key_of_integer(&one, i).word >> 32 == nb_key_of_integer(&two, i).word >> 32;
	ck_assert_uint_le(same, 1);
}
END_TEST

/* ---- Several threads ---------------------------------------------------- */

#define THREADS 4
#define OPERATIONS 4000

/* Every edge a counter: no addition may be lost. */
static int add_one(uint64_t key, void *current, void **made, void *arg)
{
	(void)key;
	(void)arg;
	*made = nbmap_int(current ? nbmap_int_of(current) + 1 : 1);
	return NBMAP_SET;
}

static void count_on_edges(struct crew_member *member)
{
	struct nbmap_u64 *counters = member->arg;

	for (unsigned i = 0; i < OPERATIONS; i++) {
		nbmap_u64_enter(counters);
		crew_check(!nbmap_u64_update(counters, edge[i % EDGES], add_one, NULL, NULL));
		/* Keys that come and go keep the tables changing. */
		crew_check(!nbmap_u64_put(counters, 1000 + test_random(&member->random) % 50, nbmap_int(1), NULL));
		(void)nbmap_u64_del(counters, 1000 + test_random(&member->random) % 50, NULL);
		nbmap_u64_leave(counters);
	}
}

START_TEST(test_threads_count_on_edges)
{
	restart_with_integers();
	nbmap_u64_leave(map);
	crew_run(NBMAP_BP, THREADS, count_on_edges, map);
	nbmap_u64_enter(map);
	for (unsigned i = 0; i < EDGES; i++)
		ck_assert_uint_eq(nbmap_int_of(nbmap_u64_get(map, edge[i])),
				  THREADS * (OPERATIONS / EDGES + (i < OPERATIONS % EDGES)));
}
END_TEST

static void work_at_random(struct crew_member *member)
{
	const struct subject *subject = member->arg;

	for (unsigned i = 0; i < OPERATIONS; i++) {
		subject_enter(subject);
		subject_random(subject, &member->random, 12, true);
		subject_leave(subject);
	}
}

START_TEST(test_threads_on_every_operation)
{
	struct nbmap_config base = {.domain = domain};
	struct subject subject;
	struct nbmap_iter iter;
	uint64_t key, entries = 0;
	uint32_t number;

	ck_assert_int_eq(subject_open(&subject, true, count, &base), 0);
	nbmap_u64_leave(map);
	crew_run(NBMAP_BP, THREADS, work_at_random, &subject);
	nbmap_u64_enter(map);
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	for (; subject_next(&subject, &iter, &key, &number); entries++)
		ck_assert_uint_eq(subject_get(&subject, key), number);
	ck_assert_uint_eq(subject_size(&subject), entries);
	nbmap_u64_leave(map);
	ck_assert_int_eq(subject_close(&subject), 0);
	nbmap_u64_enter(map);
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

static void add_edges(TCase *tcase)
{
	tcase_add_test(tcase, test_the_edges_are_different_keys);
	tcase_add_loop_test(tcase, test_put_get_del, 0, EDGES);
	tcase_add_loop_test(tcase, test_add_set, 0, EDGES);
	tcase_add_loop_test(tcase, test_replace_del_if, 0, EDGES);
	tcase_add_loop_test(tcase, test_update, 0, EDGES);
	tcase_add_loop_test(tcase, test_without_memory_nothing_is_overwritten, 0, EDGES);
	tcase_add_loop_test(tcase, test_without_memory_removals_work, 0, EDGES);
	tcase_add_loop_test(tcase, test_values_that_cannot_be_stored, 0, EDGES);
	tcase_add_test(tcase, test_edges_survive_migrations_and_are_walked);
	tcase_add_test(tcase, test_clear_takes_all_edges);
	tcase_add_test(tcase, test_dump_shows_the_keys_aside);
	tcase_add_test(tcase, test_regular_keys_spread);
}

static void add_rest(TCase *tcase)
{
	tcase_add_test(tcase, test_integer_values);
	tcase_add_test(tcase, test_integers_and_pointers_mixed);
	tcase_add_test(tcase, test_no_configuration_is_all_defaults);
	tcase_add_test(tcase, test_value_equal_is_used);
	tcase_add_test(tcase, test_waiting_inside_a_section_is_refused);
	tcase_add_test(tcase, test_stats_and_capacity);
	tcase_add_test(tcase, test_the_mix_can_be_undone_for_every_seed);
	tcase_add_test(tcase, test_the_mix_depends_on_the_seed);
	tcase_add_test(tcase, test_threads_count_on_edges);
	tcase_add_test(tcase, test_threads_on_every_operation);
}

int main(void)
{
	Suite *suite = suite_create("u64");

	add_edges(test_group(suite, "edges", setup, teardown));
	add_rest(test_group(suite, "rest", setup, teardown));
	return test_run(suite);
}
