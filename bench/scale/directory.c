/*
 * directory: see directory.h.
 *
 * Two structures say the same, each for its own question: the caches (does this core
 * have it?) and the directory proper (who has it?).  A hit looks at the first alone.
 *
 * A line has few sharers as a rule: they stand in the entry itself, and only beyond
 * FEW in a bit map of their own.
 */
#include "directory.h"

#include <stdlib.h>
#include <string.h>

#define FEW 6

struct entry {
	uint64_t line; /* + 1; 0: no entry */
	uint64_t busy; /* on its way until then */
	uint64_t *map; /* of the sharers, or NULL: they are in few */
	uint16_t few[FEW];
	uint16_t sharers;
	uint16_t owner;
	uint32_t taken;
	uintptr_t address, code;
};

/* A place in a cache: line + 1 and state, or 0. */
typedef uint64_t place;

struct directory {
	struct directory_shape shape;
	struct entry *entries;
	size_t mask, used;
	place *caches; /* core, set, way; ways from the latest used on */
	size_t sets;
	size_t map_words;
	uint64_t *free_maps; /* a list: the first word leads on */
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

static void *cleared(size_t count, size_t size)
{
	void *block = calloc(count, size);

	if (!block)
		abort(); /* a simulation that has outgrown the machine */
	return block;
}

struct directory *directory_new(const struct directory_shape *shape)
{
	struct directory *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->shape = *shape;
	d->mask = (1u << 12) - 1;
	d->entries = calloc(d->mask + 1, sizeof(*d->entries));
	d->sets = shape->cache_lines / DIRECTORY_WAYS;
	d->caches = calloc(shape->cores * shape->cache_lines, sizeof(*d->caches));
	d->map_words = (shape->cores + 63) / 64;
	if (!d->entries || !d->caches) {
		directory_free(d);
		return NULL;
	}
	return d;
}

void directory_free(struct directory *d)
{
	if (!d)
		return;
	for (size_t i = 0; d->entries && i <= d->mask; i++)
		free(d->entries[i].map);
	while (d->free_maps) {
		uint64_t *map = d->free_maps;

		d->free_maps = (uint64_t *)(uintptr_t)map[0];
		free(map);
	}
	free(d->entries);
	free(d->caches);
	free(d);
}

/* ---- Entries ------------------------------------------------------------ */

static struct entry *place_of(const struct directory *d, uint64_t line)
{
	size_t at = (size_t)mix(line) & d->mask;

	while (d->entries[at].line && d->entries[at].line != line + 1)
		at = (at + 1) & d->mask;
	return &d->entries[at];
}

static void grow(struct directory *d)
{
	struct entry *old = d->entries;
	size_t count = d->mask + 1;

	d->mask = 2 * count - 1;
	d->entries = cleared(2 * count, sizeof(*d->entries));
	for (size_t i = 0; i < count; i++)
		if (old[i].line)
			*place_of(d, old[i].line - 1) = old[i];
	free(old);
}

static struct entry *entry_of(struct directory *d, uint64_t line)
{
	struct entry *entry = place_of(d, line);

	if (entry->line)
		return entry;
	if (2 * ++d->used > d->mask) {
		grow(d);
		entry = place_of(d, line);
	}
	entry->line = line + 1;
	entry->owner = DIRECTORY_NOBODY;
	return entry;
}

/* ---- Sharers ------------------------------------------------------------ */

static uint64_t *take_map(struct directory *d)
{
	uint64_t *map = d->free_maps;

	if (!map)
		return cleared(d->map_words, sizeof(*map));
	d->free_maps = (uint64_t *)(uintptr_t)map[0];
	memset(map, 0, d->map_words * sizeof(*map));
	return map;
}

static void drop_map(struct directory *d, struct entry *entry)
{
	if (!entry->map)
		return;
	entry->map[0] = (uintptr_t)d->free_maps;
	d->free_maps = entry->map;
	entry->map = NULL;
}

static void set_bit(uint64_t *map, unsigned core)
{
	map[core / 64] |= UINT64_C(1) << core % 64;
}

static void add_sharer(struct directory *d, struct entry *entry, unsigned core)
{
	if (!entry->map && entry->sharers == FEW) {
		entry->map = take_map(d);
		for (unsigned i = 0; i < FEW; i++)
			set_bit(entry->map, entry->few[i]);
	}
	if (entry->map)
		set_bit(entry->map, core);
	else
		entry->few[entry->sharers] = (uint16_t)core;
	entry->sharers++;
}

static void remove_sharer(struct directory *d, struct entry *entry, unsigned core)
{
	entry->sharers--;
	if (entry->map) {
		entry->map[core / 64] &= ~(UINT64_C(1) << core % 64);
		if (!entry->sharers)
			drop_map(d, entry);
		return;
	}
	for (unsigned i = 0; i < entry->sharers; i++)
		if (entry->few[i] == core)
			entry->few[i] = entry->few[entry->sharers];
}

/* Each sharer: visit(core).  The set must not change meanwhile. */
#define EACH_SHARER(d, entry, core, body)                                                                              \
	do {                                                                                                           \
		if ((entry)->map) {                                                                                    \
			for (size_t word_ = 0; word_ < (d)->map_words; word_++)                                        \
				for (uint64_t left_ = (entry)->map[word_]; left_; left_ &= left_ - 1) {                \
					unsigned core = (unsigned)(word_ * 64) + (unsigned)__builtin_ctzll(left_);     \
					body;                                                                          \
				}                                                                                      \
		} else {                                                                                               \
			for (unsigned i_ = 0; i_ < (entry)->sharers; i_++) {                                           \
				unsigned core = (entry)->few[i_];                                                      \
				body;                                                                                  \
			}                                                                                              \
		}                                                                                                      \
	} while (0)

/* ---- Caches ------------------------------------------------------------- */

static place *set_of(const struct directory *d, unsigned core, uint64_t line)
{
	return d->caches + core * d->shape.cache_lines + ((size_t)mix(line) >> 20) % d->sets * DIRECTORY_WAYS;
}

static place *find(const struct directory *d, unsigned core, uint64_t line)
{
	place *set = set_of(d, core, line);

	for (unsigned i = 0; i < DIRECTORY_WAYS; i++)
		if (set[i] >> 2 == line + 1)
			return &set[i];
	return NULL;
}

static enum directory_state state_of(place seen)
{
	return (enum directory_state)(seen & 3);
}

/* It is the latest used one now. */
static void touch(place *set, place *at, enum directory_state state)
{
	place seen = (*at & ~(place)3) | (place)state;

	memmove(set + 1, set, (size_t)(at - set) * sizeof(*set));
	*set = seen;
}

static void remove_from_cache(struct directory *d, unsigned core, uint64_t line)
{
	place *at = find(d, core, line), *end = set_of(d, core, line) + DIRECTORY_WAYS;

	memmove(at, at + 1, (size_t)(end - at - 1) * sizeof(*at));
	end[-1] = 0;
}

/* any -> I, as there is no room. */
static void evict(struct directory *d, unsigned core, place victim)
{
	struct entry *entry = entry_of(d, (victim >> 2) - 1);

	if (entry->owner == core)
		entry->owner = DIRECTORY_NOBODY;
	else
		remove_sharer(d, entry, core);
}

static void put_in_cache(struct directory *d, unsigned core, uint64_t line, enum directory_state state)
{
	place *set = set_of(d, core, line), victim = set[DIRECTORY_WAYS - 1];

	if (victim)
		evict(d, core, victim);
	memmove(set + 1, set, (DIRECTORY_WAYS - 1) * sizeof(*set));
	*set = (line + 1) << 2 | (place)state;
}

/* ---- Costs -------------------------------------------------------------- */

static unsigned socket_of(const struct directory *d, unsigned core)
{
	return core / d->shape.socket_cores;
}

static bool home_is_far(const struct directory *d, unsigned core, uint64_t line)
{
	unsigned sockets = socket_of(d, d->shape.cores - 1) + 1;

	return mix(line) % sockets != socket_of(d, core);
}

/* Whether the last-level cache has room for this line, of as many as there are. */
static bool is_in_llc(const struct directory *d, uint64_t line)
{
	return (mix(line) >> 16) % d->used < d->shape.llc_lines;
}

static bool sharer_is_far(const struct directory *d, const struct entry *entry, unsigned core)
{
	EACH_SHARER(d, entry, sharer, {
		if (socket_of(d, sharer) != socket_of(d, core))
			return true;
	});
	return false;
}

/* For a core that does not have the line as it wants it. */
static struct directory_event cost(struct directory *d, unsigned core, struct entry *entry, bool write, uint64_t now)
{
	const uint64_t *costs = write ? d->shape.own : d->shape.load;
	struct directory_event event = {.taken = false};
	uint64_t line = entry->line - 1, start = entry->busy > now ? entry->busy : now, takes;
	bool far;

	if (entry->owner != DIRECTORY_NOBODY) {
		event.source = DIRECTORY_OWNER;
		far = socket_of(d, entry->owner) != socket_of(d, core);
	} else if (write && entry->sharers) {
		event.source = DIRECTORY_SHARERS;
		far = sharer_is_far(d, entry, core);
	} else {
		event.source = entry->sharers || is_in_llc(d, line) ? DIRECTORY_LLC : DIRECTORY_MEMORY;
		far = home_is_far(d, core, line);
	}
	takes = far ? costs[event.source] * d->shape.far / 100 : costs[event.source];
	event.latency = start - now + takes;
	entry->busy = start + (write || event.source == DIRECTORY_OWNER ? takes : d->shape.port);
	return event;
}

/* ---- Transitions -------------------------------------------------------- */

/* E, M -> S of the owner, if there is one. */
static void downgrade_owner(struct directory *d, struct entry *entry)
{
	place *at;

	if (entry->owner == DIRECTORY_NOBODY)
		return;
	at = find(d, entry->owner, entry->line - 1);
	*at = (*at & ~(place)3) | DIRECTORY_S;
	add_sharer(d, entry, entry->owner);
	entry->owner = DIRECTORY_NOBODY;
}

/* any -> I of all but `core`; whether there was one. */
static bool invalidate_others(struct directory *d, struct entry *entry, unsigned core)
{
	bool any = false;

	if (entry->owner != DIRECTORY_NOBODY) {
		any = entry->owner != core;
		if (any)
			remove_from_cache(d, entry->owner, entry->line - 1);
		entry->owner = DIRECTORY_NOBODY;
		return any;
	}
	EACH_SHARER(d, entry, sharer, {
		if (sharer != core) {
			remove_from_cache(d, sharer, entry->line - 1);
			any = true;
		}
	});
	entry->sharers = 0;
	drop_map(d, entry);
	return any;
}

static bool migrates(const struct directory *d, const struct entry *entry)
{
	return d->shape.migrates && entry->owner != DIRECTORY_NOBODY &&
	       state_of(*find(d, entry->owner, entry->line - 1)) == DIRECTORY_M;
}

struct directory_event directory_load(struct directory *d, unsigned core, uint64_t line, uint64_t now)
{
	place *at = find(d, core, line);
	struct directory_event event;
	struct entry *entry;

	if (at) {
		touch(set_of(d, core, line), at, state_of(*at));
		return (struct directory_event){.source = DIRECTORY_HIT};
	}
	entry = entry_of(d, line);
	event = cost(d, core, entry, false, now);
	if (migrates(d, entry))
		event.taken = invalidate_others(d, entry, core);
	else
		downgrade_owner(d, entry);
	if (entry->sharers) {
		add_sharer(d, entry, core);
		put_in_cache(d, core, line, DIRECTORY_S);
	} else {
		entry->owner = (uint16_t)core;
		put_in_cache(d, core, line, DIRECTORY_E);
	}
	return event;
}

struct directory_event directory_write(struct directory *d, unsigned core, uint64_t line, uint64_t now)
{
	place *at = find(d, core, line);
	struct directory_event event;
	struct entry *entry;

	if (at && state_of(*at) != DIRECTORY_S) {
		touch(set_of(d, core, line), at, DIRECTORY_M);
		return (struct directory_event){.source = DIRECTORY_HIT};
	}
	entry = entry_of(d, line);
	event = cost(d, core, entry, true, now);
	event.taken = invalidate_others(d, entry, core);
	entry->owner = (uint16_t)core;
	if (at)
		touch(set_of(d, core, line), at, DIRECTORY_M);
	else
		put_in_cache(d, core, line, DIRECTORY_M);
	return event;
}

void directory_note_taken(struct directory *d, uint64_t line, uintptr_t address, uintptr_t code)
{
	struct entry *entry = entry_of(d, line);

	entry->taken++;
	entry->address = address;
	entry->code = code;
}

enum directory_state directory_state(const struct directory *d, unsigned core, uint64_t line)
{
	const place *at = find(d, core, line);

	return at ? state_of(*at) : DIRECTORY_I;
}

/* ---- Looking ------------------------------------------------------------ */

static bool entry_valid(const struct directory *d, const struct entry *entry)
{
	enum directory_state state;
	unsigned count = 0;

	if (entry->owner != DIRECTORY_NOBODY) {
		state = directory_state(d, entry->owner, entry->line - 1);
		return !entry->sharers && !entry->map && (state == DIRECTORY_E || state == DIRECTORY_M);
	}
	EACH_SHARER(d, entry, core, {
		if (directory_state(d, core, entry->line - 1) != DIRECTORY_S)
			return false;
		count++;
	});
	return count == entry->sharers;
}

static bool names(const struct directory *d, const struct entry *entry, unsigned core)
{
	if (entry->owner == core)
		return true;
	EACH_SHARER(d, entry, sharer, {
		if (sharer == core)
			return true;
	});
	return false;
}

bool directory_valid(const struct directory *d)
{
	for (size_t i = 0; i <= d->mask; i++)
		if (d->entries[i].line && !entry_valid(d, &d->entries[i]))
			return false;
	for (size_t i = 0; i < d->shape.cores * d->shape.cache_lines; i++) {
		uint64_t line = (d->caches[i] >> 2) - 1;

		if (d->caches[i] && !names(d, place_of(d, line), (unsigned)(i / d->shape.cache_lines)))
			return false;
	}
	return true;
}

void directory_settle(struct directory *d)
{
	for (size_t i = 0; i <= d->mask; i++) {
		d->entries[i].busy = 0;
		d->entries[i].taken = 0;
	}
}

void directory_taken(const struct directory *d, void (*visit)(const struct directory_line *, void *), void *arg)
{
	for (size_t i = 0; i <= d->mask; i++) {
		const struct entry *entry = &d->entries[i];

		if (entry->taken)
			visit(&(struct directory_line){entry->line - 1, entry->taken, entry->address, entry->code},
			      arg);
	}
}
