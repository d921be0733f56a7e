/* counter: which maps there are, and calls passed on to the one chosen.  See counter.h. */
#include "counter.h"

#include <string.h>

#include "maps/maps.h"

const struct counter_map *const counter_maps[] = {
	&counter_nbmap,
#ifdef WORDCOUNT_CDS_LFHT
	&counter_cds_lfht,
#endif
#ifdef WORDCOUNT_LIBCUCKOO
	&counter_libcuckoo,
#endif
#ifdef WORDCOUNT_TBB
	&counter_tbb,
#endif
#ifdef WORDCOUNT_GLIB
	&counter_glib,
#endif
	NULL,
};

const struct counter_map *counter_find(const char *name)
{
	for (unsigned i = 0; counter_maps[i]; i++) {
		if (strcmp(counter_maps[i]->name, name) == 0)
			return counter_maps[i];
	}
	return NULL;
}

/* Call what may be absent. */
static void call(const struct counter *counter, void (*function)(void *state))
{
	if (function)
		function(counter->state);
}

int counter_new(struct counter *counter, const struct counter_map *map, const struct counter_options *options)
{
	*counter = (struct counter){.map = map};
	return map->create(&counter->state, options);
}

int counter_destroy(struct counter *counter)
{
	return counter->map->destroy(counter->state);
}

void counter_register(const struct counter *counter)
{
	call(counter, counter->map->register_thread);
}

void counter_unregister(const struct counter *counter)
{
	call(counter, counter->map->unregister_thread);
}

void counter_enter(struct counter *counter)
{
	call(counter, counter->map->enter);
}

void counter_leave(struct counter *counter)
{
	call(counter, counter->map->leave);
}

void counter_offline(const struct counter *counter)
{
	call(counter, counter->map->offline);
}

void counter_online(const struct counter *counter)
{
	call(counter, counter->map->online);
}

void counter_breathe(struct counter *counter)
{
	counter_leave(counter);
	call(counter, counter->map->quiesce);
	counter_enter(counter);
}

void counter_relieve(struct counter *counter)
{
	counter_leave(counter);
	counter_offline(counter);
	call(counter, counter->map->reclaim);
	counter_online(counter);
	counter_enter(counter);
}

int counter_add(struct counter *counter, const void *item, size_t size)
{
	return counter->map->add(counter->state, item, size);
}

int counter_sweep(struct counter *counter, uint64_t rare, struct reference *removed, counter_stop *stop, void *arg)
{
	return counter->map->sweep(counter->state, rare, removed, stop, arg);
}

int counter_collect(struct counter *counter, struct reference *table)
{
	return counter->map->collect(counter->state, table);
}

bool counter_stats(struct counter *counter, struct nbmap_stats *stats)
{
	if (!counter->map->stats)
		return false;
	counter->map->stats(counter->state, stats);
	return true;
}

int counter_barrier(struct counter *counter)
{
	return counter->map->barrier ? counter->map->barrier(counter->state) : 0;
}

void counter_reclaimed(struct counter *counter, struct nbmap_domain_stats *stats)
{
	counter->map->reclaimed(counter->state, stats);
}
