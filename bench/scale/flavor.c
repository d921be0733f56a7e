/*
 * flavor: the simulation's own flavour of RCU, in the place of reclaim/flavor.c,
 * reclaim/readers.c and liburcu, which know no simulated threads.
 *
 * It is liburcu's QSBR as to the lines it writes: a counter for all, which a grace period
 * raises, and one for each reader, on a line of its own, which the reader sets to the
 * former when it is quiescent.
 *
 *   a reader's counter = 0    it is offline
 *   a grace period has ended  <=>  each reader's counter was 0, or that of all, since
 *
 * A grace period looks at the readers over and over, as liburcu does, and rests in between.
 */
#include "../../reclaim/readers.h"

#include <stdatomic.h>

#include "flavor.h"
#include "machine.h"

#define READERS (DIRECTORY_CORES + 8)
#define REST 1000000 /* between two looks, in picoseconds */

static struct {
	_Alignas(64) _Atomic uint64_t counter;
} all = {1};

static struct reader {
	_Alignas(64) _Atomic uint64_t counter;
} readers[READERS];

static _Thread_local struct reader *self;

static void enter(void)
{
}

static int ongoing(void)
{
	/* Relaxed: this thread's own. */
	return self && atomic_load_explicit(&self->counter, memory_order_relaxed) != 0;
}

static void quiescent(void)
{
	/* Relaxed, both: the store orders what it must, and our own counter is written by us. */
	uint64_t now = atomic_load_explicit(&all.counter, memory_order_relaxed);

	if (now != atomic_load_explicit(&self->counter, memory_order_relaxed))
		/* seq_cst: the end of a section, and the beginning of the next. */
		atomic_store_explicit(&self->counter, now, memory_order_seq_cst);
}

static void online(void)
{
	quiescent();
}

static void offline(void)
{
	/* seq_cst: as in quiescent(). */
	atomic_store_explicit(&self->counter, 0, memory_order_seq_cst);
}

static void register_thread(void)
{
	self = &readers[machine_number()];
	online();
}

static void unregister_thread(void)
{
	offline();
	self = NULL;
}

static bool all_were_quiescent(uint64_t target)
{
	for (unsigned i = 0; i < machine_numbers(); i++) {
		/* seq_cst: pairs with quiescent(). */
		uint64_t counter = atomic_load_explicit(&readers[i].counter, memory_order_seq_cst);

		if (counter != 0 && counter < target)
			return false;
	}
	return true;
}

static void synchronize(void)
{
	bool was_online = ongoing();
	uint64_t target;

	if (was_online)
		offline();
	/* seq_cst: begins the grace period; pairs with quiescent(). */
	target = atomic_fetch_add_explicit(&all.counter, 1, memory_order_seq_cst) + 1;
	while (!all_were_quiescent(target))
		(void)machine_sleep(REST);
	if (was_online)
		online();
}

static const struct rcu_flavor_struct simulated = {
	.read_lock = enter,
	.read_unlock = enter,
	.read_ongoing = ongoing,
	.read_quiescent_state = quiescent,
	.update_synchronize_rcu = synchronize,
	.thread_offline = offline,
	.thread_online = online,
	.register_thread = register_thread,
	.unregister_thread = unregister_thread,
};

void flavor_register(void)
{
	register_thread();
}

void flavor_unregister(void)
{
	unregister_thread();
}

void flavor_quiescent(void)
{
	quiescent();
	(void)nbr_give_turn(NULL);
}

/* ---- What reclaim/flavor.h asks for ------------------------------------- */

const struct rcu_flavor_struct *nbr_flavor_ops(enum nbr_flavor flavor)
{
	(void)flavor;
	return &simulated;
}

bool nbr_registered(enum nbr_flavor flavor)
{
	(void)flavor;
	return self != NULL;
}

void nbr_flavor_before_fork(void)
{
}

void nbr_flavor_after_fork_parent(void)
{
}

void nbr_flavor_after_fork_child(void)
{
}

/* Each thread has a processor: there is nobody to yield it to. */
void nbr_owe_turn(uint64_t begun)
{
	(void)begun;
}

bool nbr_give_turn(const struct rcu_flavor_struct *rcu)
{
	(void)rcu;
	return true;
}

void nbr_annotate_quiescent(enum nbr_flavor flavor)
{
	(void)flavor;
}

void nbr_tsan_grace_period_ends(enum nbr_flavor flavor)
{
	(void)flavor;
}

/* ---- What reclaim/readers.h asks for ------------------------------------ */

void nbr_readers_fork_begin(void)
{
}

void nbr_readers_fork_end(bool child)
{
	(void)child;
}

int nbr_thread_register(enum nbr_flavor flavor)
{
	(void)flavor;
	register_thread();
	return 0;
}

int nbr_thread_unregister(enum nbr_flavor flavor)
{
	(void)flavor;
	unregister_thread();
	return 0;
}

int nbr_flavor_offline(enum nbr_flavor flavor)
{
	(void)flavor;
	offline();
	return 0;
}

int nbr_thread_online(enum nbr_flavor flavor)
{
	(void)flavor;
	online();
	return 0;
}

int nbr_flavor_quiescent(enum nbr_flavor flavor)
{
	(void)flavor;
	flavor_quiescent();
	return 0;
}

/* Nobody asks for names here. */
void nbr_threads_awaited(enum nbr_flavor flavor, void (*visit)(long tid, const char *name, void *arg), void *arg)
{
	(void)flavor;
	(void)visit;
	(void)arg;
}
