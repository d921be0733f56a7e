/*
 * output: answers, on their way from items to a socket.
 *
 * While commands of one connection are carried out their answers gather in the worker's
 * `struct output`: short ones as text, large data as a pointer into the item.  It is sent
 * before the section ends, so the items need no reference.
 *
 * Where the socket does not take all, the rest becomes the connection's `struct unsent`:
 * text is copied, and each item that is still needed is held.  A connection that has one
 * gets no command carried out, and so it has no more than OUTPUT_BYTES, one item, and
 * OUTPUT_TEXT of text, whatever it asks for and does not read.
 */
#ifndef NBCACHED_OUTPUT_H
#define NBCACHED_OUTPUT_H

#include <sys/uio.h>

#include "item.h"

#define OUTPUT_TEXT 65536u
#define OUTPUT_PARTS 64u
#define OUTPUT_BYTES (256u << 10)

/* No answer, but data, is longer. */
#define OUTPUT_ANSWER 16384u

/* Data up to so many bytes are copied: that costs less than one part more to send. */
#define OUTPUT_COPIED 2048u

struct output {
	unsigned parts;
	size_t bytes;	  /* in all parts */
	size_t text_size; /* used of `text` */
	struct iovec part[OUTPUT_PARTS];
	struct item *item[OUTPUT_PARTS]; /* that the part lies in, or NULL */
	char text[OUTPUT_TEXT];
};

/* Whether there may be no room for one more answer. */
static inline bool output_full(const struct output *output)
{
	return output->text_size > OUTPUT_TEXT - OUTPUT_ANSWER || output->parts > OUTPUT_PARTS - 4 ||
	       output->bytes >= OUTPUT_BYTES;
}

/* Append; there is room. */
void output_bytes(struct output *output, const char *bytes, size_t size);
void output_string(struct output *output, const char *string);
void output_number(struct output *output, uint64_t n);
void output_char(struct output *output, char c);
/* An item's data, with the line's end.  [section] */
void output_data(struct output *output, struct item *item);

struct unsent;

enum sent { SENT_ALL, SENT_SOME, SENT_FAILED };

/*
 * Send what has gathered; `output` is empty then.  SENT_SOME: the rest is in `*unsent`.
 * SENT_FAILED: the peer has gone, or there is no memory for the rest.  `*bytes` receives how
 * many were sent.  [section]
 */
enum sent output_send(struct output *output, int fd, struct unsent **unsent, uint64_t *bytes);

/* Send more of the rest; after SENT_ALL it is gone.  [anywhere] */
enum sent unsent_send(struct unsent **unsent, int fd, uint64_t *bytes);
void unsent_drop(struct unsent **unsent);

#endif
