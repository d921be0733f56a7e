/*
 * main: the cases of api_test: every public call on object keys, in success and
 * in each of its documented failures.
 *
 * Linked with the library as it is installed and with the one whose tables
 * begin with four slots.
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
	Suite *suite = suite_create("api");
	TCase *keys, *ends;

	add_operations(group(suite, "operations"));
	add_updates(group(suite, "updates"));
	add_shortages(group(suite, "refusals"));
	keys = group(suite, "keys");
	add_keys(keys);
	add_types(keys);
	add_configuration(group(suite, "configuration"));
	add_reports(group(suite, "reports"));
	ends = group(suite, "ends");
	add_ends(ends);
	add_threads(ends);
	return test_run(suite);
}
