/*
 * reclaimer: the two threads of a domain.
 *
 * The clock runs grace periods, and nothing else: it calls no callback, so that
 * none delays a grace period.
 *
 *   sleep until something was retired -> nap, so that garbage gathers
 *   -> seal what is OPEN -> a grace period
 *
 * The nap bounds how often an idle-ish domain disturbs the machine: a grace
 * period costs an interrupt on every CPU with some flavours.  Garbage that
 * passes nbr_domain.wake_objects or wake_bytes ends the nap, and so does somebody
 * who waits.
 *
 * The freer frees what those who retire have left.
 *
 *   sleep until something is RIPE -> nap, so that they come to it first
 *   -> free what was RIPE before the nap, round after round
 *
 * Two threads and not one, for a callback may take long.  Each has its seat only
 * while it works, and the freer is known to the flavour only then: fork() may
 * happen whenever somebody else has both seats.
 */
#ifndef NBR_RECLAIMER_H
#define NBR_RECLAIMER_H

#include "domain.h"

/* The domain's threads and, if it wants one, the watch.  -EAGAIN: none. */
int nbr_reclaimer_start(struct nbr_domain *domain);

/* Stop and join what was started; returns at once if nothing was. */
void nbr_reclaimer_stop(struct nbr_domain *domain);

#endif
