/*
 * fault_test: every allocation of every operation fails once.
 *
 * A trial builds a map in some state, lets the nth allocation fail, runs one
 * operation and looks: if it says -ENOMEM, the map must be what a plain array
 * says it was before, and the value still the caller's; if it succeeds all the
 * same (what failed was only for speed), the map must be what it should be.  A
 * removal may say -ENOMEM only in the midst of a migration.
 * Then the operation is run again, without failures, and everything is
 * destroyed: no key, value or block may be left, or be freed twice.  Trials go
 * on with the next n until an operation no longer allocates that often.
 *
 * Allocations are those of the map, of its reclamation domain, of key_dup and
 * of update's callback: all are numbered in one sequence.  The domain has no
 * thread of its own, so the sequence is the same each time.
 *
 * The states are maps of 0, 1, 2, ... entries, which takes them past load
 * limits and into the midst of migrations; with and without tombstones; and
 * with all slots taken, because the migration that was due could not start.
 */
#include "core_build.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- A map and what should be in it ---------------------------------------- */

#define KEYS 64
#define FRESH 48 /* keys from here on are never in the map to begin with */
#define ASIDE 62 /* integer maps: the two keys that have side slots */

struct fault {
	struct count *count;
	struct nbmap_domain *domain;
	bool object;
	struct nbmap *map;     /* object keys */
	struct nbmap_u64 *u64; /* integer keys */
	struct nb_map *inner;
	struct count_key key[KEYS];
	uint64_t integer[KEYS];
	void *value[KEYS]; /* what each key should hold */
};

#define CALL(f, name, n, ...)                                                                                          \
	((f)->object ? nbmap_##name((f)->map, &(f)->key[n], __VA_ARGS__)                                               \
		     : nbmap_u64_##name((f)->u64, (f)->integer[n], __VA_ARGS__))
#define WHOLE(f, name) ((f)->object ? nbmap_##name((f)->map) : nbmap_u64_##name((f)->u64))

static void enter(struct fault *f)
{
	if (f->object)
		nbmap_enter(f->map);
	else
		nbmap_u64_enter(f->u64);
}

static void leave(struct fault *f)
{
	if (f->object)
		nbmap_leave(f->map);
	else
		nbmap_u64_leave(f->u64);
}

static int make_domain(struct fault *f)
{
	struct nbmap_allocator allocator = count_allocator(f->count);
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD, .allocator = &allocator};

	return nbmap_domain_new(&f->domain, &config);
}

static int make_map(struct fault *f)
{
	struct nbmap_allocator allocator = count_allocator(f->count);
	struct nbmap_type type = f->object ? count_type() : count_value_type();
	struct nbmap_config config = {
		.type = &type,
		.arg = f->count,
		.domain = f->domain,
		.flags = NBMAP_FIXED_SEED,
		.seed = 123456789, /* not among the keys: it is the one whose word is EMPTY */
		.allocator = &allocator,
	};
	int error = f->object ? nbmap_new(&f->map, &config) : nbmap_u64_new(&f->u64, &config);

	if (error)
		return error;
	f->inner = f->object ? (struct nb_map *)(void *)f->map : (struct nb_map *)(void *)f->u64;
	for (unsigned n = 0; n < KEYS; n++) {
		f->key[n] = count_key(n);
		f->integer[n] = n < ASIDE ? n : nb_integer_of_word(&f->inner->keys, n - ASIDE);
	}
	return 0;
}

static void open_fault(struct fault *f, bool object)
{
	*f = (struct fault){.object = object, .count = count_new()};
	ck_assert_ptr_nonnull(f->count);
	ck_assert_int_eq(make_domain(f), 0);
	ck_assert_int_eq(make_map(f), 0);
}

static void close_fault(struct fault *f)
{
	ck_assert_int_eq(f->object ? nbmap_destroy(f->map) : nbmap_u64_destroy(f->u64), 0);
	ck_assert_int_eq(nbmap_domain_destroy(f->domain), 0);
	ck_assert_msg(count_end(f->count), "not all was freed exactly once");
}

/* Whether the map is what the array says: by get and by count, which change nothing inside. */
static size_t expect_entries(struct fault *f)
{
	size_t entries = 0;

	enter(f);
	for (unsigned n = 0; n < KEYS; n++) {
		void *got = f->object ? nbmap_get(f->map, &f->key[n]) : nbmap_u64_get(f->u64, f->integer[n]);

		ck_assert_msg(got == f->value[n], "key %u holds %p, not %p", n, got, f->value[n]);
		entries += got != NULL;
		if (got)
			count_number(got);
	}
	ck_assert_uint_eq(WHOLE(f, count), entries);
	ck_assert(nb_map_valid(f->inner));
	leave(f);
	return entries;
}

/* And by a walk, which completes migrations. */
static void expect_map(struct fault *f)
{
	size_t entries = expect_entries(f), walked = 0;
	struct nbmap_iter iter;
	const void *object;
	uint64_t integer;
	void *value;

	enter(f);
	ck_assert_int_eq(f->object ? nbmap_iter_init(f->map, &iter) : nbmap_u64_iter_init(f->u64, &iter), 0);
	while (f->object ? nbmap_iter_next(&iter, &object, &value) : nbmap_u64_iter_next(&iter, &integer, &value))
		walked++;
	ck_assert_uint_eq(walked, entries);
	ck_assert(nb_map_valid(f->inner));
	leave(f);
}

/* ---- States ----------------------------------------------------------------- */

enum filling {
	PLAIN,	    /* entries only */
	TOMBSTONES, /* every third entry was removed again */
	FULL,	    /* no migration could start: entries up to the last slot */
	FILLINGS
};

struct state {
	unsigned entries;
	enum filling filling;
};

static void build(struct fault *f, struct state state)
{
	enter(f);
	if (state.filling == FULL)
		count_fail_from(f->count, COUNT_MEMORY, 1);
	for (unsigned n = 0; n < state.entries; n++) {
		void *value = count_value(f->count, n + 1);
		/* From an odd number on with a side key, if there is one. */
		unsigned key = n == 5 ? ASIDE : n;
		int error = CALL(f, put, key, value, NULL);

		if (error) {
			ck_assert_int_eq(error, -ENOMEM);
			ck_assert_int_eq(state.filling, FULL);
			count_value_free(value, f->count);
			break;
		}
		f->value[key] = value;
	}
	if (state.filling == FULL)
		count_fail_stop(f->count);
	for (unsigned n = 0; n < state.entries && state.filling == TOMBSTONES; n += 3)
		if (f->value[n]) {
			ck_assert_int_eq(CALL(f, del, n, NULL), 0);
			f->value[n] = NULL;
		}
	leave(f);
}

/* ---- Operations ------------------------------------------------------------- */

enum verb { PUT, ADD, SET, REPLACE, REPLACE_OTHER, DEL, DEL_IF, DEL_IF_OTHER, UPDATE, CLEAR, WALK };

/* What becomes of the key. */
enum effect { NOTHING, STORES, REMOVES, EMPTIES };

static const struct operation {
	const char *name;
	enum verb verb;
	enum { ABSENT, PRESENT, SIDE, ANY } key;
	int result; /* when nothing fails */
	enum effect effect;
	int action; /* update's */
} operations[] = {
	{"put, absent", PUT, ABSENT, 0, STORES, 0},
	{"put, present", PUT, PRESENT, 0, STORES, 0},
	{"put, aside", PUT, SIDE, 0, STORES, 0},
	{"add, absent", ADD, ABSENT, 0, STORES, 0},
	{"add, present", ADD, PRESENT, -EEXIST, NOTHING, 0},
	{"set, absent", SET, ABSENT, -ENOENT, NOTHING, 0},
	{"set, present", SET, PRESENT, 0, STORES, 0},
	{"replace, absent", REPLACE_OTHER, ABSENT, -ENOENT, NOTHING, 0},
	{"replace, present", REPLACE, PRESENT, 0, STORES, 0},
	{"replace, another value", REPLACE_OTHER, PRESENT, -EAGAIN, NOTHING, 0},
	{"del, absent", DEL, ABSENT, -ENOENT, NOTHING, 0},
	{"del, present", DEL, PRESENT, 0, REMOVES, 0},
	{"del, aside", DEL, SIDE, -ENOENT, NOTHING, 0},
	{"del_if, present", DEL_IF, PRESENT, 0, REMOVES, 0},
	{"del_if, another value", DEL_IF_OTHER, PRESENT, -EAGAIN, NOTHING, 0},
	{"update sets, absent", UPDATE, ABSENT, 0, STORES, NBMAP_SET},
	{"update sets, present", UPDATE, PRESENT, 0, STORES, NBMAP_SET},
	{"update removes, absent", UPDATE, ABSENT, 0, NOTHING, NBMAP_REMOVE},
	{"update removes, present", UPDATE, PRESENT, 0, REMOVES, NBMAP_REMOVE},
	{"update keeps, absent", UPDATE, ABSENT, 0, NOTHING, NBMAP_KEEP},
	{"update keeps, present", UPDATE, PRESENT, 0, NOTHING, NBMAP_KEEP},
	{"update gives up, absent", UPDATE, ABSENT, -ECANCELED, NOTHING, -ECANCELED},
	{"update gives up, present", UPDATE, PRESENT, -ECANCELED, NOTHING, -ECANCELED},
	{"clear", CLEAR, ANY, 0, EMPTIES, 0},
	{"iter_init", WALK, ANY, 0, NOTHING, 0},
};
#define OPERATIONS (int)(sizeof(operations) / sizeof(*operations))

/* What update's callback works on. */
struct update {
	struct fault *fault;
	int action;
	void *made;
};

static int update(void **value, struct update *u)
{
	/* Also where it is not to be stored: then the map must free it. */
	if (!*value)
		*value = count_value(u->fault->count, 4711);
	u->made = *value;
	return *value ? u->action : -ENOMEM;
}

static int update_object(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	(void)current;
	return update(value, arg);
}

static int update_integer(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	(void)current;
	return update(value, arg);
}

/* Run it once.  `value` is what it may store; *stored what it did store, if it did. */
static int perform(struct fault *f, const struct operation *op, unsigned n, void *value, void **seen, void **stored)
{
	struct update u = {.fault = f, .action = op->action};
	struct nbmap_iter iter;
	int result;

	*stored = value;
	switch (op->verb) {
	case PUT:
		return CALL(f, put, n, value, seen);
	case ADD:
		return CALL(f, add, n, value, seen);
	case SET:
		return CALL(f, set, n, value, seen);
	case REPLACE:
		return CALL(f, replace, n, f->value[n], value, seen);
	case REPLACE_OTHER:
		return CALL(f, replace, n, value, value, seen);
	case DEL:
		return CALL(f, del, n, seen);
	case DEL_IF:
		return CALL(f, del_if, n, f->value[n], seen);
	case DEL_IF_OTHER:
		return CALL(f, del_if, n, value, seen);
	case UPDATE:
		result = f->object ? nbmap_update(f->map, &f->key[n], update_object, &u, seen)
				   : nbmap_u64_update(f->u64, f->integer[n], update_integer, &u, seen);
		*stored = u.made;
		return result;
	case CLEAR:
		return WHOLE(f, clear);
	case WALK:
		return f->object ? nbmap_iter_init(f->map, &iter) : nbmap_u64_iter_init(f->u64, &iter);
	}
	abort();
}

/* The key for an operation; KEYS if the state has none. */
static unsigned choose(struct fault *f, const struct operation *op)
{
	if (op->key == ABSENT || op->key == ANY)
		return FRESH;
	if (op->key == SIDE)
		return ASIDE + 1;
	for (unsigned n = 0; n < KEYS; n++)
		if (f->value[n])
			return n;
	return KEYS;
}

static void apply(struct fault *f, enum effect effect, unsigned n, void *stored)
{
	if (effect == STORES)
		f->value[n] = stored;
	else if (effect == REMOVES)
		f->value[n] = NULL;
	for (unsigned k = 0; k < KEYS && effect == EMPTIES; k++)
		f->value[k] = NULL;
}

/* How failures are asked for. */
struct failures {
	enum { NONE, NTH, FROM, RANDOMLY } which;
	uint64_t n; /* RANDOMLY: the seed */
};

static void arm(struct fault *f, struct failures failures)
{
	if (failures.which == NTH)
		count_fail_nth(f->count, COUNT_ALL, failures.n);
	else if (failures.which == FROM)
		count_fail_from(f->count, COUNT_ALL, failures.n);
	else if (failures.which == RANDOMLY)
		count_fail_randomly(f->count, COUNT_ALL, failures.n, 256);
	else
		count_fail_nth(f->count, 0, 0);
}

enum outcome { UNHINDERED, SURVIVED, FAILED };

/* Run an operation on key n with these failures, and see that it did what it says. */
static enum outcome attempt(struct fault *f, const struct operation *op, unsigned n, struct failures failures)
{
	void *value = count_value(f->count, 1000), *stored, *seen = &stored;
	bool hindered, migrating;
	int result;

	ck_assert_ptr_nonnull(value);
	enter(f);
	migrating = nb_load_acquire(&nb_load_acquire(&f->inner->top)->next) != NULL;
	arm(f, failures);
	result = perform(f, op, n, value, &seen, &stored);
	hindered = count_fail_stop(f->count) > 0;
	leave(f);
	if (result || op->effect != STORES || op->verb == UPDATE)
		count_value_free(value, f->count);
	if (result == -ENOMEM) {
		ck_assert_msg(hindered, "%s: -ENOMEM, and nothing had failed", op->name);
		/* An update may be without a value, too: its callback makes one in any case. */
		ck_assert_msg(op->effect != REMOVES || migrating || op->verb == UPDATE, "%s: -ENOMEM", op->name);
		return FAILED;
	}
	ck_assert_msg(result == op->result, "%s: %d, not %d", op->name, result, op->result);
	if (op->key != ANY && result != -ECANCELED)
		ck_assert_msg(seen == f->value[n], "%s: saw %p, not %p", op->name, seen, f->value[n]);
	apply(f, op->effect, n, stored);
	return hindered ? SURVIVED : UNHINDERED;
}

/* ---- Trials ----------------------------------------------------------------- */

/* Fail the first, second, ... allocation, once or for good, until the operation needs no more. */
static void try_all(bool object, const struct operation *op, struct state state, bool for_good)
{
	enum outcome outcome = FAILED;

	for (uint64_t nth = 1; outcome != UNHINDERED; nth++) {
		struct fault f;
		unsigned n;

		ck_assert_uint_lt(nth, 1000);
		open_fault(&f, object);
		build(&f, state);
		n = choose(&f, op);
		if (n < KEYS) {
			outcome = attempt(&f, op, n, (struct failures){for_good ? FROM : NTH, nth});
			expect_entries(&f);
			if (outcome == FAILED)
				ck_assert_int_eq(attempt(&f, op, n, (struct failures){NONE, 0}), UNHINDERED);
		} else {
			outcome = UNHINDERED;
		}
		expect_map(&f);
		close_fault(&f);
	}
}

/* _i: operation and kind of key. */
START_TEST(every_allocation)
{
	unsigned step = (unsigned)test_rounds(1, 7);

	for (int filling = 0; filling < FILLINGS; filling++)
		for (unsigned entries = 0; entries < FRESH; entries += step) {
			struct state state = {entries, (enum filling)filling};

			try_all(_i % 2, &operations[_i / 2], state, false);
			if (entries % 3 == 0)
				try_all(_i % 2, &operations[_i / 2], state, true);
		}
}
END_TEST

/* The states above are what they are meant to be: some in mid-migration, some with no slot left. */
START_TEST(states_are_met)
{
	unsigned migrating = 0, full = 0, near = 0;

	for (int filling = 0; filling < FILLINGS; filling++)
		for (unsigned entries = 0; entries < FRESH; entries++) {
			struct fault f;
			struct nbmap_stats stats;

			open_fault(&f, _i);
			build(&f, (struct state){entries, (enum filling)filling});
			expect_entries(&f);
			enter(&f);
			if (f.object)
				nbmap_stats(f.map, &stats);
			else
				nbmap_u64_stats(f.u64, &stats);
			leave(&f);
			migrating += stats.tables > 1;
			full += stats.used == stats.capacity;
			near += stats.tables == 1 &&
				(stats.used + 1) * NB_LOOSE_USED_DEN > stats.capacity * NB_LOOSE_USED_NUM;
			close_fault(&f);
		}
	ck_assert_uint_gt(migrating, 0);
	ck_assert_uint_gt(full, 0);
	ck_assert_uint_gt(near, 0);
}
END_TEST

/* ---- Making ----------------------------------------------------------------- */

START_TEST(making_a_map)
{
	bool made = false;

	for (uint64_t nth = 1; !made; nth++) {
		struct fault f = {.object = _i, .count = count_new()};
		uint64_t before;

		ck_assert_uint_lt(nth, 100);
		ck_assert_int_eq(make_domain(&f), 0);
		before = count_alive(f.count, COUNT_MEMORY);
		count_fail_nth(f.count, COUNT_ALL, nth);
		switch (make_map(&f)) {
		case 0:
			ck_assert_uint_eq(count_fail_stop(f.count), 0);
			made = true;
			break;
		case -ENOMEM:
			ck_assert_uint_eq(count_fail_stop(f.count), 1);
			ck_assert_uint_eq(count_alive(f.count, COUNT_MEMORY), before);
			ck_assert_int_eq(make_map(&f), 0);
			break;
		default:
			ck_abort_msg("neither 0 nor -ENOMEM");
		}
		expect_map(&f);
		close_fault(&f);
	}
}
END_TEST

START_TEST(making_a_domain)
{
	bool made = false;

	for (uint64_t nth = 1; !made; nth++) {
		struct fault f = {.object = _i, .count = count_new()};
		int error;

		ck_assert_uint_lt(nth, 100);
		count_fail_nth(f.count, COUNT_ALL, nth);
		error = make_domain(&f);
		if (!count_fail_stop(f.count)) {
			ck_assert_int_eq(error, 0);
			made = true;
		} else if (error) {
			ck_assert_int_eq(error, -ENOMEM);
			ck_assert_uint_eq(count_alive(f.count, COUNT_MEMORY), 0);
			ck_assert_int_eq(make_domain(&f), 0);
		}
		ck_assert_int_eq(make_map(&f), 0);
		close_fault(&f);
	}
}
END_TEST

/* ---- A displaced value has no place to wait in ------------------------------ */

static const struct operation *named(const char *name)
{
	int n = 0;

	while (strcmp(operations[n].name, name) != 0)
		ck_assert_int_lt(++n, OPERATIONS);
	return &operations[n];
}

/* The map itself needs no memory for this: what fails is the domain's, after what update's callback makes. */
static enum outcome attempt_without_place(struct fault *f, const struct operation *op)
{
	return attempt(f, op, 0, (struct failures){FROM, op->verb == UPDATE ? 2 : 1});
}

START_TEST(overwritten_value_stays)
{
	static const char *const names[] = {"put, present", "set, present", "replace, present", "update sets, present"};
	struct fault f;

	open_fault(&f, _i);
	build(&f, (struct state){2, PLAIN});
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		void *before = f.value[0];

		ck_assert_int_eq(attempt_without_place(&f, named(names[i])), FAILED);
		ck_assert_ptr_eq(f.value[0], before);
		expect_entries(&f);
	}
	/* With a place for it each works. */
	ck_assert_int_eq(attempt(&f, named(names[0]), 0, (struct failures){NONE, 0}), UNHINDERED);
	expect_map(&f);
	close_fault(&f);
}
END_TEST

/* For a removed one the domain has kept a place. */
START_TEST(removed_value_goes)
{
	static const char *const names[] = {"del, present", "del_if, present", "update removes, present"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct fault f;

		open_fault(&f, _i);
		build(&f, (struct state){2, PLAIN});
		ck_assert_int_eq(attempt_without_place(&f, named(names[i])), SURVIVED);
		ck_assert_ptr_null(f.value[0]);
		expect_map(&f);
		close_fault(&f);
	}
}
END_TEST

/* ---- Random failures -------------------------------------------------------- */

/* Whether the key of `op`, an operation on key n, is as its name says. */
static bool fits(struct fault *f, const struct operation *op, unsigned n)
{
	return op->key == ANY || (op->key != SIDE && (op->key == PRESENT) == (f->value[n] != NULL));
}

/* One map, many operations, a quarter of all allocations failing. */
START_TEST(random_failures)
{
	uint64_t state = test_seed(), rounds = test_rounds(20000, 1000), failed = 0;
	struct fault f;

	open_fault(&f, _i);
	for (uint64_t round = 0; round < rounds; round++) {
		const struct operation *op = &operations[test_random(&state) % OPERATIONS];
		unsigned n = (unsigned)(test_random(&state) % KEYS);
		struct failures failures = {RANDOMLY, test_random(&state)};

		if (!fits(&f, op, n) || (op->verb == CLEAR && test_random(&state) % 16))
			continue;
		failed += attempt(&f, op, n, failures) == FAILED;
		if (round % 64 == 0)
			expect_entries(&f);
		if (round % 256 == 0)
			ck_assert_int_ge((int)WHOLE(&f, reclaim), 0);
	}
	ck_assert_uint_gt(failed, rounds / 100);
	expect_map(&f);
	close_fault(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fault");
	TCase *making = tcase_create("making");
	TCase *operating = tcase_create("operating");

	tcase_add_loop_test(making, making_a_map, 0, 2);
	tcase_add_loop_test(making, making_a_domain, 0, 2);
	suite_add_tcase(suite, making);
	tcase_set_timeout(operating, 60);
	tcase_add_loop_test(operating, states_are_met, 0, 2);
	tcase_add_loop_test(operating, every_allocation, 0, 2 * OPERATIONS);
	tcase_add_loop_test(operating, overwritten_value_stays, 0, 2);
	tcase_add_loop_test(operating, removed_value_goes, 0, 2);
	tcase_add_loop_test(operating, random_failures, 0, 2);
	suite_add_tcase(suite, operating);
	return test_run(suite);
}
