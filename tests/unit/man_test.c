/*
 * man: the examples of the manual pages, compiled as the pages show them, do what they are there for.
 *
 * examples.h lists the files of doc/man/examples/; see example.h there.
 */
#include "example.h"
#include "run.h"

static const struct {
	const char *page;
	void (*run)(void);
} examples[] = {
#define EXAMPLE(page) {#page, page##_example},
#include "examples.h"
#undef EXAMPLE
};

#define EXAMPLES (sizeof(examples) / sizeof(*examples))

START_TEST(test_an_example)
{
	printf("%s\n", examples[_i].page);
	examples[_i].run();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("man");
	TCase *tcase = tcase_create("man");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_an_example, 0, EXAMPLES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
