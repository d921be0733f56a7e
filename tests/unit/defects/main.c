/*
 * main: the cases of defects_test: what the original of this design leaked,
 * what it got wrong, and the three ways in which it broke its own promises.
 * One test each, named after the sentence that says so, and each fails on a map
 * that repeats the defect: test_leak_*, test_wrong_*, test_guarantee_*.
 */
#include "fixture.h"

int main(void)
{
	Suite *suite = suite_create("defects");
	TCase *wrong;

	add_leaks(test_group(suite, "leak", setup, teardown));
	wrong = test_group(suite, "wrong", setup, teardown);
	add_wrongs(wrong);
	add_depths(wrong);
	add_guarantees(test_group(suite, "guarantee", setup, teardown));
	return test_run(suite);
}
