/*
 * either: a map of either kind in a domain of its own, with the values' own free and
 * all memory counted; for tests whose values are their own and must not be freed in fact.
 *
 * The keys are those of count_alloc.h.  A thread that opens one is registered with
 * its flavour and in a section from then on.
 */
#ifndef TEST_EITHER_H
#define TEST_EITHER_H

#include <stdbool.h>
#include <stdint.h>

#include "count_alloc.h"
#include "nbmap.h"
#include "ops.h"

struct either {
	bool integer; /* which of the two there is */
	enum nbmap_flavor flavor;
	struct count *count;
	struct nbmap_allocator allocator;
	struct nbmap_domain *domain;
	struct nbmap *objects;
	struct nbmap_u64 *integers;
	struct nb_map *core;
};

/* nbmap_NAME() or nbmap_u64_NAME() of the map. */
#define EITHER_WHOLE(either, name)                                                                                     \
	((either)->integer ? nbmap_u64_##name((either)->integers) : nbmap_##name((either)->objects))

/* `value_free` may be NULL.  Of `config`, flavour, flags and limits are taken. */
void either_open(struct either *either, bool integer, const struct nbmap_domain_config *config,
		 void (*value_free)(void *value, void *arg));

/* Out of the section; all is given back, or the test fails. */
void either_close(struct either *either);

void *either_get(const struct either *either, uint64_t id);

/* What another thread would do, in the midst of a call of ours: it must succeed. */
void either_interfere(const struct either *either, enum nb_verb verb, uint64_t id, void *value);

#endif
