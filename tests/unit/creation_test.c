/*
 * creation: get_or_add: who creates, what is stored, and who frees the rest.
 *
 *   present     nothing is created, nothing allocated, also in the midst of a migration
 *   absent      one creation a call; one value is stored, and all receive that one
 *   lost        what was created is discarded before the call returns
 *   refused     the same
 *
 * For both kinds of key, with a value_free and without, in all flavours.  Values are
 * never freed in fact: a second time is seen, not suffered.
 */
#include <check.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "either.h"
#include "flavor_thread.h"
#include "map.h"
#include "nbmap.h"
#include "run.h"

#define KINDS 2
#define OWNERS 2
#define CASES (FLAVORS * KINDS * OWNERS)
#define LIMIT 512

/* ---- The map ------------------------------------------------------------ */

static struct either map;
static bool owns;

/* A value: who made it, and how often it was freed. */
struct box {
	_Alignas(16) uint64_t number;
	_Atomic unsigned freed;
};

static void free_box(void *value, void *arg)
{
	(void)arg;
	((struct box *)value)->freed++;
}

#define CALL(id, name, ...)                                                                                            \
	(map.integer ? nbmap_u64_##name(map.integers, (id), __VA_ARGS__)                                               \
		     : nbmap_##name(map.objects, &(const struct count_key){COUNT_KEY_MARK, (id), (id)}, __VA_ARGS__))

static void *get(uint64_t id)
{
	return either_get(&map, id);
}

/* _i: flavour, value_free or not, kind of key. */
static void begin(int turn, unsigned flags)
{
	const struct nbmap_domain_config config = {
		.flavor = (enum nbmap_flavor)(turn / KINDS / OWNERS), .flags = flags, .limit_objects = LIMIT};

	owns = turn / KINDS % OWNERS;
	either_open(&map, turn % KINDS, &config, owns ? free_box : NULL);
}

static void finish(void)
{
	either_close(&map);
}

/* ---- Creators ----------------------------------------------------------- */

/* What one does, and what became of it. */
struct creator {
	uint64_t id;
	void *makes;
	void (*meanwhile)(struct creator *creator);
	struct box *others;
	unsigned calls;
};

static void *create(struct creator *creator)
{
	creator->calls++;
	if (creator->meanwhile)
		creator->meanwhile(creator);
	return creator->makes;
}

static void *create_for_object(const void *key, void *arg)
{
	crew_check(((const struct count_key *)key)->id == ((struct creator *)arg)->id);
	return create(arg);
}

static void *create_for_integer(uint64_t key, void *arg)
{
	crew_check(key == ((struct creator *)arg)->id);
	return create(arg);
}

static int get_or_add(struct creator *creator, void **value)
{
	const struct count_key key = count_key(creator->id);

	return map.integer ? nbmap_u64_get_or_add(map.integers, creator->id, create_for_integer, creator, value)
			   : nbmap_get_or_add(map.objects, &key, create_for_object, creator, value);
}

static void put_others(struct creator *creator)
{
	either_interfere(&map, NB_PUT, creator->id, creator->others);
}

static void put_and_remove_others(struct creator *creator)
{
	either_interfere(&map, NB_PUT, creator->id, creator->others);
	either_interfere(&map, NB_DEL, creator->id, NULL);
}

static void come_to_the_limit(struct creator *creator)
{
	static struct box garbage;
	int error = 0;

	(void)creator;
	for (unsigned i = 0; !error; i++) {
		crew_check(i < 10 * LIMIT);
		error = nbmap_domain_retire(map.domain, &garbage, free_box, NULL);
	}
	crew_check(error == -ENOBUFS);
}

static void come_to_the_end_of_memory(struct creator *creator)
{
	(void)creator;
	count_fail_from(map.count, COUNT_ALL, 1);
}

/* ---- One thread --------------------------------------------------------- */

#define UNTOUCHED ((void *)&map.core)

START_TEST(test_absent_is_created_once)
{
	struct box mine = {.number = 1}, others = {.number = 2};
	struct creator first = {.id = 7, .makes = &mine}, second = {.id = 7, .makes = &others};
	void *value = UNTOUCHED;

	begin(_i, NBMAP_NO_THREAD);
	ck_assert_int_eq(get_or_add(&first, &value), 0);
	ck_assert_ptr_eq(value, &mine);
	ck_assert_uint_eq(first.calls, 1);
	ck_assert_ptr_eq(get(7), &mine);
	ck_assert_uint_eq(EITHER_WHOLE(&map, count), 1);
	value = UNTOUCHED;
	ck_assert_int_eq(get_or_add(&second, &value), 0);
	ck_assert_ptr_eq(value, &mine);
	ck_assert_uint_eq(second.calls, 0);
	/* Nobody need ask for the value. */
	ck_assert_int_eq(get_or_add(&second, NULL), 0);
	/* A tombstone is an absence. */
	ck_assert_int_eq(CALL(7, del, NULL), 0);
	ck_assert_int_eq(get_or_add(&second, NULL), 0);
	ck_assert_uint_eq(second.calls, 1);
	ck_assert_ptr_eq(get(7), &others);
	finish();
	ck_assert_uint_eq(mine.freed, owns);
	ck_assert_uint_eq(others.freed, owns);
}
END_TEST

/* Present keys need no memory, whatever state the tables are in. */
START_TEST(test_present_allocates_nothing)
{
	enum { MANY = 200 };
	static struct box boxes[MANY];

	begin(_i, NBMAP_NO_THREAD);
	for (uint64_t id = 0; id < MANY; id++) {
		ck_assert_int_eq(CALL(id, put, &boxes[id], NULL), 0);
		count_fail_from(map.count, COUNT_ALL, 1);
		for (uint64_t other = 0; other <= id; other++) {
			struct creator creator = {.id = other};
			void *value = NULL;

			crew_check(!get_or_add(&creator, &value));
			crew_check(value == &boxes[other] && !creator.calls);
		}
		ck_assert_uint_eq(count_attempts(map.count), 0);
		count_fail_stop(map.count);
	}
	finish();
}
END_TEST

START_TEST(test_the_loser_receives_what_was_stored)
{
	struct box mine = {.number = 1}, others = {.number = 2};
	struct creator creator = {.id = 7, .makes = &mine, .meanwhile = put_others, .others = &others};
	void *value = UNTOUCHED;

	begin(_i, NBMAP_NO_THREAD);
	ck_assert_int_eq(get_or_add(&creator, &value), 0);
	ck_assert_ptr_eq(value, &others);
	ck_assert_uint_eq(creator.calls, 1);
	/* At once; or it is the caller's. */
	ck_assert_uint_eq(mine.freed, owns);
	ck_assert_ptr_eq(get(7), &others);
	finish();
	ck_assert_uint_eq(mine.freed, owns);
	ck_assert_uint_eq(others.freed, owns);
}
END_TEST

START_TEST(test_what_came_and_went_meanwhile_is_no_loss)
{
	struct box mine = {.number = 1}, others = {.number = 2};
	struct creator creator = {.id = 7, .makes = &mine, .meanwhile = put_and_remove_others, .others = &others};
	void *value = UNTOUCHED;

	begin(_i, NBMAP_NO_THREAD);
	ck_assert_int_eq(get_or_add(&creator, &value), 0);
	ck_assert_ptr_eq(value, &mine);
	ck_assert_uint_eq(creator.calls, 1);
	ck_assert_uint_eq(mine.freed, 0);
	finish();
	ck_assert_uint_eq(mine.freed, owns);
}
END_TEST

/* The very value that another has stored meanwhile is not discarded. */
START_TEST(test_what_is_there_is_not_discarded)
{
	struct box mine = {.number = 1};
	struct creator creator = {.id = 7, .makes = &mine, .meanwhile = put_others, .others = &mine};
	void *value = UNTOUCHED;

	begin(_i, NBMAP_NO_THREAD);
	ck_assert_int_eq(get_or_add(&creator, &value), 0);
	ck_assert_ptr_eq(value, &mine);
	ck_assert_uint_eq(mine.freed, 0);
	finish();
	ck_assert_uint_eq(mine.freed, owns);
}
END_TEST

/* ---- Refused ------------------------------------------------------------ */

static void assert_refused(struct creator *creator, int error, unsigned calls)
{
	void *value = UNTOUCHED;

	ck_assert_int_eq(get_or_add(creator, &value), error);
	ck_assert_ptr_eq(value, UNTOUCHED);
	ck_assert_uint_eq(creator->calls, calls);
	ck_assert_uint_eq(EITHER_WHOLE(&map, count), 0);
	ck_assert_ptr_null(get(creator->id));
}

START_TEST(test_what_cannot_be_stored)
{
	static const uintptr_t bad[] = {2, 4, 9, 1};
	struct creator creator = {.id = 7};

	begin(_i, NBMAP_NO_THREAD);
	assert_refused(&creator, -ENOMEM, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		creator = (struct creator){.id = 7, .makes = (void *)bad[i]};
		/* value_free, if asked, would read it. */
		assert_refused(&creator, bad[i] == 1 ? -ERANGE : -EINVAL, 1);
	}
	finish();
}
END_TEST

START_TEST(test_missing_arguments)
{
	struct creator creator = {.id = 7};
	void *value = UNTOUCHED;

	begin(_i, NBMAP_NO_THREAD);
	ck_assert_int_eq(CALL(7, get_or_add, NULL, &creator, &value), -EINVAL);
	if (!map.integer)
		ck_assert_int_eq(nbmap_get_or_add(map.objects, NULL, create_for_object, &creator, &value), -EINVAL);
	ck_assert_ptr_eq(value, UNTOUCHED);
	ck_assert_uint_eq(creator.calls, 0);
	finish();
}
END_TEST

START_TEST(test_at_the_limit)
{
	struct box mine = {.number = 1};
	struct creator creator = {.id = 7, .makes = &mine, .meanwhile = come_to_the_limit};

	begin(_i, NBMAP_NO_THREAD);
	assert_refused(&creator, -ENOBUFS, 1);
	ck_assert_uint_eq(mine.freed, owns);
	finish();
	ck_assert_uint_eq(mine.freed, owns);
}
END_TEST

START_TEST(test_no_memory_for_the_key)
{
	struct box mine = {.number = 1};
	struct creator creator = {.id = 7, .makes = &mine, .meanwhile = come_to_the_end_of_memory};

	begin(_i, NBMAP_NO_THREAD);
	/* An integer needs none. */
	if (!map.integer) {
		assert_refused(&creator, -ENOMEM, 1);
		ck_assert_uint_gt(count_fail_stop(map.count), 0);
		ck_assert_uint_eq(mine.freed, owns);
	}
	finish();
}
END_TEST

/* ---- Several threads ---------------------------------------------------- */

#define THREADS 8
#define KEYS 400

static struct box boxes[THREADS][KEYS];
static void *received[THREADS][KEYS];
static unsigned created[THREADS];

static void get_or_add_all(struct crew_member *member)
{
	for (uint64_t i = 0; i < KEYS; i++) {
		struct creator creator = {.id = i, .makes = &boxes[member->index][i]};

		nbmap_domain_enter(map.domain);
		crew_check(!get_or_add(&creator, &received[member->index][i]));
		created[member->index] += creator.calls;
		nbmap_domain_leave(map.domain);
		flavor_quiescent(member->flavor);
	}
}

/* Of all who create for a key, one's value is stored. */
START_TEST(test_one_creator)
{
	uint64_t stored = 0, freed = 0, made = 0;

	memset(boxes, 0, sizeof(boxes));
	memset(created, 0, sizeof(created));
	begin(_i, 0);
	nbmap_domain_leave(map.domain);
	crew_run(map.flavor, THREADS, get_or_add_all, NULL);
	nbmap_domain_enter(map.domain);
	ck_assert_uint_eq(EITHER_WHOLE(&map, count), KEYS);
	for (uint64_t i = 0; i < KEYS; i++)
		for (unsigned t = 0; t < THREADS; t++) {
			crew_check(received[t][i] == get(i));
			stored += received[t][i] == &boxes[t][i];
			freed += boxes[t][i].freed;
		}
	for (unsigned t = 0; t < THREADS; t++)
		made += created[t];
	ck_assert_uint_eq(stored, KEYS);
	ck_assert_uint_eq(freed, owns ? made - KEYS : 0);
	finish();
	for (uint64_t i = 0; i < KEYS; i++)
		for (unsigned t = 0; t < THREADS; t++)
			crew_check(boxes[t][i].freed <= owns);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("creation");
	TCase *tcase = tcase_create("creation");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_absent_is_created_once, 0, CASES);
	tcase_add_loop_test(tcase, test_present_allocates_nothing, 0, KINDS * OWNERS);
	tcase_add_loop_test(tcase, test_the_loser_receives_what_was_stored, 0, CASES);
	tcase_add_loop_test(tcase, test_what_came_and_went_meanwhile_is_no_loss, 0, CASES);
	tcase_add_loop_test(tcase, test_what_is_there_is_not_discarded, 0, CASES);
	tcase_add_loop_test(tcase, test_what_cannot_be_stored, 0, CASES);
	tcase_add_loop_test(tcase, test_missing_arguments, 0, KINDS * OWNERS);
	tcase_add_loop_test(tcase, test_at_the_limit, 0, CASES);
	tcase_add_loop_test(tcase, test_no_memory_for_the_key, 0, KINDS * OWNERS);
	tcase_add_loop_test(tcase, test_one_creator, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
