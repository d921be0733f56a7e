/*
 * seat: a lock that sleeps, and is given in the order of asking:
 *
 *   holder = the thread whose ticket = serving;  serving <= next
 *
 * A domain has four: who has the clock's runs grace periods, who has the freer's
 * frees what others left, who has the hands' waits for them, who has the sealer's seals
 * what others fill.  First come, first
 * served, because a thread of the domain's that never runs out of work would win a
 * plain mutex back each time.
 *
 * Nobody takes one from a read-side section or from a callback; retiring never
 * touches it; who has one does not wait for the other, but for fork().
 */
#ifndef NBR_SEAT_H
#define NBR_SEAT_H

#include <pthread.h>
#include <stdbool.h>

struct nbr_seat {
	pthread_mutex_t mutex;
	pthread_cond_t moved;
	unsigned next;
	unsigned serving;
};

/* Non-zero if the system refuses. */
int nbr_seat_init(struct nbr_seat *seat);
void nbr_seat_destroy(struct nbr_seat *seat);

/* Get in line, which does not wait for the holder, and wait for one's turn. */
unsigned nbr_seat_queue(struct nbr_seat *seat);
void nbr_seat_await(struct nbr_seat *seat, unsigned ticket);

static inline void nbr_seat_take(struct nbr_seat *seat)
{
	nbr_seat_await(seat, nbr_seat_queue(seat));
}

/* Take it if nobody has it, nor waits for it.  Whether it was. */
bool nbr_seat_try(struct nbr_seat *seat);

void nbr_seat_leave(struct nbr_seat *seat);

#endif
