/*
 * nbmap: a lock-free hash map, reclaimed through liburcu.
 *
 * Two kinds of map over one core: `struct nbmap` has keys of any type,
 * described by a `struct nbmap_type`; `struct nbmap_u64` has 64-bit integer
 * keys, all 2^64 of them.  Values are pointers, or integers dressed as
 * pointers (nbmap_int()).
 *
 * SECTIONS.  A call marked [section] runs inside a read-side critical section
 * of the map's flavour, by a thread registered with that flavour (and online,
 * for QSBR): between nbmap_enter() and nbmap_leave(), or between the
 * flavour's own rcu_read_lock() and rcu_read_unlock().  A call marked
 * [outside] may wait for a grace period: it must not run inside one, or it
 * would wait for itself.  A call marked [anywhere] does not care.  Every
 * pointer the map hands out, key or value, is valid until the section in
 * which it was obtained ends.  Debug builds of the library assert the
 * section and name the call.
 *
 * PROGRESS.  nbmap_get() and nbmap_get_batch() are wait-free: a get writes
 * nothing, allocates nothing, and reads one table, or, if it finds that one being
 * left, those that are linked then, and at most two that follow.  So is
 * nbmap_get_or_add() of a key that has a value.  Every other
 * [section] call is lock-free, as far as the allocator and the callbacks it
 * uses are: a thread stopped anywhere, for ever, stops no other.  Reclamation
 * alone waits for readers, until its limit.  Of all calls only a get may be
 * made from a signal handler: see nbmap_enter().
 *
 * RECLAMATION.  What is removed, overwritten or outgrown waits for a grace
 * period, and is then freed.  A thread of the domain's runs the grace periods.
 * Writers do most of the freeing: one that has made thirty objects garbage frees
 * thirty that are ripe, most often its own, and sixty where much waits; it does so
 * in nbmap_leave(), when its section has ended.  What they leave, another thread of the domain's frees.  So as long as readers leave
 * their sections garbage stays bounded, whatever the number of writers, and
 * nobody is refused.  Large things, tables and cleared maps, are freed in slices.
 *
 * ORDERING.  Every operation but iteration, scan, count, stats and dump is
 * linearizable, across keys: all threads agree on one order of all
 * operations.  A put therefore publishes what was written to the value before
 * it, and a get that returns the value sees all of that.  Calls that find
 * nothing to change (-EEXIST, -ENOENT, -EAGAIN, equal value) are ordered like
 * a get.
 *
 * OWNERSHIP.  Keys are borrowed for the length of the call; the map keeps
 * what `key_dup` returns and gives it to `key_free` when no reader can see
 * it.  A value is taken over by a call that returns 0 and stored it; on any
 * other return it is still the caller's.  With a `value_free`, the map owns
 * stored values: what is overwritten, removed, cleared or left at
 * nbmap_destroy() goes to `value_free`, once, after a grace period.  Without
 * one a displaced value belongs to whoever displaced it, who learns it
 * through `seen` and must itself wait for a grace period before freeing.
 *
 * ERRORS are negative errno values.  On any error the map is as it was:
 *   -EINVAL   NULL key, bad value (NULL, misaligned, or below 8),
 *             inconsistent configuration
 *   -ERANGE   an integer too large for nbmap_int(), or a sum that is below 0 or too
 *             large; a key pointer that uses its upper 16 bits in a map without
 *             NBMAP_WIDE_KEYS
 *   -ENOMEM   an allocation failed
 *   -ENOBUFS  the reclamation limit is reached (see "At the limit")
 *   -E2BIG    more keys with one hash than a scan has room for
 *   -EDEADLK  an [outside] call inside a section, or in a callback that
 *             reclamation calls
 *   -ECHILD   an [outside] call in a child that was forked without
 *             nbmap_before_fork()
 *
 * MISUSE.  Debug builds of the library (without NDEBUG) name on stderr, and
 * abort: a [section] call outside of a section or by an unregistered thread; a
 * map that is changed by a callback which it is waiting for; a map or domain that
 * is destroyed twice, or by a callback; a thread that registers twice; a hash that is
 * not the key's.  Built with
 * AddressSanitizer, also a spare that an update's callback has freed and replaced.
 */
#ifndef NBMAP_H
#define NBMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define NBMAP_VERSION_MAJOR 0
#define NBMAP_VERSION_MINOR 1
#define NBMAP_VERSION_PATCH 0
/* The three as one number, which grows with each release: 0.1.0 is 100. */
#define NBMAP_VERSION (NBMAP_VERSION_MAJOR * 10000 + NBMAP_VERSION_MINOR * 100 + NBMAP_VERSION_PATCH)

#if defined(__GNUC__)
#define NBMAP_API __attribute__((visibility("default")))
#else
#define NBMAP_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct nbmap;
struct nbmap_u64;
struct nbmap_domain;

/*
 * [anywhere] The NBMAP_VERSION of the library that runs.  It may be newer than
 * that of the header, or older: a program needs at least the version whose
 * functions it calls, of the same major version.
 */
NBMAP_API int nbmap_version(void);

/* ---- Flavours ----------------------------------------------------------- */

/*
 * The liburcu flavour whose sections guard a map.  bp needs no registration
 * and is the default; qsbr is the fastest; memb and mb are liburcu's other
 * two, chosen by applications that already use them.
 */
enum nbmap_flavor {
	NBMAP_BP = 0,
	NBMAP_QSBR,
	NBMAP_MEMB,
	NBMAP_MB,
};

/* ---- Values ------------------------------------------------------------- */

/*
 * A value is a pointer aligned to 4 bytes, 8 or above, or an integer from 0 to
 * NBMAP_INT_MAX that nbmap_int() dresses as one.  The two may be mixed in one
 * map without a `value_free`; NULL always means "absent".
 */
#define NBMAP_INT_MAX (UINTPTR_MAX / 4 - 2)

/* The value that stands for `n`; writers answer -ERANGE if n is too large. */
static inline void *nbmap_int(uint64_t n)
{
	return (void *)(n <= NBMAP_INT_MAX ? (uintptr_t)(n + 2) << 2 : (uintptr_t)1);
}

/* The integer that `value`, made by nbmap_int(), stands for. */
static inline uint64_t nbmap_int_of(const void *value)
{
	return ((uintptr_t)value >> 2) - 2;
}

/* ---- Types -------------------------------------------------------------- */

/*
 * What a map needs to know of its keys and values.  Every callback gets the
 * configuration's `arg` last.  None may call an [outside] function, nor
 * change the map it is called for; none may block for long.
 *
 * hash         any 64-bit function of the key; `seed` is the map's.  Required
 *              for object keys.  A poor hash costs time, never memory.
 * equal        whether two keys are the same.  Required for object keys.
 * key_dup      returns the map's own copy, or NULL (-ENOMEM).  Called only
 *              when a slot is about to be claimed for the key.  Without it
 *              the map keeps the caller's pointer, which must then stay valid
 *              until nbmap_destroy() has returned: also after the key was
 *              removed.
 * key_free     frees what key_dup made.  Needs key_dup.
 * value_free   the map owns its values and frees them with this.
 * value_equal  how `replace` and `del_if` compare the expected value with the
 *              present one; pointer equality without it.
 * key_size     how many bytes key_free gives back for the key, and
 * value_size   value_free for the value; the same number each time it is asked.
 *              Garbage is then counted in bytes, too: see limit_bytes.  Without
 *              key_free, value_free they are not asked.
 *
 * Which thread calls them:
 *
 *   hash, equal, key_dup, value_equal, sizes   the one in a call on the map
 *   hash, equal, sizes                         also those of the next line, where
 *                                              a cleared map is taken apart or a
 *                                              migration is finished
 *   key_free, value_free                       a thread of the domain's; any
 *                                              thread in nbmap_leave(), or in a
 *                                              writing call, on any map of the
 *                                              domain; or one in an [outside] call
 *
 * So a key_free or value_free must not take a lock that a caller of these may hold.
 * In nbmap_leave() it runs outside of the section, unless that is a nested one or
 * the flavour is QSBR.  In a writing call it runs within the section, and only
 * where that has made more than thirty objects garbage, is at a limit, or does not
 * end by nbmap_leave().  It may use maps, other than its own, but within a section of
 * its own: nbmap_enter() and nbmap_leave(), for QSBR too.  It cannot wait: an
 * [outside] call answers -EDEADLK.  That holds for nbmap_destroy(), always, and in
 * debug builds is named: in a map of maps value_free puts the inner map on a list
 * of yours, which is emptied elsewhere.  While a map is destroyed, its value_free
 * may still get from it, and finds the values that are left, but not walk it
 * (nbmap_iter_init() answers -EDEADLK); key_free must do neither.
 */
struct nbmap_type {
	uint64_t (*hash)(const void *key, uint64_t seed, void *arg);
	bool (*equal)(const void *a, const void *b, void *arg);
	void *(*key_dup)(const void *key, void *arg);
	void (*key_free)(void *key, void *arg);
	void (*value_free)(void *value, void *arg);
	bool (*value_equal)(const void *a, const void *b, void *arg);
	size_t (*key_size)(const void *key, void *arg);
	size_t (*value_size)(const void *value, void *arg);
};

/* A key of nbmap_type_bytes(): `size` bytes at `data`; data may be NULL if
 * size is 0.  The map's copy is one block that holds both. */
struct nbmap_bytes {
	const void *data;
	size_t size;
};

/*
 * Ready-made key types: C strings (copied), byte ranges (copied), and the
 * pointer itself (nothing copied, nothing read through it).  The first two have a
 * key_size.  To add value callbacks, copy the structure and fill them in.  [anywhere]
 *
 * Strings and bytes are hashed under the map's seed, so that strangers who do not know
 * it cannot choose keys that collide; hashes are not to be shown to strangers.  A map
 * does so by itself, fast, where `hash` and `equal` are those of the type.  The `hash`
 * of the type answers the same, but may take ten times as long.
 */
NBMAP_API const struct nbmap_type *nbmap_type_string(void);
NBMAP_API const struct nbmap_type *nbmap_type_bytes(void);
NBMAP_API const struct nbmap_type *nbmap_type_pointer(void);

/*
 * SipHash-1-3 of `size` bytes under a 128-bit key drawn from `seed`: for types of your
 * own.  [anywhere]
 */
NBMAP_API uint64_t nbmap_hash_bytes(const void *data, size_t size, uint64_t seed);

/* ---- Memory ------------------------------------------------------------- */

/*
 * Where a map or domain takes its own memory from (not what key_dup takes).
 * `alloc` returns `size` bytes aligned to `align`, a power of two, or NULL;
 * both are called from any thread.
 */
struct nbmap_allocator {
	void *(*alloc)(size_t size, size_t align, void *arg);
	void (*free)(void *block, size_t size, void *arg);
	void *arg;
};

/* ---- Reclamation domains ------------------------------------------------ */

/*
 * A domain collects what maps of one flavour have retired, waits for grace
 * periods and sees to it that all is freed.  Maps of a flavour share one by
 * default; make your own to choose limits, or to keep the garbage of some maps
 * apart.
 *
 * Its threads.  "nbmap-clock" runs grace periods and calls no callback but the two
 * hooks.  "nbmap-reclaim" frees what writers leave.  "nbmap-watch", where on_stall
 * is asked for, reports.  They sleep while nothing is retired.  They may run on all
 * processors that the process had when the library was loaded, with the default
 * scheduling policy, and have all signals blocked but those of faults: SIGSEGV,
 * SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS.
 *
 * No waiting call is a point of cancellation.
 */

/* No threads: the application calls nbmap_reclaim(). */
#define NBMAP_NO_THREAD 1u
/* At the limit call on_limit and go on, instead of -ENOBUFS. */
#define NBMAP_LIMIT_REPORTS_ONLY 2u
/* Threads never yield the processor: see nbmap_leave(). */
#define NBMAP_NO_YIELD 32u

/* What a domain holds and has done.  Counts of objects include tables, cleared
 * maps (one each), and large migrations that are to be finished. */
struct nbmap_domain_stats {
	uint64_t pending_objects; /* retired, not yet freed */
	uint64_t pending_bytes;   /* of them: tables, and keys and values whose type has
				   * sizes; without the last few of each thread */
	uint64_t freed_objects;   /* since the domain was made */
	uint64_t freed_bytes;
	uint64_t grace_periods;
	uint64_t refusals;         /* calls that were answered -ENOBUFS */
	uint64_t grace_ns;         /* age of the grace period under way, in nanoseconds; 0: none is */
	uint64_t longest_grace_ns; /* how long the longest took, or has lasted until now */
	uint64_t reserved[8];      /* zero */
};

/*
 * Fields left zero mean the default.
 *
 * flavor         of every map in the domain
 * flags          NBMAP_NO_THREAD, NBMAP_LIMIT_REPORTS_ONLY, NBMAP_NO_YIELD
 * limit_objects  how many retired objects may wait; 0: 2^24
 * limit_bytes    how many retired bytes may wait; 0: half of the memory that the
 *                process may use: the machine's, or its control group's (v1 or v2)
 *                where that is less
 * assist         from how many waiting objects on writers free two for one; 0:
 *                2^13, or a quarter of limit_objects if that is less.  A quarter
 *                of limit_bytes does the same.  From 8 times as many on they free
 *                slices of large things, too.
 *                Both limits and `assist` are checked by the batch: they may
 *                be passed by some hundred objects, and 64 KiB, per thread.
 * on_limit       called by a writer that meets the limit; see "At the limit"
 * stall_ms       a grace period that lasts longer is reported ...
 * on_stall       ... to this, from a thread of the domain's own, once per
 *                grace period, with its age.  Without stall_ms, or with
 *                NBMAP_NO_THREAD: -EINVAL.
 * on_thread_start, on_thread_exit
 *                called in each of the domain's threads, first (before
 *                nbmap_domain_new() returns) and last: to attach it to a
 *                runtime, say
 * arg            last argument of all four
 * allocator      for the domain and its batches; NULL: malloc.  Copied.
 * reserved       must be zero
 */
struct nbmap_domain_config {
	enum nbmap_flavor flavor;
	unsigned flags;
	size_t limit_objects;
	size_t limit_bytes;
	size_t assist;
	void (*on_limit)(const struct nbmap_domain_stats *stats, void *arg);
	void (*on_stall)(unsigned age_ms, void *arg);
	unsigned stall_ms;
	void (*on_thread_start)(void *arg);
	void (*on_thread_exit)(void *arg);
	void *arg;
	const struct nbmap_allocator *allocator;
	uint64_t reserved[4];
};

/*
 * AT THE LIMIT.  Garbage passes a limit when a reader stays in its section, so
 * that no grace period ends.  Then calls that store a value, put, add, set,
 * replace, update, add_int, get_or_add, and nbmap_retire(), are refused with -ENOBUFS,
 * and nothing has changed: also those that overwrite nothing, for what they bring in may
 * be removed.
 * Removals (also by update) and clear are never refused by a limit.
 *
 * What to do: leave your own section, so that you are not that reader, and try
 * again or drop the request.
 *
 *     int store(struct nbmap *map, const char *key, struct item *item)
 *     {
 *             int error;
 *
 *             for (int tries = 0; tries < 3; tries++) {
 *                     nbmap_enter(map);
 *                     error = nbmap_put(map, key, item, NULL);
 *                     nbmap_leave(map);
 *                     if (error != -ENOBUFS)
 *                             return error;
 *                     nbmap_reclaim(map);    // waits until that reader has left
 *             }
 *             return error;                  // `item` is still the caller's
 *     }
 *
 * A thread that must not wait answers its client "try later" instead.
 *
 * on_limit is called in the thread that meets the limit, before it is refused, with
 * no lock held and never from within itself.  It may call [section] calls, and so
 * make room: remove entries, say.
 *
 * WHERE MEMORY IS SHORT.  A displaced value needs a place to wait in.  Emptied
 * places are used again, so that a thread that writes steadily asks the allocator
 * for none.  Of new ones, a domain keeps a thousand for removals alone: those go on
 * working when nothing can be allocated, with -ENOMEM only when all of these wait
 * for one grace period, or when a removal meets a migration that needs one more
 * table.  clear needs a new table, a small one but for min_capacity, and so may
 * answer -ENOMEM.
 */

/*
 * Make a domain of one's own.  Starts its threads.  [anywhere]
 * -EINVAL, -ENOMEM, -EAGAIN (no thread to be had), -ECHILD.
 */
NBMAP_API int nbmap_domain_new(struct nbmap_domain **domain, const struct nbmap_domain_config *config);

/*
 * The domain that maps of this flavour share by default, or, with NBMAP_NO_THREAD
 * in `flags`, the shared one without threads.  The caller holds it, as a map would,
 * until nbmap_domain_destroy().  [anywhere]
 * -EINVAL, -ENOMEM, -EAGAIN, -ECHILD.
 */
NBMAP_API int nbmap_domain_shared(struct nbmap_domain **domain, enum nbmap_flavor flavor, unsigned flags);

/* The domain of a map; it lives as long as the map does.  [anywhere] */
NBMAP_API struct nbmap_domain *nbmap_domain_of(struct nbmap *map);
NBMAP_API struct nbmap_domain *nbmap_u64_domain_of(struct nbmap_u64 *map);

/*
 * Free all that waits, join the threads, free the domain.  A shared domain is only
 * let go of; the last to do so ends it.  NULL is allowed.  [outside]
 * -EBUSY while a map uses it (not a shared one), -EDEADLK, -ECHILD.
 */
NBMAP_API int nbmap_domain_destroy(struct nbmap_domain *domain);

/* A snapshot; exact when nothing retires or frees.  [anywhere] */
NBMAP_API void nbmap_domain_stats(struct nbmap_domain *domain, struct nbmap_domain_stats *stats);

/* As the calls on a map, documented there. */
NBMAP_API void nbmap_domain_enter(struct nbmap_domain *domain);
NBMAP_API void nbmap_domain_leave(struct nbmap_domain *domain);
NBMAP_API int nbmap_domain_synchronize(struct nbmap_domain *domain);
NBMAP_API int nbmap_domain_barrier(struct nbmap_domain *domain);
NBMAP_API long nbmap_domain_reclaim(struct nbmap_domain *domain);
NBMAP_API int nbmap_domain_retire(struct nbmap_domain *domain, void *object, void (*free)(void *object, void *arg),
				  void *arg);

/*
 * fork() without exec: call the first before it, then the second in the
 * parent or the third in the child, all outside any section.  They stop the
 * domains' threads for the length of the fork and, in the child, start new
 * ones.  They call liburcu-bp's own three, so the application must not.  As
 * liburcu asks, a process that uses
 * qsbr, memb or mb must have unregistered its threads (the forking one too)
 * before; between the first call and the second no other thread may be inside
 * a call on a map.  Threads that fork at the same time wait for one another.
 * Nothing is hooked into pthread_atfork().  [outside]
 *
 * before_fork: -EDEADLK inside a section, while online for QSBR, in a callback,
 * and when called a second time before one of the others; -ECHILD.
 * after_fork_child: -EAGAIN if a thread could not be started; its domain then
 * works as with NBMAP_NO_THREAD.
 *
 * In a child that was forked without these, [outside] calls answer -ECHILD.
 */
NBMAP_API int nbmap_before_fork(void);
NBMAP_API void nbmap_after_fork_parent(void);
NBMAP_API int nbmap_after_fork_child(void);

/* ---- Threads ------------------------------------------------------------ */

/*
 * What liburcu asks of the threads that use a flavour, without its headers.
 *
 *               bp        memb, mb              qsbr
 *   register    nothing   before any section    the same; puts it online
 *   unregister  nothing   before the thread ends, outside sections
 *   offline     nothing   nothing               before a long wait: reads nothing
 *   online      nothing   nothing               after it
 *   quiescent   nothing   nothing               now and then: holds no pointer
 *
 * All of them answer 0, or -EINVAL: there is no such flavour, or the thread is not
 * registered (register: is already), which debug builds name.  They and liburcu's
 * own calls may be mixed.
 */
NBMAP_API int nbmap_thread_register(enum nbmap_flavor flavor);
NBMAP_API int nbmap_thread_unregister(enum nbmap_flavor flavor);
NBMAP_API int nbmap_thread_offline(enum nbmap_flavor flavor);
NBMAP_API int nbmap_thread_online(enum nbmap_flavor flavor);
NBMAP_API int nbmap_thread_quiescent(enum nbmap_flavor flavor);

/*
 * For applications tested with ThreadSanitizer (and a library built with it) that
 * end sections by liburcu's own calls: rcu_read_unlock() of the flavour, and for
 * QSBR each quiescent state, offline and unregister.  liburcu is not instrumented,
 * so that ThreadSanitizer cannot see how a grace period orders a section before the
 * free that follows; this call, just before theirs, tells it.  nbmap_leave() and the
 * calls above do so themselves.  Does nothing in other builds.  [anywhere]
 */
NBMAP_API void nbmap_annotate_quiescent(enum nbmap_flavor flavor);

/* ---- Making maps -------------------------------------------------------- */

/* `seed` is to be used as it is, also 0; else a random one is drawn. */
#define NBMAP_FIXED_SEED 4u
/* Key pointers may use all 64 bits; costs the tag that spares most `equal`
 * calls.  Then the keys NULL and (void *)1 are refused (-EINVAL). */
#define NBMAP_WIDE_KEYS 8u
/* Do not ask the system for huge pages, which tables of 2 MiB and more are
 * otherwise backed with: those are faster, but the first touch of one may stop
 * a call for milliseconds, and a page is resident as a whole. */
#define NBMAP_SMALL_PAGES 16u

/*
 * Fields left zero mean the default; NULL stands for all defaults of an
 * integer-keyed map.
 *
 * type          object maps: required.  Integer maps: only its value
 *               callbacks are used, key callbacks must be NULL; may be NULL.
 *               Copied.
 * arg           last argument of all its callbacks
 * flavor        whose sections guard the map
 * domain        a domain of one's own (its flavour is the map's, and `flavor`
 *               is not looked at), or NULL for the one shared by the flavour
 * flags         NBMAP_FIXED_SEED, NBMAP_WIDE_KEYS, NBMAP_SMALL_PAGES;
 *               NBMAP_NO_THREAD chooses the flavour's shared domain that has
 *               no reclaimer thread
 * seed          see NBMAP_FIXED_SEED
 * capacity      entries to make room for at the start, and for a little churn of them
 * min_capacity  room that removals never take back.  After a clear, where the
 *               allocator's memory has to be cleared, room above a mebibyte comes
 *               back in steps, as it is filled
 * allocator     for the map and its tables; NULL: malloc, and from 1 MiB on
 *               pages from the system.  Copied.
 * reserved      must be zero
 */
struct nbmap_config {
	const struct nbmap_type *type;
	void *arg;
	enum nbmap_flavor flavor;
	unsigned flags;
	struct nbmap_domain *domain;
	uint64_t seed;
	size_t capacity;
	size_t min_capacity;
	const struct nbmap_allocator *allocator;
	uint64_t reserved[4];
};

/*
 * Make a map.  The first map of a flavour's shared domain starts that
 * domain's thread.  [anywhere]  -EINVAL, -ENOMEM, -EAGAIN (no thread to be
 * had).
 */
NBMAP_API int nbmap_new(struct nbmap **map, const struct nbmap_config *config);
NBMAP_API int nbmap_u64_new(struct nbmap_u64 **map, const struct nbmap_config *config);

/*
 * Free the map, its keys, and, with a `value_free`, its values; wait for what
 * it had retired.  No other thread may be using the map.  An online QSBR
 * thread is taken offline while it waits.  The last map of a shared domain
 * joins its threads.  NULL is allowed.  [outside]  -EDEADLK, -ECHILD.
 */
NBMAP_API int nbmap_destroy(struct nbmap *map);
NBMAP_API int nbmap_u64_destroy(struct nbmap_u64 *map);

/* ---- Sections and reclamation ------------------------------------------- */

/*
 * Begin and end a read-side section of the map's flavour: rcu_read_lock() and
 * rcu_read_unlock().  They nest.  For QSBR neither begins nor ends anything, but in
 * a callback that reclamation calls: the thread must be registered and online, and
 * announces its quiescent states itself.
 *
 * A thread that has made garbage in the section frees some in nbmap_leave(), when it
 * is outside: callbacks run there, and sections stay short.  Who ends sections by
 * liburcu's own call frees within the next ones.
 *
 * A thread that has done so while more than 32 times `assist` waited yields the
 * processor in nbmap_leave(), when it is out of its last section, a few times for
 * each grace period; for QSBR in nbmap_thread_quiescent().  Where there are more
 * threads than processors a grace period waits for those that are in a section and
 * not running, and so it ends sooner.  It is no wait: where nobody else is to run,
 * the thread goes on at once.  NBMAP_NO_YIELD does without.
 *
 * Both are lock-free as far as liburcu is: in bp, the first section of a thread
 * registers it, under a lock of liburcu's.
 *
 * Not in a signal handler, as nbmap_leave() may free.  There, liburcu's own calls
 * begin and end the section of a get, whose type's hash and equal must be fit for it:
 *   bp         in any thread
 *   memb, mb   in a registered thread.  liburcu excepts handlers on a stack of their
 *              own (sigaltstack); and keep the signal blocked while the thread is
 *              being registered or unregistered
 *   qsbr       no section is needed, only an online thread: the signal must be blocked
 *              wherever the thread is quiescent or offline, also in [outside] calls.
 *              liburcu advises against it
 */
NBMAP_API void nbmap_enter(struct nbmap *map);
NBMAP_API void nbmap_leave(struct nbmap *map);
NBMAP_API void nbmap_u64_enter(struct nbmap_u64 *map);
NBMAP_API void nbmap_u64_leave(struct nbmap_u64 *map);

/*
 * Wait for a grace period that begins after the call: when it returns, every
 * section that had begun before it has ended.  What was unlinked before may then be
 * freed by hand.  An online QSBR thread is taken offline meanwhile.  [outside]
 * -EDEADLK, -ECHILD.
 */
NBMAP_API int nbmap_synchronize(struct nbmap *map);
NBMAP_API int nbmap_u64_synchronize(struct nbmap_u64 *map);

/*
 * The same, and wait until all that was retired before, in the map's domain, is
 * freed.  [outside]  -EDEADLK, -ECHILD.
 */
NBMAP_API int nbmap_barrier(struct nbmap *map);
NBMAP_API int nbmap_u64_barrier(struct nbmap_u64 *map);

/*
 * The same as nbmap_synchronize(), and free what is ripe then in the map's domain.
 * Where there are no threads, nothing else runs grace periods; elsewhere a help.
 * Returns the number of objects freed by this call.  [outside]
 * -EDEADLK, -ECHILD.
 */
NBMAP_API long nbmap_reclaim(struct nbmap *map);
NBMAP_API long nbmap_u64_reclaim(struct nbmap_u64 *map);

/*
 * Call free(object, arg) after a grace period: for what the map does not own but
 * readers found through it, such as an entry that also stands in a list of the
 * application, or a displaced value of a map without value_free.  Unlink it first,
 * everywhere.  `free` is called as value_free is (see struct nbmap_type), before
 * nbmap_destroy() returns.  Lock-free.  [section]  -EINVAL (NULL), -ENOMEM,
 * -ENOBUFS: `object` is still the caller's, who may try later, or wait by
 * nbmap_synchronize().
 */
NBMAP_API int nbmap_retire(struct nbmap *map, void *object, void (*free)(void *object, void *arg), void *arg);
NBMAP_API int nbmap_u64_retire(struct nbmap_u64 *map, void *object, void (*free)(void *object, void *arg), void *arg);

/* ---- Operations --------------------------------------------------------- */

/*
 * Each has a twin with a uint64_t key, documented by the first.  `seen`, if
 * not NULL, receives the value that the key had when the call took effect, or
 * NULL if it had none; it is set on 0, -EEXIST, -ENOENT and -EAGAIN, and valid
 * until the section ends.  Without `value_free`, after a call that displaced
 * it, it is the caller's to free, a grace period later.
 */

/* The key's value, or NULL.  Wait-free.  [section] */
NBMAP_API void *nbmap_get(struct nbmap *map, const void *key);
NBMAP_API void *nbmap_u64_get(struct nbmap_u64 *map, uint64_t key);

/*
 * values[i] = what a get of keys[i] returns, for all i < count.  Each is a get
 * of its own, taking effect at its own moment during the call: a batch is no
 * snapshot.  For many keys at once this is faster than one by one where the map
 * is larger than the processor's caches, because the waits for memory overlap.
 * The arrays are the caller's and must not overlap.  Wait-free.  [section]
 */
NBMAP_API void nbmap_get_batch(struct nbmap *map, const void *const *keys, void **values, size_t count);
NBMAP_API void nbmap_u64_get_batch(struct nbmap_u64 *map, const uint64_t *keys, void **values, size_t count);

/*
 * Insert, or overwrite.  Putting the very value that is there changes
 * nothing, retires nothing and returns 0.  A key that the map has, or has had until
 * a while ago, keeps the copy that was made of it: put again under another spelling
 * that is equal, it goes on to be shown, by a walk, in the old one.  [section]
 * -EINVAL, -ERANGE, -ENOMEM, -ENOBUFS.
 */
NBMAP_API int nbmap_put(struct nbmap *map, const void *key, void *value, void **seen);
NBMAP_API int nbmap_u64_put(struct nbmap_u64 *map, uint64_t key, void *value, void **seen);

/* Insert; -EEXIST if the key has a value.  Errors of put.  [section] */
NBMAP_API int nbmap_add(struct nbmap *map, const void *key, void *value, void **seen);
NBMAP_API int nbmap_u64_add(struct nbmap_u64 *map, uint64_t key, void *value, void **seen);

/* Overwrite; -ENOENT if the key has no value.  Errors of put.  [section] */
NBMAP_API int nbmap_set(struct nbmap *map, const void *key, void *value, void **seen);
NBMAP_API int nbmap_u64_set(struct nbmap_u64 *map, uint64_t key, void *value, void **seen);

/*
 * Overwrite if the key's value equals `expected` (by value_equal, or the same
 * pointer): -ENOENT if it has none, -EAGAIN if it has another.  `expected` is
 * only compared; NULL is -EINVAL.  Errors of put.  [section]
 */
NBMAP_API int nbmap_replace(struct nbmap *map, const void *key, const void *expected, void *value, void **seen);
NBMAP_API int nbmap_u64_replace(struct nbmap_u64 *map, uint64_t key, const void *expected, void *value,
				void **seen);

/*
 * Remove; -ENOENT if the key has no value.  No limit refuses it; for the -ENOMEM
 * that is left see "Where memory is short".  [section]
 */
NBMAP_API int nbmap_del(struct nbmap *map, const void *key, void **seen);
NBMAP_API int nbmap_u64_del(struct nbmap_u64 *map, uint64_t key, void **seen);

/* Remove if the value equals `expected`: as replace.  [section] */
NBMAP_API int nbmap_del_if(struct nbmap *map, const void *key, const void *expected, void **seen);
NBMAP_API int nbmap_u64_del_if(struct nbmap_u64 *map, uint64_t key, const void *expected, void **seen);

/* What an update callback wants done. */
enum nbmap_action {
	NBMAP_KEEP = 0,   /* leave the key as it is, with or without a value */
	NBMAP_SET = 1,    /* store *value */
	NBMAP_REMOVE = 2, /* remove the key's value, if it has one */
};

/*
 * Decides what becomes of a key whose value is `current` (NULL: none).
 * Returns an nbmap_action, or a negative errno, which ends the update and is
 * returned by it.
 *
 * May be called several times, until an attempt applies.  *value is NULL, or the
 * *spare*: the value that a lost attempt had left there.  The callback may leave
 *
 *   the spare       to be stored, or kept for the next attempt
 *   another value   the map discards the spare, at once
 *   current         the same, if it is not NULL; `current` itself is never discarded
 *   NULL            the spare is the callback's, to free; also if `current` is NULL
 *
 * However the update ends, also by an error, a value that was left in *value and is
 * not stored is discarded, before the call returns.  To discard is to give to
 * `value_free`, without a grace period, as nobody has seen it.  So the callback
 * overwrites *value, and frees nothing that it has left there.  What could not be
 * stored by a put (see "Values") is no value, and is never discarded.
 *
 * Without a `value_free` nothing is discarded: what the callback has made belongs to
 * it until it is stored.  Let `arg` lead to it, so that it is found after an error.
 *
 *     // Counts a visit; `limit` are enough.
 *     int visit(const void *key, void *current, void **value, void *limit)
 *     {
 *             const struct page *page = current;
 *             struct page *made = *value;
 *
 *             (void)key;
 *             if (page && page->visits >= *(const unsigned *)limit)
 *                     return NBMAP_KEEP;     // a spare is discarded
 *             if (!made)
 *                     made = malloc(sizeof(*made));
 *             if (!made)
 *                     return -ENOMEM;
 *             made->visits = page ? page->visits + 1 : 1;
 *             *value = made;
 *             return NBMAP_SET;
 *     }
 */
typedef int nbmap_update_fn(const void *key, void *current, void **value, void *arg);
typedef int nbmap_u64_update_fn(uint64_t key, void *current, void **value, void *arg);

/*
 * Read-modify-write: atomically replace the key's value by what `fn` makes of
 * it.  `seen` receives the value that the applied attempt was shown.
 * [section]  Errors of put, and what fn returns.
 */
NBMAP_API int nbmap_update(struct nbmap *map, const void *key, nbmap_update_fn *fn, void *arg, void **seen);
NBMAP_API int nbmap_u64_update(struct nbmap_u64 *map, uint64_t key, nbmap_u64_update_fn *fn, void *arg, void **seen);

/*
 * Add `delta`, which may be negative, to the key's integer, at one instant.  A key that
 * has no value counts as 0, and then has the sum; a sum of 0 is stored as any other.
 * `seen` receives the value that was added to, or NULL: with `delta` it gives the sum.
 *
 * The key's value, where it has one, must have been made by nbmap_int(): a pointer would
 * be changed into no pointer.  In a map with a `value_free` there are no integers:
 * -EINVAL.  Nothing is retired, as an integer that is overwritten needs no grace period.
 *
 * [section]  Errors of put.  -ERANGE: the sum would be below 0, or above NBMAP_INT_MAX;
 * then, too, `seen` is set.
 */
NBMAP_API int nbmap_add_int(struct nbmap *map, const void *key, int64_t delta, void **seen);
NBMAP_API int nbmap_u64_add_int(struct nbmap_u64 *map, uint64_t key, int64_t delta, void **seen);

/* Makes the value for a key that has none; NULL if it cannot. */
typedef void *nbmap_create_fn(const void *key, void *arg);
typedef void *nbmap_u64_create_fn(uint64_t key, void *arg);

/*
 * The key's value, or else the one that `create` makes, which is stored.  `value`,
 * if not NULL, receives it on 0; it is valid until the section ends.
 *
 * Where the key has a value this is a get, wait-free: nothing is allocated, `create`
 * is not called.  Else it is called, once at most, in this thread and section; it
 * must not change the map, nor make a call that could.  Others may call theirs for the
 * same key at that time: one of the values is stored, and all receive that one.
 *
 * What `create` has made and is not stored, because another was first, or at an
 * error, is discarded as by an update: it goes to `value_free` before the call
 * returns.  Without one it is the caller's: let `arg` lead to it, and compare it with
 * *value.  That also tells who has created, unless two make the same integer.
 *
 * [section]  Errors of put; -EINVAL: no `create`, or what it made is no value, which
 * is then not discarded; -ENOMEM: it returned NULL.
 */
NBMAP_API int nbmap_get_or_add(struct nbmap *map, const void *key, nbmap_create_fn *create, void *arg, void **value);
NBMAP_API int nbmap_u64_get_or_add(struct nbmap_u64 *map, uint64_t key, nbmap_u64_create_fn *create, void *arg,
				   void **value);

/*
 * VALUES CHANGED IN PLACE.  A value may hold an atomic word that threads change where it
 * stands, in the section in which they got it: a counter, say, for the price of a get and
 * one addition.  The map knows nothing of that, and so whoever removes such a value has to
 * see to it that no change comes too late, and is lost:
 *
 *   a remover    first marks the value dead, by the exchange that takes what is in it,
 *                and then removes this very value
 *   a changer    who finds by its own change that the value is dead has changed nothing
 *                that counts: it removes the value, too, and begins anew
 *   a reader     takes a dead one for none
 *
 * A dead value stays so.  What the exchange took is all that was ever added; nobody waits
 * for a remover that has stopped half-way, as whoever comes next goes on for it.  Such
 * values are not removed or overwritten in any other way (but by a clear, where nobody
 * learns what they held).  Here all that is ever added to a key must stay below 2^63, the
 * bit that says dead.  Their type has a value_free, here free(), and no value_equal.
 *
 *     struct counter {
 *             _Atomic uint64_t n;     // with DEAD: is not counted any more
 *     };
 *     #define DEAD (UINT64_C(1) << 63)
 *
 *     void *new_counter(const void *key, void *arg)
 *     {
 *             (void)key;
 *             (void)arg;
 *             return calloc(1, sizeof(struct counter));
 *     }
 *
 *     // Adds n to the key's counter.  [section]
 *     int count_up(struct nbmap *map, const void *key, uint64_t n)
 *     {
 *             void *counter;
 *             int error;
 *
 *             do {
 *                     error = nbmap_get_or_add(map, key, new_counter, NULL, &counter);
 *                     if (error)
 *                             return error;
 *                     if (!(atomic_fetch_add(&((struct counter *)counter)->n, n) & DEAD))
 *                             return 0;
 *                     error = nbmap_del_if(map, key, counter, NULL);
 *             } while (!error || error == -ENOENT || error == -EAGAIN);
 *             return error;
 *     }
 *
 *     // Removes the key and returns what was counted, 0 if nothing was.  [section]
 *     uint64_t take_out(struct nbmap *map, const void *key)
 *     {
 *             struct counter *counter = nbmap_get(map, key);
 *             uint64_t n = counter ? atomic_exchange(&counter->n, DEAD) : DEAD;
 *
 *             if (n & DEAD)           // none, or taken by another
 *                     return 0;
 *             nbmap_del_if(map, key, counter, NULL);
 *             return n;
 *     }
 */

/* ---- Hashes computed before --------------------------------------------- */

/*
 * For object keys whose hash is wanted outside of the map, too: to choose one of
 * several maps, say, or one of several threads.  It is computed once, and handed to
 * the calls below, which otherwise are as their namesakes.
 *
 * nbmap_hash() is what the type's `hash` says of the key, under the seed of this map;
 * 0 for a key that no map can hold.  It is the same for all maps of one type, `arg`
 * and seed: NBMAP_FIXED_SEED.  Other code that computes the same may take its place.
 *
 * To choose one of several maps by it, take bits 16 to 31.  A map uses the others of
 * the ready-made hash of strings and bytes itself, and all the keys in it would look
 * alike.
 *
 * With another hash than the key's a key is not found, or is stored twice, and then
 * one of its values may be lost.  Debug builds name the call.
 *
 * Maps with integer keys have none of these: they compute a hash by two
 * multiplications, about as fast as one is handed over.
 *
 * nbmap_hash(): [anywhere]; the others: [section]
 */
NBMAP_API uint64_t nbmap_hash(struct nbmap *map, const void *key);
NBMAP_API void *nbmap_get_hashed(struct nbmap *map, const void *key, uint64_t hash);
NBMAP_API void nbmap_get_batch_hashed(struct nbmap *map, const void *const *keys, const uint64_t *hashes, void **values,
				      size_t count);
NBMAP_API int nbmap_put_hashed(struct nbmap *map, const void *key, uint64_t hash, void *value, void **seen);
NBMAP_API int nbmap_add_hashed(struct nbmap *map, const void *key, uint64_t hash, void *value, void **seen);
NBMAP_API int nbmap_del_hashed(struct nbmap *map, const void *key, uint64_t hash, void **seen);
NBMAP_API int nbmap_update_hashed(struct nbmap *map, const void *key, uint64_t hash, nbmap_update_fn *fn, void *arg,
				  void **seen);
NBMAP_API int nbmap_add_int_hashed(struct nbmap *map, const void *key, uint64_t hash, int64_t delta, void **seen);
NBMAP_API int nbmap_get_or_add_hashed(struct nbmap *map, const void *key, uint64_t hash, nbmap_create_fn *create,
				      void *arg, void **value);

/* ---- Iteration ---------------------------------------------------------- */

/*
 * A walk of the map, valid within one section.  A key that has a value from
 * init to the end is seen exactly once, with a value it had meanwhile; a key
 * added or removed during the walk at most once.  After a clear the walk goes
 * on through the entries that were cleared.  Several may run at once, beside
 * any other operation; the walking thread may itself change the map.
 */
struct nbmap_iter {
	uint64_t opaque[6];
};

/*
 * Begin.  First completes a migration in progress, hence a cost in the order
 * of the walk itself.  [section]  -ENOMEM; -EDEADLK in a callback of the map's
 * nbmap_destroy().
 *
 * The order of entries is the map's own, and where it begins may change.  A
 * worklist, whose threads begin a walk, remove the first entry that they find and
 * come again, pays a constant for each entry on average: what others have taken is
 * not passed by again.  (In a map with min_capacity, min_capacity / entries.)
 */
NBMAP_API int nbmap_iter_init(struct nbmap *map, struct nbmap_iter *iter);
NBMAP_API int nbmap_u64_iter_init(struct nbmap_u64 *map, struct nbmap_iter *iter);

/*
 * The next entry, or false at the end.  `*key` is the map's own copy, in the
 * spelling in which the key first came (see nbmap_put()).  No clean-up is owed when
 * a walk is given up.  [section]
 */
NBMAP_API bool nbmap_iter_next(struct nbmap_iter *iter, const void **key, void **value);
NBMAP_API bool nbmap_u64_iter_next(struct nbmap_iter *iter, uint64_t *key, void **value);

/* ---- Scans -------------------------------------------------------------- */

/*
 * A walk that can be put down and taken up: each call returns some entries, in a
 * section of its own, and a *cursor* says where to go on.  One call after the
 * other goes through the whole map, a *cycle*, and then begins again.
 *
 * A key that has a value from the first call of a cycle to the last is returned
 * exactly once, with the value that it has then; a key that comes or goes
 * meanwhile at most once, however often it does.  Growth, shrinking and a clear
 * between the calls, or during one, change nothing of that.
 *
 * A cursor is plain data.  Nothing in the map stands behind it: it may be copied,
 * kept for days, handed to another thread, dropped.  It is good for the map with
 * which it was first used, as long as that lives; one call at a time uses it.
 * Zeroes are the beginning of a cycle: `struct nbmap_cursor cursor = {0};`.
 *
 * cycle   how many cycles are complete: the call that ends one adds 1.  No call
 *         goes on into the next cycle.  The caller may set it.
 * opaque  where the cycle is
 */
struct nbmap_cursor {
	uint64_t cycle;
	uint64_t opaque[9];
};

/*
 * A cursor whose first cycle begins elsewhere: where `position`, of all 64-bit
 * numbers, says.  It goes around, and is whole.  With a random position, what the
 * first call returns is a sample.  With an array of 32 or more, each key is in it about
 * as often as any other: within a factor of two, unless most of the map is empty
 * (min_capacity).  The first entry alone is no fair choice, nor is an array of a few:
 * a key that has others close before it seldom comes first.  To choose one, take any
 * of the array.  [anywhere]
 */
static inline struct nbmap_cursor nbmap_cursor_at(uint64_t position)
{
	struct nbmap_cursor cursor = {0, {0, position, 0, 0, 0, 0, 0, 0, 0}};

	return cursor;
}

/* What a scan returns.  `key` is the map's own copy. */
struct nbmap_entry {
	const void *key;
	void *value;
};

struct nbmap_u64_entry {
	uint64_t key;
	void *value;
};

/*
 * Put up to `n` entries, n >= 1, into `entries`, and move `cursor` behind them.
 * Returns their number.  It may be less than n, also 0, before the end of the
 * cycle: what a call reads is bounded, about 2 * n + 8 lines of four slots, and
 * entries that the array has no room for are left to the next call, with all
 * their neighbours.  Large arrays, from 32 on, waste least: for smaller ones lines are
 * read again in search of a part that fits, up to about a hundred in all.
 *
 * The entries are valid until the section ends.  The calling thread, or any other,
 * may meanwhile change the map.  What is removed on the way is spread over the
 * table, as is what remains.  Writes nothing to the map, allocates nothing, helps no
 * migration; lock-free.  [section]
 *
 * -EINVAL: n is 0, or `cursor` is NULL, or holds what no cursor does.  -E2BIG: n + 1
 * keys or more have the same hash, in all 64 bits, which cannot be divided; come
 * again with more room.  It does not happen to integer keys, nor to others whose
 * hash is good.  On an error the cursor is as it was.
 *
 * Expiry in slices: call this ten times a second, and each entry is looked at
 * once a cycle.  No section is longer than a slice.  An entry that is replaced
 * between the look and the removal stays, as nbmap_del_if() asks for the value.
 *
 *     void expire_some(struct nbmap *map, struct nbmap_cursor *cursor, time_t now)
 *     {
 *             struct nbmap_entry entries[256];
 *             long n;
 *
 *             nbmap_enter(map);
 *             n = nbmap_scan(map, cursor, entries, 256);
 *             for (long i = 0; i < n; i++)
 *                     if (((struct session *)entries[i].value)->expires <= now)
 *                             nbmap_del_if(map, entries[i].key, entries[i].value, NULL);
 *             nbmap_leave(map);
 *     }
 *
 * A sample: the entry that was used least recently, of some chosen at random, is
 * a good one to evict.
 *
 *     void evict_one(struct nbmap *map, uint64_t random)
 *     {
 *             struct nbmap_cursor cursor = nbmap_cursor_at(random);
 *             struct nbmap_entry entries[32], *oldest = NULL;
 *             long n = 0;
 *
 *             nbmap_enter(map);
 *             while (n == 0 && cursor.cycle == 0)    // few entries, or none
 *                     n = nbmap_scan(map, &cursor, entries, 32);
 *             for (long i = 0; i < n; i++)
 *                     if (!oldest || used(entries[i].value) < used(oldest->value))
 *                             oldest = &entries[i];
 *             if (oldest)
 *                     nbmap_del_if(map, oldest->key, oldest->value, NULL);
 *             nbmap_leave(map);
 *     }
 */
NBMAP_API long nbmap_scan(struct nbmap *map, struct nbmap_cursor *cursor, struct nbmap_entry *entries, size_t n);
NBMAP_API long nbmap_u64_scan(struct nbmap_u64 *map, struct nbmap_cursor *cursor, struct nbmap_u64_entry *entries,
			      size_t n);

/* ---- The whole map ------------------------------------------------------ */

/*
 * The number of entries: never less than those present throughout the call,
 * and exact when no writer runs.  [section]
 */
NBMAP_API size_t nbmap_count(struct nbmap *map);
NBMAP_API size_t nbmap_u64_count(struct nbmap_u64 *map);

/*
 * Remove every entry, at one instant.  Values go to `value_free`; without
 * one nobody learns which they were.  No limit refuses it.  [section]  -ENOMEM.
 */
NBMAP_API int nbmap_clear(struct nbmap *map);
NBMAP_API int nbmap_u64_clear(struct nbmap_u64 *map);

/* How many classes of probe lengths there are. */
#define NBMAP_PROBES 16

/*
 * A picture of the map; exact when no writer runs, but for what is *sampled*.  Those
 * figures come from 1024 slots of the top table, at equal distances: they are exact
 * where it has no more, and else right within some percent.
 *
 * tombstones       slots of the top table whose key has no value.  Counted; sampled
 *                  while a migration is under way
 * migration_blocks of the table that is being left, of 32 slots each; 0 if none is
 * migration_done   of them, copied.  Sampled from half a million slots on
 * value_bytes      what value_size says of all values; 0 without it or value_free
 * key_bytes        what key_size says of all keys' copies, those of tombstones
 *                  too; 0 without it or key_free
 * sampled          slots that were looked at
 * probes           how long the way to a key is, in cache lines of four slots that a
 *                  get reads of the top table: so many of the sampled slots' keys
 *                  with a value are found in line 1; in line 2; in 3 or 4; in 5 to 8;
 *                  and so on, by powers of two
 * longest_probe    the longest of these, in lines
 * reserved         zero; later versions give names to them
 */
struct nbmap_stats {
	size_t entries;    /* keys with a value */
	size_t used;       /* slots claimed in the top table: entries, tombstones */
	size_t capacity;   /* slots in the top table */
	size_t tables;     /* in the chain: 1, or more while migrating; beside
			    * writers also some that are gone already */
	size_t bytes;      /* map, chain and its tables; not keys and values */
	uint64_t migrations; /* started since the map was made */
	uint64_t pending_objects; /* of the map's domain: see there, as the next three */
	uint64_t pending_bytes;
	uint64_t refusals;
	uint64_t longest_grace_ns;
	uint64_t value_bytes;
	uint64_t key_bytes;
	size_t tombstones;
	size_t migration_blocks;
	size_t migration_done;
	size_t sampled;
	size_t longest_probe;
	uint64_t probes[NBMAP_PROBES];
	uint64_t reserved[16];
};

/* They call the type's `hash` for the keys of the sample, up to a thousand.  [section] */
NBMAP_API void nbmap_stats(struct nbmap *map, struct nbmap_stats *stats);
NBMAP_API void nbmap_u64_stats(struct nbmap_u64 *map, struct nbmap_stats *stats);

/* How statistics are printed, under the names of the fields. */
enum nbmap_format {
	NBMAP_TEXT = 0, /* a line for each; of a histogram, for each class that is not empty */
	NBMAP_JSON = 1, /* one line: an object of numbers; a histogram is an array */
};

/*
 * Print what nbmap_stats(), or nbmap_domain_stats(), says now, and flush `out`.  The
 * look at the map is a section of its own, which has ended when it is printed, so that a
 * slow `out` holds up nothing; unless the caller is in one.  [anywhere]; the first two by
 * a registered thread (online, for QSBR)
 *
 * -EINVAL: there is no such format.  -EIO: `out` fails, or has failed before.
 */
NBMAP_API int nbmap_stats_print(struct nbmap *map, FILE *out, enum nbmap_format format);
NBMAP_API int nbmap_u64_stats_print(struct nbmap_u64 *map, FILE *out, enum nbmap_format format);
NBMAP_API int nbmap_domain_stats_print(struct nbmap_domain *domain, FILE *out, enum nbmap_format format);

/* Prints `key` to `out`, without a newline. */
typedef void nbmap_print_fn(const void *key, FILE *out, void *arg);
typedef void nbmap_u64_print_fn(uint64_t key, FILE *out, void *arg);

/*
 * Print every table of the chain, and every slot that is not empty: its key, its state
 * by name (src/slot.h), its value as a number.  For people, not programs: a line for
 * each.  Then flush `out`.
 *
 * Strings and byte ranges of the ready-made types are printed in quotes, up to 80 bytes
 * of each; integer keys as numbers; of other keys the pointer.  nbmap_dump_with() has
 * `print` do it; if that is NULL, it is nbmap_dump().  `print` must not change the map.
 *
 * nbmap_dump_tables() prints the tables only, a line for each: a summary, as quick for a
 * large map as for a small one.
 *
 * [section]  -EIO: `out` fails, or has failed before.
 */
NBMAP_API int nbmap_dump(struct nbmap *map, FILE *out);
NBMAP_API int nbmap_u64_dump(struct nbmap_u64 *map, FILE *out);
NBMAP_API int nbmap_dump_with(struct nbmap *map, FILE *out, nbmap_print_fn *print, void *arg);
NBMAP_API int nbmap_u64_dump_with(struct nbmap_u64 *map, FILE *out, nbmap_u64_print_fn *print, void *arg);
NBMAP_API int nbmap_dump_tables(struct nbmap *map, FILE *out);
NBMAP_API int nbmap_u64_dump_tables(struct nbmap_u64 *map, FILE *out);

/* ---- What compilers check ----------------------------------------------- */

/*
 * Results that must not be dropped, for without a look at them what follows is wrong:
 *
 *   new, domain_new, domain_shared    the map or domain may not be there;
 *   get_or_add, iter_init             nor the value, the walk,
 *   iter_next, scan                   the next entries
 *   synchronize                       what is freed next may still be read
 *   retire                            the object may still be the caller's
 *   thread_register, before_fork      nothing that follows is allowed
 *
 * Not those of put and the other writes: with integers, and with values that something
 * else owns, many a program has nothing to do about an error, and to such a warning a
 * cast to void is no answer.  Where a value is handed over, look: on an error it is
 * still yours.
 *
 * And arguments that must not be NULL: maps, domains and walks, but for what new and
 * destroy are given.  Keys may be: they are answered -EINVAL.
 *
 * The library itself is built without these, so that no check in it is left out.
 */
#if defined(__GNUC__) && !defined(NBMAP_BUILDING)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
#define NBMAP_DECLARE_(function, ...) extern __typeof__(function) function __attribute__((__VA_ARGS__))
#define NBMAP_LOOK_(name)                                                                                              \
	NBMAP_DECLARE_(nbmap_##name, warn_unused_result);                                                              \
	NBMAP_DECLARE_(nbmap_u64_##name, warn_unused_result)
#define NBMAP_SOME_(name)                                                                                              \
	NBMAP_DECLARE_(nbmap_##name, nonnull(1));                                                                      \
	NBMAP_DECLARE_(nbmap_u64_##name, nonnull(1))
NBMAP_LOOK_(new);
NBMAP_LOOK_(get_or_add);
NBMAP_LOOK_(synchronize);
NBMAP_LOOK_(retire);
NBMAP_LOOK_(iter_init);
NBMAP_LOOK_(iter_next);
NBMAP_LOOK_(scan);
NBMAP_DECLARE_(nbmap_get_or_add_hashed, warn_unused_result);
NBMAP_DECLARE_(nbmap_domain_new, warn_unused_result);
NBMAP_DECLARE_(nbmap_domain_shared, warn_unused_result);
NBMAP_DECLARE_(nbmap_domain_synchronize, warn_unused_result);
NBMAP_DECLARE_(nbmap_domain_retire, warn_unused_result);
NBMAP_DECLARE_(nbmap_thread_register, warn_unused_result);
NBMAP_DECLARE_(nbmap_before_fork, warn_unused_result);
NBMAP_SOME_(get);
NBMAP_SOME_(get_batch);
NBMAP_SOME_(put);
NBMAP_SOME_(add);
NBMAP_SOME_(set);
NBMAP_SOME_(replace);
NBMAP_SOME_(del);
NBMAP_SOME_(del_if);
NBMAP_SOME_(update);
NBMAP_SOME_(add_int);
NBMAP_SOME_(get_or_add);
NBMAP_SOME_(iter_init);
NBMAP_SOME_(scan);
NBMAP_SOME_(count);
NBMAP_SOME_(clear);
NBMAP_SOME_(stats);
NBMAP_SOME_(stats_print);
NBMAP_SOME_(dump);
NBMAP_SOME_(dump_with);
NBMAP_SOME_(dump_tables);
NBMAP_SOME_(enter);
NBMAP_SOME_(leave);
NBMAP_SOME_(synchronize);
NBMAP_SOME_(barrier);
NBMAP_SOME_(reclaim);
NBMAP_SOME_(retire);
NBMAP_SOME_(domain_of);
NBMAP_DECLARE_(nbmap_iter_next, nonnull(1, 2, 3));
NBMAP_DECLARE_(nbmap_u64_iter_next, nonnull(1, 2, 3));
NBMAP_DECLARE_(nbmap_hash, nonnull(1));
NBMAP_DECLARE_(nbmap_get_hashed, nonnull(1));
NBMAP_DECLARE_(nbmap_get_batch_hashed, nonnull(1));
NBMAP_DECLARE_(nbmap_put_hashed, nonnull(1));
NBMAP_DECLARE_(nbmap_add_hashed, nonnull(1));
NBMAP_DECLARE_(nbmap_del_hashed, nonnull(1));
NBMAP_DECLARE_(nbmap_update_hashed, nonnull(1));
NBMAP_DECLARE_(nbmap_add_int_hashed, nonnull(1));
NBMAP_DECLARE_(nbmap_get_or_add_hashed, nonnull(1));
NBMAP_DECLARE_(nbmap_domain_stats, nonnull(1));
NBMAP_DECLARE_(nbmap_domain_stats_print, nonnull(1));
NBMAP_DECLARE_(nbmap_domain_enter, nonnull(1));
NBMAP_DECLARE_(nbmap_domain_leave, nonnull(1));
NBMAP_DECLARE_(nbmap_domain_synchronize, nonnull(1));
NBMAP_DECLARE_(nbmap_domain_barrier, nonnull(1));
NBMAP_DECLARE_(nbmap_domain_reclaim, nonnull(1));
NBMAP_DECLARE_(nbmap_domain_retire, nonnull(1));
#undef NBMAP_DECLARE_
#undef NBMAP_LOOK_
#undef NBMAP_SOME_
#pragma GCC diagnostic pop
#endif

#ifdef __cplusplus
}
#endif

#endif
