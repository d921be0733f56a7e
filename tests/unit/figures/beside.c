/*
 * beside: a picture of a map that eight threads change: figures that belong together,
 * and nothing is read that is gone.
 */
#include "fixture.h"

#include <stdatomic.h>

#define WRITERS 8
#define STAYING 50u
#define COMING 500u

static _Atomic unsigned writing;
static FILE *out;

/* The i-th of hashes that are far apart; with both that stand aside. */
static uint64_t spread(uint64_t i)
{
	return i == 1 ? 1 : i * UINT64_C(0x9e3779b97f4a7c15);
}

/* Whatever it meets, a picture is of this map. */
static void look(void)
{
	struct nbmap_stats now = stats();

	crew_check(now.entries >= STAYING);
	crew_check(now.sampled <= now.capacity && sum(&now) <= now.sampled);
	crew_check(now.tombstones <= now.capacity);
	crew_check(now.migration_done <= now.migration_blocks);
	crew_check(now.longest_probe <= now.capacity / NB_LINE_SLOTS);
	crew_check(!CALL(dump, out));
	crew_check(!CALL(dump_tables, out));
}

static void write_or_look(struct crew_member *member)
{
	uint64_t rounds = test_rounds(4000, 100);

	for (uint64_t i = 0; i < rounds && member->index; i++) {
		uint64_t hash = spread(STAYING + test_random(&member->random) % COMING);
		struct count_key key = object_at(hash);

		WHOLE(enter);
		if (test_random(&member->random) % 2)
			crew_check(!put(hash));
		else if (integer)
			(void)nbmap_u64_del(integers, nb_integer_of_word(&core->keys, hash), NULL);
		else
			(void)nbmap_del(objects, &key, NULL);
		WHOLE(leave);
		flavor_quiescent(member->flavor);
	}
	if (member->index)
		writing--;
	while (!member->index && writing) {
		WHOLE(enter);
		look();
		WHOLE(leave);
		flavor_quiescent(member->flavor);
		crew_check(!CALL(stats_print, out, NBMAP_JSON));
	}
}

START_TEST(test_beside_writers)
{
	open_with(_i, 0, true, (struct nbmap_domain_config){.flags = 0});
	for (uint64_t i = 0; i < STAYING; i++)
		crew_check(!put(spread(i)));
	WHOLE(leave);
	writing = WRITERS;
	out = fopen("/dev/null", "w");
	ck_assert_ptr_nonnull(out);
	crew_run(flavor, 1 + WRITERS, write_or_look, NULL);
	WHOLE(enter);
	look();
	fclose(out);
	close_map();
}
END_TEST

void add_beside(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_beside_writers, 0, CASES);
}
