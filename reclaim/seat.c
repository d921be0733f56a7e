/*
 * seat: a ticket lock that sleeps.  See seat.h.
 */
#include "seat.h"

int nbr_seat_init(struct nbr_seat *seat)
{
	seat->next = 0;
	seat->serving = 0;
	if (pthread_mutex_init(&seat->mutex, NULL) != 0)
		return -1;
	if (pthread_cond_init(&seat->moved, NULL) != 0) {
		pthread_mutex_destroy(&seat->mutex);
		return -1;
	}
	return 0;
}

void nbr_seat_destroy(struct nbr_seat *seat)
{
	pthread_cond_destroy(&seat->moved);
	pthread_mutex_destroy(&seat->mutex);
}

unsigned nbr_seat_queue(struct nbr_seat *seat)
{
	unsigned ticket;

	pthread_mutex_lock(&seat->mutex);
	ticket = seat->next++;
	pthread_mutex_unlock(&seat->mutex);
	return ticket;
}

void nbr_seat_await(struct nbr_seat *seat, unsigned ticket)
{
	pthread_mutex_lock(&seat->mutex);
	while (seat->serving != ticket)
		pthread_cond_wait(&seat->moved, &seat->mutex);
	pthread_mutex_unlock(&seat->mutex);
}

bool nbr_seat_try(struct nbr_seat *seat)
{
	bool taken;

	pthread_mutex_lock(&seat->mutex);
	taken = seat->next == seat->serving;
	seat->next += taken;
	pthread_mutex_unlock(&seat->mutex);
	return taken;
}

void nbr_seat_leave(struct nbr_seat *seat)
{
	pthread_mutex_lock(&seat->mutex);
	seat->serving++;
	/* All, as each waits for a ticket of its own; there are seldom two. */
	pthread_cond_broadcast(&seat->moved);
	pthread_mutex_unlock(&seat->mutex);
}
