/*
 * facade: see facade.h.
 */
#include "facade.h"

#include <errno.h>
#include <string.h>

#include "misuse.h"
#include "print.h"
#include "reclaim.h"

_Static_assert((int)NBMAP_BP == (int)NBR_BP && (int)NBMAP_QSBR == (int)NBR_QSBR, "flavours are numbered alike");
_Static_assert((int)NBMAP_MEMB == (int)NBR_MEMB && (int)NBMAP_MB == (int)NBR_MB, "flavours are numbered alike");
_Static_assert(NBMAP_NO_THREAD == NBR_NO_THREAD && NBMAP_LIMIT_REPORTS_ONLY == NBR_LIMIT_REPORTS_ONLY &&
		       NBMAP_NO_YIELD == NBR_NO_YIELD,
	       "so are flags");

/* What the domain keeps for us. */
struct callbacks {
	void (*on_limit)(const struct nbmap_domain_stats *stats, void *arg);
	void (*on_stall)(unsigned age_ms, void *arg);
	void (*on_thread_start)(void *arg);
	void (*on_thread_exit)(void *arg);
	void *arg;
};

_Static_assert(sizeof(((struct nbmap_thread *)NULL)->name) == NBR_NAME_SIZE, "a name has room");
_Static_assert(sizeof(struct callbacks) <= NBR_USER_MAX, "they fit");

static struct nbmap_domain_stats stats_of(const struct nbr_stats *stats)
{
	return (struct nbmap_domain_stats){
		.pending_objects = stats->pending_objects,
		.pending_bytes = stats->pending_bytes,
		.freed_objects = stats->freed_objects,
		.freed_bytes = stats->freed_bytes,
		.grace_periods = stats->grace_periods,
		.refusals = stats->refusals,
		.grace_ns = stats->grace_ns,
		.longest_grace_ns = stats->longest_grace_ns,
		.limit_objects = stats->limit_objects,
		.limit_bytes = stats->limit_bytes,
	};
}

static void call_on_limit(void *user, const struct nbr_stats *stats)
{
	const struct callbacks *callbacks = user;
	struct nbmap_domain_stats shown = stats_of(stats);

	callbacks->on_limit(&shown, callbacks->arg);
}

static void call_on_stall(void *user, unsigned age_ms)
{
	const struct callbacks *callbacks = user;
	bool outer = nbr_callback_begin();

	callbacks->on_stall(age_ms, callbacks->arg);
	nbr_callback_end(outer);
}

static void call_on_thread_start(void *user)
{
	const struct callbacks *callbacks = user;
	bool outer = nbr_callback_begin();

	callbacks->on_thread_start(callbacks->arg);
	nbr_callback_end(outer);
}

static void call_on_thread_exit(void *user)
{
	const struct callbacks *callbacks = user;
	bool outer = nbr_callback_begin();

	callbacks->on_thread_exit(callbacks->arg);
	nbr_callback_end(outer);
}

/* ---- Life --------------------------------------------------------------- */

static bool config_valid(const struct nbmap_domain_config *config)
{
	for (size_t i = 0; i < sizeof(config->reserved) / sizeof(*config->reserved); i++)
		if (config->reserved[i])
			return false;
	return true;
}

int nbmap_domain_new(struct nbmap_domain **made, const struct nbmap_domain_config *config)
{
	static const struct nbmap_domain_config defaults;
	struct nbr_allocator allocator;
	struct nbr_domain *domain;
	struct callbacks callbacks;
	int error;

	if (!config)
		config = &defaults;
	if (!made || !config_valid(config))
		return -EINVAL;
	callbacks = (struct callbacks){config->on_limit, config->on_stall, config->on_thread_start,
				       config->on_thread_exit, config->arg};
	if (config->allocator)
		allocator = (struct nbr_allocator){config->allocator->alloc, config->allocator->free,
						   config->allocator->arg};
	error = nbr_domain_new(&domain, &(struct nbr_config){
						.flavor = (enum nbr_flavor)config->flavor,
						.flags = config->flags,
						.limit_objects = config->limit_objects,
						.limit_bytes = config->limit_bytes,
						.assist = config->assist,
						.on_limit = config->on_limit ? call_on_limit : NULL,
						.on_stall = config->on_stall ? call_on_stall : NULL,
						.stall_ms = config->stall_ms,
						.on_thread_start = config->on_thread_start ? call_on_thread_start : NULL,
						.on_thread_exit = config->on_thread_exit ? call_on_thread_exit : NULL,
						.allocator = config->allocator ? &allocator : NULL,
						.user_size = sizeof(callbacks),
						.user = &callbacks,
					});
	if (!error)
		*made = nb_domain_out(domain);
	return error;
}

int nbmap_domain_shared(struct nbmap_domain **domain, enum nbmap_flavor flavor, unsigned flags)
{
	struct nbr_domain *shared;
	int error;

	if (!domain || (flags & ~NBMAP_NO_THREAD))
		return -EINVAL;
	error = nbr_domain_shared(&shared, (enum nbr_flavor)flavor, !(flags & NBMAP_NO_THREAD));
	if (!error)
		*domain = nb_domain_out(shared);
	return error;
}

int nbmap_domain_destroy(struct nbmap_domain *domain)
{
	struct nbr_domain *inner = nb_domain_in(domain);
	int error;

	if (!domain)
		return 0;
	nb_misuse_domain(inner, __func__);
	if (!nbr_domain_is_shared(inner) && nbr_domain_users(inner) > 1)
		return -EBUSY;
	error = nbr_check_outside(inner);
	return error ? error : nbr_domain_unref(inner);
}

void nbmap_domain_stats(struct nbmap_domain *domain, struct nbmap_domain_stats *stats)
{
	struct nbr_stats got;

	nbr_domain_stats(nb_domain_in(domain), &got);
	*stats = stats_of(&got);
}

int nbmap_domain_stats_print(struct nbmap_domain *domain, FILE *out, enum nbmap_format format)
{
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(domain, &stats);
	return nb_print_domain_stats(&stats, out, format);
}

/* ---- Use ---------------------------------------------------------------- */

void nbmap_domain_enter(struct nbmap_domain *domain)
{
	nb_misuse_enter(nb_domain_in(domain), __func__);
	nbr_enter(nb_domain_in(domain));
}

void nbmap_domain_leave(struct nbmap_domain *domain)
{
	nbr_leave(nb_domain_in(domain));
}

int nb_domain_retire(struct nbr_domain *domain, void *object, void (*free)(void *object, void *arg), void *arg)
{
	struct nbr_ticket ticket;
	int error = object && free ? nbr_reserve(domain, NBR_REPLACES, &ticket) : -EINVAL;

	if (!error)
		nbr_retire_object(domain, &ticket, free, object, arg, 0);
	return error;
}

int nbmap_domain_retire(struct nbmap_domain *domain, void *object, void (*free)(void *object, void *arg), void *arg)
{
	nb_misuse_domain_section(nb_domain_in(domain), __func__);
	return nb_domain_retire(nb_domain_in(domain), object, free, arg);
}

int nbmap_domain_synchronize(struct nbmap_domain *domain)
{
	return nbr_synchronize(nb_domain_in(domain));
}

int nbmap_domain_barrier(struct nbmap_domain *domain)
{
	return nbr_barrier(nb_domain_in(domain));
}

long nbmap_domain_reclaim(struct nbmap_domain *domain)
{
	return nbr_reclaim(nb_domain_in(domain));
}

long nbmap_domain_reclaim_within(struct nbmap_domain *domain, uint64_t ns)
{
	return nbr_reclaim_within(nb_domain_in(domain), ns);
}

/* ---- fork --------------------------------------------------------------- */

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

/* ---- Threads ------------------------------------------------------------ */

static int named(int error, const char *call)
{
	nb_misuse_register(error, call);
	return error;
}

int nbmap_thread_register(enum nbmap_flavor flavor)
{
	return named(nbr_thread_register((enum nbr_flavor)flavor), __func__);
}

int nbmap_thread_unregister(enum nbmap_flavor flavor)
{
	return named(nbr_thread_unregister((enum nbr_flavor)flavor), __func__);
}

int nbmap_thread_offline(enum nbmap_flavor flavor)
{
	return named(nbr_thread_offline((enum nbr_flavor)flavor), __func__);
}

int nbmap_thread_online(enum nbmap_flavor flavor)
{
	return named(nbr_thread_online((enum nbr_flavor)flavor), __func__);
}

int nbmap_thread_quiescent(enum nbmap_flavor flavor)
{
	return named(nbr_thread_quiescent((enum nbr_flavor)flavor), __func__);
}

/* What is asked for, and how much of it was found. */
struct look {
	struct nbmap_thread *threads;
	size_t n, found;
};

static void note_awaited(long tid, const char *name, void *arg)
{
	struct look *look = arg;

	if (look->found < look->n) {
		struct nbmap_thread *thread = &look->threads[look->found];

		thread->tid = tid;
		memcpy(thread->name, name, sizeof(thread->name));
	}
	look->found++;
}

size_t nbmap_threads_awaited(enum nbmap_flavor flavor, struct nbmap_thread *threads, size_t n)
{
	struct look look = {.threads = threads, .n = n};

	if ((unsigned)flavor < NBR_FLAVORS)
		nbr_threads_awaited((enum nbr_flavor)flavor, note_awaited, &look);
	return look.found;
}

void nbmap_annotate_quiescent(enum nbmap_flavor flavor)
{
	if ((unsigned)flavor < NBR_FLAVORS)
		nbr_annotate_quiescent((enum nbr_flavor)flavor);
}
