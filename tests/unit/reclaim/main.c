/*
 * main: the cases of reclaim_test: the reclamation layer by itself, without any
 * map.  Each test that concerns liburcu runs once for each flavour.
 *
 * A case is a file; CK_RUN_CASE=slices runs only that.
 */
#include "fixture.h"

#include <stdlib.h>

static const struct {
	const char *name;
	void (*add)(TCase *tcase);
} cases[] = {
	{"grace", add_grace},
	{"tickets", add_tickets},
	{"config", add_config},
	{"account", add_account},
	{"limits", add_limits},
	{"reports", add_reports},
	{"kept", add_kept},
	{"warm", add_warm},
	{"waiting", add_waiting},
	{"within", add_within},
	{"barriers", add_barriers},
	{"debts", add_debts},
	{"quiescent", add_quiescent},
	{"hands", add_hands},
	{"cancel", add_cancel},
	{"domains", add_domains},
	{"registration", add_registration},
	{"threads", add_threads},
	{"idle", add_idle},
	{"nested", add_nested},
	{"crowd", add_crowd},
	{"assistance", add_assistance},
	{"delays", add_delays},
	{"turns", add_turns},
	{"slices", add_slices},
	{"yields", add_yields},
	{"fork", add_fork},
	{"forks", add_forks},
};

int main(void)
{
	Suite *suite = suite_create("reclaim");
	SRunner *runner = srunner_create(suite);
	int failed;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		TCase *tcase = tcase_create(cases[i].name);

		tcase_add_checked_fixture(tcase, setup, teardown);
		tcase_set_timeout(tcase, 120);
		cases[i].add(tcase);
		suite_add_tcase(suite, tcase);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
