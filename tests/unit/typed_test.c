/*
 * typed: the typed calls of nbmap_typed.h, of maps of every kind, in all flavours.
 *
 * One course through all calls, written once: keys k[0..2] that differ, values v[0..2]
 * that differ, and what stands for none.  This file is compiled with the warnings that
 * careful users ask for, as errors.
 */
#include <nbmap_typed.h>

#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "flavor_thread.h"
#include "run.h"

struct person {
	int age;
};

enum colour { RED = -1, GREEN = 0, BLUE = 7 };

NBMAP_TYPED(people, char, struct person);
NBMAP_TYPED(titles, const char, const char);
NBMAP_TYPED_INT(ages, char);
NBMAP_TYPED_U64(pages, int, struct person);
NBMAP_TYPED_U64_INT(colours, enum colour);

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a, b);
}

#define SAME_TEXT(a, b) same_text(a, b)
#define SAME_NUMBER(a, b) ((a) == (b))

/* More than are handed over at once, and not a multiple of that. */
#define BATCH 150u

#define COURSE(NAME, NONE, SAME)                                                                                       \
	/* What an update is to do, and what it was shown. */                                                          \
	struct NAME##_plan {                                                                                           \
		int action;                                                                                            \
		bool sets;                                                                                             \
		NAME##_value value, current, spare;                                                                    \
		NAME##_key key;                                                                                        \
		unsigned calls;                                                                                        \
	};                                                                                                             \
                                                                                                                       \
	static int NAME##_follow(NAME##_key key, NAME##_value current, NAME##_value *value, void *arg)                 \
	{                                                                                                              \
		struct NAME##_plan *plan = arg;                                                                        \
                                                                                                                       \
		plan->calls++;                                                                                         \
		plan->key = key;                                                                                       \
		plan->current = current;                                                                               \
		plan->spare = *value;                                                                                  \
		if (plan->sets)                                                                                        \
			*value = plan->value;                                                                          \
		return plan->action;                                                                                   \
	}                                                                                                              \
                                                                                                                       \
	static NAME##_value NAME##_make(NAME##_key key, void *arg)                                                     \
	{                                                                                                              \
		struct NAME##_plan *plan = arg;                                                                        \
                                                                                                                       \
		plan->calls++;                                                                                         \
		plan->key = key;                                                                                       \
		return plan->value;                                                                                    \
	}                                                                                                              \
                                                                                                                       \
	static void NAME##_write(struct NAME *map, const NAME##_key *k, const NAME##_value *v)                         \
	{                                                                                                              \
		NAME##_value seen = v[0];                                                                              \
                                                                                                                       \
		crew_check(NAME##_get(map, k[0]) == NONE);                                                             \
		crew_check(NAME##_put(map, k[0], v[0], &seen) == 0 && seen == NONE);                                   \
		crew_check(NAME##_put(map, k[0], v[1], &seen) == 0 && seen == v[0]);                                   \
		crew_check(NAME##_get(map, k[0]) == v[1]);                                                             \
		crew_check(NAME##_add(map, k[0], v[2], &seen) == -EEXIST && seen == v[1]);                             \
		crew_check(NAME##_add(map, k[1], v[0], NULL) == 0);                                                    \
		crew_check(NAME##_set(map, k[2], v[0], &seen) == -ENOENT && seen == NONE);                             \
		crew_check(NAME##_set(map, k[1], v[2], &seen) == 0 && seen == v[0]);                                   \
		crew_check(NAME##_replace(map, k[1], v[0], v[1], &seen) == -EAGAIN && seen == v[2]);                   \
		crew_check(NAME##_replace(map, k[1], v[2], v[1], &seen) == 0 && seen == v[2]);                         \
		crew_check(NAME##_count(map) == 2);                                                                    \
		crew_check(NAME##_del_if(map, k[1], v[2], &seen) == -EAGAIN && seen == v[1]);                          \
		crew_check(NAME##_del_if(map, k[1], v[1], &seen) == 0 && seen == v[1]);                                \
		crew_check(NAME##_del(map, k[0], &seen) == 0 && seen == v[1]);                                         \
		crew_check(NAME##_del(map, k[0], &seen) == -ENOENT && seen == NONE);                                   \
		/* "None" is no value, and `seen` is set on every return. */                                           \
		seen = v[0];                                                                                           \
		crew_check(NAME##_put(map, k[0], NONE, &seen) < 0 && seen == NONE);                                    \
		crew_check(NAME##_count(map) == 0);                                                                    \
	}                                                                                                              \
                                                                                                                       \
	static void NAME##_change(struct NAME *map, const NAME##_key *k, const NAME##_value *v)                        \
	{                                                                                                              \
		struct NAME##_plan plan = {.action = NBMAP_SET, .sets = true, .value = v[0]};                          \
		NAME##_value seen = v[2];                                                                              \
                                                                                                                       \
		crew_check(NAME##_update(map, k[0], NAME##_follow, &plan, &seen) == 0 && seen == NONE);                \
		crew_check(plan.calls == 1 && plan.current == NONE && plan.spare == NONE && SAME(plan.key, k[0]));     \
		crew_check(NAME##_get(map, k[0]) == v[0]);                                                             \
		plan.value = v[1];                                                                                     \
		crew_check(NAME##_update(map, k[0], NAME##_follow, &plan, NULL) == 0 && plan.current == v[0]);         \
		plan.action = NBMAP_KEEP;                                                                              \
		plan.sets = false;                                                                                     \
		crew_check(NAME##_update(map, k[1], NAME##_follow, &plan, &seen) == 0 && seen == NONE);                \
		plan.action = -ECANCELED;                                                                              \
		crew_check(NAME##_update(map, k[0], NAME##_follow, &plan, NULL) == -ECANCELED);                        \
		plan.action = NBMAP_REMOVE;                                                                            \
		crew_check(NAME##_update(map, k[0], NAME##_follow, &plan, &seen) == 0 && seen == v[1]);                \
		crew_check(NAME##_get(map, k[0]) == NONE);                                                             \
		plan.action = NBMAP_SET;                                                                               \
		crew_check(NAME##_update(map, k[0], NAME##_follow, &plan, NULL) == -EINVAL);                           \
		crew_check(NAME##_update(map, k[0], NULL, &plan, &seen) == -EINVAL && seen == NONE);                   \
	}                                                                                                              \
                                                                                                                       \
	static void NAME##_create(struct NAME *map, const NAME##_key *k, const NAME##_value *v)                        \
	{                                                                                                              \
		struct NAME##_plan plan = {.value = v[0]};                                                             \
		NAME##_value found = v[2];                                                                             \
                                                                                                                       \
		crew_check(NAME##_get_or_add(map, k[0], NAME##_make, &plan, &found) == 0 && found == v[0]);            \
		crew_check(plan.calls == 1 && SAME(plan.key, k[0]));                                                   \
		plan.value = v[1];                                                                                     \
		crew_check(NAME##_get_or_add(map, k[0], NAME##_make, &plan, &found) == 0 && found == v[0]);            \
		crew_check(plan.calls == 1);                                                                           \
		crew_check(NAME##_get_or_add(map, k[1], NAME##_make, &plan, NULL) == 0);                               \
		crew_check(NAME##_get(map, k[1]) == v[1]);                                                             \
		plan.value = NONE;                                                                                     \
		crew_check(NAME##_get_or_add(map, k[2], NAME##_make, &plan, &found) == -ENOMEM && found == NONE);      \
		found = v[2];                                                                                          \
		crew_check(NAME##_get_or_add(map, k[2], NULL, &plan, &found) == -EINVAL && found == NONE);             \
		crew_check(NAME##_clear(map) == 0 && NAME##_count(map) == 0);                                          \
	}                                                                                                              \
                                                                                                                       \
	static void NAME##_read_all(struct NAME *map, const NAME##_key *k, const NAME##_value *v)                      \
	{                                                                                                              \
		struct nbmap_cursor cursor = {0};                                                                      \
		struct NAME##_entry entries[32];                                                                       \
		struct NAME##_iter iter;                                                                               \
		NAME##_key keys[BATCH], key;                                                                           \
		NAME##_value values[BATCH], value;                                                                     \
		unsigned walked[3] = {0}, scanned[3] = {0};                                                            \
		struct nbmap_stats stats;                                                                              \
		long n;                                                                                                \
                                                                                                                       \
		for (unsigned i = 0; i < 3; i++)                                                                       \
			crew_check(NAME##_put(map, k[i], v[i], NULL) == 0);                                            \
		crew_check(NAME##_del(map, k[2], NULL) == 0);                                                          \
		for (unsigned i = 0; i < BATCH; i++)                                                                   \
			keys[i] = k[i % 3];                                                                            \
		NAME##_get_batch(map, keys, values, BATCH);                                                            \
		for (unsigned i = 0; i < BATCH; i++)                                                                   \
			crew_check(values[i] == (i % 3 == 2 ? NONE : v[i % 3]));                                       \
		NAME##_get_batch(map, keys, values, 0);                                                                \
		crew_check(NAME##_iter_init(map, &iter) == 0);                                                         \
		while (NAME##_iter_next(&iter, &key, &value))                                                          \
			for (unsigned i = 0; i < 3; i++)                                                               \
				walked[i] += SAME(key, k[i]) && value == v[i];                                         \
		while (cursor.cycle == 0) {                                                                            \
			n = NAME##_scan(map, &cursor, entries, 32);                                                    \
			for (long e = 0; e < n; e++)                                                                   \
				for (unsigned i = 0; i < 3; i++)                                                       \
					scanned[i] += SAME(NAME##_entry_key(&entries[e]), k[i]) &&                     \
						      NAME##_entry_value(&entries[e]) == v[i];                         \
		}                                                                                                      \
		for (unsigned i = 0; i < 3; i++)                                                                       \
			crew_check(walked[i] == (i < 2) && scanned[i] == (i < 2));                                     \
		NAME##_stats(map, &stats);                                                                             \
		crew_check(stats.entries == 2);                                                                        \
	}                                                                                                              \
                                                                                                                       \
	static void NAME##_course(enum nbmap_flavor flavor, const struct nbmap_type *type, const NAME##_key *k,        \
				  const NAME##_value *v)                                                               \
	{                                                                                                              \
		struct nbmap_config config = {.type = type, .flavor = flavor, .flags = NBMAP_NO_THREAD};               \
		struct NAME *map;                                                                                      \
                                                                                                                       \
		crew_check(NAME##_new(NULL, &config) == -EINVAL);                                                      \
		crew_check(NAME##_new(&map, &config) == 0);                                                            \
		NAME##_enter(map);                                                                                     \
		NAME##_write(map, k, v);                                                                               \
		NAME##_change(map, k, v);                                                                              \
		NAME##_create(map, k, v);                                                                              \
		NAME##_read_all(map, k, v);                                                                            \
		NAME##_leave(map);                                                                                     \
		flavor_offline(flavor);                                                                                \
		crew_check(NAME##_synchronize(map) == 0 && NAME##_barrier(map) == 0 && NAME##_reclaim(map) >= 0);      \
		crew_check(NAME##_reclaim_within(map, 0) == -EINVAL); /* without threads */                            \
		crew_check(NAME##_destroy(map) == 0 && NAME##_destroy(NULL) == 0);                                     \
		flavor_online(flavor);                                                                                 \
	}                                                                                                              \
	struct NAME

COURSE(people, NULL, SAME_TEXT);
COURSE(titles, NULL, SAME_TEXT);
COURSE(ages, NBMAP_NONE, SAME_TEXT);
COURSE(pages, NULL, SAME_NUMBER);
COURSE(colours, NBMAP_NONE, SAME_NUMBER);

static const char *const names[3] = {"Ada", "Grace", ""};
static struct person person[3];
static struct person *const persons[3] = {&person[0], &person[1], &person[2]};
static const uint64_t numbers[3] = {0, 36, NBMAP_INT_MAX};

START_TEST(test_every_call)
{
	static _Alignas(8) const char text[3][8] = {"a", "b", "c"};
	static const char *const texts[3] = {text[0], text[1], text[2]};
	static const int page[3] = {-1, 0, 7};
	static const enum colour colour[3] = {RED, GREEN, BLUE};
	enum nbmap_flavor flavor = (enum nbmap_flavor)_i;

	flavor_register(flavor);
	people_course(flavor, nbmap_type_string(), names, persons);
	titles_course(flavor, nbmap_type_string(), names, texts);
	ages_course(flavor, nbmap_type_string(), names, numbers);
	pages_course(flavor, NULL, page, persons);
	colours_course(flavor, NULL, colour, numbers);
	flavor_unregister(flavor);
}
END_TEST

/* ---- Integers ----------------------------------------------------------- */

START_TEST(test_integers_are_added_to)
{
	struct nbmap_config config = {.type = nbmap_type_string(), .flags = NBMAP_NO_THREAD};
	struct colours *colours;
	struct ages *ages;
	uint64_t seen = 5;

	crew_check(ages_new(&ages, &config) == 0);
	ages_enter(ages);
	crew_check(ages_add_int(ages, "Ada", 36, &seen) == 0 && seen == NBMAP_NONE);
	crew_check(ages_add_int(ages, "Ada", -36, &seen) == 0 && seen == 36);
	crew_check(ages_add_int(ages, "Ada", -1, &seen) == -ERANGE && seen == 0);
	crew_check(ages_get(ages, "Ada") == 0);
	crew_check(ages_put(ages, "Ada", NBMAP_INT_MAX + 1, &seen) == -ERANGE && seen == NBMAP_NONE);
	ages_leave(ages);
	crew_check(ages_destroy(ages) == 0);
	config.type = NULL;
	crew_check(colours_new(&colours, &config) == 0);
	colours_enter(colours);
	crew_check(colours_add_int(colours, RED, 3, NULL) == 0);
	crew_check(colours_get(colours, RED) == 3 && colours_get(colours, BLUE) == NBMAP_NONE);
	colours_leave(colours);
	crew_check(colours_destroy(colours) == 0);
	crew_check(nbmap_int_of(NULL) == NBMAP_NONE);
}
END_TEST

/* ---- Values that the map owns, and its other calls ---------------------- */

static unsigned freed;

static void free_person(void *value, void *arg)
{
	(void)arg;
	freed++;
	free(value);
}

/* Somebody's next birthday.  `arg`, if there is one, is the map, in which another thread
 * is faster at first. */
static unsigned attempts;
static void celebrate_elsewhere(void *map);

static int grow_older(const char *name, struct person *current, struct person **value, void *arg)
{
	struct person *older = *value ? *value : malloc(sizeof(*older));

	(void)name;
	if (!older)
		return -ENOMEM;
	if (arg && !attempts++)
		elsewhere(celebrate_elsewhere, arg);
	older->age = current ? current->age + 1 : 0;
	*value = older;
	return NBMAP_SET;
}

static void celebrate_elsewhere(void *map)
{
	people_enter(map);
	crew_check(people_update(map, "Ada", grow_older, NULL, NULL) == 0);
	people_leave(map);
}

START_TEST(test_owned_values)
{
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type, .flags = NBMAP_NO_THREAD};
	struct people *people;

	freed = attempts = 0;
	type.value_free = free_person;
	crew_check(people_new(&people, &config) == 0);
	people_enter(people);
	crew_check(people_update(people, "Ada", grow_older, NULL, NULL) == 0);
	/* The second attempt is given the spare of the first. */
	crew_check(people_update(people, "Ada", grow_older, people, NULL) == 0 && attempts == 2);
	crew_check(people_get(people, "Ada")->age == 2);
	crew_check(nbmap_get(people_map(people), "Ada") == people_get(people, "Ada"));
	people_leave(people);
	crew_check(people_destroy(people) == 0);
	crew_check(freed == 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("typed");
	TCase *tcase = tcase_create("typed");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_every_call, 0, FLAVORS);
	tcase_add_test(tcase, test_integers_are_added_to);
	tcase_add_test(tcase, test_owned_values);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
