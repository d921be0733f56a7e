/*
 * hash: seeds, the ready-made types, and the hash for types of the user's own.
 *
 * Servers hash what strangers send them: without the map's seed nobody can choose
 * strings that collide.
 */
#include "hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "key.h"
#include "nbmap.h"
#include "sip.h"

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

/* ---- Hashes ------------------------------------------------------------- */

uint64_t nbmap_hash_bytes(const void *data, size_t size, uint64_t seed)
{
	return nb_sip(data, size, seed);
}

/* ---- Ready-made types --------------------------------------------------- */

static void free_copy(void *key, void *arg)
{
	(void)arg;
	free(key);
}

/* Outside of a map: its secrets are drawn for this key. */
static uint64_t hash_alone(const void *data, size_t size, uint64_t seed)
{
	const struct nbmap_bytes bytes = {data, size};
	struct nb_multilinear secrets;
	const struct nb_keys keys = {.seed = seed, .multilinear = &secrets};

	if (size <= NB_MULTILINEAR_BYTES)
		nb_multilinear_init(&secrets, seed, nb_multilinear_words(size));
	return nb_hash_of_bytes(&keys, &bytes);
}

static uint64_t string_hash(const void *key, uint64_t seed, void *arg)
{
	(void)arg;
	return hash_alone(key, strlen(key), seed);
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
	return hash_alone(bytes->data, bytes->size, seed);
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
