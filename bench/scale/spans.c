/*
 * spans: see spans.h.  The one file of the simulation that knows the structures of
 * src/ and reclaim/.
 */
#include "spans.h"

#include <stdio.h>

#include "../../reclaim/domain.h"
#include "map.h"
#include "nbmap_subject.h"
#include "standins.h"
#include "stripe.h"
#include "table.h"

static struct nb_map *map_of(void *map)
{
	return &nbmap_of_subject(map)->map;
}

static struct nb_table *newest(void *map)
{
	return nb_load_relaxed(&map_of(map)->top); /* no other thread runs */
}

struct span_lines spans_lines(const struct subject *subject, void *map)
{
	struct nb_table *table;

	if (subject != &subject_nbmap)
		return standin_lines(map);
	table = newest(map);
	return (struct span_lines){(uintptr_t)table->line, table->lines * sizeof(struct nb_line)};
}

struct span_lines spans_hints(const struct subject *subject, void *map)
{
	struct nb_table *table;

	if (subject != &subject_nbmap)
		return (struct span_lines){0};
	table = newest(map);
	return (struct span_lines){(uintptr_t)table->spill, nb_spill_words(table->lines) * sizeof(nb_word)};
}

static bool is_in(uintptr_t address, const volatile void *start, size_t size)
{
	return address - (uintptr_t)start < size;
}

#define IS_MEMBER(address, object, member) is_in(address, &(object)->member, sizeof((object)->member))

static const char *in_count(const struct nb_count *count, uintptr_t address, const char *const names[3])
{
	if (is_in(address, count, sizeof(*count)))
		return names[0];
	for (struct nb_stripes *wide = nb_load_relaxed(&((struct nb_count *)(uintptr_t)count)->wide); wide;
	     wide = wide->older) {
		size_t size = nb_stripes_size(wide->mask + 1);

		if (!is_in(address, wide, size))
			continue;
		for (size_t i = 0; i <= wide->mask; i++)
			if (IS_MEMBER(address, &wide->stripe[i], own))
				return names[1];
		return names[2];
	}
	return NULL;
}

static const char *in_chain(const struct nb_chain *chain, uintptr_t address)
{
	static const char *const live[] = {"chain.live.first", "chain.live: a thread's own tally",
					   "chain.live: a shared tally"};
	static const char *const bytes[] = {"chain.value_bytes.first", "chain.value_bytes: own",
					    "chain.value_bytes: shared"};
	const char *name = in_count(&chain->live, address, live);

	if (!name)
		name = in_count(&chain->value_bytes, address, bytes);
	if (!name && is_in(address, chain, sizeof(*chain)))
		name = IS_MEMBER(address, chain, side) ? "chain.side" : "chain.newest";
	return name;
}

static const char *in_table(struct nb_table *table, uintptr_t address)
{
	const struct nb_claims *used = &table->used;

	if (used->threads && is_in(address, nb_claims_own(used), used->threads * sizeof(struct nb_claims_tally)))
		return "table.used: a thread's own tally";
	if (used->threads && is_in(address, used->shared, (used->share_mask + 1) * sizeof(*used->shared)))
		return "table.used: a shared tally";
	if (is_in(address, used, sizeof(*used)))
		return "table.used";
	if (is_in(address, table->line, table->lines * sizeof(struct nb_line)))
		return (address - (uintptr_t)table->line) % sizeof(struct nb_line) < NB_LINE_SLOTS * sizeof(nb_word)
			       ? "table.line: a key"
			       : "table.line: a value";
	if (is_in(address, table->lane, table->lanes * sizeof(struct nb_lane)))
		return "table.lane";
	if (is_in(address, nb_table_swept(table), (table->blocks + 63) / 64 * sizeof(nb_word)))
		return "table.swept";
	if (is_in(address, table->spill, nb_spill_words(table->lines) * sizeof(nb_word)))
		return "table.spill";
	if (!is_in(address, table, sizeof(*table)))
		return NULL;
	if (IS_MEMBER(address, table, check_mask))
		return "table.check_mask";
	if (IS_MEMBER(address, table, next))
		return "table.next";
	if (IS_MEMBER(address, table, heir))
		return "table.heir";
	if (IS_MEMBER(address, table, taken) || IS_MEMBER(address, table, cleared))
		return "table.taken, cleared";
	return "table: other members";
}

static const char *in_stripe(const struct nbr_stripe *stripe, uintptr_t address)
{
	if (IS_MEMBER(address, stripe, open))
		return "domain.stripe.open";
	if (IS_MEMBER(address, stripe, hands))
		return "domain.stripe.hands";
	if (IS_MEMBER(address, stripe, retired))
		return "domain.stripe.retired";
	if (IS_MEMBER(address, stripe, counts) || IS_MEMBER(address, stripe, told))
		return "domain.stripe.counts, told";
	return "domain.stripe: other members";
}

static const char *in_domain(const struct nbr_domain *domain, uintptr_t address)
{
	for (unsigned i = 0; i <= domain->stripe_mask; i++)
		if (is_in(address, &domain->stripes[i], sizeof(domain->stripes[i])))
			return in_stripe(&domain->stripes[i], address);
	if (!is_in(address, domain, sizeof(*domain)))
		return NULL;
	if (IS_MEMBER(address, domain, level))
		return "domain.level";
	if (IS_MEMBER(address, domain, told))
		return "domain.told";
	if (IS_MEMBER(address, domain, direct))
		return "domain.direct";
	if (IS_MEMBER(address, domain, clock))
		return "domain.clock";
	if (IS_MEMBER(address, domain, shelf))
		return "domain.shelf";
	if (IS_MEMBER(address, domain, clock_sleeper) || IS_MEMBER(address, domain, freer_sleeper))
		return "domain.sleeper";
	return "domain: other members";
}

const char *spans_name(const struct subject *subject, void *inner, uintptr_t address)
{
	struct nb_map *map;
	const char *name = NULL;

	if (subject != &subject_nbmap)
		return standin_name(inner, address);
	map = map_of(inner);

	/* Relaxed: no other thread runs. */
	for (struct nb_table *table = nb_load_relaxed(&map->top); table && !name; table = nb_load_relaxed(&table->next))
		name = in_table(table, address);
	if (!name)
		name = in_chain(nb_load_relaxed(&map->top)->chain, address);
	if (!name)
		name = in_domain(map->domain, address);
	if (!name && is_in(address, map, sizeof(*map)))
		name = "map";
	return name ? name : "elsewhere: a batch, a box, or a table that is gone";
}
