/*
 * signal: gets in a signal handler, in a section of liburcu's own calls, wherever
 * the signal meets the thread: in a write, in a get, in its own section or outside,
 * as it frees.
 */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "crew.h"
#include "flavor.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"

#define KEYS 200
#define WRITERS 2

/* Never changed. */
#define FIXED UINT64_C(1000000)

static struct nbmap_u64 *map;
static const struct rcu_flavor_struct *rcu;
static _Atomic uint64_t handled, wanted;
static _Atomic unsigned misses;
static _Atomic bool sent;

static struct {
	pthread_t id;
	_Atomic bool there;
} writer[WRITERS];

static void look(int number)
{
	const uint64_t *value, *other;

	(void)number;
	rcu->read_lock();
	value = nbmap_u64_get(map, FIXED);
	if (!value || *value != FIXED)
		atomic_fetch_add(&misses, 1);
	other = nbmap_u64_get(map, atomic_load(&handled) % KEYS);
	if (other && *other >= KEYS)
		atomic_fetch_add(&misses, 1);
	rcu->read_unlock();
	atomic_fetch_add(&handled, 1);
}

static void *box(uint64_t number)
{
	uint64_t *value = malloc(sizeof(*value));

	crew_check(value != NULL);
	*value = number;
	return value;
}

static void unbox(void *value, void *arg)
{
	(void)arg;
	*(uint64_t *)value = UINT64_MAX;
	free(value);
}

static void put_and_remove(struct crew_member *member)
{
	sigset_t set;

	writer[member->index].id = pthread_self();
	atomic_store(&writer[member->index].there, true);
	while (atomic_load(&handled) < atomic_load(&wanted)) {
		uint64_t r = test_random(&member->random), key = (r >> 32) % KEYS;

		nbmap_u64_enter(map);
		if (r & 1) {
			void *value = box(key);

			if (nbmap_u64_put(map, key, value, NULL))
				unbox(value, NULL);
		} else {
			(void)nbmap_u64_del(map, key, NULL);
		}
		nbmap_u64_leave(map);
	}
	/* No more of them, neither when the thread is not registered any more ... */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* ... nor when it is gone. */
	while (!atomic_load(&sent))
		sched_yield();
}

static void send(struct crew_member *member)
{
	for (unsigned i = 0; atomic_load(&handled) < atomic_load(&wanted); i++) {
		if (atomic_load(&writer[i % WRITERS].there))
			pthread_kill(writer[i % WRITERS].id, SIGUSR1);
		if (test_random(&member->random) % 4 == 0)
			sched_yield();
	}
	atomic_store(&sent, true);
}

static void write_or_send(struct crew_member *member)
{
	if (member->index < WRITERS)
		put_and_remove(member);
	else
		send(member);
}

/* All flavours but QSBR, whose threads would have to block the signal in waiting calls. */
static const enum nbmap_flavor flavors[] = {NBMAP_BP, NBMAP_MEMB, NBMAP_MB};

START_TEST(test_gets_in_a_handler)
{
	const struct nbmap_type type = {.value_free = unbox};
	const struct nbmap_config config = {.flavor = flavors[_i], .type = &type};
	struct sigaction action = {.sa_handler = look, .sa_flags = SA_RESTART};

	rcu = nbr_flavor_ops((enum nbr_flavor)flavors[_i]);
	flavor_register(flavors[_i]);
	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	nbmap_u64_enter(map);
	ck_assert_int_eq(nbmap_u64_put(map, FIXED, box(FIXED), NULL), 0);
	nbmap_u64_leave(map);
	/* Check forks for each turn, or not. */
	for (unsigned i = 0; i < WRITERS; i++)
		atomic_store(&writer[i].there, false);
	atomic_store(&handled, 0);
	atomic_store(&sent, false);
	atomic_store(&wanted, test_rounds(5000, 200));
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	crew_run(flavors[_i], WRITERS + 1, write_or_send, NULL);
	ck_assert_uint_eq(atomic_load(&misses), 0);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	flavor_unregister(flavors[_i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signal");
	TCase *tcase = tcase_create("signal");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_gets_in_a_handler, 0, 3);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
