/*
 * fixture: see fixture.h.
 */
#include "fixture.h"
#include "successor.h"

struct count *count;
static struct nbmap_allocator counting;
struct nbmap_domain *domain;
static struct count *domain_count;
struct subject subject;
struct nb_map *core;

void (*in_hash)(void);
void (*in_dup)(void);
void (*in_alloc)(void);

static void in_a_section(void *arg)
{
	subject_enter(&subject);
	(*(void (**)(void))arg)();
	subject_leave(&subject);
}

static void run_once(void (**hook)(void))
{
	void (*run)(void) = *hook;

	/* Not written when there is none: several threads may be here. */
	if (!run)
		return;
	*hook = NULL;
	elsewhere(in_a_section, &run);
}

static uint64_t hooked_hash(const void *key, uint64_t seed, void *arg)
{
	run_once(&in_hash);
	return count_type().hash(key, seed, arg);
}

static void *hooked_dup(const void *key, void *arg)
{
	void *copy = count_type().key_dup(key, arg);

	run_once(&in_dup);
	return copy;
}

static void *hooked_alloc(size_t size, size_t align, void *arg)
{
	void *block = counting.alloc(size, align, arg);

	run_once(&in_alloc);
	return block;
}

void setup(void)
{
	struct nbmap_allocator allocator;
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD, .allocator = &allocator};

	count = count_new();
	domain_count = count_new();
	ck_assert(count && domain_count);
	counting = count_allocator(count);
	allocator = count_allocator(domain_count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
}

void begin(int integer)
{
	struct nbmap_allocator allocator = {hooked_alloc, counting.free, count};
	struct nbmap_type type = integer ? count_value_type() : count_type();
	struct nbmap_config config = {.type = &type, .arg = count, .domain = domain, .allocator = &allocator};

	subject = (struct subject){.flavor = NBMAP_BP, .integer = integer, .count = count};
	if (integer) {
		ck_assert_int_eq(nbmap_u64_new(&subject.integers, &config), 0);
	} else {
		type.hash = hooked_hash;
		type.key_dup = hooked_dup;
		ck_assert_int_eq(nbmap_new(&subject.objects, &config), 0);
	}
	core = subject_core(&subject);
	subject_enter(&subject);
}

void finish(void)
{
	subject_leave(&subject);
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
}

void teardown(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
	ck_assert(count_end(domain_count));
}

void put(uint64_t id, uint32_t number)
{
	crew_check(!subject_put(&subject, id, number));
}

struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	subject_stats(&subject, &now);
	return now;
}

/* ---- Inside the map ----------------------------------------------------- */

struct nb_table *top_table(void)
{
	return nb_load_acquire(&core->top);
}

struct nb_table *last_table(void)
{
	return successor_last(core);
}

struct nb_table *extend(void)
{
	crew_check(!nb_migrate_start(core, last_table()));
	return last_table();
}

static struct nb_key key_of(uint64_t id)
{
	static struct count_key object; /* as long as the core looks at it */

	object = count_key(id);
	return subject.integer ? nb_key_of_integer(&core->keys, id) : nb_key_of_object(&core->keys, &object);
}

struct nb_place place_of(struct nb_table *table, uint64_t id)
{
	struct nb_key key = key_of(id);
	struct nb_place place;

	crew_check(nb_table_find(table, &core->keys, core->keys.kind, &key, &place) == NB_FOUND);
	return place;
}

struct nb_place claim_only(struct nb_table *table, uint64_t id)
{
	struct nb_key key = key_of(id);
	struct nb_place place;
	uint64_t word = key.word, seen;

	ck_assert_int_eq(nb_table_seek(table, &core->keys, core->keys.kind, &key, NB_PLACE, &place), NB_VACANT);
	if (!subject.integer)
		word = nb_word_of_object(&core->keys, core->keys.dup(key.object, count), key.hash);
	ck_assert(nb_table_claim(table, place, key.hash, &seen, word));
	nb_claims_add(&table->used, 1);
	return place;
}

struct nb_table *fresh_table(void)
{
	struct nb_table *table;

	extend();
	ck_assert_int_eq(nb_migrate_finish(core, &table), 0);
	return table;
}

void sweep_all(struct nb_table *table)
{
	int error;

	for (size_t block = 0; block < table->blocks; block++)
		crew_check(nb_migrate_sweep(core, table, block, &error));
}

void assert_at_rest(void)
{
	ck_assert_uint_eq(stats().tables, 1);
	ck_assert(nb_map_valid(core));
}
