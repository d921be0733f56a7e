/*
 * reclaim: domains as their users see them: made, shared, counted, ended.
 *
 *   users = makers and holders;  the last to go ends the domain
 *   end:  stop the reclaimer -> rounds until pending = 0 -> free the memory
 *
 * The loop is needed because a free callback may retire in its turn.  A domain
 * is one block of memory, the stripes at its end; a failed creation leaves
 * nothing behind, for what is acquired is released in reverse order.
 *
 * Sources: reclaim.h.
 */
#include "reclaim.h"

#include "batch.h"
#include "cycle.h"
#include "domain.h"
#include "registry.h"
#include "thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_LIMIT_OBJECTS ((uint64_t)1 << 24)
#define DEFAULT_ASSIST ((uint64_t)1 << 16)

/* A backlog of this size is worth a grace period at once. */
#define WAKE_OBJECTS ((uint64_t)4096)
#define WAKE_BYTES ((uint64_t)1 << 20)

/* ---- Defaults ------------------------------------------------------------- */

static void *plain_alloc(size_t size, size_t align, void *arg)
{
	(void)arg;
	/* aligned_alloc() wants a multiple. */
	return aligned_alloc(align, (size + align - 1) & ~(align - 1));
}

static void plain_free(void *block, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	free(block);
}

static uint64_t half_of_memory(void)
{
#ifdef _SC_PHYS_PAGES
	long pages = sysconf(_SC_PHYS_PAGES);
	long size = sysconf(_SC_PAGESIZE);

	if (pages > 0 && size > 0)
		return (uint64_t)pages / 2 * (uint64_t)size;
#endif
	return UINT64_MAX;
}

static unsigned stripes_wanted(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned stripes = 2;

	while (stripes < NBR_MAX_STRIPES && (long)stripes < 2 * cpus)
		stripes *= 2;
	return stripes;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void set_limits(struct nbr_domain *domain, const struct nbr_config *config)
{
	domain->limit_objects = config->limit_objects != 0 ? config->limit_objects : DEFAULT_LIMIT_OBJECTS;
	domain->limit_bytes = config->limit_bytes != 0 ? config->limit_bytes : half_of_memory();
	domain->assist = config->assist != 0 ? config->assist : DEFAULT_ASSIST;
	/* Well before anyone is made to pay. */
	domain->wake_objects = least(WAKE_OBJECTS, least(domain->limit_objects / 4, domain->assist / 2));
	domain->wake_bytes = least(WAKE_BYTES, domain->limit_bytes / 4);
	/* 0 would be urgent for ever. */
	domain->wake_objects += domain->wake_objects == 0;
	domain->wake_bytes += domain->wake_bytes == 0;
}

/* ---- Making and ending ---------------------------------------------------- */

static size_t domain_size(unsigned stripes)
{
	return sizeof(struct nbr_domain) + stripes * sizeof(struct nbr_stripe);
}

/* All but what the system has to give. */
static void set_up(struct nbr_domain *domain, const struct nbr_config *config, unsigned stripes)
{
	unsigned i;

	domain->rcu = nbr_flavor_ops(config->flavor);
	domain->flavor = config->flavor;
	domain->flags = config->flags;
	domain->stripe_mask = stripes - 1;
	set_limits(domain, config);
	domain->on_limit = config->on_limit;
	domain->arg = config->arg;
	if (!(config->flags & NBR_NO_THREAD) && config->on_stall != NULL)
		domain->watch.limit_ms = config->stall_ms;
	domain->watch.report = config->on_stall;
	domain->watch.arg = config->arg;
	atomic_init(&domain->users, 1);
	atomic_init(&domain->queue, NULL);
	for (i = 0; i < NBR_RIPE; i++)
		atomic_init(&domain->ripe[i], NULL);
	for (i = 0; i < stripes; i++)
		atomic_init(&domain->stripes[i].batch, NULL);
}

/* What the system has to give. */
static int start(struct nbr_domain *domain)
{
	if (nbr_seat_init(&domain->seat) != 0)
		return -ENOMEM;
	if (nbr_sleeper_init(&domain->sleeper) != 0) {
		nbr_seat_destroy(&domain->seat);
		return -ENOMEM;
	}
	if (!(domain->flags & NBR_NO_THREAD) && nbr_reclaimer_start(domain) != 0) {
		nbr_sleeper_destroy(&domain->sleeper);
		nbr_seat_destroy(&domain->seat);
		return -EAGAIN;
	}
	return 0;
}

static int make(struct nbr_domain **out, const struct nbr_config *config)
{
	static const struct nbr_allocator plain = {plain_alloc, plain_free, NULL};
	const struct nbr_allocator *allocator = config->allocator != NULL ? config->allocator : &plain;
	unsigned stripes = stripes_wanted();
	struct nbr_domain *domain = allocator->alloc(domain_size(stripes), NBR_LINE, allocator->arg);
	int err;

	if (domain == NULL)
		return -ENOMEM;
	memset(domain, 0, domain_size(stripes));
	domain->allocator = *allocator;
	set_up(domain, config, stripes);
	err = start(domain);
	if (err != 0) {
		allocator->free(domain, domain_size(stripes), allocator->arg);
		return err;
	}
	*out = domain;
	return 0;
}

static void drain(struct nbr_domain *domain, enum nbr_presence presence)
{
	bool missed;

	nbr_seat_take(&domain->seat);
	/* A round without a catch leaves only what a writer is freeing by assistance;
	 * it is in a section, so wait for that. */
	while (nbr_pending(domain) != 0)
		if (nbr_cycle(domain, presence) == 0 && nbr_pending(domain) != 0)
			nbr_grace_period(domain);
	/* Batches without an entry are not pending; this frees them. */
	(void)nbr_collect_stripes(domain, NULL, &missed);
	nbr_spare_return(domain);
	nbr_seat_leave(&domain->seat);
}

static void end(struct nbr_domain *domain)
{
	struct nbr_allocator allocator = domain->allocator;
	enum nbr_presence presence = nbr_wait_begin(domain);

	nbr_reclaimer_stop(domain);
	drain(domain, presence);
	nbr_wait_end(domain, presence);
	nbr_sleeper_destroy(&domain->sleeper);
	nbr_seat_destroy(&domain->seat);
	allocator.free(domain, domain_size(domain->stripe_mask + 1), allocator.arg);
}

/* ---- Users ---------------------------------------------------------------- */

int nbr_domain_new(struct nbr_domain **domain, const struct nbr_config *config)
{
	int err;

	if (config == NULL || nbr_flavor_ops(config->flavor) == NULL ||
	    (config->flags & ~(NBR_NO_THREAD | NBR_LIMIT_REPORTS_ONLY)) != 0)
		return -EINVAL;
	if (config->allocator != NULL && (config->allocator->alloc == NULL || config->allocator->free == NULL))
		return -EINVAL;
	err = make(domain, config);
	if (err != 0)
		return err;
	nbr_registry_lock();
	nbr_registry_add(*domain);
	nbr_registry_unlock();
	return 0;
}

int nbr_domain_shared(struct nbr_domain **domain, enum nbr_flavor flavor, bool thread)
{
	struct nbr_config config = {.flavor = flavor, .flags = thread ? 0 : NBR_NO_THREAD};
	struct nbr_domain **place;
	int err = 0;

	if (nbr_flavor_ops(flavor) == NULL)
		return -EINVAL;
	nbr_registry_lock();
	place = nbr_registry_shared(flavor, thread);
	if (*place != NULL) {
		nbr_domain_ref(*place);
	} else {
		err = make(place, &config);
		if (err == 0)
			nbr_registry_add(*place);
	}
	if (err == 0)
		*domain = *place;
	nbr_registry_unlock();
	return err;
}

void nbr_domain_ref(struct nbr_domain *domain)
{
	/* Relaxed: the caller is, or the registry's lock protects, a user already. */
	atomic_fetch_add_explicit(&domain->users, 1, memory_order_relaxed);
}

unsigned nbr_domain_users(const struct nbr_domain *domain)
{
	/* Acquire: pairs with the release in unref, so who finds itself alone sees all
	 * that the others did. */
	return atomic_load_explicit(&domain->users, memory_order_acquire);
}

int nbr_domain_unref(struct nbr_domain *domain)
{
	unsigned users = nbr_domain_users(domain);

	/* Without the lock as long as others remain.  Release: hands what this user did
	 * to the one who ends the domain. */
	while (users > 1)
		if (atomic_compare_exchange_weak_explicit(&domain->users, &users, users - 1, memory_order_release,
							  memory_order_relaxed))
			return 0;
	if (nbr_in_callback() || (nbr_must_not_wait(domain) && nbr_pending(domain) != 0))
		return -EDEADLK;
	nbr_registry_lock();
	/* The lock, under which a shared domain gets users, decides who is last.
	 * Acquire: pairs with the release of the others. */
	if (atomic_fetch_sub_explicit(&domain->users, 1, memory_order_acq_rel) != 1) {
		nbr_registry_unlock();
		return 0;
	}
	nbr_registry_remove(domain);
	nbr_registry_unlock();
	end(domain);
	return 0;
}

enum nbr_flavor nbr_domain_flavor(const struct nbr_domain *domain)
{
	return domain->flavor;
}

/* ---- Sections ------------------------------------------------------------- */

void nbr_enter(struct nbr_domain *domain)
{
	domain->rcu->read_lock();
}

void nbr_leave(struct nbr_domain *domain)
{
	nbr_tsan_section_ends(domain->flavor);
	domain->rcu->read_unlock();
}

bool nbr_in_section(const struct nbr_domain *domain)
{
	return domain->rcu->read_ongoing() != 0;
}

#ifdef NBR_TSAN
void nbr_annotate_quiescent(const struct nbr_domain *domain)
{
	nbr_tsan_section_ends(domain->flavor);
}
#endif
