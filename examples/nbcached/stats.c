/* stats: what the server, its map and its domain tell of themselves.  See connection.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "room.h"
#include "server.h"
#include "version.h"

__attribute__((format(printf, 3, 4))) static void say(struct turn *turn, const char *name, const char *format, ...)
{
	char line[256];
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	output_bytes(turn->output, "STAT ", 5);
	output_string(turn->output, name);
	output_char(turn->output, ' ');
	output_bytes(turn->output, line, n < 0 ? 0 : (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
	output_bytes(turn->output, "\r\n", 2);
}

static void say_number(struct turn *turn, const char *name, uint64_t n)
{
	say(turn, name, "%" PRIu64, n);
}

/* Since the start. */
static void count_all(struct server *server, struct totals *totals)
{
	*totals = (struct totals){0};
	for (unsigned i = 0; i < server->worker_count; i++) {
		const struct counters *counters = &server->workers[i].thread.counters;

		/* Relaxed: numbers; their sum is of no one moment. */
#define X(name) totals->name += atomic_load_explicit(&counters->name, memory_order_relaxed);
		STORE_COUNTERS(X)
#undef X
		totals->connections += atomic_load_explicit(&server->workers[i].connections, memory_order_relaxed);
	}
	totals->expired += atomic_load_explicit(&server->keeper.counters.expired, memory_order_relaxed);
}

void server_totals(struct server *server, struct totals *totals)
{
	count_all(server, totals);
	/* Relaxed, here and in reset: a reset at the same time shows in some numbers, and not yet in others. */
#define X(name) totals->name -= atomic_load_explicit(&server->base.name, memory_order_relaxed);
	STORE_COUNTERS(X)
#undef X
}

/* Counters are their thread's own, and are not set back by another: what they are is remembered. */
static void reset(struct server *server)
{
	struct totals totals;

	count_all(server, &totals);
#define X(name) atomic_store_explicit(&server->base.name, totals.name, memory_order_relaxed);
	STORE_COUNTERS(X)
#undef X
}

/* ---- stats -------------------------------------------------------------- */

static void say_process(struct turn *turn, const struct server *server)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	say(turn, "pid", "%ld", (long)getpid());
	say(turn, "uptime", "%" PRId64, (int64_t)time(NULL) - server->started);
	say(turn, "time", "%" PRId64, (int64_t)time(NULL));
	say(turn, "version", "%s", NBCACHED_PROTOCOL);
	say_number(turn, "pointer_size", 8 * sizeof(void *));
	say(turn, "rusage_user", "%ld.%06ld", (long)usage.ru_utime.tv_sec, (long)usage.ru_utime.tv_usec);
	say(turn, "rusage_system", "%ld.%06ld", (long)usage.ru_stime.tv_sec, (long)usage.ru_stime.tv_usec);
}

/* The bounds are those of room.h. */
static void say_memory(struct turn *turn, struct server *server)
{
	struct store *store = &server->store;
	struct nbmap_domain_stats domain;
	struct nbmap_stats map;

	nbmap_u64_stats(store->map, &map);
	nbmap_domain_stats(store->domain, &domain);
	say_number(turn, "limit_maxbytes", store->limit);
	say_number(turn, "threads", server->worker_count);
	say_number(turn, "curr_items", nbmap_u64_count(store->map));
	say_number(turn, "bytes", room_in_use(store));
	say_number(turn, "items_bytes", item_memory_total());
	say_number(turn, "items_bytes_uncounted_limit", (uint64_t)ITEM_UNCOUNTED * (server->worker_count + 3));
	say_number(turn, "garbage_bytes", domain.pending_bytes);
	say_number(turn, "garbage_bytes_limit", domain.limit_bytes);
	say_number(turn, "garbage_objects", domain.pending_objects);
	say_number(turn, "freed_objects", domain.freed_objects);
	say_number(turn, "freed_bytes", domain.freed_bytes);
	say_number(turn, "grace_periods", domain.grace_periods);
	say_number(turn, "map_bytes", map.bytes);
	say_number(turn, "map_slots", map.capacity);
	say_number(turn, "map_slots_used", map.used);
	say_number(turn, "map_tables", map.tables);
	say_number(turn, "map_migrations", map.migrations);
}

static void general(struct turn *turn, struct server *server)
{
	struct totals totals;

	server_totals(server, &totals);
	say_process(turn, server);
	say_number(turn, "max_connections", server->options.connections);
	say_number(turn, "curr_connections", totals.connections);
	/* Relaxed: as all numbers here. */
	say_number(turn, "total_connections", atomic_load_explicit(&server->accepted, memory_order_relaxed));
	say_number(turn, "rejected_connections", atomic_load_explicit(&server->rejected, memory_order_relaxed));
	say_number(turn, "accepting_conns", atomic_load_explicit(&server->accepting, memory_order_relaxed));
#define X(name) say_number(turn, #name, totals.name);
	STORE_COUNTERS(X)
#undef X
	say_memory(turn, server);
}

/* ---- stats settings, items, reset ---------------------------------------- */

static void settings(struct turn *turn, const struct server *server)
{
	const struct options *options = &server->options;

	say_number(turn, "maxbytes", options->memory);
	say_number(turn, "maxconns", options->connections);
	say(turn, "tcpport", "%d", options->port);
	say(turn, "udpport", "0");
	say(turn, "inter", "%s", options->addresses ? options->addresses : "NULL");
	say_number(turn, "verbosity", options->verbose);
	say(turn, "evictions", "%s", options->no_eviction ? "off" : "on");
	say(turn, "domain_socket", "%s", options->path_count > 0 ? options->paths[0] : "NULL");
	say(turn, "umask", "%o", options->path_mode);
	say_number(turn, "num_threads", options->threads);
	say(turn, "cas_enabled", "yes");
	say_number(turn, "tcp_backlog", options->backlog);
	say(turn, "auth_enabled_sasl", "no");
	say_number(turn, "item_size_max", options->item_max);
	say(turn, "flush_enabled", "yes");
	say(turn, "hash_algorithm", "siphash13");
	say_number(turn, "stall_ms", options->stall_ms);
}

/* All items are of one class. */
static void items(struct turn *turn, struct server *server)
{
	struct totals totals;

	server_totals(server, &totals);
	say_number(turn, "items:1:number", nbmap_u64_count(server->store.map));
	say_number(turn, "items:1:mem_requested", item_memory_total());
	say_number(turn, "items:1:evicted", totals.evictions);
	say_number(turn, "items:1:reclaimed", totals.expired);
	say_number(turn, "items:1:outofmemory", totals.store_no_memory);
}

static bool asks(const struct command *command, const char *what)
{
	return strlen(what) == command->word[0].size && memcmp(what, command->word[0].at, strlen(what)) == 0;
}

void stats_serve(struct turn *turn, const struct command *command)
{
	struct server *server = turn->worker->server;

	item_hand_in();
	if (command->words == 0) {
		general(turn, server);
	} else if (asks(command, "settings")) {
		settings(turn, server);
	} else if (asks(command, "items")) {
		items(turn, server);
	} else if (asks(command, "reset")) {
		reset(server);
		serve_line(turn, "RESET");
		return;
	} else {
		serve_line(turn, "ERROR");
		return;
	}
	serve_line(turn, "END");
}
