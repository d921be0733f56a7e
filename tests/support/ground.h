/*
 * ground: a subject in a domain without a thread, for tests that look through a map:
 * what is retired stays until a test lets it be freed.  The test's body runs inside a
 * section.  After every test all that was made must have been freed.
 */
#ifndef TEST_GROUND_H
#define TEST_GROUND_H

#include "subject.h"

extern struct count *ground_count;
extern struct nbmap_domain *ground_domain;
extern struct subject subject;

/* Before and after every test. */
void ground_setup(void);
void ground_teardown(void);

/* Make the map, of kind 0 or 1 (integers) and as `base` says but for its domain, and
 * enter; leave, look whether it is valid, and destroy it. */
void begin_with(int kind, struct nbmap_config base);
void begin(int kind);
void finish(void);

void put(uint64_t id, uint32_t number);
struct nbmap_stats stats(void);

#endif
