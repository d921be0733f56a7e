/*
 * flavor_thread: see flavor_thread.h.
 */
#include "flavor_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <urcu/urcu-bp.h>
#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

#include "flavor.h"
#include "map.h"

#define MAX_CREW 16

const char *flavor_name(enum nbmap_flavor flavor)
{
	static const char *const names[FLAVORS] = {"bp", "qsbr", "memb", "mb"};

	return names[flavor];
}

/* ---- The calling thread's duties ---------------------------------------- */

void flavor_register(enum nbmap_flavor flavor)
{
	switch (flavor) {
	case NBMAP_QSBR:
		urcu_qsbr_register_thread();
		break;
	case NBMAP_MEMB:
		urcu_memb_register_thread();
		break;
	case NBMAP_MB:
		urcu_mb_register_thread();
		break;
	case NBMAP_BP:
		break;
	}
}

void flavor_unregister(enum nbmap_flavor flavor)
{
	nbr_tsan_section_ends((enum nbr_flavor)flavor);
	switch (flavor) {
	case NBMAP_QSBR:
		urcu_qsbr_unregister_thread();
		break;
	case NBMAP_MEMB:
		urcu_memb_unregister_thread();
		break;
	case NBMAP_MB:
		urcu_mb_unregister_thread();
		break;
	case NBMAP_BP:
		break;
	}
}

void flavor_quiescent(enum nbmap_flavor flavor)
{
	if (flavor != NBMAP_QSBR)
		return;
	nbr_tsan_section_ends(NBR_QSBR);
	urcu_qsbr_quiescent_state();
}

void flavor_offline(enum nbmap_flavor flavor)
{
	if (flavor != NBMAP_QSBR)
		return;
	nbr_tsan_section_ends(NBR_QSBR);
	urcu_qsbr_thread_offline();
}

void flavor_online(enum nbmap_flavor flavor)
{
	if (flavor == NBMAP_QSBR)
		urcu_qsbr_thread_online();
}

/* ---- The run, and its random numbers ------------------------------------ */

int test_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	/* Before Check forks, so that all tests have the same one. */
	printf("to see this run again: NBMAP_SEED=%llu\n", (unsigned long long)test_seed());
	fflush(stdout);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

uint64_t test_seed(void)
{
	static uint64_t seed;
	static bool drawn; /* by test_run(), before there are threads */

	if (!drawn) {
		const char *given = getenv("NBMAP_SEED");
		struct timespec now;

		clock_gettime(CLOCK_REALTIME, &now);
		seed = given ? strtoull(given, NULL, 0) : (uint64_t)now.tv_nsec << 20 ^ (uint64_t)now.tv_sec;
		drawn = true;
	}
	return seed;
}

uint64_t test_random_stream(uint64_t stream)
{
	return test_seed() + stream * UINT64_C(0xd1342543de82ef95);
}

/* SplitMix64 (Steele, Lea, Flood 2014): any state is a good one. */
uint64_t test_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* ---- Several threads at once -------------------------------------------- */

struct starter {
	struct crew_member member;
	void (*work)(struct crew_member *member);
	pthread_barrier_t *together;
};

static void *crew_main(void *arg)
{
	struct starter *starter = arg;

	/* Before registering: an online QSBR thread must not sleep. */
	pthread_barrier_wait(starter->together);
	flavor_register(starter->member.flavor);
	starter->work(&starter->member);
	flavor_unregister(starter->member.flavor);
	return NULL;
}

void crew_run(enum nbmap_flavor flavor, unsigned threads, void (*work)(struct crew_member *member), void *arg)
{
	bool online = flavor == NBMAP_QSBR && urcu_qsbr_read_ongoing();
	struct starter starters[MAX_CREW];
	pthread_t ids[MAX_CREW];
	pthread_barrier_t together;

	if (threads > MAX_CREW || pthread_barrier_init(&together, NULL, threads))
		abort();
	for (unsigned i = 0; i < threads; i++) {
		starters[i] = (struct starter){{flavor, i, test_random_stream(i + 1), arg}, work, &together};
		if (pthread_create(&ids[i], NULL, crew_main, &starters[i]))
			abort();
	}
	if (online)
		flavor_offline(flavor);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	if (online)
		flavor_online(flavor);
	pthread_barrier_destroy(&together);
}

_Noreturn void crew_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: not so: %s\nto see this run again: NBMAP_SEED=%llu\n", file, line, condition,
		(unsigned long long)test_seed());
	abort();
}

/* ---- The map under test ------------------------------------------------- */

int subject_open(struct subject *subject, bool integer, struct count *count, const struct nbmap_config *base)
{
	struct nbmap_type type = integer ? count_value_type() : count_type();
	struct nbmap_allocator allocator = count_allocator(count);
	struct nbmap_config config = base ? *base : (struct nbmap_config){.type = NULL};

	config.type = &type;
	config.arg = count;
	config.allocator = &allocator;
	*subject = (struct subject){.flavor = config.flavor, .integer = integer, .count = count};
	return integer ? nbmap_u64_new(&subject->integers, &config) : nbmap_new(&subject->objects, &config);
}

int subject_close(struct subject *subject)
{
	return subject->integer ? nbmap_u64_destroy(subject->integers) : nbmap_destroy(subject->objects);
}

struct nb_map *subject_core(const struct subject *subject)
{
	return subject->integer ? &subject->integers->map : &subject->objects->map;
}

void subject_enter(const struct subject *subject)
{
	if (subject->integer)
		nbmap_u64_enter(subject->integers);
	else
		nbmap_enter(subject->objects);
}

void subject_leave(const struct subject *subject)
{
	if (subject->integer)
		nbmap_u64_leave(subject->integers);
	else
		nbmap_leave(subject->objects);
	flavor_quiescent(subject->flavor);
}

int subject_barrier(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_barrier(subject->integers) : nbmap_barrier(subject->objects);
}

int subject_clear(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_clear(subject->integers) : nbmap_clear(subject->objects);
}

size_t subject_size(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_count(subject->integers) : nbmap_count(subject->objects);
}

void subject_stats(const struct subject *subject, struct nbmap_stats *stats)
{
	if (subject->integer)
		nbmap_u64_stats(subject->integers, stats);
	else
		nbmap_stats(subject->objects, stats);
}

/* ---- Its values --------------------------------------------------------- */

/* A value's number is its key's and its own, side by side. */
static void *value_new(const struct subject *subject, uint64_t id, uint32_t number)
{
	return count_value(subject->count, id << 32 | number);
}

/* The value's own number; it must be alive and the key's. */
static uint32_t number_of(uint64_t id, const void *value)
{
	uint64_t number;

	if (!value)
		return 0;
	number = count_number(value);
	crew_check(number >> 32 == id);
	return (uint32_t)number;
}

static void value_unused(const struct subject *subject, void *value)
{
	if (value)
		count_value_free(value, subject->count);
}

/* ---- Its operations, one function for two kinds ------------------------- */

/* nbmap_NAME() or nbmap_u64_NAME() of the key `id`. */
#define CALL_0(subject, id, name)                                                                                      \
	((subject)->integer ? nbmap_u64_##name((subject)->integers, (id))                                              \
			    : nbmap_##name((subject)->objects, &(const struct count_key){COUNT_KEY_MARK, (id), (id)}))
#define CALL(subject, id, name, ...)                                                                                   \
	((subject)->integer ? nbmap_u64_##name((subject)->integers, (id), __VA_ARGS__)                                 \
			    : nbmap_##name((subject)->objects, &(const struct count_key){COUNT_KEY_MARK, (id), (id)},  \
					   __VA_ARGS__))

int subject_put(const struct subject *subject, uint64_t id, uint32_t number)
{
	void *value = value_new(subject, id, number);
	int error = value ? CALL(subject, id, put, value, NULL) : -ENOMEM;

	if (error)
		value_unused(subject, value);
	return error;
}

uint32_t subject_get(const struct subject *subject, uint64_t id)
{
	return number_of(id, CALL_0(subject, id, get));
}

int subject_del(const struct subject *subject, uint64_t id)
{
	void *seen = NULL;
	int error = CALL(subject, id, del, &seen);

	number_of(id, seen);
	return error;
}

static int increment(const struct subject *subject, uint64_t id, const void *current, void **value)
{
	uint32_t number = number_of(id, current) + 1;
	void *made;

	/* A lost attempt's value, if it happens to be the one needed; else the map frees it. */
	if (*value && number_of(id, *value) == number)
		return NBMAP_SET;
	made = value_new(subject, id, number);
	if (!made)
		return -ENOMEM;
	*value = made;
	return NBMAP_SET;
}

static int increment_object(const void *key, void *current, void **value, void *subject)
{
	return increment(subject, ((const struct count_key *)key)->id, current, value);
}

static int increment_integer(uint64_t key, void *current, void **value, void *subject)
{
	return increment(subject, key, current, value);
}

int subject_update(const struct subject *subject, uint64_t id)
{
	struct subject copy = *subject; /* not const: it goes through void * */
	struct count_key key = count_key(id);

	return subject->integer ? nbmap_u64_update(subject->integers, id, increment_integer, &copy, NULL)
				: nbmap_update(subject->objects, &key, increment_object, &copy, NULL);
}

int subject_walk(const struct subject *subject, struct nbmap_iter *iter)
{
	return subject->integer ? nbmap_u64_iter_init(subject->integers, iter)
				: nbmap_iter_init(subject->objects, iter);
}

bool subject_next(const struct subject *subject, struct nbmap_iter *iter, uint64_t *id, uint32_t *number)
{
	const void *key;
	void *value;

	if (subject->integer) {
		if (!nbmap_u64_iter_next(iter, id, &value))
			return false;
	} else {
		if (!nbmap_iter_next(iter, &key, &value))
			return false;
		crew_check(((const struct count_key *)key)->mark == COUNT_KEY_MARK);
		*id = ((const struct count_key *)key)->id;
	}
	*number = number_of(*id, value);
	return true;
}

/* ---- Any operation ------------------------------------------------------ */

/* A write that stores `value` or not, as its answer says. */
static void random_store(const struct subject *subject, unsigned verb, uint64_t id, void *value)
{
	void *seen = NULL;
	int result;

	if (verb == 0)
		result = CALL(subject, id, add, value, &seen);
	else if (verb == 1)
		result = CALL(subject, id, set, value, &seen);
	else
		result = CALL(subject, id, put, value, &seen);
	crew_check(result == 0 || (verb == 0 && result == -EEXIST) || (verb == 1 && result == -ENOENT));
	/* What was there belongs to another; so does what we stored, now. */
	crew_check(result == -EEXIST ? seen != NULL : result != -ENOENT || !seen);
	number_of(id, seen);
	if (result)
		value_unused(subject, value);
}

/* A write that applies if nobody changes the key between our get and it. */
static void random_conditional(const struct subject *subject, bool del, uint64_t id, void *value)
{
	void *expected = CALL_0(subject, id, get);
	void *seen = NULL;
	int result;

	if (!expected) {
		value_unused(subject, value);
		return;
	}
	if (del)
		result = CALL(subject, id, del_if, expected, &seen);
	else
		result = CALL(subject, id, replace, expected, value, &seen);
	crew_check(result == 0 || result == -ENOENT || result == -EAGAIN);
	crew_check(result ? seen != expected : seen == expected);
	number_of(id, seen);
	if (result || del)
		value_unused(subject, value);
}

void subject_random(const struct subject *subject, uint64_t *random, uint64_t ids, bool clears)
{
	uint64_t r = test_random(random);
	uint64_t id = (r >> 32) % ids;
	void *value;
	int result;

	switch (r % 16) {
	case 0:
	case 1:
		crew_check(!subject_update(subject, id));
		return;
	case 2:
	case 3:
	case 4:
	case 5:
		result = subject_del(subject, id);
		crew_check(result == 0 || result == -ENOENT);
		return;
	case 6:
		if (clears && !(r >> 16 & 31))
			crew_check(!subject_clear(subject));
		return;
	case 7:
	case 8:
		(void)subject_get(subject, id);
		return;
	default:
		value = value_new(subject, id, (uint32_t)(r >> 20) | 1);
		crew_check(value != NULL);
		if (r % 16 < 12)
			random_conditional(subject, r & 16, id, value);
		else
			random_store(subject, (r >> 4) % 4, id, value);
	}
}
