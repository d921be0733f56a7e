/*
 * connection: one client.  Bytes come in, commands are carried out in their order, answers go
 * out.  Belongs to one worker, from the hand-over to the close.
 *
 * What it is doing:
 *
 *   COMMAND   a line is read, and its data, if they fit in the buffer
 *   KEYS      the keys of a get, one after the other
 *   UPLOAD    data that do not fit: they go from the socket into the item
 *   SKIP      so many bytes are thrown away: the data of a command that was refused
 *   SKIP_LINE the same up to a line's end
 *
 * MEMORY of a connection, at most: INPUT_SIZE while bytes wait in it, one item that is being
 * filled, and what output.h says.  A client that sends half a command, or reads nothing,
 * costs no more.
 *
 * SECTIONS.  A turn is a section: items that it has found are used within it, and held by
 * what outlives it.  It ends after TURN_BYTES of answers, or as many that append and its like
 * have copied: a client that reads as fast as it asks, or lengthens a large item by a byte at a
 * time, would else have the worker, and the garbage of all, for itself.
 */
#ifndef NBCACHED_CONNECTION_H
#define NBCACHED_CONNECTION_H

#include "ahead.h"
#include "command.h"
#include "output.h"
#include "store.h"

#define INPUT_SIZE 16384u

#define TURN_BYTES (1u << 20)

enum connection_state { CONN_COMMAND, CONN_KEYS, CONN_UPLOAD, CONN_SKIP, CONN_SKIP_LINE };

struct upload;
struct worker;

struct connection {
	int fd;
	enum connection_state state;
	bool ended;   /* the client sends no more */
	bool closing; /* no more commands; close when all is sent */
	bool yielded; /* its turn was long enough; the input has more */
	bool writing; /* epoll waits for room to send, and not for bytes: so it is ready again at
		       * once where it has yielded */
	uint64_t skip;
	uint64_t sent;	     /* bytes, in this turn */
	struct command keys; /* KEYS: the command, without its words */
	struct upload *upload;
	struct unsent *unsent;
	char *input; /* INPUT_SIZE, or NULL while nothing waits */
	unsigned begin, end;
	struct connection *previous, *next; /* of the worker's */
};

/* What is shared by a worker's connections, during a turn of one. */
struct turn {
	struct store_thread *thread;
	struct output *output;
	struct ahead *ahead;
	struct worker *worker;
	char **spare_input; /* a buffer, or NULL */
};

void connection_begin(struct connection *connection, int fd);
/* Frees what it holds, and closes the socket. */
void connection_end(struct connection *connection);

/* The socket is ready.  false: it is to be ended.  [section] */
bool connection_turn(struct connection *connection, struct turn *turn);

/* Whether nothing is under way: it can be closed without a loss. */
bool connection_idle(const struct connection *connection);

/* ---- Carrying out: serve.c, meta_serve.c, stats.c ------------------------ */

/* A command without data; the answer goes to turn->output.  false: quit. */
bool serve(struct turn *turn, struct command *command);
/* One key of a get; the last of a line is NULL. */
void serve_key(struct turn *turn, const struct command *command, const struct text *key);
/* A command with data.  Takes the item over. */
void serve_data(struct turn *turn, struct command *command, struct item *item);
/* The item that the data of a command go to; NULL: it was refused, and answered. */
struct item *serve_item(struct turn *turn, struct command *command);
void serve_line(struct turn *turn, const char *line);

void meta_serve(struct turn *turn, struct command *command);
void meta_serve_data(struct turn *turn, struct command *command, struct item *item);

void stats_serve(struct turn *turn, const struct command *command);

#endif
