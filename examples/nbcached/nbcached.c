/*
 * nbcached: a cache server that speaks memcached's text protocol, as an example of a
 * long-running server on nbmap.  It uses <nbmap.h>, POSIX and Linux's epoll, and nothing else:
 * a worker waits for bytes on sockets and for one pipe, which is what epoll does by itself; an
 * event library would add timers and other systems, which are not needed here.
 *
 * THREADS.  The main thread keeps house: it accepts connections, takes signals, and ten times
 * a second removes what has expired.  Each worker serves the connections that were handed to
 * it.  The domain's own threads run grace periods and free what workers leave.
 *
 * SECTIONS.  The flavour is QSBR: there is no lock around a get, and a thread says when it
 * holds nothing.  For a worker that is
 *
 *   behind each turn       quiescent: a turn serves one connection's bytes, and no more than a
 *                          buffer of them
 *   while it sleeps        offline, around epoll_wait()
 *
 * so a grace period lasts about as long as the longest turn.  Within a turn a pointer that
 * the map gave is good, and answers are sent straight from the items.
 *
 * OWNERSHIP.  An item belongs to the map from the call that stores it.  It is freed by the
 * map's value_free, a grace period after it was overwritten, removed or evicted.  What must
 * outlive the turn, data that a slow client's socket did not take, holds a reference.
 *
 *   thread      registered   when it holds items
 *   main        yes          in a slice of expiry; else offline
 *   worker      yes          in a turn
 *   domain's    no           in value_free, where nobody else sees them
 *
 * MEMORY.  Items are counted as they are made and freed; the map evicts by a scan; garbage has
 * a limit of its own.  See room.h.
 *
 * NOTHING GLOBAL is written on the way of a get: counters are the thread's, and an item's tick
 * is written once in a while.
 *
 * Files, nearer ones first: those behind know those before them.
 *
 *   number command meta         pure: bytes, numbers
 *   item                        a key and its data, references, the count of memory
 *   store write room            the map: find, change; evict and expire
 *   output                      answers on their way out
 *   connection serve meta_answer meta_serve stats    a client, and what it asks for
 *   worker                      the event loop
 *   options listen nbcached     the process
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "room.h"
#include "server.h"

/* The house is kept so often in a second. */
#define TURNS 10

/* Connections accepted before anything else is looked at. */
#define ACCEPTED_AT_ONCE 64

/* Files that are open beside connections. */
#define OTHER_FILES 64

/* What epoll says is ready; listeners are SIGNALS + 1 and above. */
#define SIGNALS 0u

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
		struct epoll_event event = {.events = on ? EPOLLIN : 0, .data.u32 = SIGNALS + 1 + i};

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
	room_sweep(&server->keeper, cursor, TURNS);
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
		"nbcached: %zu items, %" PRIu64 " of %" PRIu64 " bytes; garbage %" PRIu64 " of %" PRIu64 " bytes; %" PRIu64
		" connections; gets %" PRIu64 ", hits %" PRIu64 "; sets %" PRIu64 "; evicted %" PRIu64 ", expired %" PRIu64
		"\n",
		items, bytes, server->store.limit, domain.pending_bytes,
		server->store.garbage_limit, totals.connections, totals.cmd_get, totals.get_hits, totals.cmd_set,
		totals.evictions, totals.expired);
}

/* A grace period does not end: which worker is in its turn for so long? */
static void on_stall(unsigned age_ms, void *arg)
{
	struct server *server = arg;
	uint64_t now = worker_clock_ms();

	fprintf(stderr, "nbcached: a grace period has lasted %u ms\n", age_ms);
	for (unsigned i = 0; i < server->worker_count; i++) {
		/* Relaxed: a number. */
		uint64_t began = atomic_load_explicit(&server->workers[i].turn_began, memory_order_relaxed);

		if (began != 0 && now - began >= age_ms / 2)
			fprintf(stderr, "nbcached: worker %u has been in one turn for %" PRIu64 " ms\n", i, now - began);
	}
}

/* Until a signal says that it is enough. */
static void serve_until_signal(struct server *server, int epoll, int signals)
{
	struct nbmap_cursor cursor = {0};
	uint64_t next = worker_clock_ms();

	for (;;) {
		struct epoll_event events[LISTENERS_MAX + 1];
		uint64_t now = worker_clock_ms();
		int n = epoll_wait(epoll, events, LISTENERS_MAX + 1, now < next ? (int)(next - now) : 0);

		for (int i = 0; i < n; i++) {
			struct signalfd_siginfo info;

			if (events[i].data.u32 != SIGNALS) {
				accept_some(server, epoll, server->listeners.fd[events[i].data.u32 - SIGNALS - 1]);
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

/* ---- The process -------------------------------------------------------- */

static int fail(const char *what, int error)
{
	fprintf(stderr, "nbcached: %s: %s\n", what, strerror(error));
	return -1;
}

/* As many files as connections need, while this may be asked for. */
static void raise_limits(const struct options *options)
{
	struct rlimit limit;
	rlim_t need = options->connections + OTHER_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
		return;
	if (limit.rlim_max < need)
		limit.rlim_max = need; /* root may */
	limit.rlim_cur = need;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int become(const char *user)
{
	const struct passwd *entry;

	if (getuid() != 0)
		return 0;
	if (!user) {
		fprintf(stderr, "nbcached: as root, say by -u which user to become\n");
		return -1;
	}
	if (strcmp(user, "root") == 0)
		return 0;
	entry = getpwnam(user);
	if (!entry) {
		fprintf(stderr, "nbcached: there is no user %s\n", user);
		return -1;
	}
	if (initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0)
		return fail(user, errno);
	return 0;
}

/* The signals that the main thread takes; all others inherit that they are blocked. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int open_epoll(const struct server *server, int signals)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = SIGNALS};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &event) != 0)
		return -1;
	for (unsigned i = 0; i < server->listeners.count; i++) {
		event.data.u32 = SIGNALS + 1 + i;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, server->listeners.fd[i], &event) != 0)
			return -1;
	}
	return epoll;
}

static int start_workers(struct server *server)
{
	server->workers = calloc(server->options.threads, sizeof(*server->workers));
	if (!server->workers)
		return fail("workers", errno);
	for (; server->worker_count < server->options.threads; server->worker_count++) {
		int error = worker_start(&server->workers[server->worker_count], server, server->worker_count);

		if (error)
			return fail("a worker", -error);
	}
	return 0;
}

static void stop_workers(struct server *server)
{
	for (unsigned i = 0; i < server->worker_count; i++)
		worker_stop(&server->workers[i]);
	for (unsigned i = 0; i < server->worker_count; i++)
		worker_join(&server->workers[i]);
	free(server->workers);
}

/* With all open and the store made: run. */
static int run(struct server *server, int signals)
{
	int epoll = open_epoll(server, signals), status = nbmap_thread_register(NBMAP_QSBR);

	if (status)
		return fail("thread", -status);
	nbmap_thread_offline(NBMAP_QSBR);
	status = epoll < 0 ? fail("epoll", errno) : start_workers(server);
	if (status == 0) {
		listen_notify("READY=1");
		serve_until_signal(server, epoll, signals);
		listen_notify("STOPPING=1");
	}
	listeners_close(&server->listeners);
	stop_workers(server);
	nbmap_thread_unregister(NBMAP_QSBR);
	if (epoll >= 0)
		close(epoll);
	return status;
}

int main(int argc, char **argv)
{
	static struct server server;
	struct store_options store;
	int signals, status = options_read(&server.options, argc, argv);

	if (status >= 0)
		return status;
	raise_limits(&server.options);
	if (listeners_open(&server.listeners, &server.options) != 0 || become(server.options.user) != 0)
		return 1;
	signals = open_signals();
	server.started = (int64_t)time(NULL);
	atomic_init(&server.accepting, true);
	store = (struct store_options){
		.limit = server.options.memory,
		.item_max = server.options.item_max,
		.evicts = !server.options.no_eviction,
		.threads = server.options.threads,
		.stall_ms = server.options.stall_ms,
		.on_stall = on_stall,
		.arg = &server,
	};
	status = signals < 0 ? -errno : store_open(&server.store, &store);
	if (status != 0) {
		fail("start", -status);
		return 1;
	}
	store_thread_begin(&server.keeper, &server.store, 0);
	status = run(&server, signals);
	store_close(&server.store);
	close(signals);
	return status != 0;
}
