/*
 * callback: what callbacks of reclamation, and the hooks of a domain's threads, may
 * count on.
 *
 *   sections   a value_free may enter a map of any flavour, wherever it runs, also in
 *              a thread that this flavour does not know; when it has left, the thread
 *              is known to no more flavours than before
 *   waiting    none may wait: they are told so, instead of waiting for themselves
 *   fork       what a thread does first, it may also do in a child
 *
 * A waiting call, and nbmap_destroy(), calls back outside of its caller's sections:
 * a callback that takes long delays no grace period, also where the caller was online.
 */
#include <check.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "facade.h"
#include "flavor_thread.h"
#include "map.h"
#include "nbmap.h"
#include "pin.h"
#include "reclaim.h"
#include "run.h"

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore))
		crew_check(errno == EINTR);
}

/* ---- Sections ----------------------------------------------------------- */

/* Where a value_free runs. */
enum place {
	IN_THE_FREER,	/* a thread of the domain's */
	IN_A_WRITE,	/* of a thread that knows the map's flavour only */
	IN_A_BARRIER,	/* of a thread that knows none, as the next */
	IN_A_DESTROY,	/* of a map that has values */
	IN_OWN_DESTROY, /* by a thread that is registered, and online */
	PLACES
};

static enum place place;
static enum nbmap_flavor flavor, other_flavor;
static struct nbmap_domain *domain;
static struct nbmap_u64 *map, *other;
static sem_t used;
static atomic_uint uses;

static bool in_section_of(struct nbmap_u64 *of)
{
	return nbr_in_section(nb_domain_in(nbmap_u64_domain_of(of)));
}

static void use_other(void *value, void *arg)
{
	bool known = nbr_registered((enum nbr_flavor)other_flavor), inside = in_section_of(other);

	(void)value;
	(void)arg;
	if (place != IN_A_WRITE)
		crew_check(!in_section_of(map));
	nbmap_u64_enter(other);
	crew_check(nbr_registered((enum nbr_flavor)other_flavor) && in_section_of(other));
	crew_check(nbmap_u64_get(other, 1) == nbmap_int(42));
	nbmap_u64_enter(other);
	crew_check(!nbmap_u64_put(other, 2, nbmap_int(7), NULL));
	nbmap_u64_leave(other);
	crew_check(in_section_of(other));
	nbmap_u64_leave(other);
	crew_check(nbr_registered((enum nbr_flavor)other_flavor) == known && in_section_of(other) == inside);
	if (!atomic_fetch_add(&uses, 1))
		sem_post(&used);
}

static void open_maps(void)
{
	const struct nbmap_type type = {.value_free = use_other};
	struct nbmap_domain_config domain_config = {.flavor = flavor, .assist = 1};
	struct nbmap_config config = {.type = &type}, other_config = {.flavor = other_flavor, .flags = NBMAP_NO_THREAD};

	domain_config.flags = place == IN_THE_FREER ? 0 : NBMAP_NO_THREAD;
	ck_assert_int_eq(sem_init(&used, 0, 0), 0);
	atomic_store(&uses, 0);
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	config.domain = domain;
	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	ck_assert_int_eq(nbmap_u64_new(&other, &other_config), 0);
	flavor_register(other_flavor);
	nbmap_u64_enter(other);
	ck_assert_int_eq(nbmap_u64_put(other, 1, nbmap_int(42), NULL), 0);
	nbmap_u64_leave(other);
	flavor_unregister(other_flavor);
	flavor_register(flavor);
}

static void wait_for_all(void *arg)
{
	(void)arg;
	crew_check(!nbmap_u64_barrier(map));
}

static void destroy(void *arg)
{
	(void)arg;
	crew_check(!nbmap_u64_destroy(map));
	map = NULL;
}

/* Many values for one key: more than a thread's batch holds. */
static void write_many(void)
{
	nbmap_u64_enter(map);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_int_eq(nbmap_u64_put(map, 1, nbmap_int(i), NULL), 0);
	nbmap_u64_leave(map);
	flavor_quiescent(flavor);
}

static void let_it_run(void)
{
	write_many();
	switch (place) {
	case IN_THE_FREER:
		flavor_offline(flavor);
		await(&used);
		flavor_online(flavor);
		break;
	case IN_A_WRITE:
		/* Grace periods alone: this frees nothing. */
		ck_assert_int_eq(nbmap_u64_synchronize(map), 0);
		ck_assert_uint_eq(atomic_load(&uses), 0);
		write_many();
		break;
	case IN_A_BARRIER:
	case IN_A_DESTROY:
		flavor_offline(flavor);
		elsewhere(place == IN_A_BARRIER ? wait_for_all : destroy, NULL);
		flavor_online(flavor);
		break;
	default:
		/* What was written is freed, so that one value is left, which nobody waits for. */
		ck_assert_int_eq(nbmap_u64_barrier(map), 0);
		atomic_store(&uses, 0);
		destroy(NULL);
	}
}

/* _i: place, the map's flavour, and the other's. */
START_TEST(test_a_section_of_another_flavour)
{
	place = (enum place)(_i / FLAVORS / FLAVORS);
	flavor = (enum nbmap_flavor)(_i / FLAVORS % FLAVORS);
	other_flavor = (enum nbmap_flavor)(_i % FLAVORS);
	open_maps();
	let_it_run();
	ck_assert_uint_gt(atomic_load(&uses), 0);
	if (map) {
		ck_assert_int_eq(nbmap_u64_barrier(map), 0);
		place = IN_OWN_DESTROY;
	}
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	ck_assert_int_eq(nbmap_u64_destroy(other), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(flavor);
	sem_destroy(&used);
}
END_TEST

/* ---- Waiting ------------------------------------------------------------ */

static struct nbmap_domain *idle; /* of a flavour in whose sections nobody is */
static sem_t reported;
static atomic_uint hooks;

static void try_to_wait(void)
{
	crew_check(nbmap_domain_synchronize(idle) == -EDEADLK);
	crew_check(nbmap_domain_barrier(idle) == -EDEADLK);
	crew_check(nbmap_domain_reclaim(idle) == -EDEADLK);
	crew_check(nbmap_domain_reclaim_within(idle, 0) == -EDEADLK);
	crew_check(nbmap_before_fork() == -EDEADLK);
}

static void try_in_hook(void *arg)
{
	(void)arg;
	try_to_wait();
	atomic_fetch_add(&hooks, 1);
}

static void try_in_key_free(void *key, void *arg)
{
	(void)key;
	try_in_hook(arg);
}

static void try_in_report(unsigned age_ms, void *arg)
{
	(void)age_ms;
	(void)arg;
	try_to_wait();
	sem_post(&reported);
}

static void free_nothing(void *object, void *arg)
{
	(void)object;
	(void)arg;
}

START_TEST(test_no_hook_waits)
{
	struct nbmap_domain_config idle_config = {.flavor = (enum nbmap_flavor)((_i + 1) % FLAVORS)};
	struct nbmap_domain_config config = {.flavor = (enum nbmap_flavor)_i, .stall_ms = 1};
	struct pin pin;

	ck_assert_int_eq(sem_init(&reported, 0, 0), 0);
	atomic_store(&hooks, 0);
	idle_config.flags = NBMAP_NO_THREAD;
	ck_assert_int_eq(nbmap_domain_new(&idle, &idle_config), 0);
	config.on_stall = try_in_report;
	config.on_thread_start = config.on_thread_exit = try_in_hook;
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	ck_assert_uint_eq(atomic_load(&hooks), 3);
	pin_begin(&pin, domain, config.flavor);
	flavor_register(config.flavor);
	nbmap_domain_enter(domain);
	ck_assert_int_eq(nbmap_domain_retire(domain, &pin, free_nothing, NULL), 0);
	nbmap_domain_leave(domain);
	flavor_unregister(config.flavor);
	await(&reported);
	pin_end(&pin);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert_uint_eq(atomic_load(&hooks), 6);
	ck_assert_int_eq(nbmap_domain_destroy(idle), 0);
	sem_destroy(&reported);
}
END_TEST

static uint64_t any_hash(const void *key, uint64_t seed, void *arg)
{
	(void)key;
	(void)arg;
	return seed;
}

static bool never_equal(const void *a, const void *b, void *arg)
{
	(void)a;
	(void)b;
	(void)arg;
	return false;
}

/* Where no map without NBMAP_WIDE_KEYS can have it. */
static void *dup_too_far(const void *key, void *arg)
{
	(void)arg;
	return (void *)((uintptr_t)key | UINT64_C(1) << 60);
}

/* Of a copy that was refused, within the put. */
START_TEST(test_no_key_free_waits)
{
	struct nbmap_domain_config idle_config = {.flavor = (enum nbmap_flavor)((_i + 1) % FLAVORS)};
	struct nbmap_type type = {.hash = any_hash, .equal = never_equal, .key_dup = dup_too_far};
	struct nbmap_config config = {.flavor = (enum nbmap_flavor)_i, .type = &type, .flags = NBMAP_NO_THREAD};
	struct nbmap *objects;
	int key;

	atomic_store(&hooks, 0);
	idle_config.flags = NBMAP_NO_THREAD;
	type.key_free = try_in_key_free;
	ck_assert_int_eq(nbmap_domain_new(&idle, &idle_config), 0);
	ck_assert_int_eq(nbmap_new(&objects, &config), 0);
	flavor_register(config.flavor);
	nbmap_enter(objects);
	ck_assert_int_eq(nbmap_put(objects, &key, nbmap_int(7), NULL), -ERANGE);
	nbmap_leave(objects);
	flavor_unregister(config.flavor);
	ck_assert_uint_eq(atomic_load(&hooks), 1);
	ck_assert_int_eq(nbmap_destroy(objects), 0);
	ck_assert_int_eq(nbmap_domain_destroy(idle), 0);
}
END_TEST

/* ---- Fork --------------------------------------------------------------- */

/* ThreadSanitizer does not allow the child new threads. */
#ifndef NBR_TSAN

#define DOMAINS 2
#define HOOKS (2 * DOMAINS) /* each domain has two threads */

static bool in_child;
static struct nbmap_u64 *made[HOOKS];

/* One after the other: each thread is waited for. */
static void make_a_map(void *arg)
{
	struct nbmap_config config = {.flavor = flavor};

	(void)arg;
	if (in_child)
		crew_check(!nbmap_u64_new(&made[atomic_fetch_add(&hooks, 1)], &config));
}

static _Noreturn void be_the_child(struct nbmap_domain *const *domains)
{
	/* A child that hangs ends otherwise. */
	alarm(60);
	in_child = true;
	crew_check(!nbmap_after_fork_child());
	crew_check(atomic_load(&hooks) == HOOKS);
	for (unsigned i = 0; i < HOOKS; i++)
		crew_check(!nbmap_u64_destroy(made[i]));
	for (unsigned i = 0; i < DOMAINS; i++)
		crew_check(!nbmap_domain_destroy(domains[i]));
	/* At an exit a leak checker would judge what the child inherited. */
	kill(getpid(), SIGKILL);
	abort();
}

START_TEST(test_a_thread_of_a_child_makes_a_map_first)
{
	struct nbmap_domain_config config = {.flavor = (enum nbmap_flavor)_i, .on_thread_start = make_a_map};
	struct nbmap_domain *domains[DOMAINS];
	pid_t child;
	int status;

	flavor = config.flavor;
	atomic_store(&hooks, 0);
	for (unsigned i = 0; i < DOMAINS; i++)
		ck_assert_int_eq(nbmap_domain_new(&domains[i], &config), 0);
	ck_assert_int_eq(nbmap_before_fork(), 0);
	child = fork();
	if (!child)
		be_the_child(domains);
	nbmap_after_fork_parent();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	for (unsigned i = 0; i < DOMAINS; i++)
		ck_assert_int_eq(nbmap_domain_destroy(domains[i]), 0);
}
END_TEST

#endif

int main(void)
{
	Suite *suite = suite_create("callback");
	TCase *tcase = tcase_create("callback");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_a_section_of_another_flavour, 0, PLACES * FLAVORS * FLAVORS);
	tcase_add_loop_test(tcase, test_no_hook_waits, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_no_key_free_waits, 0, FLAVORS);
#ifndef NBR_TSAN
	tcase_add_loop_test(tcase, test_a_thread_of_a_child_makes_a_map_first, 0, FLAVORS);
#endif
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
