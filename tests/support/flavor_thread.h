/*
 * flavor_thread: what threads that use a map owe to their liburcu flavour.
 *
 * The library brackets sections; to register threads and to announce quiescent
 * states is the application's part, done here by liburcu's own functions as an
 * application would.  Each call that ends a section behind the library's back
 * also tells ThreadSanitizer so (reclaim.h says why).
 */
#ifndef TEST_FLAVOR_THREAD_H
#define TEST_FLAVOR_THREAD_H

#include "nbmap.h"

/* All flavours are below this. */
#define FLAVORS 4
const char *flavor_name(enum nbmap_flavor flavor);

/* The flavour of that name; FLAVORS for "all", and more if there is none. */
unsigned flavor_named(const char *name);

/* First and last call of a thread that uses a map.  bp needs neither. */
void flavor_register(enum nbmap_flavor flavor);
void flavor_unregister(enum nbmap_flavor flavor);

/* Outside any section: tell QSBR that nothing is held; nothing elsewhere. */
void flavor_quiescent(enum nbmap_flavor flavor);

/* A QSBR thread that waits for something delays no grace period while it is
 * offline; nothing elsewhere. */
void flavor_offline(enum nbmap_flavor flavor);
void flavor_online(enum nbmap_flavor flavor);

#endif
