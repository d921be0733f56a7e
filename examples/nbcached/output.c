/* output: see output.h. */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "number.h"

/* What is left of an output: its parts from `first` on. */
struct unsent {
	unsigned first, parts;
	struct iovec part[OUTPUT_PARTS];
	struct item *item[OUTPUT_PARTS]; /* held */
	char text[];
};

/* ---- Gathering ---------------------------------------------------------- */

static void add_part(struct output *output, const char *at, size_t size, struct item *item)
{
	output->part[output->parts].iov_base = (void *)(uintptr_t)at;
	output->part[output->parts].iov_len = size;
	output->item[output->parts] = item;
	output->parts++;
}

/* The text that is written next goes behind the text of the last part, if that is text. */
static void text_written(struct output *output, size_t size)
{
	char *at = output->text + output->text_size;

	output->text_size += size;
	output->bytes += size;
	if (output->parts > 0 && !output->item[output->parts - 1])
		output->part[output->parts - 1].iov_len += size;
	else
		add_part(output, at, size, NULL);
}

void output_bytes(struct output *output, const char *bytes, size_t size)
{
	memcpy(output->text + output->text_size, bytes, size);
	text_written(output, size);
}

void output_string(struct output *output, const char *string)
{
	output_bytes(output, string, strlen(string));
}

void output_number(struct output *output, uint64_t n)
{
	text_written(output, number_print(n, output->text + output->text_size));
}

void output_char(struct output *output, char c)
{
	output_bytes(output, &c, 1);
}

void output_data(struct output *output, struct item *item)
{
	size_t size = (size_t)item->size + 2;

	if (size <= OUTPUT_COPIED) {
		output_bytes(output, item_data(item), size);
		return;
	}
	add_part(output, item_data(item), size, item);
	output->bytes += size;
}

/* ---- Sending ------------------------------------------------------------ */

/* Most answers are one part, for which there is a call that costs less. */
static ssize_t send_once(int fd, struct iovec *part, unsigned parts)
{
	struct msghdr message = {.msg_iov = part, .msg_iovlen = parts};

	return parts == 1 ? send(fd, part->iov_base, part->iov_len, MSG_NOSIGNAL | MSG_DONTWAIT)
			  : sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Send parts `*first` to `parts`, and move behind what was taken. */
static enum sent send_parts(int fd, struct iovec *part, unsigned *first, unsigned parts, uint64_t *bytes)
{
	while (*first < parts) {
		ssize_t sent = send_once(fd, part + *first, parts - *first);
		size_t left;

		if (sent < 0) {
			if (errno == EINTR)
				continue;
			/* Where the kernel lacks memory for a moment it is as if the socket was full. */
			return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM ? SENT_SOME : SENT_FAILED;
		}
		*bytes += (uint64_t)sent;
		left = (size_t)sent;
		while (*first < parts && left >= part[*first].iov_len)
			left -= part[(*first)++].iov_len;
		if (*first < parts) {
			part[*first].iov_base = (char *)part[*first].iov_base + left;
			part[*first].iov_len -= left;
		}
	}
	return SENT_ALL;
}

/* Keep parts `first` and after: text is copied, items are held. */
static struct unsent *keep(const struct output *output, unsigned first)
{
	struct unsent *unsent;
	size_t text = 0;

	for (unsigned i = first; i < output->parts; i++)
		text += output->item[i] ? 0 : output->part[i].iov_len;
	unsent = malloc(sizeof(*unsent) + text);
	if (!unsent)
		return NULL;
	unsent->first = 0;
	unsent->parts = output->parts - first;
	text = 0;
	for (unsigned i = 0; i < unsent->parts; i++) {
		unsent->part[i] = output->part[first + i];
		unsent->item[i] = output->item[first + i];
		if (unsent->item[i]) {
			item_hold(unsent->item[i]);
			continue;
		}
		memcpy(unsent->text + text, unsent->part[i].iov_base, unsent->part[i].iov_len);
		unsent->part[i].iov_base = unsent->text + text;
		text += unsent->part[i].iov_len;
	}
	return unsent;
}

enum sent output_send(struct output *output, int fd, struct unsent **unsent, uint64_t *bytes)
{
	unsigned first = 0;
	enum sent sent = send_parts(fd, output->part, &first, output->parts, bytes);

	if (sent == SENT_SOME) {
		*unsent = keep(output, first);
		if (!*unsent)
			sent = SENT_FAILED;
	}
	output->parts = 0;
	output->bytes = 0;
	output->text_size = 0;
	return sent;
}

enum sent unsent_send(struct unsent **unsent, int fd, uint64_t *bytes)
{
	struct unsent *rest = *unsent;
	enum sent sent = send_parts(fd, rest->part, &rest->first, rest->parts, bytes);

	if (sent == SENT_ALL)
		unsent_drop(unsent);
	return sent;
}

void unsent_drop(struct unsent **unsent)
{
	struct unsent *rest = *unsent;

	if (!rest)
		return;
	for (unsigned i = 0; i < rest->parts; i++) {
		if (rest->item[i])
			item_release(rest->item[i]);
	}
	free(rest);
	*unsent = NULL;
}
