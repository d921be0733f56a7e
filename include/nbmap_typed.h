/*
 * nbmap_typed: maps whose keys and values have types.  For C; C++ has nbmap.hpp.
 *
 *     NBMAP_TYPED(people, char, struct person);
 *
 * makes `struct people`, a map from `const char *` to `struct person *`, and functions
 * on it: people_new(), people_get(), people_put() and the others below.  Each is
 * nbmap.h's call of that name, which documents it, and takes and gives your types: no
 * cast, no `void **`, and another type than yours is a message of the compiler.
 *
 *     NBMAP_TYPED(NAME, KEY, VALUE);      keys  const KEY *     values  VALUE *
 *     NBMAP_TYPED_INT(NAME, KEY);         keys  const KEY *     values  uint64_t
 *     NBMAP_TYPED_U64(NAME, KEY, VALUE);  keys  KEY             values  VALUE *
 *     NBMAP_TYPED_U64_INT(NAME, KEY);     keys  KEY             values  uint64_t
 *
 * In the last two KEY is any integer type, or an enum.  KEY and VALUE must be names of
 * types to which a `*` can be appended.
 *
 * Example:
 *
 *     NBMAP_TYPED(people, char, struct person);
 *
 *     int move(struct people *map, const char *name, struct person *moved)
 *     {
 *             struct person *before;
 *             int error;
 *
 *             people_enter(map);
 *             error = people_put(map, name, moved, &before);
 *             if (!error && before)
 *                     printf("%s moves from %s\n", name, before->town);
 *             people_leave(map);
 *             return error;
 *     }
 *
 * What a NAME gets (people_ is NAME_ here):
 *
 *     struct people;                          the map, which is never defined
 *     people_key, people_value                the types of a key and a value
 *     people_new destroy enter leave synchronize barrier reclaim reclaim_within
 *     people_count clear stats
 *     people_get get_batch put add set replace del del_if
 *     people_update get_or_add                with people_update_fn, people_create_fn
 *     people_add_int                          where values are integers
 *     people_iter_init iter_next              with struct people_iter
 *     people_scan entry_key entry_value       with struct people_entry
 *     people_map                              the map as nbmap.h's, for all other calls
 *
 * Three things are other than in nbmap.h:
 *
 *   - Where values are integers they are themselves, and not dressed by nbmap_int().
 *     NBMAP_NONE, which is no integer of a map, stands for "none": from a get of a key
 *     that has no value, in `seen`, as `current` and *value of an update, and from a
 *     create function that fails.
 *   - `seen`, and `value` of get_or_add, are set on every return: where nbmap.h leaves
 *     them alone, they receive "none" (NULL or NBMAP_NONE).
 *   - An entry of a scan is asked for its key and value: people_entry_key(&entries[i]).
 *
 * Cost: all are inline, and a call is the call of nbmap.h.  Only get_batch copies keys
 * and values (pointers, through the stack, 64 at a time), and an update's or create
 * function is called by way of one that hands it its types.
 */
#ifndef NBMAP_TYPED_H
#define NBMAP_TYPED_H

#ifdef __cplusplus
#error "nbmap_typed.h is for C; in C++ include nbmap.hpp"
#endif

#include <errno.h>

#include <nbmap.h>

/* No integer of a map: what nbmap_int_of() makes of NULL. */
#define NBMAP_NONE (UINT64_MAX - 1)

_Static_assert(NBMAP_NONE > NBMAP_INT_MAX, "no value is NBMAP_NONE");

#define NBMAP_TYPED(NAME, KEY, VALUE)                                                                                  \
	typedef KEY NAME##_keyed_;                                                                                     \
	typedef VALUE NAME##_valued_;                                                                                  \
	typedef const NAME##_keyed_ *NAME##_key;                                                                       \
	typedef VALUE *NAME##_value;                                                                                   \
	typedef const NAME##_valued_ *NAME##_expected_;                                                                \
	NBMAP_TYPED_FUNCTIONS_(NAME, nbmap, const void *, NBMAP_SAME_, NBMAP_BACK_, NBMAP_POINTER_, NBMAP_POINTER_,    \
			       NBMAP_SAME_)                                                                            \
	struct NAME

#define NBMAP_TYPED_INT(NAME, KEY)                                                                                     \
	typedef KEY NAME##_keyed_;                                                                                     \
	typedef const NAME##_keyed_ *NAME##_key;                                                                       \
	typedef uint64_t NAME##_value;                                                                                 \
	typedef uint64_t NAME##_expected_;                                                                             \
	NBMAP_TYPED_FUNCTIONS_(NAME, nbmap, const void *, NBMAP_SAME_, NBMAP_BACK_, nbmap_int, nbmap_int_or_none_,     \
			       nbmap_int_of)                                                                           \
	NBMAP_TYPED_ADD_INT_(NAME, nbmap, NBMAP_SAME_)                                                                 \
	struct NAME

#define NBMAP_TYPED_U64(NAME, KEY, VALUE)                                                                              \
	typedef KEY NAME##_key;                                                                                        \
	typedef VALUE NAME##_valued_;                                                                                  \
	typedef VALUE *NAME##_value;                                                                                   \
	typedef const NAME##_valued_ *NAME##_expected_;                                                                \
	NBMAP_TYPED_FUNCTIONS_(NAME, nbmap_u64, uint64_t, NBMAP_U64_, NBMAP_CAST_, NBMAP_POINTER_, NBMAP_POINTER_,     \
			       NBMAP_SAME_)                                                                            \
	struct NAME

#define NBMAP_TYPED_U64_INT(NAME, KEY)                                                                                 \
	typedef KEY NAME##_key;                                                                                        \
	typedef uint64_t NAME##_value;                                                                                 \
	typedef uint64_t NAME##_expected_;                                                                             \
	NBMAP_TYPED_FUNCTIONS_(NAME, nbmap_u64, uint64_t, NBMAP_U64_, NBMAP_CAST_, nbmap_int, nbmap_int_or_none_,      \
			       nbmap_int_of)                                                                           \
	NBMAP_TYPED_ADD_INT_(NAME, nbmap_u64, NBMAP_U64_)                                                              \
	struct NAME

/* ---- What they are made of ---------------------------------------------- */

#if defined(__GNUC__)
#define NBMAP_TYPED_INLINE_ static inline __attribute__((unused))
#define NBMAP_TYPED_LOOK_ static inline __attribute__((unused, warn_unused_result)) /* as in nbmap.h */
#else
#define NBMAP_TYPED_INLINE_ static inline
#define NBMAP_TYPED_LOOK_ static inline
#endif

/* So many keys of a batch are handed over at once. */
#define NBMAP_TYPED_BATCH_ 64

/* From a key or value to what nbmap.h has, and back. */
#define NBMAP_SAME_(x) (x)
#define NBMAP_BACK_(type, x) (x)
#define NBMAP_U64_(x) ((uint64_t)(x))
#define NBMAP_CAST_(type, x) ((type)(x))
#define NBMAP_POINTER_(x) ((void *)(uintptr_t)(x)) /* also a pointer to what is const */

/* The value of an integer that may be "none". */
static inline void *nbmap_int_or_none_(uint64_t n)
{
	return n == NBMAP_NONE ? NULL : nbmap_int(n);
}

/*
 * RAW_KEY            nbmap.h's type of a key
 * KEY_IN, KEY_OUT    to it, and from it to a type
 * IN, PLANNED_IN     from a value, which may be "none" in the second
 * OUT                to a value
 *
 * A pointer to a value's pointer is no `void **`: what nbmap.h writes goes into a
 * `void *` of our own, and is copied.
 */
#define NBMAP_TYPED_FUNCTIONS_(NAME, PREFIX, RAW_KEY, KEY_IN, KEY_OUT, IN, PLANNED_IN, OUT)                            \
	struct NAME;                                                                                                   \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ struct PREFIX *NAME##_map(struct NAME *map)                                                \
	{                                                                                                              \
		void *same = map;                                                                                      \
                                                                                                                       \
		return same;                                                                                           \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ struct NAME *NAME##_of_(void *map)                                                         \
	{                                                                                                              \
		return map;                                                                                            \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_LOOK_ int NAME##_new(struct NAME **map, const struct nbmap_config *config)                         \
	{                                                                                                              \
		struct PREFIX *made = NULL;                                                                            \
		int error = map ? PREFIX##_new(&made, config) : -EINVAL;                                               \
                                                                                                                       \
		if (!error)                                                                                            \
			*map = NAME##_of_(made);                                                                       \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_destroy(struct NAME *map)                                                       \
	{                                                                                                              \
		return PREFIX##_destroy(NAME##_map(map));                                                              \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ void NAME##_enter(struct NAME *map)                                                        \
	{                                                                                                              \
		PREFIX##_enter(NAME##_map(map));                                                                       \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ void NAME##_leave(struct NAME *map)                                                        \
	{                                                                                                              \
		PREFIX##_leave(NAME##_map(map));                                                                       \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_LOOK_ int NAME##_synchronize(struct NAME *map)                                                     \
	{                                                                                                              \
		return PREFIX##_synchronize(NAME##_map(map));                                                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_barrier(struct NAME *map)                                                       \
	{                                                                                                              \
		return PREFIX##_barrier(NAME##_map(map));                                                              \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ long NAME##_reclaim(struct NAME *map)                                                      \
	{                                                                                                              \
		return PREFIX##_reclaim(NAME##_map(map));                                                              \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ long NAME##_reclaim_within(struct NAME *map, uint64_t ns)                                  \
	{                                                                                                              \
		return PREFIX##_reclaim_within(NAME##_map(map), ns);                                                   \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ size_t NAME##_count(struct NAME *map)                                                      \
	{                                                                                                              \
		return PREFIX##_count(NAME##_map(map));                                                                \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_clear(struct NAME *map)                                                         \
	{                                                                                                              \
		return PREFIX##_clear(NAME##_map(map));                                                                \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ void NAME##_stats(struct NAME *map, struct nbmap_stats *stats)                             \
	{                                                                                                              \
		PREFIX##_stats(NAME##_map(map), stats);                                                                \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ NAME##_value NAME##_get(struct NAME *map, NAME##_key key)                                  \
	{                                                                                                              \
		return OUT(PREFIX##_get(NAME##_map(map), KEY_IN(key)));                                                \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ void NAME##_get_batch(struct NAME *map, const NAME##_key *keys, NAME##_value *values,      \
						  size_t count)                                                        \
	{                                                                                                              \
		while (count) {                                                                                        \
			size_t n = count < NBMAP_TYPED_BATCH_ ? count : NBMAP_TYPED_BATCH_;                            \
			RAW_KEY asked[NBMAP_TYPED_BATCH_];                                                             \
			void *found[NBMAP_TYPED_BATCH_];                                                               \
                                                                                                                       \
			for (size_t i = 0; i < n; i++)                                                                 \
				asked[i] = KEY_IN(keys[i]);                                                            \
			PREFIX##_get_batch(NAME##_map(map), asked, found, n);                                          \
			for (size_t i = 0; i < n; i++)                                                                 \
				values[i] = OUT(found[i]);                                                             \
			keys += n;                                                                                     \
			values += n;                                                                                   \
			count -= n;                                                                                    \
		}                                                                                                      \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_put(struct NAME *map, NAME##_key key, NAME##_value value, NAME##_value *seen)   \
	{                                                                                                              \
		void *had = NULL;                                                                                      \
		int error = PREFIX##_put(NAME##_map(map), KEY_IN(key), IN(value), seen ? &had : NULL);                 \
                                                                                                                       \
		if (seen)                                                                                              \
			*seen = OUT(had);                                                                              \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_add(struct NAME *map, NAME##_key key, NAME##_value value, NAME##_value *seen)   \
	{                                                                                                              \
		void *had = NULL;                                                                                      \
		int error = PREFIX##_add(NAME##_map(map), KEY_IN(key), IN(value), seen ? &had : NULL);                 \
                                                                                                                       \
		if (seen)                                                                                              \
			*seen = OUT(had);                                                                              \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_set(struct NAME *map, NAME##_key key, NAME##_value value, NAME##_value *seen)   \
	{                                                                                                              \
		void *had = NULL;                                                                                      \
		int error = PREFIX##_set(NAME##_map(map), KEY_IN(key), IN(value), seen ? &had : NULL);                 \
                                                                                                                       \
		if (seen)                                                                                              \
			*seen = OUT(had);                                                                              \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_replace(struct NAME *map, NAME##_key key, NAME##_expected_ expected,            \
					       NAME##_value value, NAME##_value *seen)                                 \
	{                                                                                                              \
		void *had = NULL;                                                                                      \
		int error =                                                                                            \
			PREFIX##_replace(NAME##_map(map), KEY_IN(key), IN(expected), IN(value), seen ? &had : NULL);   \
                                                                                                                       \
		if (seen)                                                                                              \
			*seen = OUT(had);                                                                              \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_del(struct NAME *map, NAME##_key key, NAME##_value *seen)                       \
	{                                                                                                              \
		void *had = NULL;                                                                                      \
		int error = PREFIX##_del(NAME##_map(map), KEY_IN(key), seen ? &had : NULL);                            \
                                                                                                                       \
		if (seen)                                                                                              \
			*seen = OUT(had);                                                                              \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_del_if(struct NAME *map, NAME##_key key, NAME##_expected_ expected,             \
					      NAME##_value *seen)                                                      \
	{                                                                                                              \
		void *had = NULL;                                                                                      \
		int error = PREFIX##_del_if(NAME##_map(map), KEY_IN(key), IN(expected), seen ? &had : NULL);           \
                                                                                                                       \
		if (seen)                                                                                              \
			*seen = OUT(had);                                                                              \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	typedef int NAME##_update_fn(NAME##_key key, NAME##_value current, NAME##_value *value, void *arg);            \
	struct NAME##_update_ {                                                                                        \
		NAME##_update_fn *fn;                                                                                  \
		void *arg;                                                                                             \
	};                                                                                                             \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_call_update_(RAW_KEY key, void *current, void **value, void *arg)               \
	{                                                                                                              \
		const struct NAME##_update_ *update = arg;                                                             \
		NAME##_value planned = OUT(*value);                                                                    \
		int action = update->fn(KEY_OUT(NAME##_key, key), OUT(current), &planned, update->arg);                \
                                                                                                                       \
		*value = PLANNED_IN(planned);                                                                          \
		return action;                                                                                         \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ int NAME##_update(struct NAME *map, NAME##_key key, NAME##_update_fn *fn, void *arg,       \
					      NAME##_value *seen)                                                      \
	{                                                                                                              \
		struct NAME##_update_ update = {fn, arg};                                                              \
		void *had = NULL;                                                                                      \
		int error = PREFIX##_update(NAME##_map(map), KEY_IN(key), fn ? NAME##_call_update_ : NULL, &update,    \
					    seen ? &had : NULL);                                                       \
                                                                                                                       \
		if (seen)                                                                                              \
			*seen = OUT(had);                                                                              \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	typedef NAME##_value NAME##_create_fn(NAME##_key key, void *arg);                                              \
	struct NAME##_create_ {                                                                                        \
		NAME##_create_fn *create;                                                                              \
		void *arg;                                                                                             \
	};                                                                                                             \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ void *NAME##_call_create_(RAW_KEY key, void *arg)                                          \
	{                                                                                                              \
		const struct NAME##_create_ *creation = arg;                                                           \
                                                                                                                       \
		return PLANNED_IN(creation->create(KEY_OUT(NAME##_key, key), creation->arg));                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_LOOK_ int NAME##_get_or_add(struct NAME *map, NAME##_key key, NAME##_create_fn *create, void *arg, \
						NAME##_value *value)                                                   \
	{                                                                                                              \
		struct NAME##_create_ creation = {create, arg};                                                        \
		void *found = NULL;                                                                                    \
		int error = PREFIX##_get_or_add(NAME##_map(map), KEY_IN(key), create ? NAME##_call_create_ : NULL,     \
						&creation, value ? &found : NULL);                                     \
                                                                                                                       \
		if (value)                                                                                             \
			*value = OUT(found);                                                                           \
		return error;                                                                                          \
	}                                                                                                              \
                                                                                                                       \
	struct NAME##_iter {                                                                                           \
		struct nbmap_iter iter;                                                                                \
	};                                                                                                             \
                                                                                                                       \
	NBMAP_TYPED_LOOK_ int NAME##_iter_init(struct NAME *map, struct NAME##_iter *iter)                             \
	{                                                                                                              \
		return PREFIX##_iter_init(NAME##_map(map), &iter->iter);                                               \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_LOOK_ bool NAME##_iter_next(struct NAME##_iter *iter, NAME##_key *key, NAME##_value *value)        \
	{                                                                                                              \
		RAW_KEY next;                                                                                          \
		void *found;                                                                                           \
                                                                                                                       \
		if (!PREFIX##_iter_next(&iter->iter, &next, &found))                                                   \
			return false;                                                                                  \
		*key = KEY_OUT(NAME##_key, next);                                                                      \
		*value = OUT(found);                                                                                   \
		return true;                                                                                           \
	}                                                                                                              \
                                                                                                                       \
	struct NAME##_entry {                                                                                          \
		struct PREFIX##_entry entry;                                                                           \
	};                                                                                                             \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ NAME##_key NAME##_entry_key(const struct NAME##_entry *entry)                              \
	{                                                                                                              \
		return KEY_OUT(NAME##_key, entry->entry.key);                                                          \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_INLINE_ NAME##_value NAME##_entry_value(const struct NAME##_entry *entry)                          \
	{                                                                                                              \
		return OUT(entry->entry.value);                                                                        \
	}                                                                                                              \
                                                                                                                       \
	NBMAP_TYPED_LOOK_ long NAME##_scan(struct NAME *map, struct nbmap_cursor *cursor,                              \
					   struct NAME##_entry *entries, size_t n)                                     \
	{                                                                                                              \
		void *same = entries;                                                                                  \
                                                                                                                       \
		return PREFIX##_scan(NAME##_map(map), cursor, same, n);                                                \
	}

/* And where values are integers. */
#define NBMAP_TYPED_ADD_INT_(NAME, PREFIX, KEY_IN)                                                                     \
	NBMAP_TYPED_INLINE_ int NAME##_add_int(struct NAME *map, NAME##_key key, int64_t delta, NAME##_value *seen)    \
	{                                                                                                              \
		void *had = NULL;                                                                                      \
		int error = PREFIX##_add_int(NAME##_map(map), KEY_IN(key), delta, seen ? &had : NULL);                 \
                                                                                                                       \
		if (seen)                                                                                              \
			*seen = nbmap_int_of(had);                                                                     \
		return error;                                                                                          \
	}

#endif
