/*
 * flavor: which liburcu a domain runs on.
 *
 * liburcu describes a flavour by a `struct rcu_flavor_struct` of function
 * pointers.  Two cautions.  Its address is taken in our own object code only:
 * `&urcu_bp_flavor` in an executable makes the linker copy the structure
 * there, with the size it had on the day of linking.  (So would a static
 * library of ours not built with -fPIC, which goes through the GOT instead.)
 * And it grows with versions, so it is used through the pointer, never copied.
 *
 * The header also holds what ThreadSanitizer must be told about sections:
 *
 *   end of section s  -> release on quiet[f]
 *   end of grace period -> acquire on quiet[f]
 *
 * which is the order a grace period gives, minus the sections it did not have
 * to wait for.  (Some races it would be right to report are thus hidden; the
 * other builds' tests and valgrind look for those.)
 */
#ifndef NBR_FLAVOR_H
#define NBR_FLAVOR_H

#include "reclaim.h"

#include <urcu/flavor.h>

/* initial-exec: a load off the thread pointer, also from a library.  For all: in
 * the general model first use calls into the loader, which may take a lock and
 * allocate. */
#if defined(__GNUC__)
#define NBR_FAST_TLS __attribute__((tls_model("initial-exec")))
#else
#define NBR_FAST_TLS
#endif

/* NULL if there is no such flavour. */
const struct rcu_flavor_struct *nbr_flavor_ops(enum nbr_flavor flavor);

/* liburcu-bp keeps its readers across a fork if told so; the others cannot. */
void nbr_flavor_before_fork(void);
void nbr_flavor_after_fork_parent(void);
void nbr_flavor_after_fork_child(void);

/* nbr_thread_offline() and nbr_thread_quiescent(), by who owes nothing. */
int nbr_flavor_offline(enum nbr_flavor flavor);
int nbr_flavor_quiescent(enum nbr_flavor flavor);

/* What liburcu notes of the calling thread's sections; NULL for bp.  It is there as long as
 * the thread is. */
const unsigned long *nbr_flavor_state(enum nbr_flavor flavor);

/* Whether a grace period of the flavour, which is under way, waits for the thread whose
 * state this is.  A hint: any moment may change it. */
bool nbr_flavor_is_awaited(enum nbr_flavor flavor, const unsigned long *state);

/*
 * A thread that makes garbage faster than grace periods end owes a turn: as it
 * leaves its section, or is quiescent, it yields the processor, once.  With more
 * threads than processors a grace period waits for those that were put to sleep
 * within their sections, for a whole round of time slices; so it is these that the
 * turn is for.  (The kernel's RCU asks long-running code for the same.)  A few for
 * each grace period are enough, and a scheduler may hold many against a thread.
 * Whoever has retired nothing owes nothing.
 */
void nbr_owe_turn(uint64_t begun);

/* Unless the thread is still in an outer section of `rcu`: then false, and it goes on
 * owing. */
bool nbr_give_turn(const struct rcu_flavor_struct *rcu);

/* nbr_annotate_quiescent() is the other half. */
void nbr_tsan_grace_period_ends(enum nbr_flavor flavor);

#endif
