/*
 * main: the cases of table_test.  Runs with the smallest tables and blocks, and
 * with the ordinary ones.
 */
#include "suite.h"
#include "run.h"

static TCase *group(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("table");
	TCase *table = group(suite, "table"), *copy;

	add_home(table);
	add_find(table);
	add_spill(table);
	add_valid(table);
	add_sizes(table);
	add_start(group(suite, "start"));
	add_heir(group(suite, "heir"));
	add_herd(group(suite, "herd"));
	add_get(group(suite, "get"));
	add_bound(group(suite, "bound"));
	copy = group(suite, "copy");
	add_copy(copy);
	add_carry(copy);
	add_write(copy);
	add_stalled(group(suite, "stalled"));
	add_sweep(group(suite, "sweep"));
	add_policy(group(suite, "size"));
	return test_run(suite);
}
