/*
 * load: gets and sets to a server that speaks memcached's text protocol, with answers that
 * are checked.
 *
 * Each connection sends `depth` commands at once, waits for all of their answers, and begins
 * again; the time of such a round counts as the latency of each.  Threads share nothing but
 * the start and the end.
 *
 * A value follows from its key: its size, and each byte.  So a wrong answer is noticed, whoever
 * stored it.  A miss is no error, as a cache may forget; with -m what was missed is stored in
 * the next round, as users of a cache do.
 *
 * Exits with 1 if an answer was wrong or a connection broke.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "zipf.h"

#define DEPTH_MAX 256u
#define EVENTS 64

/* Latencies in steps of a sixteenth of a power of two of nanoseconds. */
#define STEPS 16u
#define BUCKETS (40u * STEPS)

static struct options {
	const char *path, *host, *port;
	unsigned connections, depth, threads, get_percent, seconds;
	uint64_t keys, value;
	double theta;
	bool vary, store_misses, fill;
	uint64_t seed;
} o = {
	.host = "127.0.0.1",
	.port = "11211",
	.connections = 50,
	.depth = 1,
	.threads = 1,
	.get_percent = 90,
	.seconds = 10,
	.keys = 1000000,
	.value = 100,
	.theta = 0.99,
};

struct connection {
	int fd;
	unsigned sent; /* commands of this round */
	unsigned answered;
	unsigned missed;
	uint64_t key[DEPTH_MAX];
	bool get[DEPTH_MAX];
	uint64_t miss[DEPTH_MAX];
	uint64_t began;
	char *in;
	size_t in_size, in_end;
	char *out;
	size_t out_at, out_end;
};

struct worker {
	pthread_t id;
	unsigned index;
	uint64_t random, commands, gets, hits, refused, wrong;
	uint64_t bucket[BUCKETS];
	uint64_t fill_next, fill_end;
};

static struct zipf zipf;
static volatile bool ended; /* written once, and looked at every round */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "nbcached-load: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- Random numbers, keys and values ------------------------------------ */

static uint64_t mix(uint64_t n)
{
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

static uint64_t draw(struct worker *worker)
{
	return mix(worker->random += UINT64_C(0x9e3779b97f4a7c15));
}

static uint64_t draw_key(struct worker *worker)
{
	double random = (double)(draw(worker) >> 11) / 9007199254740992.0;

	return o.theta > 0 ? zipf_rank(&zipf, random) : (uint64_t)(random * (double)o.keys);
}

static size_t value_size(uint64_t key)
{
	return o.vary ? 1 + mix(key) % (2 * o.value) : o.value;
}

static char value_byte(uint64_t key, size_t i)
{
	return (char)('a' + (key + i) % 26);
}

static bool value_is(const char *value, uint64_t key, size_t size)
{
	if (size != value_size(key))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (value[i] != value_byte(key, i))
			return false;
	}
	return true;
}

/* ---- A round ------------------------------------------------------------ */

static void add_command(struct connection *c, uint64_t key, bool get)
{
	char *out = c->out + c->out_end;
	size_t size = value_size(key);

	c->key[c->sent] = key;
	c->get[c->sent++] = get;
	if (get) {
		c->out_end += (size_t)sprintf(out, "get key-%010" PRIu64 "\r\n", key);
		return;
	}
	out += sprintf(out, "set key-%010" PRIu64 " 0 0 %zu\r\n", key, size);
	for (size_t i = 0; i < size; i++)
		*out++ = value_byte(key, i);
	memcpy(out, "\r\n", 2);
	c->out_end = (size_t)(out + 2 - c->out);
}

static void flush(struct connection *c)
{
	while (c->out_at < c->out_end) {
		ssize_t n = send(c->fd, c->out + c->out_at, c->out_end - c->out_at, MSG_NOSIGNAL);

		if (n < 0) {
			struct timespec moment = {0, 100000};

			/* It has not read yet: its answers wait in the kernel, and are few. */
			if (errno != EAGAIN)
				fail("send");
			nanosleep(&moment, NULL);
			continue;
		}
		c->out_at += (size_t)n;
	}
}

static void begin_round(struct worker *worker, struct connection *c)
{
	c->sent = c->answered = 0;
	c->out_at = c->out_end = 0;
	if (worker->fill_next < worker->fill_end) {
		while (c->sent < o.depth && worker->fill_next < worker->fill_end)
			add_command(c, worker->fill_next++, false);
	} else {
		for (unsigned i = 0; i < c->missed; i++)
			add_command(c, c->miss[i], false);
		c->missed = 0;
		while (c->sent < o.depth)
			add_command(c, draw_key(worker), draw(worker) % 100 < o.get_percent);
	}
	c->began = now_ns();
	flush(c);
}

static void count_latency(struct worker *worker, uint64_t ns, unsigned times)
{
	unsigned power = 63 - (unsigned)__builtin_clzll(ns | 1);
	unsigned step = power < 4 ? 0 : (unsigned)(ns >> (power - 4)) & (STEPS - 1);
	unsigned bucket = power * STEPS + step;

	worker->bucket[bucket < BUCKETS ? bucket : BUCKETS - 1] += times;
}

static void wrong(struct worker *worker, const char *what, const char *at, size_t size)
{
	if (worker->wrong++ == 0)
		fprintf(stderr, "nbcached-load: %s: %.*s\n", what, (int)(size < 60 ? size : 60), at);
}

/* One answer at `at`; how many bytes it has, 0: it is not all there. */
static size_t read_answer(struct worker *worker, struct connection *c, const char *at, size_t have)
{
	const char *line = memchr(at, '\n', have);
	uint64_t key = c->key[c->answered];
	size_t head, size;

	if (!line)
		return 0;
	head = (size_t)(line - at) + 1;
	if (!c->get[c->answered]) {
		if (head != 8 || memcmp(at, "STORED\r\n", 8) != 0) {
			worker->refused++;
			if (memcmp(at, "SERVER_ERROR out of memory", 26) != 0)
				wrong(worker, "not stored", at, head);
		}
		return head;
	}
	if (head == 5 && memcmp(at, "END\r\n", 5) == 0) {
		if (o.store_misses && c->missed < o.depth)
			c->miss[c->missed++] = key;
		worker->gets++;
		return head;
	}
	if (have < 6 || memcmp(at, "VALUE ", 6) != 0) {
		wrong(worker, "no value", at, head);
		return head;
	}
	size = strtoull(at + 6 + 14 + 3, NULL, 10);
	if (have < head + size + 7)
		return 0;
	if (strtoull(at + 10, NULL, 10) != key || !value_is(at + head, key, size) ||
	    memcmp(at + head + size, "\r\nEND\r\n", 7) != 0)
		wrong(worker, "a wrong value", at, head);
	worker->gets++;
	worker->hits++;
	return head + size + 7;
}

/* false: the round goes on. */
static bool read_answers(struct worker *worker, struct connection *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_end, c->in_size - c->in_end, 0);
	size_t at = 0, used;

	if (n == 0 || (n < 0 && errno != EAGAIN))
		fail("the connection broke");
	if (n > 0)
		c->in_end += (size_t)n;
	while (c->answered < c->sent && (used = read_answer(worker, c, c->in + at, c->in_end - at)) > 0) {
		at += used;
		c->answered++;
	}
	memmove(c->in, c->in + at, c->in_end - at);
	c->in_end -= at;
	return c->answered == c->sent;
}

/* ---- Connections and threads -------------------------------------------- */

static int connect_unix(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", o.path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail(o.path);
	return fd;
}

static int connect_tcp(void)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int one = 1, fd;

	if (getaddrinfo(o.host, o.port, &hints, &list) != 0)
		fail(o.host);
	fd = socket(list->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, list->ai_addr, list->ai_addrlen) != 0)
		fail(o.host);
	freeaddrinfo(list);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void open_connection(struct connection *c, int epoll)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
	struct timeval never = {0, 0};

	c->fd = o.path ? connect_unix() : connect_tcp();
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &never, sizeof(never));
	c->in_size = (2 * o.value + 128) * o.depth + 4096;
	c->in = malloc(c->in_size);
	c->out = malloc(c->in_size);
	if (!c->in || !c->out || epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		fail("a connection");
}

static void *run(void *arg)
{
	struct worker *worker = arg;
	unsigned count = o.connections / o.threads + (worker->index < o.connections % o.threads), open = count;
	struct connection *connections = calloc(count ? count : 1, sizeof(*connections));
	int epoll = epoll_create1(0);

	if (!connections || epoll < 0)
		fail("a thread");
	for (unsigned i = 0; i < count; i++) {
		open_connection(&connections[i], epoll);
		begin_round(worker, &connections[i]);
	}
	while (open > 0) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;
			bool filling = worker->fill_end > 0;

			if (!read_answers(worker, c))
				continue;
			if (!filling) {
				worker->commands += c->sent;
				count_latency(worker, now_ns() - c->began, c->sent);
			}
			if (filling ? worker->fill_next < worker->fill_end : !ended) {
				begin_round(worker, c);
				continue;
			}
			epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
			open--;
		}
	}
	for (unsigned i = 0; i < count; i++) {
		close(connections[i].fd);
		free(connections[i].in);
		free(connections[i].out);
	}
	free(connections);
	close(epoll);
	return NULL;
}

static double percentile(const uint64_t *bucket, uint64_t total, double share)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		sum += bucket[i];
		if ((double)sum >= share * (double)total)
			return (double)(UINT64_C(1) << i / STEPS) * (1 + (double)(i % STEPS + 1) / STEPS) / 1000;
	}
	return 0;
}

/* All threads once, for `seconds`, or until every key is stored. */
static bool run_all(struct worker *workers, bool fill)
{
	struct worker sum = {0};
	uint64_t began = now_ns();
	double seconds;

	ended = false;
	for (unsigned i = 0; i < o.threads; i++) {
		workers[i] = (struct worker){.index = i, .random = mix(o.seed + i)};
		if (fill) {
			workers[i].fill_next = o.keys / o.threads * i;
			workers[i].fill_end = i + 1 == o.threads ? o.keys : o.keys / o.threads * (i + 1);
		}
		if (pthread_create(&workers[i].id, NULL, run, &workers[i]) != 0)
			fail("a thread");
	}
	if (!fill)
		sleep(o.seconds);
	ended = true;
	for (unsigned i = 0; i < o.threads; i++) {
		pthread_join(workers[i].id, NULL);
		sum.commands += workers[i].commands;
		sum.gets += workers[i].gets;
		sum.hits += workers[i].hits;
		sum.wrong += workers[i].wrong;
		sum.refused += workers[i].refused;
		for (unsigned j = 0; j < BUCKETS; j++)
			sum.bucket[j] += workers[i].bucket[j];
	}
	seconds = (double)(now_ns() - began) / 1e9;
	if (!fill)
		printf("%.0f commands/s, p50 %.0f us, p99 %.0f us, hits %.2f %%, refused %" PRIu64 ", wrong %" PRIu64
		       "\n",
		       (double)sum.commands / seconds, percentile(sum.bucket, sum.commands, 0.5),
		       percentile(sum.bucket, sum.commands, 0.99),
		       sum.gets ? 100.0 * (double)sum.hits / (double)sum.gets : 0, sum.refused, sum.wrong);
	return sum.wrong == 0;
}

/* ---- Options ------------------------------------------------------------ */

static const char usage[] = "Usage: nbcached-load [OPTION]...\n"
			    "  -s PATH | -h HOST -p PORT   the server (127.0.0.1 11211)\n"
			    "  -c N    connections (50)      -t N    threads (1)     -d N    commands at once (1)\n"
			    "  -g N    percent of gets (90)  -k N    keys (1000000)  -v N    bytes of a value (100)\n"
			    "  -z X    Zipf's theta, 0 to below 1 (0.99)             -T N    seconds (10)\n"
			    "  -f      first store every key -m      store what a get missed\n"
			    "  -V      values of 1 to 2 * N bytes                    -S N    seed (drawn)\n";

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

int main(int argc, char **argv)
{
	struct worker *workers;
	bool good = true;
	int letter;

	o.seed = now_ns();
	while ((letter = getopt(argc, argv, "s:h:p:c:t:d:g:k:v:z:T:S:fmV")) != -1) {
		switch (letter) {
		case 's':
			o.path = optarg;
			break;
		case 'h':
			o.host = optarg;
			break;
		case 'p':
			o.port = optarg;
			break;
		case 'c':
			o.connections = (unsigned)number(optarg);
			break;
		case 't':
			o.threads = (unsigned)number(optarg);
			break;
		case 'd':
			o.depth = (unsigned)number(optarg);
			break;
		case 'g':
			o.get_percent = (unsigned)number(optarg);
			break;
		case 'k':
			o.keys = number(optarg);
			break;
		case 'v':
			o.value = number(optarg);
			break;
		case 'z':
			o.theta = strtod(optarg, NULL);
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
			o.store_misses = true;
			break;
		case 'V':
			o.vary = true;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (o.threads == 0 || o.connections == 0 || o.depth == 0 || o.depth > DEPTH_MAX || o.keys < 2 || o.value == 0 ||
	    o.value > 100000 || o.theta < 0 || o.theta >= 1 || o.get_percent > 100) {
		fputs(usage, stderr);
		return 2;
	}
	workers = calloc(o.threads, sizeof(*workers));
	if (!workers)
		fail("memory");
	if (o.theta > 0)
		zipf_begin(&zipf, o.keys, o.theta);
	printf("seed %" PRIu64 "\n", o.seed);
	if (o.fill)
		good = run_all(workers, true);
	if (o.seconds > 0)
		good = run_all(workers, false) && good;
	free(workers);
	return !good;
}
