/*
 * machine: simulated threads, each on a core of its own, in simulated time.
 *
 * Each thread has a clock.  The thread whose clock is behind all others' runs, up to its
 * next access to memory that others can see; so all such accesses are made in the order of
 * their times, by whatever thread, and what each reads is what was last written in that
 * order: sequentially consistent.  Equal times go by the order in which they were
 * announced: a run is the same each time.
 *
 * What an access takes is said by the directory, and what of it the thread waits for by a
 * small model of a core:
 *
 *   load     goes on at once, up to `window` further; then waits for the oldest that is
 *            still under way.  At most MACHINE_LOADS are.
 *   store    goes into a buffer, up to `buffer` deep in time, and arrives later
 *   rmw      an atomic read-modify-write: waits for the stores before it; its own line
 *            is waited for as a load's is (measured: those of different lines overlap),
 *            and it takes `rmw` besides
 *   fence    waits for all
 *   block    a piece of code without a branch, from its beginning on, takes `block`.
 *            Which comes next is guessed by what came next after the same sixteen the last
 *            times, or after the same one; a wrong guess waits for all loads, as the branch
 *            may depend on them, but for no rmw, and takes `guess`
 *
 * Each access takes `step` besides.  What a thread has on its stack, and its thread-local
 * variables, take nothing more.  A load whose address depends on another that is still
 * under way is not told from one that does not.
 *
 * The thread that made the machine is not recorded: it takes no time, and sees to what is
 * before and after.
 */
#ifndef SCALE_MACHINE_H
#define SCALE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "directory.h"

#define MACHINE_LOADS 16

/* Picoseconds. */
struct machine_costs {
	uint64_t step, rmw; /* each access; and each rmw that has its line */
	uint64_t block, guess;
	uint64_t prefetch;
	uint64_t window, buffer;
	uint64_t system; /* a call that wakes somebody */
};

enum machine_access { MACHINE_LOAD, MACHINE_STORE, MACHINE_RMW };

/* What the recorded threads did, since the last machine_settle(). */
struct machine_totals {
	uint64_t accesses, rmws, blocks, wrong; /* guesses */
	uint64_t sources[DIRECTORY_SOURCES];
	uint64_t taken; /* lines written that another core held */
};

struct machine_thread;

/* Once in a process.  `threads` beside the caller.  False if memory is short. */
bool machine_begin(unsigned threads, const struct machine_costs *costs, struct directory *directory);
void machine_end(void);

/* A thread that begins at the caller's time, on core `core`. */
struct machine_thread *machine_spawn(unsigned core, void (*run)(void *arg), void *arg);

/* Wait for its end. */
void machine_join(struct machine_thread *thread);

/* The running thread's, or NULL outside of machine_begin() to machine_end(). */
struct machine_thread *machine_self(void);
uint64_t machine_now(void);

/* The running thread's number, which no other that lives has, and what all are below. */
unsigned machine_number(void);
unsigned machine_numbers(void);

/* Work that is no access. */
void machine_spend(uint64_t picoseconds);

/* Sleep until woken, or, unless `picoseconds` is 0, for so long; whether it was woken. */
bool machine_sleep(uint64_t picoseconds);

/* Wake it from machine_sleep(). */
void machine_wake(struct machine_thread *thread);

/* Go on at the time at which all threads that `machine_arrive()` have. */
void machine_arrive(unsigned *arrived, unsigned expected);

/* The running thread accesses `size` bytes; returns when it is its turn. */
void machine_access(const volatile void *address, size_t size, enum machine_access access, const void *code);
void machine_prefetch(const volatile void *address);
void machine_fence(void);

/* It runs into the block of code at `code`. */
void machine_block(const void *code);

/* As one who reads the word over and over, until it is another one than `seen`. */
void machine_await(const volatile uint32_t *word, uint32_t seen);

/* A place for the thread: pthread_setspecific()'s of one key. */
void **machine_specific(void);

/* Called as each thread ends, by it. */
extern void (*machine_at_exit)(void *specific);

void machine_settle(void);
struct machine_totals machine_totals(void);

#endif
