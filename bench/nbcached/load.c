/*
 * load: gets and sets to a server that speaks memcached's text protocol, with answers that
 * are checked.
 *
 * Each connection works in rounds (client.h); the time of a round counts as the latency of each
 * command in it.  Threads share nothing but the start and the end.  A miss is no error, as a
 * cache may forget; with -m what was missed is stored in the next round, as users of a cache do.
 *
 * Exits with 1 if an answer was wrong or a connection broke.
 */
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "csv.h"
#include "draw.h"
#include "histogram.h"

#define EVENTS 64

static struct options {
	unsigned connections, threads, seconds;
	bool fill, about;
	uint64_t seed;
} o = {.connections = 50, .threads = 1, .seconds = 10};

static struct plan plan = {
	.host = "127.0.0.1",
	.port = "11211",
	.depth = 1,
	.get_percent = 90,
	.items = {.keys = 1000000, .bytes = 100, .theta = 0.99},
};

struct worker {
	pthread_t id;
	unsigned index;
	uint64_t random;
	uint64_t fill_next, fill_end;
	struct tally tally;
	struct histogram latency;
};

struct connection {
	struct client client;
	uint64_t began; /* its round */
};

static volatile bool ended; /* written once, and looked at every round */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- A thread ----------------------------------------------------------- */

static bool filling(const struct worker *worker)
{
	return worker->fill_end > 0;
}

static void begin_round(struct worker *worker, struct connection *c)
{
	c->began = now_ns();
	if (worker->fill_next < worker->fill_end)
		client_fill(&c->client, &worker->fill_next, worker->fill_end);
	else
		client_ask(&c->client, &worker->random);
}

/* Whether the connection is to have another. */
static bool end_round(struct worker *worker, const struct connection *c)
{
	uint64_t took;

	if (filling(worker))
		return worker->fill_next < worker->fill_end;
	took = now_ns() - c->began;
	worker->tally.commands += c->client.sent;
	for (unsigned i = 0; i < c->client.sent; i++)
		histogram_record(&worker->latency, took);
	return !ended;
}

static struct connection *open_connections(struct worker *worker, int epoll, unsigned count)
{
	struct connection *connections = calloc(count ? count : 1, sizeof(*connections));

	if (!connections || epoll < 0)
		fail("a thread");
	for (unsigned i = 0; i < count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};

		client_open(&connections[i].client, &plan);
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].client.fd, &event) != 0)
			fail("a connection");
		begin_round(worker, &connections[i]);
	}
	return connections;
}

static void *run(void *arg)
{
	struct worker *worker = arg;
	unsigned count = o.connections / o.threads + (worker->index < o.connections % o.threads), open = count;
	int epoll = epoll_create1(0);
	struct connection *connections = open_connections(worker, epoll, count);

	while (open > 0) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;

			if (!client_listen(&c->client, &worker->tally))
				continue;
			if (end_round(worker, c)) {
				begin_round(worker, c);
				continue;
			}
			epoll_ctl(epoll, EPOLL_CTL_DEL, c->client.fd, NULL);
			open--;
		}
	}
	for (unsigned i = 0; i < count; i++)
		client_close(&connections[i].client);
	free(connections);
	close(epoll);
	return NULL;
}

/* ---- All threads -------------------------------------------------------- */

static void add_up(const struct worker *worker, struct tally *tally, struct histogram *latency)
{
	tally->commands += worker->tally.commands;
	tally->gets += worker->tally.gets;
	tally->hits += worker->tally.hits;
	tally->refused += worker->tally.refused;
	tally->wrong += worker->tally.wrong;
	histogram_add(latency, &worker->latency);
}

static void report(const struct tally *tally, const struct histogram *latency, double seconds)
{
	printf("%.0f commands/s, p50 %.1f us, p99 %.1f us, hits %.2f %%, refused %" PRIu64 ", wrong %" PRIu64 "\n",
	       (double)tally->commands / seconds, (double)histogram_at(latency, 50) / 1000,
	       (double)histogram_at(latency, 99) / 1000,
	       tally->gets ? 100.0 * (double)tally->hits / (double)tally->gets : 0, tally->refused, tally->wrong);
}

/* All threads once, for `seconds`, or until every key is stored. */
static bool run_all(struct worker *workers, bool fill)
{
	static struct histogram latency;
	struct tally tally = {0};
	uint64_t began = now_ns(), keys = plan.items.keys;

	ended = false;
	for (unsigned i = 0; i < o.threads; i++) {
		workers[i] = (struct worker){.index = i, .random = draw_mix(o.seed + i)};
		if (fill) {
			workers[i].fill_next = keys / o.threads * i;
			workers[i].fill_end = i + 1 == o.threads ? keys : keys / o.threads * (i + 1);
		}
		if (pthread_create(&workers[i].id, NULL, run, &workers[i]) != 0)
			fail("a thread");
	}
	if (!fill)
		sleep(o.seconds);
	ended = true;
	for (unsigned i = 0; i < o.threads; i++) {
		pthread_join(workers[i].id, NULL);
		add_up(&workers[i], &tally, &latency);
	}
	if (!fill)
		report(&tally, &latency, (double)(now_ns() - began) / 1e9);
	return tally.wrong == 0;
}

/* ---- Options ------------------------------------------------------------ */

static const char usage[] = "Usage: nbcached-load [OPTION]...\n"
			    "  -s PATH | -h HOST -p PORT   the server (127.0.0.1 11211)\n"
			    "  -c N    connections (50)      -t N    threads (1)     -d N    commands at once (1)\n"
			    "  -g N    percent of gets (90)  -k N    keys (1000000)  -v N    bytes of a value (100)\n"
			    "  -z X    Zipf's theta, 0 to below 1 (0.99)             -T N    seconds (10)\n"
			    "  -f      first store every key -m      store what a get missed\n"
			    "  -V      values of 1 to 2 * N bytes                    -S N    seed (drawn)\n"
			    "  -A      say where and with what this was built, as comments of CSV, and end\n";

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (*end || !*text) {
		fputs(usage, stderr);
		exit(2);
	}
	return n;
}

static bool sensible(void)
{
	const struct items *items = &plan.items;

	return o.threads > 0 && o.connections > 0 && plan.depth > 0 && plan.depth <= DEPTH_MAX && items->keys >= 2 &&
	       items->bytes > 0 && items->bytes <= 100000 && items->theta >= 0 && items->theta < 1 &&
	       plan.get_percent <= 100;
}

int main(int argc, char **argv)
{
	struct worker *workers;
	bool good = true;
	int letter;

	o.seed = now_ns();
	while ((letter = getopt(argc, argv, "s:h:p:c:t:d:g:k:v:z:T:S:fmVA")) != -1) {
		switch (letter) {
		case 's':
			plan.path = optarg;
			break;
		case 'h':
			plan.host = optarg;
			break;
		case 'p':
			plan.port = optarg;
			break;
		case 'c':
			o.connections = (unsigned)number(optarg);
			break;
		case 't':
			o.threads = (unsigned)number(optarg);
			break;
		case 'd':
			plan.depth = (unsigned)number(optarg);
			break;
		case 'g':
			plan.get_percent = (unsigned)number(optarg);
			break;
		case 'k':
			plan.items.keys = number(optarg);
			break;
		case 'v':
			plan.items.bytes = number(optarg);
			break;
		case 'z':
			plan.items.theta = strtod(optarg, NULL);
			break;
		case 'T':
			o.seconds = (unsigned)number(optarg);
			break;
		case 'S':
			o.seed = number(optarg);
			break;
		case 'f':
			o.fill = true;
			break;
		case 'm':
			plan.store_misses = true;
			break;
		case 'A':
			o.about = true;
			break;
		case 'V':
			plan.items.vary = true;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (o.about) {
		csv_about(stdout, o.seed);
		return 0;
	}
	if (!sensible()) {
		fputs(usage, stderr);
		return 2;
	}
	workers = calloc(o.threads, sizeof(*workers));
	if (!workers)
		fail("memory");
	items_begin(&plan.items);
	printf("seed %" PRIu64 "\n", o.seed);
	if (o.fill)
		good = run_all(workers, true);
	if (o.seconds > 0)
		good = run_all(workers, false) && good;
	free(workers);
	return !good;
}
