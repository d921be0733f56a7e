/*
 * flavor: the one file that names liburcu's four flavours.
 *
 * <urcu/flavor.h> declares only `rcu_flavor`, under whatever name the flavour
 * header read last maps it to, and only once in a file: the four structures
 * are declared here by the names that the libraries export.
 *
 * _LGPL_SOURCE shows the threads' own records, of which two things are wanted that no
 * call tells: whether a thread is registered, and whether it is waited for.
 */
#define _LGPL_SOURCE

#include "flavor.h"

#include <errno.h>
#include <sched.h>

#include <urcu/urcu-bp.h> /* its fork functions, by their prefixed names */
#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

extern const struct rcu_flavor_struct urcu_bp_flavor;
extern const struct rcu_flavor_struct urcu_qsbr_flavor;
extern const struct rcu_flavor_struct urcu_memb_flavor;
extern const struct rcu_flavor_struct urcu_mb_flavor;

const struct rcu_flavor_struct *nbr_flavor_ops(enum nbr_flavor flavor)
{
	switch (flavor) {
	case NBR_BP:
		return &urcu_bp_flavor;
	case NBR_QSBR:
		return &urcu_qsbr_flavor;
	case NBR_MEMB:
		return &urcu_memb_flavor;
	case NBR_MB:
		return &urcu_mb_flavor;
	case NBR_FLAVORS:
		break;
	}
	return NULL;
}

void nbr_flavor_before_fork(void)
{
	urcu_bp_before_fork();
}

void nbr_flavor_after_fork_parent(void)
{
	urcu_bp_after_fork_parent();
}

void nbr_flavor_after_fork_child(void)
{
	urcu_bp_after_fork_child();
}

/* ---- Threads ------------------------------------------------------------ */

bool nbr_registered(enum nbr_flavor flavor)
{
	switch (flavor) {
	case NBR_QSBR:
		return URCU_TLS(urcu_qsbr_reader).registered;
	case NBR_MEMB:
		return URCU_TLS(urcu_memb_reader).registered;
	case NBR_MB:
		return URCU_TLS(urcu_mb_reader).registered;
	case NBR_BP:
	case NBR_FLAVORS:
		break;
	}
	return true;
}

const unsigned long *nbr_flavor_state(enum nbr_flavor flavor)
{
	switch (flavor) {
	case NBR_QSBR:
		return &URCU_TLS(urcu_qsbr_reader).ctr;
	case NBR_MEMB:
		return &URCU_TLS(urcu_memb_reader).ctr;
	case NBR_MB:
		return &URCU_TLS(urcu_mb_reader).ctr;
	case NBR_BP:
	case NBR_FLAVORS:
		break;
	}
	return NULL;
}

/* A section of memb or mb that began under the other phase. */
static bool is_of_old_phase(unsigned long seen, unsigned long now)
{
	return (seen & URCU_GP_CTR_NEST_MASK) != 0 && ((seen ^ now) & URCU_GP_CTR_PHASE) != 0;
}

/*
 * As liburcu's own look at a reader: the thread's word before that of all.
 *
 *   1. If the thread's section began before the grace period changed the word of all, the
 *      two differ until the section ends.
 *   2. If it began after, the thread has the word of all as it is until that grace period
 *      ends.
 *
 * In the other order a thread of case 2 could look like one of case 1.  ThreadSanitizer is
 * kept out, as it is of all that liburcu reads and writes there.
 */
__attribute__((noinline, no_sanitize("thread"))) bool nbr_flavor_is_awaited(enum nbr_flavor flavor,
									    const unsigned long *state)
{
	unsigned long seen = CMM_LOAD_SHARED(*state);

	cmm_smp_rmb(); /* see above */
	switch (flavor) {
	case NBR_QSBR:
		return seen != 0 && seen != CMM_LOAD_SHARED(urcu_qsbr_gp.ctr);
	case NBR_MEMB:
		return is_of_old_phase(seen, CMM_LOAD_SHARED(urcu_memb_gp.ctr));
	case NBR_MB:
		return is_of_old_phase(seen, CMM_LOAD_SHARED(urcu_mb_gp.ctr));
	case NBR_BP:
	case NBR_FLAVORS:
		break;
	}
	return false;
}

/* What a call for registered threads of the flavour is to do; NULL: refuse. */
static const struct rcu_flavor_struct *of_registered(enum nbr_flavor flavor)
{
	const struct rcu_flavor_struct *rcu = nbr_flavor_ops(flavor);

	if (rcu == NULL || !nbr_registered(flavor))
		return NULL;
	if (flavor == NBR_QSBR)
		nbr_annotate_quiescent(flavor);
	return rcu;
}

int nbr_flavor_offline(enum nbr_flavor flavor)
{
	const struct rcu_flavor_struct *rcu = of_registered(flavor);

	if (rcu == NULL)
		return -EINVAL;
	if (flavor == NBR_QSBR)
		rcu->thread_offline();
	return 0;
}

int nbr_thread_online(enum nbr_flavor flavor)
{
	const struct rcu_flavor_struct *rcu = of_registered(flavor);

	if (rcu == NULL)
		return -EINVAL;
	if (flavor == NBR_QSBR)
		rcu->thread_online();
	return 0;
}

int nbr_flavor_quiescent(enum nbr_flavor flavor)
{
	const struct rcu_flavor_struct *rcu = of_registered(flavor);

	if (rcu == NULL)
		return -EINVAL;
	/* An offline thread is quiescent; the call would put it online. */
	if (flavor == NBR_QSBR && rcu->read_ongoing()) {
		rcu->read_quiescent_state();
		(void)nbr_give_turn(NULL);
	}
	return 0;
}

/* Turns that a thread gives in one grace period: liburcu's have two phases, and a
 * thread may be put to sleep in its section more than once in each. */
#define TURNS 8

static _Thread_local bool turn_owed NBR_FAST_TLS;
static _Thread_local unsigned turns_given NBR_FAST_TLS;
static _Thread_local uint64_t turns_in NBR_FAST_TLS; /* which grace period */

void nbr_owe_turn(uint64_t begun)
{
	if (turns_in != begun) {
		turns_in = begun;
		turns_given = 0;
	}
	turn_owed = turns_given < TURNS;
}

bool nbr_give_turn(const struct rcu_flavor_struct *rcu)
{
	if (!turn_owed)
		return true;
	if (rcu != NULL && rcu->read_ongoing())
		return false;
	turn_owed = false;
	turns_given++;
	(void)sched_yield();
	return true;
}

/* ---- ThreadSanitizer ---------------------------------------------------- */

#ifdef NBR_TSAN

#include <stdatomic.h>

static _Atomic unsigned quiet[NBR_FLAVORS];

/* A read-modify-write, so that it also carries on the release of every reader
 * before it: the grace period's one acquire then pairs with them all. */
void nbr_annotate_quiescent(enum nbr_flavor flavor)
{
	atomic_fetch_add_explicit(&quiet[flavor], 1, memory_order_release);
}

void nbr_tsan_grace_period_ends(enum nbr_flavor flavor)
{
	/* Pairs with nbr_annotate_quiescent(). */
	(void)atomic_load_explicit(&quiet[flavor], memory_order_acquire);
}

#else

void nbr_annotate_quiescent(enum nbr_flavor flavor)
{
	(void)flavor;
}

void nbr_tsan_grace_period_ends(enum nbr_flavor flavor)
{
	(void)flavor;
}

#endif
