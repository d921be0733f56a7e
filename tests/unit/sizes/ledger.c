/*
 * ledger: see ledger.h.
 */
#include "ledger.h"

#include <check.h>
#include <string.h>

#include "crew.h"
#include "flavor_thread.h"
#include "heir.h"

struct count *count;
struct nbmap_domain *domain;
struct subject subject;
struct nb_map *core;
uint32_t number[IDS];
uint64_t tables;
static uint64_t newest; /* number of the newest table that was met */
static uint64_t twice;	/* bytes of keys that are perhaps counted twice */

/* ---- What waits --------------------------------------------------------- */

struct nb_table *top(void)
{
	return nb_load_acquire(&core->top);
}

void meet_tables(void)
{
	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		if (table->number > newest) {
			crew_check(table->number == newest + 1);
			newest = table->number;
			tables += table->bytes;
		}
}

/* The keys that go with the table. */
static uint64_t keys_of(struct nb_table *table)
{
	uint64_t bytes = 0;

	for (size_t slot = 0; slot < nb_table_capacity(table) && !subject.integer; slot++) {
		struct nb_place place = nb_place_at(table, slot);
		uint64_t word = nb_load_relaxed(nb_place_key(place));

		if (word > NB_KEY_CLOSED && nb_phase(nb_load_relaxed(nb_place_value(place))) != NB_CARRIED)
			bytes += count_key_size(nb_object_of_word(&core->keys, word), count);
	}
	return bytes;
}

uint64_t what_the_map_has(void)
{
	uint64_t bytes = 0;

	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		bytes += table->bytes + keys_of(table);
	for (uint64_t id = 0; id < IDS; id++)
		bytes += number[id] ? COUNT_VALUE_SIZE(id << 32 | number[id]) : 0;
	return bytes;
}

static uint64_t what_waits(void)
{
	return tables + count_sizes(count, COUNT_KEYS) + count_sizes(count, COUNT_VALUES) - what_the_map_has();
}

struct nbmap_domain_stats stats(void)
{
	struct nbmap_domain_stats now;

	nbmap_domain_stats(domain, &now);
	return now;
}

void check_what_waits(void)
{
	struct nbmap_stats of_map;

	meet_tables();
	/* What stands in a batch that is not full yet is not counted. */
	nbr_seal_patiently(nb_domain_in(domain));
	subject_stats(&subject, &of_map);
	crew_check(stats().pending_bytes - what_waits() <= twice);
	crew_check(of_map.pending_bytes == stats().pending_bytes);
	crew_check(of_map.pending_objects == stats().pending_objects);
}

/* ---- The fixture -------------------------------------------------------- */

static const struct nbmap_type sizes = {.value_size = count_value_size, .key_size = count_key_size};

void begin(int turn, size_t capacity)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(turn / KINDS);
	struct nbmap_domain_config config = {.flavor = flavor, .flags = NBMAP_NO_THREAD};
	struct nbmap_config base = {.type = &sizes, .flavor = flavor, .capacity = capacity};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	base.domain = domain;
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	core = subject_core(&subject);
	memset(number, 0, sizeof(number));
	tables = newest = twice = 0;
	flavor_register(flavor);
	subject_enter(&subject);
	check_what_waits();
}

void walk_back(void)
{
	uint64_t freed = stats().freed_bytes, there_were;

	check_what_waits();
	there_were = stats().pending_bytes + what_the_map_has();
	subject_leave(&subject);
	/* A migration that is finished thereby leaves one more table. */
	while (stats().pending_objects)
		ck_assert_int_gt(subject_reclaim(&subject), 0);
	subject_enter(&subject);
	there_were -= tables;
	meet_tables();
	there_were += tables;
	ck_assert_uint_eq(stats().pending_bytes, 0);
	ck_assert_uint_eq(stats().freed_bytes - freed, there_were - what_the_map_has());
	tables = twice = 0;
	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		tables += table->bytes;
	ck_assert_uint_eq(what_waits(), 0);
}

void finish(void)
{
	walk_back();
	subject_leave(&subject);
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

void put(uint64_t id, uint32_t n)
{
	uint64_t copies = count_made(count, COUNT_KEYS);
	struct nb_table *before = top();

	crew_check(!subject_put(&subject, id, n));
	if (!subject.integer && !number[id] && copies == count_made(count, COUNT_KEYS) && top() != before)
		twice += COUNT_KEY_SIZE(id);
	number[id] = n;
}

void del(uint64_t id)
{
	crew_check(!subject_del(&subject, id));
	number[id] = 0;
}

void clear(void)
{
	/* With a chain go the heirs of its tables. */
	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		tables += nb_heir_bytes(table);
	crew_check(!subject_clear(&subject));
	newest = 0; /* another chain, which begins with 1 */
	memset(number, 0, sizeof(number));
}
