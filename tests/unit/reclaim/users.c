/*
 * users: domains that several share.
 */
#include "fixture.h"

START_TEST(test_shared)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *a = NULL, *b = NULL, *manual = NULL, *other = NULL;
	struct item item = {.payload = 7};

	thread_in(flavor);
	ck_assert_int_eq(nbr_domain_shared(&a, flavor, true), 0);
	ck_assert_int_eq(nbr_domain_shared(&b, flavor, true), 0);
	ck_assert_int_eq(nbr_domain_shared(&manual, flavor, false), 0);
	ck_assert_int_eq(nbr_domain_shared(&other, flavor == NBR_BP ? NBR_MB : NBR_BP, true), 0);
	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_ne(a, manual);
	ck_assert_ptr_ne(a, other);
	ck_assert_int_eq(nbr_domain_flavor(a), flavor);
	nbr_domain_ref(a);
	ck_assert_uint_eq(nbr_domain_users(a), 3);
	ck_assert_int_eq(nbr_domain_unref(a), 0);
	ck_assert_int_eq(nbr_domain_unref(a), 0);
	ck_assert_uint_eq(nbr_domain_users(b), 1);
	nbr_enter(b);
	retire(b, &item);
	section_out(b, flavor);
	ck_assert_int_eq(nbr_domain_unref(b), 0);
	ck_assert_int_eq(item.freed, 1);
	ck_assert_int_eq(nbr_domain_shared(&a, flavor, true), 0);
	ck_assert_uint_eq(nbr_domain_users(a), 1);
	ck_assert_uint_eq(stats_of(a).freed_objects, 0); /* a new one */
	ck_assert_int_eq(nbr_domain_unref(a), 0);
	ck_assert_int_eq(nbr_domain_unref(manual), 0);
	ck_assert_int_eq(nbr_domain_unref(other), 0);
	thread_out(NULL, flavor);
}
END_TEST

static void *churn_shared(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 300; i++) {
		struct nbr_domain *domain = NULL;
		static _Thread_local struct item item;

		if (nbr_domain_shared(&domain, NBR_BP, i % 3 == 0) != 0)
			return (void *)1;
		item = (struct item){.payload = 7};
		nbr_enter(domain);
		nbr_retire(domain, &item.node, free_node, 8);
		nbr_leave(domain);
		if (nbr_barrier(domain) != 0 || item.freed != 1 || nbr_domain_unref(domain) != 0)
			return (void *)1;
	}
	return NULL;
}

/* First and last users come and go at once. */
START_TEST(test_shared_churn)
{
	pthread_t threads[3];
	int i;

	for (i = 0; i < 3; i++)
		threads[i] = spawn(churn_shared, NULL);
	for (i = 0; i < 3; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
}
END_TEST

void add_users(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_shared, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_shared_churn);
}
