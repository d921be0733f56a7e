/* house: see house.h. */
#include "house.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "room.h"

/* The house is kept so often in a second. */
#define TURNS 10

/* Connections accepted before anything else is looked at. */
#define ACCEPTED_AT_ONCE 64

/* Threads that a report of a stall names at most. */
#define STALLED_SHOWN 16

/* ---- Connections -------------------------------------------------------- */

static struct worker *least_loaded(struct server *server)
{
	struct worker *best = &server->workers[0];

	for (unsigned i = 1; i < server->worker_count; i++) {
		struct worker *worker = &server->workers[i];

		/* Relaxed: a hint. */
		if (atomic_load_explicit(&worker->connections, memory_order_relaxed) <
		    atomic_load_explicit(&best->connections, memory_order_relaxed))
			best = worker;
	}
	return best;
}

static uint64_t open_connections(const struct server *server)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < server->worker_count; i++)
		sum += atomic_load_explicit(&server->workers[i].connections, memory_order_relaxed);
	return sum;
}

static void hand_over(struct server *server, int fd)
{
	static const char full[] = "ERROR Too many open connections\r\n";
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	/* Relaxed, both: numbers for stats. */
	atomic_fetch_add_explicit(&server->accepted, 1, memory_order_relaxed);
	if (open_connections(server) < server->options.connections && worker_give(least_loaded(server), fd))
		return;
	atomic_fetch_add_explicit(&server->rejected, 1, memory_order_relaxed);
	send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

/* Whether connections are waited for.  Not for a moment, when there was no file for one. */
static void listen_to(struct server *server, int epoll, bool on)
{
	for (unsigned i = 0; i < server->listeners.count; i++) {
		struct epoll_event event = {.events = on ? EPOLLIN : 0, .data.u32 = HOUSE_SIGNALS + 1 + i};

		epoll_ctl(epoll, EPOLL_CTL_MOD, server->listeners.fd[i], &event);
	}
	atomic_store_explicit(&server->accepting, on, memory_order_relaxed); /* for stats */
}

static void accept_some(struct server *server, int epoll, int listener)
{
	for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			server->short_of_files = false;
			hand_over(server, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			if (!server->short_of_files)
				fprintf(stderr, "nbcached: accept: %s\n", strerror(errno));
			server->short_of_files = true;
			listen_to(server, epoll, false);
		}
		return;
	}
}

/* ---- Keeping house ------------------------------------------------------ */

static void keep_house(struct server *server, struct nbmap_cursor *cursor)
{
	struct store *store = &server->store;
	uint32_t flush_at;

	store_thread_tick(&server->keeper);
	nbmap_thread_online(NBMAP_QSBR);
	/* Relaxed: whoever asked for a flush waits for no more than its time. */
	flush_at = atomic_load_explicit(&store->flush_at, memory_order_relaxed);
	if (flush_at != 0 && flush_at <= server->keeper.now &&
	    atomic_compare_exchange_strong_explicit(&store->flush_at, &flush_at, 0, memory_order_relaxed,
						    memory_order_relaxed))
		store_flush(&server->keeper);
	room_sweep(&server->keeper, cursor, TURNS, ROOM_SWEEP_NS);
	nbmap_thread_offline(NBMAP_QSBR);
	item_hand_in();
}

static void summary(struct server *server)
{
	struct nbmap_domain_stats domain;
	struct totals totals;
	uint64_t bytes;
	size_t items;

	server_totals(server, &totals);
	nbmap_domain_stats(server->store.domain, &domain);
	nbmap_thread_online(NBMAP_QSBR);
	items = nbmap_u64_count(server->store.map);
	bytes = room_in_use(&server->store);
	nbmap_thread_offline(NBMAP_QSBR);
	fprintf(stderr,
		"nbcached: %zu items, %" PRIu64 " of %" PRIu64 " bytes; garbage %" PRIu64 " of %" PRIu64
		" bytes; %" PRIu64 " connections; gets %" PRIu64 ", hits %" PRIu64 "; sets %" PRIu64
		"; evicted %" PRIu64 ", expired %" PRIu64 "\n",
		items, bytes, server->store.limit, domain.pending_bytes, domain.limit_bytes,
		totals.connections, totals.cmd_get, totals.get_hits, totals.cmd_set, totals.evictions, totals.expired);
}

void house_on_stall(unsigned age_ms, void *arg)
{
	struct nbmap_thread threads[STALLED_SHOWN];
	size_t n = nbmap_threads_awaited(NBMAP_QSBR, threads, STALLED_SHOWN);

	(void)arg;
	fprintf(stderr, "nbcached: a grace period has lasted %u ms\n", age_ms);
	for (size_t i = 0; i < n && i < STALLED_SHOWN; i++)
		fprintf(stderr, "nbcached: it waits for %s, thread %ld\n", threads[i].name, threads[i].tid);
}

void house_keep(struct server *server, int epoll, int signals)
{
	struct nbmap_cursor cursor = {0};
	uint64_t next = worker_clock_ms();

	for (;;) {
		struct epoll_event events[LISTENERS_MAX + 1];
		uint64_t now = worker_clock_ms();
		int n = epoll_wait(epoll, events, LISTENERS_MAX + 1, now < next ? (int)(next - now) : 0);

		for (int i = 0; i < n; i++) {
			struct signalfd_siginfo info;

			if (events[i].data.u32 != HOUSE_SIGNALS) {
				accept_some(server, epoll,
					    server->listeners.fd[events[i].data.u32 - HOUSE_SIGNALS - 1]);
				continue;
			}
			if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
				continue;
			if (info.ssi_signo != SIGUSR1)
				return;
			summary(server);
		}
		if (worker_clock_ms() >= next) {
			next = worker_clock_ms() + 1000 / TURNS;
			keep_house(server, &cursor);
			if (!atomic_load_explicit(&server->accepting, memory_order_relaxed))
				listen_to(server, epoll, true);
		}
	}
}
