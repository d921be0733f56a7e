/*
 * history_test: the checker of histories is itself checked.
 *
 * A checker that says yes to everything would make every test that uses it
 * worthless.  So it is shown histories whose verdict is known: some that an
 * order explains, each beside one that differs by little and has none.
 *
 * A history is written as a list of calls,
 *
 *   thread, op, key, arg, expected, result, seen, invoked, returned
 *
 * and begins, unless a test says otherwise, with no key having a value.  At
 * the end the verdicts on random small histories are compared with those of
 * trying every order.
 */
#include "history.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(events) (sizeof(events) / sizeof(*(events)))
#define good(events) ck_assert(history_linearizable((events), COUNT(events), none))
#define bad(events) ck_assert(!history_linearizable((events), COUNT(events), none))

enum { A, B };

/* The commonest calls: by whom, on what key, their own numbers, what they saw, invoked and returned when. */
#define PUTS(thread, key, value, seen, from, to)                                                                       \
	{                                                                                                              \
		thread, HISTORY_PUT, key, value, 0, 0, seen, from, to                                                  \
	}
#define GETS(thread, key, seen, from, to)                                                                              \
	{                                                                                                              \
		thread, HISTORY_GET, key, 0, 0, 0, seen, from, to                                                      \
	}
#define UPDATES(thread, key, seen, from, to)                                                                           \
	{                                                                                                              \
		thread, HISTORY_UPDATE, key, 1, 0, 0, seen, from, to                                                   \
	}
#define ADDS(thread, key, value, result, seen, from, to)                                                               \
	{                                                                                                              \
		thread, HISTORY_ADD, key, value, 0, result, seen, from, to                                             \
	}
#define DELS(thread, key, result, seen, from, to)                                                                      \
	{                                                                                                              \
		thread, HISTORY_DEL, key, 0, 0, result, seen, from, to                                                 \
	}

static const uint64_t none[HISTORY_KEYS];

/* ---- One key, one call after the other ---------------------------------- */

START_TEST(no_calls)
{
	const struct history_event one[] = {GETS(0, A, 0, 1, 2)};

	ck_assert(history_linearizable(one, 0, none));
	good(one);
}
END_TEST

START_TEST(stale_read)
{
	const struct history_event fresh[] = {
		PUTS(0, A, 7, 0, 1, 2),
		GETS(1, A, 7, 3, 4),
	};
	const struct history_event stale[] = {
		PUTS(0, A, 7, 0, 1, 2),
		GETS(1, A, 0, 3, 4),
	};
	const struct history_event overlaps[] = {
		PUTS(0, A, 7, 0, 1, 4),
		GETS(1, A, 0, 2, 3),
	};
	/* Both gets overlap the put, but the second came after the first. */
	const struct history_event flickers[] = {
		PUTS(0, A, 7, 0, 1, 8),
		GETS(1, A, 7, 2, 3),
		GETS(2, A, 0, 4, 5),
	};

	good(fresh);
	bad(stale);
	good(overlaps);
	bad(flickers);
}
END_TEST

START_TEST(lost_update)
{
	const struct history_event both[] = {
		UPDATES(0, A, 0, 1, 4),
		UPDATES(1, A, 1, 2, 3),
		GETS(0, A, 2, 5, 6),
	};
	const struct history_event lost[] = {
		UPDATES(0, A, 0, 1, 4),
		UPDATES(1, A, 0, 2, 3),
		GETS(0, A, 1, 5, 6),
	};
	const struct history_event half[] = {
		UPDATES(0, A, 0, 1, 4),
		UPDATES(1, A, 1, 2, 3),
		GETS(0, A, 1, 5, 6),
	};
	const struct history_event put_lost[] = {
		PUTS(0, A, 5, 0, 1, 4),
		PUTS(1, A, 6, 0, 2, 3),
	};

	good(both);
	bad(lost);
	bad(half);
	bad(put_lost);
}
END_TEST

START_TEST(double_add)
{
	const struct history_event one[] = {
		ADDS(0, A, 5, 0, 0, 1, 4),
		ADDS(1, A, 6, -EEXIST, 5, 2, 3),
	};
	const struct history_event two[] = {
		ADDS(0, A, 5, 0, 0, 1, 4),
		ADDS(1, A, 6, 0, 0, 2, 3),
	};
	const struct history_event refused_by_nobody[] = {
		ADDS(0, A, 5, -EEXIST, 6, 1, 4),
		ADDS(1, A, 6, -EEXIST, 5, 2, 3),
	};
	const struct history_event wrong_seen[] = {
		ADDS(0, A, 5, 0, 0, 1, 4),
		ADDS(1, A, 6, -EEXIST, 7, 2, 3),
	};

	good(one);
	bad(two);
	bad(refused_by_nobody);
	bad(wrong_seen);
}
END_TEST

START_TEST(removed_value_read)
{
	const struct history_event gone[] = {
		PUTS(0, A, 5, 0, 1, 2),
		DELS(0, A, 0, 5, 3, 4),
		GETS(1, A, 0, 5, 6),
	};
	const struct history_event back[] = {
		PUTS(0, A, 5, 0, 1, 2),
		DELS(0, A, 0, 5, 3, 4),
		GETS(1, A, 5, 5, 6),
	};
	const struct history_event twice[] = {
		PUTS(0, A, 5, 0, 1, 2),
		DELS(0, A, 0, 5, 3, 6),
		DELS(1, A, 0, 5, 4, 5),
	};

	good(gone);
	bad(back);
	bad(twice);
}
END_TEST

/* Each conditional write, in each of its answers. */
START_TEST(conditions)
{
	const uint64_t five[HISTORY_KEYS] = {5};
	const struct {
		struct history_event event;
		bool absent, present; /* whether it fits a key without a value, and with 5 */
	} cases[] = {
		{{0, HISTORY_SET, A, 9, 0, 0, 5, 1, 2}, false, true},
		{{0, HISTORY_SET, A, 9, 0, -ENOENT, 0, 1, 2}, true, false},
		{{0, HISTORY_REPLACE, A, 9, 5, 0, 5, 1, 2}, false, true},
		{{0, HISTORY_REPLACE, A, 9, 6, 0, 5, 1, 2}, false, false},
		{{0, HISTORY_REPLACE, A, 9, 6, -EAGAIN, 5, 1, 2}, false, true},
		{{0, HISTORY_REPLACE, A, 9, 5, -EAGAIN, 5, 1, 2}, false, false},
		{{0, HISTORY_REPLACE, A, 9, 5, -ENOENT, 0, 1, 2}, true, false},
		{DELS(0, A, 0, 5, 1, 2), false, true},
		{DELS(0, A, -ENOENT, 0, 1, 2), true, false},
		{{0, HISTORY_DEL_IF, A, 0, 5, 0, 5, 1, 2}, false, true},
		{{0, HISTORY_DEL_IF, A, 0, 6, 0, 5, 1, 2}, false, false},
		{{0, HISTORY_DEL_IF, A, 0, 6, -EAGAIN, 5, 1, 2}, false, true},
		{{0, HISTORY_DEL_IF, A, 0, 5, -ENOENT, 0, 1, 2}, true, false},
		{ADDS(0, A, 9, 0, 0, 1, 2), true, false},
		{ADDS(0, A, 9, -EEXIST, 5, 1, 2), false, true},
		{UPDATES(0, A, 5, 1, 2), false, true},
		{{0, HISTORY_KEEP, A, 0, 0, 0, 0, 1, 2}, true, false},
		{{0, HISTORY_KEEP, A, 0, 0, 0, 5, 1, 2}, false, true},
		{{0, HISTORY_TAKE, A, 0, 0, 0, 0, 1, 2}, true, false},
		{{0, HISTORY_TAKE, A, 0, 0, 0, 5, 1, 2}, false, true},
		{{0, HISTORY_GIVE_UP, A, ECANCELED, 0, -ECANCELED, 5, 1, 2}, false, true},
		{{0, HISTORY_GIVE_UP, A, ECANCELED, 0, 0, 5, 1, 2}, false, false},
		{PUTS(0, A, 9, 0, 1, 2), true, false},
		{{0, HISTORY_ADD_INT, A, 3, 0, 0, 0, 1, 2}, true, false},
		{{0, HISTORY_ADD_INT, A, 3, 0, 0, 5, 1, 2}, false, true},
		/* 5 stands for the integer 4, and nothing for 0. */
		{{0, HISTORY_ADD_INT, A, (uint64_t)-4, 0, 0, 5, 1, 2}, false, true},
		{{0, HISTORY_ADD_INT, A, (uint64_t)-5, 0, 0, 5, 1, 2}, false, false},
		{{0, HISTORY_ADD_INT, A, (uint64_t)-5, 0, -ERANGE, 5, 1, 2}, false, true},
		{{0, HISTORY_ADD_INT, A, (uint64_t)-4, 0, -ERANGE, 5, 1, 2}, false, false},
		{{0, HISTORY_ADD_INT, A, (uint64_t)-1, 0, -ERANGE, 0, 1, 2}, true, false},
		{{0, HISTORY_PUT, A, 9, 0, -EEXIST, 5, 1, 2}, false, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(history_linearizable(&cases[i].event, 1, none) == cases[i].absent, "case %zu, absent", i);
		ck_assert_msg(history_linearizable(&cases[i].event, 1, five) == cases[i].present, "case %zu, 5", i);
	}
}
END_TEST

/* A call that found no memory, or too much garbage, has done nothing. */
START_TEST(refused)
{
	const int errors[] = {-ENOMEM, -ENOBUFS};

	for (unsigned op = HISTORY_PUT; op <= HISTORY_ADD_INT; op++)
		for (size_t e = 0; e < COUNT(errors); e++) {
			struct history_event nothing[] = {
				PUTS(0, A, 5, 0, 1, 2),
				{1, (enum history_op)op, A, 6, 5, errors[e], 0, 3, 4},
				GETS(0, A, 5, 5, 6),
			};

			good(nothing);
			nothing[2].seen = 6;
			bad(nothing);
			nothing[2].seen = 0;
			bad(nothing);
		}
}
END_TEST

/* A sum is what others then see, also the least of all, and what came to nothing is not. */
START_TEST(sums)
{
	struct history_event events[] = {
		{0, HISTORY_ADD_INT, A, 4, 0, 0, 0, 1, 2},
		{0, HISTORY_ADD_INT, A, (uint64_t)-4, 0, 0, 5, 3, 4},
		{0, HISTORY_ADD_INT, A, (uint64_t)-1, 0, -ERANGE, 1, 5, 6},
		GETS(1, A, 1, 7, 8),
	};

	good(events);
	events[3].seen = 0;
	bad(events);
}
END_TEST

/* What an update leaves, removes or gives up is what others then see. */
START_TEST(ends_of_updates)
{
	struct history_event events[] = {
		PUTS(0, A, 5, 0, 1, 2),
		{0, HISTORY_KEEP, A, 0, 0, 0, 5, 3, 4},
		{0, HISTORY_GIVE_UP, A, ECANCELED, 0, -ECANCELED, 5, 5, 6},
		{0, HISTORY_TAKE, A, 0, 0, 0, 5, 7, 8},
		GETS(0, A, 0, 9, 10),
	};

	good(events);
	events[4].seen = 5;
	bad(events);
}
END_TEST

START_TEST(initial_values)
{
	const uint64_t initial[HISTORY_KEYS] = {[B] = 3};
	const struct history_event there[] = {
		GETS(0, B, 3, 1, 2),
		GETS(0, A, 0, 3, 4),
	};

	ck_assert(history_linearizable(there, COUNT(there), initial));
	bad(there);
}
END_TEST

/* ---- Several keys ------------------------------------------------------- */

START_TEST(two_keys)
{
	/* put(a); get(b) beside put(b); get(a): one of the gets must hit. */
	const struct history_event both_miss[] = {
		PUTS(0, A, 1, 0, 1, 3),
		PUTS(1, B, 2, 0, 2, 4),
		GETS(0, B, 0, 5, 7),
		GETS(1, A, 0, 6, 8),
	};
	const struct history_event one_misses[] = {
		PUTS(0, A, 1, 0, 1, 2),
		PUTS(1, B, 2, 0, 4, 5),
		GETS(0, B, 0, 3, 7),
		GETS(1, A, 1, 6, 8),
	};
	/* All overlap: each get may come before the other's put. */
	const struct history_event all_overlap[] = {
		PUTS(0, A, 1, 0, 1, 5),
		PUTS(1, B, 2, 0, 2, 6),
		GETS(2, B, 0, 3, 7),
		GETS(3, A, 0, 4, 8),
	};

	bad(both_miss);
	good(one_misses);
	good(all_overlap);
}
END_TEST

/* Two readers must not see two writes in two orders. */
START_TEST(independent_reads)
{
	struct history_event reads[] = {
		PUTS(0, A, 1, 0, 1, 20), PUTS(1, B, 2, 0, 2, 21), GETS(2, A, 1, 3, 5),
		GETS(2, B, 0, 7, 9),	 GETS(3, B, 2, 10, 11),	  GETS(3, A, 1, 12, 13),
	};

	good(reads);
	reads[5].seen = 0;
	bad(reads);
}
END_TEST

START_TEST(clears)
{
	struct history_event all[] = {
		PUTS(0, A, 1, 0, 1, 2), PUTS(0, B, 2, 0, 3, 4), {1, HISTORY_CLEAR, A, 0, 0, 0, 0, 5, 10},
		GETS(0, A, 0, 6, 7),	GETS(0, B, 0, 8, 9),
	};

	good(all);
	/* A is gone, then B is still there: not one instant. */
	all[4].seen = 2;
	bad(all);
	/* B as it was before, if A is too. */
	all[3].seen = 1;
	good(all);
	/* Nothing is left when it has returned. */
	all[3].invoked = 11;
	all[3].returned = 12;
	bad(all);
	/* A clear that failed for want of memory has left all. */
	all[2].result = -ENOMEM;
	good(all);
}
END_TEST

/* Sorting is the checker's business. */
START_TEST(any_order_of_lines)
{
	const struct history_event events[] = {
		GETS(0, A, 7, 5, 6),
		DELS(1, A, 0, 9, 3, 4),
		PUTS(0, A, 9, 0, 1, 2),
		PUTS(2, A, 7, 0, 2, 7),
	};

	good(events);
}
END_TEST

/* ---- Against trying every order ----------------------------------------- */

#define SMALL 6

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
	uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (x ^ (x >> 31)) % below;
}

/* Whether the calls, one after the other in this order, are right: judged by a
 * history without overlaps, which leaves nothing to search. */
static bool fits(const struct history_event *events, const unsigned *order)
{
	struct history_event line[SMALL];

	for (unsigned i = 0; i < SMALL; i++) {
		for (unsigned j = i + 1; j < SMALL; j++)
			if (events[order[j]].returned < events[order[i]].invoked)
				return false;
		line[i] = events[order[i]];
		line[i].invoked = 2 * i + 1;
		line[i].returned = 2 * i + 2;
	}
	return history_linearizable(line, SMALL, none);
}

static bool some_order_fits(const struct history_event *events, unsigned *order, unsigned fixed)
{
	if (fixed == SMALL)
		return fits(events, order);
	for (unsigned i = fixed; i < SMALL; i++) {
		unsigned other = order[i];
		bool found;

		order[i] = order[fixed];
		order[fixed] = other;
		found = some_order_fits(events, order, fixed + 1);
		order[fixed] = order[i];
		order[i] = other;
		if (found)
			return true;
	}
	return false;
}

START_TEST(every_order)
{
	static const enum history_op ops[] = {
		HISTORY_GET, HISTORY_GET, HISTORY_PUT, HISTORY_ADD, HISTORY_DEL, HISTORY_UPDATE,
	};
	unsigned verdicts[2] = {0, 0};

	random_state = 20;
	for (unsigned n = 0; n < 4000; n++) {
		struct history_event events[SMALL];
		unsigned order[SMALL];
		uint64_t at = 0;
		bool verdict;

		for (unsigned i = 0; i < SMALL; i++) {
			enum history_op op = ops[draw(COUNT(ops))];
			uint64_t seen = draw(2);

			/* Distinct times; about every other pair overlaps. */
			at += 1 + draw(3);
			events[i] = (struct history_event){i, op, (unsigned)draw(2), 1, 0, 0, seen, 100 * at + i, 0};
			events[i].returned = events[i].invoked + 150 * draw(4) + 50;
			events[i].result = op == HISTORY_ADD && seen	? -EEXIST
					   : op == HISTORY_DEL && !seen ? -ENOENT
									: 0;
			order[i] = i;
		}
		verdict = history_linearizable(events, SMALL, none);
		verdicts[verdict]++;
		ck_assert_msg(verdict == some_order_fits(events, order, 0), "history %u: not %d", n, verdict);
	}
	/* Both kinds were met. */
	ck_assert_uint_gt(verdicts[0], 100);
	ck_assert_uint_gt(verdicts[1], 20);
}
END_TEST

/* ---- Long histories ----------------------------------------------------- */

#define THREADS 8
#define CALLS 4000

/* What really happened, with times stretched so that up to eight calls overlap. */
START_TEST(many_calls)
{
	struct history_event *events = calloc(CALLS, sizeof(*events));
	uint64_t value[HISTORY_KEYS] = {0};
	uint64_t busy[THREADS] = {0};
	clock_t began = clock();

	ck_assert_ptr_nonnull(events);
	random_state = 8;
	for (unsigned i = 0; i < CALLS; i++) {
		struct history_event *event = &events[i];
		/* It takes effect at `now`; no thread is in two calls. */
		uint64_t now = 100 * (i + 1);
		unsigned thread = i % THREADS;
		uint64_t *v;

		event->thread = thread;
		event->key = (unsigned)draw(_i);
		event->invoked = busy[thread] + 1 + draw(now - busy[thread] - 1);
		event->returned = busy[thread] = now + 1 + draw(100 * THREADS - 2);
		v = &value[event->key];
		event->seen = *v;
		if (i == CALLS / 2 + 1) {
			event->op = HISTORY_CLEAR;
			event->seen = 0;
			memset(value, 0, sizeof(value));
		} else if (draw(2)) {
			event->op = HISTORY_PUT;
			*v = event->arg = i + 1;
		} else if (draw(2)) {
			event->op = HISTORY_DEL;
			event->result = *v ? 0 : -ENOENT;
			*v = 0;
		}
	}
	ck_assert(history_linearizable(events, CALLS, none));
	/* The last put of the history was seen long before it began. */
	for (unsigned i = CALLS; i-- > CALLS / 2;)
		if (events[i].op == HISTORY_PUT) {
			events[0].op = HISTORY_GET;
			events[0].result = 0;
			events[0].seen = events[i].arg;
			break;
		}
	ck_assert(!history_linearizable(events, CALLS, none));
	free(events);
	/* Generous: a search that tries all orders would not end. */
	ck_assert_int_lt((clock() - began) / CLOCKS_PER_SEC, 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *small = tcase_create("small"), *large = tcase_create("large");
	SRunner *runner;
	int failed;

	tcase_add_test(small, no_calls);
	tcase_add_test(small, stale_read);
	tcase_add_test(small, lost_update);
	tcase_add_test(small, double_add);
	tcase_add_test(small, removed_value_read);
	tcase_add_test(small, conditions);
	tcase_add_test(small, refused);
	tcase_add_test(small, ends_of_updates);
	tcase_add_test(small, sums);
	tcase_add_test(small, initial_values);
	tcase_add_test(small, two_keys);
	tcase_add_test(small, independent_reads);
	tcase_add_test(small, clears);
	tcase_add_test(small, any_order_of_lines);
	suite_add_tcase(suite, small);
	tcase_set_timeout(large, 60);
	tcase_add_test(large, every_order);
	tcase_add_loop_test(large, many_calls, 1, HISTORY_KEYS + 1);
	suite_add_tcase(suite, large);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
