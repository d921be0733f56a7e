/*
 * annotation: applications that end sections by liburcu's own calls, and tell
 * ThreadSanitizer by nbmap_annotate_quiescent().
 *
 * Only a build with ThreadSanitizer can show anything: without the annotation it
 * reports a race between a reader and the free that follows the grace period, with
 * it there is none.  Hence readers do nothing but read: whatever else they did could
 * order them by chance.  The values are written to when they are freed, as an
 * allocator would.
 */
#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <urcu/urcu-bp.h>
#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

#include "crew.h"
#include "nbmap.h"
#include "run.h"

#define FLAVOR_COUNT 4
#define THREADS 3
#define KEYS 16

static struct nbmap_u64 *map;

static void write_and_free(void *value, void *arg)
{
	(void)arg;
	*(volatile long *)value = -1;
	free(value);
}

static void begin_section(enum nbmap_flavor flavor)
{
	if (flavor == NBMAP_BP)
		urcu_bp_read_lock();
	else if (flavor == NBMAP_MEMB)
		urcu_memb_read_lock();
	else if (flavor == NBMAP_MB)
		urcu_mb_read_lock();
}

static void end_section(enum nbmap_flavor flavor, uint64_t turn)
{
	nbmap_annotate_quiescent(flavor);
	if (flavor == NBMAP_BP)
		urcu_bp_read_unlock();
	else if (flavor == NBMAP_MEMB)
		urcu_memb_read_unlock();
	else if (flavor == NBMAP_MB)
		urcu_mb_read_unlock();
	else if (turn % 8)
		urcu_qsbr_quiescent_state();
	else
		urcu_qsbr_thread_offline();
	if (flavor == NBMAP_QSBR && turn % 8 == 0)
		urcu_qsbr_thread_online();
}

static _Atomic bool writing;

static void read_only(struct crew_member *member)
{
	long sum = 0;

	/* Relaxed: it must order nothing. */
	for (uint64_t i = 0; atomic_load_explicit(&writing, memory_order_relaxed); i++) {
		const long *found;

		begin_section(member->flavor);
		found = nbmap_u64_get(map, i % KEYS);
		if (found)
			sum += *found;
		end_section(member->flavor, i);
	}
	crew_check(sum >= 0);
}

static void write_only(struct crew_member *member)
{
	uint64_t rounds = test_rounds(20000, 10000);

	for (uint64_t i = 0; i < rounds; i++) {
		long *value = malloc(sizeof(*value));

		crew_check(value != NULL);
		*value = (long)i;
		begin_section(member->flavor);
		crew_check(!nbmap_u64_put(map, i % KEYS, value, NULL));
		end_section(member->flavor, i);
	}
	atomic_store_explicit(&writing, false, memory_order_relaxed);
}

static void read_or_write(struct crew_member *member)
{
	if (member->index)
		read_only(member);
	else
		write_only(member);
}

START_TEST(test_annotated_sections_race_with_no_free)
{
	const struct nbmap_type type = {.value_free = write_and_free};
	struct nbmap_config config = {.type = &type, .flavor = (enum nbmap_flavor)_i};

	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	atomic_store(&writing, true);
	crew_run(config.flavor, THREADS, read_or_write, NULL);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
}
END_TEST

/* Of flavours that do not exist it says nothing, and does nothing. */
START_TEST(test_it_may_be_called_anywhere)
{
	for (int flavor = -1; flavor < FLAVOR_COUNT + 2; flavor++)
		nbmap_annotate_quiescent((enum nbmap_flavor)flavor);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("annotation");
	TCase *tcase = tcase_create("annotation");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_annotated_sections_race_with_no_free, 0, FLAVOR_COUNT);
	tcase_add_test(tcase, test_it_may_be_called_anywhere);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
