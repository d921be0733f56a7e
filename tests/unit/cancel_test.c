/*
 * cancel: threads that are cancelled.
 *
 * No call of the library is a point of cancellation, however long it waits: a
 * thread with a request pending comes back from each, and what it did is done.
 * Otherwise it would leave locks taken, a grace period without an end, or a map
 * half made.
 *
 * In all flavours, with the domain's threads and without.  Afterwards others use
 * everything that the cancelled threads used.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "pin.h"
#include "run.h"

static enum nbmap_flavor flavor;
static unsigned flags;
static struct count *count;
static struct nbmap_u64 *map;
static struct nbmap_domain *domain;
static _Atomic bool inside, came_back;

static struct nbmap_u64 *make_map(void)
{
	struct nbmap_allocator allocator = count_allocator(count);
	struct nbmap_type type = count_value_type();
	struct nbmap_config config = {
		.type = &type, .arg = count, .flavor = flavor, .flags = flags, .allocator = &allocator};
	struct nbmap_u64 *made;

	crew_check(!nbmap_u64_new(&made, &config));
	return made;
}

static void write_some(struct nbmap_u64 *to)
{
	nbmap_u64_enter(to);
	for (uint64_t i = 0; i < 200; i++)
		crew_check(!nbmap_u64_put(to, i % 50, count_value(count, i), NULL));
	crew_check(!nbmap_u64_del(to, 7, NULL));
	crew_check(nbmap_u64_get(to, 8) != NULL);
	nbmap_u64_leave(to);
	flavor_quiescent(flavor);
}

/* ---- Calls that may wait ------------------------------------------------ */

static void barrier_map(void)
{
	crew_check(!nbmap_u64_barrier(map));
}

static void synchronize_domain(void)
{
	crew_check(!nbmap_domain_synchronize(domain));
}

static void reclaim_map(void)
{
	crew_check(nbmap_u64_reclaim(map) >= 0);
}

/* Without threads it is refused, and that is no point of cancellation either. */
static void reclaim_map_within(void)
{
	crew_check(flags ? nbmap_u64_reclaim_within(map, UINT64_MAX) == -EINVAL
			 : nbmap_u64_reclaim_within(map, UINT64_MAX) >= 0);
}

static void make_write_and_destroy(void)
{
	struct nbmap_u64 *made = make_map();

	write_some(made);
	crew_check(!nbmap_u64_destroy(made));
}

static void make_and_destroy_a_domain(void)
{
	struct nbmap_domain_config config = {.flavor = flavor, .flags = flags};
	struct nbmap_domain *made;

	crew_check(!nbmap_domain_new(&made, &config));
	crew_check(!nbmap_domain_destroy(made));
	crew_check(!nbmap_domain_shared(&made, flavor, flags ^ NBMAP_NO_THREAD));
	crew_check(!nbmap_domain_destroy(made));
}

static void write_and_clear(void)
{
	write_some(map);
	nbmap_u64_enter(map);
	crew_check(!nbmap_u64_clear(map));
	nbmap_u64_leave(map);
	write_some(map);
}

/* liburcu asks that no thread be registered. */
static void prepare_a_fork(void)
{
	flavor_unregister(flavor);
	crew_check(!nbmap_before_fork());
	nbmap_after_fork_parent();
	flavor_register(flavor);
}

static void (*const calls[])(void) = {
	barrier_map,	 synchronize_domain, reclaim_map, make_write_and_destroy, make_and_destroy_a_domain,
	write_and_clear, prepare_a_fork,     reclaim_map_within,
};
#define CALLS ((int)(sizeof(calls) / sizeof(*calls)))
#define WAITING 4 /* of these, wait for readers whatever there is */

/* ---- The thread --------------------------------------------------------- */

static void *call_cancelled(void *call)
{
	flavor_register(flavor);
	atomic_store(&inside, true);
	(*(void (**)(void))call)();
	atomic_store(&came_back, true);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	flavor_unregister(flavor);
	return NULL;
}

/* With the request pending from the start. */
static void *cancel_itself(void *call)
{
	crew_check(!pthread_cancel(pthread_self()));
	return call_cancelled(call);
}

static void begin(int turn)
{
	flavor = (enum nbmap_flavor)(turn % FLAVORS);
	flags = turn / FLAVORS % 2 ? NBMAP_NO_THREAD : 0;
	atomic_store(&inside, false);
	atomic_store(&came_back, false);
	count = count_new();
	ck_assert_ptr_nonnull(count);
	map = make_map();
	domain = nbmap_u64_domain_of(map);
	flavor_register(flavor);
	write_some(map);
}

static void finish(pthread_t thread)
{
	flavor_offline(flavor);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	flavor_online(flavor);
	ck_assert(atomic_load(&came_back));
	write_some(map);
	ck_assert_int_eq(nbmap_u64_barrier(map), 0);
	flavor_unregister(flavor);
	ck_assert_int_eq(nbmap_before_fork(), 0);
	nbmap_after_fork_parent();
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	ck_assert(count_end(count));
}

/* _i: flavour, threads, call. */
START_TEST(test_no_call_is_a_point_of_cancellation)
{
	void (*call)(void) = calls[_i / FLAVORS / 2];
	pthread_t thread;

	begin(_i);
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel_itself, &call), 0);
	finish(thread);
}
END_TEST

START_TEST(test_a_thread_that_is_cancelled_while_it_waits)
{
	void (*call)(void) = calls[_i / FLAVORS / 2];
	pthread_t thread;
	struct pin pin;

	begin(_i);
	pin_begin(&pin, domain, flavor);
	ck_assert_int_eq(pthread_create(&thread, NULL, call_cancelled, &call), 0);
	while (!atomic_load(&inside))
		sched_yield();
	/* Somewhere in the call, most likely where it waits. */
	for (unsigned i = 0; i < 1000; i++)
		sched_yield();
	ck_assert_int_eq(pthread_cancel(thread), 0);
	for (unsigned i = 0; i < 100; i++)
		sched_yield();
	ck_assert(!atomic_load(&came_back));
	/* Nobody may be using the map when it is destroyed. */
	pin_end(&pin);
	finish(thread);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cancel");
	TCase *tcase = tcase_create("cancel");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_no_call_is_a_point_of_cancellation, 0, CALLS * 2 * FLAVORS);
	tcase_add_loop_test(tcase, test_a_thread_that_is_cancelled_while_it_waits, 0, WAITING * 2 * FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
