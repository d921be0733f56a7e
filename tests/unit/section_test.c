/*
 * section: every [section] call, of both kinds of map, made where it must not
 * be: outside a section, and in a thread that never registered.
 *
 * Each call is made in a child of its own, which the library must end, naming
 * the call on stderr.  The same calls inside a section must pass in silence,
 * or a library that refused everything would pass.
 *
 * The library is nbmap_tiny, whose debug assertions are on.
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "run.h"
#include "subject.h"
#include "words.h"
#include "nbmap.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)

static struct count *count;
static struct subject subject;

/* ---- The calls ---------------------------------------------------------- */

static struct count_key key;
static void *stored; /* the value of key 1 */
static void *fresh;  /* nobody's; no child lives long enough to free it */
static struct nbmap_iter iter;

#define EITHER(name, ...)                                                                                              \
	((void)(subject.integer ? nbmap_u64_##name(subject.integers, __VA_ARGS__)                                      \
				: nbmap_##name(subject.objects, __VA_ARGS__)))
#define ON_KEY(name, ...)                                                                                              \
	((void)(subject.integer ? nbmap_u64_##name(subject.integers, 1, __VA_ARGS__)                                   \
				: nbmap_##name(subject.objects, &key, __VA_ARGS__)))

static void call_get(void)
{
	(void)subject_get(&subject, 1);
}

static void call_get_batch(void)
{
	EITHER(get_batch, NULL, NULL, 0);
}

static void call_put(void)
{
	ON_KEY(put, fresh, NULL);
}

static void call_add(void)
{
	ON_KEY(add, fresh, NULL);
}

static void call_set(void)
{
	ON_KEY(set, fresh, NULL);
}

static void call_replace(void)
{
	ON_KEY(replace, stored, fresh, NULL);
}

static void call_del(void)
{
	ON_KEY(del, NULL);
}

static void call_del_if(void)
{
	ON_KEY(del_if, stored, NULL);
}

static void call_update(void)
{
	(void)subject_update(&subject, 1);
}

static void *create_for_object(const void *k, void *arg)
{
	(void)k;
	return arg;
}

static void *create_for_integer(uint64_t k, void *arg)
{
	(void)k;
	return arg;
}

static void call_get_or_add(void)
{
	if (subject.integer)
		(void)!nbmap_u64_get_or_add(subject.integers, 1, create_for_integer, fresh, NULL);
	else
		(void)!nbmap_get_or_add(subject.objects, &key, create_for_object, fresh, NULL);
}

static void call_add_int(void)
{
	ON_KEY(add_int, 1, NULL);
}

/* Maps of integers have none of these. */

static void call_get_hashed(void)
{
	(void)nbmap_get_hashed(subject.objects, &key, nbmap_hash(subject.objects, &key));
}

static void call_get_batch_hashed(void)
{
	nbmap_get_batch_hashed(subject.objects, NULL, NULL, NULL, 0);
}

static void call_put_hashed(void)
{
	(void)nbmap_put_hashed(subject.objects, &key, nbmap_hash(subject.objects, &key), fresh, NULL);
}

static void call_add_hashed(void)
{
	(void)nbmap_add_hashed(subject.objects, &key, nbmap_hash(subject.objects, &key), fresh, NULL);
}

static void call_del_hashed(void)
{
	(void)nbmap_del_hashed(subject.objects, &key, nbmap_hash(subject.objects, &key), NULL);
}

static void call_update_hashed(void)
{
	(void)nbmap_update_hashed(subject.objects, &key, nbmap_hash(subject.objects, &key), NULL, NULL, NULL);
}

static void call_get_or_add_hashed(void)
{
	(void)!nbmap_get_or_add_hashed(subject.objects, &key, nbmap_hash(subject.objects, &key), create_for_object,
				       fresh, NULL);
}

static void call_add_int_hashed(void)
{
	(void)nbmap_add_int_hashed(subject.objects, &key, nbmap_hash(subject.objects, &key), 1, NULL);
}

static void call_iter_init(void)
{
	struct nbmap_iter other;

	EITHER(iter_init, &other);
}

static void call_iter_next(void)
{
	const void *object;
	uint64_t integer;
	void *value;

	if (subject.integer)
		(void)!nbmap_u64_iter_next(&iter, &integer, &value);
	else
		(void)!nbmap_iter_next(&iter, &object, &value);
}

static void call_scan(void)
{
	struct nbmap_cursor cursor = {0};
	struct nbmap_entry object;
	struct nbmap_u64_entry integer;

	if (subject.integer)
		(void)!nbmap_u64_scan(subject.integers, &cursor, &integer, 1);
	else
		(void)!nbmap_scan(subject.objects, &cursor, &object, 1);
}

static void call_count(void)
{
	(void)subject_size(&subject);
}

static void call_retire(void)
{
	/* No child frees it. */
	(void)subject_retire(&subject, fresh, count_value_free, count);
}

static void call_clear(void)
{
	(void)subject_clear(&subject);
}

static void call_stats(void)
{
	struct nbmap_stats stats;

	EITHER(stats, &stats);
}

static void call_dump(void)
{
	FILE *out = fopen("/dev/null", "w");

	crew_check(out != NULL);
	EITHER(dump, out);
	fclose(out);
}

static void call_dump_with(void)
{
	FILE *out = fopen("/dev/null", "w");

	crew_check(out != NULL);
	EITHER(dump_with, out, NULL, NULL);
	fclose(out);
}

static void call_dump_tables(void)
{
	FILE *out = fopen("/dev/null", "w");

	crew_check(out != NULL);
	EITHER(dump_tables, out);
	fclose(out);
}

static const struct call {
	const char *name;
	void (*make)(void);
	bool of_objects;
} calls[] = {
	{"get", call_get, false},
	{"get_batch", call_get_batch, false},
	{"put", call_put, false},
	{"add", call_add, false},
	{"set", call_set, false},
	{"replace", call_replace, false},
	{"del", call_del, false},
	{"del_if", call_del_if, false},
	{"update", call_update, false},
	{"get_or_add", call_get_or_add, false},
	{"add_int", call_add_int, false},
	{"get_hashed", call_get_hashed, true},
	{"get_batch_hashed", call_get_batch_hashed, true},
	{"put_hashed", call_put_hashed, true},
	{"add_hashed", call_add_hashed, true},
	{"del_hashed", call_del_hashed, true},
	{"update_hashed", call_update_hashed, true},
	{"get_or_add_hashed", call_get_or_add_hashed, true},
	{"add_int_hashed", call_add_int_hashed, true},
	{"iter_init", call_iter_init, false},
	{"iter_next", call_iter_next, false},
	{"scan", call_scan, false},
	{"count", call_count, false},
	{"retire", call_retire, false},
	{"clear", call_clear, false},
	{"stats", call_stats, false},
	{"dump", call_dump, false},
	{"dump_with", call_dump_with, false},
	{"dump_tables", call_dump_tables, false},
};
#define CALLS (sizeof(calls) / sizeof(*calls))

/* ---- The places --------------------------------------------------------- */

enum place { INSIDE, OUTSIDE, UNREGISTERED };

static void *make_call(void *call)
{
	((const struct call *)call)->make();
	return NULL;
}

static void make_call_in(enum place place, struct call *call)
{
	pthread_t thread;

	switch (place) {
	case INSIDE:
		subject_enter(&subject);
		make_call(call);
		break;
	case OUTSIDE:
		flavor_offline(subject.flavor);
		make_call(call);
		break;
	default:
		crew_check(!pthread_create(&thread, NULL, make_call, call));
		pthread_join(thread, NULL);
	}
}

struct attempt {
	enum place place;
	struct call call;
};

static void make_attempt(void *arg)
{
	struct attempt *attempt = arg;

	make_call_in(attempt->place, &attempt->call);
}

/* ---- The tests ---------------------------------------------------------- */

/* Without a reclaimer: children are forked without asking the library. */
static void open_in(int turn)
{
	struct nbmap_config base = {.flavor = (enum nbmap_flavor)(turn / KINDS), .flags = NBMAP_NO_THREAD};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	flavor_register(subject.flavor);
	key = count_key(1);
	fresh = count_value(count, UINT64_C(1) << 32 | 2);
	ck_assert_ptr_nonnull(fresh);
	subject_enter(&subject);
	ck_assert_int_eq(subject_put(&subject, 1, 1), 0);
	stored = subject.integer ? nbmap_u64_get(subject.integers, 1) : nbmap_get(subject.objects, &key);
	EITHER(iter_init, &iter);
	subject_leave(&subject);
}

static void close_and_check(void)
{
	count_value_free(fresh, count);
	ck_assert_int_eq(subject_close(&subject), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

static void call_all(int turn, enum place place)
{
	char name[64];

	open_in(turn);
	for (size_t i = 0; i < CALLS; i++) {
		struct attempt attempt = {place, calls[i]};

		if (subject.integer && calls[i].of_objects)
			continue;
		snprintf(name, sizeof(name), "nbmap_%s%s", subject.integer ? "u64_" : "", calls[i].name);
		if (place == INSIDE)
			words_assert_none(make_attempt, &attempt);
		else
			words_assert_named(make_attempt, &attempt, name, "called outside");
	}
	close_and_check();
}

START_TEST(test_a_call_inside_a_section_passes)
{
	call_all(_i, INSIDE);
}
END_TEST

START_TEST(test_a_call_outside_a_section_is_named)
{
	call_all(_i, OUTSIDE);
}
END_TEST

START_TEST(test_a_call_by_an_unregistered_thread_is_named)
{
	call_all(_i, UNREGISTERED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("section");
	TCase *tcase = tcase_create("section");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_a_call_inside_a_section_passes, 0, CASES);
	tcase_add_loop_test(tcase, test_a_call_outside_a_section_is_named, 0, CASES);
	tcase_add_loop_test(tcase, test_a_call_by_an_unregistered_thread_is_named, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
