/*
 * handover: whose the new value is, after each answer of each call that stores one.
 *
 *   put add set replace   on 0 the map's; on an error still the caller's
 *   update get_or_add     what a callback made is the map's: stored, or discarded before the
 *                         call returns, whatever the call answers
 *
 * A case is a line of the table below.  Of each the frees of the value are counted as the
 * call returns, and when the map is gone; for both kinds of key, with a value_free and
 * without, in all flavours.  Values are not freed in fact.  (update_test goes through all
 * courses that an update can take.)
 */
#include <check.h>
#include <errno.h>

#include "count_alloc.h"
#include "crew.h"
#include "either.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"

#define KINDS 2
#define OWNERS 2
#define CASES (FLAVORS * KINDS * OWNERS)
#define LIMIT 512

/* ---- The table ----------------------------------------------------------- */

enum call { PUT, ADD, SET, REPLACE, UPDATE, GET_OR_ADD };
static const char *const call_name[] = {"put", "add", "set", "replace", "update", "get_or_add"};

/* The key has no value, or one. */
enum key { ABSENT, PRESENT };

/* What happens to the call. */
enum trouble {
	NOTHING,
	AT_LIMIT,
	NO_MEMORY, /* for the place that the displaced value waits in */
	NO_COPY,   /* for the key: integers need none */
	EXPECTS_ANOTHER,
	OVERTAKEN, /* another thread puts a value while the callback runs */
};

enum fate { STORED, DISCARDED, OURS };

#define NO_ACTION 99

static const struct line {
	enum call call;
	enum key key;
	enum trouble trouble;
	int action; /* of an update's callback */
	int answer;
	enum fate fate;
} lines[] = {
	{PUT, ABSENT, NOTHING, 0, 0, STORED},
	{PUT, PRESENT, NOTHING, 0, 0, STORED},
	{PUT, ABSENT, AT_LIMIT, 0, -ENOBUFS, OURS},
	{PUT, PRESENT, AT_LIMIT, 0, -ENOBUFS, OURS},
	{PUT, PRESENT, NO_MEMORY, 0, -ENOMEM, OURS},
	{PUT, ABSENT, NO_COPY, 0, -ENOMEM, OURS},
	{ADD, ABSENT, NOTHING, 0, 0, STORED},
	{ADD, PRESENT, NOTHING, 0, -EEXIST, OURS},
	{ADD, ABSENT, AT_LIMIT, 0, -ENOBUFS, OURS},
	{ADD, ABSENT, NO_COPY, 0, -ENOMEM, OURS},
	{SET, PRESENT, NOTHING, 0, 0, STORED},
	{SET, ABSENT, NOTHING, 0, -ENOENT, OURS},
	{SET, PRESENT, AT_LIMIT, 0, -ENOBUFS, OURS},
	{SET, PRESENT, NO_MEMORY, 0, -ENOMEM, OURS},
	{REPLACE, PRESENT, NOTHING, 0, 0, STORED},
	{REPLACE, ABSENT, NOTHING, 0, -ENOENT, OURS},
	{REPLACE, PRESENT, EXPECTS_ANOTHER, 0, -EAGAIN, OURS},
	{REPLACE, PRESENT, AT_LIMIT, 0, -ENOBUFS, OURS},
	{REPLACE, PRESENT, NO_MEMORY, 0, -ENOMEM, OURS},
	{UPDATE, ABSENT, NOTHING, NBMAP_SET, 0, STORED},
	{UPDATE, PRESENT, NOTHING, NBMAP_SET, 0, STORED},
	{UPDATE, ABSENT, NOTHING, NBMAP_KEEP, 0, DISCARDED},
	{UPDATE, PRESENT, NOTHING, NBMAP_KEEP, 0, DISCARDED},
	{UPDATE, ABSENT, NOTHING, NBMAP_REMOVE, 0, DISCARDED},
	{UPDATE, PRESENT, NOTHING, NBMAP_REMOVE, 0, DISCARDED},
	{UPDATE, ABSENT, NOTHING, -ECANCELED, -ECANCELED, DISCARDED},
	{UPDATE, PRESENT, NOTHING, -ECANCELED, -ECANCELED, DISCARDED},
	{UPDATE, ABSENT, NOTHING, NO_ACTION, -EINVAL, DISCARDED},
	{UPDATE, PRESENT, NOTHING, NO_ACTION, -EINVAL, DISCARDED},
	{UPDATE, ABSENT, AT_LIMIT, NBMAP_SET, -ENOBUFS, DISCARDED},
	{UPDATE, PRESENT, AT_LIMIT, NBMAP_SET, -ENOBUFS, DISCARDED},
	{UPDATE, PRESENT, NO_MEMORY, NBMAP_SET, -ENOMEM, DISCARDED},
	{UPDATE, ABSENT, NO_COPY, NBMAP_SET, -ENOMEM, DISCARDED},
	{UPDATE, ABSENT, OVERTAKEN, NBMAP_SET, 0, STORED},
	{UPDATE, PRESENT, OVERTAKEN, NBMAP_SET, 0, STORED},
	{GET_OR_ADD, ABSENT, NOTHING, 0, 0, STORED},
	{GET_OR_ADD, PRESENT, NOTHING, 0, 0, OURS}, /* nobody asks for it */
	{GET_OR_ADD, ABSENT, OVERTAKEN, 0, 0, DISCARDED},
	{GET_OR_ADD, ABSENT, AT_LIMIT, 0, -ENOBUFS, DISCARDED},
	{GET_OR_ADD, ABSENT, NO_COPY, 0, -ENOMEM, DISCARDED},
};
#define LINES ((int)(sizeof(lines) / sizeof(*lines)))

/* ---- Values, and the call ------------------------------------------------ */

static struct box {
	_Alignas(16) unsigned freed;
} fresh, old, others, filler;

static void free_box(void *value, void *arg)
{
	(void)arg;
	((struct box *)value)->freed++;
}

#define KEY 7
static const struct count_key object = {COUNT_KEY_MARK, KEY, KEY};

static struct either map;
static const struct line *line;
static bool owns;
static unsigned calls;

/* Once: a second call finds what the first one did. */
static void be_overtaken(void)
{
	if (calls++ == 0 && line->trouble == OVERTAKEN)
		either_interfere(&map, NB_PUT, KEY, &others);
}

static int update(void **value)
{
	*value = &fresh;
	be_overtaken();
	return line->action;
}

static int update_object(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	(void)current;
	(void)arg;
	return update(value);
}

static int update_integer(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	(void)current;
	(void)arg;
	return update(value);
}

static void *create_object(const void *key, void *arg)
{
	(void)key;
	(void)arg;
	be_overtaken();
	return &fresh;
}

static void *create_integer(uint64_t key, void *arg)
{
	(void)key;
	(void)arg;
	be_overtaken();
	return &fresh;
}

#define CALL(name, ...)                                                                                                \
	(map.integer ? nbmap_u64_##name(map.integers, KEY, __VA_ARGS__)                                                \
		     : nbmap_##name(map.objects, &object, __VA_ARGS__))

static int make_the_call(void)
{
	const void *expected = line->trouble == EXPECTS_ANOTHER ? &others : &old;
	void *value;

	switch (line->call) {
	case PUT:
		return CALL(put, &fresh, NULL);
	case ADD:
		return CALL(add, &fresh, NULL);
	case SET:
		return CALL(set, &fresh, NULL);
	case REPLACE:
		return CALL(replace, expected, &fresh, NULL);
	case UPDATE:
		if (map.integer)
			return nbmap_u64_update(map.integers, KEY, update_integer, NULL, NULL);
		return nbmap_update(map.objects, &object, update_object, NULL, NULL);
	case GET_OR_ADD:
		if (map.integer)
			return nbmap_u64_get_or_add(map.integers, KEY, create_integer, NULL, &value);
		return nbmap_get_or_add(map.objects, &object, create_object, NULL, &value);
	}
	return 0;
}

static void come_to_the_limit(void)
{
	int error = 0;

	for (unsigned i = 0; !error; i++) {
		crew_check(i < 10 * LIMIT);
		error = nbmap_domain_retire(map.domain, &filler, free_box, NULL);
	}
	crew_check(error == -ENOBUFS);
}

/* ---- The test ------------------------------------------------------------ */

static _Noreturn void give_up(const char *condition, int at)
{
	ck_abort_msg("line %d: %s: %s, %s %s key, trouble %d, action %d, %s, %s value_free", at, condition,
		     call_name[line->call], line->key == PRESENT ? "present" : "absent",
		     map.integer ? "integer" : "object", line->trouble, line->action, flavor_name(map.flavor),
		     owns ? "with" : "without");
}

#define check(condition) ((condition) ? (void)0 : give_up(#condition, __LINE__))

static void *expected_value(void)
{
	if (line->fate == STORED)
		return &fresh;
	if (line->trouble == OVERTAKEN)
		return &others;
	if (line->call == UPDATE && line->action == NBMAP_REMOVE)
		return NULL;
	return line->key == PRESENT ? &old : NULL;
}

static void check_line(enum nbmap_flavor flavor, bool integer)
{
	const struct nbmap_domain_config config = {
		.flavor = flavor, .flags = NBMAP_NO_THREAD, .limit_objects = LIMIT};
	bool at_once = owns && line->fate == DISCARDED;
	int answer;

	fresh.freed = old.freed = others.freed = calls = 0;
	either_open(&map, integer, &config, owns ? free_box : NULL);
	if (line->key == PRESENT)
		check(!CALL(put, &old, NULL));
	if (line->trouble == AT_LIMIT)
		come_to_the_limit();
	if (line->trouble == NO_MEMORY || line->trouble == NO_COPY)
		count_fail_from(map.count, COUNT_ALL, 1);
	answer = make_the_call();
	count_fail_stop(map.count);
	check(answer == line->answer);
	check(fresh.freed == at_once);
	check(either_get(&map, KEY) == expected_value());
	/* Nor is what was there lost, or freed while readers may see it. */
	check(old.freed == 0);
	either_close(&map);
	check(fresh.freed == (owns && line->fate != OURS));
	check(old.freed == (owns && line->key == PRESENT));
	check(others.freed == (owns && line->trouble == OVERTAKEN));
}

/* Integers need no copy, and a value that is displaced no place where it is not the map's to
 * free. */
static bool happens(bool integer)
{
	if (line->trouble == NO_COPY)
		return !integer;
	return owns || line->key == ABSENT || (line->trouble != AT_LIMIT && line->trouble != NO_MEMORY);
}

START_TEST(test_whose_it_is)
{
	line = &lines[_i];
	for (int turn = 0; turn < CASES; turn++) {
		bool integer = turn % KINDS;

		owns = turn / KINDS % OWNERS;
		if (happens(integer))
			check_line((enum nbmap_flavor)(turn / KINDS / OWNERS), integer);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("handover");
	TCase *tcase = tcase_create("handover");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_whose_it_is, 0, LINES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
