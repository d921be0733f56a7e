/*
 * reclaim: deferred freeing over a liburcu flavour.  Knows nothing of maps.
 *
 * A domain belongs to one flavour.  What is unlinked from a shared structure
 * is *retired* to it; when every read-side section that was under way has
 * ended, the domain frees it.  Two ways in:
 *
 *   - a node: the object carries a `struct nbr_node`.  nbr_retire() cannot
 *     fail and allocates nothing.
 *   - an object without one: a place in a batch is reserved before the step
 *     that unlinks it (nbr_reserve(), which may fail), used after it
 *     (nbr_retire_object(), which cannot) or given back (nbr_cancel()).
 *
 * Invariants:
 *   freed(x)  =>  a grace period began after retire(x) and has ended
 *   pending   =   retired - freed
 *   a domain that is destroyed has pending = 0
 *
 * Sources: liburcu's call_rcu (what it does and what it cannot give back),
 * seize and papaya (reclamation as a layer of its own, batches).
 */
#ifndef NBR_RECLAIM_H
#define NBR_RECLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nbr_flavor { NBR_BP = 0, NBR_QSBR, NBR_MEMB, NBR_MB, NBR_FLAVORS };

#define NBR_NO_THREAD 1u	  /* the application calls nbr_reclaim() */
#define NBR_LIMIT_REPORTS_ONLY 2u /* at the limit report, but do not refuse */

struct nbr_domain;

struct nbr_allocator {
	void *(*alloc)(size_t size, size_t align, void *arg);
	void (*free)(void *block, size_t size, void *arg);
	void *arg;
};

struct nbr_stats {
	uint64_t pending_objects; /* retired, not yet freed */
	uint64_t pending_bytes;	  /* of them, where the size is known */
	uint64_t freed_objects;
	uint64_t freed_bytes;
	uint64_t grace_periods;
};

/* Fields left zero mean the default. */
struct nbr_config {
	enum nbr_flavor flavor;
	unsigned flags;
	size_t limit_objects; /* 0: 2^24 */
	size_t limit_bytes;   /* 0: half of the machine's memory */
	size_t assist;	      /* pending objects from which reservers help; 0: 2^16 */
	void (*on_limit)(const struct nbr_stats *stats, void *arg);
	void (*on_stall)(unsigned age_ms, void *arg);
	unsigned stall_ms;
	void *arg;
	const struct nbr_allocator *allocator; /* copied; NULL: malloc */
};

/* ---- Domains ------------------------------------------------------------ */

/* A domain of one's own.  -EINVAL, -ENOMEM, -EAGAIN (no thread). */
int nbr_domain_new(struct nbr_domain **domain, const struct nbr_config *config);

/* The domain that all share who name this flavour and `thread`; made when
 * first asked for.  -EINVAL, -ENOMEM, -EAGAIN. */
int nbr_domain_shared(struct nbr_domain **domain, enum nbr_flavor flavor, bool thread);

/* One more user of a domain that has at least one. */
void nbr_domain_ref(struct nbr_domain *domain);

/*
 * One user less.  The last one frees all that waits, joins the threads and
 * frees the domain; it is then [outside].  For a domain from nbr_domain_new()
 * the maker counts as one user.  -EDEADLK (and nothing done) if it would have
 * to wait and the caller is inside a section.
 */
int nbr_domain_unref(struct nbr_domain *domain);

/* Users, the maker included. */
unsigned nbr_domain_users(const struct nbr_domain *domain);

enum nbr_flavor nbr_domain_flavor(const struct nbr_domain *domain);

/* ---- Sections ----------------------------------------------------------- */

void nbr_enter(struct nbr_domain *domain); /* rcu_read_lock() */
void nbr_leave(struct nbr_domain *domain); /* rcu_read_unlock() */

/* Whether the caller is inside a section; for QSBR, whether it is online. */
bool nbr_in_section(const struct nbr_domain *domain);

/* ---- Retiring: [section] ------------------------------------------------ */

struct nbr_node {
	struct nbr_node *next;
	void (*free)(struct nbr_node *node);
	size_t objects; /* that it stands for: 1, for a batch its entries */
	size_t bytes;
};

/*
 * Hand over `node`, already unlinked; `free` is called with it once, after a
 * grace period, in the reclaimer or in a thread inside a waiting call.  Fills
 * the node in, counts it as one object, and wakes the reclaimer.
 *
 * A `free`, here and below, may retire in its turn, within a section of its
 * own; it may not wait (a waiting call made from it answers -EDEADLK).  One
 * that enters sections needs, for memb and mb, waiting calls made by
 * registered threads only, and for qsbr, by online ones.
 */
void nbr_retire(struct nbr_domain *domain, struct nbr_node *node, void (*free)(struct nbr_node *), size_t bytes);

struct nbr_batch;

/* A place in a batch, held by one thread from reserve to retire or cancel. */
struct nbr_ticket {
	struct nbr_batch *batch; /* NULL: nothing reserved */
	unsigned stripe;	 /* where the batch goes back to */
};

#define NBR_TICKET_NONE ((struct nbr_ticket){0})

/*
 * Reserve room for one object.  Where that takes a new batch, may first free
 * one ripe batch of others when pending >= assist; then -ENOMEM, and -ENOBUFS
 * at a limit unless the domain only reports it.  The ticket is empty after an
 * error.  A thread may hold several tickets, but none across the end of its
 * section (for QSBR: across a quiescent state).
 */
int nbr_reserve(struct nbr_domain *domain, struct nbr_ticket *ticket);

/* Use the reservation: free(object, arg) is called once after a grace period.
 * The ticket is empty afterwards. */
void nbr_retire_object(struct nbr_domain *domain, struct nbr_ticket *ticket, void (*free)(void *object, void *arg),
		       void *object, void *arg);

/* Give a reservation back; an empty ticket is allowed. */
void nbr_cancel(struct nbr_domain *domain, struct nbr_ticket *ticket);

/*
 * -ENOBUFS if `bytes` more would pass the limit (calling on_limit), else 0.
 * For what is retired as nodes, to be asked before it is made.  While nothing
 * waits that has a size, any size is admitted: a limit is for a backlog, and a
 * single object above it must still have a way out.
 */
int nbr_admit(struct nbr_domain *domain, size_t bytes);

/* ---- Waiting: [outside] ------------------------------------------------- */

/*
 * Wait until everything retired before the call is freed.  An online QSBR
 * thread is taken offline meanwhile.  -EDEADLK inside a section.
 */
int nbr_barrier(struct nbr_domain *domain);

/* One grace period in the calling thread, then free what it made ripe.
 * Returns the number of objects freed by the caller, or -EDEADLK. */
long nbr_reclaim(struct nbr_domain *domain);

/* [anywhere]; exact when nothing retires or frees. */
void nbr_domain_stats(struct nbr_domain *domain, struct nbr_stats *stats);

/* ---- fork --------------------------------------------------------------- */

/*
 * As nbmap_before_fork() and its two sisters.  The first answers -EDEADLK, with
 * nothing done, inside a section of a flavour that has a domain (for QSBR: in
 * an online thread) and in a `free`.  They call liburcu-bp's own three, which
 * the application must then not call besides.
 */
int nbr_before_fork(void);
void nbr_after_fork_parent(void);
int nbr_after_fork_child(void);

/* ---- ThreadSanitizer ---------------------------------------------------- */

/*
 * liburcu is not instrumented, so ThreadSanitizer cannot see that a grace
 * period orders a section before the free that follows it, and would report
 * every such free as a race.  nbr_leave() tells it.  An application that ends
 * sections without us (rcu_read_unlock(), and every quiescent state, offline
 * and unregister of QSBR) tells it by calling this just before.  Nothing in
 * other builds.
 */
#if defined(__SANITIZE_THREAD__)
#define NBR_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NBR_TSAN 1
#endif
#endif

#ifdef NBR_TSAN
void nbr_annotate_quiescent(const struct nbr_domain *domain);
#else
static inline void nbr_annotate_quiescent(const struct nbr_domain *domain)
{
	(void)domain;
}
#endif

#endif
