/*
 * list: entries that stand in a map and in a list of the application's.
 *
 * Readers go along the list and look into the map while a writer takes entries out
 * of both, and gives them to nbmap_retire(): the case that it is made for.  Whoever
 * meets an entry must find it alive, and what it points to.
 */
#include <check.h>
#include <sched.h>
#include <stdatomic.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"

struct entry {
	_Atomic(struct entry *) next;
	uint64_t id;
	void *value; /* counted: whoever reads it must find it alive */
};

#define ENTRIES 64
#define READERS 2

static struct count *count;
static _Atomic(struct entry *) first;
static _Atomic bool writing;

static void free_entry(void *object, void *arg)
{
	struct entry *entry = object;

	count_value_free(entry->value, arg);
	count_allocator(arg).free(entry, sizeof(*entry), arg);
}

/* In front, by the one writer. */
static void insert(struct nbmap_u64 *map, uint64_t id)
{
	struct entry *entry = count_allocator(count).alloc(sizeof(*entry), 16, count);

	crew_check(entry != NULL);
	entry->id = id;
	entry->value = count_value(count, id);
	crew_check(entry->value != NULL);
	atomic_init(&entry->next, atomic_load(&first));
	crew_check(!nbmap_u64_add(map, id, entry, NULL));
	atomic_store(&first, entry);
}

static void take_out(struct nbmap_u64 *map, struct entry *entry)
{
	_Atomic(struct entry *) *link = &first;

	while (atomic_load(link) != entry)
		link = &atomic_load(link)->next;
	atomic_store(link, atomic_load(&entry->next));
	crew_check(!nbmap_u64_del(map, entry->id, NULL));
	crew_check(!nbmap_u64_retire(map, entry, free_entry, count));
}

/* Stopping at some of them, so that the writer can take them out meanwhile. */
static void go_along(uint64_t *random)
{
	for (struct entry *entry = atomic_load(&first); entry; entry = atomic_load(&entry->next)) {
		if (test_random(random) % 64 == 0)
			sched_yield();
		crew_check(count_number(entry->value) == entry->id);
	}
}

static void read_or_write(struct crew_member *member)
{
	struct nbmap_u64 *map = member->arg;
	uint64_t rounds = test_rounds(50000, 5000);

	for (uint64_t i = 0; member->index ? atomic_load(&writing) : i < rounds; i++) {
		uint64_t id = test_random(&member->random) % ENTRIES;
		struct entry *found;

		nbmap_u64_enter(map);
		found = nbmap_u64_get(map, id);
		if (found)
			crew_check(count_number(found->value) == id);
		if (!member->index && found)
			take_out(map, found);
		else if (!member->index)
			insert(map, id);
		else
			go_along(&member->random);
		nbmap_u64_leave(map);
		flavor_quiescent(member->flavor);
	}
	if (!member->index)
		atomic_store(&writing, false);
}

START_TEST(test_entries_that_stand_in_a_list_and_a_map)
{
	struct nbmap_config config = {.flavor = (enum nbmap_flavor)(_i % FLAVORS)};
	struct nbmap_u64 *map;

	config.flags = _i / FLAVORS ? NBMAP_NO_THREAD : 0;
	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	flavor_register(config.flavor);
	atomic_store(&writing, true);
	atomic_store(&first, NULL);
	crew_run(config.flavor, 1 + READERS, read_or_write, map);
	nbmap_u64_enter(map);
	while (atomic_load(&first))
		take_out(map, atomic_load(&first));
	ck_assert_uint_eq(nbmap_u64_count(map), 0);
	nbmap_u64_leave(map);
	flavor_quiescent(config.flavor);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	flavor_unregister(config.flavor);
	ck_assert(count_end(count));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list");
	TCase *tcase = tcase_create("list");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_entries_that_stand_in_a_list_and_a_map, 0, 2 * FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
