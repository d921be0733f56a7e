/*
 * cancel: a thread that is cancelled in a call that waits leaves nothing locked:
 * the call comes to its end first.
 */
#include "fixture.h"

enum call { BARRIER, RECLAIM, SYNCHRONIZE, UNREF, CALLS };

struct victim {
	struct nbr_domain *domain;
	enum call which;
	sem_t about;
	int answer;
	_Atomic bool through;
};

static int call(struct nbr_domain *domain, enum call which)
{
	switch (which) {
	case BARRIER:
		return nbr_barrier(domain);
	case RECLAIM:
		return nbr_reclaim(domain) < 0;
	case SYNCHRONIZE:
		return nbr_synchronize(domain);
	case UNREF:
		return nbr_domain_unref(domain);
	case CALLS:
		break;
	}
	return -1;
}

static void *victim_main(void *arg)
{
	struct victim *victim = arg;

	sem_post(&victim->about);
	victim->answer = call(victim->domain, victim->which);
	victim->through = true;
	for (;;)
		pthread_testcancel();
	return NULL;
}

/* The victim waits for a reader in another domain's section, of the same flavour:
 * the victim's own may be gone when the reader leaves. */
static void cancel_one(struct nbr_domain *domain, struct nbr_domain *readers, enum nbr_flavor flavor, enum call which)
{
	struct victim victim = {.domain = domain, .which = which, .answer = 1};
	pthread_t thread;
	struct pin pin;
	void *result;

	sem_init(&victim.about, 0, 0);
	pin_start(&pin, readers, flavor);
	thread = spawn(victim_main, &victim);
	wait_plain(&victim.about);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	watch_a_while(); /* gives a thread that can be cancelled the time to die */
	ck_assert(!victim.through);
	pin_end(&pin);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED); /* it is late, not lost */
	ck_assert(victim.through);
	ck_assert_int_eq(victim.answer, 0);
}

START_TEST(test_cancel_while_waiting)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / (2 * CALLS));
	enum call which = (enum call)(_i % CALLS);
	struct nbr_config config = {.flags = _i / CALLS % 2 != 0 ? NBR_NO_THREAD : 0};
	struct nbr_domain *domain = make(flavor, config), *other = make(flavor, config);
	struct item items[2] = {{.payload = 7}, {.payload = 7}};

	thread_in(flavor);
	retire_in_section(domain, flavor, &items[0], 1);
	thread_out(flavor);
	cancel_one(domain, other, flavor, which);
	thread_in(flavor);
	if (which != UNREF) {
		retire_in_section(domain, flavor, &items[1], 1);
		ck_assert_int_eq(nbr_barrier(domain), 0);
		ck_assert_int_eq(items[1].freed, 1);
		ck_assert_int_eq(nbr_domain_unref(domain), 0);
	}
	ck_assert_int_eq(items[0].freed, 1);
	ck_assert(!nbr_domain_exists(domain));
	ck_assert_int_eq(nbr_barrier(other), 0);
	ck_assert_int_eq(nbr_domain_unref(other), 0);
	thread_out(flavor);
}
END_TEST

void add_cancel(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_cancel_while_waiting, 0, NBR_FLAVORS * 2 * CALLS);
}
