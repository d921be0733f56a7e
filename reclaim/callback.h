/*
 * callback: how the flavour knows a thread that runs callbacks.
 *
 * A writer that frees is in a section of its own.  A *guest* is a thread of ours,
 * or one that waits: it is registered, for the time, if it was not; for QSBR it is
 * offline, so that a callback which takes long delays no grace period.
 *
 * A callback may enter sections, of any flavour: nbr_enter() within it registers the
 * thread if need be, and puts it online, and the nbr_leave() that belongs to it undoes
 * that.
 *
 * Whoever runs a callback, of whatever kind, is marked: it must not wait (it
 * may hold a seat), and a retire within it must not free (one would call the
 * next without end).
 */
#ifndef NBR_CALLBACK_H
#define NBR_CALLBACK_H

#include "domain.h"

enum nbr_guest {
	NBR_GUEST_AS_IS,
	NBR_GUEST_UNREGISTERS,
	NBR_GUEST_GOES_ONLINE,
};

/* Returns what _end() has to undo.  Outside of sections. */
enum nbr_guest nbr_guest_begin(const struct nbr_domain *domain);
void nbr_guest_end(const struct nbr_domain *domain, enum nbr_guest guest);

/* Before a callback's nbr_enter() enters, and after its nbr_leave() has left. */
void nbr_enter_in_callback(const struct nbr_domain *domain);
void nbr_leave_in_callback(const struct nbr_domain *domain);

/* -EDEADLK where a grace period must not be waited for: inside a callback, or a
 * section of bp, memb or mb. */
int nbr_may_wait(const struct nbr_domain *domain);

#endif
