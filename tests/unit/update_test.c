/*
 * update: whose a value is, in every course that an update can take.
 *
 * A course is a list of steps, one for each call of the callback:
 *
 *   what it leaves in *value    the spare as it is, NULL, a fresh value, the present
 *                               one, a word that is no value
 *   what it answers             KEEP, SET, REMOVE, an error, no action at all
 *   what happens then           nothing; another puts, removes or does both, so that
 *                               the attempt is lost; a limit, or a lack of memory for
 *                               the key, refuses it
 *
 * All courses of two steps are gone through, for both kinds of key, present and
 * absent, with and without a value_free, in all flavours; of three steps in bp.  An
 * oracle follows the words of nbmap.h beside the map, and says of each value when it
 * is freed, and how often.  Values are never freed in fact, so that a second time
 * is seen, not suffered.  Nor may a value_free wait, wherever it is called.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "either.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"

#define KINDS 2
#define OWNERS 2
#define CASES (FLAVORS * KINDS * OWNERS)
#define STEPS 3
#define LIMIT 512

/* ---- Courses ------------------------------------------------------------ */

enum leave { LEAVES_SPARE, LEAVES_NULL, LEAVES_FRESH, LEAVES_CURRENT, LEAVES_NO_VALUE, LEAVES };
enum happens { NOTHING, PUT, DEL, PUT_DEL, AT_LIMIT, NO_KEY, HAPPENINGS };

static const char *const leave_name[] = {"spare", "NULL", "fresh", "current", "no value"};
static const char *const happens_name[] = {"nothing", "put", "del", "put del", "limit", "no memory for the key"};
static const int actions[] = {NBMAP_KEEP, NBMAP_SET, NBMAP_REMOVE, -ECANCELED, 3};
#define ACTIONS (sizeof(actions) / sizeof(*actions))

static struct step {
	enum leave leave;
	int action;
	enum happens happens;
} course[STEPS];

/* What decides how a course may go on. */
struct state {
	bool present, spare, slot; /* the key has a value, the update a spare, the table a slot for the key */
};

/* Whether the attempt goes on to the map, and could be lost there. */
static bool is_attempt(const struct step *step, struct state state)
{
	if (step->action == NBMAP_REMOVE)
		return state.present;
	return step->action == NBMAP_SET &&
	       (step->leave == LEAVES_FRESH || (step->leave == LEAVES_SPARE && state.spare));
}

static bool is_lost(const struct step *step, bool present)
{
	return step->happens == PUT || ((step->happens == DEL || step->happens == PUT_DEL) && present);
}

/* ---- Values, and what must become of them -------------------------------- */

enum fate {
	UNUSED,
	SPARE,
	STORED,
	TAKEN,	   /* is the callback's, or of whoever displaced it where there is no value_free */
	DISCARDED, /* freed at once */
	DISPLACED, /* freed after a grace period */
};

/* Each step makes at most one, and another one; and there is the first. */
#define BOXES (2 * STEPS + 1)

static struct box {
	_Alignas(16) enum fate fate;
	unsigned freed;
} box[BOXES];

static struct either map;
static bool owns, first_present;
static unsigned calls, steps;
static struct box *spare, *current;
/* An attempt to displace a value, if it has no place to wait in yet, gets one; it keeps
 * that when it is lost. */
static bool displaces, has_place;

static _Noreturn void give_up(const char *condition, int line)
{
	char text[512] = "";

	for (unsigned i = 0; i < steps; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "; leaves %s, answers %d, then %s",
			 leave_name[course[i].leave], course[i].action, happens_name[course[i].happens]);
	ck_abort_msg("line %d: %s: %s key, %s, %s value_free; call %u of%s", line, condition,
		     map.integer ? "integer" : "object", first_present ? "present" : "absent",
		     owns ? "with" : "without", calls, text);
}

#define check(condition) ((condition) ? (void)0 : give_up(#condition, __LINE__))

static struct box *make_box(enum fate fate)
{
	struct box *made = box;

	while (made->fate != UNUSED)
		made++;
	crew_check(made < box + BOXES);
	made->fate = fate;
	return made;
}

/* In an update, too: a wait there would end a section of QSBR. */
static void free_box(void *value, void *arg)
{
	(void)arg;
	crew_check((struct box *)value >= box && (struct box *)value < box + BOXES);
	crew_check(nbmap_domain_synchronize(map.domain) == -EDEADLK);
	((struct box *)value)->freed++;
}

static void displace(struct box *value)
{
	value->fate = owns ? DISPLACED : TAKEN;
}

/* Each has been freed as often as it should by now. */
static void check_fates(bool settled)
{
	for (unsigned i = 0; i < BOXES; i++) {
		unsigned times = owns && (box[i].fate == DISCARDED || (settled && box[i].fate == DISPLACED));

		check(box[i].freed == times);
	}
}

/* ---- The map ------------------------------------------------------------ */

static struct count_key object;
static uint64_t id;
static char garbage;

static void begin(int turn)
{
	const struct nbmap_domain_config config = {
		.flavor = (enum nbmap_flavor)(turn / KINDS / OWNERS), .flags = NBMAP_NO_THREAD, .limit_objects = LIMIT};

	owns = turn / KINDS % OWNERS;
	id = 0;
	either_open(&map, turn % KINDS, &config, owns ? free_box : NULL);
}

/* All that waits is freed. */
static void settle(void)
{
	nbmap_domain_leave(map.domain);
	crew_check(!nbmap_domain_barrier(map.domain));
	nbmap_domain_enter(map.domain);
}

static void free_nothing(void *nothing, void *arg)
{
	(void)nothing;
	(void)arg;
}

static void come_to_the_limit(void)
{
	int error = 0;

	for (unsigned i = 0; !error; i++) {
		crew_check(i < 10 * LIMIT);
		error = nbmap_domain_retire(map.domain, &garbage, free_nothing, NULL);
	}
	crew_check(error == -ENOBUFS);
}

/* ---- The callback, and the oracle beside it ------------------------------- */

static void happen(enum happens happens)
{
	struct box *other;

	switch (happens) {
	case PUT:
	case PUT_DEL:
		other = make_box(STORED);
		either_interfere(&map, NB_PUT, id, other);
		if (current)
			displace(current);
		if (happens == PUT) {
			current = other;
			return;
		}
		current = NULL;
		displace(other);
		either_interfere(&map, NB_DEL, id, NULL);
		return;
	case DEL:
		either_interfere(&map, NB_DEL, id, NULL);
		displace(current);
		current = NULL;
		return;
	case AT_LIMIT:
		come_to_the_limit();
		return;
	case NO_KEY:
		count_fail_from(map.count, COUNT_KEYS, 1);
		return;
	default:
		return;
	}
}

static int play(void *shown, void **value)
{
	const struct step *step = &course[calls++];
	struct box *left;

	check(calls <= steps);
	check(*value == spare);
	check(shown == current);
	check_fates(false);
	has_place |= displaces;
	switch (step->leave) {
	case LEAVES_NULL:
		*value = NULL;
		break;
	case LEAVES_FRESH:
		*value = make_box(SPARE);
		break;
	case LEAVES_CURRENT:
		*value = current;
		break;
	case LEAVES_NO_VALUE:
		*value = (void *)9;
		break;
	default:
		break;
	}
	left = *value;
	if (spare && left != spare)
		spare->fate = left ? DISCARDED : TAKEN;
	spare = step->leave == LEAVES_NO_VALUE || left == current ? NULL : left;
	displaces = owns && shown && (step->action == NBMAP_REMOVE || (step->action == NBMAP_SET && spare));
	happen(step->happens);
	return step->action;
}

static int play_object(const void *key, void *shown, void **value, void *arg)
{
	(void)arg;
	check(((const struct count_key *)key)->id == id);
	return play(shown, value);
}

static int play_integer(uint64_t key, void *shown, void **value, void *arg)
{
	(void)arg;
	check(key == id);
	return play(shown, value);
}

/* What the last step makes of the key and of what is left; returns the update's result. */
static int conclude(const struct step *step)
{
	int result = step->action < 0 ? step->action : step->action == 3 ? -EINVAL : 0;

	if (step->action == NBMAP_REMOVE && current) {
		displace(current);
		current = NULL;
	}
	if (step->action == NBMAP_SET) {
		if (!spare)
			/* It has left the present value, or none. */
			result = step->leave == LEAVES_CURRENT && current ? 0 : -EINVAL;
		else if (step->happens == AT_LIMIT && (!current || (owns && !has_place)))
			result = -ENOBUFS;
		else if (step->happens == NO_KEY)
			result = -ENOMEM;
		else {
			if (current)
				displace(current);
			current = spare;
			current->fate = STORED;
			spare = NULL;
		}
	}
	if (spare)
		spare->fate = DISCARDED;
	return result;
}

static void run_course(unsigned length)
{
	static char untouched;
	void *seen = &untouched, *shown;
	int result;

	memset(box, 0, sizeof(box));
	object = count_key(++id);
	calls = 0;
	steps = length;
	spare = current = NULL;
	displaces = has_place = false;
	if (first_present) {
		current = make_box(STORED);
		either_interfere(&map, NB_PUT, id, current);
	}
	result = map.integer ? nbmap_u64_update(map.integers, id, play_integer, NULL, &seen)
			     : nbmap_update(map.objects, &object, play_object, NULL, &seen);
	count_fail_stop(map.count);
	check(calls == steps);
	shown = current;
	check(result == conclude(&course[steps - 1]));
	check(seen == (result ? &untouched : shown));
	check_fates(false);
	check(either_get(&map, id) == current);
	if (current) {
		either_interfere(&map, NB_DEL, id, NULL);
		displace(current);
	}
	settle();
	check_fates(true);
}

/* All courses that begin with the first `length` steps. */
static void run_courses(unsigned length, unsigned most, struct state state)
{
	struct step *step = &course[length];

	check(length < STEPS);
	for (int leave = 0; leave < LEAVES; leave++)
		for (size_t a = 0; a < ACTIONS; a++)
			for (int happens = 0; happens < HAPPENINGS; happens++) {
				*step = (struct step){(enum leave)leave, actions[a], (enum happens)happens};
				if (happens != NOTHING && !is_attempt(step, state))
					continue;
				if (happens == DEL && !state.present)
					continue;
				if (happens == NO_KEY && (map.integer || state.slot))
					continue;
				if (!is_lost(step, state.present))
					run_course(length + 1);
				else if (length + 1 < most)
					run_courses(length + 1, most,
						    (struct state){happens == PUT,
								   leave == LEAVES_FRESH ||
									   (leave == LEAVES_SPARE && state.spare),
								   true});
			}
}

/* _i: flavour, value_free or not, kind of key. */
START_TEST(test_every_course)
{
	const unsigned most = _i / KINDS / OWNERS == NBMAP_BP ? (unsigned)test_rounds(STEPS, 2) : 2;

	begin(_i);
	for (int present = 0; present < 2; present++) {
		first_present = present;
		run_courses(0, most, (struct state){.present = present, .slot = present});
	}
	either_close(&map);
}
END_TEST

/* ---- No memory for what is displaced -------------------------------------- */

static int set_another(void *shown, void **value)
{
	check(*value == spare);
	if (spare)
		spare->fate = DISCARDED;
	*value = spare = make_box(SPARE);
	if (!shown)
		happen(PUT);
	else
		count_fail_from(map.count, COUNT_MEMORY, 1);
	return NBMAP_SET;
}

static int set_another_object(const void *key, void *shown, void **value, void *arg)
{
	(void)key;
	(void)arg;
	return set_another(shown, value);
}

static int set_another_integer(uint64_t key, void *shown, void **value, void *arg)
{
	(void)key;
	(void)arg;
	return set_another(shown, value);
}

/* Both attempts made a value; the second meets -ENOMEM. */
START_TEST(test_no_memory_after_a_lost_attempt)
{
	owns = true;
	memset(box, 0, sizeof(box));
	spare = current = NULL;
	id = 1;
	object = count_key(id);
	either_open(&map, _i, &(const struct nbmap_domain_config){.flags = NBMAP_NO_THREAD}, free_box);
	ck_assert_int_eq(map.integer ? nbmap_u64_update(map.integers, 1, set_another_integer, NULL, NULL)
				     : nbmap_update(map.objects, &object, set_another_object, NULL, NULL),
			 -ENOMEM);
	ck_assert_uint_gt(count_fail_stop(map.count), 0);
	spare->fate = DISCARDED;
	check_fates(false);
	ck_assert_ptr_eq(either_get(&map, id), current);
	displace(current);
	either_close(&map);
	check_fates(true);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("update");
	TCase *tcase = tcase_create("update");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_every_course, 0, CASES);
	tcase_add_loop_test(tcase, test_no_memory_after_a_lost_attempt, 0, KINDS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
