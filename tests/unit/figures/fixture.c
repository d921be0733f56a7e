/*
 * fixture: see fixture.h.
 */
#include "fixture.h"

#include "unmix.h"

#define SEED UINT64_C(4711)

/* ---- The map ------------------------------------------------------------ */

struct count *count;
static struct nbmap_allocator allocator;
enum nbmap_flavor flavor;
bool integer;
struct nbmap_domain *domain;
struct nbmap *objects;
struct nbmap_u64 *integers;
struct nb_map *core;

void open_with(int turn, size_t capacity, bool sizes, struct nbmap_domain_config domain_config)
{
	struct nbmap_type type;
	struct nbmap_config config = {.flags = NBMAP_FIXED_SEED, .seed = SEED, .capacity = capacity};

	integer = turn % KINDS;
	flavor = (enum nbmap_flavor)(turn / KINDS % FLAVORS);
	count = count_new();
	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	domain_config.flavor = flavor;
	domain_config.allocator = &allocator;
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	type = integer ? count_value_type() : count_type();
	if (sizes) {
		type.value_size = count_value_size;
		type.key_size = integer ? NULL : count_key_size;
	}
	config.type = &type;
	config.arg = count;
	config.domain = domain;
	config.allocator = &allocator;
	if (integer)
		ck_assert_int_eq(nbmap_u64_new(&integers, &config), 0);
	else
		ck_assert_int_eq(nbmap_new(&objects, &config), 0);
	core = integer ? &integers->map : &objects->map;
	flavor_register(flavor);
	WHOLE(enter);
}

void close_map(void)
{
	WHOLE(leave);
	flavor_offline(flavor);
	ck_assert_int_eq(WHOLE(destroy), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_online(flavor);
	flavor_unregister(flavor);
	ck_assert(count_end(count));
}

struct nb_table *top(void)
{
	return nb_load_acquire(&core->top);
}

size_t capacity_of(size_t lines)
{
	return ((lines - 1) * NB_LINE_SLOTS * NB_LOOSE_FILL_NUM + NB_LOOSE_FILL_DEN - 1) / NB_LOOSE_FILL_DEN;
}

void open_exact(int turn, bool sizes)
{
	open_with(turn, capacity_of(LINES), sizes, QUIET);
	ck_assert_uint_eq(top()->lines, LINES);
}

struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	memset(&now, 0xa5, sizeof(now));
	if (integer)
		nbmap_u64_stats(integers, &now);
	else
		nbmap_stats(objects, &now);
	for (size_t i = 0; i < sizeof(now.reserved) / sizeof(*now.reserved); i++)
		crew_check(now.reserved[i] == 0);
	return now;
}

struct nbmap_domain_stats domain_stats(void)
{
	struct nbmap_domain_stats now;

	memset(&now, 0xa5, sizeof(now));
	nbmap_domain_stats(domain, &now);
	for (size_t i = 0; i < sizeof(now.reserved) / sizeof(*now.reserved); i++)
		crew_check(now.reserved[i] == 0);
	return now;
}

/* ---- Keys whose home is chosen ------------------------------------------ */

uint64_t hash_at(size_t home, uint64_t n)
{
	const struct nb_table *table = top();
	uint64_t step = UINT64_MAX / table->lines, hash = home * step + NB_KEY_CLOSED + 1;

	while (nb_table_home(table, hash) != home)
		hash += step / 4;
	crew_check(nb_table_home(table, hash + n) == home);
	return hash + n;
}

struct count_key object_at(uint64_t hash)
{
	return count_key_hashed(hash, unmix64(hash) ^ SEED);
}

int put(uint64_t hash)
{
	struct count_key key = object_at(hash);
	void *value = count_value(count, hash);
	int error;

	crew_check(value != NULL);
	error = integer ? nbmap_u64_put(integers, nb_integer_of_word(&core->keys, hash), value, NULL)
			: nbmap_put(objects, &key, value, NULL);
	if (error)
		count_value_free(value, count);
	return error;
}

void del(uint64_t hash)
{
	struct count_key key = object_at(hash);

	crew_check(!(integer ? nbmap_u64_del(integers, nb_integer_of_word(&core->keys, hash), NULL)
			     : nbmap_del(objects, &key, NULL)));
}

void put_one_a_line(size_t first)
{
	for (size_t line = first; line < top()->lines; line++)
		crew_check(!put(hash_at(line, 0)));
}

void put_aside(void)
{
	for (uint64_t word = 0; integer && word <= NB_KEY_CLOSED; word++)
		crew_check(!put(word));
}

int retire(void)
{
	void *value = count_value(count, 1);
	int error = CALL(retire, value, count_value_free, count);

	if (error)
		count_value_free(value, count);
	return error;
}

void sweep(size_t from, size_t to)
{
	int error = 0;

	for (; from < to; from++)
		ck_assert(nb_migrate_sweep(core, top(), from, &error));
}

/* ---- What is expected --------------------------------------------------- */

unsigned class_of(size_t lines)
{
	unsigned index = 0;

	for (size_t end = 1; lines > end && index + 1 < NBMAP_PROBES; end *= 2)
		index++;
	return index;
}

uint64_t sum(const struct nbmap_stats *of)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < NBMAP_PROBES; i++)
		all += of->probes[i];
	return all;
}
