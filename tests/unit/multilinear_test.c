/*
 * multilinear: the hash of strings and bytes is the sum of products that its essay
 * says, in each machine's arithmetic; all bytes of a key and its size are in it, and
 * nothing beside the key is read.
 *
 * The sum is computed anew here, in digits of 32 bits, from words that are put together
 * byte by byte.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "key.h"
#include "multilinear.h"
#include "nbmap.h"
#include "run.h"

#define SIZES (NB_MULTILINEAR_BYTES + 40u)
#define SEEDS 200u

static struct nb_multilinear secrets;

/* ---- The sum, computed anew ----------------------------------------------- */

/* Digits 2 and 3 of a product of four digits and two: bits 64 to 127. */
static uint64_t upper(uint64_t low, uint64_t high, uint64_t word)
{
	const uint64_t a[4] = {low & UINT32_MAX, low >> 32, high & UINT32_MAX, high >> 32};
	const uint64_t b[2] = {word & UINT32_MAX, word >> 32};
	uint64_t digit[7] = {0};

	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < 2; j++) {
			uint64_t product = a[i] * b[j];

			for (unsigned k = i + j; k < 6; k++) {
				digit[k] += product & UINT32_MAX;
				product = (product >> 32) + (digit[k] >> 32);
				digit[k] &= UINT32_MAX;
			}
		}
	return digit[3] << 32 | digit[2];
}

/* The `n` bytes at `data`, the first one lowest. */
static uint64_t word_at(const unsigned char *data, unsigned n)
{
	uint64_t word = 0;

	while (n-- > 0)
		word = word << 8 | data[n];
	return word;
}

static uint64_t last_word(const unsigned char *data, size_t size)
{
	switch (size) {
	case 0:
		return 0;
	case 1:
	case 2:
	case 3:
		return word_at(data, 1) | word_at(data + size / 2, 1) << 8 | word_at(data + size - 1, 1) << 16;
	case 4:
	case 5:
	case 6:
	case 7:
		return word_at(data, 4) | word_at(data + size - 4, 4) << 32;
	default:
		return word_at(data + size - 8, 8);
	}
}

static uint64_t sum_anew(const unsigned char *data, size_t size)
{
	uint64_t sum = upper(secrets.secret[0].low, secrets.secret[0].high, size + 1);
	unsigned i = 1;

	for (size_t at = 0; at + 8 < size; at += 8, i++)
		sum += upper(secrets.secret[i].low, secrets.secret[i].high, word_at(data + at, 8));
	sum += upper(secrets.secret[i].low, secrets.secret[i].high, last_word(data, size));
	return (sum ^ sum >> 32) * secrets.last;
}

static void draw_bytes(unsigned char *data, size_t size, uint64_t *state)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (unsigned char)test_random(state);
}

/* ---- Tests ----------------------------------------------------------------- */

START_TEST(test_it_is_the_sum_of_products)
{
	uint64_t state = test_random_stream(0);
	unsigned char data[NB_MULTILINEAR_BYTES];

	for (unsigned n = 0; n < SEEDS; n++) {
		nb_multilinear_init(&secrets, test_random(&state), NB_MULTILINEAR_WORDS);
		ck_assert_uint_eq(secrets.last & 1, 1);
		for (size_t size = 0; size <= NB_MULTILINEAR_BYTES; size++) {
			draw_bytes(data, size, &state);
			ck_assert_uint_eq(nb_multilinear(&secrets, data, size), sum_anew(data, size));
		}
	}
}
END_TEST

/* The largest words and secrets: every carry that there is. */
START_TEST(test_carries)
{
	unsigned char data[NB_MULTILINEAR_BYTES];

	memset(&secrets, 0xff, sizeof(secrets));
	memset(data, 0xff, sizeof(data));
	for (size_t size = 0; size <= NB_MULTILINEAR_BYTES; size++)
		ck_assert_uint_eq(nb_multilinear(&secrets, data, size), sum_anew(data, size));
}
END_TEST

/* Before and after the key no byte can be read; the key begins at any address. */
START_TEST(test_it_reads_the_key_alone)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *ground = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *inside, copy[NB_MULTILINEAR_BYTES];
	uint64_t state = test_random_stream(1);

	ck_assert_ptr_ne(ground, MAP_FAILED);
	inside = ground + page;
	ck_assert_int_eq(mprotect(inside, page, PROT_READ | PROT_WRITE), 0);
	nb_multilinear_init(&secrets, test_random(&state), NB_MULTILINEAR_WORDS);
	for (size_t size = 0; size <= NB_MULTILINEAR_BYTES; size++) {
		uint64_t hash;

		draw_bytes(copy, size, &state);
		hash = nb_multilinear(&secrets, copy, size);
		memcpy(inside, copy, size);
		ck_assert_uint_eq(nb_multilinear(&secrets, inside, size), hash);
		memcpy(inside + page - size, copy, size);
		ck_assert_uint_eq(nb_multilinear(&secrets, inside + page - size, size), hash);
	}
	ck_assert_int_eq(munmap(ground, 3 * page), 0);
}
END_TEST

/* The hash of a map's key, computed outside of the map, too. */
static uint64_t hash_under(const struct nbmap_type *type, const void *key, uint64_t seed)
{
	struct nbmap_config config = {.type = type, .flags = NBMAP_FIXED_SEED | NBMAP_NO_THREAD, .seed = seed};
	struct nbmap *map;
	uint64_t hash;

	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	hash = nbmap_hash(map, key);
	ck_assert_uint_eq(hash, type->hash(key, seed, NULL));
	ck_assert_int_eq(nbmap_destroy(map), 0);
	return hash;
}

/* A string and its bytes have one hash; any other size, bit or seed has another. */
START_TEST(test_every_bit_counts)
{
	uint64_t state = test_random_stream(2), seed = test_random(&state);
	unsigned char text[SIZES + 1];

	for (size_t size = 0; size <= SIZES; size++) {
		struct nbmap_bytes bytes = {text, size};
		size_t at = size ? test_random(&state) % size : 0;
		uint64_t hash;

		for (size_t i = 0; i < size; i++)
			text[i] = (unsigned char)(1 + test_random(&state) % 255);
		text[size] = '\0';
		hash = hash_under(nbmap_type_bytes(), &bytes, seed);
		ck_assert_uint_eq(hash_under(nbmap_type_string(), text, seed), hash);
		ck_assert_uint_ne(hash_under(nbmap_type_bytes(), &bytes, seed + 1), hash);
		bytes.size++;
		ck_assert_uint_ne(hash_under(nbmap_type_bytes(), &bytes, seed), hash);
		bytes.size--;
		if (!size)
			continue;
		for (unsigned bit = 0; bit < 8; bit++) {
			text[at] ^= (unsigned char)(1u << bit);
			ck_assert_uint_ne(hash_under(nbmap_type_bytes(), &bytes, seed), hash);
			text[at] ^= (unsigned char)(1u << bit);
		}
	}
}
END_TEST

/* Zeroes are bytes like any other, in each place of a key of zeroes. */
START_TEST(test_keys_of_zeroes)
{
	static const unsigned char zeroes[SIZES + 1];
	uint64_t state = test_random_stream(3), seed = test_random(&state), hash[SIZES + 1];

	for (size_t size = 0; size <= SIZES; size++) {
		const struct nbmap_bytes bytes = {size ? zeroes : NULL, size};

		hash[size] = hash_under(nbmap_type_bytes(), &bytes, seed);
		for (size_t less = 0; less < size; less++)
			ck_assert_uint_ne(hash[less], hash[size]);
	}
}
END_TEST

static bool equal_of_users(const void *a, const void *b, void *arg)
{
	(void)arg;
	return !strcmp(a, b);
}

START_TEST(test_a_type_with_another_equal_hashes_alike)
{
	struct nbmap_type type = *nbmap_type_string();

	ck_assert_uint_eq(hash_under(&type, "key", 5), hash_under(nbmap_type_string(), "key", 5));
	type.equal = equal_of_users;
	ck_assert_uint_eq(hash_under(&type, "key", 5), hash_under(nbmap_type_string(), "key", 5));
}
END_TEST

/* ---- Pairs ------------------------------------------------------------------ */

#define PAIRS_LINES 64u
#define PAIRS 20000u

/* Two keys that differ in one bit share a home about as seldom as any two. */
START_TEST(test_keys_a_bit_apart_part)
{
	uint64_t state = test_random_stream(4), rounds = test_rounds(PAIRS, PAIRS / 20), shared = 0;
	unsigned char one[NB_MULTILINEAR_BYTES], two[NB_MULTILINEAR_BYTES];

	for (uint64_t n = 0; n < rounds; n++) {
		size_t size = 1 + test_random(&state) % NB_MULTILINEAR_BYTES, at = test_random(&state) % size;

		nb_multilinear_init(&secrets, test_random(&state), nb_multilinear_words(size));
		draw_bytes(one, size, &state);
		memcpy(two, one, size);
		two[at] ^= (unsigned char)(1u << test_random(&state) % 8);
		shared += nb_multiply_high(nb_multilinear(&secrets, one, size), PAIRS_LINES) ==
			  nb_multiply_high(nb_multilinear(&secrets, two, size), PAIRS_LINES);
	}
	/* As a product may: twice as often as at random. */
	ck_assert_uint_le(shared, test_most(2 * rounds / PAIRS_LINES));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("multilinear");
	TCase *tcase = tcase_create("multilinear");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_it_is_the_sum_of_products);
	tcase_add_test(tcase, test_carries);
	tcase_add_test(tcase, test_it_reads_the_key_alone);
	tcase_add_test(tcase, test_every_bit_counts);
	tcase_add_test(tcase, test_keys_of_zeroes);
	tcase_add_test(tcase, test_a_type_with_another_equal_hashes_alike);
	tcase_add_test(tcase, test_keys_a_bit_apart_part);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
