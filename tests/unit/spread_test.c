/*
 * spread: keys with a structure crowd no more than random ones, whatever the seed.
 *
 * A table of LINES lines is filled as far as the map fills one, from the homes
 * that the core gives the keys.  Of each seed are counted, not timed,
 *
 *   hit    the lines that a probe for each key reads, on average
 *   place  the lines up to the first that has room, from each line, on average
 *   miss   the lines that a probe reads for as many other keys of the family, which
 *          ends where spill.h says, on average
 *
 * For random keys hit is about 1.39 on average and 1.6 in the worst of a thousand
 * seeds; place is 3.8 and 16; miss is 1.39 and 3.4.  Where a table is about to be left
 * they are 1.73 and 3, 8.3 and 35, 2.05 and 6.  A key's hash that is a linear
 * function of the key gives hit above 5 with one seed of a hundred.  Here hit is above
 * 2 with one seed of some hundred thousand; more than CROWDED_MAX of a thousand are not
 * met.
 *
 * The same families are the hashes of object keys: what a user's function
 * that mixes nothing may answer.  Names that count up, as keys of the ready-made types,
 * are families of their own.
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "key.h"
#include "nbmap.h"
#include "run.h"
#include "table.h"
#include "tuning.h"

#define LINES 1000u
#define SLOTS (LINES * NB_LINE_SLOTS)
#define SEEDS 1000u
#define SLOW_SEEDS 20u

/* How full a table is, and what is the most then: on average, and with one seed. */
struct load {
	unsigned keys, seeds;
	double hit, place, miss;
	double hit_worst, place_worst, miss_worst;
};

/* As room that was asked for is filled, and as the last claim before a table is left
 * finds it. */
static const struct load loads[] = {
	{SLOTS * NB_TIGHT_FILL_NUM / NB_TIGHT_FILL_DEN, SEEDS, 1.45, 4.5, 1.6, 2, 20, 4},
	{SLOTS * NB_TIGHT_USED_NUM / NB_TIGHT_USED_DEN, SEEDS / 4, 1.95, 13, 2.7, 3.5, 80, 9},
};
#define LOADS (sizeof(loads) / sizeof(*loads))

#define CROWDED_MAX 2u /* seeds of a family that pass the worst */

/* ---- Families of keys ---------------------------------------------------- */

static uint64_t bits_of_double(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return bits;
}

static uint64_t bits_of_float(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static uint64_t swap_bytes(uint64_t x)
{
	uint64_t swapped = 0;

	for (unsigned i = 0; i < 8; i++, x >>= 8)
		swapped = swapped << 8 | (x & 0xff);
	return swapped;
}

static uint64_t reverse_bits(uint64_t x)
{
	uint64_t reversed = 0;

	for (unsigned i = 0; i < 64; i++, x >>= 1)
		reversed = reversed << 1 | (x & 1);
	return reversed;
}

static uint64_t stride_7(uint64_t i)
{
	return i * 7;
}
static uint64_t stride_1000(uint64_t i)
{
	return i * 1000;
}
static uint64_t nanoseconds(uint64_t i)
{
	return UINT64_C(1700000000000000000) + i * 1000000;
}
static uint64_t golden(uint64_t i)
{
	return i * UINT64_C(0x9e3779b97f4a7c15);
}
static uint64_t downwards(uint64_t i)
{
	return 0 - i;
}
static uint64_t whole_double(uint64_t i)
{
	return bits_of_double((double)i);
}
static uint64_t eighth_double(uint64_t i)
{
	return bits_of_double((double)i / 8);
}
static uint64_t negative_double(uint64_t i)
{
	return bits_of_double(-(double)i);
}
static uint64_t low_float(uint64_t i)
{
	return bits_of_float((float)i);
}
static uint64_t high_float(uint64_t i)
{
	return bits_of_float((float)i) << 32;
}
static uint64_t big_endian(uint64_t i)
{
	return swap_bytes(i);
}
static uint64_t big_endian_32(uint64_t i)
{
	return swap_bytes(i) >> 32;
}
static uint64_t bits_reversed(uint64_t i)
{
	return reverse_bits(i);
}
static uint64_t small_objects(uint64_t i)
{
	return UINT64_C(0x55d000001010) + i * 32;
}
static uint64_t pages(uint64_t i)
{
	return UINT64_C(0x7f0000000000) + i * 4096;
}
static uint64_t huge_pages(uint64_t i)
{
	return UINT64_C(0x7f0000000000) + (i << 21);
}
static uint64_t nibbles_apart(uint64_t i)
{
	return (i & 15) | (i >> 4 & 15) << 16 | (i >> 8 & 15) << 32 | i >> 12 << 48;
}
static uint64_t nibbles_alike(uint64_t i)
{
	return (i & 15) * 0x11 | (i >> 4 & 15) * UINT64_C(0x1100000000) | i >> 8 << 60 | i >> 8 << 24;
}
static uint64_t same_halves(uint64_t i)
{
	return i << 32 | i;
}
static uint64_t opposite_halves(uint64_t i)
{
	return i << 32 | (uint32_t)~i;
}
static uint64_t half_twice(uint64_t i)
{
	return i << 32 | 2 * i;
}
static uint64_t half_by_eight(uint64_t i)
{
	return i << 32 | 8 * i;
}
static uint64_t two_counters(uint64_t i)
{
	return (i & 63) << 32 | i >> 6;
}
static uint64_t two_high_counters(uint64_t i)
{
	return (i & 63) << 48 | i >> 6 << 16;
}
static uint64_t address_pairs(uint64_t i)
{
	return (UINT64_C(0x0a000000) + (i & 63)) << 32 | (0xc0a80000 + (i >> 6));
}
static uint64_t address_and_port(uint64_t i)
{
	return (UINT64_C(0x0a000001) + (i & 255)) << 16 | (1024 + (i >> 8));
}

struct family {
	const char *name;
	uint64_t (*key)(uint64_t i);
};

static const struct family families[] = {
	{"i * 7", stride_7},
	{"i * 1000", stride_1000},
	{"milliseconds, in nanoseconds", nanoseconds},
	{"i * golden ratio", golden},
	{"-i", downwards},
	{"double i", whole_double},
	{"double i / 8", eighth_double},
	{"double -i", negative_double},
	{"float i", low_float},
	{"float i << 32", high_float},
	{"i, big-endian", big_endian},
	{"i, big-endian, 32 bits", big_endian_32},
	{"i, bits reversed", bits_reversed},
	{"pointers, 32 bytes apart", small_objects},
	{"pointers, a page apart", pages},
	{"pointers, 2 MiB apart", huge_pages},
	{"nibbles 16 bits apart", nibbles_apart},
	{"nibbles, doubled", nibbles_alike},
	{"i << 32 | i", same_halves},
	{"i << 32 | ~i", opposite_halves},
	{"i << 32 | 2 i", half_twice},
	{"i << 32 | 8 i", half_by_eight},
	{"two counters << 32", two_counters},
	{"two counters << 48, << 16", two_high_counters},
	{"pairs of addresses", address_pairs},
	{"addresses and ports", address_and_port},
};
#define FAMILIES (sizeof(families) / sizeof(*families))
#define SHIFTS 64u

/* Names made of i; what they return is their size. */
static int decimal(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "%" PRIu64, i);
}
static int named(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "key%" PRIu64, i);
}
static int padded(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "user:%08" PRIu64, i);
}
static int session(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "user:%012" PRIu64 ":session", i);
}
static int hexadecimal(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "%" PRIx64, i);
}
static int digits(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "%016" PRIx64, i);
}
static int swapped_digits(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "%016" PRIx64, swap_bytes(i));
}
static int golden_digits(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "%016" PRIx64, golden(i));
}
static int path(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "/usr/share/doc/package-%" PRIu64 "/copyright", i);
}
static int descending(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "%020" PRIu64, downwards(i));
}
static int event(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "event/%" PRIu64, nanoseconds(i));
}
static int address(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "%#" PRIx64, small_objects(i));
}
static int thousands(char *text, size_t room, uint64_t i)
{
	return snprintf(text, room, "n%" PRIu64, stride_1000(i));
}
static int words(char *text, size_t room, uint64_t i)
{
	memcpy(text, &i, sizeof(i));
	return room > sizeof(i) ? sizeof(i) : 0;
}

static const struct {
	const char *name;
	int (*write)(char *text, size_t room, uint64_t i);
} names[] = {
	{"i", decimal},
	{"key i", named},
	{"user, of eight digits", padded},
	{"user, of twelve digits, session", session},
	{"i in hexadecimal", hexadecimal},
	{"16 digits", digits},
	{"16 digits, the lowest byte first", swapped_digits},
	{"16 digits of i * golden ratio", golden_digits},
	{"paths", path},
	{"20 digits, downwards", descending},
	{"milliseconds, in nanoseconds", event},
	{"addresses, 32 bytes apart", address},
	{"steps of 1000", thousands},
	{"eight bytes", words},
};
#define NAMES (sizeof(names) / sizeof(*names))
#define LONGEST 64u

/* Of cases 0 to 63, i rotated so far; then the families. */
static uint64_t key_of(unsigned number, uint64_t i)
{
	if (number >= SHIFTS)
		return families[number - SHIFTS].key(i);
	return number ? i << number | i >> (64 - number) : i;
}

static const char *name_of_numbers(unsigned number)
{
	static char text[32];

	if (number >= SHIFTS)
		return families[number - SHIFTS].name;
	snprintf(text, sizeof(text), "i rotated by %u", number);
	return text;
}

/* ---- Lines read ---------------------------------------------------------- */

struct lines {
	double hit, place, miss;
};

static unsigned char used[LINES];
static nb_word bits[(LINES + 7) / 8]; /* of `ground`, which has no lines in memory */
static const struct nb_table ground = {.lines = LINES, .spill = bits};

/* How many lines from the home of `hash` on there are up to one with room. */
static unsigned lines_to_room(uint64_t hash, size_t *at)
{
	unsigned n = 1;

	for (*at = nb_table_home(&ground, hash); used[*at] == NB_LINE_SLOTS; n++)
		*at = *at + 1 == LINES ? 0 : *at + 1;
	return n;
}

static struct lines lines_read(unsigned keys, const uint64_t hash[SLOTS], const uint64_t other[SLOTS])
{
	uint64_t hit = 0, place = 0, miss = 0;
	size_t at;

	memset(used, 0, sizeof(used));
	for (unsigned i = 0; i < nb_spill_words(LINES); i++)
		nb_store_relaxed(&bits[i], 0);
	for (unsigned i = 0; i < keys; i++) {
		unsigned lines = lines_to_room(hash[i], &at);

		if (lines > 1)
			nb_spill(ground.spill, nb_table_home(&ground, hash[i]), hash[i]);
		hit += lines;
		used[at]++;
	}
	for (unsigned i = 0; i < keys; i++) {
		bool spilled = nb_spilled(ground.spill, nb_table_home(&ground, other[i]), other[i]);

		miss += spilled ? lines_to_room(other[i], &at) : 1;
	}
	for (size_t home = 0; home < LINES; home++)
		/* Any hash of that home. */
		place += lines_to_room(UINT64_MAX / LINES * home + UINT64_MAX / LINES / 2, &at);
	return (struct lines){(double)hit / keys, (double)place / LINES, (double)miss / keys};
}

static uint64_t identity(const void *key, uint64_t seed, void *arg)
{
	(void)seed;
	(void)arg;
	return *(const uint64_t *)key;
}

/* Integer keys, object keys whose hash is what the family says, and names. */
enum subject { INTEGERS, HASHES, TEXTS };

static struct nb_keys keys_of(enum subject subject, uint64_t seed)
{
	static struct nb_multilinear secrets;
	struct nb_keys keys = {.kind = subject == INTEGERS ? NB_INTEGER : NB_OBJECT,
			       .seed = seed,
			       .pointer_mask = NB_TAGGED_POINTER_MASK,
			       .hash = identity};

	if (subject == INTEGERS)
		nb_keys_init_integer(&keys);
	if (subject == TEXTS) {
		nb_multilinear_init(&secrets, seed, NB_MULTILINEAR_WORDS);
		keys.multilinear = &secrets;
		keys.ready = NB_BYTES;
		keys.mixed = true;
	}
	return keys;
}

static uint64_t hash_of(const struct nb_keys *keys, uint64_t key)
{
	return keys->kind == NB_INTEGER ? nb_key_of_integer(keys, key).hash : nb_key_of_object(keys, &key).hash;
}

static const char *name_of(enum subject subject, unsigned number)
{
	return subject == TEXTS ? names[number].name : name_of_numbers(number);
}

/* The first of a family's keys, and as many others, under each of many seeds. */
static void check_spread(enum subject subject, unsigned number, const struct load *load)
{
	static uint64_t hash[SLOTS], other[SLOTS];
	static char text[2 * SLOTS][LONGEST];
	static struct nbmap_bytes bytes[2 * SLOTS];
	uint64_t seeds = test_rounds(subject == HASHES ? load->seeds / 10 : load->seeds, SLOW_SEEDS);
	uint64_t state = test_random_stream(number), worst_seed = 0;
	struct lines sum = {0, 0, 0}, worst = {0, 0, 0};
	unsigned crowded = 0;

	if (subject == TEXTS)
		for (unsigned i = 0; i < 2 * load->keys; i++)
			bytes[i] = (struct nbmap_bytes){text[i], (size_t)names[number].write(text[i], LONGEST, i)};
	for (uint64_t n = 0; n < seeds; n++) {
		const struct nb_keys keys = keys_of(subject, test_random(&state));
		struct lines lines;

		for (unsigned i = 0; i < 2 * load->keys; i++) {
			uint64_t *to = i < load->keys ? &hash[i] : &other[i - load->keys];

			*to = subject == TEXTS ? nb_key_of_object(&keys, &bytes[i]).hash
					       : hash_of(&keys, key_of(number, i));
		}
		lines = lines_read(load->keys, hash, other);
		/* Counted, and kept out of the average, which of few seeds it would spoil. */
		if (lines.hit > load->hit_worst || lines.place > load->place_worst || lines.miss > load->miss_worst) {
			crowded++;
		} else {
			sum.hit += lines.hit;
			sum.place += lines.place;
			sum.miss += lines.miss;
		}
		if (lines.hit > worst.hit) {
			worst.hit = lines.hit;
			worst_seed = keys.seed;
		}
		worst.place = lines.place > worst.place ? lines.place : worst.place;
		worst.miss = lines.miss > worst.miss ? lines.miss : worst.miss;
	}
	ck_assert_uint_lt(crowded, seeds);
	sum.hit /= (double)(seeds - crowded);
	sum.place /= (double)(seeds - crowded);
	sum.miss /= (double)(seeds - crowded);
	ck_assert_msg(sum.hit <= load->hit && sum.place <= load->place && sum.miss <= load->miss &&
			      crowded <= CROWDED_MAX,
		      "%s, %u keys: lines of a hit %.2f, at worst %.2f with seed %#" PRIx64
		      "; to a place %.2f, at worst %.2f; of a miss %.2f, at worst %.2f; %u seeds crowd",
		      name_of(subject, number), load->keys, sum.hit, worst.hit, worst_seed, sum.place, worst.place,
		      sum.miss, worst.miss, crowded);
}

START_TEST(test_structured_integers_spread_like_random_ones)
{
	check_spread(INTEGERS, (unsigned)_i / LOADS, &loads[(unsigned)_i % LOADS]);
}
END_TEST

START_TEST(test_poor_hashes_of_objects_spread_like_random_ones)
{
	check_spread(HASHES, (unsigned)_i / LOADS, &loads[(unsigned)_i % LOADS]);
}
END_TEST

START_TEST(test_names_spread_like_random_ones)
{
	check_spread(TEXTS, (unsigned)_i / LOADS, &loads[(unsigned)_i % LOADS]);
}
END_TEST

/* ---- Pairs --------------------------------------------------------------- */

/*
 * Two keys at a fixed difference share a home with a probability of about
 * 2 / PAIR_LINES at most, over the seeds.
 */
#define PAIR_LINES 64u
#define PAIR_SEEDS 4000u
#define PAIR_SLOW_SEEDS 400u

static void check_pairs(enum subject subject, uint64_t difference)
{
	const struct nb_table table = {.lines = PAIR_LINES};
	uint64_t seeds = test_rounds(PAIR_SEEDS, PAIR_SLOW_SEEDS), state = test_random_stream(difference);
	const uint64_t most = test_most(2 * seeds / PAIR_LINES);
	uint64_t sums = 0, xors = 0;

	for (uint64_t n = 0; n < seeds; n++) {
		const struct nb_keys keys = keys_of(subject, test_random(&state));
		/* Half of the keys are small. */
		uint64_t x = test_random(&state) >> (n % 2 ? 0 : 44);
		size_t home = nb_table_home(&table, hash_of(&keys, x));

		sums += nb_table_home(&table, hash_of(&keys, x + difference)) == home;
		xors += nb_table_home(&table, hash_of(&keys, x ^ difference)) == home;
	}
	ck_assert_msg(sums <= most && xors <= most,
		      "of %" PRIu64 " pairs x, x + %#" PRIx64 " %" PRIu64 " have one home, and %" PRIu64
		      " of x, x ^ it",
		      seeds, difference, sums, xors);
}

START_TEST(test_pairs_at_a_fixed_difference_part)
{
	const uint64_t one = UINT64_C(1) << _i;

	for (unsigned subject = INTEGERS; subject <= HASHES; subject++) {
		check_pairs((enum subject)subject, one);
		check_pairs((enum subject)subject, one * 3);
		check_pairs((enum subject)subject, one * UINT64_C(0x100000001));
	}
}
END_TEST

/* ---- What the first fold cancels ------------------------------------------ */

/* At most one seed of so many lets them crowd. */
#define CROWDING_SEED 50u

START_TEST(test_keys_that_cancel_in_the_fold_crowd_under_few_seeds)
{
	const struct load *load = &loads[0];
	static uint64_t hash[SLOTS];
	uint64_t seeds = test_rounds(SEEDS, SLOW_SEEDS), state = test_random_stream(1), crowded = 0;

	for (uint64_t n = 0; n < seeds; n++) {
		const struct nb_keys keys = keys_of(INTEGERS, test_random(&state));

		for (uint64_t i = 0; i < load->keys; i++)
			hash[i] = hash_of(&keys, i << 32 | i << (32 - NB_FIRST_FOLD));
		crowded += lines_read(load->keys, hash, hash).hit > load->hit_worst;
	}
	ck_assert_uint_le(crowded, test_most(seeds / CROWDING_SEED));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spread");
	TCase *tcase = tcase_create("spread");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_structured_integers_spread_like_random_ones, 0,
			    (int)((SHIFTS + FAMILIES) * LOADS));
	tcase_add_loop_test(tcase, test_poor_hashes_of_objects_spread_like_random_ones, 0,
			    (int)((SHIFTS + FAMILIES) * LOADS));
	tcase_add_loop_test(tcase, test_names_spread_like_random_ones, 0, (int)(NAMES * LOADS));
	tcase_add_loop_test(tcase, test_pairs_at_a_fixed_difference_part, 0, 64);
	tcase_add_test(tcase, test_keys_that_cancel_in_the_fold_crowd_under_few_seeds);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
