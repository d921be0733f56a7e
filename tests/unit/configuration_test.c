/*
 * configuration: what nbmap_new(), nbmap_u64_new() and nbmap_domain_new() must
 * refuse, and what they must not.
 *
 * Each row spoils a good configuration in one way and says what either kind of
 * map makes of it.  After a refusal nothing may be left: not a byte of memory,
 * not a user of the domain, not a word at the place where the map would go.
 */
#include <check.h>
#include <errno.h>
#include <limits.h>

#include "count_alloc.h"
#include "flavor_thread.h"
#include "run.h"
#include "nbmap.h"

#define ANY_FLAVOR_BUT_THESE ((enum nbmap_flavor)FLAVORS)

static struct count *count;
static struct nbmap_domain *domain;

/* A configuration, and what it points to. */
struct trial {
	struct nbmap_config config;
	struct nbmap_type type;
	struct nbmap_allocator allocator;
};

static void setup(void)
{
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
}

static void teardown(void)
{
	/* A user too many would be -EBUSY. */
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

static void begin(struct trial *trial, bool integer)
{
	*trial = (struct trial){.type = integer ? count_value_type() : count_type(),
				.allocator = count_allocator(count)};
	trial->config = (struct nbmap_config){
		.type = &trial->type, .arg = count, .domain = domain, .allocator = &trial->allocator};
}

static char untouched_mark;
#define UNTOUCHED ((void *)&untouched_mark)

static int make_and_destroy(bool integer, const struct nbmap_config *config)
{
	struct nbmap_u64 *integers = UNTOUCHED;
	struct nbmap *objects = UNTOUCHED;
	int error = integer ? nbmap_u64_new(&integers, config) : nbmap_new(&objects, config);

	if (error)
		ck_assert(integers == UNTOUCHED && objects == UNTOUCHED);
	else
		ck_assert_int_eq(integer ? nbmap_u64_destroy(integers) : nbmap_destroy(objects), 0);
	ck_assert(count_balanced(count));
	return error;
}

/* ---- Maps --------------------------------------------------------------- */

static void leave_as_is(struct trial *trial)
{
	(void)trial;
}

static void no_type(struct trial *trial)
{
	trial->config.type = NULL;
}

static void no_callbacks(struct trial *trial)
{
	trial->type = (struct nbmap_type){.hash = NULL};
}

static void hash_alone(struct trial *trial)
{
	trial->type = (struct nbmap_type){.hash = count_type().hash};
}

static void equal_alone(struct trial *trial)
{
	trial->type = (struct nbmap_type){.equal = count_type().equal};
}

static void dup_alone(struct trial *trial)
{
	trial->type = (struct nbmap_type){.key_dup = count_type().key_dup};
}

static void free_alone(struct trial *trial)
{
	trial->type = (struct nbmap_type){.key_free = count_type().key_free};
}

/* What would it free? */
static void free_without_dup(struct trial *trial)
{
	trial->type = count_type();
	trial->type.key_dup = NULL;
}

static void dup_without_free(struct trial *trial)
{
	trial->type = (struct nbmap_type){
		.hash = count_type().hash, .equal = count_type().equal, .key_dup = count_type().key_dup};
}

static void hash_and_equal(struct trial *trial)
{
	trial->type = (struct nbmap_type){.hash = count_type().hash, .equal = count_type().equal};
}

static void size_of_keys(struct trial *trial)
{
	trial->type.key_size = count_key_size;
}

static void size_of_values(struct trial *trial)
{
	trial->type.value_size = count_value_size;
}

static void wide_keys(struct trial *trial)
{
	trial->config.flags |= NBMAP_WIDE_KEYS;
}

static void flag_of_a_domain(struct trial *trial)
{
	trial->config.flags |= NBMAP_LIMIT_REPORTS_ONLY;
}

/* A domain has its thread or not; a map cannot choose. */
static void no_thread_beside_a_domain(struct trial *trial)
{
	trial->config.flags |= NBMAP_NO_THREAD;
}

static void no_thread_without_a_domain(struct trial *trial)
{
	trial->config.domain = NULL;
	trial->config.flags |= NBMAP_NO_THREAD;
}

static void another_flavor_beside_a_domain(struct trial *trial)
{
	trial->config.flavor = ANY_FLAVOR_BUT_THESE;
}

static void another_flavor(struct trial *trial)
{
	trial->config.domain = NULL;
	trial->config.flavor = ANY_FLAVOR_BUT_THESE;
}

static void a_flavor_far_off(struct trial *trial)
{
	trial->config.domain = NULL;
	trial->config.flavor = (enum nbmap_flavor)INT_MAX;
}

static void allocator_without_alloc(struct trial *trial)
{
	trial->allocator.alloc = NULL;
}

static void allocator_without_free(struct trial *trial)
{
	trial->allocator.free = NULL;
}

static const struct {
	const char *name;
	void (*spoil)(struct trial *trial);
	int object, integer; /* what comes of it */
} rows[] = {
	{"nothing", leave_as_is, 0, 0},
	{"no type", no_type, -EINVAL, 0},
	{"a type without callbacks", no_callbacks, -EINVAL, 0},
	{"hash alone", hash_alone, -EINVAL, -EINVAL},
	{"equal alone", equal_alone, -EINVAL, -EINVAL},
	{"key_dup alone", dup_alone, -EINVAL, -EINVAL},
	{"key_free alone", free_alone, -EINVAL, -EINVAL},
	{"key_free without key_dup", free_without_dup, -EINVAL, -EINVAL},
	{"key_dup without key_free", dup_without_free, 0, -EINVAL},
	{"hash and equal", hash_and_equal, 0, -EINVAL},
	{"key_size", size_of_keys, 0, -EINVAL},
	{"value_size", size_of_values, 0, 0},
	{"wide keys", wide_keys, 0, -EINVAL},
	{"a flag of domains", flag_of_a_domain, -EINVAL, -EINVAL},
	{"no thread, beside a domain", no_thread_beside_a_domain, -EINVAL, -EINVAL},
	{"no thread", no_thread_without_a_domain, 0, 0},
	{"another flavour, beside a domain", another_flavor_beside_a_domain, 0, 0},
	{"another flavour", another_flavor, -EINVAL, -EINVAL},
	{"a flavour far off", a_flavor_far_off, -EINVAL, -EINVAL},
	{"an allocator without alloc", allocator_without_alloc, -EINVAL, -EINVAL},
	{"an allocator without free", allocator_without_free, -EINVAL, -EINVAL},
};
#define ROWS ((int)(sizeof(rows) / sizeof(*rows)))

/* _i: row and kind of map. */
START_TEST(test_inconsistent_configurations)
{
	const bool integer = _i % 2;
	const int expected = integer ? rows[_i / 2].integer : rows[_i / 2].object;
	struct trial trial;
	int error;

	begin(&trial, integer);
	rows[_i / 2].spoil(&trial);
	error = make_and_destroy(integer, &trial.config);
	ck_assert_msg(error == expected, "%s: %d, not %d", rows[_i / 2].name, error, expected);
}
END_TEST

START_TEST(test_reserved_words_must_be_zero)
{
	const size_t reserved = sizeof(((struct nbmap_config *)NULL)->reserved) / sizeof(uint64_t);
	struct trial trial;

	begin(&trial, _i);
	for (size_t i = 0; i < reserved; i++) {
		trial.config.reserved[i] = 1;
		ck_assert_int_eq(make_and_destroy(_i, &trial.config), -EINVAL);
		trial.config.reserved[i] = UINT64_C(1) << 63;
		ck_assert_int_eq(make_and_destroy(_i, &trial.config), -EINVAL);
		trial.config.reserved[i] = 0;
	}
	ck_assert_int_eq(make_and_destroy(_i, &trial.config), 0);
}
END_TEST

START_TEST(test_flags_that_do_not_exist)
{
	const unsigned known = NBMAP_NO_THREAD | NBMAP_FIXED_SEED | NBMAP_SMALL_PAGES | (_i ? 0 : NBMAP_WIDE_KEYS);
	struct trial trial;

	begin(&trial, _i);
	trial.config.domain = NULL;
	for (unsigned bit = 0; bit < 32; bit++) {
		/* Beside NO_THREAD, so that no thread is started. */
		trial.config.flags = NBMAP_NO_THREAD | 1u << bit;
		ck_assert_int_eq(make_and_destroy(_i, &trial.config), 1u << bit & known ? 0 : -EINVAL);
	}
}
END_TEST

START_TEST(test_a_place_for_the_map_is_needed)
{
	struct trial trial;

	begin(&trial, _i);
	ck_assert_int_eq(_i ? nbmap_u64_new(NULL, &trial.config) : nbmap_new(NULL, &trial.config), -EINVAL);
	ck_assert(count_balanced(count));
	/* All defaults: those of an integer-keyed map. */
	ck_assert_int_eq(make_and_destroy(_i, NULL), _i ? 0 : -EINVAL);
}
END_TEST

/* ---- Domains ------------------------------------------------------------ */

static int make_and_destroy_domain(const struct nbmap_domain_config *config)
{
	struct nbmap_domain *made = UNTOUCHED;
	int error = nbmap_domain_new(&made, config);

	if (error)
		ck_assert_ptr_eq(made, UNTOUCHED);
	else
		ck_assert_int_eq(nbmap_domain_destroy(made), 0);
	ck_assert(count_balanced(count));
	return error;
}

START_TEST(test_inconsistent_domains_are_refused)
{
	const unsigned known = NBMAP_NO_THREAD | NBMAP_LIMIT_REPORTS_ONLY | NBMAP_NO_YIELD;
	struct nbmap_allocator allocator = count_allocator(count);
	struct nbmap_domain_config wrong = {.flags = NBMAP_NO_THREAD, .allocator = &allocator};

	ck_assert_int_eq(nbmap_domain_new(NULL, &wrong), -EINVAL);
	ck_assert_int_eq(make_and_destroy_domain(NULL), 0);
	for (size_t i = 0; i < sizeof(wrong.reserved) / sizeof(*wrong.reserved); i++) {
		wrong.reserved[i] = 1;
		ck_assert_int_eq(make_and_destroy_domain(&wrong), -EINVAL);
		wrong.reserved[i] = 0;
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		wrong.flags = NBMAP_NO_THREAD | 1u << bit;
		ck_assert_int_eq(make_and_destroy_domain(&wrong), 1u << bit & known ? 0 : -EINVAL);
	}
	wrong.flags = NBMAP_NO_THREAD;
	for (int flavor = 0; flavor < FLAVORS; flavor++) {
		wrong.flavor = (enum nbmap_flavor)flavor;
		ck_assert_int_eq(make_and_destroy_domain(&wrong), 0);
	}
	wrong.flavor = ANY_FLAVOR_BUT_THESE;
	ck_assert_int_eq(make_and_destroy_domain(&wrong), -EINVAL);
	wrong.flavor = (enum nbmap_flavor)INT_MAX;
	ck_assert_int_eq(make_and_destroy_domain(&wrong), -EINVAL);
	wrong.flavor = NBMAP_BP;
	allocator.alloc = NULL;
	ck_assert_int_eq(make_and_destroy_domain(&wrong), -EINVAL);
	allocator = count_allocator(count);
	allocator.free = NULL;
	ck_assert_int_eq(make_and_destroy_domain(&wrong), -EINVAL);
}
END_TEST

static void on_stall(unsigned age_ms, void *arg)
{
	(void)age_ms;
	(void)arg;
}

/* Reports that could never be made. */
START_TEST(test_a_stall_that_nobody_would_see_is_refused)
{
	struct nbmap_domain_config config = {.on_stall = on_stall};

	ck_assert_int_eq(make_and_destroy_domain(&config), -EINVAL);
	config.stall_ms = 1000;
	ck_assert_int_eq(make_and_destroy_domain(&config), 0);
	config.flags = NBMAP_NO_THREAD;
	ck_assert_int_eq(make_and_destroy_domain(&config), -EINVAL);
	config.stall_ms = 0;
	ck_assert_int_eq(make_and_destroy_domain(&config), -EINVAL);
	/* A time without a report is no mistake. */
	config.on_stall = NULL;
	config.stall_ms = 1000;
	ck_assert_int_eq(make_and_destroy_domain(&config), 0);
}
END_TEST

START_TEST(test_shared_domains_that_do_not_exist)
{
	struct nbmap_domain *made = UNTOUCHED;

	ck_assert_int_eq(nbmap_domain_shared(NULL, NBMAP_BP, NBMAP_NO_THREAD), -EINVAL);
	ck_assert_int_eq(nbmap_domain_shared(&made, ANY_FLAVOR_BUT_THESE, NBMAP_NO_THREAD), -EINVAL);
	ck_assert_int_eq(nbmap_domain_shared(&made, (enum nbmap_flavor)INT_MAX, NBMAP_NO_THREAD), -EINVAL);
	for (unsigned bit = 0; bit < 32; bit++)
		if (1u << bit != NBMAP_NO_THREAD)
			ck_assert_int_eq(nbmap_domain_shared(&made, NBMAP_BP, NBMAP_NO_THREAD | 1u << bit), -EINVAL);
	ck_assert_ptr_eq(made, UNTOUCHED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("configuration");
	TCase *tcase = tcase_create("configuration");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_inconsistent_configurations, 0, 2 * ROWS);
	tcase_add_loop_test(tcase, test_reserved_words_must_be_zero, 0, 2);
	tcase_add_loop_test(tcase, test_flags_that_do_not_exist, 0, 2);
	tcase_add_loop_test(tcase, test_a_place_for_the_map_is_needed, 0, 2);
	tcase_add_test(tcase, test_inconsistent_domains_are_refused);
	tcase_add_test(tcase, test_a_stall_that_nobody_would_see_is_refused);
	tcase_add_test(tcase, test_shared_domains_that_do_not_exist);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
