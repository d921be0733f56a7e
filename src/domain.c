/*
 * domain: reclamation domains as the public header shows them: a reclaim
 * domain, and the application's callbacks, which get the public structures.
 */
#include "domain.h"

#include <errno.h>

#include "host.h"
#include "map.h"

_Static_assert((int)NBMAP_BP == (int)NBR_BP && (int)NBMAP_QSBR == (int)NBR_QSBR, "flavours are numbered alike");
_Static_assert((int)NBMAP_MEMB == (int)NBR_MEMB && (int)NBMAP_MB == (int)NBR_MB, "flavours are numbered alike");
_Static_assert(NBMAP_NO_THREAD == NBR_NO_THREAD && NBMAP_LIMIT_REPORTS_ONLY == NBR_LIMIT_REPORTS_ONLY, "so are flags");

struct nbmap_domain {
	struct nbr_domain *reclaim;
	struct nbmap_allocator allocator;
	void (*on_limit)(const struct nbmap_domain_stats *stats, void *arg);
	void (*on_stall)(unsigned age_ms, void *arg);
	void *arg;
};

struct nbr_domain *nb_domain_reclaim(struct nbmap_domain *domain)
{
	return domain->reclaim;
}

static struct nbmap_domain_stats stats_of(const struct nbr_stats *stats)
{
	return (struct nbmap_domain_stats){
		.pending_objects = stats->pending_objects,
		.pending_bytes = stats->pending_bytes,
		.freed_objects = stats->freed_objects,
		.freed_bytes = stats->freed_bytes,
		.grace_periods = stats->grace_periods,
	};
}

static void call_on_limit(const struct nbr_stats *stats, void *arg)
{
	const struct nbmap_domain *domain = arg;
	struct nbmap_domain_stats shown = stats_of(stats);

	domain->on_limit(&shown, domain->arg);
}

static void call_on_stall(unsigned age_ms, void *arg)
{
	const struct nbmap_domain *domain = arg;

	domain->on_stall(age_ms, domain->arg);
}

static bool config_valid(const struct nbmap_domain_config *config)
{
	for (size_t i = 0; i < sizeof(config->reserved) / sizeof(*config->reserved); i++)
		if (config->reserved[i])
			return false;
	return !config->allocator || (config->allocator->alloc && config->allocator->free);
}

int nbmap_domain_new(struct nbmap_domain **made, const struct nbmap_domain_config *config)
{
	static const struct nbmap_domain_config defaults;
	struct nbmap_allocator allocator;
	struct nbmap_domain *domain;
	struct nbr_config inner;
	int error;

	if (!config)
		config = &defaults;
	if (!made || !config_valid(config))
		return -EINVAL;
	allocator = config->allocator ? *config->allocator : nb_host_allocator(false);
	domain = allocator.alloc(sizeof(*domain), _Alignof(struct nbmap_domain), allocator.arg);
	if (!domain)
		return -ENOMEM;
	*domain = (struct nbmap_domain){
		.allocator = allocator,
		.on_limit = config->on_limit,
		.on_stall = config->on_stall,
		.arg = config->arg,
	};
	inner = (struct nbr_config){
		.flavor = (enum nbr_flavor)config->flavor,
		.flags = config->flags,
		.limit_objects = config->limit_objects,
		.limit_bytes = config->limit_bytes,
		.assist = config->assist,
		.on_limit = config->on_limit ? call_on_limit : NULL,
		.on_stall = config->on_stall ? call_on_stall : NULL,
		.stall_ms = config->stall_ms,
		.arg = domain,
		.allocator = &(struct nbr_allocator){allocator.alloc, allocator.free, allocator.arg},
	};
	error = nbr_domain_new(&domain->reclaim, &inner);
	if (error)
		allocator.free(domain, sizeof(*domain), allocator.arg);
	else
		*made = domain;
	return error;
}

int nbmap_domain_destroy(struct nbmap_domain *domain)
{
	struct nbmap_allocator allocator;
	int error;

	if (!domain)
		return 0;
	if (nbr_domain_users(domain->reclaim) > 1)
		return -EBUSY;
	allocator = domain->allocator;
	error = nbr_domain_unref(domain->reclaim);
	if (!error)
		allocator.free(domain, sizeof(*domain), allocator.arg);
	return error;
}

void nbmap_domain_stats(struct nbmap_domain *domain, struct nbmap_domain_stats *stats)
{
	struct nbr_stats got;

	nbr_domain_stats(domain->reclaim, &got);
	*stats = stats_of(&got);
}

int nbmap_before_fork(void)
{
	return nbr_before_fork();
}

void nbmap_after_fork_parent(void)
{
	nbr_after_fork_parent();
}

int nbmap_after_fork_child(void)
{
	return nbr_after_fork_child();
}
