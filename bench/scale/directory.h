/*
 * directory: who has which cache line, and what it costs to get it.
 *
 * A core has a private cache; a line is in one of four states there:
 *
 *   I   not there
 *   S   to be read; others may have it
 *   E   to be read, and nobody else has it
 *   M   written to, and nobody else has it
 *
 *   I --load, nobody has it--> E      I --load, others have it--> S, and theirs too
 *                                     or, if another has it in M and lines *migrate*,
 *                                     E, and theirs I
 *   I --write----------------> M      and theirs I
 *   S --write----------------> M      and theirs I
 *   E --write----------------> M      silently
 *   any --no room------------> I
 *
 * Invariants (directory_valid()), for each line:
 *   an owner (in E or M), or sharers (in S), or neither: never both
 *   the directory names a core  <=>  the line is in that core's cache
 *
 * What is asked for comes from the nearest that has it:
 *
 *   OWNER     another core's cache, which has it alone
 *   SHARERS   to write what others may read: they must first let it go
 *   LLC       nobody's cache, or a copy that may stay: the last-level cache
 *   MEMORY    the part of all lines for which the last-level cache has no room
 *
 * A line changes hands one hand-over after the other: who asks while it is on its
 * way waits until it has arrived.  Reads of what stays shared pass each other but for
 * the time that the cache's port needs.  From another socket everything takes `far`
 * percent of what it takes within one.  A line's home socket is drawn from its number.
 *
 * Lines migrate where a processor takes it that who reads what another has written will write
 * next: the first reader gets the line alone, and saves the way to ask for it once more.
 * The one after that shares it.  calibrate.c finds out whether this processor does so.
 *
 * Replacement is LRU in sets of DIRECTORY_WAYS.
 *
 * Source: Sorin, Hill, Wood, "A Primer on Memory Consistency and Cache Coherence",
 * second edition, 2020, chapter 8 (MESI with a directory); Stenstrom, Brorsson, Sandberg,
 * "An adaptive cache coherence protocol optimized for migratory sharing", ISCA 1993.
 */
#ifndef SCALE_DIRECTORY_H
#define SCALE_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIRECTORY_CORES 1024
#define DIRECTORY_WAYS 16
#define DIRECTORY_NOBODY UINT16_MAX

enum directory_state { DIRECTORY_I, DIRECTORY_S, DIRECTORY_E, DIRECTORY_M };
enum directory_source { DIRECTORY_HIT, DIRECTORY_LLC, DIRECTORY_MEMORY, DIRECTORY_OWNER, DIRECTORY_SHARERS };
#define DIRECTORY_SOURCES 5

/* All times are picoseconds. */
struct directory_shape {
	unsigned cores, socket_cores;
	size_t cache_lines; /* of a core; a power of two, at least DIRECTORY_WAYS */
	size_t llc_lines;   /* of all sockets together */
	uint64_t load[DIRECTORY_SOURCES], own[DIRECTORY_SOURCES]; /* to read, and to have alone */
	uint64_t port;
	unsigned far; /* percent */
	bool migrates;
};

/* What one access was. */
struct directory_event {
	enum directory_source source;
	bool taken;	  /* away from another core, by a write or by a read where lines migrate */
	uint64_t latency; /* with the wait for those before it */
};

/* A line, for reports. */
struct directory_line {
	uint64_t line;
	uint64_t taken;	   /* how often it was, in that sense */
	uintptr_t address; /* of the last of those */
	uintptr_t code;	   /* whence it came */
};

struct directory;

/* NULL if memory is short. */
struct directory *directory_new(const struct directory_shape *shape);
void directory_free(struct directory *directory);

/* Core `core` reads line `line` at time `now`, or writes to it. */
struct directory_event directory_load(struct directory *directory, unsigned core, uint64_t line, uint64_t now);
struct directory_event directory_write(struct directory *directory, unsigned core, uint64_t line, uint64_t now);

/* The last access was to `address`, from `code`, and took the line from another. */
void directory_note_taken(struct directory *directory, uint64_t line, uintptr_t address, uintptr_t code);

enum directory_state directory_state(const struct directory *directory, unsigned core, uint64_t line);

/* Whether the invariants hold. */
bool directory_valid(const struct directory *directory);

/* Forget what was noted, and when lines are on their way; the caches stay as they are. */
void directory_settle(struct directory *directory);

/* Every line that was taken: visit(line, arg). */
void directory_taken(const struct directory *directory, void (*visit)(const struct directory_line *line, void *arg),
		     void *arg);

#endif
