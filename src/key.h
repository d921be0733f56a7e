/*
 * key: what the two kinds of key have in common, and where they differ.
 *
 * A key is known to the core by two numbers: the *word* that stands in its
 * slot and the *hash* whose high bits choose its home line.
 *
 *   integer  word = hash = an invertible mix of the key under the map's seed:
 *            equal words are equal keys, and the key is read back from it.
 *            Two keys mix to the codes EMPTY and CLOSED; they live in the
 *            chain's side slots.
 *   object   word = tag | pointer.  The tag is 16 bits of the hash in the
 *            pointer's unused upper bits, so a foreign key is almost never
 *            read.  A wide map has no tag and all 64 bits of pointer.
 *
 * Invariants:
 *   unmix(mix(k)) = k
 *   tag != 0, pointer > 1 in a wide map  =>  word > CLOSED
 *
 * The mix is  fold, multiply, fold, multiply:  x ^ x >> n and products with
 * secret odd numbers.
 *
 *   Two keys.  The high bits after a product with a random odd number are a
 *   universal family (Dietzfelbinger, Hagerup, Katajainen, Penttonen 1997).
 *   What comes before the last product is one to one, so any two keys that were
 *   chosen without knowing the seed have one home with a probability of about
 *   2 / lines at most.
 *
 *   Many keys.  That is not enough for probing from line to line (Patrascu,
 *   Thorup 2010).  A product alone sends keys in steps of d to homes in steps,
 *   too, and where the step is close to a fraction of the table with a small
 *   denominator they crowd in a few places: so with one seed of a hundred.  It
 *   takes something between two products that is no sum, and there the fold
 *   is: an exclusive or of the first product's halves.  It does nothing for
 *   keys that differ in high bits only (an id << 48, a double), as their
 *   products differ in high bits only.  Hence the first fold, which brings
 *   these bits down.
 *
 *   What is left: keys whose first fold cancels, of two fields 30 bits apart
 *   that always hold the same number (i << 32 | i << 2).  For these the first
 *   claim holds, and one seed of a hundred costs lines.  30 is near 32, so that
 *   the highest bits come down far enough for the second fold, which takes what
 *   is in both halves; and not 32, as far as fields are often apart.
 *
 * The second claim is measured, not proven: tests/unit/spread_test.c counts the
 * lines that structured keys make a probe read, over a thousand seeds.
 *
 * Objects: a hash of the map's own (multilinear.h) is as good as random.  Any other goes through
 * nb_mix64(), every bit of which depends on every bit: whichever bits of a hash
 * differ, few or high ones, its keys spread like random ones.  nb_mix64() is no
 * secret, so this keeps off accidents, not strangers who choose keys for a hash
 * that does not use its seed.
 */
#ifndef NB_KEY_H
#define NB_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mix.h"
#include "multilinear.h"
#include "slot.h"

enum nb_kind { NB_OBJECT, NB_INTEGER };

/* The types that the map itself hashes, by multilinear.h, and compares; all others by
 * their callbacks. */
enum nb_ready { NB_FOREIGN, NB_STRING, NB_BYTES };

/* A map's way with keys: constant once made. */
struct nb_keys {
	enum nb_kind kind;
	uint64_t seed;
	/* integer */
	uint64_t multiplier[2]; /* odd */
	uint64_t inverse[2];    /* multiplier[i] * inverse[i] = 1 */
	/* object */
	uint64_t pointer_mask; /* bits of a word that are the pointer */
	enum nb_ready ready;
	const struct nb_multilinear *multilinear; /* of a ready-made type's keys */
	bool mixed;            /* the hash needs no more of it */
	uint64_t (*hash)(const void *key, uint64_t seed, void *arg);
	bool (*equal)(const void *a, const void *b, void *arg);
	void *(*dup)(const void *key, void *arg);
	void (*free)(void *key, void *arg);
	size_t (*size)(const void *key, void *arg);
	void *arg;
};

/* A key on its way through the tables. */
struct nb_key {
	uint64_t word;      /* as stored; object: with the borrowed pointer */
	uint64_t hash;
	const void *object; /* borrowed; object keys only */
};

#define NB_TAG_SHIFT 48
#define NB_TAGGED_POINTER_MASK ((UINT64_C(1) << NB_TAG_SHIFT) - 1)

/* ---- Integer keys ------------------------------------------------------- */

/* See above; at least 22, so that two steps undo it. */
#define NB_FIRST_FOLD 30

static inline struct nb_key nb_key_of_integer(const struct nb_keys *keys, uint64_t integer)
{
	uint64_t x = (integer ^ keys->seed) ^ (integer >> NB_FIRST_FOLD);

	x *= keys->multiplier[0];
	x = (x ^ (x >> 32)) * keys->multiplier[1];
	return (struct nb_key){.word = x, .hash = x};
}

static inline uint64_t nb_integer_of_word(const struct nb_keys *keys, uint64_t word)
{
	uint64_t x = word * keys->inverse[1];

	x = ((x ^ (x >> 32)) * keys->inverse[0]) ^ keys->seed;
	/* k ^ k >> n, shifted by n and by 2n, gives back k: 3n > 64. */
	return x ^ (x >> NB_FIRST_FOLD) ^ (x >> 2 * NB_FIRST_FOLD);
}

/* ---- Object keys -------------------------------------------------------- */

static inline void *nb_object_of_word(const struct nb_keys *keys, uint64_t word)
{
	return (void *)(uintptr_t)(word & keys->pointer_mask);
}

/* Whether a map that keeps tags can hold this pointer (see NBMAP_WIDE_KEYS). */
static inline bool nb_object_fits(const struct nb_keys *keys, const void *object)
{
	return !((uintptr_t)object & ~keys->pointer_mask);
}

/* Whether a key pointer may be looked for at all. */
static inline bool nb_object_legal(const struct nb_keys *keys, const void *object)
{
	return object && (keys->pointer_mask == NB_TAGGED_POINTER_MASK || (uintptr_t)object != NB_KEY_CLOSED);
}

/* The word for `object` with the tag of `hash`. */
static inline uint64_t nb_word_of_object(const struct nb_keys *keys, const void *object, uint64_t hash)
{
	uint64_t tag = hash << NB_TAG_SHIFT;

	if (!tag)
		tag = UINT64_C(1) << NB_TAG_SHIFT;
	return ((uintptr_t)object & keys->pointer_mask) | (tag & ~keys->pointer_mask);
}

/* The key whose type's hash is `hash`. */
static inline struct nb_key nb_key_of_hashed(const struct nb_keys *keys, const void *object, uint64_t hash)
{
	/* A hash that leaves its high bits alone (an identity of small integers,
	 * say) would send all keys to one line.  With the seed: where two maps
	 * order the same keys alike, copying one into the other by a walk fills
	 * the second from one end. */
	if (!keys->mixed)
		hash = nb_mix64(hash ^ keys->seed);

	return (struct nb_key){.word = nb_word_of_object(keys, object, hash), .hash = hash, .object = object};
}

struct nbmap_bytes;

uint64_t nb_hash_of_string(const struct nb_keys *keys, const char *string);
uint64_t nb_hash_of_bytes(const struct nb_keys *keys, const struct nbmap_bytes *bytes);

/* What the type's hash says of a key. */
static inline uint64_t nb_object_hash(const struct nb_keys *keys, const void *object)
{
	if (keys->ready == NB_STRING)
		return nb_hash_of_string(keys, object);
	if (keys->ready == NB_BYTES)
		return nb_hash_of_bytes(keys, object);
	return keys->hash(object, keys->seed, keys->arg);
}

static inline struct nb_key nb_key_of_object(const struct nb_keys *keys, const void *object)
{
	return nb_key_of_hashed(keys, object, nb_object_hash(keys, object));
}

/* Whether the object of `stored`, whose tag is that of `key`, equals it. */
static inline bool nb_object_matches(const struct nb_keys *keys, const struct nb_key *key, uint64_t stored)
{
	const void *object = nb_object_of_word(keys, stored);

	if (keys->ready == NB_STRING)
		return !strcmp(object, key->object);
	return object == key->object || keys->equal(object, key->object, keys->arg);
}

/* The same of one whose tag is not known: `stored` may be EMPTY or CLOSED, too. */
static inline bool nb_word_matches(const struct nb_keys *keys, const struct nb_key *key, uint64_t stored)
{
	return stored > NB_KEY_CLOSED && !((stored ^ key->word) & ~keys->pointer_mask) &&
	       nb_object_matches(keys, key, stored);
}

/* What freeing the key that stands as `word` gives back; 0 if the type does not
 * say. */
static inline size_t nb_key_bytes(const struct nb_keys *keys, uint64_t word)
{
	return keys->size ? keys->size(nb_object_of_word(keys, word), keys->arg) : 0;
}

/* ---- Both --------------------------------------------------------------- */

/* The key that stands in a slot as `word`.  `kind` is keys->kind, handed in so
 * that a caller who knows it gets only its own half. */
static inline struct nb_key nb_key_of_word(const struct nb_keys *keys, enum nb_kind kind, uint64_t word)
{
	if (kind == NB_INTEGER)
		return (struct nb_key){.word = word, .hash = word};
	return nb_key_of_object(keys, nb_object_of_word(keys, word));
}

static inline struct nb_key nb_key_of_stored(const struct nb_keys *keys, uint64_t stored)
{
	return nb_key_of_word(keys, keys->kind, stored);
}

/* Prepare the secrets that follow from keys->seed. */
void nb_keys_init_integer(struct nb_keys *keys);

#endif
