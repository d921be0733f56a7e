/*
 * reclaim: deferred freeing over a liburcu flavour.  Knows nothing of maps.
 *
 * A domain belongs to one flavour.  What is unlinked from a shared structure
 * is *retired* to it; when every read-side section that was under way has
 * ended, it is freed.  Two ways in:
 *
 *   - a node: the object carries a `struct nbr_node`.  nbr_retire() cannot
 *     fail and allocates nothing.  For what is large: it is freed in slices.
 *   - an object without one: a place in a batch is reserved before the step
 *     that unlinks it (nbr_reserve(), which may fail), used after it
 *     (nbr_retire_object(), which cannot) or given back (nbr_cancel()).
 *
 * Who frees.  The domain's clock thread runs grace periods and calls no
 * callback.  What has become ripe is freed by those who retire, mostly each
 * his own, a bounded amount a call; what they leave, by the domain's freer
 * thread.  domain.h has the states of a retired object.
 *
 * Invariants:
 *   freed(x)  =>  a grace period began after retire(x) and has ended
 *   pending   =   retired - freed
 *   a domain that is destroyed has pending = 0
 *   while no reader stays in a section longer than T:
 *     pending <= retire rate * O(T + a grace period) + a constant a thread
 *
 * Sources: liburcu's call_rcu (what it does and what it cannot give back),
 * seize and papaya (reclamation as a layer of its own, batches), McKenney's
 * warnings of the writer that outruns it (who retires must also free).
 */
#ifndef NBR_RECLAIM_H
#define NBR_RECLAIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_THREAD__)
#define NBR_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NBR_TSAN 1
#endif
#endif

enum nbr_flavor { NBR_BP = 0, NBR_QSBR, NBR_MEMB, NBR_MB, NBR_FLAVORS };

#define NBR_NO_THREAD 1u	  /* the application calls nbr_reclaim() */
#define NBR_LIMIT_REPORTS_ONLY 2u /* at the limit report, but do not refuse */
#define NBR_NO_YIELD 32u	  /* see nbr_owe_turn() in flavor.h */

struct nbr_domain;

/* What a domain begins with: for looks that must cost no call. */
struct nbr_front {
	_Atomic uint64_t full; /* a limit was met when something was last queued, or looked at */
};

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
	uint64_t refusals;	   /* nbr_refused() */
	uint64_t grace_ns;	   /* age of the grace period under way; 0: none is */
	uint64_t longest_grace_ns; /* of all, also the one under way */
	uint64_t limit_objects;	   /* in force: given, or the default */
	uint64_t limit_bytes;
};

/* Fields left zero mean the default.  The first argument of each callback is
 * what nbr_domain_user() returns. */
struct nbr_config {
	enum nbr_flavor flavor;
	unsigned flags;
	uint64_t limit_objects; /* 0: 2^24 */
	uint64_t limit_bytes;	/* 0: half of the memory that the process may use */
	uint64_t assist; /* pending objects from which retirers free two for one; 0: 2^13, or less with lower limits */
	void (*on_limit)(void *user, const struct nbr_stats *stats);
	void (*on_stall)(void *user, unsigned age_ms); /* needs stall_ms and a clock thread */
	unsigned stall_ms;
	void (*on_thread_start)(void *user); /* in each of the domain's threads, first ... */
	void (*on_thread_exit)(void *user);  /* ... and last */
	const struct nbr_allocator *allocator; /* copied; NULL: malloc */
	size_t user_size;		       /* bytes for the user, copied from: */
	const void *user;
};

/* ---- Domains ------------------------------------------------------------ */

/* A domain of one's own.  -EINVAL, -ENOMEM, -EAGAIN (no thread), -ECHILD. */
int nbr_domain_new(struct nbr_domain **domain, const struct nbr_config *config);

/* The domain that all share who name this flavour and `thread`; made when
 * first asked for.  -EINVAL, -ENOMEM, -EAGAIN, -ECHILD. */
int nbr_domain_shared(struct nbr_domain **domain, enum nbr_flavor flavor, bool thread);

/* One more user of a domain that has at least one. */
void nbr_domain_ref(struct nbr_domain *domain);

/*
 * One user less.  The last one frees all that waits, joins the threads and
 * frees the domain.  [outside], always: -EDEADLK, and nothing done, inside a
 * section or a callback; -ECHILD.  For a domain from nbr_domain_new() the maker
 * counts as one user.
 */
int nbr_domain_unref(struct nbr_domain *domain);

/* Users, the maker included. */
unsigned nbr_domain_users(const struct nbr_domain *domain);

/* Whether there is such a domain; the pointer is not followed. */
bool nbr_domain_exists(const struct nbr_domain *domain);

/* Whether it came from nbr_domain_shared(). */
bool nbr_domain_is_shared(const struct nbr_domain *domain);

enum nbr_flavor nbr_domain_flavor(const struct nbr_domain *domain);

/* The user's own bytes, aligned to 64; zeroes in a shared domain. */
#define NBR_USER_MAX 64
void *nbr_domain_user(struct nbr_domain *domain);

/* ---- Sections ----------------------------------------------------------- */

void nbr_enter(struct nbr_domain *domain); /* rcu_read_lock() */
void nbr_leave(struct nbr_domain *domain); /* rcu_read_unlock() */

/* Whether the caller is inside a section; for QSBR, whether it is online. */
bool nbr_in_section(const struct nbr_domain *domain);

/*
 * Whether the caller is inside a callback of this layer: a `free`, on_limit,
 * or what the caller put between nbr_callback_begin() and _end().
 */
bool nbr_in_callback(void);
bool nbr_callback_begin(void); /* returns what _end() is to be given */
void nbr_callback_end(bool outer);

/* ---- Threads ------------------------------------------------------------ */

/* Whether the flavour knows this thread; bp knows all. */
bool nbr_registered(enum nbr_flavor flavor);

/*
 * liburcu's calls of the same names, for all flavours; nothing to do for bp,
 * and, but for the first two, for any but QSBR.  Each first tells
 * ThreadSanitizer.  A QSBR thread that has retired frees in offline and quiescent, outside
 * of its section.  -EINVAL: no such flavour, or not (register: already)
 * registered.  Whoever registers here can be named below.
 */
int nbr_thread_register(enum nbr_flavor flavor);
int nbr_thread_unregister(enum nbr_flavor flavor);
int nbr_thread_offline(enum nbr_flavor flavor);
int nbr_thread_online(enum nbr_flavor flavor);
int nbr_thread_quiescent(enum nbr_flavor flavor);

#define NBR_NAME_SIZE 16 /* of a thread, with its zero: what the kernel keeps */

/*
 * Calls visit() for each registered thread that a grace period of the flavour seems to wait
 * for, in the order in which they registered; for bp none.  With the mutex that registering
 * takes.
 */
void nbr_threads_awaited(enum nbr_flavor flavor, void (*visit)(long tid, const char *name, void *arg), void *arg);

/*
 * liburcu is not instrumented, so ThreadSanitizer cannot see that a grace
 * period orders a section before the free that follows it, and would report
 * every such free as a race.  nbr_leave() and the calls above tell it.  An
 * application that ends sections by liburcu's own calls tells it by calling
 * this just before.  Nothing in other builds.
 */
void nbr_annotate_quiescent(enum nbr_flavor flavor);

/* ---- Retiring: [section] ------------------------------------------------ */

/*
 * `free` frees a slice and returns whether that was the last; it is called
 * again, by whoever comes to it, until it does.  A slice that is not the last
 * may take what it freed off `bytes`.
 */
struct nbr_node {
	struct nbr_node *next;
	bool (*free)(struct nbr_node *node);
	uint64_t stamp; /* the grace period after which it is ripe */
	size_t objects; /* that it stands for: 1, for a batch its entries */
	size_t bytes;
};

/*
 * Hand over `node`, already unlinked; it is freed after a grace period, in a
 * thread of the domain, in one that retires, or in a waiting call.  Fills the
 * node in, counts it as one object, and wakes the clock.  Where much waits, frees
 * some slices of other nodes.
 *
 * A `free`, here and below, may enter sections, and retire in them; it may not
 * wait (a waiting call made from it answers -EDEADLK).  It may run inside a
 * section of the thread that it runs in.
 */
void nbr_retire(struct nbr_domain *domain, struct nbr_node *node, bool (*free)(struct nbr_node *), size_t bytes);

struct nbr_batch;

/* A place in a batch, held by one thread from reserve to retire or cancel. */
struct nbr_ticket {
	struct nbr_batch *batch; /* NULL: nothing reserved */
	unsigned stripe;	 /* where the batch goes back to */
};

#define NBR_TICKET_NONE ((struct nbr_ticket){0})

/* What the step that needs the place does to memory. */
enum nbr_purpose {
	NBR_REPLACES, /* may be turned away at a limit */
	NBR_REMOVES,  /* makes room: no limit turns it away, and places kept back are for it */
};

/*
 * Reserve room for one object.  Where that takes a new batch, first frees up to
 * NBR_ASSIST_BATCHES ripe ones, and a slice of a node; then -ENOMEM, and
 * -ENOBUFS at a limit unless the domain only reports it.  The ticket is empty
 * after an error.  A thread may hold several tickets, but none across the end
 * of its section (for QSBR: across a quiescent state).
 */
int nbr_reserve(struct nbr_domain *domain, enum nbr_purpose purpose, struct nbr_ticket *ticket);

/* Use the reservation: free(object, arg) is called once after a grace period.
 * `bytes` is what that gives back, 0 if not known.  The ticket is empty
 * afterwards. */
void nbr_retire_object(struct nbr_domain *domain, struct nbr_ticket *ticket, void (*free)(void *object, void *arg),
		       void *object, void *arg, size_t bytes);

/* Give a reservation back; an empty ticket is allowed. */
void nbr_cancel(struct nbr_domain *domain, struct nbr_ticket *ticket);

/*
 * -ENOBUFS if `bytes` more would pass the limit (calling on_limit), else 0.
 * For what is retired as nodes, to be asked before it is made.  While nothing
 * waits that has a size, any size is admitted: a limit is for a backlog, and a
 * single object above it must still have a way out.
 */
int nbr_admit(struct nbr_domain *domain, size_t bytes);

/* The same, for who can do without: an -ENOBUFS is no refusal yet. */
int nbr_has_room(struct nbr_domain *domain, size_t bytes);

/* It has become one: somebody is answered -ENOBUFS.  nbr_reserve() and nbr_admit()
 * count their own. */
void nbr_refused(struct nbr_domain *domain);

/*
 * A hint that nbr_admit(domain, 0) would refuse, some batches early or late.  For a
 * step that retires nothing but brings in what a removal, which no limit turns away,
 * will retire.
 */
static inline bool nbr_seems_full(const struct nbr_domain *domain)
{
	/* Relaxed: a hint. */
	return atomic_load_explicit(&((const struct nbr_front *)(const void *)domain)->full, memory_order_relaxed) != 0;
}

/* ---- Waiting: [outside] ------------------------------------------------- */

/*
 * Each waits for at least one whole grace period that begins after the call.
 * An online QSBR thread is taken offline meanwhile.  None is a point of
 * cancellation.  -EDEADLK inside a section or a callback; -ECHILD in a child
 * that was forked without nbr_before_fork().
 */

/* Whether they would refuse: the error, or 0. */
int nbr_check_outside(const struct nbr_domain *domain);

/*
 * What each of them begins and ends with, for who calls callbacks outside of
 * sections himself: refuses as they do, is no point of cancellation, and makes a
 * thread known to the flavour, so that callbacks may enter sections.
 */
struct nbr_visit {
	int guest; /* see callback.h */
	int cancel_state;
};
int nbr_visit_begin(const struct nbr_domain *domain, struct nbr_visit *visit);
void nbr_visit_end(const struct nbr_domain *domain, const struct nbr_visit *visit);

/* ... and nothing more. */
int nbr_synchronize(struct nbr_domain *domain);

/* ... and until everything retired before the call is freed. */
int nbr_barrier(struct nbr_domain *domain);

/* ... and free what was ripe then.  Returns the number of objects freed by the
 * caller. */
long nbr_reclaim(struct nbr_domain *domain);

/* The same, but waits for `ns` nanoseconds at most: -ETIMEDOUT.  Frees what nobody else is
 * at, some of it at least, and goes on while there is time.  -EINVAL: the domain has no
 * threads. */
long nbr_reclaim_within(struct nbr_domain *domain, uint64_t ns);

/* [anywhere]; exact when nothing retires or frees. */
void nbr_domain_stats(struct nbr_domain *domain, struct nbr_stats *stats);

/* ---- fork --------------------------------------------------------------- */

/*
 * As nbmap_before_fork() and its two sisters.  The first answers -EDEADLK, with
 * nothing done, inside a section of a flavour that has a domain (for QSBR: in
 * an online thread), in a callback, and between its own first call and one of
 * the other two; it waits while another thread is there.  They call
 * liburcu-bp's own three, which the application must then not call besides.
 */
int nbr_before_fork(void);
void nbr_after_fork_parent(void);
int nbr_after_fork_child(void);

#endif
