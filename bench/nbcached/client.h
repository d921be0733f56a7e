/*
 * client: one connection to the server.  It sends `depth` commands at once, waits for all of
 * their answers, and begins again: that is a round.  Belongs to one thread.
 */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include "items.h"

#define DEPTH_MAX 256u

/* How all connections work. */
struct plan {
	const char *path; /* of a unix socket; else host and port: */
	const char *host, *port;
	unsigned depth, get_percent;
	bool store_misses; /* in the next round */
	struct items items;
};

/* What a thread has seen. */
struct tally {
	uint64_t commands, gets, hits;
	uint64_t refused; /* sets that the server had no memory for */
	uint64_t wrong;
};

struct client {
	int fd;
	const struct plan *plan;
	unsigned sent; /* commands of this round */
	unsigned answered;
	unsigned missed;
	uint64_t key[DEPTH_MAX];
	bool get[DEPTH_MAX];
	uint64_t miss[DEPTH_MAX];
	char *in;
	size_t in_size, in_end;
	char *out;
	size_t out_at, out_end;
};

/* Connects.  What fails here and below ends the process: there is nothing to measure then. */
void client_open(struct client *client, const struct plan *plan);
void client_close(struct client *client);

/* Begin a round: of what is drawn, or of sets of the keys from `*next` on to `end`. */
void client_ask(struct client *client, uint64_t *random);
void client_fill(struct client *client, uint64_t *next, uint64_t end);

/* The socket is ready.  Whether the round has ended. */
bool client_listen(struct client *client, struct tally *tally);

_Noreturn void fail(const char *what);

#endif
