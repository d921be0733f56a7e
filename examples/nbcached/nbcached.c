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
 *   ahead                       gets that come next, looked up at once
 *   output                      answers on their way out
 *   connection serve meta_answer meta_serve stats    a client, and what it asks for
 *   slice worker                the event loop, and how long it runs
 *   server                      what all of them share
 *   options listen house nbcached    the process
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "house.h"

/* Files that are open beside connections. */
#define OTHER_FILES 64

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

/* The unix sockets become the user's, too. */
static int become(const struct options *options)
{
	const char *user = options->user;
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
	for (unsigned i = 0; i < options->path_count; i++) {
		if (chown(options->paths[i], entry->pw_uid, entry->pw_gid) != 0)
			return fail(options->paths[i], errno);
	}
	if (initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0)
		return fail(user, errno);
	return 0;
}

/* The signals that the main thread takes; all others inherit that they are blocked. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int open_epoll(const struct server *server, int signals)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = HOUSE_SIGNALS};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &event) != 0)
		return -1;
	for (unsigned i = 0; i < server->listeners.count; i++) {
		event.data.u32 = HOUSE_SIGNALS + 1 + i;
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
		house_keep(server, epoll, signals);
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
	int signals, status;

	/* A peer that has gone, and a log that nobody reads any more, are errors of a write, and no end. */
	signal(SIGPIPE, SIG_IGN);
	status = options_read(&server.options, argc, argv);
	if (status >= 0)
		return status;
	raise_limits(&server.options);
	if (listeners_open(&server.listeners, &server.options) != 0 || become(&server.options) != 0)
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
		.on_stall = house_on_stall,
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
