/* client: see client.h. */
#include "client.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

_Noreturn void fail(const char *what)
{
	fprintf(stderr, "nbcached-load: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- Asking ------------------------------------------------------------- */

static void add_command(struct client *c, uint64_t key, bool get)
{
	const struct items *items = &c->plan->items;
	char *out = c->out + c->out_end;
	size_t size = items_size(items, key);

	c->key[c->sent] = key;
	c->get[c->sent++] = get;
	if (get) {
		c->out_end += (size_t)sprintf(out, "get key-%010" PRIu64 "\r\n", key);
		return;
	}
	out += sprintf(out, "set key-%010" PRIu64 " 0 0 %zu\r\n", key, size);
	items_write(items, key, out);
	memcpy(out + size, "\r\n", 2);
	c->out_end = (size_t)(out + size + 2 - c->out);
}

static void flush(struct client *c)
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

static void begin(struct client *c)
{
	c->sent = c->answered = 0;
	c->out_at = c->out_end = 0;
}

void client_fill(struct client *c, uint64_t *next, uint64_t end)
{
	begin(c);
	while (c->sent < c->plan->depth && *next < end)
		add_command(c, (*next)++, false);
	flush(c);
}

void client_ask(struct client *c, uint64_t *random)
{
	begin(c);
	for (unsigned i = 0; i < c->missed; i++)
		add_command(c, c->miss[i], false);
	c->missed = 0;
	while (c->sent < c->plan->depth) {
		uint64_t key = items_key(&c->plan->items, random);

		add_command(c, key, items_random(random) % 100 < c->plan->get_percent);
	}
	flush(c);
}

/* ---- Answers ------------------------------------------------------------ */

static void wrong(struct tally *tally, const char *what, const char *at, size_t size)
{
	if (tally->wrong++ == 0)
		fprintf(stderr, "nbcached-load: %s: %.*s\n", what, (int)(size < 60 ? size : 60), at);
}

/* One answer at `at`; how many bytes it has, 0: it is not all there. */
static size_t read_answer(struct client *c, struct tally *tally, const char *at, size_t have)
{
	const char *line = memchr(at, '\n', have);
	uint64_t key = c->key[c->answered];
	size_t head, size;

	if (!line)
		return 0;
	head = (size_t)(line - at) + 1;
	if (!c->get[c->answered]) {
		if (head != 8 || memcmp(at, "STORED\r\n", 8) != 0) {
			tally->refused++;
			if (memcmp(at, "SERVER_ERROR out of memory", 26) != 0)
				wrong(tally, "not stored", at, head);
		}
		return head;
	}
	if (head == 5 && memcmp(at, "END\r\n", 5) == 0) {
		if (c->plan->store_misses && c->missed < c->plan->depth)
			c->miss[c->missed++] = key;
		tally->gets++;
		return head;
	}
	if (have < 6 || memcmp(at, "VALUE ", 6) != 0) {
		wrong(tally, "no value", at, head);
		return head;
	}
	size = strtoull(at + 6 + 14 + 3, NULL, 10);
	if (have < head + size + 7)
		return 0;
	if (strtoull(at + 10, NULL, 10) != key || !items_match(&c->plan->items, key, at + head, size) ||
	    memcmp(at + head + size, "\r\nEND\r\n", 7) != 0)
		wrong(tally, "a wrong value", at, head);
	tally->gets++;
	tally->hits++;
	return head + size + 7;
}

bool client_listen(struct client *c, struct tally *tally)
{
	ssize_t n = recv(c->fd, c->in + c->in_end, c->in_size - c->in_end, 0);
	size_t at = 0, used;

	if (n == 0 || (n < 0 && errno != EAGAIN))
		fail("the connection broke");
	if (n > 0)
		c->in_end += (size_t)n;
	while (c->answered < c->sent && (used = read_answer(c, tally, c->in + at, c->in_end - at)) > 0) {
		at += used;
		c->answered++;
	}
	memmove(c->in, c->in + at, c->in_end - at);
	c->in_end -= at;
	return c->answered == c->sent;
}

/* ---- The connection ----------------------------------------------------- */

static int connect_unix(const struct plan *plan)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", plan->path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail(plan->path);
	return fd;
}

static int connect_tcp(const struct plan *plan)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int one = 1, fd;

	if (getaddrinfo(plan->host, plan->port, &hints, &list) != 0)
		fail(plan->host);
	fd = socket(list->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, list->ai_addr, list->ai_addrlen) != 0)
		fail(plan->host);
	freeaddrinfo(list);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

void client_open(struct client *c, const struct plan *plan)
{
	struct timeval never = {0, 0};

	c->plan = plan;
	c->fd = plan->path ? connect_unix(plan) : connect_tcp(plan);
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &never, sizeof(never));
	c->in_size = (2 * plan->items.bytes + 128) * plan->depth + 4096;
	c->in = malloc(c->in_size);
	c->out = malloc(c->in_size);
	if (!c->in || !c->out)
		fail("a connection");
}

void client_close(struct client *c)
{
	close(c->fd);
	free(c->in);
	free(c->out);
}
