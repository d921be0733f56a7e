/*
 * alone: see alone.h.
 */
#include "alone.h"

#include "host.h"
#include "life.h"
#include "map.h"
#include "migrate.h"
#include "reclaim.h"

bool alone_valid(struct nb_map *map)
{
	bool valid;

	if (nb_host_end(map))
		return false;
	valid = nb_map_valid(map);
	nb_store_release(&map->settling.ending, 0);
	nbr_enter(map->domain);
	if (nb_migrate_is_large(map))
		nb_host_settle(map);
	nbr_leave(map->domain);
	return valid;
}
