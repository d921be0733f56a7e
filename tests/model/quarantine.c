/*
 * quarantine: see quarantine.h.
 */
#include "quarantine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "point.h"
#include "reclaim.h"
#include "scheduler.h"

#define BLOCKS_MAX 65536
#define POISON 0xdb
#define UNCLEARED 0xa5

struct block {
	char *start;
	size_t size;
	bool freed;
};

/* One retired object, and the sections it must outwait. */
struct retired {
	bool (*free_node)(struct nbr_node *node);
	struct nbr_node *node;
	void (*free_object)(void *object, void *arg);
	void *object, *arg;
	uint64_t blockers; /* threads in a section at the time, one bit each */
	bool pending;
};

struct nbr_domain {
	struct nbr_front front;
	unsigned depth[SCHEDULER_THREADS + 1]; /* of nested sections; the last: before and after */
	struct retired retired[BLOCKS_MAX];
	size_t retired_count;
	bool calling[SCHEDULER_THREADS + 1]; /* in a callback */
	bool failing[SCHEDULER_THREADS + 1]; /* at its next allocation */
	bool freeing, hoarding, writers_free;
	uint64_t until_failure; /* 0: none */
	bool failed;
};

struct nbr_batch {
	int unused;
};

static struct nbr_domain domain;
static struct nbr_batch the_batch;
static struct block blocks[BLOCKS_MAX];
static size_t block_count;
static uint64_t freed_by_writers;

/* The index of who runs. */
static unsigned self(void)
{
	uint32_t running = scheduler_running();

	return running == SCHEDULER_NOBODY ? SCHEDULER_THREADS : running;
}

/* ---- Blocks ------------------------------------------------------------- */

static struct block *block_at(const volatile void *address)
{
	/* The latest first: most touches are of young blocks. */
	for (size_t i = block_count; i-- > 0;)
		if ((const volatile char *)address >= blocks[i].start &&
		    (const volatile char *)address < blocks[i].start + blocks[i].size)
			return &blocks[i];
	return NULL;
}

static void watch(const volatile void *object)
{
	struct block *block = block_at(object);

	if (block && block->freed)
		model_fail("access to freed memory at offset %zu of a block of %zu bytes",
			   (size_t)((const volatile char *)object - block->start), block->size);
}

static void *block_new(size_t size, size_t align)
{
	size_t rounded = (size + align - 1) / align * align;
	char *start = aligned_alloc(align, rounded);

	if (!start || block_count == BLOCKS_MAX)
		model_fail("the model ran out of memory or blocks");
	/* Nobody may count on zeroes. */
	memset(start, UNCLEARED, rounded);
	blocks[block_count++] = (struct block){start, size, false};
	return start;
}

static void block_free(void *start)
{
	struct block *block = block_at(start);

	if (!block || block->start != (char *)start)
		model_fail("free of what was never allocated");
	if (block->freed)
		model_fail("double free of a block of %zu bytes", block->size);
	block->freed = true;
	memset(block->start, POISON, block->size);
}

void quarantine_begin(void)
{
	scheduler_watch = watch;
	block_count = 0;
	memset(domain.depth, 0, sizeof(domain.depth));
	domain.retired_count = 0;
	memset(domain.calling, 0, sizeof(domain.calling));
	memset(domain.failing, 0, sizeof(domain.failing));
	domain.freeing = domain.hoarding = domain.failed = false;
	domain.until_failure = 0;
}

void quarantine_fail(uint64_t nth)
{
	domain.until_failure = nth;
}

bool quarantine_failed(void)
{
	return domain.failed;
}

bool quarantine_grants(void)
{
	if (!domain.until_failure || --domain.until_failure)
		return true;
	domain.failed = true;
	return false;
}

void quarantine_writers_free(bool on)
{
	domain.writers_free = on;
}

uint64_t quarantine_freed_by_writers(void)
{
	return freed_by_writers;
}

static void release_blocks(bool check)
{
	for (size_t i = 0; i < block_count; i++) {
		if (check && !blocks[i].freed)
			model_fail("leak of a block of %zu bytes, the %zuth made", blocks[i].size, i);
		for (size_t j = 0; j < blocks[i].size && blocks[i].freed; j++)
			if ((unsigned char)blocks[i].start[j] != POISON)
				model_fail("write to freed memory, block of %zu bytes", blocks[i].size);
		free(blocks[i].start);
	}
	block_count = 0;
	scheduler_watch = NULL;
}

void quarantine_end(void)
{
	release_blocks(true);
}

void quarantine_abandon(void)
{
	release_blocks(false);
}

void quarantine_hoard(void)
{
	scheduler_watch = NULL;
	domain.hoarding = true;
}

size_t quarantine_waiting(void)
{
	size_t waiting = 0;

	for (size_t i = 0; i < domain.retired_count; i++)
		waiting += domain.retired[i].pending;
	return waiting;
}

void quarantine_fail_next(void)
{
	domain.failing[self()] = true;
}

static void *core_alloc(size_t size, size_t align, void *arg)
{
	bool *failing = &domain.failing[self()], fails = *failing;

	(void)arg;
	*failing = false;
	/* An allocator is no step of the core, but takes its time. */
	NB_POINT(failing);
	return !fails && quarantine_grants() ? block_new(size, align) : NULL;
}

static void core_free(void *block, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	block_free(block);
}

const struct nbmap_allocator quarantine_allocator = {.alloc = core_alloc, .free = core_free};

struct boxed *box(uint64_t number)
{
	struct boxed *made = block_new(sizeof(*made), 16);

	made->number = number;
	return made;
}

uint64_t boxed_number(const void *boxed)
{
	watch(boxed);
	return ((const struct boxed *)boxed)->number;
}

void unbox(void *boxed)
{
	block_free(boxed);
}

/* ---- Sections and grace periods ----------------------------------------- */

static uint64_t in_section(const struct nbr_domain *d)
{
	uint64_t threads = 0;

	for (unsigned i = 0; i <= SCHEDULER_THREADS; i++)
		if (d->depth[i])
			threads |= UINT64_C(1) << i;
	return threads;
}

/* A slice; false if it was not the last. */
static bool free_slice(struct nbr_domain *d, const struct retired *r)
{
	bool *calling = &d->calling[self()], outer = *calling, done = true;

	*calling = true;
	if (r->free_node)
		done = r->free_node(r->node);
	else
		r->free_object(r->object, r->arg);
	*calling = outer;
	return done;
}

/* Free all that waits for no section any more, at one instant.  Callbacks may
 * retire. */
static void free_ripe(struct nbr_domain *d)
{
	if (d->freeing)
		return;
	d->freeing = true;
	scheduler_switching(false);
	for (size_t i = 0; i < d->retired_count; i++) {
		struct retired *r = &d->retired[i];

		if (!r->pending || r->blockers)
			continue;
		r->pending = false;
		while (!free_slice(d, r))
			;
	}
	scheduler_switching(true);
	d->freeing = false;
}

/* Free one that is ripe, or a slice of it; nobody else has it meanwhile.  False if
 * there is none. */
static bool free_one(struct nbr_domain *d)
{
	for (size_t i = 0; i < d->retired_count; i++) {
		struct retired *r = &d->retired[i];

		if (!r->pending || r->blockers)
			continue;
		r->pending = false;
		r->pending = !free_slice(d, r);
		return true;
	}
	return false;
}

/* A thread that retires frees. */
static void assist(struct nbr_domain *d)
{
	if (d->writers_free && !d->hoarding && !d->calling[self()])
		freed_by_writers += free_one(d);
}

void quarantine_free_beside(void)
{
	while (!domain.hoarding && free_one(&domain))
		;
}

static void add(struct nbr_domain *d, struct retired retired)
{
	if (d->retired_count == BLOCKS_MAX)
		model_fail("the model ran out of room for the retired");
	retired.blockers = in_section(d);
	retired.pending = true;
	if (!(retired.blockers >> self() & 1))
		model_fail("retired outside a section");
	d->retired[d->retired_count++] = retired;
}

void nbr_enter(struct nbr_domain *d)
{
	d->depth[self()]++;
}

void nbr_leave(struct nbr_domain *d)
{
	if (--d->depth[self()] || d->hoarding)
		return;
	for (size_t i = 0; i < d->retired_count; i++)
		d->retired[i].blockers &= ~(UINT64_C(1) << self());
	if (!d->writers_free)
		free_ripe(d);
}

bool nbr_in_section(const struct nbr_domain *d)
{
	return d->depth[self()];
}

void nbr_retire(struct nbr_domain *d, struct nbr_node *node, bool (*free)(struct nbr_node *), size_t bytes)
{
	node->bytes = bytes;
	assist(d);
	add(d, (struct retired){.free_node = free, .node = node});
}

int nbr_reserve(struct nbr_domain *d, enum nbr_purpose purpose, struct nbr_ticket *ticket)
{
	(void)purpose;
	assist(d);
	if (!quarantine_grants())
		return -ENOMEM;
	ticket->batch = &the_batch;
	return 0;
}

void nbr_retire_object(struct nbr_domain *d, struct nbr_ticket *ticket, void (*free)(void *, void *), void *object,
		       void *arg, size_t bytes)
{
	(void)bytes;
	ticket->batch = NULL;
	add(d, (struct retired){.free_object = free, .object = object, .arg = arg});
}

void nbr_cancel(struct nbr_domain *d, struct nbr_ticket *ticket)
{
	(void)d;
	ticket->batch = NULL;
}

int nbr_admit(struct nbr_domain *d, size_t bytes)
{
	(void)d;
	(void)bytes;
	return 0;
}

int nbr_has_room(struct nbr_domain *d, size_t bytes)
{
	return nbr_admit(d, bytes);
}

void nbr_refused(struct nbr_domain *d)
{
	(void)d;
}

int nbr_barrier(struct nbr_domain *d)
{
	if (in_section(d))
		return -EDEADLK;
	free_ripe(d);
	return 0;
}

long nbr_reclaim(struct nbr_domain *d)
{
	return nbr_barrier(d);
}

long nbr_reclaim_within(struct nbr_domain *d, uint64_t ns)
{
	(void)ns;
	return nbr_barrier(d);
}

int nbr_synchronize(struct nbr_domain *d)
{
	return nbr_barrier(d);
}

int nbr_check_outside(const struct nbr_domain *d)
{
	return in_section(d) ? -EDEADLK : 0;
}

int nbr_visit_begin(const struct nbr_domain *d, struct nbr_visit *visit)
{
	(void)visit;
	return nbr_check_outside(d);
}

void nbr_visit_end(const struct nbr_domain *d, const struct nbr_visit *visit)
{
	(void)d;
	(void)visit;
}

/* ---- Callbacks, threads ------------------------------------------------- */

bool nbr_in_callback(void)
{
	return domain.calling[self()];
}

bool nbr_callback_begin(void)
{
	bool *calling = &domain.calling[self()], outer = *calling;

	*calling = true;
	return outer;
}

void nbr_callback_end(bool outer)
{
	domain.calling[self()] = outer;
}

bool nbr_registered(enum nbr_flavor flavor)
{
	(void)flavor;
	return true;
}

int nbr_thread_register(enum nbr_flavor flavor)
{
	(void)flavor;
	return 0;
}

int nbr_thread_unregister(enum nbr_flavor flavor)
{
	(void)flavor;
	return 0;
}

int nbr_thread_offline(enum nbr_flavor flavor)
{
	(void)flavor;
	return 0;
}

int nbr_thread_online(enum nbr_flavor flavor)
{
	(void)flavor;
	return 0;
}

int nbr_thread_quiescent(enum nbr_flavor flavor)
{
	(void)flavor;
	return 0;
}

void nbr_threads_awaited(enum nbr_flavor flavor, void (*visit)(long tid, const char *name, void *arg), void *arg)
{
	(void)flavor;
	(void)visit;
	(void)arg;
}

void nbr_annotate_quiescent(enum nbr_flavor flavor)
{
	(void)flavor;
}

/* ---- Domains: there is one ---------------------------------------------- */

int nbr_domain_shared(struct nbr_domain **d, enum nbr_flavor flavor, bool thread)
{
	(void)flavor;
	(void)thread;
	*d = &domain;
	return 0;
}

int nbr_domain_new(struct nbr_domain **d, const struct nbr_config *config)
{
	(void)config;
	*d = &domain;
	return 0;
}

void nbr_domain_ref(struct nbr_domain *d)
{
	(void)d;
}

int nbr_domain_unref(struct nbr_domain *d)
{
	return nbr_barrier(d);
}

unsigned nbr_domain_users(const struct nbr_domain *d)
{
	(void)d;
	return 1;
}

bool nbr_domain_exists(const struct nbr_domain *d)
{
	return d == &domain;
}

bool nbr_domain_is_shared(const struct nbr_domain *d)
{
	(void)d;
	return true;
}

enum nbr_flavor nbr_domain_flavor(const struct nbr_domain *d)
{
	(void)d;
	return NBR_BP;
}

void nbr_domain_stats(struct nbr_domain *d, struct nbr_stats *stats)
{
	(void)d;
	*stats = (struct nbr_stats){0};
}

int nbr_before_fork(void)
{
	return 0;
}

void nbr_after_fork_parent(void)
{
}

int nbr_after_fork_child(void)
{
	return 0;
}
