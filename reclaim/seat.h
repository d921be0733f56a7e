/*
 * seat: the right to collect and free a domain's garbage.  One thread has it
 * at a time, in the order of asking:
 *
 *   holder = the thread whose ticket = serving;  serving <= next
 *
 * The reclaimer takes it for one round, a waiting call (barrier, reclaim) for
 * as long as it needs, and fork() for its duration.  First come, first served,
 * because a reclaimer that never runs out of work would win a plain mutex back
 * each time.  Who takes the seat knows that no round of another is under way:
 * that is how a barrier waits for garbage which somebody else had collected.
 *
 * Nobody takes it from a read-side section or from a free callback; retiring
 * never touches it.
 */
#ifndef NBR_SEAT_H
#define NBR_SEAT_H

#include <pthread.h>

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

void nbr_seat_leave(struct nbr_seat *seat);

#endif
