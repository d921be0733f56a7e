/*
 * lifetime: domains as their users see them: made, shared, counted, ended.
 *
 *   users = makers and holders;  the last to go ends the domain
 *   end:  stop the threads -> rounds until pending = 0 -> free the memory
 *
 * The loop is needed because a free callback may retire in its turn.  A domain
 * is one block of memory,
 *
 *   | struct nbr_domain | stripes | batches kept for removals |
 *
 * and a failed creation leaves nothing behind, for what is acquired is released
 * in reverse order.
 *
 * Sources: reclaim.h.
 */
#include "reclaim.h"

#include "callback.h"
#include "clock.h"
#include "free.h"
#include "budget.h"
#include "reclaimer.h"
#include "registry.h"
#include "retire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_LIMIT_OBJECTS ((uint64_t)1 << 24)
#define DEFAULT_ASSIST ((uint64_t)1 << 13)

/* From so many times `assist` on who retires takes on slices of nodes ... */
#define SLICES 8
/* ... and yields between sections. */
#define TURN 32

/* Full batches that a stripe counts before it tells the domain. */
#define TELL_BATCHES 16

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

static unsigned stripes_wanted(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned stripes = NBR_MIN_STRIPES;

	while (stripes < NBR_MAX_STRIPES && (long)stripes < 2 * cpus)
		stripes *= 2;
	return stripes;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t times(uint64_t n, uint64_t factor)
{
	return n < UINT64_MAX / factor ? n * factor : UINT64_MAX;
}

/* So that the slack of account.h is an eighth of the limit at most, and what a stripe does
 * not tell is little beside what makes a grace period urgent. */
static uint64_t tell_from(uint64_t batch, uint64_t wake, uint64_t limit, uint64_t stripes)
{
	uint64_t tell = least(TELL_BATCHES * batch, least(wake / 8, limit / (8 * stripes)));

	return tell >= batch ? tell : 1;
}

static void set_limits(struct nbr_domain *domain, const struct nbr_config *config)
{
	uint64_t stripes = (uint64_t)domain->stripe_mask + 1;

	domain->limit_objects = config->limit_objects != 0 ? config->limit_objects : DEFAULT_LIMIT_OBJECTS;
	domain->limit_bytes = config->limit_bytes != 0 ? config->limit_bytes : nbr_memory_available() / 2;
	domain->limit_bytes += domain->limit_bytes == 0;
	/* Well before anyone is refused. */
	domain->assist_objects = config->assist != 0 ? config->assist : least(DEFAULT_ASSIST, domain->limit_objects / 4);
	domain->assist_bytes = domain->limit_bytes / 4;
	domain->slice_objects = times(domain->assist_objects, SLICES);
	domain->turn_objects = domain->flags & NBR_NO_YIELD ? UINT64_MAX : times(domain->assist_objects, TURN);
	/* Well before anyone is made to pay. */
	domain->wake_objects = least(WAKE_OBJECTS, least(domain->limit_objects / 4, domain->assist_objects / 2));
	domain->wake_bytes = least(WAKE_BYTES, domain->limit_bytes / 4);
	/* 0 would be urgent for ever. */
	domain->wake_objects += domain->wake_objects == 0;
	domain->wake_bytes += domain->wake_bytes == 0;
	domain->tell_objects = tell_from(NBR_BATCH_ENTRIES, domain->wake_objects, domain->limit_objects, stripes);
	domain->tell_bytes = tell_from(NBR_BATCH_BYTES, domain->wake_bytes, domain->limit_bytes, stripes);
}

/* ---- Making and ending ---------------------------------------------------- */

static size_t domain_size(unsigned stripes)
{
	return sizeof(struct nbr_domain) + stripes * sizeof(struct nbr_stripe) + NBR_KEPT * sizeof(struct nbr_batch);
}

/* All but what the system has to give; the memory is cleared. */
static void set_up(struct nbr_domain *domain, const struct nbr_config *config, unsigned stripes)
{
	domain->rcu = nbr_flavor_ops(config->flavor);
	domain->flavor = config->flavor;
	domain->flags = config->flags;
	domain->stripe_mask = stripes - 1;
	domain->stripes = (struct nbr_stripe *)(domain + 1);
	domain->kept = (struct nbr_batch *)(void *)(domain->stripes + stripes);
	atomic_init(&domain->kept_free, (UINT64_C(1) << NBR_KEPT) - 1);
	set_limits(domain, config);
	domain->on_limit = config->on_limit;
	if (config->user_size != 0)
		memcpy(domain->user, config->user, config->user_size);
	domain->hooks = (struct nbr_thread_hooks){config->on_thread_start, config->on_thread_exit, domain->user};
	domain->watch.domain = domain;
	domain->watch.hooks = domain->hooks;
	domain->watch.report = config->on_stall;
	domain->watch.limit_ms = config->on_stall != NULL ? config->stall_ms : 0;
	atomic_init(&domain->users, 1);
}

static int init_locks(struct nbr_domain *domain)
{
	if (nbr_seat_init(&domain->clock_seat) != 0)
		return -ENOMEM;
	if (nbr_seat_init(&domain->freer_seat) != 0)
		goto clock_seat;
	if (nbr_seat_init(&domain->hands_seat) != 0)
		goto freer_seat;
	if (nbr_seat_init(&domain->sealer_seat) != 0)
		goto hands_seat;
	if (nbr_clock_init(&domain->clock) != 0)
		goto sealer_seat;
	if (nbr_sleeper_init(&domain->clock_sleeper) != 0)
		goto clock;
	if (nbr_sleeper_init(&domain->freer_sleeper) != 0)
		goto clock_sleeper;
	return 0;

clock_sleeper:
	nbr_sleeper_destroy(&domain->clock_sleeper);
clock:
	nbr_clock_destroy(&domain->clock);
sealer_seat:
	nbr_seat_destroy(&domain->sealer_seat);
hands_seat:
	nbr_seat_destroy(&domain->hands_seat);
freer_seat:
	nbr_seat_destroy(&domain->freer_seat);
clock_seat:
	nbr_seat_destroy(&domain->clock_seat);
	return -ENOMEM;
}

static void destroy_locks(struct nbr_domain *domain)
{
	nbr_sleeper_destroy(&domain->freer_sleeper);
	nbr_sleeper_destroy(&domain->clock_sleeper);
	nbr_clock_destroy(&domain->clock);
	nbr_seat_destroy(&domain->sealer_seat);
	nbr_seat_destroy(&domain->hands_seat);
	nbr_seat_destroy(&domain->freer_seat);
	nbr_seat_destroy(&domain->clock_seat);
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
	err = init_locks(domain);
	if (err == 0 && !(config->flags & NBR_NO_THREAD)) {
		err = nbr_reclaimer_start(domain);
		if (err != 0)
			destroy_locks(domain);
	}
	if (err != 0) {
		allocator->free(domain, domain_size(stripes), allocator->arg);
		return err;
	}
	*out = domain;
	return 0;
}

/* The threads are gone, and so are all who retired, but that they may still pay. */
static void drain(struct nbr_domain *domain)
{
	do {
		uint64_t stamp;

		nbr_seal_patiently(domain);
		stamp = nbr_clock_stamp(domain);
		nbr_clock_await(domain, stamp);
		nbr_seat_take(&domain->freer_seat);
		nbr_free_all(domain, stamp);
		nbr_seat_leave(&domain->freer_seat);
		nbr_hands_await(domain);
	} while (nbr_pending(domain) != 0);
	nbr_free_all_spares(domain);
}

static void end(struct nbr_domain *domain)
{
	struct nbr_allocator allocator = domain->allocator;
	enum nbr_guest guest = nbr_guest_begin(domain);

	/* Who forks and found the domain still registered has asked before us. */
	nbr_seat_take(&domain->clock_seat);
	nbr_seat_take(&domain->freer_seat);
	nbr_seat_leave(&domain->freer_seat);
	nbr_seat_leave(&domain->clock_seat);
	nbr_reclaimer_stop(domain);
	drain(domain);
	nbr_guest_end(domain, guest);
	destroy_locks(domain);
	allocator.free(domain, domain_size(domain->stripe_mask + 1), allocator.arg);
}

/* ---- Users ---------------------------------------------------------------- */

static bool config_valid(const struct nbr_config *config)
{
	if (config == NULL || nbr_flavor_ops(config->flavor) == NULL ||
	    (config->flags & ~(NBR_NO_THREAD | NBR_LIMIT_REPORTS_ONLY | NBR_NO_YIELD)) != 0)
		return false;
	if (config->allocator != NULL && (config->allocator->alloc == NULL || config->allocator->free == NULL))
		return false;
	/* A report that could never be made. */
	if (config->on_stall != NULL && (config->stall_ms == 0 || (config->flags & NBR_NO_THREAD)))
		return false;
	return config->user_size <= NBR_USER_MAX;
}

int nbr_domain_new(struct nbr_domain **domain, const struct nbr_config *config)
{
	int err = nbr_registry_check_process(), cancel_state;

	if (!config_valid(config))
		return -EINVAL;
	if (err != 0)
		return err;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	err = make(domain, config);
	if (err == 0) {
		nbr_registry_lock();
		nbr_registry_add(*domain);
		nbr_registry_unlock();
	}
	pthread_setcancelstate(cancel_state, NULL);
	return err;
}

/* With the registry's lock. */
static int shared_domain(struct nbr_domain **place, const struct nbr_config *config)
{
	int err;

	if (*place != NULL) {
		nbr_domain_ref(*place);
		return 0;
	}
	err = make(place, config);
	if (err == 0) {
		(*place)->shared = true;
		nbr_registry_add(*place);
	}
	return err;
}

int nbr_domain_shared(struct nbr_domain **domain, enum nbr_flavor flavor, bool thread)
{
	struct nbr_config config = {.flavor = flavor, .flags = thread ? 0 : NBR_NO_THREAD};
	int err = nbr_registry_check_process(), cancel_state;

	if (nbr_flavor_ops(flavor) == NULL)
		return -EINVAL;
	if (err != 0)
		return err;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	nbr_registry_lock();
	err = shared_domain(nbr_registry_shared(flavor, thread), &config);
	if (err == 0)
		*domain = *nbr_registry_shared(flavor, thread);
	nbr_registry_unlock();
	pthread_setcancelstate(cancel_state, NULL);
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
	int err = nbr_may_wait(domain), cancel_state;
	bool last;

	/* Without the lock as long as others remain.  Release: hands what this user did
	 * to the one who ends the domain. */
	while (users > 1)
		if (atomic_compare_exchange_weak_explicit(&domain->users, &users, users - 1, memory_order_release,
							  memory_order_relaxed))
			return 0;
	if (err == 0)
		err = nbr_registry_check_process();
	if (err != 0)
		return err;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	nbr_registry_lock();
	/* The lock, under which a shared domain gets users, decides who is last.
	 * Acquire: pairs with the release of the others. */
	last = atomic_fetch_sub_explicit(&domain->users, 1, memory_order_acq_rel) == 1;
	if (last)
		nbr_registry_remove(domain);
	nbr_registry_unlock();
	if (last)
		end(domain);
	pthread_setcancelstate(cancel_state, NULL);
	return 0;
}

bool nbr_domain_exists(const struct nbr_domain *domain)
{
	const struct nbr_domain *one;

	nbr_registry_lock();
	for (one = nbr_registry_first(); one != NULL && one != domain; one = one->next)
		;
	nbr_registry_unlock();
	return one != NULL;
}

bool nbr_domain_is_shared(const struct nbr_domain *domain)
{
	return domain->shared;
}

void *nbr_domain_user(struct nbr_domain *domain)
{
	return domain->user;
}

enum nbr_flavor nbr_domain_flavor(const struct nbr_domain *domain)
{
	return domain->flavor;
}
