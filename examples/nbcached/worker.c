/* worker: see worker.h. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "room.h"
#include "server.h"
#include "slice.h"

#define EVENTS 64

/* Once it is to end: how long a connection in mid-command is waited for. */
#define DRAIN_MS 2000u

uint64_t worker_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- Connections -------------------------------------------------------- */

/* A first one fails where the kernel has no memory, or the user no more places. */
static bool watch(const struct worker *worker, struct connection *connection, int operation)
{
	struct epoll_event event = {.events = connection->writing ? EPOLLOUT : EPOLLIN, .data.ptr = connection};

	return epoll_ctl(worker->epoll, operation, connection->fd, &event) == 0;
}

static void gone(struct worker *worker)
{
	/* Relaxed: a number, for the thread that accepts. */
	atomic_fetch_sub_explicit(&worker->connections, 1, memory_order_relaxed);
}

static void end(struct worker *worker, struct connection *connection)
{
	if (worker->server->options.verbose > 1)
		fprintf(stderr, "nbcached: connection %d ends\n", connection->fd);
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		worker->first = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	connection_end(connection);
	free(connection);
	gone(worker);
}

static void add(struct worker *worker, int fd)
{
	struct connection *connection = malloc(sizeof(*connection));

	if (!connection) {
		close(fd);
		gone(worker);
		return;
	}
	connection_begin(connection, fd);
	connection->previous = NULL;
	connection->next = worker->first;
	if (worker->first)
		worker->first->previous = connection;
	worker->first = connection;
	if (worker->server->options.verbose > 1)
		fprintf(stderr, "nbcached: connection %d, of worker %u\n", fd, worker->index);
	if (!watch(worker, connection, EPOLL_CTL_ADD))
		end(worker, connection);
}

static void take_over(struct worker *worker)
{
	int fds[64];
	ssize_t n = read(worker->come[0], fds, sizeof(fds));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(int); i++) {
		if (fds[i] >= 0)
			add(worker, fds[i]);
		else
			worker->draining = true;
	}
}

static void serve_ready(struct worker *worker, struct connection *connection)
{
	struct turn turn = {
		.thread = &worker->thread,
		.output = &worker->output,
		.ahead = &worker->ahead,
		.worker = worker,
		.spare_input = &worker->spare_input,
	};
	bool writing;

	if (!connection_turn(connection, &turn)) {
		end(worker, connection);
		return;
	}
	writing = connection->unsent || connection->yielded;
	if (connection->writing != writing) {
		connection->writing = writing;
		(void)watch(worker, connection, EPOLL_CTL_MOD); /* it has its place */
	}
}

/* ---- The loop ----------------------------------------------------------- */

/* Close what is idle, or all. */
static void close_connections(struct worker *worker, bool all)
{
	struct connection *next;

	for (struct connection *connection = worker->first; connection; connection = next) {
		next = connection->next;
		if (all || connection_idle(connection))
			end(worker, connection);
	}
}

static int wait_for_events(struct worker *worker, struct epoll_event *events)
{
	int n;

	nbmap_thread_offline(NBMAP_QSBR);
	/* Whoever waits for this processor goes first, and may bring more to do: a thread that is woken for each
	 * command waits, where it shares a processor, for the rest of the other's slice. */
	sched_yield();
	n = epoll_wait(worker->epoll, events, EVENTS, worker->draining ? 20 : -1);
	nbmap_thread_online(NBMAP_QSBR);
	return n;
}

static void handle(struct worker *worker, struct epoll_event *events, int n)
{
	for (int i = 0; i < n; i++) {
		store_thread_tick(&worker->thread);
		if (events[i].data.ptr)
			serve_ready(worker, events[i].data.ptr);
		else
			take_over(worker);
		nbmap_thread_quiescent(NBMAP_QSBR); /* frees what waits, if this turn has made garbage */
		room_wait(&worker->thread);
	}
}

static void *run(void *arg)
{
	struct worker *worker = arg;
	struct epoll_event events[EVENTS];
	uint64_t end_ms = 0;
	char name[16];

	snprintf(name, sizeof(name), "nbcached-%u", worker->index);
	pthread_setname_np(pthread_self(), name);
	slice_shorten();
	/* It fails only where the thread is registered already. */
	if (nbmap_thread_register(NBMAP_QSBR))
		return NULL;
	while (!worker->draining || worker->first) {
		int n = wait_for_events(worker, events);

		handle(worker, events, n);
		if (!worker->draining)
			continue;
		if (end_ms == 0)
			end_ms = worker_clock_ms() + DRAIN_MS;
		if (n <= 0 || worker_clock_ms() >= end_ms)
			close_connections(worker, worker_clock_ms() >= end_ms);
	}
	nbmap_thread_unregister(NBMAP_QSBR);
	item_hand_in();
	free(worker->spare_input);
	return NULL;
}

/* ---- For the thread that keeps house ------------------------------------ */

static void close_all(struct worker *worker)
{
	close(worker->epoll);
	close(worker->come[0]);
	close(worker->come[1]);
}

int worker_start(struct worker *worker, struct server *server, unsigned index)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	int error;

	worker->server = server;
	worker->index = index;
	worker->first = NULL;
	worker->spare_input = NULL;
	worker->draining = false;
	worker->output.parts = 0;
	worker->output.bytes = 0;
	worker->output.text_size = 0;
	atomic_init(&worker->connections, 0);
	store_thread_begin(&worker->thread, &server->store, index);
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (worker->epoll < 0)
		return -errno;
	if (pipe(worker->come) != 0) {
		error = errno;
		close(worker->epoll);
		return -error;
	}
	for (int i = 0; i < 2; i++) {
		fcntl(worker->come[i], F_SETFD, FD_CLOEXEC);
		fcntl(worker->come[i], F_SETFL, O_NONBLOCK);
	}
	error = epoll_ctl(worker->epoll, EPOLL_CTL_ADD, worker->come[0], &event) == 0 ? 0 : errno;
	if (!error)
		error = pthread_create(&worker->id, NULL, run, worker);
	if (error)
		close_all(worker);
	return -error;
}

bool worker_give(struct worker *worker, int fd)
{
	/* Relaxed: a number, which the pipe orders well enough. */
	atomic_fetch_add_explicit(&worker->connections, 1, memory_order_relaxed);
	if (write(worker->come[1], &fd, sizeof(fd)) == (ssize_t)sizeof(fd))
		return true;
	gone(worker);
	return false;
}

void worker_stop(struct worker *worker)
{
	int nobody = -1;

	/* Full of connections: the worker empties it. */
	while (write(worker->come[1], &nobody, sizeof(nobody)) < 0 && errno == EAGAIN)
		usleep(1000);
}

void worker_join(struct worker *worker)
{
	pthread_join(worker->id, NULL);
	close_all(worker);
}
