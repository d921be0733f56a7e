/* child: processes, and the progress line on a terminal.  See child.h. */
#include "child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

/* The longest line of a child; longer ones would be cut. */
#define LINE 512

#define ANNOUNCEMENT '@'

struct relay {
	FILE *csv;
	char place[LINE]; /* last announced */
	char line[LINE];  /* read, without an end so far */
	size_t size;
};

/* ---- In the child ------------------------------------------------------- */

void child_announce(FILE *out, const struct csv_place *place)
{
	putc(ANNOUNCEMENT, out);
	if (place)
		csv_place(out, place);
	putc('\n', out);
	fflush(out);
}

void child_give_up(FILE *out, const struct csv_place *place)
{
	csv_row(out, place, "finished", 0);
	_exit(EXIT_SUCCESS);
}

/* ---- In the parent ------------------------------------------------------ */

static void show_progress(const char *place)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%.100s\033[K", place);
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
}

static void relay_line(struct relay *relay)
{
	if (relay->line[0] == ANNOUNCEMENT) {
		memcpy(relay->place, relay->line + 1, relay->size);
		show_progress(relay->place);
	} else {
		fprintf(relay->csv, "%s\n", relay->line);
		fflush(relay->csv);
	}
}

static void relay_bytes(struct relay *relay, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n') {
			relay->line[relay->size] = '\0';
			relay_line(relay);
			relay->size = 0;
		} else if (relay->size < LINE - 1) {
			relay->line[relay->size++] = bytes[i];
		}
	}
}

/* Until the end of the pipe; false after a long silence. */
static bool relay_all(struct relay *relay, int from, double silence)
{
	char bytes[4096];

	for (;;) {
		struct pollfd ready = {.fd = from, .events = POLLIN};
		int polled = poll(&ready, 1, (int)(silence * 1e3));

		if (polled == 0)
			return false;
		if (polled < 0 && errno != EINTR)
			return true;
		if (polled < 0)
			continue;

		ssize_t got = read(from, bytes, sizeof(bytes));

		if (got == 0 || (got < 0 && errno != EINTR))
			return true;
		if (got > 0)
			relay_bytes(relay, bytes, (size_t)got);
	}
}

static bool ended_well(pid_t child, const struct relay *relay, bool killed)
{
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	if (killed && !*relay->place)
		fputs("nbmap-bench: a run did not clean up in time\n", stderr);
	else if (killed)
		fprintf(relay->csv, "%s,finished,0\n", relay->place);
	else if (WIFSIGNALED(status))
		fprintf(stderr, "nbmap-bench: %s: died of signal %d\n", relay->place, WTERMSIG(status));
	else if (WEXITSTATUS(status))
		fprintf(stderr, "nbmap-bench: %s: failed\n", relay->place);
	return killed || status == 0;
}

bool child_run(FILE *csv, double silence, child_work *work, const void *arg)
{
	struct relay relay = {.csv = csv};
	int ends[2];

	fflush(NULL);
	if (pipe(ends)) {
		fprintf(stderr, "nbmap-bench: pipe: %s\n", strerror(errno));
		return false;
	}

	pid_t child = fork();

	if (child < 0) {
		fprintf(stderr, "nbmap-bench: fork: %s\n", strerror(errno));
		close(ends[0]);
		close(ends[1]);
		return false;
	}
	if (child == 0) {
		FILE *out = fdopen(ends[1], "w");

		close(ends[0]);
		if (!out)
			_exit(EXIT_FAILURE);
		work(arg, out);
		exit(fclose(out) ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	close(ends[1]);

	bool ended = relay_all(&relay, ends[0], silence);

	close(ends[0]);
	if (!ended)
		kill(child, SIGKILL);

	bool well = ended_well(child, &relay, !ended);

	clear_progress();
	return well;
}
