/*
 * readers: the threads that registered here, so that those can be named that a grace
 * period waits for.
 *
 *   listed(t, f)  =>  thread t lives, and its records with liburcu can be read
 *   named(t, f)   =>  t was listed, and in a section that began before the grace period
 *                     of f that was under way (for QSBR: online, and not quiescent since)
 *
 * liburcu lists its readers, too, and shows its list to nobody.  So there is one of ours,
 * under a mutex of ours, in memory of the threads themselves.  nbr_thread_register() puts a
 * thread there.  A thread leaves it when it
 * unregisters here; or at its end, by a destructor of the thread, if it unregistered by
 * liburcu's own call, of which nobody hears.  Both are before its memory goes.
 *
 * Not listed are threads of bp, which need not register, and threads that registered by
 * liburcu's own calls.
 *
 * Sections do not know of all this.
 */
#ifndef NBR_READERS_H
#define NBR_READERS_H

#include "flavor.h"

/* Nobody is in the midst of the list while the process forks; in the child it is empty. */
void nbr_readers_fork_begin(void);
void nbr_readers_fork_end(bool child);

#endif
