/*
 * main: the cases of reclaim_test: the reclamation layer by itself, without any
 * map.  Each test that concerns liburcu runs once for each flavour.
 */
#include "fixture.h"

#include <stdlib.h>

int main(void)
{
	Suite *suite = suite_create("reclaim");
	TCase *tcase = tcase_create("reclaim");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	add_grace(tcase);
	add_tickets(tcase);
	add_limits(tcase);
	add_waiting(tcase);
	add_users(tcase);
	add_nested(tcase);
	add_crowd(tcase);
	add_assistance(tcase);
	add_fork(tcase);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
