/* options: what the command line says.  Letters and defaults are memcached's. */
#ifndef NBCACHED_OPTIONS_H
#define NBCACHED_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_PATHS 8u

struct options {
	const char *addresses;		  /* -l, with commas; NULL: all */
	int port;			  /* -p; 0: no TCP, -1: any */
	const char *paths[OPTIONS_PATHS]; /* -s */
	unsigned path_count;
	unsigned path_mode;   /* -a */
	const char *user;     /* -u */
	uint64_t memory;      /* -m, in bytes */
	uint64_t item_max;    /* -I, in bytes */
	unsigned connections; /* -c */
	unsigned threads;     /* -t */
	unsigned backlog;     /* -b */
	bool no_eviction;     /* -M */
	unsigned verbose;     /* -v */
	unsigned stall_ms;    /* -S */
};

/* Fills `options`.  Returns -1 to go on, else the exit status: it has printed what there is to say. */
int options_read(struct options *options, int argc, char **argv);

#endif
