/*
 * main: the cases of defects_test: what the original of this design leaked,
 * what it got wrong, and the three ways in which it broke its own promises.
 * One test each, named after the sentence that says so, and each fails on a map
 * that repeats the defect: test_leak_*, test_wrong_*, test_guarantee_*.
 */
#include "fixture.h"

static TCase *group(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("defects");
	TCase *wrong;

	add_leaks(group(suite, "leak"));
	wrong = group(suite, "wrong");
	add_wrongs(wrong);
	add_depths(wrong);
	add_guarantees(group(suite, "guarantee"));
	return test_run(suite);
}
