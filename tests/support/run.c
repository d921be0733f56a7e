/*
 * run: see run.h.
 */
#include "run.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "beneath.h"

TCase *test_group(Suite *suite, const char *name, SFun setup, SFun teardown)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int test_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	/* Before Check forks, so that all tests have the same one. */
	printf("to see this run again: NBMAP_SEED=%llu\n", (unsigned long long)test_seed());
	fflush(stdout);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

uint64_t test_seed(void)
{
	static uint64_t seed;
	static bool drawn; /* by test_run(), before there are threads */

	if (!drawn) {
		const char *given = getenv("NBMAP_SEED");
		struct timespec now;

		clock_gettime(CLOCK_REALTIME, &now);
		seed = given ? strtoull(given, NULL, 0) : (uint64_t)now.tv_nsec << 20 ^ (uint64_t)now.tv_sec;
		drawn = true;
	}
	return seed;
}

uint64_t test_random_stream(uint64_t stream)
{
	return test_seed() + stream * UINT64_C(0xd1342543de82ef95);
}

/* SplitMix64 (Steele, Lea, Flood 2014): any state is a good one. */
uint64_t test_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

uint64_t test_rounds(uint64_t n, uint64_t slow)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
	return slow;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
	return slow;
#endif
#endif
	return getenv("NBMAP_SLOW") || RUNNING_ON_VALGRIND ? slow : n;
}

uint64_t test_most(uint64_t expected)
{
	uint64_t root = 1;

	while (root * root < expected)
		root++;
	return expected + 6 * root;
}
