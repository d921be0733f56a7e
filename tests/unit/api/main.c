/*
 * main: the cases of api_test: every public call on object keys, in success and
 * in each of its documented failures.
 *
 * Linked with the library as it is installed and with the one whose tables
 * begin with four slots.
 */
#include "fixture.h"

int main(void)
{
	Suite *suite = suite_create("api");
	TCase *keys, *ends;

	add_operations(test_group(suite, "operations", setup, teardown));
	add_updates(test_group(suite, "updates", setup, teardown));
	add_shortages(test_group(suite, "refusals", setup, teardown));
	keys = test_group(suite, "keys", setup, teardown);
	add_keys(keys);
	add_types(keys);
	add_configuration(test_group(suite, "configuration", setup, teardown));
	add_reports(test_group(suite, "reports", setup, teardown));
	ends = test_group(suite, "ends", setup, teardown);
	add_ends(ends);
	add_threads(ends);
	return test_run(suite);
}
