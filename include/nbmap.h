/*
 * nbmap: a lock-free hash map, reclaimed through liburcu.
 *
 * There are two kinds of map over one core:
 *
 *   struct nbmap      keys of any type, which a `struct nbmap_type` describes
 *   struct nbmap_u64  64-bit integer keys, all 2^64 of them
 *
 * A value is a pointer, or an integer that nbmap_int() turns into a pointer.
 *
 * SECTIONS.  A *section* is a read-side critical section of the map's flavour of liburcu.
 * It lies between nbmap_enter() and nbmap_leave(), or between the flavour's own
 * rcu_read_lock() and rcu_read_unlock().  The thread must be registered with the flavour
 * and, for QSBR, online.  Every pointer that the map hands out, a key or a value, is valid
 * until the section ends in which it was handed out.  Each call below has a mark:
 *
 * - [section]: it runs inside a section.
 * - [outside]: it runs outside of any section of the thread.  Most of these calls wait for
 *   a grace period, and inside a section they would wait for themselves.
 * - [anywhere]: it may run inside or outside.
 *
 * PROGRESS.  A thread that is stopped anywhere, for ever, stops no other thread.
 *
 *   wait-free  nbmap_get(), nbmap_get_batch(); nbmap_get_or_add() where the key has a value
 *   lock-free  all other [section] calls; but the allocator and the callbacks that a call
 *              uses may be slower, or take locks
 *   waits      only reclamation waits for readers, and a limit says how much may wait
 *
 * A get writes nothing and allocates nothing.  It reads one table.  If it meets a table
 * that is being left for another, it also reads the tables that are linked at that moment,
 * and at most two that follow, whatever other threads do.  A get is the only call that may
 * be made from a signal handler: see nbmap_enter().
 *
 * RECLAMATION.  *Garbage* is what has been removed, overwritten or outgrown, and is the
 * map's to free.  It waits for a *grace period*: until all sections that had begun before
 * have ended.  Then it is freed.
 *
 * - A thread of the domain runs the grace periods.
 * - Writers do most of the freeing, in nbmap_leave(), after their section has ended; with
 *   QSBR also in nbmap_thread_quiescent() and nbmap_thread_offline().  A writer that has
 *   made thirty objects garbage frees thirty objects whose grace period is over, most often
 *   its own.  Where much waits, it frees sixty.
 * - Another thread of the domain frees what the writers leave.
 * - Tables and cleared maps are large.  They are freed in slices.
 *
 * As long as readers leave their sections, garbage stays bounded, for any number of
 * writers, and no call is refused.
 *
 * ORDERING.  The operations are linearizable, for all keys together: all threads agree on
 * one order of all operations.  Walks, scans, count, stats and dump are not part of that
 * order.  So a put publishes what was written to the value before it, and a get that
 * returns the value sees all of that.  A call that changes nothing, because it answers
 * -EEXIST, -ENOENT or -EAGAIN or because the value was there already, is ordered like a
 * get.
 *
 * OWNERSHIP.
 *
 *   key            borrowed for the call.  The map keeps what `key_dup` returns, and gives
 *                  it to `key_free` when no reader can see it any more.  Without `key_dup`
 *                  it keeps the caller's pointer: see struct nbmap_type
 *   value          handed over if the call returns 0 and has stored it.  Else it is still
 *                  the caller's: after each error of put, add, set and replace
 *   made value     what a callback of an update or get_or_add has made: the map's, if it has a
 *                  `value_free`.  It is stored, or given to `value_free` before the call
 *                  returns, also with an error.  Without a `value_free` it is the callback's
 *                  until it is stored
 *   stored value   with a `value_free`: the map's.  A value that is overwritten, removed
 *                  or cleared goes to `value_free` after a grace period; one that is left
 *                  at nbmap_destroy() goes there, too; each once.
 *                  Without one: a value that is displaced belongs to the caller that
 *                  displaced it.  The call tells through `seen` which value it was.  The
 *                  caller waits for a grace period before freeing it
 *
 * ERRORS are negative errno values.  On any error the map is as it was:
 *
 *   -EINVAL   NULL key, bad value (NULL, misaligned, or below 8),
 *             inconsistent configuration
 *   -ERANGE   an integer too large for nbmap_int(), or a sum that is below 0 or too
 *             large; a key pointer that uses its upper 16 bits in a map without
 *             NBMAP_WIDE_KEYS
 *   -EEXIST   the key has a value
 *   -ENOENT   the key has no value
 *   -EAGAIN   the key has another value; or no thread could be started
 *   -ENOMEM   an allocation failed
 *   -ENOBUFS  the reclamation limit is reached (see "At the limit")
 *   -E2BIG    more keys with one hash than a scan has room for
 *   -EDEADLK  a call that waits was made inside a section, or in a callback that
 *             reclamation calls
 *   -ETIMEDOUT
 *             readers stayed in their sections for longer than the caller wanted to wait
 *   -ECHILD   a call that waits, or that makes a domain, was made in a child that was
 *             forked without nbmap_before_fork()
 *
 * MISUSE.  Debug builds of the library (without NDEBUG) print the name of the call and
 * abort if they see
 *
 * - a [section] call outside of a section, or by a thread that is not registered;
 * - a callback that changes the map which is waiting for the callback;
 * - a map or domain that is destroyed twice, or by a callback;
 * - a thread that registers twice;
 * - a hash that is not the key's;
 * - with AddressSanitizer: an update's callback that has freed and replaced its spare.
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

/* Between a pointer and its number, without a warning in either language. */
#ifdef __cplusplus
#define NBMAP_CAST(type, value) reinterpret_cast<type>(value)
#else
#define NBMAP_CAST(type, value) ((type)(value))
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct nbmap;
struct nbmap_u64;
struct nbmap_domain;

/*
 * The NBMAP_VERSION of the library that runs.  It may be newer than the header's, or
 * older.  A program needs a library of the same major version, and one that is new enough
 * to have the functions that the program calls.  [anywhere]
 */
NBMAP_API int nbmap_version(void);

/* ---- Flavours ----------------------------------------------------------- */

/*
 * The flavour of liburcu whose sections guard a map.
 *
 *   NBMAP_BP    the default: threads need no registration
 *   NBMAP_QSBR  the fastest: threads register, and say when they are quiescent
 *   NBMAP_MEMB  threads register.  For applications that use this flavour already, and for
 *               thread pools of your own
 *   NBMAP_MB    the same; for kernels without membarrier()
 */
enum nbmap_flavor {
	NBMAP_BP = 0,
	NBMAP_QSBR,
	NBMAP_MEMB,
	NBMAP_MB,
};

/* ---- Values ------------------------------------------------------------- */

/*
 * A value is one of two things:
 *
 * - a pointer aligned to 4 bytes, 8 or above;
 * - an integer from 0 to NBMAP_INT_MAX, which nbmap_int() turns into a pointer.
 *
 * A map without a `value_free` may hold both.  NULL always means "absent".
 */
#define NBMAP_INT_MAX (UINTPTR_MAX / 4 - 2)

/*
 * The value that stands for `n`.  If n is too large, the calls that store it answer -ERANGE.
 */
static inline void *nbmap_int(uint64_t n)
{
	uintptr_t word = n <= NBMAP_INT_MAX ? (n + 2) << 2 : 1;

	return NBMAP_CAST(void *, word);
}

/* The integer that `value` stands for.  `value` was made by nbmap_int(). */
static inline uint64_t nbmap_int_of(const void *value)
{
	return (NBMAP_CAST(uintptr_t, value) >> 2) - 2;
}

/* ---- Types -------------------------------------------------------------- */

/*
 * What a map needs to know of its keys and values.
 *
 * hash         any 64-bit function of the key; `seed` is the map's.  Object keys need it.
 *              A poor hash costs time, never memory.
 * equal        whether two keys are the same.  Object keys need it.
 * key_dup      returns the map's own copy, or NULL (-ENOMEM).  It is called only when the
 *              map is about to use a slot for the key.  Without key_dup the map keeps the
 *              caller's pointer.  That key must then stay valid until nbmap_destroy() has
 *              returned, also after it was removed.
 * key_free     frees what key_dup made.  It needs a key_dup.
 * value_free   frees a value.  With it the map owns its values.
 * value_equal  how nbmap_replace() and nbmap_del_if() compare the expected value with the
 *              present one.  Without it they compare pointers.
 * key_size     how many bytes key_free gives back for the key; the same number each time.
 *              Garbage is then counted in bytes, too: see limit_bytes.  Not called
 *              without a key_free.
 * value_size   the same for value_free and the value.
 *
 * Rules for all callbacks:
 *
 * - The last argument is the configuration's `arg`.
 * - A callback must not make an [outside] call.
 * - It must not change the map that it is called for.
 * - It must not block for long.
 *
 * Which threads call them:
 *
 *   key_dup, value_equal           the thread that calls the map
 *   hash, equal                    the same; also a thread that frees garbage, when it takes
 *                                  a cleared map apart or finishes a migration
 *   key_size, value_size           as hash
 *   key_free, value_free           a thread that frees garbage
 *
 * A thread that frees garbage is one of these.  It is inside or outside of a section:
 *
 *   a thread of the domain         outside of sections
 *   any thread in nbmap_leave()    outside of the section; inside if the section is a
 *                                  nested one, or for QSBR
 *   a QSBR thread at its turn's end
 *                                  offline; see nbmap_thread_quiescent()
 *   in a call that writes          inside the section.  Only in three cases: the section
 *                                  has made more than thirty objects garbage; a limit is
 *                                  met; or the section does not end by nbmap_leave()
 *   in an [outside] call           outside of sections
 *
 * The call may be on any map of the domain.  What follows for key_free and value_free:
 *
 * - They must not take a lock that a caller of nbmap_leave(), of a call that writes or of
 *   an [outside] call may hold.
 * - They may run in several threads at a time.
 * - They may use other maps, each in a section of its own: nbmap_enter(), nbmap_leave(),
 *   also for QSBR.
 * - They cannot wait: an [outside] call answers -EDEADLK.  nbmap_destroy() always does,
 *   and debug builds name it.  In a map of maps, value_free puts the inner map on a list
 *   of yours.  Another thread of yours destroys the maps on the list.
 * - While their map is destroyed, value_free may still get from it, and finds the values
 *   that are left.  It must not walk it: nbmap_iter_init() answers -EDEADLK.  key_free
 *   must do neither.
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

/*
 * A key of nbmap_type_bytes(): `size` bytes at `data`.  `data` may be NULL if `size` is 0.
 * The map's copy is one block that holds both.
 */
struct nbmap_bytes {
	const void *data;
	size_t size;
};

/*
 * Ready-made types of keys:
 *
 *   nbmap_type_string()   C strings; the map copies them
 *   nbmap_type_bytes()    byte ranges, `struct nbmap_bytes`; the map copies them
 *   nbmap_type_pointer()  the pointer itself; nothing is copied, or read through it
 *
 * The first two have a key_size.  To add callbacks for values, copy the structure and fill
 * them in.  [anywhere]
 *
 * Strings and bytes are hashed under the map's seed.  So strangers who do not know the seed
 * cannot choose keys that collide.  Do not show hashes to strangers.  A map hashes such
 * keys by itself, fast, if its type has the `hash` and the `equal` of the ready-made one.
 * The type's `hash` answers the same, but may take ten times as long.
 */
NBMAP_API const struct nbmap_type *nbmap_type_string(void);
NBMAP_API const struct nbmap_type *nbmap_type_bytes(void);
NBMAP_API const struct nbmap_type *nbmap_type_pointer(void);

/*
 * SipHash-1-3 of `size` bytes under a 128-bit key drawn from `seed`: for types of your own.
 * [anywhere]
 */
NBMAP_API uint64_t nbmap_hash_bytes(const void *data, size_t size, uint64_t seed);

/* ---- Memory ------------------------------------------------------------- */

/*
 * Where a map or domain takes its own memory from.  What key_dup takes is not part of it.
 *
 * alloc  returns `size` bytes aligned to `align`, a power of two; or NULL
 * free   gives a block back
 * arg    last argument of both
 *
 * Both are called from any thread.
 */
struct nbmap_allocator {
	void *(*alloc)(size_t size, size_t align, void *arg);
	void (*free)(void *block, size_t size, void *arg);
	void *arg;
};

/* ---- Reclamation domains ------------------------------------------------ */

/*
 * A domain collects the garbage of some maps, waits for grace periods, and sees to it that
 * all is freed.  Its maps have one flavour.  Maps of a flavour share one domain by default.
 * Make your own to choose limits, or to keep the garbage of some maps apart.
 *
 * The threads of a domain:
 *
 *   nbmap-clock    runs grace periods; calls no callback but the two hooks
 *   nbmap-reclaim  frees what the writers leave
 *   nbmap-watch    reports stalls; only where there is an on_stall
 *
 * They sleep while there is no garbage.  They may run on all processors that the process
 * had when the library was loaded, with the default scheduling policy.  All signals are
 * blocked in them, but for those of faults: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
 * SIGTRAP, SIGSYS.
 *
 * No call that waits is a point of cancellation.
 */

/* The domain has no threads.  The application calls nbmap_reclaim(). */
#define NBMAP_NO_THREAD 1u
/* At a limit call on_limit and go on, instead of answering -ENOBUFS. */
#define NBMAP_LIMIT_REPORTS_ONLY 2u
/* Threads never yield the processor: see nbmap_leave(). */
#define NBMAP_NO_YIELD 32u

/*
 * What a domain holds and has done.  An object is a value, or a table, a cleared map, a
 * large migration that is to be finished, or what nbmap_retire() was given.
 *
 * A cleared map is one object, with the bytes of its tables and of all keys and values in it
 * from the clear on.  As it is freed in slices, its bytes go from the pending to the freed
 * ones slice by slice.
 */
struct nbmap_domain_stats {
	uint64_t pending_objects; /* retired, not yet freed */
	uint64_t pending_bytes;   /* of these: tables, and keys and values whose type has
				   * key_size, value_size; the last few of each thread are
				   * not yet counted */
	uint64_t freed_objects;   /* since the domain was made */
	uint64_t freed_bytes;
	uint64_t grace_periods;
	uint64_t refusals;         /* calls that were answered -ENOBUFS */
	uint64_t grace_ns;         /* age of the grace period under way, in nanoseconds, or 0 */
	uint64_t longest_grace_ns; /* length of the longest; one under way counts, too */
	uint64_t limit_objects;    /* in force: as configured, or the default */
	uint64_t limit_bytes;      /* the same */
	uint64_t reserved[6];      /* zero */
};

/*
 * Fields left zero mean the default.
 *
 * flavor         of every map in the domain
 * flags          NBMAP_NO_THREAD, NBMAP_LIMIT_REPORTS_ONLY, NBMAP_NO_YIELD
 * limit_objects  how many objects of garbage may wait; 0: 2^24
 * limit_bytes    how many bytes of garbage may wait; 0: half of the memory that the
 *                process may use.  That is the machine's, or its control group's (v1 or
 *                v2) where that is less
 * assist         when more objects than this wait, writers free two objects for one; 0:
 *                2^13, or a quarter of limit_objects if that is less.  A quarter of
 *                limit_bytes does the same.  When 8 times as many wait, writers also free
 *                slices of large things
 * on_limit       called by a writer that meets a limit; see "At the limit"
 * stall_ms       a grace period that lasts longer than this is reported to on_stall
 * on_stall       gets the age of that grace period.  Called once per grace period, from a
 *                thread of the domain.  nbmap_threads_awaited() tells it who holds it up.
 *                Without stall_ms, or with NBMAP_NO_THREAD: -EINVAL
 * on_thread_start, on_thread_exit
 *                called in each thread of the domain: the first when it starts, before
 *                nbmap_domain_new() returns; the second when it ends.  For example to
 *                attach the thread to a language runtime
 * arg            last argument of all four callbacks
 * allocator      for the domain and its batches; NULL: malloc.  Copied
 * reserved       must be zero
 *
 * Both limits and `assist` are looked at once for a batch of objects.  They may be passed
 * by some hundred objects, and 192 KiB, per thread.
 *
 * The two limits count different things, and the first to be met refuses.  limit_objects
 * counts pieces: a table of 100 MiB is one, as is a value of 8 bytes.  So it bounds the
 * work that waits, and says nothing of memory.  limit_bytes counts memory: tables always,
 * keys and values only where the type has key_size, value_size.  What nbmap_retire() was
 * given, and values without a value_size, weigh nothing there: only limit_objects holds
 * them.  nbmap_domain_stats() shows both limits, also the defaults.
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
 * AT THE LIMIT.  Garbage passes a limit when a reader stays in its section, so that no
 * grace period ends.  Then
 *
 * - calls that store a value are refused: put, add, set, replace, update, add_int,
 *   get_or_add; and so is nbmap_retire().  They answer -ENOBUFS, and nothing has changed.
 * - removals, also by an update, and clear are never refused by a limit.
 *
 * A call that overwrites nothing is refused, too, because what it stores may be removed.
 *
 * What to do: leave your own section, so that you are not that reader.  Then try again, or
 * drop the request.
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
 * A thread that must not wait answers its client "try later" instead; one that may wait
 * for a moment calls nbmap_reclaim_within().
 *
 * on_limit is called in the thread that meets the limit, before the call is refused.  No
 * lock is held, and on_limit is never called from within itself.  It may make [section]
 * calls, and so make room: remove entries, for example.
 *
 * WHERE MEMORY IS SHORT.  A value that is displaced needs a place to wait in.
 *
 * - Emptied places are used again.  A thread that writes steadily asks the allocator for
 *   none.
 * - A domain keeps a thousand places for removals alone.  So removals go on working
 *   when nothing can be allocated.
 * - A removal answers -ENOMEM only if all of these places wait for one grace period, or if
 *   it meets a migration that needs one more table.
 * - clear needs a new table, and may answer -ENOMEM.  It is a small table, unless there is a
 *   min_capacity.
 */

/*
 * Make a domain of your own, and start its threads.  [anywhere]
 * -EINVAL, -ENOMEM, -EAGAIN (no thread could be started), -ECHILD.
 */
NBMAP_API int nbmap_domain_new(struct nbmap_domain **domain, const struct nbmap_domain_config *config);

/*
 * The domain that maps of this flavour share by default.  With NBMAP_NO_THREAD in `flags`:
 * the shared one that has no threads.  The caller holds it, as a map would, until
 * nbmap_domain_destroy().  [anywhere]
 * -EINVAL, -ENOMEM, -EAGAIN, -ECHILD.
 */
NBMAP_API int nbmap_domain_shared(struct nbmap_domain **domain, enum nbmap_flavor flavor, unsigned flags);

/* The domain of a map.  It lives as long as the map does.  [anywhere] */
NBMAP_API struct nbmap_domain *nbmap_domain_of(struct nbmap *map);
NBMAP_API struct nbmap_domain *nbmap_u64_domain_of(struct nbmap_u64 *map);

/*
 * Free all garbage, join the threads, free the domain.  A shared domain is only let go of:
 * the last one to do so ends it.  NULL is allowed.  [outside]
 * -EBUSY while a map uses it (not a shared one), -EDEADLK, -ECHILD.
 */
NBMAP_API int nbmap_domain_destroy(struct nbmap_domain *domain);

/* A snapshot; exact when nothing retires or frees.  [anywhere] */
NBMAP_API void nbmap_domain_stats(struct nbmap_domain *domain, struct nbmap_domain_stats *stats);

/* These are as the calls on a map, which are described there. */
NBMAP_API void nbmap_domain_enter(struct nbmap_domain *domain);
NBMAP_API void nbmap_domain_leave(struct nbmap_domain *domain);
NBMAP_API int nbmap_domain_synchronize(struct nbmap_domain *domain);
NBMAP_API int nbmap_domain_barrier(struct nbmap_domain *domain);
NBMAP_API long nbmap_domain_reclaim(struct nbmap_domain *domain);
NBMAP_API long nbmap_domain_reclaim_within(struct nbmap_domain *domain, uint64_t ns);
NBMAP_API int nbmap_domain_retire(struct nbmap_domain *domain, void *object, void (*free)(void *object, void *arg),
				  void *arg);

/*
 * fork() without exec.  A process that has domains makes three calls:
 *
 *   nbmap_before_fork()        before fork()
 *   nbmap_after_fork_parent()  after it, in the parent; also if fork() failed
 *   nbmap_after_fork_child()   after it, in the child
 *
 * All outside of any section.  They stop the threads of the domains for the length of the
 * fork.  In the child they start new ones.  Rules:
 *
 * - They call liburcu-bp's own three calls.  The application must not call those itself.
 * - A process that uses qsbr, memb or mb must have unregistered all threads before, also
 *   the one that forks.  liburcu asks for that.
 * - Between the first call and the second no other thread may be inside a call on a map.
 * - Threads that fork at the same time wait for one another.
 * - Nothing is hooked into pthread_atfork().
 *
 * In a child that was forked without these calls, calls that wait and calls that make a
 * domain answer -ECHILD.
 *
 * [outside]
 *
 * nbmap_before_fork: -EDEADLK: inside a section, in an online thread for QSBR, in a callback, or
 * called a second time before one of the others; -ECHILD.
 * nbmap_after_fork_child: -EAGAIN: a thread could not be started; its domain then works as with
 * NBMAP_NO_THREAD.
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
 *   unregister  nothing   before the thread     the same
 *                         ends, outside of
 *                         sections
 *   offline     nothing   nothing               before a long wait: the thread
 *                                               reads nothing meanwhile
 *   online      nothing   nothing               after that wait
 *   quiescent   nothing   nothing               now and then, where the thread
 *                                               holds no pointer of a map
 *
 * For QSBR quiescent and offline are also where a thread that has made garbage frees some,
 * as nbmap_leave() does for the other flavours: after the section, here offline.  So
 * callbacks run there, and hold up no grace period.  The end of an event loop's turn is that
 * one call, and nbmap_enter() and nbmap_leave() may be left out.
 *
 * They may be mixed with liburcu's own calls.  [outside]; they do not wait
 *
 * They answer 0, or an error.  -EINVAL: there is no such flavour, or the thread is not
 * registered (for register: it is already).  Debug builds name that.
 */
NBMAP_API int nbmap_thread_register(enum nbmap_flavor flavor);
NBMAP_API int nbmap_thread_unregister(enum nbmap_flavor flavor);
NBMAP_API int nbmap_thread_offline(enum nbmap_flavor flavor);
NBMAP_API int nbmap_thread_online(enum nbmap_flavor flavor);
NBMAP_API int nbmap_thread_quiescent(enum nbmap_flavor flavor);

/* A thread, as it was when it registered. */
struct nbmap_thread {
	long tid;      /* its number in the kernel: gettid() */
	char name[16]; /* pthread_setname_np(); ends with a zero */
};

/*
 * The threads that the flavour's grace periods wait for at this moment.  Fills in the first
 * `n` of them, in the order in which they registered, and returns how many there are: that
 * may be more than `n`, or 0.  For an on_stall or on_limit that names who is to blame, or for a
 * page of statistics.  [anywhere]
 *
 *   memb, mb  threads in a section that began before the grace period that is under way
 *   qsbr      threads that are online, without a quiescent state since then
 *   bp        none, ever: its threads need not register
 *
 * Only threads are known that have registered by nbmap_thread_register(), and those that run
 * callbacks of a domain, as nbmap-reclaim.  So 0 says that no grace period is under way, or that
 * it waits for one of the threads that are not known.
 *
 * It is a hint.
 *
 * - A thread may have left its section, or ended, before the call returns.  What is filled in
 *   is a copy, and the caller's.
 * - A grace period that has just begun may not yet show whom it waits for.  It may show a
 *   thread whose section began at the same moment.  A thread that is named twice, a while
 *   apart, is most likely the one.
 * - The threads are those of the flavour.  One that never uses the domain's maps may be
 *   among them: a grace period waits for it, too.
 *
 * Sections and quiescent states cost what they cost without it.  The call takes a lock, for
 * as long as it looks; registering and unregistering take the same one.
 */
NBMAP_API size_t nbmap_threads_awaited(enum nbmap_flavor flavor, struct nbmap_thread *threads, size_t n);

/*
 * For applications that are tested with ThreadSanitizer, with a library that is built with
 * it, and that end sections by liburcu's own calls.  Those are rcu_read_unlock() of the
 * flavour and, for QSBR, each quiescent state, offline and unregister.
 *
 * liburcu is not instrumented.  So ThreadSanitizer does not see that a grace period orders
 * a section before the free that follows.  This call tells it.  Make it just before
 * liburcu's.  nbmap_leave() and the calls above do so themselves.  In other builds it does
 * nothing.  [anywhere]
 */
NBMAP_API void nbmap_annotate_quiescent(enum nbmap_flavor flavor);

/* ---- Making maps -------------------------------------------------------- */

/* Use `seed` as it is, also 0.  Without this flag a random seed is drawn. */
#define NBMAP_FIXED_SEED 4u
/*
 * Key pointers may use all 64 bits.  Then the map has no room beside the pointer for bits
 * of the hash, which spare most calls of `equal`.  The keys NULL and (void *)1 are refused
 * (-EINVAL).
 */
#define NBMAP_WIDE_KEYS 8u
/*
 * Do not ask the system for huge pages.  Without this flag tables of 2 MiB and more are
 * backed with them.  They are faster.  But the first touch of one may stop a call for
 * milliseconds, and a page is resident as a whole.
 */
#define NBMAP_SMALL_PAGES 16u

/*
 * Fields left zero mean the default.  NULL stands for all defaults of a map with integer
 * keys.
 *
 * type          maps with object keys need it.  Maps with integer keys use only its
 *               callbacks for values; those for keys must be NULL, and `type` may be
 *               NULL.  Copied
 * arg           last argument of all its callbacks
 * flavor        whose sections guard the map
 * domain        a domain of your own, whose flavour is then the map's (`flavor` is not
 *               looked at); or NULL for the one that the flavour's maps share
 * flags         NBMAP_FIXED_SEED, NBMAP_WIDE_KEYS, NBMAP_SMALL_PAGES.  NBMAP_NO_THREAD
 *               chooses the flavour's shared domain that has no threads
 * seed          see NBMAP_FIXED_SEED
 * capacity      make room for so many entries, and a little churn of them, at the start
 * min_capacity  room that removals never take back.  If the allocator's memory has to be
 *               cleared, then after an nbmap_clear() room above 1 MiB comes back in steps,
 *               as it is filled
 * allocator     for the map and its tables; NULL: malloc, and from 1 MiB on pages from
 *               the system.  Copied
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
 * Make a map.  The first map of a flavour's shared domain starts the domain's threads.
 * [anywhere]  -EINVAL, -ENOMEM, -EAGAIN (no thread could be started).  -ECHILD: the map
 * would be the first of a shared domain, in a child that was forked without
 * nbmap_before_fork().
 */
NBMAP_API int nbmap_new(struct nbmap **map, const struct nbmap_config *config);
NBMAP_API int nbmap_u64_new(struct nbmap_u64 **map, const struct nbmap_config *config);

/*
 * Free the map, its keys and, with a `value_free`, its values.  Wait for what it had
 * retired.  No other thread may be using the map.  An online QSBR thread is taken offline
 * while it waits.  The last map of a shared domain joins its threads.  NULL is allowed.
 * [outside]  -EDEADLK, -ECHILD.
 */
NBMAP_API int nbmap_destroy(struct nbmap *map);
NBMAP_API int nbmap_u64_destroy(struct nbmap_u64 *map);

/* ---- Sections and reclamation ------------------------------------------- */

/*
 * Begin and end a section of the map's flavour: rcu_read_lock() and rcu_read_unlock().
 * Sections nest.  For QSBR the two begin and end nothing, except in a callback that
 * reclamation calls: the thread must be registered and online, and announces its quiescent
 * states itself.
 *
 * nbmap_enter(), nbmap_u64_enter(): [anywhere]; nbmap_leave(), nbmap_u64_leave(): [section]
 *
 * FREEING.  A thread that has made garbage in the section frees some in nbmap_leave(), when
 * it is outside.  So callbacks run there, and sections stay short.  A thread that ends
 * sections by liburcu's own call frees inside its next sections instead.  A QSBR thread may
 * do without both calls: see nbmap_thread_quiescent().
 *
 * YIELDING.  If more than 32 times `assist` objects wait, a thread that has freed some
 * yields the processor in nbmap_leave(), when it is out of its last section.  It does so a
 * few times for each grace period; for QSBR in nbmap_thread_quiescent().  Why: with more
 * threads than processors a grace period waits for threads that are in a section and not
 * running, and so it ends sooner.  It is no wait: if nobody else wants to run, the thread
 * goes on at once.  NBMAP_NO_YIELD does without.
 *
 * PROGRESS.  Both are lock-free, as far as liburcu is.  With bp the first section of a
 * thread registers the thread, under a lock of liburcu's.
 *
 * SIGNALS.  Neither may be called in a signal handler, because nbmap_leave() may free.  A
 * handler may only get.  It begins and ends the section by liburcu's own calls, and the
 * type's `hash` and `equal` must be fit for a handler.
 *
 *   bp        in any thread
 *   memb, mb  in a registered thread.  liburcu excepts handlers on a stack of their own
 *             (sigaltstack).  Keep the signal blocked while the thread is being registered
 *             or unregistered
 *   qsbr      in an online thread; no section is needed.  Block the signal wherever the
 *             thread is quiescent or offline, also in [outside] calls.  liburcu advises
 *             against it
 */
NBMAP_API void nbmap_enter(struct nbmap *map);
NBMAP_API void nbmap_leave(struct nbmap *map);
NBMAP_API void nbmap_u64_enter(struct nbmap_u64 *map);
NBMAP_API void nbmap_u64_leave(struct nbmap_u64 *map);

/*
 * Wait for a grace period that begins after the call.  When it returns, every section that
 * had begun before the call has ended.  What was unlinked before may then be freed by
 * hand.  An online QSBR thread is taken offline meanwhile.  [outside]
 * -EDEADLK, -ECHILD.
 */
NBMAP_API int nbmap_synchronize(struct nbmap *map);
NBMAP_API int nbmap_u64_synchronize(struct nbmap_u64 *map);

/*
 * The same.  Also wait until all that was retired before the call, in the map's domain, is
 * freed.  [outside]  -EDEADLK, -ECHILD.
 */
NBMAP_API int nbmap_barrier(struct nbmap *map);
NBMAP_API int nbmap_u64_barrier(struct nbmap_u64 *map);

/*
 * The same as nbmap_synchronize(); then free what is ready in the map's domain.  In a
 * domain without threads nothing else runs grace periods.  In others it is a help.
 * Returns the number of objects freed by this call.  [outside]
 * -EDEADLK, -ECHILD.
 */
NBMAP_API long nbmap_reclaim(struct nbmap *map);
NBMAP_API long nbmap_u64_reclaim(struct nbmap_u64 *map);

/*
 * The same for a thread that wants room and must not wait for a reader that stays: wait for
 * `ns` nanoseconds at most, by CLOCK_MONOTONIC.  Then free what is ready while there is
 * time left, but some hundred objects in any case.  Returns the number of objects freed by
 * this call, 0 or more: then every section that had begun before the call has ended.
 *
 * - -ETIMEDOUT: some of them may go on.  Nothing was freed.  The domain's threads go on.
 * - With `ns` 0 it waits for nothing: it asks for a grace period, and answers -ETIMEDOUT.
 *   UINT64_MAX is no limit.
 * - It waits for no thread but readers.  What another thread is about to free it leaves to
 *   that thread, so 0 does not say that nothing waits.
 * - An online QSBR thread is taken offline meanwhile, also if `ns` is 0, and comes back
 *   online, also after -ETIMEDOUT.  So the call is a quiescent state.
 *
 * [outside]  -ETIMEDOUT, -EDEADLK, -ECHILD; -EINVAL: the domain has no threads, so that the
 * caller would have to run the grace period, which cannot be left before its end.
 */
NBMAP_API long nbmap_reclaim_within(struct nbmap *map, uint64_t ns);
NBMAP_API long nbmap_u64_reclaim_within(struct nbmap_u64 *map, uint64_t ns);

/*
 * Call free(object, arg) after a grace period.  For what readers find through the map and
 * the map does not own:
 *
 * - an entry that is also in a list of the application;
 * - a displaced value of a map without value_free.
 *
 * Unlink the object first, everywhere.  `free` is called in the threads in which
 * `value_free` is (see struct nbmap_type), and before nbmap_destroy() returns.  Lock-free.
 * [section]  -EINVAL: `object` or `free` is NULL; -ENOMEM; -ENOBUFS.
 *
 * On an error `object` is still the caller's.  The caller may try later, or wait with
 * nbmap_synchronize().
 */
NBMAP_API int nbmap_retire(struct nbmap *map, void *object, void (*free)(void *object, void *arg), void *arg);
NBMAP_API int nbmap_u64_retire(struct nbmap_u64 *map, void *object, void (*free)(void *object, void *arg), void *arg);

/* ---- Operations --------------------------------------------------------- */

/*
 * Each has a twin with a uint64_t key, which the first describes.
 *
 * `seen`, if not NULL, receives the value that the key had when the call took effect, or
 * NULL if it had none.
 *
 * - It is set on 0, -EEXIST, -ENOENT and -EAGAIN.
 * - It is valid until the section ends.
 * - In a map without a `value_free`, a call that displaces the value leaves it to the
 *   caller, who may free it after a grace period.
 */

/* The key's value, or NULL.  Wait-free.  [section] */
NBMAP_API void *nbmap_get(struct nbmap *map, const void *key);
NBMAP_API void *nbmap_u64_get(struct nbmap_u64 *map, uint64_t key);

/*
 * values[i] = what a get of keys[i] returns, for all i < count.
 *
 * - Each is a get of its own and takes effect at its own moment during the call.  A batch
 *   is no snapshot.
 * - For many keys a batch is faster than one get after the other, if the map is larger
 *   than the processor's caches, because the waits for memory overlap.
 * - The arrays are the caller's, and must not overlap.
 *
 * Wait-free.  [section]
 */
NBMAP_API void nbmap_get_batch(struct nbmap *map, const void *const *keys, void **values, size_t count);
NBMAP_API void nbmap_u64_get_batch(struct nbmap_u64 *map, const uint64_t *keys, void **values, size_t count);

/*
 * Insert, or overwrite.  Putting the very value that is there changes nothing, retires
 * nothing and returns 0.  [section]
 * -EINVAL, -ERANGE, -ENOMEM, -ENOBUFS.
 *
 * If the map has the key already, it keeps the copy that it has made of it.  So a walk
 * shows the key as it was first spelled, although it was put again in a spelling that is
 * equal but not the same.  The same holds for a while after a key was removed.
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
 * Overwrite if the key's value equals `expected`: by value_equal, or else the same pointer.
 * -ENOENT if the key has no value, -EAGAIN if it has another.  `expected` is only
 * compared; NULL is -EINVAL.  Errors of put.  [section]
 */
NBMAP_API int nbmap_replace(struct nbmap *map, const void *key, const void *expected, void *value, void **seen);
NBMAP_API int nbmap_u64_replace(struct nbmap_u64 *map, uint64_t key, const void *expected, void *value,
				void **seen);

/*
 * Remove; -ENOENT if the key has no value.  [section]
 * -EINVAL: `key` is NULL; -ENOMEM: see "Where memory is short".
 *
 * No limit refuses a removal.
 */
NBMAP_API int nbmap_del(struct nbmap *map, const void *key, void **seen);
NBMAP_API int nbmap_u64_del(struct nbmap_u64 *map, uint64_t key, void **seen);

/*
 * Remove if the key's value equals `expected`, as nbmap_replace() compares.  -ENOENT if the
 * key has no value, -EAGAIN if it has another.  [section]
 * -EINVAL: `key` or `expected` is NULL; -ENOMEM, as nbmap_del().
 */
NBMAP_API int nbmap_del_if(struct nbmap *map, const void *key, const void *expected, void **seen);
NBMAP_API int nbmap_u64_del_if(struct nbmap_u64 *map, uint64_t key, const void *expected, void **seen);

/* What the callback of an update wants done. */
enum nbmap_action {
	NBMAP_KEEP = 0,   /* leave the key as it is, with or without a value */
	NBMAP_SET = 1,    /* store *value */
	NBMAP_REMOVE = 2, /* remove the key's value, if it has one */
};

/*
 * Decides what becomes of a key whose value is `current` (NULL: it has none).  Returns an
 * nbmap_action.  Or a negative errno: that ends the update, which returns it.
 *
 * The callback may be called several times, until an attempt takes effect: meanwhile other
 * threads may change the key, or move it to another table.  What a lost attempt has left in
 * *value is the *spare*.  The next attempt finds it in *value; the first attempt finds
 * NULL.  The callback leaves in *value
 *
 *   the spare      to store it, or to keep it for the next attempt
 *   another value  then the map discards the spare, at once
 *   `current`      the same, if it is not NULL; `current` itself is never discarded
 *   NULL           then the spare is the callback's, to free; also if `current` is NULL
 *
 * So the callback overwrites *value, and frees nothing that it has left there.
 *
 * To *discard* is to give to `value_free`, without a grace period, because nobody has seen
 * the value.  Whose is what the last attempt has left in *value, when the update returns?
 *
 *   a value that is stored      the map's
 *   `current`                   the map's, as before
 *   a value that is not stored  discarded before, whatever the update answers: 0, as the
 *                               callback says keep or remove; an error of the callback's; no
 *                               memory; a limit; an action that does not exist
 *   what no put could store     the callback's.  It is no value (see "Values"), and is never
 *                               discarded
 *   NULL                        nothing was left.  A spare that was there is the callback's
 *
 * So there is nothing to free after an error, unlike after a put's.
 *
 * Without a `value_free` nothing is discarded.  What the callback has made belongs to it
 * until it is stored.  Let `arg` lead to it, so that you find it after an error.
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
 * Read-modify-write: replace the key's value by what `fn` makes of it, at one instant.
 * `seen` receives the value that `fn` was shown in the attempt that took effect.
 * [section]  Errors of put, and what fn returns.
 */
NBMAP_API int nbmap_update(struct nbmap *map, const void *key, nbmap_update_fn *fn, void *arg, void **seen);
NBMAP_API int nbmap_u64_update(struct nbmap_u64 *map, uint64_t key, nbmap_u64_update_fn *fn, void *arg, void **seen);

/*
 * Add `delta`, which may be negative, to the key's integer, at one instant.
 *
 * - A key that has no value counts as 0, and then has the sum.  A sum of 0 is stored as any
 *   other.
 * - `seen` receives the value before the addition, or NULL.  That value plus `delta` is the
 *   sum.
 * - The key's value, if it has one, must have been made by nbmap_int().  A pointer would be
 *   changed into no pointer.
 * - Nothing is retired: an integer that is overwritten needs no grace period.
 *
 * [section]  Errors of put.  -EINVAL: also in a map with a `value_free`, which holds no
 * integers; -ERANGE: the sum would be below 0, or above NBMAP_INT_MAX.  Then, too, `seen` is
 * set.
 */
NBMAP_API int nbmap_add_int(struct nbmap *map, const void *key, int64_t delta, void **seen);
NBMAP_API int nbmap_u64_add_int(struct nbmap_u64 *map, uint64_t key, int64_t delta, void **seen);

/* Makes the value for a key that has none.  Returns NULL if it cannot. */
typedef void *nbmap_create_fn(const void *key, void *arg);
typedef void *nbmap_u64_create_fn(uint64_t key, void *arg);

/*
 * The key's value.  If the key has none, `create` makes one, and it is stored.  On 0,
 * `value`, if not NULL, receives the key's value.  It is valid until the section ends.
 *
 *   the key has a value  This is a get, and wait-free.  Nothing is allocated, and
 *                        `create` is not called.
 *   it has none          `create` is called, at most once, in this thread and section.  It
 *                        must not change the map, or make a call that could.
 *
 * Several threads may do this for the same key at the same time.  Each calls its own
 * `create`.  One of the values is stored, and all receive that one.
 *
 * What `create` has made and is not stored, because another was first or because of an
 * error, is discarded as by an update: it goes to `value_free` before the call returns.
 * Without a `value_free` it is the caller's.  Let `arg` lead to it, and compare it with
 * *value.  That also tells whether this call created the value, unless two threads make
 * the same integer.
 *
 * [section]  Errors of put; -EINVAL: there is no `create`, or what it made is no value, which
 * is then not discarded; -ENOMEM: it returned NULL.
 */
NBMAP_API int nbmap_get_or_add(struct nbmap *map, const void *key, nbmap_create_fn *create, void *arg, void **value);
NBMAP_API int nbmap_u64_get_or_add(struct nbmap_u64 *map, uint64_t key, nbmap_u64_create_fn *create, void *arg,
				   void **value);

/*
 * VALUES CHANGED IN PLACE.  A value may hold an atomic word that threads change where it
 * stands, in the section in which they got the value.  A counter, for example: it costs a
 * get and one addition.  The map does not know of these changes.  So whoever removes such a
 * value must see to it that no change comes too late and is lost:
 *
 *   a remover   first marks the value dead, by the exchange that takes what is in it.
 *               Then it removes this very value.
 *   a changer   may find by its own change that the value is dead.  Then it has changed
 *               nothing that counts.  It removes the value, too, and begins anew.
 *   a reader    takes a dead value for none.
 *
 * A dead value stays dead.  What the exchange took is all that was ever added.  Nobody
 * waits for a remover that has stopped half-way: whoever comes next goes on for it.  Rules:
 *
 * - Do not remove or overwrite such values in any other way.  nbmap_clear() is allowed, but
 *   then nobody learns what they held.
 * - In this example all that is ever added to a key must stay below 2^63, the bit that says
 *   dead.
 * - The type has a value_free, here free(), and no value_equal.
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
 * For object keys whose hash is wanted outside of the map, too: for example to choose one
 * of several maps, or one of several threads.  The hash is computed once and handed to the
 * calls below.  Apart from that they are as the calls without `_hashed`.
 *
 * nbmap_hash() is what the type's `hash` says of the key, under the seed of this map.  It is
 * 0 for a key that no map can hold.  It is the same for all maps of one type, `arg` and seed
 * (NBMAP_FIXED_SEED).  Other code that computes the same may take its place.
 *
 * - To choose one of several maps by it, take bits 16 to 31.  A map uses the other bits of
 *   the ready-made hash of strings and bytes itself, and all the keys in it would look
 *   alike.
 * - With a hash that is not the key's, a key is not found, or is stored twice.  Then one of
 *   its values may be lost.  Debug builds name the call.
 *
 * Maps with integer keys have no such calls.  They compute a hash by two multiplications,
 * about as fast as one is handed over.
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
 * A walk of the map.  It is valid within one section.
 *
 * - A key that has a value from nbmap_iter_init() to the end is returned exactly once, with
 *   a value that it had meanwhile.
 * - A key that is added or removed during the walk is returned at most once.
 * - After a clear the walk goes on through the entries that were cleared.
 * - Several walks may run at once, beside any other operation.  The thread that walks may
 *   change the map.
 * - While a walk lasts, its section lasts, and nothing that is retired meanwhile can be
 *   freed.  For a large map see nbmap_scan().
 */
struct nbmap_iter {
	uint64_t opaque[6];
};

/*
 * Begin a walk.  If a migration is in progress, this first completes it, which costs about
 * as much as the walk itself.  [section]  -ENOMEM; -EDEADLK: in a callback of the map's
 * nbmap_destroy().
 *
 * The order of the entries is the map's own, and may change from walk to walk.  A worklist
 * is cheap: threads that begin a walk, remove the first entry that they find, and begin
 * again, pay a constant for each entry on average.  Entries that others have removed are
 * not passed by again.  (In a map with a min_capacity it is min_capacity / entries.)
 */
NBMAP_API int nbmap_iter_init(struct nbmap *map, struct nbmap_iter *iter);
NBMAP_API int nbmap_u64_iter_init(struct nbmap_u64 *map, struct nbmap_iter *iter);

/*
 * The next entry, or false at the end.  `*key` is the map's own copy of the key, in the
 * spelling in which it came first (see nbmap_put()).  A walk may be given up at any time;
 * there is nothing to clean up.  [section]
 */
NBMAP_API bool nbmap_iter_next(struct nbmap_iter *iter, const void **key, void **value);
NBMAP_API bool nbmap_u64_iter_next(struct nbmap_iter *iter, uint64_t *key, void **value);

/* ---- Scans -------------------------------------------------------------- */

/*
 * A walk in slices.  Each call of nbmap_scan() returns some entries, in a section of its
 * own.  A *cursor* says where to go on.  One call after the other goes through the whole
 * map.  That is a *cycle*.  Then the next cycle begins.
 *
 * - A key that has a value from the first call of a cycle to the last is returned exactly
 *   once in the cycle, with the value that it has then.
 * - A key that comes or goes meanwhile is returned at most once, however often it does.
 * - Growth, shrinking and a clear change nothing of that.
 *
 * A cursor is plain data.  Nothing in the map belongs to it.  It may be copied, kept for
 * days, handed to another thread, or dropped.  It is good for the map with which it was
 * first used, as long as that map lives.  Only one call at a time may use it.  Zeroes are
 * the beginning of a cycle: `struct nbmap_cursor cursor = {0};`.
 *
 * cycle   how many cycles are complete: the call that ends one adds 1.  No call goes on
 *         into the next cycle.  The caller may set it.
 * opaque  where the cycle is
 */
struct nbmap_cursor {
	uint64_t cycle;
	uint64_t opaque[9];
};

/*
 * A cursor whose first cycle begins at `position`, any 64-bit number.  The cycle goes
 * around, and is whole.
 *
 * With a random position the first call returns a sample.  Use an array of 32 or more, and
 * take any entry of it.  Then each key is in the array about as often as any other: within a
 * factor of two, unless most of the map is empty (min_capacity).  Do not always take the
 * first entry, or a small array: a key that has others close before it seldom comes first.
 * [anywhere]
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
 * Put up to `n` entries, n >= 1, into `entries`, and move `cursor` behind them.  Returns
 * their number.  [section]
 *
 * It may return fewer than n entries, also 0, before the end of the cycle.  The reasons:
 *
 * - A call reads a bounded part of the table: about 2 * n + 8 lines of four slots.
 * - Entries for which the array has no room are left to the next call, together with
 *   their neighbours.
 *
 * Arrays of 32 or more waste least.  With smaller ones, lines are read again in search of a
 * part that fits, up to about a hundred in all.
 *
 * The entries are valid until the section ends.  Meanwhile the map may be changed, also by
 * the thread that scans.  If it removes what it is given, what remains is spread over the
 * table evenly.  A scan writes nothing to the map, allocates nothing, helps no migration;
 * it is lock-free.
 *
 * -EINVAL: n is 0, or `cursor` is NULL, or holds what no cursor does.  -E2BIG: n + 1
 * keys or more have the same 64-bit hash, and cannot be divided; come again with a larger
 * array.  This does not happen with integer keys, nor with keys whose hash is good.  On an
 * error the cursor is as it was.
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
 * A sample: of some entries chosen at random, the one that was used least recently is a
 * good one to evict.
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
 * The number of entries.  It is never less than the number of those that are present
 * throughout the call.  It is exact when no writer runs.  [section]
 */
NBMAP_API size_t nbmap_count(struct nbmap *map);
NBMAP_API size_t nbmap_u64_count(struct nbmap_u64 *map);

/*
 * Remove every entry, at one instant.  Values go to `value_free`.  Without one nobody
 * learns which values they were.  What is cleared is garbage at once: see
 * struct nbmap_domain_stats.  No limit refuses it.  [section]  -ENOMEM.
 */
NBMAP_API int nbmap_clear(struct nbmap *map);
NBMAP_API int nbmap_u64_clear(struct nbmap_u64 *map);

/* How many classes of probe lengths there are. */
#define NBMAP_PROBES 16

/*
 * Numbers of a map.  They are exact when no writer runs, except for those that are
 * *sampled*.  A sample is 1024 slots of the top table, at equal distances.  It is exact if
 * the table has no more slots, and else right within some percent.
 *
 * The *top table* is the one in which a get begins.  A *tombstone* is a slot whose key has
 * no value.
 *
 * tombstones        in the top table.  Counted; sampled while a migration is under way
 * migration_blocks  of the table that is being left; a block is 32 slots.  0 if none is
 * migration_done    how many of these are copied.  Sampled from half a million slots on
 * value_bytes       what value_size says of all values; 0 without value_size or value_free
 * key_bytes         what key_size says of all copies of keys, also those of tombstones; 0
 *                   without key_size or key_free
 * sampled           how many slots were looked at
 * probes            how far it is to a key.  The distance is counted in cache lines of
 *                   four slots that a get reads in the top table.  probes[0] says how many
 *                   keys with a value, of the sampled slots, are found in line 1, probes[1]
 *                   in line 2, probes[2] in 3 or 4, probes[3] in 5 to 8, and so on
 * longest_probe     the longest of these, in lines
 * reserved          zero; later versions give names to them
 */
struct nbmap_stats {
	size_t entries;    /* keys with a value */
	size_t used;       /* slots of the top table that have a key: entries, tombstones */
	size_t capacity;   /* slots of the top table */
	size_t tables;     /* 1, or more during a migration; beside writers some that
			    * are gone already may be counted */
	size_t bytes;      /* the map and its tables, without keys and values */
	uint64_t migrations; /* started since the map was made */
	uint64_t pending_objects; /* of the map's domain, as in nbmap_domain_stats */
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

/*
 * Fill in `stats`.  The type's `hash` is called for the keys of the sample, up to a
 * thousand.  [section]
 */
NBMAP_API void nbmap_stats(struct nbmap *map, struct nbmap_stats *stats);
NBMAP_API void nbmap_u64_stats(struct nbmap_u64 *map, struct nbmap_stats *stats);

/* How statistics are printed, under the names of the fields. */
enum nbmap_format {
	NBMAP_TEXT = 0, /* a line for each number; of a histogram, for each class that is not empty */
	NBMAP_JSON = 1, /* one line: an object of numbers; a histogram is an array */
};

/*
 * Print what nbmap_stats() or nbmap_domain_stats() says now, and flush `out`.  A map is
 * looked at in a section of its own, which has ended before anything is printed.  So a slow
 * `out` holds up nothing, unless the caller is in a section.  [anywhere]; the first two by
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
 * Print every table of the chain, and every slot that is not empty: its key, its state by
 * name (src/slot.h), its value as a number.  A line for each.  Then flush `out`.  This is
 * for people, not for programs.
 *
 *   nbmap_dump()         strings and byte ranges of the ready-made types in quotes, up to
 *                        80 bytes of each; integer keys as numbers; of other keys the
 *                        pointer
 *   nbmap_dump_with()    the same, but `print` prints the keys; it must not change the map.
 *                        If `print` is NULL, it is nbmap_dump()
 *   nbmap_dump_tables()  only the tables, a line for each: a summary, as quick for a large
 *                        map as for a small one
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
 * Results that the compiler warns about if you drop them, because what follows is wrong
 * without a look at them:
 *
 *   new, domain_new, domain_shared  the map or domain may not be there
 *   get_or_add, iter_init           the value, or the walk, may not be there
 *   iter_next, scan                 they say what the next entries are
 *   synchronize                     what is freed next may still be read
 *   retire                          the object may still be the caller's
 *   thread_register, before_fork    if they fail, nothing that follows is allowed
 *
 * There is no such warning for put and the other writes.  Many programs can do nothing
 * about an error there, with integers, or with values that something else owns.  They would
 * only add casts to void.  If you hand a value over, look at the result: on an error the
 * value is still yours.
 *
 * Arguments that must not be NULL are marked, too: maps, domains and walks, except what new
 * and destroy are given.  Keys may be NULL: the answer is -EINVAL.
 *
 * The library itself is built without these marks, so that no check in it is left out.
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
NBMAP_SOME_(reclaim_within);
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
NBMAP_DECLARE_(nbmap_domain_reclaim_within, nonnull(1));
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
