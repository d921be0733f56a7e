/* java: see java.h. */
#include "java.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

struct java {
	FILE *commands;
	FILE *answers;
	pid_t process;
};

static struct java *trouble(const char *what)
{
	fprintf(stderr, "nbmap-bench: java: %s: %s\n", what, strerror(errno));
	return NULL;
}

static void run_command(const char *command, int in, int out)
{
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(EXIT_FAILURE);
	/* Its ends of all pipes, or the death of one process would go unnoticed by the next. */
	for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
		close(fd);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(EXIT_FAILURE);
}

struct java *java_start(const char *command)
{
	struct java *java = malloc(sizeof(*java));
	int in[2], out[2];

	if (!java || pipe(in))
		return trouble("start");
	if (pipe(out))
		return trouble("start");
	signal(SIGPIPE, SIG_IGN);
	java->process = fork();
	if (java->process < 0)
		return trouble("fork");
	if (java->process == 0)
		run_command(command, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	java->commands = fdopen(in[1], "w");
	java->answers = fdopen(out[0], "r");
	return java->commands && java->answers ? java : trouble("start");
}

/* Send a command; the answer is in `line`. */
__attribute__((format(printf, 3, 4))) static bool ask(struct java *java, char line[256], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(java->commands, format, args);
	va_end(args);
	putc('\n', java->commands);
	if (fflush(java->commands) || !fgets(line, 256, java->answers)) {
		fputs("nbmap-bench: java: it has ended\n", stderr);
		return false;
	}
	return true;
}

static bool misunderstood(const char *line)
{
	fprintf(stderr, "nbmap-bench: java: answered: %s", line);
	return false;
}

bool java_version(struct java *java, const char *kind, char version[256])
{
	char line[256];

	return ask(java, line, "version %s", kind) &&
	       (sscanf(line, "version %255[^\n]", version) == 1 || misunderstood(line));
}

bool java_create(struct java *java, const char *kind, uint64_t capacity)
{
	char line[256];

	return ask(java, line, "create %s %" PRIu64, kind, capacity) &&
	       (strcmp(line, "ok\n") == 0 || misunderstood(line));
}

bool java_destroy(struct java *java)
{
	char line[256];

	return ask(java, line, "destroy") && (strcmp(line, "ok\n") == 0 || misunderstood(line));
}

bool java_fill(struct java *java, uint64_t n, unsigned threads, double *seconds)
{
	char line[256];

	return ask(java, line, "fill %" PRIu64 " %u", n, threads) &&
	       (sscanf(line, "seconds %lf", seconds) == 1 || misunderstood(line));
}

bool java_mix(struct java *java, const struct java_mix *mix, double *ops, double *seconds)
{
	char line[256];

	return ask(java, line, "mix %" PRIu64 " %s %u %u %u %u %u %.0f %" PRIu64, mix->n, mix->dist, mix->threads,
		   mix->get, mix->insert, mix->remove, mix->update, mix->seconds * 1e3, mix->seed >> 2) &&
	       (sscanf(line, "ops %lf %lf", ops, seconds) == 2 || misunderstood(line));
}

void java_stop(struct java *java)
{
	if (!java)
		return;
	fputs("quit\n", java->commands);
	fclose(java->commands);
	fclose(java->answers);
	while (waitpid(java->process, NULL, 0) < 0 && errno == EINTR)
		;
	free(java);
}
