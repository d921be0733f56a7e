/* listen: see listen.h. */
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The first file descriptor that systemd hands over. */
#define SYSTEMD_FIRST 3

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "nbcached: %s: %s\n", what, why);
	return -1;
}

static void say_address(const struct options *options, int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (options->verbose == 0 || getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return;
	if (address.ss_family == AF_UNIX)
		fprintf(stderr, "nbcached: listening on %s\n", ((struct sockaddr_un *)&address)->sun_path);
	else if (getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), port, sizeof(port),
			     NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		fprintf(stderr, "nbcached: listening on %s port %s\n", host, port);
}

/* The socket, bound, begins to listen; it is closed where that fails. */
static int add(struct listeners *listeners, int fd)
{
	int error;

	if (listeners->count < LISTENERS_MAX && listen(fd, (int)listeners->options->backlog) == 0) {
		listeners->fd[listeners->count++] = fd;
		say_address(listeners->options, fd);
		return 0;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* ---- TCP ---------------------------------------------------------------- */

static int add_address(struct listeners *listeners, const struct addrinfo *info)
{
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, info->ai_protocol), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, info->ai_addr, info->ai_addrlen) != 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return add(listeners, fd);
}

/* One address of many that a name has is enough; a family that the machine lacks is left out. */
static int add_host(struct listeners *listeners, const char *host, const char *port)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
	struct addrinfo *list;
	int error = getaddrinfo(host, port, &hints, &list), why = 0;
	unsigned before = listeners->count;

	if (error != 0)
		return fail(host ? host : "*", gai_strerror(error));
	for (const struct addrinfo *info = list; info; info = info->ai_next) {
		if (add_address(listeners, info) == 0)
			continue;
		why = errno;
		if (why == EADDRINUSE)
			break;
	}
	freeaddrinfo(list);
	return listeners->count > before && why != EADDRINUSE ? 0 : fail(host ? host : "*", strerror(why));
}

/* HOST, HOST:PORT, [HOST6]:PORT, HOST6 */
static int add_word(struct listeners *listeners, char *word, const char *port)
{
	char *colon = strrchr(word, ':');

	if (word[0] == '[') {
		char *end = strchr(word, ']');

		if (!end || (end[1] && end[1] != ':'))
			return fail(word, "no address");
		*end = 0;
		return add_host(listeners, word + 1, end[1] ? end + 2 : port);
	}
	if (colon && strchr(word, ':') == colon) {
		*colon = 0;
		port = colon + 1;
	}
	return add_host(listeners, strcmp(word, "*") == 0 ? NULL : word, port);
}

static int add_tcp(struct listeners *listeners, const struct options *options)
{
	char port[16], *words, *rest, *word;
	int error = 0;

	snprintf(port, sizeof(port), "%d", options->port < 0 ? 0 : options->port);
	if (!options->addresses)
		return add_host(listeners, NULL, port);
	words = strdup(options->addresses);
	if (!words)
		return fail("-l", strerror(errno));
	for (rest = words; !error && (word = strtok_r(rest, ",", &rest));)
		error = add_word(listeners, word, port);
	free(words);
	return error;
}

/* ---- Unix sockets ------------------------------------------------------- */

static int add_path(struct listeners *listeners, const char *path, unsigned mode)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status;
	mode_t mask;
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return fail(path, "too long");
	strcpy(address.sun_path, path);
	/* One that was left behind. */
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(path, strerror(errno));
	mask = umask(~mode & 0777);
	error = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (error) {
		error = errno;
		close(fd);
		return fail(path, strerror(error));
	}
	return add(listeners, fd) == 0 ? 0 : fail(path, strerror(errno));
}

/* ---- systemd ------------------------------------------------------------ */

/* Sockets that are open already: LISTEN_FDS of them, if LISTEN_PID is this process. */
static int inherit(struct listeners *listeners)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	unsigned long n;

	if (!pid || !count || strtoul(pid, NULL, 10) != (unsigned long)getpid())
		return 0;
	n = strtoul(count, NULL, 10);
	for (unsigned long i = 0; i < n && listeners->count < LISTENERS_MAX; i++) {
		int fd = SYSTEMD_FIRST + (int)i;
		struct stat status;

		if (fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode))
			return fail("LISTEN_FDS", "no sockets");
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		listeners->fd[listeners->count++] = fd;
		say_address(listeners->options, fd);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	listeners->inherited = listeners->count > 0;
	return 0;
}

void listen_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (!path || strlen(path) >= sizeof(address.sun_path))
		return;
	strcpy(address.sun_path, path);
	if (path[0] == '@') /* of the abstract name space */
		address.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

/* ---- All ---------------------------------------------------------------- */

int listeners_open(struct listeners *listeners, const struct options *options)
{
	*listeners = (struct listeners){.options = options};
	if (inherit(listeners) != 0)
		return -1;
	if (listeners->inherited)
		return 0;
	for (unsigned i = 0; i < options->path_count; i++) {
		if (add_path(listeners, options->paths[i], options->path_mode) != 0)
			return -1;
	}
	if (options->port != 0 && add_tcp(listeners, options) != 0)
		return -1;
	return listeners->count > 0 ? 0 : fail("nothing to listen on", "-p 0, and no -s");
}

void listeners_close(struct listeners *listeners)
{
	for (unsigned i = 0; i < listeners->count; i++)
		close(listeners->fd[i]);
	for (unsigned i = 0; !listeners->inherited && i < listeners->options->path_count; i++)
		unlink(listeners->options->paths[i]);
	listeners->count = 0;
}
