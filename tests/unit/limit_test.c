/*
 * limit: garbage that has come to a limit of its domain, of objects or of bytes,
 * because a reader stays in its section.
 *
 * Both kinds of key, all flavours, the domain's threads at work.
 *
 *   storing       is refused, with nothing changed; values are counted with the
 *                 size their type says, so that memory stays near the limit
 *   removing      goes on: a cache can make room; so does a clear
 *   on_limit      is told, in the thread that was about to be refused, never
 *                 within itself, and may use the map
 *   afterwards    when the reader has left all is as before
 */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "map.h"
#include "nbmap.h"
#include "pin.h"
#include "run.h"
#include "subject.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define LIMITS 2 /* of objects, of bytes */
#define LIMIT_OBJECTS 300
#define LIMIT_BYTES 400000u
/* By so much a thread may pass them: limits are looked at by the batch. */
#define SLACK_OBJECTS 256
#define SLACK_BYTES (64u * 1024 + 2000)
#define ENTRIES 100

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static struct pin pin;
static bool of_bytes;

static struct nbmap_domain_stats stats(void)
{
	struct nbmap_domain_stats now;

	nbmap_domain_stats(domain, &now);
	return now;
}

/* `turn`: kind of limit, flavour, kind of key. */
static void begin(int turn, struct nbmap_domain_config config)
{
	const struct nbmap_type sizes = {.value_size = count_value_size};
	struct nbmap_config base = {.type = &sizes, .capacity = 4 * ENTRIES};

	of_bytes = turn / CASES;
	config.flavor = base.flavor = (enum nbmap_flavor)(turn % CASES / KINDS);
	config.limit_objects = of_bytes ? 0 : LIMIT_OBJECTS;
	config.limit_bytes = of_bytes ? LIMIT_BYTES : 0;
	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	base.domain = domain;
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	flavor_register(base.flavor);
	subject_enter(&subject);
	subject_put_range(&subject, 0, ENTRIES);
	subject_leave(&subject);
	pin_begin(&pin, domain, base.flavor);
}

static void finish(void)
{
	pin_end(&pin);
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

/* A section for each; the value is of some thousand bytes, as its type says. */
static int put(uint64_t id, uint32_t number)
{
	int error;

	subject_enter(&subject);
	error = subject_put(&subject, id, number);
	subject_leave(&subject);
	return error;
}

static uint32_t get(uint64_t id)
{
	uint32_t number;

	subject_enter(&subject);
	number = subject_get(&subject, id);
	subject_leave(&subject);
	return number;
}

/* Overwrite until it is refused; what waits is then about the limit, plus what `removals` may have added. */
static void fill(uint64_t removals)
{
	const struct nbmap_domain_stats before = stats();
	int error = 0;

	for (uint32_t i = 1; !error; i++) {
		crew_check(i < 10 * LIMIT_OBJECTS);
		error = put(i % ENTRIES, i);
	}
	ck_assert_int_eq(error, -ENOBUFS);
	if (of_bytes) {
		ck_assert_uint_ge(stats().pending_bytes, LIMIT_BYTES);
		ck_assert_uint_le(stats().pending_bytes, LIMIT_BYTES + SLACK_BYTES + removals * COUNT_VALUE_SIZE(96));
		/* Nothing that is alive is neither in the map nor on the account. */
		ck_assert_uint_le(count_sizes(count, COUNT_VALUES),
				  stats().pending_bytes + SLACK_BYTES + ENTRIES * COUNT_VALUE_SIZE(96));
	} else {
		ck_assert_uint_ge(stats().pending_objects, LIMIT_OBJECTS);
		ck_assert_uint_le(stats().pending_objects, LIMIT_OBJECTS + SLACK_OBJECTS + removals);
	}
	ck_assert_uint_eq(stats().freed_objects, before.freed_objects);
}

/* The reader leaves: what waited is freed, and all is as ever. */
static void release_and_recover(void)
{
	pin_release(&pin);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(stats().pending_objects, 0);
	ck_assert_uint_eq(stats().pending_bytes, 0);
	ck_assert_int_eq(put(1, 71), 0);
	ck_assert_int_eq(put(1, 72), 0);
	ck_assert_uint_eq(get(1), 72);
}

/* ---- Refused, and not --------------------------------------------------- */

START_TEST(test_overwriting_is_refused)
{
	uint32_t before[ENTRIES];

	begin(_i, (struct nbmap_domain_config){.flags = 0});
	fill(0);
	for (uint64_t id = 0; id < ENTRIES; id++)
		before[id] = get(id);
	subject_enter(&subject);
	for (uint64_t id = 0; id < ENTRIES; id++) {
		crew_check(subject_put(&subject, id, 7) == -ENOBUFS);
		crew_check(subject_update(&subject, id) == -ENOBUFS);
		crew_check(subject_get(&subject, id) == before[id]);
	}
	ck_assert_uint_eq(subject_size(&subject), ENTRIES);
	/* What overwrites nothing is, too: somebody may remove it, and is not refused. */
	ck_assert_int_eq(subject_put(&subject, ENTRIES, 1), -ENOBUFS);
	ck_assert_int_eq(subject_del(&subject, 3), 0);
	ck_assert_int_eq(subject_put(&subject, 3, 1), -ENOBUFS);
	if (subject.integers)
		for (uint64_t word = NB_KEY_EMPTY; word <= NB_KEY_CLOSED; word++) {
			uint64_t aside = nb_integer_of_word(&subject_core(&subject)->keys, word);

			ck_assert_int_eq(subject_put(&subject, aside, 1), -ENOBUFS);
		}
	ck_assert_uint_eq(subject_size(&subject), ENTRIES - 1);
	subject_leave(&subject);
	release_and_recover();
	finish();
}
END_TEST

START_TEST(test_removing_and_clearing_go_on)
{
	begin(_i, (struct nbmap_domain_config){.flags = 0});
	fill(0);
	subject_enter(&subject);
	for (uint64_t id = 0; id < ENTRIES; id += 2)
		crew_check(!subject_del(&subject, id));
	ck_assert_uint_eq(subject_size(&subject), ENTRIES / 2);
	for (uint64_t id = 0; id < ENTRIES; id++)
		crew_check(!subject_get(&subject, id) == !(id % 2));
	ck_assert_int_eq(subject_clear(&subject), 0);
	ck_assert_uint_eq(subject_size(&subject), 0);
	subject_leave(&subject);
	/* Nothing was freed under the reader, nor forgotten. */
	ck_assert_uint_ge(count_alive(count, COUNT_VALUES), stats().pending_objects - 1);
	release_and_recover();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 2 - 1 + stats().pending_objects);
	finish();
}
END_TEST

/* Removals add what they remove, and open no door for what is refused. */
START_TEST(test_a_removal_admits_nothing_else)
{
	uint64_t removals = 0;

	begin(_i, (struct nbmap_domain_config){.flags = 0});
	fill(0);
	for (; removals < 200; removals++) {
		subject_enter(&subject);
		if (removals < ENTRIES)
			crew_check(!subject_del(&subject, removals));
		subject_leave(&subject);
		for (uint64_t id = 1; id < 20; id++)
			(void)put(id, 2);
	}
	fill(ENTRIES);
	release_and_recover();
	finish();
}
END_TEST

/* One who puts and removes in turn, with one key, or ever fresh ones, or clears. */
START_TEST(test_no_way_round)
{
	unsigned refused = 0;

	begin(_i, (struct nbmap_domain_config){.flags = 0});
	for (uint64_t i = 0; i < 20 * LIMIT_OBJECTS; i++) {
		uint64_t id = i % 3 == 0 ? 7 : ENTRIES + i;

		subject_enter(&subject);
		if (subject_put(&subject, id, 1) == -ENOBUFS)
			refused++;
		else
			crew_check(i % 5 == 0 ? !subject_clear(&subject) : !subject_del(&subject, id));
		subject_leave(&subject);
	}
	ck_assert_uint_gt(refused, 20 * LIMIT_OBJECTS / 2);
	if (of_bytes)
		ck_assert_uint_le(stats().pending_bytes, LIMIT_BYTES + SLACK_BYTES);
	else
		ck_assert_uint_le(stats().pending_objects, LIMIT_OBJECTS + SLACK_OBJECTS);
	release_and_recover();
	finish();
}
END_TEST

/* A cache: what does not fit makes room first, and goes in when the reader has left. */
START_TEST(test_a_cache_makes_room)
{
	int error;

	begin(_i, (struct nbmap_domain_config){.flags = 0});
	fill(0);
	subject_enter(&subject);
	crew_check(!subject_del(&subject, 5));
	crew_check(subject_put(&subject, ENTRIES + 5, 5) == -ENOBUFS);
	ck_assert_uint_eq(subject_size(&subject), ENTRIES - 1);
	subject_leave(&subject);
	pin_release(&pin);
	/* No waiting call: the domain's threads free it, sooner or later. */
	while ((error = put(ENTRIES + 5, 5)) == -ENOBUFS)
		sched_yield();
	ck_assert_int_eq(error, 0);
	while ((error = put(6, 66)) == -ENOBUFS)
		sched_yield();
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(get(6), 66);
	ck_assert_uint_eq(get(5), 0);
	ck_assert_uint_eq(get(ENTRIES + 5), 5);
	release_and_recover();
	finish();
}
END_TEST

/* ---- on_limit ----------------------------------------------------------- */

#define WRITERS 3

static _Atomic unsigned calls, refused, removed;
static _Thread_local bool within;

static void make_room(const struct nbmap_domain_stats *of, void *arg)
{
	struct nbmap_iter iter;
	uint32_t number;
	uint64_t id;
	int error;

	crew_check(arg == &subject && !within);
	crew_check(of_bytes ? of->pending_bytes >= LIMIT_BYTES : of->pending_objects >= LIMIT_OBJECTS);
	within = true;
	calls++;
	/* Refused as others are, unless there is room in a batch; and without a word to itself. */
	error = subject_put(&subject, 2, 9);
	crew_check(!error || error == -ENOBUFS);
	refused += error != 0;
	crew_check(!subject_walk(&subject, &iter));
	while (subject_next(&subject, &iter, &id, &number))
		if (id % 10 == 7 && !subject_del(&subject, id))
			removed++;
	(void)subject_get(&subject, 7);
	within = false;
}

static void write_at_the_limit(struct crew_member *member)
{
	for (uint32_t i = 0; i < 2 * LIMIT_OBJECTS; i++)
		(void)put(test_random(&member->random) % 7, i + 1);
}

START_TEST(test_on_limit_may_use_the_map)
{
	calls = refused = removed = 0;
	begin(_i, (struct nbmap_domain_config){.on_limit = make_room, .arg = &subject});
	/* From within a removal nobody is told. */
	subject_enter(&subject);
	crew_check(!subject_del(&subject, 99));
	subject_leave(&subject);
	ck_assert_uint_eq(calls, 0);
	crew_run(subject.flavor, WRITERS, write_at_the_limit, NULL);
	ck_assert_uint_ge(calls, WRITERS);
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_eq(removed, ENTRIES / 10);
	for (uint64_t id = 0; id < ENTRIES - 1; id++)
		ck_assert(!get(id) == (id % 10 == 7));
	release_and_recover();
	finish();
}
END_TEST

START_TEST(test_a_limit_that_is_only_reported)
{
	begin(_i, (struct nbmap_domain_config){.flags = NBMAP_LIMIT_REPORTS_ONLY});
	for (uint32_t i = 0; i < 5 * LIMIT_OBJECTS; i++)
		crew_check(!put(i % ENTRIES, i + 1));
	ck_assert_uint_eq(stats().pending_objects, 5 * LIMIT_OBJECTS);
	release_and_recover();
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limit");
	TCase *tcase = tcase_create("limit");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_overwriting_is_refused, 0, LIMITS * CASES);
	tcase_add_loop_test(tcase, test_removing_and_clearing_go_on, 0, LIMITS * CASES);
	tcase_add_loop_test(tcase, test_a_removal_admits_nothing_else, 0, LIMITS * CASES);
	tcase_add_loop_test(tcase, test_no_way_round, 0, LIMITS * CASES);
	tcase_add_loop_test(tcase, test_a_cache_makes_room, 0, LIMITS * CASES);
	tcase_add_loop_test(tcase, test_on_limit_may_use_the_map, 0, LIMITS * CASES);
	tcase_add_loop_test(tcase, test_a_limit_that_is_only_reported, 0, LIMITS * CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
