/*
 * key: the secrets of integer keys, and the hashes of keys of the ready-made types.
 */
#include "key.h"

#include "nbmap.h"
#include "sip.h"

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

static uint64_t hash_text(const struct nb_keys *keys, const void *data, size_t size)
{
	return size <= NB_MULTILINEAR_BYTES ? nb_multilinear(keys->multilinear, data, size)
					    : nb_sip(data, size, keys->seed);
}

uint64_t nb_hash_of_string(const struct nb_keys *keys, const char *string)
{
	return hash_text(keys, string, strlen(string));
}

uint64_t nb_hash_of_bytes(const struct nb_keys *keys, const struct nbmap_bytes *bytes)
{
	return hash_text(keys, bytes->data, bytes->size);
}
