/*
 * grace: grace periods wait for readers, and are reported where they wait long.
 */
#include "fixture.h"

#include "domain.h"

#include <unistd.h>

struct reader {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct item *item;
	struct gate gate;
	int watch_ms;
	bool early;
};

static void *reader_main(void *arg)
{
	struct reader *reader = arg;
	int ms;

	thread_in(reader->flavor);
	nbr_enter(reader->domain);
	gate_pass(&reader->gate);
	for (ms = 0; ms <= reader->watch_ms; ms++) {
		if (reader->item->freed != 0 || reader->item->payload != 7)
			reader->early = true;
		if (ms < reader->watch_ms)
			usleep(1000);
	}
	section_out(reader->domain, reader->flavor);
	thread_out(reader->flavor);
	return NULL;
}

static pthread_t reader_start(struct reader *reader, struct nbr_domain *domain, enum nbr_flavor flavor,
			      struct item *item, int watch_ms)
{
	pthread_t thread;

	reader->domain = domain;
	reader->flavor = flavor;
	reader->item = item;
	reader->watch_ms = watch_ms;
	reader->early = false;
	gate_init(&reader->gate);
	thread = spawn(reader_main, reader);
	wait_sem(flavor, &reader->gate.entered);
	return thread;
}

static void item_waits_for_reader(enum nbr_flavor flavor, bool as_node)
{
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct item item = {.payload = 7};
	struct reader reader;
	pthread_t thread;

	thread_in(flavor);
	thread = reader_start(&reader, domain, flavor, &item, 40);
	nbr_enter(domain);
	if (as_node)
		nbr_retire(domain, &item.node, free_node, 100);
	else
		retire(domain, &item);
	section_out(domain, flavor);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 1);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, as_node ? 100 : 0);
	sem_post(&reader.gate.open);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	join(flavor, thread);
	ck_assert(!reader.early);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 0);
	ck_assert_uint_eq(stats_of(domain).freed_objects, 1);
	ck_assert_uint_ge(stats_of(domain).grace_periods, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}

START_TEST(test_node_waits)
{
	item_waits_for_reader((enum nbr_flavor)_i, true);
}
END_TEST

START_TEST(test_object_waits)
{
	item_waits_for_reader((enum nbr_flavor)_i, false);
}
END_TEST

/*
 * What is retired while a grace period is under way does not become ripe by that
 * one: a reader that came after its beginning may see it.
 *
 *   grace period   |--- first reader ---|
 *   second reader       |------------------------|
 *   retired                  *
 */
START_TEST(test_next_grace_period)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item items[BATCH];
	struct pin first, second;
	pthread_t waits;

	items_init(items, BATCH);
	thread_in(flavor);
	pin_start(&first, domain, flavor);
	waits = spawn(synchronize_main, domain);
	while (domain->clock.begun == 0)
		usleep(100);
	watch_a_while(); /* so that it does not wait for the second reader as well; else there is nothing to see */
	pin_start(&second, domain, flavor);
	retire_in_section(domain, flavor, items, BATCH);
	pin_end(&first);
	watch_a_while();
	begin_batch(domain, flavor); /* would free them, were they ripe */
	check_freed(items, BATCH, 0);
	pin_end(&second);
	join(flavor, waits);
	synchronize_elsewhere(domain, flavor);
	retire_fillers(domain, flavor, BATCH);
	begin_batch(domain, flavor);
	check_freed(items, BATCH, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

START_TEST(test_stall)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct stall stall = {.reports = 0}, *user = &stall;
	struct nbr_config config = {.on_stall = on_stall, .stall_ms = 5, .user = &user, .user_size = sizeof(user)};
	struct nbr_domain *domain = make(flavor, config);
	struct item item = {.payload = 7};
	struct reader reader;
	pthread_t thread;
	uint64_t age_ns;

	sem_init(&stall.reported, 0, 0);
	thread_in(flavor);
	ck_assert_uint_eq(stats_of(domain).grace_ns, 0);
	ck_assert_uint_eq(stats_of(domain).longest_grace_ns, 0);
	thread = reader_start(&reader, domain, flavor, &item, 30);
	nbr_enter(domain);
	retire(domain, &item);
	section_out(domain, flavor);
	wait_sem(flavor, &stall.reported);
	age_ns = stats_of(domain).grace_ns;
	ck_assert_uint_ge(age_ns, 5000000);
	ck_assert_uint_ge(stats_of(domain).longest_grace_ns, age_ns);
	sem_post(&reader.gate.open);
	join(flavor, thread);
	ck_assert(!reader.early);
	ck_assert_uint_ge(stall.age_ms, 5);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	ck_assert_uint_le(stall.reports, stats_of(domain).grace_periods);
	ck_assert_uint_ge(stats_of(domain).longest_grace_ns, age_ns);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_grace(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_node_waits, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_object_waits, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_next_grace_period, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_stall, 0, NBR_FLAVORS);
}
