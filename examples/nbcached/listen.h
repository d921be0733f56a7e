/* listen: the sockets that connections come in by. */
#ifndef NBCACHED_LISTEN_H
#define NBCACHED_LISTEN_H

#include "options.h"

#define LISTENERS_MAX 32u

struct listeners {
	unsigned count;
	int fd[LISTENERS_MAX];
	const struct options *options;
	bool inherited; /* from systemd: not ours to unlink */
};

/* All that the options ask for, or what systemd has opened; 0, or -1: said on stderr why not. */
int listeners_open(struct listeners *listeners, const struct options *options);
void listeners_close(struct listeners *listeners);

/* Tell systemd, if it has started this process: "READY=1". */
void listen_notify(const char *state);

#endif
