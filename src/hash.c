/*
 * hash: SipHash-1-3, seeds, the integer mix's secrets, the ready-made types.
 *
 * Servers hash what strangers send them: without the map's seed nobody can choose
 * strings that collide.  A map hashes the keys of a ready-made type by multilinear.h,
 * and long ones by SipHash (Aumasson, Bernstein 2012), which is there for users' own
 * types, too.  1-3 rounds, as Rust's and Ruby's tables use it: it need not authenticate
 * anything.
 */
#include "hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bytes.h"
#include "key.h"
#include "nbmap.h"

/* ---- SipHash-1-3 -------------------------------------------------------- */

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate_left(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate_left(s->v1, 13) ^ s->v0;
	s->v3 = rotate_left(s->v3, 16) ^ s->v2;
	s->v0 = rotate_left(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = rotate_left(s->v3, 21) ^ s->v0;
	s->v1 = rotate_left(s->v1, 17) ^ s->v2;
	s->v2 = rotate_left(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

/*
 * The last size % 8 bytes.  Out of the last eight where there are so many: a
 * loop over the bytes that are left would end elsewhere for each key, and no
 * processor can tell where.
 */
static inline uint64_t read_tail(const unsigned char *data, size_t size)
{
	size_t left = size % 8;
	uint64_t word = 0;

	if (size >= 8)
		return nb_read_word(data + size - 8) >> (8 * (7 - left)) >> 8;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)data[i] << (8 * i);
	return word;
}

uint64_t nbmap_hash_bytes(const void *data, size_t size, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t k0 = seed, k1 = nb_mix64(seed + UINT64_C(0x9e3779b97f4a7c15));
	struct sip s = {
		k0 ^ UINT64_C(0x736f6d6570736575),
		k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261),
		k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t left = size;

	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, nb_read_word(p));
	sip_word(&s, read_tail(data, size) | (uint64_t)size << 56);
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* ---- Seeds -------------------------------------------------------------- */

uint64_t nb_random_seed(void)
{
	uint64_t seed;
	struct timespec now;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed))
		return seed;
	/* Before the generator is ready: unlike another run's, if not secret. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return nb_mix64((uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uintptr_t)&now);
}

/* The x with x * odd = 1: Newton, which doubles the right bits each turn,
 * from 3 (odd * odd = 1 modulo 8). */
static uint64_t inverse_of(uint64_t odd)
{
	uint64_t x = odd;

	for (int bits = 3; bits < 64; bits *= 2)
		x *= 2 - odd * x;
	return x;
}

void nb_keys_init_integer(struct nb_keys *keys)
{
	uint64_t state = keys->seed;

	for (int i = 0; i < 2; i++) {
		state += UINT64_C(0x9e3779b97f4a7c15);
		keys->multiplier[i] = nb_mix64(state) | 1;
		keys->inverse[i] = inverse_of(keys->multiplier[i]);
	}
}

/* ---- Ready-made types --------------------------------------------------- */

static void free_copy(void *key, void *arg)
{
	(void)arg;
	free(key);
}

/* In a map. */
static uint64_t hash_text(const struct nb_keys *keys, const void *data, size_t size)
{
	return size <= NB_MULTILINEAR_BYTES ? nb_multilinear(keys->multilinear, data, size)
					    : nbmap_hash_bytes(data, size, keys->seed);
}

/* The same outside of one, the secrets drawn for this key. */
static uint64_t hash_text_alone(const void *data, size_t size, uint64_t seed)
{
	struct nb_multilinear secrets;
	const struct nb_keys keys = {.seed = seed, .multilinear = &secrets};

	if (size <= NB_MULTILINEAR_BYTES)
		nb_multilinear_init(&secrets, seed, nb_multilinear_words(size));
	return hash_text(&keys, data, size);
}

static uint64_t string_hash(const void *key, uint64_t seed, void *arg)
{
	(void)arg;
	return hash_text_alone(key, strlen(key), seed);
}

static bool string_equal(const void *a, const void *b, void *arg)
{
	(void)arg;
	return !strcmp(a, b);
}

static void *string_dup(const void *key, void *arg)
{
	size_t size = strlen(key) + 1;
	void *copy = malloc(size);

	(void)arg;
	return copy ? memcpy(copy, key, size) : NULL;
}

static size_t string_size(const void *key, void *arg)
{
	(void)arg;
	return strlen(key) + 1;
}

const struct nbmap_type *nbmap_type_string(void)
{
	static const struct nbmap_type type = {
		.hash = string_hash,
		.equal = string_equal,
		.key_dup = string_dup,
		.key_free = free_copy,
		.key_size = string_size,
	};
	return &type;
}

static uint64_t bytes_hash(const void *key, uint64_t seed, void *arg)
{
	const struct nbmap_bytes *bytes = key;

	(void)arg;
	return hash_text_alone(bytes->data, bytes->size, seed);
}

static bool bytes_equal(const void *a, const void *b, void *arg)
{
	const struct nbmap_bytes *x = a, *y = b;

	(void)arg;
	return x->size == y->size && (!x->size || !memcmp(x->data, y->data, x->size));
}

static void *bytes_dup(const void *key, void *arg)
{
	const struct nbmap_bytes *bytes = key;
	struct nbmap_bytes *copy;

	(void)arg;
	if (bytes->size > SIZE_MAX - sizeof(*copy))
		return NULL;
	copy = malloc(sizeof(*copy) + bytes->size);
	if (!copy)
		return NULL;
	copy->data = copy + 1;
	copy->size = bytes->size;
	if (bytes->size)
		memcpy(copy + 1, bytes->data, bytes->size);
	return copy;
}

static size_t bytes_size(const void *key, void *arg)
{
	(void)arg;
	return sizeof(struct nbmap_bytes) + ((const struct nbmap_bytes *)key)->size;
}

const struct nbmap_type *nbmap_type_bytes(void)
{
	static const struct nbmap_type type = {
		.hash = bytes_hash,
		.equal = bytes_equal,
		.key_dup = bytes_dup,
		.key_free = free_copy,
		.key_size = bytes_size,
	};
	return &type;
}

enum nb_ready nb_ready_of(const struct nbmap_type *type)
{
	if (type->hash == string_hash && type->equal == string_equal)
		return NB_STRING;
	if (type->hash == bytes_hash && type->equal == bytes_equal)
		return NB_BYTES;
	return NB_FOREIGN;
}

bool nb_hash_is_mixed(uint64_t (*hash)(const void *key, uint64_t seed, void *arg))
{
	return hash == string_hash || hash == bytes_hash;
}

uint64_t nb_hash_of_string(const struct nb_keys *keys, const char *string)
{
	return hash_text(keys, string, strlen(string));
}

uint64_t nb_hash_of_bytes(const struct nb_keys *keys, const struct nbmap_bytes *bytes)
{
	return hash_text(keys, bytes->data, bytes->size);
}

bool nb_hash_text(uint64_t (*hash)(const void *key, uint64_t seed, void *arg), const void *key, const void **text,
		  size_t *size)
{
	const struct nbmap_bytes *bytes = key;

	if (hash == string_hash) {
		*text = key;
		*size = strlen(key);
	} else if (hash == bytes_hash) {
		*text = bytes->data;
		*size = bytes->size;
	} else {
		return false;
	}
	return true;
}

static uint64_t pointer_hash(const void *key, uint64_t seed, void *arg)
{
	(void)arg;
	/* The multiply spreads; the map mixes what it gets. */
	return ((uintptr_t)key ^ seed) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool pointer_equal(const void *a, const void *b, void *arg)
{
	(void)arg;
	return a == b;
}

const struct nbmap_type *nbmap_type_pointer(void)
{
	static const struct nbmap_type type = {
		.hash = pointer_hash,
		.equal = pointer_equal,
	};
	return &type;
}
