/*
 * flavor: what a thread owes to the liburcu flavour it works under.  The
 * library brackets sections; registering threads and announcing quiescent
 * states is the application's part, done here with liburcu's own functions.
 */
#ifndef WORDCOUNT_FLAVOR_H
#define WORDCOUNT_FLAVOR_H

#include <nbmap.h>

/* By enum nbmap_flavor; NULL after the last. */
const char *flavor_name(unsigned i);

/* First and last call of a thread that uses a map.  bp needs neither. */
void flavor_register(enum nbmap_flavor flavor);
void flavor_unregister(enum nbmap_flavor flavor);

/* Outside any section: tell QSBR that nothing is held; nothing elsewhere. */
void flavor_quiesce(enum nbmap_flavor flavor);

/* Bracket a wait, so that an idle QSBR thread delays no grace period. */
void flavor_offline(enum nbmap_flavor flavor);
void flavor_online(enum nbmap_flavor flavor);

#endif
