/*
 * core_threads_test: all operations at once, by several threads, on few keys.
 *
 * The tables are the smallest there are and blocks are single slots, so that
 * threads meet in every step of a migration all the time.  Nothing is known
 * of the order in which they run; what must hold in any order is book-keeping:
 *
 *   shared keys     each thread notes what it stored and what it displaced:
 *                     stored - displaced = the number that is left
 *                     added - removed    = whether one is left
 *   counted keys    are only ever incremented: what is left is the number of
 *                   increments
 *   lasting keys    are never touched: every get and every walk finds them,
 *                   a walk exactly once
 *   private keys    are one thread's own: it reads what it wrote
 *
 * At the end the map must be valid and, once destroyed, each key, value and
 * block must have been freed exactly once.  Runs for both kinds of key, with
 * a reclaimer thread and without; and with clears mixed in, where the books
 * cannot be balanced but everything else must still hold.
 */
#include "alone.h"
#include "core_build.h"
#include "crew.h"
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4

/* Keys, by number. */
#define COUNTED 0
#define SHARED 3
#define LASTING 8
#define PRIVATE 12 /* from here on */
#define BOOKED LASTING

struct ledger {
	uint64_t stored[BOOKED], displaced[BOOKED]; /* sums */
	uint64_t added[BOOKED], removed[BOOKED];
};

struct crew {
	struct count *count;
	struct nbmap_domain *domain;
	struct nbmap *map;
	struct nbmap_u64 *u64;
	struct nb_map *inner;
	bool object, clears, reclaims;
	uint64_t rounds;
	_Atomic(const char *) trouble; /* what a thread found wrong */
};

struct member {
	struct crew *crew;
	unsigned number;
	uint64_t random;
	uint64_t fresh; /* private keys used so far */
	struct ledger ledger;
};

static struct member members[THREADS];

/* In threads, instead of ck_assert(), which may only end the main one. */
#define MUST(crew, condition)                                                                                          \
	((condition) ? (void)0 : atomic_store(&(crew)->trouble, "line " STRING(__LINE__) ": " #condition))
#define STRING(x) STRING_OF(x)
#define STRING_OF(x) #x

/* ---- Calls, for either kind of key ------------------------------------------ */

/* Object keys: three hashes for all, so that they crowd. */
static struct count_key object_key(uint64_t n)
{
	return count_key_hashed(n, n % 3);
}

/* Integer keys: two of them have side slots. */
static uint64_t integer_key(struct crew *crew, uint64_t n)
{
	if (n == COUNTED || n == SHARED)
		return nb_integer_of_word(&crew->inner->keys, n == SHARED);
	return n + 100000;
}

#define CALL(crew, name, n, ...)                                                                                       \
	((crew)->object ? nbmap_##name((crew)->map, &(struct count_key){COUNT_KEY_MARK, n, (n) % 3}, __VA_ARGS__)      \
			: nbmap_u64_##name((crew)->u64, integer_key(crew, n), __VA_ARGS__))
#define WHOLE(crew, name) ((crew)->object ? nbmap_##name((crew)->map) : nbmap_u64_##name((crew)->u64))

static void *get(struct crew *crew, uint64_t n)
{
	struct count_key key = object_key(n);

	return crew->object ? nbmap_get(crew->map, &key) : nbmap_u64_get(crew->u64, integer_key(crew, n));
}

static void enter(struct crew *crew)
{
	if (crew->object)
		nbmap_enter(crew->map);
	else
		nbmap_u64_enter(crew->u64);
}

static void leave(struct crew *crew)
{
	if (crew->object)
		nbmap_leave(crew->map);
	else
		nbmap_u64_leave(crew->u64);
}

/* ---- Update ----------------------------------------------------------------- */

struct update {
	struct crew *crew;
	int action;
	uint64_t number; /* to store; 0: one more than there is */
	uint64_t stored;
};

static int update(void *current, void **value, struct update *u)
{
	u->stored = u->number ? u->number : (current ? count_number(current) : 0) + 1;
	/* A spare from an attempt that lost is used again, or left to the map. */
	if (*value)
		count_renumber(*value, u->stored);
	else
		*value = count_value(u->crew->count, u->stored);
	return u->action;
}

static int update_object(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	return update(current, value, arg);
}

static int update_integer(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	return update(current, value, arg);
}

static int call_update(struct crew *crew, uint64_t n, struct update *u, void **seen)
{
	struct count_key key = object_key(n);

	return crew->object ? nbmap_update(crew->map, &key, update_object, u, seen)
			    : nbmap_u64_update(crew->u64, integer_key(crew, n), update_integer, u, seen);
}

/* ---- What a thread does ----------------------------------------------------- */

/* It stored `number` and displaced `seen`. */
static void book_stored(struct member *m, uint64_t n, uint64_t number, void *seen)
{
	m->ledger.stored[n] += number;
	if (seen)
		m->ledger.displaced[n] += count_number(seen);
	else
		m->ledger.added[n]++;
}

static void book_removed(struct member *m, uint64_t n, void *seen)
{
	MUST(m->crew, seen != NULL);
	m->ledger.displaced[n] += seen ? count_number(seen) : 0;
	m->ledger.removed[n]++;
}

/* Calls that store a value of ours, or give it back. */
static void store_shared(struct member *m, uint64_t n, unsigned which)
{
	struct crew *crew = m->crew;
	uint64_t number = 1 + test_random(&m->random) % 1000000;
	void *value = count_value(crew->count, number), *seen = NULL, *expected;
	int result;

	switch (which) {
	case 0:
		result = CALL(crew, put, n, value, &seen);
		MUST(crew, !result);
		break;
	case 1:
		result = CALL(crew, add, n, value, &seen);
		MUST(crew, !result == !seen && (!result || result == -EEXIST));
		break;
	case 2:
		result = CALL(crew, set, n, value, &seen);
		MUST(crew, !result == !!seen && (!result || result == -ENOENT));
		break;
	default:
		expected = get(crew, n);
		if (!expected)
			expected = value;
		result = CALL(crew, replace, n, expected, value, &seen);
		MUST(crew, result ? result == (seen ? -EAGAIN : -ENOENT) : seen == expected);
	}
	if (result)
		count_value_free(value, crew->count);
	else
		book_stored(m, n, number, seen);
}

static void change_shared(struct member *m, uint64_t n, unsigned which)
{
	struct crew *crew = m->crew;
	struct update u = {.crew = crew, .action = NBMAP_KEEP, .number = 1 + test_random(&m->random) % 1000000};
	void *seen = NULL, *expected;
	int result;

	switch (which) {
	case 0:
		result = CALL(crew, del, n, &seen);
		MUST(crew, !result ? seen != NULL : result == -ENOENT && !seen);
		if (!result)
			book_removed(m, n, seen);
		break;
	case 1:
		expected = get(crew, n);
		if (!expected)
			break;
		result = CALL(crew, del_if, n, expected, &seen);
		MUST(crew, result ? result == (seen ? -EAGAIN : -ENOENT) : seen == expected);
		if (!result)
			book_removed(m, n, seen);
		break;
	case 2:
		u.action = NBMAP_SET;
		MUST(crew, !call_update(crew, n, &u, &seen));
		book_stored(m, n, u.stored, seen);
		break;
	case 3:
		u.action = NBMAP_REMOVE;
		MUST(crew, !call_update(crew, n, &u, &seen));
		if (seen)
			book_removed(m, n, seen);
		break;
	case 4:
		u.action = -ECANCELED;
		MUST(crew, call_update(crew, n, &u, &seen) == -ECANCELED);
		break;
	default:
		MUST(crew, !call_update(crew, n, &u, &seen));
		if (seen)
			MUST(crew, count_number(seen) > 0);
	}
}

static void increment(struct member *m, uint64_t n)
{
	struct update u = {.crew = m->crew, .action = NBMAP_SET};
	void *seen = NULL;

	MUST(m->crew, !call_update(m->crew, n, &u, &seen));
	MUST(m->crew, u.stored == (seen ? count_number(seen) : 0) + 1);
	book_stored(m, n, u.stored, seen);
}

/* A key that nobody has had before, and nobody will have again: the table fills with tombstones. */
static void use_private(struct member *m)
{
	struct crew *crew = m->crew;
	uint64_t n = PRIVATE + m->fresh++ * THREADS + m->number;
	void *value = count_value(crew->count, n), *seen = value;

	MUST(crew, !get(crew, n));
	MUST(crew, !CALL(crew, add, n, value, &seen) && !seen);
	if (crew->clears) {
		(void)CALL(crew, del, n, NULL);
		return;
	}
	MUST(crew, get(crew, n) == value);
	MUST(crew, !CALL(crew, del, n, &seen) && seen == value);
	MUST(crew, !get(crew, n));
	MUST(crew, CALL(crew, del, n, NULL) == -ENOENT);
}

static void look_around(struct member *m)
{
	struct crew *crew = m->crew;
	uint64_t n = LASTING + test_random(&m->random) % (PRIVATE - LASTING);
	void *value = get(crew, n);

	MUST(crew, value ? count_number(value) == n : crew->clears);
	value = get(crew, test_random(&m->random) % BOOKED);
	if (value)
		MUST(crew, count_number(value) > 0);
	MUST(crew, WHOLE(crew, count) >= (crew->clears ? 0u : (unsigned)(PRIVATE - LASTING)));
}

static void walk(struct member *m)
{
	struct crew *crew = m->crew;
	unsigned met[PRIVATE] = {0};
	struct nbmap_iter iter;
	const void *object;
	uint64_t n;
	void *value;

	MUST(crew, !(crew->object ? nbmap_iter_init(crew->map, &iter) : nbmap_u64_iter_init(crew->u64, &iter)));
	while (crew->object ? nbmap_iter_next(&iter, &object, &value) : nbmap_u64_iter_next(&iter, &n, &value)) {
		MUST(crew, count_number(value) > 0);
		if (crew->object)
			n = ((const struct count_key *)object)->id;
		else if (n == integer_key(crew, COUNTED) || n == integer_key(crew, SHARED))
			n = n == integer_key(crew, COUNTED) ? COUNTED : SHARED;
		else
			n -= 100000;
		if (n < PRIVATE)
			met[n]++;
	}
	for (n = 0; n < PRIVATE; n++)
		MUST(crew, n < LASTING || crew->clears ? met[n] <= 1 : met[n] == 1);
}

static void work(struct crew_member *self)
{
	struct member *m = &members[self->index];
	struct crew *crew = self->arg;

	*m = (struct member){.crew = crew, .number = self->index, .random = self->random};
	for (uint64_t round = 0; round < crew->rounds && !atomic_load(&crew->trouble); round++) {
		uint64_t r = test_random(&m->random);
		uint64_t n = SHARED + (r >> 32) % (LASTING - SHARED);

		enter(crew);
		switch (r % 8) {
		case 0:
		case 1:
			store_shared(m, n, (unsigned)(r >> 8) % 4);
			break;
		case 2:
		case 3:
			change_shared(m, n, (unsigned)(r >> 8) % 6);
			break;
		case 4:
			increment(m, COUNTED + (r >> 32) % (SHARED - COUNTED));
			break;
		case 5:
			look_around(m);
			break;
		default:
			use_private(m);
		}
		if (round % 64 == 0)
			walk(m);
		if (crew->clears && round % 128 == m->number)
			MUST(crew, !WHOLE(crew, clear));
		leave(crew);
		if (crew->reclaims && round % 256 == 0)
			MUST(crew, WHOLE(crew, reclaim) >= 0);
	}
}

/* ---- Before and after ------------------------------------------------------- */

static void open_crew(struct crew *crew)
{
	struct nbmap_allocator allocator;
	struct nbmap_domain_config domain = {.allocator = &allocator};
	struct nbmap_type type = crew->object ? count_type() : count_value_type();
	struct nbmap_config config = {.type = &type, .allocator = &allocator};

	crew->count = count_new();
	ck_assert_ptr_nonnull(crew->count);
	allocator = count_allocator(crew->count);
	domain.flags = crew->reclaims ? NBMAP_NO_THREAD : 0;
	ck_assert_int_eq(nbmap_domain_new(&crew->domain, &domain), 0);
	config.arg = crew->count;
	config.domain = crew->domain;
	ck_assert_int_eq(crew->object ? nbmap_new(&crew->map, &config) : nbmap_u64_new(&crew->u64, &config), 0);
	crew->inner = crew->object ? (struct nb_map *)(void *)crew->map : (struct nb_map *)(void *)crew->u64;
	enter(crew);
	for (uint64_t n = LASTING; n < PRIVATE; n++)
		ck_assert_int_eq(CALL(crew, put, n, count_value(crew->count, n), NULL), 0);
	leave(crew);
}

/* Balance the books of all threads for key n. */
static void balance(struct crew *crew, uint64_t n)
{
	uint64_t sum = 0, present = 0, increments = 0;
	void *value = get(crew, n);

	for (unsigned i = 0; i < THREADS; i++) {
		const struct ledger *l = &members[i].ledger;

		sum += l->stored[n] - l->displaced[n];
		present += l->added[n] - l->removed[n];
		increments += l->added[n];
	}
	ck_assert_msg(present == (value != NULL), "key %d: added less removed is %" PRId64, (int)n, (int64_t)present);
	ck_assert_msg(sum == (value ? count_number(value) : 0), "key %d: %" PRIu64 " ought to be left", (int)n, sum);
	if (n < SHARED && value)
		ck_assert_uint_eq(increments, 1); /* it came once and stayed */
}

static void close_crew(struct crew *crew)
{
	struct nbmap_iter iter;
	const void *object;
	uint64_t integer;
	void *value;
	size_t walked = 0;

	ck_assert_msg(!crew->trouble, "%s", crew->trouble);
	ck_assert(alone_valid(crew->inner));
	enter(crew);
	for (uint64_t n = 0; n < BOOKED && !crew->clears; n++)
		balance(crew, n);
	ck_assert_int_eq(crew->object ? nbmap_iter_init(crew->map, &iter) : nbmap_u64_iter_init(crew->u64, &iter), 0);
	while (crew->object ? nbmap_iter_next(&iter, &object, &value) : nbmap_u64_iter_next(&iter, &integer, &value))
		walked++;
	ck_assert_uint_eq(walked, WHOLE(crew, count));
	leave(crew);
	ck_assert(alone_valid(crew->inner));
	/* It must have been a busy time, else this shows nothing. */
	ck_assert_uint_gt(nb_load_relaxed(&crew->inner->migrations), crew->rounds / 50);
	ck_assert_int_eq(crew->object ? nbmap_destroy(crew->map) : nbmap_u64_destroy(crew->u64), 0);
	ck_assert_int_eq(nbmap_domain_destroy(crew->domain), 0);
	ck_assert_msg(count_end(crew->count), "not all was freed exactly once");
}

/* _i: kind of key, reclaimer thread or not, clears or not. */
START_TEST(all_at_once)
{
	struct crew crew = {.object = _i & 1, .reclaims = _i & 2, .clears = _i & 4};

	crew.rounds = test_rounds(40000, 1000);
	open_crew(&crew);
	crew_run(NBMAP_BP, THREADS, work, &crew);
	close_crew(&crew);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("core_threads");
	TCase *threads = tcase_create("threads");

	tcase_set_timeout(threads, 120);
	tcase_add_loop_test(threads, all_at_once, 0, 8);
	suite_add_tcase(suite, threads);
	return test_run(suite);
}
