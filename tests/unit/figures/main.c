/*
 * figures: what statistics and dumps say of a map that was built for it, slot by slot.  Both
 * kinds of key, all flavours.
 */
#include "fixture.h"

int main(void)
{
	Suite *suite = suite_create("figures");
	TCase *tcase = tcase_create("figures");

	tcase_set_timeout(tcase, 120);
	add_tables(tcase);
	add_domains(tcase);
	add_printing(tcase);
	add_beside(tcase);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
