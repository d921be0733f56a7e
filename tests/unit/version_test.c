/*
 * version: what the library says it is, what its header says, and what CMake calls it (VERSION_OF_PROJECT) agree.
 */
#include <check.h>
#include <stdio.h>

#include "nbmap.h"
#include "run.h"

START_TEST(test_library_and_header_agree)
{
	ck_assert_int_eq(nbmap_version(), NBMAP_VERSION);
}
END_TEST

START_TEST(test_library_and_package_agree)
{
	char version[64];
	int number = nbmap_version();

	snprintf(version, sizeof(version), "%d.%d.%d", number / 10000, number / 100 % 100, number % 100);
	ck_assert_str_eq(version, VERSION_OF_PROJECT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("version");
	TCase *tests = tcase_create("version");

	tcase_add_test(tests, test_library_and_header_agree);
	tcase_add_test(tests, test_library_and_package_agree);
	suite_add_tcase(suite, tests);
	return test_run(suite);
}
