/*
 * domains: made, shared, counted, ended.
 */
#include "fixture.h"

#include <stdint.h>
#include <string.h>

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
	ck_assert(nbr_domain_is_shared(a) && nbr_domain_is_shared(manual));
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
	thread_out(flavor);
}
END_TEST

/* One user less may be said anywhere, but by the last; that does nothing there. */
START_TEST(test_users)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct item item = {.payload = 7};
	bool outer;

	ck_assert_uint_eq(nbr_domain_users(domain), 1);
	nbr_domain_ref(domain);
	nbr_domain_ref(domain);
	ck_assert_uint_eq(nbr_domain_users(domain), 3);
	thread_in(flavor);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	section_out(domain, flavor);
	outer = nbr_callback_begin();
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert_uint_eq(nbr_domain_users(domain), 1);
	ck_assert_int_eq(nbr_domain_unref(domain), -EDEADLK);
	nbr_callback_end(outer);
	ck_assert_uint_eq(nbr_domain_users(domain), 1);
	ck_assert(nbr_domain_exists(domain));
	retire_in_section(domain, flavor, &item, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	thread_out(flavor);
}
END_TEST

START_TEST(test_exists)
{
	struct nbr_domain *own = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD}), *shared = NULL;
	int somewhere;

	ck_assert(nbr_domain_exists(own));
	ck_assert(!nbr_domain_is_shared(own));
	ck_assert(!nbr_domain_exists(NULL));
	ck_assert(!nbr_domain_exists((struct nbr_domain *)(void *)&somewhere));
	ck_assert_int_eq(nbr_domain_shared(&shared, NBR_BP, false), 0);
	ck_assert(nbr_domain_exists(shared));
	ck_assert_int_eq(nbr_domain_unref(own), 0);
	ck_assert(!nbr_domain_exists(own));
	ck_assert(nbr_domain_exists(shared));
	ck_assert_int_eq(nbr_domain_unref(shared), 0);
	ck_assert(!nbr_domain_exists(shared));
}
END_TEST

/* The user's bytes are a copy, and the rest is zero. */
START_TEST(test_user_bytes)
{
	static const char zeroes[NBR_USER_MAX];
	char bytes[NBR_USER_MAX];
	struct nbr_domain *domain = NULL;
	size_t size;

	for (size = 0; size <= NBR_USER_MAX; size += 16) {
		memset(bytes, 'a', sizeof(bytes));
		domain = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD, .user = bytes, .user_size = size});
		memset(bytes, 'b', sizeof(bytes));
		ck_assert_uint_eq((uintptr_t)nbr_domain_user(domain) % 64, 0);
		memset(bytes, 'a', size);
		ck_assert_mem_eq(nbr_domain_user(domain), bytes, size);
		ck_assert_mem_eq((char *)nbr_domain_user(domain) + size, zeroes, NBR_USER_MAX - size);
		ck_assert_int_eq(nbr_domain_unref(domain), 0);
	}
	ck_assert_int_eq(nbr_domain_shared(&domain, NBR_BP, false), 0);
	ck_assert_mem_eq(nbr_domain_user(domain), zeroes, NBR_USER_MAX);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* The last user frees what callbacks retire in their turn. */
static void retire_again(void *object, void *arg)
{
	struct item *item = object;
	struct nbr_domain *domain = arg;

	if (item->payload-- > 0) {
		nbr_enter(domain);
		retire_with(domain, retire_again, item, domain, 0);
		nbr_leave(domain);
	} else {
		item_freed(item);
	}
}

START_TEST(test_end_frees_all)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0});
	struct item items[2] = {{.payload = 5}, {.payload = 5}};

	thread_in(flavor);
	nbr_enter(domain);
	retire_with(domain, retire_again, &items[0], domain, 0);
	nbr_retire(domain, &items[1].node, free_node, 100);
	section_out(domain, flavor);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, 2, 1);
	thread_out(flavor);
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

void add_domains(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_shared, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_users, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_exists);
	tcase_add_test(tcase, test_user_bytes);
	tcase_add_loop_test(tcase, test_end_frees_all, 0, NBR_FLAVORS * 2);
	tcase_add_test(tcase, test_shared_churn);
}
