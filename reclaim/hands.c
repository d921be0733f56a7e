/*
 * hands: see hands.h.
 */
#include "hands.h"

#include <time.h>

/* Between two looks, in ns: at first, and at most. */
#define LOOK_NS 20000L
#define LOOK_NS_MAX 1000000L

/* By looking again: who ends a hand must not touch the domain after that, and so
 * cannot call anybody. */
static void await_empty(nbr_hand hand)
{
	struct timespec pause = {.tv_nsec = LOOK_NS};

	/* seq_cst: an acquire for what was freed, and the look at the hand that goes
	 * with our write of `patient`. */
	while (atomic_load_explicit(hand, memory_order_seq_cst) != 0) {
		(void)nanosleep(&pause, NULL);
		pause.tv_nsec = 2 * pause.tv_nsec < LOOK_NS_MAX ? 2 * pause.tv_nsec : LOOK_NS_MAX;
	}
}

static void await_half(struct nbr_domain *domain)
{
	/* Relaxed: who has the seat is the only one to write it. */
	unsigned old = atomic_load_explicit(&domain->half, memory_order_relaxed), i;

	atomic_store_explicit(&domain->half, !old, memory_order_relaxed);
	for (i = 0; i <= domain->stripe_mask; i++)
		await_empty(&domain->stripes[i].hands[old]);
}

void nbr_hands_await(struct nbr_domain *domain)
{
	nbr_seat_take(&domain->hands_seat);
	await_half(domain);
	await_half(domain);
	nbr_seat_leave(&domain->hands_seat);
}

void nbr_hands_forget(struct nbr_domain *domain)
{
	unsigned i;

	/* Relaxed: there is one thread. */
	for (i = 0; i <= domain->stripe_mask; i++) {
		atomic_store_explicit(&domain->stripes[i].hands[0], 0, memory_order_relaxed);
		atomic_store_explicit(&domain->stripes[i].hands[1], 0, memory_order_relaxed);
	}
}
