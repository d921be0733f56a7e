/* connection: see connection.h. */
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BAD_DATA "CLIENT_ERROR bad data chunk"

/* A command whose data come in pieces. */
struct upload {
	struct command command; /* its texts point into `line` */
	struct item *item;
	uint64_t filled; /* of the data and the two bytes behind them */
	char end[2];	 /* these */
	char line[];
};

/* Whether the processing of input goes on. */
enum step { STEP_ON, STEP_MORE, STEP_BLOCKED, STEP_YIELD, STEP_FAILED };

void connection_begin(struct connection *connection, int fd)
{
	memset(connection, 0, offsetof(struct connection, keys));
	connection->fd = fd;
	connection->upload = NULL;
	connection->unsent = NULL;
	connection->input = NULL;
	connection->begin = connection->end = 0;
}

static void drop_upload(struct connection *connection)
{
	if (connection->upload && connection->upload->item)
		item_release(connection->upload->item);
	free(connection->upload);
	connection->upload = NULL;
}

void connection_end(struct connection *connection)
{
	drop_upload(connection);
	unsent_drop(&connection->unsent);
	free(connection->input);
	close(connection->fd);
}

bool connection_idle(const struct connection *connection)
{
	return connection->state == CONN_COMMAND && connection->begin == connection->end && !connection->unsent;
}

/* ---- Bytes -------------------------------------------------------------- */

/* The connection has a buffer, with its bytes at the front. */
static bool have_input(struct connection *connection, struct turn *turn)
{
	if (!connection->input) {
		connection->input = *turn->spare_input ? *turn->spare_input : malloc(INPUT_SIZE);
		*turn->spare_input = NULL;
		connection->begin = connection->end = 0;
	} else if (connection->begin > 0) {
		memmove(connection->input, connection->input + connection->begin, connection->end - connection->begin);
		connection->end -= connection->begin;
		connection->begin = 0;
	}
	return connection->input;
}

static void return_input(struct connection *connection, struct turn *turn)
{
	if (!connection->input || connection->begin != connection->end)
		return;
	if (*turn->spare_input)
		free(connection->input);
	else
		*turn->spare_input = connection->input;
	connection->input = NULL;
}

/* Read once, `size` bytes at most.  0: nothing was there, or the end; -1: the peer has gone. */
static ssize_t receive(struct connection *connection, struct turn *turn, char *to, size_t size)
{
	ssize_t n = recv(connection->fd, to, size, 0);

	if (n > 0) {
		COUNT(&turn->thread->counters, bytes_read, (uint64_t)n);
		return n;
	}
	if (n == 0)
		connection->ended = true;
	else if (errno != EAGAIN && errno != EINTR && errno != ENOMEM && errno != ENOBUFS)
		return -1;
	return 0;
}

static bool send_output(struct connection *connection, struct turn *turn)
{
	uint64_t bytes = 0;
	enum sent sent = output_send(turn->output, connection->fd, &connection->unsent, &bytes);

	COUNT(&turn->thread->counters, bytes_written, bytes);
	connection->sent += bytes;
	return sent != SENT_FAILED;
}

/* ---- Commands with data ------------------------------------------------- */

static void finish_data(struct turn *turn, struct command *command, struct item *item, const char *end)
{
	if (memcmp(end, "\r\n", 2) == 0) {
		serve_data(turn, command, item);
		return;
	}
	item_release(item);
	if (!command->quiet || command->verb == VERB_META_SET)
		serve_line(turn, BAD_DATA);
}

/* The data do not fit: keep the line, and what has come of them. */
static enum step begin_upload(struct connection *connection, struct turn *turn, size_t line)
{
	struct upload *upload = malloc(sizeof(*upload) + line);

	if (!upload)
		return STEP_FAILED;
	connection->upload = upload;
	memcpy(upload->line, connection->input + connection->begin, line);
	command_parse(upload->line, line, &upload->command);
	upload->filled = 0;
	upload->item = serve_item(turn, &upload->command);
	connection->begin += (unsigned)line;
	if (!upload->item) {
		connection->skip = upload->command.length + 2;
		connection->state = CONN_SKIP;
		drop_upload(connection);
	} else {
		connection->state = CONN_UPLOAD;
	}
	return STEP_ON;
}

/* Where the next byte goes, and how many there. */
static char *upload_place(struct upload *upload, size_t *room)
{
	uint64_t size = upload->item->size;

	if (upload->filled < size) {
		*room = size - upload->filled;
		return upload->item->bytes + upload->item->key_size + upload->filled;
	}
	*room = size + 2 - upload->filled;
	return upload->end + (upload->filled - size);
}

static enum step step_upload(struct connection *connection, struct turn *turn)
{
	struct upload *upload = connection->upload;

	while (connection->begin < connection->end && upload->filled < (uint64_t)upload->item->size + 2) {
		size_t room, have = connection->end - connection->begin;
		char *to = upload_place(upload, &room);

		room = room < have ? room : have;
		memcpy(to, connection->input + connection->begin, room);
		upload->filled += room;
		connection->begin += (unsigned)room;
	}
	if (upload->filled < (uint64_t)upload->item->size + 2)
		return STEP_MORE;
	finish_data(turn, &upload->command, upload->item, upload->end);
	upload->item = NULL;
	drop_upload(connection);
	connection->state = CONN_COMMAND;
	return STEP_ON;
}

/* A command with data, whose line is parsed and stands first in the input. */
static enum step step_data(struct connection *connection, struct turn *turn, struct command *command, size_t line)
{
	size_t have = connection->end - connection->begin - line;
	const char *data = connection->input + connection->begin + line;
	uint64_t need = command->length + 2;
	struct item *item;

	if (command->length > turn->thread->store->item_max) {
		item = serve_item(turn, command); /* answers */
	} else if (have < need) {
		if (line + need > INPUT_SIZE)
			return begin_upload(connection, turn, line);
		return STEP_MORE;
	} else {
		item = serve_item(turn, command);
	}
	connection->begin += (unsigned)line;
	if (!item) {
		connection->skip = need;
		connection->state = CONN_SKIP;
		return STEP_ON;
	}
	memcpy(item->bytes + item->key_size, data, item->size);
	connection->begin += (unsigned)need;
	finish_data(turn, command, item, data + item->size);
	return STEP_ON;
}

/* ---- Steps -------------------------------------------------------------- */

static enum step step_command(struct connection *connection, struct turn *turn)
{
	struct command command;
	size_t have = connection->end - connection->begin;
	size_t used = command_parse(connection->input + connection->begin, have, &command);

	if (used == 0)
		return STEP_MORE;
	if (command.verb >= VERB_GET && command.verb <= VERB_GATS) {
		memcpy(&connection->keys, &command, offsetof(struct command, word));
		connection->state = CONN_KEYS;
	} else if (command.has_data && command.verb != VERB_ERROR) {
		return step_data(connection, turn, &command, used);
	} else if (command.verb == VERB_ERROR) {
		if (!command.quiet || command.given)
			serve_line(turn, command.error);
		connection->closing = command.fatal;
		if (command.has_data) {
			connection->skip = command.length + 2;
			connection->state = CONN_SKIP;
		}
		if (command.skip_line)
			connection->state = CONN_SKIP_LINE;
	} else if (!serve(turn, &command)) {
		connection->closing = true;
	}
	connection->begin += (unsigned)used;
	return STEP_ON;
}

static enum step step_keys(struct connection *connection, struct turn *turn)
{
	size_t used;
	struct text key;
	enum key_end end =
		key_next(connection->input + connection->begin, connection->end - connection->begin, &used, &key);

	switch (end) {
	case KEY_MORE:
		connection->begin += (unsigned)used;
		return STEP_MORE;
	case KEY_TOO_LONG:
		serve_line(turn, "CLIENT_ERROR bad command line format");
		connection->state = CONN_SKIP_LINE;
		break;
	case KEY_NONE:
		serve_key(turn, &connection->keys, NULL);
		connection->state = CONN_COMMAND;
		break;
	case KEY_FOUND:
		serve_key(turn, &connection->keys, &key);
		break;
	}
	connection->begin += (unsigned)used;
	return STEP_ON;
}

static enum step step_skip(struct connection *connection)
{
	size_t have = connection->end - connection->begin;
	size_t n = connection->skip < have ? (size_t)connection->skip : have;

	connection->begin += (unsigned)n;
	connection->skip -= n;
	if (connection->skip > 0)
		return STEP_MORE;
	connection->state = CONN_COMMAND;
	return STEP_ON;
}

static enum step step_skip_line(struct connection *connection)
{
	const char *at = connection->input + connection->begin;
	const char *newline = memchr(at, '\n', connection->end - connection->begin);

	if (!newline) {
		connection->begin = connection->end;
		return STEP_MORE;
	}
	connection->begin += (unsigned)(newline - at) + 1;
	connection->state = CONN_COMMAND;
	return STEP_ON;
}

static enum step step(struct connection *connection, struct turn *turn)
{
	if (connection->begin == connection->end && connection->state != CONN_UPLOAD)
		return STEP_MORE;
	switch (connection->state) {
	case CONN_COMMAND:
		return step_command(connection, turn);
	case CONN_KEYS:
		return step_keys(connection, turn);
	case CONN_UPLOAD:
		return step_upload(connection, turn);
	case CONN_SKIP:
		return step_skip(connection);
	case CONN_SKIP_LINE:
		return step_skip_line(connection);
	}
	return STEP_FAILED;
}

/* Carry out what has come, and send the answers. */
static enum step run(struct connection *connection, struct turn *turn)
{
	enum step next = STEP_ON;

	if (connection->input) /* else there is no get */
		ahead_begin(turn->ahead, connection->input + connection->end);
	while (next == STEP_ON && !connection->closing) {
		bool copied;

		next = step(connection, turn);
		copied = turn->thread->copied >= TURN_BYTES;
		if (copied || output_full(turn->output) || next != STEP_ON || connection->closing) {
			if (turn->output->parts > 0 && !send_output(connection, turn))
				return STEP_FAILED;
			if (connection->unsent)
				return STEP_BLOCKED;
			if (next == STEP_ON && (copied || connection->sent >= TURN_BYTES) && !connection->closing)
				return STEP_YIELD;
		}
	}
	return next;
}

/* Bytes from the socket, to where they are wanted. */
static bool read_more(struct connection *connection, struct turn *turn)
{
	ssize_t n;

	if (connection->state == CONN_UPLOAD && connection->begin == connection->end) {
		size_t room;
		char *to = upload_place(connection->upload, &room);

		n = receive(connection, turn, to, room);
		if (n > 0)
			connection->upload->filled += (uint64_t)n;
		return n >= 0;
	}
	if (!have_input(connection, turn))
		return false;
	n = receive(connection, turn, connection->input + connection->end, INPUT_SIZE - connection->end);
	if (n > 0)
		connection->end += (unsigned)n;
	return n >= 0;
}

bool connection_turn(struct connection *connection, struct turn *turn)
{
	uint64_t bytes = 0;
	enum step next;

	if (connection->unsent) {
		enum sent sent = unsent_send(&connection->unsent, connection->fd, &bytes);

		COUNT(&turn->thread->counters, bytes_written, bytes);
		if (sent != SENT_ALL)
			return sent == SENT_SOME;
	} else if (!connection->closing && !connection->yielded && !read_more(connection, turn)) {
		return false;
	}
	connection->sent = 0;
	next = run(connection, turn);
	connection->yielded = next == STEP_YIELD;
	if (connection->yielded)
		COUNT(&turn->thread->counters, conn_yields, 1);
	return_input(connection, turn);
	if (next == STEP_FAILED)
		return false;
	return connection->unsent || connection->yielded || (!connection->closing && !connection->ended);
}
