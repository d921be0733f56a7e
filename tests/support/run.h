/*
 * run: one run of a test program, and its random numbers.
 *
 * All come from one seed for the whole program: NBMAP_SEED, or drawn and
 * printed, so that a failed run can be asked for again.
 */
#ifndef TEST_RUN_H
#define TEST_RUN_H

#include <check.h>
#include <stdint.h>

/* A group of tests within a suite, with `setup` before each and `teardown` after it. */
TCase *test_group(Suite *suite, const char *name, SFun setup, SFun teardown);

/* Run the suite with what the environment says to Check; main()'s result. */
int test_run(Suite *suite);

/* The program's seed, printed by test_run(). */
uint64_t test_seed(void);

/* The state of a stream of numbers: one for each `stream`. */
uint64_t test_random_stream(uint64_t stream);
uint64_t test_random(uint64_t *state);

/* `n`, or less of it where things are slow: NBMAP_SLOW, valgrind, sanitizers. */
uint64_t test_rounds(uint64_t n, uint64_t slow);

/* The most that is seen of what is expected `expected` times: six standard deviations above. */
uint64_t test_most(uint64_t expected);

#endif
