/*
 * report: see report.h.  Reads what it finds, one word after the other; a
 * picture of a moving map is a blurred one.
 *
 *   counted   by those who write, in count.h's tallies: read here as sums
 *   sampled   from lines at equal distances, so that a look at a map of any size
 *             takes about as long.  Keys go where their hash says, so that lines are
 *             as good as one another.
 *
 * Nothing is counted for statistics alone: what a get, a put or a removal does is the
 * same without them.
 */
#include "report.h"

#include "heir.h"
#include "host.h"
#include "reclaim.h"
#include "tuning.h"

size_t nb_map_count(struct nb_map *map)
{
	/* acquire: the chain will be read. */
	return (size_t)nb_count_sum(&nb_load_acquire(&map->top)->chain->live);
}

static size_t stripes_bytes(struct nb_count *count)
{
	size_t bytes = 0;

	for (struct nb_stripes *wide = nb_load_acquire(&count->wide); wide; wide = wide->older)
		bytes += nb_host_block_size(nb_stripes_size(wide->mask + 1));
	return bytes;
}

/* ---- Samples ------------------------------------------------------------ */

/* Of `all` places, how many a sample looks at; and the i-th of `n` of them, spread
 * evenly: floor(i * all / n). */
static size_t sample_size(size_t all)
{
	return all < NB_SAMPLE_LINES ? all : NB_SAMPLE_LINES;
}

static size_t sample_place(size_t i, size_t n, size_t all)
{
	return i * (all / n) + i * (all % n) / n;
}

/* What a sample of `n` out of `all` says of them all. */
static size_t scaled(size_t found, size_t n, size_t all)
{
	return n == all ? found : (size_t)((double)found * (double)all / (double)n);
}

/* The class of a way of `lines` lines, the home line counted. */
static unsigned probe_class(size_t lines)
{
	unsigned index = 0;

	while (index < NBMAP_PROBES - 1 && (size_t)1 << index < lines)
		index++;
	return index;
}

static void note_probe(const struct nb_keys *keys, const struct nb_table *table, size_t at, uint64_t word,
		       struct nbmap_stats *stats)
{
	size_t home = nb_table_home(table, nb_key_of_stored(keys, word).hash);
	size_t lines = (at >= home ? at - home : at + table->lines - home) + 1;

	stats->probes[probe_class(lines)]++;
	if (stats->longest_probe < lines)
		stats->longest_probe = lines;
}

/* Looks at one line; returns how many of its keys have no value. */
static size_t look_at_line(const struct nb_keys *keys, const struct nb_table *table, size_t at,
			   struct nbmap_stats *stats)
{
	struct nb_line *line = &table->line[at];
	size_t dead = 0;

	for (unsigned i = 0; i < NB_LINE_SLOTS; i++) {
		/* acquire: of what the key's pointer leads to, for its hash. */
		uint64_t word = nb_load_acquire(&line->key[i]);

		if (word <= NB_KEY_CLOSED)
			break;
		/* Relaxed: a statistic, and nothing is read by way of it. */
		if (nb_has_value(nb_load_relaxed(&line->value[i])))
			note_probe(keys, table, at, word, stats);
		else
			dead++;
	}
	return dead;
}

/* Fills in what is sampled of the top table; returns an estimate of its tombstones. */
static size_t sample_table(struct nb_map *map, struct nb_table *top, struct nbmap_stats *stats)
{
	size_t n = sample_size(top->lines), dead = 0;

	for (size_t i = 0; i < n; i++)
		dead += look_at_line(&map->keys, top, sample_place(i, n, top->lines), stats);
	stats->sampled = n * NB_LINE_SLOTS;
	return scaled(dead, n, top->lines);
}

size_t nb_blocks_swept(struct nb_table *table)
{
	size_t words = (table->blocks + 63) / 64, n = sample_size(words), swept = 0;

	for (size_t i = 0; i < n; i++) {
		/* Relaxed: a statistic. */
		uint64_t word = nb_load_relaxed(&nb_table_swept(table)[sample_place(i, n, words)]);

		for (; word; word &= word - 1)
			swept++;
	}
	swept = scaled(swept, n, words);
	return swept < table->blocks ? swept : table->blocks;
}

/* ---- Statistics --------------------------------------------------------- */

/* Integer keys with a value that stands in no table. */
static size_t values_aside(struct nb_chain *chain)
{
	/* Relaxed: a statistic. */
	return nb_has_value(nb_load_relaxed(&chain->side[0])) + nb_has_value(nb_load_relaxed(&chain->side[1]));
}

static size_t difference(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

/* `chain` and all its tables, from `top` on. */
static void sum_up(struct nb_map *map, struct nb_table *top, struct nbmap_stats *stats)
{
	struct nb_chain *chain = top->chain;

	stats->bytes = nb_map_size(map->keys.ready) + nb_host_block_size(sizeof(*chain));
	stats->bytes += stripes_bytes(&chain->live) + stripes_bytes(&chain->value_bytes);
	/* acquire: the next one is read. */
	for (struct nb_table *table = top; table; table = nb_load_acquire(&table->next)) {
		stats->tables++;
		stats->bytes += nb_host_block_size(table->bytes) + nb_heir_bytes(table);
		stats->key_bytes += nb_table_key_bytes(table);
	}
}

void nb_map_stats(struct nb_map *map, struct nbmap_stats *stats)
{
	/* acquire: the chain will be read. */
	struct nb_table *top = nb_load_acquire(&map->top);
	struct nbr_stats garbage;
	size_t dead = 0;

	nbr_domain_stats(map->domain, &garbage);
	*stats = (struct nbmap_stats){
		.entries = (size_t)nb_count_sum(&top->chain->live),
		.used = (size_t)nb_claims_sum(&top->used),
		.capacity = nb_table_capacity(top),
		.migrations = nb_load_relaxed(&map->migrations), /* a statistic */
		.pending_objects = garbage.pending_objects,
		.pending_bytes = garbage.pending_bytes,
		.refusals = garbage.refusals,
		.longest_grace_ns = garbage.longest_grace_ns,
		.value_bytes = nb_count_sum(&top->chain->value_bytes),
	};
	sum_up(map, top, stats);
	/* Within nb_map_destroy() keys may be gone, whose hashes are wanted. */
	if (!map->dismantled)
		dead = sample_table(map, top, stats);
	if (nb_table_is_left(top)) {
		stats->tombstones = dead;
		stats->migration_blocks = top->blocks;
		stats->migration_done = nb_blocks_swept(top);
	} else {
		stats->tombstones = difference(stats->used, difference(stats->entries, values_aside(top->chain)));
	}
}
