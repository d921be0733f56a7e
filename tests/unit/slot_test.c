/*
 * slot_test: slot.h, transition by transition.
 *
 * The diagram at the top of slot.h is written out below as a matrix: for each
 * state that a value word may have and each transition, the state that comes
 * of it.  Where the diagram has no arrow the matrix says REFUSED, and the
 * transition must then return false and leave the word alone.  Every pair is
 * a test of its own and runs with the smallest, an ordinary and the largest
 * value, so that no encoding can pass by luck.
 *
 * The second part is what a single step cannot show: a CAS that loses.
 * NB_POINT() lets the test change the word at the very place where another
 * thread could.
 */
#include <stdint.h>

/* Runs the next thing that "another thread" has to do, before each access. */
static void at_point(void);
#define NB_POINT(object) at_point()

#include "slot.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>

/* ---- The other thread ---------------------------------------------------- */

static struct {
	nb_word *word;
	uint64_t store[2]; /* what it stores, one before each access; the last one first */
	int wait;	   /* accesses to let pass first */
	int left;	   /* stores to do */
} other;

static void at_point(void)
{
	if (!other.left || other.wait-- > 0)
		return;
	other.wait = 0;
	atomic_store(other.word, other.store[--other.left]);
}

/* Let `wait` accesses pass, then store `first` before the next. */
static void interfere(nb_word *word, int wait, uint64_t first)
{
	other.word = word;
	other.wait = wait;
	other.left = 1;
	other.store[0] = first;
}

/* And `second` before the one after that. */
static void interfere_twice(nb_word *word, int wait, uint64_t first, uint64_t second)
{
	interfere(word, wait, second);
	other.left = 2;
	other.store[1] = first;
}

static uint64_t look(nb_word *word)
{
	return atomic_load(word);
}

/* ---- Value words --------------------------------------------------------- */

enum state {
	EMPTY,
	VALUE,
	TOMB,
	SEALED_EMPTY,
	FROZEN,
	SEALED_TOMB,
	MOVED,
	CARRIED_EMPTY,
	CARRIED_VALUE,
	CARRIED_TOMB,
	STATES,
	/* results only */
	OTHER_VALUE, /* VALUE, with the new value */
	REFUSED
};

static const char *const state_names[STATES] = {
	"EMPTY",	  "VALUE",
	"TOMB",		  "SEALED_EMPTY",
	"FROZEN",	  "SEALED_TOMB",
	"MOVED",	  "SEALED_EMPTY, CARRIED",
	"MOVED, CARRIED", "SEALED_TOMB, CARRIED",
};

enum step { SET, REMOVE, ARRIVE, FREEZE, MOVE, MOVE_CARRIED, MOVE_ALIKE, CARRY, STEPS };

static const char *const step_names[STEPS] = {"set", "remove", "arrive", "freeze", "move", "move carried", "move alike", "carry"};

/* The diagram.  A step that is already done, where the header allows that, leaves the state as it is. */
static const enum state expected[STATES][STEPS] = {
	/* clang-format off */
	/*                  SET          REMOVE   ARRIVE       FREEZE         MOVE     MOVE_CARRIED   MOVE_ALIKE  CARRY */
	[EMPTY]         = {OTHER_VALUE, REFUSED, OTHER_VALUE, SEALED_EMPTY,  REFUSED, REFUSED,       REFUSED,    REFUSED},
	[VALUE]         = {OTHER_VALUE, TOMB,    REFUSED,     FROZEN,        REFUSED, REFUSED,       REFUSED,    REFUSED},
	[TOMB]          = {OTHER_VALUE, REFUSED, REFUSED,     SEALED_TOMB,   REFUSED, REFUSED,       REFUSED,    REFUSED},
	[SEALED_EMPTY]  = {REFUSED,     REFUSED, REFUSED,     SEALED_EMPTY,  REFUSED, REFUSED,       REFUSED,    CARRIED_EMPTY},
	[FROZEN]        = {REFUSED,     REFUSED, REFUSED,     FROZEN,        MOVED,   CARRIED_VALUE, MOVED,      REFUSED},
	[SEALED_TOMB]   = {REFUSED,     REFUSED, REFUSED,     SEALED_TOMB,   REFUSED, REFUSED,       REFUSED,    CARRIED_TOMB},
	[MOVED]         = {REFUSED,     REFUSED, REFUSED,     MOVED,         REFUSED, REFUSED,       REFUSED,    CARRIED_VALUE},
	[CARRIED_EMPTY] = {REFUSED,     REFUSED, REFUSED,     CARRIED_EMPTY, REFUSED, REFUSED,       REFUSED,    CARRIED_EMPTY},
	[CARRIED_VALUE] = {REFUSED,     REFUSED, REFUSED,     CARRIED_VALUE, REFUSED, REFUSED,       REFUSED,    CARRIED_VALUE},
	[CARRIED_TOMB]  = {REFUSED,     REFUSED, REFUSED,     CARRIED_TOMB,  REFUSED, REFUSED,       REFUSED,    CARRIED_TOMB},
	/* clang-format on */
};

/* The word of a state, spelt out in numbers: payload EMPTY 0, TOMB 4, values from 8 on; the phase in bits 0 and 1. */
static uint64_t word_of(enum state state, uint64_t value, uint64_t other_value)
{
	switch (state) {
	case EMPTY:
		return 0;
	case VALUE:
		return value;
	case TOMB:
		return 4;
	case SEALED_EMPTY:
		return 1;
	case FROZEN:
		return value + 1;
	case SEALED_TOMB:
		return 5;
	case MOVED:
		return value + 2;
	case CARRIED_EMPTY:
		return 3;
	case CARRIED_VALUE:
		return value + 3;
	case CARRIED_TOMB:
		return 7;
	default:
		return other_value;
	}
}

static const uint64_t values[] = {8, 12, UINT64_C(0x00007f5a12345678), UINT64_MAX - 7, UINT64_MAX - 3};
#define VALUES (sizeof(values) / sizeof(*values))

/* Take one step from `word`; what the function returned, freeze's word aside. */
static bool take(enum step step, nb_word *slot, uint64_t word, uint64_t value)
{
	uint64_t seen = word;

	switch (step) {
	case SET:
		return nb_value_set(slot, &seen, value);
	case REMOVE:
		return nb_value_remove(slot, &seen);
	case ARRIVE:
		return nb_value_arrive(slot, &seen, value);
	case FREEZE:
		return nb_value_freeze(slot) == look(slot);
	case MOVE:
		return nb_value_move(slot, word, false);
	case MOVE_CARRIED:
		return nb_value_move(slot, word, true);
	case MOVE_ALIKE:
		return nb_value_move_alike(slot, word);
	case CARRY:
		return nb_value_carry(slot);
	default:
		abort();
	}
}

START_TEST(value_transition)
{
	enum state from = (enum state)(_i / STEPS);
	enum step step = (enum step)(_i % STEPS);
	enum state to = expected[from][step];

	for (size_t i = 0; i < VALUES; i++) {
		uint64_t value = values[i], new_value = values[(i + 1) % VALUES];
		uint64_t word = word_of(from, value, 0);
		uint64_t after = to == REFUSED ? word : word_of(to, value, new_value);
		nb_word slot = word;
		bool done = take(step, &slot, word, new_value);

		ck_assert_msg(done == (to != REFUSED), "%s from %s, value %" PRIx64 ": returned %d", step_names[step],
			      state_names[from], value, done);
		ck_assert_msg(look(&slot) == after, "%s from %s, value %" PRIx64 ": %" PRIx64 ", not %" PRIx64,
			      step_names[step], state_names[from], value, look(&slot), after);
	}
}
END_TEST

/* The invariants of slot.h, after any step from any state. */
START_TEST(value_invariants)
{
	for (int from = 0; from < STATES; from++)
		for (int step = 0; step < STEPS; step++)
			for (size_t i = 0; i < VALUES; i++) {
				uint64_t word = word_of((enum state)from, values[i], 0), after;
				nb_word slot = word;

				(void)take((enum step)step, &slot, word, values[(i + 1) % VALUES]);
				after = look(&slot);
				ck_assert(nb_value_valid(after));
				ck_assert_uint_ge(nb_phase(after), nb_phase(word));
				if (!nb_is_open(word))
					ck_assert_uint_eq(nb_payload(after), nb_payload(word));
				if (nb_payload(word) != NB_EMPTY)
					ck_assert_uint_ne(nb_payload(after), NB_EMPTY);
			}
}
END_TEST

/* What the predicates say of each state. */
START_TEST(value_predicates)
{
	for (size_t i = 0; i < VALUES; i++)
		for (int n = 0; n < STATES; n++) {
			enum state state = (enum state)n;
			uint64_t word = word_of(state, values[i], 0);
			bool open = state == EMPTY || state == VALUE || state == TOMB;
			bool value = state == VALUE || state == FROZEN || state == MOVED || state == CARRIED_VALUE;

			ck_assert_msg(nb_value_valid(word), "%s is valid", state_names[n]);
			ck_assert_msg(nb_is_open(word) == open, "open: %s", state_names[n]);
			ck_assert_msg(nb_has_value(word) == value, "has a value: %s", state_names[n]);
			ck_assert_msg(nb_is_frozen_value(word) == (state == FROZEN), "frozen: %s", state_names[n]);
			ck_assert_msg(nb_is_final(word) == (!open && state != FROZEN), "final: %s", state_names[n]);
			ck_assert_uint_eq(nb_phase(word) | nb_payload(word), word);
			if (value)
				ck_assert_uint_eq(nb_payload(word), values[i]);
		}
}
END_TEST

/* MOVED without a value is the one thing that is not a state. */
START_TEST(value_not_valid)
{
	ck_assert(!nb_value_valid(NB_EMPTY | NB_MOVED));
	ck_assert(!nb_value_valid(NB_TOMB | NB_MOVED));
	ck_assert(nb_value_valid(NB_VALUE_MIN | NB_MOVED));
}
END_TEST

/* What is not a value may not be stored as one, whatever stands in the slot. */
START_TEST(value_refused_argument)
{
	static const uint64_t bad[] = {NB_EMPTY,  NB_TOMB, 1, 2, 3, 5, 6, 7, 9, 10, 11, NB_VALUE_MIN | NB_CARRIED,
				       UINT64_MAX};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		for (int n = 0; n < STATES; n++) {
			uint64_t word = word_of((enum state)n, 4096, 0), seen = word;
			nb_word slot = word;

			ck_assert_msg(!nb_value_set(&slot, &seen, bad[i]), "set %" PRIx64, bad[i]);
			ck_assert_uint_eq(look(&slot), word);
			ck_assert_msg(!nb_value_arrive(&slot, &seen, bad[i]), "arrive %" PRIx64, bad[i]);
			ck_assert_uint_eq(look(&slot), word);
		}
}
END_TEST

/* ---- Value words: steps that lose ---------------------------------------- */

/* A writer that decided on one word and meets another learns which. */
START_TEST(set_loses)
{
	static const enum state believed[] = {EMPTY, VALUE, TOMB};

	for (size_t i = 0; i < 3; i++)
		for (int n = 0; n < STATES; n++) {
			uint64_t seen = word_of(believed[i], 4096, 0);
			uint64_t there = word_of((enum state)n, 8192, 0);
			nb_word slot = there;

			if (seen == there)
				continue;
			ck_assert(!nb_value_set(&slot, &seen, 12288));
			ck_assert_uint_eq(look(&slot), there);
			ck_assert_msg(seen == there, "the witness is %" PRIx64 ", not %s", seen, state_names[n]);
		}
}
END_TEST

START_TEST(remove_loses)
{
	for (int n = 0; n < STATES; n++) {
		uint64_t seen = 4096;
		uint64_t there = word_of((enum state)n, 8192, 0);
		nb_word slot = there;

		ck_assert(!nb_value_remove(&slot, &seen));
		ck_assert_uint_eq(look(&slot), there);
		ck_assert_msg(seen == there, "the witness is %" PRIx64 ", not %s", seen, state_names[n]);
	}
}
END_TEST

/* A copier learns from the witness whether its value has arrived. */
START_TEST(arrive_loses)
{
	for (int n = 1; n < STATES; n++) {
		uint64_t seen = 77;
		uint64_t there = word_of((enum state)n, 8192, 0);
		nb_word slot = there;

		ck_assert(!nb_value_arrive(&slot, &seen, 4096));
		ck_assert_uint_eq(look(&slot), there);
		ck_assert_msg(seen == there, "the witness is %" PRIx64 ", not %s", seen, state_names[n]);
	}
}
END_TEST

/* A second arrival of the same value is refused too: the first may have been read, and removed. */
START_TEST(arrive_once)
{
	nb_word slot = NB_EMPTY;
	uint64_t seen;

	ck_assert(nb_value_arrive(&slot, &seen, 4096));
	ck_assert(!nb_value_arrive(&slot, &seen, 4096));
	ck_assert(nb_value_remove(&slot, &seen));
	ck_assert(!nb_value_arrive(&slot, &seen, 4096));
	ck_assert_uint_eq(seen, NB_TOMB);
	ck_assert_uint_eq(look(&slot), NB_TOMB);
}
END_TEST

/* A writer that comes between freeze's load and its CAS is frozen with what it wrote. */
START_TEST(freeze_beside_writer)
{
	nb_word slot = NB_EMPTY;

	/* Before its second access, the CAS. */
	interfere(&slot, 1, 4096);
	ck_assert_uint_eq(nb_value_freeze(&slot), 4096 | NB_FROZEN);
	ck_assert_uint_eq(look(&slot), 4096 | NB_FROZEN);
	ck_assert_int_eq(other.left, 0);
}
END_TEST

/* Twice over: set, then removed; the tombstone must be sealed, and not the emptiness it saw first. */
START_TEST(freeze_beside_two_writers)
{
	nb_word slot = NB_EMPTY;

	interfere_twice(&slot, 1, 4096, NB_TOMB);
	ck_assert_uint_eq(nb_value_freeze(&slot), NB_TOMB | NB_FROZEN);
	ck_assert_uint_eq(look(&slot), NB_TOMB | NB_FROZEN);
	ck_assert_int_eq(other.left, 0);
}
END_TEST

/* Another copier was quicker, and has even moved it. */
START_TEST(freeze_beside_copier)
{
	nb_word slot = 4096;

	interfere(&slot, 1, 4096 | NB_MOVED);
	ck_assert_uint_eq(nb_value_freeze(&slot), 4096 | NB_MOVED);
	ck_assert_uint_eq(look(&slot), 4096 | NB_MOVED);
}
END_TEST

/* Only the word that was frozen is moved: nothing else that may stand there by now. */
START_TEST(move_loses)
{
	for (int n = 0; n < STATES; n++) {
		uint64_t there = word_of((enum state)n, 8192, 0);
		nb_word slot = there;

		ck_assert(!nb_value_move(&slot, 4096 | NB_FROZEN, false));
		ck_assert(!nb_value_move(&slot, 4096 | NB_FROZEN, true));
		ck_assert_uint_eq(look(&slot), there);
	}
}
END_TEST

/* Of two copiers that move a slot one succeeds, and the key's owner is recorded once. */
START_TEST(move_once)
{
	nb_word slot = 4096 | NB_FROZEN;

	ck_assert(nb_value_move(&slot, 4096 | NB_FROZEN, true));
	ck_assert(!nb_value_move(&slot, 4096 | NB_FROZEN, false));
	ck_assert_uint_eq(look(&slot), 4096 | NB_CARRIED);
}
END_TEST

/* A writer that carries the key of a MOVED slot while another does the same. */
START_TEST(carry_twice)
{
	nb_word slot = 4096 | NB_MOVED;

	interfere(&slot, 1, 4096 | NB_CARRIED);
	ck_assert(nb_value_carry(&slot));
	ck_assert_uint_eq(look(&slot), 4096 | NB_CARRIED);
}
END_TEST

/* ---- Key words ------------------------------------------------------------ */

static const uint64_t keys[] = {2, 3, UINT64_C(0x1234000000005678), UINT64_MAX};
#define KEYS (sizeof(keys) / sizeof(*keys))

START_TEST(key_claim_empty)
{
	for (size_t i = 0; i < KEYS; i++) {
		nb_word key = NB_KEY_EMPTY;
		uint64_t seen = 77;

		ck_assert(nb_key_claim(&key, &seen, keys[i]));
		ck_assert_uint_eq(look(&key), keys[i]);
	}
}
END_TEST

START_TEST(key_claim_claimed)
{
	for (size_t i = 0; i < KEYS; i++)
		for (size_t j = 0; j < KEYS; j++) {
			nb_word key = keys[i];
			uint64_t seen = 77;

			ck_assert(!nb_key_claim(&key, &seen, keys[j]));
			ck_assert_uint_eq(look(&key), keys[i]);
			ck_assert_uint_eq(seen, keys[i]);
		}
}
END_TEST

START_TEST(key_claim_closed)
{
	nb_word key = NB_KEY_CLOSED;
	uint64_t seen = 77;

	ck_assert(!nb_key_claim(&key, &seen, keys[0]));
	ck_assert_uint_eq(look(&key), NB_KEY_CLOSED);
	ck_assert_uint_eq(seen, NB_KEY_CLOSED);
}
END_TEST

/* The two sentinels are no keys. */
START_TEST(key_claim_refused)
{
	for (uint64_t word = NB_KEY_EMPTY; word <= NB_KEY_CLOSED; word++) {
		nb_word key = NB_KEY_EMPTY;
		uint64_t seen = 77;

		ck_assert(!nb_key_claim(&key, &seen, word));
		ck_assert_uint_eq(look(&key), NB_KEY_EMPTY);
	}
}
END_TEST

START_TEST(key_close_empty)
{
	nb_word key = NB_KEY_EMPTY;
	uint64_t seen = 77;

	ck_assert(nb_key_close(&key, &seen));
	ck_assert_uint_eq(look(&key), NB_KEY_CLOSED);
}
END_TEST

START_TEST(key_close_claimed)
{
	for (size_t i = 0; i < KEYS; i++) {
		nb_word key = keys[i];
		uint64_t seen = 77;

		ck_assert(!nb_key_close(&key, &seen));
		ck_assert_uint_eq(look(&key), keys[i]);
		ck_assert_uint_eq(seen, keys[i]);
	}
}
END_TEST

START_TEST(key_close_closed)
{
	nb_word key = NB_KEY_CLOSED;
	uint64_t seen = 77;

	ck_assert(!nb_key_close(&key, &seen));
	ck_assert_uint_eq(look(&key), NB_KEY_CLOSED);
	ck_assert_uint_eq(seen, NB_KEY_CLOSED);
}
END_TEST

/* A claim and a close at one moment: whoever is second learns who was first. */
START_TEST(key_claim_beside_close)
{
	nb_word key = NB_KEY_EMPTY;
	uint64_t seen;

	interfere(&key, 0, NB_KEY_CLOSED);
	ck_assert(!nb_key_claim(&key, &seen, keys[2]));
	ck_assert_uint_eq(seen, NB_KEY_CLOSED);
	atomic_store(&key, NB_KEY_EMPTY);
	interfere(&key, 0, keys[2]);
	ck_assert(!nb_key_close(&key, &seen));
	ck_assert_uint_eq(seen, keys[2]);
	ck_assert_uint_eq(look(&key), keys[2]);
}
END_TEST

/* ---- The line ------------------------------------------------------------- */

START_TEST(line_is_a_cache_line)
{
	ck_assert_uint_eq(sizeof(struct nb_line), 64);
	ck_assert_uint_eq(_Alignof(struct nb_line), 64);
	ck_assert_uint_eq(offsetof(struct nb_line, value), 32);
}
END_TEST

static void forget(void)
{
	other.left = 0;
}

static Suite *slot_suite(void)
{
	Suite *suite = suite_create("slot");
	TCase *value = tcase_create("value");
	TCase *key = tcase_create("key");

	tcase_add_checked_fixture(value, forget, forget);
	tcase_add_checked_fixture(key, forget, forget);
	tcase_add_loop_test(value, value_transition, 0, STATES * STEPS);
	tcase_add_test(value, value_invariants);
	tcase_add_test(value, value_predicates);
	tcase_add_test(value, value_not_valid);
	tcase_add_test(value, value_refused_argument);
	tcase_add_test(value, set_loses);
	tcase_add_test(value, remove_loses);
	tcase_add_test(value, arrive_loses);
	tcase_add_test(value, arrive_once);
	tcase_add_test(value, freeze_beside_writer);
	tcase_add_test(value, freeze_beside_two_writers);
	tcase_add_test(value, freeze_beside_copier);
	tcase_add_test(value, move_loses);
	tcase_add_test(value, move_once);
	tcase_add_test(value, carry_twice);
	suite_add_tcase(suite, value);
	tcase_add_test(key, key_claim_empty);
	tcase_add_test(key, key_claim_claimed);
	tcase_add_test(key, key_claim_closed);
	tcase_add_test(key, key_claim_refused);
	tcase_add_test(key, key_close_empty);
	tcase_add_test(key, key_close_claimed);
	tcase_add_test(key, key_close_closed);
	tcase_add_test(key, key_claim_beside_close);
	tcase_add_test(key, line_is_a_cache_line);
	suite_add_tcase(suite, key);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(slot_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
